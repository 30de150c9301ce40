"""What archived feeds are bound from: the sealed editions, and their papers with the text of that day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from digest.store.papers import TEXT, paper_of
from digest.store.publications import announced

if TYPE_CHECKING:
    from digest.models import Announced, Volume
    from digest.store.database import Database

__all__ = ["Volumes"]


class Volumes:
    """Reads for `build`; writes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def editions(self) -> tuple[tuple[int, date, int], ...]:
        """Every edition in the order of sealing: its id, its day, how many papers it has."""
        return tuple((row["id"], date.fromisoformat(row["day"]), row["papers"]) for row in self._database.rows(SEALED))

    def papers(self, volume: Volume) -> tuple[Announced, ...]:
        """The papers that its editions announced first, newest first, with the text that they were sealed with."""
        rows = self._database.rows(BOUND, {"first": volume.first, "last": volume.last})
        return tuple(announced(row, paper_of(row)) for row in rows)


# --- SQL --------------------------------------------------------------------------------------------------------

SEALED = """
SELECT id, day, (SELECT count(*) FROM edition_item WHERE edition_id = edition.id) AS papers FROM edition ORDER BY id
"""
# What was retracted before the volume was bound is not in it. Papers that were merged since stay two: they were announced
# as two.
BOUND = f"""
SELECT item.paper_id, edition.digest, edition.number AS edition, edition.day, edition.created, NULL AS revised,
       item.number, item.topic, item.terms, item.also, item.position, item.comments, item.upvotes, item.sightings, {TEXT}
FROM edition JOIN edition_item AS item ON item.edition_id = edition.id
JOIN paper ON paper.id = item.paper_id JOIN revision ON revision.id = item.revision_id
WHERE edition.id BETWEEN :first AND :last AND paper.retracted IS NULL AND NOT EXISTS (
    SELECT 1 FROM edition_item AS before WHERE before.paper_id = item.paper_id AND before.edition_id < edition.id)
ORDER BY edition.id DESC, item.number
"""
