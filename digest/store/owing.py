"""What a sealed edition owes: one delivery to each active subscription that chose something of it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from digest.edition import topics_shown
from digest.store.database import stamp

if TYPE_CHECKING:
    from digest.models import Edition
    from digest.store.database import Database

__all__ = ["message_id_of", "owe"]


def owe(database: Database, edition: Edition, edition_id: int) -> None:
    """Queue its deliveries, within the transaction that seals it.

    One audience after the other, since they leave in this order, and the body of each is joined once.
    """
    name = f"{edition.digest}\0{edition.number}\0{stamp(edition.created)}"
    common = {"edition": edition_id, "at": stamp(edition.created)}
    shown, key = topics_shown(edition), database.value("SELECT value FROM secret WHERE name = 'envelopes'")
    owed = [
        common | {"to": row["id"], "message_id": message_id_of(name, row["address"], key), "topics": chosen}
        for row in database.each(READERS, {"digest": edition.digest})
        if (chosen := choice_of(row["topics"], shown)) != NOTHING
    ]
    database.write_many(OWE, sorted(owed, key=lambda one: one["topics"] or ""))


def choice_of(topics: str | None, shown: frozenset[str]) -> str | None:
    """What of an edition a reader chose, as JSON; None: all of it. `NOTHING`: nothing of it is for this reader."""
    return json.dumps(sorted(shown.intersection(json.loads(topics)))) if topics else None


def message_id_of(what: str, address: str, key: bytes) -> str:
    """The Message-ID of one delivery: from what it is, so that every attempt and every rerun bears the same one.

    `what` names the edition, or the editions that it catches up on, and when that was owed.

    The database's own key is a part of it: two databases never give two mails one Message-ID, and nobody who has not seen
    the mail can name it, so that what names it when it comes back proves to be about it.
    """
    name = f"{what}\0{address}"
    return f"<{hashlib.blake2b(name.encode(), digest_size=16, key=key).hexdigest()}@paperround.local>"


NOTHING = "[]"
READERS = """
SELECT id, address, topics FROM subscription WHERE digest = :digest AND state = 'active'
ORDER BY many, origin, id
"""
OWE = """
INSERT INTO delivery (edition_id, subscription_id, message_id, topics, state, queued_at, next_at)
VALUES (:edition, :to, :message_id, :topics, 'queued', :at, :at) ON CONFLICT DO NOTHING
"""
