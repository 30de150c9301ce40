"""At which width a page was wrapped: which of its lines stopped before they were full, and how lines join again.

A line that had room for the first word of the next one ended its paragraph; one that had none may have been wrapped.
Lines that certainly go on (the next begins with a small letter) show the width, and how exactly it was kept.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Wrapping", "find_wrapping", "is_full", "join_lines"]

_WIDEST = 200  # a longer line was not wrapped
_ENOUGH = 4  # lines that go on, before they say anything about a page
_SHARE = 0.08  # … and of all lines: an unwrapped page has under 1 %
_FEW, _LARGE_SHARE = 2, 0.25  # of a small page, when no line of it is as long as the shortest abstract
_NARROW = 150
_BROKEN = 0.01  # of the lines that go on end in a hyphen, when words were broken there
_SUSPENDED = frozenset(("and", "or", "to", "nor", "but", "versus", "vs.", "&"))  # "pre- and post-training"


class Wrapping(NamedTuple):
    """The width of a wrapped page, the room that a full line may leave all the same, and whether words were broken."""

    width: int
    slack: int
    hyphens: bool


def find_wrapping(texts: Sequence[str]) -> Wrapping | None:
    """The width, from the lines that go on; None when the page is not wrapped.

    The longest line shows it better, unless at its width there had been room for more in those that go on.
    """
    pairs = [
        (before, text) for before, text in itertools.pairwise(texts) if text[0].islower() and len(before) <= _WIDEST
    ]
    if len(pairs) < max(_FEW, _SHARE * len(texts)):
        return None
    longest = max(map(len, texts))
    if len(pairs) < _ENOUGH and (longest > _NARROW or len(pairs) < _LARGE_SHARE * len(texts)):
        return None
    lengths = sorted(len(before) for before, _ in pairs)
    width = lengths[-1 - len(lengths) // 100]
    hyphens = sum(_is_broken(before, text) for before, text in pairs) > _BROKEN * len(pairs)
    wanted = sorted(_wanted(before, text, hyphens=hyphens) for before, text in pairs)
    least = wanted[len(wanted) // 50]
    return Wrapping(longest if longest < least else width, max(-1, width - least), hyphens)


def _is_broken(before: str, text: str) -> bool:
    """Whether a word was broken at its hyphen between these two lines."""
    if before[-1] != "-" or not before.rstrip("-")[-1:].isalnum():
        return False
    return text[0].isalnum() and text.partition(" ")[0] not in _SUSPENDED


def _wanted(before: str, text: str, *, hyphens: bool) -> int:
    """How long the line before would be with what could be taken over from the start of this one."""
    end = text.find(" ")
    word = text if end < 0 else text[:end]
    if hyphens and "-" in word[1:-1]:
        return len(before) + (before[-1] != "-") + word.index("-", 1) + 1
    return len(before) + 1 + len(word)


def is_full(before: str, text: str, wrapping: Wrapping) -> bool | None:
    """Had the line before no room for the first word of this one? None when it is too long to tell; a word may be."""
    if len(before) > wrapping.width:
        return True if " " not in before else None
    return wrapping.width - _wanted(before, text, hyphens=wrapping.hyphens) <= wrapping.slack


def join_lines(lines: Sequence[str]) -> str:
    """The lines as one: with a space between, but for a word that was broken at its hyphen."""
    joined = lines[0]
    if len(lines) > 1:
        parts = [joined]
        for before, line in itertools.pairwise(lines):
            parts += ("" if before and line and _is_broken(before, line) else " ", line)
        joined = "".join(parts)
    return joined
