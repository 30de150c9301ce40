"""Days that a page prints without their year.

A listing's header says "Mar 14" and never a year; a card prints its year only when it is not the listing's. So the
year follows from what is known: the listing is not later than its retrieval and is later than every printed year.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from digest.models import DateFrom

__all__ = ["Day", "day_in_name", "listing_day", "read_day", "resolve"]

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY = re.compile(r"([A-Z][a-z]{2,8})\.? ([0-9]{1,2})(?:, ?([0-9]{4}))?", re.ASCII)
_ISO = re.compile(r"(?<![0-9])([0-9]{4})-([0-9]{2})-([0-9]{2})(?![0-9])", re.ASCII)
_CYCLE = 8  # leap years are at most eight years apart (1896 to 1904)


@dataclass(frozen=True, slots=True)
class Day:
    """A day as a page prints it: with its year, or without."""

    month: int
    day: int
    year: int | None = None


def read_day(text: str) -> Day | None:
    """"Mar 14", "March 14" or "Mar 14, 2024", nothing before or after; None for all else, also for "Feb 30"."""
    found = _DAY.fullmatch(text)
    month = _month(found[1]) if found else None
    if found is None or month is None:
        return None
    day = Day(month, int(found[2]), int(found[3]) if found[3] else None)
    return day if _in_year(day, day.year or 2000) else None  # 2000 has a 29 February


def _month(name: str) -> int | None:
    names = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November")
    full = (*names, "December")
    short = name[:3].casefold()
    if short not in MONTHS:
        return None
    number = MONTHS.index(short)
    return number + 1 if full[number].startswith(name) or name == "Sept" else None


def _in_year(day: Day, year: int) -> date | None:
    try:
        return date(year, day.month, day.day)
    except ValueError:
        return None


def _latest(day: Day, year: int) -> date:
    """That day in that year, or in the latest one before it that has such a day (29 February)."""
    found = (_in_year(day, y) for y in range(year, max(0, year - _CYCLE), -1))
    return next((d for d in found if d), date(max(year, 1), day.month, 28))


def day_in_name(name: str) -> date | None:
    """The first ISO date in a file name that is a real day."""
    for year, month, day in _ISO.findall(name):
        found = _in_year(Day(int(month), int(day)), int(year))
        if found:
            return found
    return None


def listing_day(name: str, retrieved: date, *, header: Day | None, cards: Iterable[Day]) -> tuple[date, DateFrom]:
    """The day of a listing and what it rests on: the file's name, its header, its cards, or only its retrieval.

    A listing with dates on its cards alone bears the latest of them, which it can't be older than.
    """
    printed = tuple(cards)
    named = day_in_name(name)
    if named:
        return named, "file name"
    if header:
        return _after(header, printed, retrieved), "header"
    if printed:
        return _newest(printed, retrieved), "cards"
    return retrieved, "retrieved"


def _after(header: Day, printed: tuple[Day, ...], retrieved: date) -> date:
    """The header's day in the latest year that is not after `retrieved`, nor before what its cards print.

    Where the two contradict each other the page is right and the clock was wrong.
    """
    listed = _latest(header, header.year or retrieved.year)
    if listed > retrieved:
        listed = _latest(header, retrieved.year - 1)
    explicit = max((day.year for day in printed if day.year), default=0)
    return listed if listed.year > explicit else _following(header, explicit + 1)


def _following(day: Day, year: int) -> date:
    """That day in the first year from `year` on that has it."""
    found = (_in_year(day, y) for y in range(year, year + _CYCLE + 1))
    return next((d for d in found if d), _latest(day, year))


def _newest(printed: tuple[Day, ...], retrieved: date) -> date:
    explicit = max((day.year for day in printed if day.year), default=0)
    year = max(retrieved.year, explicit)
    return max(resolve(day, year, limit=max(retrieved, date(year, 1, 1))) for day in printed)


def resolve(day: Day, year: int, *, limit: date) -> date:
    """A card's day: in its printed year, else in the listing's own; the year before where that lies after `limit`."""
    if day.year:
        return _latest(day, day.year)
    found = _latest(day, year)
    return found if found <= limit else _latest(day, year - 1)
