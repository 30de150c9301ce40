"""Real refusals of real providers, and whose fault they are; identifiers of sessions are made up."""

from __future__ import annotations

import time

import pytest

from digest.deliver.refusals import LOOKED_AT, RULES, advice
from digest.deliver.replies import Refused, Reply, Step, read
from digest.deliver.verdicts import verdict
from digest.errors import (
    ContentRefused,
    DeliveryError,
    PermanentDelivery,
    RelayRefusal,
    RelayUnreachable,
    TemporaryDelivery,
)
from tests.mails import delivery

# What a server says, where, then the verdict and a word of the remedy that helps.
KNOWN: tuple[tuple[str, Step, type[DeliveryError], str], ...] = (
    # Google
    (
        (
            "534-5.7.9 Application-specific password required. Learn more at\n"
            "534 5.7.9  https://support.google.com/mail/?p=InvalidSecondFactor d2sm1 - gsmtp"
        ),
        Step.AUTH,
        RelayRefusal,
        "app password",
    ),
    (
        (
            "535-5.7.8 Username and Password not accepted. For more information, go to\n"
            "535 5.7.8  https://support.google.com/mail/?p=BadCredentials lf4-2sm4 - gsmtp"
        ),
        Step.AUTH,
        RelayRefusal,
        "without the spaces",
    ),
    (
        (
            "534-5.7.14 Please log in via your web browser and then try again.\n"
            "534 5.7.14 https://support.google.com/mail/answer/78754 - gsmtp"
        ),
        Step.AUTH,
        RelayRefusal,
        "browser",
    ),
    (
        "530-5.7.0 Authentication Required. Learn more at\n530 5.7.0 https://support.google.com/mail/?p=WantAuthError",
        Step.MAIL,
        RelayRefusal,
        "set user and secret",
    ),
    ("530 5.7.0 Must issue a STARTTLS command first. x1sm2 - gsmtp", Step.MAIL, RelayRefusal, "starttls"),
    ("454 4.7.0 Too many login attempts, please try again later. 4-2 - gsmtp", Step.AUTH, RelayUnreachable, "hour"),
    ("504 5.7.4 Unrecognized Authentication Type w72sm1 - gsmtp", Step.AUTH, RelayRefusal, "token_command"),
    ("550 5.4.5 Daily user sending quota exceeded. o65sm2 - gsmtp", Step.DOT, RelayRefusal, "in a day"),
    ("550-5.4.5 Daily user sending limit exceeded. For more\n550 5.4.5 - gsmtp", Step.DOT, RelayRefusal, "in a day"),
    ("421 4.7.0 Try again later, closing connection. (EHLO) x1 - gsmtp", Step.EHLO, RelayUnreachable, "later"),
    (
        "421 4.7.28 Our system has detected an unusual rate of unsolicited mail originating from your IP address.",
        Step.DOT,
        RelayUnreachable,
        "slows",
    ),
    ("421-4.7.0 IP not in whitelist for RCPT domain, closing connection.", Step.RCPT, TemporaryDelivery, ""),
    ("450 4.2.1 Peak SMTP relay limit exceeded for this customer.", Step.RCPT, RelayUnreachable, "rate"),
    (
        "450 4.2.1 The user you are trying to contact is receiving mail too quickly. Please resend later.",
        Step.RCPT,
        TemporaryDelivery,
        "tried again",
    ),
    ("452 4.5.3 Your message has too many recipients.", Step.RCPT, RelayUnreachable, "later"),
    (
        (
            "550-5.7.26 This mail has been blocked because the sender is unauthenticated.\n"
            "550 5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM."
        ),
        Step.DOT,
        RelayRefusal,
        "SPF",
    ),
    (
        "550-5.7.25 The IP address sending this message does not have a PTR record setup",
        Step.DOT,
        RelayRefusal,
        "name in DNS",
    ),
    ("552-5.2.3 Your message exceeded Google's message size limits.", Step.DOT, ContentRefused, "too large"),
    ("552 5.3.4 Your message exceeded Google's message size limits.", Step.MAIL, ContentRefused, "too large"),
    (
        (
            "550-5.1.1 The email account that you tried to reach does not exist. Please try\n"
            "550 5.1.1 double-checking the recipient's email address for typos - gsmtp"
        ),
        Step.RCPT,
        PermanentDelivery,
        "no such mailbox",
    ),
    (
        "452-4.2.2 The recipient's inbox is out of storage space. Please direct the\n452 4.2.2 recipient to",
        Step.RCPT,
        TemporaryDelivery,
        "full",
    ),
    ("552-5.2.2 The email account that you tried to reach is over quota.", Step.DOT, TemporaryDelivery, "full"),
    ("550 5.2.1 The email account that you tried to reach is disabled.", Step.RCPT, PermanentDelivery, "mailbox"),
    # Microsoft
    (
        (
            "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit "
            "https://aka.ms/smtp_auth_disabled for more information. [MN2PR05CA0004.namprd05.prod.outlook.com]"
        ),
        Step.AUTH,
        RelayRefusal,
        "Authenticated SMTP",
    ),
    (
        "535 5.7.139 Authentication unsuccessful, basic authentication is disabled. [PH7P220CA0132]",
        Step.AUTH,
        RelayRefusal,
        "xoauth2",
    ),
    (
        "535 5.7.139 Authentication unsuccessful, user is locked by your organization's security defaults policy.",
        Step.AUTH,
        RelayRefusal,
        "policy",
    ),
    (
        "535 5.7.139 Authentication unsuccessful, the request did not meet the criteria to be authenticated successfully.",
        Step.AUTH,
        RelayRefusal,
        "policy",
    ),
    ("535 5.7.3 Authentication unsuccessful [DB6P18901CA0015.EURP189]", Step.AUTH, RelayRefusal, "xoauth2"),
    ("550 5.7.30 Basic authentication is not supported for Client Submission.", Step.AUTH, RelayRefusal, "xoauth2"),
    ("530 5.7.57 Client not authenticated to send mail. [BN1P110CA0052]", Step.MAIL, RelayRefusal, "user and secret"),
    (
        "550 5.7.60 SMTP; Client does not have permissions to send as this sender [BY2PR1001MB1094]",
        Step.DOT,
        RelayRefusal,
        "sender",
    ),
    (
        "554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied; Failed to process",
        Step.DOT,
        RelayRefusal,
        "sender",
    ),
    ("550 5.1.8 Access denied, bad outbound sender AS(42004)", Step.DOT, RelayRefusal, "provider"),
    (
        "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded [Hostname=AM0]",
        Step.DOT,
        RelayUnreachable,
        "fewer connections",
    ),
    ("550 5.7.64 TenantAttribution; Relay Access Denied", Step.RCPT, RelayRefusal, "takes no mail from us"),
    (
        "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
        Step.DOT,
        PermanentDelivery,
        "mailbox",
    ),
    # Amazon
    (
        "554 Message rejected: Email address is not verified. The following identities failed the check in region X: y",
        Step.DOT,
        RelayRefusal,
        "verified",
    ),
    ("454 Throttling failure: Maximum sending rate exceeded.", Step.DOT, RelayUnreachable, "rate"),
    ("454 Throttling failure: Daily message quota exceeded.", Step.DOT, RelayUnreachable, "in a day"),
    ("421 Too many concurrent SMTP connections", Step.CONNECT, RelayUnreachable, "fewer connections"),
    ("535 Authentication Credentials Invalid", Step.AUTH, RelayRefusal, "password"),
    # Postfix, Exim and others
    ("554 5.7.1 <ada@example.org>: Relay access denied", Step.RCPT, RelayRefusal, "from us"),
    ("454 4.7.1 <ada@example.org>: Relay access denied", Step.RCPT, RelayUnreachable, "from us"),
    ("550 relay not permitted", Step.RCPT, RelayRefusal, "from us"),
    ("550 5.7.1 <ada@example.org>... Relaying denied", Step.RCPT, RelayRefusal, "from us"),
    ("550 5.7.1 Unable to relay", Step.RCPT, RelayRefusal, "from us"),
    ("553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", Step.RCPT, RelayRefusal, "from us"),
    ("553 5.7.1 <x@y>: Sender address rejected: not owned by user ada", Step.RCPT, RelayRefusal, "`sender`"),
    ("550 5.1.0 <x@y> sender rejected", Step.MAIL, RelayRefusal, "`sender`"),
    ("550 Sender verify failed", Step.RCPT, RelayRefusal, "`sender`"),
    (
        "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname",
        Step.RCPT,
        RelayRefusal,
        "full name",
    ),
    (
        "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.example.org",
        Step.RCPT,
        RelayRefusal,
        "list of senders",
    ),
    (
        "554 5.7.1 <ada@example.org>: Recipient address rejected: You have exceeded your Outmail quota.",
        Step.RCPT,
        RelayRefusal,
        "in a day",
    ),
    ("552 5.3.4 Message size exceeds fixed limit", Step.MAIL, ContentRefused, "too large"),
    ("552 Message size exceeds maximum permitted", Step.DOT, ContentRefused, "too large"),
    ("550 5.7.1 Email rejected per DMARC policy for example.org", Step.DOT, RelayRefusal, "SPF"),
    ("538 5.7.11 Encryption required for requested authentication mechanism", Step.AUTH, RelayRefusal, "starttls"),
    (
        "550 5.1.1 <x@y>: Recipient address rejected: User unknown in virtual mailbox table",
        Step.RCPT,
        PermanentDelivery,
        "mailbox",
    ),
    ("550 No such user here", Step.DOT, PermanentDelivery, "mailbox"),
    ("552 Requested mail action aborted: exceeded storage allocation", Step.RCPT, TemporaryDelivery, "full"),
    ("552 5.2.2 <ada@example.org>: Mailbox full", Step.RCPT, TemporaryDelivery, "full"),
    ("552 4.2.2 Mailbox full", Step.DOT, TemporaryDelivery, "full"),
    ("450 4.7.1 <ada@example.org>: Recipient address rejected: Greylisted", Step.RCPT, TemporaryDelivery, "again"),
    ("452 4.3.1 Insufficient system storage", Step.MAIL, RelayUnreachable, "again"),
    ("552 5.6.0 Headers too large", Step.DOT, ContentRefused, "preview"),
    ("554 5.7.1 virus found in message", Step.DOT, ContentRefused, "preview"),
    # unknown words: the step decides
    ("550 5.7.1 I do not like you", Step.MAIL, RelayRefusal, "waits"),
    ("550 5.7.1 only members may write to this list", Step.RCPT, PermanentDelivery, ""),
    ("554 5.7.1 looks like spam", Step.DOT, ContentRefused, ""),
    ("554", Step.DATA, ContentRefused, ""),
    # before a reader is named it can't be a reader's
    ("535 5.1.1 user unknown", Step.AUTH, RelayRefusal, "password"),
    ("550 5.1.1 user unknown", Step.MAIL, RelayRefusal, "waits"),
    ("554 5.2.2 mailbox full", Step.CONNECT, RelayRefusal, "waits"),
)


