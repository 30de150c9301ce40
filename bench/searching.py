"""Search: whole answers of the web application over a large archive, against the plainest way to look for two words."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from statistics import quantiles
from typing import TYPE_CHECKING

import httpx

from bench.editions import SITE
from bench.figures import Figure, at_least, at_most, time_text
from bench.generate import listed_papers
from bench.measure import compare, prepared
from digest.models import Edition, Fetched, Item, Listing, Section
from digest.query import read
from digest.render.templates import Templates
from digest.store import Store
from digest.topics import default_topics
from digest.web.application import application
from digest.web.reception import Reception, Stores

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bench.sizes import Sizes
    from digest.models import Paper

__all__ = ["searching"]

FIRST = date(2020, 1, 1)
LISTED, SHOWN = 5_000, 50  # papers of a listing, and of an edition
TOPICS = tuple(topic.id for topic in default_topics())
ASKED = (
    *("model+learning", "language+model", "diffusion+image", "model", "the+model+of", "reinforcement+learning+policy"),
    *("%22language+model%22", "title:robot", "quantiz*", "graph+-neural", "speech+OR+voice", "author:harbour+model"),
    *("model+learning&sort=new", "model&sort=new", "model&page=7", "zeppelin", "image&topic=llm", "topic:vision+model"),
    *("model+learning&from=2021-01-01&to=2022-12-31", "&topic=graphs"),
)
BY_HAND = "SELECT count(*) FROM revision WHERE title || ' ' || abstract LIKE '%model%' AND title || ' ' || abstract LIKE '%learning%'"


def searching(sizes: Sizes, folder: Path) -> Iterator[Figure]:
    path = folder / "digest.db"
    archive(path, sizes.searched)
    taken = asyncio.run(answers(path, folder, sizes.rounds))
    worst = max(taken, key=lambda asked: max(taken[asked]))
    percentile = quantiles([each for times in taken.values() for each in times], n=20, method="inclusive")[-1]
    detail = f"“model learning” {time_text(min(taken[ASKED[0]]))}, slowest “{worst}” {time_text(max(taken[worst]))}"
    what = f"95th percentile of {len(ASKED)} searches, {sizes.searched:,} papers"
    yield Figure("search", what, percentile * 1e3, at_most(50), unit="ms", detail=detail)
    with Store(path) as store, closing(sqlite3.connect(path)) as plain:
        asked = read("model learning")
        pair = compare(
            prepared(lambda: (store.search.count(asked), store.search.find(asked, 20))),
            prepared(lambda: plain.execute(BY_HAND).fetchall()),
            sizes.rounds,
        )
    detail = f"{time_text(pair.ours)} with order and marks; only counted by LIKE {time_text(pair.theirs)}"
    yield Figure("search", "two common words, against LIKE", 1 / pair.ratio, at_least(5), detail=detail)


async def answers(path: Path, folder: Path, rounds: int) -> dict[str, list[float]]:
    """Seconds of each search, asked in turn; the first round does not count."""
    here = Reception(
        site=SITE,
        digests=(),
        topics=default_topics(),
        classify=lambda _: (),
        templates=Templates(),
        public=folder,
        stores=Stores(path),
    )
    taken: dict[str, list[float]] = {asked: [] for asked in ASKED}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(application(lambda: here)), base_url="http://test"
    ) as web:
        for turn in range(rounds + 1):
            for asked, times in taken.items():
                began = time.perf_counter()
                answer = await web.get(f"/search?q={asked}")
                if turn:
                    times.append(time.perf_counter() - began)
                assert answer.status_code == 200, asked
    return taken


def archive(path: Path, size: int) -> None:
    """So many papers, each of them announced in an edition of fifty, and the index of all."""
    with Store(path) as store:
        store.editions.register("daily")
        papers = listed_papers(size)
        for start in range(0, size, LISTED):
            now, day = morning(start // SHOWN), FIRST + timedelta(days=start // SHOWN)
            sha256, _ = store.dumps.own(Fetched(f"{start}.txt", str(start).encode()), "bench", now=now)
            store.take_in(sha256, Listing("bench", day, "header", papers[start : start + LISTED]), now)
        news = store.papers.news("daily")
        for number, start in enumerate(range(0, size, SHOWN), start=1):
            store.editions.seal(edition(number, news[start : start + SHOWN]), ())
        store.search.refresh()


def edition(number: int, papers: Sequence[Paper]) -> Edition:
    items = tuple(
        Item(place, paper, TOPICS[paper.id % len(TOPICS)], ("model",), (TOPICS[paper.id % 7],))
        for place, paper in enumerate(papers, start=1)
    )
    now = morning(number)
    considered = papers[-1].news_no or 0
    sections = (Section("all", "All", items),)
    return Edition(
        "daily", "Daily", number=number, day=now.date(), created=now, considered=considered, sections=sections
    )


def morning(days: int) -> datetime:
    return datetime.combine(FIRST, datetime.min.time(), UTC) + timedelta(days=days, hours=7)
