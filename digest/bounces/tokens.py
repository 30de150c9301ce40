"""Which of our mails came back: the token of its envelope sender, and its Message-ID.

Nothing found here is verified: whoever writes a mail can write any token into it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from digest.bounces.mime import Field

__all__ = ["TOKEN", "address_in", "message_id_in", "token_at", "token_in", "token_named", "xtext"]

TOKEN = r"[A-Za-z0-9.]{8,50}"  # noqa: S105  a pattern, no secret
# Where a mail says who it was delivered to; the envelope's recipient first, the writer's own word last.
ENVELOPE = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to", "to", "received")
RETURNED = ("return-path", "x-envelope", "x-envelope-from", "x-envelope-sender")

_WHOLE = re.compile(TOKEN)
_SENDER = re.compile(
    r"\+([0-9]{1,18}\.[0-9a-f]{16})@", re.IGNORECASE
)  # whatever stands before it: the owner chose the mailbox
_MESSAGE_ID = re.compile(r"<[0-9a-f]{32}@paperround\.local>")
_ADDRESS = re.compile(r"""(?<![^\s<>"(),;:@])[^\s<>"(),;:@]{1,64}@[A-Za-z0-9.-]{1,253}""")
_ANGLED = re.compile(r"""<\s{0,9}([^\s<>"(),;:@]{1,64}@[A-Za-z0-9.-]{1,253})\s{0,9}>""")
_LONGEST = 1000
_HEX = re.compile(r"\+([0-9A-F]{2})")
_NEED_NO_HEX = re.compile(r"[!-*,-<>-~]")


def token_in(fields: Iterable[Field], names: tuple[str, ...]) -> str | None:
    """The token in an address `NAME+TOKEN@host` of these fields, those named first before the others."""
    known = tuple(fields)
    values = (value for name in names for other, value in known if other == name)
    return next((token for token in map(token_at, values) if token), None)


def token_at(value: str) -> str | None:
    """The token of the first `+TOKEN@` in a value, also where a forwarder has wrapped it (SRS)."""
    found = _SENDER.search(value)
    return found[1] if found else None


def token_named(value: str) -> str | None:
    """The token that an `Original-Envelope-Id` is, or names as an address."""
    plain = xtext(value.strip())
    return token_at(plain) or (plain if _WHOLE.fullmatch(plain) else None)


def message_id_in(values: Iterable[str]) -> str | None:
    """The first Message-ID of ours, with its angle brackets as the store keeps it."""
    return next((found[0] for found in map(_MESSAGE_ID.search, values) if found), None)


def address_in(value: str) -> str | None:
    """The one address of a field, the one in angle brackets where there is one; None where there are several."""
    value = value[:_LONGEST]
    found = {at[1] for at in _ANGLED.finditer(value)} or set(_ADDRESS.findall(value))
    return found.pop() if len(found) == 1 else None


def xtext(value: str) -> str:
    """A value without its xtext encoding (RFC 3461 §4), where it certainly has one.

    Reports hold it decoded, or not, so that `ada+2Bnews@` is `ada+news@`, but `ada+45@` is itself: xtext has no reason
    to encode an E. One sign that is not encoded as it would have to be, and the whole value stays as it is.
    """
    octets = _HEX.findall(value)
    if not octets or value.count("+") != len(octets) or any(map(_needless, octets)):
        return value
    plain = _HEX.sub(lambda found: chr(int(found[1], 16)), value)
    return plain if plain.isprintable() and plain.isascii() and " " not in plain else value


def _needless(octet: str) -> bool:
    return bool(_NEED_NO_HEX.fullmatch(chr(int(octet, 16))))
