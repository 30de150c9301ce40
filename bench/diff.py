"""The diff: what one big listing costs, by how much has been seen, against the plainest insert that does the same.

Each round takes in a listing of its own, of which a fifth is new, so that no two rounds do the same work.
"""

from __future__ import annotations

import random
import sqlite3
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

from bench.figures import Figure, at_most, time_text
from bench.generate import DAY, listed_papers, titles
from bench.measure import Job, compare
from digest.models import Fetched, ListedPaper, Listing
from digest.store import Store
from digest.text import title_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bench.measure import Pair
    from bench.sizes import Sizes

__all__ = ["diff"]

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
NEW_SHARE = 5  # one in five is new
CHUNK = 20_000
PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL"
TABLE = "CREATE TABLE paper (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, title TEXT, abstract TEXT)"
INSERT = "INSERT INTO paper (key, title, abstract) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"


def diff(sizes: Sizes, folder: Path) -> Iterator[Figure]:
    taken = {}
    for seen in sizes.seen:
        with ExitStack() as stack:
            archive = Archive.filled(folder / f"seen-{seen}", seen, stack)
            pair = archive.compared(sizes)
        taken[seen] = pair.ours
        what = f"{sizes.listed:,} listed, {sizes.listed // NEW_SHARE:,} new, {seen:,} seen"
        detail = f"{time_text(pair.ours)}; executemany … ON CONFLICT DO NOTHING {time_text(pair.theirs)}"
        yield Figure("diff", what, pair.ratio, at_most(1.5), detail=detail)
    small, large = min(taken), max(taken)
    yield Figure("diff", f"growth from {small:,} to {large:,} seen", taken[large] / taken[small])


@dataclass(frozen=True, slots=True)
class Archive:
    """The same papers in our store and in one plain table."""

    store: Store
    plain: sqlite3.Connection
    seen: tuple[str, ...]
    turns: Iterator[int]

    @classmethod
    def filled(cls, folder: Path, seen: int, stack: ExitStack) -> Archive:
        """An archive that has taken in that many papers; closed with the stack."""
        store = stack.enter_context(Store(folder / "ours.db"))
        plain = stack.enter_context(closing(sqlite3.connect(folder / "plain.db", isolation_level=None)))
        plain.executescript(PRAGMAS)
        plain.execute(TABLE)
        archive = cls(store, plain, tuple(titles(seen)), count(2))
        for start in range(0, seen, CHUNK):
            papers = [ListedPaper(title) for title in archive.seen[start : start + CHUNK]]
            archive.taking_in(papers)()
            archive.inserting(papers)()
        return archive

    def compared(self, sizes: Sizes) -> Pair:
        return compare(
            lambda: self.taking_in(self._listing(sizes.listed)),
            lambda: self.inserting(self._listing(sizes.listed)),
            sizes.rounds,
        )

    def _listing(self, listed: int) -> Sequence[ListedPaper]:
        turn = next(self.turns)
        rng = random.Random(turn)
        fresh = listed_papers(listed // NEW_SHARE, seed=turn)
        known = [ListedPaper(title) for title in rng.sample(self.seen, listed - len(fresh))]
        return rng.sample([*fresh, *known], listed)

    def taking_in(self, papers: Sequence[ListedPaper]) -> Job:
        """All that the store does with a listing, from title keys to the commit."""
        turn = next(self.turns)
        fetched = Fetched(f"{turn}.txt", str(turn).encode())
        sha256, _ = self.store.dumps.own(fetched, "bench", now=NOW)
        listing = Listing("bench", DAY, "header", tuple(papers))
        return lambda: self.store.take_in(sha256, listing, NOW)

    def inserting(self, papers: Sequence[ListedPaper]) -> Job:
        """Title keys, and one transaction with one statement for all rows; its order is that of the keys."""
        rows = sorted((title_key(paper.title, paper.abstract), paper.title, paper.abstract) for paper in papers)
        return lambda: self._insert(rows)

    def _insert(self, rows: Sequence[tuple[str, str, str | None]]) -> None:
        self.plain.execute("BEGIN IMMEDIATE")
        self.plain.executemany(INSERT, rows)
        self.plain.execute("COMMIT")
