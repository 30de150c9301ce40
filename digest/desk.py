"""All that a run works with."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from digest.deliver.pace import Pace
from digest.sending import nobody_looks
from digest.stopping import Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, timedelta
    from zoneinfo import ZoneInfo

    from digest.build import Builder
    from digest.deliver import Channel
    from digest.ingest import Feeding
    from digest.models import DigestRules, Match, Paper, Site, Topic
    from digest.render.templates import Templates
    from digest.store import Store
    from digest.telling import Fares

__all__ = ["Desk"]


@dataclass(frozen=True, slots=True)
class Desk:
    """Wired together by the command line, for one run or one turn of a daemon."""

    store: Store
    sources: tuple[Feeding, ...]
    digests: tuple[DigestRules, ...]
    to: Mapping[str, Mapping[str, bool]]  # the addresses that config.toml gives each digest; True: it reaches many
    backfills: frozenset[str]
    topics: tuple[Topic, ...]
    classify: Callable[[Paper], tuple[Match, ...]]
    site: Site
    zone: ZoneInfo
    templates: Templates
    channels: tuple[Channel, ...]  # one for each connection that mails may leave by
    builder: Builder
    way: str = ""  # what they leave by, in words
    bounces: str | None = None  # where failures go, with a token of the delivery
    pace: Pace = field(default_factory=Pace)
    hold: bool = False  # a mail of which nobody can say whether it was accepted is held, never sent again
    replay: bool = False  # the clock is set to another time: no mail leaves, and what was owed before is left alone
    keep_dumps: timedelta | None = None  # how long the bytes of a dump are kept; None: for ever
    all_due: bool = False  # every digest is due, whatever its schedule says
    stop: Stop = field(default_factory=Stop)
    fares: Fares | None = None  # how each source fares; None: the owner is told nothing
    ping: Callable[[datetime], None] | None = None  # asks who watches that runs go on
    ticks: Callable[[], float] = time.monotonic  # seconds, to say how long a run took
    watch: Callable[[int, int], None] = nobody_looks  # is told how many of the mails that are due have an answer

    def parser_of(self, source: str) -> str | None:
        """The parser that the configuration names for a source; None: its dumps are sniffed."""
        return next((feeding.parser for feeding in self.sources if feeding.name == source), None)
