"""What providers mean by their refusals, whose fault it is, and what to do. Pure.

A code alone says too little: Postfix answers RCPT with 554 both when the reader is unknown and when it does not know
*us*, and Gmail answers the end of a message with 550 when our day's quota is used up. Whoever took these for the
reader's fault would lose all readers in one run. So a table of known texts and status codes comes first, and the step
at which the refusal came (`verdicts`) decides only where the table is silent.

Sources: RFC 3463, 4954, 5321, 7372 and IANA's registry for the status codes; Google's page "Gmail SMTP errors and
codes"; Microsoft's pages on SMTP AUTH and its retirement, on NDRs and SmtpResponse; Amazon's "SMTP response codes";
the sources of Postfix and Exim; reports of users for the wording (535 5.7.139, 550 5.4.5, 554 5.2.0).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

__all__ = ["Advice", "Fault", "advice"]

Fault = Literal["ours", "reader", "full", "content"]
LOOKED_AT = 600  # characters of a reply: enough for every text below, and a bound for the patterns


@dataclass(frozen=True, slots=True)
class Advice:
    """Whose fault a refusal is, and what to do about it.

    ours     every message fares the same until the settings, the login, the DNS or the quota are mended
    reader   this address will not get anything
    full     this address gets nothing for now: a full mailbox is a lasting but temporary state (RFC 3463 §3.3, X.2.2)
    content  this message, whoever it is for
    """

    fault: Fault
    remedy: str


def advice(code: int, text: str) -> Advice | None:
    """What is known about a refusal; `text` begins with its status code, where it has one. None for all others."""
    line = f"{code} {text[:LOOKED_AT]}".lower()
    return next((found for pattern, found in RULES if pattern.search(line)), None)


def rule(pattern: str, fault: Fault, remedy: str) -> tuple[re.Pattern[str], Advice]:
    """One row of the table; the pattern is looked for in `code status text`, in small letters."""
    return re.compile(pattern), Advice(fault, remedy)


XOAUTH2 = 'Microsoft 365 takes no passwords here: set mechanism = "xoauth2" with an access token'
ASK = "or ask who runs the relay"

RULES = (  # the first that fits counts: what is said in words before what is said in figures
    # our login, at whatever command it is missed
    rule(
        r"^534 5\.7\.9\b|application-specific password",
        "ours",
        "Google wants an app password (myaccount.google.com/apppasswords) in place of the account's own, without spaces",
    ),
    rule(
        r"^534 5\.7\.14\b|web ?login ?required|log in (with|via) your web browser",
        "ours",
        "Google wants you to sign in with a browser first; then use an app password",
    ),
    rule(
        r"^535 5\.7\.8 .*(gsmtp|google)|badcredentials",
        "ours",
        "Google wants the whole address as user and an app password of 16 letters, without the spaces it is shown with",
    ),
    rule(r"5\.7\.30\b|basic authentication is (disabled|not supported)", "ours", XOAUTH2),
    rule(
        r"smtpclientauthentication is disabled",
        "ours",
        "SMTP AUTH is switched off: an administrator of Microsoft 365 can allow “Authenticated SMTP” for this mailbox",
    ),
    rule(
        r"security defaults|conditional access|did not meet the criteria",
        "ours",
        f"a policy of the organisation forbids this login; {XOAUTH2}, or ask its administrator",
    ),
    rule(r"^535 5\.7\.(139|3)\b", "ours", f"check the user; {XOAUTH2}; SMTP AUTH must be allowed for the mailbox"),
    rule(
        r"^(538|[45]\d\d [45]\.7\.11)\b|must issue a starttls", "ours", 'it wants TLS first: set security = "starttls"'
    ),
    rule(
        r"^530\b|[45]\.7\.57\b|authentication (is )?required|not authenticated to send",
        "ours",
        "it wants a login: set user and secret",
    ),
    rule(
        r"^504 5\.7\.4\b|unrecognized authentication type",
        "ours",
        "it takes other logins: a password needs `password_file`, a token `token_command`",
    ),
    rule(r"^53[45]\b|^5\d\d 5\.7\.[89]\b", "ours", "check user and password"),
    rule(r"^454 4\.7\.0 .*(login|auth)|too many login attempts", "ours", "too many logins lately: wait an hour"),
    # how much we may send
    rule(
        r"^[45]\d\d [45]\.4\.5\b|(daily|hourly|sending|submission) (message |user )?(sending )?(quota|limit)s? "
        r"(is |was |has been )?(exceed|reach)|submissionquota|exceeded your .*quota",
        "ours",
        "so much may be sent in a day and no more: the rest goes out when the limit is lifted",
    ),
    rule(r"throttling failure|maximum sending rate|peak smtp relay limit", "ours", "the account's rate is used up"),
    rule(
        r"^432\b|concurrent (smtp )?connections|thread limit exceeded|too many connections",
        "ours",
        "use fewer connections at a time",
    ),
    rule(
        r"^4\d\d 4\.7\.28\b|unusual rate of|rate.?limit|^421 4\.7\.0 .*(try again later|temporary system problem)",
        "ours",
        "the relay slows us down: the rest goes out later",
    ),
    # who we say we are
    rule(
        r"sender address rejected|sender rejected|not owned by|send as th(is|e) sender|sendasdenied|5\.7\.60\b"
        r"|5\.2\.252\b|sender verify failed|not (allowed|authori[sz]ed|permitted) to send (from|as)|mail from invalid"
        r"|from address (is )?not|sender (address )?(is )?not (allowed|verified|authori[sz]ed)",
        "ours",
        "it does not let this login send from this address: set `sender` to one that it may use",
    ),
    rule(
        r"(email address|identity|domain|sender) is not verified",
        "ours",
        "have the sender's address or domain verified by the provider, and leave its sandbox",
    ),
    rule(
        r"relay(ing)? (is )?(access )?(denied|not (permitted|allowed))|unable to relay|denies relay|5\.7\.64\b"
        r"|list of allowed rcpthosts",
        "ours",
        f"it takes no mail from us for others: set user and secret, {ASK}",
    ),
    rule(
        r"helo command rejected|need fully-qualified hostname|invalid (helo|ehlo)",
        "ours",
        "it does not like how we greet: give this machine a full name in the DNS, or take another server",
    ),
    rule(
        r"blocked using|client host .*(blocked|rejected)|blocklist|blacklist|5\.7\.(511|606|708)\b",
        "ours",
        "the address that we send from is on a list of senders to refuse: hand over through your provider's relay",
    ),
    rule(
        r"[45]\.7\.25\b|ptr record",
        "ours",
        "the address that we send from has no name in DNS: use a relay that has one",
    ),
    rule(
        r"[45]\.7\.(2[0-6]|509|515)\b|(sender is|message|email) (is )?(un|not )authenticated|dmarc",
        "ours",
        "publish SPF for the sender's domain and have the relay sign with DKIM: see its provider's pages on both",
    ),
    rule(
        r"^[45]\d\d [45]\.1\.[78]\b|bad outbound sender|5\.7\.50[1-3]\b",
        "ours",
        f"the account may send nothing for now: look into it at the provider, {ASK}",
    ),
    # this message
    rule(
        r"^[45]\d\d [45]\.(3\.4|2\.3)\b|(message|mail) (size|length|is too|too) ?(exceed|big|large|long)|exceeded .*size limit",
        "content",
        "too large for this server: fewer papers a day, or `base_url`, so that the mail links what it leaves out",
    ),
    rule(r"^[45]\d\d [45]\.6\.\d+\b|^5\d\d .*\b(virus|malware)\b", "content", "look at the mail with `digest preview`"),
    # this reader
    rule(
        r"^[45]\d\d [45]\.2\.2\b|over ?quota|mailbox (is )?full|out of storage|exceeded storage allocation",
        "full",
        "the mailbox is full",
    ),
    rule(
        r"^5\d\d 5\.1\.(1|2|3|6|10)\b|^5\d\d 5\.2\.1\b|(user|mailbox|recipient|account|address) (is )?"
        r"(unknown|not found|does(n't| not) exist|rejected: user unknown)|no such (user|mailbox|recipient)"
        r"|(unknown|invalid) (user|recipient|mailbox)|that you tried to reach does not exist",
        "reader",
        "there is no such mailbox: correct the address or take it out",
    ),
    rule(
        r"^[45]\d\d [45]\.5\.3\b|too many recipients", "ours", "it takes fewer mails at a time: the rest goes out later"
    ),
)
