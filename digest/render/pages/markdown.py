"""An edition as Markdown, for notes, wikis and chats. Nothing in a title or an abstract can become a link or HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.models import Document
from digest.render import paths
from digest.render.characters import legal
from digest.render.pages.lists import Block, Line, blocks, place_of
from digest.render.sequels import SequelGroup, SequelLine, sequel_groups
from digest.render.shown import outside, papers_shown
from digest.render.words import beside, counted, long_day, perhaps_of, summary

if TYPE_CHECKING:
    from digest.models import Edition
    from digest.render.templates import Templates

__all__ = ["edition_document", "escaped"]

# Signs that start something in CommonMark or in GitHub's dialect (struck text, formulas, links of bare addresses): the
# first kind anywhere, the others where they would. A number with a point or a bracket begins a list only on its own.
SIGNS = re.compile(r"[\\`*_\[\]<>~$@]|&(?=#?\w+;)|:(?=//)|(?<=\])\(|(?<=[wW]{3})\.|^[-+=#|]|^(?:\d+)(?=[.)](?: |$))")


@dataclass(frozen=True, slots=True)
class Entry:
    """One paper, escaped."""

    number: int
    title: str
    url: str
    claim: str
    byline: str
    label: str
    earlier: str


@dataclass(frozen=True, slots=True)
class Group:
    """One section, escaped."""

    name: str
    entries: tuple[Entry, ...]


def edition_document(edition: Edition, templates: Templates) -> Document:
    """The edition's Markdown document; its links lead to the papers themselves, so that it can be pasted anywhere."""
    text = templates.render(
        "pages/edition.md.j2",
        title=escaped(edition.title),
        number=edition.number,
        day=long_day(edition.day),
        count=", ".join(
            part for part in (counted(papers_shown(edition), "new paper"), beside(outside(edition))) if part
        ),
        summary=escaped(summary(edition)),
        groups=[_group(block) for block in blocks(edition, None)],
        sequels=[_sequels(group) for group in sequel_groups(edition, lambda paper: place_of(paper, None))],
    )
    return Document(paths.edition_markdown(edition.digest, edition.number), legal(text), "text/markdown")


def escaped(text: str) -> str:
    """The same words on one line, with no sign that Markdown acts on; `<` as an entity, which no dialect mistakes."""
    return SIGNS.sub(_escape, " ".join(text.split()))


def _escape(found: re.Match[str]) -> str:
    sign = found[0]
    if sign == "<":
        return "&lt;"
    return f"{sign}\\" if sign.isdigit() else f"\\{sign}"  # a number stays, what follows it is escaped


def _sequels(group: SequelGroup) -> SequelGroup:
    lines = (SequelLine(escaped(line.title), _url(line.href), escaped(line.words)) for line in group.lines)
    return SequelGroup(group.name, tuple(lines))


def _url(href: str) -> str:
    return re.sub(r"[()]", lambda sign: f"%{ord(sign[0]):02X}", href)


def _group(block: Block) -> Group:
    return Group(escaped(block.name), tuple(map(_entry, block.lines)))


def _entry(line: Line) -> Entry:
    earlier = line.earlier
    return Entry(
        line.number,
        escaped(line.title),
        _url(line.href),
        claim=escaped(line.claim),
        byline=escaped(line.byline),
        label=escaped(line.label),
        earlier=escaped(perhaps_of(earlier.title, earlier.day, same=earlier.same)) if earlier else "",
    )
