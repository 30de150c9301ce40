"""Is all well? One word, one line, and what to do: a quiet day and a broken one never look alike.

OK      the last run brought news        QUIET   it ran, all answered, nothing was new
LATE    it has not run for two days      BROKEN  the last run failed, or something waits for a hand
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Literal

from digest.render.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from digest.models import DumpReport, Headline, LoggedRun, OutboxCounts

__all__ = ["Facts", "Standing", "standing"]

LATE_AFTER = timedelta(hours=48)  # listings come on working days; a digest that is run daily is never two days old


@dataclass(frozen=True, slots=True)
class Facts:
    """What the answer rests on. `runs` newest first; `unread` are the last dumps of their sources, unread."""

    runs: Sequence[LoggedRun]
    unread: Sequence[DumpReport]
    outbox: OutboxCounts
    latest: Headline | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """The answer: its first word, the rest of its line, and lines that say what to do."""

    word: Literal["OK", "QUIET", "LATE", "BROKEN"]
    line: str
    to_do: tuple[str, ...] = ()

    @property
    def well(self) -> bool:
        """Whether nobody needs to do anything."""
        return self.word in {"OK", "QUIET"}


def standing(facts: Facts) -> Standing:
    """The answer to "is all well?"."""
    if not facts.runs:
        return Standing("LATE", "it has not run yet", ('"digest run" reads what lies in the sources',))
    return broken(facts) or late(facts) or well(facts)


def broken(facts: Facts) -> Standing | None:
    failed = list(takewhile(lambda run: run.verdict not in ("new", "quiet"), facts.runs))
    if facts.unread and not failed:
        line = f"the last dump can't be read: {facts.unread[0].name}: {facts.unread[0].note or 'over a fifth rejected'}"
        return Standing("BROKEN", line, (*waiting(facts), *remedies(facts), PROOF))
    stuck = facts.outbox.dead + facts.outbox.held
    if failed:
        said = failed[0].errors or (died(failed[0]),)
        line = f"since {failed[-1].started:%a %d %b %H:%M} UTC, {counted(len(failed), 'run')}: {said[0]}"
        return Standing("BROKEN", line, (*said[1:], *waiting(facts), *remedies(facts), PROOF))
    if stuck:
        line = f"{counted(stuck, 'mail')} can't be delivered without you"
        return Standing("BROKEN", line, (*waiting(facts), RETRY, PROOF))
    return None


def died(run: LoggedRun) -> str:
    return (
        "the run did not come to its end: it was killed, or a fault stopped it"
        if run.verdict is None
        else "a dump could not be read"
    )


def waiting(facts: Facts) -> tuple[str, ...]:
    queued = facts.outbox.queued + facts.outbox.in_doubt
    return (f"{counted(queued, 'mail')} wait and go out with the next run",) if queued else ()


def remedies(facts: Facts) -> tuple[str, ...]:
    names = ", ".join(report.name for report in facts.unread[:5])
    unread = (f'not read: {names}; "digest parse FILE" says why, "digest requeue" reads them again',) if names else ()
    return unread + ((RETRY,) if facts.outbox.dead + facts.outbox.held else ())


RETRY = '"digest outbox" lists the deliveries; "digest outbox retry ID" queues one again'
PROOF = '"digest run" goes on where it stopped; "digest status" then says OK or QUIET'


def late(facts: Facts) -> Standing | None:
    age = facts.now - facts.runs[0].started
    if age <= LATE_AFTER:
        return None
    return Standing("LATE", f"the last look was {age // timedelta(hours=1)} h ago", ('"digest run" looks now',))


def well(facts: Facts) -> Standing:
    latest = facts.latest
    number = (
        f"No. {latest.number} of {latest.day:%a %d %b}: {counted(latest.papers, 'paper')}"
        if latest
        else "no edition yet"
    )
    if facts.runs[0].verdict == "new":
        return Standing("OK", number)
    return Standing(
        "QUIET",
        f"all sources answered, nothing new, no mail was due; last was {number}"
        if latest
        else "all sources answered, nothing new yet",
    )
