"""Sources looked at side by side: those that are asked over a network wait for each other's answers, not in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.errors import DigestError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from digest.models import Fetched, Unchanged
    from digest.sources import Source

__all__ = ["SIDE_BY_SIDE", "looked_at"]

SIDE_BY_SIDE = 8  # requests under way at once


def looked_at(
    sources: Sequence[tuple[Source, Mapping[str, str]]], now: datetime
) -> Iterator[Iterator[Fetched | Unchanged | DigestError]]:
    """What each source has, given its cursor, in their order. Raises nothing: a source that fails has said so.

    A folder's files are read one by one, as they are taken; only what comes over a network is fetched ahead.
    """
    if not any(source.remote for source, _ in sources):
        yield from (whole(source, cursor, now) for source, cursor in sources)
        return
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - a folder alone needs no threads

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        ahead = [
            pool.submit(lambda *asked: list(whole(*asked)), source, cursor, now) if source.remote else None
            for source, cursor in sources
        ]
        for (source, cursor), answer in zip(sources, ahead, strict=True):
            yield iter(answer.result()) if answer else whole(source, cursor, now)


def whole(source: Source, cursor: Mapping[str, str], now: datetime) -> Iterator[Fetched | Unchanged | DigestError]:
    """All that a source has; what stops it is the last that it says."""
    try:
        yield from source.fetch(cursor, now)
    except DigestError as fault:
        yield fault
