"""The mails to readers. Those of deliveries: what an edition's readers of one choice get is composed once, and each has a link of its own."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from digest.errors import DigestError, TemplateError
from digest.logs import WARNING, say
from digest.merging import merged
from digest.models import Delivery, Message
from digest.models.delivery import EVERYBODY
from digest.render.templates import Templates
from digest.schedule import words

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from digest.desk import Desk
    from digest.models import Audience, Edition, Fragment, Request, Site
    from digest.render.mail import Asked, MailBody

    Sealed = tuple[Edition, tuple[Fragment, ...]]
    Reading = Callable[[str, int], Sealed]

__all__ = ["answers_of", "body_of", "letters_of", "site_of"]

SECTIONS = 8  # of a mail about missed editions of a digest that is not configured any more
BODIES = 16  # of mails, kept while one audience after the other is served


def letters_of(desk: Desk, now: datetime) -> Callable[[Delivery], Message]:
    """What makes the message of a delivery, with the bodies of the latest audiences at hand."""
    read = lru_cache(maxsize=1)(partial(sealed, desk))  # of one edition there may be thousands of audiences

    @lru_cache(maxsize=BODIES)
    def body(digest: str, number: int, audience: Audience) -> MailBody:
        return body_of(desk, digest, number, audience, read=read)

    def letter(one: Delivery) -> Message:
        from digest.render import mail

        envelope = tagged(desk.bounces, desk.store.returns.token(one.id)) if desk.bounces else ""
        return Message(one, mail.message(body(one.digest, one.edition, one.audience), one, desk.site, now), envelope)

    return letter


def answers_of(desk: Desk) -> Callable[[Request, datetime], Message]:
    """What makes the mail that a request owes. A template of the owner's with a mistake holds up nobody who waits for it."""

    def letter(one: Request, now: datetime) -> Message:
        from digest.render import mail

        asked = asked_of(desk, one)
        try:
            body = mail.answer_body(one, asked, desk.site, desk.templates)
        except TemplateError as fault:
            say("mail.template", f"{fault}; the built-in template is used", level=WARNING)
            body = mail.answer_body(one, asked, desk.site, Templates())
        carried = Delivery(one.id, one.digest, edition=0, to=one.address, state="queued", message_id=one.message_id)
        carried = replace(carried, attempts=one.attempts, doubts=one.doubts)
        return Message(carried, mail.answer(body, carried, desk.site, now))

    return letter


def asked_of(desk: Desk, one: Request) -> Asked:
    """What was asked for, in words."""
    from digest.render.mail import Asked

    rules = next((rules for rules in desk.digests if rules.name == one.digest), None)
    names = {topic.id: topic.name for topic in desk.topics}
    zone = (rules.zone if rules else None) or desk.zone
    rhythm = words(rules.schedule, zone) if rules and rules.schedule else ""
    title = rules.title if rules else desk.site.title
    return Asked(title, rhythm, tuple(names[topic] for topic in one.topics if topic in names), desk.zone)


def tagged(address: str, token: str) -> str:
    """`bounces+12.3f@example.org`: one address for all that comes back, and whose it is (RFC 5233)."""
    local, _, host = address.rpartition("@")
    return f"{local}+{token}@{host}"


def body_of(
    desk: Desk, digest: str, number: int, audience: Audience = EVERYBODY, *, read: Reading | None = None
) -> MailBody:
    """The mail of one sealed edition, for those who chose the same; or of those that they missed, as one.

    `read` is `sealed`, or what remembers its answers.
    """
    from digest.render import mail

    read = read or partial(sealed, desk)
    if audience.missed:
        most = next((rules.sections for rules in desk.digests if rules.name == digest), SECTIONS)
        edition = merged([read(digest, one)[0] for one in audience.missed], most)
        fragments = mail.seal(edition, desk.site, desk.templates)
    else:
        edition, fragments = read(digest, number)
    return mail.compose(edition, fragments, site_of(desk, digest), templates=desk.templates, audience=audience)


def site_of(desk: Desk, digest: str) -> Site:
    """What a digest's mails say of the site: with its own times."""
    rules = next((rules for rules in desk.digests if rules.name == digest and rules.schedule), None)
    times = words(rules.schedule, rules.zone or desk.zone) if rules and rules.schedule else None
    return replace(desk.site, schedule=times)


def sealed(desk: Desk, digest: str, number: int) -> Sealed:
    """One edition with its pieces, as it was sealed; raises `DigestError` where it is gone."""
    edition = desk.store.editions.load(digest, number)
    if edition is None:
        raise DigestError(
            f"edition {digest}/{number}", "is owed but not stored", '"digest restore FILE" puts a backup back'
        )
    return edition, desk.store.editions.fragments(digest, number)
