"""The body of an edition's mail: its fragments joined, as light as a mail must be; the same for all who get it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from digest.edition import chosen
from digest.models.delivery import EVERYBODY
from digest.render.characters import legal
from digest.render.mail.columns import typesetting
from digest.render.mail.fragments import arranged
from digest.render.mail.head import TOKEN_PLACE, Face, face_of
from digest.render.mail.paper import href_of
from digest.render.mail.weight import LIMIT, Shown, fit, weigh
from digest.render.pages import standalone
from digest.render.sequels import sequel_groups
from digest.render.shown import papers_shown, shown_sections
from digest.render.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.models import Audience, Edition, Fragment, Site
    from digest.render.sequels import SequelGroup
    from digest.render.templates import Templates

__all__ = ["MailBody", "compose"]

SEQUELS = 6  # of each kind; they are no news
TEXT_LIMIT = 512 * 1024  # bytes: about 1,200 papers. Beyond, the text part too shows the first papers of each section


@dataclass(frozen=True, slots=True)
class MailBody:
    """A composed mail before it is addressed. `attachment` is a whole HTML page, or None; `title` goes into From."""

    subject: str
    preheader: str
    html: str
    text: str
    attachment: str | None = None
    title: str = ""
    file_name: str = "edition.html"

    def as_sample(self) -> MailBody:
        """The same for nobody: to be looked at, with links that lead to no reader."""
        return replace(self, html=nobodys(self.html), text=nobodys(self.text))


def nobodys(text: str) -> str:
    """Without a token, or with a word that is none."""
    return text.replace(f"%20{TOKEN_PLACE}", "").replace(TOKEN_PLACE, "sample")


def compose(
    edition: Edition, fragments: Sequence[Fragment], site: Site, *, templates: Templates, audience: Audience = EVERYBODY
) -> MailBody:
    """The body from sealed fragments: at most `LIMIT` bytes of HTML whatever the count, text of at most `TEXT_LIMIT`.

    The text keeps the claims that the HTML had to drop, as it is not what mail programs cut off.
    What had to be shortened or left out is a link to the edition's page, or, without a `base_url`, the whole edition
    as an attached page. It depends on what its readers chose, not on who they are: where a link is to be personal,
    `TOKEN_PLACE` stands in it.
    """
    whole, edition = edition, chosen(edition, audience.topics)
    if audience.topics:
        fragments = arranged(edition, fragments, templates)
    keys = {section.key for section in shown_sections(edition)}
    pieces = [fragment for fragment in fragments if fragment.section in keys]
    sequels = sequel_groups(edition, lambda paper: href_of(paper, site), SEQUELS)
    parts = _Parts(edition, face_of(edition, site, audience, of=whole), sequels=sequels, templates=templates)
    html, light = parts.fitted("mail/edition.html.j2", pieces, LIMIT)
    text, _ = parts.fitted("mail/edition.txt.j2", [replace(f, rich=f.text, line=f.text) for f in pieces], TEXT_LIMIT)
    attachment = None if light or site.base_url else standalone(edition, site, templates)
    return MailBody(
        parts.face.subject, parts.face.preheader, html, text, attachment, parts.face.title, _file_name(edition)
    )


def _file_name(edition: Edition) -> str:
    return f"{edition.digest}-{edition.number}.html"


@dataclass(frozen=True, slots=True)
class _Parts:
    """Makes the HTML part and the text part, each measured until it is light enough."""

    edition: Edition
    face: Face
    sequels: tuple[SequelGroup, ...]
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
        values |= {"sequels": self.sequels}
        return legal(self.templates.render(template, **values, **typesetting(self.edition)))

    def _notices(self, sections: Sequence[Shown]) -> list[str]:
        """What a reader must know before he believes that this is all."""
        hidden = sum(section.hidden for section in sections)
        where = "on the web" if self.face.web else f"in the attached page, {_file_name(self.edition)}"
        papers = papers_shown(self.edition)
        if hidden:
            return [f"This mail shows {papers - hidden:,} of {papers:,} papers; all of them are {where}."]
        titles_only = any(section.shortened for section in sections)
        return [f"Where only a title stands, its abstract is {where}."] if titles_only else []


def _unshown(sections: Sequence[Shown]) -> str:
    """The sections for which there was no room at all, in one sentence."""
    missing = [section for section in sections if not section.pieces]
    papers = counted(sum(section.hidden for section in missing), "more paper")
    return f"{papers} under {counted(len(missing), 'more heading')}." if missing else ""
