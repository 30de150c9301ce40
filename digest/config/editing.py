"""Sources written into a config.toml that somebody wrote by hand: lines are added, and no byte of theirs changes.

tomlkit sets the new tables. Where they stand is found here, line by line: it would move tables that do not stand
together, and join a last line without an end to the new text. What comes out is read again before it counts.
"""

from __future__ import annotations

import os
import re
import tempfile
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from digest.config.text import read_document
from digest.errors import ConfigError, OutputError
from digest.output import sync

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

__all__ = ["free_name", "replace_text", "with_sources"]

Table = Mapping[str, str | bool]
DEFAULT: Mapping[str, str] = {
    "name": "dumps",
    "kind": "folder",
    "path": "dumps",
}  # what is a source where none is written
SOURCE = re.compile(r"""\s*\[\[\s*(?:source|"source"|'source')\s*\]\]""")
PART = re.compile(r"""\s*\[\[?\s*(?:source|"source"|'source')\s*\.""")
HEADER = re.compile(r"\s*\[")
LONGEST = 40  # characters of a name


def with_sources(text: str, tables: Sequence[Table], subject: str = "config.toml") -> str:
    """The same text with these `[[source]]` tables after the others; only lines are added.

    Where no source is written, the default one is written too, or it would be one no more. Raises `ConfigError` with the
    lines to add by hand where that can't be done.
    """
    bare = text.removeprefix("\ufeff")
    document = read_document(bare)
    wanted = [*([] if "source" in document else [DEFAULT]), *tables]
    new, written = inserted(bare, wanted), document.get("source", ())
    try:
        read = read_document(new)
    except ValueError:
        read = {}
    if not isinstance(written, tuple) or read != document | {"source": (*written, *wanted)}:
        what = "sources can't be added with all else left as it is; write these lines into it yourself:"
        raise ConfigError(subject, (what, *toml(tables).rstrip().split("\n")))
    return text[: len(text) - len(bare)] + new


def inserted(text: str, tables: Sequence[Table]) -> str:
    """The text with the tables before whatever follows the last source, a blank line on each side."""
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    end = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    at = place(lines)
    before, after = "".join(lines[:at]), "".join(lines[at:])
    gap = "" if not before else end if before.endswith("\n") else end * 2
    if gap == end and at and not lines[at - 1].strip():
        gap = ""
    block = toml(tables).rstrip("\n").replace("\n", end) + end
    return before + gap + block + (end if after else "") + after


def place(lines: Sequence[str]) -> int:
    """The number of the line before which another source belongs."""
    sources = [at for at, line in enumerate(lines) if SOURCE.match(line)]
    if not sources:
        return len(lines)
    heads = (at for at, line in enumerate(lines) if at > sources[-1] and HEADER.match(line) and not PART.match(line))
    at = next(heads, len(lines))
    while at < len(lines) and lines[at - 1].startswith("#"):  # what is said of the next table stays with it
        at -= 1
    return at


def toml(tables: Sequence[Table]) -> str:
    """The tables as TOML, with a blank line between."""
    import tomlkit  # noqa: PLC0415 - 130 ms

    return "\n".join(tomlkit.dumps({"source": [table]}) for table in tables)


def free_name(words: str, taken: Collection[str]) -> str:
    """A name for a source, made from a title or a host, that none of `taken` is: `cs-cl-updates-2`."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    name = re.sub("[^a-z0-9]+", "-", plain).strip("-")
    if len(name) > LONGEST:
        name = name[:LONGEST].rpartition("-")[0] if "-" in name[:LONGEST] else name[:LONGEST]
    name = name or "feed"
    others = (f"{name[: LONGEST - len(f'-{n}')]}-{n}" for n in count(2))
    return name if name not in taken else next(other for other in others if other not in taken)


def replace_text(path: Path, before: str, after: str) -> None:
    """Put the new text of a file in place whole, or not at all; raises `OutputError`.

    A symbolic link stays one; mode and owner stay, as far as the system lets them. `before` is what it must still hold:
    somebody may be editing it.
    """
    target = Path(os.path.realpath(path))
    try:
        if target.read_bytes() != before.encode():
            raise OutputError(str(path), "was changed in this moment by somebody else", "try again")
        put(target, after.encode())
    except OSError as error:
        raise OutputError(str(path), f"can't be written: {error.strerror}", "nothing was changed") from error


def put(target: Path, body: bytes) -> None:
    status = target.stat()
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            with suppress(OSError):  # only root may give a file away
                os.fchown(file.fileno(), status.st_uid, status.st_gid)
            os.fchmod(file.fileno(), status.st_mode & 0o7777)
            os.fsync(file.fileno())
        temporary.replace(target)
        sync(target.parent)
    finally:
        temporary.unlink(missing_ok=True)
