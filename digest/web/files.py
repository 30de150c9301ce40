"""What `build` wrote, with strong validators: what has not changed is answered without being opened (RFC 9110 §13).

A document is put in place by a rename, so that its inode, its size and the nanosecond of its change name its bytes. Its
`.gz` beside it, where there is one, is another representation with a validator of its own.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import FileResponse, Response

from digest.render import paths

if TYPE_CHECKING:
    import os

    from starlette.requests import Request

__all__ = ["Found", "answer", "found"]

TYPES = {
    **{f".{ending}": kind for ending, kind in paths.FEEDS.items()},
    ".opml": "text/x-opml",
    ".html": "text/html",
    ".css": "text/css",
    ".md": "text/markdown",
    ".txt": "text/plain",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".webmanifest": "application/manifest+json",
}


@dataclass(frozen=True, slots=True)
class Found:
    """One document: where it lies, in which coding, and how it stood there."""

    path: Path
    coding: str
    stat: os.stat_result

    @property
    def tag(self) -> str:
        """Its entity tag."""
        return f'"{self.stat.st_ino:x}-{self.stat.st_size:x}-{self.stat.st_mtime_ns:x}"'


def found(folder: Path, path: str, *, gzip: bool) -> Found | None:
    """The document of that path, compressed where it lies there so; None: there is none that may be seen.

    No name that begins with a dot, no link out of the folder, no way up.
    """
    parts = path.split("/")
    if any(not part or part.startswith(".") or "\\" in part or "\0" in part for part in parts):
        return None
    target = folder.joinpath(*parts)
    plain = regular(target, folder)
    if plain is None:
        return None
    packed = regular(target.with_name(f"{target.name}.gz"), folder) if gzip else None
    if packed and packed.st_mtime_ns >= plain.st_mtime_ns:
        return Found(target.with_name(f"{target.name}.gz"), "gzip", packed)
    return Found(target, "", plain)


def regular(target: Path, folder: Path) -> os.stat_result | None:
    """How a regular file stands there that lies in the folder for real."""
    try:
        seen = target.stat()
        inside = target.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError):
        return None
    return seen if stat.S_ISREG(seen.st_mode) and inside else None


def answer(request: Request, folder: Path, path: str) -> Response | None:
    """The document, or that it has not changed; None: there is no such document."""
    one = found(folder, path, gzip=accepts_gzip(request.headers.get("accept-encoding", "")))
    if one is None:
        return None
    headers = {
        "ETag": one.tag,
        "Last-Modified": formatdate(int(one.stat.st_mtime), usegmt=True),
        "Vary": "Accept-Encoding",
        "Cache-Control": "no-cache",  # keep it, and ask each time: that costs a 304
    }
    if unchanged(request, one):
        return Response(status_code=304, headers=headers)
    if one.coding:
        headers["Content-Encoding"] = one.coding
    kind = TYPES.get(Path(path).suffix, "application/octet-stream")
    return FileResponse(one.path, media_type=kind, headers=headers, stat_result=one.stat)


def unchanged(request: Request, one: Found) -> bool:
    """Whether whoever asks has these bytes: by their tags, else by their time (RFC 9110 §13.2.2)."""
    if tags := request.headers.get("if-none-match"):
        return tags.strip() == "*" or one.tag in {tag.strip().removeprefix("W/") for tag in tags.split(",")}
    since = request.headers.get("if-modified-since", "")
    try:
        return int(one.stat.st_mtime) <= parsedate_to_datetime(since).timestamp()
    except (ValueError, TypeError, OverflowError):
        return False


def accepts_gzip(header: str) -> bool:
    """Whether gzip is welcome (RFC 9110 §12.5.3)."""
    for one in header.lower().split(","):
        name, _, rest = one.partition(";")
        if name.strip() in {"gzip", "*"}:
            return rest.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
