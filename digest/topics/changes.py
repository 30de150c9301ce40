"""The owner's `[[topic]]` tables: new topics, and changes to built-in ones.

A table whose id is that of a built-in topic changes it at its place; any other makes a new topic, after the built-in
ones. What a table does not name stays as it is. In a list, "+" stands for the terms that were there before; a list
without it replaces them, and an empty one removes them.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from digest.models import Topic
from digest.topics.terms import parts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

__all__ = ["KEEP", "RESERVED", "SLUG", "SLUG_RULE", "TERMS", "Fault", "TopicChange", "apply", "faults", "form_faults"]

KEEP = "+"
RESERVED = ("all", "also", "others")  # names of feeds and of sections
VOLUME = re.compile(r"all-\d{4}-\d\d(-\d+)?")  # nor those of archived feeds
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")  # what becomes a file name and a part of addresses, for ever
SLUG_RULE = "must be small letters, digits and hyphens, at most 40, and not begin with a hyphen"
TERMS = ("strong", "weak", "title", "never")
_SHOWN = 60  # characters of a wrong id or term that are shown
_ENDS_LINES = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

Fault = tuple[tuple[int | str, ...], str]  # where it stands, as ("strong", 2), and what is wrong


@dataclass(frozen=True, slots=True)
class TopicChange:
    """One `[[topic]]` table; None is a key that was left out."""

    id: str
    name: str | None = None
    strong: tuple[str, ...] | None = None
    weak: tuple[str, ...] | None = None
    title: tuple[str, ...] | None = None
    never: tuple[str, ...] | None = None
    categories: tuple[str, ...] | None = None


def apply(defaults: tuple[Topic, ...], changes: Sequence[TopicChange]) -> tuple[Topic, ...]:
    """The topics that the owner wants, built-in ones first. Call it when `faults` found none: it checks nothing."""
    topics = {topic.id: topic for topic in defaults}
    for change in changes:
        topics[change.id] = _changed(topics.get(change.id) or Topic(change.id, change.id), change)
    return tuple(topics.values())


def faults(defaults: tuple[Topic, ...], changes: Sequence[TopicChange]) -> tuple[Fault, ...]:
    """What is wrong with the tables, all of it, each at its place: ("topic", 2, "strong", 0), counted from 0."""
    known = {topic.id: topic for topic in defaults}
    return tuple(
        (("topic", at, *place), what)
        for at, change in enumerate(changes)
        for place, what in (
            *form_faults(change, {earlier.id for earlier in changes[:at]}),
            *_whole_faults(change, known),
        )
    )


def _whole_faults(change: TopicChange, known: dict[str, Topic]) -> Iterator[Fault]:
    """What would be wrong with the topic; whose id is none may be meant to change any, or to be a new one."""
    if change.id in known:
        yield from _change_faults(known[change.id], change)
    elif SLUG.fullmatch(change.id):
        yield from _new_faults(change, tuple(known))


def _changed(topic: Topic, change: TopicChange) -> Topic:
    """The topic with everything that the table names."""
    return replace(
        topic,
        name=topic.name if change.name is None else change.name,
        strong=_merged(topic.strong, change.strong),
        weak=_merged(topic.weak, change.weak),
        title=_merged(topic.title, change.title),
        never=_merged(topic.never, change.never),
        categories=_merged(topic.categories, change.categories),
    )


def _merged(before: tuple[str, ...], after: tuple[str, ...] | None) -> tuple[str, ...]:
    """The new list, with the old terms where it says "+"; each term once."""
    if after is None:
        return before
    terms = (term for entry in after for term in (before if entry == KEEP else (entry,)))
    return tuple(dict.fromkeys(terms))


def _id_faults(change: TopicChange, earlier: Collection[str]) -> Iterator[Fault]:
    if not SLUG.fullmatch(change.id):
        yield ("id",), f'{SLUG_RULE}, not "{change.id[:_SHOWN]}"'
    elif change.id in RESERVED or VOLUME.fullmatch(change.id):
        yield ("id",), f'"{change.id}" is reserved: choose another one'
    elif change.id in earlier:
        yield ("id",), f'"{change.id}" has a table already: put both into one'


def form_faults(change: TopicChange, earlier: Collection[str] = ()) -> Iterator[Fault]:
    """What is wrong with the id or with single terms, whatever else is with the table; places are within it."""
    yield from _id_faults(change, earlier)
    yield from _term_faults(change)


def _term_faults(change: TopicChange) -> Iterator[Fault]:
    for name in TERMS:
        for at, term in enumerate(getattr(change, name) or ()):
            if term != KEEP and (what := _term_fault(term)):
                yield (name, at), what
    for at, category in enumerate(change.categories or ()):
        if not category.strip():
            yield ("categories", at), "the category is empty"


def _term_fault(term: str) -> str:
    """What is wrong with one term, or nothing."""
    if not term.strip():
        return "the term is empty"
    if _ENDS_LINES.search(term):
        return "the term must be one line without control characters"
    if not any(letter.isalnum() for letter in term):
        return f'"{term[:_SHOWN]}" has no letter and no digit'
    if re.search(r"\*\w", term) or "*" in parts(term):
        return f'"{term[:_SHOWN]}": a star stands at the end of a word, for any ending, as in "causal*"'
    return ""


def _change_faults(topic: Topic, change: TopicChange) -> Iterator[Fault]:
    """What would be wrong with a built-in topic after the change."""
    if change.name is not None and not change.name.strip():
        yield ("name",), "the name is empty: leave it out to keep the built-in one"
    if not _finds(_changed(topic, change)):
        yield (), "nothing is left that could find a paper: keep a strong or title term, or a category"


def _new_faults(change: TopicChange, known: tuple[str, ...]) -> Iterator[Fault]:
    """What is wrong with a new topic; perhaps it was meant to change a built-in one."""
    near = difflib.get_close_matches(change.id, known, n=1)
    hint = f' (did you mean the built-in topic "{near[0]}"?)' if near else ""
    if not (change.name or "").strip():
        yield ("name",), f'is missing: "{change.id[:_SHOWN]}" is a new topic and needs one{hint}'
    for name in (*TERMS, "categories"):
        if KEEP in (getattr(change, name) or ()):
            yield (name,), f'"+" keeps built-in terms, but "{change.id[:_SHOWN]}" is a new topic{hint}'
    if not _finds(_changed(Topic(change.id, change.id), change)):
        yield (), "it could find no paper: it needs a strong or title term, or a category"


def _finds(topic: Topic) -> bool:
    """Whether it has anything that can find a paper: weak terms alone never do."""
    return any(term != KEEP for term in (*topic.strong, *topic.title, *topic.categories))
