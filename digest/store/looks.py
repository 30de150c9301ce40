"""How it stands with the sources: which was looked at when, which failed how often."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from digest.models import Look
from digest.store.database import instant, stamp

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from digest.store.database import Database

__all__ = ["Looks"]

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=15), timedelta(hours=12)  # a daily run asks again every day
BELIEVED = timedelta(hours=24)  # a wait beyond this is a clock that was wrong


class Looks:
    """One row per source. Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> Mapping[str, Look]:
        """Every source that was ever asked, by name."""
        return {row["source"]: look_of(row) for row in self._database.rows("SELECT * FROM look ORDER BY source")}

    def any_answered(self, now: datetime) -> bool:
        """Whether any source answered the look of that instant."""
        return bool(self._database.value("SELECT 1 FROM look WHERE answered = :now LIMIT 1", {"now": stamp(now)}))

    def any_ended(self, source: str) -> bool:
        """Whether any look at this source that it answered ever came to its end."""
        look = self.all().get(source)
        return look is not None and look.answered is not None

    def waiting(self, now: datetime) -> Mapping[str, Look]:
        """The sources that failed and are not to be asked yet."""
        return {
            name: look
            for name, look in self.all().items()
            if look.not_before and now < look.not_before <= now + BELIEVED
        }

    def answered(self, source: str, now: datetime) -> None:
        """It answered, if only to say that nothing has changed."""
        self._write(Look(source, now, answered=now))

    def failed(self, source: str, fault: str, now: datetime, *, remote: bool = True) -> None:
        """It did not answer: one that is asked over a network is asked again later, twice as much later each time."""
        last = self.all().get(source, Look(source, now))
        wait = min(FIRST_WAIT * 2 ** min(last.failures, 10), LONGEST_WAIT)
        until = now + wait if remote else None
        self._write(replace(last, looked=now, failures=last.failures + 1, fault=fault, not_before=until))

    def _write(self, look: Look) -> None:
        values = {name: stamp(value) if isinstance(value, datetime) else value for name, value in asdict(look).items()}
        with self._database.transaction():
            self._database.write(NOTE, values)


def look_of(row: sqlite3.Row) -> Look:
    return Look(
        row["source"],
        instant(row["looked"]),
        answered=instant(row["answered"]) if row["answered"] else None,
        failures=row["failures"],
        fault=row["fault"],
        not_before=instant(row["not_before"]) if row["not_before"] else None,
    )


NOTE = """
INSERT INTO look (source, looked, answered, failures, fault, not_before)
VALUES (:source, :looked, :answered, :failures, :fault, :not_before)
ON CONFLICT (source) DO UPDATE SET looked = excluded.looked, answered = excluded.answered,
    failures = excluded.failures, fault = excluded.fault, not_before = excluded.not_before
"""
