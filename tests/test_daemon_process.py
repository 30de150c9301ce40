"""The daemon as a real process: stopped, killed, several at once, a full disk, and a clock that is put while it runs."""

from __future__ import annotations

import random
import resource
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from digest.store import Store
from tests.daemons import FAKETIME, SOON, Clock, Started, comes
from tests.fakes import Place, card, page
from tests.smtp_server import MailServer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.smtp_server import Conversation

LIVES = "the daemon lives, on "
BERLIN = 'time_zone = "Europe/Berlin"\n'
MAIL = '[mail]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\nsender = "digest@example.net"\n'


def daily(at: str) -> str:
    return f'{BERLIN}[[digest]]\nname = "daily"\nschedule = "daily at {at}"\n'


def announced(place: Place) -> list[str]:
    """The titles of all editions, as often as they stand in them."""
    return sorted(title for titles in place.titles().values() for title in titles)


def titles(*names: str) -> list[str]:
    return sorted(card(name)[0] for name in names)


def passes(place: Place) -> int:
    """How many passes have a line in the ledger that is closed."""
    with Store(place.config.database) as store:
        return sum(one.ended is not None for one in store.runs.last(10_000))


def sent(place: Place) -> int:
    """How many mails are out, and known to be."""
    with Store(place.config.database) as store:
        return store.outbox.counts().sent


# --- stopped ------------------------------------------------------------------------------------------------------


def test_daemon_is_the_only_one_on_its_database_and_ends_in_order_when_it_is_stopped(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with Started(place) as daemon:
        assert daemon.says(LIVES)
        with Started(place) as second, Started(place, words=("run",)) as run:
            for late in (second, run):
                assert late.ended() == 75
                assert f"process {daemon.process.pid} is running" in late.lines[0]
                assert len(late.lines) == 1
        assert daemon.stopped() == 0
        assert daemon.told() == [f"{LIVES}{place.config.database}", "stopped"]
    with Store(place.config.database) as store:
        last = store.daemons.last()
    assert last is not None
    assert (last.pid, last.stopped is not None) == (daemon.process.pid, True)


@pytest.mark.parametrize(("verb", "end"), [("DOT", "sent"), ("RCPT", "queued")])
def test_signal_waits_for_an_answer_to_a_dot_and_for_nothing_else(verb: str, end: str, tmp_path: Path) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def hold(conversation: Conversation, _: str) -> None:
        del conversation
        reached.set()
        go_on.wait(SOON)

    with MailServer({verb: hold}) as server:
        place = Place(tmp_path, MAIL.format(port=server.port))
        place.drop(page(card("Amber")))
        place.publish()
        with Started(place) as daemon:
            assert reached.wait(SOON)
            daemon.process.terminate()
            if end == "sent":
                time.sleep(0.5)
                assert daemon.process.poll() is None, "it waits for the answer"
                go_on.set()
            assert daemon.ended() == 0
            go_on.set()
        with Store(place.config.database) as store:
            assert [one.state for one in store.outbox.all()] == [end]


# --- several at once ----------------------------------------------------------------------------------------------


def six_at_once(place: Place, mails: int) -> None:
    """All are started; five are told that they are late, and the one that lives sends what is owed, once."""
    with ExitStack() as all_six:
        started = [all_six.enter_context(Started(place)) for _ in range(6)]
        assert comes(lambda: sum(one.process.poll() is not None for one in started) >= 5)
        (living,) = (one for one in started if one.process.poll() is None)
        late = [one for one in started if one is not living]
        assert [one.ended() for one in late] == [75] * 5
        assert all(len(one.lines) == 1 and "is running on this database" in one.lines[0] for one in late)
        assert comes(lambda: sent(place) == mails)
        assert living.stopped() == 0


@pytest.mark.parametrize("rounds", [2, pytest.param(10, marks=pytest.mark.faults)])
def test_of_six_that_are_started_at_once_one_lives_and_nothing_is_doubled(rounds: int, tmp_path: Path) -> None:
    place = Place(tmp_path)
    for number in range(1, rounds + 1):
        place.drop(page(card(f"Paper{number}")), f"{number}.txt")
        place.publish()
        six_at_once(place, number)
    assert announced(place) == titles(*(f"Paper{number}" for number in range(1, rounds + 1)))
    assert len(place.mails()) == rounds


# --- the world goes on --------------------------------------------------------------------------------------------


@dataclass
class Days:
    """A daemon at a place by a clock that is put, with a dump for each pass."""

    place: Place
    clock: Clock
    dropped: int = 0

    @classmethod
    def at(cls, folder: Path, schedule: str, moment: str) -> Days:
        days = cls(Place(folder, daily(schedule)), Clock(folder / "clock"))
        days.put(moment)
        return days

    def put(self, moment: str) -> None:
        self.moment = datetime.fromisoformat(moment)
        self.clock.put(self.moment)

    def name(self) -> str:
        return f"Paper{self.dropped}"

    def drop(self) -> None:
        """A dump with one paper."""
        self.dropped += 1
        self.place.drop(page(card(self.name())), f"{self.dropped}.txt")

    def passes_at(self, moment: str) -> None:
        """A dump comes, the clock is put, and the daemon has taken it in."""
        before = passes(self.place)
        self.drop()
        self.put(moment)
        assert comes(lambda: passes(self.place) > before)

    def mailed(self, mails: int) -> bool:
        """Whether so many mails are sent at last; each time that the clock is put is a turn of the sending."""
        for hours in range(2, 20, 2):
            self.clock.put(self.moment + timedelta(hours=hours))
            if comes(lambda: sent(self.place) == mails, within=2.0):
                return True
        return False

    def next_day(self) -> None:
        """A dump comes, and its slot."""
        self.drop()
        self.put(f"{self.moment + timedelta(days=1):%Y-%m-%d}T07:05+01:00")

    def taken(self) -> int:
        """How many papers are known: each dump has one."""
        with Store(self.place.config.database) as store:
            return len(store.papers.all())

    def slots(self) -> list[str]:
        """Those that were considered, in the order of their times."""
        with Store(self.place.config.database) as store:
            return [row[0] for row in store.database.rows("SELECT nominal FROM slot ORDER BY nominal")]


@FAKETIME
def test_each_slot_fires_once_whatever_is_done_to_the_clock(tmp_path: Path) -> None:
    days = Days.at(tmp_path, "02:30", "2026-03-28T12:00+01:00")
    with Started(days.place, days.clock) as daemon:
        assert daemon.says(LIVES)
        assert comes(lambda: passes(days.place) == 1)
        days.passes_at("2026-03-29T03:00:01+02:00")
        assert days.slots() == ["2026-03-29T02:30:00"], "the clock went from 02:00 to 03:00"
        days.passes_at("2026-03-29T03:35+02:00")
        assert days.slots() == ["2026-03-29T02:30:00"]
        days.passes_at("2026-10-25T02:31+02:00")
        days.passes_at("2026-10-25T02:31+01:00")
        assert days.slots() == ["2026-03-29T02:30:00", "2026-10-25T02:30:00"], "that time came twice"
        days.passes_at("2036-10-25T12:00+02:00")
        days.passes_at("2026-10-26T12:00+01:00")
        assert days.slots()[2:] == ["2026-10-26T02:30:00", "2036-10-25T02:30:00"]
        assert days.mailed(4)
        assert daemon.stopped() == 0
        assert set(daemon.told()[1:-1]) == {"the clock was put, or this machine slept: all is looked at now"}
    assert announced(days.place) == titles(*(f"Paper{number}" for number in range(1, 7)))
    assert len(days.place.mails()) == 4


@FAKETIME
def test_file_that_is_dropped_while_it_is_written_is_taken_once_and_whole(tmp_path: Path) -> None:
    days = Days.at(tmp_path, "07:00", "2026-11-16T06:30+01:00")
    pieces = page(*(card(f"Paper{number}") for number in range(1, 13))).split("\n\n")
    path = tmp_path / "dumps" / "growing.txt"
    with Started(days.place, days.clock) as daemon, path.open("w") as file:
        for piece in pieces:
            file.write(f"{piece}\n\n")
            file.flush()
            time.sleep(3 / len(pieces))
        assert daemon.says(LIVES)
        assert comes(lambda: passes(days.place) == 1)
        days.put("2026-11-16T07:01+01:00")
        assert comes(lambda: len(announced(days.place)) == 12)
        assert daemon.stopped() == 0
    with Store(days.place.config.database) as store:
        assert [(one.verdict, one.listed) for one in store.dumps.reports()] == [("new", 12)]


@FAKETIME
def test_daemon_goes_on_by_itself_when_a_full_disk_has_room_again(disk: Path) -> None:
    days = Days.at(disk, "07:00", "2026-11-16T06:00+01:00")
    with Started(days.place, days.clock) as daemon:
        assert daemon.says(LIVES)
        assert comes(lambda: passes(days.place) == 1)
        days.drop()
        free = resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        days.put("2026-11-16T07:01+01:00")
        assert daemon.says("nothing that was stored before is lost")
        assert days.place.titles() == {}
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, free)
        days.put("2026-11-16T07:10+01:00")
        assert days.mailed(1)
        assert daemon.stopped() == 0
        assert "Traceback" not in "".join(daemon.lines)
    assert announced(days.place) == titles("Paper1")


