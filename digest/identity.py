"""Which listed papers are new, which are known, which the page printed twice.

One pass over a listing against the known papers that share an identifier or a title key with it: the cost grows with
the listing, never with what has been seen. Decides and writes nothing: `recognise` answers with what to do.

Identity is an external identifier, else the title key: an identifier beats the title. Two identifiers of one scheme
never meet in one paper, so a title joins two records only while at most one of them has an identifier of that scheme.
Where nothing joins, nothing is merged: announcing twice is bad, losing a paper is worse.

A feed's own name for an entry (`guid`) is weaker: a paper may have another one in each feed, and feeds give one name to
different papers. It joins two records only where their words say so too, and keeps two of one feed apart only where
nothing but a title that says little, or that stands over other words, joins them ("Editorial", week after week).

arXiv never gives an id to another paper, while a paper's DOI may be corrected: an arXiv id with the title decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from digest.news import NEWS
from digest.revision import alike, folded, revised, same_words
from digest.text import title_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from digest.models import Identifier, ListedPaper
    from digest.revision import Revision

__all__ = ["Key", "Known", "Recognised", "Recognition", "key_of", "recognise"]

LOOSE, LASTING = "guid", "arxiv"
CONFLICTS, LONGEST_TITLE = 20, 100  # that are told of one listing, with so many letters of a title
NAMESAKES = 50  # papers of one title that are compared; in thousands, each with each would be too many


@dataclass(frozen=True, slots=True)
class Key:
    """What a listed paper can be recognised by."""

    title: str
    ids: tuple[Identifier, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """A paper of the store that the listing may mean, with its latest text and the day of the listing it is from."""

    paper: int
    keys: frozenset[str]
    ids: tuple[Identifier, ...]
    text: ListedPaper
    listed_on: date


@dataclass(frozen=True, slots=True)
class Recognised:
    """One paper of a listing: who it is and what is new about it.

    `paper` is the known paper's number, None for a new one. `position` counts from 1. `ids` and `keys` are those that
    the paper did not have; `revision` is None when its text says nothing new; `merges` are papers that it shows to be
    the same as this one.
    """

    paper: int | None
    position: int
    listed: ListedPaper
    keys: tuple[str, ...] = ()
    ids: tuple[Identifier, ...] = ()
    revision: Revision | None = None
    merges: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Recognition:
    """A listing, recognised: each paper once, in the order of the page. `conflicts` are lines for the owner."""

    papers: tuple[Recognised, ...]
    repeated: int
    conflicts: tuple[str, ...] = ()


def key_of(paper: ListedPaper) -> Key:
    """The key of one listed paper. Of two identifiers of one scheme, only the first names it."""
    ids = paper.ids if len(paper.ids) < 2 else tuple({i.scheme: i for i in reversed(paper.ids)}.values())[::-1]  # noqa: PLR2004
    return Key(title_key(paper.title, paper.abstract), ids)


def recognise(
    listed: Sequence[ListedPaper], keys: Sequence[Key], known: Iterable[Known], listed_on: date
) -> Recognition:
    """Say of each listed paper who it is; `keys[i]` belongs to `listed[i]`, `known` holds all that share one of them.

    Papers with identifiers are looked at first, so that a title printed without its id joins them wherever it stands.
    """
    register = Register(known)
    order = sorted(range(len(listed)), key=lambda i: not keys[i].ids)
    for index in order:
        register.take(Card(index + 1, listed[index], keys[index]))
    papers = tuple(record.recognised(listed_on) for record in register.seen())
    return Recognition(papers, repeated=len(listed) - len(papers), conflicts=tuple(register.conflicts()))


@dataclass(frozen=True, slots=True)
class Card:
    """One listed paper with its place and its key."""

    position: int
    listed: ListedPaper
    key: Key


class Record:
    """One paper while a listing is being recognised: a known one, or one that this listing brings.

    What it has is shared with the known paper until it gets more of it: a listing may mean 100,000 papers.
    """

    __slots__ = ("_ids", "absorbed", "cards", "fresh", "keys", "known", "names")

    def __init__(self, known: Known | None = None) -> None:
        self.known = known
        self.names: tuple[Identifier, ...] | set[Identifier] = known.ids if known else ()
        self.keys: frozenset[str] | set[str] = known.keys if known else frozenset()
        self.fresh: list[Identifier] = []
        self.cards: list[Card] = []
        self.absorbed: tuple[Known, ...] = ()
        self._ids: dict[str, str] | None = None

    @property
    def ids(self) -> Mapping[str, str]:
        """Its names that tell papers apart, by scheme."""
        if self._ids is None:
            self._ids = strict(self.names)
        return self._ids

    @property
    def age(self) -> tuple[bool, int]:
        """Known papers before new ones, older before younger."""
        return (self.known is None, self.known.paper if self.known else self.cards[0].position)

    def admits(self, ids: Mapping[str, str]) -> bool:
        """Whether these identifiers can be this paper's: it has no other one of the same scheme."""
        return all(self.ids.get(scheme, value) == value for scheme, value in ids.items())

    def named(self, names: Iterable[Identifier]) -> None:
        """Note further identifiers."""
        if more := [name for name in names if name not in self.names]:
            self.names = {*self.names, *more} if isinstance(self.names, tuple) else self.names | set(more)
            self._ids = None

    def titled(self, keys: Iterable[str]) -> None:
        """Note further title keys."""
        self.keys = self.keys.union(keys)

    def is_apart(self, card: Card) -> bool:
        """Whether it is another entry of the feed that this card is from, and only its title is like it."""
        guids = {feed_of(i.value): i.value for i in card.key.ids if i.scheme == LOOSE}
        mine = {i.value for i in self.names if i.scheme == LOOSE and feed_of(i.value) in guids}
        if not mine or mine & set(guids.values()):
            return False
        texts = [one.listed for one in self.cards] + ([self.known.text] if self.known else [])
        return not any(same_words(text, card.listed) for text in texts)

    def is_named(self, card: Card) -> bool:
        """Whether it has this card's arXiv id and title, whatever else it is called."""
        lasting = strict(card.key.ids).get(LASTING)
        return lasting is not None and self.ids.get(LASTING) == lasting and card.key.title in self.keys

    def reads_like(self, listed: ListedPaper) -> bool:
        """Whether some text of it is near this one: half of the title's words, or how the abstract opens."""
        texts = [card.listed for card in self.cards] + ([self.known.text] if self.known else [])
        return any(alike(text, listed) for text in texts)

    def absorb(self, other: Record) -> None:
        """Take over all that is known of a record that turned out to be the same paper."""
        self.named(other.names)
        self.titled(other.keys)
        self.fresh += other.fresh
        self.cards += other.cards
        self.absorbed = (*self.absorbed, *((other.known,) if other.known else ()), *other.absorbed)
        other.cards = []

    def recognised(self, listed_on: date) -> Recognised:
        """What this listing says of the paper."""
        first = min(self.cards, key=lambda card: card.position)
        had = self.known
        listed = folded([card.listed for card in sorted(self.cards, key=lambda card: card.position)], NEWS)
        old_keys = had.keys if had else frozenset()
        return Recognised(
            had.paper if had else None,
            first.position,
            listed=listed,
            keys=tuple(sorted(self.keys - old_keys)),
            ids=tuple(self.fresh),
            revision=self._revision(had, listed, listed_on) if had else None,
            merges=tuple(lost.paper for lost in self.absorbed),
        )

    def _revision(self, had: Known, listed: ListedPaper, on: date) -> Revision | None:
        lost = [one.text for one in self.absorbed]
        return revised(had.text, listed, known_on=had.listed_on, listed_on=on, absorbed=lost)


