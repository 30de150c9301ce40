"""Where the cards of a page begin and end: its header, its footer, and the words that stand only there.

A header word is one only before the first card: a paper may well be called "Daily Papers". So the header is the run of
lines from the top in which such words follow each other closely, ended by its date or by the first sign of a card.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from digest.dates import Day, read_day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.parsers.huggingface_page.lines import Piece

__all__ = ["Body", "find_body"]

_SURE = re.compile(
    r"Get trending papers in your email inbox(?: once a day)?!|(?:by ?(?:\[?AK\]?)? ?)?and the research community|byAK"
    r"|(?:Daily|Trending) Papers - Hugging Face"
)
_WORDS = frozenset(
    (
        *("new", "subscribe", "daily papers", "trending papers", "papers", "daily", "weekly", "monthly", "by", "ak"),
        *("hugging face", "hugging face's logo", "models", "datasets", "spaces", "buckets", "buckets new", "docs"),
        *("enterprise", "pricing", "log in", "sign up", "community", "blog", "posts", "learn", "discord", "forum"),
        *("github", "solutions", "website", "tasks", "huggingchat", "collections", "languages", "organizations"),
        *("team & enterprise", "hugging face pro", "enterprise support", "inference providers", "inference endpoints"),
        *("storage buckets", "today"),
    )
)
_LAST_WORDS = frozenset(
    (
        *("trending papers ranked by github stars activity", "tos", "system theme", "previous", "next", "company"),
        *("terms of service", "back to articles"),
    )
)
_FOOT_WORDS = _WORDS | _LAST_WORDS | {"privacy", "about", "careers", "jobs"}
_LISTED = re.compile(r"(?:[*+-] )+")
_GLUED = re.compile(
    r"(?:Get trending papers in your email inbox(?: once a day)?!|by ?AK and the research community|Subscribe(?!(?:rs?|d)\b)"
    r"|Daily Papers|Trending Papers|([A-Z][a-z]{2} [0-9]{1,2}))(?=[A-Z0-9\"“(\[]|[a-z]+[A-Z0-9])"
)
_NAVIGATION = 150  # pieces before the first header word: menus, a scraper's front matter
_APART = 4  # other pieces between two header words: a search query, a name
_LONG = 160  # characters that no header line has
_CARD = frozenset(("authors", "comments", "dot", "upvotes", "submitted", "paper", "community", "arxiv"))
_NEUTRAL = frozenset(("site", "login", "rule", "extra", "number", "bracket"))


class Body(NamedTuple):
    """The pieces of a page apart; `day` is the header's date, `sign` the words that show whose page it is, or ""."""

    pieces: list[Piece]
    around: list[Piece]
    day: Day | None
    sign: str


class _Header(NamedTuple):
    end: int
    day: Day | None = None
    sign: str = ""
    rest: str = ""


def find_body(pieces: Sequence[Piece]) -> Body:
    """Header and footer apart from the cards. A title glued to the last header word is given a piece of its own."""
    header = _header(pieces)
    body = list(pieces[header.end :])
    around = list(pieces[: header.end])
    if header.rest:
        body.insert(0, around.pop()._replace(kind="text", text=header.rest))
    foot = _footer(body)
    return Body(body[:foot], around + body[foot:], header.day, header.sign)


def _header(pieces: Sequence[Piece]) -> _Header:
    """Without one sure sign only header words right from the top count, so that no card is taken for a menu."""
    found, apart, unbroken = _Header(0), 0, 0
    for at, piece in enumerate(pieces):
        if _is_card(piece):
            break
        read = _read_header(piece)
        if read is None:
            apart += piece.kind not in _NEUTRAL
            if apart > (_APART if found.sign else _NAVIGATION):
                break
            continue
        apart = 0
        unbroken = at + 1 if unbroken == at else unbroken
        found = _Header(at + 1, read.day, found.sign or read.sign, read.rest)
        if read.day or read.rest:
            break
    return found if found.sign or found.end == unbroken else _Header(unbroken)


def _is_card(piece: Piece) -> bool:
    return piece.kind in _CARD or bool(piece.link) or (piece.kind == "text" and len(piece.text) > _LONG)


def _read_header(piece: Piece) -> _Header | None:
    """What a header line says, one or several of its words glued together; None when it is none."""
    text, day, sign = _LISTED.sub("", piece.text), None, ""
    if piece.kind == "day":
        return _Header(0, read_day(text)) if "," not in text else None
    if piece.kind not in {"text", "organisation"}:
        return None
    begun = False
    while text and text.casefold() not in _WORDS:
        if _SURE.fullmatch(text):
            return _Header(0, day, text)
        glued = _GLUED.match(text)
        if glued is None or (glued[1] and not read_day(glued[1])):
            return _Header(0, read_day(text) or day, sign, "" if read_day(text) else text) if begun else None
        begun, sign = True, sign or (glued[0] if not glued[1] else "")
        day = read_day(glued[1]) if glued[1] else day
        text = text[glued.end() :]
    return _Header(0, day, sign)


def _footer(body: Sequence[Piece]) -> int:
    """The first piece of the footer: menu words and addresses at the end, if one of them stands nowhere else."""
    start = certain = len(body)
    while start:
        piece = body[start - 1]
        word = piece.text.casefold() if piece.kind in {"text", "organisation"} else ""
        if piece.kind == "rule" or word in _LAST_WORDS:
            certain = start - 1
        elif not (word in _FOOT_WORDS or (piece.kind in {"site", "login", "extra"} and not piece.link)):
            break
        start -= 1
    return certain if certain == len(body) or body[certain].kind == "rule" else start
