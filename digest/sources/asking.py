"""One address of a source, asked once: what came, or that nothing has changed, with what to remember of it.

What is remembered of an address is its cursor, as JSON: the validators of its last answer, where it has moved for good,
that it is gone, until when its server wants to be left alone, how often it failed and until when it is not asked for that.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from digest.errors import FetchError, Gone, TryLater, Waiting, one_line
from digest.models import Fetched, Unchanged
from digest.rhythm import Failing, too_early
from digest.sources.bodies import is_html, is_listing
from digest.sources.web import NotModified, Validators

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from digest.sources.web import Answer, Web

__all__ = ["Memory", "ask", "doubted", "failing", "gone", "left_until"]

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=15), timedelta(hours=12)  # as a source that fails whole: `store.looks`
BELIEVED = timedelta(hours=25)  # servers are heard for a day (`web`); beyond that a clock was wrong
LONGEST_FAULT = 300  # characters
TEXTS = ("etag", "modified", "moved", "gone", "not_before", "again", "fault")
TIMES = ("not_before", "again", "complete")
TYPES: Mapping[str, Any] = dict.fromkeys(TEXTS, str) | {"failures": int, "papers": int, "complete": (str, bool)}


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of one address. Times are ISO 8601 with their offset.

    `not_before` is its server's wish; `again` is until when we leave it alone, since it failed `failures` times in a row,
    the last time with `fault`. `complete` and `papers` are Hugging Face's: since when a day need not be asked for any
    more (`true` in cursors of old), and how many papers the last answer listed (None: it was no list).
    """

    etag: str | None = None
    modified: str | None = None
    moved: str | None = None
    gone: str | None = None
    not_before: str | None = None
    again: str | None = None
    failures: int = 0
    fault: str | None = None
    complete: str | bool = False
    papers: int | None = None

    @classmethod
    def of(cls, cursor: str | None) -> Memory:
        """The memory in a cursor; one that can't be read remembers nothing."""
        try:
            said = json.loads(cursor or "{}")
        except (ValueError, RecursionError):
            return cls()
        known: dict[str, Any] = said if isinstance(said, dict) else {}
        return cls(**{name: value for name, value in known.items() if is_known(name, value)})

    @property
    def cursor(self) -> str:
        """The same as a cursor: only what is known."""
        new = asdict(Memory())
        return json.dumps({name: value for name, value in asdict(self).items() if value != new[name]}, sort_keys=True)

    @property
    def validators(self) -> Validators:
        """What to ask with, so that the server can say that nothing has changed."""
        return Validators(self.etag, self.modified)


def is_known(name: str, value: object) -> bool:
    """Whether a cursor may say this of an address: of its type, and what is a time is one."""
    fits = isinstance(value, TYPES.get(name, ()))
    return fits and not (name in TIMES and isinstance(value, str) and instant(value) is None)


def ask(web: Web, url: str, known: str | None, now: datetime, name: str = "") -> Iterator[Fetched | Unchanged]:
    """What is at `url`, as a dump under that name or `name`; nothing where it is gone, and no fault is raised.

    One that failed lately, or whose server wants to be left alone, is not asked: its fault is `Waiting`.
    """
    memory, name = Memory.of(known), name or url
    if memory.gone:
        return
    again = believed(memory.again, now)
    if again:
        yield Unchanged(name, memory.cursor, waiting(url, memory, again))
        return
    left_until(web, url, known, now)
    try:
        answer = web.get(url, now, memory.validators, moved=memory.moved)
    except FetchError as fault:
        yield Unchanged(name, after(memory, fault, now).cursor, fault)
    else:
        yield told(answer, memory, name)


def left_until(web: Web, url: str, known: str | None, now: datetime) -> datetime | None:
    """Until when the server of an address wants to be left alone, as it said now or at an earlier look; `web` heeds it."""
    memory = Memory.of(known)
    place, until = memory.moved or url, believed(memory.not_before, now)
    if until and not web.left_until(place, now):
        web.leave(place, until)
    return web.left_until(place, now)


def doubted(cursor: str) -> str:
    """The cursor with which an address is asked for the whole again, where it was configured to be."""
    memory = Memory.of(cursor)
    return replace(memory, etag=None, modified=None, moved=None, complete=False, papers=None).cursor


def gone(addresses: Iterable[str], cursors: Mapping[str, str]) -> tuple[str, ...]:
    """Those of these addresses of which the server said that nothing will ever be there again."""
    return tuple(address for address in addresses if Memory.of(cursors.get(address)).gone)


def failing(addresses: Iterable[str], cursors: Mapping[str, str]) -> tuple[Failing, ...]:
    """Those of these addresses that gave nothing when they were asked last, the most obstinate first."""
    known = {address: Memory.of(cursors.get(address)) for address in addresses}
    found = [Failing(address, one.failures, one.fault or "") for address, one in known.items() if one.failures > 0]
    return tuple(sorted(found, key=lambda one: -one.times))


def told(answer: Answer | NotModified, memory: Memory, name: str) -> Fetched | Unchanged:
    """The answer, with what to remember of it; what failed before is forgotten."""
    given, kept = answer.validators, Memory(complete=memory.complete, papers=memory.papers)
    new = replace(kept, etag=given.etag, modified=given.modified, moved=answer.moved)
    if isinstance(answer, NotModified):
        return Unchanged(name, new.cursor)
    if not is_listing(answer):  # a page that says "moved", or an error, is not where a listing has moved to
        new = replace(new, moved=None)
    if is_html(answer):
        new = replace(new, etag=None, modified=None)
    return Fetched(name, answer.body, answer.media_type, new.cursor)


def after(memory: Memory, fault: FetchError, now: datetime) -> Memory:
    """What to remember when an address gave nothing.

    A place that it moved to and that fails is forgotten, and the address itself is asked next, whenever that is.
    """
    if isinstance(fault, Waiting):
        return memory
    if isinstance(fault, Gone) and not memory.moved:
        return Memory(gone=stamp(now))
    wait = min(FIRST_WAIT * 2 ** min(memory.failures, 10), LONGEST_WAIT)
    failed = replace(
        memory,
        failures=memory.failures + 1,
        fault=one_line(fault.what)[:LONGEST_FAULT],
        again=stamp(now + wait),
        not_before=None,
    )
    if isinstance(fault, TryLater):
        return replace(failed, not_before=stamp(fault.not_before))
    return replace(failed, moved=None, etag=None, modified=None, again=None) if memory.moved else failed


def waiting(url: str, memory: Memory, again: datetime) -> Waiting:
    """What is said of an address that is not asked, since it failed lately."""
    return Waiting(url, too_early(memory.failures, again, memory.fault))


def believed(text: str | None, now: datetime) -> datetime | None:
    """An instant until when to wait; None where it is over, no instant, or so far away that a clock was wrong."""
    until = instant(text)
    return until if until and now < until <= now + BELIEVED else None


def instant(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo else None


def stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
