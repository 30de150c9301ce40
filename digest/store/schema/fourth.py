"""What the fourth version adds: subscriptions with a choice of topics and a state of their own, and halts of the outbox."""

from __future__ import annotations

__all__ = ["FOURTH"]

FOURTH = """
CREATE TABLE subscription_now (
    id          INTEGER PRIMARY KEY,
    digest      TEXT NOT NULL,
    address     TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('pending', 'active', 'paused', 'unsubscribed', 'bounced', 'removed')),
    origin      TEXT NOT NULL CHECK (origin IN ('config', 'owner', 'reader')),  -- who asked for it
    token       TEXT NOT NULL UNIQUE,       -- random: in the links of its mails
    topics      TEXT,                       -- JSON list of ids; NULL: all that the digest shows
    many        INTEGER NOT NULL DEFAULT 0, -- 1: an address that reaches many, so that no link in it is personal
    since       TEXT NOT NULL,              -- of its state
    until       TEXT,                       -- the day on which a paused one goes on by itself
    consent     TEXT,                       -- where and when it was given, in the owner's words
    soft        INTEGER NOT NULL DEFAULT 0, -- bounces in a row that may pass
    reason      TEXT,                       -- why it is in this state, where that is not its own wish
    UNIQUE (digest, address)
) STRICT;
INSERT INTO subscription_now (id, digest, address, state, origin, token, since)
SELECT id, digest, address, state, 'config', lower(hex(randomblob(10))), since FROM subscription;
DROP TABLE subscription;
ALTER TABLE subscription_now RENAME TO subscription;
CREATE INDEX subscription_address ON subscription (lower(address));

CREATE TABLE suppression (                  -- addresses that were deleted on request: never written to again
    hash        TEXT PRIMARY KEY,           -- keyed, so that the list tells nobody who is on it
    at          TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE secret (                       -- random, of this database alone
    name        TEXT PRIMARY KEY,
    value       BLOB NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO secret (name, value) VALUES ('addresses', randomblob(32)), ('envelopes', randomblob(32));

ALTER TABLE delivery ADD COLUMN topics TEXT;    -- the choice of topics when its edition was sealed; NULL: all

CREATE TABLE halt (                         -- why what is due is not sent
    scope       TEXT PRIMARY KEY,           -- "all", or "daily/12": one edition
    why         TEXT NOT NULL,
    since       TEXT NOT NULL,
    until       TEXT,                       -- it goes on by itself then; NULL: when the owner says so
    times       INTEGER NOT NULL DEFAULT 1  -- in a row
) STRICT, WITHOUT ROWID;
"""
