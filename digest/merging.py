"""Several editions as one, for who catches up on them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from digest.edition import ALSO, OTHERS
from digest.models import Section, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.models import Edition

__all__ = ["merged"]


def merged(editions: Sequence[Edition]) -> Edition:
    """Several editions of one digest as one, for a mail that catches up on them: oldest first, and not none.

    Under each heading the papers of the newest edition come first. They are numbered anew, since each edition has a 7. What
    the listings counted and the sequels are left out: they are of other days.
    """
    newest, number = editions[-1], 1
    sections = []
    for key, name in _headings_of(editions):
        items = [
            item
            for one in reversed(editions)
            for section in one.sections
            if section.key == key
            for item in section.items
        ]
        sections.append(Section(key, name, tuple(replace(item, number=at) for at, item in enumerate(items, number))))
        number += len(items)
    names = {topic: name for one in editions for topic, name in one.topic_names}
    return replace(
        newest,
        sections=tuple(sections),
        tally=Tally(),
        quiet=(),
        sequels=(),
        topic_names=tuple(names.items()),
        since=editions[0].day,
    )


def _headings_of(editions: Sequence[Edition]) -> Iterator[tuple[str, str]]:
    """Each heading once: topics as the newest edition orders them, then those of older ones; what is no topic last."""
    named = {section.key: section.name for one in reversed(editions) for section in one.sections}
    topics = [(key, name) for key, name in named.items() if key not in {ALSO, OTHERS}]
    mixed = {ALSO: "Also new" if topics else "New papers", OTHERS: "Other papers"}
    yield from topics
    yield from ((key, name) for key, name in mixed.items() if key in named)
