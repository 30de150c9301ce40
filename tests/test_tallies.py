"""The counts that readers are told: each list once, however often it was fetched."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from digest.models import Fetched, ListedPaper, Listing, Tally
from digest.store import Store
from tests.fakes import DAY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

TODAY = date(2026, 11, 16)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "digest.db") as opened:
        opened.editions.register("daily")
        yield opened


def fetch(store: Store, papers: Sequence[int], *, name: str = "day.json", day: date = TODAY) -> None:
    """One more dump of the list of that name, with these papers."""
    listed = tuple(ListedPaper(f"Letters from the Lighthouse of Island {n:04}", upvotes=n) for n in papers)
    body = f"{store.dumps.reports()} {papers}".encode()
    sha256, _ = store.dumps.own(Fetched(name, body), "fetched", now=DAY)
    store.take_in(sha256, Listing("made", day, "header", listed), DAY)


def tallies(store: Store) -> tuple[Tally, Tally]:
    """Of the next edition, and of the day."""
    (today,) = (one.tally for one in store.publications.days() if one.day == TODAY)
    return store.editions.since("daily").tally, today


@pytest.mark.parametrize(
    ("lists", "tally"),
    [
        ([range(30), range(30), range(30)], Tally(30, 30, 0, 0)),
        ([range(10), range(20), range(30)], Tally(30, 30, 0, 0)),
        ([range(30), range(20)], Tally(30, 30, 0, 0)),
        ([range(10), range(10, 20)], Tally(20, 20, 0, 0)),
        ([[0, 1], [0, 0, 1, 2]], Tally(4, 3, 0, 1)),
        ([[0, 0, 1], [0, 1, 2]], Tally(3, 3, 0, 0)),
    ],
    ids=["read again", "it grows", "it shrinks", "all others", "printed twice", "not printed twice any more"],
)
def test_list_that_is_fetched_again_is_one_list(lists: Sequence[Sequence[int]], tally: Tally, store: Store) -> None:
    for papers in lists:
        fetch(store, papers)
    assert tallies(store) == (tally, tally)


def test_what_was_known_before_the_list_began_is_known(store: Store) -> None:
    fetch(store, range(8), day=TODAY - timedelta(days=1))
    store.editions.consider("daily", 8)
    store.database.connection.execute("UPDATE digest SET last_dump = 1")
    for most in (10, 12):
        fetch(store, range(5, most))
    assert tallies(store) == (Tally(7, 4, 3, 0),) * 2


def test_digest_that_comes_later_counts_nothing_that_others_considered_without_an_edition(store: Store) -> None:
    fetch(store, range(8), day=TODAY - timedelta(days=1))
    store.editions.consider("daily", 8)
    store.editions.register("weekly")
    store.editions.register("all", backfill=True)
    fetch(store, range(5, 10))
    assert store.editions.since("weekly").tally == Tally(5, 2, 3, 0)
    assert store.editions.since("all").tally == store.editions.since("daily").tally == Tally(13, 10, 3, 0)


def test_other_names_and_other_days_are_other_lists(store: Store) -> None:
    fetch(store, range(10))
    fetch(store, range(10), name="page 2")
    assert tallies(store) == (Tally(20, 10, 10, 0),) * 2
    fetch(store, range(10), day=TODAY + timedelta(days=1))
    assert tallies(store) == (Tally(30, 10, 20, 0), Tally(20, 10, 10, 0))


def test_withheld_papers_are_known(store: Store) -> None:
    body = Fetched("day.json", b"old")
    sha256, _ = store.dumps.own(body, "fetched", now=DAY, baseline=True)
    store.take_in(sha256, Listing("made", TODAY, "header", (ListedPaper("An Old Letter from the Lighthouse"),)), DAY)
    assert tallies(store) == (Tally(1, 0, 1, 0),) * 2


def test_same_bytes_under_another_day_are_a_list_of_that_day_until_it_says_more(store: Store) -> None:
    papers = tuple(ListedPaper(f"Letters from the Lighthouse of Island {n}") for n in range(3))
    for name in ("2026-11-15.json", "2026-11-16.json"):
        sha256, _ = store.dumps.own(Fetched(name, b"same"), "fetched", now=DAY)
    store.take_in(sha256, Listing("made", date(2026, 11, 15), "file name", papers), DAY)
    assert tallies(store)[1] == Tally(3, 0, 3, 0)
    fetch(store, range(3), name="2026-11-16.json")
    assert [one.tally.listed for one in store.publications.days()] == [3, 3]
