"""Why what is due is not sent: the channel takes nothing, an edition's content is refused, or its owner has not said yes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from digest.models import Halt
from digest.store.database import instant, stamp

if TYPE_CHECKING:
    from datetime import datetime

    from digest.store.database import Database

__all__ = ["Halts"]

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=4)  # as RFC 5321 §4.5.4.1 has it for one host


class Halts:
    """One row for each thing that is halted. Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> tuple[Halt, ...]:
        """All halts, those too whose time is over, until something is accepted."""
        return tuple(
            Halt(
                row["scope"],
                row["why"],
                since=instant(row["since"]),
                until=instant(row["until"]) if row["until"] else None,
                times=row["times"],
            )
            for row in self._database.rows("SELECT * FROM halt ORDER BY scope")
        )

    def trying(self, now: datetime) -> tuple[Halt, ...]:
        """The halt of the whole queue, while its time is not over."""
        return tuple(halt for halt in self.all() if halt.scope == "all" and halt.until and halt.until > now)

    def leave_by(self, way: str) -> bool:
        """Mails leave by this way from now on. If it is another one, what halted the whole queue is over: True."""
        known = self._database.value("SELECT way FROM way")
        if known == way:
            return False
        with self._database.transaction():
            self._database.write(WAY, {"way": way})
            return known is not None and self._database.write(OVER, {"scope": "all"}) > 0

    def at_way(self, way: str) -> tuple[Halt, ...]:
        """All halts that hold for mails that leave by this way."""
        known = self._database.value("SELECT way FROM way")
        return tuple(halt for halt in self.all() if known in (None, way) or halt.scope != "all" or not halt.until)

    def halt(self, scope: str, why: str, now: datetime, *, again: bool = False) -> None:
        """Halt it; with `again` it is tried again by itself, after a time that doubles."""
        times = int(self._database.value("SELECT times FROM halt WHERE scope = :scope", {"scope": scope}) or 0)
        until = stamp(now + min(FIRST_WAIT * 2 ** min(times, 10), LONGEST_WAIT)) if again else None
        with self._database.transaction():
            self._database.write(HALT, {"scope": scope, "why": why, "now": stamp(now), "until": until})

    def over(self) -> bool:
        """A mail was accepted: what halts the whole queue, and would be tried again by itself, is over."""
        if not self._database.value("SELECT 1 FROM halt WHERE scope = 'all' AND until IS NOT NULL"):
            return False
        with self._database.transaction():
            return self._database.write(OVER, {"scope": "all"}) > 0

    def release(self, scope: str) -> bool:
        """Let it go on; False where it was not halted."""
        if not self._database.value("SELECT 1 FROM halt WHERE scope = :scope", {"scope": scope}):
            return False
        with self._database.transaction():
            return self._database.write("DELETE FROM halt WHERE scope = :scope", {"scope": scope}) > 0


WAY = """
INSERT INTO way (id, way) VALUES (1, :way) ON CONFLICT (id) DO UPDATE SET way = excluded.way
"""
OVER = "DELETE FROM halt WHERE scope = :scope AND until IS NOT NULL"
HALT = """
INSERT INTO halt (scope, why, since, until) VALUES (:scope, :why, :now, :until)
ON CONFLICT (scope) DO UPDATE SET why = excluded.why, until = excluded.until, times = times + 1
"""
