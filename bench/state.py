"""`digest status` by how much has been seen: its answer rests on the last runs, not on all that ever was."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

from bench.diff import Archive
from bench.figures import Figure, at_most, time_text
from bench.measure import compare_commands

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bench.sizes import Sizes

__all__ = ["telling"]

FEW = 100  # papers


def telling(sizes: Sizes, folder: Path) -> Iterator[Figure]:
    """`digest status` over many papers, against the same over few."""
    many = max(one for one in sizes.seen if one <= MOST)
    large, small = (command(folder / str(papers), papers) for papers in (many, FEW))
    pair, mine, other = compare_commands(lambda: large, lambda: small, sizes.starts)
    detail = f"{time_text(mine.wall)}, {time_text(mine.cpu)} CPU; {time_text(other.cpu)} CPU over {FEW} papers"
    yield Figure("status", f"digest status over {many:,} papers, against {FEW}", pair.ratio, at_most(2), detail=detail)


MOST = 100_000  # papers of which the answer should take under half a second


def command(folder: Path, papers: int) -> Sequence[str]:
    """What asks a database of so many papers; late or not, it answers."""
    with ExitStack() as stack:
        Archive.filled(folder, papers, stack)
    (folder / "config.toml").write_text('database = "ours.db"\n', encoding="utf-8")
    answer = "import sys, subprocess; sys.exit(subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode not in (0, 1))"
    return (sys.executable, "-c", answer, sys.executable, "-m", "digest", "-c", str(folder / "config.toml"), "status")
