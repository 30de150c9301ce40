"""The values that pass between the stages, in the order in which a paper meets them.

    Fetched → Dump → Listing (ListedPaper, Reject) → Paper → Edition (Section, Item) → Document
                                                               └→ Delivery → Receipt

All are frozen and hold tuples, so that no stage can change what another one sees. Times are aware datetimes
in UTC; a `date` is a calendar day as it was printed. What a source did not print is None, never 0 or "".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import date, datetime

    from digest.errors import DigestError

DateFrom = Literal["file name", "header", "cards", "retrieved"]
DumpVerdict = Literal["new", "quiet", "duplicate", "suspect", "quarantined"]
RunVerdict = Literal["new", "quiet", "partial", "failed"]
State = Literal["queued", "in_doubt", "sent", "dead", "held", "cancelled"]
Others = Literal["titles", "count", "none"]


# --- ingest -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a source handed over: bytes with a name. Not yet ours: the store must own them before anything is parsed.

    `cursor` is the source's own mark of this version of `name`: it is stored in the transaction that owns the bytes,
    and handed back at the next look, so that what has not changed is not read again.
    """

    name: str
    body: bytes
    media_type: str | None = None
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Dump:
    """One retrieved document, whole, as it stands in the store; `retrieved` is its first retrieval."""

    sha256: str
    name: str
    body: bytes
    retrieved: datetime
    source: str
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class Identifier:
    """One name of a paper: scheme "arxiv" (without version), "doi", "openreview", "url" …; unique per (scheme, value)."""

    scheme: str
    value: str


@dataclass(frozen=True, slots=True)
class ListedPaper:
    """One paper as one dump prints it: cleaned text, no judgement yet whether it is known."""

    title: str
    abstract: str | None = None
    authors: tuple[str, ...] = ()
    author_count: int | None = None
    organisation: str | None = None
    published: date | None = None
    comments: int | None = None
    upvotes: int | None = None
    url: str | None = None
    ids: tuple[Identifier, ...] = ()
    categories: tuple[str, ...] = ()
    announce: str | None = None  # "new", "cross", "replace" …; only formats that say so


@dataclass(frozen=True, slots=True)
class Reject:
    """A piece of a dump that could not be read: kept and counted, never dropped. `line` counts from 1."""

    line: int
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class LineCounts:
    """Every line of a text dump, by what became of it; the five add up to the lines of the dump."""

    header: int = 0
    paper: int = 0
    metadata: int = 0
    blank: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class Listing:
    """What a parser read in a dump: papers in printed order (a card printed twice is there twice), and rejects."""

    parser: str
    listed_on: date
    date_from: DateFrom
    papers: tuple[ListedPaper, ...]
    rejects: tuple[Reject, ...] = ()
    lines: LineCounts = LineCounts()


@dataclass(frozen=True, slots=True)
class DumpReport:
    """What became of one dump; `listed == new + known + repeated`, and `withheld` is a part of `new`."""

    name: str
    sha256: str
    verdict: DumpVerdict
    listed_on: date | None = None
    listed: int = 0
    new: int = 0
    withheld: int = 0
    known: int = 0
    repeated: int = 0
    rejected: int = 0
    note: str | None = None


# --- publish ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Paper:
    """One piece of research as we know it, with the text of one revision (the latest, or the one an edition pins).

    `uid` is a `urn:uuid:` that never changes; `news_no` orders announcements and is None while withheld.
    `position`, `comments` and `upvotes` are those of the latest sighting that gives them; `sightings` counts dumps.
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

    @property
    def slug(self) -> str:
        """The stem of its page's file name: sixteen hex digits of `uid`, the same after a rebuilt database."""
        return self.uid.replace("-", "")[-16:]

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


