"""What was wrong and when, and the mails that tell the owner of it, which go the way of deliveries (`outbox`).

Neither knows the other's numbers: an answer about a notice is noted here, one about a delivery there.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from digest.alerts import due
from digest.models import Alert, Notice
from digest.store.database import instant, stamp
from digest.store.mailing import Mailing
from digest.store.owing import message_id_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from digest.models import Alarm

__all__ = ["KEPT", "Alerts"]

KEPT = timedelta(days=90)  # what is over and was told, as deliveries


class Alerts(Mailing):
    """One row for each thing that was wrong, from its beginning to its end. Each method is one transaction."""

    table = "notice"

    def open(self) -> tuple[Alert, ...]:
        """What is wrong, as it was noted last; the oldest first."""
        return tuple(alert_of(row) for row in self._database.rows(OPEN))

    def note(self, begun: Sequence[Alarm], ended: Mapping[int, str], now: datetime) -> None:
        """Note what has begun, and by their numbers the alerts that have ended, with what is told of the end.

        Holds together: all of it. What is open already does not begin again.
        """
        if not (begun or ended):
            return
        with self._database.transaction():
            for alert, over in ended.items():
                self._database.write(END, {"alert": alert, "over": over, "now": stamp(now)})
            for alarm in begun:
                self._database.write(BEGIN, self._begun(alarm, now))
            self._database.write(FORGET, {"oldest": stamp(now - KEPT)})
            self._database.write(FORGET_NOTICES, {"oldest": stamp(now - KEPT)})

    def _begun(self, alarm: Alarm, now: datetime) -> dict[str, object]:
        last = self._database.value(LAST_TOLD, {"key": alarm.key})
        return {
            "key": alarm.key,
            "subject": alarm.subject,
            "lines": json.dumps(alarm.lines, ensure_ascii=False),
            "begun": stamp(alarm.since or now),
            "due": stamp(due(now, instant(last) if last else None)),
            "mute": int(alarm.mute),
        }

    def untold(self, now: datetime) -> tuple[Alert, ...]:
        """Of what a mail is to be made now: what has begun and is due, and what has ended after it was told or was due."""
        return tuple(alert_of(row) for row in self._database.rows(UNTOLD, {"now": stamp(now)}))

    def owe(self, alerts: Sequence[Alert], letter: tuple[str, str], now: datetime) -> None:
        """Queue one mail, its subject and text, about all of these. Holds together: the mail, and that they are told."""
        subject, text = letter
        with self._database.transaction():
            key: bytes = self._database.value("SELECT value FROM secret WHERE name = 'envelopes'")
            number = int(self._database.value("SELECT coalesce(max(id), 0) + 1 FROM notice"))
            name = message_id_of(f"notice\0{number}\0{stamp(now)}", "its owner", key)
            values = {"notice": number, "now": stamp(now), "subject": subject, "text": text, "message_id": name}
            self._database.write(OWE, values)
            told = {"ids": json.dumps([alert.id for alert in alerts]), "notice": number}
            self._database.write(TOLD_OVER, told)
            self._database.write(TOLD, told)

    # --- the mails --------------------------------------------------------------------------------------------------

    def due(self, now: datetime) -> tuple[Notice, ...]:
        """What should be attempted now, the oldest first."""
        rows = self._database.rows(DUE, {"now": stamp(now)})
        return tuple(
            Notice(row["id"], row["subject"], row["text"], row["message_id"], row["attempts"], row["doubts"])
            for row in rows
        )

    # --- the ping ---------------------------------------------------------------------------------------------------

    def pinged(self) -> datetime | None:
        """When the watcher's address was asked last."""
        at = self._database.value("SELECT at FROM ping")
        return instant(at) if at else None

    def ping(self, now: datetime) -> None:
        """Note that it is asked now."""
        with self._database.transaction():
            self._database.write("INSERT OR REPLACE INTO ping (id, at) VALUES (1, :now)", {"now": stamp(now)})


def alert_of(row: sqlite3.Row) -> Alert:
    return Alert(
        row["id"],
        row["key"],
        row["subject"],
        tuple(json.loads(row["lines"])),
        begun=instant(row["begun"]),
        ended=instant(row["ended"]) if row["ended"] else None,
        over=row["over"],
        told=row["told"] is not None,
    )


OPEN = "SELECT * FROM alert WHERE ended IS NULL ORDER BY id"
BEGIN = """
INSERT INTO alert (key, subject, lines, begun, due, mute) VALUES (:key, :subject, :lines, :begun, :due, :mute)
ON CONFLICT DO NOTHING
"""
END = "UPDATE alert SET ended = :now, over = :over WHERE id = :alert AND ended IS NULL"
LAST_TOLD = """
SELECT max(notice.at) FROM alert JOIN notice ON notice.id = coalesce(alert.told, alert.told_over) WHERE key = :key
"""
# An end is told where the beginning was; or both at once, where the beginning was due and could not be told before.
UNTOLD = """
SELECT * FROM alert WHERE CASE
    WHEN ended IS NULL THEN told IS NULL AND mute = 0 AND due <= :now
    ELSE over != '' AND told_over IS NULL AND (told IS NOT NULL OR due <= ended)
END ORDER BY id
"""
OWE = """
INSERT INTO notice (id, at, subject, text, message_id, state, queued_at, next_at)
VALUES (:notice, :now, :subject, :text, :message_id, 'queued', :now, :now)
"""
TOLD = "UPDATE alert SET told = :notice WHERE told IS NULL AND id IN (SELECT value FROM json_each(:ids))"
TOLD_OVER = """
UPDATE alert SET told_over = :notice WHERE ended IS NOT NULL AND id IN (SELECT value FROM json_each(:ids))
"""
DUE = "SELECT * FROM notice WHERE state = 'queued' AND next_at <= :now ORDER BY id"
FORGET = "DELETE FROM alert WHERE ended < :oldest"
FORGET_NOTICES = """
DELETE FROM notice WHERE at < :oldest AND state NOT IN ('queued', 'in_doubt') AND id < (SELECT max(id) FROM notice)
    AND id NOT IN (SELECT told FROM alert WHERE told IS NOT NULL UNION SELECT told_over FROM alert WHERE told_over IS NOT NULL)
"""
