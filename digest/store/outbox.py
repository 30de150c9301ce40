"""The outbox: every delivery that is owed, and how far it got.

queued ──doubt──► in_doubt ──sent──► sent        queued, in_doubt ──dead, or postponed for five days──► dead
queued, in_doubt ──postponed──► queued, later    in_doubt ──a crash──► queued, once; then held
queued ──its reader paused, unsubscribed, bounced, was removed──► cancelled    queued, held, dead ──retry──► queued; ──cancel──► cancelled

What has left these states stays as it is: an answer that comes after its owner cancelled it changes nothing.

An attempt is counted when its doubt or, where it never came to one, its answer is noted: once.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from digest.models import Audience, Delivery, OutboxCounts
from digest.store.database import instant, stamp

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from digest.deliver.outcome import Outcome
    from digest.models import Scope, State
    from digest.store.database import Database

__all__ = [
    "CLAMP",
    "DOUBTED",
    "HOLD_SECOND_DOUBT",
    "LONGEST_WAIT",
    "REQUEUE_FIRST_DOUBT",
    "SETTLING",
    "Outbox",
    "settled",
]

LONGEST_WAIT = timedelta(hours=4)  # between two attempts; also the clamp after a clock that was wrong
PATIENCE = timedelta(days=5)  # RFC 5321 §4.5.4.1: at least four to five days
ENOUGH = 12  # attempts, without which no time is long enough: it may have been halted meanwhile


class Outbox:
    """One row per edition and subscription. Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def recover(self, now: datetime, *, hold: bool = False) -> None:
        """Put right what a crash or a wrong clock left: a first doubt is tried again, a second one is held.

        `hold`: the first one too.
        What is queued then for somebody who does not get the digest any more is cancelled.
        """
        latest = {"latest": stamp(now + LONGEST_WAIT)}
        if self._database.value(RECOVERABLE, latest):
            with self._database.transaction():
                self._database.write(HOLD_SECOND_DOUBT, {"most": 0 if hold else 1})
                self._database.write(REQUEUE_FIRST_DOUBT, {"now": stamp(now)})
                self._database.write(CANCEL, {})
                self._database.write(CLAMP, latest)
                self._database.write(CLAMP_HALTS, latest)

    def due(self, scope: Scope, most: int = -1, *, after: int = 0) -> tuple[Delivery, ...]:
        """At most so many of what should be attempted now, the oldest first, those of one audience together.

        `after` is the number of the last one that is known: those behind it.
        """
        rows = self._database.rows(NEXT, values_of(scope) | {"most": most, "after": after})
        return tuple(delivery_of(row) for row in rows)

    def count_due(self, scope: Scope) -> int:
        """How many should be attempted now."""
        return int(self._database.value(f"SELECT count(*) FROM ({DELIVERIES} WHERE {DUE})", values_of(scope)))

    def all(self, state: State | None = None, latest: int = -1) -> tuple[Delivery, ...]:
        """Every delivery, oldest first; only those in one state, if it is named, and only so many of the latest."""
        rows = self._database.rows(LATEST, {"state": state, "latest": latest})
        return tuple(delivery_of(row) for row in reversed(rows))

    def some(self, ids: Iterable[int]) -> tuple[Delivery, ...]:
        """Those of these numbers that there are."""
        rows = self._database.rows(f"{DELIVERIES} WHERE {THESE} {ORDER}", {"ids": json.dumps(list(ids))})
        return tuple(delivery_of(row) for row in rows)

    def stuck(self) -> tuple[Delivery, ...]:
        """What its owner must decide: dead or held, to somebody who still gets the digest."""
        rows = self._database.rows(f"{DELIVERIES} WHERE {STUCK} {ORDER}")
        return tuple(delivery_of(row) for row in rows)

    def of_edition(self, digest: str, number: int) -> tuple[int, ...]:
        """The deliveries of one edition that have not left the outbox for good."""
        rows = self._database.rows(OF_EDITION, {"digest": digest, "number": number})
        return tuple(row["id"] for row in rows)

    def to(self, subscriptions: Iterable[int]) -> tuple[Delivery, ...]:
        """Every delivery to these subscriptions, oldest first."""
        rows = self._database.rows(f"{DELIVERIES} WHERE {TO} {ORDER}", {"ids": json.dumps(list(subscriptions))})
        return tuple(delivery_of(row) for row in rows)

    def counts(self) -> OutboxCounts:
        """How many deliveries are in each state, the pruned ones too."""
        rows = self._database.rows(COUNTS)
        counts = {row["state"]: row["n"] for row in rows}
        return OutboxCounts(**counts, postponed=self._database.value(POSTPONED) if counts.get("queued") else 0)

    def note(
        self, doubts: Sequence[int], outcomes: Sequence[Outcome], now: datetime, *, hold: bool = False
    ) -> set[int]:
        """Commit what came of some attempts, and which messages may be accepted from now on; returns which of these may.

        Holds together: all of it. One that is not queued any more may not be accepted. What came of an attempt changes
        nothing where its owner cancelled it meanwhile. `hold`: what nobody can say of is held at once.
        """
        may: set[int] = set()
        with self._database.transaction():
            for outcome in outcomes:
                self._settle(outcome, now, hold=hold)
            if outcomes:
                self._database.write(FORGET, {"ids": json.dumps([one.delivery.id for one in outcomes])})
            for delivery in doubts:
                if self._database.write(DOUBT, {"delivery": delivery}):
                    may.add(delivery)
        return may

    def _settle(self, outcome: Outcome, now: datetime, *, hold: bool) -> None:
        statement = SETTLING.get(outcome.kind)
        if statement:
            self._database.write(statement, settled(outcome, now, hold=hold))

    def retry(self, deliveries: Sequence[int], now: datetime) -> int:
        """Queue held, dead or waiting deliveries again, at once; returns how many."""
        with self._database.transaction():
            return self._database.write(RETRY, {"ids": json.dumps(list(deliveries)), "now": stamp(now)})

    def give_up(self, digest: str, number: int) -> int:
        """Give up an edition for all: what is not sent, its halt, and what readers who come back would miss of it."""
        edition = {"digest": digest, "number": number}
        with self._database.transaction():
            self._database.write(EDITION_GIVEN_UP, edition)
            self._database.write("DELETE FROM halt WHERE scope = :digest || '/' || :number", edition)
            return self._database.write(GIVE_UP_OF, edition)

    def cancel(self, deliveries: Sequence[int]) -> int:
        """Give up deliveries that are not sent yet; returns how many."""
        with self._database.transaction():
            return self._database.write(GIVE_UP, {"ids": json.dumps(list(deliveries))})


