"""Whole processes: one run over generated papers against rss2email over the same ones, a run with nothing new, `--help`.

rss2email is asked for what comes nearest: digest mode, one mail with HTML and text for each paper, into a Maildir, from
a feed on this disk. It makes neither feeds nor pages nor an archive; our run makes all of them.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.figures import Figure, at_least, at_most, time_text
from bench.generate import DAY, dump_text, listed_papers
from bench.measure import compare_commands

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.measure import Pair, Spent
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

    def mails(self) -> int:
        return len(list((self.folder / "mail" / "new").iterdir()))


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
        return (PYTHON, self.program, "-c", str(self.folder / "rss2email.cfg"), "-d", data, "run")

    def afresh(self) -> Sequence[str]:
        (self.folder / "data.json").unlink(missing_ok=True)
        shutil.rmtree(self.folder / "mail", ignore_errors=True)
        for name in ("new", "cur", "tmp"):
            (self.folder / "mail" / name).mkdir(parents=True)
        return self.again()

    def mails(self) -> int:
        return len(list((self.folder / "mail" / "new").iterdir()))


def running(sizes: Sizes, folder: Path) -> Iterator[Figure]:
    """The first run over all papers, and the run after it, each against rss2email where that is installed."""
    ours, program = Ours.made(folder / "ours", sizes.whole), _rss2email()
    theirs = Theirs.made(folder / "theirs", sizes.whole, program) if program else None
    first, second = f"whole run, {sizes.whole:,} papers to one mail", "run with nothing new"
    if theirs is None:
        yield from _alone(ours, sizes, first=first, second=second)
        return
    pair, mine, other = compare_commands(ours.afresh, theirs.afresh, sizes.rounds)
    _assert_equal_work(ours, theirs)
    yield Figure(
        "whole run", f"{first}, against rss2email", 1 / pair.ratio, at_least(2), detail=_detail(pair, mine, other)
    )
    yield _peak(first, mine)
    pair, mine, other = compare_commands(ours.again, theirs.again, sizes.rounds)
    yield Figure("whole run", f"{second}, against rss2email", pair.ratio, at_most(2), detail=_detail(pair, mine, other))
    yield _peak(second, mine)


def _alone(ours: Ours, sizes: Sizes, *, first: str, second: str) -> Iterator[Figure]:
    """Without rss2email: our own seconds, and no ratio."""
    for what, command, goal in ((first, ours.afresh, at_least(2)), (second, ours.again, at_most(2))):
        _, mine, _ = compare_commands(command, command, max(1, sizes.rounds // 2))
        detail = f"rss2email is not installed; ours {time_text(mine.cpu)} CPU"
        yield Figure("whole run", f"{what}, against rss2email", None, goal, detail=detail)
        yield _peak(what, mine)


def _rss2email() -> str | None:
    return shutil.which("r2e", path=os.pathsep.join((str(Path(PYTHON).parent), os.environ.get("PATH", ""))))


def _assert_equal_work(ours: Ours, theirs: Theirs) -> None:
    assert ours.mails() == theirs.mails() == 1


def _detail(pair: Pair, mine: Spent, other: Spent) -> str:
    return (
        f"CPU {time_text(pair.ours)}, rss2email {time_text(pair.theirs)}; "
        f"wall {time_text(mine.wall)}, {time_text(other.wall)}; peak {mine.peak / 1e6:.0f}, {other.peak / 1e6:.0f} MB"
    )


def _peak(what: str, mine: Spent) -> Figure:
    return Figure("whole run", f"peak memory, {what}", mine.peak / 1e6, unit="MB")


def starting(sizes: Sizes, _folder: Path) -> Iterator[Figure]:
    """`digest --help`, which should cost little more than importing click."""
    pair, mine, other = compare_commands(
        lambda: (PYTHON, "-m", "digest", "--help"), lambda: (PYTHON, "-c", "import click"), sizes.starts
    )
    detail = f"CPU {time_text(pair.ours)}, import click {time_text(pair.theirs)}; peak {mine.peak / 1e6:.0f}, {other.peak / 1e6:.0f} MB"
    yield Figure("start", "digest --help, against import click", pair.ratio, at_most(2), detail=detail)
