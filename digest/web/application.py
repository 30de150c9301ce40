"""Which path is answered by whom."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import Route

from digest.errors import DigestError
from digest.logs import WARNING, say
from digest.render import paths
from digest.web import files, forms, joining, managing
from digest.web.guard import Guard
from digest.web.pages import trouble
from digest.web.search import search, search_atom
from digest.web.status import healthz, status_page

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Scope

    from digest.web.forms import Form
    from digest.web.reception import Reception

__all__ = ["application"]


def application(reception: Callable[[], Reception]) -> ASGIApp:
    """The whole site. `reception` gives what is in force, for each request anew."""

    def asked(answer: Callable[[Request, Reception], Response]) -> Callable[[Request], Response]:
        def endpoint(request: Request) -> Response:
            return answer(request, reception())

        return endpoint

    def posted(answer: Callable[[Request, Reception, Form], Response]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            form = await forms.read(request)
            return await run_in_threadpool(lambda: answer(request, reception(), form))

        return endpoint

    def fault(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        if isinstance(error, DigestError):
            status = 503
        if status >= OURS:
            say(
                "web.fault",
                f"{request.method} {masked(request.url.path)}: {type(error).__name__}: {error}",
                level=WARNING,
            )
        response = trouble(reception(), status, depth=depth_of(request.scope))
        response.headers.update(getattr(error, "headers", None) or {})  # which methods are allowed, say
        return response

    async def refusal(scope: Scope, status: int) -> Response:
        return await run_in_threadpool(lambda: trouble(reception(), status, depth=depth_of(scope)))

    app = Starlette(
        routes=[
            *(Route(path, posted(answer), methods=["POST"]) for path, answer in FORMS),
            *(Route(path, asked(answer), methods=list(methods)) for path, answer, methods in ROUTES),
        ],
        exception_handlers={HTTPException: fault, DigestError: fault, Exception: fault},
    )
    return Guard(app, lambda: reception().prefix, refusal)


def depth_of(scope: Scope) -> int:
    """How many folders below the site an address lies; of those that are cut off somewhere, a few will do."""
    path: str = scope["path"]
    return min(max(path.count("/") - 1, 0), DEEPEST)


def masked(path: str) -> str:
    """A path as logs may have it: a reader's token opens a reader's page."""
    return TOKEN.sub(r"\1…", path)


def document(request: Request, here: Reception) -> Response:
    """What `build` wrote. A proxy that took the site's prefix off may have left a path that begins with the same words."""
    asked = (request.path_params["path"] or paths.FRONT, request.scope.get("whole", "/")[1:])
    for path in dict.fromkeys(asked):
        if response := files.answer(request, here.public, path):
            return response
    raise HTTPException(404)


DEEPEST = 20
TOKEN = re.compile(r"(/(?:s|confirm)/)[^/]*")
OURS = 500  # from here on it is our fault
READ = ("GET",)  # Starlette adds HEAD
FORMS = (  # what changes something, by POST alone
    ("/subscribe", joining.subscribe),
    ("/confirm/{token}", joining.confirm),
    ("/s/{token}/topics", managing.topics),
    ("/s/{token}/pause", managing.pause),
    ("/s/{token}/resume", managing.resume),
    ("/s/{token}/again", managing.again),
    ("/s/{token}/digest", managing.take),
    ("/s/{token}/unsubscribe", managing.leave),
    ("/s/{token}/delete", managing.delete),
)
ROUTES = (
    ("/healthz", healthz, READ),
    ("/status", status_page, READ),
    ("/search", search, READ),
    ("/search.atom", search_atom, READ),
    ("/subscribe", joining.subscribe_page, READ),
    ("/confirm/{token}", joining.confirm_page, READ),
    ("/s/{token}", managing.manage_page, READ),
    ("/s/{token}/unsubscribe", managing.leave_page, READ),
    ("/s/{token}/stored", managing.stored_page, READ),
    ("/s/{token}/stored.json", managing.stored_json, READ),
    ("/s/{token}/delete", managing.delete_page, READ),
    *(
        (f"/s/{{token}}/{what}", managing.manage_page, READ)
        for what in ("topics", "pause", "resume", "again", "digest")
    ),
    ("/{path:path}", document, READ),
)
