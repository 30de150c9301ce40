"""Any search as an Atom feed, with the entries that all other feeds have."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from digest.models import Document
from digest.render import paths
from digest.render.characters import legal
from digest.render.feeds import NEVER, Feed, check
from digest.render.feeds.entries import entries, rfc3339, terms_of
from digest.render.pages.search import FEED, address
from digest.render.templates import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from digest.models import Announced, Site, Topic
    from digest.render.pages.search import Asked
    from digest.render.templates import Templates

__all__ = ["search_feed"]


def search_feed(
    papers: Sequence[Announced], site: Site, asked: Asked, *, topics: Iterable[Topic], templates: Templates
) -> str:
    """The feed of these papers, newest first; the same search has the same id. Raises `OutputError` where it would not parse."""
    terms = terms_of(topics)
    newest = sorted(papers, key=lambda paper: paper.published, reverse=True)
    found = entries(newest, site, terms=terms, templates=templates)
    frame = templates.render(
        "feeds/atom.xml.j2",
        feed=_feed(newest, site, asked, name=terms[asked.topic].name if asked.topic in terms else ""),
        site=site,
        self_link=paths.absolute(site, "") and f"{site.base_url}/{address(asked, FEED)}",
        updated=rfc3339(max((paper.updated for paper in newest), default=NEVER)),
        separator=SEPARATOR,
        style="feeds/feed.css",
    )
    head, tail = frame.split(SEPARATOR)
    text = "".join((head, *templates.pieces("feeds/atom-items.xml.j2", entries=found), tail))
    check(Document(FEED, text, paths.FEEDS["atom"]))
    return text


def _feed(papers: Sequence[Announced], site: Site, asked: Asked, *, name: str) -> Feed:
    what = ", ".join(part for part in (asked.words, name, _days(asked)) if part) or "nothing in particular"
    return Feed(
        topic=None,
        title=legal(f"{site.title}: {what}"),
        description=legal(f"New papers that answer a search for {what}, each of them once."),
        id=uuid.uuid5(uuid.NAMESPACE_URL, f"mailto:{site.owner}#{address(asked, FEED)}").urn,
        page=f"{site.base_url}/{address(asked)}" if site.base_url else None,
        updated=max((paper.updated for paper in papers), default=None),
        uids=tuple(paper.paper.uid for paper in papers),
    )


def _days(asked: Asked) -> str:
    return f"{asked.since or 'the beginning'} to {asked.until or 'today'}" if asked.since or asked.until else ""
