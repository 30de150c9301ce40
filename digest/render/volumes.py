"""Archived feeds (RFC 5005 §4): volumes are bound once, from sealed editions, and never change.

The feed of all papers is the subscription document. It holds every paper that no volume holds yet, and the last ones in
any case, so that it and the chain of volumes behind its `prev-archive` link hold every paper that was announced.

A volume ends with its month, and earlier when it is full: else the feed of all would have to hold a whole month, and
whoever subscribes on its last day would be handed a thousand papers at once. Where a volume ends follows from the
editions alone, so that a lost output folder is bound again in the same way. No clock is asked: a month is over when an
edition of a later one is there. A clock that was put back gives editions of days that are over; they belong to the
volume that is not bound yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.models import Volume

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

__all__ = ["FULL", "volumes"]

FULL = (
    200  # papers with which a volume ends before its month does; another number would bind all anew, under other names
)


def volumes(editions: Iterable[tuple[int, date, int]], full: int = FULL) -> tuple[Volume, ...]:
    """The volumes that are bound, oldest first; `editions` in the order of their sealing: id, day, how many papers."""
    bound: list[Volume] = []
    month, part, papers, first, last = "", 1, 0, 0, 0
    for edition, day, count in editions:
        if f"{day:%Y-%m}" > month:
            if papers:
                bound.append(Volume(named(month, part), first, last))
            month, part, papers = f"{day:%Y-%m}", 1, 0
        first, last = (first if papers else edition), edition
        papers += count
        if papers >= full:
            bound.append(Volume(named(month, part), first, last))
            part, papers = part + 1, 0
    return tuple(bound)


def named(month: str, part: int) -> str:
    return month if part == 1 else f"{month}-{part}"
