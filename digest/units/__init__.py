"""How Paperround is run by others: the files beside this one, and units of them filled in for one configuration.

    paperround.service                          a daemon for one user
    paperround-system.service                   a daemon for the machine, shut in
    paperround-run.service, paperround-run.timer    a run now and then
    Containerfile, paperround.yml               a container; a run each day at GitHub        (to copy; docs/run.md)

Each stands for itself and can be used by hand: `Order` only sets lines that are there. What it writes is known again by its
first line. Words of systemd.syntax(7) and systemd.service(5), "Command lines".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["Order", "Unit", "is_of", "names", "quoted", "shipped"]

DAEMON, SYSTEM, RUN, TIMER = (
    "paperround.service",
    "paperround-system.service",
    "paperround-run.service",
    "paperround-run.timer",
)


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit as it is to be written."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be run, for whom: `config` is its whole path, `program` the words that start this program.

    `hourly`: the timer only wakes it, and the digests' own schedules say when they are due.
    """

    config: Path
    program: Sequence[str]
    hourly: bool = False

    def daemon(self, name: str) -> Unit:
        """A daemon for one user."""
        return self._unit(DAEMON, f"{name}.service", {"ExecStart": self._command("daemon")})

    def system(self, name: str, user: str, places: Sequence[Path]) -> Unit:
        """A daemon for the machine that runs as `user` and may write into `places`, those of them that there are."""
        writes = " ".join(quoted(f"-{place}") for place in places)
        values = {"ExecStart": self._command("daemon"), "User": user, "ReadWritePaths": writes}
        return self._unit(SYSTEM, f"{name}.service", values)

    def timer(self, name: str) -> tuple[Unit, Unit]:
        """A run now and then, and the timer that says when."""
        run = self._unit(RUN, f"{name}-run.service", {"ExecStart": self._command("run")})
        return run, self._unit(TIMER, f"{name}-run.timer", {"OnCalendar": "hourly"} if self.hourly else {})

    def _command(self, word: str) -> str:
        """A command line. The program's own path is taken as it is, all others have `$` doubled."""
        words = [*self.program, "-c", str(self.config), word]
        if set(words[0]) & set("\"'\\"):  # systemd takes none of these in a program's path
            words.insert(0, "/usr/bin/env")
        return " ".join([quoted(words[0]), *(quoted(one.replace("$", "$$")) for one in words[1:])])

    def _unit(self, file: str, name: str, values: Mapping[str, str]) -> Unit:
        """A shipped file with these settings in place of its own."""
        about = f"Paperround: {self.config}".replace("%", "%%")
        text = shipped(file)
        for setting, value in {**values, "Description": about}.items():
            (line,) = re.findall(rf"(?m)^{setting}=.*$", text)
            text = text.replace(line, f"{setting}={value}")
        return Unit(name, first_line(self.config) + text)


def shipped(name: str) -> str:
    """A file as it is shipped."""
    return files("digest.units").joinpath(name).read_text(encoding="utf-8")


def first_line(config: Path) -> str:
    return f"# Written by digest install for {config}\n"


def is_of(config: Path, text: str) -> bool:
    """Whether a unit was written for this configuration."""
    return text.startswith(first_line(config))


def quoted(word: str) -> str:
    """A word as it stands in a unit: bare where nothing in it has a meaning there."""
    escaped = word.replace("%", "%%")
    if re.fullmatch(r"[\w/.@:%+,=$-]+", escaped):
        return escaped
    return '"' + escaped.replace("\\", "\\\\").replace('"', '\\"') + '"'


def names(config: Path, mark: str) -> Iterator[str]:
    """What the units of a configuration may be called, the best name first; `mark` tells it from all others."""
    folder = re.sub(r"[^A-Za-z0-9_]+", "-", config.parent.name).strip("-") or "digest"
    yield from ("paperround", f"paperround-{folder}", f"paperround-{folder}-{mark}")
