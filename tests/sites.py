"""A site that is asked without a network: the whole application, request by request, as a server would call it."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass, field
from html import unescape
from threading import Thread
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import unquote, urljoin, urlsplit

from digest.commands.inforce import InForce
from digest.commands.serve import Window
from digest.web.application import application
from tests.commandline import LARCH, MAPLE, NUTMEG
from tests.fakes import Place, card, page

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from starlette.types import ASGIApp

__all__ = ["BASE", "OWN", "Reply", "Site", "links", "published", "version"]

BASE = "https://papers.test/daily"
OWN = f"""
title = "Harbour Papers"
base_url = "{BASE}"
[[digest]]
name = "daily"
to = ["ada@example.org"]
[web]
"""
PATIENCE = 60.0  # seconds until an answer that does not come is a failure
HEAVY = card("Otter", "diffusion models for image generation")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; names of headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Site:
    """The application on a place, by its config.toml, which may change; `told` is what its owner was told of that."""

    place: Place
    told: list[str] = field(default_factory=list)
    app: ASGIApp = field(init=False)

    def __post_init__(self) -> None:
        path = self.place.folder / "config.toml"
        path.write_text(self.place.text)
        self.window = Window(InForce(self.place.config, path, self.told.append))
        self.app = application(self.window.reception)

    def __enter__(self) -> Self:
        """A loop in a thread, as a server's: its workers, and what they have open, last from one request to the next."""
        ready: Future[asyncio.AbstractEventLoop] = Future()
        self._over = asyncio.Event()

        async def until_over() -> None:
            ready.set_result(asyncio.get_running_loop())
            await self._over.wait()

        self._thread = Thread(target=lambda: asyncio.run(until_over()), daemon=True)
        self._thread.start()
        self._loop = ready.result(PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(PATIENCE)

    def get(self, path: str, **headers: str) -> Reply:
        """One GET; `if_none_match` becomes that header."""
        return self.ask("GET", path, headers=[(name.replace("_", "-"), value) for name, value in headers.items()])

    def ask(
        self,
        method: str,
        path: str,
        *,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        app: ASGIApp | None = None,
    ) -> Reply:
        """One request, its path as it stands in an address, with its query."""
        before, _, query = path.partition("?")
        given = [
            (b"host", b"papers.test"),
            *((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers),
        ]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(before),
            "raw_path": before.encode("ascii", "replace"),
            "query_string": query.encode("latin-1", "replace"),
            "root_path": "",
            "headers": [(name, value) for name, value in dict(given).items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        return asyncio.run_coroutine_threadsafe(called(app or self.app, scope, body), self._loop).result(PATIENCE)


async def called(app: ASGIApp, scope: dict[str, Any], body: bytes) -> Reply:
    sent: list[Any] = []
    bodies = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:  # noqa: ANN401 - ASGI
        return bodies.pop() if bodies else await asyncio.Event().wait()  # nobody goes away

    async def send(message: Any) -> None:  # noqa: ANN401 - ASGI
        sent.append(message)

    try:
        await app(scope, receive, send)
    except Exception:  # a server has sent the answer to a fault already, and logs this
        if not sent:
            raise
    start, *parts = sent
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in start["headers"]}
    content = b"".join(part.get("body", b"") for part in parts if part["type"] == "http.response.body")
    return Reply(start["status"], headers, content)


def published(folder: Path, text: str = OWN) -> Place:
    """Three days of papers, two of them with an edition, and their mails."""
    place = Place(folder, text)
    place.day(page(LARCH, MAPLE))
    place.day(page(LARCH, MAPLE))
    place.day(page(NUTMEG, HEAVY, MAPLE))
    return place


def links(text: str, at: str) -> set[str]:
    """The paths on this site that a page or a mail at that address leads to, forms too; without what stands behind `#`."""
    found = (unescape(one) for one in re.findall(r"""(?:href|action|src)="([^"]*)\"""", text))
    whole = (urljoin(at, one).partition("#")[0] for one in found)
    return {one.removeprefix(BASE) or "/" for one in whole if one.startswith(BASE) and urlsplit(one).scheme}


def version(database: Path) -> list[tuple[Any, ...]]:
    """Every row of every table."""
    with closing(sqlite3.connect(database)) as connection:
        names = [
            row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        ]
        return [(name, *row) for name in names for row in connection.execute(f'SELECT * FROM "{name}"')]  # noqa: S608
