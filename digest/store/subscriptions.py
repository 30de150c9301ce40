"""Subscriptions: who gets which digest. A reader's own word outlives config.toml.

pending ──confirmed──► active ──paused──► paused ──its day, or resumed──► active
active ──unsubscribed──► unsubscribed      active ──bounces──► bounced      in config.toml no more ──► removed

What is queued for one that is not active any more is cancelled (`outbox.recover`).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from datetime import date
from typing import TYPE_CHECKING, Any

from digest.models import Subscription
from digest.store.database import instant, stamp

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from digest.models import Standing
    from digest.store.database import Database

__all__ = ["Subscriptions"]

TOKEN = 10  # bytes, as twenty hex digits


class Subscriptions:
    """One row per digest and address. Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sync(self, digest: str, to: Mapping[str, bool], now: datetime) -> None:
        """Make these the addresses that config.toml gives the digest; the value: it reaches many.

        One that is new is subscribed, one that is gone is removed; what readers said themselves stays. An address that was
        deleted on request is not subscribed again.
        """
        known = {row["address"]: row for row in self._database.rows(OF_DIGEST, {"digest": digest})}
        by_fold = {address.casefold(): address for address in known}
        changes: list[tuple[str, dict[str, Any]]] = []
        for address, many in to.items():
            values = {"digest": digest, "address": address, "many": int(many), "at": stamp(now)}
            old = by_fold.get(address.casefold())
            if old is None:
                if not self.is_suppressed(address):
                    changes.append((ADD, values | NEW | {"token": secrets.token_hex(TOKEN), "origin": "config"}))
            elif old != address or known[old]["many"] != many or known[old]["state"] == "removed":
                changes.append((RESPELL, values | {"id": known[old]["id"]}))
        wanted = {address.casefold() for address in to}
        for address, row in known.items():
            if row["origin"] == "config" and row["state"] != "removed" and address.casefold() not in wanted:
                changes.append((REMOVE, {"id": row["id"], "at": stamp(now)}))
        if changes:
            with self._database.transaction():
                for statement, values in changes:
                    self._database.write(statement, values)

    def digests(self) -> tuple[str, ...]:
        """The digests that someone in config.toml gets."""
        return tuple(row["digest"] for row in self._database.rows(DIGESTS))

    def add(self, digest: str, address: str, now: datetime, **choice: Any) -> bool:  # noqa: ANN401 - columns
        """Subscribe an address by the owner's word; False where it is subscribed, or was deleted on request.

        `choice` may give state, topics, consent, many, reason and origin.
        """
        if self.is_suppressed(address) or self.find(address, digest):
            return False
        values = NEW | {"origin": "owner", "many": 0} | choice
        values["topics"] = json.dumps(list(values["topics"])) if values["topics"] else None
        values |= {"digest": digest, "address": address, "at": stamp(now), "token": secrets.token_hex(TOKEN)}
        with self._database.transaction():
            self._database.write(ADD, values)
        return True

    def all(self, digest: str | None = None, state: Standing | None = None) -> tuple[Subscription, ...]:
        """All of them, or those of one digest or in one state, by digest and address."""
        rows = self._database.rows(ALL, {"digest": digest, "state": state})
        return tuple(subscription_of(row) for row in rows)

    def find(self, address: str, digest: str | None = None) -> tuple[Subscription, ...]:
        """Those of one address, in any case of its letters."""
        rows = self._database.rows(FIND, {"address": address, "digest": digest})
        return tuple(subscription_of(row) for row in rows)

    def by_token(self, token: str) -> Subscription | None:
        """The one whose mails bear this token."""
        row = self._database.row("SELECT * FROM subscription WHERE token = :token", {"token": token})
        return subscription_of(row) if row else None

    def put(self, ids: Iterable[int], state: Standing, now: datetime, **said: str | None) -> int:
        """Put these into a state, with `until` and `reason` where they have some; returns how many it changed."""
        values = {"ids": json.dumps(list(ids)), "state": state, "at": stamp(now), "until": None, "reason": None} | said
        with self._database.transaction():
            return self._database.write(PUT, values)

    def choose(self, ids: Iterable[int], topics: Iterable[str]) -> int:
        """Give these another choice of topics; none: all. Returns how many."""
        chosen = list(topics)
        values = {"ids": json.dumps(list(ids)), "topics": json.dumps(chosen) if chosen else None}
        with self._database.transaction():
            return self._database.write(CHOOSE, values)

    def wake(self, today: date, now: datetime) -> None:
        """Let the paused ones whose day has come go on."""
        values = {"today": today.isoformat(), "at": stamp(now)}
        if self._database.value(DORMANT, values):
            with self._database.transaction():
                self._database.write(WAKE, values)

    def bounced(self, subscription: int, reason: str, *, hard: bool, now: datetime, most: int) -> None:
        """Note a bounce: a hard one suspends, and so does the `most`-th soft one in a row."""
        values = {"id": subscription, "reason": reason, "hard": int(hard), "at": stamp(now), "most": most}
        with self._database.transaction():
            self._database.write(BOUNCE, values)

    def delete(self, address: str, now: datetime) -> int:
        """Forget an address for ever, but for a keyed hash that keeps it from being written to; returns in how many digests.

        What was sent to it stays counted, without saying to whom.
        """
        values = {"address": address, "hash": self._hash(address), "at": stamp(now)}
        with self._database.transaction():
            self._database.write(SUPPRESS, values)
            self._database.write(ERASE_REPLIES, values)
            return self._database.write(ERASE, values)

    def is_suppressed(self, address: str) -> bool:
        """Whether an address was deleted on request."""
        found = self._database.value("SELECT 1 FROM suppression WHERE hash = :hash", {"hash": self._hash(address)})
        return bool(found)

    def _hash(self, address: str) -> str:
        key: bytes = self._database.value("SELECT value FROM secret WHERE name = 'addresses'")
        return hmac.new(key, address.casefold().encode(), hashlib.sha256).hexdigest()


