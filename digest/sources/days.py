"""A day of Hugging Face's API, asked for page by page, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from digest.errors import Down, TryLater, UnreadableDump, Waiting
from digest.models import Fetched, Unchanged
from digest.parsers.jsons import load
from digest.sources.asking import Memory, ask, doubted, instant, stamp
from digest.sources.web import LEFT_ALONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from digest.sources.web import Web

__all__ = ["Days"]

PAGE = 100  # papers, the most that an answer holds
PAGES = 10
COMPLETE = timedelta(hours=48)  # from the beginning of a day: it has ended everywhere, and what came late has come
MOST_VALUES = 200_000  # commas in texts among them, as the parser has it: more is no list of papers, and is not built


@dataclass(frozen=True, slots=True)
class Days:
    """One look at an API: the days that `cursor` knows, asked for at `now`."""

    web: Web
    url: str
    cursor: Mapping[str, str]
    now: datetime

    def pages(self, day: date) -> Iterator[Fetched | Unchanged]:
        """All pages of a day that are not complete, until the server itself fails."""
        before: tuple[str, ...] | None = None
        for page in range(PAGES):
            name, papers = named(day, page), None
            known = self.cursor.get(name)
            for one in () if self.is_done(known) else self._asked(day, page):
                papers = listed(one.body) if isinstance(one, Fetched) else None
                found = self._noted(one, day, papers, again=bool(papers) and papers == before)
                known = found.cursor
                yield found
                if self.ends(found):
                    return
            if not is_full(known) and named(day, page + 1) not in self.cursor:
                return
            before = papers

    def ends(self, one: Fetched | Unchanged) -> bool:
        """Whether no other day would fare better now: the server is down, or wants to be left alone."""
        fault = one.fault if isinstance(one, Unchanged) else None
        alone = isinstance(fault, Waiting) and fault.what == LEFT_ALONE  # else that day alone waits
        return alone or isinstance(fault, Down | TryLater)

    def is_complete(self, day: date) -> bool:
        """Whether none of its pages need be asked for again."""
        return all(map(self.is_done, self._known(day)))

    def has_failed(self, day: date) -> bool:
        """Whether it gave nothing when it was asked last."""
        return any(Memory.of(known).failures for known in self._known(day))

    def listed(self, day: date, found: Iterable[Fetched | Unchanged]) -> bool:
        """Whether a day lists anything, as its pages say that were found just now, or an earlier look."""
        known = {**self.cursor, **{one.name: one.cursor for one in found}}
        return bool(Memory.of(known.get(named(day, 0))).papers)

    def is_done(self, known: str | None) -> bool:
        """Whether an answer is complete; one that was so at a time that is still to come was so by a wrong clock."""
        complete = Memory.of(known).complete
        since = instant(complete) if isinstance(complete, str) else None
        return complete is True or (since is not None and since <= self.now)

    def _known(self, day: date) -> Iterator[str | None]:
        """What is remembered of each page that a day has, as far as is known."""
        for page in range(PAGES):
            known = self.cursor.get(named(day, page))
            yield known
            if not is_full(known) and named(day, page + 1) not in self.cursor:
                return

    def _asked(self, day: date, page: int) -> Iterator[Fetched | Unchanged]:
        """One page; whole where what it gave last was no list, so that an answer without change tells of one."""
        name = named(day, page)
        known = self.cursor.get(name)
        if known and Memory.of(known).papers is None:
            known = doubted(known)
        address = f"{self.url}?date={day}&limit={PAGE}" + (f"&p={page}" if page else "")
        return ask(self.web, address, known, self.now, name)

    def _noted(
        self, one: Fetched | Unchanged, day: date, papers: tuple[str, ...] | None, *, again: bool
    ) -> Fetched | Unchanged:
        """The answer, with what it lists, and that it is complete if that is a list and the day is over.

        `again`: it is the page before once more, from a server that knows no pages; then it is none.
        """
        if isinstance(one, Unchanged) and one.fault:
            return one
        memory = Memory.of(one.cursor)
        count = (0 if again else None if papers is None else len(papers)) if isinstance(one, Fetched) else memory.papers
        over = self.now - datetime.combine(day, time(), UTC) >= COMPLETE
        complete = stamp(self.now) if over and count is not None else False
        if isinstance(one, Fetched) and count is None:
            memory = Memory.of(doubted(memory.cursor))
        cursor = replace(memory, papers=count, complete=complete).cursor
        return Unchanged(one.name, cursor) if again else replace(one, cursor=cursor)


def named(day: date, page: int) -> str:
    return f"{day}.json" if page == 0 else f"{day} page {page + 1}.json"


def is_full(known: str | None) -> bool:
    """Whether an answer held as many papers as one can, so that there may be more."""
    return (Memory.of(known).papers or 0) >= PAGE


def listed(body: bytes) -> tuple[str, ...] | None:
    """What names each paper of an answer; None for what is no list of papers, and then little of it is built."""
    if sum(map(body.count, (b",", b"[", b"{"))) > MOST_VALUES:
        return None
    try:
        answer = load(body, "")
    except UnreadableDump:
        return None
    if not isinstance(answer, list):
        return None
    names = tuple(map(name_of, answer))
    return names if any(names) or not answer else None


def name_of(item: Any) -> str:  # noqa: ANN401 - JSON is anything
    """The id or title of a paper; "" for what is none."""
    if not isinstance(item, dict):
        return ""
    inner = item.get("paper")
    paper = {**item, **inner} if isinstance(inner, dict) else item
    return next((one for key in ("id", "title") if isinstance(one := paper.get(key), str) and one), "")
