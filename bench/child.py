"""What a process of its own does while its time and peak memory are taken.

child.py nothing FILE      read the bytes of a dump, and import all that parses it
child.py parse FILE        the same, and parse them
child.py mail CONFIG       one run without its last line: ingest, publish, deliver; no feeds, no pages
child.py many CONFIG       publish, and make the message of each delivery, a page after the other; none leaves
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digest.errors import DigestError

PAGE = 1_000  # deliveries that a run reads at once


def main(mode: str, path: Path) -> None:
    if mode == "mail":
        mailing(path)
    elif mode == "many":
        rendering(path)
    else:
        reading(path, parsing=mode == "parse")


def reading(path: Path, *, parsing: bool) -> None:
    from digest.models import Dump  # noqa: PLC0415 - each mode imports what it measures
    from digest.parsers import parse  # noqa: PLC0415

    body = path.read_bytes()
    if parsing:
        parse(Dump("0" * 64, path.name, body, datetime(2026, 11, 21, tzinfo=UTC), source="bench"))


def mailing(path: Path) -> None:
    from digest import pipeline  # noqa: PLC0415
    from digest.commands.wiring import wired  # noqa: PLC0415
    from digest.config import load  # noqa: PLC0415
    from digest.store import Store, run_lock  # noqa: PLC0415

    config, now = load(path), datetime.now(UTC)
    faults: list[DigestError] = []
    with run_lock(config.database), Store(config.database) as store:
        desk = wired(config, store)
        pipeline.register(desk, now)
        pipeline.ingest(desk, desk.sources, now, faults)
        pipeline.publish(desk, now, faults)
        pipeline.deliver(desk, now, faults)
    assert not faults, faults


def rendering(path: Path) -> None:
    """Each page of deliveries is settled in one transaction, so that the next ones are due."""
    from digest import pipeline  # noqa: PLC0415
    from digest.commands.wiring import wired  # noqa: PLC0415
    from digest.config import load  # noqa: PLC0415
    from digest.deliver.outcome import Outcome  # noqa: PLC0415
    from digest.letters import letters_of  # noqa: PLC0415
    from digest.models import Scope  # noqa: PLC0415
    from digest.store import Store, run_lock  # noqa: PLC0415

    config, now = load(path), datetime.now(UTC)
    faults: list[DigestError] = []
    with run_lock(config.database), Store(config.database) as store:
        desk = wired(config, store)
        pipeline.publish(desk, now, faults)
        letter, scope = letters_of(desk, now), Scope(now, tuple(rules.name for rules in desk.digests))
        while due := store.outbox.due(scope, PAGE):
            assert all(letter(one).content for one in due)
            store.outbox.note((), [Outcome(one, "sent") for one in due], now)
    assert not faults, faults


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
