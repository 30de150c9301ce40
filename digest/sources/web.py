"""The whole seam to the network: `Web.get` asks one address, once, and answers with a value or raises `FetchError`.

    web.py         who may be asked, when, and what the answer means: redirects, validators, Retry-After, turns
    wire.py        one question and its reply
    connection.py  only to addresses that were checked, never beyond the deadline
    addresses.py   which network addresses are public

Whatever a server does ends within the policy's bounds, as an answer or as an error of one line. Cookies are never
kept, certificates always checked (`SSL_CERT_FILE` and `SSL_CERT_DIR` name other authorities), no credentials sent.
Proxies of the environment are not used: a proxy would look names up itself, and no address could be checked.
"""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from digest import __version__
from digest.errors import ASKED_AGAIN, Down, FetchError, Gone, TryLater, Waiting, in_utc
from digest.logs import DEBUG, say
from digest.sources.addresses import resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from httpx import URL

    from digest.sources import Wait
    from digest.sources.wire import Reply

__all__ = ["LEFT_ALONE", "Answer", "NotModified", "Policy", "Validators", "Web", "shown"]

PERMANENT, REDIRECTS = (301, 308), (301, 302, 303, 307, 308)
BUSY = (429, 503)
LEFT_ALONE = "is left alone: its server asked for that"
LONGEST_VALIDATOR = 1024  # characters; a longer one is not worth keeping
ACCEPT = (
    "application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json, application/json, "
    "application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
)


@dataclass(frozen=True, slots=True)
class Policy:
    """What a fetch may cost and where it may lead. Times in seconds, sizes in bytes."""

    contact: str = ""  # an address of mail or web, for those who wonder who asks
    allow_private: bool = False  # for the host and port that the address asked for names, never for where it leads
    max_bytes: int = 8 * 2**20  # of a body, unpacked
    connect_timeout: float = 10.0  # name and connection
    deadline: float = 30.0  # the whole fetch with all its redirects, less what is waited for turns
    max_redirects: int = 5
    gap: float = 1.0  # between two requests to one host

    @property
    def user_agent(self) -> str:
        """`Paperround/<version> (+<contact>)`, in what a header's comment may hold."""
        contact = "".join(char for char in self.contact if "!" <= char <= "~" and char not in "()\\")
        return f"Paperround/{__version__} (+{contact})" if contact else f"Paperround/{__version__}"


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave with an answer, to ask whether it still holds; both verbatim."""

    etag: str | None = None
    modified: str | None = None


NO_VALIDATORS = Validators()


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole body, unpacked. `url` is where it was found at last; `media_type` is the header, parameters and all.

    `moved` is where the address asked for has moved for good, if every redirect up to there said so and none led from
    https to http. Store it only when the body proves to be what was wanted: a login page says "moved" too.
    """

    url: str
    body: bytes
    media_type: str | None
    validators: Validators
    moved: str | None = None


@dataclass(frozen=True, slots=True)
class NotModified:
    """What the validators stand for still holds; they are the ones to ask with next time. `moved` as in `Answer`."""

    url: str
    validators: Validators
    moved: str | None = None


