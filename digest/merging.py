"""Several editions as one, for who catches up on them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from digest.edition import ALSO, OTHERS
from digest.models import Section, Tally

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from digest.models import Edition, Item

__all__ = ["merged"]

LEAST = 2  # papers that make a section, as in an edition


def merged(editions: Sequence[Edition], most: int = 8) -> Edition:
    """Several editions of one digest as one, for a mail that catches up on them: oldest first, and not none.

    Each topic that is the best one of two papers or more has a section, at most as many as `most`: what stood under "Also
    new" day by day comes together. The papers of the newest edition come first, numbered anew, since each edition has a 7.
    What the listings counted and the sequels are left out: they are of other days.
    """
    items = [item for one in reversed(editions) for item in one.items]
    names: dict[str, str] = {}
    for one in reversed(editions):
        names |= {topic: name for topic, name in one.topic_names if topic not in names}
    sure = Counter(item.topic for item in items if item.topic and not item.fallback)
    opened = {topic for topic, papers in sure.most_common(most) if papers >= LEAST}
    order = [topic for topic in names if topic in opened]
    placed = {key: [item for item in items if place(item, opened) == key] for key in (*order, ALSO, OTHERS)}
    placed[ALSO].sort(key=lambda item: (item.fallback, list(names).index(item.topic or "")))
    return replace(
        editions[-1],
        sections=tuple(numbered(placed, names)),
        tally=Tally(),
        quiet=(),
        sequels=(),
        topic_names=tuple(names.items()),
        since=editions[0].day,
    )


def place(item: Item, opened: Collection[str]) -> str:
    """The key of the section that it stands in."""
    if item.topic is None:
        return OTHERS
    return item.topic if item.topic in opened and not item.fallback else ALSO


def numbered(placed: dict[str, list[Item]], names: dict[str, str]) -> Iterator[Section]:
    """The sections that got papers, numbered through."""
    number = 1
    for key, items in placed.items():
        if items:
            mixed = {ALSO: "Also new" if number > 1 else "New papers", OTHERS: "Other papers"}
            renumbered = (replace(item, number=at) for at, item in enumerate(items, number))
            yield Section(key, mixed.get(key) or names[key], tuple(renumbered))
        number += len(items)
