"""The first line of a run: source → dump → parser → listing → new | known.

The bytes of a dump are owned before they are parsed, and parsed before the source is told: whatever dies when, nothing is
lost and nothing is read as news twice. A fault of one source or dump never stops the others.

A source's first look need not make everything news: all of it, the papers of its latest day, or none. Which day that is
only the dumps themselves tell, so all of that look are owned before the first of them is settled.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from digest.errors import DigestError, UnreadableDump, UnsettledDump, Waiting
from digest.logs import INFO, WARNING, about, hears, noted, noting, say
from digest.models import DumpReport, Fetched, First, Unchanged
from digest.parsers import parse
from digest.render.words import counted
from digest.rhythm import too_early
from digest.sources.together import looked_at

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from digest.errors import Faults
    from digest.models import Listing, Look
    from digest.sources import Source
    from digest.store import Store

__all__ = ["Feeding", "First", "Ingestion"]

ATTEMPTS = 2  # at a dump that a crash left; it may not have been the dump's fault
HELD = 20_000  # papers of a first look that are kept in memory; what is beyond them is read a second time


@dataclass(frozen=True, slots=True)
class Feeding:
    """A source under its name, with the parser that its dumps are to be read by (None: sniffed).

    `first` says what its very first look announces. The papers of a `baseline` source are known from now on, but are no
    news. `look_only`: it may not put anything away. A daemon asks it `every` so often.
    """

    name: str
    source: Source
    parser: str | None = None
    first: First = "all"
    baseline: bool = False
    look_only: bool = False
    every: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Ingestion:
    """One taking in at `now`; `parsers` are those of the configured sources, by name."""

    store: Store
    parsers: Mapping[str, str | None]
    now: datetime

    def left(self) -> list[DumpReport]:
        """Settle what a crash left owned but not settled; what a first look left waits for the rest of that look."""
        undated = set(self.store.dumps.undated())
        waiting = undated & set(self.parsers)
        begun = [report for source in sorted(undated - waiting) for _, report in self._begin(source)]
        left = [*begun, *(self._settle(one, self._read_again) for one in self.store.dumps.unparsed(but=waiting))]
        for report in left if hears(INFO) else ():
            say_settled(report, source=self.store.dumps.source_of(report.sha256))
        return left

    def look(self, sources: Sequence[Feeding], faults: Faults) -> list[DumpReport]:
        """Take in what these sources have. One that failed lately is not asked before its time, and that is told."""
        looks = self.store.looks.waiting(self.now)
        patient = {one.name for one in sources if one.source.remote and one.name in looks}
        for name in sorted(patient):
            noted(faults, waiting(looks[name]), "look.waiting", source=name)
        asked = [feeding for feeding in sources if feeding.name not in patient]
        known = [(one.name, one.source, self.store.dumps.cursor(one.name)) for one in asked]
        with closing(looked_at(known, self.now)) as found:  # at once, also when somebody stops it
            return [report for pair in zip(asked, found, strict=True) for report in self._looked(*pair, faults)]

    def _looked(
        self, feeding: Feeding, found: Iterable[Fetched | Unchanged | DigestError], faults: Faults
    ) -> list[DumpReport]:
        """What one look came to, and said."""
        before, reports = len(faults), list[DumpReport]()
        with about(source=feeding.name):
            for report in self._take(feeding, found, faults):
                say_settled(report)
                reports.append(report)
            if reports or len(faults) == before:
                say_looked(feeding.name, reports)
        return reports

    def _take(
        self, feeding: Feeding, found: Iterable[Fetched | Unchanged | DigestError], faults: Faults
    ) -> Iterator[DumpReport]:
        """All that one look gave; the dumps of a first look that must wait for its latest day are settled at its end."""
        begun = self.store.looks.any_ended(feeding.name) and self.store.dumps.any_read(feeding.name)
        waiting: dict[str, Fetched] = {}
        said: list[DigestError | None] = []
        for one in found:
            fault = one if isinstance(one, DigestError) else one.fault if isinstance(one, Unchanged) else None
            said.append(fault)
            if fault:
                noted(faults, fault, "look.waiting" if isinstance(fault, Waiting) else "look.failed")
            if isinstance(one, DigestError):
                continue
            yield from self._own(feeding, one, waiting=waiting, begun=begun)
            if not feeding.look_only:
                with noting(faults):
                    feeding.source.owned(one)
        if feeding.name in self.store.dumps.undated():
            for sha256, report in self._begin(feeding.name, waiting):
                yield self._asked_again(feeding, waiting.get(sha256), report)
        self._note(feeding, said)

    def _own(
        self, feeding: Feeding, one: Fetched | Unchanged, *, waiting: dict[str, Fetched], begun: bool
    ) -> Iterator[DumpReport]:
        """The bytes are ours from here on, and settled, unless they are put among those `waiting`."""
        dumps = self.store.dumps
        if isinstance(one, Unchanged):
            dumps.unchanged(one, feeding.name)
            return
        first = self._first(feeding, one.name, begun=begun)
        news = {"baseline": feeding.baseline or first == "nothing", "latest": first == "latest day"}
        sha256, again = dumps.own(one, feeding.name, now=self.now, **news)
        if again and not self._adopted(sha256, feeding):
            yield self._asked_again(feeding, one, self._duplicate(one.name, sha256))
        elif news["latest"]:
            waiting[sha256] = one
        else:
            yield self._asked_again(feeding, one, self._settle(sha256, self._read))

    def _first(self, feeding: Feeding, name: str, *, begun: bool) -> First:
        """What the dump of that name announces; `begun`: a look before this one came to its end, and something was read.

        Until then a look is the first. Where each name is a listing of its own, each has a first look of its own.
        """
        if feeding.first == "all":
            return "all"
        known = self.store.dumps.any_read(feeding.name, name) if feeding.source.apart else begun
        return "all" if known else feeding.first

    def _asked_again(self, feeding: Feeding, one: Fetched | None, report: DumpReport) -> DumpReport:
        """The same report; what was not read, or in part, is to be asked for again, whole."""
        if report.unread and one and one.cursor is not None:
            again = feeding.source.doubted(one.cursor)
            if again != one.cursor:
                self.store.dumps.unchanged(Unchanged(one.name, again), feeding.name)
        return report

    def _adopted(self, sha256: str, feeding: Feeding) -> bool:
        """Whether a dump that its first source's parser could not read is now this source's, to be read by its parser."""
        dumps = self.store.dumps
        other = dumps.source_of(sha256) != feeding.name
        if not (other and feeding.parser and dumps.report(sha256).verdict == "quarantined"):
            return False
        dumps.adopt(sha256, feeding.name)
        return True

    def _duplicate(self, name: str, sha256: str) -> DumpReport:
        """The same bytes again: the retrieval is noted, and that is all; what was not read then is not read now."""
        first = self.store.dumps.report(sha256)
        same = f"the same bytes as {first.name}"
        if first.unread:
            return DumpReport(name, sha256, first.verdict, first.listed_on, note=f"{same}: {first.note}")
        return DumpReport(name, sha256, "duplicate", first.listed_on, note=same, same_as=first.name)

    def _begin(self, source: str, fresh: Collection[str] = ()) -> Iterator[tuple[str, DumpReport]]:
        """Settle the dumps of a first look, once it is said from which day on they are news: the latest not to come.

        Those that are not `fresh` were left by a crash. Each is read once, unless all of them are a lot.
        """
        opened = Opened(HELD)
        for sha256 in self.store.dumps.unparsed(source):
            opened.add(sha256, self._attempt(sha256, left=sha256 not in fresh))
        tomorrow = self.now.date() + timedelta(days=1)  # it is a day later elsewhere
        latest = max((day for day in opened.days if day <= tomorrow), default=self.now.date())
        self.store.dumps.begin(source, latest)
        for sha256 in self.store.dumps.unparsed(source):
            yield sha256, self._settle(sha256, opened.reading(sha256, self._read))

    def _attempt(self, sha256: str, *, left: bool) -> Listing | UnreadableDump:
        """What is read in a dump of a first look."""
        try:
            return self._read_again(sha256) if left else self._read(sha256)
        except UnreadableDump as fault:
            return fault

    def _settle(self, sha256: str, read: Callable[[str], Listing]) -> DumpReport:
        """Take the papers of an owned dump in, or quarantine it: whatever is read in it, it ends with a verdict."""
        try:
            self.store.take_in(sha256, read(sha256), self.now)
        except UnreadableDump as fault:
            return self.store.dumps.quarantine(sha256, fault.what)
        return self.store.dumps.report(sha256)

    def _read_again(self, sha256: str) -> Listing:
        """What a crash left; where the reading itself is what never ends, the second attempt at that was the last."""
        if self.store.dumps.tried(sha256) > ATTEMPTS:
            raise UnreadableDump(sha256, "reading it never came to an end")
        listing = self._read(sha256)
        self.store.dumps.ended(sha256)  # it is not to blame for what ends us from here on
        return listing

    def _read(self, sha256: str) -> Listing:
        dump = self.store.dumps.load(sha256)
        return parse(dump, self.parsers.get(dump.source))

    def _note(self, feeding: Feeding, said: Sequence[DigestError | None]) -> None:
        """A source has answered when any of its addresses has; one that was not asked has neither answered nor failed."""
        faults = [fault for fault in said if fault and not isinstance(fault, UnsettledDump)]
        if said and all(isinstance(fault, Waiting) for fault in said):
            return
        if faults and len(faults) == len(said):
            self.store.looks.failed(feeding.name, str(faults[-1]), self.now, remote=feeding.source.remote)
        else:
            self.store.looks.answered(feeding.name, self.now)


class Opened:
    """What was read in the dumps of a first look, as far as `room` papers go, and on which days they were listed."""

    def __init__(self, room: int) -> None:
        self.days: set[date] = set()
        self._room = room
        self._held: dict[str, Listing | UnreadableDump] = {}

    def add(self, sha256: str, found: Listing | UnreadableDump) -> None:
        """Note the days of a listing, and keep it if there is room; a fault always is kept."""
        if isinstance(found, UnreadableDump):
            self._held[sha256] = found
            return
        self.days |= {day for paper in found.papers if (day := found.day_of(paper))}
        if len(found.papers) <= self._room:
            self._room -= len(found.papers)
            self._held[sha256] = found

    def reading(self, sha256: str, read: Callable[[str], Listing]) -> Callable[[str], Listing]:
        """How to read a dump: what was kept of it is handed over, and no longer kept."""
        found = self._held.pop(sha256, None)
        return read if found is None else lambda _: given(found)


def given(found: Listing | UnreadableDump) -> Listing:
    """A listing that was read before; raises the fault where that could not be done."""
    if isinstance(found, UnreadableDump):
        raise found
    return found


def say_looked(source: str, reports: Sequence[DumpReport]) -> None:
    """What a source answered."""
    if not reports:
        say("look.unchanged", f"look {source}: nothing has changed", dumps=0)
        return
    sums = {name: sum(getattr(report, name) for report in reports) for name in COUNTED}
    told = f"look {source}: {counted(len(reports), 'dump')}, {sums['new']} new"
    say("look.answered", told, dumps=len(reports), **sums)


def say_settled(report: DumpReport, **known: object) -> None:
    """What became of one dump: a look sums up those that were read."""
    told = f"dump {report.name}: {report.verdict}" + (f": {report.note}" if report.note else "")
    values = {name: getattr(report, name) for name in COUNTED}
    say(
        "dump.settled",
        told,
        level=WARNING if report.unread else INFO,
        dump=report.name,
        verdict=report.verdict,
        **values,
        **known,
    )


COUNTED = ("listed", "new", "known", "repeated", "rejected")


def waiting(look: Look) -> DigestError:
    """What a run says of a source that it does not ask, since it failed lately."""
    return Waiting(f"source {look.source}", too_early(look.failures, look.not_before or look.looked, look.fault))
