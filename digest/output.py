"""The output folder: documents are put in place whole, or not at all.

Each is written to a temporary name, synced and renamed, so that a reader or a web server never sees half a page. A
document whose bytes stand there already is not touched: its time of change stays, and with it every cache.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from digest.models import Document

__all__ = ["Output", "sync"]


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
            with explained(self.folder / path), suppress(FileNotFoundError, NotADirectoryError):
                (self.folder / path).unlink()

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
    """Write one document; False when it stands there already."""
    if target.is_file() and target.stat().st_size == len(body) and target.read_bytes() == body:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.part")
    with temporary.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(target)
    return True


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
