"""One question over HTTP and its reply, bounded in time and size.

httpx reads and writes addresses and headers and says whom TLS trusts. The exchange itself is its engine's, httpcore:
only there can a connection be bound to an address that was checked, and every read to one deadline.
"""

from __future__ import annotations

import os
import ssl
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING

import httpcore
import httpx

from digest.errors import ASKED_AGAIN, Down, FetchError, RefusedFetch
from digest.sources.connection import Guard

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from digest.sources.connection import Call

__all__ = ["Reply", "address", "exchange"]

WITH_BODY = (HTTPStatus.OK, HTTPStatus.NON_AUTHORITATIVE_INFORMATION)
GZIP, PLAIN = ("gzip", "x-gzip"), ("", "identity")
LONGEST_WAIT = timedelta(days=1)
LONGEST_NAME, LONGEST_LABEL = 253, 63  # RFC 1035 §2.3.4
HIGHEST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Reply:
    """A status with its headers; `body` is there, whole and unpacked, for 200 and 203 alone."""

    status: int
    reason: str
    headers: httpx.Headers
    body: bytes | None

    def retry_after(self, now: datetime) -> datetime | None:
        """Before which instant not to ask again, at most a day from `now`; None where it is not said or not clear."""
        text = self.headers.get("retry-after", "").strip()
        if text.isascii() and text.isdecimal():
            seconds = min(int(text[:10]), LONGEST_WAIT.total_seconds())
            return now + timedelta(seconds=seconds)
        try:
            at = parsedate_to_datetime(text)
        except (ValueError, OverflowError):
            return None
        bounded = min(max(at if at.tzinfo else at.replace(tzinfo=UTC), now), now + LONGEST_WAIT)
        return bounded.astimezone(UTC)


def address(text: str, subject: str, base: httpx.URL | None = None) -> httpx.URL:
    """The address that a text spells, from `base` on where it is relative; raises `RefusedFetch`."""
    try:
        url = (base.join(text) if base else httpx.URL(text)).copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError) as error:
        raise RefusedFetch(subject, "is not an address of the web", "check its spelling") from error
    if url.scheme not in {"http", "https"}:
        raise RefusedFetch(subject, "is not an address of the web", "it must begin with https:// or http://")
    if url.userinfo:
        raise RefusedFetch(subject, "holds a user name or a password, which are never sent", "take them out")
    if not is_host(url.raw_host.decode("ascii")):
        raise RefusedFetch(subject, "names no host", "check its spelling")
    if url.port is not None and not 0 < url.port <= HIGHEST_PORT:
        raise RefusedFetch(subject, f"names a port that can't be, {url.port}", "check its spelling")
    return url


def is_host(name: str) -> bool:
    """Whether a name can be looked up at all; so that nothing below has to fear its form."""
    labels = name.removesuffix(".").split(".")
    return len(name) <= LONGEST_NAME and all(0 < len(label) <= LONGEST_LABEL for label in labels)


def exchange(call: Call, headers: Mapping[str, str], resolve: Callable[[str], tuple[str, ...]]) -> Reply:
    """Ask, and read the reply; whatever goes wrong is a `FetchError`."""
    try:
        with connected(call, Guard(call, resolve)) as connection:
            return asked(connection, call, headers)
    except (httpcore.TimeoutException, TimeoutError) as error:
        raise Down(call.subject, too_slow(call, error), ASKED_AGAIN) from error
    except httpcore.ProtocolError as error:
        raise FetchError(call.subject, *trouble(error)) from error
    except (httpcore.NetworkError, OSError) as error:
        raise Down(call.subject, *trouble(error)) from error


def connected(call: Call, guard: Guard) -> httpcore.HTTPConnection:
    """The way to the host of a call, over TLS where its address says so; nothing is sent yet."""
    url = call.url
    secure = url.scheme == "https"
    origin = httpcore.Origin(url.raw_scheme, url.raw_host, url.port or (443 if secure else 80))
    return httpcore.HTTPConnection(origin, ssl_context=trust(call) if secure else None, network_backend=guard)


