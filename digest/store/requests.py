"""What somebody asked for on the web, until the button behind the link in a mail is pressed; and that mail, which is owed.

The mail is a row's own, and goes the way of deliveries (`outbox`): it is written down with the request, in one transaction. Who
asks learns nothing of what was known of the address: each request is a row, that of an address which gets no mail too.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from digest.models import VALID, Joining, Request
from digest.store.database import instant, stamp
from digest.store.mailing import Mailing
from digest.store.owing import message_id_of
from digest.store.readers import GETS, bearer, join
from digest.store.subscriptions import TOKEN, Subscriptions
from digest.store.suppression import Suppression

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

    from digest.models import Errand, Subscription

__all__ = ["KEPT", "Confirmed", "Requests"]

KEPT = timedelta(
    days=30
)  # so long a link that is good no more is told from one that never was; the address: as long as it is good
MOST = 5  # mails to one address while their links are good: who asks in another's name can't fill a mailbox


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a link that confirms has done, or did before; the subscription, where there is one now."""

    how: Literal["now", "before", "too late", "unknown"]
    subscription: Subscription | None = None


class Requests(Mailing):
    """One row for each request. Each method is one transaction."""

    table = "request"

    def ask(self, wish: Joining, now: datetime) -> None:
        """Note that this is asked for, and owe the mail about it: the link that confirms, or the one that is there.

        No mail is owed to an address that was deleted on request, to one that reaches many, and to one that got `MOST` of
        them lately.
        """
        with self._database.transaction():
            kind = self._errand(wish, now)
            key: bytes = self._database.value("SELECT value FROM secret WHERE name = 'envelopes'")
            token = secrets.token_hex(TOKEN)
            values = {
                "kind": kind,
                "token": token,
                "address": "" if kind == "nobody" else wish.address,
                "digest": wish.digest,
                "topics": json.dumps(list(wish.topics)) if wish.topics else None,
                "now": stamp(now),
                "message_id": message_id_of(f"request\0{token}", wish.address, key),
                "state": "dead" if kind == "nobody" else "queued",
            }
            self._database.write(ASK, values)

    def _errand(self, wish: Joining, now: datetime) -> Errand:
        there = Subscriptions(self._database).find(wish.address)
        lately = self._database.value(LATELY, {"address": wish.address, "oldest": stamp(now - VALID)})
        refused = Suppression(self._database).among([wish.address]) or any(one.many for one in there)
        if refused or lately >= MOST:
            return "nobody"
        return "manage" if any(one.digest == wish.digest and one.state in GETS for one in there) else "confirm"

    def find(self, token: str) -> Request | None:
        """What the link that confirms is about; None: there is none such."""
        row = bearer(self._database, OF_TOKEN, token)
        return request_of(row) if row else None

    def of(self, address: str) -> tuple[Request, ...]:
        """What was asked for with this address lately, the oldest first."""
        return tuple(request_of(row) for row in self._database.rows(OF_ADDRESS, {"address": address}))

    def confirm(self, token: str, now: datetime, consent: str) -> Confirmed:
        """Subscribe whoever asked for it, as `consent` says. Pressing the button once more changes nothing."""
        with self._database.transaction():
            asked = self.find(token)
            if asked is None:
                return Confirmed("unknown")
            if not asked.address or asked.until <= now:
                return Confirmed("too late")
            wish = Joining(asked.digest, asked.address, topics=asked.topics, origin="reader", consent=consent)
            if asked.used:
                return Confirmed(
                    "before", next(iter(Subscriptions(self._database).find(wish.address, wish.digest)), None)
                )
            self._database.write(USE, {"id": asked.id, "now": stamp(now)})
            return Confirmed("now", join(self._database, wish, now))

    def due(self, now: datetime) -> tuple[Request, ...]:
        """What should be sent now, the oldest first; not what would come when its link is good no more."""
        rows = self._database.rows(DUE, {"now": stamp(now), "oldest": stamp(now - VALID)})
        return tuple(request_of(row, row["link"] or "") for row in rows)

    def forget(self, now: datetime) -> None:
        """Forget the addresses of links that are good no more, and in the end the requests themselves."""
        values = {"oldest": stamp(now - VALID), "gone": stamp(now - KEPT)}
        if self._database.value(FORGETTABLE, values):
            with self._database.transaction():
                self._database.write(FORGET_ADDRESS, values)
                self._database.write(FORGET, values)


def request_of(row: sqlite3.Row, link: str = "") -> Request:
    return Request(
        row["id"],
        row["kind"],
        row["address"],
        row["digest"],
        asked=instant(row["asked"]),
        token=row["token"],
        message_id=row["message_id"],
        topics=tuple(json.loads(row["topics"])) if row["topics"] else (),
        used=instant(row["used"]) if row["used"] else None,
        attempts=row["attempts"],
        doubts=row["doubts"],
        link=link,
    )


# --- SQL --------------------------------------------------------------------------------------------------------

ASK = """
INSERT INTO request (kind, token, address, digest, topics, asked, message_id, state, queued_at, next_at)
VALUES (:kind, :token, :address, :digest, :topics, :now, :message_id, :state, :now, :now)
"""
LATELY = "SELECT count(*) FROM request WHERE lower(address) = lower(:address) AND asked > :oldest"
OF_TOKEN = "SELECT * FROM request WHERE token >= :head AND token < :end AND kind = 'confirm'"  # noqa: S105 - no secret
OF_ADDRESS = "SELECT * FROM request WHERE lower(address) = lower(:address) ORDER BY id"
USE = "UPDATE request SET used = :now WHERE id = :id"
# Both states are named so that the index of what waits is taken.
DUE = """
SELECT request.*, subscription.token AS link FROM request
LEFT JOIN subscription ON subscription.digest = request.digest AND lower(subscription.address) = lower(request.address)
WHERE request.state IN ('queued', 'in_doubt') AND request.state = 'queued' AND next_at <= :now AND asked > :oldest
    AND request.address != '' AND (kind = 'confirm' OR subscription.id IS NOT NULL)
ORDER BY request.id
"""
FORGETTABLE = "SELECT 1 FROM request WHERE (asked <= :oldest AND address != '') OR asked <= :gone LIMIT 1"
FORGET_ADDRESS = """
UPDATE request SET address = '', topics = NULL, last_reply = NULL WHERE asked <= :oldest AND address != ''
"""
FORGET = "DELETE FROM request WHERE asked <= :gone"
