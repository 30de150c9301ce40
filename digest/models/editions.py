"""What is published: a digest, its numbers, and the sealed pieces of their mails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import date, datetime, time
    from zoneinfo import ZoneInfo

    from digest.models.papers import Paper
    from digest.schedule import Schedule

__all__ = [
    "NOTHING_LISTED",
    "DigestRules",
    "Edition",
    "Fragment",
    "Item",
    "Others",
    "Section",
    "Sequel",
    "SequelKind",
    "Tally",
]

Others = Literal["titles", "count", "none"]
SequelKind = Literal["updated", "came back"]


@dataclass(frozen=True, slots=True)
class DigestRules:
    """What the owner asked of one digest. `topics` are ids in display order; empty means all of them.

    Without a `schedule` it is due whenever something is new. `zone` is where its clock hangs; None: where the site's does.
    At a slot it waits for a listing of that day from the source `after`, at most until the local time `until`.
    `updated`, `came_back`: whether its editions tell what became of the papers that earlier ones announced. `approve`:
    its mails wait for the owner's word.
    """

    name: str
    title: str
    topics: tuple[str, ...] = ()
    others: Others = "titles"
    sections: int = 8
    schedule: Schedule | None = None
    zone: ZoneInfo | None = None
    after: str | None = None
    until: time | None = None
    updated: bool = False
    came_back: bool = False
    approve: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One paper in an edition. `number` runs through the edition from 1: people say "look at 7".

    `topic` is the best topic of the digest that has a section, else the best (None: outside them); `also` are the
    further ones.
    """

    number: int
    paper: Paper
    topic: str | None = None
    terms: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    score: float = 0.0
    fallback: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """Papers that stand together. `key` is a topic id, "also" (topics with few papers) or "others" (outside them)."""

    key: str
    name: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Sequel:
    """What became of a paper that edition `number`, of `day`, announced: told beside the news, never counted.

    `paper` is as it is now. `former` is its title before, where it has another one; it was listed on `days` days since.
    """

    kind: SequelKind
    paper: Paper
    number: int
    day: date
    former: str | None = None
    days: int = 0
    comments_then: int | None = None
    upvotes_then: int | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """The count equation, summed over lists: listed = new + known + repeated.

    A list that was fetched several times on its day is one; an edition's lists are those since the edition before.
    """

    listed: int = 0
    new: int = 0
    known: int = 0
    repeated: int = 0


NOTHING_LISTED = Tally()


@dataclass(frozen=True, slots=True)
class Edition:
    """One dated, numbered number of a digest; once stored it is sealed.

    `day` is the date it bears (local); `slot` the nominal local time, None when unscheduled. `considered` is the
    last `news_no` it looked at. `quiet` are the days since the edition before on which everything was known.
    All papers are in `sections`, those outside the topics too: `others` only says what a mail shows of that section.
    `since` is the day of the first one where several are told of in one mail (`merging.merged`); such a one is never stored.
    """

    digest: str
    title: str
    number: int
    day: date
    created: datetime
    considered: int
    sections: tuple[Section, ...]
    tally: Tally = NOTHING_LISTED
    quiet: tuple[date, ...] = ()
    slot: datetime | None = None
    others: Others = "titles"
    topic_names: tuple[tuple[str, str], ...] = ()  # (id, name), as they were at sealing
    sequels: tuple[Sequel, ...] = ()
    since: date | None = None

    def name_of(self, topic: str) -> str:
        """The topic's name when this was sealed; a topic that was removed since keeps it."""
        return dict(self.topic_names).get(topic, topic)

    @property
    def items(self) -> tuple[Item, ...]:
        """All papers in the order of their numbers."""
        return tuple(item for section in self.sections for item in section.items)


@dataclass(frozen=True, slots=True)
class Fragment:
    """The mail text of one item, or (`number` 0) of a section's heading: rendered once, at sealing, never again.

    `rich` is HTML (the first of a section in full, the others compact), `line` the HTML title line that stands in
    for it in a heavy mail, `text` the plain text. Each ends in a newline, so that each can be encoded alone.
    """

    section: str
    number: int
    rich: str
    line: str
    text: str
