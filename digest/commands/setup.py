"""The command `digest init`: a folder for a digest of one's own, with the answers in its config.toml."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

import click

from digest import config as configuration
from digest.commands.itself import crontab_line, typed
from digest.errors import ConfigError, OutputError, one_line
from digest.topics import default_topics

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CONFIG", "DUMPS", "init", "own_zone", "write_config"]

CONFIG, DUMPS = "config.toml", "dumps"


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
