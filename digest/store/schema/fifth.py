"""What the fifth version adds: catching up after a pause, bounces that are forgiven, and counts of rows that were pruned."""

from __future__ import annotations

__all__ = ["FIFTH"]

FIFTH = """
ALTER TABLE subscription ADD COLUMN missed_from INTEGER;    -- the first edition that it misses, and wants when it goes on
ALTER TABLE subscription ADD COLUMN soft_on INTEGER;        -- the latest delivery whose bounce was counted
ALTER TABLE subscription ADD COLUMN before TEXT;            -- its state before it bounced or was removed

ALTER TABLE delivery ADD COLUMN missed TEXT;    -- JSON list of numbers: what it catches up on; NULL: its own edition alone
ALTER TABLE delivery ADD COLUMN tried TEXT;     -- when it was refused for now the first time
ALTER TABLE delivery ADD COLUMN given_up INTEGER NOT NULL DEFAULT 0;    -- 1: by its owner, for good
ALTER TABLE edition ADD COLUMN given_up INTEGER NOT NULL DEFAULT 0;     -- 1: by its owner, for all
DROP INDEX delivery_waiting;
CREATE INDEX delivery_waiting ON delivery (id) WHERE state IN ('queued', 'in_doubt');   -- in the order in which they leave

CREATE TABLE pruned (                       -- deliveries that were settled long ago: how many, no longer whose
    edition_id  INTEGER NOT NULL REFERENCES edition (id),
    state       TEXT NOT NULL,
    deliveries  INTEGER NOT NULL,
    PRIMARY KEY (edition_id, state)
) STRICT, WITHOUT ROWID;
"""
