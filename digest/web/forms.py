"""Forms as they come: read on the server's loop, where they may be slow, within bounds of size, fields and time.

Nothing of a form is believed: what it asks for is looked up in what there is.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

if TYPE_CHECKING:
    from starlette.types import Message, Receive

__all__ = ["Form", "read"]

LARGEST = 64 * 1024  # bytes
FIELDS = 200  # more than there are topics
PATIENCE = 10.0  # seconds until all of it has come


@dataclass(frozen=True, slots=True)
class Form:
    """The fields in their order; files are none of them."""

    fields: tuple[tuple[str, str], ...] = ()

    def one(self, name: str) -> str:
        """The first value of this name, without the blanks around it; "" where there is none."""
        return next(iter(self.all(name)), "")

    def all(self, name: str) -> tuple[str, ...]:
        """Each value of this name."""
        return tuple(value.strip() for key, value in self.fields if key == name)


async def read(request: Request) -> Form:
    """The form of a request, in either coding that browsers and mail programs use (RFC 8058 §3.2).

    Raises `HTTPException`: 413 for more than `LARGEST` bytes, 400 for what is no form or has too many fields, 408 for one that
    comes too slowly. A body of another kind is an empty form.
    """
    try:
        async with asyncio.timeout(PATIENCE):
            bounded = Request(request.scope, limited(request.receive))
            found = await bounded.form(max_files=0, max_fields=FIELDS, max_part_size=LARGEST)
    except TimeoutError as fault:
        raise HTTPException(408) from fault
    except (FormParserError, ClientDisconnect, ValueError) as fault:
        raise HTTPException(400) from fault
    return Form(tuple((name, value) for name, value in found.multi_items() if isinstance(value, str)))


def limited(receive: Receive) -> Receive:
    """The same body, until it is too large."""
    seen = 0

    async def bounded() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > LARGEST:
            raise HTTPException(413)
        return message

    return bounded
