"""What became of the papers that a digest announced: what it may tell of them, and what its editions told."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from digest.models import Sequel
from digest.sequels import Followed
from digest.store.papers import PAPERS, TEXT, paper_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from digest.store.database import Database

__all__ = ["ADD_SEQUEL", "followed", "sealed_sequels", "sequel_rows"]


def followed(database: Database, digest: str) -> tuple[Followed, ...]:
    """The papers that this digest's editions showed, and that were listed again since the last one."""
    rows = database.rows(FOLLOWED, {"digest": digest})
    return tuple(_followed(row) for row in rows if row["before"] is not None)


def _followed(row: sqlite3.Row) -> Followed:
    return Followed(
        paper_of(row),
        row["told_title"],
        row["told_abstract"],
        number=row["edition_number"],
        day=date.fromisoformat(row["edition_day"]),
        before=date.fromisoformat(row["before"]),
        again=date.fromisoformat(row["again"]),
        days=row["days"],
        comments_then=row["comments_then"],
        upvotes_then=row["upvotes_then"],
        same_source=bool(row["same_source"]),
    )


def sequel_rows(sequels: Sequence[Sequel], edition_id: int) -> Iterator[dict[str, Any]]:
    """What `ADD_SEQUEL` takes."""
    for place, sequel in enumerate(sequels):
        yield {
            "edition": edition_id,
            "place": place,
            "kind": sequel.kind,
            "paper": sequel.paper.id,
            "revision": sequel.paper.revision,
            "number": sequel.number,
            "day": sequel.day.isoformat(),
            "former": sequel.former,
            "days": sequel.days,
            "comments_then": sequel.comments_then,
            "comments": sequel.paper.comments,
            "upvotes_then": sequel.upvotes_then,
            "upvotes": sequel.paper.upvotes,
        }


def sealed_sequels(database: Database, edition_id: int) -> tuple[Sequel, ...]:
    """What an edition told, with the text that it was sealed with."""
    return tuple(
        Sequel(
            row["kind"],
            paper_of(row, placed=False),
            number=row["edition_number"],
            day=date.fromisoformat(row["edition_day"]),
            former=row["former"],
            days=row["days"],
            comments_then=row["comments_then"],
            upvotes_then=row["upvotes_then"],
        )
        for row in database.rows(SEALED, {"edition": edition_id})
    )


# The text that readers were told last is that of the edition's item, or of a later sequel of it. A paper that was merged
# into another one since goes on as that one; where both were announced, what counts is the first time: beside a single
# min() SQLite takes what is no aggregate from that row (https://www.sqlite.org/lang_select.html#bareagg).
FOLLOWED = f"""
WITH since AS (SELECT last_dump FROM digest WHERE name = :digest),
listed_again AS (SELECT DISTINCT paper_id FROM sighting WHERE dump_id > (SELECT last_dump FROM since)),
told AS (
    SELECT now.id AS paper_id, edition.number, edition.day, item.comments, item.upvotes,
           max(item.revision_id, coalesce((SELECT max(sequel.revision_id) FROM edition_sequel AS sequel
               JOIN edition AS later ON later.id = sequel.edition_id AND later.digest = :digest
               WHERE sequel.paper_id = now.id), 0)) AS revision_id,
           min(edition.id) AS first
    FROM listed_again JOIN paper AS now ON now.id = listed_again.paper_id AND now.retracted IS NULL
    JOIN paper AS own ON own.id = now.id OR own.merged_into = now.id
    JOIN edition_item AS item ON item.paper_id = own.id AND item.digest = :digest
    JOIN edition ON edition.id = item.edition_id
    WHERE item.topic IS NOT NULL OR edition.others = 'titles'
    GROUP BY now.id
),
days AS (
    SELECT told.paper_id,
           max(listed_on) FILTER (WHERE dump_id <= (SELECT last_dump FROM since)) AS before,
           min(listed_on) FILTER (WHERE dump_id > (SELECT last_dump FROM since)) AS again,
           count(DISTINCT listed_on) FILTER (WHERE listed_on > told.day) AS days
    FROM told JOIN sighting ON sighting.paper_id = told.paper_id JOIN dump ON dump.id = sighting.dump_id
    GROUP BY told.paper_id
)
SELECT latest.*, told.number AS edition_number, told.day AS edition_day, days.before, days.again, days.days,
       told.comments AS comments_then, told.upvotes AS upvotes_then,
       text.title AS told_title, text.abstract AS told_abstract,
       (SELECT source FROM dump WHERE id = text.dump_id) IS (
           SELECT source FROM dump JOIN revision AS now ON now.dump_id = dump.id WHERE now.id = latest.revision_id
       ) AS same_source
FROM told JOIN days USING (paper_id) JOIN revision AS text ON text.id = told.revision_id
JOIN ({PAPERS} WHERE paper.id IN (SELECT paper_id FROM told)) AS latest ON latest.id = told.paper_id
ORDER BY latest.id
"""
SEALED = f"""
SELECT {TEXT}, sequel.kind, sequel.number AS edition_number, sequel.day AS edition_day, sequel.former, sequel.days,
       sequel.comments_then, sequel.comments, sequel.upvotes_then, sequel.upvotes
FROM edition_sequel AS sequel JOIN paper ON paper.id = sequel.paper_id
JOIN revision ON revision.id = sequel.revision_id
WHERE sequel.edition_id = :edition ORDER BY sequel.place
"""
ADD_SEQUEL = """
INSERT INTO edition_sequel (edition_id, place, kind, paper_id, revision_id, number, day, former, days,
                            comments_then, comments, upvotes_then, upvotes)
VALUES (:edition, :place, :kind, :paper, :revision, :number, :day, :former, :days,
        :comments_then, :comments, :upvotes_then, :upvotes)
"""
