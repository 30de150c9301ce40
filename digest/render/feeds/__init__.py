"""RSS 2.0, Atom and JSON Feed of all papers and of each topic, and an OPML list of them.

Every topic has its feeds from the first day, empty or not, so that one can subscribe early. An entry stands in up to
four feeds: it is rendered once per format and joined. Times are stored ones, so unchanged papers give unchanged bytes.

Where there is no web (`base_url`) nothing pretends that there is one: no `self` link, entries lead to the papers' own
places, the channel link that RSS demands is the feed's own `urn:uuid:` (a URI of a registered scheme, as validators
ask), and the addresses in the OPML list are relative to it.

The feed of all papers leads to archived ones, as RFC 5005 §4 has it: see `render/volumes.py`. Topics have none: what a topic is
may change from one day to the next, what is archived may not, and each archived entry names its topics.

`entries.py` puts a paper into the words of a feed; here are the feeds around them.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from xml.parsers import expat

from digest.errors import OutputError
from digest.models import Document
from digest.render import paths
from digest.render.characters import legal
from digest.render.feeds.entries import Entry, entries, plain, rfc822, rfc3339, terms_of
from digest.render.templates import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from digest.models import Announced, Publication, Shelf, Site, Topic, Volume
    from digest.render.templates import Templates

__all__ = ["Binding", "Feed", "archived", "check", "feeds"]

MEDIA_TYPES = paths.FEEDS | {"opml": "text/x-opml"}
NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # an empty Atom feed must still say when it was updated

WHAT = "New papers, sorted by topic, each of them once."

Items = dict[str, dict[str, str]]  # by format, by paper


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed says of itself. `topic` None means all papers; `page` is the web page beside it, None without a web.

    `updated` is that of its newest entry, None while it is empty. `volume` is the name of the one that an archived feed
    is; `before` that of the one before it, which holds what is older.
    """

    topic: str | None
    title: str
    description: str
    id: str
    page: str | None
    updated: datetime | None
    uids: tuple[str, ...]
    volume: str | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """A volume that is bound now: its papers, newest first, and the volume before it."""

    volume: Volume
    before: Volume | None
    papers: tuple[Announced, ...]


def feeds(publication: Publication, templates: Templates) -> Iterator[Document]:
    """Every feed, their stylesheet and `feeds.opml`; all of them, since each is a function of the whole."""
    site, shelves = replace(publication.site, title=legal(publication.site.title)), publication.shelves
    papers = (*publication.recent, *(paper for shelf in shelves for paper in shelf.papers))
    terms = terms_of(shelf.topic for shelf in shelves)
    items = _items(entries(papers, site, terms=terms, templates=templates), templates)
    whole = replace(_feed(site, site.title, WHAT, papers=publication.recent), before=_name(publication.bound))
    found = (whole, *(_of(shelf, site) for shelf in shelves))
    for feed in found:
        yield _xml("rss", feed, items["rss"], site=site, templates=templates)
        yield _xml("atom", feed, items["atom"], site=site, templates=templates)
        yield _json(feed, items["json"], site)
    yield Document("feeds/feed.css", templates.render("feeds/feed.css"), "text/css")
    yield _opml(found, site, templates)


def archived(binding: Binding, site: Site, topics: Iterable[Topic], *, templates: Templates) -> Iterator[Document]:
    """A volume as RSS and as Atom: documents of one feed with that of all papers, so their id is the same.

    There is no `next-archive` link: when this is bound, nothing follows, and what is bound is never written again.
    """
    site = replace(site, title=legal(site.title))
    items = _items(entries(binding.papers, site, terms=terms_of(topics), templates=templates), templates)
    name = binding.volume.name
    feed = _feed(site, f"{site.title} ({name})", WHAT, papers=binding.papers)
    feed = replace(feed, page=paths.absolute(site, paths.ARCHIVE), volume=name, before=_name(binding.before))
    for kind in ("rss", "atom"):
        yield _xml(kind, feed, items[kind], site=site, templates=templates)


def check(document: Document) -> None:
    """Raises `OutputError` for a feed that would not parse; call it before the file of yesterday is replaced."""
    try:
        if document.media_type == MEDIA_TYPES["json"]:
            json.loads(document.text)
        elif document.media_type in MEDIA_TYPES.values():
            expat.ParserCreate().Parse(document.text.encode(), True)  # noqa: FBT003  expat takes no keywords
    except (expat.ExpatError, ValueError) as error:
        what = f"the new one does not parse: {error}"
        raise OutputError(document.path, what, "the old file stays; look at templates/feeds, or report it") from error


