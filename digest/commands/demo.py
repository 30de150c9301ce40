"""The command `digest demo`: six sample days, one run each, in a folder that is made anew each time."""

from __future__ import annotations

import os
import shlex
import shutil
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from digest import config as configuration
from digest.commands.answers import tell_faults
from digest.commands.itself import typed
from digest.commands.setup import CONFIG, DUMPS, own_zone, write_config
from digest.errors import OutputError
from digest.letters import body_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.config import Config
    from digest.models import Headline, RunReport

__all__ = ["demo"]

MARK = ".made-by-digest-demo"
SCREEN = 46  # lines of the mail that are shown
COLUMNS = 78  # as wide as its text
FEW = 5  # papers: a mail with no more does not show what a mail looks like
AT = time(7)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default="demo")
def demo(folder: Path) -> int:
    """Try it in FOLDER (./demo): six sample days, one run each. Nothing is sent; the papers are invented.

    The folder is made anew each time; a folder that is not a demo's is never touched.
    """
    clear(folder)
    write_config(folder / CONFIG, configuration.written(title="Morning Papers", time_zone=own_zone()))
    (folder / MARK).touch()
    config = configuration.load(folder / CONFIG, {})
    text, faults = replay(config)
    click.echo(f"\n{text}\n")
    show_places(folder)
    return faults


def clear(folder: Path) -> None:
    """Take an older demo away; refuse a folder that is anything else, or that somebody's dumps are in."""
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not (folder / MARK).exists():
        raise OutputError(str(folder), "is not empty, and no demo's", "name another folder")
    if strangers(folder):
        raise OutputError(str(folder), "is a demo's, but has dumps of yours in it", "name another folder")
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name == MARK):  # the mark last: a kill leaves a demo
        shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()


def strangers(folder: Path) -> set[str]:
    """Dumps in a demo's folder that are not the sample days."""
    from digest.samples import sample_days

    dumps = folder / DUMPS
    found = {entry.name for entry in dumps.iterdir()} if dumps.is_dir() else set()
    return found - {day.name for day in sample_days()}


def replay(config: Config) -> tuple[str, int]:
    """One run a day over the sample days; returns the first screen of a mail, and the exit code."""
    from digest import pipeline
    from digest.commands.wiring import wired
    from digest.samples import sample_days
    from digest.store import Store, run_lock

    code = 0
    zone = ZoneInfo(config.site().time_zone)
    with run_lock(config.database), Store(config.database) as store:
        desk = wired(config, store, replay=True)
        for day in sample_days():
            now = datetime.combine(datetime.fromisoformat(day.stem), AT, tzinfo=zone)
            drop(day, config.folder / DUMPS, now)
            report = pipeline.run(desk, now.astimezone(UTC))
            click.echo(f"{now:%a %d %b}  {told(report)}")
            tell_faults(report.errors)
            code = code or int(bool(report.errors))
        shown = worth_seeing(store.publications.headlines())
        body = body_of(desk, shown.digest, shown.number).as_sample()
    head = f"--- the mail of {shown.day:%A %d %B}, as text ".ljust(COLUMNS, "-")
    return first_screen(f"{head}\nSubject: {body.subject}\n\n{body.text}"), code


def worth_seeing(editions: Sequence[Headline]) -> Headline:
    """The latest edition with more than a few papers; of none has, the latest."""
    return next((edition for edition in editions if edition.papers > FEW), editions[0])


def drop(day: Path, folder: Path, now: datetime) -> None:
    """A dump as it would have come in on that day."""
    target = folder / day.name
    shutil.copyfile(day, target)
    os.utime(target, (now.timestamp(), now.timestamp()))


def told(report: RunReport) -> str:
    counts = ", ".join(
        f"{d.listed:>2} listed: {d.new} new, {d.known} known, {d.repeated} repeated" for d in report.dumps
    )
    numbers = "".join(f" → No. {edition.number}" for edition in report.editions)
    return f"{report.verdict:<6} {counts}{numbers or ' → no mail'}"


def first_screen(text: str) -> str:
    """The beginning of a text, up to an empty line, and a rule that says how much is left."""
    lines = text.split("\n")
    end = max(at for at, line in enumerate(lines[:SCREEN]) if not line)
    return "\n".join((*lines[:end], "", f"--- and {len(lines) - end} lines more ".ljust(COLUMNS, "-")))


def show_places(folder: Path) -> None:
    """Where everything is, and what to type for one's own."""
    digest, public = typed(), folder / "public"
    here = f"{digest} -c {shlex.quote(str(folder / CONFIG))}"
    click.echo(f"The mails     {folder / 'mail'}  (a Maildir: mutt -f {shlex.quote(str(folder / 'mail'))})")
    click.echo(f"The pages     {public / 'index.html'}")
    click.echo(f"The feeds     {public / 'feeds' / 'all.atom'}  (also .rss, .json, and one of each per topic)")
    click.echo(f"Look around   {here} search robot")
    click.echo(f"              {here} editions")
    click.echo(f"\nFor your own  {digest} init papers")
    click.echo("              asks where the papers come from; then")
    click.echo(f"              {digest} -c papers/{CONFIG} run")
