"""JSON Feed, versions 1 and 1.1: https://www.jsonfeed.org/version/1.1/."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from digest.dates import day_in_name, iso_day
from digest.errors import UnreadableDump
from digest.models import Listing
from digest.parsers.feeds.items import MOST_ITEMS, Item, is_rolling, papers_of
from digest.parsers.jsons import load, objects

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.models import Dump

__all__ = ["NAME", "parse", "recognise"]

NAME = "json-feed"

_VERSION = re.compile(r"https?://(?:www\.)?jsonfeed\.org/version/1")
_SIGN = re.compile(r'"version"\s*:\s*"https?:\\?/\\?/(?:www\.)?jsonfeed\.org\\?/version\\?/1')
_MOST_VALUES = 1_000_000  # objects and lists; each costs eight times what it takes in the text


def recognise(sample: str) -> str:
    """What in the beginning of a text shows that it is a JSON Feed; "" when nothing does."""
    begins = sample.lstrip("\ufeff \t\r\n").startswith("{")
    return "it is a JSON Feed" if begins and _SIGN.search(sample) else ""


def parse(dump: Dump) -> Listing:
    """The listing in a feed; one without items is a listing without papers. UnreadableDump for all other JSON."""
    if dump.body.count(b"{") + dump.body.count(b"[") > _MOST_VALUES:
        raise UnreadableDump(dump.name, f"no feed has more than {_MOST_VALUES:,} objects", "it is not read for safety")
    feed = load(dump.body, dump.name)
    if not isinstance(feed, dict) or not _VERSION.match(_text(feed, "version")):
        raise UnreadableDump(dump.name, "its JSON is no JSON Feed", "if it should be, fetch it again")
    found = feed.get("items")
    if not isinstance(found, list):
        raise UnreadableDump(dump.name, "its JSON Feed has no list of items", "fetch it again")
    if len(found) > MOST_ITEMS:
        raise UnreadableDump(dump.name, f"no feed has more than {MOST_ITEMS:,} items", "it is not read for safety")
    address = _text(feed, "feed_url") or dump.name
    base = address if address.startswith(("http://", "https://")) else ""
    items = (_item(item) if isinstance(item, dict) else Item() for item in found)
    papers, rejects = papers_of(items, base, dump.retrieved.date())
    named = day_in_name(dump.name)
    day = named or dump.retrieved.date()
    return Listing(
        NAME, day, "file name" if named else "retrieved", tuple(papers), tuple(rejects), rolling=is_rolling(papers)
    )


def _item(item: Mapping[str, Any]) -> Item:
    day = iso_day(_text(item, "date_published")) or iso_day(_text(item, "date_modified"))
    return Item(
        title=_text(item, "title"),
        texts=tuple(_text(item, key) for key in ("summary", "content_text", "content_html")),
        names=_names(item),
        link=_text(item, "url") or _text(item, "external_url"),
        guid=_text(item, "id"),
        named=(_text(item, "external_url"),),
        tags=tuple(tag for tag in _list(item.get("tags")) if isinstance(tag, str)),
        published=day,
        listed=day,
    )


def _names(item: Mapping[str, Any]) -> tuple[str, ...]:
    """Of version 1.1, which has a list of authors, or of version 1, which has one author."""
    authors = objects(item.get("authors")) or objects([item.get("author")])
    return tuple(_text(author, "name") for author in authors)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(part: Mapping[str, Any], key: str) -> str:
    """A text as it is; a number as a text, since ids are often numbers in spite of the standard."""
    value = part.get(key)
    if isinstance(value, int) and not isinstance(value, bool) and key == "id":
        return str(value)
    return value if isinstance(value, str) else ""
