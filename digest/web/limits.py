"""How often somebody may ask: so many times an hour from one network, and about one address. In memory, and bounded."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from ipaddress import ip_address, ip_network
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

__all__ = ["Limits", "network_of"]

HOUR = 3600.0  # seconds
KEYS = 20_000  # that are remembered; the one that was not asked about for longest is forgotten first


class Limits:
    """What was asked lately, by any key. `ticks` are seconds of a clock that is never put."""

    def __init__(self, ticks: Callable[[], float] = time.monotonic, keys: int = KEYS) -> None:
        self._ticks, self._keys, self._lock = ticks, keys, Lock()
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._seen)

    def allows(self, key: str, most: int) -> bool:
        """Whether it may be done once more; if so it is counted. At most `most` times in any hour."""
        with self._lock:
            now = self._ticks()
            times = self._seen.setdefault(key, deque())
            self._seen.move_to_end(key)
            while len(self._seen) > self._keys:
                self._seen.popitem(last=False)
            while times and now - times[0] >= HOUR:
                times.popleft()
            if len(times) >= most:
                return False
            times.append(now)
            return True


def network_of(request: Request) -> str | None:
    """Whose network a request comes from, as the guard knows it: a /24 of IPv4, a /64 of IPv6. None: of this machine."""
    try:
        found = ip_address(request.client.host.partition("%")[0] if request.client else "")
    except ValueError:
        return None
    found = getattr(found, "ipv4_mapped", None) or found
    bits = 24 if found.version == 4 else 64  # noqa: PLR2004 - of the Internet Protocol
    return None if found.is_loopback else str(ip_network((found, bits), strict=False))
