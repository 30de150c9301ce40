"""What a person would look at before a release: a mail of each kind and a page of each type, as HTML by its name."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

from digest.edition import Imprint, compose
from digest.models import Audience, DigestRules, Dump, Identifier, Item, Resemblance, Section, Sequel, Tally
from digest.models.delivery import EVERYBODY
from digest.parsers import parse
from digest.render.mail import compose as compose_mail
from digest.render.mail import seal
from digest.render.pages import pages, standalone
from digest.samples import sample_days
from digest.topics import Classifier, default_never, default_topics
from tests.mails import DAY, SENT, SITE, TEMPLATES, WEB, edition, many, morning, paper
from tests.publications import WEB as PAGES_WEB
from tests.publications import by_path, invented, publication, with_paper

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from digest.models import Edition, ListedPaper, Paper, Site

__all__ = ["HOSTILE", "MAILS", "PAGES", "hostile_mail", "hostile_site", "site"]

PUBLISHED = replace(WEB, postal="Morning Papers, 1 Example Street, 12345 Exampleton")
CHOSEN = Audience(("llm", "vision", "efficiency"), subscribed=True)
UNBROKEN = "Antidisestablishmentarianism" * 12  # 336 characters without a place to break
HOSTILE = {
    "one long word": UNBROKEN,
    "an address": f"https://example.org/{UNBROKEN}?{UNBROKEN}",
    "Arabic": "عنوان طويل جدا يقرأ من اليمين إلى اليسار وفيه كلمة واحدة طويلة " * 4,
    "Hebrew": "כותרת ארוכה מאוד שנקראת מימין לשמאל " * 6,
    "Chinese": "中文的标题没有空格所以不能在空格处折行而且很长" * 10,
    "Thai": "ชื่อเรื่องภาษาไทยที่ยาวมากและไม่มีช่องว่างให้ตัดบรรทัด" * 5,
}


# --- mails --------------------------------------------------------------------------------------------------------


def sample(papers: int) -> Edition:
    """An edition of so many papers of the sample day of 20 November, under the built-in topics."""
    classify = Classifier(default_topics(), default_never()).classify
    (day,) = (path for path in sample_days() if path.stem == DAY.isoformat())
    dump = Dump("0" * 64, day.name, day.read_bytes(), SENT, "dumps")
    found = [_known(one, at) for at, one in enumerate(parse(dump).papers[:papers], start=1)]
    tally = Tally(41, papers, 39 - papers, 2)
    return compose(
        DigestRules("daily", "Morning Papers"),
        default_topics(),
        classified=[(one, classify(one)) for one in found],
        imprint=Imprint(42, DAY, SENT, considered=99, tally=tally, quiet=(date(2026, 11, 19),)),
    )


def _known(listed: ListedPaper, number: int) -> Paper:
    same = ("author_count", "organisation", "published", "comments", "upvotes", "ids")
    known = {name: getattr(listed, name) for name in same}
    return paper(listed.title, listed.abstract, number=number, position=number, **known)


def mail(edition: Edition, site: Site = PUBLISHED, audience: Audience = EVERYBODY) -> str:
    """The HTML part of its mail."""
    fragments = seal(edition, site, TEMPLATES)
    return compose_mail(edition, fragments, site, templates=TEMPLATES, audience=audience).html


def with_a_past(edition: Edition, title: str = "The Forgetful Librarian, First Draft") -> Edition:
    """The same, where each paper is perhaps a new version, and earlier papers have come back."""
    eight_days_before, twelve_days_before = (edition.day - timedelta(days=days) for days in (8, 12))
    old = paper(title, number=800)
    version = (Resemblance(800, old.uid, title, eight_days_before, announced=True),)
    sections = [
        replace(one, items=tuple(replace(item, paper=replace(item.paper, earlier=version)) for item in one.items))
        for one in edition.sections
    ]
    sequels = (
        Sequel("updated", old, 40, eight_days_before, former=f"{title}, Formerly"),
        Sequel("updated", replace(old, ids=()), 40, eight_days_before),
        Sequel("came back", old, 38, twelve_days_before, days=4, comments_then=2),
    )
    return replace(edition, sections=tuple(sections), sequels=sequels)


def full_of(text: str) -> Edition:
    """An edition with this text in every place that takes one, in each form of a paper."""
    items = [Item(one.id, one, "x", (text,), ("y",)) for one in (hostile(text, number) for number in range(1, 7))]
    outside = tuple(replace(one, topic=None) for one in items[4:])
    sections = (
        Section("x", text, tuple(items[:3])),
        Section("also", "Also new", (items[3],)),
        Section("others", text, outside),
    )
    return with_a_past(edition(*sections, title=text, topic_names=(("x", text), ("y", text))), text)


def hostile(text: str, number: int = 1) -> Paper:
    """A paper that says nothing else; every second one has no link."""
    ids = (Identifier("arxiv", f"2611.{number:05}"),) if number % 2 else ()
    return paper(text, f"{text}. We show that {text}.", number=number, organisation=text, ids=ids)


MAILS: Mapping[str, Callable[[], str]] = {
    "25 papers": lambda: mail(sample(25)),
    "one paper": lambda: mail(sample(1)),
    "chosen topics": lambda: mail(sample(25), audience=CHOSEN),
    "a group": lambda: mail(sample(25), audience=Audience(many=True)),
    "sequels and versions": lambda: mail(with_a_past(sample(9))),
    "gaps and no web": lambda: mail(morning(), SITE),
    "400 papers": lambda: mail(many(400)),
}


def hostile_mail(text: str) -> str:
    """The HTML part of a mail that is full of this text."""
    return mail(full_of(text))


# --- pages --------------------------------------------------------------------------------------------------------

PAGES = {
    "front": "index.html",
    "archive": "archive.html",
    "topics": "topics.html",
    "topic": "topics/agents.html",
    "empty topic": "topics/silent.html",
    "edition": "editions/daily/41.html",
    "paper": f"papers/{invented(6, '').slug}.html",
    "attached": "attached.html",
}


@cache
def site() -> Mapping[str, str]:
    """Every document of a site by its path; and, as a page of it, what is attached to a heavy mail."""
    found = publication(PAGES_WEB)
    editions = tuple(map(with_a_past, found.editions))
    attached = standalone(with_a_past(sample(25)), PUBLISHED, TEMPLATES)
    return by_path(pages(replace(found, editions=editions), TEMPLATES)) | {PAGES["attached"]: attached}


def hostile_site(text: str) -> Mapping[str, str]:
    """Every document of a site whose only paper is made of this text."""
    return by_path(pages(with_paper(hostile(text), PAGES_WEB), TEMPLATES))
