"""Reports that machines write for machines: on delivery (RFC 3464, 6533) and on complaints (RFC 5965)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from digest.bounces.mime import fields_in, opened, walk
from digest.bounces.status import judged
from digest.bounces.tokens import (
    ENVELOPE,
    RETURNED,
    address_in,
    message_id_in,
    token_at,
    token_in,
    token_named,
    xtext,
)
from digest.models.returns import Bounce, Bounces, Complaint, Delay, Delivered, Unknown
from digest.render.words import shortened
from digest.text import clean_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.bounces.mime import Field, Part
    from digest.models.returns import Returned

__all__ = ["Trail", "complaint_in", "delivery_in", "one_line", "trail_of"]

STATUS = frozenset({"message/delivery-status", "message/global-delivery-status"})
FEEDBACK = "message/feedback-report"
HEADERS = frozenset(
    {"message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers"}
)
GROUPS, GROUP = 20, 8 << 10  # a mail of ours has one recipient, who may stand for some
REASON, RAW = 160, 1000
COMPLAINTS = frozenset({"abuse", "fraud", "opt-out", "opt-out-list"})

_BLANK = re.compile(rb"\n[ \t]*\n")
_TYPE = re.compile(r"^[ \t]*[\w.-]{1,40}[ \t]*;[ \t]*")


@dataclass(frozen=True, slots=True)
class Trail:
    """Which of our mails failed, as far as a report and the mail in it tell."""

    token: str | None
    message_id: str | None


def trail_of(mail: Part, envelope_ids: Iterator[str], returned: tuple[Field, ...]) -> Trail:
    """The token, from where it is surest: who the report was delivered to, the envelope's id, the returned headers."""
    named = (token for token in map(token_named, envelope_ids) if token)
    token = token_in(mail.fields, ENVELOPE) or next(named, None) or token_in(returned, RETURNED)
    ids = [value for name, value in returned if name == "message-id"]
    return Trail(token, message_id_in((*ids, *mail.every("in-reply-to"), *mail.every("references"))))


def delivery_in(mail: Part) -> Returned | None:
    """What a delivery report says; None where the mail has none."""
    report = next((part for part in walk(mail) if part.kind in STATUS), None)
    if report is None:
        return None
    groups = [fields_in(group[:GROUP]) for group in islice(_BLANK.split(opened(report), GROUPS), GROUPS)]
    trail = trail_of(mail, _values(groups, "original-envelope-id"), _returned(mail))
    told = [group for group in groups if _value(group, "action")]
    for outcome in (_failures(told, trail), _delay(told, trail), _success(told, trail)):
        if outcome:
            return outcome
    return Unknown("a delivery report that names no recipient")


def _failures(groups: list[tuple[Field, ...]], trail: Trail) -> Bounces | None:
    failed = [group for group in groups if _action(group) == "failed"]
    return Bounces(tuple(_bounce(group, trail) for group in failed)) if failed else None


def _bounce(group: tuple[Field, ...], trail: Trail) -> Bounce:
    verdict = judged(_value(group, "status"), _value(group, "diagnostic-code"))
    return Bounce(trail.token, _recipient(group), verdict.hard, verdict.status, _reason(group), trail.message_id)


def _delay(groups: list[tuple[Field, ...]], trail: Trail) -> Delay | None:
    group = next((group for group in groups if _action(group) == "delayed"), None)
    return Delay(trail.token, _recipient(group), _reason(group)) if group else None


def _success(groups: list[tuple[Field, ...]], trail: Trail) -> Delivered | None:
    fine = {"delivered", "relayed", "expanded"}
    group = next((group for group in groups if _action(group) in fine), None)
    return Delivered(trail.token, _recipient(group)) if group else None


def complaint_in(mail: Part) -> Returned | None:
    """What a feedback report says; None where the mail has none. Of its types only complaints count (RFC 5965 §7.3)."""
    report = next((part for part in walk(mail) if part.kind == FEEDBACK), None)
    if report is None:
        return None
    fields, returned = fields_in(opened(report)[:GROUP]), _returned(mail)
    kind = _value(fields, "feedback-type").lower()
    if kind not in COMPLAINTS:
        return Unknown(f"feedback of type {one_line(kind) or 'none'}, which is no complaint")
    trail = trail_of(mail, _values([fields], "original-envelope-id"), returned)
    token = trail.token or token_at(_value(fields, "original-mail-from"))
    named = (address_in(_value(fields, name)) for name in ("original-rcpt-to", "removal-recipient"))
    return Complaint(token, next(filter(None, named), None), trail.message_id)


def _returned(mail: Part) -> tuple[Field, ...]:
    """The header of the mail that came back, whole or alone in its part."""
    part = next((part for part in walk(mail) if part.kind in HEADERS), None)
    if part is None:
        return ()
    return fields_in(opened(part).lstrip(b"\n").partition(b"\n\n")[0])


def _values(groups: list[tuple[Field, ...]], name: str) -> Iterator[str]:
    return (value for group in groups for known, value in group if known == name)


def _value(group: tuple[Field, ...], name: str) -> str:
    return next(_values([group], name), "")


def _action(group: tuple[Field, ...]) -> str:
    """`failed`, without the comment that may follow it."""
    return _value(group, "action").partition("(")[0].strip().lower()


def _recipient(group: tuple[Field, ...]) -> str | None:
    """Who the mail was written to, else where it ended: `Final-Recipient` is another one behind a forwarding."""
    named = (_TYPE.sub("", _value(group, name)) for name in ("original-recipient", "final-recipient"))
    return next(filter(None, (address_in(xtext(value)) for value in named)), None)


def _reason(group: tuple[Field, ...]) -> str:
    return one_line(_TYPE.sub("", _value(group, "diagnostic-code")) or _value(group, "status"))


def one_line(words: str) -> str:
    """One clean line that fits beside an address."""
    return shortened(clean_text(words[:RAW]), REASON)
