"""The `smtp` channel: hands mails to a relay, one recipient at a time, and knows at each instant what may be accepted.

RFC 5321 has a message accepted when the answer to the lone dot says so. Until the dot is sent it certainly is not;
between the dot and the answer nobody can say. `in_doubt()` is called right before the dot, and only an answer that
never came after it is a `LostReply`. The table of all verdicts stands in `verdicts`.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from digest.deliver import envelope
from digest.deliver.relay import Mechanism, Relay, Security
from digest.deliver.replies import Broken, Refused
from digest.deliver.session import Offer, Session, opened
from digest.deliver.verdicts import verdict
from digest.models import Receipt

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.models import Message

__all__ = ["Mechanism", "Offer", "Relay", "Security", "Smtp"]


class Smtp:
    """A channel for one thread. Keeps its connection from one message to the next; `close` it at the end."""

    def __init__(self, relay: Relay, sender: str) -> None:
        self.relay, self.sender = relay, sender
        self._session: Session | None = None

    def __repr__(self) -> str:
        return f"Smtp({self.relay!r}, {self.sender!r})"

    def send(self, message: Message, in_doubt: Callable[[], None]) -> Receipt:
        """Hand one message over; raises what `verdicts` says. Only `LostReply` leaves open whether it was accepted.

        What `in_doubt` or the relay's `secret` raises goes on as it is; the connection is closed without a word then.
        """
        try:
            session = self._prepared(message)
            session.hand_over(envelope.body(message.content))
            in_doubt()
            return Receipt(str(session.finish(self.relay.timeout_after_dot)))
        except (Refused, Broken) as end:
            if end.over:
                self._drop()
            raise verdict(end, str(self.relay), message.delivery) from end
        except BaseException:
            if self._session is not None and self._session.unfinished:
                self._drop()
            raise

    def check(self) -> Offer:
        """Connect, secure, log in, ask for nothing and leave, on a connection of its own; returns what is offered.

        Raises `RelayUnreachable` or `RelayRefusal`.
        """
        try:
            session = opened(self.relay)
            with closing(session):
                session.check()
        except (Refused, Broken) as end:
            raise verdict(end, str(self.relay)) from end
        return session.offer

    def close(self) -> None:
        """Say goodbye to the relay, if there is a connection. The channel can be used again."""
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def abort(self) -> None:
        """Break the connection off, from another thread: a `send` that waits for the relay fails at once."""
        session = self._session
        if session is not None:
            session.wire.break_off()

    def _prepared(self, message: Message) -> Session:
        """A session in which the server waits for the message. A kept connection that has ended is replaced, once."""
        if self._session is not None:
            try:
                return self._begun(self._session, message)
            except (Refused, Broken) as end:
                if not end.over:
                    raise
                self._drop()
        self._session = opened(self.relay)
        return self._begun(self._session, message)

    def _begun(self, session: Session, message: Message) -> Session:
        relay = str(self.relay)
        mail = envelope.mail(message, message.envelope or self.sender, session.offer, relay=relay)
        session.begin(mail, envelope.rcpt(message, session.offer, relay=relay))
        return session

    def _drop(self) -> None:
        """Close without a word: a QUIT in the midst of a message could end it."""
        session, self._session = self._session, None
        if session is not None:
            session.wire.close()
