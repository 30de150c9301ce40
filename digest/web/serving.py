"""The server: where it listens, and how it stops. The only importer of uvicorn."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

from digest.errors import DigestError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.types import ASGIApp

__all__ = ["Place", "serving"]

KEPT = 5  # seconds that a connection without a request is kept open
AT_ONCE = 256  # connections and requests; more are told to come later


class Place:
    """Where a server listens: an address and a port, or a socket of this machine."""

    def __init__(self, host: str = "127.0.0.1", port: int = 8080, socket: Path | None = None) -> None:
        self.host, self.port, self.socket = host, port, socket

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return str(self.socket) if self.socket else f"http://{host}:{self.port}/"


def server(app: ASGIApp, place: Place) -> uvicorn.Server:
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
        logging.getLogger(name).setLevel(logging.ERROR)
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=place.host,
            port=place.port,
            uds=str(place.socket) if place.socket else None,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            proxy_headers=True,
            forwarded_allow_ips="127.0.0.1,::1",
            timeout_keep_alive=KEPT,
            timeout_graceful_shutdown=3,
            limit_concurrency=AT_ONCE,
            h11_max_incomplete_event_size=16 * 1024,
        )
    )


@contextmanager
def serving(app: ASGIApp, place: Place) -> Iterator[None]:
    """Serve it from a thread of its own; raises `DigestError` where that place is taken."""
    one = server(app, place)
    thread = threading.Thread(target=run, args=(one,), name="web", daemon=True)
    thread.start()
    while not one.started and thread.is_alive():
        thread.join(0.02)
    if not one.started:
        raise DigestError(str(place), "can't be listened at", "is another program there? change [web] in config.toml")
    try:
        yield
    finally:
        one.should_exit = True
        thread.join(5)


def run(one: uvicorn.Server) -> None:
    try:
        one.run()
    except SystemExit:  # it could not listen
        return
