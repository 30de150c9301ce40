"""Who gets a digest, with which topics, and who does not get it any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import date, datetime

__all__ = ["VALID", "Errand", "Joining", "Origin", "Request", "Standing", "Subscription", "Withdrawn"]

Standing = Literal["pending", "active", "paused", "unsubscribed", "bounced", "removed"]
Origin = Literal["config", "owner", "reader"]
Errand = Literal["confirm", "manage", "nobody"]
VALID = timedelta(days=3)  # how long the link that confirms is good for


@dataclass(frozen=True, slots=True)
class Subscription:
    """An address and a digest, with the reader's choice of topics (none: all) and its state since an instant.

    `origin` says who asked for it: config.toml, the owner by a command, or the reader. `token` stands in the links of its
    mails, so that whoever has it may change the subscription. `many`: the address reaches many, whose mails have no such
    link. A paused one goes on at `until`, if that is known. `soft` counts bounces in a row that may pass; `reason` says why
    it is in its state, where that is nobody's wish. A removed one is no longer in config.toml. `catch_up`: what it misses while it
    is paused comes in one mail.
    """

    id: int
    digest: str
    address: str
    state: Standing
    since: datetime
    origin: Origin
    token: str
    topics: tuple[str, ...] = ()
    many: bool = False
    until: date | None = None
    consent: str | None = None
    soft: int = 0
    reason: str | None = None
    catch_up: bool = False


@dataclass(frozen=True, slots=True)
class Joining:
    """A subscription that somebody wants to be there. Where it is there already, in any case of its letters, it stays.

    Unless its state is one of `over`: then it begins anew, keeping what is not given here. `since` None: now.
    """

    digest: str
    address: str
    state: Standing = "active"
    topics: tuple[str, ...] = ()
    consent: str | None = None
    origin: Origin = "owner"
    many: bool = False
    since: datetime | None = None
    until: date | None = None
    reason: str | None = None
    over: frozenset[Standing] = frozenset(("removed",))


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asked for on the web, as the mail about it tells: to confirm it, or the link of who gets it already.

    `token` stands in the link that confirms, `link` is the token of the subscription that is there. `address` is "" when the
    days are over for which it is kept; `used`: when it was confirmed. `message_id` is the same on every attempt.
    """

    id: int
    kind: Errand
    address: str
    digest: str
    asked: datetime
    token: str
    message_id: str
    topics: tuple[str, ...] = ()
    used: datetime | None = None
    attempts: int = 0
    doubts: int = 0
    link: str = ""

    @property
    def until(self) -> datetime:
        """When its link is good no more."""
        return self.asked + VALID


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """An address in config.toml that does not get the digest all the same. One that was deleted has no day: nothing is left."""

    digest: str
    address: str
    how: Literal["unsubscribed", "bounced", "deleted"]
    since: datetime | None = None
