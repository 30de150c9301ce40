"""How the topics change: papers per week of each, and the terms that occur more often than they did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.render import paths
from digest.render.links import Link
from digest.render.pages.chart import FEWEST_WEEKS, columns, describe, together
from digest.render.words import short_day

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

    from digest.models import Publication, TermCount

__all__ = ["Rising", "Trend", "Trends", "trends"]

SHOWN = 12  # rising terms
FEWEST = 4  # papers of the latest weeks that a term must stand in
TIMES = 1.5  # as often as before, for it to be rising
LATELY, BEFORE = 4, 12  # weeks that are compared; the store counts them


@dataclass(frozen=True, slots=True)
class Trend:
    """A topic's papers per week: drawn, in one sentence, and as a table, newest first."""

    topic: Link
    drawing: Markup
    says: str
    weeks: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Rising:
    """A term with its papers in the latest four weeks, and in the twelve before."""

    term: str
    lately: int
    before: int


@dataclass(frozen=True, slots=True)
class Trends:
    """`topics` in display order, those without a paper left out; none while there are too few weeks to see anything."""

    topics: tuple[Trend, ...]
    rising: tuple[Rising, ...]


def trends(publication: Publication, names: Mapping[str, str]) -> Trends:
    """What the page shows; `names` are those of the topics that have a page, by id."""
    drawn = together([shelf.weeks for shelf in publication.shelves])
    if not drawn or len(drawn[0]) < FEWEST_WEEKS:
        return Trends((), ())
    topics = (
        Trend(
            Link(names[shelf.topic.id], paths.to(paths.topic_page(shelf.topic.id), paths.TRENDS)),
            columns(weeks),
            describe(weeks),
            tuple((short_day(monday), count) for monday, count in reversed(weeks)),
        )
        for shelf, weeks in zip(publication.shelves, drawn, strict=True)
        if any(count for _, count in weeks)
    )
    return Trends(tuple(topics), rising(publication.terms) if len(drawn[0]) > LATELY else ())


def rising(terms: Sequence[TermCount]) -> tuple[Rising, ...]:
    """Terms that occur clearly more often than before, the steepest first.

    Their share of papers is compared, since weeks differ in papers. Half a paper more is counted before, so that a term that
    was not there is no infinity.
    """
    lately, before = sum(one.lately for one in terms), sum(one.before for one in terms)
    if not lately or not before:
        return ()
    steep = {one: (one.lately / lately) / ((one.before + 0.5) / before) for one in terms if one.lately >= FEWEST}
    found = sorted((one for one, times in steep.items() if times >= TIMES), key=lambda one: (-steep[one], one.term))
    return tuple(Rising(one.term, one.lately, one.before) for one in found[:SHOWN])
