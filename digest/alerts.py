"""What the owner must know, decided: what is wrong now, what has begun and ended, and the mail that tells it. Pure.

    source NAME failing, stale, gone, unread    edition NAME/12 halted    mails stuck    queue halted    disk full
    templates faulty

Only what lasts: a source fails three times in a row (`rhythm`), the queue stands still for an hour. One alarm for all that
is unread of a source, not one for each dump: a feed whose parser does not fit any more brings a dump each half hour.

Each is told once when it begins; where something mends by itself (a source, the queue, the disk), its end too. What comes
again within a day of the mail about it is on record at once and is told when that day is over, if it still lasts: so one
that flickers gives two mails a day at most, and nothing that lasts is kept back for longer than that. The queue can't tell of
itself while it stands still: it is told when it is over, with what was said.
"""

from __future__ import annotations

import textwrap
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from digest.facts import time_in_words
from digest.health import SEE, ends_unread, full
from digest.models import Alarm
from digest.models.delivery import APPROVAL
from digest.undelivered import halted, halts_at, stuck, stuck_line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from digest.facts import Facts
    from digest.models import Alert
    from digest.rhythm import Condition

__all__ = ["AGAIN", "alarms", "changes", "due", "hidden", "letter", "over"]

AGAIN = timedelta(days=1)  # between two mails about one thing that comes and goes
LASTING = timedelta(hours=1)  # a queue that stands still for less is a relay's bad moment
COLUMNS = 78  # RFC 5322 §2.1.1
LONGEST_SUBJECT = 100
TOLD = 5  # faulty templates, one by one
HIDES = ("stale", "unread", "waiting", "gone", "failing")  # each hides those before it: what can't be seen is not over


# --- what is wrong ----------------------------------------------------------------------------------------------


def alarms(facts: Facts) -> tuple[Alarm, ...]:
    """All that is wrong now and lasts, each once."""
    sources = (one for name, condition in facts.sources.items() for one in source_alarms(name, condition, facts))
    mails = (*queue_alarms(facts), *edition_alarms(facts), *stuck_alarms(facts))
    return (*sources, *mails, *disk_alarms(facts), *template_alarms(facts))


def source_alarms(name: str, one: Condition, facts: Facts) -> Iterator[Alarm]:
    key = f"source {name} {one.word}"
    if one.word == "failing":
        last = (f"it answered last on {time_in_words(one.answered, facts)}",) if one.answered else ()
        waits = "it is asked again by itself, and brings then what it lists; the others go on"
        yield Alarm(key, f"source {name} is failing", (one.why, *last, waits, SEE))
    elif one.word == "stale":
        yield Alarm(key, f"source {name} is silent for longer than usual", (one.why, SEE))
    elif one.word == "gone":
        yield Alarm(key, f"source {name} is gone", (one.why,))
    elif one.word == "unread":
        kept = "its bytes are kept; what else comes is read"
        yield Alarm(key, f"source {name} gave what could not be read", (one.why, kept, *ends_unread("it")))


def queue_alarms(facts: Facts) -> Iterator[Alarm]:
    """The queue, until a mail is accepted: that the time of a halt is over proves nothing while mails wait."""
    for halt in facts.halts:
        stands = facts.outbox.queued or (halt.until and halt.until > facts.now)
        if halt.scope == "all" and stands and facts.now - halt.since >= LASTING:
            said = (f"it was said: {halt.why}", "all mails waited, and go out by themselves")
            yield Alarm("queue halted", "no mail leaves", said, since=halt.since, mute=True)


def edition_alarms(facts: Facts) -> Iterator[Alarm]:
    for halt in halts_at(facts.halts, facts.now):
        if halt.scope != "all" and halt.why != APPROVAL:
            lines = tuple(halted([halt], partial(time_in_words, facts=facts)))
            yield Alarm(f"edition {halt.scope} halted", f"the mails of {halt.scope} wait for you", lines, halt.since)


def stuck_alarms(facts: Facts) -> Iterator[Alarm]:
    if facts.stuck:
        yield Alarm("mails stuck", stuck_line(facts.stuck), stuck(facts.stuck))


