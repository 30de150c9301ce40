"""The front page: the latest edition of each digest, topic by topic, and the days before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.render import paths
from digest.render.links import Link
from digest.render.pages.archive import rows
from digest.render.pages.chart import FEWEST_WEEKS, spark, together
from digest.render.words import counted, long_day, number_of, tally_words, unbroken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markupsafe import Markup

    from digest.models import Headline, Publication, Site
    from digest.render.pages.archive import Row

__all__ = ["Front", "Latest", "Lead", "front"]

TOPICS, DAYS, WEEKS = 12, 14, 12  # shown at most


@dataclass(frozen=True, slots=True)
class Lead:
    """One topic of the latest edition: how many papers, the weeks up to now, its first title."""

    topic: Link
    papers: int
    spark: Markup | str
    title: str


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest edition of one digest.

    `heading` is its digest where there are several, else its day, and `kicker` the other one; `count` is its papers in
    words, `all` the words that lead to it, `more` those for the topics that are not among `leads`; `outside` counts its
    papers that belong to no topic.
    """

    heading: str
    kicker: str
    number: str
    count: str
    all: str
    href: str
    leads: tuple[Lead, ...]
    more: str
    outside: int


@dataclass(frozen=True, slots=True)
class Front:
    """The whole page.

    `rhythm` says when the next edition may come, `listing` what was listed last, `drawn` whether there are charts.
    """

    rhythm: str
    listing: str
    latest: tuple[Latest, ...]
    drawn: bool
    rows: tuple[Row, ...]


def front(publication: Publication, topics: Mapping[str, str]) -> Front:
    """What the front page shows; `topics` are the names of those that have a page, by id."""
    newest = {headline.digest: headline for headline in reversed(publication.headlines)}
    ordered = sorted(newest.values(), key=lambda headline: headline.created, reverse=True)
    sparks = _sparks(publication)
    latest = tuple(_latest(headline, topics, sparks, several=len(ordered) > 1) for headline in ordered)
    shown = {one.href for one in latest}
    others = [
        row for row in rows(publication, paths.FRONT) if row.link is None or row.note or row.link.url not in shown
    ]
    return Front(_rhythm(publication.site), _listing(publication), latest, bool(sparks), tuple(others[:DAYS]))


def _latest(headline: Headline, topics: Mapping[str, str], sparks: Mapping[str, Markup], *, several: bool) -> Latest:
    href = paths.to(paths.edition_page(headline.digest, headline.number), paths.FRONT)
    titles = dict(headline.leading)
    leads = tuple(
        Lead(Link(topics.get(topic, topic), f"{href}#t-{topic}"), papers, sparks.get(topic, ""), titles.get(topic, ""))
        for topic, papers in headline.topics[:TOPICS]
    )
    return Latest(
        heading=headline.title if several else long_day(headline.day),
        kicker=long_day(headline.day) if several else "",
        number=number_of(headline.number),
        count=unbroken(counted(headline.papers, "paper")),
        all=unbroken(f"Read {'all ' if headline.papers > 1 else ''}{counted(headline.papers, 'paper')}"),
        href=href,
        leads=leads,
        more=_more(len(headline.topics) - len(leads)),
        outside=headline.papers + headline.outside - sum(papers for _, papers in headline.topics),
    )


def _more(topics: int) -> str:
    return f"And {counted(topics, 'further topic')}." if topics else ""


def _sparks(publication: Publication) -> dict[str, Markup]:
    """All on one scale, so that a tall bar is many papers in every row. Under three weeks there is nothing to see."""
    drawn = together([shelf.weeks for shelf in publication.shelves], WEEKS)
    if not drawn or len(drawn[0]) < FEWEST_WEEKS:
        return {}
    top = max(count for weeks in drawn for _, count in weeks)
    return {shelf.topic.id: spark(weeks, top) for shelf, weeks in zip(publication.shelves, drawn, strict=True)}


def _rhythm(site: Site) -> str:
    """`Weekdays at 07:00 Berlin.`, or nothing without a schedule."""
    return f"{site.schedule[:1].upper()}{site.schedule[1:]}." if site.schedule else ""


def _listing(publication: Publication) -> str:
    if not publication.days:
        return ""
    newest = publication.days[0]
    quiet, words = "" if newest.tally.new else ", quiet", tally_words(newest.tally)
    return unbroken(f"Latest listing: {long_day(newest.day)}{quiet}. {words[0].upper()}{words[1:]}.")
