"""What stands before every answer: its headers, who asks, the prefix of the site, and what is refused before anybody looks.

An ASGI middleware of its own, since Starlette's own does not reach the answers to faults.
"""

from __future__ import annotations

from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_to_bytes

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response

from digest.logs import WARNING, say
from digest.web.bodies import body, has_body, replayed
from digest.web.peers import known

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["HEADERS", "Guard"]

POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
AT_ONCE = 256  # requests that are worked on; more are told to come later
BUSY = "Too many ask at the moment. Please try again in a minute.\n"
LATER = {"Retry-After": "10"}
NOT_KEPT = {"Cache-Control": "no-store"}  # a 404 may be kept for as long as anybody likes (RFC 9111 §4.2.2)
FAULTS = 400  # and what is above
BROKEN = "Something went wrong. It is not your fault. Please try again later.\n"
LONGEST = 16 * 1024  # bytes of all headers, and of an address
NOWHERE, TOO_LONG = 404, 431  # RFC 6585 §5


async def shortly(scope: Scope, status: int) -> Response:
    """A refusal in two words, where there is no page for it."""
    del scope
    return PlainTextResponse(f"{HTTPStatus(status).phrase}\n", status)


class Guard:
    """Adds `HEADERS` to whatever `app` answers, and refuses for it.

    `prefix` is the path below which the site stands; `refusal` makes the answer to a request that is refused with a status.
    """

    def __init__(
        self, app: ASGIApp, prefix: Callable[[], str], refusal: Callable[[Scope, int], Awaitable[Response]] = shortly
    ) -> None:
        self.app, self.prefix, self.refusal = app, prefix, refusal
        self.under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        reply = Reply(send)
        try:
            await self._answer(scope, receive, reply)
        except Exception as fault:  # noqa: BLE001 - whatever it is, others are to be answered
            if not reply.begun:
                say("web.fault", f"{scope['method']}: {type(fault).__name__}: {fault}", level=WARNING)
                await PlainTextResponse(BROKEN, 500)(scope, receive, reply)

    async def _answer(self, scope: Scope, receive: Receive, send: Reply) -> None:
        path = path_of(scope)
        encoded = self.prefix()
        prefix = unquote(encoded)
        if path is None or is_too_long(scope):
            await self._refuse(scope, TOO_LONG if path else NOWHERE, receive, send)
        elif prefix and path == prefix:
            query = scope["query_string"].decode("latin-1")
            headers = {"Location": f"{encoded}/?{query}" if query else f"{encoded}/"}
            await Response(status_code=308, headers=headers)(scope, receive, send)
        else:
            await self._pass(placed(known(scope), path, prefix), receive, send)

    async def _pass(self, scope: Scope, receive: Receive, send: Reply) -> None:
        headers = Headers(scope=scope)
        if has_body(headers):
            found = await body(headers, receive)
            if isinstance(found, int):
                await self._refuse(scope, found, receive, send)
                return
            receive = replayed(found, receive)
        if self.under_way >= AT_ONCE:
            await PlainTextResponse(BUSY, 503, LATER)(scope, receive, send)
            return
        with self._counted(send):
            await self.app(scope, receive, send)

    @contextmanager
    def _counted(self, send: Reply) -> Iterator[None]:
        """It counts until its answer begins: from then on only bytes flow, at the pace of whoever reads."""
        send.on_begin = self._done
        self.under_way += 1
        try:
            yield
        finally:
            send.begin()

    def _done(self) -> None:
        self.under_way -= 1

    async def _refuse(self, scope: Scope, status: int, receive: Receive, send: Send) -> None:
        """With a page; what may still come is not read, so the connection ends."""
        response = await self.refusal(scope, status)
        response.headers["Connection"] = "close"
        await response(scope, receive, send)


class Reply:
    """The way out: it adds the headers, and knows whether an answer has begun."""

    def __init__(self, send: Send) -> None:
        self.send, self.begun = send, False
        self.on_begin: Callable[[], None] | None = None

    def begin(self) -> None:
        """Tell whoever waits for it that an answer begins, once."""
        waiting, self.on_begin = self.on_begin, None
        if waiting:
            waiting()

    async def __call__(self, message: Message) -> None:
        """One message of the answer."""
        if message["type"] == "http.response.start":
            self.begun = True
            self.begin()
            headers = MutableHeaders(scope=message)
            for name, value in (HEADERS | NOT_KEPT if message["status"] >= FAULTS else HEADERS).items():
                headers.setdefault(name, value)
        await self.send(message)


def is_too_long(scope: Scope) -> bool:
    """Whether the head of the request is absurd; a server refuses one that comes in pieces, and takes it in one."""
    heads = sum(len(name) + len(value) + len(": \r\n") for name, value in scope["headers"])
    return max(heads, len(scope["query_string"]) + len(scope["path"])) > LONGEST


def path_of(scope: Scope) -> str | None:
    """The path that is asked for, decoded once; None: nothing can stand at it.

    An encoded slash would be another path than the one that a proxy saw; no address here has one, nor a control character.
    """
    raw: bytes = (scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0]
    if raw.lower().startswith((b"http://", b"https://")):  # as to a proxy: a server must take it too (RFC 9112 §3.2.2)
        raw = b"/" + raw.partition(b"://")[2].partition(b"/")[2]
    if not raw.startswith(b"/") or b"%2f" in raw.lower() or b"%5c" in raw.lower():
        return None
    try:
        path = unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        return None
    return path if path.isprintable() else None


def placed(scope: Scope, path: str, prefix: str) -> Scope:
    """The request as one below the prefix, which a proxy may have left there or taken off; `whole` is the path with it."""
    below = path.removeprefix(prefix) if prefix and path.startswith(f"{prefix}/") else path
    return {**scope, "path": below, "whole": path, "root_path": "", "raw_path": below.encode()}
