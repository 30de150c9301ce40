"""Subscriptions: who gets which digest. A reader's own word outlives config.toml.

pending ──confirmed──► active ──paused──► paused ──its day, or resumed──► active
active ──unsubscribed──► unsubscribed      active ──bounces──► bounced      in config.toml no more, and not unsubscribed ──► removed

What is queued for one that is not active any more is cancelled (`outbox.recover`).
"""

from __future__ import annotations

import json
import secrets
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from digest.models import Joining, Subscription, Withdrawn
from digest.store.database import instant, stamp
from digest.store.suppression import Suppression

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from digest.models import Standing
    from digest.store.database import Database

__all__ = ["ADD", "CHOOSE", "PUT", "TOKEN", "Subscriptions", "erase", "subscription_of", "values_of"]

Added = Literal["added", "already", "suppressed"]
TOKEN = 10  # bytes, as twenty hex digits


class Subscriptions:
    """One row per digest and address. Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._suppression = Suppression(database)

    def sync(self, digest: str, to: Mapping[str, bool], now: datetime) -> None:
        """Make these the addresses that config.toml gives the digest; the value: it reaches many.

        One that is new is subscribed, one that is gone is removed; what readers said themselves stays: who unsubscribed
        stays so, also when the address is taken out and comes back. One that was deleted on request is not subscribed again.
        """
        if self._changes(digest, to, now):
            with self._database.transaction():  # what a reader says meanwhile counts: all is looked at again
                for statement, values in self._changes(digest, to, now):
                    self._database.write(statement, values)

    def _changes(self, digest: str, to: Mapping[str, bool], now: datetime) -> list[tuple[str, dict[str, Any]]]:
        known = {row["address"]: row for row in self._database.rows(OF_DIGEST, {"digest": digest})}
        by_fold = {address.casefold(): address for address in known}
        changes: list[tuple[str, dict[str, Any]]] = []
        for address, many in to.items():
            values = {"digest": digest, "address": address, "many": int(many), "at": stamp(now)}
            old = by_fold.get(address.casefold())
            if old is None:
                if not self.is_suppressed(address):
                    changes.append((ADD, values_of(Joining(digest, address, origin="config", many=many), now)))
            elif needs_respelling(known[old], address, many=many):
                changes.append((RESPELL, values | {"id": known[old]["id"]}))
        wanted = {address.casefold() for address in to}
        for address, row in known.items():
            leaves = row["origin"] == "config" and row["state"] not in {"removed", "unsubscribed"}
            if leaves and address.casefold() not in wanted:
                changes.append((REMOVE, {"id": row["id"], "at": stamp(now)}))
        return changes

    def digests(self) -> tuple[str, ...]:
        """The digests that someone in config.toml gets."""
        return tuple(row["digest"] for row in self._database.rows(DIGESTS))

    def add(self, digest: str, address: str, now: datetime, **choice: Any) -> bool:  # noqa: ANN401 - fields
        """Subscribe an address by the owner's word; False where it is subscribed, or was deleted on request.

        `choice` may give state, topics, consent, many, reason and origin.
        """
        return self.add_many([Joining(digest, address, **choice)], now) == ("added",)

    def add_many(self, joining: Sequence[Joining], now: datetime) -> tuple[Added, ...]:
        """Subscribe all of these in one transaction; says of each whether it was, in their order.

        What the same call names twice is there already the second time.
        """
        with self._database.transaction():
            known = self._known([one.address for one in joining])
            refused = self._suppression.among([one.address for one in joining])
            new, anew, said = list[dict[str, Any]](), list[dict[str, Any]](), list[Added]()
            for one in joining:
                key = (one.digest, one.address.lower())
                id_, state = known.get(key, (None, None))
                if one.address.lower() in refused:
                    said.append("suppressed")
                elif id_ is not None and (state not in one.over or one.state == state):
                    said.append("already")
                else:
                    said.append("added")
                    (new if id_ is None else anew).append(values_of(one, now) | {"id": id_})
                    known[key] = (0, None)
            self._database.write_many(ADD, new)
            self._database.write_many(BEGIN_ANEW, anew)
        return tuple(said)

    def _known(self, addresses: Iterable[str]) -> dict[tuple[str, str], tuple[int, Standing | None]]:
        rows = self._database.rows(KNOWN, {"addresses": lowered(addresses)})
        return {(row["digest"], row["address"].lower()): (row["id"], row["state"]) for row in rows}

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

    def put(self, ids: Iterable[int], state: Standing, now: datetime, **said: object) -> int:
        """Put these into a state, with `until` and `reason` where they have some; returns how many it changed.

        `catch_up`: a paused one gets in one mail, when it goes on, what appeared meanwhile, and what was queued for it.
        """
        usual = {"until": None, "reason": None, "catch_up": False}
        values = {"ids": json.dumps(list(ids)), "state": state, "at": stamp(now)} | usual | said
        with self._database.transaction():
            return self._database.write(PUT, values)

    def choose(self, ids: Iterable[int], topics: Iterable[str]) -> int:
        """Give these another choice of topics; none: all. Returns how many."""
        chosen = list(topics)
        values = {"ids": json.dumps(list(ids)), "topics": json.dumps(chosen) if chosen else None}
        with self._database.transaction():
            return self._database.write(CHOOSE, values)

    def delete(self, address: str, now: datetime) -> int:
        """Forget an address for ever, but for a keyed hash that keeps it from being written to; returns in how many digests.

        What was sent to it stays counted, without saying to whom.
        """
        return self.delete_many([address], now)[1]

    def delete_many(self, addresses: Sequence[str], now: datetime) -> tuple[int, int]:
        """The same for all of these, known ones or not; returns how many are kept away from now on, and the subscriptions."""
        with self._database.transaction():
            return self._suppression.put(addresses, now), erase(self._database, addresses, now)

    def is_suppressed(self, address: str) -> bool:
        """Whether an address was deleted on request."""
        return bool(self._suppression.among([address]))

    def withdrawn(self, digest: str, addresses: Iterable[str]) -> tuple[Withdrawn, ...]:
        """Those of these that do not get the digest by their reader's own word, or because their mails came back."""
        given = list(addresses)
        rows = self._database.rows(WITHDRAWN, {"digest": digest, "addresses": lowered(given)})
        deleted = self._suppression.among(given)
        return (
            *(Withdrawn(digest, row["address"], row["state"], instant(row["since"])) for row in rows),
            *(Withdrawn(digest, one, "deleted") for one in given if one.lower() in deleted),
        )


