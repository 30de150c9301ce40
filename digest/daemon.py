"""`digest daemon`: its duties by turns, as long as the process lives. The only importer of APScheduler.

look   the sources whose time has come, the digests that are due, the pages     one after the other, in one thread
keep   what is not kept for ever                                               in the same thread
send   what the outbox owes                                                    in a thread of its own
answer what readers asked for on the web, who wait for it                      in another
live   signals, the heartbeat, systemd's watchdog, a clock that was put        the main thread

APScheduler is the alarm clock and decides nothing (`duties` does): whatever becomes of one turn, the next one comes.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from digest.duties import Duties, quiet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, MutableMapping
    from contextlib import AbstractContextManager

    from digest.store import Store

__all__ = ["Daemon"]

TURN = 30  # seconds between two turns of a job: a slot is met within them
HOUSE = 3600  # seconds between two turns of what keeps house
BEAT, GLANCE = 60.0, 1.0  # seconds between two heartbeats, and two looks at clock and watchdog
PUT = 30.0  # seconds by which a clock that was put, or slept, differs from one that runs
GRACE = 0.5  # seconds beyond its patience until sending is given up
# That a turn is left out while the one before it lasts is as it should be.
logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)


@dataclass
class Daemon(Duties):
    """The duties, by turns. `notify` takes a line for systemd (sd_notify).

    `plain` opens the database alone, and waits for no other writer for long: the main thread must go on.
    """

    notify: Callable[[str], None] = quiet
    plain: Callable[[], AbstractContextManager[Store]] | None = None
    woken: SimpleQueue[None] = field(default_factory=SimpleQueue)

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
        end = time.monotonic() + self.stop.patience + GRACE
        for under_way in (self.sending, self.answering):
            if under_way.acquire(timeout=max(0.0, end - time.monotonic())):
                under_way.release()
        self._say(last=True)

    def _alarm(self) -> BackgroundScheduler:
        alarm = BackgroundScheduler(
            timezone=UTC,
            executors={name: ThreadPoolExecutor(1) for name in ("look", "send", "answer")},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        jobs = (("look", self.look, TURN), ("send", self.send, TURN), ("answer", self.answer, TURN))
        for name, job, seconds in (*jobs, ("keep", self.keep, HOUSE)):
            lane = "look" if name == "keep" else name
            first = self.clock() + timedelta(seconds=1 if name == "keep" else 0)
            work = partial(self.work, name, job)
            alarm.add_job(work, Turns(timedelta(seconds=seconds)), id=name, executor=lane, next_run_time=first)
        self.owed = lambda: alarm.modify_job("send", next_run_time=datetime.now(UTC))
        self.asked_for = lambda: alarm.modify_job("answer", next_run_time=datetime.now(UTC))
        return alarm

    def _watch(self, alarm: BackgroundScheduler) -> None:
        """Beat, and wake all jobs when the clock was put or the machine slept: theirs are times on the wall."""
        beaten, offset = time.monotonic(), time.time() - time.monotonic()
        while not self._woken():
            if not self.hangs():
                self.notify("WATCHDOG=1")
            if time.monotonic() - beaten >= BEAT:
                self._say()
                beaten = time.monotonic()
            if abs(time.time() - time.monotonic() - offset) > PUT or astray(alarm):
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
        self.safely("heartbeat", partial(self._beat, born=born, last=last))

    def _beat(self, *, born: bool, last: bool) -> None:
        with self._store() as store:
            if born:
                store.daemons.born(os.getpid(), socket.gethostname(), self.clock())
            else:
                store.daemons.beat(self.clock(), last=last)

    @contextmanager
    def _store(self) -> Iterator[Store]:
        if self.plain:
            with self.plain() as store:
                yield store
        else:
            with self.opened() as desk:
                yield desk.store


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


def astray(alarm: BackgroundScheduler) -> bool:
    """Whether a turn is farther away than any is: the clock was put ahead, and back before anybody saw it."""
    now = datetime.now(UTC)
    return any(job.next_run_time - now > job.trigger.every + timedelta(seconds=PUT) for job in alarm.get_jobs())


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
