"""The daemon's jobs, in process and by a clock that is handed in: days go by as fast as somebody asks."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count, takewhile
from typing import TYPE_CHECKING, Any, Never

import pytest

from digest import config
from digest.build import Builder
from digest.commands.daemon import Office, usable
from digest.commands.inforce import InForce
from digest.daemon import Daemon, Turns, systemd
from digest.errors import FetchError, StoreError
from digest.ingest import Feeding
from digest.stopping import Stop
from digest.store import Store
from tests.daemons import SOON, comes
from tests.fakes import Place, card, page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from types import FrameType

    from digest.desk import Desk
    from digest.errors import DigestError
    from digest.models import Fetched, LoggedRun, Unchanged

DAILY = '[[digest]]\nname = "daily"\nschedule = "daily at 07:00"\n'
SIX = datetime(2026, 11, 16, 6, tzinfo=UTC)
HALF = timedelta(seconds=30)


@dataclass
class Asked:
    """A source that notes when it is asked, and has nothing or only this fault."""

    remote: bool = False
    apart: bool = False
    fault: DigestError | None = None
    times: list[datetime] = field(default_factory=list)

    def fetch(self, cursor: Mapping[str, str], now: datetime) -> Iterator[Fetched | Unchanged | DigestError]:
        del cursor
        self.times.append(now)
        if self.fault:
            yield self.fault

    def owned(self, found: Fetched | Unchanged) -> None:
        """It has nothing to put away."""

    def doubted(self, cursor: str) -> str:
        return cursor


@dataclass
class Living:
    """A daemon at a place, by the place's clock; what it tells is kept."""

    place: Place
    change: Callable[[Desk], Desk] = lambda desk: desk
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.daemon = Daemon(
            lambda: self.place.desk(self.change), Stop(), self.told.append, clock=lambda: self.place.now
        )

    def looks(self, moment: str, to: str | None = None) -> None:
        """A look at that time of the place's day or, with `to`, each half minute until then."""
        self.place.now, last = (
            datetime.fromisoformat(f"{self.place.now:%Y-%m-%d}T{one}+00:00") for one in (moment, to or moment)
        )
        while self.place.now <= last:
            self.daemon.look()
            self.place.now += HALF
        self.place.now = last

    def ledger(self) -> tuple[LoggedRun, ...]:
        """Its lines, the oldest first."""
        with Store(self.place.config.database) as store:
            return store.runs.last(1000)[::-1]

    def lines(self) -> list[tuple[str, str | None]]:
        """When each pass that has a line was, and its verdict."""
        return [(f"{one.started:%d %H:%M:%S}", one.verdict) for one in self.ledger()]


@pytest.fixture
def living(tmp_path: Path) -> Living:
    return Living(Place(tmp_path, DAILY, now=SIX))


# --- the jobs -----------------------------------------------------------------------------------------------------


def test_days_go_by_and_each_has_its_edition_and_its_mail(living: Living) -> None:
    for day in (16, 17, 18):
        living.place.now = living.place.now.replace(day=day)
        living.looks("06:30")
        living.place.drop(page(card(f"Paper{day}"), day=f"Nov {day}"))
        living.looks("06:50:00")
        assert len(living.place.titles()) == day - 16, "not before its time"
        living.looks("07:00")
        assert living.daemon.send() == []
        living.looks("07:01")
        assert living.daemon.send() == []
        assert len(living.place.mails()) == day - 15
    assert [len(titles) for titles in living.place.titles().values()] == [1, 1, 1]
    assert [one.sent for one in living.ledger() if one.editions] == [1, 1, 1]
    assert (living.place.folder / "public" / "index.html").exists()


def test_pages_are_made_when_it_begins_and_when_something_is_new_only(living: Living) -> None:
    index = living.place.folder / "public" / "index.html"
    living.looks("06:00")
    assert index.exists(), "a crash may have come before them"
    index.unlink()
    living.looks("06:10")
    assert not index.exists()
    living.place.drop(page(card("Amber")))
    living.looks("06:20")
    assert index.exists()


def test_what_is_not_kept_for_ever_is_forgotten_in_time(living: Living) -> None:
    for day in (16, 17):
        living.place.now = living.place.now.replace(day=day)
        living.looks("06:30")
        living.place.drop(page(card(f"Paper{day}")))
        living.looks("07:00")
        living.daemon.send()
    for days, kept in ((88, 2), (4, 1)):
        living.place.now += timedelta(days=days)
        living.daemon.keep()
        with living.place.desk() as desk:
            assert len(desk.store.outbox.all()) == kept


