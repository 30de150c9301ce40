"""A dump is settled with what its listing says: recognised, written, counted, judged; one transaction."""

from __future__ import annotations

import json
import sqlite3
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

from digest.drift import Past, suspicion
from digest.errors import UnreadableDump
from digest.identity import key_of, recognise
from digest.news import NEWS, Beginning, is_news
from digest.store.database import instant
from digest.store.dumps import LATEST
from digest.store.intake import Intake
from digest.store.known import known_papers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from digest.identity import Recognised
    from digest.models import DumpVerdict, Listing
    from digest.store.database import Database

__all__ = ["DUMP", "settle", "take_in"]


def take_in(database: Database, sha256: str, *, listing: Listing, now: datetime) -> None:
    """Settle a dump with what its listing says; does nothing when it is settled already.

    Holds together: the reading of what is known, the decision, and all that follows from it: papers, revisions,
    identifiers, sightings, news numbers, rejects, and the dump's verdict and counts. Raises `UnreadableDump` for a
    listing that can't be stored, and then nothing of it is.
    """
    with database.transaction():
        dump = database.row(DUMP, {"sha256": sha256})
        if dump is not None and dump["verdict"] is None:
            settle(database, dump, listing=listing, now=now)


@contextmanager
def storable(name: str) -> Iterator[None]:
    """A parser may read what no database holds, such as a number beyond 64 bits: that is a fault of its dump alone."""
    try:
        yield
    except UNSTORABLE as error:
        what = f"what was read in it can't be stored: {type(error).__name__}: {error}"
        raise UnreadableDump(name, what, "mend the parser, then digest requeue") from error


def settle(
    database: Database, dump: sqlite3.Row, *, listing: Listing, now: datetime, introduced: Collection[int] = ()
) -> None:
    """Recognise a listing and write all that follows, inside a transaction.

    `introduced` are papers that this dump brought when it was read before: in its counts they stay new.
    """
    with storable(dump["name"]):
        keys = [key_of(paper) for paper in listing.papers]
        seen = recognise(listing.papers, keys, known_papers(database, keys), listing.listed_on)
        begin = beginning(dump)
        announced = Intake(database, dump["id"], listing=listing, begin=begin, now=now).write(seen.papers)
        counts = counted(seen.papers, listing, begin=begin, introduced=told(database, introduced))
        counts["announced"] = len(announced.difference(introduced))
        news = counts["new"] - counts["withheld"] + counts["announced"]
        this = Past(len(listing.papers), listing.listed_on, instant(dump["retrieved"]), dump["size"])
        doubt = suspicion(listing, this, news=news, past=past(database, dump, listing))
        verdict: DumpVerdict = "suspect" if doubt else "new" if news else "quiet"
        note = "; ".join(filter(None, (doubt, *seen.conflicts))) or None
        values = {"dump": dump["id"], "repeated": seen.repeated, "verdict": verdict, "note": note}
        database.write(SETTLE, counts | values)
        database.write_many(REJECT, rejects(dump["id"], listing))


def beginning(dump: sqlite3.Row) -> Beginning:
    """Where the news of a dump begin; while it is not known which day is its source's latest, nowhere yet."""
    text = dump["news_from"]
    day = None if text is None else date.max if text == LATEST else date.fromisoformat(text)
    return Beginning(bool(dump["baseline"]), day)


def told(database: Database, papers: Collection[int]) -> dict[int, bool]:
    """Of each of these papers whether it is news by now."""
    rows = database.rows(TOLD, {"papers": json.dumps(sorted(papers))}) if papers else []
    return {row["id"]: bool(row["told"]) for row in rows}


def counted(
    seen: Sequence[Recognised], listing: Listing, *, begin: Beginning, introduced: Mapping[int, bool]
) -> dict[str, Any]:
    """The counts of a dump. Of what it `introduced` when it was read before, what was announced then stays announced.

    But a paper that it lists as a replacement was announced by another dump, and is counted there.
    """

    def is_withheld(paper: Recognised) -> bool:
        if paper.paper is None:
            return not is_news(paper.listed, listing, begin=begin)
        return not introduced[paper.paper] or paper.listed.announce not in NEWS

    new = [paper for paper in seen if paper.paper is None or paper.paper in introduced]
    return {
        "parser": listing.parser,
        "listed_on": listing.listed_on.isoformat(),
        "date_from": listing.date_from,
        "listed": len(listing.papers),
        "new": len(new),
        "withheld": sum(map(is_withheld, new)),
        "known": len(seen) - len(new),
        "rejected": len(listing.rejects),
    }


def past(database: Database, dump: sqlite3.Row, listing: Listing) -> list[Past]:
    """The earlier dumps of the same source and format, the latest first."""
    values = {"dump": dump["id"], "source": dump["source"], "parser": listing.parser}
    rows = database.rows(EARLIER, values)
    return [
        Past(row["listed"], date.fromisoformat(row["listed_on"]), instant(row["retrieved"]), row["size"])
        for row in rows
    ]


def rejects(dump: int, listing: Listing) -> list[dict[str, Any]]:
    return [{"dump": dump, "line": r.line, "text": r.text, "why": r.why} for r in listing.rejects]


# --- SQL --------------------------------------------------------------------------------------------------------

UNSTORABLE = (ValueError, TypeError, AttributeError, OverflowError, sqlite3.IntegrityError, sqlite3.ProgrammingError)
DUMP = """
SELECT id, source, name, retrieved, baseline, news_from, verdict, length(body) AS size FROM dump WHERE sha256 = :sha256
"""
EARLIER = """
SELECT listed, listed_on, retrieved, length(body) AS size FROM dump
WHERE source = :source AND id < :dump AND parser = :parser AND listed_on IS NOT NULL ORDER BY id DESC LIMIT 15
"""
TOLD = "SELECT id, news_no IS NOT NULL AS told FROM paper WHERE id IN (SELECT value FROM json_each(:papers))"
REJECT = "INSERT INTO reject (dump_id, line, text, why) VALUES (:dump, :line, :text, :why)"
SETTLE = """
UPDATE dump SET verdict = :verdict, parser = :parser, listed_on = :listed_on, date_from = :date_from,
    listed = :listed, new = :new, withheld = :withheld, known = :known, repeated = :repeated, rejected = :rejected,
    announced = :announced, note = :note
WHERE id = :dump
"""
