"""Whether a run is missing: it has not come when it used to, or the daemon is silent. Pure."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from digest.facts import HEARD, Standing, time_in_words
from digest.render.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from digest.facts import Facts
    from digest.models import Heartbeat

__all__ = ["RHYTHM", "late"]

RHYTHM = 14  # gaps: with five to seven runs a week, two weekends and more are among them
OFTEN, WEEKEND = timedelta(days=1), timedelta(days=3)
SLACK = timedelta(hours=2)  # summer time, a machine that wakes late


def late(facts: Facts) -> Standing | None:
    """LATE, and what to do; None: no run is missing."""
    if facts.daemon and facts.by_daemon:
        return silent(facts.daemon, facts)
    if not facts.runs:
        return Standing("LATE", "it has not run yet", ('"digest run" reads what lies in the sources',))
    last = facts.runs[0].started
    if facts.now - last <= usual_gap(facts.days) + SLACK:
        return None
    line = f"the last look was {ago(facts.now - last)} ago, on {time_in_words(last, facts)}"
    return Standing("LATE", line, ('"digest run" looks now; if it should run by itself, see why it does not',))


def silent(daemon: Heartbeat, facts: Facts) -> Standing | None:
    """What is said of a daemon that has not been heard for longer than it takes; None: it lives."""
    if facts.now - daemon.beat <= HEARD:
        return None
    since = f"{time_in_words(daemon.beat, facts)}, {ago(facts.now - daemon.beat)} ago"
    if daemon.stopped:
        return Standing("LATE", f"the daemon was stopped on {since}: nothing is looked at", (START,))
    where = f"process {daemon.pid} on {daemon.host}"
    return Standing("LATE", f"the daemon ({where}) was heard last on {since}", (f"if it is gone, {START}",))


START = '"digest daemon" starts it; "digest install" has it start by itself'


def usual_gap(days: Sequence[datetime]) -> timedelta:
    """How long it stays away by its own habit: the second longest of the last gaps, since one may be a holiday.

    At least a day; until the habit is known, at least a weekend.
    """
    gaps = sorted(later - earlier for later, earlier in pairwise(days))
    return max(OFTEN, gaps[-2]) if len(gaps) >= RHYTHM else max([WEEKEND, *gaps])


def ago(age: timedelta) -> str:
    if age < SLACK:
        return counted(age // timedelta(minutes=1), "minute")
    return counted(age // timedelta(hours=1), "hour") if age.days < 2 else counted(age.days, "day")  # noqa: PLR2004
