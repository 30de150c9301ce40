"""What comes in: bytes, and what a parser read in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import date, datetime

    from digest.errors import DigestError

__all__ = [
    "DateFrom",
    "Dump",
    "DumpReport",
    "DumpVerdict",
    "Fetched",
    "Identifier",
    "LineCounts",
    "ListedPaper",
    "Listing",
    "Reject",
    "Unchanged",
]

DateFrom = Literal["file name", "header", "cards", "retrieved"]
DumpVerdict = Literal["new", "quiet", "duplicate", "suspect", "quarantined", "dismissed"]


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
class Unchanged:
    """What a source says when it was asked for `name` and has no other version of it; `cursor` as in `Fetched`.

    `fault`: why nothing could be had, with what is to be remembered all the same.
    """

    name: str
    cursor: str
    fault: DigestError | None = None


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
    """One paper as one dump prints it: cleaned text, no judgement yet whether it is known.

    `published` is the paper's own day; `day` the one on which it was put on the list, where the format says it for each.
    """

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
    day: date | None = None


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
    """What a parser read in a dump: papers in printed order (a card printed twice is there twice), and rejects.

    `rolling`: it shows the latest papers of many days, as feeds do, so that its own day is no paper's. `whole` is False
    where it breaks off before its end.
    """

    parser: str
    listed_on: date
    date_from: DateFrom
    papers: tuple[ListedPaper, ...]
    rejects: tuple[Reject, ...] = ()
    lines: LineCounts = LineCounts()
    rolling: bool = False
    whole: bool = True

    def day_of(self, paper: ListedPaper) -> date | None:
        """The day on which it put this paper on the list; None where nothing says it.

        A listing of one day says it for all, and one that says what is new, crossed or replaced is of one day.
        """
        return paper.day or (None if self.rolling and paper.announce is None else self.listed_on)


@dataclass(frozen=True, slots=True)
class DumpReport:
    """What became of one dump; `listed == new + known + repeated`.

    `withheld` is a part of `new`: known from now on, but no news. `announced` is a part of `known`: papers that were
    withheld until this dump listed them as new. `same_as` names the dump that had the same bytes, for a duplicate.
    """

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
    announced: int = 0
    same_as: str | None = None

    @property
    def news(self) -> int:
        """How many papers it brought that are news."""
        return self.new - self.withheld + self.announced

    @property
    def unread(self) -> bool:
        """Whether it was not read, or too little of it: someone should look."""
        return self.verdict in {"suspect", "quarantined"}
