"""A search that knows topics and days, and finds words of scripts that set no spaces: the index is made anew by the next build."""

from __future__ import annotations

__all__ = ["SEARCHING"]

SEARCHING = """
DROP TABLE paper_fts;
DROP TABLE indexed;
CREATE TABLE indexed (                      -- what the index holds of each paper
    paper_id    INTEGER PRIMARY KEY REFERENCES paper (id),
    revision_id INTEGER,                    -- NULL: merged or retracted, so not found
    edition_id  INTEGER,                    -- that announced it first; NULL: none did
    day         TEXT NOT NULL               -- of that edition, else of the listing that had it first
) STRICT;
CREATE INDEX indexed_edition ON indexed (edition_id);
CREATE VIRTUAL TABLE paper_fts USING fts5 (title, abstract, authors, topics, tokenize = 'unicode61 remove_diacritics 2');
"""
