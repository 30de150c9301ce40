"""Which slots of each digest were considered, and since when it has its schedule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from digest.schedule import Slot
from digest.store.database import instant, stamp

if TYPE_CHECKING:
    from digest.store.database import Database

__all__ = ["NOTE_SLOT", "Considered", "Slots", "slot_row"]


@dataclass(frozen=True, slots=True)
class Considered:
    """The slots on record that are not before one, and since when the digest has its schedule."""

    slots: tuple[Slot, ...]
    since: datetime


class Slots:
    """One row per slot that was considered. Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def scheduled(self, digest: str, words: str | None, now: datetime) -> None:
        """Note that a digest has this schedule, from now on unless it had it before; None: it has none."""
        row = self._database.row("SELECT schedule FROM digest WHERE name = :digest", {"digest": digest})
        if row is not None and row["schedule"] != words:
            with self._database.transaction():
                self._database.write(SCHEDULED, {"digest": digest, "schedule": words, "now": stamp(now)})

    def has(self, digest: str, words: str) -> bool:
        """Whether a digest has this schedule already, by what a run or the daemon noted."""
        return bool(self._database.value(HAS, {"digest": digest, "schedule": words}))

    def since_now(self, digest: str, now: datetime) -> None:
        """Put right a schedule that begins in the future, by a clock that was wrong."""
        with self._database.transaction():
            self._database.write(
                "UPDATE digest SET since = :now WHERE name = :digest", {"digest": digest, "now": stamp(now)}
            )

    def since(self, digest: str) -> datetime | None:
        """Since when a digest has its schedule; None: it has none."""
        since = self._database.value("SELECT since FROM digest WHERE name = :digest", {"digest": digest})
        return instant(since) if since else None

    def considered(self, digest: str, newest: Slot) -> Considered:
        """The slots that may rule out this one: those not before it, by nominal time or by instant."""
        values = {"digest": digest, "nominal": newest.nominal.isoformat(), "instant": stamp(newest.instant)}
        rows = self._database.rows(CONSIDERED, values)
        slots = tuple(Slot(datetime.fromisoformat(row["nominal"]), instant(row["instant"])) for row in rows)
        return Considered(slots, self.since(digest) or newest.instant)

    def count(self) -> int:
        """How many were ever considered, of all digests."""
        return int(self._database.value("SELECT count(*) FROM slot"))


def slot_row(digest: str, slot: Slot, edition_id: int | None) -> dict[str, object]:
    """What `NOTE_SLOT` wants."""
    return {
        "digest": digest,
        "nominal": slot.nominal.isoformat(),
        "instant": stamp(slot.instant),
        "edition": edition_id,
    }


NOTE_SLOT = """
INSERT INTO slot (digest, nominal, instant, edition_id) VALUES (:digest, :nominal, :instant, :edition)
ON CONFLICT DO NOTHING
"""
HAS = "SELECT EXISTS (SELECT 1 FROM digest WHERE name = :digest AND schedule = :schedule)"
SCHEDULED = """
UPDATE digest SET schedule = :schedule, since = CASE WHEN :schedule IS NOT NULL THEN :now END WHERE name = :digest
"""
CONSIDERED = """
SELECT nominal, instant FROM slot WHERE digest = :digest AND (nominal >= :nominal OR instant >= :instant)
"""
