"""The server: how it begins, who is cut off, and how it stops. The only importer of uvicorn.

It has a thread of its own, so that it never touches signals; what it would print is not printed: what went wrong is a record
of ours. uvicorn limits neither how long the head of a request may take nor how slowly an answer is read, and with too
many connections it refuses everybody. So connections are looked through each second, and who is slow is cut off; and
when there is no place for a new one, the one that has kept a place for longest without a request makes room.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from digest.logs import WARNING, say
from digest.web.guard import HEADERS
from digest.web.listening import Place, listening

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from starlette.types import ASGIApp

__all__ = ["Place", "serving"]

KEPT = 5  # seconds that a connection without a request is kept open
HEAD = 10.0  # seconds that the head of a request may take
STUCK = 20.0  # seconds in which nothing at all of an answer was taken
MOST = 512  # connections
FINISHING = 2  # seconds for answers that are under way when it stops
SECOND = 10  # ticks of uvicorn


class Connection(H11Protocol):
    """A connection that knows how long it has been waited for."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Somebody comes; where all places are taken, somebody else goes first."""
        self.since, self.unsent, self.stuck_since = time.monotonic(), 0, time.monotonic()
        there = [one for one in cast("set[Connection]", self.connections) if not one.transport.is_closing()]
        if len(there) >= MOST:
            idle = [one for one in there if one.waits() or one.unsent]
            min(idle, key=lambda one: one.since).transport.abort() if idle else transport.abort()
        super().connection_made(transport)

    def on_response_complete(self) -> None:
        """From now on the head of the next request is waited for."""
        self.since = time.monotonic()
        super().on_response_complete()

    def resume_writing(self) -> None:
        """Something of an answer was taken, and more may follow."""
        self.stuck_since = time.monotonic()
        super().resume_writing()

    def waits(self) -> bool:
        """Whether no request is here, or not all of one."""
        return self.cycle is None or self.cycle.response_complete or self.cycle.more_body

    def is_late(self, now: float) -> bool:
        """Whether it has been waited for long enough; to be asked each second."""
        unsent = self.transport.get_write_buffer_size()
        if unsent != self.unsent or not unsent:
            self.unsent, self.stuck_since = unsent, now
        headless = self.cycle is None or self.cycle.response_complete
        return now - self.stuck_since > STUCK or (headless and not unsent and now - self.since > HEAD)

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP is answered with our headers too, unless an answer has begun."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            if self.cycle.response_started:
                self.transport.abort()
                return
        known = [(name.decode(), value.decode()) for name, value in self.server_state.default_headers]  # the date
        head = "".join(f"{name}: {value}\r\n" for name, value in (*known, *HEADERS.items()))
        text = f"HTTP/1.1 400 Bad Request\r\n{head}Content-Type: text/plain; charset=utf-8\r\nConnection: close\r\n"
        self.transport.write(f"{text}Content-Length: {len(msg)}\r\n\r\n{msg}".encode())
        self.transport.close()


class Server(uvicorn.Server):
    """uvicorn's, which looks through its connections."""

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second."""
        if counter % SECOND == 0:
            now = time.monotonic()
            for one in self._connections():
                if one.is_late(now):
                    one.transport.abort()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Who is still there when the time for it is over is cut off."""
        await super().shutdown(sockets)
        for one in self._connections():
            one.transport.abort()
        await asyncio.sleep(0)

    def _connections(self) -> list[Connection]:
        return list(cast("set[Connection]", self.server_state.connections))


def server(app: ASGIApp) -> Server:
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return Server(
        uvicorn.Config(
            app,
            http=Connection,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # `peers` reads them, of a socket's other end too
            timeout_keep_alive=KEPT,
            timeout_graceful_shutdown=FINISHING,
            h11_max_incomplete_event_size=16 * 1024,
        )
    )


@contextmanager
def serving(app: ASGIApp, place: Place) -> Iterator[None]:
    """Serve it from a thread of its own; raises `DigestError` where that place is taken."""
    with listening(place) as door:
        one = server(app)
        thread = threading.Thread(target=run, args=(one, door), name="web", daemon=True)
        thread.start()
        while not one.started and thread.is_alive():
            thread.join(0.02)
        try:
            yield
        finally:
            one.should_exit = True
            thread.join(FINISHING + 1)


def run(one: Server, door: socket.socket) -> None:
    async def served() -> None:
        asyncio.get_running_loop().set_exception_handler(heard)
        await one.serve([door])

    try:
        asyncio.run(served())
    except Exception as fault:  # noqa: BLE001 - the thread ends; whoever started it goes on
        say("web.ended", f"the server ended: {type(fault).__name__}: {fault}", level=WARNING)


def heard(_: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """What goes wrong where no request is to blame: no file left to open, say."""
    say("web.fault", f"{context['message']}: {context.get('exception') or ''}".rstrip(": "), level=WARNING)
