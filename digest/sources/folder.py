"""A folder of dump files: regular, settled ones, each version once.

A file is opened so that nothing but a regular file can be read and nothing can make the reader wait for ever: no
symbolic link is followed, a fifo answers at once. What was read counts only if the file was the same before and
after; a file younger than two seconds is still being written, and what remains of the two seconds is waited out.
"""

from __future__ import annotations

import gzip
import os
import stat
import time
import zlib
from contextlib import suppress
from dataclasses import dataclass, replace
from io import BytesIO
from typing import IO, TYPE_CHECKING

from digest.errors import DumpError, RefusedDump, UnsettledDump
from digest.models import Fetched, Unchanged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

__all__ = ["ARCHIVE", "MAX_DUMP_BYTES", "Files", "Folder", "read_dump"]

MAX_DUMP_BYTES = 64 * 2**20
CHUNK = 2**22
SETTLED = 2.0  # seconds without a change
ARCHIVE = "archive"
FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Folder:
    """The `folder` source. Names are file names; files whose name begins with a dot are left alone."""

    remote = False
    apart = False

    path: Path
    max_bytes: int = MAX_DUMP_BYTES
    archive: bool = False
    sleep: Callable[[float], None] = time.sleep

    def fetch(self, cursor: Mapping[str, str], now: datetime) -> Iterator[Fetched | Unchanged | DumpError]:
        """Each file whose version is not the one in `cursor`, in the order of their names."""
        del now  # whether a file is still being written is a matter of the real clock
        for path in self._files():
            try:
                mark = mark_of(path.lstat())
                if cursor.get(printable(path)) == mark:
                    if self.archive:  # a crash may have come between owning and archiving
                        yield Unchanged(printable(path), mark)
                else:
                    wait_until_settled(path, self.sleep)
                    yield read_dump(path, self.max_bytes)
            except DumpError as error:
                yield error
            except FileNotFoundError:
                continue  # taken away since the folder was listed: nothing of ours
            except OSError as error:
                yield RefusedDump(str(path), f"can't be looked at: {error.strerror}", "check the folder's rights")

    def owned(self, found: Fetched | Unchanged) -> None:
        """Put a file into `archive/`, where the source is configured so; never over another file."""
        if self.archive and found.cursor:
            named = self.path / found.name
            for path in [named] if os.path.lexists(named) else self._files():
                if printable(path) == found.name:
                    self._put_away(path, found.cursor)

    def doubted(self, cursor: str) -> str:
        """The same: the bytes of a file are all there, and are read again by `digest requeue`."""
        return cursor

    def _put_away(self, path: Path, mark: str) -> None:
        """Archive the version of a file that was owned; one that was written since is a dump that nobody has read."""
        target = self.path / ARCHIVE / path.name
        try:
            if mark_of(path.lstat()) == mark and not os.path.lexists(target):
                target.parent.mkdir(exist_ok=True)
                path.rename(target)
                if version_of(target.lstat()) != mark.rpartition("-")[0]:
                    give_back(target, path)
        except FileNotFoundError:
            return
        except OSError as error:
            what = f"{printable(path)} can't be archived: {error.strerror}"
            raise RefusedDump(str(target.parent), what, "check its rights") from error

    def _files(self) -> list[Path]:
        try:
            names = sorted(entry.name for entry in self.path.iterdir())
        except OSError as error:
            raise RefusedDump(str(self.path), f"can't be looked into: {error.strerror}", "is `path` right?") from error
        return [self.path / name for name in names if not name.startswith(".") and not self._is_archive(name)]

    def _is_archive(self, name: str) -> bool:
        """Whether it is the folder where files are put away: also when that was configured once, and is not now."""
        return name == ARCHIVE and (self.path / name).is_dir() and not (self.path / name).is_symlink()


def give_back(target: Path, path: Path) -> None:
    """Put back a file that took the place of the one to be archived in the last instant; nobody has read it."""
    for place in (path, path.with_name(f"{path.name}.{target.lstat().st_ino}")):
        with suppress(FileExistsError):
            os.link(target, place, follow_symlinks=False)
            target.unlink()
            return


def wait_until_settled(path: Path, sleep: Callable[[float], None]) -> None:
    """Wait out what remains of the two seconds since the last change, by the real clock, then look again.

    A time of change that lies in the future says nothing: such a file must keep still for two seconds.
    """
    before = path.lstat()
    age = time.time() - before.st_mtime
    if not stat.S_ISREG(before.st_mode) or age >= SETTLED:
        return
    sleep(SETTLED - age if age >= 0 else SETTLED)
    if mark_of(path.lstat()) != mark_of(before):
        raise UnsettledDump(str(path), "is still being written", "the next run takes it")


