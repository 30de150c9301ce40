"""The owner's pages: at a port of 127.0.0.1 of their own, since behind a proxy on the same machine everybody comes from there.

Reading only. A page of another site may have a browser ask here, under a name of its own that leads to 127.0.0.1: so the
`Host` must be a name of this machine, and what a browser says another site asked for is refused (Fetch Metadata,
https://www.w3.org/TR/fetch-metadata/). Whoever has an account on this machine can read them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from digest.errors import DigestError, masked
from digest.health import standing
from digest.logs import WARNING, say
from digest.render.characters import legal
from digest.render.words import named_time
from digest.web.guard import Guard
from digest.web.pages import forgiving
from digest.web.panels import DELIVERIES, Books, panels

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from digest.web.reception import Reception

__all__ = ["admin"]

LOOPBACK = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?", re.IGNORECASE)
HEADERS = {"Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "same-origin"}
OURS = 500  # from here on it is our fault


def admin(reception: Callable[[], Reception]) -> ASGIApp:
    """The pages for the owner; `reception` as for those of everybody."""

    def fault(request: Request, error: Exception) -> Response:
        del request
        status = (
            error.status_code if isinstance(error, HTTPException) else 503 if isinstance(error, DigestError) else 500
        )
        if status >= OURS:
            say("web.fault", f"the owner's pages: {type(error).__name__}: {error}", level=WARNING)
        text = str(error) if isinstance(error, DigestError) else "See /admin." if status < OURS else "See the log."
        return PlainTextResponse(f"{text}\n", status, headers=HEADERS)

    def page(request: Request) -> Response:
        del request
        return overview(reception())

    def style(request: Request) -> Response:
        del request
        text = forgiving(reception(), lambda templates: templates.render("pages/style.css"))
        return Response(text, media_type="text/css", headers=HEADERS)

    app = Starlette(
        routes=[Route("/admin", page), Route("/style.css", style)],
        exception_handlers={HTTPException: fault, DigestError: fault, Exception: fault},
    )
    app.router.redirect_slashes = False  # it would lead to wherever the `Host` says
    return Guard(Here(app), lambda: "")


class Here:
    """Lets through what a browser on this machine asks for itself; the connection is loopback's anyway."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http" and (why := refusal(Headers(scope=scope))):
            await PlainTextResponse(why, 403, headers=HEADERS)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def refusal(headers: Headers) -> str:
    """Why a request is none of the owner's; "" for one that may be."""
    if len(headers.getlist("host")) != 1 or not LOOPBACK.fullmatch(headers["host"]):
        return "These pages are only for http://127.0.0.1, under that name.\n"
    if headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
        return "Another site asked for this: type the address yourself.\n"
    return ""


def overview(here: Reception) -> Response:
    """All of it on one page."""
    facts, records, outlooks = here.looked(here.clock())
    answer, store = standing(facts), here.stores()
    shown = replace(answer, line=masked(answer.line), to_do=tuple(map(masked, answer.to_do)))
    books = Books(
        facts,
        records,
        outlooks,
        alerts=store.alerts.open(),
        deliveries=store.outbox.all(latest=DELIVERIES),
        subscriptions=store.overview.subscriptions(),
        rejects=[(dump, store.dumps.rejects(dump.sha256)) for dump in reversed(facts.unread)],
    )
    text = forgiving(
        here,
        lambda templates: templates.render(
            "pages/admin.html.j2",
            site=here.site,
            answer=shown,
            now=named_time(facts.now, facts.now.astimezone(facts.zone)),
            panels=panels(books),
        ),
    )
    return HTMLResponse(legal(text), headers=HEADERS)
