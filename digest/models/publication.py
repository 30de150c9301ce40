"""What feeds and pages are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.models.editions import NOTHING_LISTED

if TYPE_CHECKING:
    from datetime import date, datetime

    from digest.models.editions import Edition, Tally
    from digest.models.papers import Paper, Resemblance, Sighting, Topic

__all__ = [
    "Announced",
    "Document",
    "Headline",
    "ListedDay",
    "PaperRecord",
    "Publication",
    "Shelf",
    "Site",
    "TermCount",
    "Volume",
]


@dataclass(frozen=True, slots=True)
class Site:
    """What pages and mails say of themselves. `base_url` ends without a slash; None: there is no web, only files.

    `web`: a server of ours answers there, so that pages may offer a search; `joins`: people may subscribe there.
    """

    title: str
    base_url: str | None = None
    time_zone: str = "UTC"
    language: str = "en"
    owner: str = "reader@localhost"
    sender: str = "digest@localhost"
    schedule: str | None = None  # in words, for people
    postal: str | None = None  # a name and an address of a house, for the foot of a mail
    web: bool = False
    joins: bool = False

    @property
    def prefix(self) -> str:
        """The path below which it stands on its host: `/papers`, or nothing."""
        place = (self.base_url or "").partition("://")[2].partition("/")
        return f"/{place[2]}" if place[2] else ""


@dataclass(frozen=True, slots=True)
class Headline:
    """An edition without its papers: what an archive needs of it. `topics` are (id, count), largest first.

    `papers` are those that it shows; `outside` those outside its topics that it only counts.
    """

    digest: str
    title: str
    number: int
    day: date
    created: datetime
    papers: int
    outside: int = 0
    topics: tuple[tuple[str, int], ...] = ()
    tally: Tally = NOTHING_LISTED
    leading: tuple[tuple[str, str], ...] = ()  # (topic id, title of its first paper)
    slot: datetime | None = None  # the nominal local time of its schedule, if it had one


@dataclass(frozen=True, slots=True)
class ListedDay:
    """What one calendar day's dumps held; a day with `tally.new == 0` was quiet, which is shown, not hidden."""

    day: date
    tally: Tally
    edition: tuple[str, int] | None = None  # (digest, number) that was published from it first


@dataclass(frozen=True, slots=True)
class Announced:
    """A paper with its latest text and the edition that announced it first.

    `published` is the edition's time less the rank in seconds, `updated` changes with a significant revision only.
    """

    paper: Paper
    digest: str
    edition: int
    day: date
    number: int
    published: datetime
    updated: datetime
    topic: str | None = None
    terms: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PaperRecord:
    """All that a paper's own page shows; `later` are papers that are perhaps new versions of it.

    `retracted`: no listing has it any more, it was read there by mistake.
    """

    announced: Announced
    sightings: tuple[Sighting, ...]
    retracted: bool = False
    later: tuple[Resemblance, ...] = ()


@dataclass(frozen=True, slots=True)
class Shelf:
    """A topic with its latest papers, newest first, and how many it had in each week (Monday, count), oldest first.

    Its papers are those that stand under it in their edition, and those that are also in it.
    """

    topic: Topic
    papers: tuple[Announced, ...]
    weeks: tuple[tuple[date, int], ...]
    total: int


@dataclass(frozen=True, slots=True)
class Volume:
    """Editions that are over, bound for good: the papers that they announced stand in one archived feed.

    `name` is their month, `2026-10`, and for a further one of the same month `2026-10-2`; `first` and `last` are the ids
    of its editions.
    """

    name: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class TermCount:
    """In how many papers a term mattered for their topic: in the latest four weeks, and in the twelve before."""

    term: str
    lately: int
    before: int


@dataclass(frozen=True, slots=True)
class Publication:
    """All that the renderers of feeds and pages may use, from the database alone.

    `headlines`, `days`, `recent` and `shelves` are complete (newest first); `editions` and `papers` hold only those
    whose own pages must be written again. `recent` goes back to `bound`, the last volume, where there is one.
    `months` are those whose own pages must be written again, as `2026-11`; None: all. `terms` are those of the last
    weeks.
    """

    site: Site
    headlines: tuple[Headline, ...]
    days: tuple[ListedDay, ...]
    recent: tuple[Announced, ...]
    shelves: tuple[Shelf, ...]
    editions: tuple[Edition, ...] = ()
    papers: tuple[PaperRecord, ...] = ()
    bound: Volume | None = None
    months: frozenset[str] | None = None
    terms: tuple[TermCount, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """One rendered output: `path` relative to the output folder, with forward slashes."""

    path: str
    text: str
    media_type: str = "text/html"
