"""A conversation with the relay: greeted, secured and logged in, then one transaction after the other.

What goes wrong is `Refused` or `Broken`, with the step; what that means for a message is decided in `verdicts`.
"""

from __future__ import annotations

import socket
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.deliver.replies import Broken, Refused, Step, shown
from digest.deliver.wire import connected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.deliver.relay import Relay
    from digest.deliver.replies import Reply
    from digest.deliver.wire import Wire

__all__ = ["Offer", "Session", "opened"]

GOODBYE = 5.0  # seconds at most that a QUIT may take; nothing depends on its answer
MANY = 3  # challenges; no mechanism of ours has more than two


@dataclass(frozen=True, slots=True)
class Offer:
    """What a relay offers after EHLO, for people and for the transaction.

    `extensions` are the keywords in capitals with their words (RFC 5321 §4.1.1.1); `tls` is its version or empty;
    `user` is who is logged in, or empty.
    """

    greeting: str
    tls: str
    user: str
    extensions: tuple[tuple[str, str], ...]

    def has(self, keyword: str) -> bool:
        """Whether an extension is offered."""
        return any(name == keyword for name, _ in self.extensions)

    def words(self, keyword: str) -> tuple[str, ...]:
        """The words behind a keyword, in capitals; a repeated keyword's together."""
        return tuple(word for name, rest in self.extensions if name == keyword for word in rest.upper().split())

    @property
    def size(self) -> int | None:
        """The largest message it takes, in bytes; None where it names none (RFC 1870 §4: 0 means so too)."""
        first = next(iter(self.words("SIZE")), "")
        return (int(first) or None) if first.isascii() and first.isdecimal() and len(first) <= 20 else None  # noqa: PLR2004 - RFC 1870 §4


class Session:
    """A connection that is ready for mail. `unfinished` says that a transaction was begun and not ended."""

    def __init__(self, wire: Wire, offer: Offer) -> None:
        self.wire, self.offer = wire, offer
        self.unfinished = False

    def begin(self, mail: str, rcpt: str) -> None:
        """Up to the server's word that it waits for the message. `mail` and `rcpt`: paths with their parameters."""
        if self.unfinished:
            self.wire.ask(Step.RSET, "RSET")
        self.unfinished = True
        self.wire.ask(Step.MAIL, f"MAIL FROM:{mail}")
        self.wire.ask(Step.RCPT, f"RCPT TO:{rcpt}")
        self.wire.ask(Step.DATA, "DATA", expected="354")

    def hand_over(self, body: bytes) -> None:
        """All of the message but the dot that ends it. Raises when the server has spoken or gone meanwhile."""
        try:
            self.wire.send(Step.BODY, body)
        except Broken:
            self.wire.quiet(Step.BODY)  # what it said before it closed is the better reason
            raise
        self.wire.quiet(Step.BODY)

    def finish(self, seconds: float) -> Reply:
        """Send the dot: from here on the message may be accepted. Waits so many seconds for the answer."""
        self.wire.quiet(Step.BODY)
        self.wire.send(Step.DOT, b".\r\n")
        reply = self.wire.answer(Step.DOT, seconds=seconds)
        self.unfinished = False
        return reply

    def check(self) -> None:
        """Ask for nothing, to see that it answers."""
        self.wire.ask(Step.NOOP, "NOOP")

    def close(self, seconds: float = GOODBYE) -> None:
        """Say goodbye, and wait so many seconds for the answer."""
        self.wire.timeout = min(self.wire.timeout, seconds)
        with suppress(Refused, Broken):
            self.wire.ask(Step.QUIT, "QUIT")
        self.wire.close()


def opened(relay: Relay) -> Session:
    """Connect, greet, secure and log in; raises `Refused` or `Broken`, and leaves no connection behind then."""
    wire = connected(relay.host, relay.port, relay.timeout)
    try:
        return Session(wire, introduced(wire, relay))
    except BaseException:
        wire.close()
        raise


