"""Editions for the tests of the mail: an invented morning of twelve papers, and as many more as a test asks for."""

# ruff: noqa: ANN401  builders hand on what they are given
from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from digest.models import Delivery, Edition, Identifier, Item, Paper, Section, Site, Tally
from digest.render.mail import MailBody, compose, message, seal
from digest.render.templates import Templates

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DAY = date(2026, 11, 20)
SENT = datetime(2026, 11, 20, 6, 0, 5, tzinfo=UTC)
SITE = Site("Morning Papers", owner="ada@example.org", sender="digest@example.org", schedule="weekdays at 07:00 Berlin")
WEB = replace(SITE, base_url="https://papers.example.org")
TEMPLATES = Templates()
TOPICS = (
    ("agents", "Agents & tool use"),
    ("llm", "Large language models"),
    ("speech", "Speech, audio & music"),
    ("health", "Health, biology & chemistry"),
    *((f"topic{n}", f"Topic {n}") for n in range(200)),
)


def paper(title: str, abstract: str | None = None, *, number: int = 1, **known: Any) -> Paper:
    """A paper as the store hands it out; it has an arXiv id unless `ids` says otherwise."""
    given: dict[str, Any] = {"ids": (Identifier("arxiv", f"2610.{number:05}"),), "listed_on": DAY} | known
    uid = uuid5(NAMESPACE_URL, f"test {number}").urn
    return Paper(id=number, uid=uid, revision=1, title=title, abstract=abstract, first_seen=SENT, **given)


def edition(*sections: Section, **known: Any) -> Edition:
    given: dict[str, Any] = {"title": "Morning Papers", "number": 42, "day": DAY, "created": SENT, "considered": 99}
    return Edition(digest="daily", sections=sections, **(given | {"topic_names": TOPICS} | known))


def one(title: str = "A Title", abstract: str | None = None, **known: Any) -> Edition:
    """An edition of a single paper under a topic."""
    return edition(Section("agents", "Agents & tool use", (Item(1, paper(title, abstract, **known), "agents"),)))


def many(papers: int, topics: int = 8, **known: Any) -> Edition:
    """An edition of so many papers of usual length, spread over sections that differ in size."""
    title = "An Invented Paper on the Usual Questions, With Number"
    abstract = "It has been known for long that papers are long. We show that {0} of them are longer. " * 3
    papers_ = [paper(f"{title} {n}", abstract.format(n), number=n, author_count=7) for n in range(1, papers + 1)]
    cuts = [round(papers * (at / topics) ** 1.5) for at in range(topics + 1)]
    sections = [
        Section(f"topic{at}", f"Topic {at}", tuple(Item(p.id, p, f"topic{at}") for p in papers_[start:end]))
        for at, (start, end) in enumerate(pairwise(cuts))
        if end > start
    ]
    return edition(*sections, **known)


def composed(edition: Edition, site: Site = SITE) -> MailBody:
    return compose(edition, seal(edition, site, TEMPLATES), site, templates=TEMPLATES)


def delivery(**known: Any) -> Delivery:
    given: dict[str, Any] = {
        "digest": "daily",
        "edition": 42,
        "to": "ada@example.org",
        "message_id": "<42.7f3a@example.org>",
    }
    return Delivery(id=7, state="queued", **(given | known))


def written(edition: Edition, site: Site = SITE, **known: Any) -> bytes:
    return message(composed(edition, site), delivery(**known), site, SENT)


def numbers(items: Iterable[Paper], start: int, topics: Sequence[str | None]) -> tuple[Item, ...]:
    return tuple(Item(start + at, paper, topic) for at, (paper, topic) in enumerate(zip(items, topics, strict=True)))


def morning(**known: Any) -> Edition:
    """Twelve invented papers in four sections, with all that a paper may lack."""
    agents = (
        paper(
            "A Citation Checker That Reads the Source",
            "Language models cite papers that do not say what they are cited for. CiteTrace opens every cited paper "
            "and rejects a reference whose text does not support the sentence: it finds 91% of invented citations, "
            "where matching titles finds 63%. We release the checker and 4,000 labelled citations, with the reasons "
            "that three readers gave for each of them.",
            number=1,
            author_count=7,
            published=date(2026, 10, 14),
            upvotes=41,
            comments=6,
        ),
        paper(
            "Small Teams of Web Agents Plan Better Than Large Ones",
            "Three agents with one shared page beat nine with private notes.",
            number=2,
            organisation="University of Examples",
            published=date(2026, 11, 2),
        ),
        paper("Ask Before You Act: Clarifying Questions as Tool Calls", None, number=3, author_count=1),
        paper("Tool Calls as Types", "A type checker rejects 80% of failing calls.", number=4, author_count=3, ids=()),
    )
    models = (
        paper(
            "Where the Loss Goes at Ten Trillion Tokens",
            "Scaling curves bend late in training, and nobody agrees on why.",
            number=5,
            authors=("Ida Invented", "Bo Beispiel"),
            published=date(2024, 2, 29),
            ids=(Identifier("arxiv", "2402.12345"), Identifier("doi", "10.1000/example.5")),
        ),
        paper(
            "Tokenizers & <Tags>: Who Closes Them?", 'They say "nobody".', number=6, url="https://example.org/a?b=1&c=2"
        ),
        paper("قراءة المخطوطات القديمة", "We present a model for old manuscripts.", number=7, author_count=3),
    )
    also = (
        paper("Whispered Vowels, Measured", "We measure formants in whispered speech.", number=8, comments=1),
        paper("A Ward Round With Two Radiologists and a Model", None, number=9, upvotes=1),
    )
    others = (
        paper("Notes on the Tides of Inland Seas", "They exist.", number=10, author_count=2),
        paper("Bookbinding for Robots Without Thumbs", None, number=11, ids=()),
        paper("A History of the Comma 🙂", None, number=12, url="https://www.example.net/comma"),
    )
    first, *further = numbers(agents, 1, ["agents"] * 4)
    leading = replace(first, terms=("tool use", "citation check*"), also=("llm", "health"))
    facts: dict[str, Any] = {"tally": Tally(28, 12, 14, 2), "quiet": (date(2026, 11, 19),)}
    return edition(
        Section("agents", "Agents & tool use", (leading, *further)),
        Section("llm", "Large language models", numbers(models, 5, ["llm"] * 3)),
        Section("also", "Also new", numbers(also, 8, ["speech", "health"])),
        Section("others", "Other papers", numbers(others, 10, [None] * 3)),
        **(facts | known),
    )
