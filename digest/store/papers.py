"""Papers as we know them: how they are read."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

from digest.models import Identifier, Paper, Resemblance
from digest.store.database import instant

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

    from digest.store.database import Database

__all__ = ["PAPERS", "TEXT", "Papers", "facts", "paper_of"]


class Papers:
    """Every paper that was ever listed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, paper: int) -> Paper | None:
        """One paper with its latest text."""
        found = self._select("paper.id = :paper", {"paper": paper})
        return found[0] if found else None

    def all(self, *, limit: int = -1) -> tuple[Paper, ...]:
        """The papers with their latest text, newest first."""
        return self._select("1 ORDER BY paper.id DESC LIMIT :limit", {"limit": limit})

    def some(self, papers: Iterable[int], *, retracted: bool = False) -> tuple[Paper, ...]:
        """These papers with their latest text, in no particular order; also those `retracted`, if they are asked for."""
        values = {"papers": json.dumps(list(papers))}
        return self._select("paper.id IN (SELECT value FROM json_each(:papers))", values, retracted=retracted)

    def later_versions(self, papers: Iterable[int]) -> Mapping[int, tuple[Resemblance, ...]]:
        """The papers that are perhaps new versions of these, as they are now."""
        found: dict[int, list[Resemblance]] = {}
        for row in self._database.rows(LATER, {"papers": json.dumps(list(papers))}):
            day = date.fromisoformat(row["listed_on"])
            other = Resemblance(row["id"], row["uid"], row["title"], day, announced=bool(row["announced"]))
            found.setdefault(row["earlier_id"], []).append(other)
        return {paper: tuple(others) for paper, others in found.items()}

    def news(self, digest: str) -> tuple[Paper, ...]:
        """The papers that this digest has not considered yet, in the order of announcement."""
        return self._select(UNCONSIDERED, {"digest": digest})

    def _select(self, where: str, values: Mapping[str, Any], *, retracted: bool = False) -> tuple[Paper, ...]:
        current = "paper.merged_into IS NULL" if retracted else "paper.merged_into IS NULL AND paper.retracted IS NULL"
        return tuple(paper_of(row) for row in self._database.rows(f"{PAPERS} WHERE {current} AND {where}", values))


def facts(row: sqlite3.Row) -> dict[str, Any]:
    """What a revision says besides title and abstract, as keyword arguments of a model."""
    return {
        "authors": listed(row["authors"]),
        "author_count": row["author_count"],
        "organisation": row["organisation"],
        "published": date.fromisoformat(row["published"]) if row["published"] else None,
        "url": row["url"],
        "categories": listed(row["categories"]),
    }


def paper_of(row: sqlite3.Row, *, placed: bool = True) -> Paper:
    """A row of `PAPERS` as a value, or any other with `TEXT`, comments and upvotes.

    `placed`: it says position and sightings, too; else they are not known, and no rank may be made of them.
    """
    where = {"position": row["position"], "sightings": row["sightings"]} if placed else {}
    return Paper(
        row["id"],
        row["uid"],
        revision=row["revision_id"],
        title=row["title"],
        first_seen=instant(row["first_seen"]),
        listed_on=date.fromisoformat(row["listed_on"]),
        abstract=row["abstract"],
        ids=tuple(Identifier(scheme, value) for scheme, value in sorted(json.loads(row["ids"]).items())),
        news_no=row["news_no"],
        comments=row["comments"],
        upvotes=row["upvotes"],
        earlier=resembling(row["earlier"]),
        **where,
        **facts(row),
    )


def resembling(text: str) -> tuple[Resemblance, ...]:
    """The papers that `TEXT` gathered as earlier ones; most papers have none."""
    if text == "[]":
        return ()
    return tuple(
        Resemblance(id_, uid, title, date.fromisoformat(day), announced=bool(announced))
        for id_, uid, title, day, announced in json.loads(text)
    )


def listed(text: str) -> tuple[str, ...]:
    """A stored JSON list; most are empty, and a listing has thousands of them."""
    return () if text == "[]" else tuple(json.loads(text))


# A paper with the text of one revision, as `paper_of` reads it; the two tables come from whoever asks.
TEXT = """
paper.id, paper.uid, paper.news_no, paper.first_seen, paper.listed_on, revision.id AS revision_id,
revision.title, revision.abstract, revision.authors, revision.author_count, revision.organisation,
revision.published, revision.url, revision.categories,
(SELECT json_group_object(scheme, value) FROM identifier WHERE paper_id = paper.id) AS ids,
(SELECT json_group_array(json_array(other.id, other.uid, earlier.title, earlier.listed_on,
                                    EXISTS (SELECT 1 FROM edition_item WHERE paper_id = other.id)))
 FROM possible_revision AS earlier JOIN paper AS other ON other.id = earlier.earlier_id
 WHERE earlier.paper_id = paper.id AND other.retracted IS NULL) AS earlier
"""
PAPERS = f"""
SELECT {TEXT},
       (SELECT count(*) FROM sighting WHERE paper_id = paper.id) AS sightings,
       (SELECT position FROM sighting WHERE paper_id = paper.id ORDER BY dump_id DESC LIMIT 1) AS position,
       (SELECT comments FROM sighting WHERE paper_id = paper.id AND comments IS NOT NULL
        ORDER BY dump_id DESC LIMIT 1) AS comments,
       (SELECT upvotes FROM sighting WHERE paper_id = paper.id AND upvotes IS NOT NULL
        ORDER BY dump_id DESC LIMIT 1) AS upvotes
FROM paper JOIN revision ON revision.id = paper.revision_id
"""
LATER = """
SELECT earlier_id, paper.id, paper.uid, revision.title, paper.listed_on,
       EXISTS (SELECT 1 FROM edition_item WHERE paper_id = paper.id) AS announced
FROM possible_revision JOIN paper ON paper.id = possible_revision.paper_id
JOIN revision ON revision.id = paper.revision_id
WHERE earlier_id IN (SELECT value FROM json_each(:papers)) AND retracted IS NULL AND merged_into IS NULL ORDER BY paper.id
"""
# A paper was announced, too, when one that was merged into it was. Two questions, each with an index: one question with
# an OR looks at all items of the digest.
UNCONSIDERED = """
paper.news_no > (SELECT considered FROM digest WHERE name = :digest)
AND NOT EXISTS (SELECT 1 FROM edition_item WHERE digest = :digest AND paper_id = paper.id)
AND NOT EXISTS (
    SELECT 1 FROM paper AS merged JOIN edition_item AS item ON item.digest = :digest AND item.paper_id = merged.id
    WHERE merged.merged_into = paper.id
)
ORDER BY paper.news_no
"""
