"""Where the records of what happens go. Only the command line says so; `records` is imported where somebody listens."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC
from typing import TYPE_CHECKING

from digest.logs import DEBUG, INFO, logger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo
    from typing import TextIO

__all__ = ["fitting", "logs"]


@contextmanager
def logs(form: str | None, stream: TextIO, zone: tzinfo = UTC) -> Iterator[None]:
    """In here what happens is written to `stream`: as "text" or "json", with ":debug" behind it all of it; None: nothing.

    Threads that are started in here are heard too.
    """
    if form is None:
        yield
        return
    from digest.commands.records import Json, Lines, Text

    shape, _, level = form.partition(":")
    handler = Lines(stream)
    handler.setFormatter(Json(zone, stream) if shape == "json" else Text(zone, stream))
    ours, before = logger(), logger().level
    ours.addHandler(handler)
    ours.setLevel(DEBUG if level == "debug" else INFO)
    try:
        yield
    finally:
        ours.setLevel(before)
        ours.removeHandler(handler)


def fitting(stream: TextIO) -> str:
    """The form where none is asked for: text where somebody looks, JSON where a program reads."""
    return "text" if stream.isatty() else "json"
