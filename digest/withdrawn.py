"""Addresses that config.toml lists in vain: what `digest status` says of them."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from digest.render.words import counted, short_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from digest.models import Withdrawn

__all__ = ["withdrawals"]

SHOWN = 5  # addresses that are named
WORDS = {"unsubscribed": "unsubscribed", "bounced": "bounced", "deleted": "was deleted on request"}


def withdrawals(those: Iterable[Withdrawn], now: datetime) -> Iterator[str]:
    """A line for each digest, with days as the zone of `now` counts them; `those` of one digest stand together."""
    for digest, group in groupby(those, lambda one: one.digest):
        first, *others = found = list(group)
        if others:
            named = ", ".join(f"{one.address} ({withdrawal(one, now)})" for one in found[:SHOWN])
            more = f" and {counted(len(found) - SHOWN, 'more', 'more')}" if len(found) > SHOWN else ""
            yield f"config.toml lists under “{digest}” who does not get it: {named}{more}: take the addresses out"
        else:
            how = withdrawal(first, now)
            yield f"config.toml lists {first.address} under “{digest}”, who {how}: take the address out"


def withdrawal(one: Withdrawn, now: datetime) -> str:
    """`unsubscribed on 12 Nov`."""
    return (
        f"{WORDS[one.how]} on {short_day(one.since.astimezone(now.tzinfo), now.year)}" if one.since else WORDS[one.how]
    )
