"""What the sixth version adds: slots, what a run came to, and what a daemon says of itself and to its owner."""

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

CREATE TABLE notice (                       -- a mail to the owner about what one pass found; states as a delivery's
    id          INTEGER PRIMARY KEY,
    at          TEXT NOT NULL,              -- when it was made
    subject     TEXT NOT NULL,
    text        TEXT NOT NULL,
    message_id  TEXT NOT NULL UNIQUE,
    state       TEXT NOT NULL CHECK (state IN ('queued', 'in_doubt', 'sent', 'dead', 'held')),
    attempts    INTEGER NOT NULL DEFAULT 0,
    doubts      INTEGER NOT NULL DEFAULT 0,
    queued_at   TEXT NOT NULL,
    next_at     TEXT NOT NULL,
    tried       TEXT,
    last_reply  TEXT
) STRICT;

CREATE TABLE alert (                        -- something wrong, from its beginning to its end
    id          INTEGER PRIMARY KEY,
    key         TEXT NOT NULL,              -- "source arxiv failing": the same as long as it lasts
    subject     TEXT NOT NULL,
    lines       TEXT NOT NULL,              -- JSON list: what was said, what to do
    begun       TEXT NOT NULL,
    due         TEXT NOT NULL,              -- when it is told, if it lasts until then
    mute        INTEGER NOT NULL,           -- 1: told only when it is over
    ended       TEXT,
    over        TEXT NOT NULL DEFAULT '',   -- what is told of its end; '': nothing
    told        INTEGER REFERENCES notice (id),     -- the mail about its beginning
    told_over   INTEGER REFERENCES notice (id)      -- and about its end
) STRICT;
CREATE UNIQUE INDEX alert_open ON alert (key) WHERE ended IS NULL;
CREATE INDEX alert_key ON alert (key);

CREATE TABLE request (                      -- what somebody asked for on the web, and the mail with the link to it; states as a delivery's
    id          INTEGER PRIMARY KEY,
    kind        TEXT NOT NULL CHECK (kind IN ('confirm', 'manage', 'nobody')),  -- 'nobody': no mail is owed, no address kept
    token       TEXT NOT NULL UNIQUE,       -- random: in its link
    address     TEXT NOT NULL,              -- '' when its days are over
    digest      TEXT NOT NULL,
    topics      TEXT,                       -- JSON list of ids; NULL: all that the digest shows
    asked       TEXT NOT NULL,
    used        TEXT,                       -- when the button behind its link was pressed
    message_id  TEXT NOT NULL UNIQUE,
    state       TEXT NOT NULL CHECK (state IN ('queued', 'in_doubt', 'sent', 'dead', 'held')),
    attempts    INTEGER NOT NULL DEFAULT 0,
    doubts      INTEGER NOT NULL DEFAULT 0,
    queued_at   TEXT NOT NULL,
    next_at     TEXT NOT NULL,
    tried       TEXT,
    last_reply  TEXT
) STRICT;
CREATE INDEX request_address ON request (lower(address));
CREATE INDEX request_waiting ON request (id) WHERE state IN ('queued', 'in_doubt');

CREATE TABLE way (                          -- what mails left by last, as config.toml has it: one row
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    way         TEXT NOT NULL
) STRICT;

CREATE TABLE ping (                         -- when the watcher's address was asked last: one row
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    at          TEXT NOT NULL
) STRICT;

-- of a run: `new` was what was news before, which is new - withheld + announced; what is NULL was not counted then
ALTER TABLE run ADD COLUMN known INTEGER;
ALTER TABLE run ADD COLUMN repeated INTEGER;
ALTER TABLE run ADD COLUMN listed INTEGER CHECK (listed = new + known + repeated);
ALTER TABLE run ADD COLUMN rejected INTEGER;
ALTER TABLE run ADD COLUMN withheld INTEGER NOT NULL DEFAULT 0;     -- of the new ones
ALTER TABLE run ADD COLUMN announced INTEGER NOT NULL DEFAULT 0;    -- of the known ones
ALTER TABLE run ADD COLUMN published TEXT NOT NULL DEFAULT '[]';    -- JSON list of editions: "daily/12"
ALTER TABLE run ADD COLUMN seconds REAL;                            -- how long it took, by a clock that is never put
"""
