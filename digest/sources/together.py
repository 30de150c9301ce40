"""Sources looked at side by side: those that are asked over a network wait for each other's answers, not in turn."""

from __future__ import annotations

from contextvars import copy_context
from dataclasses import dataclass, field
from queue import Full, Queue
from threading import Event
from typing import TYPE_CHECKING

from digest.errors import DigestError
from digest.logs import about

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence
    from datetime import datetime

    from digest.models import Fetched, Unchanged
    from digest.sources import Source

    Found = Fetched | Unchanged | DigestError

__all__ = ["SIDE_BY_SIDE", "looked_at"]

SIDE_BY_SIDE = 8  # sources that are asked at once
AHEAD = 2  # answers of one source that wait to be taken: memory holds no more of them
TURN = 0.2  # seconds after which one that waits looks whether the taking was given up


def looked_at(
    sources: Sequence[tuple[str, Source, Mapping[str, str]]], now: datetime
) -> Generator[Iterator[Found], None, None]:
    """What each source, of that name, has given its cursor, in their order. Raises nothing: a source that fails has said so.

    Each must be taken to its end before the next; closed before that, it asks no source that was not begun. A folder's
    files are read one by one, as they are taken; what comes over a network is fetched a little ahead.
    """
    if not any(source.remote for _, source, _ in sources):
        yield from (whole(name, source, cursor, now=now) for name, source, cursor in sources)
        return
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - a folder alone needs no threads

    given_up, pool = Event(), ThreadPoolExecutor(SIDE_BY_SIDE)
    try:
        found = [whole(name, source, cursor, now=now) for name, source, cursor in sources]
        lines = [Line(name, given_up) if source.remote else None for name, source, _ in sources]
        for line, answers in zip(lines, found, strict=True):
            if line:
                pool.submit(copy_context().run, line.fill, answers)  # a context of its own: what it says is about
        for line, answers in zip(lines, found, strict=True):
            yield line.taken() if line else answers
    finally:
        given_up.set()
        pool.shutdown(cancel_futures=True)  # those that were begun end with the answer that they wait for


@dataclass(frozen=True, slots=True)
class Line:
    """The answers of one source between the thread that fetches them and the one that takes them."""

    source: str
    given_up: Event
    answers: Queue[Found | None] = field(default_factory=lambda: Queue(AHEAD))

    def fill(self, found: Iterator[Found]) -> None:
        """Fetch until there is no more, or nobody takes it any more; then nothing is begun."""
        if self.given_up.is_set():
            return
        try:
            with about(source=self.source):
                all(self._put(one) for one in found)
        finally:
            self._put(None)

    def taken(self) -> Iterator[Found]:
        """The answers as they come."""
        while (one := self.answers.get()) is not None:
            yield one

    def _put(self, one: Found | None) -> bool:
        while not self.given_up.is_set():
            try:
                self.answers.put(one, timeout=TURN)
            except Full:
                continue
            return True
        return False


def whole(name: str, source: Source, cursor: Mapping[str, str], *, now: datetime) -> Iterator[Found]:
    """All that a source has; what stops it is the last that it says, also a mistake in it: it stops no other source."""
    try:
        yield from source.fetch(cursor, now)
    except DigestError as fault:
        yield fault
    except (Exception, SystemExit) as fault:  # noqa: BLE001 - a kind from outside may raise anything
        what = f"failed by a mistake in the program: {type(fault).__name__}: {fault}"
        yield DigestError(f"source {name}", what, "please report it; the other sources are read")
