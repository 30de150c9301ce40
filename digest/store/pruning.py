"""What is not kept for ever: who settled deliveries were to, whose counts stay; the bytes of old dumps, if so configured."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from digest.store.database import stamp

if TYPE_CHECKING:
    from datetime import datetime

    from digest.store.database import Database

__all__ = ["KEPT", "Pruning"]

KEPT = timedelta(days=90)
AT_ONCE = 200  # dumps in one transaction: others wait for it


class Pruning:
    """What is not kept for ever. Each method is one transaction, or several that each leave all of it right."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def deliveries(self, now: datetime) -> int:
        """Forget what was sent or cancelled of editions older than `KEPT`; returns how many deliveries. One transaction each.

        Dead and held ones wait for their owner, and those of who pauses say what was not missed. The last row of all stays, so that no number is given twice: envelopes are
        known by it.
        """
        forgotten = 0
        for row in self._database.rows(OLD, {"oldest": stamp(now - KEPT)}):
            edition = {"edition": row["id"]}
            with self._database.transaction():
                self._database.write(COUNT, edition)
                forgotten += self._database.write(FORGET, edition)
        return forgotten

    def dumps(self, now: datetime, kept: timedelta) -> int:
        """Empty the dumps that came in longer ago than `kept`; returns how many. Some at a time in one transaction.

        All else of them stays, so that the same bytes are known when they come again, and so do those that were not
        read, or are suspect, or not settled: their bytes are still needed. The file gets no smaller; what comes in next
        is put where they were.
        """
        emptied, values = 0, {"oldest": stamp(now - kept), "most": AT_ONCE}
        while self._database.value(FULL, values):
            with self._database.transaction():
                emptied += self._database.write(EMPTY, values)
        return emptied


SETTLED = """
edition_id = :edition AND state IN ('sent', 'cancelled') AND delivery.id < (SELECT max(id) FROM delivery)
    AND subscription_id NOT IN (SELECT id FROM subscription WHERE missed_from IS NOT NULL)
"""
OLD = f"""
SELECT id FROM edition WHERE created < :oldest
    AND EXISTS (SELECT 1 FROM delivery WHERE {SETTLED.replace(":edition", "edition.id")})
ORDER BY id
"""
COUNT = f"""
INSERT INTO pruned (edition_id, state, deliveries)
SELECT edition_id, state, count(*) FROM delivery WHERE {SETTLED} GROUP BY state
ON CONFLICT (edition_id, state) DO UPDATE SET deliveries = deliveries + excluded.deliveries
"""
FORGET = f"DELETE FROM delivery WHERE {SETTLED}"
FULL = """
SELECT id FROM dump WHERE retrieved < :oldest AND length(body) > 0 AND verdict NOT IN ('quarantined', 'suspect')
ORDER BY id LIMIT :most
"""
EMPTY = f"UPDATE dump SET body = x'' WHERE id IN ({FULL})"
