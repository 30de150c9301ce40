"""Sending: mails that last through the real store, over a few connections, and to very many readers.

Each mail has some 14 kB. The readers, their choices and the papers are invented; the store, the outbox and the channel
are those of a run. What is sent goes to a server on this machine that keeps nothing.
"""

from __future__ import annotations

import os
import random
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from bench.editions import edition
from bench.figures import Figure, at_least, at_most, time_text
from bench.generate import DAY, dump_text
from bench.measure import child, spent
from digest import config, pipeline
from digest.commands.wiring import wired
from digest.errors import DigestError
from digest.models import Joining
from digest.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.figures import Goal
    from bench.sizes import Sizes
    from digest.config import Config
    from digest.models import Edition

__all__ = ["mailing"]

NOW = datetime(2026, 11, 20, 7, tzinfo=UTC)
LONG_AGO = 1_700_000_000  # a file this old is settled
PAPERS = 6  # of a mail of 14 kB
MANY = 8  # connections
PUBLISHED = 833.0  # mails a second: the best published figure of a newsletter system, for one SMTP instance
DELAY = 0.02  # seconds that a server takes for each reply
KEPT = 0.8  # of a connection's throughput, when it is one of several
PATIENCE = 10.0  # seconds for a server to start
CONFIG = """\
title = "Bench"
owner = "owner@example.org"
[[digest]]
name = "daily"
to = []
[mail]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "digest@example.org"
connections = {connections}
"""


def mailing(sizes: Sizes, folder: Path) -> Iterator[Figure]:
    yield from _lasting(sizes, folder)
    yield _together(sizes, folder)
    yield from _to_many(sizes, folder)


# --- one edition and its readers ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Relay:
    """Where mails go, and by how many connections."""

    port: int = 9
    connections: int = 1


def subscribed(folder: Path, papers: int, choices: Sequence[tuple[str, ...]], *, relay: Relay) -> Config:
    """A folder with a dump that has been read, and a reader for each choice; nothing is published yet."""
    dump = folder / "dumps" / f"{DAY}.txt"
    dump.parent.mkdir(parents=True)
    dump.write_text(dump_text("full", papers), encoding="utf-8")
    os.utime(dump, (LONG_AGO, LONG_AGO))
    text = CONFIG.format(port=relay.port, connections=relay.connections)
    (folder / "config.toml").write_text(text, encoding="utf-8")
    made, faults = config.load(folder / "config.toml"), list[DigestError]()
    with Store(made.database) as store:
        desk = wired(made, store)
        pipeline.register(desk, NOW)
        pipeline.ingest(desk, desk.sources, NOW, faults)
        readers = [Joining("daily", f"reader{n}@example.org", topics=topics) for n, topics in enumerate(choices)]
        store.subscriptions.add_many(readers, NOW)
    assert not faults, faults
    return made


def delivering(folder: Path, mails: int, relay: Relay) -> float:
    """Seconds that it takes to send so many mails, alike but for their reader."""
    made, faults = subscribed(folder, PAPERS, [()] * mails, relay=relay), list[DigestError]()
    with Store(made.database) as store:
        desk = wired(made, store)
        pipeline.publish(desk, NOW, faults)
        began = time.perf_counter()
        pipeline.deliver(desk, NOW, faults)
        taken = time.perf_counter() - began
        assert not faults, faults
        assert store.outbox.counts().sent == mails
    return taken


# --- what lasts ---------------------------------------------------------------------------------------------------


