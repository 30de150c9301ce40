"""What a body is at first sight, before any parser reads it: a page of HTML, or something that is a listing by its form.

A server's word for it (`Content-Type`) counts only where the body itself does not tell: feeds are served as text/html.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from digest.errors import UnreadableDump
from digest.models import Dump
from digest.parsers import decode, sniff

if TYPE_CHECKING:
    from digest.sources.web import Answer

__all__ = ["is_html", "is_listing"]

SAMPLE = 65_536  # bytes
BEFORE = re.compile(  # what may stand before the first element, each piece found in one pass
    r"[\s\ufeff]+|<!--.*?-->|<\?.*?\?>|<!DOCTYPE(?!\s+html\b)[^<>\[]*(?:\[[^\]]*\]\s*)?>", re.DOTALL | re.IGNORECASE
)
OPENING = re.compile(r"<(!doctype|[a-z][\w:.-]*)|[{\[]", re.IGNORECASE)
OF_PAGES = ("<!doctype", "<html", "<head", "<body")  # a doctype that is not HTML's stands before the first element
OF_FEEDS = ("rss", "feed", "rdf")
WITHOUT_A_SIGN = "huggingface-page"  # the parser for lines of text: those of an error page too


def is_html(answer: Answer) -> bool:
    """Whether it is a page, such as one that wants a login, by its first element; by its type where that says nothing."""
    text = decode(answer.body[:SAMPLE]).lstrip("\ufeff \t\r\n")
    first = opening(text)
    if first in OF_PAGES:
        return True
    if text.startswith("<?xml") or first in {"{", "["} or first.rpartition(":")[2].lstrip("<") in OF_FEEDS:
        return False
    return "html" in (answer.media_type or "").lower()


def opening(text: str) -> str:
    """How a text opens: `<rss`, `{` or `[`, without what may stand before that; "" where it is neither."""
    at = 0
    while found := BEFORE.match(text, at):
        at = found.end()
    first = OPENING.match(text, at)
    return first[0].lower() if first else ""


def is_listing(answer: Answer) -> bool:
    """Whether some parser takes it for a listing by a sign of its format; text without one may be anything."""
    dump = Dump("", answer.url, answer.body, datetime.fromtimestamp(0, UTC), source="", media_type=answer.media_type)
    try:
        parser, _ = sniff(dump)
    except UnreadableDump:
        return False
    return parser != WITHOUT_A_SIGN
