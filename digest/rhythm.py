"""How each source fares, in one word and a sentence; and whether it is silent for longer than its own rhythm.

ok        its last look brought something new         quiet     it answered, and had nothing new
waiting   it failed lately, and is asked again later  failing   it failed three times in a row or more
unread    its last dump was not read, or is doubtful  stale     nothing new for much longer than it takes
gone      an address is gone for good                 new       not looked at yet

It fails as a whole, or one of its addresses does while others answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING, Literal

from digest.errors import in_utc, masked
from digest.render.words import counted, named_day, named_time

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from digest.models import DumpReport, Look, SourceHistory

__all__ = ["FAILING", "Condition", "Failing", "Silence", "condition", "silence", "too_early"]

FAILING = 3  # failures in a row that are more than a bad hour
LOOKED_BACK, FEWEST = 30, 5  # days with news that a rhythm is told from
USUAL = 0.9  # of the gaps between them are no longer than a usual one
PATIENCE, LEAST = 3, 3  # times the usual gap; days


@dataclass(frozen=True, slots=True)
class Silence:
    """A source has listed nothing new for `days`, though nine in ten of its gaps were no longer than `usual` days."""

    days: int
    usual: int

    def __str__(self) -> str:
        rhythm = "every day" if self.usual == 1 else f"at least every {self.usual} days"
        return f"nothing new for {counted(self.days, 'day')}; usually it lists something {rhythm}"


@dataclass(frozen=True, slots=True)
class Failing:
    """An address, or a part of a source under its name, that gave nothing the last `times` that it was asked."""

    address: str
    times: int
    fault: str


@dataclass(frozen=True, slots=True)
class Condition:
    """One word for a source, and a sentence that says why, and what to do where somebody must.

    `answered`: when it did last, where it has failed as a whole since.
    """

    word: Literal["ok", "quiet", "waiting", "failing", "unread", "stale", "gone", "new"]
    why: str
    answered: datetime | None = None


def silence(news_days: Sequence[date], today: date) -> Silence | None:
    """Whether a source is silent for longer than its rhythm, given the days on which it listed something new.

    That is: for more than three times its usual gap, and more than three days. None also where fewer than five days are
    known. A day that has not come yet, as some listings claim, tells nothing.
    """
    days = sorted({day for day in news_days if day <= today + timedelta(days=1)})[-LOOKED_BACK:]
    if len(days) < FEWEST:
        return None
    gaps = sorted((later - earlier).days for earlier, later in pairwise(days))
    usual = gaps[ceil(USUAL * len(gaps)) - 1]
    silent = (today - days[-1]).days
    return Silence(silent, usual) if silent > max(PATIENCE * usual, LEAST) else None


def condition(
    history: SourceHistory, now: datetime, gone: Sequence[str] = (), *, failing: Sequence[Failing] = ()
) -> Condition:
    """How a source fares at `now`, in whose time zone days and times are told.

    `gone`: those of its addresses of which the server says that nothing will ever be there again. `failing`: those that
    gave nothing when they were asked last, the most obstinate first; others of the source may have answered.
    """
    return trouble(history, now, gone, failing) or rest(history, now)


def trouble(history: SourceHistory, now: datetime, gone: Sequence[str], failing: Sequence[Failing]) -> Condition | None:
    """What keeps it from being read, if anything does: what somebody must mend comes first."""
    faults = unanswered(history.look, now, failing)
    if faults and faults.word == "failing":
        return faults
    if gone:
        return Condition("gone", lost(gone[0]))
    return faults or (Condition("unread", unread(history.unread)) if history.unread else None)


def unanswered(look: Look | None, now: datetime, failing: Sequence[Failing]) -> Condition | None:
    """That it failed as a whole, or else in a part, the worst of the two."""
    whole = look.failures if look else 0
    part = failing[0] if failing else None
    if look and whole and (whole >= FAILING or not part or part.times < FAILING):
        return Condition("failing" if whole >= FAILING else "waiting", failures(look, now), look.answered)
    if part is None:
        return None
    why = f"failed {in_a_row(part.times)}: {masked(part.address)}: {masked(part.fault)}"
    return Condition("failing" if part.times >= FAILING else "waiting", why)


def rest(history: SourceHistory, now: datetime) -> Condition:
    """How a source fares that is read, or never was looked at."""
    look = history.look
    if look is None:
        return Condition("new", 'not looked at yet: "digest run" does it')
    silent = silence(history.news_days, now.date())
    if silent:
        return Condition("stale", f"it has listed {silent}")
    if history.news_at and history.news_at >= look.looked:
        return Condition("ok", "its last look brought something new")
    last = history.record.last_news
    return Condition("quiet", f"it answered; nothing new {f'since {named_day(last, now.year)}' if last else 'yet'}")


def lost(address: str) -> str:
    back = "should it come back, name it in a source of another name"
    return f"{masked(address)} is gone for good, says its server: take it out of config.toml; {back}"


def in_a_row(times: int) -> str:
    return "once" if times == 1 else f"{times} times in a row"


def failures(look: Look, now: datetime) -> str:
    """What is said of a source that failed as a whole, in the time zone of `now`."""
    again = look.not_before if look.not_before and look.not_before > now else None
    until = f"; not asked again before {named_time(again, now)}" if again else ""
    return f"failed {in_a_row(look.failures)}: {look.fault}{until}"


def too_early(times: int, until: datetime, fault: str | None) -> str:
    """What a run says of a source or an address that it does not ask before that, since it failed lately."""
    return f"failed {in_a_row(times)}, and is not asked again before {in_utc(until)}: {fault}"


def unread(dump: DumpReport) -> str:
    verb = "could not be read" if dump.verdict == "quarantined" else "is doubtful"
    return f"{masked(dump.name)} {verb}: {dump.note or f'{dump.rejected} pieces were rejected'}"
