"""What a recognised listing changes in the store: one transaction per dump."""

from __future__ import annotations

import json
import sqlite3
import uuid
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

from digest.drift import Past, suspicion
from digest.errors import UnreadableDump
from digest.identity import NEWS, key_of, recognise
from digest.store.database import instant, stamp
from digest.store.known import known_papers

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence
    from datetime import datetime

    from digest.identity import Recognised
    from digest.models import DumpVerdict, ListedPaper, Listing
    from digest.store.database import Database

__all__ = ["DUMP", "settle", "take_in"]

NAMESPACE = uuid.UUID("6f1d5a70-6b0c-5b1e-9a0b-706170657273")


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
    database: Database, dump: sqlite3.Row, *, listing: Listing, now: datetime, introduced: Container[int] = ()
) -> None:
    """Recognise a listing and write all that follows, inside a transaction.

    `introduced` are papers that this dump brought when it was read before: in its counts they stay new.
    """
    with storable(dump["name"]):
        keys = [key_of(paper) for paper in listing.papers]
        seen = recognise(listing.papers, keys, known_papers(database, keys), listing.listed_on)
        Intake(database, dump, listing=listing, now=now).write(seen.papers)
        counts = counted(dump, seen.papers, listing, introduced=introduced)
        news = counts["new"] - counts["withheld"]
        this = Past(len(listing.papers), listing.listed_on, instant(dump["retrieved"]), dump["size"])
        doubt = suspicion(listing, this, news=news, past=past(database, dump, listing))
        verdict: DumpVerdict = "suspect" if doubt else "new" if news else "quiet"
        note = "; ".join(filter(None, (doubt, *seen.conflicts))) or None
        values = {"dump": dump["id"], "repeated": seen.repeated, "verdict": verdict, "note": note}
        database.write(SETTLE, counts | values)
        database.write_many(REJECT, rejects(dump["id"], listing))


