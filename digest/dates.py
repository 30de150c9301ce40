"""Days that a page prints without their year.

A listing's header says "Mar 14" and never a year; a card prints its year only when it is not the listing's. So the
year follows from what is known: the listing is not later than its retrieval and is later than every printed year.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from digest.models import DateFrom

__all__ = ["Day", "day_in_name", "iso_day", "listing_day", "read_day", "resolve", "sane_day"]

_NAMES = "January February March April May June July August September October November December"
_MONTHS = {name: number for number, full in enumerate(_NAMES.split(), 1) for name in (full, full[:3])} | {"Sept": 9}
_DAY = re.compile(r"([A-Z][a-z]{2,8})\.? ([0-9]{1,2})(?:, ?([0-9]{4}))?")
_ISO = re.compile(r"(?<![0-9])([0-9]{4})-([0-9]{2})-([0-9]{2})(?![0-9])")
_LEAP = 2000
FIRST_YEAR, LAST_YEAR = 1900, 2100  # between them lies every paper's day
_CYCLE = 8  # years that can lie between two days of 29 February (1896 and 1904)


@dataclass(frozen=True, slots=True)
class Day:
    """A day as a page prints it: with its year, or without."""

    month: int
    day: int
    year: int | None = None


@lru_cache(maxsize=1024)
def read_day(text: str) -> Day | None:
    """The day in "Mar 14", "March 14" or "Mar 14, 2024", with nothing around; None for all else, "Feb 30" too."""
    found = _DAY.fullmatch(text)
    if found is None or found[1] not in _MONTHS:
        return None
    day = Day(_MONTHS[found[1]], int(found[2]), int(found[3]) if found[3] else None)
    return day if _in_year(day, _LEAP if day.year is None else day.year) else None


def iso_day(text: str) -> date | None:
    """The day, in UTC, of "2026-11-20T08:00:00+01:00" or "2026-11-20"; None for what is none."""
    try:
        found = datetime.fromisoformat(text.strip()[:40])
        return sane_day((found.astimezone(UTC) if found.tzinfo else found).date())
    except (ValueError, OverflowError):
        return None


def sane_day(day: date) -> date | None:
    """The day, unless it lies where no paper's day does."""
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def day_in_name(name: str) -> date | None:
    """The first ISO date in a file's name that is a real day; an address keeps its date while its listings move on."""
    if "://" in name:
        return None
    for year, month, day in _ISO.findall(name):
        found = _in_year(Day(int(month), int(day)), int(year))
        if found:
            return found
    return None


def listing_day(name: str, retrieved: date, *, header: Day | None, cards: Iterable[Day]) -> tuple[date, DateFrom]:
    """The day of a listing, and what it rests on: its file's name, its header, its cards, or only its retrieval.

    A listing with dates on its cards alone bears the latest of them: it can't be older.
    """
    printed = tuple(cards)
    named = day_in_name(name)
    if named:
        return named, "file name"
    if header:
        return _day_after(header, printed, retrieved), "header"
    if printed:
        return _newest(printed, retrieved), "cards"
    return retrieved, "retrieved"


def _newest(printed: tuple[Day, ...], retrieved: date) -> date:
    own = [day for day in printed if day.year is None]
    if own:
        return _day_after(max(own, key=lambda day: (day.month, day.day)), printed, retrieved)
    return max(_latest(day, day.year or 0) for day in printed)


def _day_after(day: Day, printed: tuple[Day, ...], retrieved: date) -> date:
    """A day of the listing's own year: the latest one not after `retrieved`, and after every year that cards print.

    Where the two contradict each other the page is right and the clock was wrong.
    """
    found = _latest(day, day.year or retrieved.year)
    if found > retrieved:
        found = _latest(day, retrieved.year - 1)
    explicit = max((other.year for other in printed if other.year), default=0)
    return found if found.year > explicit else _earliest(day, explicit + 1)


def resolve(day: Day, year: int, *, limit: date) -> date:
    """A card's day: in its printed year, else in the listing's own; in the year before where that lies after `limit`."""
    if day.year:
        return _latest(day, day.year)
    found = _latest(day, year)
    return found if found <= limit else _latest(day, year - 1)


def _latest(day: Day, year: int) -> date:
    """That day in that year, or in the latest one before it that has such a day."""
    found = (_in_year(day, candidate) for candidate in range(year, year - _CYCLE - 1, -1))
    return next((when for when in found if when), date.min)


def _earliest(day: Day, year: int) -> date:
    """That day in that year, or in the first one after it that has such a day."""
    found = (_in_year(day, candidate) for candidate in range(year, year + _CYCLE + 1))
    return next((when for when in found if when), _latest(day, year))


def _in_year(day: Day, year: int) -> date | None:
    try:
        return date(year, day.month, day.day)
    except ValueError:
        return None
