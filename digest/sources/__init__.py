"""Where dumps come from. A source hands over bytes; it never parses them and never writes to the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from digest.errors import DigestError
    from digest.models import Fetched, Unchanged

__all__ = ["Source"]


class Source(Protocol):
    """Anything that can be looked at for new dumps."""

    @property
    def remote(self) -> bool:
        """Whether it is asked over a network, so that it may be slow or fail."""
        ...

    @property
    def apart(self) -> bool:
        """Whether each of its names is a listing of its own, as a feed's addresses are, with a first look of its own."""
        ...

    def fetch(self, cursor: Mapping[str, str], now: datetime) -> Iterator[Fetched | Unchanged | DigestError]:
        """What is there at `now` and is not at the version that `cursor` gives for its name.

        What can't be had is an error *value* in its place, so that the others are still taken.
        """
        ...

    def owned(self, found: Fetched | Unchanged) -> None:
        """Called once the bytes are ours: the source may put its copy away. `fetch` itself changes nothing."""
        ...

    def doubted(self, cursor: str) -> str:
        """The cursor to remember instead of this one when its dump was not read, or only in part.

        With it the dump is asked for again, whole; the same one where that would change nothing.
        """
        ...


Wait = Callable[[float], None]  # seconds; handed in, so that tests need not wait
