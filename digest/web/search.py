"""Search: every paper by its words, as a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.web.pages import Leaf, page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from digest.web.reception import Reception

__all__ = ["search"]

SHOWN = 50


def search(request: Request, here: Reception) -> Response:
    """The papers that hold all words of `q`."""
    query = request.query_params.get("q", "")
    store = here.stores()
    hits = store.search.find(query, SHOWN) if query else ()
    papers = {paper.id: paper for paper in store.papers.some(hit.paper for hit in hits)}
    found = [(hit, papers[hit.paper]) for hit in hits]
    return page(here, Leaf("search.html.j2", "search", "Search", {"query": query, "found": found}, known=True))
