"""A wish to stop, as a signal brings it: heard at once where nothing is in doubt, and with patience where something is.

The first signal ends what can be cut off at any instant. Where mails are under way, whoever sends them listens: it ends
what is not in doubt, waits a while for the answers to what is, and the run says that it was stopped. A second signal
ends everything.
"""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["PATIENCE", "Stop"]

PATIENCE = 60.0  # seconds for answers to mails that may have been accepted
SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stop:
    """Whether this process was asked to stop. Asked outside `listening`, or twice, it raises `KeyboardInterrupt`."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self.asked, self.patience = False, patience
        self._listeners: list[Callable[[], None]] = []

    def ask(self, *_: object) -> None:
        """Ask for it; what a signal calls, in the midst of anything."""
        first, self.asked = not self.asked, True
        if not (first and self._listeners):
            raise KeyboardInterrupt
        for listener in tuple(self._listeners):
            listener()

    @contextmanager
    def listening(self, listener: Callable[[], None]) -> Iterator[None]:
        """In here the first wish only calls `listener`, which must not wait for anything; several may listen."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """In here SIGTERM and SIGINT are such wishes. Only a process's main thread may hear signals."""
        before = {number: signal.signal(number, self.ask) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
