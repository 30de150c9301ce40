"""Search: every paper by its words, as a page; and any search as a feed of what editions announce."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from digest.query import bounded, in_topic, read
from digest.render import paths
from digest.render.feeds.searches import search_feed
from digest.render.pages.frame import FeedLink
from digest.render.pages.search import PAGE, Asked, Extent, Found, findings
from digest.store.search import RANKED
from digest.web.pages import Leaf, forgiving, page
from digest.web.validated import validated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from digest.query import Query
    from digest.render.templates import Templates
    from digest.web.reception import Reception

__all__ = ["search", "search_atom"]

SHOWN = 20  # papers on a page
PAGES = 50  # that can be leafed through: beyond them another word helps more
ENTRIES = 50  # of a feed


def search(request: Request, here: Reception) -> Response:
    """The papers that answer the words and filters of the form; what was not understood is said beside them."""
    asked, query = asked_in(request, here)
    found, total = answers(asked, query, here)
    view = findings(asked, query.remarks, names_of(here), found=found, extent=Extent(total, RANKED, SHOWN, PAGES))
    title = asked.words[:100] or "Search"
    feeds = (FeedLink("Atom", f"{here.site.title}: {title}", paths.FEEDS["atom"], view.feed),) if view.feed else ()
    return page(here, Leaf("search.html.j2", PAGE, title, {"search": view}, feeds=feeds, known=True))


def search_atom(request: Request, here: Reception) -> Response:
    """The latest papers that an edition announced and that answer the same form."""
    asked, query = asked_in(request, here)
    store = here.stores()
    hits = store.search.find(replace(query, announced=True), ENTRIES, newest=True)
    announced = store.search.announcements(store.papers.some(hit.paper for hit in hits))
    papers = [announced[hit.paper] for hit in hits if hit.paper in announced]

    def rendered(templates: Templates) -> str:
        return search_feed(
            papers, here.site, replace(asked, newest=False, page=1), topics=here.topics, templates=templates
        )

    return validated(request, forgiving(here, rendered), paths.FEEDS["atom"])


def asked_in(request: Request, here: Reception) -> tuple[Asked, Query]:
    """The form as it was understood, so that one search has one address; and what it looks for."""
    form, topics = request.query_params, names_of(here)
    query = bounded(read(form.get("q", ""), topics), form.get("from", ""), form.get("to", ""))
    topic = form.get("topic", "")
    if topic in topics:
        query = in_topic(query, topic)
    elif topic:
        query = replace(query, remarks=(*query.remarks, "There is no such topic any more, so that all were looked at."))
    return (
        Asked(
            query.text,
            topic if topic in topics else "",
            since=query.since.isoformat() if query.since else "",
            until=query.until.isoformat() if query.until else "",
            newest=form.get("sort") == "new",
            page=leaf_number(form.get("page", "")),
        ),
        query,
    )


def leaf_number(text: str) -> int:
    """The page that is asked for, from 1; whatever is no number is the first one."""
    return min(max(int(text), 1), PAGES) if text.isascii() and text.isdecimal() and len(text) <= len(str(PAGES)) else 1


def answers(asked: Asked, query: Query, here: Reception) -> tuple[tuple[Found, ...], int]:
    """The papers of this page, and how many there are. Asks nothing of the database where nothing is asked."""
    if query.empty:
        return (), 0
    store = here.stores()
    hits = store.search.find(query, SHOWN, offset=SHOWN * (asked.page - 1), newest=asked.newest)
    papers = {paper.id: paper for paper in store.papers.some(hit.paper for hit in hits)}
    announced = store.search.announcements(papers.values())
    found = (Found(hit, papers[hit.paper], announced.get(hit.paper)) for hit in hits if hit.paper in papers)
    return tuple(found), store.search.count(query)


def names_of(here: Reception) -> Mapping[str, str]:
    return {topic.id: topic.name for topic in here.topics}
