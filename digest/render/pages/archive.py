"""The days on which something was listed or published, newest first: quiet ones too, since they show that it is alive."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from digest.render import paths
from digest.render.links import Link
from digest.render.words import DAYS, MONTHS, counted, number_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from digest.models import Headline, ListedDay, Publication, Tally

__all__ = ["Month", "Row", "months", "rows"]


@dataclass(frozen=True, slots=True)
class Row:
    """One edition, or a day without one. `tally` is that of the day's listing, once per day, None without a listing.

    `note` says what became of a day without an edition; `link` is then the one that took its papers.
    """

    day: date
    link: Link | None
    papers: int
    note: str
    tally: Tally | None

    @property
    def quiet(self) -> bool:
        """Listed, and nothing of it was new."""
        return self.link is None and self.tally is not None and not self.tally.new

    @property
    def count(self) -> str:
        """Its papers in words."""
        return counted(self.papers, "paper")

    @property
    def weekday(self) -> str:
        """`Thu 19 Nov`, without the year: rows stand under their month, or are recent."""
        return f"{DAYS[self.day.weekday()][:3]} {self.day.day}\u00a0{MONTHS[self.day.month - 1][:3]}"


@dataclass(frozen=True, slots=True)
class Month:
    """The rows of one month, and what they come to."""

    name: str
    summary: str
    rows: tuple[Row, ...]


def rows(publication: Publication, page: str) -> tuple[Row, ...]:
    """Every day that held a listing or an edition, newest first; a day with several editions has a row for each."""
    listings = {listed.day: listed for listed in publication.days}
    editions: dict[date, list[Headline]] = {}
    for headline in publication.headlines:
        editions.setdefault(headline.day, []).append(headline)
    several = len({headline.digest for headline in publication.headlines}) > 1
    return tuple(
        row
        for day in sorted(listings.keys() | editions.keys(), reverse=True)
        for row in _rows_of(editions.get(day, ()), listings.get(day), page, several=several)
    )


def months(found: Sequence[Row]) -> tuple[Month, ...]:
    """The rows by month."""
    groups = groupby(found, lambda row: (row.day.year, row.day.month))
    return tuple(_month(year, month, tuple(group)) for (year, month), group in groups)


def _rows_of(editions: Sequence[Headline], listed: ListedDay | None, page: str, *, several: bool) -> Iterator[Row]:
    tally = listed.tally if listed else None
    for index, headline in enumerate(editions):
        name = f"{headline.title}, {number_of(headline.number)}" if several else number_of(headline.number)
        link = Link(name, paths.to(paths.edition_page(headline.digest, headline.number), page))
        yield Row(headline.day, link, headline.papers, "", None if index else tally)
    if listed and not editions:
        yield _without_edition(listed, page)


def _without_edition(listed: ListedDay, page: str) -> Row:
    if not listed.tally.new:
        return Row(listed.day, None, 0, "quiet", listed.tally)
    if listed.edition is None:
        return Row(listed.day, None, 0, f"{listed.tally.new:,} new, for the next edition", listed.tally)
    digest, number = listed.edition
    link = Link(number_of(number), paths.to(paths.edition_page(digest, number), page))
    return Row(listed.day, link, 0, f"{listed.tally.new:,} new, in ", listed.tally)


def _month(year: int, month: int, found: tuple[Row, ...]) -> Month:
    editions = [row for row in found if row.papers]
    quiet = sum(row.quiet for row in found)
    parts = (
        counted(len(editions), "edition") if editions else "",
        counted(sum(row.papers for row in editions), "paper") if editions else "",
        counted(quiet, "quiet day") if quiet else "",
    )
    return Month(f"{MONTHS[month - 1]} {year}", ", ".join(part for part in parts if part), found)
