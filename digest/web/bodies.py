"""What comes with a request is read here, whole and bounded, before anybody looks at it: no answer waits for a slow one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.datastructures import Headers
    from starlette.types import Message, Receive

__all__ = ["LARGEST", "SLOWEST", "body", "has_body", "replayed"]

LARGEST = 64 * 1024  # bytes of a form
SLOWEST = 10.0  # seconds until it must be here
UNREAD = 4 * 1024 * 1024  # bytes that are read and dropped, so that who sends them hears why they are refused
DIGITS = 18  # of a length that is one
NONSENSE, TOO_LARGE, TOO_SLOW = 400, 413, 408


def has_body(headers: Headers) -> bool:
    """Whether one comes (RFC 9112 §6)."""
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


async def body(headers: Headers, receive: Receive) -> bytes | int:
    """The body, or the status with which it is refused."""
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdecimal() and len(length) <= DIGITS):
        return NONSENSE
    announced = int(length)
    if announced > UNREAD or (announced > LARGEST and "expect" in headers):
        return TOO_LARGE
    kept = bytearray()
    try:
        async with asyncio.timeout(SLOWEST):
            size = await gathered(receive, kept)
    except TimeoutError:
        return TOO_SLOW
    if size is None:
        return NONSENSE
    return bytes(kept) if size <= LARGEST else TOO_LARGE


async def gathered(receive: Receive, kept: bytearray) -> int | None:
    """Its size; None: it broke off. `kept` holds what was read as long as it is not too large."""
    size, more = 0, True
    while more and size <= UNREAD:
        message = await receive()
        piece = message.get("body", b"")
        if message["type"] == "http.disconnect":  # half an address may be somebody else's
            return None
        more = message.get("more_body", False)
        size += len(piece)
        if size <= LARGEST:
            kept += piece
    return size


def replayed(whole: bytes, receive: Receive) -> Receive:
    """A `receive` that gives this body first, then whatever comes."""
    given: list[Message] = [{"type": "http.request", "body": whole, "more_body": False}]

    async def next_one() -> Message:
        return given.pop() if given else await receive()

    return next_one
