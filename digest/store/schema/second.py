"""What the second version adds: first looks, and how it stands with each source."""

from __future__ import annotations

__all__ = ["SECOND"]

SECOND = """
-- A source's first look need not make everything news: papers that were put on the list before this day are known, but
-- no news. 'latest': that day is not known before all dumps of the look are read.
ALTER TABLE dump ADD COLUMN news_from TEXT;
ALTER TABLE dump ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;    -- at reading it that never came to an end
ALTER TABLE retrieval ADD COLUMN listed_on TEXT;    -- of bytes that came before, where the name says another day

CREATE TABLE look (                         -- how it stands with each source
    source      TEXT PRIMARY KEY,
    looked      TEXT NOT NULL,              -- when it was asked last
    answered    TEXT,                       -- when it answered last, if only to say that nothing has changed
    failures    INTEGER NOT NULL,           -- in a row
    fault       TEXT,                       -- what was said of the last one
    not_before  TEXT                        -- it is not asked again before that
) STRICT, WITHOUT ROWID;
INSERT INTO look SELECT source, max(at), max(at), 0, NULL, NULL FROM retrieval GROUP BY source;
"""
