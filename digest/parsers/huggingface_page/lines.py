"""What one line of a listing page is, taken alone: text, or one or more of the marks that stand around a card.

Only short lines are looked at closely; a line over SHORT characters is text. Nothing here knows links that Markdown
wraps around text (that is `markup`) or the lines around this one (that is `context`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from digest.dates import read_day

__all__ = ["LINE_END", "SHORT", "Mark", "Piece", "read_marks", "read_url", "without_line_end"]

SHORT = 120
_MOST_DOTS = 8  # on one line of marks, where two or three stand
LINE_END = "\\\\"  # two backslashes: TeX and some scrapers end a line so


class Mark(NamedTuple):
    """A line, or a part of one, that is no text: its kind, with what it says ("7" of "7 authors").

    Kinds: authors, dot, organisation, day, comments, number (upvotes or comments: the context tells), upvotes, login,
    paper and community (addresses of a paper), site (another address there), submitted, extra, rule; published, a day
    that bears its year whatever year the listing is of; bracket, left over from a link that was cut off.
    """

    kind: str
    value: str = ""
    link: str = ""


class Piece(NamedTuple):
    """A mark, or the text of one line or of the lines that a link holds together; `kind` is "text" or a mark's.

    `first` and `last` are indices of lines, `link` the arXiv id that it leads to.
    """

    kind: str
    text: str
    first: int
    last: int
    link: str = ""
    heading: bool = False


_AUTHORS = re.compile(r"(?:[•·*+-] ?)*([0-9]{1,5}) authors?")
_DAY = re.compile(r"(Published on )?([A-Z][a-z]{2,8}\.? [0-9]{1,2}(?:, ?[0-9]{4})?)(?: +([0-9]{1,6}))?")
_NUMBER = re.compile(r"(?:\[[ x-]?\] ?)?([0-9]{1,6}|[0-9]{1,3}(?:\.[0-9]+)?k|-)")
_UPVOTES = re.compile(r"(?:\[[ x-]?\] ?)?Upvotes? ?([0-9.]+k?|-)?")
_SUBMITTED = re.compile(r"Submitted by:? ?(.*)")
_BUTTONS = re.compile(
    r"(?:(?:GitHub(?: [0-9]+(?:[.,][0-9]+)*[kKM]?)?|arXiv Page|Project Page|View arXiv page|View PDF)[ ,|]*)+"
)
_EXTRA = re.compile(
    r"\[LINK: .*|(?:- )?!?\[(?:Image|图片)[^\]]*\]|(?:- )?!\[[^\]]*\]|</?a\b[^>]*>(?:</a>)?|[•*+–—]|\+[0-9]+|#[0-9]+ Paper of the day"
)
_RULE = re.compile(r"`{3,}[a-z]*|[-_=*]{3,}|\* \* \*|\[Content truncated\]")
_PATTERNS = (
    ("authors", _AUTHORS),
    ("number", _NUMBER),
    ("upvotes", _UPVOTES),
    ("submitted", _SUBMITTED),
    ("extra", _BUTTONS),
    ("extra", _EXTRA),
    ("rule", _RULE),
)

# What the first characters of a mark can be; everything else is text at once.
_SIGNS = frozenset("0123456789•·*+-–—[!<`#_=/")
_HEADS = frozenset(
    [
        "Jan",
        "Feb",
        "Mar",
        "Apr",
        "May",
        "Jun",
        "Jul",
        "Aug",
        "Sep",
        "Oct",
        "Nov",
        "Dec",
        "Upv",
        "Git",
        "arX",
        "Vie",
        "Pro",
        "Sub",
        "Pub",
        "htt",
    ]
)

_ID = r"([0-9]{4}\.[0-9]{4,5})(?:v[0-9]+)?"
_PAPER = re.compile(rf"(?:https?://[^\s/]+)?/papers/{_ID}/?(#community)?")
_ARXIV = re.compile(rf"https?://(?:www\.)?arxiv\.org/(?:abs|pdf|html)/{_ID}(?:\.pdf)?", re.IGNORECASE)
_LOGIN = re.compile(rf"(?:https?://[^\s/]+)?/login\?next=(?:%2F|/)papers(?:(?:%2F|/){_ID})?\S*", re.IGNORECASE)
_SITE = re.compile(r"(?:https?://(?:huggingface\.co|hf\.co|apply\.workable\.com)|(?=/))(?:/\S*)?")


def read_marks(text: str) -> tuple[Mark, ...]:
    """The marks that make up a whole stripped line; none when it is text."""
    if len(text) > SHORT or (text[0] not in _SIGNS and text[:3] not in _HEADS and "·" not in text):
        return ()
    return _read_short(text)


@lru_cache(maxsize=4096)
def _read_short(text: str) -> tuple[Mark, ...]:
    """Kept: the same few lines stand under every card of a page."""
    if "·" in text:
        return _read_dotted(text)
    if text[:4] in {"http", "/pap", "/log"}:
        return read_url(text)
    return _read_one(text)


def _read_one(text: str) -> tuple[Mark, ...]:
    for kind, pattern in _PATTERNS:
        found = pattern.fullmatch(text)
        if found:
            return (Mark(kind, (found[1] or "") if pattern.groups else ""),)
    found = _DAY.fullmatch(text)
    if found is None or read_day(found[2]) is None:
        return ()
    day = Mark("published" if found[1] else "day", found[2])
    return (day, Mark("comments", found[3])) if found[3] else (day,)


def _read_dotted(text: str) -> tuple[Mark, ...]:
    """Such as "Google · Oct 4, 2026 2". A middle dot inside other words makes no mark."""
    if text.count("·") > _MOST_DOTS:
        return () if text.strip("· ") else (Mark("rule"),)
    parts = [part.strip() for part in text.split("·")]
    marks: list[Mark] = []
    for at, part in enumerate(parts):
        read = _read_one(part) if part else ()
        if part and not read and at == 0:
            read = (Mark("organisation", part),)
        if part and not read:
            return ()
        marks += (Mark("dot"), *read) if at else read
    named = marks[0].kind == "organisation"
    return tuple(marks) if not named or any(mark.kind in {"day", "published"} for mark in marks) else ()


def read_url(url: str) -> tuple[Mark, ...]:
    """What an address that stands alone is for; none when it is any address, as a paragraph may hold it."""
    found = _PAPER.fullmatch(url)
    if found:
        return (Mark("community" if found[2] else "paper", url, found[1]),)
    found = _LOGIN.fullmatch(url)
    if found:
        return (Mark("login", url, found[1] or ""),)
    found = _ARXIV.fullmatch(url)
    if found:
        return (Mark("arxiv", url, found[1]),)
    return (Mark("site", url),) if _SITE.fullmatch(url) else ()


def without_line_end(text: str) -> str:
    """A line without the backslashes that end it; a line of nothing else stays."""
    return text.rstrip("\\").rstrip() or text
