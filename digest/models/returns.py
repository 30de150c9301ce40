"""What comes back to a newsletter: failures, delays, people who want to leave, and machines that answer.

    bytes of a mail → Returned

Each says what was read in one mail, and none of it is proven: anybody can write such a mail. A token must be verified
before anything is changed for it, and where there is none, or a false one, nothing may be changed.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["AutoReply", "Bounce", "Bounces", "Complaint", "Delay", "Delivered", "Returned", "Unknown", "Unsubscribe"]


@dataclass(frozen=True, slots=True)
class Bounce:
    """One recipient whom one mail did not reach.

    Without a verified token it must not change anything. `hard` says that the address itself is the reason and that
    another attempt would end alike; all else is soft. `recipient` is who we wrote to where the report says so, else
    where the mail had been forwarded to. `original_message_id` has its angle brackets.
    """

    token: str | None
    recipient: str | None
    hard: bool
    status: str | None = None  # "5.1.1", as it was printed; None where only words were
    reason: str = ""
    original_message_id: str | None = None


@dataclass(frozen=True, slots=True)
class Bounces:
    """All failures that one mail reports, at least one, in its order.

    They share their token: the mail that failed had one recipient, and several are what its address stood for.
    """

    bounces: tuple[Bounce, ...]


@dataclass(frozen=True, slots=True)
class Delay:
    """A server is still trying: nothing is to be done."""

    token: str | None
    recipient: str | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A server says that the mail arrived, or was handed on: nothing is to be done."""

    token: str | None
    recipient: str | None


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Somebody wants to leave.

    A token may be a long word of a sentence that looked like one. Without a verified one the wish is only as good as
    `sender`, which anybody can write: ask that address, or the owner.
    """

    token: str | None
    sender: str | None


@dataclass(frozen=True, slots=True)
class AutoReply:
    """A machine answered for somebody who is away, or said that a mail was read: nothing is to be done."""

    sender: str | None


@dataclass(frozen=True, slots=True)
class Complaint:
    """A recipient called a mail unwanted at their provider (RFC 5965): with a verified token, they leave."""

    token: str | None
    recipient: str | None  # providers often leave it out (RFC 6590)
    original_message_id: str | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """None of these, as far as could be told for certain; a person should look at it."""

    why: str


Returned = Bounces | Delay | Delivered | Unsubscribe | AutoReply | Complaint | Unknown
