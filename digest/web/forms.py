"""Forms as they come, after the guard has bounded their size and time: read on the server's loop, in few fields.

Nothing of a form is believed: what it asks for is looked up in what there is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

if TYPE_CHECKING:
    from starlette.requests import Request

__all__ = ["Form", "read"]

FIELDS = 200  # more than there are topics


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

    How large and how slow it may be is the guard's matter. Raises `HTTPException` 400 for what is no form, or has too many
    fields. A body of another kind is an empty form.
    """
    try:
        found = await request.form(max_files=0, max_fields=FIELDS)
    except (FormParserError, ClientDisconnect, ValueError) as fault:
        raise HTTPException(400) from fault
    return Form(tuple((name, value) for name, value in found.multi_items() if isinstance(value, str)))
