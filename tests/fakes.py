"""Stand-ins for the world: a desk on a temporary folder with a fixed clock, pages in text, a channel that fails."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from digest import config, pipeline
from digest.commands.wiring import wired
from digest.deliver.maildir import Maildir
from digest.errors import Busy
from digest.ingest import Feeding
from digest.models import ListedPaper, Listing
from digest.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from digest.desk import Desk
    from digest.errors import DigestError
    from digest.ingest import First
    from digest.models import Dump, DumpReport, Fetched, Message, Receipt, RunReport, Unchanged

__all__ = ["DAY", "Place", "Refusing", "Scripted", "broken", "card", "dirty", "endless", "leaving", "page"]

DAY = datetime(2026, 11, 16, 7, tzinfo=UTC)
LONG_AGO = 1_700_000_000  # a file this old has settled
SENTENCES = (  # under forty words: abstracts of one pattern are no versions of one paper
    "We introduce a careful method for {topic} and describe every step of it in enough detail to repeat.",
    "On nine invented benchmarks it needs a third of the memory.",
)


def card(name: str, topic: str = "graph neural networks") -> tuple[str, str]:
    """A title and an abstract that belong to each other and to no other name."""
    abstract = " ".join(SENTENCES).format(topic=f"{topic} in the case of {name}")
    return f"The {name} Method for Patient Readers of Long Listings", abstract


def page(*cards: tuple[str, str] | tuple[str, str, str], day: str = "Nov 16") -> str:
    """A listing page in text; a card with a third part has that arXiv id."""
    blocks = ["new", "Get trending papers in your email inbox!", "Subscribe", "Daily Papers", day]
    for title, abstract, *ids in cards:
        links = [f"https://huggingface.co/papers/{one}" for one in ids]
        blocks += [title, *links, abstract, *links]
    return "\n\n".join(blocks) + "\n"


@dataclass
class Place:
    """A digest of one's own in a temporary folder: dumps go in, days go by."""

    folder: Path
    text: str = ""
    now: datetime = DAY

    def __post_init__(self) -> None:
        (self.folder / "dumps").mkdir(parents=True, exist_ok=True)

    @property
    def config(self) -> config.Config:
        return config.parse(self.text, self.folder)

    def drop(self, text: str | bytes, name: str | None = None) -> Path:
        """A dump, settled long ago."""
        path = self.folder / "dumps" / (name or f"{self.now:%Y-%m-%d}.txt")
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        os.utime(path, (LONG_AGO + self.now.timestamp() % 1e6, LONG_AGO))
        return path

    @contextmanager
    def desk(self, change: Callable[[Desk], Desk] = lambda desk: desk) -> Iterator[Desk]:
        with Store(self.config.database) as store:
            yield change(wired(self.config, store))

    def run(self, change: Callable[[Desk], Desk] = lambda desk: desk) -> RunReport:
        """One run, now."""
        with self.desk(change) as desk:
            return pipeline.run(desk, self.now)

    def publish(self) -> tuple[DumpReport, ...]:
        """What a run does without delivering and building: several times as fast."""
        with self.desk() as desk:
            pipeline.register(desk, self.now)
            reports = pipeline.ingest(desk, desk.sources, self.now, [])
            pipeline.publish(desk, self.now, [])
            return reports

    def day(self, text: str | bytes) -> RunReport:
        """The next day: a dump comes in, and a run."""
        self.now += timedelta(days=1)
        self.drop(text)
        return self.run()

    def mails(self) -> list[str]:
        new = self.folder / "mail" / "new"
        return sorted(path.name for path in new.iterdir()) if new.is_dir() else []

    def titles(self) -> dict[str, list[str]]:
        """What each edition announced."""
        with Store(self.config.database) as store:
            found = reversed(store.publications.headlines())
            loaded = [store.editions.load(one.digest, one.number) for one in found]
        return {f"{e.digest}/{e.number}": sorted(i.paper.title for i in e.items) for e in loaded if e is not None}


def broken(dump: Dump) -> Listing:
    """A parser from outside with a mistake."""
    raise ZeroDivisionError(dump.name)


def endless(dump: Dump) -> Listing:
    """One that has to be killed."""
    raise KeyboardInterrupt(dump.name)


def leaving(dump: Dump) -> Listing:
    """One that ends the program."""
    raise SystemExit(dump.name)


def dirty(dump: Dump) -> Listing:
    """One that cleans nothing."""
    bad = ListedPaper(
        "A\x1b[31m title\u202e", "An\x00 abstract", authors=("Ada\r\nExample", "\x07"), url="java\nscript:alert(1)"
    )
    return Listing("dirty", dump.retrieved.date(), "retrieved", (bad, ListedPaper("\u202e")))


@dataclass
class Scripted:
    """A source over a network that says what it is told to say, one look after the other."""

    looks: list[Sequence[Fetched | Unchanged | DigestError]]
    remote: bool = True
    apart: bool = False
    dies: bool = False
    asked: int = 0
    cursors: list[Mapping[str, str]] = field(default_factory=list)
    put_away: list[str] = field(default_factory=list)

    def fetch(self, cursor: Mapping[str, str], now: datetime) -> Iterator[Fetched | Unchanged | DigestError]:
        del now
        self.asked += 1
        self.cursors.append(dict(cursor))
        for one in self.looks.pop(0):
            if isinstance(one, Busy):
                raise one
            yield one

    def owned(self, found: Fetched | Unchanged) -> None:
        if self.dies:
            raise KeyboardInterrupt
        self.put_away.append(found.name)

    def doubted(self, cursor: str) -> str:
        return f"again {cursor}"

    def on(self, desk: Desk, *, first: First = "all", parser: str | None = None) -> Desk:
        """The desk with this source alone."""
        return replace(desk, sources=(Feeding("scripted", self, parser, first),))


@dataclass
class Refusing:
    """A channel that raises these in turn, then delivers to a Maildir."""

    path: Path
    faults: Sequence[BaseException]
    after_doubt: bool = False
    tried: int = 0

    def send(self, message: Message, in_doubt: Callable[[], None]) -> Receipt:
        self.tried += 1
        if self.tried <= len(self.faults):
            if self.after_doubt:
                in_doubt()
            raise self.faults[self.tried - 1]
        return Maildir(self.path).send(message, in_doubt)

    def close(self) -> None:
        """As a Maildir."""

    def abort(self) -> None:
        """As a Maildir."""

    def on(self, desk: Desk) -> Desk:
        """The desk with this channel."""
        return replace(desk, channels=(self,))
