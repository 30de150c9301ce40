"""Marks around what a query matched in a few texts. The only module of the store that needs no database.

They are set by an index of these texts alone: to ask the large one for marks costs its whole query again for each text.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from digest.query import MARKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["marked"]


def marked(rows: Iterable[sqlite3.Row], expression: str) -> Mapping[int, tuple[str, str, str]]:
    """For each row of `paper_fts` its title, the words of its abstract that match best, its names; all with `MARKS`."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as index:
        index.execute(TABLE)
        index.executemany(
            "INSERT INTO hit (rowid, title, abstract, authors, topics) VALUES (?, ?, ?, ?, ?)", map(tuple, rows)
        )
        found = index.execute(MARKED, {"query": expression, "open": MARKS[0], "close": MARKS[1]}).fetchall()
    return {paper: (title, snippet, names) for paper, title, snippet, names in found}


TABLE = """
CREATE VIRTUAL TABLE hit USING fts5 (title, abstract, authors, topics, tokenize = 'unicode61 remove_diacritics 2')
"""
MARKED = """
SELECT rowid, highlight(hit, 0, :open, :close), snippet(hit, 1, :open, :close, '…', 32), highlight(hit, 2, :open, :close)
FROM hit WHERE hit MATCH :query
"""
