"""What the owner's pages show, in words: a table for each part of the machinery, and beside it what to type to act. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from digest.errors import masked
from digest.facts import day_in_words, time_in_words
from digest.health import word_for
from digest.render.words import counted, shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from digest.facts import Facts
    from digest.models import Alert, Delivery, DumpReport, LoggedRun, Reject, SourceRecord
    from digest.timetable import Outlook

    At = Callable[[datetime], str]

__all__ = ["DELIVERIES", "REJECTS", "Books", "Panel", "panels"]

LONGEST = 80  # characters of a dump's name, or of a reject
RUNS, DELIVERIES, REJECTS, DUMPS = 20, 50, 20, 20  # shown at most


@dataclass(frozen=True, slots=True)
class Panel:
    """One table under one heading: its columns, those that are `figures` to the right; `none` is said where it has no row.

    `commands` are what to type to act on it. `more` are further lines below.
    """

    id: str
    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    none: str
    commands: tuple[str, ...]
    figures: tuple[int, ...] = ()
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Books:
    """All that the page is made of. `rejects` of each unread dump by its SHA-256, `deliveries` the latest ones."""

    facts: Facts
    records: Sequence[SourceRecord]
    outlooks: Sequence[Outlook]
    alerts: Sequence[Alert]
    deliveries: Sequence[Delivery]
    subscriptions: Sequence[tuple[str, str, int]]
    rejects: Sequence[tuple[DumpReport, Sequence[Reject]]]


def panels(books: Books) -> tuple[Panel, ...]:
    """The parts of the page, in the order in which somebody would ask."""
    at = partial(time_in_words, facts=books.facts)
    return (
        _alerts(books.alerts, at),
        _next(books, at),
        _runs(books.facts.runs[:RUNS], at),
        _sources(books),
        _dumps(books),
        _outbox(books, at),
        _halts(books, at),
        _subscriptions(books),
    )


def _alerts(alerts: Sequence[Alert], at: At) -> Panel:
    rows = tuple((at(one.begun), one.subject, "; ".join(map(masked, one.lines))) for one in alerts)
    return Panel(
        "alerts", "Alerts", ("Since", "What", "More"), rows, "Nothing is wrong that lasts.", ("digest status",)
    )


def _next(books: Books, at: At) -> Panel:
    rows = tuple((one.digest, f"No. {one.number}", _when(one, books.facts, at)) for one in books.outlooks)
    commands = ("digest preview", "digest run --publish")
    none = "No digest has a schedule: an edition appears when a run finds something new."
    return Panel("next", "Next editions", ("Digest", "Edition", "When"), rows, none, commands)


def _when(one: Outlook, facts: Facts, at: At) -> str:
    if one.waits:
        return f"waits for {one.waits}, until {at(one.at)} at most"
    return at(one.at) if one.at > facts.now else "due now"


def _runs(runs: Sequence[LoggedRun], at: At) -> Panel:
    head = ("Began", "Verdict", "Dumps", "Listed", "New", "Known", "Repeated", "Rejected", "Mails", "Editions", "Said")
    rows = tuple(_run(run, at) for run in runs)
    commands = ("digest log --limit 100", "digest run")
    return Panel("runs", "Runs", head, rows, "Nothing has run yet.", commands, figures=(2, 3, 4, 5, 6, 7, 8))


def _run(run: LoggedRun, at: At) -> tuple[str, ...]:
    counts = (run.dumps, run.listed, run.new, run.known, run.repeated, run.rejected, run.sent)
    said = "; ".join(masked(line) for line in (*run.errors, *run.unanswered))
    figures = ("" if count is None or run.ended is None else f"{count:,}" for count in counts)
    return at(run.started), run.verdict or "killed", *figures, " ".join(run.published), said


def _sources(books: Books) -> Panel:
    head = ("Source", "Fares", "Asked last", "Listed", "New", "Known", "Repeated", "Last news", "Why")
    rows = tuple(_source(one, books.facts) for one in books.records)
    none = "No source was looked at yet."
    return Panel("sources", "Sources", head, rows, none, ("digest sources",), figures=(3, 4, 5, 6))


def _source(one: SourceRecord, facts: Facts) -> tuple[str, ...]:
    fares = facts.sources.get(one.source)
    tally = one.tally
    return (
        one.source,
        fares.word if fares else "",
        time_in_words(one.last_look, facts) if one.last_look else "",
        *(f"{count:,}" for count in (tally.listed, tally.new, tally.known, tally.repeated)),
        day_in_words(one.last_news, facts) if one.last_news else "",
        masked(fares.why) if fares else "",
    )


def _dumps(books: Books) -> Panel:
    head = ("Dump", "Verdict", "Rejected", "Why", "Line", "Reject")
    rows = tuple(row for dump, rejects in books.rejects[:DUMPS] for row in _dump(dump, rejects))
    names = " ".join(word_for(dump) for dump, _ in books.rejects[:3])
    commands = (f"digest requeue {names}", f"digest requeue --dismiss {names}") if names else ()
    more = len(books.rejects) - DUMPS
    further = (f"And {counted(more, 'further dump')}: digest status names how many.",) if more > 0 else ()
    none = "Every dump was read."
    return Panel("dumps", "Dumps not read, or doubtful", head, rows, none, commands, figures=(2, 4), more=further)


def _dump(dump: DumpReport, rejects: Sequence[Reject]) -> Iterator[tuple[str, ...]]:
    """A row for each reject, the first with what is said of the dump."""
    about = (shortened(masked(dump.name), LONGEST), dump.verdict, f"{dump.rejected:,}", masked(dump.note or ""))
    if not rejects:
        yield *about, "", ""
    for number, one in enumerate(rejects[:REJECTS]):
        yield *(("",) * len(about) if number else about), f"{one.line:,}", f"{one.why}: {one.text[:LONGEST]}"


def _outbox(books: Books, at: At) -> Panel:
    counts = books.facts.outbox
    states = ("queued", "in_doubt", "held", "dead", "sent", "cancelled")
    said = ", ".join(f"{getattr(counts, state):,} {state.replace('_', ' ')}" for state in states)
    head = ("Number", "Edition", "To", "State", "Attempts", "Next", "Last reply")
    rows = tuple(_delivery(one, at) for one in reversed(books.deliveries))
    commands = ("digest outbox --state held", "digest outbox retry NUMBER", "digest outbox cancel NUMBER")
    return Panel(
        "outbox", "Outbox", head, rows, "Nothing is owed.", commands, figures=(0, 4), more=(f"In all: {said}.",)
    )


def _delivery(one: Delivery, at: At) -> tuple[str, ...]:
    waits = one.state in {"queued", "in_doubt"} and one.next_at
    return (
        str(one.id),
        f"{one.digest}/{one.edition}",
        one.to,
        one.state.replace("_", " "),
        str(one.attempts),
        at(one.next_at) if waits and one.next_at else "",
        masked(one.last_reply or ""),
    )


def _halts(books: Books, at: At) -> Panel:
    rows = tuple(
        (
            "everything" if one.scope == "all" else one.scope,
            at(one.since),
            at(one.until) if one.until else "your word",
            masked(one.why),
        )
        for one in books.facts.halts
    )
    commands = ("digest doctor mail", *(f"digest outbox release {one.scope}" for one in books.facts.halts))
    return Panel("halts", "Halts", ("What", "Since", "Until", "Why"), rows, "Nothing is halted.", commands)


def _subscriptions(books: Books) -> Panel:
    rows = tuple((digest, state, f"{count:,}") for digest, state, count in books.subscriptions)
    commands = ("digest subscriptions", "digest subscriptions show ADDRESS")
    return Panel(
        "subscriptions", "Subscriptions", ("Digest", "State", "Readers"), rows, "Nobody.", commands, figures=(2,)
    )
