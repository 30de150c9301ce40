"""Whole processes: one run over generated papers against rss2email over the same ones, a run with nothing new, `--help`.

rss2email is asked for what comes nearest: digest mode, one mail with HTML and text for each paper, into a Maildir, from
a feed on this disk. It makes neither feeds nor pages nor an archive; our run makes all of them.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.figures import Figure, at_least, at_most, time_text
from bench.generate import DAY, dump_text, listed_papers
from bench.measure import child, compare_commands, take

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.figures import Goal
    from bench.measure import Command, Spent
    from bench.sizes import Sizes

__all__ = ["running", "starting"]

PYTHON = sys.executable
LONG_AGO = 1_700_000_000  # a file this old is settled
OURS = """\
title = "Bench"
time_zone = "UTC"
[[source]]
name = "dumps"
kind = "folder"
path = "dumps"
[[digest]]
name = "daily"
to = ["reader@example.org"]
"""
THEIRS = """\
[DEFAULT]
from = digest@example.org
to = reader@example.org
digest = True
html-mail = True
multipart-html = True
email-protocol = maildir
maildir-path = {folder}
maildir-mailbox = mail
verbose = error
[feed.papers]
url = file://{folder}/feed.xml
"""
FEED = """\
<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>Papers</title><link>https://example.org/</link><description>Papers</description>
{}</channel></rss>
"""
ITEM = '<item><title>{}</title><link>{}</link><guid isPermaLink="false">{}</guid><description>{}</description></item>\n'


@dataclass(frozen=True, slots=True)
class Ours:
    """A folder with config.toml and one dump, and the command that runs it."""

    folder: Path

    @classmethod
    def made(cls, folder: Path, papers: int) -> Ours:
        dumps = folder / "dumps"
        dumps.mkdir(parents=True)
        (folder / "config.toml").write_text(OURS, encoding="utf-8")
        dump = dumps / f"{DAY}.txt"
        dump.write_text(dump_text("full", papers), encoding="utf-8")
        os.utime(dump, (LONG_AGO, LONG_AGO))
        return cls(folder)

    def again(self) -> Sequence[str]:
        """Run over whatever is there."""
        return (PYTHON, "-m", "digest", "-c", str(self.folder / "config.toml"), "run")

    def afresh(self) -> Sequence[str]:
        """Run as on the first day: nothing is left of the run before."""
        for path in self.folder.iterdir():
            if path.name not in {"config.toml", "dumps"}:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        return self.again()

    def mail_alone(self) -> Sequence[str]:
        """As on the first day, but without feeds and pages."""
        self.afresh()
        return child("mail", self.folder / "config.toml")

    def papers(self) -> int:
        """How many papers the last run announced."""
        with closing(sqlite3.connect(self.folder / "digest.db")) as database:
            (count,) = database.execute("SELECT count(*) FROM edition_item").fetchone()
        return int(count)


@dataclass(frozen=True, slots=True)
class Theirs:
    """The same for rss2email; `program` is its `r2e`."""

    folder: Path
    program: str

    @classmethod
    def made(cls, folder: Path, papers: int, program: str) -> Theirs:
        folder.mkdir(parents=True)
        items = (ITEM.format(p.title, p.url, p.url, p.abstract) for p in listed_papers(papers))
        (folder / "feed.xml").write_text(FEED.format("".join(items)), encoding="utf-8")
        (folder / "rss2email.cfg").write_text(THEIRS.format(folder=folder), encoding="utf-8")
        return cls(folder, program)

    def again(self) -> Sequence[str]:
        data = str(self.folder / "data.json")
        return (self.program, "-c", str(self.folder / "rss2email.cfg"), "-d", data, "run")

    def afresh(self) -> Sequence[str]:
        (self.folder / "data.json").unlink(missing_ok=True)
        shutil.rmtree(self.folder / "mail", ignore_errors=True)
        for name in ("new", "cur", "tmp"):
            (self.folder / "mail" / name).mkdir(parents=True)
        return self.again()


@dataclass(frozen=True, slots=True)
class Race:
    """One of our commands against one of theirs, which may not be there."""

    what: str
    ours: Command
    theirs: Command | None
    goal: Goal


def running(sizes: Sizes, folder: Path) -> Iterator[Figure]:
    """The first run over all papers, and the run after it, each against rss2email where that is installed."""
    ours, program = Ours.made(folder / "ours", sizes.whole), _rss2email()
    theirs = Theirs.made(folder / "theirs", sizes.whole, program) if program else None
    for race in _races(ours, theirs, sizes.whole):
        yield from _run(race, sizes.rounds)
    assert ours.papers() == sizes.whole


def _races(ours: Ours, theirs: Theirs | None, papers: int) -> Iterator[Race]:
    first = theirs.afresh if theirs else None
    yield Race(f"{papers:,} papers to one mail, feeds and pages", ours.afresh, first, at_least(2))
    yield Race("nothing new", ours.again, theirs.again if theirs else None, at_most(2))
    yield Race(f"{papers:,} papers to one mail alone", ours.mail_alone, first, at_least(2))


def _run(race: Race, rounds: int) -> Iterator[Figure]:
    """How many times as fast as rss2email, or, for a bound from above, how many times its CPU; and our peak."""
    value: float | None = None
    if race.theirs:
        pair, mine, other = compare_commands(race.ours, race.theirs, rounds)
        value, detail = 1 / pair.ratio if race.goal.above else pair.ratio, _detail(mine, other)
    else:
        mine = take(race.ours, rounds)
        detail = f"rss2email is not installed; ours {_taken(mine)}"
    yield Figure("whole run", f"{race.what}, against rss2email", value, race.goal, detail=detail)
    yield Figure("whole run", f"{race.what}: peak memory", mine.peak / 1e6, unit="MB")


def _rss2email() -> str | None:
    return shutil.which("r2e", path=os.pathsep.join((str(Path(PYTHON).parent), os.environ.get("PATH", ""))))


def _detail(mine: Spent, other: Spent) -> str:
    return f"{_taken(mine)}; rss2email {_taken(other)}"


def _taken(spent: Spent) -> str:
    return f"{time_text(spent.cpu)} CPU, {time_text(spent.wall)}, {spent.peak / 1e6:.0f} MB"


def starting(sizes: Sizes, _folder: Path) -> Iterator[Figure]:
    """`digest --help`, which should cost little more than importing click."""
    pair, mine, other = compare_commands(
        lambda: (PYTHON, "-m", "digest", "--help"), lambda: (PYTHON, "-c", "import click"), sizes.starts
    )
    detail = f"{_taken(mine)}; import click {_taken(other)}"
    yield Figure("start", "digest --help, against import click", pair.ratio, at_most(2), detail=detail)
