"""The configuration in force, for what lives long: a file that changed is read again."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from digest import config as configuration
from digest.errors import DigestError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from digest.config import Config

__all__ = ["InForce"]


def any_will_do(config: Config) -> None:
    """Where whatever can be read is taken."""


@dataclass
class InForce:
    """A file that is faulty is told, once for each change, and the settings from before stay.

    `check` raises `DigestError` for a configuration that can be read, and not be used.
    """

    config: Config
    path: Path | None
    tell: Callable[[str], None]
    check: Callable[[Config], None] = any_will_do
    seen: object = field(init=False)
    reading: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.seen = version(self.path)

    def now(self) -> Config:
        """What counts now; the same object as long as nothing has changed."""
        with self.reading:
            if (found := version(self.path)) != self.seen:
                self.seen = found
                self._take()
            return self.config

    def _take(self) -> None:
        try:
            new = configuration.load(self.path)
            self._same_database(new)
            self.check(new)
        except DigestError as fault:
            self.tell(f"{fault}; the settings from before stay in force")
        else:
            self.config = new
            self.tell(f"{self.path} has changed, and counts from now on")

    def _same_database(self, new: Config) -> None:
        if new.database != self.config.database:
            raise DigestError(str(self.path), "names another `database`", "restart the daemon or the server")


def version(path: Path | None) -> object:
    """Something that is another thing when the file has changed; None where there is none."""
    try:
        found = path.stat() if path else None
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino) if found else None
