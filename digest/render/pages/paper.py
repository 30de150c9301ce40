"""All that a paper's own page says, ready to be set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.render import paths
from digest.render.links import Link, links_of, lookup_url
from digest.render.pages.citing import Citation, citations, head
from digest.render.pages.lists import Other, announcement, other
from digest.render.why import reason
from digest.render.words import counted, long_day, number_of, people, short_day, unbroken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.models import Announced, Paper, PaperRecord, Sighting

__all__ = ["Dossier", "Place", "dossier"]


@dataclass(frozen=True, slots=True)
class Place:
    """One sighting: what the listing printed beside the paper, None where it printed nothing."""

    day: str
    source: str
    position: int
    comments: int | None
    upvotes: int | None


@dataclass(frozen=True, slots=True)
class Dossier:
    """`authors` are all names that are known, `facts` who else stands for it and when; "" where nothing is known.

    `topics` lead to their pages while these exist, else they have no url. `counted`: some listing printed comments or
    upvotes. `revised` is the day of its latest significant revision. `earlier` and `later` are papers that read like it,
    with the day of their listing. `citations` and `head` are for reference managers. `retracted`: it was read in a listing by mistake.
    """

    title: str
    authors: str
    facts: str
    abstract: str
    links: tuple[Link, ...]
    lookup: str
    edition: Link
    number: int
    day: str
    reason: str
    topics: tuple[Link, ...]
    categories: tuple[str, ...]
    revised: str
    earlier: tuple[Other, ...]
    later: tuple[Other, ...]
    places: tuple[Place, ...]
    counted: bool
    citations: tuple[Citation, ...]
    head: tuple[tuple[str, str], ...]
    retracted: bool


def dossier(record: PaperRecord, topics: Mapping[str, str], page: str) -> Dossier:
    """What the page at `page` shows; `topics` are the names of those that have a page, by id."""
    announced, paper = record.announced, record.announced.paper
    links = links_of(paper)
    return Dossier(
        title=" ".join(paper.title.split()),
        authors=_authors(paper),
        facts=unbroken(_facts(paper)),
        abstract=paper.abstract or "",
        links=links,
        lookup="" if links else lookup_url(paper),
        edition=announcement(announced, page, number_of(announced.edition)),
        number=announced.number,
        day=long_day(announced.day),
        reason=reason(paper, announced.terms),
        topics=_topics(announced, topics, page),
        categories=paper.categories,
        revised=_revised(announced),
        earlier=tuple(other(one, page, beside=paper) for one in paper.earlier),
        later=tuple(other(one, page, beside=paper) for one in record.later),
        places=tuple(map(_place, record.sightings)),
        counted=any(sighting.comments is not None or sighting.upvotes is not None for sighting in record.sightings),
        citations=citations(paper),
        head=head(paper),
        retracted=record.retracted,
    )


def _authors(paper: Paper) -> str:
    """Every name; `and 3 others` where the listing printed fewer than there are."""
    missing = (paper.author_count or 0) - len(paper.authors)
    names = ", ".join(paper.authors)
    return f"{names} and {counted(missing, 'other')}" if names and missing > 0 else names


def _facts(paper: Paper) -> str:
    """`University of Examples · 14 Oct 2026`, or `7 authors · …` where the listing printed no name."""
    who = (paper.organisation or "") if paper.authors else people(paper)
    return " · ".join(part for part in (who, short_day(paper.published) if paper.published else "") if part)


def _topics(announced: Announced, topics: Mapping[str, str], page: str) -> tuple[Link, ...]:
    ids = (*((announced.topic,) if announced.topic else ()), *announced.also)
    return tuple(
        Link(topics.get(topic, topic), paths.to(paths.topic_page(topic), page) if topic in topics else "")
        for topic in ids
    )


def _revised(announced: Announced) -> str:
    changed = announced.updated > announced.published
    return long_day(announced.updated.date()) if changed else ""


def _place(sighting: Sighting) -> Place:
    return Place(
        unbroken(short_day(sighting.listed_on)),
        sighting.source,
        sighting.position,
        sighting.comments,
        sighting.upvotes,
    )
