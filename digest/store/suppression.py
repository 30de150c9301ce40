"""Addresses that were deleted on request: kept as keyed hashes, so that the list keeps them away and tells nobody of them."""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING

from digest.store.database import stamp

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from digest.store.database import Database

__all__ = ["Suppression"]


class Suppression:
    """The list; what it writes belongs to a transaction of its caller's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def among(self, addresses: Iterable[str]) -> frozenset[str]:
        """Those of these that are on it, in small letters."""
        by_hash = self._hashed(addresses)
        found = self._database.rows(ON_IT, {"hashes": json.dumps(list(by_hash))})
        return frozenset(by_hash[row["hash"]] for row in found)

    def put(self, addresses: Iterable[str], now: datetime) -> int:
        """Put these on it, inside a transaction; returns how many were not on it before."""
        before = self._count()
        self._database.write_many(PUT_ON, ({"hash": one, "at": stamp(now)} for one in self._hashed(addresses)))
        return self._count() - before

    def _count(self) -> int:
        count: int = self._database.value("SELECT count(*) FROM suppression")
        return count

    def _hashed(self, addresses: Iterable[str]) -> dict[str, str]:
        key: bytes = self._database.value("SELECT value FROM secret WHERE name = 'addresses'")
        return {hmac.digest(key, one.casefold().encode(), "sha256").hex(): one.casefold() for one in addresses}


# --- SQL --------------------------------------------------------------------------------------------------------

ON_IT = "SELECT hash FROM suppression WHERE hash IN (SELECT value FROM json_each(:hashes))"
PUT_ON = "INSERT INTO suppression (hash, at) VALUES (:hash, :at) ON CONFLICT DO NOTHING"
