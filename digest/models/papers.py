"""What is known: papers and where they were seen, topics and why they match."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

    from digest.models.dumps import Identifier

__all__ = ["Match", "Paper", "Resemblance", "Sighting", "Topic"]


def slug_of(uid: str) -> str:
    """The stem of a paper's page: sixteen hex digits of its `uid`, the same after a rebuilt database."""
    return uid.replace("-", "")[-16:]


@dataclass(frozen=True, slots=True)
class Resemblance:
    """Another paper with a near-equal abstract: perhaps an earlier or a later version of the same work.

    `title` and `listed_on` are the other one's; `announced`: it was, so that it has a page.
    """

    id: int
    uid: str
    title: str
    listed_on: date
    announced: bool

    @property
    def slug(self) -> str:
        """The stem of its page's file name."""
        return slug_of(self.uid)


@dataclass(frozen=True, slots=True)
class Paper:
    """One piece of research as we know it, with the text of one revision (the latest, or the one an edition pins).

    `uid` is a `urn:uuid:` that never changes; `news_no` orders announcements and is None while withheld.
    `position`, `comments` and `upvotes` are those of the latest sighting that gives them; `sightings` counts dumps.
    `earlier` are papers that it is perhaps a new version of.
    """

    id: int
    uid: str
    revision: int
    title: str
    first_seen: datetime
    listed_on: date
    abstract: str | None = None
    authors: tuple[str, ...] = ()
    author_count: int | None = None
    organisation: str | None = None
    published: date | None = None
    url: str | None = None
    ids: tuple[Identifier, ...] = ()
    categories: tuple[str, ...] = ()
    news_no: int | None = None
    position: int = 0
    comments: int | None = None
    upvotes: int | None = None
    sightings: int = 1
    earlier: tuple[Resemblance, ...] = ()

    @property
    def slug(self) -> str:
        """The stem of its page's file name."""
        return slug_of(self.uid)

    def id_of(self, scheme: str) -> str | None:
        """Its first identifier of that scheme, if it has one."""
        return next((i.value for i in self.ids if i.scheme == scheme), None)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One paper in one dump; `position` counts from 1 in the order of the page."""

    source: str
    dump: str
    listed_on: date
    position: int
    comments: int | None = None
    upvotes: int | None = None


@dataclass(frozen=True, slots=True)
class Topic:
    """A named rule over papers; `id` is frozen for ever, since editions, feeds and subscriptions refer to it."""

    id: str
    name: str
    strong: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    title: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """Why a paper stands under a topic: the terms that were found; a fallback is a guess from too few of them."""

    topic: str
    score: float
    terms: tuple[str, ...]
    fallback: bool = False
