"""What is at an address that somebody wants to read: a feed, or a page that names its feeds (RSS autodiscovery).

Tags of a page are found by patterns that take a time in proportion to its length: the standard library's HTMLParser takes
minutes over 64 KiB of unclosed tags (measured on Python 3.11.7).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urljoin

from digest.errors import FetchError, UnreadableDump
from digest.models import Dump
from digest.parsers import decode, parse, sniff
from digest.sources.bodies import is_html
from digest.sources.web import NotModified
from digest.text import clean_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from digest.sources.web import Answer, Web

__all__ = ["Feed", "Named", "at_address", "feeds_of"]

PARSERS = ("feed", "json-feed")
MEDIA_TYPES = (  # of feeds; plain application/json is mostly something else
    *("application/rss+xml", "application/atom+xml", "application/rdf+xml"),
    *("application/feed+json", "application/x.atom+xml", "application/x-rss+xml"),
)
MOST_TEXT = 2**20  # characters of a page that are looked at
MOST_TAGS, LONGEST_TAG = 2_000, 4_000
MOST_FEEDS = 20
LONGEST_TITLE = 120

SILENT = re.compile(r"<!--|<(script|style)\b", re.IGNORECASE)  # what may hold tags that are none
TAG = re.compile(r"<(link|base)\b", re.IGNORECASE)
WHOLE = re.compile(r"""<[a-z]+(?:[^<>"']++|"[^"]*+"|'[^']*+')*+>""", re.IGNORECASE)
ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""")
ITEM = re.compile(r"<(?:\w+:)?(?:item|entry)\b", re.IGNORECASE)
TITLE = re.compile(r"<title\b[^<>]{0,200}>\s*(?:<!\[CDATA\[)?([^<\]]{1,500})", re.IGNORECASE)
JSON_TITLE = re.compile(r'"title"\s*:\s*"((?:[^"\\]|\\["\\/]){1,500})"')


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed that was fetched and read. `url` is where to ask for it from now on; `papers`: how many it lists."""

    url: str
    title: str
    papers: int


@dataclass(frozen=True, slots=True)
class Named:
    """A feed that a page names, by its absolute address."""

    url: str
    title: str


def at_address(web: Web, url: str, now: datetime) -> Feed | tuple[Named, ...]:
    """The feed at this address, asked once; or those that the page there names, in their order, one at least.

    Raises `FetchError` where there is neither, `UnreadableDump` for a feed that can't be read.
    """
    answer = web.get(url, now)
    if isinstance(answer, NotModified):
        raise FetchError(url, "says that nothing has changed, and was not asked that", "try again")
    dump = Dump("", url, answer.body, now, source="", media_type=answer.media_type)
    try:
        parser, why = sniff(dump)
    except UnreadableDump as fault:
        parser, why = "", fault.what
    if parser in PARSERS:
        papers = len(parse(dump, parser).papers)
        return Feed(answer.moved or url, title_of(answer), papers)
    if not is_html(answer):
        what = f"is no feed: {f'{why}, for the parser {parser}' if parser else why}"
        raise FetchError(url, what, "give the address of a feed, or of a page that names one")
    found = feeds_of(decode(answer.body), answer.url)
    if not found:
        raise FetchError(url, "is a page that names no feed", "look on it for one, and give its address")
    return found


def title_of(answer: Answer) -> str:
    """What a feed calls itself; "" where it does not."""
    sample = decode(answer.body[: 2**16])
    head = ITEM.split(sample, maxsplit=1)[0]
    found = TITLE.search(head) or (
        JSON_TITLE.search(sample) if sample.lstrip("\ufeff \t\r\n").startswith("{") else None
    )
    return clean_text(unescape(found[1]))[:LONGEST_TITLE] if found else ""


# --- pages --------------------------------------------------------------------------------------------------------


def feeds_of(page: str, address: str) -> tuple[Named, ...]:
    """The feeds that a page names with `<link rel="alternate">`, each once, the first twenty."""
    base, found = address, dict[str, Named]()
    for tag, attributes in tags(spoken(page[:MOST_TEXT])):
        if tag == "base":
            base = joined(address, attributes.get("href", "")) or base
        elif is_feed(attributes):
            url = joined(base, attributes.get("href", ""))
            if url:
                found.setdefault(url, Named(url, clean_text(attributes.get("title", ""))[:LONGEST_TITLE]))
    return tuple(found.values())[:MOST_FEEDS]


def is_feed(attributes: Mapping[str, str]) -> bool:
    media_type = attributes.get("type", "").partition(";")[0].strip().lower()
    return "alternate" in attributes.get("rel", "").lower().split() and media_type in MEDIA_TYPES


def joined(base: str, href: str) -> str:
    """The absolute address of the web that this leads to; "" where it leads to none."""
    try:
        url = urldefrag(urljoin(base, href.strip())).url
    except ValueError:
        return ""
    return url if href.strip() and url.startswith(("http://", "https://")) else ""


def spoken(page: str) -> str:
    """A page without its comments, scripts and styles; one that does not end takes the rest with it."""
    pieces, at = [], 0
    while found := SILENT.search(page, at):
        pieces.append(page[at : found.start()])
        end = page.find("-->", found.end()) if not found[1] else closing(page, found[1], found.end())
        if end < 0:
            return "".join(pieces)
        at = end + 1
    return "".join((*pieces, page[at:]))


def closing(page: str, tag: str, start: int) -> int:
    found = re.compile(f"</{tag}", re.IGNORECASE).search(page, start)
    return found.start() if found else -1


def tags(page: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The links of a page, and the base of its addresses, with their attributes."""
    for number, found in enumerate(TAG.finditer(page)):
        if number == MOST_TAGS:
            return
        whole = WHOLE.match(page[found.start() : found.start() + LONGEST_TAG])
        if whole:
            pairs = ATTRIBUTE.findall(whole[0])
            yield found[1].lower(), {name.lower(): unescape("".join(values)) for name, *values in reversed(pairs)}
