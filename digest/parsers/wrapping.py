"""At which width a page was wrapped, and so which of its lines stopped before they were full.

A line that had room for the first word of the next one ended its paragraph; one that had none may have been wrapped.
Lines that certainly go on (the next begins with a small letter) show the width, and how exactly it was kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Wrapping", "find_wrapping", "is_full"]

_WIDEST = 200  # a longer line was not wrapped
_ENOUGH = 4  # lines that go on, before they say anything about a page
_SHARE = 0.08  # … and of all lines: an unwrapped page has under 1 %


class Wrapping(NamedTuple):
    """The width of a wrapped page, and the room that a full line may leave all the same (hand-wrapped text)."""

    width: int
    slack: int


def find_wrapping(texts: Sequence[str]) -> Wrapping | None:
    """The width, from the lines that go on; None when the page is not wrapped."""
    going_on = [
        (len(texts[at - 1]), len(texts[at - 1]) + 1 + _first_word(texts[at]))
        for at in range(1, len(texts))
        if texts[at][0].islower() and len(texts[at - 1]) <= _WIDEST
    ]
    if len(going_on) < max(_ENOUGH, _SHARE * len(texts)):
        return None
    lengths = sorted(length for length, _ in going_on)
    width = lengths[-1 - len(lengths) // 100]
    rooms = sorted(width - wanted for _, wanted in going_on)
    return Wrapping(width, max(-1, rooms[-1 - len(rooms) // 50]))


def _first_word(text: str) -> int:
    end = text.find(" ")
    return len(text) if end < 0 else end


def is_full(before: str, text: str, wrapping: Wrapping) -> bool | None:
    """Had the line before no room for the first word of this one? None when it is too long to tell."""
    if len(before) > wrapping.width:
        return None
    return wrapping.width - (len(before) + 1 + _first_word(text)) <= wrapping.slack
