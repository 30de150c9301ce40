"""What tests of the command line share: papers, dumps that have settled, answers read as JSON, real processes."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from tests.fakes import LONG_AGO, card

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "BARE",
    "GRAPHS",
    "LARCH",
    "MAPLE",
    "NUTMEG",
    "Answer",
    "Run",
    "drop",
    "everything",
    "on_a_terminal",
    "process",
]

LARCH, MAPLE, NUTMEG = (card(name, "graph neural networks") for name in ("Larch", "Maple", "Nutmeg"))
GRAPHS = ("Graph Neural Networks on Sunday Timetables", LARCH[1])
BARE = {name: value for name, value in os.environ.items() if not name.startswith("COV")}  # it writes files too
PATIENCE = 120  # seconds until a process that hangs is a failure


class Answer(NamedTuple):
    """What one command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON
        """What it printed for other programs."""
        return json.loads(self.out)

    @property
    def problems(self) -> list[str]:
        """The lines on stderr."""
        return [line for line in self.err.split("\n") if line]


class Run(Protocol):
    """The fixtures `digest` and `mine`."""

    def __call__(self, *words: object) -> Answer: ...


def drop(text: str | bytes, name: str = "2026-11-16.txt") -> Path:
    """A dump in dumps/, settled long ago."""
    path = Path("dumps") / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path


def everything(folder: Path) -> dict[Path, bytes]:
    """Every file below a folder with its bytes."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def process(words: Sequence[object], folder: Path, **environment: str) -> Answer:
    """The command as its own process, as people start it."""
    done = subprocess.run(
        [sys.executable, "-m", "digest", *map(str, words)],
        cwd=folder,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=PATIENCE,
        check=False,
        stdin=subprocess.DEVNULL,
        env=os.environ | {"HOME": str(folder)} | environment,
    )
    assert "Traceback" not in done.stdout + done.stderr
    return Answer(done.returncode, done.stdout, done.stderr)


def on_a_terminal(words: Sequence[object], folder: Path, typed: str = "", **environment: str) -> tuple[int, str]:
    """The command at a terminal where this is typed; answers its exit code and what the terminal shows."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "digest", *map(str, words)]
    env = os.environ | {"HOME": str(folder), "COLUMNS": "100"} | environment
    with subprocess.Popen(command, cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs, env=env) as started:
        os.close(theirs)
        os.write(ours, typed.encode())
        shown = b""
        with contextlib.suppress(OSError):  # the other end is closed
            while piece := os.read(ours, 4096):
                shown += piece
        started.wait(PATIENCE)
    os.close(ours)
    return started.returncode, shown.decode()
