"""Papers whose abstracts are near-equal under different titles: found when an abstract comes in, and told, never merged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from digest.likeness import abstract_keys, near_equal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from digest.store.database import Database

__all__ = ["index_all", "note_resemblances"]

COMMON = 5  # papers that share a sentence; one that more of them share is a phrase of their journal


def index_all(database: Database) -> None:
    """Make the keys of all abstracts, in a database that has none; inside a transaction."""
    _index(database, {row["paper_id"]: abstract_keys(row["abstract"]) for row in database.rows(EVERY)})


def note_resemblances(database: Database, abstracts: Mapping[int, str | None]) -> None:
    """Look for papers that these abstracts, by paper, are near-equal to; inside a transaction.

    All of them stand in the store already. Of two papers the younger is noted as a possible revision of the older.
    """
    keys = {paper: abstract_keys(abstract) for paper, abstract in abstracts.items()}
    _index(database, keys)
    wanted = [(paper, key) for paper, mine in keys.items() for key in mine]
    pairs = database.rows(PAIRS, {"keys": json.dumps(wanted), "common": COMMON})
    if pairs:
        _note(database, {(max(pair), min(pair)) for pair in map(tuple, pairs)})


def _index(database: Database, keys: Mapping[int, Iterable[int]]) -> None:
    database.write_many(INDEX, ({"paper": paper, "key": key} for paper, mine in keys.items() for key in mine))


def _note(database: Database, pairs: Iterable[tuple[int, int]]) -> None:
    pairs = sorted(pairs)
    every = json.dumps(sorted({paper for pair in pairs for paper in pair}))
    texts = {row["id"]: row for row in database.rows(TEXTS, {"papers": every})}
    database.write_many(
        NOTE,
        (
            {"paper": young, "earlier": old, "title": texts[old]["title"], "listed_on": texts[old]["listed_on"]}
            for young, old in pairs
            if near_equal(texts[young]["abstract"], texts[old]["abstract"])
        ),
    )


EVERY = "SELECT paper.id AS paper_id, abstract FROM paper JOIN revision ON revision.id = paper.revision_id"
INDEX = "INSERT INTO abstract_key (key, paper_id) VALUES (:key, :paper) ON CONFLICT DO NOTHING"
# What too many share is left out before anything is joined: thousands of papers with one abstract are no thousands of
# thousands of pairs.
PAIRS = """
WITH looked_for AS (SELECT value ->> 0 AS paper_id, value ->> 1 AS key FROM json_each(:keys)),
wanted AS MATERIALIZED (
    SELECT paper_id, key FROM looked_for
    WHERE NOT EXISTS (SELECT 1 FROM abstract_key WHERE key = looked_for.key LIMIT 1 OFFSET :common)
)
SELECT DISTINCT wanted.paper_id, now.id
FROM wanted JOIN abstract_key AS other ON other.key = wanted.key
JOIN paper AS found ON found.id = other.paper_id JOIN paper AS now ON now.id = coalesce(found.merged_into, found.id)
WHERE now.id != wanted.paper_id AND now.retracted IS NULL
"""
TEXTS = """
SELECT paper.id, title, paper.listed_on, abstract FROM paper JOIN revision ON revision.id = paper.revision_id
WHERE paper.id IN (SELECT value FROM json_each(:papers))
"""
NOTE = """
INSERT INTO possible_revision (paper_id, earlier_id, title, listed_on) VALUES (:paper, :earlier, :title, :listed_on)
ON CONFLICT DO NOTHING
"""
