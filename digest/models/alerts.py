"""What the owner must know: what is wrong now, what was told of it, and the mails that tell it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Alarm", "Alert", "Notice", "Space"]


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that is wrong now. `key` is the same as long as it lasts; `lines` say what was said and what to do.

    `since`, where that is known. `mute`: no mail can tell of it while it lasts.
    """

    key: str
    subject: str
    lines: tuple[str, ...]
    since: datetime | None = None
    mute: bool = False


@dataclass(frozen=True, slots=True)
class Alert:
    """An alarm on record, from its beginning to its end; `over` is what is told of the end, "" where nothing is.

    `told`: a mail of its beginning was made.
    """

    id: int
    key: str
    subject: str
    lines: tuple[str, ...]
    begun: datetime
    ended: datetime | None = None
    over: str = ""
    told: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """The mail of one pass about one alert or several. `message_id` is the same on every attempt."""

    id: int
    subject: str
    text: str
    message_id: str
    attempts: int = 0
    doubts: int = 0


@dataclass(frozen=True, slots=True)
class Space:
    """How many bytes of the disk with the database are free, and how many it has."""

    free: int
    total: int
