"""Plain text set in columns: filled paragraphs and lines with something at their right end.

Jinja's `wordwrap` and `textwrap` cost more than the rest of a mail together, and neither knows that a Chinese
character takes two columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from unicodedata import combining, east_asian_width

if TYPE_CHECKING:
    from digest.models import Edition

__all__ = ["COLUMNS", "beside", "fill", "typesetting", "width_of"]

COLUMNS = 78  # RFC 3676 §4.2: a quoted reply still fits into 80


def width_of(words: str) -> int:
    """How many columns a terminal gives these words: wide characters take two, combining marks none."""
    return len(words) if words.isascii() else sum(map(_column, words))


def _column(character: str) -> int:
    if combining(character):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1


def fill(words: str, lead: str = "", width: int = COLUMNS) -> str:
    """One paragraph within `width` columns, `lead` before its first line and as many spaces before the others.

    White space of any kind becomes one space. A word longer than a line is broken. No newline at the end.
    """
    room = width - width_of(lead)
    lines, line, used = [], "", 0
    for word in _fitting(words, room):
        needed = width_of(word)
        if line and used + 1 + needed > room:
            lines.append(line)
            line, used = word, needed
        else:
            line, used = (f"{line} {word}", used + 1 + needed) if line else (word, needed)
    return lead + ("\n" + " " * width_of(lead)).join([*lines, line])


def _fitting(words: str, room: int) -> list[str]:
    """The words, those longer than a line in pieces."""
    found = words.split()
    if all(len(word) * 2 <= room for word in found):
        return found
    return [piece for word in found for piece in _pieces(word, room)]


def _pieces(word: str, room: int) -> list[str]:
    if width_of(word) <= room:
        return [word]
    pieces, start, used = [], 0, 0
    for place, character in enumerate(word):
        needed = _column(character)
        if used + needed > room:
            pieces.append(word[start:place])
            start, used = place, 0
        used += needed
    return [*pieces, word[start:]]


def beside(left: str, right: str, width: int = COLUMNS) -> str:
    """`left` and `right` at the two ends of one line; on two lines when they do not fit on one."""
    gap = width - width_of(left) - width_of(right)
    return f"{left}{' ' * gap}{right}" if gap > 0 else f"{fill(left, width=width)}\n{right}"


def typesetting(edition: Edition) -> dict[str, object]:
    """What the templates of a mail set lines with; the widest number decides how far papers are indented.

    `gutter` is that in pixels, at 13 px a digit is at most 8 wide.
    """
    width = max(2, *(len(str(item.number)) for item in edition.items), 0)
    return {
        "fill": fill,
        "beside": beside,
        "rule": "-" * COLUMNS,
        "gutter": 12 + 8 * width,
        "lead": lambda number: f"{number:>{width}}  ",
        "indent": " " * (width + 2),
    }
