"""The commands `digest backup` and `digest restore`: the whole database in one file, and back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from digest.commands.common import configured, existing
from digest.commands.options import clock
from digest.errors import StoreError, one_line
from digest.render.words import counted, named_day
from digest.store import run_lock
from digest.store.backups import back_up, contents
from digest.store.restoring import put_back

if TYPE_CHECKING:
    from digest.config import Config
    from digest.store.backups import Contents
    from digest.store.restoring import Restored

__all__ = ["backup", "restore"]


@click.command(epilog="Example, each night by cron: digest backup --replace /backup/paperround.db")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Put it in the place of an older backup of that name.")
@click.pass_context
def backup(ctx: click.Context, file: Path, *, replace: bool) -> int:
    """Copy the database to FILE, or under the name of the day into a folder, while anything else goes on.

    The copy is checked, and can be read by you alone: it holds the addresses of readers. config.toml, passwords, feeds and pages are not in it.
    """
    config = configured(ctx)
    now = clock().astimezone(ZoneInfo(config.site().time_zone))
    target = file / f"paperround-{now:%Y-%m-%d}.db" if file.is_dir() else file
    found = back_up(existing(config), target, replace=replace)
    click.echo(one_line(f"{target}: {size(target)}, {inside(found, config)}; checked"))
    return 0


@click.command(epilog="Example: digest restore /backup/paperround-2026-11-20.db")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--hold/--no-hold", default=True, help="Whether mails wait for you, since some may have been sent.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@click.pass_context
def restore(ctx: click.Context, file: Path, *, hold: bool, yes: bool) -> int:
    """Put the backup FILE in the place of the database, which is kept beside it.

    What was published after the backup is unknown to it: papers listed again would be news again. So mails are held until "digest outbox release all".
    """
    config = configured(ctx)
    with run_lock(config.database):
        found = contents(file)
        click.echo(one_line(f"{file} has {inside(found, config)}."))
        click.echo(one_line(f"The present database, {config.database}, {present(config)}."))
        click.echo(WARNING[hold])
        if not (yes or agreed()):
            click.echo("Nothing was changed.")
            return 1
        done = put_back(file, config.database, clock(), hold=hold)
    for line in told(done, hold=hold):
        click.echo(one_line(line))
    return 0


WARNING = {
    True: "What was published after the backup, it does not know: it would be published again. So no mail leaves until you say so.",
    False: "What was published after the backup, it does not know: readers get it a second time, as you wish (--no-hold).",
}


def agreed() -> bool:
    """Whether the one at the terminal agrees; raises a usage error where nobody is there."""
    if not sys.stdin.isatty():
        raise click.UsageError("nobody is here to be asked: --yes says that you mean it")
    return click.confirm("Restore it?")


def told(done: Restored, *, hold: bool) -> list[str]:
    """What was done, and what is to be done now."""
    lines = [f"Restored. The former database is kept as {done.kept}." if done.kept else "Restored."]
    if done.words:
        lines += [
            f"{counted(done.words, 'reader')} left, paused, bounced or {'was' if done.words == 1 else 'were'} deleted since: that stays so."
        ]
    if done.kept and done.words is None:
        lines += [NO_WORDS]
    if hold:
        lines += [NEXT]
    return lines


NO_WORDS = (
    "What readers said since can't be taken from it (it is damaged, or of another version): who unsubscribed after the "
    'backup is subscribed again. "digest subscriptions unsubscribe ADDRESS" is for those you know of.'
)
NEXT = (
    'Mails wait: "digest run" publishes, "digest outbox" lists what would be sent, "digest outbox cancel daily/12" gives '
    'up an edition that readers have had, and "digest outbox release all" lets the others go.'
)


def present(config: Config) -> str:
    """What the database that is there now has."""
    if not config.database.exists():
        return "is not there"
    try:
        return f"has {inside(contents(config.database), config)}"
    except StoreError as fault:
        return f"can't be read: {fault.what}"


def inside(found: Contents, config: Config) -> str:
    """The counts, and how new it is."""
    counts = ((found.papers, "paper"), (found.subscriptions, "subscription"), (found.editions, "edition"))
    said = ", ".join(counted(*one) for one in counts)
    if found.latest is None:
        return said
    return f"{said}, the latest of {named_day(found.latest.astimezone(ZoneInfo(config.site().time_zone)))}"


def size(file: Path) -> str:
    """Bytes as people say them."""
    return f"{file.stat().st_size / 1e6:,.1f} MB"
