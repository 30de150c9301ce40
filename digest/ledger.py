"""What a run came to: its verdict, its counts, and its line in the ledger. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.errors import FetchError, UnsettledDump, Waiting
from digest.models import LoggedRun, OutboxCounts, RunReport

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from digest.errors import DigestError
    from digest.models import DumpReport, Edition, RunVerdict

__all__ = ["line", "report"]


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
    deliveries = OutboxCounts(after.queued, after.in_doubt, held=after.held, **settled)
    verdict = _verdict(dumps, editions, faults, answered=answered or bool(deliveries.sent))
    return RunReport(verdict, tuple(dumps), tuple(editions), deliveries, tuple(faults))


def line(run: RunReport, now: datetime) -> LoggedRun:
    """The run as the ledger keeps it: a file that was still being written is no failure of it.

    Nor is a source that did not answer while others did: how each fares is told by `rhythm`. A `partial` run without
    errors is one of whose sources or dumps some could not be read.
    """
    lasting = [fault for fault in run.errors if not isinstance(fault, UnsettledDump)]
    verdict = run.verdict if lasting else _verdict(run.dumps, run.editions, (), answered=True)
    asked = [fault for fault in lasting if isinstance(fault, FetchError)] if verdict != "failed" else []
    return LoggedRun(
        now,
        now,
        verdict,
        dumps=len(run.dumps),
        new=sum(dump.news for dump in run.dumps),
        editions=len(run.editions),
        sent=run.deliveries.sent,
        errors=tuple(str(fault) for fault in lasting if fault not in asked),
        unsettled=len(run.errors) - len(lasting),
        unanswered=tuple(str(fault) for fault in asked if not isinstance(fault, Waiting)),
    )


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