def introduced(wire: Wire, relay: Relay) -> Offer:
    """From the first byte to the login."""
    if relay.security == "tls":
        wire.secure(relay.trust(), relay.host, Step.CONNECT)
    greeting = wire.answer(Step.CONNECT, expected="220")
    extensions = greeted(wire, relay)
    if relay.security == "starttls":
        extensions = started(wire, relay, extensions)
    if relay.user:
        log_in(wire, relay, Offer("", wire.tls, "", extensions))
    return Offer(shown(greeting.text), wire.tls, relay.user, extensions)


def greeted(wire: Wire, relay: Relay) -> tuple[tuple[str, str], ...]:
    """What the server offers (RFC 5321 §4.1.1.1). Its first line is a greeting."""
    reply = wire.ask(Step.EHLO, f"EHLO {relay.name or literal(wire.socket)}", expected="250")
    pairs = (line.partition(" ") for line in reply.lines[1:])
    return tuple((name.upper(), rest) for name, _, rest in pairs)


def started(wire: Wire, relay: Relay, clear: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """TLS by STARTTLS; what was offered in clear is forgotten (RFC 3207 §4.2)."""
    if not any(name == "STARTTLS" for name, _ in clear):
        remedy = 'take "tls" with port 465; if it should offer STARTTLS, somebody between you and it may be meddling'
        raise Broken(Step.STARTTLS, "offers no STARTTLS, and nothing is sent in clear", remedy, ours=True)
    wire.ask(Step.STARTTLS, "STARTTLS", expected="220")
    wire.secure(relay.trust(), relay.host, Step.STARTTLS)
    return greeted(wire, relay)


def literal(sock: socket.socket) -> str:
    """Our address as a domain (RFC 5321 §4.1.3), where no name is configured: it is never a lie, and needs no DNS."""
    place = str(sock.getsockname()[0]).partition("%")[0]
    return f"[IPv6:{place}]" if sock.family == socket.AF_INET6 else f"[{place}]"


# --- login ------------------------------------------------------------------------------------------------------


def log_in(wire: Wire, relay: Relay, offer: Offer) -> None:
    """AUTH (RFC 4954), over TLS alone. Whatever the server repeats of it is struck out from here on."""
    if not wire.tls or relay.secret is None:
        raise Broken(Step.AUTH, "has no TLS, and a login is never sent in clear", ours=True)
    mechanism = chosen(relay, offer)
    secret = relay.secret()
    words = tuple(encoded(mechanism, relay.user, secret))
    wire.hidden = tuple(sorted(filter(None, (*words, b64(secret), secret)), key=len, reverse=True))
    command, *rest = words
    reply = wire.ask(Step.AUTH, f"AUTH {mechanism} {command}", expected="")
    for word in rest if mechanism == "LOGIN" else [""] * MANY:
        if reply.code != 334:  # noqa: PLR2004 - RFC 4954 §4: go on
            break
        reply = wire.ask(Step.AUTH, word, expected="")
    if reply.code != 235:  # noqa: PLR2004 - RFC 4954 §4: welcome
        raise Broken(Step.AUTH, f"said “{reply}” at {Step.AUTH}, which does not belong there")


def chosen(relay: Relay, offer: Offer) -> str:
    """The mechanism to log in with, of those that are offered."""
    known = ("XOAUTH2",) if relay.mechanism == "xoauth2" else ("PLAIN", "LOGIN")
    offered = offer.words("AUTH")
    for mechanism in known:
        if mechanism in offered:
            return mechanism
    what = f"offers no login by {' or '.join(known)}, only by {', '.join(offered)}" if offered else "offers no login"
    remedy = "a password needs `password_file`, a token `token_command`; see whether port and `security` are those for sending mail"
    raise Broken(Step.AUTH, shown(what), remedy, ours=True)


def encoded(mechanism: str, user: str, secret: str) -> Iterator[str]:
    """What the client says after `AUTH …`, word by word: RFC 4616 for PLAIN; Google's own text for XOAUTH2."""
    if mechanism == "PLAIN":
        yield b64(f"\0{user}\0{secret}")
    elif mechanism == "XOAUTH2":
        yield b64(f"user={user}\1auth=Bearer {secret}\1\1")
    else:
        yield b64(user)
        yield b64(secret)


def b64(text: str) -> str:
    """As SASL wants it; a lone surrogate, which has no UTF-8, is no part of any secret and becomes `?`."""
    return b64encode(text.encode("utf-8", "replace")).decode("ascii")