def _lasting(sizes: Sizes, folder: Path) -> Iterator[Figure]:
    """Into smtp-sink, with each mail's state on the disk before and after; beside what the disk can do."""
    program = shutil.which("smtp-sink", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    floor = _commits(folder / "floor.db", sizes.sent)
    for connections, goal in ((1, None), (MANY, at_least(PUBLISHED))):
        what = f"14 kB into smtp-sink, {_counted(connections)}"
        if program is None:
            yield Figure("sending", what, None, goal, unit="mails/s", detail="smtp-sink is not installed")
            continue
        with smtp_sink(program) as port:
            seconds = delivering(folder / f"sink-{connections}", sizes.sent, Relay(port, connections))
        yield _lasted(what, sizes.sent / seconds, floor, goal)


def _lasted(what: str, rate: float, floor: float, goal: Goal | None) -> Figure:
    detail = f"{rate / floor:.2f} × the {floor:,.0f} commits/s of one row that the disk does"
    return Figure("sending", what, rate, goal, unit="mails/s", detail=detail)


def _counted(connections: int) -> str:
    return "one connection" if connections == 1 else f"{connections} connections"


def _commits(path: Path, count: int) -> float:
    """How many transactions of one row a second are on the disk when they are over."""
    with closing(sqlite3.connect(path, isolation_level=None)) as plain:
        plain.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE row (n INTEGER)")
        began = time.perf_counter()
        for number in range(count):
            plain.execute("INSERT INTO row VALUES (?)", (number,))
        return count / (time.perf_counter() - began)


@contextmanager
def smtp_sink(program: str) -> Iterator[int]:
    """Postfix's own, on a port that was free a moment ago; root must hand it to somebody else."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    to = ("-u", "nobody") if os.geteuid() == 0 else ()
    with subprocess.Popen([program, *to, f"127.0.0.1:{port}", "100"], stderr=subprocess.DEVNULL) as process:
        try:
            _answered(port)
            yield port
        finally:
            process.kill()


def _answered(port: int) -> None:
    """Wait until somebody listens there."""
    ends = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.01)
        else:
            return


# --- side by side -------------------------------------------------------------------------------------------------


def _together(sizes: Sizes, folder: Path) -> Figure:
    """As many mails for each connection: how many times the throughput of one."""
    with slow_sink(DELAY) as port:
        alone = delivering(folder / "alone", sizes.each, Relay(port))
        together = delivering(folder / "together", MANY * sizes.each, Relay(port, MANY))
    what = f"{MANY} connections, {time_text(DELAY)} a reply, against one"
    detail = f"{MANY * sizes.each / together:.3g} mails/s; one {sizes.each / alone:.3g}"
    return Figure("sending", what, MANY * alone / together, at_least(KEPT * MANY), detail=detail)


@contextmanager
def slow_sink(seconds: float) -> Iterator[int]:
    command = [sys.executable, "-P", str(Path(__file__).with_name("sink.py")), str(seconds)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        with process.stdin:
            yield int(process.stdout.readline())


# --- very many readers --------------------------------------------------------------------------------------------


def _to_many(sizes: Sizes, folder: Path) -> Iterator[Figure]:
    """All that comes before the first byte leaves, and all messages, a page after the other; in a process of its own."""
    choices = zipf_choices(sizes.readers, edition(sizes.mail))
    made = subscribed(folder / "many", sizes.mail, choices, relay=Relay())
    taken = spent(child("many", folder / "many" / "config.toml"))
    with Store(made.database) as store:
        assert store.outbox.counts().sent == sizes.readers
    what = f"{sizes.readers:,} readers sealed, planned, rendered"
    detail = f"{len(set(choices)):,} different choices of {sizes.mail:,} papers; {time_text(taken.cpu)} of CPU"
    yield Figure("sending", what, taken.wall, at_most(30), unit="s", detail=detail)
    yield Figure("sending", f"{what}: peak memory", taken.peak / 2**20, at_most(300), unit="MiB")


def zipf_choices(readers: int, one: Edition, *, seed: int = 1) -> list[tuple[str, ...]]:
    """One to six of its topics for each reader; the second largest is taken half as often as the largest, and so on."""
    rng = random.Random(seed)
    topics = [topic for topic, _ in Counter(item.topic for item in one.items if item.topic).most_common()]
    weights = list(accumulate(1 / rank for rank in range(1, len(topics) + 1)))
    return [tuple(sorted(set(rng.choices(topics, cum_weights=weights, k=rng.randint(1, 6))))) for _ in range(readers)]
