"""The words of a mail around its papers: subject, preheader, head, contents, foot."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import quote

from digest.edition import ALSO, OTHERS
from digest.models.delivery import EVERYBODY
from digest.render.mail.paper import linkless
from digest.render.paths import ARCHIVE, absolute, edition_page, leave_page, manage_page
from digest.render.shown import outside, papers_shown, shown_sections
from digest.render.words import (
    counted,
    day_span,
    in_full,
    long_day,
    short_day,
    short_name,
    shortened,
    summary,
    unbroken,
)
from digest.text import clean_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.models import Audience, Edition, Section, Site

__all__ = ["TOKEN_PLACE", "Face", "Row", "face_of", "leaving", "leaving_web"]

# In a body: where each reader's own token stands, which is as long. Nobody can know it, else a paper could name it, and so
# have each reader's token written into a link of its own.
TOKEN_PLACE = secrets.token_hex(10)
SUBJECT = 78  # characters into which the topics are made to fit; a phone shows forty
LONGEST_SUBJECT, LONGEST_NAME, LONGEST_TEASER = 150, 80, 72
NAMED = 2  # topics in the subject, titles in the preheader
STANDS_ALONE = ("s", "ing")  # plurals and Robotics and Reinforcement learning: no part of what follows
ROWS = 40  # of the contents; more are no overview


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the contents."""

    name: str
    papers: int


@dataclass(frozen=True, slots=True)
class Face:
    """What a mail says before and after its papers; the same for all who get it. "" where there is nothing to say."""

    language: str
    title: str
    subject: str
    preheader: str
    count: str
    summary: str
    search: str  # said where most papers have no link
    contents: tuple[Row, ...]
    beyond: str  # papers outside the topics, where only their count is wanted
    web: str
    reading: str  # what the link to it says
    leave: str  # where to unsubscribe
    manage: str  # where the reader changes or pauses it
    reason: str
    rhythm: str
    postal: str


def face_of(edition: Edition, site: Site, audience: Audience = EVERYBODY, *, of: Edition | None = None) -> Face:
    """All of it, from the edition and who gets it: what had to be left out for its weight is not known yet.

    `of` is the whole edition, where this one is what the audience chose of it.
    """
    whole = papers_shown(of or edition)
    return Face(
        language=site.language,
        title=shortened(clean_text(edition.title), LONGEST_NAME),
        subject=_subject(edition),
        preheader=_preheader(edition, audience),
        count=_count(edition, audience),
        summary=unbroken(_summary(edition, audience, whole)),
        search=_search(edition, site),
        contents=_contents(edition),
        beyond=_beyond(edition),
        web=absolute(site, ARCHIVE if edition.since else edition_page(edition.digest, edition.number)) or "",
        reading=f"Read all {whole:,} on the web" if whole > papers_shown(edition) else "Read on the web",
        leave="" if audience.many else leaving_web(site, TOKEN_PLACE) or leaving(edition.digest, site, TOKEN_PLACE),
        manage="" if audience.many or not site.joins else absolute(site, manage_page(TOKEN_PLACE)) or "",
        reason=_reason(edition, site, audience),
        rhythm=_rhythm(site, audience),
        postal=clean_text(site.postal or ""),
    )


def leaving(digest: str, site: Site, token: str) -> str:
    """Where to unsubscribe: a mail to the site's owner, who can act, with the token that says who wants to leave.

    "" where that is an address of this machine alone.
    """
    if site.owner.endswith("@localhost"):
        return ""
    subject = quote(f"unsubscribe {digest[:LONGEST_NAME]} {token}".rstrip(), safe="", errors="replace")
    return f"mailto:{quote(site.owner, safe='@')}?subject={subject}"


def leaving_web(site: Site, token: str) -> str:
    """The page on which to unsubscribe; "" where no server of ours answers, or nobody has this token."""
    return (site.joins and token and absolute(site, leave_page(token))) or ""


# --- subject and preheader ----------------------------------------------------------------------------------------


def _subject(edition: Edition) -> str:
    """The count first, since it decides whether to open now; a single paper is its own subject (standards M12)."""
    if papers_shown(edition) == 1:
        (only,) = (item for section in shown_sections(edition) for item in section.items)
        return shortened(clean_text(only.paper.title), LONGEST_SUBJECT)
    days = day_span(edition.since, edition.day) if edition.since else short_day(edition.day, edition.day.year)
    start = f"{_news(edition)}, {days}"
    return next(fitting for topics in _namings(edition) if len(fitting := start + topics) <= SUBJECT or not topics)


def _news(edition: Edition) -> str:
    """`25 new papers`; where none is in the topics, how many there are outside them. In a mail that catches up: missed."""
    papers = papers_shown(edition)
    if edition.since:
        return f"{counted(papers, 'paper')} you missed"
    if papers:
        return counted(papers, "new paper")
    return f"{counted(outside(edition), 'new paper')} outside your topics"


