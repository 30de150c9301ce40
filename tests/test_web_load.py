"""Many who ask at once, from another process than the one that answers: bounded, without an error, in the same memory."""

from __future__ import annotations

import http.client
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.daemons import Started
from tests.fakes import Place, card, page
from tests.postfix import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 60.0
READERS = 20  # at once
ASKED = 50  # requests of each, on one connection
ROUNDS = 3  # of all of them
GROWTH = 8 * 2**20  # bytes from the first round to the last one
GZIP = {"Accept-Encoding": "gzip"}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Started, int]]:
    port = free_port()
    place = Place(tmp_path, f'base_url = "http://127.0.0.1:{port}"\n[web]\nlisten = "127.0.0.1:{port}"\n')
    place.day(page(*(card(f"Name {number}") for number in range(60))))
    with Started(place, words=("serve",)) as started:
        assert started.says("served at")
        yield started, port
        assert started.stopped() == 0
        assert len(started.lines) == 2  # that it began, and that it stopped


def paths(folder: Path) -> list[str]:
    """What readers ask for: pages, feeds, a search, and what is not there."""
    built = [f"/{path.relative_to(folder)}" for path in sorted(folder.rglob("*.*")) if path.suffix != ".gz"]
    return [*built, "/", "/search?q=method", "/search?q=%22no+such", "/healthz", "/nothing"]


def reader(port: int, asked: list[str], start: int) -> Counter[int]:
    """One connection that asks for one thing after the other, each a second time with its tag; the statuses that came."""
    seen: Counter[int] = Counter()
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as one:
        for path in islice(cycle(asked), start, start + ASKED):
            one.request("GET", path, headers=GZIP)
            answer = one.getresponse()
            answer.read()
            seen[answer.status] += 1
            if tag := answer.getheader("etag"):
                one.request("GET", path, headers={**GZIP, "If-None-Match": tag})
                again = one.getresponse()
                assert (again.status, again.read()) == (304, b"")
    return seen


def memory(pid: int) -> int:
    """What a process has in memory, in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


def test_many_at_once_are_answered_without_an_error_in_the_same_memory(
    served: tuple[Started, int], tmp_path: Path
) -> None:
    started, port = served
    asked, sizes = paths(tmp_path / "public"), []
    for _ in range(ROUNDS):
        with ThreadPoolExecutor(READERS) as pool:
            seen = sum(pool.map(lambda number: reader(port, asked, number * 7), range(READERS)), Counter())
        assert seen.total() == READERS * ASKED
        assert set(seen) == {200, 404}
        sizes.append(memory(started.process.pid))
    assert sizes[-1] - sizes[0] < GROWTH, sizes
