"""All that is stored about one address, for whoever has its link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date, datetime

    from digest.models import Request, Subscription
    from digest.store import Store

__all__ = ["stored"]


def stored(store: Store, own: Subscription) -> dict[str, Any]:
    """As JSON has it: times in ISO 8601, what is absent as null."""
    return {
        "address": own.address,
        "requests": [described_request(one) for one in store.requests.of(own.address)],
        "subscriptions": [described(store, one) for one in store.readers.all(own.token)],
        "not_stored": "networks, devices, what was opened or clicked",
    }


def described(store: Store, one: Subscription) -> dict[str, Any]:
    """One subscription with the mails to it that are not forgotten yet."""
    return {
        "digest": one.digest,
        "state": one.state,
        "since": iso(one.since),
        "until": iso(one.until),
        "catch_up": one.catch_up,
        "topics": list(one.topics) or None,
        "asked_by": one.origin,
        "consent": one.consent,
        "failures": one.soft,
        "reason": one.reason,
        "mails": [
            {"edition": f"{mail.digest}/{mail.edition}", "state": mail.state, "last_reply": mail.last_reply}
            for mail in store.outbox.to([one.id])
        ],
    }


def described_request(one: Request) -> dict[str, Any]:
    """What was asked for on the web; its address is kept as long as its link is good."""
    return {"digest": one.digest, "asked": iso(one.asked), "confirmed": iso(one.used), "kept_until": iso(one.until)}


def iso(moment: datetime | date | None) -> str | None:
    return moment.isoformat() if moment else None
