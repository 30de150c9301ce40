"""The commands for a beginning: init makes a folder for a digest of one's own, demo shows one."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

import click

from digest import config as configuration
from digest.commands.answers import tell_faults
from digest.commands.itself import crontab_line, typed
from digest.errors import ConfigError, OutputError, one_line
from digest.topics import default_topics

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from digest.config import Config
    from digest.models import Headline, RunReport

__all__ = ["demo", "init"]

CONFIG, DUMPS = "config.toml", "dumps"


# --- init -------------------------------------------------------------------------------------------------------


@click.command(epilog="Example: digest init papers --topics agents,llm --to me@example.org")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--title", help="What your digest is called.")
@click.option("--topics", help='Topic ids with commas between them, or "all".')
@click.option("--to", help="Addresses that get the mail, with commas between them.")
@click.option("--time-zone", "zone", help="Where your days begin and end, such as Europe/Berlin; else this machine's.")
def init(folder: Path, title: str | None, *, topics: str | None, to: str | None, zone: str | None) -> int:
    """Make FOLDER with a config.toml that explains itself, and an empty dumps/ in it.

    Asks for what is not given as an option, on a terminal only. Never overwrites a config.toml.
    """
    target = folder / CONFIG
    if target.exists():
        raise OutputError(str(target), "is there already", "edit it, or choose another folder")
    for option, setting, given in (("--title", "title", title), ("--topics", "topics", topics), ("--to", "to", to)):
        check_option(option, setting, given)
    check_option("--time-zone", "time_zone", zone)
    if sys.stdin.isatty():
        title = title or click.prompt("What shall it be called?", default="Morning Papers", value_proc=checked("title"))
        topics = topics or ask_topics()
        to = to or click.prompt("Who gets the mail?", default="reader@localhost", value_proc=checked("to"))
        zone = zone or click.prompt("In which time zone are your days?", own_zone(), value_proc=checked("time_zone"))
    zone = zone or own_zone()
    write_config(target, configuration.written(title=title, topics=listed(topics), to=listed(to), time_zone=zone))
    tell_next(folder, zone)
    return 0


def tell_next(folder: Path, zone: str) -> None:
    """What was made, and what to do with it."""
    target = folder / CONFIG
    click.echo(f"{target} is yours to read and change. Its days are those of {zone} (time_zone). Next:")
    click.echo(f"  put saved listing pages into {folder / DUMPS}")
    click.echo(f"  {typed()} -c {shlex.quote(str(target))} run")
    click.echo(f"The mail is then in {folder / 'mail'}, the pages begin at {folder / 'public' / 'index.html'}.")
    click.echo(f'Every working day at seven, by cron ("crontab -e"):\n  {crontab_line(target)}')


def check_option(option: str, setting: str, given: str | None) -> None:
    """Tell a wrong answer under the name of its option, before anything is asked or made."""
    if given:
        try:
            checked(setting)(given)
        except click.BadParameter as fault:
            raise ConfigError(option, (fault.message,)) from fault


def ask_topics() -> str:
    topics = default_topics()
    widest = max(len(topic.id) for topic in topics)
    for topic in topics:
        click.echo(f"  {topic.id:<{widest}}  {topic.name}")
    question = "Which topics? Ids with commas between them, or all"
    answer: str = click.prompt(question, default="all", value_proc=checked("topics"))
    return answer


def checked(setting: str) -> Callable[[str], str]:
    """A check of one answer, so that a wrong one is told and asked again at once."""

    def check(answer: str) -> str:
        value = listed(answer) if setting in LISTS else answer
        try:
            configuration.written(**{setting: value})  # type: ignore[arg-type]  # as each setting wants it
        except ConfigError as fault:
            said = (what.partition(": ")[2] for what in fault.faults)  # the place is the question
            raise click.BadParameter(one_line("; ".join(said))) from fault
        return answer

    return check


LISTS = ("topics", "to")


def listed(words: str | None) -> tuple[str, ...] | None:
    """What was given with commas between; None for nothing, or for "all"."""
    if words is None or words.strip() == "all":
        return None
    return tuple(word.strip() for word in words.split(",") if word.strip())


def write_config(target: Path, text: str) -> None:
    """Write config.toml, and dumps/ beside it."""
    try:
        (target.parent / DUMPS).mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(str(target), f"can't be written: {error.strerror}", "choose another folder") from error


def own_zone() -> str:
    """The machine's time zone by its IANA name; UTC where it does not say."""
    named = os.environ.get("TZ", "").removeprefix(":")
    linked = os.path.realpath("/etc/localtime").partition("zoneinfo/")[2]
    zones = available_timezones()
    found = next((zone for zone in (named, linked) if zone in zones), "UTC")
    return "UTC" if found == "Etc/UTC" else found


# --- demo -------------------------------------------------------------------------------------------------------

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
        desk = wired(config, store)
        for day in sample_days():
            now = datetime.combine(datetime.fromisoformat(day.stem), AT, tzinfo=zone)
            drop(day, config.folder / DUMPS, now)
            report = pipeline.run(desk, now.astimezone(UTC))
            click.echo(f"{now:%a %d %b}  {told(report)}")
            tell_faults(report.errors)
            code = code or int(bool(report.errors))
        shown = worth_seeing(store.publications.headlines())
        body = pipeline.body_of(desk, shown.digest, shown.number)
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
    click.echo("              put saved listing pages into papers/dumps, then")
    click.echo(f"              {digest} -c papers/{CONFIG} run")
