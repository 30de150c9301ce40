"""What is due, in the order in which it may leave: the oldest first, but none waits for a domain that has had enough."""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from digest.deliver.pace import domain_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.deliver.pace import Pace
    from digest.models import Delivery, Scope
    from digest.store.outbox import Outbox

__all__ = ["Backlog"]

PAGE = 1_000  # deliveries that are read at once
ASIDE = 10_000  # deliveries that wait in memory for their domain's turn; the others wait in the database


class Backlog:
    """Deliveries that are due, each given out once, page by page."""

    def __init__(self, outbox: Outbox, scope: Scope, pace: Pace) -> None:
        self._outbox, self._scope, self._pace = outbox, scope, pace
        self._due = self._read()
        self._aside: dict[str, deque[Delivery]] = {}
        self._turns: list[tuple[float, str]] = []  # a heap: when each domain in `_aside` is free again
        self._waiting = 0

    def next(self) -> Delivery | float | None:
        """The next one that may leave now; else the seconds until one may; None: all were given out."""
        if (wait := self._pace.wait()) > 0:
            return wait
        one = self._from_aside() or self._from_pages()
        if one is None:
            return self._pace.wait(self._turns[0][1]) if self._turns else None
        domain = domain_of(one.to)
        self._pace.take(domain)
        if domain in self._aside:
            heappush(self._turns, (self._pace.free_at(domain), domain))
        return one

    def _from_aside(self) -> Delivery | None:
        if not self._turns or self._pace.wait(self._turns[0][1]) > 0:
            return None
        _, domain = heappop(self._turns)
        waiting = self._aside[domain]
        one = waiting.popleft()
        self._waiting -= 1
        if not waiting:
            del self._aside[domain]
        return one

    def _from_pages(self) -> Delivery | None:
        while self._waiting < ASIDE and (one := next(self._due, None)):
            domain = domain_of(one.to)
            if domain not in self._aside:
                if self._pace.wait(domain) <= 0:
                    return one
                self._aside[domain] = deque()
                heappush(self._turns, (self._pace.free_at(domain), domain))
            self._aside[domain].append(one)
            self._waiting += 1
        return None

    def _read(self) -> Iterator[Delivery]:
        last = 0
        while page := self._outbox.due(self._scope, PAGE, after=last):
            yield from page
            last = page[-1].id
