"""A web server on loopback that does as it is told, path by path, however wrong that is."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping

    Script = bytes | Callable[["Server", socket.socket], None]

__all__ = ["Request", "Server", "chunks", "drip", "reply"]

NOTHING_MORE = 20.0  # seconds after which a test's server gives up waiting, whatever happens


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked. Names of headers are in small letters."""

    path: str
    headers: Mapping[str, str]


@dataclass
class Server:
    """Serves `scripts` on 127.0.0.1 until the `with` ends; a path without a script is a 404.

    A script is the bytes to send, or a function that sends what it likes and may look at `over` to know when to stop.
    """

    scripts: dict[str, Script] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    over: threading.Event = field(default_factory=threading.Event)
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(NOTHING_MORE)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}{path}"

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # the listener is closed at the end
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(NOTHING_MORE)
        try:
            with contextlib.suppress(OSError), contextlib.closing(self._wrapped(connection)) as stream:
                self._answer(stream)
        finally:
            connection.close()

    def _wrapped(self, connection: socket.socket) -> socket.socket:
        return self.tls.wrap_socket(connection, server_side=True) if self.tls else connection

    def _answer(self, stream: socket.socket) -> None:
        request = asked(stream)
        self.requests.append(request)
        script = self.scripts.get(request.path, reply(b"nothing here", "404 Not Found"))
        if callable(script):
            script(self, stream)
        else:
            stream.sendall(script)


def asked(stream: socket.socket) -> Request:
    """One request, read to the end of its headers."""
    text = b""
    while b"\r\n\r\n" not in text:
        text += (more := stream.recv(65536))
        if not more:
            raise ConnectionError
    first, *lines = text.decode("ascii").split("\r\n\r\n")[0].split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return Request(first.split()[1], {name.lower(): value.strip() for name, _, value in pairs})


def reply(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    """A whole answer; `content_type="text/html"` becomes `content-type: text/html`."""
    named = {"content-length": str(len(body)), **{name.replace("_", "-"): value for name, value in headers.items()}}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in named.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def chunks(*parts: bytes) -> bytes:
    """A body in chunks, without the last one, which is empty."""
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)


def drip(head: bytes, drop: bytes, pause: float = 0.05) -> Callable[[Server, socket.socket], None]:
    """Send `head`, then `drop` again and again with a pause (seconds) in between, until the test is over."""

    def script(server: Server, stream: socket.socket) -> None:
        stream.sendall(head)
        while not server.over.wait(pause):
            stream.sendall(drop)

    return script
