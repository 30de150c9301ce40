"""What may be had here, as forms show it: digests with when they come, topics with a box to tick."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from digest.schedule import words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from digest.models import DigestRules
    from digest.web.reception import Reception

__all__ = ["Choice", "choices", "name_of", "rhythm_of", "wanted"]


@dataclass(frozen=True, slots=True)
class Choice:
    """A box to tick: a topic by its id and name."""

    id: str
    name: str
    ticked: bool


def choices(here: Reception, rules: DigestRules, ticked: Collection[str]) -> tuple[Choice, ...]:
    """The topics that a digest shows."""
    return tuple(Choice(topic.id, topic.name, topic.id in ticked) for topic in here.shown(rules))


def wanted(here: Reception, rules: DigestRules, ids: Iterable[str]) -> tuple[str, ...] | None:
    """What of the ticked topics the digest shows, in its order; () for all: none or every one is ticked. None: nothing of it."""
    ticked, shown = set(ids), [topic.id for topic in here.shown(rules)]
    found = tuple(one for one in shown if one in ticked)
    if ticked and not found:
        return None
    return () if len(found) == len(shown) else found


def name_of(here: Reception, rules: DigestRules) -> str:
    """Its title, with its name where several digests have that title."""
    alike = sum(one.title == rules.title for one in here.digests)
    return rules.title if alike == 1 else f"{rules.title} ({rules.name})"


def rhythm_of(here: Reception, rules: DigestRules) -> str:
    """When it comes, as `It comes weekdays at 07:00 (Europe/Berlin).`, in a sentence."""
    if not rules.schedule:
        return "It comes when something is new."
    return f"It comes {words(rules.schedule, rules.zone or ZoneInfo(here.site.time_zone))}."
