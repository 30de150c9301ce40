"""The days on which something was listed or published, newest first: quiet ones too, since they show that it is alive.

Each month has a page of its own, which changes no more when it is over; the archive leads to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from digest.render import paths
from digest.render.links import Link
from digest.render.words import DAYS, MONTHS, beside, counted, number_of, unbroken

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from digest.models import Headline, ListedDay, Publication, Tally

__all__ = ["Archive", "Month", "MonthPage", "Row", "archive", "month_pages", "months", "rows"]


@dataclass(frozen=True, slots=True)
class Row:
    """One edition, or a day without one. `tally` is that of the day's listing, once per day, None without a listing.

    `outside` counts the papers outside its topics that the edition does not show. `note` says what became of a day
    without an edition; `link` is then the one that took its papers.
    """

    day: date
    link: Link | None
    papers: int
    note: str
    tally: Tally | None
    outside: int = 0

    @property
    def quiet(self) -> bool:
        """Listed, and nothing of it was new."""
        return self.link is None and self.tally is not None and not self.tally.new

    @property
    def count(self) -> str:
        """Its papers in words: `54 papers`, or `54 papers, 373 outside the topics`."""
        return unbroken(", ".join(part for part in (counted(self.papers, "paper"), beside(self.outside)) if part))

    @property
    def figures(self) -> tuple[int, ...]:
        """Listed, new, known, printed twice: the first is the sum of the others. Empty without a listing."""
        return (self.tally.listed, self.tally.new, self.tally.known, self.tally.repeated) if self.tally else ()

    @property
    def weekday(self) -> str:
        """`Thu 19 Nov`, without the year: rows stand under their month, or are recent."""
        return f"{DAYS[self.day.weekday()][:3]} {self.day.day}\u00a0{MONTHS[self.day.month - 1][:3]}"


@dataclass(frozen=True, slots=True)
class Month:
    """The rows of one month, and what they come to; `columns` name the figures of its rows. `key` is as in `2026-11`."""

    key: str
    name: str
    summary: str
    rows: tuple[Row, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """None where there was no listing, `Twice` only where some listing printed papers twice."""
        tallies = [row.tally for row in self.rows if row.tally]
        twice = ("Twice",) if any(tally.repeated for tally in tallies) else ()
        return ("Listed", "New", "Known", *twice) if tallies else ()


def rows(publication: Publication, page: str) -> tuple[Row, ...]:
    """Every day that held a listing or an edition, newest first; a day with several editions has a row for each."""
    listings = {listed.day: listed for listed in publication.days}
    editions: dict[date, list[Headline]] = {}
    for headline in publication.headlines:
        editions.setdefault(headline.day, []).append(headline)
    titles = {headline.digest: headline.title for headline in reversed(publication.headlines)}
    linked = _Linked(page, titles if len(titles) > 1 else {})
    return tuple(
        row
        for day in sorted(listings.keys() | editions.keys(), reverse=True)
        for row in _rows_of(editions.get(day, ()), listings.get(day), linked)
    )


@dataclass(frozen=True, slots=True)
class MonthPage:
    """A month, and the ones before and after it."""

    month: Month
    before: Link | None
    after: Link | None


@dataclass(frozen=True, slots=True)
class Archive:
    """The latest month in full, and all of them by year, each with what it comes to."""

    latest: Month | None
    years: tuple[tuple[str, tuple[tuple[Link, str], ...]], ...]


def archive(publication: Publication) -> Archive:
    """What the archive's own page shows."""
    found = months(rows(publication, paths.ARCHIVE))
    years = groupby(found, lambda month: month.key.partition("-")[0])
    listed = ((year, tuple((_month_link(one, paths.ARCHIVE), one.summary) for one in group)) for year, group in years)
    return Archive(found[0] if found else None, tuple(listed))


def month_pages(publication: Publication) -> tuple[MonthPage, ...]:
    """What each month's page shows, the newest first."""
    page = paths.month_page("")
    found = months(rows(publication, page))
    links = [None, *(_month_link(one, page) for one in found), None]
    return tuple(MonthPage(one, links[at + 2], links[at]) for at, one in enumerate(found))


def _month_link(month: Month, page: str) -> Link:
    return Link(month.name, paths.to(paths.month_page(month.key), page))


def months(found: Sequence[Row]) -> tuple[Month, ...]:
    """The rows by month."""
    groups = groupby(found, lambda row: (row.day.year, row.day.month))
    return tuple(_month(year, month, tuple(group)) for (year, month), group in groups)


@dataclass(frozen=True, slots=True)
class _Linked:
    """Links from the page at that path to editions; `titles` of the digests by name, where there are several."""

    page: str
    titles: Mapping[str, str]

    def edition(self, digest: str, number: int, title: str = "") -> Link:
        name = f"{title or self.titles[digest]}, {number_of(number)}" if self.titles else number_of(number)
        return Link(name, paths.to(paths.edition_page(digest, number), self.page))


def _rows_of(editions: Sequence[Headline], listed: ListedDay | None, linked: _Linked) -> Iterator[Row]:
    tally = listed.tally if listed else None
    for index, one in enumerate(editions):
        link = linked.edition(one.digest, one.number, one.title)
        yield Row(one.day, link, one.papers, "", None if index else tally, one.outside)
    if listed and not editions:
        yield _without_edition(listed, linked)


def _without_edition(listed: ListedDay, linked: _Linked) -> Row:
    if not listed.tally.new:
        return Row(listed.day, None, 0, "quiet", listed.tally)
    if listed.edition is None:
        return Row(listed.day, None, 0, f"{listed.tally.new:,} new, for the next edition", listed.tally)
    return Row(listed.day, linked.edition(*listed.edition), 0, f"{listed.tally.new:,} new, in ", listed.tally)


def _month(year: int, month: int, found: tuple[Row, ...]) -> Month:
    """A paper counts on the day on which it was new: editions of several digests may hold it."""
    editions = sum(row.papers > 0 for row in found)
    new = sum(row.tally.new for row in found if row.tally)
    quiet = sum(row.quiet for row in found)
    parts = (
        counted(editions, "edition") if editions else "",
        counted(new, "new paper") if new else "",
        counted(quiet, "quiet day") if quiet else "",
    )
    return Month(f"{year}-{month:02}", f"{MONTHS[month - 1]} {year}", ", ".join(part for part in parts if part), found)
