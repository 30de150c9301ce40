"""A kept dump is read again by a better parser: what its old reading left is taken back, and the new one settled."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.store.database import stamp
from digest.store.settling import DUMP, settle

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

    from digest.models import Listing
    from digest.store.database import Database

__all__ = ["Rereading", "reread"]


@dataclass(frozen=True, slots=True)
class Rereading:
    """What another reading of a kept dump changed: papers with another text, papers it brought, papers that are none."""

    revised: int
    new: int
    vanished: int


def reread(database: Database, sha256: str, *, listing: Listing, now: datetime, baseline: bool) -> Rereading:
    """Settle a dump again with what a better parser read in it; `baseline`: what it finds anew is no news.

    Holds together: the forgetting of the old reading and all of the new one. A paper whose only sighting is gone is
    retracted, never deleted: editions that announced it stay as they are. Every document is stale afterwards.
    """
    with database.transaction():
        dump = database.row(DUMP, {"sha256": sha256})
        if dump is None:
            raise KeyError(sha256)
        before = counts(database)
        introduced = {row["paper_id"] for row in database.rows(INTRODUCED, {"dump": dump["id"]})}
        of = {
            "dump": dump["id"],
            "baseline": int(baseline or dump["baseline"]),
            "listed_on": listing.listed_on.isoformat(),
            "introduced": json.dumps(sorted(introduced)),
        }
        for statement in FORGET:
            database.write(statement, of)
        again = database.row(DUMP, {"sha256": sha256}) or dump
        settle(database, again, listing=listing, now=now, introduced=introduced)
        vanished = database.write(RETRACT, {"now": stamp(now)})
        after = counts(database)
    new, revisions = after["papers"] - before["papers"], after["revisions"] - before["revisions"]
    return Rereading(revisions - new, new, vanished)


def counts(database: Database) -> sqlite3.Row:
    return database.rows(COUNTS)[0]


# --- SQL --------------------------------------------------------------------------------------------------------

COUNTS = "SELECT (SELECT count(*) FROM paper) AS papers, (SELECT count(*) FROM revision) AS revisions"
# The papers whose first text came from this dump.
INTRODUCED = """
SELECT paper_id FROM revision AS first WHERE dump_id = :dump
    AND NOT EXISTS (SELECT 1 FROM revision WHERE paper_id = first.paper_id AND id < first.id)
"""
# The day of the listing may be what was read wrongly; the texts themselves are never changed. The day of a text is that of
# the latest page that it holds words of (`revision`), so that of what came after it may be another one now, too.
FORGET = (
    "DELETE FROM sighting WHERE dump_id = :dump",
    "DELETE FROM reject WHERE dump_id = :dump",
    "UPDATE dump SET baseline = :baseline, listed_on = :listed_on WHERE id = :dump",
    (
        "UPDATE revision SET listed_on = (SELECT max(dump.listed_on) FROM revision AS former"
        " JOIN dump ON dump.id = former.dump_id WHERE former.paper_id = revision.paper_id AND former.id <= revision.id)"
        " WHERE paper_id IN (SELECT paper_id FROM revision WHERE dump_id = :dump)"
    ),
    "UPDATE paper SET listed_on = :listed_on WHERE id IN (SELECT value FROM json_each(:introduced))",
    "UPDATE built SET inputs = ''",
)
# A paper that some digest has not considered yet gets another number should it be listed after all: by then that digest
# may have passed this one.
RETRACT = """
UPDATE paper SET retracted = :now,
    news_no = CASE WHEN news_no > (SELECT min(considered) FROM digest) THEN NULL ELSE news_no END
WHERE retracted IS NULL AND merged_into IS NULL AND NOT EXISTS (SELECT 1 FROM sighting WHERE paper_id = paper.id)
"""
