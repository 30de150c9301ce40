"""The address of whoever watches that runs go on: a dead man's switch, as healthchecks.io or Uptime Kuma keep one.

It is asked after a good run, so that its keeper raises the alarm when that stops. The address is a secret: who knows it can
keep the watcher quiet. What goes wrong is told of its host alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from digest.errors import FetchError
from digest.sources.web import Policy, Web

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Ping"]

# A watcher of one's own may stand in a private network; where it leads is checked as ever, and the owner stays unnamed.
POLICY = Policy(allow_private=True, max_bytes=2**20, connect_timeout=5.0, deadline=5.0, gap=0.0)


@dataclass(frozen=True, slots=True)
class Ping:
    """One address, asked with GET."""

    url: str = field(repr=False)
    web: Web = field(default_factory=lambda: Web(POLICY))

    def __call__(self, now: datetime) -> None:
        """Ask it once, for five seconds at most; raises a `FetchError` that names nothing but the host."""
        try:
            self.web.knock(self.url, now)
        except FetchError as fault:
            host = urlsplit(self.url).hostname or ""
            what = fault.what if not any(part in fault.what for part in secrets(self.url)) else "could not be asked"
            raise FetchError(f"ping of {host}", what, "who watches will think that runs have stopped") from None


def secrets(url: str) -> list[str]:
    """Pieces of an address that nothing may repeat."""
    parts = urlsplit(url)
    return [piece for piece in (*parts.path.split("/"), parts.query) if piece]
