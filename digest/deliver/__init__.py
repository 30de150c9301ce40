"""How a delivery leaves. A channel hands one message over and says whether it was accepted; it knows no database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.models import Message, Receipt

__all__ = ["Channel"]


class Channel(Protocol):
    """Anything that accepts messages."""

    def send(self, message: Message, in_doubt: Callable[[], None]) -> Receipt:
        """Hand one message over; raises `TemporaryDelivery` or `PermanentDelivery` when it is not accepted.

        Calls `in_doubt()` at the last instant before acceptance is possible. If that raises, nothing was accepted.
        `errors` draws what else it raises.
        """
        ...

    def close(self) -> None:
        """Let go of what it holds open; it can be used again."""
        ...

    def abort(self) -> None:
        """Drop at once what it holds open, from another thread than the one that sends: a `send` in there fails."""
        ...
