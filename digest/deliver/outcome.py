"""What became of one attempt to hand a message over. Pure.

sent        the channel's word for it             later       not now: again, twice as long each time
dead        never, whoever tries                  unknown     nobody can say: once more, then held
refused     for what it holds                     untouched   it was not tried: the channel takes nothing for now
ours        said of us, when a reader was named: it may be about that reader alone
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from digest.errors import (
    CancelledDelivery,
    ContentRefused,
    DigestError,
    LostReply,
    PermanentDelivery,
    RelayRefusal,
    RelayUnreachable,
    TemporaryDelivery,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.deliver import Channel
    from digest.models import Delivery, Message

__all__ = ["Kind", "Outcome", "hand_over", "worded"]

Kind = Literal["sent", "dead", "refused", "later", "unknown", "ours", "untouched"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One attempt's end; `fault` is what was said where it was not accepted, `reply` what is kept of it."""

    delivery: Delivery
    kind: Kind
    reply: str = ""
    fault: DigestError | None = None


def hand_over(channel: Channel, message: Message, in_doubt: Callable[[], None]) -> Outcome:
    """Send one message and say what became of it; raises only what is no answer, such as an interrupt."""
    delivery = message.delivery
    try:
        receipt = channel.send(message, in_doubt)
    except CancelledDelivery:
        return Outcome(delivery, "untouched")
    except DigestError as fault:
        return Outcome(delivery, kind_of(fault), str(fault), fault)
    return Outcome(delivery, "sent", receipt.reply)


def kind_of(fault: DigestError) -> Kind:
    """What a fault means for the message; what is no word on it, such as a password that can't be read, is none for it."""
    if isinstance(fault, RelayRefusal | RelayUnreachable) and fault.named:
        return "ours"
    return next((kind for known, kind in KINDS if isinstance(fault, known)), "untouched")


KINDS: tuple[tuple[type[DigestError], Kind], ...] = (  # the more special first
    (RelayUnreachable, "untouched"),
    (ContentRefused, "refused"),
    (PermanentDelivery, "dead"),
    (LostReply, "unknown"),
    (TemporaryDelivery, "later"),
)


def worded(outcome: Outcome, kind: Kind) -> Outcome:
    """The same attempt, judged otherwise by what others met."""
    return Outcome(outcome.delivery, kind, outcome.reply, outcome.fault)
