"""The four lines; the whole program on one page.

    ingest    source → dump → parser → listing → new | known
    publish   papers not yet considered → topics → edition
    deliver   outbox → channel → receipt
    build     editions → feeds + pages

Before the mails of editions leave those to readers who asked for something on the web; after them the owner is told what is
wrong (`telling`).

Only calls: what is decided is decided in the core, what is kept is kept by the store. Each line may die at any
instant and be run again. A fault of one dump, digest, delivery or page never stops the others; it is told at the end.
What renders is imported where it is called: on a quiet day nothing is rendered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest import ledger, timetable
from digest.edition import Imprint, compose, has_papers
from digest.errors import Faults, HaltedQueue, in_utc
from digest.ingest import Feeding, Ingestion
from digest.letters import answers_of, letters_of
from digest.logs import DEBUG, INFO, about_run, noted, noting, say, say_ended
from digest.render.words import counted
from digest.sending import Post, Scope, Sending
from digest.sending.notices import Notices
from digest.sequels import sequels
from digest.telling import Teller
from digest.timetable import Due, due

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from digest.desk import Desk
    from digest.models import (
        DigestRules,
        DumpReport,
        Edition,
        RunReport,
    )
    from digest.schedule import Slot

__all__ = [
    "answer",
    "build",
    "deliver",
    "ingest",
    "next_edition",
    "publish",
    "register",
    "run",
    "tell",
]


def run(desk: Desk, now: datetime) -> RunReport:
    """All four lines, once, and a line in the ledger that says what happened."""
    faults: Faults = []
    began, number = desk.ticks(), desk.store.runs.start(now)
    with about_run(number):
        say("run.started", f"run {number} begins")
        before, last = desk.store.outbox.counts(), desk.store.editions.last()
        register(desk, now)
        dumps = ingest(desk, desk.sources, now, faults)
        editions = publish(desk, now, faults)
        answer(desk, now, faults)
        deliver(desk, now, faults, since=last if desk.replay else 0)
        if not desk.stop.asked:
            tell(desk, now, faults)
            build(desk, faults)
            keep(desk, now)
        outbox = before, desk.store.outbox.counts()
        report = ledger.report(dumps, editions, faults, answered=desk.store.looks.any_answered(now), outbox=outbox)
        line = ledger.line(report, now, desk.ticks() - began)
        desk.store.runs.end(number, line)
        say_ended(number, line)
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
        with noting(faults, digest=rules.name):
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
    if not desk.store.editions.seal(edition, fragments, approve=rules.approve, slot=slot):
        return ()
    papers, name = len(edition.items), f"{edition.digest}/{edition.number}"
    told = f"No. {edition.number} of {edition.digest}: {counted(papers, 'paper')}"
    say("edition.sealed", told, edition=name, papers=papers)
    return (edition,)


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


# --- answer ---------------------------------------------------------------------------------------------


def answer(desk: Desk, now: datetime, faults: Faults) -> None:
    """Send what readers asked for on the web, by one thread alone; before all else, since somebody waits for it.

    Nothing in a replay, nor where nobody may subscribe: what was asked for before that waits for its end.
    """
    if desk.site.joins and not desk.replay:
        with noting(faults):
            go_on(desk)
            box, message = desk.store.requests, answers_of(desk)
            Notices(desk.store, box, message, desk.channels[0], faults, desk.stop, strangers=True).run(now)


# --- deliver ----------------------------------------------------------------------------------------------------


def deliver(desk: Desk, now: datetime, faults: Faults, *, since: int = 0) -> None:
    """Put the outbox right, and hand over everything that is due. What readers of one choice get is composed once.

    Nobody else may be sending: what is in doubt is taken for what a crash left. `since`: only of editions behind this one, by its
    number in the order of sealing.
    """
    desk.store.outbox.recover(now, hold=desk.hold)
    go_on(desk)
    for halt in desk.store.halts.trying(now):
        noted(faults, HaltedQueue("mail", f"is halted: {halt.why}", at(halt.until)), "mail.waiting")
    letters = letters_of(desk, now)
    post = Post(desk.store, desk.channels, letters, hold=desk.hold, pace=desk.pace, stop=desk.stop, watch=desk.watch)
    digests = tuple(rules.name for rules in desk.digests)
    Sending(post, Scope(now, digests, since=since), faults).run()


def go_on(desk: Desk) -> None:
    """End a halt of the whole queue where mails leave by another way than then."""
    if not desk.replay and desk.store.halts.leave_by(desk.way):
        say("halt.ended", "the queue goes on: the settings of mail are others")


def at(until: datetime | None) -> str:
    return f"tried again after {in_utc(until)}; digest doctor mail tries it now" if until else ""


# --- keep house ----------------------------------------------------------------------------------------


def keep(desk: Desk, now: datetime) -> None:
    """Forget what is not kept for ever."""
    desk.store.requests.forget(now)
    desk.store.pruning.deliveries(now)
    if desk.keep_dumps:
        desk.store.pruning.dumps(now, desk.keep_dumps)


# --- tell -------------------------------------------------------------------------------------------------------


def tell(desk: Desk, now: datetime, faults: Faults) -> None:
    """Note what is wrong and what is over, and mail the owner what is due of it. Once a pass, by one thread alone."""
    if desk.fares:
        with noting(faults):
            parts = (desk.store, desk.channels[0], desk.site, desk.fares, desk.stop, desk.templates)
            Teller(*parts).tell(now, faults)


# --- build ---------------------------------------------------------------------------------------------


def build(desk: Desk, faults: Faults) -> list[str]:
    """Feeds and pages; returns the paths that changed."""
    changed: list[str] = []
    with noting(faults):
        desk.store.search.refresh()  # whoever searches on the web only reads
        changed += desk.builder.build()
        told = f"build: {counted(len(changed), 'document')}" if changed else "build: nothing has changed"
        say("build.done", told, level=INFO if changed else DEBUG, documents=len(changed))
    return changed
