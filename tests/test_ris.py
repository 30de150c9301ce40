"""RIS: what is known is there, each field is one line, and no text can begin another field."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import unquote

import pytest

from digest.models import Identifier
from digest.render.pages.citing import citations, head
from digest.render.ris import ris
from tests.mails import paper
from tests.publications import HOSTILE


def fields(record: str) -> list[tuple[str, str]]:
    """Tags and values, as the format has them: a line each, ended by CRLF."""
    lines = record.removesuffix("\r\n").split("\r\n")
    found = [re.fullmatch(r"([A-Z][A-Z0-9])  - (.*)", line, re.DOTALL) for line in lines]
    assert all(found), lines
    return [(one[1], one[2]) for one in found if one]


BRIDGES = replace(
    paper("A Map of All Bridges"),
    authors=("Ada Lovelace", "Emmy Noether"),
    published=date(2026, 10, 14),
    abstract="We map\n  all bridges.",
    ids=(Identifier("arxiv", "2610.01234"), Identifier("doi", "10.5555/bridges")),
    url="https://example.org/bridges",
)


def test_all_that_is_known_is_in_the_record() -> None:
    assert fields(ris(BRIDGES)) == [
        ("TY", "UNPB"),
        ("TI", "A Map of All Bridges"),
        ("AU", "Ada Lovelace"),
        ("AU", "Emmy Noether"),
        ("PY", "2026"),
        ("DA", "2026/10/14"),
        ("AB", "We map all bridges."),
        ("DO", "10.5555/bridges"),
        ("M1", "arXiv:2610.01234"),
        ("UR", "https://example.org/bridges"),
        ("ER", ""),
    ]


def test_title_alone_cites_nothing() -> None:
    bare = replace(BRIDGES, authors=(), published=None, abstract=None, ids=(), url=None, organisation=None)
    assert (ris(bare), citations(bare)) == ("", ())
    assert fields(ris(replace(bare, organisation="University of Examples")))[2] == ("AU", "University of Examples")


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
@pytest.mark.parametrize("field", ["title", "abstract", "authors", "organisation"])
def test_hostile_text_begins_no_field(field: str, text: str) -> None:
    known: dict[str, Any] = {field: (text,) if field == "authors" else f"{text}\r\nER  - \r\nTY  - BOOK"}
    found = fields(ris(replace(BRIDGES, **known)))
    assert [tag for tag, _ in found if tag in {"TY", "ER"}] == ["TY", "ER"]


def test_files_to_keep_hold_the_text_that_is_shown() -> None:
    for one in citations(BRIDGES):
        kind, _, text = one.href.partition(",")
        assert unquote(text) == one.text
        assert re.fullmatch(r"data:application/x-[a-z-]+;charset=utf-8", kind)
        assert one.file == f"{BRIDGES.slug}.{'bib' if one.format == 'BibTeX' else 'ris'}"


def test_head_of_a_page_names_what_reference_managers_look_for() -> None:
    assert head(BRIDGES) == (
        ("citation_title", "A Map of All Bridges"),
        ("citation_author", "Ada Lovelace"),
        ("citation_author", "Emmy Noether"),
        ("citation_publication_date", "2026/10/14"),
        ("citation_doi", "10.5555/bridges"),
        ("citation_arxiv_id", "2610.01234"),
        ("citation_abstract_html_url", "https://example.org/bridges"),
    )
