"""Elements of a feed that nobody reads, taken out before feedparser sees them: each costs it as much as a title."""

from __future__ import annotations

import re

__all__ = ["is_unread", "without_unread"]

_NAME = (
    r"arxiv:(?:affiliation|comment|journal_ref|primary_category)|dc:(?:rights|format|language|source)|media:[a-z]+"
    r"|prism:(?:publicationName|url|volume|number|issn|eIssn|section|startingPage|endingPage|copyright|coverDate)"
    r"|slash:comments|wfw:[A-Za-z]+"
)
_IS_UNREAD = re.compile(_NAME)
_UNREAD = re.compile(  # CDATA and comments are stepped over
    rb"<(?:!\[CDATA\[[^\]]*(?:\](?!\]>)[^\]]*)*\]\]>|!--[^-]*(?:-[^-]+)*-->"
    rb"|(%s)(?:\s[^<>]*)?(?:/>|>[^<]*</\1\s*>))" % _NAME.encode()
)


def is_unread(name: str) -> bool:
    """Whether nobody reads elements of this name, as it stands in the text: with its prefix."""
    return _IS_UNREAD.fullmatch(name) is not None


def without_unread(xml: bytes) -> bytes:
    """The XML without such elements; those that hold others or CDATA stay."""
    return _UNREAD.sub(_kept, xml)


def _kept(found: re.Match[bytes]) -> bytes:
    return b"" if found[1] else found[0]