@dataclass(frozen=True, slots=True)
class DigestRules:
    """What the owner asked of one digest. `topics` are ids in display order; empty means all of them."""

    name: str
    title: str
    topics: tuple[str, ...] = ()
    others: Others = "titles"
    sections: int = 8
    schedule: str | None = None


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
class Tally:
    """The count equation, summed over the dumps since the edition before: listed = new + known + repeated."""

    listed: int = 0
    new: int = 0
    known: int = 0
    repeated: int = 0


@dataclass(frozen=True, slots=True)
class Edition:
    """One dated, numbered number of a digest; once stored it is sealed.

    `day` is the date it bears (local); `slot` the nominal local time, None when unscheduled. `considered` is the
    last `news_no` it looked at. `quiet` are the days since the edition before on which everything was known.
    All papers are in `sections`, those outside the topics too: `others` only says what a mail shows of that section.
    """

    digest: str
    title: str
    number: int
    day: date
    created: datetime
    considered: int
    sections: tuple[Section, ...]
    tally: Tally = Tally()
    quiet: tuple[date, ...] = ()
    slot: datetime | None = None
    others: Others = "titles"
    topic_names: tuple[tuple[str, str], ...] = ()  # (id, name), as they were at sealing

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


# --- build ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Site:
    """What pages and mails say of themselves. `base_url` ends without a slash; None: there is no web, only files."""

    title: str
    base_url: str | None = None
    time_zone: str = "UTC"
    language: str = "en"
    owner: str = "reader@localhost"
    sender: str = "digest@localhost"
    schedule: str | None = None  # in words, for people


@dataclass(frozen=True, slots=True)
class Headline:
    """An edition without its papers: what an archive needs of it. `topics` are (id, count), largest first."""

    digest: str
    title: str
    number: int
    day: date
    created: datetime
    papers: int
    topics: tuple[tuple[str, int], ...] = ()
    tally: Tally = Tally()
    leading: tuple[tuple[str, str], ...] = ()  # (topic id, title of its first paper)


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
    """All that a paper's own page shows."""

    announced: Announced
    sightings: tuple[Sighting, ...]


@dataclass(frozen=True, slots=True)
class Shelf:
    """A topic with its latest papers, newest first, and how many it had in each week (Monday, count), oldest first."""

    topic: Topic
    papers: tuple[Announced, ...]
    weeks: tuple[tuple[date, int], ...]
    total: int


@dataclass(frozen=True, slots=True)
class Publication:
    """All that the renderers of feeds and pages may use, from the database alone.

    `headlines`, `days`, `recent` and `shelves` are complete (newest first); `editions` and `papers` hold only those
    whose own pages must be written again.
    """

    site: Site
    headlines: tuple[Headline, ...]
    days: tuple[ListedDay, ...]
    recent: tuple[Announced, ...]
    shelves: tuple[Shelf, ...]
    editions: tuple[Edition, ...] = ()
    papers: tuple[PaperRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """One rendered output: `path` relative to the output folder, with forward slashes."""

    path: str
    text: str
    media_type: str = "text/html"


# --- deliver ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Delivery:
    """One edition owed to one subscription: a row of the outbox. `message_id` is the same on every attempt."""

    id: int
    digest: str
    edition: int
    to: str
    state: State
    message_id: str
    attempts: int = 0
    doubts: int = 0
    next_at: datetime | None = None
    last_reply: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A delivery with the bytes to hand over (RFC 5322, CRLF)."""

    delivery: Delivery
    content: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """A channel's word that a message was accepted; `reply` is what it said."""

    reply: str


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    """How many deliveries are in each state."""

    queued: int = 0
    in_doubt: int = 0
    sent: int = 0
    dead: int = 0
    held: int = 0
    cancelled: int = 0


@dataclass(frozen=True, slots=True)
class RunReport:
    """What one run did. `deliveries`: settled by this run (sent, dead, cancelled), or waiting after it (the others)."""

    verdict: RunVerdict
    dumps: tuple[DumpReport, ...] = ()
    editions: tuple[Edition, ...] = ()
    deliveries: OutboxCounts = OutboxCounts()
    errors: tuple[DigestError, ...] = ()
