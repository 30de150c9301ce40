"""What the fifth version adds: catching up after a pause, bounces that are forgiven, and counts of rows that were pruned."""

from __future__ import annotations

__all__ = ["FIFTH"]

FIFTH = """
ALTER TABLE subscription ADD COLUMN missed_since TEXT;  -- since when it misses editions that it wants when it goes on
ALTER TABLE subscription ADD COLUMN soft_on INTEGER;    -- the latest delivery whose bounce was counted

ALTER TABLE delivery ADD COLUMN missed TEXT;  -- JSON list of numbers: what it catches up on; NULL: its own edition alone
DROP INDEX delivery_waiting;
CREATE INDEX delivery_waiting ON delivery (id) WHERE state IN ('queued', 'in_doubt');   -- in the order in which they leave

CREATE TABLE pruned (                       -- deliveries that were settled long ago: how many, no longer whose
    edition_id  INTEGER NOT NULL REFERENCES edition (id),
    state       TEXT NOT NULL,
    deliveries  INTEGER NOT NULL,
    PRIMARY KEY (edition_id, state)
) STRICT, WITHOUT ROWID;
"""
