"""A site without a network: requests are handed to the application as a server would, and a desk stands beside it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from digest import pipeline
from digest.commands.wiring import classifying, templates_of
from digest.store import Store
from digest.web.application import application
from digest.web.limits import Limits
from digest.web.reception import Reception, Stores

if TYPE_CHECKING:
    from collections.abc import Iterable

    from digest.errors import DigestError
    from tests.fakes import Place

__all__ = ["BASE", "WEB", "Page", "Visited", "dump_of"]

BASE = "https://papers.example.org/digest"
WEB = f'title = "Morning Papers"\nowner = "ada@example.net"\nbase_url = "{BASE}"\n[web]\n'
HERE = ("198.51.100.7", 4711)


OWN = re.compile(rb"/digest(/(?:s|confirm)/[0-9a-f]{20})")


@dataclass(frozen=True, slots=True)
class Page:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def heading(self) -> str:
        found = re.search(r"<h1>(.*?)</h1>", self.text, re.DOTALL)
        return found[1] if found else ""


@dataclass
class Visited:
    """The site of a place, by the place's clock. `waits`: seconds for another writer; `ticks` is the clock of its limits."""

    place: Place
    ticks: float = 0.0
    woken: int = 0
    limits: Limits = field(init=False)

    def __post_init__(self) -> None:
        self.limits = Limits(lambda: self.ticks)
        Store(self.place.config.database).database.close()
        self.stores = Stores(self.place.config.database)
        self.app = application(self.reception)

    def reception(self) -> Reception:
        """As `digest serve` has it."""
        config = self.place.config
        return Reception(
            site=config.site(),
            digests=config.rules(),
            topics=config.topics(),
            classify=classifying(config.topics(), config.never()),
            templates=templates_of(config),
            public=config.public,
            stores=self.stores,
            clock=lambda: self.place.now,
            owed=self._wake,
            limits=self.limits,
        )

    def _wake(self) -> None:
        self.woken += 1

    def get(self, path: str) -> Page:
        return self.ask("GET", path)

    def post(self, path: str, fields: Mapping[str, Any] | Iterable[tuple[str, str]] = (), **more: Any) -> Page:  # noqa: ANN401 - as `ask` has it
        return self.ask("POST", path, urlencode(fields if isinstance(fields, Mapping) else list(fields)), **more)

    def ask(
        self,
        method: str,
        path: str,
        body: str | bytes = b"",
        *,
        kind: str = "application/x-www-form-urlencoded",
        client: tuple[str, int] | None = HERE,
        headers: Mapping[str, str] = {},
        broken: bool = False,
    ) -> Page:
        """One request, and all of its answer. `broken`: whoever asks is gone before all of the body has come."""
        sent = body.encode() if isinstance(body, str) else body
        length = {"content-length": str(len(sent) + broken)} if sent or broken else {}
        answer = self._ask(method, path, sent, client, {"content-type": kind, **length, **headers})
        with ThreadPoolExecutor(1) as apart:  # a browser's loop may be running in this thread
            return apart.submit(asyncio.run, answer).result()

    async def _ask(
        self, method: str, path: str, body: bytes, client: tuple[str, int] | None, headers: Mapping[str, str]
    ) -> Page:
        plain, _, query = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": plain,
            "raw_path": quote(plain).encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in {"host": "x", **headers}.items()],
            "client": client,
            "server": ("x", 80),
        }
        told: list[dict[str, Any]] = []
        chunks = [body[at : at + 16384] for at in range(0, len(body), 16384)] or [b""]

        async def receive() -> dict[str, Any]:
            await asyncio.sleep(0)
            if not chunks:
                return {"type": "http.disconnect"}
            piece = chunks.pop(0)
            more = bool(chunks) or int(headers.get("content-length", 0)) > len(body)
            return {"type": "http.request", "body": piece, "more_body": more}

        async def send(message: Any) -> None:  # noqa: ANN401 - ASGI's
            told.append(message)

        with suppress(ZeroDivisionError):  # a test's mistake of ours: it is told on after it was answered
            await self.app(scope, receive, send)
        (start,) = [one for one in told if one["type"] == "http.response.start"]
        parts = [one.get("body", b"") for one in told if one["type"] == "http.response.body"]
        return Page(start["status"], {k.decode(): v.decode() for k, v in start["headers"]}, b"".join(parts))

    # --- beside it --------------------------------------------------------------------------------------------------

    def answers(self) -> list[str]:
        """Send what is owed to those who asked; the links in all mails that lie there, the latest last."""
        faults: list[DigestError] = []
        with self.place.desk() as desk:
            pipeline.answer(desk, self.place.now, faults)
        assert faults == []
        return self.links()

    def links(self) -> list[str]:
        """The path of each link below `BASE` to a page of one's own, in each mail that lies in the Maildir, by its age."""
        new = self.place.folder / "mail" / "new"
        files = sorted(new.iterdir(), key=lambda one: one.stat().st_mtime_ns) if new.is_dir() else []
        found = (OWN.search(unfolded(one.read_bytes())) for one in files)
        return [one[1].decode() for one in found if one]

    def subscribed(self, address: str = "bo@example.org", digest: str | None = None, **choice: Any) -> str:  # noqa: ANN401 - fields
        """Somebody who is, by the owner's word; the path of their page."""
        name = digest or self.place.config.rules()[0].name
        with Store(self.place.config.database) as store:
            store.subscriptions.add(name, address, self.place.now, **choice)
            (own,) = store.subscriptions.find(address, name)
        return f"/s/{own.token}"

    def state(self, address: str = "bo@example.org") -> dict[str, str]:
        """The state of each subscription of an address, by digest."""
        with Store(self.place.config.database) as store:
            return {one.digest: one.state for one in store.subscriptions.find(address)}

    def with_text(self, text: str) -> Visited:
        """The same with other settings."""
        return Visited(replace(self.place, text=text))


def unfolded(mail: bytes) -> bytes:
    """A mail's content without the soft line breaks of quoted-printable."""
    return mail.replace(b"=\r\n", b"")


def dump_of(place: Place) -> list[str]:
    """The whole database as statements."""
    with Store(place.config.database) as store:
        return list(store.database.connection.iterdump())
