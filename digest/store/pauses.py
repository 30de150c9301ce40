"""The end of a pause: readers go on, and get in one mail what they missed, if they asked for it.

That mail is owed with the newest of the missed editions, since each edition owes a reader one delivery. What was sent to
them they did not miss; nor what its owner gave up, for them or for all. What was in doubt when the pause began they missed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from digest.store.database import stamp
from digest.store.owing import message_id_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Sequence
    from datetime import date, datetime

    from digest.store.database import Database

__all__ = ["Pauses"]


class Pauses:
    """Paused subscriptions whose time has come. Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def wake(self, today: date, now: datetime) -> None:
        """Let the paused ones whose day has come go on."""
        values = {"today": today.isoformat(), "at": stamp(now)}
        if self._database.value(DORMANT, values):
            with self._database.transaction():
                self._database.write(WAKE, values)

    def owe_missed(self, digests: Collection[str], now: datetime) -> None:
        """Queue a mail about what they missed of these digests for all who have gone on since.

        Where one of the editions is halted, as before its owner's word, all of it waits for a later run.
        """
        wanted = {"digests": json.dumps(list(digests))}
        if not self._database.value(BACK, wanted):
            return
        with self._database.transaction():
            key = self._database.value("SELECT value FROM secret WHERE name = 'envelopes'")
            for reader in self._database.rows(BACK, wanted):
                editions = self._database.rows(MISSED, {"id": reader["id"]})
                if not any(edition["halted"] for edition in editions):
                    chosen = frozenset(json.loads(reader["topics"])) if reader["topics"] else None
                    found = [(one, topics_of(self._database, one, chosen)) for one in editions]
                    owe_missed(self._database, reader, found, at=stamp(now), key=key)
                    self._database.write(CAUGHT_UP, {"id": reader["id"]})


def topics_of(database: Database, edition: sqlite3.Row, chosen: Collection[str] | None) -> Collection[str] | None:
    """The chosen topics that an edition shows; None: all of it was chosen."""
    if chosen is None:
        return None
    return {row["topic"] for row in database.rows(TOPICS, {"edition": edition["id"]})}.intersection(chosen)


Found = tuple["sqlite3.Row", "Collection[str] | None"]


def owe_missed(database: Database, reader: sqlite3.Row, found: Sequence[Found], *, at: str, key: bytes) -> None:
    """One delivery for all editions that have something for this reader; none where there is nothing."""
    wanted = [(edition, topics) for edition, topics in found if topics is None or topics]
    if not wanted:
        return
    (newest, _), topics = wanted[-1], set[str]().union(*(topics or () for _, topics in wanted))
    values: dict[str, Any] = {
        "edition": newest["id"],
        "reader": reader["id"],
        "message_id": message_id_of(f"missed\0{reader['digest']}\0{newest['number']}\0{at}", reader["address"], key),
        "topics": json.dumps(sorted(topics)) if topics else None,
        "missed": json.dumps([edition["number"] for edition, _ in wanted]),
        "at": at,
    }
    database.write(OWE_MISSED, values)


# --- SQL --------------------------------------------------------------------------------------------------------

DORMANT = "SELECT 1 FROM subscription WHERE state = 'paused' AND until <= :today LIMIT 1"
WAKE = """
UPDATE subscription SET state = 'active', since = :at, until = NULL, reason = NULL, soft = 0 WHERE state = 'paused' AND until <= :today
"""
BACK = """
SELECT id, digest, address, topics FROM subscription WHERE state = 'active' AND missed_from IS NOT NULL
    AND digest IN (SELECT value FROM json_each(:digests)) ORDER BY id
"""
MISSED = """
SELECT edition.id, edition.number,
       EXISTS (SELECT 1 FROM halt WHERE scope = edition.digest || '/' || edition.number) AS halted
FROM edition JOIN subscription ON subscription.digest = edition.digest
WHERE subscription.id = :id AND edition.id >= subscription.missed_from AND NOT edition.given_up
    AND NOT EXISTS (SELECT 1 FROM delivery WHERE edition_id = edition.id AND subscription_id = :id
                    AND (delivery.state != 'cancelled' OR delivery.given_up))
ORDER BY edition.number
"""
TOPICS = """
SELECT DISTINCT every.value AS topic
FROM edition_item, json_each(json_insert(also, '$[#]', topic)) AS every
WHERE edition_id = :edition AND topic IS NOT NULL
"""
OWE_MISSED = """
INSERT INTO delivery (edition_id, subscription_id, message_id, topics, missed, state, queued_at, next_at)
VALUES (:edition, :reader, :message_id, :topics, :missed, 'queued', :at, :at)
ON CONFLICT (edition_id, subscription_id) DO UPDATE SET state = 'queued', topics = excluded.topics,
    missed = excluded.missed, message_id = excluded.message_id, attempts = 0, doubts = 0, tried = NULL, queued_at = excluded.queued_at, next_at = excluded.next_at,
    last_reply = NULL
WHERE delivery.state = 'cancelled' AND NOT delivery.given_up
"""
CAUGHT_UP = "UPDATE subscription SET missed_from = NULL WHERE id = :id"
