"""Which subscription and which delivery a mail that came back is about, proven by what only we and its mail system know."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digest.store.database import Database

__all__ = ["About", "Returns"]

PROOF = 16  # hex digits: 64 bits are guessed by nobody, and a local part has room for 64 characters (RFC 5321 §4.5.3.1)
LONGEST_NUMBER = 18  # digits that SQLite takes for a number


@dataclass(frozen=True, slots=True)
class About:
    """The subscription that something proves to be about, by number and address; and the delivery, where it says which."""

    subscription: int
    address: str
    delivery: int | None = None


class Returns:
    """Tokens for envelopes, and back from them; reads only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def token(self, delivery: int) -> str:
        """What stands in the envelope of this delivery: `12.3f…`, its number and a proof that it is ours."""
        return f"{delivery}.{self._proof(delivery)}"

    def about(self, token: str | None, message_id: str | None) -> About | None:
        """What an envelope's token, a subscription's own token or a Message-ID proves; None: nothing."""
        number, dot, proof = (token or "").partition(".")
        if dot and number.isdecimal() and len(number) <= LONGEST_NUMBER:
            known = hmac.compare_digest(proof.encode(), self._proof(int(number)).encode())
            found = self._one(BY_DELIVERY, int(number)) if known else None
        else:
            found = self._one(BY_LINK, token) if token else None
        return found or (self._one(BY_MESSAGE, message_id) if message_id else None)

    def of(self, delivery: int) -> About | None:
        """What a delivery is about, where we know which one it is ourselves."""
        return self._one(BY_DELIVERY, delivery)

    def _proof(self, delivery: int) -> str:
        key: bytes = self._database.value("SELECT value FROM secret WHERE name = 'envelopes'")
        return hmac.new(key, str(delivery).encode(), hashlib.sha256).hexdigest()[:PROOF]

    def _one(self, sql: str, key: object) -> About | None:
        row = self._database.row(sql, {"key": key})
        return About(row["id"], row["address"], row["delivery"]) if row else None


BY_DELIVERY = """
SELECT subscription.id, address, delivery.id AS delivery
FROM delivery JOIN subscription ON subscription.id = subscription_id WHERE delivery.id = :key
"""
BY_MESSAGE = """
SELECT subscription.id, address, delivery.id AS delivery
FROM delivery JOIN subscription ON subscription.id = subscription_id WHERE message_id = :key
"""
BY_LINK = "SELECT id, address, NULL AS delivery FROM subscription WHERE token = :key"
