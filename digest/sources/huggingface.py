"""Hugging Face's daily papers, a day at a time, from its API (https://huggingface.co/docs/hub/api).

A day's list grows while the day lasts, so it is asked for until it was asked a day after its end; then it is complete and
never asked for again. Days that were missed are caught up on, at most two weeks of them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from digest.models import Fetched, Unchanged
from digest.sources.asking import Memory, ask

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from digest.sources.web import Web

__all__ = ["ADDRESS", "HuggingFace"]

ADDRESS = "https://huggingface.co/api/daily_papers"
SINCE = "since"  # the name of the cursor that says which day was the first one asked for
CATCH_UP = 14  # days
PAGE = 100  # papers, the most that an answer holds
PAGES = 10
COMPLETE = timedelta(hours=48)  # from the beginning of a day: it has ended everywhere, and what came late has come


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

    def fetch(self, cursor: Mapping[str, str], now: datetime) -> Iterator[Fetched | Unchanged]:
        """Each day that is not complete, oldest first; at the first look of all the latest first."""
        today = now.astimezone(UTC).date()
        oldest = today - timedelta(days=CATCH_UP - 1)
        if SINCE in cursor:
            since = max(oldest, date.fromisoformat(cursor[SINCE]))
            for day in days(since, today):
                yield from self._day(day, cursor, now)
        elif self.whole:
            answered = False
            for day in days(oldest, today):
                for one in self._day(day, cursor, now):
                    answered |= isinstance(one, Fetched)
                    yield one
            if answered:
                yield Unchanged(SINCE, oldest.isoformat())
        else:
            yield from self._latest(today, cursor, now)

    def owned(self, found: Fetched | Unchanged) -> None:
        """Nothing is put away: what is at an address is not ours."""

    def doubted(self, cursor: str) -> str:
        """Without its validators, so that it comes again, whole."""
        return Memory(moved=Memory.of(cursor).moved).cursor

    def _latest(self, today: date, cursor: Mapping[str, str], now: datetime) -> Iterator[Fetched | Unchanged]:
        """Back to the latest day that lists anything; where it can't be asked, the next look is the first again."""
        for back in range(CATCH_UP):
            day = today - timedelta(days=back)
            found = list(self._day(day, cursor, now))
            yield from found
            if any(isinstance(one, Unchanged) for one in found):
                return
            if any(listed(one) for one in found if isinstance(one, Fetched)):
                yield Unchanged(SINCE, day.isoformat())
                return

    def _day(self, day: date, cursor: Mapping[str, str], now: datetime) -> Iterator[Fetched | Unchanged]:
        """All pages of one day, unless it is complete."""
        over = now - datetime.combine(day, time(), UTC) >= COMPLETE
        for page in range(PAGES):
            name = f"{day}.json" if page == 0 else f"{day} page {page + 1}.json"
            if Memory.of(cursor.get(name)).complete:
                return
            address = f"{self.url}?date={day}&limit={PAGE}" + (f"&p={page}" if page else "")
            found = [completed(one, over=over) for one in ask(self.web, address, cursor.get(name), now, name)]
            yield from found
            if f"{day} page {page + 2}.json" not in cursor and not any(is_full(one) for one in found):
                return


def days(first: date, last: date) -> Iterator[date]:
    for back in range((last - first).days, -1, -1):
        yield last - timedelta(days=back)


def completed(one: Fetched | Unchanged, *, over: bool) -> Fetched | Unchanged:
    """The answer, with the note that this day need not be asked for again, if it is over."""
    if not over or (isinstance(one, Unchanged) and one.fault):
        return one
    return replace(one, cursor=replace(Memory.of(one.cursor), complete=True).cursor)


def is_full(one: Fetched | Unchanged) -> bool:
    return isinstance(one, Fetched) and listed(one) >= PAGE


def listed(dump: Fetched) -> int:
    """How many papers an answer holds; none in what is no answer."""
    try:
        answer = json.loads(dump.body)
    except ValueError:
        return 0
    return len(answer) if isinstance(answer, list) else 0
