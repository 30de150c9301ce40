"""What the commands share: the configuration, the wired parts, the clock, and how answers are printed."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from contextlib import suppress
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from digest import config as configuration
from digest.errors import FAILED, TRY_AGAIN, ConfigError, DigestError, StoreError, UnsettledDump, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from digest.config import Config
    from digest.models import DumpReport
    from digest.store import Store

__all__ = [
    "aligned",
    "as_json",
    "as_of_option",
    "clock",
    "configured",
    "dump_json",
    "exit_code",
    "json_option",
    "opened",
    "table",
    "tell_dumps",
    "tell_faults",
]


def configured(ctx: click.Context, *, needed: bool = True) -> Config:
    """The configuration; where none is needed and there is none, the defaults in this folder."""
    path = configuration.find(ctx.find_root().obj, os.environ, Path.cwd())
    if path is None and needed:
        what = 'there is none here: "digest init ." makes one, "digest demo" shows what it does'
        raise ConfigError("config.toml", (what,))
    return configuration.load(path)


def opened(config: Config) -> Store:
    """The store of this configuration, which must exist already: looking never creates one."""
    from digest.store import Store

    if not config.database.exists():
        raise StoreError(str(config.database), "nothing was taken in yet", '"digest run" does it')
    return Store(config.database)


# --- the clock --------------------------------------------------------------------------------------------------


def moment(value: str) -> datetime:
    """An ISO 8601 time as a datetime, naive when it names no offset; a day alone is its noon."""
    try:
        found = read_time(value)
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is not a time such as 2026-11-20 or 2026-11-20T07:00+01:00") from error
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise click.BadParameter(f"{value!r} is not a day of papers on the web")
    return found


def read_time(value: str) -> datetime:
    with suppress(ValueError):
        return datetime.combine(date.fromisoformat(value), NOON)
    return datetime.fromisoformat(value)


NOON = time(12)
FIRST_YEAR, LAST_YEAR = 1990, 2999  # far from the ends of the calendar, where sums of days fail
as_of_option = click.option(
    "--as-of",
    type=moment,
    metavar="TIME",
    help="Set the clock, to replay past days: 2026-11-20, 2026-11-20T07:00+01:00.",
)
json_option = click.option("--json", "machine", is_flag=True, help="Print JSON for other programs.")


def clock(as_of: datetime | None = None, config: Config | None = None) -> datetime:
    """The moment of this run: the one that was asked for, else the machine's.

    One without an offset is meant in the configured time zone, since days are counted there.
    """
    if as_of is None:
        return datetime.now(UTC)
    zone = ZoneInfo(config.site().time_zone) if config else UTC
    return (as_of if as_of.tzinfo else as_of.replace(tzinfo=zone)).astimezone(UTC)


# --- answers ----------------------------------------------------------------------------------------------------


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
    return {field.name: getattr(report, field.name) for field in dataclasses.fields(report)}


def tell_dumps(reports: Iterable[DumpReport]) -> None:
    """A line for each dump, with the count equation."""
    for report in reports:
        withheld = f" ({report.withheld} withheld)" if report.withheld else ""
        counts = (
            f"{report.listed} listed = {report.new} new{withheld} + {report.known} known + {report.repeated} repeated"
        )
        rejected = f", {report.rejected} rejected" if report.rejected else ""
        told = report.note if report.verdict in ("duplicate", "quarantined") else counts + rejected
        click.echo(one_line(f"{report.verdict:<11} {report.name}: {told}"))


def tell_faults(faults: Iterable[DigestError]) -> None:
    """A line on stderr for each."""
    for fault in faults:
        click.echo(f"digest: {fault}", err=True)


def exit_code(reports: Sequence[DumpReport], faults: Sequence[DigestError]) -> int:
    """0 when all went well, 75 when the only trouble is a file still being written, else 1."""
    if any(report.unread for report in reports):
        return FAILED
    if faults and all(isinstance(fault, UnsettledDump) for fault in faults):
        return TRY_AGAIN
    return FAILED if faults else 0