def erase(database: Database, addresses: Iterable[str], now: datetime) -> int:
    """Forget these addresses, inside a transaction: in subscriptions, replies and requests; returns how many subscriptions."""
    values = {"addresses": lowered(addresses), "at": stamp(now)}
    database.write(ERASE_REPLIES, values)
    database.write(ERASE_REQUESTS, values)
    return database.write(ERASE, values)


def needs_respelling(row: sqlite3.Row, address: str, *, many: bool) -> bool:
    """Whether config.toml changes a subscription that is there: one that is its own, or that was removed from it."""
    differs = row["address"] != address or bool(row["many"]) != many
    return row["state"] == "removed" or (row["origin"] == "config" and differs)


def lowered(addresses: Iterable[str]) -> str:
    """As JSON, in small letters: addresses are ASCII, and SQLite's lower() knows no more."""
    return json.dumps([address.lower() for address in addresses])


def values_of(one: Joining, now: datetime) -> dict[str, Any]:
    """The columns of a subscription that is to be, with a token of its own."""
    return {
        "digest": one.digest,
        "address": one.address,
        "state": one.state,
        "origin": one.origin,
        "token": secrets.token_hex(TOKEN),
        "topics": json.dumps(list(one.topics)) if one.topics else None,
        "many": int(one.many),
        "at": stamp(one.since or now),
        "until": one.until.isoformat() if one.until else None,
        "consent": one.consent,
        "reason": one.reason,
    }


def subscription_of(row: sqlite3.Row) -> Subscription:
    """A row as a value."""
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
        catch_up=row["missed_from"] is not None,
    )


# --- SQL --------------------------------------------------------------------------------------------------------

