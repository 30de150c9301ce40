"""Which subscription and which delivery a mail that came back is about, proven by what only we and its mail system know.

And what a failure does to it: a hard one suspends, and so do several in a row.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from digest.store.database import stamp

if TYPE_CHECKING:
    from datetime import datetime

    from digest.store.database import Database

__all__ = ["About", "Returns"]

BACK_BY = timedelta(days=5)  # what has not come back then has arrived: no server tries for longer (RFC 5321 §4.5.4.1)
PROOF = 16  # hex digits: 64 bits are guessed by nobody, and a local part has room for 64 characters (RFC 5321 §4.5.3.1)
LONGEST_NUMBER = 18  # digits that SQLite takes for a number


@dataclass(frozen=True, slots=True)
class About:
    """The subscription that something proves to be about, by number and address; and the delivery, where it says which.

    `many`: its address reaches many, and no one of them speaks for all.
    """

    subscription: int
    address: str
    delivery: int | None = None
    many: bool = False


class Returns:
    """Tokens for envelopes, and back from them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def token(self, delivery: int) -> str:
        """What stands in the envelope of this delivery: `12.3f…`, its number and a proof that it is ours."""
        return f"{delivery}.{self._proof(delivery)}"

    def about(self, token: str | None, message_id: str | None) -> About | None:
        """What an envelope's token or, where none is given, a Message-ID proves; None: nothing.

        A Message-ID is the weaker proof: who answers a mail names it to all who read the answer.
        """
        number, dot, proof = (token or "").partition(".")
        if dot and number.isdecimal() and len(number) <= LONGEST_NUMBER:
            known = hmac.compare_digest(proof.encode(), self._proof(int(number)).encode())
            return self._one(BY_DELIVERY, int(number)) if known else None
        return self._one(BY_MESSAGE, message_id) if message_id and not token else None

    def of_link(self, token: str | None) -> About | None:
        """What the token of a reader's own link proves, which stands in no envelope."""
        return self._one(BY_LINK, token) if token else None

    def of(self, delivery: int) -> About | None:
        """What a delivery is about, where we know which one it is ourselves."""
        return self._one(BY_DELIVERY, delivery)

    def _proof(self, delivery: int) -> str:
        key: bytes = self._database.value("SELECT value FROM secret WHERE name = 'envelopes'")
        return hmac.new(key, str(delivery).encode(), hashlib.sha256).hexdigest()[:PROOF]

    def _one(self, sql: str, key: object) -> About | None:
        row = self._database.row(sql, {"key": key})
        return About(row["id"], row["address"], row["delivery"], many=bool(row["many"])) if row else None

    def failed(self, about: About, reason: str, *, hard: bool, now: datetime, most: int = 1) -> None:
        """Note a failure: a hard one suspends, and so does the `most`-th soft one in a row.

        A mail that was sent since the failure before, and did not come back within `BACK_BY`, ends the row. A failure of one
        delivery, and of those before it, counts once, however often it is read.
        """
        values: dict[str, object] = {"id": about.subscription, "delivery": about.delivery, "reason": reason}
        values |= {"hard": int(hard), "at": stamp(now), "most": most, "settled": stamp(now - BACK_BY)}
        with self._database.transaction():
            self._database.write(FAILED, values)


BY_DELIVERY = """
SELECT subscription.id, address, many, delivery.id AS delivery
FROM delivery JOIN subscription ON subscription.id = subscription_id WHERE delivery.id = :key
"""
BY_MESSAGE = """
SELECT subscription.id, address, many, delivery.id AS delivery
FROM delivery JOIN subscription ON subscription.id = subscription_id WHERE message_id = :key
"""
BY_LINK = "SELECT id, address, many, NULL AS delivery FROM subscription WHERE token = :key"
FAILED = """
UPDATE subscription SET soft = counted.n, soft_on = coalesce(:delivery, soft_on), reason = :reason,
    since = CASE WHEN :hard OR counted.n >= :most THEN :at ELSE since END,
    before = CASE WHEN :hard OR counted.n >= :most THEN state ELSE before END,
    state = CASE WHEN :hard OR counted.n >= :most THEN 'bounced' ELSE state END
FROM (SELECT CASE WHEN EXISTS (
          SELECT 1 FROM delivery WHERE subscription_id = :id AND delivery.state = 'sent'
              AND delivery.id > reader.soft_on AND delivery.id IS NOT :delivery AND queued_at < :settled)
          THEN 1 ELSE soft + 1 END AS n
      FROM subscription AS reader WHERE id = :id) AS counted
WHERE id = :id AND state IN ('active', 'paused', 'pending')
    AND (:delivery IS NULL OR soft_on IS NULL OR :delivery > soft_on OR (:hard AND :delivery = soft_on AND soft > 0))
"""
