"""The command `digest sources`: how each source fares; and those that bring more into config.toml, or their list out."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, get_args
from zoneinfo import ZoneInfo

import click

from digest.commands.answers import aligned, as_json, dump_json, table
from digest.commands.common import configured
from digest.commands.options import clock, json_option
from digest.errors import one_line
from digest.models import NAMED_FILES, First, SourceHistory, SourceRecord
from digest.render.words import named_day, named_time
from digest.rhythm import condition
from digest.sources.asking import failing, gone
from digest.sources.huggingface import still_due
from digest.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from digest.config import Config
    from digest.config.settings import SourceSettings
    from digest.rhythm import Condition

__all__ = ["conditions", "sources"]


@click.group(invoke_without_command=True, epilog="Example: digest sources add https://papers.example.org/")
@json_option
@click.pass_context
def sources(ctx: click.Context, *, machine: bool) -> int:
    """List the sources: when each was looked at, what it gave, when it brought news last, and how it fares."""
    if ctx.invoked_subcommand is not None:
        return 0
    config = configured(ctx)
    known, now = remembered(config), clock().astimezone(ZoneInfo(config.site().time_zone))
    fares = conditions(config.sources, known, now)
    others = sorted(known.keys() - fares.keys() - {NAMED_FILES})
    if machine:
        as_json(
            [
                *(source_json(one, history(one.name, known), fares[one.name]) for one in config.sources),
                *(unconfigured_json(known[name]) for name in others),
            ]
        )
        return 0
    show(config, [row(one, history(one.name, known), fares[one.name], now) for one in config.sources])
    if others:
        click.echo(one_line(f"Not in config.toml any more: {', '.join(others)}"))
    return 0


HEAD = ("source", "kind", "fares", "last look", "listed =", "new +", "known +", "repeated", "last news", "why")


def show(config: Config, rows: Sequence[tuple[object, ...]]) -> None:
    """A table with all; on a terminal, whose lines are short, the sentences stand below it."""
    if not sys.stdout.isatty():
        table(HEAD, rows)
        return
    click.echo(aligned(HEAD[:-1], [one[:-1] for one in rows]) + "\n")
    for source, one in zip(config.sources, rows, strict=True):
        click.echo(f"{source.name}: {one[-1]}")


def remembered(config: Config) -> Mapping[str, SourceHistory]:
    """What the database knows of each source; nothing where there is none yet."""
    if not config.database.exists():
        return {}
    with Store(config.database) as store:
        return store.sources.histories()


def history(name: str, known: Mapping[str, SourceHistory]) -> SourceHistory:
    return known.get(name) or SourceHistory(SourceRecord(name))


def conditions(
    sources: Iterable[SourceSettings], known: Mapping[str, SourceHistory], now: datetime
) -> Mapping[str, Condition]:
    """How each of these sources fares, by name; days and times are told in the time zone of `now`."""
    found = {}
    for one in sources:
        its = history(one.name, known)
        names = still_due(its.cursors, now) if one.kind == "huggingface" else one.addresses
        bad = failing(names, its.cursors)
        found[one.name] = condition(its, now, gone(one.addresses, its.cursors), failing=bad)
    return found


def row(one: SourceSettings, its: SourceHistory, fares: Condition, now: datetime) -> tuple[object, ...]:
    record, look = its.record, its.look
    looked = named_time(look.looked, now) if look else None
    tally = record.tally
    counts = (tally.listed, tally.new, tally.known, tally.repeated) if record.last_dumps else (None,) * 4
    news = named_day(record.last_news, now.year) if record.last_news else None
    return one.name, one.kind, fares.word, looked, *counts, news, one_line(fares.why)


def source_json(one: SourceSettings, its: SourceHistory, fares: Condition) -> dict[str, object]:
    where = {"kind": one.kind, "addresses": one.addresses, "configured": True}
    return {"name": one.name, **where, **record_json(its), "health": fares.word, "why": fares.why}


def unconfigured_json(its: SourceHistory) -> dict[str, object]:
    where = {"kind": None, "addresses": (), "configured": False}
    return {
        "name": its.record.source,
        **where,
        **record_json(its),
        "health": None,
        "why": "not in config.toml any more",
    }


def record_json(its: SourceHistory) -> dict[str, object]:
    record, look = its.record, its.look
    return {
        "last_look": look.looked if look else record.last_look,
        "answered": look.answered if look else None,
        "failures": look.failures if look else 0,
        "fault": look.fault if look else None,
        "not_before": look.not_before if look else None,
        "last_dumps": record.last_dumps,
        "tally": asdict(record.tally),
        "rejected": record.rejected,
        "last_dump": dump_json(its.last_dump) if its.last_dump else None,
        "last_news": record.last_news,
    }


# --- more of them, and their list -------------------------------------------------------------------------------


@sources.command(epilog='Example: digest sources add https://papers.example.org/ --first "latest day"')
@click.argument("url")
@click.option("--name", help="What it is called; by default made from the feed's title.")
@click.option("--first", type=click.Choice(get_args(First)), help="What its very first look announces.")
@click.option("--allow-private", is_flag=True, help="Its address may be one of a private network.")
@click.pass_context
def add(ctx: click.Context, url: str, name: str | None, *, first: First | None, allow_private: bool) -> int:
    """Add a feed to config.toml, by address.

    URL is the feed's, or that of a page that names it. A page that names several is asked about on a terminal; elsewhere they are listed, to be added by their own address.
    Only lines are added to config.toml; nothing is written where anything is wrong.
    """
    from digest.commands.adding import Wish, add_feed

    add_feed(configured(ctx), file_of(ctx), Wish(url, name, first, allow_private), clock())
    return 0


@sources.command("import", epilog="Example: digest sources import feeds.opml")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.pass_context
def import_(ctx: click.Context, file: Path) -> int:
    """Add the feeds of an OPML list.

    They are written into config.toml, but for those that are there already. None is fetched.
    """
    from digest.commands.adding import import_feeds

    return import_feeds(configured(ctx), file_of(ctx), file)


@sources.command(epilog="Example: digest sources export feeds.opml")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.pass_context
def export(ctx: click.Context, file: Path | None) -> int:
    """Write the feeds as an OPML list.

    It goes to a new FILE, or to stdout. Sources of other kinds have no place in it.
    """
    from digest.commands.adding import export_feeds

    export_feeds(configured(ctx), file)
    return 0


def file_of(ctx: click.Context) -> Path:
    """The config.toml that `configured` has found."""
    import os

    from digest import config as configuration

    return configuration.find(ctx.find_root().obj, os.environ, Path.cwd()) or Path("config.toml")