def values_of(scope: Scope) -> dict[str, object]:
    """What `DUE` wants."""
    return {"now": stamp(scope.now), "digests": json.dumps(scope.digests), "since": scope.since}


def settled(outcome: Outcome, now: datetime, *, hold: bool = False) -> dict[str, object]:
    """What the statements of `SETTLING` want: what was said, and when it is tried again."""
    one = outcome.delivery
    wait = min(timedelta(minutes=1) * 2 ** min(one.attempts, 10), LONGEST_WAIT)
    values = {"delivery": one.id, "reply": outcome.reply, "next_at": stamp(now + wait), "hold": int(hold)}
    return values | {"oldest": stamp(now - PATIENCE), "now": stamp(now), "enough": ENOUGH}


def delivery_of(row: sqlite3.Row) -> Delivery:
    return Delivery(
        row["id"],
        row["digest"],
        edition=row["number"],
        to=row["address"],
        state=row["state"],
        message_id=row["message_id"],
        attempts=row["attempts"],
        doubts=row["doubts"],
        next_at=instant(row["next_at"]),
        last_reply=row["last_reply"],
        token="" if row["many"] else row["token"],
        audience=Audience(
            tuple(json.loads(row["topics"])) if row["topics"] else (),
            many=bool(row["many"]),
            subscribed=row["origin"] != "config",
            missed=tuple(json.loads(row["missed"])) if row["missed"] else (),
        ),
    )


# --- SQL --------------------------------------------------------------------------------------------------------

