"""Days, counts and papers in words."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.models import Item, Section, Tally
from digest.render.words import (
    byline,
    counted,
    in_full,
    long_day,
    people,
    short_day,
    short_name,
    shortened,
    summary,
    tally_words,
    unbroken,
)
from tests.mails import edition, paper


def test_a_long_day_is_english_and_has_no_leading_zero() -> None:
    assert long_day(date(2026, 3, 1)) == "Sunday 1 March 2026"


@pytest.mark.parametrize(
    ("day", "year", "words"),
    [
        (date(2026, 11, 20), 2026, "20 Nov"),
        (date(2024, 11, 20), 2026, "20 Nov 2024"),
        (date(2026, 5, 2), None, "2 May 2026"),
    ],
)
def test_a_short_day_names_the_year_only_when_it_is_another(day: date, year: int | None, words: str) -> None:
    assert short_day(day, year) == words


@pytest.mark.parametrize(("count", "words"), [(0, "0 papers"), (1, "1 paper"), (2, "2 papers"), (1234, "1,234 papers")])
def test_counts_agree_with_their_noun(count: int, words: str) -> None:
    assert counted(count, "paper") == words


def test_an_irregular_plural_is_given() -> None:
    assert counted(2, "entry", "entries") == "2 entries"


@pytest.mark.parametrize(
    ("parts", "words"), [((), ""), (("a",), "a"), (("a", "b"), "a and b"), (("a", "b", "c"), "a, b and c")]
)
def test_lists_end_in_and(parts: tuple[str, ...], words: str) -> None:
    assert in_full(parts) == words


def test_a_number_does_not_part_from_its_unit_and_no_line_begins_with_a_dot() -> None:
    assert unbroken("7 authors · 14 Oct · GPT 4") == "7\u00a0authors\u00a0· 14\u00a0Oct\u00a0· GPT 4"


@pytest.mark.parametrize(
    ("words", "cut"),
    [
        ("short enough", "short enough"),
        ("these words are too many", "these words…"),
        ("a comma, before the end", "a comma…"),
        ("onewordthatneverends", "onewordthat…"),
    ],
)
def test_words_are_cut_between_words_where_there_are_any(words: str, cut: str) -> None:
    assert shortened(words, 12) == cut


@given(st.text(), st.integers(1, 50))
def test_shortened_words_are_never_longer_than_asked_for(words: str, longest: int) -> None:
    assert len(shortened(words, longest)) <= longest


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Speech, audio & music", "Speech"),
        ("Vision: recognition", "Vision"),
        ("Graph learning", "Graph learning"),
        (": odd", ": odd"),
    ],
)
def test_a_topic_is_called_by_the_first_part_of_its_name(name: str, short: str) -> None:
    assert short_name(name) == short


# --- the count equation -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tally", "quiet", "words"),
    [
        (Tally(41, 25, 14, 2), (), "41 listed: 25 new, 14 known before, 2 printed twice."),
        (Tally(25, 25, 0, 0), (), "25 listed, all new."),
        (Tally(1300, 1, 1299, 0), (), "1,300 listed: 1 new, 1,299 known before."),
        (Tally(), (), ""),
        (Tally(), (date(2026, 11, 19),), "Thursday was quiet."),
        (Tally(), (date(2026, 11, 18), date(2026, 11, 19)), "Wednesday and Thursday were quiet."),
        (Tally(), (date(2026, 11, 13), date(2025, 12, 31)), "13 Nov and 31 Dec 2025 were quiet."),
        (Tally(), tuple(date(2026, 11, day) for day in (16, 17, 18, 19)), "4 days before it were quiet."),
        (Tally(2, 2), (date(2026, 11, 14),), "2 listed, all new. Saturday was quiet."),
    ],
)
def test_the_summary_adds_up_and_names_quiet_days(tally: Tally, quiet: tuple[date, ...], words: str) -> None:
    assert summary(edition(tally=tally, quiet=quiet)) == words


def test_counts_that_do_not_hold_the_papers_are_left_out() -> None:
    old = (Section("agents", "Agents", tuple(Item(n, paper("T", number=n)) for n in (1, 2))),)
    assert summary(edition(*old, tally=Tally(7, 0, 7, 0), quiet=(date(2026, 11, 19),))) == "Thursday was quiet."
    assert summary(edition(*old, tally=Tally(7, 2, 5, 0))) == "7 listed: 2 new, 5 known before."


@pytest.mark.parametrize(
    ("tally", "words"),
    [
        (Tally(41, 25, 14, 2), "41 listed: 25 new, 14 known before, 2 printed twice"),
        (Tally(1039, 0, 1039, 0), "1,039 listed, all known before"),
        (Tally(), "nothing listed"),
    ],
)
def test_the_counts_of_a_listing_add_up(tally: Tally, words: str) -> None:
    assert tally_words(tally) == words


# --- papers -------------------------------------------------------------------------------------------------------


def test_a_byline_holds_all_that_is_known() -> None:
    known = paper("T", author_count=7, published=date(2026, 10, 14), upvotes=41, comments=6)
    assert byline(known) == "7 authors · 14 Oct · 41 upvotes · 6 comments"


def test_a_byline_leaves_out_what_was_not_printed_and_what_is_nought() -> None:
    assert byline(paper("T", upvotes=0, comments=0)) == ""
    assert byline(paper("T", published=date(2024, 2, 29), comments=1)) == "29 Feb 2024 · 1 comment"


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({"organisation": "University of Examples", "author_count": 4}, "University of Examples"),
        ({"author_count": 1}, "1 author"),
        ({"authors": ("Ida", "Bo")}, "Ida and Bo"),
        ({"authors": ("Ida", "Bo", "Cy", "Di")}, "Ida and 3 others"),
        ({"authors": ("Ida",), "author_count": 2}, "Ida and 1 other"),
        ({"authors": ("Ida",)}, "Ida"),
        ({}, ""),
    ],
)
def test_people_are_named_as_far_as_they_are_few(known: dict[str, Any], words: str) -> None:
    assert people(paper("T", **known)) == words
