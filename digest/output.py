"""The output folder: documents are put in place whole, or not at all.

Each is written to a temporary name, synced and renamed, so that a reader or a web server never sees half a page. A
document whose bytes stand there already is not touched: its time of change stays, and with it every cache.

Beside a large document stands its `.gz`, for servers that hand it out as it lies (ours, nginx's `gzip_static`). nginx
never asks whether it is of the same day, so the old one goes before its document is replaced; what is missing when
somebody looks is only the saving. Both have the same time of change, which tells that they belong together.
"""

from __future__ import annotations

import gzip
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from digest.models import Document

__all__ = ["PACKED", "Output", "sync"]

PACKED = 16 * 1024  # bytes: what is smaller arrives in one round trip as it is (ten segments, RFC 6928 §2)


@dataclass(frozen=True, slots=True)
class Output:
    """The folder that `build` writes (`public/`)."""

    folder: Path

    def put(self, documents: Iterable[Document]) -> list[str]:
        """Write these documents; returns the paths of those that changed."""
        changed = []
        folders = set()
        for document in documents:
            target = self.folder / document.path
            with explained(target):
                if put(target, document.text.encode()):
                    changed.append(document.path)
                    folders.add(target.parent)
        for folder in folders:
            with explained(folder):
                sync(folder)
        return changed

    def remove(self, paths: Iterable[str]) -> None:
        """Take away documents that are not true any more."""
        for path in paths:
            for target in (packed(self.folder / path), self.folder / path):
                with explained(target), suppress(FileNotFoundError, NotADirectoryError):
                    target.unlink()

    def missing(self, paths: Iterable[str]) -> set[str]:
        """Those of these paths where nothing stands."""
        present: dict[str, set[str]] = {}
        gone = set()
        for path in paths:
            folder, _, name = path.rpartition("/")
            if folder not in present:
                with explained(self.folder / folder):
                    present[folder] = names_in(self.folder / folder)
            if name not in present[folder]:
                gone.add(path)
        return gone


def put(target: Path, body: bytes) -> bool:
    """Write one document, and its `.gz` where that pays; False when it stands there already."""
    known = target.is_file() and target.stat().st_size == len(body) and target.read_bytes() == body
    if not known:
        packed(target).unlink(missing_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        write(target, body)
    if len(body) >= PACKED and not is_packed(target):
        write(packed(target), gzip.compress(body, 9, mtime=0), changed=target.stat().st_mtime_ns)
    return not known


def packed(target: Path) -> Path:
    return target.with_name(f"{target.name}.gz")


def is_packed(target: Path) -> bool:
    """Whether the document's `.gz` stands beside it, and is its own."""
    try:
        return packed(target).stat().st_mtime_ns == target.stat().st_mtime_ns
    except FileNotFoundError:
        return False


def write(target: Path, body: bytes, changed: int | None = None) -> None:
    """Put a file in place whole; `changed`, in nanoseconds, is the time of change that it gets."""
    temporary = target.with_name(f".{target.name}.part")
    with temporary.open("wb") as file:
        file.write(body)
        file.flush()
        if changed is not None:
            os.utime(file.fileno(), ns=(changed, changed))
        os.fsync(file.fileno())
    temporary.replace(target)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn the system's faults into one line that says what to do."""
    try:
        yield
    except OSError as error:
        what = f"can't be written: {error.strerror}"
        raise OutputError(str(path), what, "mend it and run again: nothing is lost") from error


def names_in(folder: Path) -> set[str]:
    try:
        return {entry.name for entry in folder.iterdir()}
    except (FileNotFoundError, NotADirectoryError):
        return set()


def sync(folder: Path) -> None:
    """Make the renames in a folder last through a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
