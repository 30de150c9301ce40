"""How things stand, for readers: when it looked, what came of it, when the next edition comes. No internals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from digest.render import paths
from digest.render.links import Link
from digest.render.words import counted, named_day, named_time, number_of, unbroken

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from digest.models import Headline, Look

__all__ = ["PAGE", "Asking", "Coming", "Series", "Status", "status"]

PAGE = "status"
LONG = timedelta(days=3)  # without a look: longer than any weekend


@dataclass(frozen=True, slots=True)
class Coming:
    """Of one digest: its title, its latest edition, and when the next one appears.

    `news`: something new waits for it. `at`: when, by its schedule; None without one. `behind`: the source that it waits for,
    until then at most.
    """

    title: str
    latest: Headline | None
    news: bool
    at: datetime | None = None
    behind: str | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """One digest in words; `latest` leads to its latest edition, if there is one, with its day and papers in `what`."""

    title: str
    latest: Link | None
    what: str
    since: str
    next: str


@dataclass(frozen=True, slots=True)
class Asking:
    """One source in words: when it was asked last, and whether it answered."""

    name: str
    looked: str
    answered: str
    well: bool


@dataclass(frozen=True, slots=True)
class Status:
    """The page: the answer in a sentence, the last look, each digest and each source; `zone` is that of all times."""

    answer: str
    looked: str
    series: tuple[Series, ...]
    sources: tuple[Asking, ...]
    zone: str


def status(
    looks: Sequence[Look], coming: Sequence[Coming], now: datetime, zone: str, *, unread: bool = False
) -> Status:
    """What the page says; `now` is in the site's time zone, whose name is `zone`. `unread`: not all that came could be read."""
    last = max((look.looked for look in looks), default=None)
    return Status(
        answer=_answer(looks, last, now, unread=unread),
        looked=unbroken(named_time(last, now)) if last else "",
        series=tuple(_series(one, now) for one in coming),
        sources=tuple(_asking(look, now) for look in looks),
        zone=zone,
    )


def _answer(looks: Sequence[Look], last: datetime | None, now: datetime, *, unread: bool) -> str:
    if last is None:
        return "It has not looked for papers yet."
    if now - last > LONG:
        return f"It has not looked for papers since {unbroken(named_time(last, now))}."
    silent = [look for look in looks if look.failures]
    if len(silent) == len(looks):
        return "No source answered at the last look. They are asked again by themselves."
    if silent:
        return "Not all sources answered at the last look. Nothing is lost: they are asked again by themselves."
    if unread:
        return "Every source answered, but not all of it could be read. Nothing is lost: it is kept until it can."
    return "All is well: every source answered." if len(looks) > 1 else "All is well: the source answered."


def _series(one: Coming, now: datetime) -> Series:
    latest = one.latest
    if latest is None:
        return Series(one.title, None, "", _since(one), _next(one, now))
    page = paths.to(paths.edition_page(latest.digest, latest.number), PAGE)
    what = f"{named_day(latest.day, now.year)}, {counted(latest.papers, 'paper')}"
    return Series(one.title, Link(number_of(latest.number), page), unbroken(what), _since(one), _next(one, now))


def _since(one: Coming) -> str:
    return "new papers, for the next edition" if one.news else "quiet: nothing new was listed"


def _next(one: Coming, now: datetime) -> str:
    if one.at is None:
        return "as soon as something new is listed"
    if one.behind:
        return unbroken(f"as soon as {one.behind} has listed its papers, at {named_time(one.at, now)} at the latest")
    when = named_time(one.at, now) if one.at > now else "now"
    return unbroken(when if one.news else f"{when}, if something new is listed by then")


def _asking(look: Look, now: datetime) -> Asking:
    well = not look.failures
    since = f"not since {named_time(look.answered, now)}" if look.answered else "not yet"
    return Asking(look.source, unbroken(named_time(look.looked, now)), "yes" if well else unbroken(since), well)
