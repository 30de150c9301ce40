"""What leaves: deliveries, messages, and what a channel says to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Audience", "Delivery", "Halt", "Message", "OutboxCounts", "Receipt", "Scope", "State"]

State = Literal["queued", "in_doubt", "sent", "dead", "held", "cancelled"]


@dataclass(frozen=True, slots=True)
class Audience:
    """What the readers have in common who get the same mail of an edition, but for their own link.

    `topics` is their choice, none: all. `many`: their addresses reach many. `subscribed`: they are not in config.toml.
    `missed` are the numbers of the editions that they catch up on; none: they get the edition alone.
    """

    topics: tuple[str, ...] = ()
    many: bool = False
    subscribed: bool = False
    missed: tuple[int, ...] = ()


EVERYBODY = Audience()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One edition owed to one subscription: a row of the outbox. `message_id` is the same on every attempt.

    `token` is the subscription's, for the links in the mail; "" where no link in it is personal.
    """

    id: int
    digest: str
    edition: int
    to: str
    state: State
    message_id: str
    attempts: int = 0
    doubts: int = 0
    next_at: datetime | None = None
    last_reply: str | None = None
    token: str = ""
    audience: Audience = EVERYBODY


@dataclass(frozen=True, slots=True)
class Scope:
    """What may be sent: what is due at `now`, of these digests, and of editions sealed behind the one with number `since`."""

    now: datetime
    digests: tuple[str, ...]
    since: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """A delivery with the bytes to hand over (RFC 5322, CRLF).

    `envelope` is the address that bounces go to (RFC 5321 §2.3.1), with its opaque token; empty means the sender's.
    """

    delivery: Delivery
    content: bytes
    envelope: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A channel's word that a message was accepted; `reply` is what it said."""

    reply: str


APPROVAL = "it waits for your word"  # the only halt that nothing went wrong for


@dataclass(frozen=True, slots=True)
class Halt:
    """What of the outbox is halted ("all", or one edition as "daily/12"), why, since when, how often in a row.

    It goes on by itself at `until`; None: when its owner releases it.
    """

    scope: str
    why: str
    since: datetime
    until: datetime | None = None
    times: int = 1


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    """How many deliveries are in each state; of the queued ones, how many were `postponed`: tried, and not accepted."""

    queued: int = 0
    in_doubt: int = 0
    sent: int = 0
    dead: int = 0
    held: int = 0
    cancelled: int = 0
    postponed: int = 0
