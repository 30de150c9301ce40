"""A simulated year: a real dump a day, the daemon's jobs killed at any instant, and each paper in one edition of each digest."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from digest.daemon import Daemon
from digest.stopping import Stop
from digest.store import Store
from tests.fakes import Place

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from digest.models import DumpReport

BERLIN = ZoneInfo("Europe/Berlin")  # whose clocks go forward on the last day but one
TWO = """
time_zone = "Europe/Berlin"
[[digest]]
name = "daily"
schedule = "daily at 07:00"
[[digest]]
name = "weekly"
schedule = "fri at 16:30"
"""
DAY, FRIDAY = timedelta(days=1), 4
TURNS = ((6, 30), (7, 0), (12, 0), (16, 30))  # of the daemon, each day
KILLED = 0.3  # of them
STATEMENTS, WHILE = 250, 0.1  # a turn is killed in one of its first statements, or within its first seconds


@dataclass
class Year:
    """A place where each day is lived through, with a daemon that is killed now and then, and started again."""

    place: Place
    chance: random.Random
    mails: dict[str, int] = field(default_factory=dict)  # by its day, how many came
    killed: int = 0

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """A daemon that has seen nothing yet."""
        self.daemon = Daemon(self.place.desk, Stop(), clock=lambda: self.place.now)

    def lives_through(self, day: date, dump: bytes | None) -> None:
        before = len(self.place.mails())
        for hour, minute in TURNS:
            self.place.now = datetime(day.year, day.month, day.day, hour, minute, 20, tzinfo=BERLIN)
            if dump and (hour, minute) == TURNS[0]:
                self.place.drop(dump, f"{day}.txt")
            self.turn()
        came = len(self.place.mails()) - before
        self.mails |= {str(day): came} if came else {}

    def turn(self) -> None:
        """Look and send; by chance it is killed in it, and does so again."""
        if self.chance.random() < KILLED:
            self.killed += dies(self.work, self.chance)
            self.start()
        self.work()

    def work(self) -> None:
        report, faults = self.daemon.look(), self.daemon.send()
        assert (report.errors, faults) == ((), [])


def dies(work: Callable[[], None], chance: random.Random) -> bool:
    """Do it in a child that is killed at a statement or after a while; False when it was done before."""
    nth, seconds = chance.choice(((chance.randint(1, STATEMENTS), None), (0, chance.uniform(0, WHILE))))
    child = os.fork()
    if child == 0:
        try:
            sqlite3.connect = dying(nth)  # type: ignore[assignment]
            work()
        finally:
            os._exit(0)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def dying(nth: int) -> Callable[..., sqlite3.Connection]:
    """What opens connections; the process is gone at the n-th statement of all of them, never for 0."""
    left, connect = [nth], sqlite3.connect

    def count(_: str) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def traced(*args: Any, **options: Any) -> sqlite3.Connection:  # noqa: ANN401 - as sqlite3 has it
        connection: sqlite3.Connection = connect(*args, **options)
        connection.set_trace_callback(count)
        return connection

    return traced


def counted(report: DumpReport) -> dict[str, Any]:
    """As truth.json has it."""
    assert report.listed_on is not None
    assert report.repeated == 0
    tally = {"listed": report.listed, "new": report.new, "known": report.known}
    return {"file": report.name, "listed_on": report.listed_on.isoformat(), **tally}


def news_by(days: list[dict[str, Any]], when: Callable[[date], date]) -> dict[str, int]:
    """How many new papers there are for each day on which they are to be told."""
    found: Counter[str] = Counter()
    for one in days:
        found[str(when(date.fromisoformat(one["listed_on"])))] += one["new"]
    return dict(+found)


def friday(day: date) -> date:
    """The one on which the papers of that day are told."""
    return day + DAY * ((FRIDAY - day.weekday()) % 7)


@pytest.mark.parametrize("dumps", [12, pytest.param(116, marks=pytest.mark.faults)])
def test_year_tells_each_paper_once_a_day_and_once_a_week_whatever_is_killed(
    dumps: int, shared_data: Path, tmp_path: Path
) -> None:
    folder = shared_data / "hf-daily"
    truth = json.loads((folder / "truth.json").read_text())["dumps"][:dumps]
    by_day = {date.fromisoformat(one["listed_on"]): folder / one["file"] for one in truth}
    year = Year(Place(tmp_path, TWO), random.Random(dumps))  # noqa: S311 - no secret
    day, last = min(by_day), friday(max(by_day))
    while day <= last:
        year.lives_through(day, by_day[day].read_bytes() if day in by_day else None)
        day += DAY
    assert year.killed > dumps / 4, "there was something to die in"
    daily, weekly = news_by(truth, lambda day: day), news_by(truth, friday)
    with Store(year.place.config.database) as store:
        assert [counted(one) for one in store.dumps.reports()] == truth
        heads = store.publications.headlines()
        assert [one.state for one in store.outbox.all()] == ["sent"] * len(heads)
        editions = [store.editions.load(one.digest, one.number) for one in heads[::-1]]
    told = [(one.digest, str(one.day), len(one.items)) for one in editions if one]
    assert {day: count for digest, day, count in told if digest == "daily"} == daily
    assert {day: count for digest, day, count in told if digest == "weekly"} == weekly
    assert year.mails == Counter([*daily, *weekly])
    for digest in ("daily", "weekly"):
        papers = Counter(item.paper.title for one in editions if one and one.digest == digest for item in one.items)
        assert set(papers.values()) == {1}
        assert len(papers) == sum(one["new"] for one in truth)
