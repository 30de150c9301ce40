"""Is all well? One word, one line, and what to do: a quiet day and a broken one never look alike.

OK      the last run brought news        QUIET   it ran, and nothing was new: the line says whether all answered
LATE    it has not run when it used to, or its daemon is silent          BROKEN  the last run failed, its dumps could not be read, a source or an address of it failed three times in a row, or mail is stuck

What was not read, and is not dismissed, is named whatever the word is: a good day does not make a broken one undone.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING, Literal

from digest.models.delivery import APPROVAL
from digest.render.words import counted, named_day, named_time
from digest.undelivered import halted, halted_line, halts_at, stuck, waiting
from digest.withdrawn import withdrawals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date, datetime, tzinfo

    from digest.models import Delivery, DumpReport, Halt, Headline, Heartbeat, LoggedRun, OutboxCounts, Withdrawn
    from digest.rhythm import Condition

__all__ = ["RHYTHM", "Facts", "Standing", "day_in_words", "standing", "time_in_words"]

RHYTHM = 14  # gaps: with five to seven runs a week, two weekends and more are among them
OFTEN, WEEKEND = timedelta(days=1), timedelta(days=3)
SLACK = timedelta(hours=2)  # summer time, a machine that wakes late
HEARD = timedelta(minutes=10)  # a daemon says each minute that it lives
SHOWN = 5  # dumps or mails of which each gets a line


@dataclass(frozen=True, slots=True)
class Facts:
    """What the answer rests on.

    `runs` newest first; `days` when the first run of each of the last days began, newest first. `unread` are all dumps
    that were not read, or are suspect, and not dismissed; `lately` those of them that came with the last look at their
    source that brought anything. `stuck` are the deliveries that are dead or held, `halts` why others wait. `places` are
    the folders that dumps are put into, where none has ever come in. `sources` says how each configured one fares.
    `withdrawn` are the addresses that config.toml lists in vain. `daemon` is what the last one said of itself.
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


def standing(facts: Facts) -> Standing:
    """The answer to "is all well?"."""
    answer = broken(facts) or late(facts) or well(facts)
    return replace(answer, to_do=(*answer.to_do, *left(facts)))


def time_in_words(moment: datetime, facts: Facts) -> str:
    """`Fri 20 Nov 07:00` in the owner's zone, with the year where it is another one."""
    return named_time(moment, facts.now.astimezone(facts.zone))


def day_in_words(day: date, facts: Facts) -> str:
    """`Fri 20 Nov`, with the year where it is another one."""
    return named_day(day, facts.now.astimezone(facts.zone).year)


# --- broken -----------------------------------------------------------------------------------------------------


def broken(facts: Facts) -> Standing | None:
    failed = list(takewhile(has_failed, facts.runs))
    if failed:
        said = failed[0].errors or (KILLED,)
        since = f"since {time_in_words(failed[-1].started, facts)}, {counted(len(failed), 'run')}"
        again = "once that is mended, " if failed[0].errors else ""
        return Standing("BROKEN", f"{since}: {said[0]}", (*said[1:], f'{again}"digest run" goes on where it stopped'))
    failing = next((f"source {name} {one.why}" for name, one in facts.sources.items() if one.word == "failing"), None)
    if failing:
        return Standing("BROKEN", failing)
    if facts.lately:
        return Standing("BROKEN", last_look(facts.lately))
    if halted := [halt for halt in halts_at(facts.halts, facts.now) if halt.why != APPROVAL]:
        return Standing("BROKEN", halted_line(halted[0], partial(time_in_words, facts=facts)))
    if facts.stuck:
        return Standing("BROKEN", f"{counted(len(facts.stuck), 'mail')} can't be delivered without you")
    return None


def last_look(unread: Sequence[DumpReport]) -> str:
    doubtful = [dump for dump in unread if dump.verdict == "suspect"]
    first, second = len(unread) - len(doubtful), len(doubtful)
    if not first:
        return f"{counted(second, 'dump')} of the last look {be(second)} doubtful"
    more = f", {second} more {be(second)} doubtful" if second else ""
    return f"{counted(first, 'dump')} of the last look could not be read{more}"


UNHEARD = frozenset(("waiting", "failing"))
KILLED = "the run did not come to its end: it was killed, or a fault stopped it"


def has_failed(run: LoggedRun) -> bool:
    """Whether a run was killed or met a fault.

    That dumps of it were not read is told by them, until they are; that a source did not answer, by that source.
    """
    return run.verdict in (None, "failed") or bool(run.errors)


# --- late -------------------------------------------------------------------------------------------------------


def late(facts: Facts) -> Standing | None:
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


# --- well -------------------------------------------------------------------------------------------------------


