"""Spans of time in words: "15 minutes", "1 hour", "90 days"."""

from __future__ import annotations

import re
from datetime import timedelta

__all__ = ["span"]

UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
SPAN = re.compile(r"(?:every )?([0-9]{1,4}) (minute|hour|day)s?")
EVERY = re.compile(r"every (minute|hour|day)")


def span(value: object) -> object:
    """The span that somebody wrote; what is no text is left to the type's own rule."""
    if not isinstance(value, str):
        return value
    plain = " ".join(value.casefold().split())
    if one := EVERY.fullmatch(plain):
        return UNITS[one[1]]
    found = SPAN.fullmatch(plain)
    if not found or not int(found[1]):
        raise ValueError(f'"{value[:40]}" is no time such as "15 minutes", "1 hour" or "2 days"')
    return int(found[1]) * UNITS[found[2]]
