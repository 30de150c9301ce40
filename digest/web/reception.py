"""What answers work with. The configuration may change under a server that lives: each request asks for it anew."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import local
from typing import TYPE_CHECKING

from digest.errors import DigestError, StoreError
from digest.store import Store
from digest.web.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from digest.facts import Facts
    from digest.models import DigestRules, Match, Paper, Site, SourceRecord, Topic
    from digest.render.templates import Templates
    from digest.timetable import Outlook

    Looked = tuple[Facts, Sequence[SourceRecord], Sequence[Outlook]]

__all__ = ["Reception", "Stores"]


def now_utc() -> datetime:
    return datetime.now(UTC)


def nothing() -> None:
    """Where nobody is waiting to be woken."""


def nobody_looks(now: datetime) -> Looked:
    """Where nobody is told."""
    raise DigestError("status", f"can't be read at {now}", "the program that serves reads it")


class Stores:
    """The database, once for each thread that asks; opened anew where another file has taken its place (a restore)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._own = local()

    def __call__(self) -> Store:
        """This thread's; raises `StoreError` while there is none."""
        mark = self._mark()
        if getattr(self._own, "mark", None) != mark:
            if found := getattr(self._own, "store", None):
                found.database.close()
                self._own.store = self._own.mark = None  # where the next line fails, it is tried again
            self._own.store, self._own.mark = Store(self.path), mark
        store: Store = self._own.store
        return store

    def _mark(self) -> tuple[int, int]:
        try:
            found = self.path.stat()
        except OSError as error:
            raise StoreError(str(self.path), "is not there", '"digest run" makes it') from error
        return found.st_dev, found.st_ino


@dataclass(frozen=True, slots=True)
class Reception:
    """`templates` are those in force; `owed` is called when a mail is owed, so that it need not wait for the next turn.

    `sources` are the names of those that are configured. `looked` reads what the answer to "is all well?" rests on.
    `limits` outlive a change of the configuration.
    """

    site: Site
    digests: tuple[DigestRules, ...]
    topics: tuple[Topic, ...]
    classify: Callable[[Paper], tuple[Match, ...]]
    templates: Templates
    public: Path
    stores: Callable[[], Store]
    sources: tuple[str, ...] = ()
    looked: Callable[[datetime], Looked] = nobody_looks
    clock: Callable[[], datetime] = now_utc
    owed: Callable[[], None] = nothing
    limits: Limits = field(default_factory=Limits)

    def rules(self, digest: str) -> DigestRules | None:
        """The digest of that name, if it appears."""
        return next((rules for rules in self.digests if rules.name == digest), None)

    def shown(self, rules: DigestRules) -> tuple[Topic, ...]:
        """The topics that a digest shows, in the order of its mails."""
        by_id = {topic.id: topic for topic in self.topics}
        return tuple(by_id[one] for one in rules.topics) if rules.topics else self.topics

    @property
    def prefix(self) -> str:
        """The path below which the site stands: `/papers`, or nothing."""
        return self.site.prefix
