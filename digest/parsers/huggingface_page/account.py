"""Where every line of a dump went: the pieces that can't be read, and the count of all lines by what became of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from digest.models import LineCounts, Reject
from digest.text import clean_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from digest.parsers.huggingface_page.lines import Piece
    from digest.parsers.huggingface_page.markup import Page
    from digest.parsers.huggingface_page.segment import Role

__all__ = ["count_lines", "orphans", "unreadable"]

_KEPT = 2_000  # characters of a reject that are kept: enough to see what it was
_LONGEST = 100_000  # characters of a line: thirty times the longest abstract seen
_JUNK = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffd]")
_JUNK_SHARE = 0.1  # a text with a few bad bytes is read; with more of them it is none


def unreadable(pieces: Sequence[Piece], *, damaged: bool) -> dict[Piece, Reject]:
    """The pieces that are no text, binary junk and lines longer than any abstract, each with its reject.

    `damaged`: there are NULs or undecodable bytes somewhere. Where there are none few lines need a closer look.
    """
    suspects = pieces if damaged else [p for p in pieces if len(p.text) > _LONGEST or not p.text[:1].isprintable()]
    found = ((piece, _why(piece)) for piece in suspects if piece.kind == "text")
    return {piece: _reject(piece, why) for piece, why in found if why}


def _why(piece: Piece) -> str:
    length = len(piece.text)
    if length > _LONGEST:
        return f"a line of {length:,} characters is longer than any abstract"
    if len(_JUNK.findall(piece.text)) > _JUNK_SHARE * length or not clean_text(piece.text):
        return "not text: control characters or bytes in no known encoding"
    return ""


def orphans(pieces: Iterable[Piece], roles: Iterable[Role]) -> Iterator[Reject]:
    """Each run of text whose title is missing, as one reject."""
    of_text = iter(roles)
    run: list[Piece] = []
    for piece in pieces:
        if piece.kind == "text" and next(of_text) == "orphan":
            run.append(piece)
        elif run:
            yield _orphan(run)
            run = []
    if run:
        yield _orphan(run)


def _orphan(run: Sequence[Piece]) -> Reject:
    text = " ".join(piece.text for piece in run)
    return _reject(run[0]._replace(text=text), "an abstract whose title is missing")


def _reject(piece: Piece, why: str) -> Reject:
    return Reject(piece.first + 1, _JUNK.sub("\ufffd", piece.text[:_KEPT]), why)


def count_lines(lines: Sequence[str], page: Page, fates: Iterable[tuple[Piece, str]]) -> LineCounts:
    """All lines of a dump, each once. `fates` says what became of each piece; on a line of several the first counts."""
    counts = dict.fromkeys(("header", "paper", "metadata", "rejected"), 0)
    counts["metadata"] = page.references
    done = -1
    for piece, fate in sorted(fates, key=lambda one: one[0].first):
        if piece.last > done:
            counts[fate] += (
                1 if piece.first == piece.last else _filled(lines[max(piece.first, done + 1) : piece.last + 1])
            )
            done = piece.last
    return LineCounts(blank=page.blank, **counts)


def _filled(lines: Sequence[str]) -> int:
    return sum(1 for line in lines if line.strip())
