"""What an answer, or that there is none, means for a message and for the rest of the queue. Pure.

step at fault      4xx                  5xx                  no answer, or none that can be understood
up to MAIL         RelayUnreachable     RelayRefusal         RelayUnreachable
RCPT               TemporaryDelivery    PermanentDelivery    TemporaryDelivery
DATA, the body     TemporaryDelivery    ContentRefused       TemporaryDelivery
the dot            TemporaryDelivery    ContentRefused       LostReply

Where `refusals` knows whose fault it is, that counts before the step (from RCPT on, and for the size at MAIL). What is said of us
from RCPT on (`named`) may still be about one reader's server: only when several readers meet it is it about us.

ours               RelayUnreachable     RelayRefusal
reader             TemporaryDelivery    PermanentDelivery
full               TemporaryDelivery    TemporaryDelivery
content            TemporaryDelivery    ContentRefused
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.deliver.refusals import advice
from digest.deliver.replies import Refused, Step
from digest.errors import (
    ContentRefused,
    LostReply,
    PermanentDelivery,
    RelayRefusal,
    RelayUnreachable,
    TemporaryDelivery,
)

if TYPE_CHECKING:
    from digest.deliver.refusals import Advice, Fault
    from digest.deliver.replies import Broken
    from digest.errors import DeliveryError
    from digest.models import Delivery

__all__ = ["verdict"]

PERMANENT = 500  # RFC 5321 §4.2.1: 5yz
TOO_LARGE = 552  # at MAIL, where the size is declared (RFC 1870 §6.1)
BY_STEP: dict[Step, Fault] = {
    Step.RCPT: "reader",
    Step.DATA: "content",
    Step.BODY: "content",
    Step.DOT: "content",
}
PERMANENTLY: dict[Fault, type[DeliveryError]] = {
    "ours": RelayRefusal,
    "reader": PermanentDelivery,
    "full": TemporaryDelivery,
    "content": ContentRefused,
}
WAITS = "the mail waits and is tried again"
MEND = "until that is mended the whole queue waits"
IN_DOUBT = "whether it was accepted nobody can say: ask the reader, or the relay's log"


def verdict(end: Refused | Broken, relay: str, delivery: Delivery | None = None) -> DeliveryError:
    """The error for a conversation that ended so, about a delivery or about none. Its subject is who is at fault."""
    if isinstance(end, Refused):
        return refused(end, relay, delivery)
    if end.ours:
        return told(RelayRefusal, end.what, end.remedy or MEND, relay=relay, delivery=delivery)
    if end.step is Step.DOT:
        return told(LostReply, end.what, IN_DOUBT, relay=relay, delivery=delivery)
    kind = TemporaryDelivery if end.step in BY_STEP else RelayUnreachable
    return told(kind, end.what, end.remedy or WAITS, relay=relay, delivery=delivery)


def refused(end: Refused, relay: str, delivery: Delivery | None) -> DeliveryError:
    """The error for an answer of 4xx or 5xx."""
    known = advice(end.reply.code, end.reply.text)
    fault = whose(end, known)
    passing = RelayUnreachable if fault == "ours" else TemporaryDelivery
    kind = PERMANENTLY[fault] if end.reply.code >= PERMANENT else passing
    usual = WAITS if issubclass(kind, TemporaryDelivery) else MEND if kind is RelayRefusal else ""
    remedy = known.remedy if known and known.fault == fault else usual
    error = told(kind, f"said “{end.reply}” at {end.step}", remedy, relay=relay, delivery=delivery)
    error.named = end.step in BY_STEP
    return error


def whose(end: Refused, known: Advice | None) -> Fault:
    """Whose fault an answer is. Before a reader is named it can't be a reader's, nor the message's before its size."""
    usual = BY_STEP.get(end.step, "ours")
    if end.step is Step.MAIL:
        large = end.reply.code == TOO_LARGE or (known is not None and known.fault == "content")
        return "content" if large and not (known and known.fault == "ours") else "ours"
    return known.fault if known and end.step in BY_STEP else usual


def told(kind: type[DeliveryError], what: str, remedy: str, *, relay: str, delivery: Delivery | None) -> DeliveryError:
    """An error about the relay, the edition or the reader, as its kind has it."""
    if delivery is None or issubclass(kind, RelayRefusal | RelayUnreachable):
        return kind(relay, what, remedy)
    subject = f"{delivery.digest}/{delivery.edition}" if kind is ContentRefused else delivery.to
    return kind(subject, f"{relay} {what}", remedy)
