"""The ledger: every run with its verdict, its counts and what went wrong."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

from digest.models import LoggedRun, SourceRecord, Tally
from digest.store.database import instant, stamp

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from datetime import datetime

    from digest.store.database import Database

__all__ = ["Runs"]


class Runs:
    """Started, then ended; a run without an end was killed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, now: datetime) -> int:
        """Open a line of the ledger; returns its number."""
        with self._database.transaction():
            self._database.write("INSERT INTO run (started) VALUES (:now)", {"now": stamp(now)})
            return int(self._database.value("SELECT max(id) FROM run"))

    def end(self, run: int, logged: LoggedRun) -> None:
        """Close it with what happened."""
        with self._database.transaction():
            self._database.write(END, values_of(logged) | {"run": run})

    def note(self, logged: LoggedRun) -> int:
        """A whole line at once, of what was done already; returns its number."""
        with self._database.transaction():
            self._database.write("INSERT INTO run (started) VALUES (:now)", {"now": stamp(logged.started)})
            number = int(self._database.value("SELECT max(id) FROM run"))
            self._database.write(END, values_of(logged) | {"run": number})
        return number

    def add_sent(self, mails: int) -> None:
        """More mails went out: the last line that tells of an edition counts them; where none does, the last one."""
        if mails:
            with self._database.transaction():
                self._database.write(ADD_SENT, {"mails": mails})

    def last(self, count: int) -> tuple[LoggedRun, ...]:
        """The last runs, newest first."""
        rows = self._database.rows("SELECT * FROM run ORDER BY id DESC LIMIT :count", {"count": count})
        return tuple(logged(row) for row in rows)

    def since(self, moment: datetime | None, most: int = -1) -> tuple[LoggedRun, ...]:
        """The last runs that began then or later, at most so many, oldest first; those of all times without a moment."""
        rows = self._database.rows(SINCE, {"since": stamp(moment) if moment else "", "most": most})
        return tuple(logged(row) for row in reversed(rows))

    def days(self, count: int) -> tuple[datetime, ...]:
        """When the first run of each of the last so many days (UTC) with a run began, the latest first."""
        rows = self._database.rows(DAYS, {"count": count})
        return tuple(instant(row["started"]) for row in rows)

    def sources(self) -> Sequence[SourceRecord]:
        """Each source that ever gave a dump, by name."""
        return tuple(source_record(row) for row in self._database.rows(SOURCES))


def values_of(logged: LoggedRun) -> dict[str, object]:
    return {
        "ended": stamp(logged.ended or logged.started),
        "verdict": logged.verdict,
        "dumps": logged.dumps,
        "new": logged.new,
        "editions": logged.editions,
        "sent": logged.sent,
        "errors": json.dumps(logged.errors, ensure_ascii=False),
        "unsettled": logged.unsettled,
        "unanswered": json.dumps(logged.unanswered, ensure_ascii=False),
        "published": json.dumps(logged.published, ensure_ascii=False),
        **{name: getattr(logged, name) for name in COUNTED},
    }


def logged(row: sqlite3.Row) -> LoggedRun:
    return LoggedRun(
        instant(row["started"]),
        instant(row["ended"]) if row["ended"] else None,
        row["verdict"],
        row["dumps"],
        row["new"],
        row["editions"],
        row["sent"],
        tuple(json.loads(row["errors"])),
        unsettled=row["unsettled"],
        unanswered=tuple(json.loads(row["unanswered"])),
        published=tuple(json.loads(row["published"])),
        number=row["id"],
        **{name: row[name] for name in COUNTED},
    )


def source_record(row: sqlite3.Row) -> SourceRecord:
    tally = Tally(row["listed"], row["new"], row["known"], row["repeated"])
    news = date.fromisoformat(row["last_news"]) if row["last_news"] else None
    looks = instant(row["last_look"]), instant(row["last_dumps"])
    return SourceRecord(row["source"], *looks, tally=tally, rejected=row["rejected"], last_news=news)


ADD_SENT = "UPDATE run SET sent = sent + :mails WHERE id = coalesce((SELECT max(id) FROM run WHERE editions), (SELECT max(id) FROM run))"
COUNTED = ("listed", "known", "repeated", "rejected", "withheld", "announced", "seconds")
SINCE = "SELECT * FROM run WHERE started >= :since ORDER BY id DESC LIMIT :most"
END = """
UPDATE run SET ended = :ended, verdict = :verdict, dumps = :dumps, new = :new, editions = :editions, sent = :sent,
    errors = :errors, unsettled = :unsettled, unanswered = :unanswered, published = :published, seconds = :seconds,
    listed = :listed, known = :known, repeated = :repeated, rejected = :rejected, withheld = :withheld,
    announced = :announced
WHERE id = :run
"""
DAYS = """
SELECT min(started) AS started FROM run GROUP BY substr(started, 1, 10) ORDER BY started DESC LIMIT :count
"""
SOURCES = """
WITH look AS (
    SELECT source, retrieved FROM dump
    WHERE id IN (SELECT max(id) FROM dump WHERE verdict IS NOT NULL GROUP BY source))
SELECT source, retrieved AS last_dumps, sum(listed) AS listed, sum(new) AS new, sum(known) AS known,
       sum(repeated) AS repeated, sum(rejected) AS rejected,
       (SELECT at FROM retrieval WHERE retrieval.source = look.source ORDER BY id DESC LIMIT 1) AS last_look,
       (SELECT max(listed_on) FROM dump AS other WHERE other.source = look.source AND other.new + other.announced > other.withheld)
           AS last_news
FROM look JOIN dump USING (source, retrieved) WHERE verdict IS NOT NULL GROUP BY source ORDER BY source
"""
