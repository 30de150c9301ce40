"""Requests put to an application as a server puts them: byte for byte, with nothing made tidy on the way."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from digest.commands.inforce import InForce
from digest.commands.serve import Window
from digest.web.application import application

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.types import ASGIApp, Message, Scope

    from tests.fakes import Place

__all__ = ["DIRECT", "PROXY", "Answered", "Asking", "site_of"]

DIRECT, PROXY = ("203.0.113.9", 50_000), ("127.0.0.1", 50_001)
Part = bytes | float  # of a body: what comes, or how many seconds nothing does


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back."""

    status: int
    headers: Headers
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Asking:
    """Asks `app`; `client` is None where it comes through a socket of the machine."""

    app: ASGIApp
    client: tuple[str, int] | None = DIRECT
    scopes: list[Scope] = field(default_factory=list)

    def __call__(
        self, target: str | bytes, method: str = "GET", *, body: Sequence[Part] = (), **headers: str
    ) -> Answered:
        """The answer; `target` is what stands in the first line, names of headers may have `_` for `-`."""
        return asyncio.run(self._ask(target, method, body, [(k.replace("_", "-"), v) for k, v in headers.items()]))

    async def _ask(
        self, target: str | bytes, method: str, body: Sequence[Part], headers: Sequence[tuple[str, str]]
    ) -> Answered:
        raw, _, query = (target.encode() if isinstance(target, str) else target).partition(b"?")
        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": raw.decode("ascii", "replace"),
            "raw_path": raw,
            "query_string": query,
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers],
            "client": self.client,
            "server": ("127.0.0.1", 80),
        }
        messages: list[Message] = []
        parts = list(body)

        async def receive() -> Message:
            while parts:
                part = parts.pop(0)
                if isinstance(part, bytes):
                    return {"type": "http.request", "body": part, "more_body": bool(parts)}
                await asyncio.sleep(part)
            if any(not isinstance(part, bytes) for part in body[-1:]):
                await asyncio.sleep(60)
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            messages.append(message)

        await self.app(scope, receive, send)
        return answered(messages)


def answered(messages: Sequence[Mapping[str, object]]) -> Answered:
    """The messages as one answer, which must be whole."""
    start, *rest = messages
    assert start["type"] == "http.response.start"
    assert rest
    assert not rest[-1].get("more_body")
    body = b"".join(message["body"] for message in rest if isinstance(message.get("body"), bytes))  # type: ignore[misc]
    headers = Headers(raw=start["headers"])  # type: ignore[arg-type]
    return Answered(int(str(start["status"])), headers, body)


def site_of(place: Place) -> ASGIApp:
    """The whole site of a place, as `digest serve` makes it."""
    told: list[str] = []
    return application(Window(InForce(place.config, None, told.append)).reception)
