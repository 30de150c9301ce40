"""The papers that a listing may mean: one look for all of them, whatever has been seen."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from digest.identity import Known
from digest.models import Identifier, ListedPaper
from digest.store.papers import facts

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    from digest.identity import Key
    from digest.store.database import Database

Value = TypeVar("Value")

__all__ = ["known_papers"]


def known_papers(database: Database, listed: Sequence[Key]) -> list[Known]:
    """The papers that share a title key or an identifier with one of these."""
    titles = json.dumps([key.title for key in listed])
    wanted = json.dumps([[i.scheme, i.value] for key in listed for i in key.ids])
    found = [row["paper_id"] for row in database.rows(CANDIDATES, {"titles": titles, "ids": wanted})]
    papers = {"papers": json.dumps(found)}
    ids = grouped((r["paper_id"], Identifier(r["scheme"], r["value"])) for r in database.each(ALIASES, papers))
    keys = grouped((r["paper_id"], r["key"]) for r in database.each(TITLE_KEYS, papers))
    return [known_of(row, ids, keys) for row in database.each(KNOWN, papers)]


def grouped(pairs: Iterable[tuple[int, Value]]) -> dict[int, tuple[Value, ...]]:
    """The values of each paper; nearly all have one."""
    groups: dict[int, tuple[Value, ...]] = {}
    for paper, value in pairs:
        groups[paper] = (*groups.get(paper, ()), value)
    return groups


def known_of(row: sqlite3.Row, ids: Mapping[int, tuple[Identifier, ...]], keys: Mapping[int, tuple[str, ...]]) -> Known:
    paper = row["paper_id"]
    return Known(
        paper,
        frozenset(keys.get(paper, ())),
        ids=ids.get(paper, ()),
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
