"""How the commands answer: JSON, tables, a line for each dump or fault, and the exit code."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import click

from digest.errors import FAILED, TRY_AGAIN, masked, one_line
from digest.render.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from digest.errors import DigestError
    from digest.models import DumpReport, Edition, OutboxCounts, RunReport

__all__ = [
    "aligned",
    "as_json",
    "dump_json",
    "exit_code",
    "run_json",
    "table",
    "tell_dumps",
    "tell_faults",
    "tell_run",
]


def as_json(value: object) -> None:
    """Print JSON: dates in ISO 8601, what is absent as null, text as it is."""
    escaped = "utf" not in (sys.stdout.encoding or "").lower()
    click.echo(json.dumps(value, default=plain, ensure_ascii=escaped, indent=2))


def plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return str(value)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table: columns that fit a terminal, or tabs between them where another program reads."""
    cells = [[("" if cell is None else str(cell)) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in [list(head), *cells]:
            click.echo("\t".join(row))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    drawn = Table(*head, box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for row in cells:
        drawn.add_row(*(cell.replace("[", "\\[") for cell in row))
    Console().print(drawn)


def aligned(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Columns set with spaces, wherever they are read: numbers to the right, words to the left."""
    cells = [list(head), *([("" if cell is None else str(cell)) for cell in row] for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(head))]
    right = [all(row[at].isdecimal() for row in cells[1:]) for at in range(len(head))]
    lines = (
        "  ".join(
            cell.rjust(width) if end else cell.ljust(width) for cell, width, end in zip(row, widths, right, strict=True)
        )
        for row in cells
    )
    return "\n".join(line.rstrip() for line in lines)


def dump_json(report: DumpReport) -> dict[str, object]:
    """One dump as `digest ingest --json` gives it."""
    said = {field.name: getattr(report, field.name) for field in dataclasses.fields(report)}
    return {name: masked(value) if isinstance(value, str) else value for name, value in said.items()}


def tell_dumps(reports: Sequence[DumpReport]) -> None:
    """A line for each dump, with the count equation; one for all that came again under their names."""
    again = [report for report in reports if is_same(report)]
    if again:
        names = again[0].name if len(again) == 1 else f"{len(again)} dumps, {again[0].name} to {again[-1].name}"
        click.echo(one_line(masked(f"{'duplicate':<11} {names}: the same bytes as before")))
    for report in reports:
        if is_same(report):
            continue
        withheld = f" ({report.withheld} withheld)" if report.withheld else ""
        announced = f" ({report.announced} of them announced now)" if report.announced else ""
        new, known = f"{report.new} new{withheld}", f"{report.known} known{announced}"
        counts = f"{report.listed} listed = {new} + {known} + {report.repeated} repeated"
        rejected = f", {report.rejected} rejected" if report.rejected else ""
        doubt = f"; {report.note}" if report.verdict == "suspect" and report.note else ""
        told = report.note if report.verdict in ("duplicate", "quarantined") else counts + rejected + doubt
        click.echo(one_line(masked(f"{report.verdict:<11} {report.name}: {told}")))


def is_same(report: DumpReport) -> bool:
    """Whether the same bytes came before under the same name, so that nothing more can be said of it."""
    return report.verdict == "duplicate" and report.same_as == report.name


def tell_faults(faults: Iterable[DigestError]) -> None:
    """A line on stderr for each."""
    for fault in faults:
        click.echo(f"digest: {fault}", err=True)


def exit_code(reports: Sequence[DumpReport], faults: Sequence[DigestError]) -> int:
    """0 when all went well, 75 when time alone mends what did not (a file still being written, a server), else 1."""
    if any(report.unread for report in reports):
        return FAILED
    if faults and all(fault.exit_code == TRY_AGAIN for fault in faults):
        return TRY_AGAIN
    return FAILED if faults else 0


# --- a run ------------------------------------------------------------------------------------------------------


def run_json(report: RunReport) -> dict[str, object]:
    """A run as `digest run --json` gives it."""
    return {
        "verdict": report.verdict,
        "dumps": [dump_json(dump) for dump in report.dumps],
        "editions": [edition_json(edition) for edition in report.editions],
        "deliveries": dataclasses.asdict(report.deliveries),
        "errors": [str(fault) for fault in report.errors],
    }


def edition_json(edition: Edition) -> dict[str, object]:
    items = edition.items
    topics = Counter(item.topic for item in items if item.topic is not None)
    return {
        "digest": edition.digest,
        "number": edition.number,
        "slot": edition.slot,
        "papers": len(items),
        "topics": dict(topics.most_common()),
    }


def tell_run(report: RunReport) -> None:
    """What happened, verdict last."""
    tell_dumps(report.dumps)
    for edition in report.editions:
        click.echo(f"No. {edition.number} of {edition.digest}: {counted(len(edition.items), 'paper')}")
    click.echo(f"{report.verdict}: {mails(report.deliveries)}")


def mails(after: OutboxCounts) -> str:
    """What became of the mails: what this run settled, and what waits after it."""
    waiting = after.queued + after.in_doubt
    said = (
        f"{counted(after.sent, 'mail')} delivered" if after.sent else "",
        f"{counted(after.dead, 'mail')} refused for good" if after.dead else "",
        f"{counted(waiting, 'mail')} still {'waits' if waiting == 1 else 'wait'}" if waiting else "",
        f'{counted(after.held, "mail")} held: "digest outbox" says why' if after.held else "",
    )
    return ", ".join(filter(None, said)) or "no mail was due"