OF_DIGEST = "SELECT id, address, many, state, origin FROM subscription WHERE digest = :digest"
DIGESTS = "SELECT DISTINCT digest FROM subscription WHERE origin = 'config' AND state != 'removed'"
ADD = """
INSERT INTO subscription (digest, address, state, origin, token, topics, many, since, until, consent, reason)
VALUES (:digest, :address, :state, :origin, :token, :topics, :many, :at, :until, :consent, :reason)
ON CONFLICT (digest, address) DO NOTHING
"""
BEGIN_ANEW = """
UPDATE subscription SET state = :state, origin = :origin, since = :at, until = :until, reason = :reason, soft = 0,
    topics = coalesce(:topics, topics), consent = coalesce(:consent, consent), token = :token, missed_from = NULL
WHERE id = :id
"""
KNOWN = """
SELECT id, digest, address, state FROM subscription
WHERE lower(address) IN (SELECT value FROM json_each(:addresses))
"""
WITHDRAWN = """
SELECT address, state, since FROM subscription WHERE digest = :digest AND state IN ('unsubscribed', 'bounced')
    AND lower(address) IN (SELECT value FROM json_each(:addresses)) ORDER BY address
"""
# Another case is the same reader: what is owed to it goes to the address as it is written now.
RESPELL = """
UPDATE OR IGNORE subscription SET address = :address, many = :many, origin = 'config',
    since = CASE state WHEN 'removed' THEN :at ELSE since END,
    state = CASE state WHEN 'removed' THEN coalesce(before, 'active') ELSE state END
WHERE id = :id
"""
REMOVE = """
UPDATE subscription SET state = 'removed', before = state, since = :at, missed_from = CASE state WHEN 'paused' THEN missed_from END
WHERE id = :id AND state NOT IN ('removed', 'unsubscribed')
"""
ALL = """
SELECT * FROM subscription WHERE (:digest IS NULL OR digest = :digest) AND (:state IS NULL OR state = :state)
ORDER BY digest, address
"""
FIND = """
SELECT * FROM subscription WHERE lower(address) = lower(:address) AND (:digest IS NULL OR digest = :digest)
ORDER BY digest
"""
# What is queued or in doubt when a pause begins is missed too, and so is what a mail that catches up was to tell of. Editions
# are known by their numbers in the order of sealing, which no clock that is wrong can turn round.
PUT = """
UPDATE subscription SET since = :at, until = :until, reason = :reason, soft = 0,
    state = CASE WHEN :state = 'active' AND state = 'bounced' AND before = 'pending' THEN 'pending' ELSE :state END,
    missed_from = CASE
        WHEN :state = 'active' THEN missed_from
        WHEN :state = 'paused' AND :catch_up THEN min(
            coalesce(missed_from, (SELECT coalesce(max(id), 0) + 1 FROM edition)),
            coalesce((SELECT min(told.id) FROM delivery JOIN edition AS own ON own.id = edition_id
                      JOIN edition AS told ON told.digest = own.digest AND (
                          told.id = own.id OR told.number IN (SELECT value FROM json_each(coalesce(missed, '[]'))))
                      WHERE subscription_id = subscription.id AND delivery.state IN ('queued', 'in_doubt')),
                     (SELECT coalesce(max(id), 0) + 1 FROM edition)))
    END
WHERE id IN (SELECT value FROM json_each(:ids))
    AND (state != :state OR until IS NOT :until OR (missed_from IS NOT NULL) != (:state = 'paused' AND :catch_up))
"""
CHOOSE = "UPDATE subscription SET topics = :topics WHERE id IN (SELECT value FROM json_each(:ids))"
ERASE_REPLIES = """
UPDATE delivery SET last_reply = NULL WHERE subscription_id IN (
    SELECT id FROM subscription WHERE lower(address) IN (SELECT value FROM json_each(:addresses)))
"""
ERASE_REQUESTS = "DELETE FROM request WHERE lower(address) IN (SELECT value FROM json_each(:addresses))"
ERASE = """
UPDATE subscription SET address = 'deleted-' || id, token = lower(hex(randomblob(10))), topics = NULL, consent = NULL,
    reason = NULL, origin = 'reader', state = 'unsubscribed', since = :at, until = NULL
WHERE lower(address) IN (SELECT value FROM json_each(:addresses))
"""
