"""What the answer to "is all well?" rests on, the answer itself, and times as it tells them. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from digest.render.words import named_day, named_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime, tzinfo

    from digest.models import (
        Delivery,
        DumpReport,
        Halt,
        Headline,
        Heartbeat,
        LoggedRun,
        OutboxCounts,
        Space,
        Withdrawn,
    )
    from digest.rhythm import Condition

__all__ = ["HEARD", "Facts", "Standing", "day_in_words", "time_in_words"]

HEARD = timedelta(minutes=10)  # a daemon says each minute that it lives


@dataclass(frozen=True, slots=True)
class Facts:
    """What the answer rests on.

    `runs` newest first; `days` when the first run of each of the last days began, newest first. `unread` are all dumps
    that were not read, or are suspect, and not dismissed; `lately` those of them that came with the last look at their
    source that brought anything. `stuck` are the deliveries that are dead or held, `halts` why others wait. `places` are
    the folders that dumps are put into, where none has ever come in. `sources` says how each configured one fares.
    `withdrawn` are the addresses that config.toml lists in vain. `daemon` is what the last one said of itself. `disk` is that of
    the database, where it was asked. `awaited` are the digests with a schedule for whose next edition there is something new. `templates` are mistakes in the owner's own ones, where they were looked at.
    """

    runs: Sequence[LoggedRun]
    outbox: OutboxCounts
    now: datetime
    zone: tzinfo
    days: Sequence[datetime] = ()
    unread: Sequence[DumpReport] = ()
    lately: Sequence[DumpReport] = ()
    stuck: Sequence[Delivery] = ()
    halts: Sequence[Halt] = ()
    latest: Headline | None = None
    places: Sequence[str] = ()
    sources: Mapping[str, Condition] = field(default_factory=dict)
    withdrawn: Sequence[Withdrawn] = ()
    daemon: Heartbeat | None = None
    disk: Space | None = None
    awaited: Sequence[str] = ()
    templates: Sequence[str] = ()

    @property
    def by_daemon(self) -> bool:
        """Whether the last that anybody did here was a daemon's doing, so that its heartbeat says whether all goes on."""
        if self.daemon is None:
            return False
        until = self.daemon.stopped or self.daemon.beat + HEARD
        return not (self.runs and self.runs[0].started > until)


@dataclass(frozen=True, slots=True)
class Standing:
    """The answer: its first word, the rest of its line, and lines that say what to do."""

    word: Literal["OK", "QUIET", "LATE", "BROKEN"]
    line: str
    to_do: tuple[str, ...] = ()

    @property
    def well(self) -> bool:
        """Whether the last run was whole, and no later one is missing."""
        return self.word in {"OK", "QUIET"}


def time_in_words(moment: datetime, facts: Facts) -> str:
    """`Fri 20 Nov 07:00` in the owner's zone, with the year where it is another one."""
    return named_time(moment, facts.now.astimezone(facts.zone))


def day_in_words(day: date, facts: Facts) -> str:
    """`Fri 20 Nov`, with the year where it is another one."""
    return named_day(day, facts.now.astimezone(facts.zone).year)
