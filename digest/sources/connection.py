"""A connection only to an address that was checked, and never beyond a deadline.

A name is looked up once per request, and what was looked up is what is connected to, so that no second answer of a
name server (DNS rebinding) can lead elsewhere.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

import httpcore

from digest.errors import FetchError, RefusedFetch
from digest.sources.addresses import is_public

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable

    import httpx

    from digest.sources.web import Policy

__all__ = ["Call", "Guard"]

FRAMING = 2**18  # bytes that may come beside twice a body's size: headers, sizes of chunks
SHORTEST = 0.001  # seconds; nought would mean "do not wait at all"


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked, as whom errors name it, and for how long."""

    url: httpx.URL
    subject: str
    policy: Policy
    allow_private: bool
    left: float  # seconds

    def too_large(self) -> FetchError:
        """The error of a server that sends too much."""
        what = f"sends more than {self.policy.max_bytes:,} bytes, unpacked"
        return FetchError(self.subject, what, "no listing is as large: check the address")


class Guard(httpcore.NetworkBackend):
    """Connects one call, to an address of its host that was checked."""

    def __init__(self, call: Call, resolve: Callable[[str], tuple[str, ...]]) -> None:
        self.call, self.resolve = call, resolve
        self.ends = time.monotonic() + call.left
        self.room = 2 * call.policy.max_bytes + FRAMING

    def left(self) -> float:
        """Seconds until the deadline; raises when there are none."""
        seconds = self.ends - time.monotonic()
        if seconds <= 0:
            raise httpcore.ReadTimeout
        return seconds

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """To the first of the host's addresses that answers. Each has its share of the time that is left for this."""
        del timeout, local_address, socket_options  # the policy's count
        ends = time.monotonic() + min(self.call.policy.connect_timeout, self.left())
        failed: Exception = httpcore.ConnectTimeout()
        places = self.checked(host, ends)
        for tried, place in enumerate(places):
            share = (ends - time.monotonic()) / (len(places) - tried)
            try:
                return Bounded(httpcore.SyncBackend().connect_tcp(place, port, timeout=max(share, SHORTEST)), self)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    def checked(self, host: str, ends: float) -> tuple[str, ...]:
        """The addresses of a host; one that is not public refuses them all, unless the policy allows it."""
        places = looked_up(host, self.resolve, max(ends - time.monotonic(), 0))
        refused = [place for place in places if not self.call.allow_private and not is_public(place)]
        if refused:
            what = f"leads to {refused[0]}, which is not an address of the public internet"
            remedy = "if that is meant, configure this address itself, with `allow_private`"
            raise RefusedFetch(self.call.subject, what, remedy)
        return places


def looked_up(host: str, resolve: Callable[[str], tuple[str, ...]], seconds: float) -> tuple[str, ...]:
    """A host's addresses, looked up beside, because nothing can stop a name server's silence."""
    box: SimpleQueue[tuple[str, ...] | OSError] = SimpleQueue()

    def look() -> None:
        try:
            box.put(resolve(host))
        except OSError as error:
            box.put(error)

    Thread(target=look, daemon=True).start()
    try:
        found = box.get(timeout=seconds)
    except Empty:
        raise httpcore.ConnectTimeout from None
    if isinstance(found, OSError):
        raise found
    return found


class Bounded(httpcore.NetworkStream):
    """A connection whose every read and write ends at the call's deadline, and that takes so much and no more."""

    def __init__(self, stream: httpcore.NetworkStream, guard: Guard) -> None:
        self.stream, self.guard = stream, guard

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        del timeout
        data = self.stream.read(max_bytes, self.guard.left())
        self.guard.room -= len(data)
        if self.guard.room < 0:
            raise self.guard.call.too_large()
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        del timeout
        self.stream.write(buffer, self.guard.left())

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        del timeout
        left = min(self.guard.call.policy.connect_timeout, self.guard.left())
        return Bounded(self.stream.start_tls(ssl_context, server_hostname, left), self.guard)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as the engine has it
        return self.stream.get_extra_info(info)
