"""What a search found, ready to be set; and the addresses of its further pages and of its feed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from markupsafe import Markup, escape

from digest.query import MARKS
from digest.render.links import Link
from digest.render.pages.lists import Line, announcement, place_of, places
from digest.render.words import byline, counted, number_of, short_day, unbroken
from digest.text import excerpt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from digest.models import Announced, Paper
    from digest.query import Hit

__all__ = ["FEED", "PAGE", "Asked", "Extent", "Findings", "Found", "address", "findings"]

PAGE, FEED = "search", "search.atom"
EXAMPLES = (
    ('robot* "tool use" -survey', "any ending of robot, the two words next to each other, and not survey"),
    ("title:diffusion image OR video", "diffusion in the title, and one of the two"),
    ("author:example topic:agents", "a name, and the topic that an edition put it in"),
)
CLAIM = 320  # characters of an abstract that holds no match


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as its form has it; days as they were typed. `page` counts from 1."""

    words: str = ""
    topic: str = ""
    since: str = ""
    until: str = ""
    newest: bool = False
    page: int = 1


@dataclass(frozen=True, slots=True)
class Found:
    """One hit with its paper; `announced`: how an edition announced it, if one did."""

    hit: Hit
    paper: Paper
    announced: Announced | None


@dataclass(frozen=True, slots=True)
class Extent:
    """How many were found: `total`, which nobody counts beyond `most`; how many a page shows, and how many pages there are."""

    total: int
    most: int
    shown: int
    pages: int


@dataclass(frozen=True, slots=True)
class Findings:
    """The page: what was asked, the topics to choose from by id, what was not understood (`remarks`), and what was found.

    `count` is "" where nothing was asked; `place` says which of them stand here, `note` how far their order reaches.
    `feed` leads to the same search as a feed, "" where nothing was asked. `examples` are searches with what they find.
    """

    asked: Asked
    topics: Mapping[str, str]
    remarks: tuple[str, ...]
    count: str
    place: str
    note: str
    lines: tuple[Line, ...]
    before: str
    after: str
    feed: str
    examples: tuple[tuple[Link, str], ...]


def address(asked: Asked, place: str = PAGE) -> str:
    """Where a search stands, below the site. A feed has neither an order nor pages of its own."""
    order = {"sort": "new" if asked.newest else "", "page": asked.page if asked.page > 1 else ""}
    wanted = {"q": asked.words, "topic": asked.topic, "from": asked.since, "to": asked.until}
    given = {name: value for name, value in (wanted if place == FEED else wanted | order).items() if value}
    return f"{place}?{urlencode(given)}" if given else place


def findings(
    asked: Asked, remarks: Sequence[str], topics: Mapping[str, str], *, found: Sequence[Found], extent: Extent
) -> Findings:
    """What the page shows; `topics` are the names of those that the site has, by id."""
    searched = bool(asked.words or asked.topic or asked.since or asked.until)
    last = min(-(-min(extent.total, extent.most) // extent.shown), extent.pages)
    return Findings(
        asked=asked,
        topics=topics,
        remarks=tuple(remarks),
        count=_count(extent) if searched else "",
        place=f"page {asked.page} of {last}" if last > 1 else "",
        note=_note(asked, extent),
        lines=tuple(_line(one, topics) for one in found),
        before=address(replace(asked, page=min(asked.page - 1, max(last, 1)))) if asked.page > 1 else "",
        after=address(replace(asked, page=asked.page + 1)) if asked.page < last else "",
        feed=address(asked, FEED) if searched else "",
        examples=tuple((Link(words, address(Asked(words))), what) for words, what in EXAMPLES),
    )


def _count(extent: Extent) -> str:
    if extent.total > extent.most:
        return f"More than {extent.most:,} papers"
    return counted(extent.total, "paper") if extent.total else "No paper"


def _note(asked: Asked, extent: Extent) -> str:
    """Where more match than are compared, or than anybody leafs through."""
    if extent.total > extent.most and not asked.newest:
        return f"The best of the latest {extent.most:,}. Another word finds fewer."
    return "Another word finds fewer." if extent.total > extent.shown * extent.pages else ""


def _line(one: Found, names: Mapping[str, str]) -> Line:
    paper, announced = one.paper, one.announced
    links = places(paper)
    if announced:
        edition = f"{number_of(announced.edition)}, {unbroken(short_day(announced.day))}"
        links = (announcement(announced, PAGE, edition), *links)
    topic = (announced.topic if announced else None) or ""
    return Line(
        number=0,
        title=_lit(one.hit.title),
        href=place_of(announced.paper, PAGE) if announced else places(paper)[0].url,
        claim=_lit(one.hit.snippet) if MARKS[0] in one.hit.snippet else _claim(paper),
        byline=_byline(one),
        links=links,
        why="",
        label=names.get(topic, topic),
    )


def _byline(one: Found) -> Markup:
    """The names, where they were looked for, in place of their number; the day of a paper that no edition announced."""
    names = _lit(one.hit.names) if one.hit.names else ""
    listed = "" if one.announced else f"listed {short_day(one.paper.listed_on)}"
    parts = (names or unbroken(byline(one.paper)), unbroken(listed))
    return Markup("\u00a0· ").join(part for part in parts if part)


def _claim(paper: Paper) -> str:
    return excerpt(paper.abstract, CLAIM, title=paper.title) if paper.abstract else ""


def _lit(text: str) -> Markup:
    """The text with what matched in `<mark>`; nothing else of it is markup."""
    marked = str(escape(" ".join(text.split())))
    return Markup(marked.replace(MARKS[0], "<mark>").replace(MARKS[1], "</mark>"))  # noqa: S704  escaped before