def disk_alarms(facts: Facts) -> Iterator[Alarm]:
    for line in full(facts.disk):
        then = "a full disk stops every run; nothing that was stored is lost, and runs go on when there is room"
        yield Alarm(
            "disk full", "the disk is nearly full", (line, then, 'make room; "digest status" then names it no more')
        )


def template_alarms(facts: Facts) -> Iterator[Alarm]:
    """Mistakes in the owner's own templates: a server shows the built-in ones instead, which nobody might notice."""
    if facts.templates:
        then = "on the web the built-in one is shown instead; editions, feeds and pages that need it wait"
        lines = (*facts.templates[:TOLD], then, '"digest doctor" looks at all of them')
        yield Alarm("templates faulty", "a template of yours has a mistake", lines)


# --- what has changed -------------------------------------------------------------------------------------------


def hidden(facts: Facts) -> frozenset[str]:
    """Alarms of which nothing can be said now: a source that does not answer may still be silent, too."""
    return frozenset(
        f"source {name} {word}"
        for name, one in facts.sources.items()
        if one.word in HIDES
        for word in HIDES[: HIDES.index(one.word)]
    )


def changes(
    opened: Sequence[Alert], now_wrong: Sequence[Alarm], unseen: Collection[str] = ()
) -> tuple[tuple[Alarm, ...], tuple[Alert, ...]]:
    """What has begun since `opened` was noted, and what of it has ended; not what is `unseen` (`hidden`)."""
    known, keys = {alert.key for alert in opened}, {alarm.key for alarm in now_wrong}
    begun = tuple(alarm for alarm in now_wrong if alarm.key not in known)
    return begun, tuple(alert for alert in opened if alert.key not in keys and alert.key not in unseen)


def due(now: datetime, told: datetime | None) -> datetime:
    """When what begins now is told, if it lasts; `told`: when the last mail about the same was made.

    At most a day from now, whatever a clock that was wrong left there.
    """
    return min(max(now, told + AGAIN), now + AGAIN) if told else now


def over(alert: Alert, facts: Facts) -> str:
    """What is told of its end; "" for what ends by its owner's hand: dismissed, released, taken out of config.toml."""
    kind, _, rest = alert.key.partition(" ")
    name, _, word = rest.partition(" ")
    if kind == "source" and name in facts.sources:
        ends = {"failing": f"source {name} answers again", "stale": f"source {name} lists something new again"}
        return ends.get(word, "")
    return {"queue": "mails leave again", "disk": "the disk has room again"}.get(kind, "")


# --- how it is told ---------------------------------------------------------------------------------------------


def letter(alerts: Sequence[Alert], facts: Facts) -> tuple[str, str]:
    """Subject and text of one mail about all of them: what is wrong first, then what is over."""
    ordered = sorted(alerts, key=lambda one: one.ended is not None)
    first, more = headline(ordered[0]), len(ordered) - 1
    subject = textwrap.shorten(first, LONGEST_SUBJECT, placeholder="…") + (f" (and {more} more)" if more else "")
    foot = '"digest status" says how all stands now. Each of these is told once, and `alerts = false` in config.toml tells none.'
    return subject, "\n\n".join((*(told_of(one, facts) for one in ordered), wrapped(foot))) + "\n"


def headline(alert: Alert) -> str:
    return alert.subject if alert.ended is None else alert.over


def told_of(alert: Alert, facts: Facts) -> str:
    """One alert's paragraph. Of one that was told when it began only the end is told."""
    since = time_in_words(alert.begun, facts)
    if alert.ended is None:
        said = (f"{alert.subject}, since {since}:", *alert.lines)
    else:
        span = f"from {since} to {time_in_words(alert.ended, facts)}"
        said = (f"{alert.over}; {span}: {alert.subject}", *(() if alert.told else alert.lines))
    first, *rest = said
    return "\n".join((wrapped(first), *(wrapped(line, "  ") for line in rest)))


def wrapped(line: str, indent: str = "") -> str:
    """Lines of a mail; an address stays whole."""
    further = indent + "  " * bool(indent)
    return textwrap.fill(
        line, COLUMNS, initial_indent=indent, subsequent_indent=further, break_long_words=False, break_on_hyphens=False
    )
