"""How a subscription stands, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.render.words import long_day

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from digest.models import DigestRules, Subscription

__all__ = ["Offer", "standing"]


@dataclass(frozen=True, slots=True)
class Offer:
    """Another digest: its name, its title, when it comes, and the page where it is changed, "" where it is not had."""

    name: str
    title: str
    rhythm: str
    page: str


def standing(own: Subscription, rules: DigestRules | None, zone: ZoneInfo) -> str:
    """What is so, since when, and until when."""
    since = long_day(own.since.astimezone(zone).date())
    if rules is None:
        return "It does not appear any more."
    if own.state == "paused":
        until = f" until {long_day(own.until)}" if own.until else ""
        then = "comes in one mail then" if own.catch_up else "is not sent"
        return f"Paused{until}. What appears meanwhile {then}."
    return {
        "active": f"You get it, since {since}.",
        "unsubscribed": f"You do not get it any more, since {since}.",
        "bounced": f"Our mails came back, so that none is sent since {since}.",
        "pending": "It is not confirmed, so that nothing is sent.",
        "removed": f"It is not sent to you any more, since {since}.",
    }[own.state]
