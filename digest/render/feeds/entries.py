"""A paper as feeds speak of it: one `Entry` per paper, the same in every feed and format.

With a `base_url` an entry leads to the paper's page here, which stays right when a better link is found later; without
one to the paper's own place, else to a search for its title. Nothing here asks the clock: every time is a stored one.
Everything is spelled here, once: a function called from within a template costs more than the text that it returns.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from email.utils import format_datetime
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from digest.render import paths
from digest.render.characters import legal
from digest.render.links import link_of, links_of, lookup_url
from digest.render.why import why
from digest.render.words import byline, perhaps
from digest.text import excerpt

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from digest.models import Announced, Paper, Site, Topic
    from digest.render.links import Link
    from digest.render.templates import Templates

__all__ = ["Content", "Entry", "Term", "entries", "plain", "rfc822", "rfc3339", "terms_of"]

SUMMARY = 320  # characters: what readers show in a list before they cut


@dataclass(frozen=True, slots=True)
class Term:
    """A topic as a category: its frozen id, its name, and the name as RSS wants it."""

    id: str
    name: str
    plain: Markup


@dataclass(frozen=True, slots=True)
class Entry:
    """One paper in words. `link` is where it leads, `external` its own place if that is another one.

    `title`, `authors`, `summary` are text; `content` is HTML; the `rss_` fields are the same as RSS wants them, ready
    for XML. Times are spelled as RFC 3339 and, for RSS, RFC 822.
    """

    uid: str
    title: str
    rss_title: Markup
    link: str
    external: str | None
    published: str
    updated: str
    rss_published: str
    authors: tuple[str, ...]
    rss_authors: tuple[Markup, ...]
    topics: tuple[Term, ...]
    summary: str
    rss_summary: Markup
    content: str


@dataclass(frozen=True, slots=True)
class Content:
    """What the HTML of an entry is made of; `lookup` is there for a paper without links.

    `earlier` names a paper that it is perhaps a new version of.
    """

    byline: str
    abstract: str
    why: str
    earlier: str
    links: tuple[Link, ...]
    lookup: str


def terms_of(topics: Iterable[Topic]) -> dict[str, Term]:
    """The topics as categories, by id."""
    return {topic.id: _term(topic.id, topic.name) for topic in topics}


def entries(
    papers: Iterable[Announced], site: Site, *, terms: Mapping[str, Term], templates: Templates
) -> tuple[Entry, ...]:
    """Each paper once, in the order given. A topic that is not among `terms` any more is called by its id."""
    once = tuple({announced.paper.uid: announced for announced in papers}.values())
    contents = templates.pieces("feeds/content.html.j2", papers=[_content(paper, terms) for paper in once])
    return tuple(_entry(paper, site, terms=terms, content=html) for paper, html in zip(once, contents, strict=True))


def _content(announced: Announced, terms: Mapping[str, Term]) -> Content:
    paper, links = announced.paper, links_of(announced.paper)
    return Content(
        byline=legal(byline(paper)),
        abstract=legal(paper.abstract or ""),
        why=legal(why(paper, announced.terms, [term.name for term in _named(announced.also, terms)])),
        earlier=legal(perhaps(paper)),
        links=links,
        lookup="" if links else lookup_url(paper),
    )


def _entry(announced: Announced, site: Site, *, terms: Mapping[str, Term], content: str) -> Entry:
    paper = announced.paper
    title, authors = legal(" ".join(paper.title.split())), _authors(paper)
    summary = legal(excerpt(paper.abstract, SUMMARY, title=paper.title)) if paper.abstract else ""
    link, external = _links(paper, site)
    return Entry(
        uid=paper.uid,
        title=title,
        rss_title=plain(title),
        link=link,
        external=external,
        published=rfc3339(announced.published),
        updated=rfc3339(announced.updated),
        rss_published=rfc822(announced.published),
        authors=authors,
        rss_authors=tuple(map(plain, authors)),
        topics=_named((announced.topic, *announced.also) if announced.topic else announced.also, terms),
        summary=summary,
        rss_summary=escape(_html(summary)),
        content=content,
    )


def _links(paper: Paper, site: Site) -> tuple[str, str | None]:
    own = link_of(paper)
    here = paths.absolute(site, paths.paper_page(paper))
    if here is None:
        return (own.url if own else lookup_url(paper)), None
    return here, own.url if own else None


def _authors(paper: Paper) -> tuple[str, ...]:
    names = paper.authors or ((paper.organisation,) if paper.organisation else ())
    return tuple(map(legal, names))


def _named(topics: Sequence[str], terms: Mapping[str, Term]) -> tuple[Term, ...]:
    return tuple(terms.get(topic) or _term(topic, topic) for topic in topics)


def _term(topic: str, name: str) -> Term:
    return Term(legal(topic), legal(name), plain(legal(name)))


# --- spellings ----------------------------------------------------------------------------------------------------


def rfc3339(moment: datetime) -> str:
    """`2026-11-20T06:00:00Z`, for Atom and JSON Feed."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def rfc822(moment: datetime) -> str:
    """`Fri, 20 Nov 2026 06:00:00 GMT`, for RSS."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _html(text: str) -> str:
    """Text for the descriptions of RSS, which are HTML.

    Quotes stay as they are: a browser that shows the feed as it lies would show what stands for them.
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str) -> Markup:
    """Text for RSS, which never said whether its titles are text or HTML: spelled so, `&` and `<` are text to all.

    https://www.rssboard.org/rss-profile#data-types-characterdata
    """
    escaped = escape(text)
    if "&" not in escaped:
        return escaped
    return (
        escaped.replace("&amp;", Markup("&#x26;")).replace("&lt;", Markup("&#x3C;")).replace("&gt;", Markup("&#x3E;"))
    )
