"""Full-text search over the latest text of every paper (SQLite's FTS5, ranked by bm25).

The index follows the papers: `refresh` brings it up to date, in the build and before a command asks. Beside a paper's words
it holds in which topics its edition put it, as words that no text can hold. Han and Kana set no spaces: each of their
characters is a word of its own in the index, so that any part of a text is a phrase of it.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from digest.query import MARKS, Hit
from digest.store.marking import marked
from digest.store.papers import listed
from digest.store.publications import announced

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping

    from digest.models import Announced, Paper
    from digest.query import Part, Query
    from digest.store.database import Database

__all__ = ["RANKED", "Search"]

GAP = "\u200b"  # between words that no space divides; taken out again where text is shown
UNDIVIDED = "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
BETWEEN = re.compile(rf"(?<=[{UNDIVIDED}])(?=\w)|(?<=\w)(?=[{UNDIVIDED}])")
AT_ONCE = 2_000  # papers of one transaction: other writers wait for no more than these
RANKED = 10_000  # papers that are compared and counted: of more that match, the latest


class Search:
    """An index that follows the papers. Only `refresh` writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def refresh(self) -> None:
        """Index what is new, was announced or has changed since the last time; writes nothing when nothing has.

        A transaction for each two thousand papers: after a kill the next refresh goes on where this one was.
        """
        seen = {"seen": self._database.value("SELECT max(edition_id) FROM indexed") or 0}
        stale = [row["id"] for row in self._database.rows(STALE, seen)]
        for start in range(0, len(stale), AT_ONCE):
            some = {"papers": json.dumps(stale[start : start + AT_ONCE])}
            with self._database.transaction():
                self._database.write(FORGET, some)
                rows = self._database.rows(CURRENT, some)
                self._database.write_many(INDEX, map(indexed, rows))
                self._database.write(MARK, some)

    def count(self, query: Query) -> int:
        """How many papers answer it: beyond `RANKED`, one more than that; what asks for nothing, none."""
        return 0 if query.empty else int(self._database.value(COUNT, values_of(query)))

    def find(self, query: Query, limit: int, *, offset: int = 0, newest: bool = False) -> tuple[Hit, ...]:
        """The papers that answer it, those that say it best first, or the `newest`; `limit` of them behind so many others.

        Of more than `RANKED` the best of the latest. What names no words has no better and worse.
        """
        if query.empty:
            return ()
        statement, values = NEWEST if newest or wordless(query) else BEST, values_of(query)
        found = self._database.rows(statement, values | {"limit": limit, "offset": offset})
        papers = [row["paper"] for row in found]
        texts = marked(self._database.rows(TEXTS, {"papers": json.dumps(papers)}), expression(query))
        return tuple(hit(paper, *texts[paper]) for paper in papers)

    def announcements(self, papers: Iterable[Paper]) -> Mapping[int, Announced]:
        """How each of these was announced, by its number; those that were not are left out."""
        known = {paper.id: paper for paper in papers}
        rows = self._database.rows(ANNOUNCED, {"papers": json.dumps(list(known))})
        return {row["now_id"]: announced(row, known[row["now_id"]]) for row in rows}


def apart(text: str) -> str:
    """The text with a gap between characters of scripts that set no spaces."""
    return text if text.isascii() else BETWEEN.sub(GAP, text)


def hit(paper: int, *texts: str) -> Hit:
    title, snippet, names = (text.replace(GAP, "") for text in texts)
    return Hit(paper, title, snippet, names if MARKS[0] in names else "")


def wordless(query: Query) -> bool:
    """Whether it names nothing but topics."""
    return all(part.field == "topic" for group in query.every for part in group)


# --- what the index holds -----------------------------------------------------------------------------------------


def indexed(row: sqlite3.Row) -> dict[str, object]:
    """A paper as the index holds it."""
    names = (*listed(row["authors"]), *((row["organisation"],) if row["organisation"] else ()))
    topics = {*((row["topic"],) if row["topic"] else ()), *json.loads(row["also"] or "[]")}
    return {
        "paper": row["id"],
        "title": apart(row["title"]),
        "abstract": apart(row["abstract"] or ""),
        "authors": apart(", ".join(names)),
        "topics": " ".join((EVERY, *map(topic_word, sorted(topics)))),
    }


EVERY = "every"  # a word of each paper, for queries that name none


def topic_word(topic: str) -> str:
    """A topic's id as one word, which its hyphens would divide."""
    return f"t{topic.encode().hex()}"


# --- how a query is asked -----------------------------------------------------------------------------------------


def values_of(query: Query) -> dict[str, object]:
    since, until = (day.isoformat() if day else None for day in (query.since, query.until))
    return {"query": expression(query), "since": since, "until": until, "announced": query.announced}


def expression(query: Query) -> str:
    """A query as FTS5 has it: every word quoted, so that no operator of FTS5 can make it fail."""
    groups = [" OR ".join(map(term, group)) for group in query.every]
    wanted = " AND ".join(f"({group})" for group in groups) or f"topics : {EVERY}"
    barred = " OR ".join(map(term, query.without))
    return f"({wanted}) NOT ({barred})" if barred else wanted


def term(part: Part) -> str:
    if part.field == "topic":
        return f"topics : {topic_word(part.words)}"
    return f"{part.field or '{title abstract authors}'} : ({' OR '.join(forms(part))})"