@dataclass(slots=True)
class Turn:
    """One host's: whose it is, and when the next may come (by the monotonic clock)."""

    lock: Lock = field(default_factory=Lock)
    free_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Turns:
    """One request to a host at a time, and a gap after each; different hosts side by side.

    `quiet`: until when a server wants to be left alone, by its host and port.
    """

    hosts: dict[str, Turn] = field(default_factory=dict)
    quiet: dict[str, datetime] = field(default_factory=dict)

    @contextmanager
    def at(self, host: str, gap: float, sleep: Wait) -> Iterator[None]:
        turn = self.hosts.setdefault(host, Turn())  # one step of the interpreter: no two turns for one host
        with turn.lock:
            early = turn.free_at - time.monotonic()
            if early > 0:
                sleep(early)
            try:
                yield
            finally:
                turn.free_at = time.monotonic() + gap


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of a fetch: from the address asked for, over redirects, to an answer."""

    first: URL
    url: URL
    left: float  # seconds
    redirects: int = 0
    permanent: bool = True
    moved: str | None = None

    @property
    def subject(self) -> str:
        """What an error is about: the address asked for, and where it led."""
        led = self.redirects or self.url != self.first
        return shown(str(self.first)) + (f" → {shown(str(self.url))}" if led else "")

    @property
    def at_home(self) -> bool:
        """Whether it is still the host and port of the address asked for; from http to https counts as the same."""
        return (self.url.host, self.url.port) == (self.first.host, self.first.port)  # None: that of the scheme


@dataclass(frozen=True, slots=True)
class Web:
    """Fetches addresses under one policy, from any number of threads; hand it on, for it knows whose turn it is."""

    policy: Policy = Policy()
    sleep: Wait = time.sleep
    resolve: Callable[[str], tuple[str, ...]] = resolve
    _turns: Turns = field(default_factory=Turns, init=False, repr=False, compare=False)

    def get(
        self, url: str, now: datetime, known: Validators = NO_VALIDATORS, *, moved: str | None = None
    ) -> Answer | NotModified:
        """What is at `url`, or that nothing is new since `known`; `now` counts for Retry-After only.

        `moved`: where it has moved to for good, as an earlier answer said: that is asked instead, and is allowed no more
        than if `url` had led there now. Raises `RefusedFetch`, `Gone`, `Down`, `TryLater`, `Waiting` (nobody was asked,
        since the server wants to be left alone), or plain `FetchError` for all else that can go wrong. Waits for its
        turn at the host without a limit, then takes at most `policy.deadline` seconds.
        """
        from digest.sources import wire  # noqa: PLC0415 - httpx costs 150 ms, and most runs of most commands ask nobody

        first = wire.address(url, shown(url))
        at = wire.address(moved, f"{shown(url)} → {shown(moved)}") if moved else first
        reply, hop = self._followed(Hop(first, at, self.policy.deadline, moved=moved), known, now)
        return outcome(hop, reply, known, now)

    def knock(self, url: str, now: datetime) -> None:
        """Ask `url`, for its server's sake: any 2xx is well, and what it says is thrown away. Raises as `get` does."""
        from digest.sources import wire  # noqa: PLC0415 - as above

        first = wire.address(url, shown(url))
        reply, hop = self._followed(Hop(first, first, self.policy.deadline), NO_VALIDATORS, now)
        if reply.status // 100 != 2:  # noqa: PLR2004 - RFC 9110 §15.3
            raise fault(hop, reply, now)

    def _followed(self, hop: Hop, known: Validators, now: datetime) -> tuple[Reply, Hop]:
        """The reply at the end of all redirects, and where that is."""
        while True:
            reply, hop = self._ask(hop, known, now)
            if reply.status not in REDIRECTS:
                self._heed(hop, reply, now)
                return reply, hop
            hop = self._next(hop, reply)

    def leave(self, url: str, until: datetime) -> None:
        """Ask nothing more of the server of `url` before then."""
        self._turns.quiet[server(url)] = until

    def left_until(self, url: str, now: datetime) -> datetime | None:
        """Until when the server of `url` wants to be left alone; None: it may be asked."""
        until = self._turns.quiet.get(server(url))
        return until if until and now < until else None

    def _heed(self, hop: Hop, reply: Reply, now: datetime) -> None:
        until = reply.retry_after(now) if reply.status in BUSY else None
        if until:
            self.leave(str(hop.url), until)

    def _ask(self, hop: Hop, known: Validators, now: datetime) -> tuple[Reply, Hop]:
        """One request; also the hop with the time that is left after it."""
        from digest.sources import connection, wire  # noqa: PLC0415 - as above

        with self._turns.at(hop.url.host, self.policy.gap, self.sleep):
            until = self.left_until(str(hop.url), now)
            if until:
                raise Waiting(hop.subject, LEFT_ALONE, f"it is asked again after {in_utc(until)}")
            began = time.monotonic()
            private = hop.at_home and self.policy.allow_private
            call = connection.Call(hop.url, hop.subject, self.policy, private, hop.left)
            reply = wire.exchange(call, self._headers(known), self.resolve)
            say("fetch", f"{hop.subject}: answers {reply.status}", level=DEBUG, status=reply.status)
            return reply, replace(hop, left=hop.left - (time.monotonic() - began))

    def _headers(self, known: Validators) -> Mapping[str, str]:
        named = {"If-None-Match": known.etag, "If-Modified-Since": known.modified}
        asked = {"User-Agent": self.policy.user_agent, "Accept": ACCEPT, "Accept-Encoding": "gzip"}
        return asked | {name: fit for name, value in named.items() if (fit := kept(value))}

    def _next(self, hop: Hop, reply: Reply) -> Hop:
        """Where a redirect leads; it is checked like any address that is asked for."""
        from digest.sources import wire  # noqa: PLC0415 - as above

        if hop.redirects == self.policy.max_redirects:
            raise FetchError(hop.subject, f"redirects more than {hop.redirects} times", "give the address at its end")
        target = reply.headers.get("location")
        if target is None:
            raise FetchError(hop.subject, f"answers {reply.status} and does not say where to go", "check the address")
        url = wire.address(target, f"{hop.subject} → {shown(target)}", hop.url)
        weaker = (hop.url.scheme, url.scheme) == ("https", "http")
        permanent = hop.permanent and reply.status in PERMANENT and not weaker
        moved = str(url) if permanent else hop.moved
        return replace(hop, url=url, redirects=hop.redirects + 1, permanent=permanent, moved=moved)


