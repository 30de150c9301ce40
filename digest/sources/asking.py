"""One address of a source, asked once: what came, or that nothing has changed, with what to remember of it.

What is remembered of an address is its cursor, as JSON: the validators of its last answer, where it has moved for good,
that it is gone, and until when its server wants to be left alone.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from digest.errors import FetchError, Gone, TryLater
from digest.models import Fetched, Unchanged
from digest.sources.web import NotModified, Validators

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from digest.sources.web import Answer, Web

__all__ = ["Memory", "ask", "gone"]

BELIEVED = timedelta(hours=25)  # servers are heard for a day (`web`); beyond that a clock was wrong
HTML = b"<html"


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of one address. Times are ISO 8601 with their offset."""

    etag: str | None = None
    modified: str | None = None
    moved: str | None = None
    gone: str | None = None
    not_before: str | None = None
    complete: bool = False

    @classmethod
    def of(cls, cursor: str | None) -> Memory:
        """The memory in a cursor; one that can't be read remembers nothing."""
        try:
            said = json.loads(cursor or "{}")
        except ValueError:
            return cls()
        known: dict[str, Any] = said if isinstance(said, dict) else {}
        fit: dict[str, Any] = {name: value for name, value in known.items() if isinstance(value, str | bool)}
        return cls(**{name: fit[name] for name in cls.__dataclass_fields__ if name in fit})

    @property
    def cursor(self) -> str:
        """The same as a cursor: only what is known."""
        return json.dumps({name: value for name, value in asdict(self).items() if value}, sort_keys=True)

    @property
    def validators(self) -> Validators:
        """What to ask with, so that the server can say that nothing has changed."""
        return Validators(self.etag, self.modified)


def ask(web: Web, url: str, known: str | None, now: datetime, name: str = "") -> Iterator[Fetched | Unchanged]:
    """What is at `url`, as a dump under that name or `name`; nothing where it is gone, and no fault is raised."""
    memory, name = Memory.of(known), name or url
    if memory.gone:
        return
    if too_early(memory, now):
        what = "is left alone: its server asked for that"
        yield Unchanged(name, memory.cursor, FetchError(url, what, f"it is asked again after {memory.not_before}"))
        return
    try:
        answer = web.get(memory.moved or url, now, memory.validators)
    except FetchError as fault:
        yield Unchanged(name, after(memory, fault, now).cursor, fault)
    else:
        yield told(answer, memory, name)


def gone(addresses: Iterable[str], cursors: Mapping[str, str]) -> tuple[str, ...]:
    """Those of these addresses of which the server said that nothing will ever be there again."""
    return tuple(address for address in addresses if Memory.of(cursors.get(address)).gone)


def told(answer: Answer | NotModified, memory: Memory, name: str) -> Fetched | Unchanged:
    """The answer, with what to remember of it."""
    moved = answer.moved or memory.moved
    given = Memory(answer.validators.etag, answer.validators.modified, moved, complete=memory.complete)
    if isinstance(answer, NotModified):
        return Unchanged(name, given.cursor)
    if is_html(answer):  # a page that says "moved", or wants a login, is not where a listing has moved to
        given = replace(given, moved=memory.moved, etag=None, modified=None)
    return Fetched(name, answer.body, answer.media_type, given.cursor)


def after(memory: Memory, fault: FetchError, now: datetime) -> Memory:
    """What to remember when an address gave nothing: a place that it moved to and that fails is forgotten."""
    if isinstance(fault, Gone) and not memory.moved:
        return Memory(gone=now.isoformat(timespec="seconds"))
    if isinstance(fault, TryLater):
        return replace(memory, not_before=fault.not_before.isoformat(timespec="seconds"))
    return replace(memory, moved=None, not_before=None)


def too_early(memory: Memory, now: datetime) -> bool:
    if not memory.not_before:
        return False
    until = datetime.fromisoformat(memory.not_before)
    return now < until <= now + BELIEVED


def is_html(answer: Answer) -> bool:
    return "html" in (answer.media_type or "") or HTML in answer.body[:1000].lower()