class Register:
    """The papers that this listing may mean, found by identifier and by title key."""

    def __init__(self, known: Iterable[Known]) -> None:
        self._by_id: dict[Identifier, Record] = {}
        self._by_key: dict[str, list[Record]] = {}
        self._conflicts: dict[int, str] = {}
        for paper in sorted(known, key=lambda k: k.paper):
            self._enter(Record(paper), paper.ids, paper.keys)

    def take(self, card: Card) -> None:
        """Find or open the record that this card belongs to."""
        record = self._found(card) or Record()
        record.cards.append(card)
        free = [i for i in card.key.ids if i not in self._by_id and record.admits(strict((i,)))]
        record.named(free)
        record.fresh += free
        if card.key.title in record.keys:
            self._enter(record, free, ())
        else:
            self._enter(record, free, (card.key.title,))
            record.titled((card.key.title,))

    def conflicts(self) -> Iterator[str]:
        """A line for each of the first cards that two papers lay claim to, and how many more there are."""
        yield from islice(self._conflicts.values(), CONFLICTS)
        if len(self._conflicts) > CONFLICTS:
            yield f"and {len(self._conflicts) - CONFLICTS:,} more such papers"

    def seen(self) -> list[Record]:
        """The records that the listing mentions, in the order of the page."""
        every = {id(record): record for records in self._by_key.values() for record in records if record.cards}
        return sorted(every.values(), key=lambda record: min(card.position for card in record.cards))

    def _enter(self, record: Record, ids: Iterable[Identifier], keys: Iterable[str]) -> None:
        for identifier in ids:
            self._by_id[identifier] = record
        for key in keys:
            self._by_key.setdefault(key, []).append(record)

    def _found(self, card: Card) -> Record | None:
        ids = strict(card.key.ids)
        found = [(i, self._by_id[i]) for i in card.key.ids if i in self._by_id]
        named = unique(r for i, r in found if i.scheme != LOOSE or r.reads_like(card.listed))
        namesakes = islice(self._by_key.get(card.key.title, ()), NAMESAKES)
        titled = sorted((r for r in namesakes if r.admits(ids) and not r.is_apart(card)), key=lambda r: r.age)
        fitting = sorted((r for r in named if r.admits(ids) or r.is_named(card)), key=lambda r: r.age)
        if len(fitting) < len(named):
            self._conflict(card, "its identifiers belong to different papers; they stay apart")
        elif any(not r.admits(ids) for r in fitting):
            self._conflict(card, "it has another identifier than before; the first one stays")
        if not fitting:
            return titled[0] if titled else None
        return self._joined(unique([*fitting, *titled]), card)

    def _joined(self, records: list[Record], card: Card) -> Record:
        """The first of these records, with the others as far as identifiers allow; always the older takes the younger."""
        joined, *others = records
        for other in others:
            if not joined.admits(other.ids):
                self._conflict(card, "two papers share its names; they stay apart")
                continue
            older, younger = sorted((joined, other), key=lambda record: record.age)
            self._replace(younger, older)
            older.absorb(younger)
            joined = older
        return joined

    def _conflict(self, card: Card, what: str) -> None:
        title = card.listed.title
        shown = title if len(title) <= LONGEST_TITLE else f"{title[:LONGEST_TITLE]}…"
        self._conflicts.setdefault(card.position, f"“{shown}”: {what}")

    def _replace(self, old: Record, new: Record) -> None:
        for identifier in old.names:
            self._by_id[identifier] = new
        for key in old.keys:
            self._by_key[key] = unique([new if record is old else record for record in self._by_key[key]])


def strict(ids: Iterable[Identifier]) -> dict[str, str]:
    """The identifiers that tell papers apart, by scheme."""
    return {i.scheme: i.value for i in ids if i.scheme != LOOSE}


def feed_of(guid: str) -> str:
    """What the names of one feed's entries have in common: all but the last part."""
    return guid[: max(guid.rfind(sign) for sign in ":/#?=") + 1]


def unique(records: Iterable[Record]) -> list[Record]:
    return list({id(record): record for record in records}.values())
