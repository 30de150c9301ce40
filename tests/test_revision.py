"""What a listing changes in a paper's text."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from digest.models import ListedPaper
from digest.revision import Revision, revised

BEFORE, DAY, AFTER = date(2026, 11, 1), date(2026, 11, 20), date(2026, 11, 21)
WHOLE = "We count moths at street lamps, by hand and by machine. The machine sees more of them after midnight."
CUT = "We count moths at street lamps, by hand and …"
KNOWN = ListedPaper("Counting Moths at Night by Their Lamps", WHOLE)


def told(listed: ListedPaper, on: date, *, known: ListedPaper = KNOWN) -> Revision | None:
    return revised(known, listed, known_on=DAY, listed_on=on)


@pytest.mark.parametrize(("on", "expected"), [(BEFORE, DAY), (DAY, DAY), (AFTER, AFTER)])
def test_text_is_of_the_day_of_the_latest_page_that_it_holds_words_of(on: date, expected: date) -> None:
    revision = told(replace(KNOWN, author_count=3), on)
    assert revision is not None
    assert (revision.text.author_count, revision.listed_on, revision.significant) == (3, expected, False)


@pytest.mark.parametrize("on", [BEFORE, DAY, AFTER])
def test_cut_abstract_is_made_whole_by_any_page(on: date) -> None:
    revision = told(KNOWN, on, known=replace(KNOWN, abstract=CUT))
    assert revision is not None
    assert (revision.text.abstract, revision.significant) == (WHOLE, False)


@pytest.mark.parametrize("on", [BEFORE, DAY, AFTER])
def test_cut_abstract_takes_nothing_from_a_whole_one(on: date) -> None:
    assert told(replace(KNOWN, abstract=CUT), on) is None


def test_whole_abstract_of_a_paper_that_turned_out_to_be_the_same_is_kept() -> None:
    known = replace(KNOWN, abstract=CUT)
    revision = revised(known, known, known_on=DAY, listed_on=AFTER, absorbed=[KNOWN])
    assert revision is not None
    assert revision.text.abstract == WHOLE


def test_other_words_of_an_older_page_change_nothing() -> None:
    assert told(replace(KNOWN, title="Counting Moths", abstract=f"Once, {WHOLE}"), BEFORE) is None
