"""Dumps: owned as bytes before anything is parsed, then settled with what became of them."""

from __future__ import annotations

import hashlib
import json
import zlib
from datetime import date
from typing import TYPE_CHECKING

from digest.dates import day_in_name
from digest.errors import UnreadableDump
from digest.models import Dump, DumpReport, Reject, Sighting
from digest.store.database import instant, stamp

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from digest.models import Fetched, Unchanged
    from digest.store.database import Database

__all__ = ["LATEST", "NOT_KEPT", "Dumps", "day"]


class Dumps:
    """The bytes that came in, and the verdict on each."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def cursor(self, source: str) -> Mapping[str, str]:
        """What this source has handed over already: the cursor of each name."""
        rows = self._database.rows("SELECT name, cursor FROM cursor WHERE source = :source", {"source": source})
        return {row["name"]: row["cursor"] for row in rows}

    def own(
        self, fetched: Fetched, source: str, *, now: datetime, baseline: bool = False, latest: bool = False
    ) -> tuple[str, bool]:
        """Keep the bytes and note the retrieval; returns their SHA-256, and whether they came in before.

        `baseline`: none of its papers is news; `latest`: only those of its source's latest day are (see `begin`).

        Holds together: the bytes, the retrieval and the source's cursor. From its commit on the dump can't be lost.
        """
        sha256 = hashlib.sha256(fetched.body).hexdigest()
        packed, named = zlib.compress(fetched.body, 1), day_in_name(fetched.name)
        values = {"sha256": sha256, "body": packed, "media_type": fetched.media_type, "source": source} | {
            "name": fetched.name,
            "at": stamp(now),
            "listed_on": named.isoformat() if named else None,
            "baseline": int(baseline),
            "news_from": LATEST if latest else None,
            "cursor": fetched.cursor,
        }
        with self._database.transaction():
            fresh = self._database.write(OWN, values) == 1
            self._database.write(RETRIEVED, values)
            if fetched.cursor is not None:
                self._database.write(CURSOR, values)
        return sha256, not fresh

    def unchanged(self, answer: Unchanged, source: str) -> None:
        """Note a source's mark of a version that it handed over before."""
        with self._database.transaction():
            self._database.write(CURSOR, {"source": source, "name": answer.name, "cursor": answer.cursor})

    def unparsed(self, source: str | None = None, but: Collection[str] = ()) -> tuple[str, ...]:
        """SHA-256 of the dumps that are owned but not parsed, oldest first: of one source, or of all `but` some."""
        rows = self._database.rows(UNPARSED, {"source": source, "but": json.dumps(list(but))})
        return tuple(row["sha256"] for row in rows)

    def undated(self) -> tuple[str, ...]:
        """The sources with dumps of a first look of which it is not known yet from which day on they are news."""
        rows = self._database.rows(UNDATED, {"latest": LATEST})
        return tuple(row["source"] for row in rows)

    def begin(self, source: str, day: date) -> None:
        """Settle from which day on the dumps of a source's first look are news."""
        with self._database.transaction():
            self._database.write(BEGIN, {"source": source, "day": day.isoformat(), "latest": LATEST})

    def any_read(self, source: str, name: str | None = None) -> bool:
        """Whether any dump that this source gave, under that name if one is given, could be read."""
        return bool(self._database.value(ANY_READ, {"source": source, "name": name}))

    def tried(self, sha256: str) -> int:
        """Note one more attempt at reading a dump that did not come to an end before; returns how many there are."""
        with self._database.transaction():
            self._database.write("UPDATE dump SET attempts = attempts + 1 WHERE sha256 = :sha256", {"sha256": sha256})
        return int(self._database.value("SELECT attempts FROM dump WHERE sha256 = :sha256", {"sha256": sha256}))

    def ended(self, sha256: str) -> None:
        """Forget the attempts at reading a dump: it came to an end, and another one may be what does not."""
        with self._database.transaction():
            self._database.write("UPDATE dump SET attempts = 0 WHERE sha256 = :sha256", {"sha256": sha256})

    def adopt(self, sha256: str, source: str) -> None:
        """Make a dump that nobody could read another source's, whose parser may."""
        with self._database.transaction():
            self._database.write(ADOPT, {"sha256": sha256, "source": source})

    def source_of(self, sha256: str) -> str:
        """The source that a dump belongs to."""
        return str(self._database.value("SELECT source FROM dump WHERE sha256 = :sha256", {"sha256": sha256}))

    def load(self, sha256: str) -> Dump:
        """One dump with its bytes and the circumstances of its first retrieval; raises `UnreadableDump` without bytes."""
        row = self._database.row("SELECT * FROM dump WHERE sha256 = :sha256", {"sha256": sha256})
        if row is None:
            raise KeyError(sha256)
        if not row["body"]:
            raise UnreadableDump(row["name"], NOT_KEPT, "`keep_dumps` in config.toml says how long they are")
        try:
            body = zlib.decompress(row["body"])
        except zlib.error as error:
            raise UnreadableDump(row["name"], "its bytes are damaged in the database", "fetch it again") from error
        return Dump(
            sha256, row["name"], body, instant(row["retrieved"]), source=row["source"], media_type=row["media_type"]
        )

    def quarantine(self, sha256: str, why: str) -> DumpReport:
        """Settle a dump that no parser can read; its bytes stay for `requeue`."""
        with self._database.transaction():
            self._database.write(QUARANTINE, {"sha256": sha256, "note": why})
        return self.report(sha256)

    def report(self, sha256: str) -> DumpReport:
        """What became of one dump."""
        row = self._database.row("SELECT * FROM dump WHERE sha256 = :sha256", {"sha256": sha256})
        if row is None:
            raise KeyError(sha256)
        return told(row)

    def reports(self, verdicts: Sequence[str] = ()) -> tuple[DumpReport, ...]:
        """What became of the dumps, oldest first; of those with one of these verdicts, if any are named."""
        wanted = frozenset(verdicts)
        rows = self._database.rows("SELECT * FROM dump WHERE verdict IS NOT NULL ORDER BY id")
        return tuple(told(row) for row in rows if not wanted or row["verdict"] in wanted)

    def unread(self) -> tuple[DumpReport, ...]:
        """The dumps that are quarantined or suspect, oldest first."""
        return tuple(told(row) for row in self._database.rows(UNREAD))

    def unread_lately(self) -> tuple[DumpReport, ...]:
        """Those that came with the last look at their source that brought anything: it is not read at present."""
        return tuple(told(row) for row in self._database.rows(UNREAD_LATELY))

    def dismiss(self, sha256: str) -> DumpReport:
        """Leave a quarantined or suspect dump as it was read, by its owner's word; any other stays what it is."""
        with self._database.transaction():
            self._database.write(DISMISS, {"sha256": sha256})
        return self.report(sha256)

    def any(self) -> bool:
        """Whether anything ever came in."""
        return bool(self._database.value("SELECT EXISTS (SELECT 1 FROM dump)"))

    def of(self, source: str) -> tuple[str, ...]:
        """SHA-256 of all dumps of one source that were settled, oldest first."""
        return tuple(row["sha256"] for row in self._database.rows(OF, {"source": source}))

    def find(self, word: str) -> tuple[str, ...]:
        """SHA-256 of the dumps of this name, or whose SHA-256 begins with this word (eight characters or more)."""
        rows = self._database.rows(FIND, {"word": word})
        return tuple(row["sha256"] for row in rows)

    def rejects(self, sha256: str) -> tuple[Reject, ...]:
        """The pieces of one dump that could not be read."""
        rows = self._database.rows(REJECTS, {"sha256": sha256})
        return tuple(Reject(row["line"], row["text"], row["why"]) for row in rows)

    def sightings_of(self, papers: Sequence[int]) -> Mapping[int, tuple[Sighting, ...]]:
        """Where and when each of these papers was listed, oldest first."""
        found: dict[int, list[Sighting]] = {}
        for row in self._database.rows(SIGHTINGS, {"papers": json.dumps(list(papers))}):
            found.setdefault(row["paper_id"], []).append(sighting(row))
        return {paper: tuple(sightings) for paper, sightings in found.items()}