def _namings(edition: Edition) -> Iterator[str]:
    """`: Agents 5, Language models 4, +6 topics`, the largest first; then ever shorter, at last nothing."""
    sections = [section for section in shown_sections(edition) if section.key not in {ALSO, OTHERS}]
    sections.sort(key=lambda section: -len(section.items))
    for named in range(min(NAMED, len(sections)), 0, -1):
        rest = len(sections) - named
        further = (f"+{counted(rest, 'topic')}",) if rest else ()
        topics = (f"{_shortest_name(clean_text(section.name))} {len(section.items)}" for section in sections[:named])
        yield f": {', '.join((*topics, *further))}"
    yield ""


def _shortest_name(topic: str) -> str:
    """Up to its "&" where the first word stands alone, as in "Agents & tool use", unlike "Image & video generation"."""
    first = short_name(topic).partition("&")[0].strip()
    return first if first.endswith(STANDS_ALONE) else short_name(topic)


def _preheader(edition: Edition, audience: Audience) -> str:
    """`First title · first title of the next section · and 23 more`: what a list of mails shows after the subject."""
    papers = papers_shown(edition)
    if papers <= 1:  # the subject has said the title already, or there is none
        return _count(edition, audience)
    titles = (section.items[0].paper.title for section in shown_sections(edition))
    teasers = [shortened(clean_text(title), LONGEST_TEASER) for title in islice(titles, NAMED)]
    more = papers - len(teasers)
    return " · ".join([*teasers, *([f"and {more:,} more"] if more else [])])


# --- head and foot ------------------------------------------------------------------------------------------------


def _count(edition: Edition, audience: Audience) -> str:
    news = _news(edition) + (" in your topics" if audience.topics else "")
    if edition.since:
        return unbroken(f"{news} · {day_span(edition.since, edition.day)}")
    return unbroken(f"{news} · {long_day(edition.day)} · No. {edition.number}").replace("No. ", "No.\u00a0")


def _summary(edition: Edition, audience: Audience, whole: int) -> str:
    """What was listed; for a choice, whose counts these are not, that it is one, and that there is more."""
    shown = papers_shown(edition)
    selection = f"A selection from {counted(whole, 'paper')}, by the topics that you chose." if whole > shown else ""
    return " ".join(filter(None, (selection, summary(edition)))) if audience.topics else summary(edition)


def _search(edition: Edition, site: Site) -> str:
    """Said once, so that no address pretends to be the paper's. Title lines are no links: theirs would weigh too much."""
    unlinked = linkless(edition) and not site.base_url
    return "Where the listing printed no link, the one here is a search at arXiv." if unlinked else ""


def _contents(edition: Edition) -> tuple[Row, ...]:
    """A row for each section; beyond `ROWS` they are no overview and become one."""
    rows = [_row(section) for section in shown_sections(edition)]
    if len(rows) <= ROWS:
        return tuple(rows)
    rest = rows[ROWS - 1 :]
    return (*rows[: ROWS - 1], Row(f"under {len(rest)} more headings", sum(row.papers for row in rest)))


def _row(section: Section) -> Row:
    return Row(shortened(clean_text(section.name), LONGEST_NAME), len(section.items))


def _beyond(edition: Edition) -> str:
    """`17 more papers outside your topics`; silent when the count above says it already, or nobody wants to know."""
    wanted = edition.others == "count" and papers_shown(edition) and outside(edition)
    return f"{counted(wanted, 'more paper')} outside your topics." if wanted else ""


def _reason(edition: Edition, site: Site, audience: Audience) -> str:
    """Why this address gets it, and which topics were chosen for it."""
    digest = f"“{edition.digest}”"
    if audience.many:
        return f"This goes to a group: config.toml lists its address under {digest}. Ask {site.owner} to change that."
    listed = f"your address is on the list of {digest}, in config.toml"
    why = f"you subscribed to {digest}" if audience.subscribed else listed
    names = [shortened(clean_text(edition.name_of(topic)), LONGEST_NAME) for topic in audience.topics]
    missed = " It has what appeared while you paused, as you asked for." if audience.missed else ""
    return f"You get this because {why}.{missed}" + (f" Of your topics it has {in_full(names)}." if names else "")


def _rhythm(site: Site, audience: Audience) -> str:
    """Why a day may pass without a mail, and how to tell whether it was for that reason; the command is its owner's."""
    when = f"It comes {site.schedule}." if site.schedule else "It comes when something is new."
    why = "had nothing in your topics" if audience.topics else "was a quiet one"
    return f"{clean_text(when)} A day without a mail {why}{_doubt(site, audience)}."


def _doubt(site: Site, audience: Audience) -> str:
    nobody = site.owner.endswith("@localhost")
    if not (audience.subscribed or audience.many):
        return f"; if in doubt, see “digest status”{'' if nobody else f' or ask {site.owner}'}"
    named = audience.many or nobody  # a group's mail has named its owner already
    return "" if named else f"; if in doubt, ask {site.owner}"