def counted(
    dump: sqlite3.Row, seen: Sequence[Recognised], listing: Listing, *, introduced: Container[int]
) -> dict[str, Any]:
    new = [paper for paper in seen if paper.paper is None or paper.paper in introduced]
    withheld = sum(not is_news(dump, paper.listed, listing) for paper in new)
    return {
        "parser": listing.parser,
        "listed_on": listing.listed_on.isoformat(),
        "date_from": listing.date_from,
        "listed": len(listing.papers),
        "new": len(new),
        "withheld": withheld,
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


def is_news(dump: sqlite3.Row, paper: ListedPaper, listing: Listing) -> bool:
    return not is_old(dump, paper, listing) and paper.announce in NEWS


def is_old(dump: sqlite3.Row, paper: ListedPaper, listing: Listing) -> bool:
    """Whether it is to be known without ever being news: its whole dump, or it was listed before the news begin."""
    day = paper.day or listing.listed_on
    return bool(dump["baseline"]) or (dump["news_from"] is not None and day.isoformat() < dump["news_from"])


class Intake:
    """The writes that follow from one recognised listing; lives inside one transaction."""

    def __init__(self, database: Database, dump: sqlite3.Row, *, listing: Listing, now: datetime) -> None:
        self._database = database
        self._dump, self._listing = dump, listing
        self._common = {"dump": dump["id"], "at": stamp(now), "listed_on": listing.listed_on.isoformat()}
        self._paper = self._next("SELECT max(id) FROM paper")
        self._revision = self._next("SELECT max(id) FROM revision")
        self._news = self._next(LAST_NEWS)

    def write(self, seen: Sequence[Recognised]) -> None:
        """Everything about these papers."""
        self._uids = self._taken(seen)
        for paper in seen:
            self._merge(paper)
        numbered = [(paper.paper or self._take("_paper"), paper) for paper in seen]
        self._write_new([(number, paper) for number, paper in numbered if paper.paper is None])
        self._write_known([(number, paper) for number, paper in numbered if paper.paper is not None])
        names = [(number, i) for number, paper in numbered for i in paper.ids]
        self._database.write_many(ADD_ID, ({"paper": n, "scheme": i.scheme, "value": i.value} for n, i in names))
        self._database.write_many(ADD_KEY, ({"paper": n, "key": key} for n, paper in numbered for key in paper.keys))
        self._database.write_many(ADD_SIGHTING, (self._sighting(number, paper) for number, paper in numbered))
        self._database.write(RESTORE, {})

    def _write_new(self, new: Sequence[tuple[int, Recognised]]) -> None:
        rows = [self._paper_row(number, paper) for number, paper in new]
        texts = [text_row(paper.listed, significant=True) for _, paper in new]
        self._database.write_many(ADD_PAPER, rows)
        self._database.write_many(
            ADD_REVISION,
            (row | text | {"id": row["revision"]} for row, text in zip(rows, texts, strict=True)),
        )

    def _write_known(self, known: Sequence[tuple[int, Recognised]]) -> None:
        for number, paper in known:
            if paper.revision is not None:
                text = text_row(paper.revision.text, significant=paper.revision.significant)
                values = self._common | text | {"id": self._take("_revision"), "paper": number}
                self._database.write(ADD_REVISION, values)
                self._database.write(SET_REVISION, {"paper": number, "revision": values["id"]})
        self._announce([number for number, paper in known if is_news(self._dump, paper.listed, self._listing)])

    def _announce(self, numbers: Sequence[int]) -> None:
        """Give those of these known papers their news numbers that were withheld so far."""
        for row in self._database.rows(WITHHELD, {"papers": json.dumps(numbers)}):
            self._database.write(ANNOUNCE, {"paper": row["id"], "news": self._take("_news")})

    def _merge(self, paper: Recognised) -> None:
        for loser in paper.merges:
            pair = {"winner": paper.paper, "loser": loser}
            news = self._database.value(INHERITED, pair)
            for statement in MERGE:
                self._database.write(statement, pair | {"news": news})

    def _paper_row(self, number: int, paper: Recognised) -> dict[str, Any]:
        return self._common | {
            "paper": number,
            "uid": self._uid(number, paper),
            "news": self._take("_news") if is_news(self._dump, paper.listed, self._listing) else None,
            "baseline": int(is_old(self._dump, paper.listed, self._listing)),
            "revision": self._take("_revision"),
        }

    def _taken(self, seen: Sequence[Recognised]) -> set[str]:
        uids = json.dumps([uid_of(paper) for paper in seen if paper.paper is None])
        return {row["uid"] for row in self._database.rows(TAKEN, {"uids": uids})}

    def _uid(self, number: int, paper: Recognised) -> str:
        """That of its first name, unless a paper that must stay apart bears it: then one with its number."""
        uid = uid_of(paper)
        if uid in self._uids:
            uid = uuid.uuid5(NAMESPACE, f"{uid} {number}").urn
        self._uids.add(uid)
        return uid

    def _sighting(self, number: int, paper: Recognised) -> dict[str, Any]:
        listed = paper.listed
        counts = {"comments": listed.comments, "upvotes": listed.upvotes}
        return self._common | counts | {"paper": number, "position": paper.position}

    def _next(self, sql: str) -> int:
        return int(self._database.value(sql) or 0) + 1

    def _take(self, counter: str) -> int:
        value: int = getattr(self, counter)
        setattr(self, counter, value + 1)
        return value


def uid_of(paper: Recognised) -> str:
    """A `urn:uuid:` from the paper's first name, so that a rebuilt database gives it again."""
    name = f"{paper.ids[0].scheme}:{paper.ids[0].value}" if paper.ids else f"title:{paper.keys[0]}"
    return uuid.uuid5(NAMESPACE, name).urn


def rejects(dump: int, listing: Listing) -> list[dict[str, Any]]:
    return [{"dump": dump, "line": r.line, "text": r.text, "why": r.why} for r in listing.rejects]


def text_row(text: ListedPaper, *, significant: bool) -> dict[str, Any]:
    return {
        "title": text.title,
        "abstract": text.abstract,
        "authors": json.dumps(text.authors, ensure_ascii=False),
        "author_count": text.author_count,
        "organisation": text.organisation,
        "published": text.published.isoformat() if text.published else None,
        "url": text.url,
        "categories": json.dumps(text.categories),
        "significant": int(significant),
    }


# --- SQL --------------------------------------------------------------------------------------------------------

UNSTORABLE = (ValueError, TypeError, AttributeError, OverflowError, sqlite3.IntegrityError, sqlite3.ProgrammingError)
DUMP = """
SELECT id, source, name, retrieved, baseline, news_from, verdict, length(body) AS size FROM dump WHERE sha256 = :sha256
"""
EARLIER = """
SELECT listed, listed_on, retrieved, length(body) AS size FROM dump
WHERE source = :source AND id < :dump AND parser = :parser AND listed_on IS NOT NULL ORDER BY id DESC LIMIT 15
"""
TAKEN = "SELECT uid FROM paper WHERE uid IN (SELECT value FROM json_each(:uids))"
RESTORE = """
UPDATE paper SET retracted = NULL
WHERE retracted IS NOT NULL AND EXISTS (SELECT 1 FROM sighting WHERE paper_id = paper.id)
"""
ADD_PAPER = """
INSERT INTO paper (id, uid, news_no, baseline, first_seen, listed_on, revision_id)
VALUES (:paper, :uid, :news, :baseline, :at, :listed_on, :revision)
"""
ADD_REVISION = """
INSERT INTO revision (id, paper_id, title, abstract, authors, author_count, organisation, published, url, categories,
                      significant, listed_on, dump_id, at)
VALUES (:id, :paper, :title, :abstract, :authors, :author_count, :organisation, :published, :url, :categories,
        :significant, :listed_on, :dump, :at)
"""
SET_REVISION = "UPDATE paper SET revision_id = :revision WHERE id = :paper"
WITHHELD = """
SELECT id FROM paper WHERE id IN (SELECT value FROM json_each(:papers)) AND news_no IS NULL AND baseline = 0 ORDER BY id
"""
ANNOUNCE = "UPDATE paper SET news_no = :news WHERE id = :paper"
ADD_ID = """
INSERT INTO identifier (scheme, value, paper_id) VALUES (:scheme, :value, :paper) ON CONFLICT DO NOTHING
"""
ADD_KEY = "INSERT INTO title_key (key, paper_id) VALUES (:key, :paper) ON CONFLICT DO NOTHING"
ADD_SIGHTING = """
INSERT INTO sighting (paper_id, dump_id, position, comments, upvotes)
VALUES (:paper, :dump, :position, :comments, :upvotes) ON CONFLICT DO NOTHING
"""
# One number for every announcement, also of those that are taken back: what a digest has considered is not given again.
LAST_NEWS = "SELECT max(n) FROM (SELECT max(news_no) AS n FROM paper UNION ALL SELECT max(considered) FROM digest)"
# A paper that was withheld is announced in the place of the one that it takes in.
INHERITED = """
SELECT loser.news_no FROM paper AS loser JOIN paper AS winner ON winner.id = :winner
WHERE loser.id = :loser AND winner.news_no IS NULL AND winner.baseline = 0
"""
MERGE = (
    "UPDATE paper SET news_no = NULL WHERE id = :loser AND news_no = :news",
    "UPDATE paper SET news_no = :news WHERE id = :winner AND :news IS NOT NULL",
    "UPDATE paper SET merged_into = :winner WHERE id = :loser OR merged_into = :loser",
    "UPDATE identifier SET paper_id = :winner WHERE paper_id = :loser",
    "UPDATE OR IGNORE title_key SET paper_id = :winner WHERE paper_id = :loser",
    "DELETE FROM title_key WHERE paper_id = :loser",
    (
        "INSERT OR IGNORE INTO sighting SELECT :winner, dump_id, position, comments, upvotes FROM sighting"
        " WHERE paper_id = :loser"
    ),
)
REJECT = "INSERT INTO reject (dump_id, line, text, why) VALUES (:dump, :line, :text, :why)"
SETTLE = """
UPDATE dump SET verdict = :verdict, parser = :parser, listed_on = :listed_on, date_from = :date_from,
    listed = :listed, new = :new, withheld = :withheld, known = :known, repeated = :repeated, rejected = :rejected,
    note = :note
WHERE id = :dump
"""
