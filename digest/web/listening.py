"""The place where a server listens: an address and a port, or a socket of this machine."""

from __future__ import annotations

import errno
import os
import socket
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from digest.errors import DigestError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Place", "listening"]

RIGHTS = 0o660  # of a socket: its owner, and its group, which the proxy is in
WAITING = 1024  # connections that the system keeps until they are taken
REMEDY = "change listen in [web] of config.toml, or end what is there"


class Place:
    """Where a server listens: an address and a port, or a socket of this machine."""

    def __init__(self, host: str = "127.0.0.1", port: int = 8080, socket: Path | None = None) -> None:
        self.host, self.port, self.socket = host, port, socket

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return str(self.socket) if self.socket else f"http://{host}:{self.port}/"


@contextmanager
def listening(place: Place) -> Iterator[socket.socket]:
    """The socket, while somebody listens; raises `DigestError` where that can't be, or somebody else does."""
    try:
        made = at_path(place.socket) if place.socket else at_port(place.host, place.port)
    except OSError as error:
        what = "another program listens there" if error.errno == errno.EADDRINUSE else str(error.strerror or error)
        raise DigestError(str(place), f"can't be listened at: {what}", REMEDY) from error
    mark = inode(place.socket) if place.socket else None
    with made:
        yield made
    if place.socket and inode(place.socket) == mark:
        with suppress(OSError):
            place.socket.unlink()


def at_port(host: str, port: int) -> socket.socket:
    (family, _, _, _, where), *_ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    both = where[0] == "::" and socket.has_dualstack_ipv6()
    made = socket.create_server(where[:2], family=family, backlog=WAITING, dualstack_ipv6=both)
    # Connections inherit it; asyncio sets it only on sockets that say their protocol. A body would wait 40 ms for its head.
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def at_path(path: Path) -> socket.socket:
    """It gets its rights before its name, so that nobody else comes in first; who finds it may connect.

    A socket that a dead server left is replaced, and nothing else is.
    """
    if path.is_symlink() or path.exists():
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise OSError(errno.EEXIST, "something that is no socket is there")
        if is_alive(path):
            raise OSError(errno.EADDRINUSE, "in use")
    temporary = path.with_name(f".{path.name}")
    with suppress(FileNotFoundError):
        temporary.unlink()
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        made.bind(str(temporary))
        temporary.chmod(RIGHTS)
        made.listen(WAITING)
        temporary.replace(path)
    except BaseException:
        made.close()
        raise
    return made


def is_alive(path: Path) -> bool:
    """Whether anybody listens at it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as one:
        one.settimeout(1)
        try:
            one.connect(str(path))
        except ConnectionRefusedError:
            return False
        except OSError:
            return True  # too busy to answer, or not ours to ask
    return True


def inode(path: Path) -> tuple[int, int] | None:
    """Which file stands there."""
    with suppress(OSError):
        found = os.lstat(path)
        return found.st_dev, found.st_ino
    return None