def reply(said: str) -> Reply:
    found = read(said.split("\n"))
    assert found is not None
    return found


@pytest.mark.parametrize(("said", "step", "kind", "word"), KNOWN, ids=[one[0][:60] for one in KNOWN])
def test_refusal_is_laid_at_the_right_door_with_what_to_do(
    said: str, step: Step, kind: type[DeliveryError], word: str
) -> None:
    error = verdict(Refused(step, reply(said)), "smtp.example.org:465", delivery())
    assert type(error) is kind
    assert word in error.remedy


def test_every_rule_is_met_by_a_real_refusal() -> None:
    lines = [(one.code, one.text) for one in map(reply, (said for said, *_ in KNOWN))]
    met = {id(advice(code, text)) for code, text in lines}
    assert [pattern.pattern for pattern, found in RULES if id(found) not in met] == []


def test_unknown_refusal_gets_no_advice() -> None:
    assert advice(550, "5.0.0 no") is None
    assert advice(250, "") is None


def test_only_the_beginning_of_a_reply_is_looked_at() -> None:
    assert advice(550, "x" * LOOKED_AT + " relay not permitted") is None


@pytest.mark.parametrize(
    "piece", ["daily ", "exceeded your ", "message size ", "5.7.8 ", "5", " ", "535 5.7.8 goog", "client host "]
)
def test_no_reply_takes_long(piece: str) -> None:
    began = time.perf_counter()
    advice(535, piece * (1_000_000 // len(piece)))
    assert time.perf_counter() - began < 0.5


# --- replies ---


@pytest.mark.parametrize(
    ("lines", "text", "status"),
    [
        (["250 2.1.0 Ok"], "2.1.0 Ok", "2.1.0"),
        (["550-5.1.1 no such", "550 5.1.1 user"], "5.1.1 no such user", "5.1.1"),
        (["550 no status 5.1.1"], "no status 5.1.1", ""),
        (["550 5.1.1"], "5.1.1", "5.1.1"),
        (["550 5.1.1.1 odd"], "5.1.1.1 odd", ""),
        (["550"], "", ""),
        (["550-", "550 "], "", ""),
        (["550\tno"], "no", ""),
        (["550 \x1b[31mred\u202e"], "\\x1b[31mred\\u202e", ""),
    ],
)
def test_reply_is_read_as_one_line(lines: list[str], text: str, status: str) -> None:
    found = read(lines)
    assert found is not None
    assert (found.text, found.status) == (text, status)


@pytest.mark.parametrize(
    "lines", [[], [""], ["abc"], ["25"], ["150 x"], ["650 x"], ["250x"], ["２５０ x"], ["250-a", "550 b"]]
)
def test_what_is_no_reply_is_none(lines: list[str]) -> None:
    assert read(lines) is None
