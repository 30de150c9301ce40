"""Our server as its own process, asked from this one: what nothing new costs, and many who ask at once.

A conditional GET looks at a document and never opens it: so a 304 costs as much for a feed of megabytes as for a page.
"""

from __future__ import annotations

import http.client
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from socket import create_server
from typing import TYPE_CHECKING

from bench.editions import publication
from bench.figures import Figure, at_least, at_most, time_text
from bench.measure import compare, prepared
from digest.output import Output
from digest.render.feeds import feeds
from digest.render.templates import Templates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.measure import Prepare
    from bench.sizes import Sizes

__all__ = ["serving"]

PATIENCE = 60.0
READERS = 20  # connections at once
IN_A_ROW = 50  # requests that are timed together
FEED, SMALL = "/feeds/all.atom", "/feeds/feed.css"
CONFIG = '[web]\nlisten = "127.0.0.1:{port}"\n'


def serving(sizes: Sizes, folder: Path) -> Iterator[Figure]:
    """A 304 against the whole, and against a 304 of next to nothing; then all at once."""
    Output(folder / "public").put(feeds(publication(sizes.feed), Templates()))
    with served(folder) as (port, pid):
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as one:
            tags = {path: asked(one, path).getheader("etag", "") for path in (FEED, SMALL)}
            whole, known, small = (_asking(one, FEED), _asking(one, FEED, tags[FEED]), _asking(one, SMALL, tags[SMALL]))
            yield _whole(whole, known, sizes)
            yield _small(known, small, sizes)
        yield from _load(port, pid, sizes)


def _asking(one: http.client.HTTPConnection, path: str, tag: str = "") -> Prepare:
    return prepared(lambda: [asked(one, path, tag) for _ in range(IN_A_ROW)])


def _whole(whole: Prepare, known: Prepare, sizes: Sizes) -> Figure:
    pair = compare(whole, known, sizes.rounds)
    detail = f"200 in {time_text(pair.ours / IN_A_ROW)}; 304 in {time_text(pair.theirs / IN_A_ROW)}"
    return Figure(
        "web", f"304 for a feed of {sizes.feed:,} papers, against all of it", pair.ratio, at_least(2), detail=detail
    )


def _small(known: Prepare, small: Prepare, sizes: Sizes) -> Figure:
    pair = compare(known, small, sizes.rounds)
    what = f"304 for a feed of {sizes.feed:,} papers, to that of a stylesheet"
    return Figure("web", what, pair.ratio, at_most(1.2), detail=f"{time_text(pair.ours / IN_A_ROW)} each")


def _load(port: int, pid: int, sizes: Sizes) -> Iterator[Figure]:
    """Twice as many as are counted first: what a process takes once, it keeps."""
    crowd(port, sizes.asked)
    before, began = memory(pid), time.perf_counter()
    seen = crowd(port, sizes.asked) + crowd(port, sizes.asked)
    took, count = time.perf_counter() - began, READERS * sizes.asked * 2
    detail = f"{count / took:,.0f} a second, from {READERS} connections"
    yield Figure("web", f"of {count:,} requests not answered", count - seen[200], at_most(0), unit="", detail=detail)
    yield Figure("web", "the server's memory after them, to before", memory(pid) / before, at_most(1.1))


def crowd(port: int, each: int) -> Counter[int]:
    """The statuses that so many requests of each reader come to."""
    with ThreadPoolExecutor(READERS) as pool:
        return sum(pool.map(lambda _: reader(port, each), range(READERS)), Counter())


def reader(port: int, each: int) -> Counter[int]:
    seen: Counter[int] = Counter()
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as one:
        for _ in range(each):
            with suppress(OSError, http.client.HTTPException):
                seen[asked(one, SMALL).status] += 1
    return seen


def asked(one: http.client.HTTPConnection, path: str, tag: str = "") -> http.client.HTTPResponse:
    """The answer to a GET, with its body read."""
    one.request("GET", path, headers={"If-None-Match": tag} if tag else {})
    answer = one.getresponse()
    answer.read()
    return answer


@contextmanager
def served(folder: Path) -> Iterator[tuple[int, int]]:
    """`digest serve` at a port, and its process id."""
    with create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    (folder / "config.toml").write_text(CONFIG.format(port=port))
    words = [sys.executable, "-m", "digest", "-c", str(folder / "config.toml"), "serve"]
    with subprocess.Popen(words, stderr=subprocess.DEVNULL) as process:
        try:
            _await(port)
            yield port, process.pid
        finally:
            process.terminate()


def _await(port: int) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        with suppress(OSError), closing(http.client.HTTPConnection("127.0.0.1", port, timeout=1)) as one:
            asked(one, SMALL)
            return
        if time.monotonic() > end:
            raise TimeoutError("digest serve does not answer")
        time.sleep(0.05)


def memory(pid: int) -> int:
    """What a process has in memory, in kibibytes, as Linux counts it."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
