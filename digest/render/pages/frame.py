"""What every page has: its path, its title, the feeds that a browser may offer, and the way back to the root."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.models import Document
from digest.render import paths
from digest.render.characters import legal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.models import Site
    from digest.render.templates import Templates

__all__ = ["FeedLink", "Page", "Press", "feed_links"]

LABELS = {"rss": "RSS", "atom": "Atom", "json": "JSON Feed"}


@dataclass(frozen=True, slots=True)
class FeedLink:
    """One feed as a page names it: `label` is its format, `title` what it holds."""

    label: str
    title: str
    type: str
    href: str


@dataclass(frozen=True, slots=True)
class Page:
    """The frame of a page. `root` stands before every path from the output folder; `canonical` is "" without a web."""

    title: str
    root: str
    canonical: str
    feeds: tuple[FeedLink, ...]


@dataclass(frozen=True, slots=True)
class Press:
    """Sets pages of one site. `topics` are the names of those that have a page, by id, in display order.

    `further` are feeds that each page offers beside that of all papers.
    """

    site: Site
    topics: Mapping[str, str]
    templates: Templates
    further: tuple[FeedLink, ...] = ()

    def page(
        self, template: str, path: str, *, title: str, values: Mapping[str, object], topic: str | None = None
    ) -> Document:
        """The template's document at that path; with a `topic`, its feeds are offered too."""
        own = feed_links(path, f"{self.site.title}: {self.topics[topic]}", topic) if topic else ()
        page = Page(
            title=title,
            root=paths.to("", path),
            canonical=paths.absolute(self.site, "" if path == paths.FRONT else path) or "",
            feeds=(*feed_links(path, self.site.title), *own, *self.further),
        )
        return Document(path, legal(self.templates.render(template, page=page, site=self.site, **values)))


def feed_links(path: str, title: str, topic: str | None = None) -> tuple[FeedLink, ...]:
    """The feeds of one topic, or of all papers, for the page at that path."""
    return tuple(
        FeedLink(LABELS[kind], title, media_type, paths.to(paths.feed(kind, topic), path))
        for kind, media_type in paths.FEEDS.items()
    )
