"""What the owner's pages tell, and nobody else asks; it only reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digest.store.database import Database

__all__ = ["Overview"]


class Overview:
    """Counts, never names."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def subscriptions(self) -> tuple[tuple[str, str, int], ...]:
        """How many subscriptions each digest has in each state."""
        return tuple((row["digest"], row["state"], row["n"]) for row in self._database.rows(SUBSCRIPTIONS))


SUBSCRIPTIONS = "SELECT digest, state, count(*) AS n FROM subscription GROUP BY digest, state ORDER BY digest, state"