def test_each_source_is_asked_at_its_own_interval_and_a_little_sooner(tmp_path: Path) -> None:
    feed = '[[source]]\nname = "feed"\nkind = "feed"\nurl = "https://papers.example.org/feed"\n'
    place = Place(tmp_path, f'[[source]]\nname = "dumps"\n{feed}', now=SIX)
    asked = {"dumps": Asked(), "feed": Asked(remote=True)}

    def instead(desk: Desk) -> Desk:
        return replace(desk, sources=tuple(replace(one, source=asked[one.name]) for one in desk.sources))

    living = Living(place, instead)
    living.looks("06:00", to="08:00")
    assert len(asked["dumps"].times) == 121, "each minute"
    assert len(asked["feed"].times) == 3, "each hour"
    gaps = [later - earlier for earlier, later in zip(asked["feed"].times, asked["feed"].times[1:], strict=False)]
    assert all(timedelta(minutes=54) <= gap <= timedelta(minutes=60, seconds=30) for gap in gaps)


def test_clock_that_was_ahead_when_a_source_was_asked_last_holds_up_nothing(tmp_path: Path) -> None:
    source = Asked()
    living = Living(
        Place(tmp_path, now=SIX),
        lambda desk: replace(desk, sources=(Feeding("one", source, every=timedelta(hours=1)),)),
    )
    for year in (2036, 2026):
        living.place.now = living.place.now.replace(year=year)
        living.daemon.look()
    assert [one.year for one in source.times] == [2036, 2026]


# --- the ledger ---------------------------------------------------------------------------------------------------


def test_ledger_has_a_line_for_what_was_done_for_a_quiet_slot_and_for_each_day_and_no_other(living: Living) -> None:
    living.looks("06:00", to="06:10")
    living.place.drop(page(card("Amber")))
    living.looks("06:20", to="06:30")
    living.looks("06:55", to="07:05")
    living.place.now += timedelta(days=1)
    living.looks("00:00", to="00:05")
    living.looks("06:55", to="07:05")
    assert living.lines() == [
        ("16 06:00:00", "quiet"),
        ("16 06:20:00", "new"),
        ("16 07:00:00", "new"),
        ("17 00:00:00", "quiet"),
        ("17 07:00:00", "quiet"),
    ]


def test_mails_of_an_edition_are_counted_on_its_line(living: Living) -> None:
    living.place.drop(page(card("Amber")))
    living.looks("06:00")
    living.looks("07:00")
    living.daemon.send()
    assert [one.sent for one in living.ledger()] == [0, 1]


def test_what_goes_on_failing_is_told_once_an_hour(living: Living) -> None:
    (living.place.folder / "dumps").rmdir()
    living.looks("06:00", to="06:59")
    assert [line for line, _ in living.lines()] == ["16 06:00:00"]
    assert len(living.told) == 1
    assert "can't be looked into" in living.told[0]
    living.looks("06:59:30", to="08:30")
    assert len(living.told) == 3


def test_new_fault_is_told_at_once(tmp_path: Path) -> None:
    source = Asked(fault=FetchError("one", "answers 500"))
    living = Living(Place(tmp_path, now=SIX), lambda desk: replace(desk, sources=(Feeding("one", source),)))
    living.looks("06:00", to="06:05")
    source.fault = FetchError("one", "answers 404")
    living.looks("06:06", to="06:10")
    assert living.told == ["one: answers 500", "one: answers 404"]


def test_halted_queue_is_told_once_an_hour_and_not_at_each_turn(living: Living) -> None:
    with living.place.desk() as desk:
        desk.store.halts.halt("all", "mx.example.org: not reached", SIX + timedelta(hours=4), again=True)
    for _ in range(150):
        living.daemon.send()
        living.place.now += HALF
    assert len(living.told) == 2
    assert "mail: is halted: mx.example.org: not reached" in living.told[0]


def test_disk_that_stays_full_is_told_once_an_hour_and_not_at_each_turn(tmp_path: Path) -> None:
    living = Living(Place(tmp_path, now=SIX), full)
    for _ in range(150):
        living.daemon.work("look", living.daemon.look)
        living.place.now += HALF
    assert living.told == ["one: answers 500"] * 2


def full(_: Desk) -> Never:
    raise FetchError("one", "answers 500")


def test_clock_that_is_put_back_silences_nothing(tmp_path: Path) -> None:
    living = Living(Place(tmp_path, now=SIX.replace(year=2036)), full)
    living.daemon.work("look", living.daemon.look)
    living.place.now = SIX
    living.daemon.work("look", living.daemon.look)
    assert len(living.told) == 2


# --- the alarm and the main thread --------------------------------------------------------------------------------


class Mistaken(Builder):
    """One that makes no page."""

    def build(self) -> Never:
        raise ZeroDivisionError("one mistake")


