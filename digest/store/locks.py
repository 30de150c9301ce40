"""Locks that the kernel frees when their holder dies, so that a kill never leaves one behind.

`run.lock` is held for the life of a run: the loser is told at once. `write.lock` is held around every write
transaction of every process: writers wait for each other here, up to five seconds, instead of inside SQLite.
`backup.lock` is held while a copy is made, so that what a killed one left may be taken for that.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from digest.errors import Busy, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["LONG", "PATIENCE", "backup_lock", "run_lock", "write_lock"]

PATIENCE = 5.0  # seconds a writer waits for another one
LONG = 120.0  # of one that may not fail for that: a mail was accepted, and is to be noted
PAUSE = 0.01


@contextmanager
def run_lock(database: Path) -> Iterator[None]:
    """Hold the right to run on this database; raises `Busy` at once when another process has it."""
    made(database.parent)
    handle = opened(database.with_name(database.name + "-run.lock"))
    try:
        if not taken(handle):
            holder = os.pread(handle, 20, 0).decode("ascii", "replace").strip()
            who = f"process {holder}" if holder else "another process"
            raise Busy(
                str(database), f"{who} is running on this database", "nothing was done; try again when it has ended"
            )
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(handle)


@contextmanager
def backup_lock(database: Path) -> Iterator[None]:
    """Hold the right to copy this database somewhere; raises `Busy` at once when another process does."""
    handle = opened(database.with_name(database.name + "-backup.lock"))
    try:
        if not taken(handle):
            raise Busy(str(database), "another backup of it is being made", "try again when that has ended")
        yield
    finally:
        os.close(handle)


@contextmanager
def write_lock(database: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Hold the right to write; waits so many seconds for another writer, then raises `Busy`."""
    handle = opened(database.with_name(database.name + "-write.lock"))
    try:
        deadline = time.monotonic() + patience
        while not taken(handle):
            if time.monotonic() > deadline:
                raise Busy(str(database), f"another process has been writing for {patience:.0f} s", "try again")
            time.sleep(PAUSE)
        yield
    finally:
        os.close(handle)


def made(folder: Path) -> None:
    """The database's folder, for the first run."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(str(folder), f"can't be made: {error.strerror}", "is `database` right?") from error


def opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    except OSError as error:
        raise StoreError(
            str(path), f"the lock file can't be opened: {error.strerror}", "check the folder's rights"
        ) from error


def taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
