"""How much is measured: the full size of the goals, a short one for every push, and a tiny one for tests."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FULL", "SHORT", "TINY", "Sizes"]


@dataclass(frozen=True, slots=True)
class Sizes:
    """`seen` are the archive sizes of the diff; `memory` is how many papers the dump for peak memory holds.

    `sent` are the mails that last, `each` those of a connection beside others, `readers` those of one edition,
    `searched` the papers of the archive that is searched.
    `asked` are the requests of each of twenty connections.
    """

    rounds: int
    page: int
    memory: int
    seen: tuple[int, ...]
    listed: int
    classified: int
    mail: int
    feed: int
    whole: int
    starts: int
    sent: int
    each: int
    readers: int
    searched: int
    asked: int


FULL = Sizes(
    rounds=9,
    page=2_000,
    memory=20_000,
    seen=(10_000, 100_000, 1_000_000),
    listed=10_000,
    classified=1_000,
    mail=100,
    feed=1_000,
    whole=303,
    starts=15,
    sent=4_000,
    each=40,
    readers=100_000,
    searched=100_000,
    asked=200,
)
SHORT = Sizes(
    rounds=3,
    page=500,
    memory=4_000,
    seen=(10_000, 100_000),
    listed=10_000,
    classified=300,
    mail=100,
    feed=1_000,
    whole=303,
    starts=5,
    sent=1_000,
    each=15,
    readers=10_000,
    searched=10_000,
    asked=50,
)
TINY = Sizes(
    rounds=1,
    page=8,
    memory=20,
    seen=(40, 80),
    listed=20,
    classified=5,
    mail=5,
    feed=4,
    whole=3,
    starts=1,
    sent=5,
    each=1,
    readers=20,
    searched=120,
    asked=2,
)
