"""What readers themselves do to their subscriptions, by the token in their link. A reader's word is one transaction.

A token is found by its first digits and then compared whole, in a time that says nothing of how far it fits: the first ones
alone are no secret that opens anything.
"""

from __future__ import annotations

import hmac
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from digest.models import Joining
from digest.store.database import stamp
from digest.store.subscriptions import ADD, CHOOSE, PUT, Subscriptions, erase, subscription_of, values_of
from digest.store.suppression import Suppression

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from digest.models import Standing, Subscription
    from digest.store.database import Database

__all__ = ["GETS", "Readers", "bearer", "join"]

TOKEN = re.compile(r"[0-9a-f]{20}")
HEAD = 8  # digits that find a token; the other twelve, 48 bits, are compared
GETS: frozenset[Standing] = frozenset(("active", "paused"))


class Readers:
    """Each method takes the token of somebody's link. None: there is no such link, or not any more."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, token: str) -> Subscription | None:
        """Whose link it is. That of an address that reaches many is nobody's."""
        row = bearer(self._database, OF_TOKEN, token)
        return subscription_of(row) if row else None

    def all(self, token: str) -> tuple[Subscription, ...]:
        """All subscriptions of the same address."""
        own = self.find(token)
        return Subscriptions(self._database).find(own.address) if own else ()

    def move(
        self, token: str, to: Standing, out_of: Collection[Standing], now: datetime, **said: object
    ) -> Subscription | None:
        """Put it into a state if it is in one `out_of` these, as `Subscriptions.put` does; how it stands then."""
        usual = {"until": None, "reason": None, "catch_up": False}
        with self._database.transaction():
            own = self.find(token)
            if own and own.state in out_of:
                values = {"ids": json.dumps([own.id]), "state": to, "at": stamp(now)} | usual | said
                self._database.write(PUT, values)
            return self.find(token)

    def choose(self, token: str, topics: Iterable[str]) -> Subscription | None:
        """Give it another choice of topics; none: all."""
        chosen = list(topics)
        with self._database.transaction():
            if own := self.find(token):
                values = {"ids": json.dumps([own.id]), "topics": json.dumps(chosen) if chosen else None}
                self._database.write(CHOOSE, values)
            return self.find(token)

    def take(self, token: str, digest: str, now: datetime, consent: str) -> Subscription | None:
        """Subscribe the same address to a digest, another one or, after it was left, the same; that subscription.

        Whoever has the link has shown already that the address is theirs. A choice of topics that is there stays.
        """
        with self._database.transaction():
            own = self.find(token)
            if own is None:
                return None
            wish = Joining(digest, own.address, origin="reader", consent=consent)
            there = known(self._database, wish)
            return join(self._database, replace(wish, topics=there.topics) if there else wish, now)

    def delete(self, token: str, now: datetime) -> Subscription | None:
        """Forget the address for ever, as `Subscriptions.delete` does; what it was."""
        with self._database.transaction():
            own = self.find(token)
            if own:
                Suppression(self._database).put([own.address], now)
                erase(self._database, [own.address], now)
            return own


def join(database: Database, wish: Joining, now: datetime) -> Subscription:
    """Subscribe by a reader's own word, inside a transaction: it ends every state in which nothing is got.

    Who gets it already, or pauses, is left alone. The link stays the same, so that those in older mails go on working.
    """
    there = known(database, wish)
    if there is None:
        database.write(ADD, values_of(wish, now))
    elif there.state not in GETS:
        database.write(JOIN_ANEW, values_of(wish, now) | {"id": there.id})
    (own,) = Subscriptions(database).find(wish.address, wish.digest)
    return own


def known(database: Database, wish: Joining) -> Subscription | None:
    return next(iter(Subscriptions(database).find(wish.address, wish.digest)), None)


def bearer(database: Database, sql: str, token: str) -> sqlite3.Row | None:
    """The row with this token, of those whose token begins like it."""
    if not TOKEN.fullmatch(token):
        return None
    head = token[:HEAD]
    rows = database.rows(sql, {"head": head, "end": f"{head}g"})
    return next((row for row in rows if hmac.compare_digest(row["token"], token)), None)


# --- SQL --------------------------------------------------------------------------------------------------------

OF_TOKEN = "SELECT * FROM subscription WHERE token >= :head AND token < :end AND many = 0"  # noqa: S105 - no secret
JOIN_ANEW = """
UPDATE subscription SET state = 'active', origin = 'reader', since = :at, until = NULL, reason = NULL, soft = 0,
    topics = :topics, consent = :consent, missed_from = NULL
WHERE id = :id
"""