@contextmanager
def alive(daemon: Daemon) -> Iterator[None]:
    """It lives in a thread, until it is asked to stop at the latest."""
    thread = threading.Thread(target=daemon.live)
    thread.start()
    try:
        yield
    finally:
        if not daemon.stop.asked:
            daemon.stop.ask()
        thread.join(SOON)
    assert not thread.is_alive()


def mistaken(desk: Desk) -> Desk:
    made = desk.builder
    return replace(
        desk, builder=Mistaken(desk.store, made._output, site=desk.site, topics=desk.topics, templates=desk.templates)
    )


def test_job_with_a_mistake_is_told_and_ends_no_other(tmp_path: Path) -> None:
    living = Living(Place(tmp_path), mistaken)
    living.place.drop(page(card("Amber")))
    living.place.publish()
    with alive(living.daemon):
        assert comes(lambda: living.place.mails() and living.told)
    assert living.told == ["look: ZeroDivisionError: one mistake (a mistake of ours: please report it)"]


def test_heartbeat_that_fails_ends_nothing_whatever_it_is() -> None:
    told: list[str] = []
    daemon = Daemon(lambda: open_("/nowhere/at/all"), Stop(), told.append)
    daemon._say()
    assert told == ["[Errno 2] No such file or directory: '/nowhere/at/all'"]


def open_(path: str) -> Never:
    raise FileNotFoundError(2, "No such file or directory", path)


def test_systemd_is_told_when_it_is_ready_that_it_lives_and_that_it_stops(living: Living) -> None:
    said: list[str] = []
    living.daemon.notify = said.append
    with alive(living.daemon):
        assert comes(lambda: "WATCHDOG=1" in said)
    assert said[0] == "READY=1"
    assert said[-1] == "STOPPING=1"
    assert set(said[1:-1]) == {"WATCHDOG=1"}


@pytest.mark.parametrize("abstract", [False, True])
def test_systemd_hears_it_on_its_socket(abstract: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a parameter
    name = f"paperround-{os.getpid()}-notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ours:
        ours.settimeout(SOON)
        ours.bind(f"\0{name}" if abstract else str(tmp_path / name))
        environ = {"NOTIFY_SOCKET": f"@{name}" if abstract else str(tmp_path / name)}
        systemd(environ)("READY=1")
        assert ours.recv(100) == b"READY=1"
    assert environ == {}, "what it starts is not the one that systemd waits for"
    systemd({})("READY=1")


def test_systemd_that_is_gone_ends_nothing(tmp_path: Path) -> None:
    systemd({"NOTIFY_SOCKET": str(tmp_path / "nobody")})("READY=1")


def test_heartbeat_says_since_when_it_lives_and_that_it_ended(living: Living) -> None:
    def last() -> tuple[datetime, datetime, datetime | None]:
        with Store(living.place.config.database) as store:
            found = store.daemons.last()
        assert found is not None
        assert found.pid == os.getpid()
        return found.started, found.beat, found.stopped

    later = SIX + timedelta(minutes=1)
    with alive(living.daemon):
        assert comes((living.place.folder / "public" / "index.html").exists)
        assert last() == (SIX, SIX, None)
        living.place.now = later
        living.daemon._say()
        assert last() == (SIX, later, None)
    assert last() == (SIX, later, later)


def test_clock_put_ahead_by_decades_makes_one_turn_and_not_millions() -> None:
    turns, born = Turns(HALF), datetime(1970, 1, 1, tzinfo=UTC)
    assert turns.get_next_fire_time(None, born) == born
    assert turns.get_next_fire_time(born, born) == born + HALF
    assert turns.get_next_fire_time(born, SIX) == SIX + HALF


def test_alarm_wakes_a_job_once_for_all_that_it_missed(living: Living) -> None:
    for job in living.daemon._alarm()._pending_jobs:
        assert len(job[0]._get_run_times(SIX + timedelta(days=20_000))) == 1


def test_turn_that_is_years_away_by_a_clock_that_was_ahead_for_an_instant_is_now(living: Living) -> None:
    alarm = living.daemon._alarm()
    alarm.start(paused=True)
    alarm.modify_job("send", next_run_time=datetime.now(UTC) + timedelta(days=3650))
    watching = threading.Thread(target=living.daemon._watch, args=(alarm,))
    watching.start()
    assert comes(lambda: alarm.get_job("send").next_run_time <= datetime.now(UTC))
    living.daemon.wake()
    watching.join(SOON)
    alarm.shutdown()
    assert len(living.told) == 1


def woken_at(nth: int) -> bool:
    """Whether a daemon that waits wakes when it is asked to stop at the n-th step that Python takes for it."""
    daemon, left, before = Daemon(nowhere, Stop()), [nth], sys.gettrace()

    def step(_: FrameType, __: str, ___: Any) -> Callable[..., Any]:  # noqa: ANN401 - as sys has it
        left[0] -= 1
        if left[0] == 0:
            daemon.stop.ask()
        return step

    with daemon.stop.listening(daemon.wake):
        sys.settrace(step)
        try:
            return daemon._woken()
        finally:
            sys.settrace(before)


def nowhere() -> Never:
    raise AssertionError


def test_signal_in_the_midst_of_its_waiting_is_heard(deadline: None) -> None:
    del deadline
    heard = [*takewhile(bool, map(woken_at, count(1)))]
    assert len(heard) > 2, "at each step until it waits; one that comes later is for its next waiting"


@pytest.fixture
def deadline() -> Iterator[None]:
    """What waits for ever is ended, also in the midst of a lock."""

    def end(*_: object) -> Never:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, SOON / 4)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


