"""What the third version adds: papers that read alike, sequels of papers, what a run met that is no failure."""

from __future__ import annotations

__all__ = ["THIRD"]

THIRD = """
-- A file that was still being written is no failure of a run; a source that did not answer is told by the source, until it
-- has failed too often.
ALTER TABLE run ADD COLUMN unsettled INTEGER NOT NULL DEFAULT 0;    -- files
ALTER TABLE run ADD COLUMN unanswered TEXT NOT NULL DEFAULT '[]';   -- JSON list of lines, one for each address

ALTER TABLE dump ADD COLUMN announced INTEGER NOT NULL DEFAULT 0;   -- known papers that were withheld until then
CREATE INDEX retrieval_source ON retrieval (source, name);

-- Papers whose abstracts are near-equal are perhaps versions of one work: found by a few hashes of sentences.
CREATE TABLE abstract_key (
    key         INTEGER NOT NULL,           -- of one sentence; at most three to a paper
    paper_id    INTEGER NOT NULL REFERENCES paper (id),
    PRIMARY KEY (key, paper_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE possible_revision (            -- told, never merged
    paper_id    INTEGER NOT NULL REFERENCES paper (id),     -- the younger one
    earlier_id  INTEGER NOT NULL REFERENCES paper (id),
    title       TEXT NOT NULL,              -- of the earlier one, and the day it was listed, when this was found
    listed_on   TEXT NOT NULL,
    PRIMARY KEY (paper_id, earlier_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX possible_revision_earlier ON possible_revision (earlier_id);

CREATE TABLE edition_sequel (               -- what became of papers that earlier editions of the digest announced
    edition_id  INTEGER NOT NULL REFERENCES edition (id),
    place       INTEGER NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('updated', 'came back')),
    paper_id    INTEGER NOT NULL REFERENCES paper (id),
    revision_id INTEGER NOT NULL REFERENCES revision (id),
    number      INTEGER NOT NULL,           -- of the edition that announced it, with its day
    day         TEXT NOT NULL,
    former      TEXT,                       -- its title before, where it is another one now
    days        INTEGER NOT NULL,           -- on which it was listed since
    comments_then INTEGER,                  -- when it was announced, and now
    comments    INTEGER,
    upvotes_then INTEGER,
    upvotes     INTEGER,
    PRIMARY KEY (edition_id, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX edition_sequel_paper ON edition_sequel (paper_id);
"""
