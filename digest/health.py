"""Is all well? One word, one line, and what to do: a quiet day and a broken one never look alike.

OK      the last run brought news
QUIET   it ran, and nothing was new: the line says whether all answered
LATE    it has not run when it used to, or its daemon is silent (`lateness`)
BROKEN  the last run failed, its dumps could not be read, a source or an address of it failed three times in a row, or mail is stuck

What was not read, and is not dismissed, is named whatever the word is: a good day does not make a broken one undone.
"""

from __future__ import annotations

import shlex
from dataclasses import replace
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING

from digest.errors import masked
from digest.facts import Standing, day_in_words, time_in_words
from digest.lateness import late
from digest.models.delivery import APPROVAL
from digest.render.words import counted
from digest.undelivered import halted, halted_line, halts_at, stuck, stuck_line, waiting
from digest.withdrawn import withdrawals

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.facts import Facts
    from digest.models import (
        DumpReport,
        LoggedRun,
        Space,
    )

__all__ = ["SEE", "ends_unread", "full", "standing"]

SHOWN = 5  # dumps or mails of which each gets a line
LEAST_FREE = 100 * 2**20  # bytes


def standing(facts: Facts) -> Standing:
    """The answer to "is all well?"."""
    answer = broken(facts) or late(facts) or well(facts)
    return replace(answer, to_do=(*answer.to_do, *left(facts)))


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
        return Standing("BROKEN", stuck_line(facts.stuck))
    return None


def last_look(unread: Sequence[DumpReport]) -> str:
    doubtful = [dump for dump in unread if dump.verdict == "suspect"]
    first, second = len(unread) - len(doubtful), len(doubtful)
    if not first:
        return f"{counted(second, 'dump')} of the last look {be(second)} doubtful"
    more = f", {second} more {be(second)} doubtful" if second else ""
    return f"{counted(first, 'dump')} of the last look could not be read{more}"


SEE = '"digest sources" tells more'
UNHEARD = frozenset(("waiting", "failing"))
KILLED = "the run did not come to its end: it was killed, or a fault stopped it"


def has_failed(run: LoggedRun) -> bool:
    """Whether a run was killed or met a fault.

    That dumps of it were not read is told by them, until they are; that a source did not answer, by that source.
    """
    return run.verdict in (None, "failed") or bool(run.errors)


# --- well -------------------------------------------------------------------------------------------------------


def well(facts: Facts) -> Standing:
    if not facts.runs:
        return Standing("QUIET", "the daemon has begun, and has not looked yet")
    run, latest = facts.runs[0], latest_edition(facts)
    if run.editions:
        return Standing("OK", latest if run.editions == 1 else f"{run.editions} editions, the latest is {latest}")
    if run.news and facts.awaited:
        return Standing(
            "OK", f"{counted(run.news, 'new paper')}, for the next edition of {facts.awaited[0]}; {last(facts)}"
        )
    if run.news:
        return Standing("OK", f"{counted(run.news, 'new paper')}, and no digest shows {them(run.news)}; {last(facts)}")
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
    return (*sources, *undelivered(facts), *full(facts.disk), *in_vain)


def full(disk: Space | None) -> tuple[str, ...]:
    """A line where less is free than a hundredth of a disk, a gibibyte at most, or 100 MiB."""
    if disk is None or disk.free >= max(LEAST_FREE, min(disk.total // 100, 2**30)):
        return ()
    return (f"the disk is nearly full: {disk.free / 2**20:,.0f} MiB are free where the database is",)


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
            yield f"source {name} is failing: {SEE}"
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
    daemon = facts.by_daemon and late(facts) is None
    return (*waiting(facts.outbox, halted=bool(now), daemon=daemon), *halted(now, at), *stuck(facts.stuck))


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
        *ends_unread(these, named),
    )


def ends_unread(these: str, named: str = "") -> tuple[str, str]:
    """The commands that end it."""
    end = f'"digest requeue --dismiss{named}" takes {these} off this list, whether the file is still there or not'
    return end, f'"digest requeue" reads {these} again, if a newer version of this program can'


def unread_line(dump: DumpReport) -> str:
    if dump.verdict == "suspect":
        return f"{masked(dump.name)} was read, but is doubtful: {dump.note or f'{dump.rejected} pieces were rejected'}"
    return f"{masked(dump.name)} could not be read: {dump.note}"


def word_for(dump: DumpReport) -> str:
    """How a shell names it: by its file's name where that can be typed, else by its SHA-256."""
    plain = dump.name.isprintable() and not dump.name.startswith("-") and '"' not in dump.name
    plain = plain and dump.name == masked(dump.name)
    return shlex.quote(dump.name) if plain else dump.sha256[:12]