DELIVERIES = """
SELECT delivery.id, edition.digest, edition.number, subscription.address, delivery.state, delivery.message_id,
       delivery.attempts, delivery.doubts, delivery.next_at, delivery.last_reply, delivery.topics, delivery.missed,
       subscription.token, subscription.many, subscription.origin
FROM delivery JOIN edition ON edition.id = delivery.edition_id
JOIN subscription ON subscription.id = delivery.subscription_id
"""
COUNTS = """
SELECT state, sum(n) AS n FROM (
    SELECT state, count(*) AS n FROM delivery GROUP BY state
    UNION ALL SELECT state, sum(deliveries) FROM pruned GROUP BY state
) GROUP BY state
"""
POSTPONED = "SELECT count(*) FROM delivery WHERE state = 'queued' AND attempts > 0"
LATEST = f"{DELIVERIES} WHERE :state IS NULL OR delivery.state = :state ORDER BY delivery.id DESC LIMIT :latest"
THESE = "delivery.id IN (SELECT value FROM json_each(:ids))"
TO = "delivery.subscription_id IN (SELECT value FROM json_each(:ids))"
ORDER = "ORDER BY delivery.id"
# Both states are named so that the index of what waits is taken, which has them in order: what was sent is never looked at.
DUE = """
delivery.state IN ('queued', 'in_doubt') AND delivery.state = 'queued' AND next_at <= :now AND edition.id NOT IN (
    SELECT halted.id FROM edition AS halted JOIN halt ON scope IN ('all', halted.digest || '/' || halted.number)
    WHERE until IS NULL OR until > :now)
AND subscription.state = 'active' AND +delivery.edition_id > :since
AND +edition.digest IN (SELECT value FROM json_each(:digests))
"""
NEXT = f"{DELIVERIES} WHERE {DUE} AND delivery.id > :after {ORDER} LIMIT :most"
STUCK = "delivery.state IN ('dead', 'held') AND subscription.state = 'active'"
OF_EDITION = """
SELECT delivery.id FROM delivery JOIN edition ON edition.id = delivery.edition_id
WHERE digest = :digest AND number = :number AND state NOT IN ('sent', 'cancelled') ORDER BY delivery.id
"""
RECOVERABLE = """
SELECT 1 FROM delivery JOIN subscription ON subscription.id = delivery.subscription_id
WHERE delivery.state IN ('queued', 'in_doubt')
    AND (delivery.state = 'in_doubt' OR next_at > :latest OR subscription.state != 'active')
UNION ALL SELECT 1 FROM halt WHERE until > :latest LIMIT 1
"""
HOLD_SECOND_DOUBT = """
UPDATE delivery SET state = 'held', last_reply = 'nobody can say whether it was accepted'
WHERE state = 'in_doubt' AND doubts > :most
"""
REQUEUE_FIRST_DOUBT = "UPDATE delivery SET state = 'queued', next_at = :now WHERE state = 'in_doubt'"
CLAMP = "UPDATE delivery SET next_at = :latest WHERE state = 'queued' AND next_at > :latest"
CLAMP_HALTS = "UPDATE halt SET until = :latest WHERE until > :latest"
CANCEL = """
UPDATE delivery SET state = 'cancelled' WHERE state = 'queued'
    AND subscription_id IN (SELECT id FROM subscription WHERE state != 'active')
"""
DOUBTED = """
UPDATE delivery SET state = 'in_doubt', attempts = attempts + 1, doubts = doubts + 1
WHERE id = :delivery AND state = 'queued'
"""
DOUBT = f"{DOUBTED} AND subscription_id IN (SELECT id FROM subscription WHERE state = 'active')"
SENT = """
UPDATE delivery SET state = 'sent', attempts = attempts + (state = 'queued'), last_reply = :reply
WHERE id = :delivery AND state IN ('queued', 'in_doubt')
"""
DEAD = SENT.replace("'sent'", "'dead'")
UNKNOWN = """
UPDATE delivery SET state = CASE WHEN doubts > 1 OR :hold THEN 'held' ELSE 'queued' END, next_at = :next_at,
    last_reply = :reply
WHERE id = :delivery AND state = 'in_doubt'
"""
POSTPONE = """
UPDATE delivery SET state = CASE WHEN tried < :oldest AND attempts >= :enough THEN 'dead' ELSE 'queued' END,
    tried = coalesce(tried, :now), attempts = attempts + (state = 'queued'), doubts = doubts - (state = 'in_doubt'), next_at = :next_at, last_reply = :reply
WHERE id = :delivery AND state IN ('queued', 'in_doubt')
"""
# Said of us, but only about this one: nobody is given up for it, and in the end its owner must look.
OURS = POSTPONE.replace("'dead'", "'held'")
# The relay's fault, certainly not accepted: neither an attempt nor a doubt of this message.
UNTOUCHED = """
UPDATE delivery SET attempts = attempts - 1, doubts = doubts - 1, state = 'queued', last_reply = :reply
WHERE id = :delivery AND state = 'in_doubt'
"""
SETTLING = {
    "sent": SENT,
    "dead": DEAD,
    "refused": DEAD,
    "later": POSTPONE,
    "ours": OURS,
    "unknown": UNKNOWN,
    "untouched": UNTOUCHED,
}
# What a server said names the address; of one that was deleted meanwhile nothing may come back.
FORGET = """
UPDATE delivery SET last_reply = NULL WHERE id IN (SELECT value FROM json_each(:ids)) AND last_reply IS NOT NULL
    AND subscription_id IN (SELECT id FROM subscription WHERE address LIKE 'deleted-%')
"""
RETRY = """
UPDATE delivery SET state = 'queued', doubts = 0, next_at = :now, queued_at = :now, tried = NULL
WHERE state IN ('held', 'dead', 'queued') AND id IN (SELECT value FROM json_each(:ids))
"""
EDITION_GIVEN_UP = "UPDATE edition SET given_up = 1 WHERE digest = :digest AND number = :number"
GIVE_UP_OF = """
UPDATE delivery SET state = 'cancelled', given_up = 1 WHERE state IN ('queued', 'held', 'dead')
    AND edition_id = (SELECT id FROM edition WHERE digest = :digest AND number = :number)
"""
GIVE_UP = """
UPDATE delivery SET state = 'cancelled', given_up = 1
WHERE state IN ('queued', 'held', 'dead') AND id IN (SELECT value FROM json_each(:ids))
"""