def subscription_of(row: sqlite3.Row) -> Subscription:
    return Subscription(
        row["id"],
        row["digest"],
        row["address"],
        row["state"],
        since=instant(row["since"]),
        origin=row["origin"],
        token=row["token"],
        topics=tuple(json.loads(row["topics"])) if row["topics"] else (),
        many=bool(row["many"]),
        until=date.fromisoformat(row["until"]) if row["until"] else None,
        consent=row["consent"],
        soft=row["soft"],
        reason=row["reason"],
    )


# --- SQL --------------------------------------------------------------------------------------------------------

NEW: dict[str, Any] = {"state": "active", "topics": None, "consent": None, "reason": None}
OF_DIGEST = "SELECT id, address, many, state, origin FROM subscription WHERE digest = :digest"
DIGESTS = "SELECT DISTINCT digest FROM subscription WHERE origin = 'config' AND state != 'removed'"
ADD = """
INSERT INTO subscription (digest, address, state, origin, token, topics, many, since, consent, reason)
VALUES (:digest, :address, :state, :origin, :token, :topics, :many, :at, :consent, :reason)
ON CONFLICT (digest, address) DO NOTHING
"""
# Another case is the same reader: what is owed to it goes to the address as it is written now.
RESPELL = """
UPDATE OR IGNORE subscription SET address = :address, many = :many, origin = 'config',
    since = CASE state WHEN 'removed' THEN :at ELSE since END,
    state = CASE state WHEN 'removed' THEN 'active' ELSE state END
WHERE id = :id
"""
REMOVE = "UPDATE subscription SET state = 'removed', since = :at, reason = NULL WHERE id = :id"
ALL = """
SELECT * FROM subscription WHERE (:digest IS NULL OR digest = :digest) AND (:state IS NULL OR state = :state)
ORDER BY digest, address
"""
FIND = """
SELECT * FROM subscription WHERE lower(address) = lower(:address) AND (:digest IS NULL OR digest = :digest)
ORDER BY digest
"""
PUT = """
UPDATE subscription SET state = :state, since = :at, until = :until, reason = :reason, soft = 0
WHERE id IN (SELECT value FROM json_each(:ids)) AND (state != :state OR until IS NOT :until)
"""
CHOOSE = "UPDATE subscription SET topics = :topics WHERE id IN (SELECT value FROM json_each(:ids))"
DORMANT = "SELECT 1 FROM subscription WHERE state = 'paused' AND until <= :today LIMIT 1"
WAKE = """
UPDATE subscription SET state = 'active', since = :at, until = NULL WHERE state = 'paused' AND until <= :today
"""
BOUNCE = """
UPDATE subscription SET soft = soft + 1, reason = :reason,
    since = CASE WHEN :hard OR soft + 1 >= :most THEN :at ELSE since END,
    state = CASE WHEN :hard OR soft + 1 >= :most THEN 'bounced' ELSE state END
WHERE id = :id AND state IN ('active', 'paused', 'pending')
"""
SUPPRESS = "INSERT INTO suppression (hash, at) VALUES (:hash, :at) ON CONFLICT DO NOTHING"
ERASE_REPLIES = """
UPDATE delivery SET last_reply = NULL WHERE subscription_id IN (
    SELECT id FROM subscription WHERE lower(address) = lower(:address))
"""
ERASE = """
UPDATE subscription SET address = 'deleted-' || id, token = lower(hex(randomblob(10))), topics = NULL, consent = NULL,
    reason = NULL, origin = 'reader', state = 'unsubscribed', since = :at
WHERE lower(address) = lower(:address)
"""
