"""Invented mails in the shapes in which mail systems and people answer a newsletter. All words are written for these tests."""

from __future__ import annotations

TOKEN = "12.04a19c0b2fe37d58"  # noqa: S105  invented
MESSAGE_ID = "<0123456789abcdef0123456789abcdef@paperround.local>"
READER = "ada@example.org"
OURS = f"bounces+{TOKEN}@papers.example.net"


def mail(*fields: str, body: str = "") -> bytes:
    """A mail with CRLF of these header lines and this body."""
    return ("\n".join(fields) + "\n\n" + body).replace("\n", "\r\n").encode()


def sent(*, sender: str = OURS, message_id: str = MESSAGE_ID) -> str:
    """The header of the mail that came back."""
    return (
        f"Return-Path: <{sender}>\nFrom: Morning Papers <digest@papers.example.net>\nTo: {READER}\n"
        f"Subject: 25 new papers, 20 November 2026\nMessage-ID: {message_id}\n"
        "List-Unsubscribe: <mailto:owner@example.net?subject=unsubscribe%20daily>\n"
    )


def group(action: str = "failed", status: str = "5.1.1", said: str = "550 5.1.1 No such mailbox", **more: str) -> str:
    """One recipient in a delivery report."""
    named = {"Final-Recipient": f"rfc822; {READER}"} | {name.replace("_", "-"): value for name, value in more.items()}
    named |= {"Action": action, "Status": status, "Diagnostic-Code": f"smtp; {said}"}
    return "".join(f"{name}: {value}\n" for name, value in named.items() if value)


def parts(kind: str, *inner: str, boundary: str = "=_b1") -> tuple[str, str]:
    """The content type and the body of a multipart."""
    body = "".join(f"--{boundary}\n{one}\n" for one in inner)
    return f'Content-Type: multipart/{kind};\n boundary="{boundary}"', f"{body}--{boundary}--\n"


def dsn(
    *groups: str,
    to: str = OURS,
    returned: str | None = None,
    envelope_id: str = "",
    status_kind: str = "message/delivery-status",
) -> bytes:
    """A delivery report as Postfix and Sendmail write it; `groups` is one failure where none is given."""
    about = "Reporting-MTA: dns; mx.example.org\n"
    about += f"Original-Envelope-Id: {envelope_id}\n" if envelope_id else ""
    kind, body = parts(
        "report; report-type=delivery-status",
        "Content-Type: text/plain; charset=us-ascii\n\nYour letter did not arrive.\n",
        f"Content-Type: {status_kind}\n\n{about}\n" + "\n".join(groups or (group(),)),
        f"Content-Type: text/rfc822-headers\n\n{sent() if returned is None else returned}",
    )
    head = ("Return-Path: <>", "From: Mail Delivery System <MAILER-DAEMON@mx.example.org>", f"To: {to}")
    return mail(*head, "Subject: Undelivered", "MIME-Version: 1.0", kind, body=body)


def exchange() -> bytes:
    """Exchange Online's: the report's status is right, the text part is itself a multipart, and it is in base64."""
    inner, text = parts("alternative", "Content-Type: text/plain\n\nNobody of that name.\n", boundary="=_in")
    status = "UmVwb3J0aW5nLU1UQTogZG5zO2V4MS5leGFtcGxlLm9yZwoKRmluYWwtUmVjaXBpZW50OiByZmM4MjI7YWRhQGV4YW1wbGUub3JnCkFj"
    status += "dGlvbjogZmFpbGVkClN0YXR1czogNS4xLjEwCkRpYWdub3N0aWMtQ29kZTogc210cDs1NTAgNS4xLjEwIG5vdCBmb3VuZAo="
    kind, body = parts(
        "report; report-type=delivery-status",
        f"{inner}\n\n{text}",
        f"Content-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n{status}\n",
        f"Content-Type: message/rfc822\n\n{sent()}\nA mail.\n",
    )
    return mail("From: <postmaster@example.org>", f"To: <{OURS}>", "Auto-Submitted: auto-replied", kind, body=body)


def exchange_prose(answer: str = "550 5.1.10 RESOLVER.ADR; Recipient not there") -> bytes:
    """Exchange's own text where a gateway has dropped the report."""
    body = f"Das ging nicht.\n\nDiagnose:\n\nServer: ex1\n\n{READER}\nRemote Server returned '{answer}'\n\n"
    return mail("Return-Path: <>", f"To: {OURS}", "From: Post <postmaster@example.org>", body=body)


