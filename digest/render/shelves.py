"""Topics as pages show them: the index with a small chart each, and a topic's own page with its rule in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.render import chart, paths
from digest.render.views import Block, by_edition
from digest.render.words import Link, long_day

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from markupsafe import Markup

    from digest.models import Shelf, Topic
    from digest.render.chart import Week

__all__ = ["Chart", "Clause", "Index", "Listed", "Subject", "index", "subject"]

WEEKS = 26  # half a year


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of papers per week with the same in words and as a table, newest week first."""

    drawing: Markup
    words: str
    weeks: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """One part of a topic's rule: what these terms do, and the terms."""

    says: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """A topic's own page; `chart` is None before its first paper."""

    name: str
    total: int
    chart: Chart | None
    rule: tuple[Clause, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """One topic in the index; `latest` counts the latest week's papers."""

    link: Link
    feed: str
    spark: Markup | str
    total: int
    latest: int


@dataclass(frozen=True, slots=True)
class Index:
    """All topics in display order. `since` and `until` are the first and the last week of the charts, "" without any."""

    topics: tuple[Listed, ...]
    since: str
    until: str


def index(shelves: Sequence[Shelf]) -> Index:
    """Every topic with its chart, all of them over the same weeks and on one scale."""
    drawn = {shelf.topic.id: weeks for shelf, weeks in zip(shelves, _weeks(shelves), strict=True)}
    top = max((count for weeks in drawn.values() for _, count in weeks), default=0)
    span = next(iter(drawn.values()), ())
    return Index(
        topics=tuple(_listed(shelf, drawn[shelf.topic.id], top) for shelf in shelves),
        since=long_day(span[0][0]) if span else "",
        until=long_day(span[-1][0]) if span else "",
    )


def subject(shelf: Shelf, shelves: Sequence[Shelf], names: Mapping[str, str]) -> Subject:
    """One topic; its chart ends with the latest week of any, so that a topic that fell silent is seen to be silent."""
    weeks = dict(zip((other.topic.id for other in shelves), _weeks(shelves), strict=True))[shelf.topic.id]
    return Subject(
        name=shelf.topic.name,
        total=shelf.total,
        chart=_chart(weeks) if shelf.total else None,
        rule=tuple(_rule(shelf.topic)),
        blocks=by_edition(shelf.papers, names, paths.topic_page(shelf.topic.id)),
    )


def _weeks(shelves: Sequence[Shelf]) -> Iterator[tuple[Week, ...]]:
    """Half a year at most, and not before the first paper of all: weeks that nobody watched are not empty weeks."""
    last = chart.last_monday(shelf.weeks for shelf in shelves)
    first = min((week[0] for shelf in shelves for week in shelf.weeks), default=None)
    length = min(WEEKS, _weeks_between(first, last) + 1) if first and last else 0
    for shelf in shelves:
        yield chart.series(shelf.weeks, last, length) if last else ()


def _weeks_between(first: date, last: date) -> int:
    return (last - first).days // 7


def _listed(shelf: Shelf, weeks: Sequence[Week], top: int) -> Listed:
    return Listed(
        link=Link(shelf.topic.name, paths.to(paths.topic_page(shelf.topic.id), paths.TOPICS)),
        feed=paths.to(paths.feed("rss", shelf.topic.id), paths.TOPICS),
        spark=chart.spark(weeks, top) if weeks else "",
        total=shelf.total,
        latest=weeks[-1][1] if weeks else 0,
    )


def _chart(weeks: Sequence[Week]) -> Chart:
    table = tuple((long_day(monday), count) for monday, count in reversed(weeks))
    return Chart(chart.columns(weeks), chart.describe(weeks), table)


def _rule(topic: Topic) -> Iterator[Clause]:
    """The rule of `topics/rules.py` without its arithmetic; a change there is a change here."""
    clauses = (
        ("One of these in the title, or two of them in the abstract, is enough", topic.strong),
        ("One of these in the title is enough", topic.title),
        ("These only add weight", topic.weak),
        ("Or the source files it under", topic.categories),
        ("These phrases are left out of account", topic.never),
    )
    yield from (Clause(says, terms) for says, terms in clauses if terms)
