"""That a daemon lives: it says so each minute, and when it ends in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.models import Heartbeat
from digest.store.database import instant, stamp

if TYPE_CHECKING:
    from datetime import datetime

    from digest.store.database import Database

__all__ = ["Daemons"]


class Daemons:
    """One row, of the last one. Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def born(self, pid: int, host: str, now: datetime) -> None:
        """A daemon begins; what was said of the one before is forgotten."""
        with self._database.transaction():
            self._database.write(BORN, {"pid": pid, "host": host, "now": stamp(now)})

    def beat(self, now: datetime, *, last: bool = False) -> None:
        """It lives; or, with `last`, it ends now."""
        with self._database.transaction():
            self._database.write(BEAT, {"now": stamp(now), "last": int(last)})

    def last(self) -> Heartbeat | None:
        """What is known of the last one; None: there was none."""
        row = self._database.row("SELECT * FROM daemon")
        if row is None:
            return None
        stopped = instant(row["stopped"]) if row["stopped"] else None
        return Heartbeat(row["pid"], row["host"], instant(row["started"]), instant(row["beat"]), stopped)


BORN = """
INSERT INTO daemon (id, pid, host, started, beat) VALUES (1, :pid, :host, :now, :now)
ON CONFLICT (id) DO UPDATE SET pid = excluded.pid, host = excluded.host, started = excluded.started,
    beat = excluded.beat, stopped = NULL
"""
BEAT = "UPDATE daemon SET beat = :now, stopped = CASE WHEN :last THEN :now END"
