"""Subscriptions from a list: each line that can't be used is told, and the rest is taken, a thousand to a transaction."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

import click

from digest.commands.answers import as_json
from digest.commands.readers.lines import NAMES, Reading
from digest.commands.readers.tabular import BadLine, read_sheet
from digest.errors import DigestError, one_line
from digest.render.words import counted
from digest.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from digest.commands.readers.lines import Wish
    from digest.commands.readers.tabular import Sheet
    from digest.config import Config
    from digest.models import Joining

__all__ = ["import_readers"]

AT_ONCE = 1000  # rows to a transaction
STEP = 100  # lines between two movements of the bar
MOST = 64 * 2**20  # bytes; a million addresses take half of it


@dataclass(slots=True)
class Summary:
    """What became of the lines.

    `twice` is what an earlier line had said, `suppressed` what was deleted on request: before, or by this list, which
    then `deleted` so many subscriptions.
    """

    added: int = 0
    already: int = 0
    suppressed: int = 0
    twice: int = 0
    deleted: int = 0
    bad: list[BadLine] = field(default_factory=list)


def import_readers(config: Config, file: Path, wish: Wish, now: datetime, *, machine: bool) -> int:
    """Take a list in, and say what became of it; returns the exit code."""
    subject = "stdin" if str(file) == "-" else str(file)
    sheet = read_sheet(content(file, subject), subject, NAMES, "address")
    reading, summary = Reading.of(config, wish, sheet.columns), Summary()
    with Store(config.database) as store, progress(len(sheet.lines)) as reached:
        rows = joinings(sheet, reading, summary, reached)
        while batch := list(islice(rows, AT_ONCE)):
            take(store, batch, summary, now, suppress=wish.suppress)
    if machine:
        as_json(asdict(summary))
    else:
        click.echo(in_words(summary, suppress=wish.suppress, pending=reading.pending))
    for bad in summary.bad:
        click.echo(f"digest: {one_line(f'{subject}, line {bad.line}: {bad.what}')}", err=True)
    return 1 if summary.bad else 0


def content(file: Path, subject: str) -> bytes:
    """The bytes, if they are not more than a list has."""
    try:
        if str(file) == "-":
            body = sys.stdin.buffer.read(MOST + 1)
        else:
            with file.open("rb") as opened:
                body = opened.read(MOST + 1)
    except OSError as error:
        raise DigestError(subject, f"can't be read: {error.strerror}", "nothing was taken in") from error
    if len(body) > MOST:
        raise DigestError(subject, f"is larger than {MOST // 2**20} MiB", "split it; nothing was taken in")
    return body


def joinings(sheet: Sheet, reading: Reading, summary: Summary, reached: Callable[[int], None]) -> Iterator[Joining]:
    """What the lines ask for, each once; those that can't be used are noted."""
    seen = set[tuple[str, str]]()
    for row in sheet.rows():
        reached(row.line)
        if isinstance(row, BadLine):
            summary.bad.append(BadLine(row.line, one_line(row.what)))
            continue
        try:
            one = reading.joining(row)
        except ValueError as fault:
            summary.bad.append(BadLine(row.line, one_line(str(fault))))
            continue
        key = (one.digest, one.address.lower())
        if key in seen:
            summary.twice += 1
        else:
            seen.add(key)
            yield one


def take(store: Store, batch: Sequence[Joining], summary: Summary, now: datetime, *, suppress: bool) -> None:
    """One transaction, and its counts."""
    if suppress:
        new, deleted = store.subscriptions.delete_many([one.address for one in batch], now)
        summary.suppressed += new
        summary.already += len(batch) - new
        summary.deleted += deleted
        return
    counts = Counter(store.subscriptions.add_many(batch, now))
    summary.added += counts["added"]
    summary.already += counts["already"]
    summary.suppressed += counts["suppressed"]


def in_words(summary: Summary, *, suppress: bool, pending: bool) -> str:
    """What became of the lines, in one."""
    if suppress:
        first = f"{counted(summary.suppressed, 'address', 'addresses')} will never be written to again"
        first += f" ({counted(summary.deleted, 'subscription')} deleted)"
        already = "on that list already"
    else:
        waiting = ", pending: nothing is sent to them until they confirm" if pending and summary.added else ""
        first = f"{counted(summary.added, 'subscription')} added{waiting}"
        already = "there already"
    others = (
        f"{summary.already:,} {already}" if summary.already else "",
        f"{summary.twice:,} named before in the same list" if summary.twice else "",
        f"{summary.suppressed:,} refused: deleted on request" if summary.suppressed and not suppress else "",
        f"{counted(len(summary.bad), 'line')} could not be used" if summary.bad else "",
    )
    return "; ".join(filter(None, (first, *others)))


@contextmanager
def progress(lines: int) -> Iterator[Callable[[int], None]]:
    """A bar at a terminal; says how to tell it which line was reached."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("lines", total=lines)

        def reached(line: int) -> None:
            if line % STEP == 0:
                bar.update(task, completed=line)

        yield reached
