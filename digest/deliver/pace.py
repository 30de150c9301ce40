"""No more mails in a minute than a provider allows: all together, and to each domain."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Pace", "domain_of"]

MINUTE = 60.0
ALL = ""  # what no domain is called


class Pace:
    """Turns that are evenly spaced, all together and by domain; None: as fast as it goes. Time not used is not saved up."""

    def __init__(
        self,
        per_minute: int | None = None,
        per_domain: int | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._gap, self._domain_gap = gap(per_minute), gap(per_domain)
        self._next: dict[str, float] = {}  # when the next one may leave
        self._clock = clock

    def wait(self, domain: str = ALL) -> float:
        """Seconds until this domain may have another mail, whatever others have; without one, until any mail may leave."""
        return max(0.0, self._next[domain] - self._clock()) if domain in self._next else 0.0

    def free_at(self, domain: str) -> float:
        """When this domain may have another mail, by the same clock."""
        return self._next.get(domain, 0.0)

    def take(self, domain: str) -> None:
        """One leaves now, to this domain."""
        now = self._clock()
        for key, space in ((ALL, self._gap), (domain, self._domain_gap)):
            if space:
                self._next[key] = max(now, self._next.get(key, now)) + space


def gap(per_minute: int | None) -> float:
    return MINUTE / per_minute if per_minute else 0.0


def domain_of(address: str) -> str:
    """`example.org`: what a limit by domain counts."""
    return address.rpartition("@")[2].lower()
