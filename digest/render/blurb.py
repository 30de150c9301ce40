"""What a mail says of one paper, in words and links; the templates only set it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.render.paths import absolute, paper_page
from digest.render.words import Link, byline, in_full, links_of, lookup_url, shortened, unbroken
from digest.text import clean_text, excerpt

if TYPE_CHECKING:
    from digest.models import Edition, Item, Paper, Section, Site

__all__ = ["MIXED", "OUTSIDE", "Blurb", "blurbs", "linkless"]

MIXED, OUTSIDE = "also", "others"  # the sections that are no topic
LONGEST_TITLE, LONGEST_BYLINE, LONGEST_TERM = 300, 160, 60  # real titles have at most 175 characters
CLAIM, SHORT_CLAIM = 320, 140  # characters, of a full and of a compact paper
TERMS = 3


@dataclass(frozen=True, slots=True)
class Blurb:
    """One paper as a mail shows it; "" stands for what is not known or not shown.

    `href` is where the title leads, `label` its topic where a section mixes them, `why` and `places` belong to a
    paper in full, `place` says in a word where a compact one is. A paper without a link has `lookup`, a search for
    it, and `missing`, the words before that.
    """

    number: int
    title: str
    href: str
    full: bool
    label: str
    claim: str
    byline: str
    why: str
    places: tuple[Link, ...]
    place: str
    lookup: str
    missing: str


def blurbs(edition: Edition, section: Section, site: Site, missing: str) -> tuple[Blurb, ...]:
    """The papers of a section: the first in full, the others compact. A section that mixes topics has no first.

    `missing` stands before "look it up" where a paper has no link.
    """
    return tuple(_blurb(edition, item, site, missing, section=section) for item in section.items)


def linkless(edition: Edition) -> bool:
    """Whether no paper of it has any link: then a mail says so once, not with every paper."""
    return not any(links_of(item.paper) for item in edition.items)


def _blurb(edition: Edition, item: Item, site: Site, missing: str, *, section: Section) -> Blurb:
    paper, links = item.paper, links_of(item.paper)
    full = section.key not in {MIXED, OUTSIDE} and item is section.items[0]
    label = clean_text(edition.name_of(item.topic)) if section.key == MIXED and item.topic else ""
    return Blurb(
        number=item.number,
        title=shortened(clean_text(paper.title), LONGEST_TITLE),
        href=_href(paper, links, site),
        full=full,
        label=label,
        claim=excerpt(paper.abstract or "", CLAIM if full else SHORT_CLAIM),
        byline=unbroken(_byline(label, paper)),
        why=_why(edition, item) if full else "",
        places=(*links, *_bibtex(paper, site)) if full else (),
        place=re.sub(r"^arXiv .*", "arXiv", links[0].label) if links else "",
        lookup="" if links else lookup_url(paper),
        missing="" if links else missing,
    )


def _byline(label: str, paper: Paper) -> str:
    return shortened(" · ".join(part for part in (label, clean_text(byline(paper))) if part), LONGEST_BYLINE)


def _href(paper: Paper, links: tuple[Link, ...], site: Site) -> str:
    """The paper itself, one click away; else its page here, which gets a link as soon as a listing brings one."""
    return links[0].url if links else absolute(site, paper_page(paper)) or ""


def _bibtex(paper: Paper, site: Site) -> tuple[Link, ...]:
    url = absolute(site, f"{paper_page(paper)}#bibtex")
    return (Link("BibTeX", url),) if url else ()


def _why(edition: Edition, item: Item) -> str:
    """`Here for “tool use” in the title · also in Language models`; nothing for a paper outside the topics."""
    also = in_full([clean_text(edition.name_of(topic)) for topic in item.also])
    return " · ".join(part for part in (_reason(item), f"also in {also}" if also else "") if part)


def _reason(item: Item) -> str:
    """The terms that its title holds, since they convince at a glance; else those of its abstract."""
    if not item.topic:
        return ""
    terms = [clean_text(term.replace("*", "")) for term in item.terms]
    titled = [term for term in terms if _plain(term) in _plain(item.paper.title)]
    named = [f"“{shortened(term, LONGEST_TERM)}”" for term in (titled or terms)[:TERMS]]
    return f"Here for {in_full(named)}{' in the title' if titled else ''}" if named else ""


def _plain(words: str) -> str:
    """Lower-case words between single spaces, so that "tool-use" is found in "Tool Use"."""
    return " ".join(re.findall(r"\w+", words.casefold()))
