"""One mail to oneself, outside the outbox: an edition as its readers will get it, or a word that mails arrive."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from digest.letters import body_of
from digest.models import Delivery, Message

if TYPE_CHECKING:
    from digest.desk import Desk
    from digest.models import Receipt
    from digest.render.mail import MailBody

__all__ = ["rehearse", "sample"]


def rehearse(desk: Desk, digest: str, number: int, to: str) -> Receipt:
    """Send one edition's mail to one address; raises `DigestError` where it is not accepted. Nothing is noted."""
    return handed_over(desk, body_of(desk, digest, number), digest, number=number, to=to)


def sample(desk: Desk, to: str) -> Receipt:
    """Send the latest edition to one address, or a few words where there is none yet."""
    latest = next(iter(desk.store.publications.headlines()), None)
    if latest:
        return rehearse(desk, latest.digest, latest.number, to)
    from digest.render.mail import MailBody

    words = "This is what a mail of your digest looks like when there is nothing in it yet. It arrived."
    body = MailBody("It arrives", words, f"<p>{words}</p>\n", f"{words}\n", title=desk.site.title)
    return handed_over(desk, body, "test", number=0, to=to)


def handed_over(desk: Desk, body: MailBody, digest: str, *, number: int, to: str) -> Receipt:
    from digest.render import mail

    message_id = f"<rehearsal-{uuid.uuid4().hex}@paperround.local>"
    delivery = Delivery(0, digest, edition=number, to=to, state="queued", message_id=message_id)
    body = replace(body.as_sample(), subject=f"[Rehearsal] {body.subject}")
    (channel, *_) = desk.channels
    try:
        return channel.send(Message(delivery, mail.message(body, delivery, desk.site, datetime.now(UTC))), lambda: None)
    finally:
        channel.close()
