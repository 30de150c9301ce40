"""The daemon as a real process, and the clock that it goes by: libfaketime's, which a test puts while it runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from tests.fakes import Place

__all__ = ["BARE", "FAKETIME", "SOON", "Clock", "Started", "comes"]

SOON = 60.0  # seconds until what does not come is a failure: two turns
TURN = 0.05  # seconds between two looks
ROOT = str(Path(__file__).resolve().parents[1])
BARE = {name: value for name, value in os.environ.items() if not name.startswith("COV")}  # it is killed without a word
BARE["PYTHONPATH"] = os.pathsep.join(filter(None, (ROOT, BARE.get("PYTHONPATH"))))
LIBRARY = next((str(path) for path in Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), "")
FAKETIME = pytest.mark.skipif(not LIBRARY and os.environ.get("CI") != "true", reason="faketime is not installed")


def comes(what: Callable[[], object], *, within: float = SOON) -> bool:
    """Whether it does, soon or within so many seconds."""
    end = time.monotonic() + within
    while not what() and time.monotonic() < end:
        time.sleep(TURN)
    return bool(what())


@dataclass(frozen=True, slots=True)
class Clock:
    """One that processes go by whose environment is `environ`; it goes on as real ones do. Files keep their real times."""

    path: Path

    @property
    def environ(self) -> Mapping[str, str]:
        """For each process that is to go by it."""
        assert LIBRARY, "faketime is not installed"
        return {
            "LD_PRELOAD": LIBRARY,
            "FAKETIME_TIMESTAMP_FILE": str(self.path),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def put(self, moment: datetime) -> None:
        """From this instant on it shows that time, and goes on."""
        new = self.path.with_suffix(".new")
        new.write_text(f"{moment.timestamp() - time.time():+.0f}\n")
        new.replace(self.path)


@dataclass
class Started:
    """`digest daemon`, or another command, at a place; killed when the `with` ends, if it still lives."""

    place: Place
    clock: Clock | None = None
    words: tuple[str, ...] = ("daemon",)
    lines: list[str] = field(default_factory=list)  # on stderr

    def __enter__(self) -> Self:
        path = self.place.folder / "config.toml"
        if not path.exists():
            path.write_text(self.place.text)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.asleep" if self.clock else "digest", "-c", str(path), *self.words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={**BARE, **(self.clock.environ if self.clock else {})},
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.ended()

    def says(self, words: str) -> bool:
        """Whether it soon says that."""
        return comes(lambda: any(words in line for line in self.lines) or self.process.poll() is not None) and any(
            words in line for line in tuple(self.lines)
        )

    def told(self) -> list[str]:
        """What it says of itself, as its log has it."""
        records = [json.loads(line) for line in self.lines if line.startswith("{")]
        return [one["message"] for one in records if one["event"].startswith("daemon.")]

    def stopped(self) -> int:
        """Its exit code when systemd stops it."""
        self.process.terminate()
        return self.ended()

    def ended(self) -> int:
        """Its exit code, when it has ended by itself."""
        code = self.process.wait(SOON)
        self._reader.join(SOON)
        return code

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as said:
            for line in said:
                self.lines.append(line.rstrip("\n"))
