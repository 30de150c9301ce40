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
from digest.commands.choosing import FORMS, sources_of
from digest.commands.itself import crontab_line, typed
from digest.errors import ConfigError, OutputError, one_line
from digest.render.words import in_full
from digest.topics import default_topics

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["CONFIG", "DUMPS", "init", "own_zone", "write_config"]

CONFIG, DUMPS = "config.toml", "dumps"


def joined(ctx: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> str | None:
    """The words of an option that may be repeated, as if they had been given at once."""
    del ctx, parameter
    return ",".join(given) or None


@click.command(epilog="Example: digest init papers --source huggingface,arxiv:cs.CL --to me@example.org")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--title", help="What your digest is called.")
@click.option(
    "--source", multiple=True, callback=joined, help="Where the papers come from: huggingface, arxiv:cs.CL (with more "
    "categories: arxiv:cs.CL+cs.LG), the address of a feed, or folder; several with commas between them."
)  # fmt: skip
@click.option("--topics", help='Topic ids with commas between them, or "all".')
@click.option("--to", help="Addresses that get the mail, with commas between them.")
@click.option("--time-zone", help="Where your days begin and end, such as Europe/Berlin; else this machine's.")
def init(folder: Path, **given: str | None) -> int:
    """Make FOLDER with a config.toml that explains itself, and an empty dumps/ in it.

    Asks for what is not given as an option, on a terminal only. Without a --source nothing is fetched: the pages that you save in dumps/ are read, as they are beside any other source. Never overwrites a config.toml.
    """
    target = folder / CONFIG
    if target.exists():
        raise OutputError(str(target), "is there already", "edit it, or choose another folder")
    for setting in QUESTIONS:
        check_option(setting, given[setting])
    answers = asked(given) if sys.stdin.isatty() else given
    zone = answers["time_zone"] or own_zone()
    write_config(target, text_of({**answers, "time_zone": zone}))
    tell_next(folder, zone, [source["name"] for source in sources_of(answers["source"])])
    return 0


def text_of(answers: Mapping[str, str | None]) -> str:
    """The new config.toml; raises `ConfigError` for answers that it can't hold."""
    return configuration.written(
        title=answers.get("title"),
        time_zone=answers.get("time_zone"),
        sources=sources_of(answers.get("source")),
        topics=listed(answers.get("topics")),
        to=listed(answers.get("to")),
    )


def listed(words: str | None) -> tuple[str, ...] | None:
    """What was given with commas between; None for nothing, or for "all"."""
    if words is None or words.strip() == "all":
        return None
    return tuple(word.strip() for word in words.split(",") if word.strip())


def check_option(setting: str, given: str | None) -> None:
    """Tell a wrong answer under the name of its option, before anything is asked or made."""
    if given:
        try:
            checked(setting)(given)
        except click.BadParameter as fault:
            raise ConfigError(f"--{setting.replace('_', '-')}", (fault.message,)) from fault


def checked(setting: str) -> Callable[[str], str]:
    """A check of one answer, so that a wrong one is told and asked again at once."""

    def check(answer: str) -> str:
        try:
            text_of({setting: answer})
        except ConfigError as fault:
            said = (what.partition(": ")[2] for what in fault.faults)  # the place is the question
            raise click.BadParameter(one_line("; ".join(said))) from fault
        return answer

    return check


# --- on a terminal ----------------------------------------------------------------------------------------------


def asked(given: Mapping[str, str | None]) -> Mapping[str, str | None]:
    """An answer for each question: the one that was given as an option, or else the terminal's."""
    return {setting: given[setting] or question() for setting, question in QUESTIONS.items()}


def ask(setting: str, question: str, default: str) -> str:
    answer: str = click.prompt(question, default=default, value_proc=checked(setting))
    return answer


def ask_source() -> str:
    click.echo("Where do the papers come from?")
    show(FORMS)
    return ask("source", "Which of these? One, or several with commas between them", "huggingface")


def ask_topics() -> str:
    show([(topic.id, topic.name) for topic in default_topics()])
    return ask("topics", "Which topics? Ids with commas between them, or all", "all")


def show(choices: Sequence[tuple[str, str]]) -> None:
    """What may be answered, and what each means."""
    widest = max(len(word) for word, _ in choices)
    for word, meaning in choices:
        click.echo(f"  {word:<{widest}}  {meaning}")


QUESTIONS: Mapping[str, Callable[[], str]] = {
    "title": lambda: ask("title", "What shall it be called?", "Morning Papers"),
    "source": ask_source,
    "topics": ask_topics,
    "to": lambda: ask("to", "Who gets the mail? (several with commas)", "reader@localhost"),
    "time_zone": lambda: ask("time_zone", "In which time zone are your days?", own_zone()),
}


# --- what is made -----------------------------------------------------------------------------------------------


def tell_next(folder: Path, zone: str, fetched: Sequence[str]) -> None:
    """What was made, and what to do with it; `fetched` are the sources that need no saving of pages."""
    target = folder / CONFIG
    command = f"  {typed()} -c {shlex.quote(str(target))}"
    run = f"{command} run"
    click.echo(f"{target} is yours to read and change. Its days are those of {zone} (time_zone). Next:")
    if fetched:
        click.echo(
            f"{run}\nIt fetches what is new from {in_full(fetched)}, and reads what you save in {folder / DUMPS}."
        )
    else:
        click.echo(f"  put saved listing pages into {folder / DUMPS}\n{run}")
    click.echo(f"The mail is then in {folder / 'mail'}, the pages begin at {folder / 'public' / 'index.html'}.")
    click.echo(
        f'By itself from then on, by systemd ("daemon" instead of "install": in this terminal):\n{command} install'
    )
    click.echo(f'or every working day at seven, by cron ("crontab -e"):\n  {crontab_line(target)}')


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
