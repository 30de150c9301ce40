"""What became of papers of earlier editions, in words: the same in mails and pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.render.words import counted, number_of, short_day, shortened, unbroken
from digest.text import clean_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.models import Edition, Paper, Sequel

__all__ = ["SequelGroup", "SequelLine", "sequel_groups"]

NAMES = {"updated": "Updated", "came back": "Came back"}
LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class SequelLine:
    """One paper: its title now, where it leads ("": nowhere), and what became of it."""

    title: str
    href: str
    words: str


@dataclass(frozen=True, slots=True)
class SequelGroup:
    """All of one kind under their heading; `more` are those that there was no room for."""

    name: str
    lines: tuple[SequelLine, ...]
    more: int = 0


def sequel_groups(edition: Edition, href: Callable[[Paper], str], most: int | None = None) -> tuple[SequelGroup, ...]:
    """At most `most` of each kind; a kind of which there is none has no group."""
    groups = []
    for kind, name in NAMES.items():
        mine = [sequel for sequel in edition.sequels if sequel.kind == kind]
        lines = tuple(_line(sequel, edition, href) for sequel in mine[:most])
        if lines:
            groups.append(SequelGroup(name, lines, len(mine) - len(lines)))
    return tuple(groups)


def _line(sequel: Sequel, edition: Edition, href: Callable[[Paper], str]) -> SequelLine:
    return SequelLine(
        shortened(clean_text(sequel.paper.title), LONGEST_TITLE),
        href(sequel.paper),
        unbroken(f"{_what(sequel)}; {_when(sequel, edition.day.year)}"),
    )


def _what(sequel: Sequel) -> str:
    """`Formerly “…”`, `its abstract was rewritten`, or `listed on 4 days since, comments 2 → 31`."""
    if sequel.former:
        return f"Formerly “{shortened(clean_text(sequel.former), LONGEST_TITLE)}”"
    if sequel.kind == "updated":
        return "Its abstract was rewritten"
    paper = sequel.paper
    grown = (
        _grown("comments", sequel.comments_then, paper.comments),
        _grown("upvotes", sequel.upvotes_then, paper.upvotes),
    )
    return ", ".join(
        (f"Listed on {counted(sequel.days, 'day')} since" if sequel.days > 1 else "Listed again", *filter(None, grown))
    )


def _grown(noun: str, then: int | None, now: int | None) -> str:
    return f"{noun} {then or 0:,} → {now:,}" if now and now > (then or 0) else ""


def _when(sequel: Sequel, year: int) -> str:
    return f"announced {short_day(sequel.day, year)} in {number_of(sequel.number)}"
