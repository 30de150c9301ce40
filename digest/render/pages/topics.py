"""Topics as pages show them: the index with a small chart each, and a topic's own page with its rule in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.render import paths
from digest.render.links import Link
from digest.render.pages.chart import FEWEST_WEEKS, columns, spark, together
from digest.render.pages.lists import Line, lately
from digest.render.words import counted, long_day, short_day

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from markupsafe import Markup

    from digest.models import Shelf, Topic
    from digest.render.pages.chart import Week

__all__ = ["Chart", "Clause", "Index", "IndexRow", "Subject", "index", "subjects"]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of papers per week: the Mondays at its ends, its greatest value, and the same as a table, newest first.

    `drawing` is "" while there are too few weeks to see anything.
    """

    drawing: Markup | str
    first: str
    last: str
    most: str
    weeks: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """One part of a topic's rule: what these terms do, and the terms."""

    says: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """A topic's own page; `total` is in words, `chart` is None before its first paper.

    `shown` says how many of its papers stand there, "" when all do.
    """

    name: str
    total: str
    shown: str
    chart: Chart | None
    rule: tuple[Clause, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One topic in the index; `latest` counts the latest week's papers."""

    link: Link
    feed: str
    spark: Markup | str
    total: int
    latest: int


@dataclass(frozen=True, slots=True)
class Index:
    """All topics in display order; `since` is the first week of the charts, "" before the first paper."""

    topics: tuple[IndexRow, ...]
    since: str


def index(shelves: Sequence[Shelf]) -> Index:
    """Every topic with its chart, all of them over the same weeks and on one scale."""
    drawn = together([shelf.weeks for shelf in shelves])
    top = max((count for weeks in drawn for _, count in weeks), default=0)
    span = next(iter(drawn), ())
    return Index(
        topics=tuple(_row(shelf, weeks, top) for shelf, weeks in zip(shelves, drawn, strict=True)),
        since=long_day(span[0][0]) if span else "",
    )


def subjects(shelves: Sequence[Shelf], names: Mapping[str, str]) -> Iterator[tuple[Topic, Subject]]:
    """Each topic and its page; `names` are those of all topics, by id."""
    drawn = together([shelf.weeks for shelf in shelves])
    for shelf, weeks in zip(shelves, drawn, strict=True):
        yield (
            shelf.topic,
            Subject(
                name=shelf.topic.name,
                total=counted(shelf.total, "paper"),
                shown=_shown(shelf),
                chart=_chart(weeks) if weeks else None,
                rule=tuple(_rule(shelf.topic)),
                lines=lately(shelf, names),
            ),
        )


def _shown(shelf: Shelf) -> str:
    return f"{len(shelf.papers):,} of {shelf.total:,}" if len(shelf.papers) < shelf.total else ""


def _row(shelf: Shelf, weeks: Sequence[Week], top: int) -> IndexRow:
    return IndexRow(
        link=Link(shelf.topic.name, paths.to(paths.topic_page(shelf.topic.id), paths.TOPICS)),
        feed=paths.to(paths.feed("rss", shelf.topic.id), paths.TOPICS),
        spark=spark(weeks, top) if weeks else "",
        total=shelf.total,
        latest=weeks[-1][1] if weeks else 0,
    )


def _chart(weeks: Sequence[Week]) -> Chart:
    most = max(count for _, count in weeks)
    return Chart(
        drawing=columns(weeks) if len(weeks) >= FEWEST_WEEKS else "",
        first=short_day(weeks[0][0]),
        last=short_day(weeks[-1][0]),
        most=f"up to {counted(most, 'paper')} a week",
        weeks=tuple((long_day(monday), count) for monday, count in reversed(weeks)),
    )


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