def exim(*said: tuple[str, str], subject: str = "Mail delivery failed") -> bytes:
    """Exim's text: recipients in a header, and again above the words of the server."""
    told = said or ((READER, "host mx.example.org: 550 5.1.1 Who is that?"),)
    body = "A letter of yours could not be brought to all:\n\n"
    body += "".join(f"  {to}\n    {words}\n\n" for to, words in told)
    body += f"------ This is a copy of the message's headers. ------\n\n{sent()}\n"
    failed = ", ".join(to for to, _ in told)
    head = ("From: Mail Delivery System <Mailer-Daemon@mx.example.org>", "To: someone@example.net")
    return mail(
        *head, f"X-Failed-Recipients: {failed}", "Auto-Submitted: auto-replied", f"Subject: {subject}", body=body
    )


def exim_warning() -> bytes:
    head = ("Return-path: <>", "From: Mail Delivery System <Mailer-Daemon@mx.example.org>", f"To: {OURS}")
    return mail(*head, "Subject: Warning: message 1abCDe-000001-Xy delayed 24 hours", body="It waits.\n")


def qmail(said: str = "Sorry, nobody lives here by that name. (#5.1.1)") -> bytes:
    body = f"Hi. This is the qmail-send program at mx.example.org.\nIt failed.\n\n<{READER}>:\n{said}\n\n"
    body += f"--- Below this line is a copy of the message.\n\n{sent()}\nA mail.\n"
    return mail("Return-Path: <>", "From: MAILER-DAEMON@mx.example.org", "Subject: failure notice", body=body)


def old_sendmail() -> bytes:
    body = "   ----- The following addresses had permanent fatal errors -----\n"
    body += f"<{READER}>\n\n   ----- Transcript of session follows -----\n550 {READER}... User unknown\n"
    return mail("From: MAILER-DAEMON@mx.example.org", f"Delivered-To: {OURS}", "Subject: Returned mail", body=body)


def gmail(status: str = "5.1.1", said: str = "550-5.1.1 The account is not here. 550 5.1.1 p=NoSuchUser") -> bytes:
    """Gmail's today: a report in which the returned mail is whole, threaded with ours."""
    kind, body = parts(
        "report; report-type=delivery-status",
        "Content-Type: text/plain; charset=UTF-8\n\n** Nobody found **\n",
        f"Content-Type: message/delivery-status\n\nReporting-MTA: dns; gmail.example\n\n{group(status=status, said=said)}",
        "Content-Type: message/rfc822\n\nFrom: digest@papers.example.net\n\nA mail.\n",
    )
    head = ("Return-Path: <>", "From: Mail Delivery Subsystem <mailer-daemon@gmail.example>", f"To: {OURS}")
    return mail(*head, f"In-Reply-To: {MESSAGE_ID}", kind, body=body)


def arf(kind: str = "abuse", fields: str = f"Original-Rcpt-To: <{READER}>\n", returned: str | None = None) -> bytes:
    """A provider's word that a reader has called a mail unwanted."""
    content, body = parts(
        "report; report-type=feedback-report",
        "Content-Type: text/plain\n\nSomebody did not like this.\n",
        f"Content-Type: message/feedback-report\n\nFeedback-Type: {kind}\nVersion: 1\n{fields}",
        f"Content-Type: message/rfc822\n\n{sent() if returned is None else returned}\nA mail.\n",
    )
    return mail("From: feedback@provider.example", "To: owner@example.net", content, body=body)


def letter(subject: str, *fields: str, body: str = "", sender: str = f"Ada Example <{READER}>") -> bytes:
    """What a person, or a program for them, sends."""
    return mail(f"From: {sender}", "To: owner@example.net", f"Subject: {subject}", *fields, body=body)


def forwarded() -> bytes:
    """A person sends us a report that they got."""
    kind, body = parts(
        "mixed", "Content-Type: text/plain\n\nWhat is this?\n", "Content-Type: message/rfc822\n\n", boundary="=_f"
    )
    report = dsn().decode().replace("\r\n", "\n")
    body = body.replace("message/rfc822\n\n", f"message/rfc822\n\n{report}")
    return letter("Fwd: Undelivered", kind, body=body)