def outcome(hop: Hop, reply: Reply, known: Validators, now: datetime) -> Answer | NotModified:
    """What the last reply of a fetch means."""
    given = Validators(kept(reply.headers.get("etag")), kept(reply.headers.get("last-modified")))
    if reply.body is not None:
        return Answer(str(hop.url), reply.body, reply.headers.get("content-type"), given, hop.moved)
    if reply.status == 304 and known != NO_VALIDATORS:  # noqa: PLR2004 - RFC 9110 §15.4.5
        held = Validators(given.etag or known.etag, given.modified or known.modified)
        return NotModified(str(hop.url), held, hop.moved)
    raise fault(hop, reply, now)


def fault(hop: Hop, reply: Reply, now: datetime) -> FetchError:
    """The error that a status stands for."""
    what = f"answers {reply.status} {reply.reason}".rstrip()
    if reply.status == 410 and hop.permanent:  # noqa: PLR2004 - RFC 9110 §15.5.11; where it leads for now tells nothing
        return Gone(hop.subject, what, "its server says that it will not come back: take it out of the configuration")
    not_before = reply.retry_after(now) if reply.status in BUSY else None
    if not_before is not None:
        return TryLater(hop.subject, what, not_before)
    if reply.status in BUSY or reply.status >= 500:  # noqa: PLR2004 - RFC 9110 §15.6
        return Down(hop.subject, what, f"the server is in trouble: {ASKED_AGAIN}")
    return FetchError(hop.subject, what, "check the address")


def server(url: str) -> str:
    """The host and port of an address, as one word; "" where it has none that can be."""
    try:
        parts = urlsplit(url)
        return f"{parts.hostname}:{parts.port or {'http': 80}.get(parts.scheme, 443)}"
    except ValueError:
        return ""


def kept(validator: str | None) -> str | None:
    """A validator that can be sent again as it came: visible ASCII, and not long."""
    fits = validator and validator.isascii() and validator.isprintable() and len(validator) <= LONGEST_VALIDATOR
    return validator if fits else None


def shown(url: str) -> str:
    """An address as it may stand in a message: no password, no query (it may be a key), no novel."""
    short = re.sub(r"[?#].*$", "?…", re.sub(r"^([^/?#]*//)[^/?#]*@", r"\1", url), flags=re.DOTALL)
    return short if len(short) <= 200 else f"{short[:200]}…"  # noqa: PLR2004 - a line or two of a terminal
