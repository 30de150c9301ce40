"""The four lines; the whole program on one page.

    ingest    source → dump → parser → listing → new | known
    publish   papers not yet considered → topics → edition
    deliver   outbox → channel → receipt
    build     editions → feeds + pages

Only calls: what is decided is decided in the core, what is kept is kept by the store. Each line may die at any
instant and be run again. A fault of one dump, digest, delivery or page never stops the others; it is told at the end.
What renders is imported where it is called: on a quiet day nothing is rendered.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest import ledger
from digest.edition import Imprint, compose, has_papers
from digest.errors import CancelledDelivery, DigestError, PermanentDelivery, TemporaryDelivery, UnreadableDump
from digest.models import DumpReport, Message, Unchanged
from digest.parsers import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from digest.build import Builder
    from digest.deliver import Channel
    from digest.models import Delivery, DigestRules, Dump, Edition, Listing, Match, Paper, RunReport, Site, Topic
    from digest.render.mail import MailBody
    from digest.render.templates import Templates
    from digest.sources import Source
    from digest.store import Store

__all__ = [
    "Desk",
    "Feeding",
    "build",
    "deliver",
    "ingest",
    "next_edition",
    "publish",
    "read",
    "register",
    "run",
]

Faults = list[DigestError]


@dataclass(frozen=True, slots=True)
class Feeding:
    """A source under its name, with the parser that its dumps are to be read by (None: sniffed).

    The papers of a `baseline` source are known from now on, but are no news. `look_only`: it may not put anything away.
    """

    name: str
    source: Source
    parser: str | None = None
    baseline: bool = False
    look_only: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """All that a run works with, wired together once by the command line."""

    store: Store
    sources: tuple[Feeding, ...]
    digests: tuple[DigestRules, ...]
    to: Mapping[str, tuple[str, ...]]  # the addresses of each digest
    backfills: frozenset[str]
    topics: tuple[Topic, ...]
    classify: Callable[[Paper], tuple[Match, ...]]
    site: Site
    zone: ZoneInfo
    templates: Templates
    channel: Channel
    builder: Builder


def run(desk: Desk, now: datetime) -> RunReport:
    """All four lines, once, and a line in the ledger that says what happened."""
    faults: Faults = []
    number = desk.store.runs.start(now)
    before = desk.store.outbox.counts()
    register(desk, now)
    dumps = ingest(desk, desk.sources, now, faults)
    editions = publish(desk, now, faults)
    deliver(desk, now, faults)
    build(desk, faults)
    report = ledger.report(dumps, editions, faults, before=before, after=desk.store.outbox.counts())
    desk.store.runs.end(number, ledger.line(report, now))
    return report


@contextmanager
def noting(faults: Faults) -> Iterator[None]:
    """A fault in here is noted, and the run goes on after it."""
    try:
        yield
    except DigestError as fault:
        faults.append(fault)


# --- ingest -----------------------------------------------------------------------------------------------------


def register(desk: Desk, now: datetime) -> None:
    """What must stand before anything is ingested: start marks, subscriptions, and an outbox put right."""
    for rules in desk.digests:
        desk.store.editions.register(rules.name, backfill=rules.name in desk.backfills)
    for name in {*desk.store.outbox.digests(), *desk.to}:  # nobody gets a digest that is not configured any more
        desk.store.outbox.subscribe(name, desk.to.get(name, ()), now)
    desk.store.outbox.recover(now)


def ingest(desk: Desk, sources: Sequence[Feeding], now: datetime, faults: Faults) -> tuple[DumpReport, ...]:
    """Own and settle every dump that `sources` have; first those that a crash left owned but not settled.

    `desk` knows the parser of each of its own sources, whichever are looked at now.
    """
    left = [settle(desk, sha256, now) for sha256 in desk.store.dumps.unparsed()]
    return (*left, *(report for feeding in sources for report in take(desk, feeding, now=now, faults=faults)))


def take(desk: Desk, feeding: Feeding, *, now: datetime, faults: Faults) -> Iterator[DumpReport]:
    """One source's dumps. The bytes are owned before they are parsed, and parsed before the source is told."""
    dumps = desk.store.dumps
    with noting(faults):
        for found in feeding.source.fetch(dumps.cursor(feeding.name), now):
            if isinstance(found, DigestError):
                faults.append(found)
                continue
            if isinstance(found, Unchanged):
                dumps.unchanged(found, feeding.name)
            else:
                sha256, again = dumps.own(found, feeding.name, now=now, baseline=feeding.baseline)
                yield duplicate(desk, found.name, sha256) if again else settle(desk, sha256, now)
            if not feeding.look_only:
                with noting(faults):
                    feeding.source.owned(found)


