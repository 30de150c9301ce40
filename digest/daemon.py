"""`digest daemon`: a run of whatever is due, as long as the process lives. The only importer of APScheduler.

look   the sources whose time has come, the digests that are due, the pages     one after the other, in one thread
keep   what is not kept for ever                                               in the same thread
send   what the outbox owes                                                    in a thread of its own
live   signals, the heartbeat, systemd's watchdog, a clock that was put        the main thread

APScheduler is the alarm clock and decides nothing: what is due is asked anew at each turn, of the database and of the clock on
the wall. Each job opens the database for itself, and can be cut off at any instant as a run can. What goes wrong in one is told,
and the next turn comes all the same.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from queue import Empty, SimpleQueue
from threading import Lock
from typing import TYPE_CHECKING
from zlib import crc32

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from digest import ledger, pipeline
from digest.errors import DigestError

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping, Sequence
    from contextlib import AbstractContextManager

    from digest.errors import Faults
    from digest.ingest import Feeding
    from digest.models import Look, RunReport
    from digest.pipeline import Desk
    from digest.stopping import Stop

__all__ = ["Daemon"]

TURN = 30  # seconds between two turns of a job: a slot is met within them
HOUSE = 3600  # seconds between two turns of what keeps house
BEAT, GLANCE = 60.0, 1.0  # seconds between two heartbeats, and two looks at clock and watchdog
PUT = 30.0  # seconds by which a clock that was put, or slept, differs from one that runs
GRACE = 0.5  # seconds that a look may take to end once it is to stop; it can be cut off
SOONER = 0.1  # of its interval: as much earlier a source may be asked, so that not all are asked at once
# That a turn is left out while the one before it lasts is as it should be.
logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)


def now_utc() -> datetime:
    return datetime.now(UTC)


def quiet(line: str) -> None:
    """Where nobody is told."""


@dataclass
class Daemon:
    """One daemon. `opened` opens the database and gives the desk of the configuration in force, for the thread that asks.

    `tell` takes a line for the one who reads its log, `notify` one for systemd (sd_notify).
    """

    opened: Callable[[], AbstractContextManager[Desk]]
    stop: Stop
    tell: Callable[[str], None] = quiet
    notify: Callable[[str], None] = quiet
    clock: Callable[[], datetime] = now_utc
    woken: SimpleQueue[None] = field(default_factory=SimpleQueue)
    told: dict[str, datetime] = field(default_factory=dict)
    sending: Lock = field(default_factory=Lock)
    built: bool = False

    # --- the main thread ------------------------------------------------------------------------------------------

    def live(self) -> None:
        """Until somebody asks it to stop; returns when what may be in doubt has its answer, or no patience is left."""
        alarm = self._alarm()
        with self.stop.listening(self.wake):
            self._say(born=True)
            alarm.start()
            self.notify("READY=1")
            self._watch(alarm)
        self.notify("STOPPING=1")
        alarm.shutdown(wait=False)
        if self.sending.acquire(timeout=self.stop.patience + GRACE):
            self.sending.release()
        self._say(last=True)

    def _alarm(self) -> BackgroundScheduler:
        alarm = BackgroundScheduler(
            timezone=UTC,
            executors={"look": ThreadPoolExecutor(1), "send": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for name, job, seconds in (("look", self.look, TURN), ("send", self.send, TURN), ("keep", self.keep, HOUSE)):
            lane = "send" if name == "send" else "look"
            first = self.clock() + timedelta(seconds=1 if name == "keep" else 0)
            work = partial(self._work, name, job)
            alarm.add_job(work, Turns(timedelta(seconds=seconds)), id=name, executor=lane, next_run_time=first)
        return alarm

    def _watch(self, alarm: BackgroundScheduler) -> None:
        """Beat, and wake all jobs when the clock was put or the machine slept: theirs are times on the wall."""
        beaten, offset = time.monotonic(), time.time() - time.monotonic()
        while not self._woken():
            self.notify("WATCHDOG=1")
            if time.monotonic() - beaten >= BEAT:
                self._say()
                beaten = time.monotonic()
            if abs(time.time() - time.monotonic() - offset) > PUT:
                offset = time.time() - time.monotonic()
                self.tell("the clock was put, or this machine slept: all is looked at now")
                for job in alarm.get_jobs():
                    job.modify(next_run_time=datetime.now(UTC))

    def wake(self) -> None:
        """End the waiting of the main thread; a signal calls this in the midst of it, where an `Event` would wait for itself."""
        self.woken.put(None)

    def _woken(self) -> bool:
        """Wait a little; whether it is to stop."""
        with suppress(Empty):
            self.woken.get(timeout=GLANCE)
            return True
        return False

    def _say(self, *, born: bool = False, last: bool = False) -> None:
        """Note in the database that it lives; that this fails ends nothing."""
        self._safely("heartbeat", partial(self._beat, born=born, last=last))

    def _beat(self, *, born: bool, last: bool) -> None:
        with self.opened() as desk:
            if born:
                desk.store.daemons.born(os.getpid(), socket.gethostname(), self.clock())
            else:
                desk.store.daemons.beat(self.clock(), last=last)

    def _complain(self, line: str) -> None:
        """Tell of what went wrong, but not what was told within the hour."""
        now = self.clock()
        self.told = {one: when for one, when in self.told.items() if timedelta() <= now - when < ledger.AGAIN}
        if line not in self.told:
            self.told[line] = now
            self.tell(line)

    # --- the jobs -------------------------------------------------------------------------------------------------

    def _work(self, name: str, job: Callable[[], object]) -> None:
        """One turn of a job; what ends it is told, and its next turn comes."""
        if not self.stop.asked:
            self._safely(name, job)

    def _safely(self, name: str, job: Callable[[], object]) -> None:
        try:
            job()
        except (DigestError, OSError) as fault:
            self._complain(str(fault))
        except Exception as fault:  # noqa: BLE001 - a mistake of ours must not end what goes on by itself
            self._complain(f"{name}: {type(fault).__name__}: {fault} (a mistake of ours: please report it)")

    def look(self) -> RunReport:
        """Ask the sources whose time has come, publish what is due, and bring the pages up to date."""
        now, faults = self.clock(), list[DigestError]()
        with self.opened() as desk:
            looks = desk.store.looks.all()
            sources = [one for one in desk.sources if is_due(one, looks.get(one.name), now)]
            pipeline.register(desk, now)
            before = due_last(desk)
            dumps = pipeline.ingest(desk, sources, now, faults)
            editions = pipeline.publish(desk, now, faults)
            if dumps or editions or not self.built:
                pipeline.build(desk, faults)
                self.built = True
            counts = desk.store.outbox.counts()
            report = ledger.report(dumps, editions, faults, answered=answered(desk), outbox=(counts, counts))
            self._note(desk, report, now, due=before != due_last(desk))
        return report

    def send(self) -> Faults:
        """Hand over what is due; the line of the ledger that tells of the edition tells how many went out."""
        now, faults = self.clock(), list[DigestError]()
        with self.sending, self.opened() as desk:
            before = desk.store.outbox.counts().sent
            pipeline.deliver(desk, now, faults)
            desk.store.runs.add_sent(desk.store.outbox.counts().sent - before)
        for fault in faults:
            self._complain(str(fault))
        return faults

    def keep(self) -> None:
        """What is done now and then."""
        with self.opened() as desk:
            pipeline.keep(desk, self.clock())

    def _note(self, desk: Desk, report: RunReport, now: datetime, *, due: bool) -> None:
        """A line in the ledger, for a pass that did something, met something new, or is the first of its day."""
        line = ledger.line(report, now)
        last = next(iter(desk.store.runs.last(1)), None)
        if ledger.is_news(line, last, desk.zone, due=due):
            desk.store.runs.end(desk.store.runs.start(now), line)
            for fault in report.errors:
                self._complain(str(fault))


# --- turns --------------------------------------------------------------------------------------------------------


class Turns(BaseTrigger):  # type: ignore[misc]  # it has no types
    """A turn so long after the one before it began. What was missed is one turn.

    The alarm's own intervals list all turns that a clock put ahead has left out, one by one: a million for each year.
    """

    def __init__(self, every: timedelta) -> None:
        self.every = every

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """After the turn that was due at `previous`."""
        return now + self.every if previous else now


# --- what is due --------------------------------------------------------------------------------------------------


def is_due(feeding: Feeding, look: Look | None, now: datetime) -> bool:
    """Whether a source is to be asked: its interval has passed, or its last look is in the future, by a wrong clock.

    Each is asked a little earlier than its interval says, by its name and the last look, so that not all are asked at once.
    """
    if look is None or look.looked > now:
        return True
    sooner = crc32(f"{feeding.name} {look.looked.timestamp()}".encode()) / 2**32 * SOONER
    return now - look.looked >= feeding.every * (1 - sooner)


def due_last(desk: Desk) -> Sequence[object]:
    """The last slot of each digest that was considered."""
    return [desk.store.slots.latest(rules.name) for rules in desk.digests if rules.schedule]


def answered(desk: Desk) -> bool:
    """Whether any source did when it was asked last."""
    looks = desk.store.looks.all()
    return any(one.name in looks and not looks[one.name].failures for one in desk.sources)


def systemd(environ: MutableMapping[str, str]) -> Callable[[str], None]:
    """What takes a line for systemd, by the protocol of sd_notify(3); nothing where nobody listens."""
    place = environ.pop("NOTIFY_SOCKET", "")
    if not place:
        return quiet
    address = f"\0{place[1:]}" if place.startswith("@") else place

    def notify(line: str) -> None:
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
            one.sendto(line.encode(), address)

    return notify
