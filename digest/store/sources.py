"""What is remembered of each source, put together from its looks, its dumps and its marks."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from digest.models import SourceHistory, SourceRecord
from digest.store.database import instant
from digest.store.dumps import UNREAD_LATELY, told
from digest.store.looks import Looks
from digest.store.runs import Runs

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from digest.store.database import Database

__all__ = ["Sources"]


class Sources:
    """The sources that were ever asked for anything, or gave something; it only reads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def histories(self) -> Mapping[str, SourceHistory]:
        """What is known of each, by name."""
        looks = Looks(self._database).all()
        records = {record.source: record for record in Runs(self._database).sources()}
        last, unread = self._dumps(LAST), self._dumps(UNREAD_LATELY)
        news, cursors = self._by_source(NEWS), self._by_source(CURSORS)
        return {
            name: SourceHistory(
                records.get(name, SourceRecord(name)),
                looks.get(name),
                last_dump=told(last[name]) if name in last else None,
                unread=told(unread[name]) if name in unread else None,
                news_days=tuple(date.fromisoformat(row["listed_on"]) for row in news.get(name, ())),
                news_at=max((instant(row["came"]) for row in news.get(name, ())), default=None),
                cursors={row["name"]: row["cursor"] for row in cursors.get(name, ())},
            )
            for name in sorted({*looks, *records})
        }

    def latest_day(self, source: str, until: date) -> date | None:
        """The latest day that a listing of this source bears, up to that one: some claim days that are far away."""
        day = self._database.value(LATEST_DAY, {"source": source, "until": until.isoformat()})
        return date.fromisoformat(day) if day else None

    def _dumps(self, statement: str) -> Mapping[str, sqlite3.Row]:
        """The last of the dumps of each source that a statement answers."""
        return {row["source"]: row for row in self._database.rows(statement)}

    def _by_source(self, statement: str) -> Mapping[str, list[sqlite3.Row]]:
        found: dict[str, list[sqlite3.Row]] = {}
        for row in self._database.rows(statement):
            found.setdefault(row["source"], []).append(row)
        return found


LATEST_DAY = "SELECT max(listed_on) FROM dump WHERE source = :source AND listed_on <= :until AND verdict IS NOT NULL"
LAST = "SELECT * FROM dump WHERE id IN (SELECT max(id) FROM dump WHERE verdict IS NOT NULL GROUP BY source)"
CURSORS = "SELECT source, name, cursor FROM cursor"
NEWS = """
SELECT source, listed_on, max(retrieved) AS came FROM dump WHERE new + announced > withheld AND listed_on IS NOT NULL
GROUP BY source, listed_on ORDER BY source, listed_on DESC
"""
