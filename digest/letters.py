"""The mails of deliveries: what an edition's readers of one choice get is composed once, and each has a link of its own."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from digest.errors import DigestError
from digest.merging import merged
from digest.models import Message
from digest.models.delivery import EVERYBODY
from digest.schedule import words

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from digest.desk import Desk
    from digest.models import Audience, Delivery, Edition, Fragment, Site
    from digest.render.mail import MailBody

    Sealed = tuple[Edition, tuple[Fragment, ...]]
    Reading = Callable[[str, int], Sealed]

__all__ = ["body_of", "letters_of", "site_of"]

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
