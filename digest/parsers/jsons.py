"""Values out of JSON that someone else wrote: what has the wrong type is not there."""

from __future__ import annotations

import json
from typing import Any

from digest.errors import UnreadableDump
from digest.parsers.encoding import decode
from digest.text import clean_text

__all__ = ["load", "objects", "text", "whole"]

_LARGEST = 2**53  # beyond this JSON's numbers are not exact (RFC 8259 §6)


def load(body: bytes, name: str) -> Any:  # noqa: ANN401 - JSON is anything
    """The JSON in these bytes; UnreadableDump says where it breaks off or goes wrong."""
    try:
        return json.loads(decode(body))
    except (ValueError, RecursionError) as fault:
        raise UnreadableDump(name, f"its JSON is broken: {fault}", "fetch it again") from None


def objects(value: object) -> list[dict[str, Any]]:
    """The objects in a list; nothing for all else."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text(value: object) -> str:
    """A string, cleaned; "" for all else."""
    return clean_text(value) if isinstance(value, str) else ""


def whole(value: object) -> int | None:
    """A whole number that is not negative; None for all else."""
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LARGEST
    return value if fits and isinstance(value, int) else None
