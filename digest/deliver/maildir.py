"""A Maildir: a folder of mails that every mail program reads, and that needs no server.

The file's name comes from the Message-ID, so that a second attempt finds what the first one wrote: a message lands
exactly once, whatever died in between. Readers move it from `new/` to `cur/` and add flags; it is found there too.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from digest.errors import TemporaryDelivery
from digest.models import Message, Receipt
from digest.output import sync

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Maildir"]


@dataclass(frozen=True, slots=True)
class Maildir:
    """The `maildir` channel. Keeps no state of its own."""

    path: Path

    def send(self, message: Message, in_doubt: Callable[[], None]) -> Receipt:
        """Write one message: a temporary file, synced, renamed into `new/`, and the folder synced."""
        name = hashlib.sha256(message.delivery.message_id.encode()).hexdigest()[:40] + ".paperround"
        try:
            self._prepare()
            found = self._found(name, tried=message.delivery.attempts > 0)
            if found is None:
                found = self._write(name, message.content, in_doubt)
        except OSError as error:
            what = f"can't be written: {error.strerror}"
            raise TemporaryDelivery(str(self.path), what, "mend it and run again: the mail waits") from error
        return Receipt(str(found))

    def close(self) -> None:
        """Nothing is held open."""

    def abort(self) -> None:
        """Nothing to drop: writing a file takes no time."""

    def _prepare(self) -> None:
        for part in ("tmp", "new", "cur"):
            if not (self.path / part).is_dir():
                (self.path / part).mkdir(parents=True, exist_ok=True)
                sync(self.path)
                sync(self.path.parent)

    def _found(self, name: str, *, tried: bool) -> Path | None:
        """Where this message lies already: new, or renamed by a program that read or copied it (`name,U=12:2,S`).

        Only a message that was `tried` before is looked for among all the others.
        """
        new = self.path / "new" / name
        if new.exists():
            return new
        for part in ("new", "cur") if tried else ():
            with os.scandir(self.path / part) as entries:
                found = next((entry.path for entry in entries if entry.name.startswith((f"{name}:", f"{name},"))), None)
            if found:
                return Path(found)
        return None

    def _write(self, name: str, content: bytes, in_doubt: Callable[[], None]) -> Path:
        temporary, final = self.path / "tmp" / name, self.path / "new" / name
        try:
            with temporary.open("wb") as file:
                file.write(content.replace(b"\r\n", b"\n"))
                file.flush()
                os.fsync(file.fileno())
            in_doubt()
            temporary.rename(final)
        finally:
            temporary.unlink(missing_ok=True)
        sync(self.path / "new")
        return final
