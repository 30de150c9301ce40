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

from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from digest import ledger, timetable
from digest.deliver.pace import Pace
from digest.edition import Imprint, compose, has_papers
from digest.errors import DigestError, Faults, HaltedQueue, in_utc, noting
from digest.ingest import Feeding, Ingestion
from digest.merging import merged
from digest.models import Message
from digest.models.delivery import EVERYBODY
from digest.schedule import words
from digest.sending import Post, Scope, Sending, nobody_looks
from digest.sequels import sequels
from digest.stopping import Stop
from digest.timetable import Due, due

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, timedelta
    from zoneinfo import ZoneInfo

    from digest.build import Builder
    from digest.deliver import Channel
    from digest.models import (
        Audience,
        Delivery,
        DigestRules,
        DumpReport,
        Edition,
        Fragment,
        Match,
        Paper,
        RunReport,
        Site,
        Topic,
    )
    from digest.render.mail import MailBody
    from digest.render.templates import Templates
    from digest.schedule import Slot
    from digest.store import Store

    Sealed = tuple[Edition, tuple[Fragment, ...]]
    Reading = Callable[[str, int], Sealed]

__all__ = [
    "Desk",
    "build",
    "deliver",
    "ingest",
    "next_edition",
    "publish",
    "register",
    "run",
]


SECTIONS = 8  # of a mail about missed editions of a digest that is not configured any more
BODIES = 16  # of mails, kept while one audience after the other is served


@dataclass(frozen=True, slots=True)
class Desk:
    """All that a run works with, wired together once by the command line."""

    store: Store
    sources: tuple[Feeding, ...]
    digests: tuple[DigestRules, ...]
    to: Mapping[str, Mapping[str, bool]]  # the addresses that config.toml gives each digest; True: it reaches many
    backfills: frozenset[str]
    topics: tuple[Topic, ...]
    classify: Callable[[Paper], tuple[Match, ...]]
    site: Site
    zone: ZoneInfo
    templates: Templates
    channels: tuple[Channel, ...]  # one for each connection that mails may leave by
    builder: Builder
    bounces: str | None = None  # where failures go, with a token of the delivery
    pace: Pace = field(default_factory=Pace)
    hold: bool = False  # a mail of which nobody can say whether it was accepted is held, never sent again
    replay: bool = False  # the clock is set to another time: no mail leaves, and what was owed before is left alone
    keep_dumps: timedelta | None = None  # how long the bytes of a dump are kept; None: for ever
    all_due: bool = False  # every digest is due, whatever its schedule says
    stop: Stop = field(default_factory=Stop)
    watch: Callable[[int, int], None] = nobody_looks  # is told how many of the mails that are due have an answer

    def parser_of(self, source: str) -> str | None:
        """The parser that the configuration names for a source; None: its dumps are sniffed."""
        return next((feeding.parser for feeding in self.sources if feeding.name == source), None)


def run(desk: Desk, now: datetime) -> RunReport:
    """All four lines, once, and a line in the ledger that says what happened."""
    faults: Faults = []
    number = desk.store.runs.start(now)
    before, last = desk.store.outbox.counts(), desk.store.editions.last()
    register(desk, now)
    dumps = ingest(desk, desk.sources, now, faults)
    editions = publish(desk, now, faults)
    deliver(desk, now, faults, since=last if desk.replay else 0)
    if not desk.stop.asked:
        build(desk, faults)
        keep(desk, now)
    outbox = before, desk.store.outbox.counts()
    report = ledger.report(dumps, editions, faults, answered=desk.store.looks.any_answered(now), outbox=outbox)
    desk.store.runs.end(number, ledger.line(report, now))
    return report


# --- ingest -----------------------------------------------------------------------------------------------------


def register(desk: Desk, now: datetime) -> None:
    """What must stand before anything is ingested: start marks, schedules and subscriptions."""
    for rules in desk.digests:
        desk.store.editions.register(rules.name, backfill=rules.name in desk.backfills)
        timetable.register(desk.store, rules, rules.zone or desk.zone, now, replay=desk.replay)
    for name in {*desk.store.subscriptions.digests(), *desk.to}:  # nobody gets a digest that is not configured any more
        desk.store.subscriptions.sync(name, desk.to.get(name, {}), now)
    if desk.replay:
        return  # days that come and go in a replay end nobody's pause
    desk.store.pauses.wake(now.astimezone(desk.zone).date(), now)
    desk.store.pauses.owe_missed([rules.name for rules in desk.digests], now)


def ingest(desk: Desk, sources: Sequence[Feeding], now: datetime, faults: Faults) -> tuple[DumpReport, ...]:
    """Own and settle every dump that `sources` have; first those that a crash left owned but not settled."""
    intake = Ingestion(desk.store, {feeding.name: feeding.parser for feeding in desk.sources}, now)
    left = intake.left()
    return (*left, *intake.look(sources, faults))


# --- publish ----------------------------------------------------------------------------------------------------


def publish(desk: Desk, now: datetime, faults: Faults) -> tuple[Edition, ...]:
    """An edition of each digest that is due and has not considered everything yet, sealed with all that it owes."""
    editions: list[Edition] = []
    for rules in desk.digests:
        with noting(faults):
            one = Due() if desk.all_due else due(desk.store, rules, rules.zone or desk.zone, now)
            if one and not one.waits:
                editions += publish_one(desk, rules, now, one.slot)
    return tuple(editions)


