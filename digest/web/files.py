"""What `build` wrote, with strong validators: what has not changed is answered without being opened (RFC 9110 §13).

A document is put in place by a rename, so that its inode, its size and the nanosecond of its change name its bytes. Its
`.gz` beside it is another representation with a validator of its own, and counts only with the same time of change
(`digest/output.py`). What is sent is one file, opened once: headers and bytes are of the same document, also when another
takes its place meanwhile.
"""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response

from digest.render import paths
from digest.web.conditions import accepts_gzip, part, unchanged

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from digest.web.conditions import Part

__all__ = ["Found", "answer", "found"]

# XML says its charset in the parameter too, which counts before its own declaration (RFC 7303); JSON has none (RFC 8259 §11).
TYPES = {
    ".rss": "application/rss+xml; charset=utf-8",
    ".atom": "application/atom+xml; charset=utf-8",
    ".json": "application/feed+json",
    ".opml": "text/x-opml; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".webmanifest": "application/manifest+json",
}
ASKING = "no-cache"  # keep it, and ask each time: that costs a 304
FOR_GOOD = "public, max-age=31536000, immutable"  # RFC 8246
PIECE = 64 * 1024  # bytes that are read and sent at once
QUIETLY = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Found:
    """One document: where it lies for real, in which coding, and how it stood there."""

    path: Path
    coding: str
    stat: os.stat_result

    @property
    def tag(self) -> str:
        """Its entity tag."""
        return f'"{self.stat.st_ino:x}-{self.stat.st_size:x}-{self.stat.st_mtime_ns:x}"'


def answer(request: Request, folder: Path, path: str) -> Response | None:
    """The document, or that it has not changed; None: there is no such document."""
    gzip = accepts_gzip(", ".join(request.headers.getlist("accept-encoding")))
    while one := found(folder, path, gzip=gzip):
        if unchanged(request.headers, one.tag, one.stat.st_mtime):
            return Response(status_code=304, headers=validators(one, path))
        if request.method == "HEAD":
            return Response(headers=described(one, path))
        if opened := held(one):
            return sent(request, *opened, path)
        if not gzip:
            return None
        gzip = False  # its .gz has just gone, since another one comes
    return None


def found(folder: Path, path: str, *, gzip: bool) -> Found | None:
    """The document of that path, compressed where it lies there so; None: there is none that may be seen.

    No name that begins with a dot, no link out of the folder, no way up, and no `.gz` by its own name.
    """
    parts = path.split("/")
    if path.endswith(".gz") or any(not one or one.startswith(".") or "\\" in one or "\0" in one for one in parts):
        return None
    target = folder.joinpath(*parts)
    plain = regular(target, folder)
    packed = regular(target.with_name(f"{target.name}.gz"), folder, "gzip") if plain and gzip else None
    return packed if plain and packed and packed.stat.st_mtime_ns == plain.stat.st_mtime_ns else plain


def regular(target: Path, folder: Path, coding: str = "") -> Found | None:
    """What stands there, if it is a regular file that lies in the folder for real."""
    try:
        real = target.resolve(strict=True)
        seen = real.stat(follow_symlinks=False)
        inside = real.is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):  # not there, no name for a file, a link to itself
        return None
    return Found(real, coding, seen) if stat.S_ISREG(seen.st_mode) and inside else None


def held(one: Found) -> tuple[Found, IO[bytes]] | None:
    """The document, opened, as it is now; None: it has gone."""
    try:
        file = os.fdopen(os.open(one.path, QUIETLY), "rb")
    except OSError:
        return None
    now = Found(one.path, one.coding, os.fstat(file.fileno()))
    if stat.S_ISREG(now.stat.st_mode):
        return now, file
    file.close()
    return None


def validators(one: Found, path: str) -> dict[str, str]:
    """The headers that a 304 has too (RFC 9110 §15.4.5). No time is later than now (§8.8.2.1)."""
    return {
        "ETag": one.tag,
        "Last-Modified": formatdate(int(min(one.stat.st_mtime, time.time())), usegmt=True),
        "Vary": "Accept-Encoding",
        "Cache-Control": FOR_GOOD if paths.is_volume(path) else ASKING,
    }


def described(one: Found, path: str) -> dict[str, str]:
    """The headers of the whole document."""
    return {
        **validators(one, path),
        "Content-Type": TYPES.get(PurePosixPath(path).suffix, "application/octet-stream"),
        "Content-Length": str(one.stat.st_size),
        "Accept-Ranges": "bytes",
        **({"Content-Encoding": one.coding} if one.coding else {}),
    }


def sent(request: Request, one: Found, file: IO[bytes], path: str) -> Response:
    """All of it, or the part that was asked for; small ones at once."""
    size, headers, status = one.stat.st_size, described(one, path), 200
    wanted = part(request.headers, one.tag, size)
    first, end = wanted or (0, size)
    if wanted:
        if first >= end:
            file.close()
            return PlainTextResponse("", 416, {"Content-Range": f"bytes */{size}"})
        status = 206
        headers |= {"Content-Range": f"bytes {first}-{end - 1}/{size}", "Content-Length": str(end - first)}
    if end - first > PIECE:
        return Flow(file, (first, end), status, headers)
    with file:
        file.seek(first)
        return Response(file.read(end - first), status, headers)


class Flow(Response):
    """A file that is read while it is sent, so that one who reads slowly costs a piece of memory, not all of it."""

    def __init__(self, file: IO[bytes], wanted: Part, status: int, headers: dict[str, str]) -> None:
        super().__init__(status_code=status, headers=headers)
        self.file, self.wanted = file, wanted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, piece by piece."""
        del scope, receive
        with self.file:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            at, end = self.wanted
            self.file.seek(at)
            while at < end:
                piece = await run_in_threadpool(self.file.read, min(PIECE, end - at))
                if not piece:
                    return  # it was cut short under our hands: so is the answer
                at += len(piece)
                await send({"type": "http.response.body", "body": piece, "more_body": at < end})
