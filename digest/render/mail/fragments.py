"""The pieces of an edition's mail: rendered once, when it is sealed, and never changed after."""

from __future__ import annotations

from dataclasses import dataclass
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

__all__ = ["Group", "seal"]

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
    groups = [_group(edition, section, site, linked=linked) for section in edition.sections]
    rich = _pieces("mail/fragments.html.j2", templates, edition, groups)
    text = _pieces("mail/fragments.txt.j2", templates, edition, groups)
    return tuple(fragment for section in edition.sections for fragment in _fragments(section, rich, text))


def _group(edition: Edition, section: Section, site: Site, *, linked: bool) -> Group:
    return Group(
        name=shortened(clean_text(section.name), LONGEST_NAME),
        count=f"{len(section.items):,} new",
        papers=blurbs(edition, section, site, linked=linked),
        titles=section.key == OTHERS and len(edition.sections) > 1,
    )


def _pieces(name: str, templates: Templates, edition: Edition, groups: Sequence[Group]) -> Iterator[str]:
    """What the template wrote, in its order; each without the blank lines around it."""
    rendered = templates.pieces(name, sections=groups, **typesetting(edition))
    pieces = [piece.strip("\n") + "\n" for piece in rendered]
    papers = len(edition.items) * (2 if name.endswith(".html.j2") else 1)
    if len(pieces) != len(groups) + papers:
        remedy = "end each heading and each form of a paper with {{ separator }}, as the built-in template does"
        raise TemplateError(f"template {name}", f"gives {len(pieces)} pieces of {len(groups) + papers}", remedy)
    return iter(pieces)


def _fragments(section: Section, rich: Iterator[str], text: Iterator[str]) -> Iterator[Fragment]:
    """In the order in which the templates wrote them."""
    heading = next(rich)
    yield Fragment(section.key, 0, heading, heading, next(text))
    for item in section.items:
        yield Fragment(section.key, item.number, next(rich), next(rich), next(text))
