"""What the owner is told: by mail, of what is wrong and lasts; by silence, through an address that is asked after good runs.

What is wrong is decided by `alerts`, and is on record before a mail about it is made.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from digest.alerts import alarms, changes, hidden, letter, over
from digest.errors import DeliveryError, DumpError, FetchError
from digest.facts import Facts
from digest.logs import noting
from digest.models import Space
from digest.sending.notices import Notices, to_owner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from digest.deliver import Channel
    from digest.errors import Faults
    from digest.models import RunReport, Site, SourceHistory
    from digest.render.templates import Templates
    from digest.rhythm import Condition
    from digest.stopping import Stop
    from digest.store import Store

    Fares = Callable[[Mapping[str, SourceHistory], datetime], Mapping[str, Condition]]

__all__ = ["Teller", "pinged", "space"]

PING_GAP = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Teller:
    """Who tells: `fares` says how each configured source fares, in the time zone of the instant that it is given.

    `templates` are those in force.
    """

    store: Store
    channel: Channel
    site: Site
    fares: Fares
    stop: Stop
    templates: Templates

    def tell(self, now: datetime, faults: Faults) -> None:
        """Note what has begun and ended, and mail what is due of it; nobody else may be at it meanwhile.

        A mail is only made when it can leave: what has begun and ended while the queue stood still is one story then.
        """
        facts = self.facts(now)
        begun, ended = changes(self.store.alerts.open(), alarms(facts), hidden(facts))
        self.store.alerts.note(begun, {alert.id: over(alert, facts) for alert in ended}, now)
        if not self.store.halts.trying(now):
            found = self.store.alerts.untold(now)
            if found:
                self.store.alerts.owe(found, letter(found, facts), now)
        message = partial(to_owner, self.site)
        Notices(self.store, self.store.alerts, message, self.channel, faults, self.stop).run(now)

    def facts(self, now: datetime) -> Facts:
        """What alarms rest on. Runs are no part of it: that they fail or stay away is told by the ping that stays away."""
        zone, store = ZoneInfo(self.site.time_zone), self.store
        return Facts(
            (),
            store.outbox.counts(),
            now,
            zone,
            stuck=store.outbox.stuck(),
            halts=store.halts.all(),
            sources=self.fares(store.sources.histories(), now.astimezone(zone)),
            disk=space(store.database.path.parent),
            templates=tuple(map(str, self.templates.own_faults())),
        )


def space(folder: Path) -> Space | None:
    """How full the disk of a folder is; None where it can't be said."""
    try:
        found = shutil.disk_usage(folder)
    except OSError:
        return None
    return Space(found.free, found.total)


def pinged(store: Store, ping: Callable[[datetime], None] | None, report: RunReport, *, now: datetime) -> Faults:
    """Ask the watcher's address, if there is one, after a good run, every five minutes at most.

    Gives what went wrong with that, which is no fault of the run. That it is asked is noted first, so that a watcher that does
    not answer is asked no more often.
    """
    faults: Faults = []
    last = store.alerts.pinged()
    lately = last is not None and timedelta(0) <= now - last < PING_GAP
    if ping and not lately and good(report) and not stands(store, now):
        with noting(faults):
            store.alerts.ping(now)
            ping(now)
    return faults


def stands(store: Store, now: datetime) -> bool:
    """Whether the queue stands still, or its next attempt is still to come."""
    halted = any(halt.scope == "all" for halt in store.halts.all())
    return halted and bool(store.halts.trying(now) or store.outbox.counts().queued)


def good(report: RunReport) -> bool:
    """Whether a run did its work. What is wrong with one source, dump or reader is told by mail, if mails leave."""
    told = (DumpError, FetchError, DeliveryError)
    return report.verdict != "failed" and all(isinstance(fault, told) for fault in report.errors)
