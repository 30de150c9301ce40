"""BibTeX: what is known is there, what is not is left out, and no text can end its field."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.models import Identifier
from digest.render.bibtex import bibtex
from tests.mails import paper
from tests.publications import HOSTILE

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion


def fields(entry: str) -> dict[str, str]:
    """The fields as BibTeX reads them: a value ends where its braces are balanced."""
    found, at = {}, entry.index("\n")
    while match := re.compile(r"\s*(\w+)\s*= \{").match(entry, at):
        at, depth = match.end(), 1
        while depth:
            depth += {"{": 1, "}": -1}.get(entry[at], 0)
            at += 1
        found[match[1]] = entry[match.end() : at - 1]
        assert entry[at : at + 2] == ",\n"
        at += 2
    assert entry[at:] == "}\n"
    return found


def key(entry: str) -> str:
    return entry.partition("{")[2].partition(",")[0]


def test_everything_known_is_there() -> None:
    known: dict[str, Any] = {
        "authors": ("Emmy Noether", "Bo Sample"),
        "published": date(2026, 10, 14),
        "ids": (Identifier("arxiv", "2610.01234"), Identifier("doi", "10.5555/a_b")),
        "url": "https://huggingface.co/papers/2610.01234",
    }
    entry = bibtex(paper("The Symmetry of Lists", **known))
    assert key(entry) == "noether2026symmetry"
    assert fields(entry) == {
        "title": "{The Symmetry of Lists}",
        "author": "Emmy Noether and Bo Sample",
        "year": "2026",
        "eprint": "2610.01234",
        "archiveprefix": "arXiv",
        "doi": "10.5555/a_b",
        "url": "https://huggingface.co/papers/2610.01234",
    }


def test_what_is_not_known_is_left_out() -> None:
    assert set(fields(bibtex(paper("A Title", authors=("Ada Example",), ids=())))) == {"title", "author"}


def test_title_alone_is_no_entry() -> None:
    assert bibtex(paper("A Title", ids=())) == ""


@pytest.mark.parametrize(
    ("known", "author"),
    [
        ({"authors": ("Ada Example",), "author_count": 1}, "Ada Example"),
        ({"authors": ("Ada Example",), "author_count": 7}, "Ada Example and others"),
        ({"authors": ("Example, Ada",)}, "Example, Ada"),
        ({"authors": ("Example, Jr, Ada, PhD",)}, "{Example, Jr, Ada, PhD}"),
        ({"authors": ("Bread and Butter Group",)}, "{Bread and Butter Group}"),
        ({"authors": ("R&D_Team",)}, r"R\&D\_Team"),
        ({"organisation": "University of Examples"}, "{University of Examples}"),
        ({"organisation": "University of Examples", "authors": ("Ada Example",)}, "Ada Example"),
        ({"author_count": 7}, None),
    ],
)
def test_authors_are_written_so_that_bibtex_reads_them_right(known: dict[str, Any], author: str | None) -> None:
    assert fields(bibtex(paper("A Title", **known))).get("author") == author


@pytest.mark.parametrize(
    ("ids", "published", "year"),
    [
        ((Identifier("arxiv", "2610.01234"),), None, "2026"),
        ((Identifier("arxiv", "0704.0001"),), None, "2007"),
        ((Identifier("arxiv", "2610.01234"),), date(2025, 1, 2), "2025"),
        ((Identifier("arxiv", "2613.01234"),), None, None),
        ((Identifier("arxiv", "hep-th/9901001"),), None, None),
        ((), None, None),
    ],
)
def test_year_is_known_or_left_out(ids: tuple[Identifier, ...], published: date | None, year: str | None) -> None:
    one = paper("A Title", ids=ids, published=published, authors=("Ada Example",))
    assert fields(bibtex(one)).get("year") == year


@pytest.mark.parametrize(
    ("title", "known", "expected"),
    [
        ("A Map of All Bridges", {"authors": ("Ölaf Müller-Süß",)}, "mullersuss2026map"),
        ("On the Map", {"authors": ("Example, Ada",)}, "example2026map"),
        ("A Map", {"organisation": "University of Examples"}, "universityofexamples2026map"),
        ("A Map", {}, "map2026"),
        ("地图", {"authors": ("Ada Example",)}, "example2026"),
        ("34 Maps", {"ids": (), "url": "https://example.org/maps"}, "34"),
    ],
)
def test_key_is_the_author_the_year_and_a_telling_word(title: str, known: dict[str, Any], expected: str) -> None:
    assert key(bibtex(paper(title, **known))) == expected


def test_paper_without_a_latin_letter_has_a_key_all_the_same() -> None:
    some = paper("地图", ids=(), url="https://example.org/maps")
    assert key(bibtex(some)) == f"paper{some.slug}"


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_text_ends_no_field(text: str) -> None:
    found = fields(
        bibtex(paper(text, authors=(text,), ids=(Identifier("doi", text),), url=f"https://example.org/{text}"))
    )
    assert not re.search(r"(?<!\\)[&%$#_~^]", found["title"])


def test_text_is_the_same_after_latex_read_it() -> None:
    title = r"100 % of {A_B} & C^2 ~ $x$ #1 \emph"
    latex = {r"\textbackslash{}": "\\", r"\textbraceleft{}": "{", r"\textbraceright{}": "}"}
    latex |= {r"\textasciitilde{}": "~", r"\textasciicircum{}": "^"} | {f"\\{sign}": sign for sign in "&%$#_"}
    written = fields(bibtex(paper(title)))["title"][1:-1]
    assert re.sub(r"\\text\w+\{\}|\\[&%$#_]", lambda found: latex[found[0]], written) == title


@settings(deadline=None)
@given(st.text(), st.text(), st.text())
def test_any_text_makes_a_whole_entry(title: str, author: str, doi: str) -> None:
    entry = bibtex(replace(paper(title), authors=(author,), ids=(Identifier("doi", doi), Identifier("arxiv", doi))))
    assert "title" in fields(entry)
    assert re.fullmatch(r"[a-z0-9]+", key(entry))


def test_entry_looks_as_it_looked(snapshot: SnapshotAssertion) -> None:
    assert bibtex(paper("A Map of All Bridges", authors=("Ada Example", "Bo Sample"), author_count=5)) == snapshot
