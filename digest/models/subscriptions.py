"""Who gets a digest, with which topics, and who does not get it any more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import date, datetime

__all__ = ["Standing", "Subscription"]

Standing = Literal["pending", "active", "paused", "unsubscribed", "bounced", "removed"]


@dataclass(frozen=True, slots=True)
class Subscription:
    """An address and a digest, with the reader's choice of topics (none: all) and its state since an instant.

    `origin` says who asked for it: config.toml, the owner by a command, or the reader. `token` stands in the links of its
    mails, so that whoever has it may change the subscription. `many`: the address reaches many, whose mails have no such
    link. A paused one goes on at `until`, if that is known. `soft` counts bounces in a row that may pass; `reason` says why
    it is in its state, where that is nobody's wish. A removed one is no longer in config.toml.
    """

    id: int
    digest: str
    address: str
    state: Standing
    since: datetime
    origin: Literal["config", "owner", "reader"]
    token: str
    topics: tuple[str, ...] = ()
    many: bool = False
    until: date | None = None
    consent: str | None = None
    soft: int = 0
    reason: str | None = None
