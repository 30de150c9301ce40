"""Which path is answered by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route

from digest.errors import DigestError
from digest.logs import WARNING, say
from digest.render import paths
from digest.web import files
from digest.web.guard import Guard
from digest.web.pages import trouble
from digest.web.search import search, search_atom
from digest.web.status import healthz, status_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    from digest.web.reception import Reception

__all__ = ["application"]


def application(reception: Callable[[], Reception]) -> ASGIApp:
    """The whole site. `reception` gives what is in force, for each request anew."""

    def asked(answer: Callable[[Request, Reception], Response]) -> Callable[[Request], Response]:
        def endpoint(request: Request) -> Response:
            return answer(request, reception())

        return endpoint

    def fault(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        if isinstance(error, DigestError):
            status = 503
        if status >= OURS:
            say("web.fault", f"{request.method} {request.url.path}: {type(error).__name__}: {error}", level=WARNING)
        return trouble(reception(), status, depth=request.url.path.count("/") - 1)

    app = Starlette(
        routes=[Route(path, asked(answer), methods=list(methods)) for path, answer, methods in ROUTES],
        exception_handlers={HTTPException: fault, DigestError: fault, Exception: fault},
    )
    return Guard(app, lambda: reception().prefix)


def document(request: Request, here: Reception) -> Response:
    """What `build` wrote."""
    path = request.path_params["path"] or paths.FRONT
    response = files.answer(request, here.public, path)
    if response is None:
        raise HTTPException(404)
    return response


OURS = 500  # from here on it is our fault
READ = ("GET",)  # Starlette adds HEAD
ROUTES = (
    ("/healthz", healthz, READ),
    ("/status", status_page, READ),
    ("/search", search, READ),
    ("/search.atom", search_atom, READ),
    ("/{path:path}", document, READ),
)
