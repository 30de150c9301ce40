"""The mail of an edition: pieces rendered once, when it is sealed, and joined into a body that is not too heavy.

    seal(edition, site, templates)               → fragments, stored with the edition
    compose(edition, fragments, site, templates) → MailBody, the same for all who get it
    message(body, delivery, site, sent_at)       → bytes for one of them (`render/message.py`)

Pure. The templates are `templates/mail/`; nothing in them needs a filter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from digest.edition import OTHERS
from digest.errors import TemplateError
from digest.models import Fragment
from digest.render.blurb import Blurb, blurbs, linkless
from digest.render.face import Face, face_of, shown_sections
from digest.render.legal import legal
from digest.render.message import MailBody, message
from digest.render.pages import standalone
from digest.render.plain import COLUMNS, beside, fill
from digest.render.weight import LIMIT, Shown, fit, weigh
from digest.render.words import counted, shortened
from digest.text import clean_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.models import Edition, Section, Site
    from digest.render.templates import Templates

__all__ = ["MailBody", "compose", "message", "seal"]

CUT = "\x1e"  # ends a piece in what a template of many pieces renders; no cleaned text holds it
LONGEST_NAME = 80
TEXT_LIMIT = 512 * 1024  # bytes: about 1,200 papers. Beyond, the text part too shows the first papers of each section


@dataclass(frozen=True, slots=True)
class Group:
    """A section as the templates see it; `titles`: title lines are all that is shown of it."""

    name: str
    count: str
    papers: tuple[Blurb, ...]
    titles: bool


# --- sealing ------------------------------------------------------------------------------------------------------


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
    rendered = templates.render(name, sections=groups, cut=CUT, **_setting(edition))
    pieces = [piece.strip("\n") + "\n" for piece in rendered.split(CUT)]
    papers = len(edition.items) * (2 if name.endswith(".html.j2") else 1)
    if len(pieces) != len(groups) + papers + 1:
        remedy = "end each heading and each form of a paper with {{ cut }}, as the built-in template does"
        raise TemplateError(f"template {name}", f"gives {len(pieces) - 1} pieces of {len(groups) + papers}", remedy)
    return iter(pieces)


def _fragments(section: Section, rich: Iterator[str], text: Iterator[str]) -> Iterator[Fragment]:
    """In the order in which the templates wrote them."""
    heading = next(rich)
    yield Fragment(section.key, 0, heading, heading, next(text))
    for item in section.items:
        yield Fragment(section.key, item.number, next(rich), next(rich), next(text))


def _setting(edition: Edition) -> dict[str, object]:
    """What the plain-text templates set lines with; the widest number decides how far papers are indented."""
    width = max(2, *(len(str(item.number)) for item in edition.items), 0)
    return {
        "fill": fill,
        "beside": beside,
        "rule": "-" * COLUMNS,
        "lead": lambda number: f"{number:>{width}}  ",
        "indent": " " * (width + 2),
    }


# --- composing ----------------------------------------------------------------------------------------------------


def compose(edition: Edition, fragments: Sequence[Fragment], site: Site, templates: Templates) -> MailBody:
    """The body from sealed fragments: at most `LIMIT` bytes of HTML whatever the count, text of at most `TEXT_LIMIT`.

    What had to be shortened or left out is a link to the edition's page, or, without a `base_url`, the whole edition
    as an attached page. Nothing in it depends on who gets it.
    """
    keys = {section.key for section in shown_sections(edition)}
    pieces = [fragment for fragment in fragments if fragment.section in keys]
    page = _Page(edition, face_of(edition, site), templates)
    html, light = page.fitted("mail/edition.html.j2", pieces, LIMIT)
    text, _ = page.fitted("mail/edition.txt.j2", [replace(f, rich=f.text, line=f.text) for f in pieces], TEXT_LIMIT)
    attachment = None if light or site.base_url else standalone(edition, site, templates)
    return MailBody(
        page.face.subject, page.face.preheader, html, text, attachment, page.face.title, _file_name(edition)
    )


def _file_name(edition: Edition) -> str:
    return f"{edition.digest}-{edition.number}.html"


@dataclass(frozen=True, slots=True)
class _Page:
    """One of the two parts, measured until it is light enough."""

    edition: Edition
    face: Face
    templates: Templates

    def fitted(self, template: str, pieces: Sequence[Fragment], limit: int) -> tuple[str, bool]:
        """The part, and whether every paper is in it in its rich form.

        What stands around the papers is measured by rendering it: each turn gives them as much less room as the
        part before was too heavy, until it fits or nothing but the frame is left.
        """
        room = limit
        while True:
            sections = fit(pieces, room)
            part = self._render(template, sections)
            excess = weigh(part) - limit
            if excess <= 0 or not any(section.pieces for section in sections):
                return part, not any(section.hidden or section.shortened for section in sections)
            room -= excess

    def _render(self, template: str, sections: Sequence[Shown]) -> str:
        closing = [words for words in (_unshown(sections), self.face.beyond) if words]
        values = {"face": self.face, "sections": sections, "notices": self._notices(sections), "closing": closing}
        return legal(self.templates.render(template, **values, **_setting(self.edition)))

    def _notices(self, sections: Sequence[Shown]) -> list[str]:
        """What a reader must know before he believes that this is all."""
        hidden = sum(section.hidden for section in sections)
        where = "on the web" if self.face.web else f"in the attached page, {_file_name(self.edition)}"
        papers = sum(len(section.items) for section in shown_sections(self.edition))
        if hidden:
            return [f"This mail shows {papers - hidden:,} of {papers:,} papers; all of them are {where}."]
        titles_only = any(section.shortened for section in sections)
        return [f"Where only a title stands, its abstract is {where}."] if titles_only else []


def _unshown(sections: Sequence[Shown]) -> str:
    """The sections for which there was no room at all, in one sentence."""
    missing = [section for section in sections if not section.pieces]
    papers = counted(sum(section.hidden for section in missing), "more paper")
    return f"{papers} under {counted(len(missing), 'more heading')}." if missing else ""
