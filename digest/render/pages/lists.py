"""Papers as pages list them: every word and link decided, so that templates only arrange.

"" stands for what is not known. Links are relative to the page that shows them, or lead to another site; a list that
stands alone (a mail's attachment, a preview) has no page and leads to other sites only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.render import paths
from digest.render.links import Link, links_of, lookup_url
from digest.render.why import elsewhere, why
from digest.render.words import byline, number_of, other_paper, same_title, short_day, unbroken
from digest.text import excerpt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.models import Announced, Edition, Item, Paper, Resemblance, Section, Shelf

__all__ = ["Block", "Line", "Other", "announcement", "blocks", "lately", "other", "place_of", "places"]

CLAIM = 320  # characters of an abstract in a list; the paper's own page has all of it
MIXED = frozenset(("also", "others"))  # the sections that are no topic


@dataclass(frozen=True, slots=True)
class Other:
    """Another paper in a line about one: its title, the day it was listed; `url` is "" where it has no page.

    `same`: it has the same title, so that the line had better not say it.
    """

    title: str
    day: str
    url: str
    same: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One paper in a list; `number` 0: not numbered here.

    `label` is its topic where a list mixes them, `start` the id of the topic that begins with it there. `abstract` is
    given only where the paper's own page can't be reached. `earlier` is the paper that it is perhaps a new version of.
    """

    number: int
    title: str
    href: str
    claim: str
    byline: str
    links: tuple[Link, ...]
    why: str
    label: str = ""
    start: str = ""
    abstract: str = ""
    earlier: Other | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """Papers under one heading."""

    key: str
    name: str
    lines: tuple[Line, ...]


def places(paper: Paper) -> tuple[Link, ...]:
    """Where to read it, or else a search for it: never nothing."""
    return links_of(paper) or (Link("Look it up on arXiv", lookup_url(paper)),)


def place_of(paper: Paper, page: str | None) -> str:
    """Where its title leads: to its own page, or, from a text that stands alone, to the paper or a search for it."""
    return paths.to(paths.paper_page(paper), page) if page else places(paper)[0].url


def announcement(announced: Announced, page: str, label: str) -> Link:
    """From the page at that path to the paper where its edition announced it."""
    path = f"{paths.edition_page(announced.digest, announced.edition)}#p{announced.number}"
    return Link(label, paths.to(path, page))


def blocks(edition: Edition, page: str | None) -> tuple[Block, ...]:
    """The sections of an edition for the page at that path, or for a text that stands alone."""
    return tuple(_block(edition, section, page) for section in edition.sections if section.items)


def lately(shelf: Shelf, names: Mapping[str, str]) -> tuple[Line, ...]:
    """A topic's papers, each with the edition that announced it; `names` are those of all topics, by id."""
    return tuple(_announced(paper, names, shelf.topic.id) for paper in shelf.papers)


def _block(edition: Edition, section: Section, page: str | None) -> Block:
    if section.key not in MIXED:
        return Block(section.key, section.name, tuple(_item(edition, item, page) for item in section.items))
    firsts = {item.topic: item.number for item in reversed(section.items)}
    lines = tuple(_item(edition, item, page, first=firsts[item.topic] == item.number) for item in section.items)
    return Block(section.key, section.name, lines)


def _item(edition: Edition, item: Item, page: str | None, *, first: bool | None = None) -> Line:
    """`first`: whether its topic begins with it, in a section that mixes topics; None in the others."""
    paper, found = item.paper, places(item.paper)
    mixed = first is not None and item.topic is not None
    return Line(
        number=item.number,
        title=" ".join(paper.title.split()),
        href=place_of(paper, page),
        claim=_claim(paper),
        byline=unbroken(byline(paper)),
        links=found,
        why=why(paper, item.terms, [edition.name_of(topic) for topic in item.also]),
        label=edition.name_of(item.topic or "") if mixed else "",
        start=(item.topic or "") if mixed and first else "",
        abstract="" if page else paper.abstract or "",
        earlier=_earlier(paper, page),
    )


def _announced(announced: Announced, names: Mapping[str, str], topic: str) -> Line:
    paper, page = announced.paper, paths.topic_page(topic)
    edition = f"{number_of(announced.edition)}, {unbroken(short_day(announced.day))}"
    return Line(
        number=0,
        title=" ".join(paper.title.split()),
        href=paths.to(paths.paper_page(paper), page),
        claim=_claim(paper),
        byline=unbroken(byline(paper)),
        links=(announcement(announced, page, edition), *places(paper)),
        why=_reason(announced, names, topic),
        earlier=_earlier(paper, page),
    )


def _earlier(paper: Paper, page: str | None) -> Other | None:
    return other(paper.earlier[0], page, beside=paper) if paper.earlier else None


def other(one: Resemblance, page: str | None, *, beside: Paper) -> Other:
    """Another paper for the page at that path, in a line about the one that it stands beside."""
    title, day = other_paper(one, beside.listed_on.year)
    url = paths.to(paths.paper_page(one), page) if page and one.announced else ""
    return Other(title, unbroken(day), url, same=same_title(beside, one))


def _reason(announced: Announced, names: Mapping[str, str], topic: str) -> str:
    """The terms are those of the topic that it stands under in its edition; on the page of another, that is the reason."""
    also = [names.get(other, other) for other in announced.also if other != topic]
    if announced.topic is None or announced.topic == topic:
        return why(announced.paper, announced.terms, also)
    return elsewhere([names.get(announced.topic, announced.topic), *also])


def _claim(paper: Paper) -> str:
    return excerpt(paper.abstract, CLAIM, title=paper.title) if paper.abstract else ""