# --- what a feed says of itself ------------------------------------------------------------------------------------


def _of(shelf: Shelf, site: Site) -> Feed:
    name = shelf.topic.name
    words = (f"{site.title}: {name}", f"New papers in {name}, each of them once.")
    return _feed(site, *words, papers=shelf.papers, topic=shelf.topic.id)


def _feed(site: Site, title: str, description: str, *, papers: Sequence[Announced], topic: str | None = None) -> Feed:
    return Feed(
        topic=topic,
        title=legal(title),
        description=legal(description),
        id=_id(site, topic),
        page=paths.absolute(site, paths.topic_page(topic) if topic else ""),
        updated=max((paper.updated for paper in papers), default=None),
        uids=tuple(paper.paper.uid for paper in papers),
    )


def _name(volume: Volume | None) -> str | None:
    return volume.name if volume else None


def _id(site: Site, topic: str | None) -> str:
    """Unique to this owner's feed and without the web address, so that moving to another host changes nothing."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"mailto:{site.owner}#feeds/{topic or paths.ALL}").urn


# --- documents ----------------------------------------------------------------------------------------------------


def _items(found: Sequence[Entry], templates: Templates) -> Items:
    texts = {
        "rss": _rendered("rss", found, templates),
        "atom": _rendered("atom", found, templates),
        "json": [json.dumps(_json_item(entry), ensure_ascii=False) for entry in found],
    }
    return {kind: {entry.uid: text for entry, text in zip(found, texts[kind], strict=True)} for kind in texts}


def _rendered(kind: str, found: Sequence[Entry], templates: Templates) -> list[str]:
    return templates.pieces(f"feeds/{kind}-items.xml.j2", entries=found)


def _xml(kind: str, feed: Feed, items: Mapping[str, str], *, site: Site, templates: Templates) -> Document:
    path = paths.volume(kind, feed.volume) if feed.volume else paths.feed(kind, feed.topic)
    frame = templates.render(
        f"feeds/{kind}.xml.j2",
        feed=feed,
        plain=plain,
        site=site,
        self_link=paths.absolute(site, path),
        current=paths.absolute(site, paths.feed(kind)) if feed.volume else None,
        prev_archive=paths.absolute(site, paths.volume(kind, feed.before)) if feed.before else None,
        updated=(rfc822 if kind == "rss" else rfc3339)(feed.updated or NEVER),
        separator=SEPARATOR,
    )
    head, tail = frame.split(SEPARATOR)
    return Document(path, "".join((head, *(items[uid] for uid in feed.uids), tail)), MEDIA_TYPES[kind])


def _json_item(entry: Entry) -> dict[str, object]:
    """An item of JSON Feed 1.1: what is not known is left out, as the format asks."""
    known = {
        "id": entry.uid,
        "url": entry.link,
        "external_url": entry.external,
        "title": entry.title,
        "content_html": entry.content,
        "summary": entry.summary,
        "date_published": entry.published,
        "date_modified": entry.updated,
        "authors": [{"name": name} for name in entry.authors],
        "tags": [topic.name for topic in entry.topics],
    }
    return {key: value for key, value in known.items() if value}


def _json(feed: Feed, items: Mapping[str, str], site: Site) -> Document:
    """Head and items are encoded apart and joined, so that an item is encoded once for all its feeds."""
    path = paths.feed("json", feed.topic)
    head = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.page,
        "feed_url": paths.absolute(site, path),
        "description": feed.description,
        "language": site.language,
        "authors": [{"name": site.title}],
    }
    opening = json.dumps({key: value for key, value in head.items() if value}, ensure_ascii=False, indent=1)
    body = ",\n".join(items[uid] for uid in feed.uids)
    return Document(path, f'{opening[:-2]},\n "items": [\n{body}\n ]\n}}\n', MEDIA_TYPES["json"])


def _opml(found: Sequence[Feed], site: Site, templates: Templates) -> Document:
    """OPML 2.0: `xmlUrl` is absolute where there is a web, else relative to the file."""
    files = {feed.id: paths.feed("rss", feed.topic) for feed in found}
    addresses = {key: paths.absolute(site, path) or paths.to(path, paths.OPML) for key, path in files.items()}
    text = templates.render("feeds/feeds.opml.j2", title=site.title, feeds=found, addresses=addresses)
    return Document(paths.OPML, text, MEDIA_TYPES["opml"])
