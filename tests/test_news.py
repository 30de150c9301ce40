"""Which of the papers that a dump lists it may announce."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from digest.models import ListedPaper, Listing
from digest.news import Beginning, is_news, is_old

DAY = date(2026, 11, 16)
PAPER = ListedPaper("Counting Moths at Night by Their Lamps")


def listing(*, rolling: bool = False) -> Listing:
    return Listing("made", DAY, "header", (PAPER,), rolling=rolling)


@pytest.mark.parametrize(
    ("announce", "news"), [(None, True), ("new", True), ("cross", True), ("replace", False), ("replace-cross", False)]
)
def test_replacement_is_no_news_and_not_old_either(announce: str | None, news: bool) -> None:  # noqa: FBT001
    paper = ListedPaper(PAPER.title, announce=announce)
    assert is_news(paper, listing(), begin=Beginning()) == news
    assert not is_old(paper, listing(), begin=Beginning())


def test_nothing_of_a_baseline_is_news() -> None:
    for news_from in (None, DAY):
        assert is_old(PAPER, listing(), begin=Beginning(baseline=True, news_from=news_from))


@pytest.mark.parametrize(("days", "old"), [(-1, False), (0, False), (1, True)])
def test_news_begin_with_what_was_listed_on_their_day(days: int, old: bool) -> None:  # noqa: FBT001
    begin = Beginning(news_from=DAY + timedelta(days=days))
    assert is_old(PAPER, listing(), begin=begin) == old
    assert is_news(PAPER, listing(), begin=begin) != old


def test_paper_of_which_nothing_says_the_day_is_old_where_the_news_begin_on_one() -> None:
    assert is_old(PAPER, listing(rolling=True), begin=Beginning(news_from=DAY))
    assert not is_old(PAPER, listing(rolling=True), begin=Beginning())