def duplicate(desk: Desk, name: str, sha256: str) -> DumpReport:
    """The same bytes again: the retrieval is noted, and that is all."""
    first = desk.store.dumps.report(sha256)
    return DumpReport(name, sha256, "duplicate", first.listed_on, note=f"the same bytes as {first.name}")


def settle(desk: Desk, sha256: str, now: datetime) -> DumpReport:
    """Read an owned dump and take its papers in, or quarantine it: whatever it holds, it ends with a verdict."""
    try:
        desk.store.take_in(sha256, read(desk, desk.store.dumps.load(sha256)), now)
    except UnreadableDump as fault:
        return desk.store.dumps.quarantine(sha256, fault.what)
    return desk.store.dumps.report(sha256)


def read(desk: Desk, dump: Dump) -> Listing:
    """The listing in a dump, by its source's parser; raises nothing but `UnreadableDump`."""
    parser = next((feeding.parser for feeding in desk.sources if feeding.name == dump.source), None)
    try:
        return parse(dump, parser)
    except UnreadableDump:
        raise
    except Exception as fault:  # a parser from outside may fail in any way; its dump must not be lost
        what = f"the parser failed: {type(fault).__name__}: {fault}"
        raise UnreadableDump(dump.name, what, "mend the parser, then digest requeue") from fault


# --- publish ----------------------------------------------------------------------------------------------------


def publish(desk: Desk, now: datetime, faults: Faults) -> tuple[Edition, ...]:
    """An edition of each digest that has not considered everything yet, sealed with all that it owes."""
    editions: list[Edition] = []
    for rules in desk.digests:
        with noting(faults):
            editions += publish_one(desk, rules, now)
    return tuple(editions)


def publish_one(desk: Desk, rules: DigestRules, now: datetime) -> tuple[Edition, ...]:
    """The next edition of one digest, stored; none when nothing in it would be shown."""
    edition = next_edition(desk, rules, now)
    if edition is None:
        return ()
    if not has_papers(edition):
        desk.store.editions.consider(rules.name, edition.considered)
        return ()
    from digest.render import mail

    desk.store.editions.seal(edition, mail.seal(edition, desk.site, desk.templates))
    return (edition,)


def next_edition(desk: Desk, rules: DigestRules, now: datetime) -> Edition | None:
    """What would be published now; stores nothing. None when there is nothing that was not considered."""
    papers = desk.store.papers.news(rules.name)
    if not papers:
        return None
    since = desk.store.editions.since(rules.name)
    imprint = Imprint(
        number=since.number,
        day=now.astimezone(desk.zone).date(),
        created=now,
        considered=papers[-1].news_no or 0,
        tally=since.tally,
        quiet=since.quiet,
    )
    classified = [(paper, desk.classify(paper)) for paper in papers]
    return compose(rules, desk.topics, classified=classified, imprint=imprint)


# --- deliver ----------------------------------------------------------------------------------------------------


def deliver(desk: Desk, now: datetime, faults: Faults) -> None:
    """Hand over everything that is due. An edition's body is composed once for all its deliveries."""
    due = desk.store.outbox.due(now)
    for digest, number in dict.fromkeys((delivery.digest, delivery.edition) for delivery in due):
        with noting(faults):
            body = body_of(desk, digest, number)
            for delivery in due:
                if (delivery.digest, delivery.edition) == (digest, number):
                    send(desk, delivery, body, now=now, faults=faults)


def body_of(desk: Desk, digest: str, number: int) -> MailBody:
    """The mail of one sealed edition."""
    from digest.render import mail

    edition = desk.store.editions.load(digest, number)
    if edition is None:
        raise DigestError(f"edition {digest}/{number}", "is owed but not stored", "restore the database from a backup")
    return mail.compose(edition, desk.store.editions.fragments(digest, number), desk.site, desk.templates)


def send(desk: Desk, delivery: Delivery, body: MailBody, *, now: datetime, faults: Faults) -> None:
    """One delivery: in doubt before it can be accepted, settled after the answer."""
    from digest.render import mail

    outbox = desk.store.outbox
    try:
        message = Message(delivery, mail.message(body, delivery, desk.site, now))
        receipt = desk.channel.send(message, lambda: outbox.doubt(delivery.id))
    except PermanentDelivery as fault:
        outbox.dead(delivery.id, str(fault))
        faults.append(fault)
    except TemporaryDelivery as fault:
        outbox.postpone(delivery, str(fault), now)
        faults.append(fault)
    except CancelledDelivery:
        return
    else:
        outbox.sent(delivery.id, receipt.reply)


# --- build ---------------------------------------------------------------------------------------------


def build(desk: Desk, faults: Faults) -> list[str]:
    """Feeds and pages; returns the paths that changed."""
    changed: list[str] = []
    with noting(faults):
        changed += desk.builder.build()
    return changed
