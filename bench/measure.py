"""How figures are taken: two ways of doing a thing, one after the other and again, so that both meet the same machine."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

__all__ = [
    "Command",
    "Job",
    "Pair",
    "Prepare",
    "Spent",
    "child",
    "compare",
    "compare_commands",
    "prepared",
    "spent",
    "take",
]

Job = Callable[[], object]
Prepare = Callable[[], Job]
Command = Callable[[], Sequence[str]]
Clock = Callable[[], float]

SPAWN = Path(__file__).with_name("spawn.py")
CHILD = SPAWN.with_name("child.py")
ROOT = SPAWN.parents[1]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two medians in seconds, and the median of the ratios of neighbouring runs: a slow spell touches both."""

    ours: float
    theirs: float
    ratio: float


@dataclass(frozen=True, slots=True)
class Spent:
    """What one process took: wall and CPU seconds, and its peak resident memory in bytes."""

    wall: float
    cpu: float
    peak: int


def prepared(job: Job) -> Prepare:
    """A job that needs no preparation, for `compare`."""
    return lambda: job


def compare(ours: Prepare, theirs: Prepare, rounds: int, *, clock: Clock = time.perf_counter) -> Pair:
    """Both in turn, `rounds` times, after one of each that does not count; only the prepared jobs are timed.

    `time.process_time` is the clock for two jobs that do nothing but compute: others on the machine do not count.
    """
    _seconds(ours, clock), _seconds(theirs, clock)
    return _pair([(_seconds(ours, clock), _seconds(theirs, clock)) for _ in range(rounds)])


def compare_commands(ours: Command, theirs: Command, rounds: int) -> tuple[Pair, Spent, Spent]:
    """Two programs in turn: their CPU seconds as a pair, and the medians of both; each callable prepares and names one."""
    spent(ours()), spent(theirs())
    taken = [(spent(ours()), spent(theirs())) for _ in range(rounds)]
    pair = _pair([(mine.cpu, other.cpu) for mine, other in taken])
    return pair, _middle([mine for mine, _ in taken]), _middle([other for _, other in taken])


def take(ours: Command, rounds: int) -> Spent:
    """One program that nothing is there to compare with: the medians of its rounds, after one that does not count."""
    spent(ours())
    return _middle([spent(ours()) for _ in range(rounds)])


def spent(command: Sequence[str]) -> Spent:
    """What a program takes; one that fails ends the benchmark with what it said."""
    helper = [sys.executable, "-I", "-S", str(SPAWN), *command]
    found = {"PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))}
    done = subprocess.run(helper, capture_output=True, text=True, check=True, env=os.environ | found)
    said, _, figures = done.stdout.rpartition("\n")
    code, wall, cpu, peak = json.loads(figures)
    if code:
        raise RuntimeError(f"{' '.join(command)}: exit code {code}\n{said}{done.stderr}")
    return Spent(wall, cpu, peak)


def child(mode: str, path: Path) -> Sequence[str]:
    """The command of one of the modes of `bench/child.py`."""
    return (sys.executable, "-P", str(CHILD), mode, str(path))


def _seconds(prepare: Prepare, clock: Clock) -> float:
    job = prepare()
    gc.collect()
    began = clock()
    job()
    return clock() - began


def _pair(taken: Sequence[tuple[float, float]]) -> Pair:
    ours, theirs = zip(*taken, strict=True)
    return Pair(median(ours), median(theirs), median(mine / other for mine, other in taken))


def _middle(taken: Sequence[Spent]) -> Spent:
    return Spent(median(s.wall for s in taken), median(s.cpu for s in taken), max(s.peak for s in taken))
