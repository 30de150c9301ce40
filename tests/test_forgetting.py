"""What passes with time: bounces are forgiven, and settled deliveries forgotten, though never their counts."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.store import Store
from digest.store.returns import About
from tests.fakes import DAY, Place, card, page

if TYPE_CHECKING:
    from pathlib import Path

ADA, BEN = "ada@example.org", "ben@example.org"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, f'[[digest]]\nname = "daily"\nto = ["{ADA}", "{BEN}"]\n')


def listed(place: Place, *names: str, days: int = 1) -> None:
    place.now += timedelta(days=days - 1)
    place.day(page(*map(card, names)))


def soft_bounce(place: Place, most: int = 3, times: int = 1) -> tuple[str, int]:
    """Ada's state and how many bounces in a row count, after her latest mail came back, which is read so many times."""
    with Store(place.config.database) as store:
        (found,) = store.subscriptions.find(ADA)
        about = About(found.id, ADA, store.outbox.to([found.id])[-1].id)
        for _ in range(times):
            store.returns.failed(about, "mailbox full", hard=False, now=place.now, most=most)
        (found,) = store.subscriptions.find(ADA)
        return found.state, found.soft


def test_bounces_of_one_edition_after_the_other_are_in_a_row(place: Place) -> None:
    said = []
    for name in ("Amber", "Birch", "Cedar"):
        listed(place, name)
        said.append(soft_bounce(place))
    assert said == [("active", 1), ("active", 2), ("bounced", 3)]


def test_bounce_that_is_read_again_and_again_counts_once(place: Place) -> None:
    listed(place, "Amber")
    assert soft_bounce(place, times=7) == ("active", 1)


def test_mail_that_did_not_come_back_within_five_days_ends_the_row(place: Place) -> None:
    listed(place, "Amber")
    assert soft_bounce(place) == ("active", 1)
    listed(place, "Birch")
    listed(place, "Cedar", days=8)
    assert soft_bounce(place) == ("active", 1), "that of Birch arrived"


def test_time_without_a_mail_forgives_nothing(place: Place) -> None:
    listed(place, "Amber")
    assert soft_bounce(place) == ("active", 1)
    listed(place, "Birch", days=31)
    assert soft_bounce(place) == ("active", 2), "a monthly digest's bounces are in a row too"


def test_settled_deliveries_are_forgotten_after_ninety_days_and_stay_counted(place: Place) -> None:
    listed(place, "Amber")
    listed(place, "Birch")
    listed(place, "Cedar", days=90)
    with Store(place.config.database) as store:
        assert Counter(one.edition for one in store.outbox.all()) == {2: 2, 3: 2}, (
            "the second is ninety days old and no more"
        )
        assert store.outbox.counts().sent == 6
    place.now += timedelta(days=1)
    place.run()
    place.run()
    with Store(place.config.database) as store:
        assert Counter(one.edition for one in store.outbox.all()) == {3: 2}
        assert store.outbox.counts().sent == 6
        assert [one.number for one in store.publications.headlines()] == [3, 2, 1]


def test_what_waits_for_its_owner_is_never_forgotten_and_no_number_is_given_twice(place: Place) -> None:
    listed(place, "Amber")
    with Store(place.config.database) as store:
        first, last = store.outbox.all()
        store.database.connection.execute("UPDATE delivery SET state = 'held' WHERE id = :id", {"id": first.id})
        store.database.connection.commit()
        assert store.pruning.deliveries(DAY + timedelta(days=400)) == 0
        assert [one.id for one in store.outbox.all()] == [first.id, last.id]
    listed(place, "Birch", days=400)
    with Store(place.config.database) as store:
        assert [one.id for one in store.outbox.all()] == [first.id, last.id + 1, last.id + 2]


def test_run_that_forgets_changes_no_count_of_its_report(place: Place) -> None:
    listed(place, "Amber")
    place.now += timedelta(days=120)
    report = place.run()
    assert (report.deliveries.sent, report.errors) == (0, ())
