"""Failures told in prose, by servers that write no report: only the shapes that leave no doubt.

Each shape is a function from a mail's text to its failures, none where it is not that shape. They are asked only about
mails of a mail system (`from_machine`), and what they find is judged like a report without a status.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.bounces.mime import fields_in, text_of, walk
from digest.bounces.report import one_line, trail_of
from digest.bounces.status import judged
from digest.bounces.tokens import address_in
from digest.models.returns import Bounce, Bounces, Delay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from digest.bounces.mime import Field, Part
    from digest.bounces.report import Trail

__all__ = ["from_machine", "told_in"]

RECIPIENTS = 50
_MACHINE = re.compile(r"(?:mailer-daemon|postmaster)(?:@|$)", re.IGNORECASE)
_STILL_TRYING = re.compile(
    r"warning: message \S{1,100} delayed|\(delay\)|\bdelayed \d|warning message only|not yet been delivered"
    r"|will (?:be retried|continue to (?:try|be made))|no action is required",
    re.IGNORECASE,
)
# Where a mail ends and the returned one begins.
_COPY = re.compile(
    r"^(?:-{3,} ?(?:this is a copy|below this line|original message|the body of|returned message)[^\n]{0,100}"
    r"|---[ -]{0,80}(?:original message)?[ -]{0,80}|original message headers:|received: from [^\n]*)$",
    re.IGNORECASE | re.MULTILINE,
)
_INDENTED = re.compile(r"^[ \t]{1,12}<?([^\s<>@]{1,64}@[A-Za-z0-9.-]{1,253}?)>?:?[ \t]{0,9}$", re.MULTILINE)
_QMAIL = re.compile(r"\s{0,99}Hi\. This is the ")
_QMAIL_ONE = re.compile(r"^<([^\s<>@]{1,64}@[A-Za-z0-9.-]{1,253})>:[ \t]{0,9}$", re.MULTILINE)
_SENDMAIL = re.compile(r"^ {0,3}-{3,} The following addresses had permanent fatal errors -{3,}$", re.MULTILINE)
_SENDMAIL_ONE = re.compile(r"^<?([^\s<>@]{1,64}@[A-Za-z0-9.-]{1,253})>?[ \t]{0,9}$", re.MULTILINE)
# An address on a line, and on the next one what a server answered; Exchange writes it so in every language.
_EXCHANGE = re.compile(
    r"^([^\s<>@]{1,64}@[A-Za-z0-9.-]{1,253})[ \t]{0,9}\n{1,3}((?:#|[^\n#'<]{0,80}')(?:<[^\n>]{1,200}>\s)?#?5\d\d[ -][^\n]{1,400})",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Failure:
    """One recipient and what is said of them."""

    recipient: str
    words: str


def from_machine(mail: Part) -> bool:
    """Whether a mail system wrote it: the null return path (RFC 3464 §2), or the names that such systems write under."""
    sender = address_in(mail.first("from")) or mail.first("from").strip()
    return mail.first("return-path").replace(" ", "") == "<>" or bool(_MACHINE.match(sender))


def told_in(mail: Part) -> Bounces | Delay | None:
    """What a mail system's own words say of a mail of ours; None where they are of no shape known for certain."""
    text = next((text_of(part) for part in walk(mail) if part.kind == "text/plain"), "")
    told, returned = _told_and_returned(text)
    trail = trail_of(mail, iter(()), _attached(mail) or returned)
    if _STILL_TRYING.search(mail.first("subject")) or _STILL_TRYING.search(told):
        return Delay(trail.token, address_in(mail.first("x-failed-recipients")), one_line(mail.first("subject")))
    found = next(filter(None, (tuple(shape(mail, told)) for shape in SHAPES)), ())
    return Bounces(tuple(_bounce(failure, trail) for failure in found[:RECIPIENTS])) if found else None


def _told_and_returned(text: str) -> tuple[str, tuple[Field, ...]]:
    """The words before the returned mail, and that mail's header; qmail's and Exim's stand below a line of their own."""
    end = _COPY.search(text)
    if end is None:
        return text, ()
    rest = text[end.start() if end[0][:1] in "rR" else end.end() :].lstrip()
    return text[: end.start()], fields_in(rest.partition("\n\n")[0].encode())


def _attached(mail: Part) -> tuple[Field, ...]:
    attached = (part for part in walk(mail) if part.kind in {"message/rfc822", "text/rfc822-headers"})
    return next((fields_in(part.body.lstrip(b"\n").partition(b"\n\n")[0]) for part in attached), ())


def _bounce(failure: Failure, trail: Trail) -> Bounce:
    verdict = judged("", failure.words)
    reason = one_line(failure.words)
    return Bounce(trail.token, failure.recipient, verdict.hard, verdict.status, reason, trail.message_id)


def _exim(mail: Part, told: str) -> Iterator[Failure]:
    """Exim, and Gmail as it once was: the recipients in `X-Failed-Recipients`, each again above what is said of it."""
    listed = [address_in(one) for value in mail.every("x-failed-recipients") for one in value.split(",", RECIPIENTS)]
    said = {failure.recipient: failure.words for failure in _sections(told, _INDENTED)}
    return (Failure(one, said.get(one, "")) for one in dict.fromkeys(listed) if one)


def _qmail(_mail: Part, told: str) -> Iterator[Failure]:
    """qmail-send's format (QSBMF): a fixed greeting, then a paragraph for each recipient, `<address>:` first."""
    return _sections(told, _QMAIL_ONE) if _QMAIL.match(told) else iter(())


def _sendmail(_mail: Part, told: str) -> Iterator[Failure]:
    """Sendmail before its reports: addresses under a heading, and all that was said under the next one."""
    start = _SENDMAIL.search(told)
    if start is None:
        return iter(())
    listed, _, said = told[start.end() :].partition("-----")
    recipients = [found[1] for found in _SENDMAIL_ONE.finditer(listed)]
    return (Failure(one, said if len(recipients) == 1 else _line_with(one, said)) for one in recipients)


def _line_with(recipient: str, said: str) -> str:
    return next((line for line in said.split("\n") if recipient in line), "")


def _exchange(_mail: Part, told: str) -> Iterator[Failure]:
    """Exchange's lines for administrators."""
    return (Failure(found[1], found[2].strip("#' ")) for found in _EXCHANGE.finditer(told))


def _sections(told: str, opening: re.Pattern[str]) -> Iterator[Failure]:
    """What stands between one address and the next one."""
    openings = list(opening.finditer(told))[:RECIPIENTS]
    ends = [*(at.start() for at in openings[1:]), len(told)]
    return (Failure(at[1], told[at.end() : end].strip()) for at, end in zip(openings, ends, strict=False))


SHAPES: tuple[Callable[[Part, str], Iterator[Failure]], ...] = (_exim, _qmail, _sendmail, _exchange)
