"""The commands that say how things stand: editions, outbox, status."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, get_args
from zoneinfo import ZoneInfo

import click

from digest.commands.common import aligned, as_json, clock, configured, json_option, opened, table
from digest.commands.standing import Facts, standing
from digest.errors import Busy
from digest.models import OutboxCounts, State
from digest.render import paths
from digest.render.words import counted
from digest.store import Store, run_lock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from digest.models import Delivery, Headline, Site, SourceRecord

__all__ = ["editions", "outbox", "status"]


@click.command()
@json_option
@click.pass_context
def editions(ctx: click.Context, *, machine: bool) -> int:
    """List the editions, the latest first."""
    config = configured(ctx)
    with opened(config) as store:
        found = store.publications.headlines()
    if machine:
        as_json([edition_json(edition, config.site()) for edition in found])
    else:
        rows = ((e.digest, e.number, e.day, e.papers, " ".join(f"{t} {n}" for t, n in e.topics[:4])) for e in found)
        table(("digest", "no.", "day", "papers", "topics"), rows)
    return 0


def edition_json(edition: Headline, site: Site) -> dict[str, object]:
    page = paths.edition_page(edition.digest, edition.number)
    return {
        "digest": edition.digest,
        "number": edition.number,
        "slot": None,
        "created": edition.created,
        "papers": edition.papers,
        "url": paths.absolute(site, page),
        "path": page,
    }


# --- outbox -----------------------------------------------------------------------------------------------------


@click.group(invoke_without_command=True, epilog="Example: digest outbox --state dead; digest outbox retry 12")
@click.option("--state", type=click.Choice(get_args(State)), help="Only deliveries in this state.")
@json_option
@click.pass_context
def outbox(ctx: click.Context, state: State | None, *, machine: bool) -> int:
    """List what is owed to whom and how far it got; retry or cancel it."""
    if ctx.invoked_subcommand is not None:
        return 0
    with opened(configured(ctx)) as store:
        found = store.outbox.all(state)
    if machine:
        as_json([delivery_json(delivery) for delivery in found])
    else:
        rows = ((d.id, f"{d.digest} {d.edition}", d.to, d.state, d.attempts, d.last_reply) for d in found)
        table(("id", "edition", "to", "state", "attempts", "last reply"), rows)
    return 0


def delivery_json(delivery: Delivery) -> dict[str, object]:
    return {
        "id": delivery.id,
        "digest": delivery.digest,
        "edition": delivery.edition,
        "to": delivery.to,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "message_id": delivery.message_id,
        "next_at": delivery.next_at,
        "last_reply": delivery.last_reply,
    }


@outbox.command()
@click.argument("ids", nargs=-1, type=int, required=True)
@click.pass_context
def retry(ctx: click.Context, ids: tuple[int, ...]) -> int:
    """Queue held, dead or waiting deliveries again.

    IDS are the numbers that "digest outbox" shows. "digest run" then sends them.
    """
    config = configured(ctx)
    with opened(config) as store:
        count = store.outbox.retry(ids, clock())
    click.echo(f"{counted(count, 'delivery', 'deliveries')} queued")
    return 0 if count == len(set(ids)) else 1


@outbox.command()
@click.argument("ids", nargs=-1, type=int, required=True)
@click.pass_context
def cancel(ctx: click.Context, ids: tuple[int, ...]) -> int:
    """Give up deliveries that are not sent yet.

    IDS are the numbers that "digest outbox" shows.
    """
    config = configured(ctx)
    with opened(config) as store:
        count = store.outbox.cancel(ids)
    click.echo(f"{counted(count, 'delivery', 'deliveries')} cancelled")
    return 0 if count == len(set(ids)) else 1


# --- status -----------------------------------------------------------------------------------------------------


@click.command()
@json_option
@click.pass_context
def status(ctx: click.Context, *, machine: bool) -> int:
    """Say whether all is well, and what to do if not. The first word is the answer: OK, QUIET, LATE or BROKEN.

    Exit code 0 for OK and QUIET, 1 for LATE and BROKEN.
    """
    config, now = configured(ctx), clock()
    facts, sources = looked(config.database, now)
    answer = standing(facts)
    if machine:
        as_json(asdict(answer) | {"outbox": asdict(facts.outbox), "sources": [asdict(s) for s in sources]})
        return 0 if answer.well else 1
    zone = ZoneInfo(config.site().time_zone)
    today = f"{now.astimezone(zone):%a %d %b %Y %H:%M} {config.site().time_zone}"
    click.echo(f"{config.site().title:<50} {today}")
    click.echo(f"{answer.word:<7} {answer.line}")
    for line in answer.to_do:
        click.echo(f"        {line}")
    show_sources(sources, zone)
    counts = asdict(facts.outbox)
    click.echo("OUTBOX   " + "   ".join(f"{counts[state]} {state.replace('_', ' ')}" for state in WAITING))
    click.echo(f"READ     {config.public / paths.FRONT}")
    return 0 if answer.well else 1


WAITING = ("queued", "in_doubt", "held", "dead", "sent")
RUNS = 50  # of the ledger, looked at to say since when something is broken


def looked(database: Path, now: datetime) -> tuple[Facts, Sequence[SourceRecord]]:
    """What is known of the runs and the sources; nothing before the first run."""
    if not database.exists():
        return Facts((), (), OutboxCounts(), None, now), ()
    with Store(database) as store:
        return facts_of(store, now), store.runs.sources()


def facts_of(store: Store, now: datetime) -> Facts:
    """What `standing` rests on, from the store. A run that is at work at this moment does not count yet."""
    headlines = store.publications.headlines()
    runs = store.runs.last(RUNS)
    return Facts(
        runs[1:] if runs and runs[0].verdict is None and at_work(store.database.path) else runs,
        unread=store.dumps.unread(),
        outbox=store.outbox.counts(),
        latest=headlines[0] if headlines else None,
        now=now,
    )


def at_work(database: Path) -> bool:
    """Whether the run that has not ended is still going on, or was killed."""
    try:
        with run_lock(database):
            return False
    except Busy:
        return True


def show_sources(sources: Sequence[SourceRecord], zone: ZoneInfo) -> None:
    """A row for each source, with the count equation of its last dump."""
    head = ("SOURCES", "LAST LOOK", "LISTED =", "NEW +", "KNOWN +", "REPEATED", "REJECTED", "LAST NEWS")
    rows = (
        (
            one.source,
            f"{one.last_look.astimezone(zone):%a %d %b %H:%M}",
            one.tally.listed,
            one.tally.new,
            one.tally.known,
            one.tally.repeated,
            one.rejected,
            one.last_news,
        )
        for one in sources
    )
    if sources:
        click.echo(aligned(head, rows))
