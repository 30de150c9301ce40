"""The command that reads the ledger: log."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import click

from digest.commands.answers import aligned, as_json
from digest.commands.common import at_work, configured, opened
from digest.commands.options import clock, json_option, moment
from digest.errors import masked, one_line
from digest.render.words import counted, named_time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from digest.models import LoggedRun

__all__ = ["log"]

SHOWN = 20
AGO = re.compile(r"(\d{1,4}) *(minute|hour|day|week)s?(?: ago)?")
MINUTE, HOUR = 60, 3600  # seconds


@click.command(epilog='Example: digest log --since "3 days"')
@click.option("--since", metavar="TIME", help='Those since a time, a day (from its midnight) or as "3 days" ago.')
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", help="The latest N; 20, unless --since or --json is given."
)
@json_option
@click.pass_context
def log(ctx: click.Context, since: str | None, limit: int | None, *, machine: bool) -> int:
    """List the runs, the latest last: when, how long, what each came to, and what went wrong.

    Of the papers in the dumps of a run, listed = new + known + repeated. A run that never ended was killed, or is at work.
    """
    config, now = configured(ctx), clock()
    began = beginning(since, now, config.zone) if since else None
    with opened(config) as store:
        runs = store.runs.since(began, limit or (-1 if machine or since else SHOWN))
        last = store.runs.last(1)
        busy = last[0].number if last and last[0].ended is None and at_work(config.database) else None
    if machine:
        as_json([run_json(run, busy) for run in runs])
    elif runs:
        show(runs, now.astimezone(config.zone), busy)
    else:
        click.echo("No run." if since is None else "No run since then.")
    return 0


def beginning(words: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The instant that is meant; a day begins at its midnight in the owner's zone."""
    ago = AGO.fullmatch(words.strip().lower())
    if ago:
        return now - timedelta(**{f"{ago[2]}s": int(ago[1])})
    try:
        return datetime.combine(date.fromisoformat(words), time(), zone).astimezone(UTC)
    except ValueError:
        found = moment(words)
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


def word_for(run: LoggedRun, busy: int | None) -> str:
    return run.verdict or ("at work" if run.number == busy else "killed")


# --- for programs -----------------------------------------------------------------------------------------------


def run_json(run: LoggedRun, busy: int | None) -> dict[str, object]:
    """One run as `digest log --json` gives it: its count of editions is that of their names."""
    said = asdict(run)
    known = {name: said[name] for name in ("number", "started", "ended", "seconds")}
    counts = {name: said[name] for name in ("dumps", "listed", "new", "withheld", "known", "announced", "repeated")}
    rest = {"rejected": run.rejected, "editions": run.published, "sent": run.sent, "unsettled": run.unsettled}
    faults = {name: [masked(line) for line in said[name]] for name in ("errors", "unanswered")}
    return {**known, "verdict": word_for(run, busy), **counts, **rest, **faults}


# --- for people -------------------------------------------------------------------------------------------------

HEAD = (
    "STARTED",
    "TOOK",
    "VERDICT",
    "DUMPS",
    "LISTED =",
    "NEW +",
    "KNOWN +",
    "REPEATED",
    "REJECTED",
    "MAILS",
    "EDITIONS",
)
NONE = "-"


def show(runs: tuple[LoggedRun, ...], now: datetime, busy: int | None) -> None:
    """A row for each, and what went wrong below it."""
    head, *rows = aligned(HEAD, [row(run, now, busy) for run in runs]).split("\n")
    click.echo(head)
    for run, line in zip(runs, rows, strict=True):
        click.echo(line)
        for fault in faults(run):
            click.echo(one_line(masked(f"    {fault}")))


def row(run: LoggedRun, now: datetime, busy: int | None) -> tuple[object, ...]:
    """The counts of a run that has not ended are not known."""
    if run.ended is None:
        dumps, new, mails = (NONE,) * 3
    else:
        dumps, new, mails = (str(count) for count in (run.dumps, run.new, run.sent))
    counts = (NONE if count is None else count for count in (run.known, run.repeated, run.rejected))
    listed = NONE if run.listed is None else run.listed
    names = " ".join(run.published) or NONE
    return (
        named_time(run.started, now),
        took(run.seconds),
        word_for(run, busy),
        dumps,
        listed,
        new,
        *counts,
        mails,
        names,
    )


def took(seconds: float | None) -> str:
    """`2.1 s`, `4 min`, `2 h 05`: as exactly as anybody asks."""
    if seconds is None:
        return NONE
    if seconds < MINUTE:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    return f"{whole // MINUTE} min" if whole < HOUR else f"{whole // HOUR} h {whole % HOUR // MINUTE:02}"


def faults(run: LoggedRun) -> Iterator[str]:
    """What went wrong, and what did not answer or was not there yet."""
    yield from run.errors
    yield from run.unanswered
    if run.unsettled:
        yield f"{counted(run.unsettled, 'file')} still being written"
