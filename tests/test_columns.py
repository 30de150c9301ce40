"""Plain text in columns."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.render.mail.columns import beside, fill, width_of


def test_a_short_paragraph_stays_on_its_line() -> None:
    assert fill("a short  one\n here", " 1  ") == " 1  a short one here"


def test_further_lines_are_indented_as_far_as_the_lead_goes() -> None:
    assert fill("one two three four", " 1  ", width=14) == " 1  one two\n    three four"


def test_nothing_fills_a_line_with_nothing() -> None:
    assert fill("", "  ") == "  "


def test_an_overlong_word_is_broken_and_the_rest_goes_on() -> None:
    assert fill("a abcdefghij b", width=4) == "a\nabcd\nefgh\nij b"


def test_a_wide_character_takes_two_columns_and_an_accent_none() -> None:
    assert width_of("学a") == 3
    assert width_of("e\u0301") == 1
    assert fill("学习学习", width=4) == "学习\n学习"


def test_a_wide_character_that_no_line_can_hold_still_gets_one() -> None:
    assert fill("学习", width=1) == "学\n习"


@given(st.text(st.characters(codec="ascii")), st.integers(8, 78))
def test_ascii_is_filled_as_the_standard_library_does_it(words: str, width: int) -> None:
    expected = textwrap.fill(" ".join(words.split()), width, break_on_hyphens=False, break_long_words=False)
    longest = max(map(len, words.split()), default=0)
    assert longest > width or fill(words, width=width) == expected


@given(st.text(), st.integers(2, 78))
def test_no_line_is_wider_than_asked_for_and_no_character_is_lost(words: str, width: int) -> None:
    filled = fill(words, width=width)
    assert all(width_of(line) <= width for line in filled.split("\n"))
    assert "".join(filled.split()) == "".join(words.split())


@pytest.mark.parametrize(("left", "lines"), [("Agents", "Agents   5 new"), ("Agents & tools", "Agents & tools\n5 new")])
def test_two_texts_share_a_line_while_there_is_room(left: str, lines: str) -> None:
    assert beside(left, "5 new", width=14) == lines
