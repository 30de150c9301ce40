"""What a recognised listing changes in the store: papers, their text and names, sightings, news numbers."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from digest.news import is_news, is_old
from digest.store.database import stamp
from digest.store.resemblances import note_resemblances

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from digest.identity import Recognised
    from digest.models import ListedPaper, Listing
    from digest.news import Beginning
    from digest.revision import Revision
    from digest.store.database import Database

__all__ = ["Intake"]

NAMESPACE = uuid.UUID("6f1d5a70-6b0c-5b1e-9a0b-706170657273")


class Intake:
    """The writes that follow from one recognised listing of the dump with that id; lives inside one transaction."""

    def __init__(self, database: Database, dump: int, *, listing: Listing, begin: Beginning, now: datetime) -> None:
        self._database = database
        self._listing, self._begin = listing, begin
        self._common = {"dump": dump, "at": stamp(now), "listed_on": listing.listed_on.isoformat()}
        self._paper = self._next("SELECT max(id) FROM paper")
        self._revision = self._next("SELECT max(id) FROM revision")
        self._news = self._next(LAST_NEWS)

    def write(self, seen: Sequence[Recognised]) -> frozenset[int]:
        """Everything about these papers; returns the known ones that are announced now, which were withheld so far."""
        self._uids = self._taken(seen)
        for paper in seen:
            self._merge(paper)
        numbered = [(paper.paper or self._take("_paper"), paper) for paper in seen]
        self._write_new([(number, paper) for number, paper in numbered if paper.paper is None])
        announced = self._write_known([(number, paper) for number, paper in numbered if paper.paper is not None])
        names = [(number, i) for number, paper in numbered for i in paper.ids]
        self._database.write_many(ADD_ID, ({"paper": n, "scheme": i.scheme, "value": i.value} for n, i in names))
        self._database.write_many(ADD_KEY, ({"paper": n, "key": key} for n, paper in numbered for key in paper.keys))
        self._database.write_many(ADD_SIGHTING, (self._sighting(number, paper) for number, paper in numbered))
        self._database.write(RESTORE, {})
        note_resemblances(self._database, dict(abstracts(numbered)))
        return announced

    def _write_new(self, new: Sequence[tuple[int, Recognised]]) -> None:
        rows = [self._paper_row(number, paper) for number, paper in new]
        texts = [text_row(paper.listed, significant=True) for _, paper in new]
        self._database.write_many(ADD_PAPER, rows)
        self._database.write_many(
            ADD_REVISION,
            (row | text | {"id": row["revision"]} for row, text in zip(rows, texts, strict=True)),
        )

    def _write_known(self, known: Sequence[tuple[int, Recognised]]) -> frozenset[int]:
        for number, paper in known:
            if paper.revision is not None:
                values = self._common | revision_row(paper.revision) | {"id": self._take("_revision"), "paper": number}
                self._database.write(ADD_REVISION, values)
                self._database.write(SET_REVISION, {"paper": number, "revision": values["id"]})
        return self._announce([number for number, paper in known if self._is_news(paper)])

    def _is_news(self, paper: Recognised) -> bool:
        return is_news(paper.listed, self._listing, begin=self._begin)

    def _announce(self, numbers: Sequence[int]) -> frozenset[int]:
        """Give those of these known papers their news numbers that were withheld so far; returns which."""
        withheld = self._database.rows(WITHHELD, {"papers": json.dumps(numbers)})
        for row in withheld:
            self._database.write(ANNOUNCE, {"paper": row["id"], "news": self._take("_news")})
        return frozenset(row["id"] for row in withheld)

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
            "news": self._take("_news") if self._is_news(paper) else None,
            "baseline": int(is_old(paper.listed, self._listing, begin=self._begin)),
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


def abstracts(numbered: Iterable[tuple[int, Recognised]]) -> Iterator[tuple[int, str | None]]:
    """The abstracts that came in, by the number of their paper: those of new papers, and other ones of known papers."""
    for number, paper in numbered:
        if paper.paper is None:
            yield number, paper.listed.abstract
        elif paper.revision is not None and paper.revision.significant:
            yield number, paper.revision.text.abstract


def uid_of(paper: Recognised) -> str:
    """A `urn:uuid:` from the paper's first name, so that a rebuilt database gives it again."""
    name = f"{paper.ids[0].scheme}:{paper.ids[0].value}" if paper.ids else f"title:{paper.keys[0]}"
    return uuid.uuid5(NAMESPACE, name).urn


def revision_row(revision: Revision) -> dict[str, Any]:
    text = text_row(revision.text, significant=revision.significant)
    return text | {"listed_on": revision.listed_on.isoformat()}


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
# What reads alike stays linked: in the loser's place stands the winner, which is older, so that the other one may be the
# younger of the two now; then the winner's title and day are told.
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
    (
        "INSERT OR IGNORE INTO possible_revision"
        " SELECT other.earlier_id, :winner, revision.title, paper.listed_on FROM possible_revision AS other"
        " JOIN paper ON paper.id = :winner JOIN revision ON revision.id = paper.revision_id"
        " WHERE other.paper_id = :loser AND other.earlier_id > :winner"
    ),
    "UPDATE OR IGNORE possible_revision SET paper_id = :winner WHERE paper_id = :loser AND earlier_id < :winner",
    "UPDATE OR IGNORE possible_revision SET earlier_id = :winner WHERE earlier_id = :loser AND paper_id != :winner",
    "DELETE FROM possible_revision WHERE :loser IN (paper_id, earlier_id)",
)
