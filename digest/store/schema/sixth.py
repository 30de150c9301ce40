"""What the sixth version adds: slots, and what a daemon says of itself and to its owner."""

from __future__ import annotations

__all__ = ["SIXTH"]

SIXTH = """
-- From this version on a dump may have an empty body: its bytes are not kept any more (`pruning.dumps`).

ALTER TABLE digest ADD COLUMN schedule TEXT;    -- in words, with its zone; NULL: due whenever something is new
ALTER TABLE digest ADD COLUMN since TEXT;       -- when it got this schedule: slots before are not its

CREATE TABLE slot (                         -- of a digest: considered, whether an edition came of it or not
    digest      TEXT NOT NULL REFERENCES digest (name),
    nominal     TEXT NOT NULL,              -- local time on the wall
    instant     TEXT NOT NULL,
    edition_id  INTEGER REFERENCES edition (id),    -- NULL: nothing was new
    PRIMARY KEY (digest, nominal)
) STRICT, WITHOUT ROWID;
CREATE INDEX slot_instant ON slot (digest, instant);

CREATE TABLE daemon (                       -- the last one that lived on this database
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    pid         INTEGER NOT NULL,
    host        TEXT NOT NULL,
    started     TEXT NOT NULL,
    beat        TEXT NOT NULL,              -- each minute
    stopped     TEXT                        -- in order; NULL: it lives, or it was killed
) STRICT;
"""
