"""What a run says of itself, and what the ledger keeps of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from digest.models.delivery import OutboxCounts
from digest.models.editions import NOTHING_LISTED, Tally

if TYPE_CHECKING:
    from datetime import date, datetime

    from digest.errors import DigestError
    from digest.models.dumps import DumpReport
    from digest.models.editions import Edition

__all__ = ["Heartbeat", "LoggedRun", "Look", "RunReport", "RunVerdict", "SourceRecord"]

RunVerdict = Literal["new", "quiet", "partial", "failed"]


@dataclass(frozen=True, slots=True)
class RunReport:
    """What one run did. `deliveries`: settled by this run (sent, dead, cancelled), or waiting after it (the others)."""

    verdict: RunVerdict
    dumps: tuple[DumpReport, ...] = ()
    editions: tuple[Edition, ...] = ()
    deliveries: OutboxCounts = field(default_factory=OutboxCounts)
    errors: tuple[DigestError, ...] = ()


@dataclass(frozen=True, slots=True)
class LoggedRun:
    """One line of the ledger; `ended` None: it is running, or it was killed.

    `listed = new + known + repeated`, summed over its dumps; `withheld` of the new ones were no news, `announced` of the
    known ones were. None: it is not known, as for runs before this was counted. `seconds` were measured, so they hold
    where the clock was set. `published` names its editions, as `daily/12`.

    `errors` are what made it fail, in whole or in part. A file that was still being written (`unsettled` counts them) did
    not; nor did an address that gave nothing (`unanswered`, a line for each), unless no source answered at all.
    """

    started: datetime
    ended: datetime | None
    verdict: RunVerdict | None
    dumps: int
    new: int
    editions: int
    sent: int
    errors: tuple[str, ...]
    unsettled: int = 0
    unanswered: tuple[str, ...] = ()
    listed: int | None = None
    known: int | None = None
    repeated: int | None = None
    rejected: int | None = None
    withheld: int = 0
    announced: int = 0
    published: tuple[str, ...] = ()
    seconds: float | None = None
    number: int = 0

    @property
    def news(self) -> int:
        """How many papers it brought that are news."""
        return self.new - self.withheld + self.announced


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The last daemon on this database: since when it lives, when it said so last, and when it was stopped in order."""

    pid: int
    host: str
    started: datetime
    beat: datetime
    stopped: datetime | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """How it stands with a source, a folder too.

    `answered` is the last time that it answered, if only to say that nothing has changed; `failures` are those in a row
    since, `fault` what was said of the last one. It is not asked again before `not_before`, which only one has that is
    asked over a network.
    """

    source: str
    looked: datetime
    answered: datetime | None = None
    failures: int = 0
    fault: str | None = None
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """What one source gave. `last_look`: when it was looked at; None: nobody has noted that it was.

    `last_dumps`: when it gave bytes that had not come before; the counts are those of all dumps of that look.
    `last_news`: the latest listed day that brought any.
    """

    source: str
    last_look: datetime | None = None
    last_dumps: datetime | None = None
    tally: Tally = NOTHING_LISTED
    rejected: int = 0
    last_news: date | None = None
