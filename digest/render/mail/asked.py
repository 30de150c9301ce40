"""Mails to readers who asked on the web: the link that confirms, or the one by which they change what they get."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from digest.render.characters import legal
from digest.render.mail.body import MailBody
from digest.render.mail.columns import fill
from digest.render.paths import absolute, confirm_page, manage_page
from digest.render.words import in_full, named_time, shortened, unbroken
from digest.text import clean_text

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from digest.models import Request, Site
    from digest.render.templates import Templates

__all__ = ["Asked", "answer_body"]

LONGEST_NAME, LONGEST_TOPICS = 80, 400


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for, in words: a digest's title, when it comes, and the names of its topics that were chosen."""

    title: str
    rhythm: str
    topics: tuple[str, ...]
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Reply:
    """What the templates say. `place` is the host, `topics` are in words, "" for all; `until` is the last hour of the link."""

    language: str
    subject: str
    title: str
    address: str
    place: str
    rhythm: str
    topics: str
    link: str
    until: str
    owner: str


def answer_body(request: Request, asked: Asked, site: Site, templates: Templates) -> MailBody:
    """The mail that a request owes, from its own templates, before it is addressed. There must be a `base_url`."""
    reply = reply_of(request, asked, site)
    values = {"reply": reply, "fill": fill}
    html, text = (templates.render(f"mail/{request.kind}.{ending}.j2", **values) for ending in ("html", "txt"))
    return MailBody(reply.subject, "", legal(html), legal(text), title=reply.title)


def reply_of(request: Request, asked: Asked, site: Site) -> Reply:
    title = shortened(clean_text(asked.title), LONGEST_NAME)
    confirms = request.kind == "confirm"
    page = confirm_page(request.token) if confirms else manage_page(request.link)
    return Reply(
        language=site.language,
        subject=f"Please confirm: {title}" if confirms else f"Your link: {title}",
        title=title,
        address=request.address,
        place=urlsplit(site.base_url or "").hostname or "",
        rhythm=clean_text(asked.rhythm),
        topics=unbroken(shortened(in_full([clean_text(name) for name in asked.topics]), LONGEST_TOPICS)),
        link=absolute(site, page) or "",
        until=last_hour(request.until, asked.zone),
        owner="" if site.owner.endswith("@localhost") else site.owner,
    )


def last_hour(moment: datetime, zone: ZoneInfo) -> str:
    """`Wed 2 Dec 05:53 (Europe/Berlin)`."""
    local = moment.astimezone(zone)
    return f"{named_time(local, local)} ({zone.key})"
