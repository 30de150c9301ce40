"""Feeds: RSS 2.0 and 0.9x, RSS 1.0 in RDF, Atom; arXiv's announcements and its API, journals, preprint servers, blogs.

feedparser reads them, but never sees bytes that could spell a path, declare an entity or take more than their share
(`text.py`, `pieces.py`). arXiv's RSS: https://info.arxiv.org/help/rss_specifications.html
"""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING, Any

from digest.dates import day_in_name, iso_day, sane_day
from digest.errors import UnreadableDump
from digest.models import Listing, Reject
from digest.parsers.feeds.items import KEPT, MOST_ITEMS, Item, is_rolling, papers_of
from digest.parsers.feeds.pieces import Survey, TooMuch, next_item, opening_of, pieces
from digest.parsers.feeds.repair import repaired
from digest.parsers.feeds.text import feed_text, read_prolog
from digest.text import clean_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.models import DateFrom, Dump, ListedPaper
    from digest.parsers.feeds.text import FeedText

__all__ = ["NAME", "parse", "recognise"]

NAME = "feed"

_KINDS = {"rss": "it is an RSS feed", "feed": "it is an Atom feed", "rdf": "it is a feed in RDF"}
_MOST_FAULTS = 20  # after so many the rest of the feed is given up
_AROUND = 200  # bytes on each side of a fault that are shown
_DOIS = ("prism_doi", "dc_identifier", "arxiv_doi")
_DAYS = ("published_parsed", "created_parsed", "updated_parsed")
_API_ERROR = "arxiv.org/api/errors"


def recognise(sample: str) -> str:
    """What in the beginning of a text shows that it is a feed; "" when nothing does."""
    prolog = read_prolog(sample)
    if prolog.declares:
        return _KINDS.get(prolog.doctype, "")
    return _KINDS.get(prolog.root, "")


def parse(dump: Dump) -> Listing:
    """The listing in a feed; one without items is a listing without papers.

    UnreadableDump says why there is none: an HTML page, no feed, declared entities, more of something than any feed has,
    or XML that breaks off before the first item ends.
    """
    reading = _Reading(dump.name, feed_text(dump))
    base = dump.name if dump.name.startswith(("http://", "https://")) else ""
    papers, rejects = papers_of(reading.items(), base, dump.retrieved.date())
    if reading.faults and not (papers or rejects or reading.mended):
        line, _, why = reading.faults[0]
        raise UnreadableDump(dump.name, f"no item could be read; in line {line} {why}", "fetch it again")
    rejects += [Reject(*fault) for fault in reading.faults]
    day, source = _listed_on(dump, reading.days, papers)
    return Listing(
        NAME, day, source, tuple(papers), tuple(rejects), rolling=is_rolling(papers), whole=not reading.broken_off
    )


