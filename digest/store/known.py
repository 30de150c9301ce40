"""The papers that a listing may mean: one look for all of them, whatever has been seen."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

from digest.identity import Known
from digest.models import Identifier, ListedPaper
from digest.store.papers import facts

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    from digest.identity import Key
    from digest.store.database import Database

__all__ = ["known_papers"]


def known_papers(database: Database, keys: Sequence[Key]) -> list[Known]:
    """The papers that share a title key or an identifier with one of these."""
    titles = json.dumps([key.title for key in keys])
    ids = json.dumps([[i.scheme, i.value] for key in keys for i in key.ids])
    found = [row["paper_id"] for row in database.rows(CANDIDATES, {"titles": titles, "ids": ids})]
    papers = {"papers": json.dumps(found)}
    aliases = grouped(database.rows(ALIASES, papers))
    title_keys = grouped(database.rows(TITLE_KEYS, papers))
    return [known_of(row, aliases, title_keys) for row in database.rows(KNOWN, papers)]


def grouped(rows: Iterable[sqlite3.Row]) -> dict[int, list[sqlite3.Row]]:
    groups: dict[int, list[sqlite3.Row]] = {}
    for row in rows:
        groups.setdefault(row["paper_id"], []).append(row)
    return groups


def known_of(
    row: sqlite3.Row, aliases: Mapping[int, list[sqlite3.Row]], title_keys: Mapping[int, list[sqlite3.Row]]
) -> Known:
    paper = row["paper_id"]
    return Known(
        paper,
        frozenset(key["key"] for key in title_keys.get(paper, ())),
        ids=tuple(Identifier(alias["scheme"], alias["value"]) for alias in aliases.get(paper, ())),
        text=ListedPaper(row["title"], row["abstract"], **facts(row)),
        listed_on=date.fromisoformat(row["listed_on"]),
    )


CANDIDATES = """
SELECT paper_id FROM title_key WHERE key IN (SELECT value FROM json_each(:titles))
UNION
SELECT identifier.paper_id FROM json_each(:ids) AS wanted
JOIN identifier ON identifier.scheme = wanted.value ->> 0 AND identifier.value = wanted.value ->> 1
"""
ALIASES = "SELECT paper_id, scheme, value FROM identifier WHERE paper_id IN (SELECT value FROM json_each(:papers))"
TITLE_KEYS = "SELECT paper_id, key FROM title_key WHERE paper_id IN (SELECT value FROM json_each(:papers))"
KNOWN = """
SELECT revision.* FROM json_each(:papers) AS wanted
JOIN paper ON paper.id = wanted.value JOIN revision ON revision.id = paper.revision_id
"""
