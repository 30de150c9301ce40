"""What passes with time: bounces are forgiven, and settled deliveries forgotten, though never their counts."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.store import Store, pruning
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


# --- the bytes of old dumps ---------------------------------------------------------------------------------------


def kept(place: Place) -> dict[str, bool]:
    """Which dumps still have their bytes, by name."""
    with Store(place.config.database) as store:
        rows = store.database.rows("SELECT name, length(body) AS length FROM dump")
        return {row["name"]: row["length"] > 0 for row in rows}


def test_bytes_of_old_dumps_are_kept_for_ever_unless_days_are_named(place: Place) -> None:
    listed(place, "Amber")
    listed(place, "Birch", days=4000)
    assert all(kept(place).values())


def test_bytes_of_dumps_older_than_the_days_named_are_given_up_and_all_else_of_them_stays(place: Place) -> None:
    place.text = f'keep_dumps = "30 days"\n{place.text}'
    listed(place, "Amber")
    first = f"{place.now:%Y-%m-%d}.txt"
    listed(place, "Birch", days=30)
    assert kept(place)[first], "thirty days old and no more"
    place.now += timedelta(days=1)
    place.run()
    assert Counter(kept(place).values()) == {False: 1, True: 1}
    assert not kept(place)[first]
    with Store(place.config.database) as store:
        (report,) = [one for one in store.dumps.reports() if one.name == first]
        assert (report.verdict, report.listed, report.new) == ("new", 1, 1)
        assert len(store.papers.all()) == 2


def test_dump_whose_bytes_were_given_up_is_still_known_when_it_comes_again(place: Place) -> None:
    place.text = f'keep_dumps = "30 days"\n{place.text}'
    listed(place, "Amber")
    place.now += timedelta(days=60)
    place.run()
    place.drop(page(card("Amber")), "again.txt")
    report = place.run()
    assert [one.verdict for one in report.dumps] == ["duplicate"]
    assert report.editions == ()


def test_bytes_that_are_still_needed_are_never_given_up(place: Place) -> None:
    place.text = f'keep_dumps = "30 days"\n{place.text}'
    place.drop(b"Dear all, the meeting is at ten.", "prose.txt")
    listed(place, "Amber")
    with Store(place.config.database) as store:
        store.database.connection.execute("UPDATE dump SET verdict = NULL WHERE verdict = 'new'")
        assert store.pruning.dumps(place.now + timedelta(days=400), timedelta(days=30)) == 0
    assert all(kept(place).values()), "one can't be read, the other was not read yet"


def test_more_dumps_than_one_transaction_takes_are_given_up(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "AT_ONCE", 2)
    for name in ("Amber", "Birch", "Cedar"):
        place.now += timedelta(days=1)
        place.drop(page(card(name)))
    place.publish()
    with Store(place.config.database) as store:
        assert store.pruning.dumps(place.now + timedelta(days=31), timedelta(days=30)) == 3
    assert not any(kept(place).values())
