"""The Hugging Face page family: daily papers, searches and trending papers, as text or Markdown, in whatever shape.

    lines → pieces (`markup`, `lines`) → header, cards, footer (`furniture`) → marks settled (`context`)
          → roles of the text (`segment`) → cards (`cards`) → listing

One card is [upvotes], title, abstract, "N authors" or an organisation, "·", date, [comments]. Any of it may be missing
but the title. Pages print a card twice (trending), wrap lines at any width with or without blank lines between, or
link everything; what decides is the whole page, never a count of lines in pairs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from digest.errors import UnreadableDump
from digest.models import Listing
from digest.parsers.encoding import decode_closely, line_ends, split_lines
from digest.parsers.huggingface_page.account import count_lines, orphans, unreadable
from digest.parsers.huggingface_page.cards import collect, date_papers
from digest.parsers.huggingface_page.context import settle
from digest.parsers.huggingface_page.furniture import find_body
from digest.parsers.huggingface_page.lines import LINE_END, without_line_end
from digest.parsers.huggingface_page.markup import read_page
from digest.parsers.huggingface_page.segment import segment
from digest.parsers.huggingface_page.steps import Unit
from digest.parsers.huggingface_page.titles import reads_like_title

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.models import Dump, ListedPaper, Reject
    from digest.parsers.huggingface_page.lines import Piece
    from digest.parsers.huggingface_page.segment import Role

__all__ = ["NAME", "parse", "recognise"]

NAME = "huggingface-page"

_SIGNS = frozenset(("authors", "dot", "login", "paper", "upvotes", "community"))
_SIGN = re.compile(
    r"Get trending papers in your email inbox|and the research community|^Daily Papers$|/papers/[0-9]{4}\.[0-9]{4,5}"
    r"|^\W{0,8}[0-9]{1,5} authors$",
    re.MULTILINE,
)
_LINK = re.compile(
    rb"\]\0{0,3}[\[(]"
)  # as in "](address)" and "][31]", in UTF-8, -16 and -32: bytes are searched faster
# What bounds time and memory. A page lists 50 to 500 papers; 3,000 cards wrapped at 64 columns, with blank lines between
# all lines, have 100,000 lines. Where lines are short the first 20,000 are enough for 1,700 cards of titles and marks.
_MOST_PAPERS, _MOST_LINES = 20_000, 100_000
_ANY_LINES, _SHORTEST = 20_000, 16
_ABSTRACT = 100  # characters: what is shorter is none, in a text that nothing else shows to be a listing


def recognise(sample: str) -> str:
    """What in the beginning of a text shows that it is such a page; "" when nothing does."""
    found = _SIGN.search(sample)
    return f"it says {' '.join(found[0].split())!r}" if found else ""


def parse(dump: Dump) -> Listing:
    """The listing of such a page; UnreadableDump when nothing in it shows that it lists papers."""
    text, damaged = decode_closely(dump.body)
    _refuse(dump.name, line_ends(text), "lines", min(_MOST_LINES, _ANY_LINES + len(text) // _SHORTEST))
    lines = split_lines(text)
    page = read_page(lines, marked=_LINK.search(dump.body) is not None, most=_MOST_LINES)
    _refuse(dump.name, len(page.pieces), "lines and marks", _MOST_LINES)
    body = find_body(page.pieces)
    page.pieces.clear()
    faults = unreadable(body.pieces, damaged=damaged)
    pieces = settle([piece for piece in body.pieces if piece not in faults] if faults else body.pieces)
    roles = segment(list(_units(pieces, lines)))
    _refuse(dump.name, roles.count("title"), "titles", _MOST_PAPERS)
    dated = date_papers(collect(pieces, roles), dump.name, dump.retrieved.date(), header=body.day)
    if not dated.papers or not (body.sign or _is_signed(pieces) or _reads_like_one(dated.papers)):
        raise UnreadableDump(dump.name, *_nothing(next(iter(faults.values()), None)))
    rejects = sorted([*faults.values(), *orphans(pieces, roles)], key=lambda reject: reject.line)
    fates = [*((piece, "header") for piece in body.around), *((piece, "rejected") for piece in faults)]
    counts = count_lines(lines, page, [*fates, *_fates(pieces, roles)])
    return Listing(NAME, dated.day, dated.source, dated.papers, tuple(rejects), counts)


def _refuse(name: str, count: int, what: str, most: int) -> None:
    if count > most:
        raise UnreadableDump(name, f"{count:,} {what} are no listing", f"of its kind at most {most:,} are read")


def _units(pieces: Sequence[Piece], lines: Sequence[str]) -> Iterator[Unit]:
    """The pieces of text, each with what stands before it."""
    spelled = any(piece.kind == "paper" for piece in pieces)  # else each link is a block of its own
    cut, block, last = True, not spelled, -1
    for piece in pieces:
        if piece.kind == "text":
            goes_on = piece.text.endswith(LINE_END)
            text = without_line_end(piece.text) if goes_on else piece.text
            indented = lines[piece.first].startswith("  ")
            yield Unit(text, cut, piece.first > last + 1, block, piece.heading, piece.link, goes_on, indented)
            cut, block = False, not spelled
        elif piece.kind == "paper":
            block = True
        elif piece.kind != "bracket":
            cut = True
        last = piece.last


def _nothing(fault: Reject | None) -> tuple[str, str]:
    """What to say of a text without a listing."""
    what = f"; line {fault.line}: {fault.why}" if fault else ""
    return f"no papers are listed in it{what}", "if there are, name its parser in the source"


def _is_signed(pieces: Sequence[Piece]) -> bool:
    return any(piece.link or piece.kind in _SIGNS for piece in pieces)


def _reads_like_one(papers: Sequence[ListedPaper]) -> bool:
    """Without any mark of such a page: at least two papers, most of them with a real title and a real abstract."""
    good = sum(len(p.abstract or "") >= _ABSTRACT and reads_like_title(p.title) for p in papers)
    return good > 1 and good > 0.6 * len(papers)


def _fates(pieces: Sequence[Piece], roles: Sequence[Role]) -> Iterator[tuple[Piece, str]]:
    """What became of each piece, as `LineCounts` calls it."""
    of_text = iter(roles)
    for piece in pieces:
        if piece.kind != "text":
            yield piece, "metadata"
        else:
            yield piece, "rejected" if next(of_text) == "orphan" else "paper"
