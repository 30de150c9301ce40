"""The commands that say how things stand: editions, status."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from digest.commands.answers import aligned, as_json, table
from digest.commands.common import at_work, configured, opened
from digest.commands.options import clock, json_option
from digest.commands.sources import conditions
from digest.errors import one_line
from digest.facts import Facts, day_in_words, time_in_words
from digest.health import standing
from digest.lateness import RHYTHM
from digest.models import OutboxCounts, SourceRecord
from digest.render import paths
from digest.render.words import named_day
from digest.store import Store
from digest.telling import space
from digest.timetable import outlook

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from digest.config import Config
    from digest.models import Headline, Look, Site, Withdrawn
    from digest.timetable import Outlook

__all__ = ["editions", "status"]


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
        "slot": edition.slot,
        "created": edition.created,
        "papers": edition.papers,
        "url": paths.absolute(site, page),
        "path": page,
    }


# --- status -----------------------------------------------------------------------------------------------------


@click.command()
@json_option
@click.pass_context
def status(ctx: click.Context, *, machine: bool) -> int:
    """Say whether all is well, and what to do if not. The first word is the answer: OK, QUIET, LATE or BROKEN.

    Exit code 0 for OK and QUIET, 1 for LATE and BROKEN.
    """
    config, now = configured(ctx), clock()
    facts, sources, outlooks = looked(config, now)
    answer = standing(facts)
    if machine:
        answer_of = {"daemon": asdict(facts.daemon) if facts.daemon else None}
        lists = answer_of | {"sources": [asdict(s) for s in sources], "next": [asdict(one) for one in outlooks]}
        as_json(asdict(answer) | {"outbox": asdict(facts.outbox)} | lists)
        return 0 if answer.well else 1
    click.echo(f"{config.site().title:<50} {today(facts, config.site().time_zone)}")
    click.echo(one_line(f"{answer.word:<7} {answer.line}"))
    for line in answer.to_do:
        click.echo(one_line(f"        {line}"))
    show_sources(sources, facts)
    counts = asdict(facts.outbox)
    click.echo("OUTBOX   " + "   ".join(f"{counts[state]} {state.replace('_', ' ')}" for state in WAITING))
    if facts.daemon and facts.by_daemon and not facts.daemon.stopped:
        click.echo(f"DAEMON   since {time_in_words(facts.daemon.started, facts)}, process {facts.daemon.pid}")
    for line in to_come(outlooks, facts):
        click.echo(one_line(line))
    click.echo(f"READ     {config.public / paths.FRONT}")
    return 0 if answer.well else 1


WAITING = ("queued", "in_doubt", "held", "dead", "sent")
RUNS = 50  # of the ledger, looked at to say since when something is broken


def today(facts: Facts, zone: str) -> str:
    """The day and time of the answer, with the zone of all its times."""
    local = facts.now.astimezone(facts.zone)
    return f"{named_day(local)} {local:%H:%M} {zone}"


def to_come(outlooks: Sequence[Outlook], facts: Facts) -> Iterator[str]:
    """When the next edition of each digest with a schedule is to appear, a line each; in the owner's zone, as all times."""
    for one in outlooks:
        number, when = f"{one.digest} No. {one.number}", time_in_words(one.at, facts)
        if one.waits:
            yield f"NEXT     {number} waits for {one.waits}, until {when} at most"
        else:
            yield f"NEXT     {number}: {when if one.at > facts.now else 'due now'}"


def looked(config: Config, now: datetime) -> tuple[Facts, Sequence[SourceRecord], Sequence[Outlook]]:
    """What is known of the runs and the configured sources, and what is to come; nothing before the first run."""
    zone = ZoneInfo(config.site().time_zone)
    if not config.database.exists():
        return Facts((), OutboxCounts(), now, zone), (), ()
    with Store(config.database) as store:
        records, looks = {record.source: record for record in store.runs.sources()}, store.looks.all()
        fares = conditions(config.sources, store.sources.histories(), now.astimezone(zone))
        places = () if store.dumps.any() else config.places()
        coming = [outlook(store, rules, config.zone_of(rules), now) for rules in config.rules()]
        halts = store.halts.at_way(config.settings.mail.way)
        awaited = [one.name for one in config.rules() if one.schedule and store.editions.waits(one.name)]
        known = replace(facts_of(store, now, zone), halts=halts, awaited=awaited)
        facts = replace(known, places=places, sources=fares, withdrawn=withdrawn(config, store))
    sources = [records.get(source.name, SourceRecord(source.name)) for source in config.sources]
    looked = [looked_at(record, looks.get(record.source)) for record in sources]
    return facts, looked, [one for one in coming if one]


def withdrawn(config: Config, store: Store) -> tuple[Withdrawn, ...]:
    """The addresses that config.toml lists in vain, by digest."""
    digests = (rules.name for rules in config.rules())
    return tuple(one for name in digests for one in store.subscriptions.withdrawn(name, config.recipients(name)))


def looked_at(record: SourceRecord, look: Look | None) -> SourceRecord:
    """With the time of the last look, which may have found nothing."""
    return replace(record, last_look=look.looked) if look else record


def facts_of(store: Store, now: datetime, zone: ZoneInfo) -> Facts:
    """What `standing` rests on, from the store. A run that is at work at this moment does not count yet."""
    headlines = store.publications.headlines(1)
    runs = store.runs.last(RUNS)
    return Facts(
        runs[1:] if runs and runs[0].verdict is None and at_work(store.database.path) else runs,
        store.outbox.counts(),
        now,
        zone,
        days=store.runs.days(RHYTHM + 1),
        unread=store.dumps.unread(),
        lately=store.dumps.unread_lately(),
        stuck=store.outbox.stuck(),
        latest=headlines[0] if headlines else None,
        daemon=store.daemons.last(),
        disk=space(store.database.path.parent),
    )


def show_sources(sources: Sequence[SourceRecord], facts: Facts) -> None:
    """A row for each source, with the count equation of the last look that brought anything."""
    head = ("SOURCES", "LAST LOOK", "LAST DUMPS", "LISTED =", "NEW +", "KNOWN +", "REPEATED", "REJECTED", "LAST NEWS")
    if sources:
        click.echo(aligned(head, (source_row(one, facts) for one in sources)))


def source_row(one: SourceRecord, facts: Facts) -> tuple[object, ...]:
    look, dumps = (time_in_words(at, facts) if at else NONE for at in (one.last_look, one.last_dumps))
    counts = (one.tally.listed, one.tally.new, one.tally.known, one.tally.repeated, one.rejected)
    return one.source, look, dumps, *counts, day_in_words(one.last_news, facts) if one.last_news else NONE


NONE = "-"