def read_dump(path: Path, max_bytes: int = MAX_DUMP_BYTES) -> Fetched:
    """The bytes of one regular file, unpacked if it is `.gz`; raises `DumpError` and leaves the file where it is."""
    try:
        handle = os.open(path, FLAGS)
    except FileNotFoundError as error:
        raise RefusedDump(str(path), "there is no such file", "check the name") from error
    except OSError as error:
        raise RefusedDump(str(path), unopenable(path, error), "give a regular file that can be read") from error
    try:
        before = os.fstat(handle)
        check(path, before, max_bytes)
        body = whole(handle, max_bytes)
        if mark_of(os.fstat(handle)) != mark_of(before) or len(body) != before.st_size:
            raise UnsettledDump(str(path), "changed while it was read", "the next run takes it")
    except OSError as error:
        raise RefusedDump(str(path), f"can't be read: {error.strerror}", "check the disk; it stays there") from error
    finally:
        os.close(handle)
    return Fetched(printable(path), unpacked(path, body, max_bytes), cursor=mark_of(before))


def whole(handle: int, max_bytes: int) -> bytes:
    """All bytes of an open file, and a part more than `max_bytes` at the most."""
    with os.fdopen(handle, "rb", closefd=False) as file:
        return beginning(file, max_bytes)


def beginning(file: IO[bytes] | gzip.GzipFile, max_bytes: int) -> bytes:
    """What a file holds, part by part, so that a limit beyond all memory costs nothing."""
    parts: list[bytes] = []
    while max_bytes >= 0 and (part := file.read(CHUNK)):
        parts.append(part)
        max_bytes -= len(part)
    return b"".join(parts)


def printable(path: Path) -> str:
    r"""A file's name as text; bytes in it that are no UTF-8 stand as `\xff`, so that it can be stored and shown."""
    return os.fsencode(path.name).decode("utf-8", "backslashreplace")


def unopenable(path: Path, error: OSError) -> str:
    return "is a symbolic link" if path.is_symlink() else f"can't be opened: {error.strerror}"


def check(path: Path, status: os.stat_result, max_bytes: int) -> None:
    """Refuse what is not a regular file, or is too large."""
    if not stat.S_ISREG(status.st_mode):
        kind = next((name for test, name in KINDS if test(status.st_mode)), "a device")
        raise RefusedDump(str(path), f"is {kind}, not a regular file", "give a regular file")
    if status.st_size > max_bytes:
        what = f"is {status.st_size:,} bytes, more than `max_dump_bytes` = {max_bytes:,}"
        raise RefusedDump(str(path), what, "split it, or raise the limit")


def unpacked(path: Path, body: bytes, max_bytes: int) -> bytes:
    """The body, without its gzip wrapper if it has one; never more than `max_bytes`, whatever a bomb promises."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        with gzip.open(BytesIO(body)) as packed:
            plain = beginning(packed, max_bytes)
    except (OSError, EOFError, zlib.error):
        return body  # kept as it came: the parsers say what it is not
    if len(plain) > max_bytes:
        what = f"unpacks to more than `max_dump_bytes` = {max_bytes:,}"
        raise RefusedDump(str(path), what, "split it, or raise the limit")
    return plain


def mark_of(status: os.stat_result) -> str:
    """One version of a file where it is: also one that was written with the size and the times of the one before."""
    return f"{version_of(status)}-{status.st_ctime_ns}"


def version_of(status: os.stat_result) -> str:
    """One version of a file, wherever it is moved to: its size, time of change and inode."""
    return f"{status.st_size}-{status.st_mtime_ns}-{status.st_ino}"


KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a fifo"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISLNK, "a symbolic link"),
)


@dataclass(frozen=True, slots=True)
class Files:
    """Single files, as they are named on the command line: read at once, without waiting for them to settle."""

    remote = False
    apart = False

    paths: tuple[Path, ...]
    max_bytes: int = MAX_DUMP_BYTES

    def fetch(self, cursor: Mapping[str, str], now: datetime) -> Iterator[Fetched | DumpError]:
        """Each file, in the order given, also when it was read before: it may then turn out to be a duplicate."""
        del cursor, now
        for path in self.paths:
            try:
                yield replace(read_dump(path, self.max_bytes), cursor=None)
            except DumpError as error:
                yield error

    def owned(self, found: Fetched | Unchanged) -> None:
        """Leave the file where it is."""

    def doubted(self, cursor: str) -> str:
        """The same: the bytes of a file are all there."""
        return cursor
