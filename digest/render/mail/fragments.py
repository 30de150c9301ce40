"""The pieces of an edition's mail: rendered once, when it is sealed, and never changed after.

Only the headings of a reader's own choice of topics are rendered with the mail, as its head and foot are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from digest.edition import OTHERS
from digest.errors import TemplateError
from digest.models import Fragment
from digest.render.mail.columns import typesetting
from digest.render.mail.paper import Blurb, blurbs, linkless
from digest.render.words import shortened
from digest.text import clean_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.models import Edition, Section, Site
    from digest.render.templates import Templates

__all__ = ["Group", "arranged", "seal"]

LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Group:
    """A section as the templates see it; `titles`: title lines are all that is shown of it."""

    name: str
    count: str
    papers: tuple[Blurb, ...]
    titles: bool


def seal(edition: Edition, site: Site, templates: Templates) -> tuple[Fragment, ...]:
    """The pieces of its mail: per section a heading (number 0) and its papers, in the order of the edition.

    Every section is here, those too that a mail with `others` other than "titles" leaves out.
    """
    linked = not linkless(edition)
    several = len(edition.sections) > 1
    groups = [
        _group(section, blurbs(edition, section, site, linked=linked), titles=several and section.key == OTHERS)
        for section in edition.sections
    ]
    rich, text = _written(edition, groups, templates)
    return tuple(fragment for section in edition.sections for fragment in _fragments(section, rich, text))


def arranged(edition: Edition, fragments: Sequence[Fragment], templates: Templates) -> tuple[Fragment, ...]:
    """The sealed pieces of its papers as a reader's choice has them: under headings of its own, which are rendered now."""
    sealed = {fragment.number: fragment for fragment in fragments if fragment.number}
    rich, text = _written(edition, [_group(section) for section in edition.sections], templates)
    return tuple(
        replace(sealed[number], section=section.key) if number else _heading(section, rich, text)
        for section in edition.sections
        for number in (0, *(item.number for item in section.items))
    )


def _group(section: Section, papers: tuple[Blurb, ...] = (), *, titles: bool = False) -> Group:
    name = shortened(clean_text(section.name), LONGEST_NAME)
    return Group(name, f"{len(section.items):,} new", papers, titles)


def _written(edition: Edition, groups: Sequence[Group], templates: Templates) -> tuple[Iterator[str], Iterator[str]]:
    """The pieces as HTML and as text."""
    names = ("mail/fragments.html.j2", "mail/fragments.txt.j2")
    rich, text = (_pieces(name, templates, edition, groups) for name in names)
    return rich, text


def _pieces(name: str, templates: Templates, edition: Edition, groups: Sequence[Group]) -> Iterator[str]:
    """What the template wrote, in its order; each without the blank lines around it."""
    rendered = templates.pieces(name, sections=groups, **typesetting(edition))
    pieces = [piece.strip("\n") + "\n" for piece in rendered]
    papers = sum(len(group.papers) for group in groups) * (2 if name.endswith(".html.j2") else 1)
    if len(pieces) != len(groups) + papers:
        remedy = "end each heading and each form of a paper with {{ separator }}, as the built-in template does"
        raise TemplateError(f"template {name}", f"gives {len(pieces)} pieces of {len(groups) + papers}", remedy)
    return iter(pieces)


def _fragments(section: Section, rich: Iterator[str], text: Iterator[str]) -> Iterator[Fragment]:
    """In the order in which the templates wrote them."""
    yield _heading(section, rich, text)
    for item in section.items:
        yield Fragment(section.key, item.number, next(rich), next(rich), next(text))


def _heading(section: Section, rich: Iterator[str], text: Iterator[str]) -> Fragment:
    html = next(rich)
    return Fragment(section.key, 0, html, html, next(text))
