"""What is done with a mail that came back, once it is known whose subscription it proves to be about. Pure."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from digest.models.returns import AutoReply, Bounces, Complaint, Delay, Delivered, Unknown, Unsubscribe

if TYPE_CHECKING:
    from digest.models.returns import Bounce, Returned

__all__ = ["Step", "Verb", "marks", "step"]

Verb = Literal["suspend", "count", "leave", "nothing", "look"]


@dataclass(frozen=True, slots=True)
class Step:
    """What is done: an address suspended at once, one failure counted, a reader let go, nothing; or its owner must look."""

    verb: Verb
    why: str


def marks(returned: Returned) -> tuple[str | None, str | None]:
    """The token and the Message-ID by which a mail says which subscription it is about; neither is verified here."""
    if isinstance(returned, Bounces):
        first = returned.bounces[0]
        return first.token, first.original_message_id
    if isinstance(returned, Complaint):
        return returned.token, returned.original_message_id
    if isinstance(returned, Unsubscribe | Delay | Delivered):
        return returned.token, None
    return None, None


def step(returned: Returned, address: str | None, *, many: bool = False) -> Step:
    """What to do; `address` is that of the subscription which the mail was verified to be about, None: it proves none.

    Nothing is ever changed without that proof: anybody can write such a mail. Nor where the address reaches `many`: what one
    of them says, or one mailbox, is not for all of them.
    """
    if isinstance(returned, Delay | Delivered | AutoReply):
        return Step("nothing", type(returned).__name__)
    if isinstance(returned, Unknown):
        return Step("look", returned.why)
    if isinstance(returned, Unsubscribe) and not address:
        who = returned.sender or "somebody"
        return Step("look", f"{who} wants to leave: digest subscriptions unsubscribe {shlex.quote(who)}")
    if not address or many:
        only = f"it is about one of those whom {address} reaches" if address else NO_PROOF
        return Step("look", only)
    if isinstance(returned, Bounces):
        return bounced(returned.bounces, address)
    return Step("leave", "called a mail unwanted" if isinstance(returned, Complaint) else "unsubscribed by mail")


NO_PROOF = "it does not prove which subscription it is about"


def bounced(bounces: tuple[Bounce, ...], address: str) -> Step:
    """A hard failure counts at once only if it is this address's own, not one of those that it stands for."""
    own = [one for one in bounces if one.recipient and one.recipient.casefold() == address.casefold()]
    counting = own or list(bounces)
    worst = next((one for one in counting if one.hard), counting[0])
    alone = bool(own) or len(bounces) == 1
    why = " ".join(filter(None, (worst.status, worst.reason))) or "the mail came back"
    return Step("suspend" if worst.hard and alone else "count", why)
