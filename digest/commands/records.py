"""Records as lines: one record, one line, always."""

from __future__ import annotations

import json
import logging
import os
from datetime import datetime
from typing import TYPE_CHECKING, TextIO

from digest.errors import one_line
from digest.logs import KEYS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

__all__ = ["Json", "Lines", "Text"]

COLOURS = {"WARNING": "33", "ERROR": "31"}  # ECMA-48: yellow, red


class Lines(logging.StreamHandler[TextIO]):
    """Lines on a stream; one that is full or closed stops nothing."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - its name is logging's
        """Go on."""


class Json(logging.Formatter):
    """`{"time", "level", "event", "message", "run", "source", "dump", "edition", …}`; what is not known is null."""

    def __init__(self, zone: tzinfo, stream: TextIO) -> None:
        super().__init__()
        self._zone, self._escaped = zone, "utf" not in (stream.encoding or "utf-8").lower()

    def format(self, record: logging.LogRecord) -> str:
        """One object; JSON escapes whatever would break the line."""
        said = {
            "time": moment(record, self._zone).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": getattr(record, "event", None),
            "message": one_line(record.getMessage()),
        }
        return json.dumps(said | {**known_of(record), **said}, ensure_ascii=self._escaped, default=str)


class Text(logging.Formatter):
    """`07:00:03 INFO  look arxiv: 1 dump, 25 new`; the level has a colour on a terminal, unless NO_COLOR is set."""

    def __init__(self, zone: tzinfo, stream: TextIO) -> None:
        super().__init__()
        self._zone, self._coloured = zone, stream.isatty() and not os.environ.get("NO_COLOR")

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        level, colour = f"{record.levelname:<5}", COLOURS.get(record.levelname)
        if colour and self._coloured:
            level = f"\x1b[{colour}m{level}\x1b[0m"
        return f"{moment(record, self._zone):%H:%M:%S} {level} {one_line(record.getMessage())}"


def moment(record: logging.LogRecord, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(record.created, zone)


def known_of(record: logging.LogRecord) -> Mapping[str, object]:
    return getattr(record, "known", None) or dict.fromkeys(KEYS)
