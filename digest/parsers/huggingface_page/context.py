"""What a mark or a line means where it stands: counts, names and addresses that the line alone leaves open."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.parsers.huggingface_page.lines import Piece

__all__ = ["settle"]

_NAME = 80  # characters of an organisation's or a person's name
_ADDRESSES = frozenset(("paper", "site", "login", "community", "arxiv"))
_PLACE = re.compile(r"(?:https?://[^/\s]+)?/(?:papers/\S*|[^/\s]*/?)")  # of a menu or a name: no model, no data set


def settle(pieces: Sequence[Piece]) -> list[Piece]:
    """The same pieces, with every number, name and address known for what it is; text that was one stays text."""
    if all(piece.kind == "text" for piece in pieces):
        return list(pieces)
    found = _addresses(pieces)
    found = _names(found)
    found = _numbers(found)
    return _organisations(found)


# --- addresses --------------------------------------------------------------------------------------------------


def _addresses(pieces: Sequence[Piece]) -> list[Piece]:
    """An address alone on its line: of the page's own kind it is a mark, after text it belongs to the paragraph."""
    spelled = sum(piece.kind == "paper" for piece in pieces) > 1
    found: list[Piece] = []
    for piece in pieces:
        after_text = bool(found) and found[-1].kind == "text"
        if piece.kind == "paper" and not spelled and after_text:
            found.append(piece._replace(kind="text", link=""))
        elif piece.kind in {"site", "arxiv"} and after_text and not (spelled and _PLACE.fullmatch(piece.text)):
            found.append(piece._replace(kind="text", link="") if piece.first > found[-1].last else piece)
        elif piece.kind == "text" and not after_text and found and _is_address(piece.text):
            found.append(piece._replace(kind="extra"))
        else:
            found.append(piece)
            if piece.kind == "paper":
                _lead(found, piece.link)
    return found


def _is_address(text: str) -> bool:
    return text.startswith(("http://", "https://", "www.")) and " " not in text


def _lead(found: list[Piece], link: str) -> None:
    """The text right before a paper's address leads there."""
    at = len(found) - 2
    while at >= 0 and found[at].kind == "text" and not found[at].link:
        found[at] = found[at]._replace(link=link)
        at -= 1


# --- names ------------------------------------------------------------------------------------------------------


def _names(pieces: Sequence[Piece]) -> list[Piece]:
    """The name after "Submitted by" is no title, nor is a link to a person's page."""
    found: list[Piece] = []
    waiting = False
    for at, piece in enumerate(pieces):
        if piece.kind == "submitted":
            waiting = not piece.text
        elif waiting and piece.kind in {"text", "organisation"}:
            waiting = False
            if not piece.heading and len(piece.text) <= _NAME // 2 and _text_follows(pieces, at + 1):
                found.append(piece._replace(kind="extra"))
                continue
        found.append(piece)
    return found


def _text_follows(pieces: Sequence[Piece], at: int) -> bool:
    return any(piece.kind == "text" for piece in pieces[at : at + 4])


# --- numbers ----------------------------------------------------------------------------------------------------


def _numbers(pieces: Sequence[Piece]) -> list[Piece]:
    """A lone number is upvotes before a title; after a date it is comments if another number or #community follows.

    A page prints upvotes before every title or before none ("-" where there are none): without them before the first
    title a number after a date is comments, and any other is text.
    """
    linked = any(p.kind == "login" and p.link for p in pieces)
    upvoted = linked or any(p.kind == "number" and p.text == "-" for p in pieces)
    upvoted = upvoted or next((p.kind for p in pieces if p.kind in {"number", "text", "authors"}), "") == "number"
    found: list[Piece] = []
    for at, piece in enumerate(pieces):
        if piece.kind != "number":
            found.append(piece)
            continue
        before = found[-1].kind if found else ""
        after = pieces[at + 1].kind if at + 1 < len(pieces) else ""
        bullet = linked and piece.text == "-" and after != "login"
        found.append(piece._replace(kind="extra" if bullet else _number(before, after, upvoted=upvoted)))
    return found


def _number(before: str, after: str, *, upvoted: bool) -> str:
    if after in {"community", "login"}:
        return "comments" if after == "community" else "vote"
    if before in {"day", "authors"} and after in {"", "number", "submitted"}:
        return "comments"  # it ends its card: at the end, or before what begins the next one
    if before == "day" and not upvoted:
        return "comments"
    return "vote" if upvoted else "text"


# --- organisations ----------------------------------------------------------------------------------------------


def _organisations(pieces: Sequence[Piece]) -> list[Piece]:
    """An organisation is known from the dot after it alone, unless a link made it one."""
    found = list(pieces)
    for at, piece in enumerate(found):
        if piece.kind == "dot":
            before = _before(found, at)
            if before >= 0 and found[before].kind == "text" and _is_name(found, before):
                found[before] = found[before]._replace(kind="organisation")
    return found


def _before(pieces: Sequence[Piece], at: int) -> int:
    """The nearest piece before this one that is no address."""
    at -= 1
    while at >= 0 and pieces[at].kind in _ADDRESSES:
        at -= 1
    return at


def _is_name(pieces: Sequence[Piece], at: int) -> bool:
    """A short line that ends like a name; the only text of its card is its title, whatever it looks like."""
    text = pieces[at].text
    if pieces[at].heading or len(text) > _NAME or text[-1] in ".!?:;,\\" or (text[0].islower() and " " in text):
        return False
    before = _before(pieces, at)
    return before >= 0 and pieces[before].kind == "text"
