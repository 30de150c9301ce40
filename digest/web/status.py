"""How things stand: for readers as a page, for a load balancer as a word."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from starlette.responses import PlainTextResponse

from digest.errors import DigestError
from digest.render import paths
from digest.render.pages.status import PAGE, Coming, status
from digest.timetable import outlook
from digest.web.pages import Leaf, page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from digest.models import DigestRules, Headline
    from digest.store import Store
    from digest.web.reception import Reception

__all__ = ["healthz", "status_page"]

NOT_KEPT = {"Cache-Control": "no-store"}
LATELY = 60  # editions, among which the latest of each digest is


def status_page(request: Request, here: Reception) -> Response:
    """For readers: the last look, the latest editions, and when the next ones appear."""
    del request
    store, zone = here.stores(), here.site.time_zone
    known = store.looks.all()
    looks = [known[name] for name in here.sources if name in known]
    latest = {headline.digest: headline for headline in reversed(store.publications.headlines(LATELY))}
    coming = [coming_of(rules, latest.get(rules.name), store, here) for rules in here.digests]
    unread = bool(store.dumps.unread_lately())
    view = status(looks, coming, here.clock().astimezone(ZoneInfo(zone)), zone, unread=unread)
    return page(here, Leaf("status.html.j2", PAGE, "Status", {"status": view}, known=True))


def coming_of(rules: DigestRules, latest: Headline | None, store: Store, here: Reception) -> Coming:
    ahead = outlook(store, rules, rules.zone or ZoneInfo(here.site.time_zone), here.clock())
    return Coming(
        rules.title,
        latest,
        store.editions.waits(rules.name),
        at=ahead.at if ahead else None,
        behind=ahead.waits if ahead else None,
    )


def healthz(request: Request, here: Reception) -> Response:
    """For a load balancer: `ok`, or 503 and in one word what is missing: `database` or `pages`. Writes nothing."""
    del request
    try:
        here.stores().looks.any_answered(here.clock())
    except DigestError:
        return PlainTextResponse("database\n", 503, NOT_KEPT)
    if not (here.public / paths.FRONT).is_file():
        return PlainTextResponse("pages\n", 503, NOT_KEPT)
    return PlainTextResponse("ok\n", 200, NOT_KEPT)
