"""Reading a dump: the parser against `read()` and `splitlines()` of the same file, and its memory."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING

import feedparser

from bench.figures import Figure, at_most, time_text
from bench.generate import FEEDS, dump_text
from bench.measure import child, compare, prepared, spent
from digest.models import Dump
from digest.parsers import parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.measure import Pair
    from bench.sizes import Sizes

__all__ = ["reading"]

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SHAPES = {"plain": 3.0, "compact": 3.0, "trending": 3.0, "full": 1.0, "markdown": 1.0}
WORDS = {3.0: "whole-page segmentation", 1.0: "metadata lines decide"}


def reading(sizes: Sizes, folder: Path) -> Iterator[Figure]:
    for shape, goal in SHAPES.items():
        path = folder / f"{shape}.txt"
        path.write_text(dump_text(shape, sizes.page), encoding="utf-8")
        pair = _compared(path, sizes.rounds)
        what = f"{shape} page, {sizes.page:,} papers ({WORDS[goal]})"
        yield Figure("reading a dump", what, pair.ratio, at_most(goal), detail=_detail(pair, path))
    yield _memory(sizes, folder)
    for kind in FEEDS:
        yield _feed(kind, sizes)


def _feed(kind: str, sizes: Sizes) -> Figure:
    """A feed against feedparser alone, with the same options, in CPU time: it is nearly all that reading one costs."""
    body = FEEDS[kind](sizes.feed).encode()
    pair = compare(
        prepared(lambda: parse(Dump("0" * 64, "feed.xml", body, NOW, source="bench"))),
        prepared(lambda: feedparser.parse(BytesIO(body), sanitize_html=False, resolve_relative_uris=False)),
        sizes.rounds,
        clock=time.process_time,
    )
    detail = f"{time_text(pair.ours)} of CPU; feedparser {time_text(pair.theirs)}"
    return Figure("reading a dump", f"feed of {sizes.feed:,} items ({kind})", pair.ratio, at_most(1.1), detail=detail)


def _compared(path: Path, rounds: int) -> Pair:
    return compare(
        prepared(lambda: parse(Dump("0" * 64, path.name, path.read_bytes(), NOW, source="bench"))),
        prepared(lambda: path.read_bytes().decode().splitlines()),
        rounds,
    )


def _detail(pair: Pair, path: Path) -> str:
    size = path.stat().st_size / 1e6
    return f"{time_text(pair.ours)}, {size / pair.ours:.3g} MB/s; read()+splitlines() {time_text(pair.theirs)}"


def _memory(sizes: Sizes, folder: Path) -> Figure:
    """The peak of a process that reads a dump, less that of one that imports the same and reads nothing."""
    path = folder / "memory.txt"
    path.write_text(dump_text("plain", sizes.memory), encoding="utf-8")
    empty = folder / "empty.txt"
    empty.write_text("")
    grown = spent(child("parse", path)).peak - spent(child("nothing", empty)).peak
    size = path.stat().st_size
    detail = f"{grown / 1e6:.3g} MB for a dump of {size / 1e6:.3g} MB"
    return Figure("reading a dump", "peak memory, as a multiple of the dump", grown / size, at_most(8), detail=detail)
