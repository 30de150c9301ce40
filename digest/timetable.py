"""When each digest is due: the rule of `schedule`, on what the store remembers of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from digest.schedule import ahead, holds, newest_slot, next_slots, slot_due, words

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from digest.models import DigestRules
    from digest.schedule import Slot
    from digest.store import Store

__all__ = ["Due", "Outlook", "due", "outlook", "register"]

WAIT = timedelta(hours=3)  # for a source, where no time is named until which


@dataclass(frozen=True, slots=True)
class Due:
    """An edition is to be considered: at a slot, or (None) since there is no schedule, or its owner wants one now.

    Not before `waits`, if it waits for its source.
    """

    slot: Slot | None = None
    waits: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """When a digest's next edition is to appear. `waits` is the source that one which is due waits for, until `at`.

    `number` is what the next edition will be called, if there is something new by then.
    """

    digest: str
    number: int
    at: datetime
    waits: str | None = None


def outlook(store: Store, rules: DigestRules, zone: ZoneInfo, now: datetime) -> Outlook | None:
    """What is to come of a digest with a schedule; None for one without, or where no slot is left. Writes nothing.

    A schedule that no run has noted yet begins with its next slot.
    """
    if rules.schedule is None:
        return None
    number, noted = store.editions.next_number(rules.name), store.slots.has(rules.name, words(rules.schedule, zone))
    found = slot_at(store, rules, zone, now) if noted else None
    if found and (until := waits(store, rules, found, zone, now=now)):
        return Outlook(rules.name, number, until, rules.after)
    if found:
        return Outlook(rules.name, number, found.instant)
    coming = next_slots(now, rules.schedule, zone)
    return Outlook(rules.name, number, coming[0].instant) if coming else None


def register(store: Store, rules: DigestRules, zone: ZoneInfo, now: datetime, *, replay: bool = False) -> None:
    """Note since when a digest has its schedule; slots before are not its. A clock that was wrong then is put right."""
    store.slots.scheduled(rules.name, words(rules.schedule, zone) if rules.schedule else None, now)
    since = store.slots.since(rules.name)
    if since and ahead(now, (), since) and not replay:
        store.slots.since_now(rules.name, now)


def due(store: Store, rules: DigestRules, zone: ZoneInfo, now: datetime) -> Due | None:
    """Whether a digest is due now; None: it is not."""
    if rules.schedule is None:
        return Due()
    slot = slot_at(store, rules, zone, now)
    return Due(slot, waits(store, rules, slot, zone, now=now)) if slot else None


def slot_at(store: Store, rules: DigestRules, zone: ZoneInfo, now: datetime) -> Slot | None:
    """The slot that is due."""
    newest = newest_slot(now, rules.schedule, zone) if rules.schedule else None
    if newest is None or rules.schedule is None:
        return None
    known = store.slots.considered(rules.name, newest)
    return slot_due(now, rules.schedule, zone, considered=known.slots, since=known.since)


def waits(store: Store, rules: DigestRules, slot: Slot, zone: ZoneInfo, *, now: datetime) -> datetime | None:
    """Until when a due slot waits for its source; None: it need not."""
    if rules.after is None:
        return None
    until = rules.until or (slot.nominal + WAIT).time()
    return holds(
        slot,
        store.sources.latest_day(rules.after, slot.nominal.date() + timedelta(days=1)),
        now,
        until=until,
        zone=zone,
    )
