"""Feeds by address: RSS, Atom, RDF or JSON Feed, and whatever else a parser knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.errors import Waiting, in_utc
from digest.models import Fetched, Unchanged
from digest.render.words import counted
from digest.sources.asking import Memory, ask, doubted, left_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from digest.sources.web import Web

__all__ = ["Feed"]


@dataclass(frozen=True, slots=True)
class Feed:
    """The `feed` source: one address or several, each asked once a look. Names are the addresses."""

    remote = True
    apart = True

    urls: tuple[str, ...]
    web: Web

    def fetch(self, cursor: Mapping[str, str], now: datetime) -> Iterator[Fetched | Unchanged | Waiting]:
        """Each address in turn; one that fails stops no other, but for those of a server that wants to be left alone."""
        for url in self.urls:
            left_until(self.web, url, cursor.get(url), now)  # for all addresses of its server, in whatever order
        left: dict[datetime, list[str]] = {}
        answered = False
        for url in self.urls:
            until = left_until(self.web, url, cursor.get(url), now)
            if until and not Memory.of(cursor.get(url)).gone:
                left.setdefault(until, []).append(url)
                continue
            for one in ask(self.web, url, cursor.get(url), now):
                answered |= isinstance(one, Fetched) or one.fault is None
                yield one
        yield from (left_alone(urls, until) for until, urls in left.items())
        if answered:
            yield from self._forgotten(cursor)

    def owned(self, found: Fetched | Unchanged) -> None:
        """Nothing is put away: what is at an address is not ours."""

    def doubted(self, cursor: str) -> str:
        """The cursor with which the whole is asked for again, where it was configured to be."""
        return doubted(cursor)

    def _forgotten(self, cursor: Mapping[str, str]) -> Iterator[Unchanged]:
        """Addresses that are not configured any more: one that comes back is asked as if for the first time."""
        for name in sorted(cursor.keys() - set(self.urls)):
            if Memory.of(cursor[name]) != Memory():
                yield Unchanged(name, Memory().cursor)


def left_alone(urls: Sequence[str], until: datetime) -> Waiting:
    """The one line for all addresses of a server that wants to be left alone."""
    more = f"and {counted(len(urls) - 1, 'more address', 'more addresses')} are" if len(urls) > 1 else "is"
    what = f"{more} left alone: {'their' if len(urls) > 1 else 'its'} server asked for that"
    return Waiting(urls[0], what, f"asked again after {in_utc(until)}")