def publish_one(desk: Desk, rules: DigestRules, now: datetime, slot: Slot | None = None) -> tuple[Edition, ...]:
    """The next edition of one digest, stored; none when nothing in it would be shown: the slot is considered all the same."""
    edition = next_edition(desk, rules, now, slot)
    if edition is None or not has_papers(edition):
        if edition or slot:
            desk.store.editions.consider(rules.name, edition.considered if edition else 0, slot)
        return ()
    from digest.render import mail

    fragments = mail.seal(edition, desk.site, desk.templates)
    sealed = desk.store.editions.seal(edition, fragments, approve=rules.approve, slot=slot)
    return (edition,) if sealed else ()


def next_edition(desk: Desk, rules: DigestRules, now: datetime, slot: Slot | None = None) -> Edition | None:
    """What would be published now; stores nothing. None when there is nothing that was not considered."""
    papers = desk.store.papers.news(rules.name)
    if not papers:
        return None
    since = desk.store.editions.since(rules.name)
    imprint = Imprint(
        number=since.number,
        day=now.astimezone(rules.zone or desk.zone).date(),
        slot=slot.nominal if slot else None,
        created=now,
        considered=papers[-1].news_no or 0,
        tally=since.tally,
        quiet=since.quiet,
        sequels=sequels(rules, desk.store.editions.followed(rules.name) if rules.updated or rules.came_back else ()),
    )
    classified = [(paper, desk.classify(paper)) for paper in papers]
    return compose(rules, desk.topics, classified=classified, imprint=imprint)


# --- deliver ----------------------------------------------------------------------------------------------------


def deliver(desk: Desk, now: datetime, faults: Faults, *, since: int = 0) -> None:
    """Put the outbox right, and hand over everything that is due. What readers of one choice get is composed once.

    Nobody else may be sending: what is in doubt is taken for what a crash left. `since`: only of editions behind this one, by its
    number in the order of sealing.
    """
    desk.store.outbox.recover(now, hold=desk.hold)
    faults += [HaltedQueue("mail", f"is halted: {halt.why}", at(halt.until)) for halt in desk.store.halts.trying(now)]
    letters = letters_of(desk, now)
    post = Post(desk.store, desk.channels, letters, hold=desk.hold, pace=desk.pace, stop=desk.stop, watch=desk.watch)
    digests = tuple(rules.name for rules in desk.digests)
    Sending(post, Scope(now, digests, since=since), faults).run()


def at(until: datetime | None) -> str:
    return f"tried again after {in_utc(until)}; digest doctor mail tries it now" if until else ""


def letters_of(desk: Desk, now: datetime) -> Callable[[Delivery], Message]:
    """What makes the message of a delivery, with the bodies of the latest audiences at hand."""
    read = lru_cache(maxsize=1)(partial(sealed, desk))  # of one edition there may be thousands of audiences

    @lru_cache(maxsize=BODIES)
    def body(digest: str, number: int, audience: Audience) -> MailBody:
        return body_of(desk, digest, number, audience, read=read)

    def letter(one: Delivery) -> Message:
        from digest.render import mail

        envelope = tagged(desk.bounces, desk.store.returns.token(one.id)) if desk.bounces else ""
        return Message(one, mail.message(body(one.digest, one.edition, one.audience), one, desk.site, now), envelope)

    return letter


def tagged(address: str, token: str) -> str:
    """`bounces+12.3f@example.org`: one address for all that comes back, and whose it is (RFC 5233)."""
    local, _, host = address.rpartition("@")
    return f"{local}+{token}@{host}"


def body_of(
    desk: Desk, digest: str, number: int, audience: Audience = EVERYBODY, *, read: Reading | None = None
) -> MailBody:
    """The mail of one sealed edition, for those who chose the same; or of those that they missed, as one.

    `read` is `sealed`, or what remembers its answers.
    """
    from digest.render import mail

    read = read or partial(sealed, desk)
    if audience.missed:
        most = next((rules.sections for rules in desk.digests if rules.name == digest), SECTIONS)
        edition = merged([read(digest, one)[0] for one in audience.missed], most)
        fragments = mail.seal(edition, desk.site, desk.templates)
    else:
        edition, fragments = read(digest, number)
    return mail.compose(edition, fragments, site_of(desk, digest), templates=desk.templates, audience=audience)


def site_of(desk: Desk, digest: str) -> Site:
    """What a digest's mails say of the site: with its own times."""
    rules = next((rules for rules in desk.digests if rules.name == digest and rules.schedule), None)
    times = words(rules.schedule, rules.zone or desk.zone) if rules and rules.schedule else None
    return replace(desk.site, schedule=times)


def sealed(desk: Desk, digest: str, number: int) -> Sealed:
    """One edition with its pieces, as it was sealed; raises `DigestError` where it is gone."""
    edition = desk.store.editions.load(digest, number)
    if edition is None:
        raise DigestError(
            f"edition {digest}/{number}", "is owed but not stored", '"digest restore FILE" puts a backup back'
        )
    return edition, desk.store.editions.fragments(digest, number)


# --- keep house ----------------------------------------------------------------------------------------


def keep(desk: Desk, now: datetime) -> None:
    """Forget what is not kept for ever."""
    desk.store.pruning.deliveries(now)
    if desk.keep_dumps:
        desk.store.pruning.dumps(now, desk.keep_dumps)


# --- build ---------------------------------------------------------------------------------------------


def build(desk: Desk, faults: Faults) -> list[str]:
    """Feeds and pages; returns the paths that changed."""
    changed: list[str] = []
    with noting(faults):
        changed += desk.builder.build()
    return changed
