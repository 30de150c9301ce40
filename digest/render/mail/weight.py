"""Which form each paper takes in a mail that must not weigh too much.

Gmail cuts a message off at about 102 KB of HTML, so a mail stays under `LIMIT` whatever the count. Every section
keeps its first papers: room is given out in turns, the first paper of every section before the second of any.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from digest.models import Fragment

__all__ = ["LIMIT", "Shown", "fit", "weigh"]

LIMIT = 99_000  # bytes of HTML: under the 100,000 of standards M17, with a little for what gateways add
TITLES = 0.6  # the part of the room that goes to title lines when not even those of all papers fit


@dataclass(frozen=True, slots=True)
class Shown:
    """What a mail shows of a section: its pieces in order, heading first, and how many papers were left out.

    A section for which there was no room at all has no pieces.
    """

    key: str
    pieces: tuple[str, ...]
    hidden: int
    shortened: int = 0  # papers of which the title line stands in for more


@dataclass(frozen=True, slots=True)
class _Turn:
    """One paper as it waits for room: the bytes of its title line, and how many more its rich form takes."""

    fragment: Fragment
    line: int
    more: int


def weigh(text: str) -> int:
    """Its size as a mail carries it: UTF-8, with two bytes for every line end."""
    return len(text.encode("utf-8", "replace")) + text.count("\n")


def fit(fragments: Sequence[Fragment], room: int) -> tuple[Shown, ...]:
    """What of each section fits into `room` bytes, all sections together; sections in the order of the fragments.

    Room goes first to the rich form of the first paper of each section; then to the title lines of all others, or,
    where those don't fit, of as many as `TITLES` of the room holds; then to more rich forms; then to title lines.
    So a section shows rich papers, then title lines, then nothing, never with a gap.
    """
    sections = _by_section(fragments)
    turns = _turns(sections)
    lines, rich = _shares(turns, len(sections), room)
    forms = {turn.fragment.number: turn.fragment.line for turn in turns[:lines]}
    forms |= {turn.fragment.number: turn.fragment.rich for turn in turns[:rich]}
    return tuple(_shown(key, pieces, forms) for key, pieces in sections.items())


def _by_section(fragments: Sequence[Fragment]) -> dict[str, list[Fragment]]:
    sections: defaultdict[str, list[Fragment]] = defaultdict(list)
    for fragment in fragments:
        sections[fragment.section].append(fragment)
    return sections


def _turns(sections: dict[str, list[Fragment]]) -> list[_Turn]:
    """All papers, the first of every section before the second of any; a heading is paid by its first paper."""
    ranked: list[tuple[int, _Turn]] = []
    for pieces in sections.values():
        papers = [piece for piece in pieces if piece.number]
        heading = sum(weigh(piece.rich) for piece in pieces if not piece.number)
        ranked += [(rank, _turn(paper, 0 if rank else heading)) for rank, paper in enumerate(papers)]
    return [turn for _, turn in sorted(ranked, key=lambda pair: pair[0])]


def _turn(paper: Fragment, heading: int) -> _Turn:
    line = weigh(paper.line)
    return _Turn(paper, heading + line, max(0, weigh(paper.rich) - line))


def _shares(turns: list[_Turn], firsts: int, room: int) -> tuple[int, int]:
    """How many of the turns get a title line, and how many of these the rich form: both count from the front."""
    lines = _affordable((turn.line for turn in turns[:firsts]), room)
    room -= sum(turn.line for turn in turns[:lines])
    rich = _affordable((turn.more for turn in turns[:lines]), room)
    room -= sum(turn.more for turn in turns[:rich])
    if rich < firsts:
        return lines, rich
    wanted = sum(turn.line for turn in turns[firsts:])
    lines += _affordable((turn.line for turn in turns[firsts:]), room if wanted <= room else int(room * TITLES))
    room -= sum(turn.line for turn in turns[firsts:lines])
    rich += _affordable((turn.more for turn in turns[firsts:lines]), room)
    room -= sum(turn.more for turn in turns[firsts:rich])
    return lines + _affordable((turn.line for turn in turns[lines:]), room), rich


def _affordable(costs: Iterable[int], room: int) -> int:
    """How many of the costs, from the front, add up to no more than the room."""
    return bisect_right(list(accumulate(costs)), room)


def _shown(key: str, pieces: list[Fragment], forms: dict[int, str]) -> Shown:
    papers = [piece for piece in pieces if piece.number]
    chosen = [forms[paper.number] for paper in papers if paper.number in forms]
    headings = [piece.rich for piece in pieces if not piece.number] if chosen else []
    shortened = sum(forms.get(paper.number, paper.rich) != paper.rich for paper in papers)
    return Shown(key, (*headings, *chosen), len(papers) - len(chosen), shortened)
