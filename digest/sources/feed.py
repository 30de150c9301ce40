"""Feeds by address: RSS, Atom, RDF or JSON Feed, and whatever else a parser knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.sources.asking import Memory, ask

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from digest.models import Fetched, Unchanged
    from digest.sources.web import Web

__all__ = ["Feed"]


@dataclass(frozen=True, slots=True)
class Feed:
    """The `feed` source: one address or several, each asked once a look. Names are the addresses."""

    remote = True
    apart = True

    urls: tuple[str, ...]
    web: Web

    def fetch(self, cursor: Mapping[str, str], now: datetime) -> Iterator[Fetched | Unchanged]:
        """Each address in turn; one that fails stops no other."""
        for url in self.urls:
            yield from ask(self.web, url, cursor.get(url), now)

    def owned(self, found: Fetched | Unchanged) -> None:
        """Nothing is put away: what is at an address is not ours."""

    def doubted(self, cursor: str) -> str:
        """Without its validators, so that it comes again, whole."""
        return Memory(moved=Memory.of(cursor).moved).cursor
