"""Full-text search over the latest text of every paper (SQLite's FTS5, ranked by bm25)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digest.store.database import Database

__all__ = ["Hit", "Search"]

MARKS = ("\x02", "\x03")  # around a match; clean text holds neither


@dataclass(frozen=True, slots=True)
class Hit:
    """One paper that answers a query. `title` and `snippet` carry `MARKS` around the words that matched."""

    paper: int
    title: str
    snippet: str


class Search:
    """An index that follows the papers: brought up to date before it is asked."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def refresh(self) -> None:
        """Index what is new or has changed since the last time; one transaction, none when nothing has."""
        if self._database.value(f"SELECT EXISTS ({STALE})"):
            with self._database.transaction():
                stale = json.dumps([row["paper_id"] for row in self._database.rows(STALE)])
                for statement in (FORGET, INDEX, MARK):
                    self._database.write(statement, {"stale": stale})

    def find(self, query: str, limit: int) -> tuple[Hit, ...]:
        """The best papers for a query: all words must occur, in either number; "in quotes" a phrase; a trailing * any ending."""
        expression = fts_expression(query)
        if not expression:
            return ()
        values = {"query": expression, "limit": limit, "open": MARKS[0], "close": MARKS[1]}
        rows = self._database.rows(FIND, values)
        return tuple(Hit(row["rowid"], row["title"], row["snippet"]) for row in rows)


def fts_expression(query: str) -> str:
    """A user's words as an FTS5 expression: every word quoted, so that no operator of FTS5 can make it fail."""
    parts = re.findall(r'"([^"]*)"|([^\s"]+)', query.replace("\0", " "))
    terms = [quoted(phrase) if phrase else forms(word) for phrase, word in parts]
    return " AND ".join(term for term in terms if term)


def forms(word: str) -> str:
    """A word with or without a plural s; with a trailing *, any ending. Not stemmed: stems cost precision."""
    bare = word.rstrip("*")
    if bare != word or not quoted(bare):
        return f"{quoted(bare)}*" if quoted(bare) else ""
    single = bare.removesuffix("s") or bare
    return f"({quoted(single)} OR {quoted(single + 's')})" if quoted(single) else quoted(bare)


def quoted(words: str) -> str:
    return f'"{words}"' if any(character.isalnum() for character in words) else ""


STALE = """
SELECT paper.id AS paper_id FROM paper LEFT JOIN indexed ON indexed.paper_id = paper.id
WHERE indexed.revision_id IS NOT (CASE WHEN merged_into IS NULL AND retracted IS NULL THEN paper.revision_id END)
"""
FORGET = "DELETE FROM paper_fts WHERE rowid IN (SELECT value FROM json_each(:stale))"
INDEX = """
INSERT INTO paper_fts (rowid, title, abstract, authors)
SELECT paper.id, revision.title, revision.abstract, revision.authors
FROM paper JOIN revision ON revision.id = paper.revision_id
WHERE paper.merged_into IS NULL AND paper.retracted IS NULL AND paper.id IN (SELECT value FROM json_each(:stale))
"""
MARK = """
INSERT INTO indexed (paper_id, revision_id)
SELECT id, CASE WHEN merged_into IS NULL AND retracted IS NULL THEN revision_id END
FROM paper WHERE id IN (SELECT value FROM json_each(:stale))
ON CONFLICT (paper_id) DO UPDATE SET revision_id = excluded.revision_id
"""
FIND = """
SELECT rowid, highlight(paper_fts, 0, :open, :close) AS title,
       snippet(paper_fts, -1, :open, :close, '…', 24) AS snippet
FROM paper_fts WHERE paper_fts MATCH :query ORDER BY bm25(paper_fts, 8.0, 1.0, 4.0), rowid LIMIT :limit
"""