def told(row: sqlite3.Row) -> DumpReport:
    return DumpReport(
        row["name"],
        row["sha256"],
        row["verdict"],
        listed_on=day(row["listed_on"]),
        listed=row["listed"],
        new=row["new"],
        withheld=row["withheld"],
        known=row["known"],
        repeated=row["repeated"],
        rejected=row["rejected"],
        note=row["note"],
        announced=row["announced"],
    )


def sighting(row: sqlite3.Row) -> Sighting:
    return Sighting(
        row["source"],
        row["name"],
        listed_on=date.fromisoformat(row["listed_on"]),
        position=row["position"],
        comments=row["comments"],
        upvotes=row["upvotes"],
    )


def day(text: str | None) -> date | None:
    """A stored calendar day."""
    return date.fromisoformat(text) if text else None


OWN = """
INSERT INTO dump (sha256, body, media_type, source, name, retrieved, baseline, news_from)
VALUES (:sha256, :body, :media_type, :source, :name, :at, :baseline, :news_from)
ON CONFLICT (sha256) DO NOTHING
"""
NOT_KEPT = "its bytes are not kept any more"
LATEST = "latest"  # as `news_from`: the latest day of the look, which only its reading tells
UNPARSED = """
SELECT sha256 FROM dump WHERE verdict IS NULL AND (:source IS NULL OR source = :source)
    AND source NOT IN (SELECT value FROM json_each(:but)) ORDER BY id
"""
ANY_READ = """
SELECT EXISTS (SELECT 1 FROM retrieval JOIN dump ON dump.id = retrieval.dump_id
    WHERE retrieval.source = :source AND (:name IS NULL OR retrieval.name = :name)
        AND verdict IN ('new', 'quiet', 'suspect'))
"""
UNDATED = "SELECT DISTINCT source FROM dump WHERE verdict IS NULL AND news_from = :latest ORDER BY source"
BEGIN = "UPDATE dump SET news_from = :day WHERE source = :source AND news_from = :latest"
ADOPT = "UPDATE dump SET source = :source, verdict = NULL, note = NULL WHERE sha256 = :sha256"
RETRIEVED = """
INSERT INTO retrieval (dump_id, source, name, at, listed_on)
SELECT id, :source, :name, :at, :listed_on FROM dump WHERE sha256 = :sha256
"""
CURSOR = """
INSERT INTO cursor (source, name, cursor) VALUES (:source, :name, :cursor)
ON CONFLICT (source, name) DO UPDATE SET cursor = excluded.cursor
"""
QUARANTINE = "UPDATE dump SET verdict = 'quarantined', note = :note WHERE sha256 = :sha256"
UNREAD = "SELECT * FROM dump WHERE verdict IN ('quarantined', 'suspect') ORDER BY id"
UNREAD_LATELY = """
WITH look AS (SELECT source, at FROM retrieval WHERE id IN (SELECT max(id) FROM retrieval GROUP BY source))
SELECT * FROM dump WHERE verdict IN ('quarantined', 'suspect')
    AND id IN (SELECT dump_id FROM retrieval JOIN look USING (source, at)) ORDER BY id
"""
DISMISS = """
UPDATE dump SET
    note = CASE verdict WHEN 'suspect' THEN 'accepted' ELSE 'dismissed' END || ' by its owner' || coalesce('; ' || note, ''),
    verdict = CASE WHEN verdict = 'quarantined' THEN 'dismissed' WHEN new + announced > withheld THEN 'new' ELSE 'quiet' END
WHERE sha256 = :sha256 AND verdict IN ('quarantined', 'suspect')
"""
OF = "SELECT sha256 FROM dump WHERE source = :source AND verdict IS NOT NULL ORDER BY id"
FIND = """
SELECT sha256 FROM dump
WHERE name = :word OR (length(:word) >= 8 AND substr(sha256, 1, length(:word)) = :word) ORDER BY id
"""
REJECTS = """
SELECT line, text, why FROM reject
WHERE dump_id = (SELECT id FROM dump WHERE sha256 = :sha256) ORDER BY line
"""
SIGHTINGS = """
SELECT sighting.paper_id, dump.source, dump.name, dump.listed_on, sighting.position, sighting.comments, sighting.upvotes
FROM sighting JOIN dump ON dump.id = sighting.dump_id
WHERE sighting.paper_id IN (SELECT value FROM json_each(:papers)) ORDER BY dump.listed_on, dump.id
"""
