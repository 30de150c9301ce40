"""What a request for a document says of what it has, and of what it takes: pure functions of headers (RFC 9110)."""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.datastructures import Headers

__all__ = ["Part", "accepts_gzip", "part", "unchanged"]

TAGS = re.compile(r'"[^"]*"')  # an entity tag without what marks it as weak: here both kinds are compared alike
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.IGNORECASE)
LEAST = 0.001  # the smallest weight but none (§12.4.2)

Part = tuple[int, int]  # the first byte, and the one after the last


def unchanged(headers: Headers, tag: str, changed: float) -> bool:
    """Whether whoever asks has these bytes: by their tags, and only where none are given by their time (§13.2.2).

    `tag` is that of the document, in quotes; `changed` its time, in seconds.
    """
    if tags := headers.getlist("if-none-match"):
        return any(one.strip() == "*" or tag in TAGS.findall(one) for one in tags)
    since = seconds(headers.get("if-modified-since", ""))
    return since is not None and int(changed) <= since


def part(headers: Headers, tag: str, size: int) -> Part | None:
    """The part that is asked for; None: all of it. An empty part is one that there is not.

    Several parts, and what can't be understood, are answered with all (§14.2 allows it). So is a part of what may be
    another document by now: `If-Range` counts with the very tag; times are too coarse for that (§13.1.5).
    """
    found = RANGE.fullmatch(headers.get("range", "").strip())
    if found is None or found.groups() == ("", "") or headers.get("if-range", tag) != tag:
        return None
    first, last = found.groups()
    if not first:
        return max(size - int(last), 0), size
    if last and int(last) < int(first):
        return None
    return min(int(first), size), min(int(last) + 1, size) if last else size


def accepts_gzip(header: str) -> bool:
    """Whether gzip is welcome (§12.5.3): named with a weight, or not named where everything is."""
    weights = dict(map(weighed, header.lower().split(",")))
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) >= LEAST


def weighed(one: str) -> tuple[str, float]:
    name, _, rest = one.partition(";")
    key, _, weight = rest.replace(" ", "").partition("=")
    try:
        return name.strip(), float(weight) if key == "q" else 1.0
    except ValueError:
        return name.strip(), 0.0


def seconds(header: str) -> float | None:
    """A time as headers give it (§5.6.7), in seconds; None: it is none."""
    try:
        moment = parsedate_to_datetime(header)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
