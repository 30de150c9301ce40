"""Generated papers as the renderers get them: an edition, and a publication for feeds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bench.generate import DAY, papers
from digest.edition import Imprint, compose
from digest.models import Announced, DigestRules, Edition, Item, Publication, Shelf, Site, Tally, Topic
from digest.topics import Classifier, default_never, default_topics

__all__ = ["SITE", "edition", "publication"]

SITE = Site("Morning Papers", base_url="https://papers.example.org")
CREATED = datetime(2026, 11, 20, 7, tzinfo=UTC)


def edition(count: int) -> Edition:
    """One edition of generated papers over the built-in topics."""
    topics, some = default_topics(), papers(count)
    classify = Classifier(topics, default_never()).classify
    return compose(
        DigestRules("daily", SITE.title),
        topics,
        classified=[(paper, classify(paper)) for paper in some],
        imprint=Imprint(1, DAY, CREATED, considered=count, tally=Tally(count, count)),
    )


def publication(count: int) -> Publication:
    """All that feeds are made of: so many recent papers, on the shelves of their topics."""
    recent = tuple(_announced(item) for item in edition(count).items)
    shelves = tuple(_shelf(topic, recent) for topic in default_topics())
    return Publication(SITE, headlines=(), days=(), recent=recent, shelves=shelves)


def _announced(item: Item) -> Announced:
    published = CREATED - timedelta(seconds=item.number)
    return Announced(
        item.paper,
        "daily",
        edition=1,
        day=DAY,
        number=item.number,
        published=published,
        updated=published,
        topic=item.topic,
        terms=item.terms,
        also=item.also,
    )


def _shelf(topic: Topic, recent: tuple[Announced, ...]) -> Shelf:
    under = tuple(announced for announced in recent if announced.topic == topic.id)
    return Shelf(topic, under, weeks=((DAY, len(under)),), total=len(under))
