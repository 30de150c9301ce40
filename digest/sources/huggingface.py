"""Hugging Face's daily papers, a day at a time, from its API (https://huggingface.co/docs/hub/api).

A day's list grows while the day lasts, so it is asked for until it was asked a day after its end; then it is complete and
never asked for again. Days that were missed are caught up on, at most two weeks of them. Only a list of papers completes
a day: not the page of a server in trouble, whatever its status. How a day is asked for, page by page, is in `days`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from digest.errors import Waiting, in_utc
from digest.models import Fetched, Unchanged
from digest.render.words import counted
from digest.sources.asking import Memory, doubted, left_until
from digest.sources.days import Days
from digest.sources.web import LEFT_ALONE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from digest.sources.web import Web

__all__ = ["ADDRESS", "HuggingFace", "still_due"]

ADDRESS = "https://huggingface.co/api/daily_papers"
SINCE = "since"  # the name of the cursor that says which day was the first one asked for
CATCH_UP = 14  # days
LONG_WEEKEND = 4  # days in a row for which a first look goes on though they fail


@dataclass(frozen=True, slots=True)
class HuggingFace:
    """The `huggingface` source. Names are days ("2026-11-20.json"), with the page where a day has several.

    `whole`: its first look goes back two weeks; else only to the latest day that lists anything.
    """

    remote = True
    apart = False

    web: Web
    url: str = ADDRESS
    whole: bool = False

    def fetch(self, cursor: Mapping[str, str], now: datetime) -> Iterator[Fetched | Unchanged | Waiting]:
        """Each day that is not complete, oldest first; at the first look of all the latest first.

        Where the server itself fails or wants to be left alone, the days that are left are not asked, and stay due.
        """
        for known in cursor.values():
            left_until(self.web, self.url, known, now)
        until = self.web.left_until(self.url, now)
        asked = Days(self.web, self.url, cursor, now)
        if until:
            yield Waiting(self.url, LEFT_ALONE, asked_again(until))
        elif SINCE in cursor or self.whole:
            yield from self._caught_up(asked)
        else:
            yield from self._latest(asked)

    def owned(self, found: Fetched | Unchanged) -> None:
        """Nothing is put away: what is at an address is not ours."""

    def doubted(self, cursor: str) -> str:
        """The cursor with which a day is asked for again, whole."""
        return doubted(cursor)

    def _caught_up(self, asked: Days) -> Iterator[Fetched | Unchanged | Waiting]:
        """From the day on that was the first, else two weeks back; days that failed last time come last."""
        since, answered = since_of(asked.cursor, asked.now), False
        due = [day for day in days(since or oldest(asked.now), today(asked.now)) if not asked.is_complete(day)]
        due.sort(key=asked.has_failed)  # so that one for which the server always fails keeps it from no other
        for done, day in enumerate(due, 1):
            last = None
            for last in asked.pages(day):
                answered |= isinstance(last, Fetched) or last.fault is None
                yield last
            if last and asked.ends(last):
                yield from self._left(len(due) - done, asked.now)
                break
        if answered and since is None:
            yield Unchanged(SINCE, oldest(asked.now).isoformat())

    def _left(self, count: int, now: datetime) -> Iterator[Waiting]:
        """One line for the days that are left alone; none where the server fails, for that has been said."""
        until = self.web.left_until(self.url, now)
        if count and until:
            what = f"{counted(count, 'more day')} not asked for: its server wants to be left alone"
            yield Waiting(self.url, what, asked_again(until))

    def _latest(self, asked: Days) -> Iterator[Fetched | Unchanged]:
        """Back to the latest day that lists anything, past a few that fail; else the next look is the first again."""
        failed, any_failed = 0, False
        for day in reversed([*days(oldest(asked.now), today(asked.now))]):
            found = list(asked.pages(day))
            yield from found
            if any(map(asked.ends, found)):
                return
            if asked.listed(day, found):
                yield Unchanged(SINCE, day.isoformat())
                return
            bad = any(map(gave_no_list, found))
            failed, any_failed = failed + 1 if bad else 0, any_failed or bad
            if failed == LONG_WEEKEND:
                return
        if not any_failed:
            yield Unchanged(SINCE, oldest(asked.now).isoformat())


def still_due(cursor: Mapping[str, str], now: datetime) -> tuple[str, ...]:
    """The names of the days and pages in a cursor that may be asked for again."""
    since = since_of(cursor, now) or oldest(now)
    return tuple(name for name in sorted(cursor) if (day := day_of(name[:10])) and day >= since)


def today(now: datetime) -> date:
    return now.astimezone(UTC).date()


def oldest(now: datetime) -> date:
    return today(now) - timedelta(days=CATCH_UP - 1)


def days(first: date, last: date) -> Iterator[date]:
    for back in range((last - first).days, -1, -1):
        yield last - timedelta(days=back)


def day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def since_of(cursor: Mapping[str, str], now: datetime) -> date | None:
    """The first day that is asked for; None where none is noted, or one to come: a clock was wrong then."""
    since = day_of(cursor.get(SINCE, ""))
    return max(since, oldest(now)) if since and since <= today(now) else None


def gave_no_list(one: Fetched | Unchanged) -> bool:
    """Whether a day gave nothing that tells what it lists."""
    return one.fault is not None if isinstance(one, Unchanged) else Memory.of(one.cursor).papers is None


def asked_again(until: datetime) -> str:
    return f"it is asked again after {in_utc(until)}"