# --- the configuration --------------------------------------------------------------------------------------------


@dataclass
class Written:
    """An office over a config.toml that somebody writes."""

    path: Path
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.write('title = "First"\n')
        self.office = Office(InForce(config.load(self.path), self.path, self.told.append, usable), Stop())

    def write(self, text: str) -> None:
        """As an editor does: another file under its name."""
        other = self.path.with_suffix(".new")
        other.write_text(text)
        other.replace(self.path)

    def title(self) -> str:
        with self.office.desk() as desk:
            return desk.site.title


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return Written(tmp_path / "config.toml")


def test_configuration_that_has_changed_counts_from_then_on_and_is_told_once(written: Written) -> None:
    assert written.title() == "First"
    assert written.told == []
    written.write('title = "Second"\n')
    assert [written.title(), written.title()] == ["Second", "Second"]
    assert written.told == [f"{written.path} has changed, and counts from now on"]


def test_faulty_configuration_is_told_once_and_the_one_before_stays(written: Written) -> None:
    written.write("title = 7\n")
    assert [written.title(), written.title()] == ["First", "First"]
    (told,) = written.told
    assert "title" in told
    assert told.endswith("the settings from before stay in force")
    written.write('title = "Mended"\n')
    assert written.title() == "Mended"


def test_database_that_is_taken_away_is_not_made_anew(written: Written) -> None:
    with written.office.desk() as desk:
        database = desk.store.database.path
    database.rename(database.with_name("elsewhere.db"))
    for opening in (written.office.desk, written.office.store):
        with pytest.raises(StoreError, match="is gone, though the daemon has worked on it"), opening():
            pass
    assert not database.exists()
    database.with_name("elsewhere.db").rename(database)
    with written.office.desk():
        pass


def test_another_database_needs_a_restart(written: Written) -> None:
    written.write('title = "Elsewhere"\ndatabase = "other.db"\n')
    assert [written.title(), written.title()] == ["First", "First"]
    (told,) = written.told
    assert "restart the daemon" in told
    assert not (written.path.parent / "other.db").exists()


def test_configuration_that_is_taken_away_changes_nothing(written: Written) -> None:
    written.path.unlink()
    assert [written.title(), written.title()] == ["First", "First"]
    assert len(written.told) == 1


# --- what its silence means -----------------------------------------------------------------------------------------


def verdicts(living: Living) -> list[str | None]:
    return [one.verdict for one in living.ledger()]


def test_pass_that_breaks_off_is_no_quiet_one_until_it_comes_to_its_end_again(living: Living) -> None:
    living.looks("06:00")
    for _ in range(2):
        living.place.now += HALF
        living.daemon.work("look", lambda: 1 / 0)
    assert verdicts(living) == ["quiet", "failed"]
    assert "a mistake of ours" in living.ledger()[-1].errors[0]
    living.place.now += HALF
    living.daemon.work("look", living.daemon.look)
    assert verdicts(living) == ["quiet", "failed", "quiet"], "and it is said when it is over"


def test_source_that_answers_again_is_told_at_once(living: Living) -> None:
    dumps = living.place.folder / "dumps"
    dumps.rmdir()
    living.looks("06:00", to="06:10")
    assert verdicts(living) == ["failed"]
    dumps.mkdir()
    living.looks("06:11", to="06:20")
    assert verdicts(living) == ["failed", "quiet"]


def test_mails_are_counted_by_the_line_of_their_edition(living: Living) -> None:
    living.looks("06:30")
    living.place.drop(page(card("Amber")))
    living.looks("07:00")
    (living.place.folder / "dumps" / "sub").mkdir()
    living.looks("07:02")
    living.daemon.send()
    assert [one.sent for one in living.ledger()] == [0, 1, 0]


def test_mails_of_an_edition_need_not_wait_for_the_next_turn(living: Living) -> None:
    woken: list[int] = []
    living.daemon.owed = lambda: woken.append(len(living.place.titles()))
    living.looks("06:30")
    living.place.drop(page(card("Amber")))
    living.looks("07:00", to="07:05")
    assert woken == [1], "once, when it is sealed"
