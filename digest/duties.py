"""What a daemon does at its turns: look, send, answer, keep. When the turns are is `daemon`'s matter.

Each opens the database for itself and asks anew what is due, of it and of the clock on the wall, so that it can be cut off at any
instant as a run can. What goes wrong in one is told, and noted in the ledger: a silence must not look like a quiet day.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING
from zlib import crc32

from digest import ledger, pipeline
from digest.errors import DigestError
from digest.logs import say_ended
from digest.models import LoggedRun
from digest.telling import pinged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from digest.desk import Desk
    from digest.errors import Faults
    from digest.ingest import Feeding
    from digest.models import DumpReport, Edition, Look, RunReport
    from digest.stopping import Stop

__all__ = ["Duties", "quiet"]

HUNG = 1800.0  # seconds without a step that no job takes: asking sources, sending and building have bounds of their own
ALERTS = timedelta(minutes=5)  # between two questions what its owner must know: nothing of it changes faster
SOONER = 0.1  # of its interval: as much earlier a source may be asked, so that not all are asked at once


def now_utc() -> datetime:
    return datetime.now(UTC)


def quiet(line: str) -> None:
    """Where nobody is told."""


def nothing() -> None:
    """What is done where nothing is to be done."""


@dataclass
class Duties:
    """`opened` opens the database and gives the desk of the configuration in force, for the thread that asks.

    `tell` takes a line for the one who reads its log.
    """

    opened: Callable[[], AbstractContextManager[Desk]]
    stop: Stop
    tell: Callable[[str], None] = quiet
    clock: Callable[[], datetime] = now_utc
    owed: Callable[[], None] = nothing  # is called when mails are owed, so that they need not wait for the next turn
    told: dict[str, datetime] = field(default_factory=dict)
    asked_for: Callable[[], None] = nothing  # the same of mails that somebody waits for
    sending: Lock = field(default_factory=Lock)  # held while mails are under way
    answering: Lock = field(default_factory=Lock)  # held while mails are under way that somebody waits for
    books: Lock = field(default_factory=Lock)  # held from an edition to its line in the ledger
    built: object = None  # for which settings all pages stand
    asked: datetime | None = None  # when it was last asked what the owner must know
    moved: dict[str, float] = field(default_factory=dict)  # when each job that is at work went on last

    def work(self, name: str, job: Callable[[], object]) -> None:
        """One turn of a job; what ends it is told, and its next turn comes."""
        if self.stop.asked:
            return
        self.moved[name] = time.monotonic()
        line = self.safely(name, job)
        del self.moved[name]
        if line:
            self.safely(name, partial(self._note_failure, line))

    def safely(self, name: str, job: Callable[[], object]) -> str:
        """Do it; what ends it is told and given back, "" where nothing did."""
        try:
            job()
        except (DigestError, OSError) as fault:
            line = str(fault)
        except Exception as fault:  # noqa: BLE001 - a mistake of ours must not end what goes on by itself
            line = f"{name}: {type(fault).__name__}: {fault} (a mistake of ours: please report it)"
        else:
            return ""
        self._complain(line)
        return line

    def look(self) -> RunReport:
        """Ask the sources whose time has come, publish what is due, and bring the pages up to date."""
        now, began, faults = self.clock(), time.monotonic(), list[DigestError]()
        with self.opened() as desk:
            looks = desk.store.looks.all()
            sources = [one for one in desk.sources if is_due(one, looks.get(one.name), now)]
            pipeline.register(desk, now)
            dumps = pipeline.ingest(desk, sources, now, faults)
            with self.books:
                before = desk.store.slots.count()
                editions = pipeline.publish(desk, now, faults)
                report = reported(desk, dumps, editions, faults)
                did = bool(dumps or editions or before != desk.store.slots.count())
                if did:
                    self._note(desk, report, now, began)
            if editions:
                self.owed()
            new = self._built(desk, anew=bool(dumps or editions))
            if not did:
                self._note_if_news(desk, reported(desk, (), (), [*faults, *new]), now, began)
            elif new:
                self._note(desk, reported(desk, (), (), new), now, began)
            for fault in pinged(desk.store, desk.ping, report, now=now):
                self._complain(str(fault))
        return report

    def _built(self, desk: Desk, *, anew: bool) -> Faults:
        """Bring the pages up to date where something is new, other settings are in force, or the last time failed."""
        wanted, faults = (desk.site, desk.topics, desk.digests), list[DigestError]()
        if anew or self.built != wanted:
            self.built = None
            pipeline.build(desk, faults)
            self.built = None if faults else wanted
        return faults

    def send(self) -> Faults:
        """Hand over what is due; the line of the ledger that tells of the edition tells how many went out."""
        now, faults = self.clock(), list[DigestError]()
        with self.sending, self.opened() as desk:
            before = desk.store.outbox.counts().sent
            pipeline.deliver(replace(desk, watch=self._goes_on), now, faults)
            with self.books:  # the line is there before its mails are counted
                desk.store.runs.add_sent(desk.store.outbox.counts().sent - before)
            if not self.stop.asked and not (self.asked and timedelta() <= now - self.asked < ALERTS):
                self.asked = now
                pipeline.tell(desk, now, faults)
        for fault in faults:
            self._complain(str(fault))
        return faults

    def answer(self) -> Faults:
        """Send what readers asked for on the web. It waits for no edition's mails, which may take hours."""
        now, faults = self.clock(), list[DigestError]()
        with self.answering, self.opened() as desk:
            pipeline.answer(desk, now, faults)
        for fault in faults:
            self._complain(str(fault))
        return faults

    def _goes_on(self, done: int, due: int) -> None:
        del done, due
        self.moved["send"] = time.monotonic()

    def keep(self) -> None:
        """What is done now and then."""
        with self.opened() as desk:
            pipeline.keep(desk, self.clock())

    def _note(self, desk: Desk, report: RunReport, now: datetime, began: float) -> None:
        """A line in the ledger, of a pass that began at this second of the clock that is never put."""
        line = ledger.line(report, now, time.monotonic() - began)
        say_ended(desk.store.runs.note(line), line)
        for fault in report.errors:
            self._complain(str(fault))

    def _note_if_news(self, desk: Desk, report: RunReport, now: datetime, began: float) -> None:
        """A line for a pass that did nothing, if it met what the last line does not tell, or is the first of its day."""
        last, looks = next(iter(desk.store.runs.last(1)), None), desk.store.looks.all()
        well = not any(one.name in looks and looks[one.name].failures for one in desk.sources)
        if ledger.is_news(ledger.line(report, now), last, desk.zone, well=well):
            self._note(desk, report, now, began)

    def _note_failure(self, what: str) -> None:
        """That a pass did not come to its end, so that nobody takes the silence for a quiet day."""
        now = self.clock()
        line = LoggedRun(now, now, "failed", 0, 0, 0, 0, (what,))
        with self.opened() as desk:
            last = next(iter(desk.store.runs.last(1)), None)
            if ledger.is_news(line, last, desk.zone, well=False):
                desk.store.runs.note(line)

    def _complain(self, line: str) -> None:
        """Tell of what went wrong, but not what was told within the hour."""
        now = self.clock()
        self.told = {one: when for one, when in self.told.items() if timedelta() <= now - when < ledger.AGAIN}
        if line not in self.told:
            self.told[line] = now
            self.tell(line)

    def hangs(self) -> bool:
        """Whether a job is at work and has not gone on for far too long: then the process is to be started anew."""
        return any(time.monotonic() - at > HUNG for at in tuple(self.moved.values()))


def is_due(feeding: Feeding, look: Look | None, now: datetime) -> bool:
    """Whether a source is to be asked: its interval has passed, or its last look is in the future, by a wrong clock.

    Each is asked a little earlier than its interval says, by its name and the last look, so that not all are asked at once.
    """
    if look is None or look.looked > now:
        return True
    sooner = crc32(f"{feeding.name} {look.looked.timestamp()}".encode()) / 2**32 * SOONER
    return now - look.looked >= feeding.every * (1 - sooner)


def reported(
    desk: Desk, dumps: Sequence[DumpReport], editions: Sequence[Edition], faults: Sequence[DigestError]
) -> RunReport:
    """What a pass came to. It has failed only where no source answered when it was asked last."""
    looks, counts = desk.store.looks.all(), desk.store.outbox.counts()
    answered = any(one.name in looks and not looks[one.name].failures for one in desk.sources)
    return ledger.report(dumps, editions, faults, answered=answered, outbox=(counts, counts))