# --- killed -------------------------------------------------------------------------------------------------------


@FAKETIME
@pytest.mark.parametrize("kills", [5, pytest.param(100, marks=pytest.mark.faults)])
def test_killed_at_any_instant_over_weeks_it_announces_each_paper_once(kills: int, disk: Path) -> None:
    chance = random.Random(kills)  # noqa: S311 - no secret
    days = Days.at(disk, "07:00", "2026-11-16T06:00+01:00")
    for number in range(kills):
        with Started(days.place, days.clock) as daemon:
            assert daemon.says(LIVES)
            if chance.random() < 0.3:  # in the midst of its life, else as it begins
                days.next_day()
                time.sleep(chance.uniform(0, 1))
            time.sleep(chance.uniform(0, 0.6))
            if number % 3 == 2:  # a dump is set aside when its reading does not end three times in a row
                assert comes(lambda: days.taken() == days.dropped)
            daemon.process.kill()
            assert daemon.ended() == -9
        days.next_day()
    with Started(days.place, days.clock) as daemon:
        assert daemon.says(LIVES)
        assert comes(lambda: len(announced(days.place)) >= days.dropped), daemon.lines
        assert days.mailed(len(days.place.titles()))
        assert daemon.stopped() == 0
    assert announced(days.place) == titles(*(f"Paper{number}" for number in range(1, days.dropped + 1)))
    assert len(days.place.mails()) == len(days.place.titles())
