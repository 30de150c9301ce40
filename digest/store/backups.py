"""A whole copy of the database in one file, made while others write; and what a file is that is said to be one.

A copy is taken of one instant, however long it takes: a transaction that only reads holds that instant, and nobody waits
for it. It is checked before it gets its name, so that what bears the name is whole, or is the one from before.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.errors import StoreError
from digest.store.database import RESTORE, explained, instant
from digest.store.locks import backup_lock
from digest.store.migrations import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

__all__ = ["Contents", "back_up", "contents", "copied_to", "faults_in", "synced"]

PAGES = 2000  # copied at once: some 8 MB, between which a wish to stop is heard
INSTRUCTIONS = 100_000  # of SQLite's, after which it looks at the clock
OTHER = "is no database of Paperround"


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a database: counts, when its latest edition was made, its newest instant of all, its schema."""

    schema: int
    papers: int
    editions: int
    subscriptions: int
    latest: datetime | None
    newest: datetime | None


def back_up(database: Path, target: Path, *, replace: bool = False) -> Contents:
    """Put a checked copy of the database at `target`, which only its owner may read; `replace` an older one there.

    Whatever fails leaves what stood there before, and nothing else. Raises `StoreError`, `Busy`.
    """
    target = target.resolve()
    with backup_lock(database):
        check_target(database, target, replace=replace)
        part = target.with_name(f".{target.name}.part")
        try:
            with written(target):
                copied_to(database, part, target)
                found = checked_copy(database, part)
                synced(part)
                part.replace(target)
                synced(target.parent)
        finally:
            part.unlink(missing_ok=True)
    return found


def check_target(database: Path, target: Path, *, replace: bool) -> None:
    """Raise `StoreError` where a backup may not be put: nothing but an older one is ever replaced."""
    if target == database.resolve():
        raise StoreError(str(target), "is the database itself", "name another file")
    if os.path.lexists(target):
        if not replace:
            raise StoreError(str(target), "is there already", "--replace puts the new backup in its place")
        contents(target)


@contextmanager
def written(target: Path) -> Iterator[None]:
    """Turn the system's faults into one line about what was to be written."""
    try:
        yield
    except OSError as error:
        raise StoreError(str(target), f"can't be written: {error.strerror}", "nothing was left there") from error


def copied_to(database: Path, part: Path, target: Path) -> None:
    """The bytes of one instant in a file of their own, made anew, that is to be `target`; not checked yet."""
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600))
    with opened(database) as source, closing(sqlite3.connect(part, isolation_level=None)) as to:
        with explained(database):
            source.execute("BEGIN")
            source.execute("SELECT 1 FROM sqlite_master").fetchone()
        with explained(target):
            to.execute("PRAGMA journal_mode = OFF")
            to.execute("PRAGMA synchronous = OFF")
            source.backup(to, pages=PAGES, progress=between)
    with explained(target), closing(sqlite3.connect(part, isolation_level=None)) as to:
        to.execute("PRAGMA journal_mode = DELETE")  # one file, that can be read where nothing can be written


def between(status: int, left: int, pages: int) -> None:
    """Does nothing between two steps of a copy: that it is called lets a wish to stop be heard."""


def checked_copy(database: Path, part: Path) -> Contents:
    """What is in the copy; its faults are those of the database."""
    faults = faults_in(part)
    if faults:
        raise StoreError(str(database), f"fails its integrity check, and no backup was made: {faults[0]}", RESTORE)
    return contents(part)


# --- what a file is ---------------------------------------------------------------------------------------------


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to what is there, which changes nothing in it; with the right to write, since WAL needs that."""
    if not path.exists():
        raise StoreError(str(path), "there is no such file", "check its name")
    with explained(path), closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as connection:
        connection.isolation_level = None
        connection.execute("PRAGMA query_only = ON")
        yield connection


def contents(path: Path) -> Contents:
    """What is in a database; raises `StoreError` for what is none of ours, or of a version that is not known yet."""
    with opened(path) as connection:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if version == 0 or not tables.issuperset(OURS):
            raise StoreError(str(path), OTHER, "name another file")
        if version > VERSION:
            what = f"written by a newer Paperround (schema {version}, this one knows {VERSION})"
            raise StoreError(str(path), what, "install the newer version")
        *counts, latest = connection.execute(COUNTS).fetchone()
        (newest,) = connection.execute(NEWEST).fetchone()
    return Contents(version, *counts, *(instant(text) if text else None for text in (latest, newest)))


def faults_in(path: Path, *, quick: bool = False, seconds: float | None = None) -> tuple[str, ...] | None:
    """What is wrong with the pages, indexes and references of a database; None: `seconds` were too few to say.

    `quick` leaves out whether each index says what its table says.
    """
    with opened(path) as connection:
        if seconds is not None:
            end = time.monotonic() + seconds
            connection.set_progress_handler(lambda: time.monotonic() > end, INSTRUCTIONS)
        try:
            return tuple(faults_of(connection, "quick_check" if quick else "integrity_check"))
        except sqlite3.OperationalError as error:
            if "interrupted" in str(error):
                return None
            raise
        except sqlite3.DatabaseError as error:
            return (str(error),)


def faults_of(connection: sqlite3.Connection, check: str) -> Iterator[str]:
    """A line for each fault, the first ones only."""
    yield from (text for (text,) in connection.execute(f"PRAGMA {check}(5)") if text != "ok")
    for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check").fetchmany(5):
        yield f"row {row} of {table} leads to no {parent}"


def synced(path: Path) -> None:
    """Make a file, or the names in a folder, last through a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


OURS = ("dump", "paper", "edition", "edition_item", "subscription", "delivery", "run")
COUNTS = """
SELECT (SELECT count(*) FROM paper WHERE merged_into IS NULL AND retracted IS NULL), (SELECT count(*) FROM edition),
       (SELECT count(*) FROM subscription WHERE state != 'removed'), (SELECT max(created) FROM edition)
"""
NEWEST = """
SELECT max(at) FROM (
    SELECT max(started) AS at FROM run UNION ALL SELECT max(ended) FROM run UNION ALL SELECT max(at) FROM retrieval
    UNION ALL SELECT max(created) FROM edition UNION ALL SELECT max(queued_at) FROM delivery)
"""
