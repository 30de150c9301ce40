"""Markdown: read by another implementation, it says what the edition says, and titles stay titles."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from digest.render.pages.markdown import edition_document, escaped
from tests.publications import HOSTILE, TEMPLATES, editions, invented, with_paper

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion


def rendered(text: str) -> str:
    """As CommonMark with HTML allowed, and with GitHub's tables and struck text: the most that could go wrong."""
    return str(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text))


def words(html: str) -> str:
    plain = re.sub(r"<[^>]*>", "", html)
    for name, sign in (("lt", "<"), ("gt", ">"), ("quot", '"'), ("amp", "&")):
        plain = plain.replace(f"&{name};", sign)
    return " ".join(plain.split())


def test_edition_is_read_as_headings_and_linked_titles() -> None:
    document = edition_document(editions()[1], TEMPLATES)
    assert (document.path, document.media_type) == ("editions/daily/41.md", "text/markdown")
    html = rendered(document.text)
    assert re.findall(r"<h(\d)>(.*?)</h", html) == [
        ("1", "Morning Papers, Wednesday 18 November 2026"),
        ("2", "Large language models"),
        ("2", "Also new"),
    ]
    assert '<strong><a href="https://arxiv.org/abs/2610.00005">Language Models Lose Count</a></strong>' in html
    assert "7 listed: 5 new, 2 known before." in words(html)
    assert "Whispered Vowels, Measured · Speech, audio &amp; music" in re.sub(r"</?(a|strong)\b[^>]*>", "", html)


def test_numbers_stay_those_of_the_edition() -> None:
    html = rendered(edition_document(editions()[1], TEMPLATES).text)
    assert "<ol" not in html
    assert re.findall(r"<p>(\d+)\. <strong>", html) == ["1", "2", "3", "4", "5"]


SHOWN = [text for name, text in HOSTILE.items() if name != "controls"]  # CommonMark replaces U+0000
STARTS = (
    "1. A list",
    "2) A list",
    "- another",
    "# A head",
    "+ more",
    "a | b",
    "= =",
    "---",
    "~~x~~",
    "> said",
    "&copy; &#65;",
)


@pytest.mark.parametrize("text", [*SHOWN, *STARTS])
def test_text_is_shown_as_it_is(text: str) -> None:
    html = rendered(f"{escaped(text)} end")
    assert words(html) == f"{' '.join(text.split())} end".strip()
    assert re.findall(r"<(\w+)", html) == ["p"]


def test_ordinary_words_stay_as_they_are() -> None:
    text = "Vision-Language Models: 91 % of 3.5 (at most), R&D, C++ & 2 + 2 = 4; a|b, #1!"
    assert escaped(text) == text


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
def test_title_makes_no_link_and_no_markup(text: str) -> None:
    source = with_paper(invented(1, text))
    harmless = rendered(edition_document(with_paper(invented(1, "A Title")).editions[0], TEMPLATES).text)
    html = rendered(edition_document(source.editions[0], TEMPLATES).text)
    assert re.findall(r"<(\w+)", html) == re.findall(r"<(\w+)", harmless)
    assert re.findall(r'href="(.*?)"', html) == ["https://arxiv.org/abs/2610.00001"]


def test_address_with_parentheses_is_one_address() -> None:
    source = with_paper(invented(1, "A Title", url="https://example.org/a_(b)"))
    html = rendered(edition_document(source.editions[0], TEMPLATES).text)
    assert 'href="https://example.org/a_%28b%29"' in html


def test_bare_address_is_no_link_in_githubs_dialect() -> None:
    written = escaped("see https://bad.example and www.bad.example or a@bad.example")
    assert not re.search(r"https?://|www\.|\w@", written)


@settings(deadline=None)
@given(st.text())
def test_escaping_leaves_no_markup_behind(text: str) -> None:
    assert set(re.findall(r"<(\w+)", rendered(f"x {escaped(text)}"))) <= {"p"}


def test_edition_looks_as_it_looked(snapshot: SnapshotAssertion) -> None:
    assert edition_document(editions()[1], TEMPLATES).text == snapshot
