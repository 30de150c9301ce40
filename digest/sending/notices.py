"""Mails that no edition owes, by the rules of all others: in doubt before acceptance, settled after the answer, never lost.

To the owner, about alerts; and to readers who asked on the web, for the link that confirms or changes what they get.
`on_doubt = "hold"` does not count here: that one of them comes twice harms nobody, and one that is held is read by nobody.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from digest.errors import DigestError
from digest.logs import DEBUG, say
from digest.models import Delivery, Message, Notice, Request
from digest.sending.lanes import Lanes
from digest.stopping import Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from digest.deliver import Channel
    from digest.deliver.outcome import Outcome
    from digest.errors import Faults
    from digest.models import Site
    from digest.store import Store

__all__ = ["Box", "Notices", "to_owner"]

Mail = TypeVar("Mail", Notice, Request)
Mail_co = TypeVar("Mail_co", Notice, Request, covariant=True)


class Box(Protocol[Mail_co]):
    """Where mails of one kind wait: `store.alerts`, `store.requests`."""

    def recover(self, now: datetime) -> None:
        """Put right what a crash left."""

    def due(self, now: datetime) -> Sequence[Mail_co]:
        """What should be attempted now, the oldest first."""

    def settle(self, doubts: Sequence[int], outcomes: Sequence[Outcome], now: datetime) -> set[int]:
        """Commit what came of attempts, and which mails may be accepted from now on."""


@dataclass
class Notices(Generic[Mail]):
    """One sending of all mails in a box that are due; `message` makes one for an instant, and may raise `DigestError`.

    `strangers`: anybody may have given their addresses, so that what is said of one of them is no fault of the run.
    """

    store: Store
    box: Box[Mail]
    message: Callable[[Mail, datetime], Message]
    channel: Channel
    faults: Faults
    stop: Stop = field(default_factory=Stop)
    strangers: bool = False
    stopped: bool = False

    def run(self, now: datetime) -> None:
        """Hand over what is due, the oldest first. Nobody else may be at it: what is in doubt is what a crash left.

        Nothing is tried while the queue is halted; and the channel that takes nothing halts the queue.
        """
        self.box.recover(now)
        found = self.box.due(now)
        if not found or self._halted(now):
            return
        letters = self._letters(found, now)
        try:
            Lanes(
                [self.channel], lambda doubts, ends: self._note(doubts, ends, now), lambda: self.stopped, self.stop
            ).run(lambda: next(letters, None))
        finally:
            self.channel.abort() if self.stop.asked else self.channel.close()

    def _halted(self, now: datetime) -> bool:
        """Whether the queue is; the owner may be told of what waits for the owner's word, readers get nothing then."""
        every = [halt for halt in self.store.halts.all() if halt.scope == "all"]
        return any(halt.until > now if halt.until else self.strangers for halt in every)

    def _letters(self, found: Sequence[Mail], now: datetime) -> Iterator[Message]:
        for one in found:
            try:
                yield self.message(one, now)
            except DigestError as fault:
                self._tell(fault)

    def _note(self, doubts: Sequence[int], ends: Sequence[Outcome], now: datetime) -> set[int]:
        for one in ends:
            if self.strangers:
                say("answer.tried", f"request {one.delivery.id}: {one.kind}", level=DEBUG)
            if one.fault and (one.kind == "untouched" or not self.strangers):
                self._tell(one.fault)
            if one.kind == "sent":
                self.store.halts.over()
            elif one.kind == "untouched" and one.fault and not self.stopped:
                self.stopped = True
                self.store.halts.halt("all", one.reply, now, again=True)
        return self.box.settle(doubts, ends, now)

    def _tell(self, fault: DigestError) -> None:
        if str(fault) not in map(str, self.faults):
            self.faults.append(fault)


def to_owner(site: Site, one: Notice, now: datetime) -> Message:
    """The message of a mail to the owner."""
    from digest.render import mail  # noqa: PLC0415 - on most days there is none

    carried = Delivery(
        one.id,
        "alerts",
        edition=one.id,
        to=site.owner,
        state="queued",
        message_id=one.message_id,
        attempts=one.attempts,
        doubts=one.doubts,
    )
    return Message(carried, mail.notice(one, carried, site, now))