def forms(part: Part) -> Iterator[str]:
    """A word with and without a plural s. Not stemmed: stems cost precision."""
    words = apart(part.words.replace('"', " "))
    if part.kind == "beginning":
        yield f'"{words}"*'
    elif part.kind == "phrase" or not words[-1:].isalpha() or not words[-1:].isascii():
        yield f'"{words}"'
    else:
        single = words.removesuffix("s")
        yield from (f'"{form}"' for form in (single, f"{single}s") if any(map(str.isalnum, form)))


# --- SQL ----------------------------------------------------------------------------------------------------------

# Which item announced a paper: its own, else that of the eldest paper that was merged into it, as the view `announced` has it.
ITEM = """
coalesce((SELECT paper_id FROM edition_item WHERE paper_id = paper.id LIMIT 1),
         (SELECT min(merged.id) FROM paper AS merged WHERE merged.merged_into = paper.id
          AND EXISTS (SELECT 1 FROM edition_item WHERE paper_id = merged.id)))
"""
FIRST = f"(SELECT min(edition_id) FROM edition_item WHERE paper_id = {ITEM})"
# Papers of other texts than the index holds, those that took others over, and those that editions announced since. The
# last ones come in the order of their editions, so that those which a kill leaves are found again.
STALE = f"""
WITH changed (id) AS (
    SELECT paper.id FROM paper LEFT JOIN indexed ON indexed.paper_id = paper.id
    WHERE indexed.paper_id IS NULL
       OR indexed.revision_id IS NOT (CASE WHEN merged_into IS NULL AND retracted IS NULL THEN paper.revision_id END)
), stale (id) AS (
    SELECT id FROM changed
    UNION SELECT merged_into FROM paper JOIN changed ON changed.id = paper.id WHERE merged_into IS NOT NULL
    UNION SELECT coalesce(paper.merged_into, paper.id) FROM edition_item AS item JOIN paper ON paper.id = item.paper_id
    LEFT JOIN indexed ON indexed.paper_id = coalesce(paper.merged_into, paper.id)
    WHERE item.edition_id >= :seen AND indexed.edition_id IS NULL
)
SELECT paper.id FROM stale JOIN paper ON paper.id = stale.id ORDER BY {FIRST}, paper.id
"""
FORGET = "DELETE FROM paper_fts WHERE rowid IN (SELECT value FROM json_each(:papers))"
CURRENT = f"""
SELECT paper.id, revision.title, revision.abstract, revision.authors, revision.organisation, item.topic, item.also
FROM paper JOIN revision ON revision.id = paper.revision_id
LEFT JOIN edition_item AS item ON item.paper_id = {ITEM} AND item.edition_id = {FIRST}
WHERE paper.merged_into IS NULL AND paper.retracted IS NULL AND paper.id IN (SELECT value FROM json_each(:papers))
"""
INDEX = """
INSERT INTO paper_fts (rowid, title, abstract, authors, topics) VALUES (:paper, :title, :abstract, :authors, :topics)
"""
MARK = f"""
INSERT INTO indexed (paper_id, revision_id, edition_id, day)
SELECT id, CASE WHEN merged_into IS NULL AND retracted IS NULL THEN revision_id END, {FIRST},
       coalesce((SELECT day FROM edition WHERE id = {FIRST}), listed_on)
FROM paper WHERE id IN (SELECT value FROM json_each(:papers))
ON CONFLICT (paper_id) DO UPDATE
SET revision_id = excluded.revision_id, edition_id = excluded.edition_id, day = excluded.day
"""
FROM = """
FROM paper_fts CROSS JOIN indexed ON indexed.paper_id = paper_fts.rowid
WHERE paper_fts MATCH :query AND (:since IS NULL OR indexed.day >= :since) AND (:until IS NULL OR indexed.day <= :until)
AND (NOT :announced OR indexed.edition_id IS NOT NULL)
"""
BEST = f"""
SELECT paper FROM (
    SELECT paper_fts.rowid AS paper, bm25(paper_fts, 8.0, 1.0, 4.0, 0.0) AS points {FROM}
    ORDER BY paper_fts.rowid DESC LIMIT {RANKED}
) ORDER BY points, paper DESC LIMIT :limit OFFSET :offset
"""
NEWEST = f"SELECT paper_id AS paper {FROM} ORDER BY indexed.day DESC, paper_id DESC LIMIT :limit OFFSET :offset"
COUNT = f"SELECT count(*) FROM (SELECT 1 {FROM} LIMIT {RANKED + 1})"
TEXTS = """
SELECT rowid, title, abstract, authors, topics FROM paper_fts WHERE rowid IN (SELECT value FROM json_each(:papers))
"""
ANNOUNCED = """
SELECT item.paper_id, own.uid, indexed.paper_id AS now_id, item.number, item.topic, item.terms, item.also,
       edition.digest, edition.number AS edition, edition.day, edition.created,
       (SELECT max(at) FROM revision WHERE revision.paper_id = indexed.paper_id AND significant
        AND revision.id > item.revision_id) AS revised
FROM indexed JOIN edition ON edition.id = indexed.edition_id
JOIN paper AS own ON own.id = indexed.paper_id OR own.merged_into = indexed.paper_id
JOIN edition_item AS item ON item.edition_id = indexed.edition_id AND item.paper_id = own.id
WHERE indexed.paper_id IN (SELECT value FROM json_each(:papers)) ORDER BY own.id = indexed.paper_id
"""
