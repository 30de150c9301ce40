"""What a run came to: its verdict, its counts, and its line in the ledger. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from digest.errors import DeliveryError, FetchError, Stopped, UnsettledDump, Waiting
from digest.models import LoggedRun, OutboxCounts, RunReport
from digest.render.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from digest.errors import DigestError
    from digest.models import DumpReport, Edition, RunVerdict

__all__ = ["in_words", "is_news", "line", "report"]

AGAIN = timedelta(hours=1)


def report(
    dumps: Sequence[DumpReport],
    editions: Sequence[Edition],
    faults: Sequence[DigestError],
    *,
    answered: bool,
    outbox: tuple[OutboxCounts, OutboxCounts],
) -> RunReport:
    """What a run did; `answered`: some source did; `outbox` as it was when the run began, and when it ended."""
    before, after = outbox
    settled = {state: getattr(after, state) - getattr(before, state) for state in ("sent", "dead", "cancelled")}
    deliveries = OutboxCounts(after.queued, after.in_doubt, held=after.held, postponed=after.postponed, **settled)
    verdict = _verdict(dumps, editions, faults, answered=answered or bool(deliveries.sent))
    return RunReport(verdict, tuple(dumps), tuple(editions), deliveries, tuple(faults))


def line(run: RunReport, now: datetime, seconds: float | None = None) -> LoggedRun:
    """The run that began at `now` as the ledger keeps it: a file that was still being written is no failure of it.

    What became of mails is told by the outbox, which knows what came of each since. Nor is a source that did not answer while others did: how each fares is told by `rhythm`. A `partial` run without
    errors is one of whose sources or dumps some could not be read.
    """
    lasting = [fault for fault in run.errors if not isinstance(fault, UnsettledDump | DeliveryError | Stopped)]
    verdict = run.verdict if lasting else _verdict(run.dumps, run.editions, (), answered=True)
    asked = [fault for fault in lasting if isinstance(fault, FetchError)] if verdict != "failed" else []
    return LoggedRun(
        now,
        now + timedelta(seconds=seconds or 0),
        verdict,
        dumps=len(run.dumps),
        **{name: sum(getattr(dump, name) for dump in run.dumps) for name in COUNTED},
        editions=len(run.editions),
        sent=run.deliveries.sent,
        errors=tuple(str(fault) for fault in lasting if fault not in asked),
        unsettled=sum(isinstance(fault, UnsettledDump) for fault in run.errors),
        unanswered=tuple(str(fault) for fault in asked if not isinstance(fault, Waiting)),
        published=tuple(f"{edition.digest}/{edition.number}" for edition in run.editions),
        seconds=seconds,
    )


def is_news(logged: LoggedRun, last: LoggedRun | None, zone: tzinfo, *, well: bool) -> bool:
    """Whether a daemon's pass that did nothing is worth a line of its own, after the last one.

    It is where it met what the last line does not tell, or where what that one tells is over, which can be said only while no
    source is failing (`well`); or as the first of its day, so that each day has a line. What goes on failing alike is told
    once an hour.
    """
    if last is None or logged.started.astimezone(zone).date() != last.started.astimezone(zone).date():
        return True
    said, before = {*logged.errors, *logged.unanswered}, {*last.errors, *last.unanswered}
    if said:
        return bool(said - before) or logged.started - last.started >= AGAIN
    return well and bool(before or last.verdict == "failed")


COUNTED = ("listed", "new", "known", "repeated", "rejected", "withheld", "announced")  # of each dump


def in_words(run: LoggedRun) -> str:
    """`new: 1 dump, 25 listed = 20 new + 5 known + 0 repeated, daily/12, 3 mails, in 2.1 s`: a run that has ended."""
    counts = f"{run.listed or 0} listed = {run.new} new + {run.known or 0} known + {run.repeated or 0} repeated"
    said = (
        f"{counted(run.dumps, 'dump')}, {counts}" if run.dumps else "",
        f"{run.rejected} rejected" if run.rejected else "",
        ", ".join(run.published),
        counted(run.sent, "mail"),
        f"in {run.seconds:.1f} s" if run.seconds is not None else "",
    )
    return f"{run.verdict}: {', '.join(filter(None, said))}"


def _verdict(
    dumps: Sequence[DumpReport], editions: Sequence[Edition], faults: Sequence[DigestError], *, answered: bool
) -> RunVerdict:
    """`new`, `quiet`, or that something went wrong: a quiet day and a broken one never look alike.

    `failed`: no source answered, and nothing went out; `partial`: what could be done was done.
    """
    if faults and not (dumps or editions or answered):
        return "failed"
    if faults or any(dump.unread for dump in dumps):
        return "partial"
    return "new" if editions or any(dump.verdict == "new" for dump in dumps) else "quiet"
