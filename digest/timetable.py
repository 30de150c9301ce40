"""When each digest is due: the rule of `schedule`, on what the store remembers of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from digest.schedule import ahead, holds, newest_slot, slot_due, words

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from digest.models import DigestRules
    from digest.schedule import Slot
    from digest.store import Store

__all__ = ["Due", "due", "register"]

WAIT = timedelta(hours=3)  # for a source, where no time is named until which


@dataclass(frozen=True, slots=True)
class Due:
    """An edition is to be considered: at a slot, or (None) since there is no schedule, or its owner wants one now.

    Not before `waits`, if it waits for its source.
    """

    slot: Slot | None = None
    waits: datetime | None = None


def register(store: Store, rules: DigestRules, zone: ZoneInfo, now: datetime) -> None:
    """Note since when a digest has its schedule; slots before are not its."""
    store.slots.scheduled(rules.name, words(rules.schedule, zone) if rules.schedule else None, now)


def due(store: Store, rules: DigestRules, zone: ZoneInfo, now: datetime) -> Due | None:
    """Whether a digest is due now; None: it is not."""
    if rules.schedule is None:
        return Due()
    newest = newest_slot(now, rules.schedule, zone)
    if newest is None:
        return None
    known = store.slots.considered(rules.name, newest)
    if ahead(now, (), known.since):
        store.slots.since_now(rules.name, now)
    slot = slot_due(now, rules.schedule, zone, considered=known.slots, since=known.since)
    return Due(slot, waits(store, rules, slot, zone, now=now)) if slot else None


def waits(store: Store, rules: DigestRules, slot: Slot, zone: ZoneInfo, *, now: datetime) -> datetime | None:
    """Until when a due slot waits for its source; None: it need not."""
    if rules.after is None:
        return None
    until = rules.until or (slot.nominal + WAIT).time()
    return holds(slot, store.sources.latest_day(rules.after), now, until=until, zone=zone)
