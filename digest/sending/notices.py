"""Mails to the owner, by the rules of all others: in doubt before acceptance, settled after the answer, and never lost.

`on_doubt = "hold"` does not count here: that one of them comes twice harms nobody, and one that is held is read by nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.errors import DigestError
from digest.models import Delivery, Message
from digest.sending.lanes import Lanes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from digest.deliver import Channel
    from digest.deliver.outcome import Outcome
    from digest.errors import Faults
    from digest.models import Notice, Site
    from digest.stopping import Stop
    from digest.store import Store

__all__ = ["Notices"]


@dataclass
class Notices:
    """One sending of all notices that are due, to the site's owner."""

    store: Store
    channel: Channel
    site: Site
    stop: Stop
    faults: Faults
    stopped: bool = False

    def run(self, now: datetime) -> None:
        """Hand over what is due, the oldest first. Nobody else may be at it: what is in doubt is what a crash left.

        Nothing is tried while the queue is halted; and the channel that takes nothing halts the queue.
        """
        self.store.alerts.recover(now)
        found = self.store.alerts.due(now)
        if not found or self.store.halts.trying(now):
            return
        letters = self._letters(found, now)
        try:
            Lanes(
                [self.channel], lambda doubts, ends: self._note(doubts, ends, now), lambda: self.stopped, self.stop
            ).run(lambda: next(letters, None))
        finally:
            self.channel.abort() if self.stop.asked else self.channel.close()

    def _letters(self, found: Sequence[Notice], now: datetime) -> Iterator[Message]:
        from digest.render import mail  # noqa: PLC0415 - on most days there is none

        for one in found:
            carried = Delivery(
                one.id,
                "alerts",
                edition=one.id,
                to=self.site.owner,
                state="queued",
                message_id=one.message_id,
                attempts=one.attempts,
                doubts=one.doubts,
            )
            try:
                yield Message(carried, mail.notice(one, carried, self.site, now))
            except DigestError as fault:
                self.faults.append(fault)

    def _note(self, doubts: Sequence[int], ends: Sequence[Outcome], now: datetime) -> set[int]:
        for one in ends:
            if one.fault and str(one.fault) not in map(str, self.faults):
                self.faults.append(one.fault)
            if one.kind == "sent":
                self.store.halts.release("all")
            elif one.kind == "untouched" and one.fault and not self.stopped:
                self.stopped = True
                self.store.halts.halt("all", one.reply, now, again=True)
        return self.store.alerts.settle(doubts, ends, now)
