"""What a mail says of one paper, in words and links; the templates only set it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.edition import ALSO, OTHERS
from digest.render.bibtex import bibtex
from digest.render.links import Link, link_of, links_of, lookup_url
from digest.render.paths import absolute, paper_page
from digest.render.why import why
from digest.render.words import byline as byline_of
from digest.render.words import perhaps, short_name, shortened, unbroken
from digest.text import clean_text, excerpt

if TYPE_CHECKING:
    from digest.models import Edition, Item, Paper, Section, Site

__all__ = ["Blurb", "blurbs", "href_of", "linkless"]

LONGEST_TITLE, LONGEST_BYLINE, LONGEST_NAME = 300, 160, 60  # real titles have at most 175 characters
CLAIM, SHORT_CLAIM = 320, 140  # characters, of a full and of a compact paper


@dataclass(frozen=True, slots=True)
class Blurb:
    """One paper as a mail shows it; "" stands for what is not known or not shown.

    `href` is where its title leads, `line_href` the same for the form that must be light: no search. `label` is its
    topic where a section mixes them. `why` and `places` belong to a paper in full, `aside` to a compact one: its byline
    and, in a word, where it is. `earlier` names a paper that it is perhaps a new version of. `lookup` is a search, for one
    paper without a link among others that have one.
    """

    number: int
    title: str
    href: str
    line_href: str
    full: bool
    label: str
    claim: str
    byline: str
    aside: str
    why: str
    earlier: str
    places: tuple[Link, ...]
    lookup: str


def blurbs(edition: Edition, section: Section, site: Site, *, linked: bool) -> tuple[Blurb, ...]:
    """The papers of a section: the first in full, the others compact. One that mixes topics leads only when alone.

    `linked`: most papers of the edition have a link, so that one without is the exception and says so. Where few have,
    the mail says it once, and titles without a link lead to a search.
    """
    return tuple(_blurb(edition, item, site, section=section, linked=linked) for item in section.items)


def linkless(edition: Edition) -> bool:
    """Whether most of its papers have no link, so that each need not say so of itself."""
    return 2 * sum(bool(links_of(item.paper)) for item in edition.items) < len(edition.items)


def _blurb(edition: Edition, item: Item, site: Site, *, section: Section, linked: bool) -> Blurb:
    paper, links = item.paper, links_of(item.paper)
    alone = len(edition.sections) == 1
    full = item is section.items[0] and (alone or section.key not in {ALSO, OTHERS})
    label = _name(edition, item.topic) if section.key == ALSO and item.topic else ""
    href, byline = href_of(paper, site), _byline(label, paper)
    return Blurb(
        number=item.number,
        title=shortened(clean_text(paper.title), LONGEST_TITLE) or "(without a title)",
        href=href if href or linked else lookup_url(paper),
        line_href=href,
        full=full,
        label=label,
        claim=excerpt(paper.abstract or "", CLAIM if full else SHORT_CLAIM, title=paper.title),
        byline=byline,
        aside=unbroken(_joined(byline, _place(links))),
        why=_why(edition, item) if full else "",
        earlier=unbroken(clean_text(perhaps(paper))),
        places=(*links, *_bibtex(paper, site)) if full else (),
        lookup=lookup_url(paper) if linked and not links else "",
    )


def _name(edition: Edition, topic: str) -> str:
    return shortened(short_name(clean_text(edition.name_of(topic))), LONGEST_NAME)


def _byline(label: str, paper: Paper) -> str:
    return unbroken(shortened(_joined(label, clean_text(byline_of(paper))), LONGEST_BYLINE))


def _place(links: tuple[Link, ...]) -> str:
    """`arXiv`, `Hugging Face`, a host: the first link without its number."""
    label = links[0].label if links else ""
    return "arXiv" if label.startswith("arXiv ") else label


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def href_of(paper: Paper, site: Site) -> str:
    """The paper itself, one click away; else its page here, which gets a link as soon as a listing brings one; else ""."""
    own = link_of(paper)
    return own.url if own else absolute(site, paper_page(paper)) or ""


def _bibtex(paper: Paper, site: Site) -> tuple[Link, ...]:
    url = absolute(site, f"{paper_page(paper)}#bibtex")
    return (Link("BibTeX", url),) if url and bibtex(paper) else ()


def _why(edition: Edition, item: Item) -> str:
    """`Here for “tool use” in the title · also in Language models`; nothing for a paper outside the topics."""
    terms = [clean_text(term) for term in item.terms] if item.topic else []
    return unbroken(why(item.paper, terms, [_name(edition, topic) for topic in item.also]))
