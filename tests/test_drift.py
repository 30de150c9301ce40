from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from digest.drift import Past, suspicion
from digest.models import ListedPaper, Listing, Reject

NOW = datetime(2026, 11, 20, 7, tzinfo=UTC)


def listing(papers: int, rejects: int = 0, parser: str = "huggingface-page", day: date | None = None) -> Listing:
    return Listing(
        parser,
        day or NOW.date(),
        "header",
        tuple(ListedPaper(str(n)) for n in range(papers)),
        tuple(Reject(n, "x", "y") for n in range(rejects)),
    )


def before(*listed: int) -> list[Past]:
    return [
        Past(papers, NOW.date() - timedelta(days=back), NOW - timedelta(days=back), 1000 * papers)
        for back, papers in enumerate(listed, 1)
    ]


def doubt(one: Listing, past: list[Past] | None = None, news: int = 1, size: int = 20_000) -> str:
    this = Past(len(one.papers), one.listed_on, NOW, size)
    return suspicion(one, this, news=news, past=past or [])


def test_usual_listing_raises_no_doubt() -> None:
    assert doubt(listing(20, 2), before(20, 22, 19, 25, 24)) == ""


@pytest.mark.parametrize(("papers", "rejects", "told"), [(8, 2, False), (7, 3, True), (0, 0, False), (0, 1, True)])
def test_more_than_a_fifth_rejected_is_told_in_every_format(papers: int, rejects: int, *, told: bool) -> None:
    assert bool(doubt(listing(papers, rejects, "feed"))) is told


@pytest.mark.parametrize(
    ("papers", "past", "told"),
    [
        (4, (20, 22, 19, 25, 24), True),
        (6, (20, 22, 19, 25, 24), False),
        (1, (20, 22, 19, 25), False),  # too few to judge by
        (1, (5, 6, 7, 5, 6), False),  # a small source
    ],
)
def test_far_fewer_than_usual_is_told(papers: int, past: tuple[int, ...], *, told: bool) -> None:
    assert ("usually lists" in doubt(listing(papers), before(*past))) is told


def test_short_page_is_not_misread_for_being_short() -> None:
    assert doubt(listing(2), before(20, 22, 19, 25, 24), size=2_000) == ""


def test_format_that_says_what_it_is_does_not_drift() -> None:
    assert doubt(listing(0, parser="feed"), before(20, 22, 19, 25, 24)) == ""


@pytest.mark.parametrize(("days", "news", "told"), [(4, 0, True), (3, 0, False), (9, 1, False)])
def test_page_that_stands_still_is_told(days: int, news: int, *, told: bool) -> None:
    day = NOW.date() - timedelta(days=days)
    past = [Past(20, day, NOW - timedelta(days=days), 20_000)]
    assert ("still the page" in doubt(listing(20, day=day), past, news=news)) is told
