"""Subscriptions as CSV (RFC 4180), in a form that `digest subscriptions import` takes back whole."""

from __future__ import annotations

import csv
import io
import os
import sys
from typing import TYPE_CHECKING

import click

from digest.errors import OutputError, one_line
from digest.render.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from digest.models import Subscription

__all__ = ["COLUMNS", "bare", "export_readers"]

COLUMNS = ("address", "digest", "state", "topics", "since", "origin", "consent", "reason", "until")
FORMULAS = ("=", "+", "-", "@")  # what a spreadsheet would compute, or run: a reason comes from anybody's server
GUARDED = (*FORMULAS, "'")


def export_readers(found: Sequence[Subscription], file: Path | None) -> None:
    """Write them to a new file that only its owner can read, or print them."""
    text = written(found)
    if file is not None:
        write_new(file, text)
        click.echo(one_line(f"{counted(len(found), 'subscription')} written to {file}"))
    else:
        click.echo(text if sys.stdout.isatty() else text.encode(), nl=False)


def written(found: Iterable[Subscription]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows(map(cells, found))
    return out.getvalue()


def cells(one: Subscription) -> tuple[str, ...]:
    values = (one.address, one.digest, one.state, " ".join(one.topics), one.since.isoformat(), one.origin)
    until = one.until.isoformat() if one.until else ""
    return tuple(guarded(one_line(value)) for value in (*values, one.consent or "", one.reason or "", until))


def guarded(value: str) -> str:
    """With an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{value}" if value.startswith(GUARDED) else value


def bare(value: str) -> str:
    """What was guarded."""
    return value[1:] if value[:1] == "'" and value[1:].startswith(GUARDED) else value


def write_new(file: Path, text: str) -> None:
    """All of it in a file that was not there, or nothing."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError as error:
        raise OutputError(str(file), "is there already", "name another file, or take it away") from error
    except OSError as error:
        raise OutputError(str(file), f"can't be written: {error.strerror}", "name another file") from error
    try:
        with open(handle, "w", encoding="utf-8", newline="") as opened:  # noqa: PTH123 - a handle has no path
            opened.write(text)
    except OSError as error:
        file.unlink(missing_ok=True)
        raise OutputError(str(file), f"can't be written: {error.strerror}", "free some space") from error
