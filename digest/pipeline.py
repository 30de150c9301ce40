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

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from digest.edition import Imprint, compose
from digest.errors import DeliveryError, DigestError, PermanentDelivery, TemporaryDelivery, UnreadableDump
from digest.models import DumpReport, Message, OutboxCounts, RunReport, Unchanged
from digest.parsers import parse
from digest.store.runs import LoggedRun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from digest.build import Builder
    from digest.deliver import Channel
    from digest.models import Delivery, DigestRules, Dump, Edition, Listing, Match, Paper, RunVerdict, Site, Topic
    from digest.render.mail import MailBody
    from digest.render.templates import Templates
    from digest.sources import Source
    from digest.store import Store

__all__ = ["Desk", "Feeding", "build", "deliver", "ingest", "publish", "read", "register", "run", "settle"]

Answer = TypeVar("Answer")
Faults = list[DigestError]


@dataclass(frozen=True, slots=True)
class Feeding:
    """A source under its name, with the parser that its dumps are to be read by (None: sniffed).

    The papers of a `baseline` source are known from now on, but are no news.
    """

    name: str
    source: Source
    parser: str | None = None
    baseline: bool = False


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
    before = register(desk, now)
    dumps = ingest(desk, now, faults)
    editions = publish(desk, now, faults)
    deliver(desk, now, faults)
    build(desk, faults)
    after = since(before, desk.store.outbox.counts())
    report = RunReport(verdict(dumps, editions, faults), dumps, editions, after, tuple(faults))
    desk.store.runs.end(number, logged(report, now))
    return report


# --- ingest -----------------------------------------------------------------------------------------------------


def register(desk: Desk, now: datetime) -> OutboxCounts:
    """What must stand before anything is ingested: start marks, subscriptions, and an outbox put right."""
    before = desk.store.outbox.counts()
    for rules in desk.digests:
        desk.store.editions.register(rules.name, backfill=rules.name in desk.backfills)
    for name in {*desk.store.outbox.digests(), *desk.to}:  # nobody gets a digest that is not configured any more
        desk.store.outbox.subscribe(name, desk.to.get(name, ()), now)
    desk.store.outbox.recover(now)
    return before


def ingest(desk: Desk, now: datetime, faults: Faults) -> tuple[DumpReport, ...]:
    """Own and settle every dump that the sources have; first those that a crash left owned but not settled."""
    left = [settle(desk, sha256, now) for sha256 in desk.store.dumps.unparsed()]
    return (*left, *(report for feeding in desk.sources for report in take(desk, feeding, now=now, faults=faults)))


def take(desk: Desk, feeding: Feeding, *, now: datetime, faults: Faults) -> Iterator[DumpReport]:
    """One source's dumps. The bytes are owned before they are parsed, and parsed before the source is told."""
    try:
        for fetched in feeding.source.fetch(desk.store.dumps.cursor(feeding.name), now):
            if isinstance(fetched, DigestError):
                faults.append(fetched)
                continue
            if isinstance(fetched, Unchanged):
                desk.store.dumps.unchanged(fetched, feeding.name)
                continue
            sha256, again = desk.store.dumps.own(fetched, feeding.name, now=now, baseline=feeding.baseline)
            yield duplicate(desk, fetched.name, sha256) if again else settle(desk, sha256, now)
            guarded(faults, lambda fetched=fetched: feeding.source.settled(fetched))  # type: ignore[misc]
    except DigestError as fault:
        faults.append(fault)


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
    found = (guarded(faults, lambda rules=rules: publish_one(desk, rules, now)) for rules in desk.digests)  # type: ignore[misc]
    return tuple(edition for edition in found if edition is not None)


def publish_one(desk: Desk, rules: DigestRules, now: datetime) -> Edition | None:
    """The next edition of one digest, stored; None when nothing in it would be shown."""
    edition = next_edition(desk, rules, now)
    if edition is None:
        return None
    if not shown(edition):
        desk.store.editions.consider(rules.name, edition.considered)
        return None
    from digest.render import mail

    fragments = mail.seal(edition, desk.site, desk.templates)
    desk.store.editions.seal(edition, fragments, desk.to.get(rules.name, ()))
    return edition


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


def shown(edition: Edition) -> bool:
    """Whether a reader would see a paper in it: papers outside the topics count only where they are shown."""
    return any(section.items for section in edition.sections if section.key != "others" or edition.others == "titles")


# --- deliver ----------------------------------------------------------------------------------------------------


def deliver(desk: Desk, now: datetime, faults: Faults) -> None:
    """Hand over everything that is due. An edition's body is composed once for all its deliveries."""
    bodies: dict[tuple[str, int], MailBody | None] = {}
    for delivery in desk.store.outbox.due(now):
        key = (delivery.digest, delivery.edition)
        if key not in bodies:
            bodies[key] = guarded(faults, lambda key=key: body_of(desk, *key))  # type: ignore[misc]
        body = bodies[key]
        if body is not None:
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
    except DeliveryError:
        return  # its owner cancelled it a moment ago
    else:
        outbox.sent(delivery.id, receipt.reply)


# --- build and tell ---------------------------------------------------------------------------------------------


def build(desk: Desk, faults: Faults) -> list[str]:
    """Feeds and pages; returns the paths that changed."""
    return guarded(faults, desk.builder.build) or []


def guarded(faults: Faults, act: Callable[[], Answer]) -> Answer | None:
    """What `act` answers; a fault is noted instead, and the answer is None."""
    try:
        return act()
    except DigestError as fault:
        faults.append(fault)
        return None


def verdict(dumps: tuple[DumpReport, ...], editions: tuple[Edition, ...], faults: Faults) -> RunVerdict:
    """`new`, `quiet`, or that something failed: a quiet day and a broken one never look alike."""
    broken = any(dump.verdict in ("suspect", "quarantined") for dump in dumps)
    if faults or broken:
        return "partial"
    return "new" if editions or any(dump.verdict == "new" for dump in dumps) else "quiet"


def since(before: OutboxCounts, after: OutboxCounts) -> OutboxCounts:
    """What this run settled, and what waits after it."""
    settled = {state: getattr(after, state) - getattr(before, state) for state in ("sent", "dead", "cancelled")}
    return OutboxCounts(after.queued, after.in_doubt, held=after.held, **settled)


def logged(report: RunReport, now: datetime) -> LoggedRun:
    """The run as the ledger keeps it."""
    return LoggedRun(
        now,
        now,
        report.verdict,
        dumps=len(report.dumps),
        new=sum(dump.new - dump.withheld for dump in report.dumps),
        editions=len(report.editions),
        sent=report.deliveries.sent,
        errors=tuple(map(str, report.errors)),
    )
