"""What is known of a source: how its looks went, and what it gave."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from digest.models.dumps import DumpReport
    from digest.models.runs import Look, SourceRecord

__all__ = ["NAMED_FILES", "First", "SourceHistory"]

First = Literal["all", "latest day", "nothing"]  # what the very first look at a source announces
NAMED_FILES = "file"  # the source of dumps that were named to `digest ingest`


@dataclass(frozen=True, slots=True)
class SourceHistory:
    """What the database remembers of one source.

    `unread`: a dump of its last look that was not read, or in part. `news_days` are the days on which it listed something
    new, the latest first; `news_at` is when the last of that came in. `cursors` are the source's own marks, by name.
    """

    record: SourceRecord
    look: Look | None = None
    last_dump: DumpReport | None = None
    unread: DumpReport | None = None
    news_days: tuple[date, ...] = ()
    news_at: datetime | None = None
    cursors: Mapping[str, str] = field(default_factory=dict)
