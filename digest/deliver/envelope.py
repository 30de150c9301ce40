"""What is said to a relay about one message: two paths with their parameters, and the bytes as they go over. Pure."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from digest.errors import ContentRefused, PermanentDelivery, RelayRefusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.deliver.session import Offer
    from digest.models import Message

__all__ = ["body", "mail", "rcpt"]

LONGEST_PATH, LONGEST_LOCAL = 254, 64  # octets; RFC 5321 §4.5.3.1.1 and .3, less the angle brackets
LONGEST_ID = 100  # characters of an ENVID (RFC 3461 §4.4)
NOT_XTEXT = re.compile(r"[^!-*,-<>-~]")  # RFC 3461 §4: printable, less "+" and "="
NOT_IN_PATH = re.compile(r"[\s<>\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def body(content: bytes) -> bytes:
    """The text as it goes over: every line ends with CRLF, the last one too, and its leading dots are doubled.

    RFC 5321 §4.5.2. A lone CR or LF never leaves: servers disagree on what it ends ("SMTP smuggling").
    """
    lines = whole_lines(content).replace(b"\r\n.", b"\r\n..")
    return b"." + lines if lines.startswith(b".") else lines


def whole_lines(content: bytes) -> bytes:
    """The same text with CRLF after every line."""
    lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    return lines if lines.endswith(b"\r\n") or not lines else lines + b"\r\n"


def mail(message: Message, sender: str, offer: Offer, *, relay: str) -> str:
    """The words after `MAIL FROM:`. Only what is offered is asked for.

    Raises `RelayRefusal` for a sender that can't be said here, `ContentRefused` for a message that is too large.
    """
    if fault := unsayable(sender, offer):
        raise RelayRefusal(relay, f"can't be told the sender {sender}: {fault}", "correct `sender`")
    size = len(whole_lines(message.content))  # before dots are doubled (RFC 1870 §5)
    edition = f"{message.delivery.digest}/{message.delivery.edition}"
    if offer.size is not None and size > offer.size:
        what = f"has {size:,} bytes, and {relay} takes {offer.size:,}"
        raise ContentRefused(
            edition, what, "fewer papers a day, or `base_url`, so that the mail links what it leaves out"
        )
    if not message.content.isascii() and not offer.has("8BITMIME"):
        raise ContentRefused(edition, f"has bytes beyond ASCII, which {relay} does not take", "encode them in the mail")
    return " ".join((f"<{sender}>", *asked(message, sender, offer, size=size)))


def rcpt(message: Message, offer: Offer, *, relay: str) -> str:
    """The words after `RCPT TO:`; raises `PermanentDelivery` for an address that can't be said here."""
    to = message.delivery.to
    if fault := unsayable(to, offer):
        raise PermanentDelivery(to, f"can't be named to {relay}: {fault}", "correct the address or take it out")
    return f"<{to}> NOTIFY=FAILURE" if offer.has("DSN") else f"<{to}>"


def asked(message: Message, sender: str, offer: Offer, *, size: int) -> Iterator[str]:
    """Parameters of MAIL: RFC 1870, 6152, 6531 and 3461, in this order."""
    if offer.has("SIZE"):
        yield f"SIZE={size}"
    if not message.content.isascii():
        yield "BODY=8BITMIME"
    if not (sender.isascii() and message.delivery.to.isascii() and has_plain_head(message)) and offer.has("SMTPUTF8"):
        yield "SMTPUTF8"
    if offer.has("DSN"):
        yield "RET=HDRS"
        yield f"ENVID={envelope_id(message.delivery.message_id)}"


def has_plain_head(message: Message) -> bool:
    """Whether its header is ASCII; a mail that is so as a whole need not be taken apart."""
    content = message.content
    return content.isascii() or whole_lines(content).partition(b"\r\n\r\n")[0].isascii()


def envelope_id(message_id: str) -> str:
    """The Message-ID as xtext, by which a bounce names its message; one too long or too odd by its hash."""
    bare = message_id.strip("<> ")
    text = NOT_XTEXT.sub(lambda found: f"+{ord(found[0]):02X}", bare)
    if bare.isascii() and 0 < len(text) <= LONGEST_ID:
        return text
    return hashlib.sha256(bare.encode("utf-8", "replace")).hexdigest()[:40]


def unsayable(address: str, offer: Offer) -> str:
    """Why an address can't stand in a command; empty if it can."""
    local, at, domain = address.rpartition("@")
    if not (local and at and domain) or NOT_IN_PATH.search(address):
        return "it is no address"
    if len(local.encode()) > LONGEST_LOCAL or len(address.encode()) > LONGEST_PATH:
        return "it is longer than addresses can be"
    if not address.isascii() and not offer.has("SMTPUTF8"):
        return "it has letters beyond ASCII, which this server does not know (SMTPUTF8)"
    return ""