class _Reading:
    """A feed while it is read; `days` are those that it gives for itself, `faults` where its XML goes wrong.

    `mended`: it went wrong, and all could be read after a repair; `broken_off`: it ends before its end.
    """

    def __init__(self, name: str, text: FeedText) -> None:
        self.days: list[date] = []
        self.faults: list[tuple[int, str, str]] = []
        self.mended = self.broken_off = False
        self._name, self._text = name, text

    def items(self) -> Iterator[Item]:
        """All items that can be read."""
        for piece in self._pieces():
            feed = self._parsed(piece)
            day = _first_day(feed["feed"])
            self.days += [day] if day else []
            items = [_item(entry) for entry in feed["entries"]]
            self._refuse_error(items)
            del feed
            yield from items

    def _pieces(self) -> Iterator[bytes]:
        """The feed in pieces, repaired where it is not well-formed; after what can't be it goes on with the next item."""
        xml, ahead = self._text.xml, 0
        found = self._survey(xml)
        if found.fault and not found.broken_off:
            xml, before = repaired(xml), found
            found = self._survey(xml)
            self.mended = not found.fault
            if self.mended:
                self._note(self._text.xml, before, 0, "it was read all the same")
        yield from pieces(xml, found)
        for left in range(_MOST_FAULTS, -1, -1):
            if not found.fault:
                return
            begin = next_item(xml, found) if left else 0
            self._note(xml, found, ahead, "the next item was read again" if begin else "nothing after it was read")
            if not begin:
                return
            opening = opening_of(xml, found)
            ahead += xml.count(b"\n", 0, begin) - opening.count(b"\n")
            xml = opening + xml[begin:]
            found = self._survey(xml)
            yield from pieces(xml, found)

    def _survey(self, xml: bytes) -> Survey:
        try:
            return Survey(xml, MOST_ITEMS)
        except TooMuch as fault:
            raise UnreadableDump(self._name, f"no feed has {fault}", "it is not read for safety") from None

    def _note(self, xml: bytes, found: Survey, ahead: int, then: str) -> None:
        """Keep where the XML goes wrong; `ahead` lines were taken off before it since the feed was read."""
        line = 1 + self._text.lines + ahead + xml.count(b"\n", 0, found.at)
        near = xml[max(0, found.at - _AROUND) : found.at + _AROUND].decode("utf-8", "replace")
        self.broken_off |= found.broken_off
        verb = "breaks off" if found.broken_off else "is broken"
        self.faults.append((line, clean_text(near), f"the XML {verb} here ({found.fault}), and {then}"))

    def _parsed(self, piece: bytes) -> dict[str, Any]:
        import feedparser  # noqa: PLC0415 - it costs 70 ms, which only those who read a feed should pay

        try:
            feed: dict[str, Any] = feedparser.parse(BytesIO(piece), sanitize_html=False, resolve_relative_uris=False)
        except Exception as fault:  # it documents none, and raises whatever its input leads to
            raise UnreadableDump(self._name, f"its XML can't be read as a feed: {fault!r}", "fetch it again") from fault
        return feed

    def _refuse_error(self, items: Sequence[Item]) -> None:
        """The API of arXiv answers what it can't do with a feed of one entry that says why."""
        for item in items:
            if _API_ERROR in item.guid:
                said = clean_text(item.texts[0])[:KEPT]
                raise UnreadableDump(self._name, f'arXiv\'s API says "{said}"', "look at the query in its address")


def _item(entry: dict[str, Any]) -> Item:
    keys = entry.keys()
    announce = _text(entry, "arxiv_announce_type").strip().lower() if "arxiv_announce_type" in keys else ""
    day = _first_day(entry)
    own = iso_day(_text(entry, "prism_publicationdate")) or day if "prism_publicationdate" in keys else day
    return Item(
        title=_text(entry, "title"),
        texts=(_text(entry, "summary"), *_contents(entry)) if "content" in keys else (_text(entry, "summary"),),
        names=tuple([_text(author, "name") for author in _parts(entry, "authors")]) if "authors" in keys else (),
        link=_text(entry, "link"),
        guid=_text(entry, "id"),
        named=tuple([_text(entry, key).strip() for key in _DOIS if key in keys]),
        tags=tuple([_text(tag, "term") for tag in _parts(entry, "tags")]) if "tags" in keys else (),
        announce=announce,
        published=None if announce else own,  # there it is the day of the announcement
        listed=day,
    )


def _text(part: dict[str, Any], key: str) -> str:
    """A text; feedparser keeps a dictionary or a list under the same key where an element has attributes."""
    value = dict.get(part, key)  # its own `get` warns, and takes its time
    return value if isinstance(value, str) else ""


def _parts(part: dict[str, Any], key: str) -> list[dict[str, Any]]:
    value = dict.get(part, key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _contents(entry: dict[str, Any]) -> Iterator[str]:
    for content in _parts(entry, "content"):
        kind = _text(content, "type")
        if kind.startswith("text/") or kind.endswith(("html", "xml")):
            yield _text(content, "value")


def _first_day(part: dict[str, Any]) -> date | None:
    for key in _DAYS:
        value = dict.get(part, key)
        day = _day(value) if value else None
        if day:
            return day
    return None


def _day(value: object) -> date | None:
    """The day of feedparser's time, which is in UTC."""
    try:
        return sane_day(date(*value[:3])) if isinstance(value, tuple) else None
    except (TypeError, ValueError, OverflowError):
        return None


def _listed_on(dump: Dump, days: Sequence[date], papers: Sequence[ListedPaper]) -> tuple[date, DateFrom]:
    """The day in the dump's name; that of an announcement; else that of the retrieval, for the feed holds many days."""
    named = day_in_name(dump.name)
    if named:
        return named, "file name"
    if days and any(paper.announce for paper in papers):
        return days[0], "header"
    return dump.retrieved.date(), "retrieved"