def well(facts: Facts) -> Standing:
    if not facts.runs:
        return Standing("QUIET", "the daemon has begun, and has not looked yet")
    run, latest = facts.runs[0], latest_edition(facts)
    if run.editions:
        return Standing("OK", latest if run.editions == 1 else f"{run.editions} editions, the latest is {latest}")
    if run.new:
        return Standing("OK", f"{counted(run.new, 'new paper')}, and no digest shows {them(run.new)}; {last(facts)}")
    if facts.places:
        return Standing("QUIET", "nothing has come in yet", (f"put a saved page into {' or '.join(facts.places)}",))
    return Standing("QUIET", f"{who_answered(facts)}, nothing new, {mails_of(run, facts)}; {last(facts)}")


def who_answered(facts: Facts) -> str:
    """All of them, or that some did not: a quiet day is only as quiet as those that were heard."""
    silent = facts.runs[0].unanswered or any(one.word in UNHEARD for one in facts.sources.values())
    return "not all sources answered" if silent else "all sources answered"


def latest_edition(facts: Facts) -> str:
    """`No. 42 of Fri 20 Nov: 25 papers`; nothing where there is none."""
    latest = facts.latest
    if latest is None:
        return ""
    return f"No. {latest.number} of {day_in_words(latest.day, facts)}: {counted(latest.papers, 'paper')}"


def last(facts: Facts) -> str:
    return f"last was {latest_edition(facts)}" if facts.latest else "there is no edition yet"


def them(count: int) -> str:
    return "it" if count == 1 else "them"


def mails_of(run: LoggedRun, facts: Facts) -> str:
    if run.sent:
        return f"{counted(run.sent, 'mail')} that had waited went out"
    return "no mail went out" if facts.outbox.queued + facts.outbox.in_doubt else "no mail was due"


# --- what is left, whatever the word ----------------------------------------------------------------------------


def left(facts: Facts) -> tuple[str, ...]:
    sources = (*unsettled(facts.runs[:1]), *ailing(facts), *unread(facts.unread))
    in_vain = withdrawals(facts.withdrawn, facts.now.astimezone(facts.zone))
    return (*sources, *undelivered(facts), *in_vain)


def unsettled(last: Sequence[LoggedRun]) -> tuple[str, ...]:
    """A run may have met files that were being written: no fault, and told as none."""
    files = sum(run.unsettled for run in last)
    if not files:
        return ()
    return (f"{counted(files, 'file')} {be(files)} still being written; the next run takes {them(files)}",)


def ailing(facts: Facts) -> Iterator[str]:
    """A line for each source that somebody should know of: it fails, is silent for too long, or is gone."""
    for name, one in facts.sources.items():
        if one.word == "failing":
            yield f'source {name} is failing: look at its address in a browser; "digest sources" tells more'
        elif one.word in {"stale", "gone"}:
            yield f"source {name}: {one.why}"
        elif one.word == "waiting":
            yield f"source {name} {one.why}"
    told = any(one.word in UNHEARD for one in facts.sources.values())
    if not told:
        yield from (said for run in facts.runs[:1] for said in run.unanswered)


def undelivered(facts: Facts) -> tuple[str, ...]:
    """What becomes of mails that have not left, and the commands that end it."""
    at = partial(time_in_words, facts=facts)
    now = halts_at(facts.halts, facts.now)
    return (*waiting(facts.outbox, halted=bool(now)), *halted(now, at), *stuck(facts.stuck))


def be(count: int) -> str:
    return "is" if count == 1 else "are"


def unread(dumps: Sequence[DumpReport]) -> tuple[str, ...]:
    """A line for each of the last ones, and the commands that end it."""
    if not dumps:
        return ()
    more, these = len(dumps) - SHOWN, them(len(dumps))
    named = "" if more > 0 else "".join(f" {word_for(dump)}" for dump in dumps)
    return (
        *map(unread_line, reversed(dumps[-SHOWN:])),
        *([f"and {counted(more, 'earlier dump')}"] if more > 0 else []),
        f'"digest requeue" reads {these} again, once there is a better parser',
        f'"digest requeue --dismiss{named}" takes {these} off this list',
    )


def unread_line(dump: DumpReport) -> str:
    if dump.verdict == "suspect":
        return f"{dump.name} was read, but is doubtful: {dump.note or f'{dump.rejected} pieces were rejected'}"
    return f"{dump.name} could not be read: {dump.note}"


def word_for(dump: DumpReport) -> str:
    """How a shell names it: by its file's name where that can be typed, else by its SHA-256."""
    plain = dump.name.isprintable() and not dump.name.startswith("-") and '"' not in dump.name
    return shlex.quote(dump.name) if plain else dump.sha256[:12]