def asked(connection: httpcore.HTTPConnection, call: Call, headers: Mapping[str, str]) -> Reply:
    """One request in plain HTTP/1.1, and its reply; the connection is not used again."""
    sent = {"Host": call.url.netloc.decode("ascii"), **headers, "Connection": "close"}
    url = call.url
    target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    with connection.stream("GET", target, headers=[*sent.items()]) as response:
        named = httpx.Headers(response.headers)
        body = read(response, named, call) if response.status in WITH_BODY else None
        return Reply(response.status, reason(response), named, body)


def reason(response: httpcore.Response) -> str:
    """What the server calls its status."""
    return bytes(response.extensions.get("reason_phrase", b"")).decode("ascii", "replace").strip()[:60]


@lru_cache(maxsize=2)
def authorities(*_named: str | None) -> ssl.SSLContext:
    """Whom TLS trusts: certifi's list, or what the environment names; made once, for it takes 30 ms."""
    return httpx.create_ssl_context()


def trust(call: Call) -> ssl.SSLContext:
    """The authorities that count at this moment."""
    try:
        return authorities(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    except OSError as error:
        what = f"the list of authorities for TLS can't be read: {error.strerror or error}"
        raise FetchError(call.subject, what, "check SSL_CERT_FILE and SSL_CERT_DIR in the environment") from error


# --- the body: whole, unpacked, and never more than allowed ---


def read(response: httpcore.Response, headers: httpx.Headers, call: Call) -> bytes:
    """The body of a reply. One that ends early is the engine's fault to find: it counts what was announced."""
    coding, most = headers.get("content-encoding", "").strip().lower(), call.policy.max_bytes
    if coding not in GZIP + PLAIN:
        raise FetchError(call.subject, f"comes packed as {coding[:60]}, which was not asked for", "tell its owner")
    announced = headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > most:
        raise call.too_large()
    body = bytearray()
    unpack = Gzip(call) if coding in GZIP else None
    for chunk in response.iter_stream():
        body += unpack.more(chunk, most + 1 - len(body)) if unpack else chunk
        if len(body) > most:
            raise call.too_large()
    if unpack and not unpack.whole:
        raise damaged(call)
    return bytes(body)


class Gzip:
    """Unpacks gzip, one member after another as RFC 1952 §2.2 has it; zeros between and after them are padding."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.member = zlib.decompressobj(zlib.MAX_WBITS | 16)

    @property
    def whole(self) -> bool:
        return self.member.eof

    def more(self, data: bytes, room: int) -> bytes:
        """What the next bytes unpack to, as far as `room` goes; the rest of them is then dropped."""
        plain = bytearray()
        while (data := self.unpadded(data)) and len(plain) < room:
            if self.member.eof:
                self.member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            try:
                plain += self.member.decompress(data, room - len(plain))
            except zlib.error as error:
                raise damaged(self.call) from error
            data = self.member.unused_data
        return bytes(plain)

    def unpadded(self, data: bytes) -> bytes:
        return data.lstrip(b"\0") if self.member.eof else data


# --- what goes wrong, in words ---


def damaged(call: Call) -> FetchError:
    return FetchError(call.subject, "sends a damaged gzip", ASKED_AGAIN)


def too_slow(call: Call, error: Exception) -> str:
    if isinstance(error, httpcore.ConnectTimeout):
        return f"can't be reached within {call.policy.connect_timeout:g} s"
    return f"has not answered in full within {call.policy.deadline:g} s"


def trouble(error: Exception) -> tuple[str, str]:
    """What went wrong, and what to do, from an error of the engine or the system."""
    cause = error.__cause__ or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not to be trusted: {cause.verify_message}", "tell its owner"
    if isinstance(cause, ssl.SSLError):
        return f"TLS fails: {(cause.reason or 'no answer').replace('_', ' ').lower()}", "check the address"
    if isinstance(error, httpcore.ProtocolError):
        return f"does not answer as HTTP demands: {str(error)[:120]}", "check the address"
    what = (cause.strerror if isinstance(cause, OSError) else None) or str(cause) or "no reason given"
    if isinstance(error, (httpcore.ReadError, httpcore.WriteError)):
        return f"breaks off: {what}", ASKED_AGAIN
    return f"can't be reached: {what}", "check the address and the network"
