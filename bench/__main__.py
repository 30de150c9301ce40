"""`python -m bench [--short] [--json] [--only NAME]`: every measured claim as a ratio within this one run.

The goal stands beside each figure, and a figure that misses it says so. A miss is not an error: the exit code is 0,
since a loaded machine must not break a build. feedgen and rss2email are compared with where they are installed.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.diff import diff
from bench.documents import composing, rendering, syndicating
from bench.figures import as_dict, table
from bench.reading import reading
from bench.searching import searching
from bench.sending import mailing
from bench.sizes import FULL, SHORT, TINY
from bench.state import telling
from bench.topics import matching
from bench.web import serving
from bench.whole import running, starting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bench.figures import Figure
    from bench.sizes import Sizes

__all__ = ["AREAS", "figures", "main"]

AREAS: Mapping[str, Callable[[Sizes, Path], Iterator[Figure]]] = {
    "reading": reading,
    "diff": diff,
    "topics": matching,
    "html": rendering,
    "feeds": syndicating,
    "mail": composing,
    "mailing": mailing,
    "search": searching,
    "web": serving,
    "run": running,
    "start": starting,
    "status": telling,
}
SIZES: Mapping[str, Sizes] = {"full": FULL, "short": SHORT, "tiny": TINY}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print a table line by line, or JSON at the end."""
    asked = _parser().parse_args(arguments)
    taken = figures(SIZES[asked.size], asked.only or tuple(AREAS))
    if asked.json:
        print(json.dumps([as_dict(figure) for figure in taken], ensure_ascii=False, indent=2))
        return
    seen: list[Figure] = []
    for line in table(_kept(taken, seen)):
        print(line, flush=True)
    print(f"\n{len(seen)} figures, {sum(figure.missed for figure in seen)} missed")


def figures(sizes: Sizes, only: Sequence[str]) -> Iterator[Figure]:
    """The figures of these areas, as they are taken; what an area leaves on disk goes when it is done."""
    for name in only:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            yield from AREAS[name](sizes, Path(folder))


def _kept(taken: Iterator[Figure], seen: list[Figure]) -> Iterator[Figure]:
    for figure in taken:
        seen.append(figure)
        yield figure


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measured claims, each beside its goal.")
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--short", dest="size", action="store_const", const="short", help="a minute instead of several")
    sizes.add_argument("--tiny", dest="size", action="store_const", const="tiny", help="seconds: only whether it works")
    parser.add_argument("--json", action="store_true", help="figures for other programs")
    parser.add_argument("--only", action="append", choices=AREAS, metavar="NAME", help=f"one of {', '.join(AREAS)}")
    parser.set_defaults(size="full")
    return parser


if __name__ == "__main__":
    main()
