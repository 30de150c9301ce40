"""The bytes of one mail (RFC 5322), written by hand and the same every time.

Not by `email.message`: its generator writes a long `List-Unsubscribe` as an encoded-word, which no program undoes
(cpython 85725), has let `=?` in a subject inject headers (CVE-2024-6923), and costs 20 times as much per recipient.
Here a header holds printable ASCII only, folded at spaces; nothing from outside can end a line.
"""

from __future__ import annotations

import re
from binascii import b2a_base64, b2a_qp
from email.utils import format_datetime
from functools import lru_cache
from hashlib import blake2b
from itertools import chain
from typing import TYPE_CHECKING

from digest.errors import PermanentDelivery
from digest.render.mail.head import TOKEN_PLACE, leaving, leaving_web
from digest.render.paths import ARCHIVE, SUBSCRIBE, absolute
from digest.render.words import shortened
from digest.text import clean_text

if TYPE_CHECKING:
    from datetime import datetime

    from digest.models import Delivery, Notice, Site
    from digest.render.mail.body import MailBody

__all__ = ["answer", "message", "notice"]

LINE = 76  # columns a header is folded at where it has spaces; RFC 5322 §2.1.1 recommends 78
ENCODED_BYTES = 42  # in base64 they are 56 characters, an encoded-word of 68, and RFC 2047 §2 allows 75
LONGEST_NAME = 78
ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,253}")
NOT_IN_ID = re.compile(r"[^A-Za-z0-9!#$%&'*+/^_`{|}~@.-]")  # what msg-id allows (RFC 5322 §3.6.4) less "=?"
SENDER_ID = "paperround"


def message(body: MailBody, delivery: Delivery, site: Site, sent_at: datetime) -> bytes:
    """The mail for one recipient, with CRLF; the same arguments give the same bytes.

    `sent_at` is the time of this attempt (aware): an old Date costs spam points. Raises `PermanentDelivery` when the
    address cannot stand in a header; addresses beyond ASCII are refused when they are configured.
    """
    boundary = blake2b(delivery.message_id.encode("utf-8", "replace"), digest_size=12).hexdigest()
    shared = _shared(body, delivery.digest, delivery.edition, site=site, sent_at=sent_at)
    head = "".join(chain.from_iterable(zip(shared, _own(delivery, site), strict=True)))
    return head.encode("ascii") + b"MIME-Version: 1.0\r\n" + _content(body, boundary, delivery.token)


def notice(told: Notice, delivery: Delivery, site: Site, sent_at: datetime) -> bytes:
    """A mail to the owner, in plain text, with CRLF: it is of no list, and nobody can leave it.

    Raises `PermanentDelivery` as `message` does.
    """
    title = shortened(_one_line(site.title), LONGEST_NAME)
    return _alone(title, told.subject, delivery, site, sent_at) + _part("text/plain", told.text, "")


def answer(body: MailBody, delivery: Delivery, site: Site, sent_at: datetime) -> bytes:
    """A mail to a reader who asked for it on the web, with CRLF: of no list, since nobody is on one yet.

    Raises `PermanentDelivery` as `message` does.
    """
    boundary = blake2b(delivery.message_id.encode("utf-8", "replace"), digest_size=12).hexdigest()
    title = shortened(_one_line(body.title or site.title), LONGEST_NAME)
    return _alone(title, body.subject, delivery, site, sent_at) + _content(body, boundary, "")


def _alone(title: str, subject: str, delivery: Delivery, site: Site, sent_at: datetime) -> bytes:
    """The headers of a mail to one person alone."""
    head = (
        _line("From", f"{_phrase(title)} <{_address(site.sender)}>".lstrip()),
        _line("To", _address(delivery.to)),
        _line("Subject", _unstructured(_one_line(subject))),
        _line("Date", format_datetime(sent_at)),
        _line("Message-ID", f"<{NOT_IN_ID.sub('', delivery.message_id)}>"),
        _line("Auto-Submitted", "auto-generated"),
        "MIME-Version: 1.0\r\n",
    )
    return "".join(head).encode("ascii")


# --- headers ------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def _shared(body: MailBody, digest: str, edition: int, *, site: Site, sent_at: datetime) -> tuple[str, str, str, str]:
    """The headers that all readers get alike, in four parts: between them stand the three that are a reader's own."""
    title = shortened(_one_line(body.title or site.title), LONGEST_NAME)
    archive = absolute(site, ARCHIVE)
    list_id = f"{_phrase(title) if title.isascii() else ''} <{_list_id(digest, site)}>".lstrip()
    return (
        _line("From", f"{_phrase(title)} <{_address(site.sender)}>".lstrip()),
        _line("Subject", _unstructured(_one_line(body.subject))) + _line("Date", format_datetime(sent_at)),
        _line("List-Id", list_id),
        _line("List-Owner", f"<mailto:{_address(site.owner)}>")
        + _line("List-Post", "NO")
        + (_line("List-Archive", f"<{archive}>") if archive else "")
        + (_line("List-Subscribe", f"<{absolute(site, SUBSCRIBE)}>") if site.joins else "")
        + _line("Auto-Submitted", "auto-generated")
        + _line("Precedence", "list")
        + _line("Feedback-ID", f"{edition}:{_label(digest)}:digest:{SENDER_ID}"),
    )


def _own(delivery: Delivery, site: Site) -> tuple[str, str, str, str]:
    """The headers of one reader, each "" where there is none; nothing stands after the last of those that are shared."""
    return (
        _line("To", _address(delivery.to)),
        _line("Message-ID", f"<{NOT_IN_ID.sub('', delivery.message_id)}>"),
        "" if delivery.audience.many else _leaving(delivery, site),
        "",
    )


def _leaving(delivery: Delivery, site: Site) -> str:
    """Where to unsubscribe (RFC 2369 §3.2), at a press of a mail program's own button where it is https (RFC 8058 §3.1)."""
    web = leaving_web(site, delivery.token)
    ways = [f"<{way}>" for way in (web, leaving(delivery.digest, site, delivery.token)) if way]
    one_click = _line("List-Unsubscribe-Post", "List-Unsubscribe=One-Click") if web.startswith("https://") else ""
    return _line("List-Unsubscribe", ", ".join(ways)) + one_click if ways else ""


def _line(name: str, value: str) -> str:
    return f"{_folded(f'{name}: {value}')}\r\n"


def _one_line(words: str) -> str:
    """Clean text without what looks like an encoded-word: that is what carried injected headers."""
    return clean_text(words).replace("=?", "= ?")


def _address(address: str) -> str:
    if not ADDRESS.fullmatch(address):
        raise PermanentDelivery(
            f"address {address!r}", "can't stand in a mail's header", "write it as name@host, in ASCII"
        )
    return address


def _phrase(name: str) -> str:
    """A display name: a quoted string, or encoded-words where it is not ASCII (RFC 2047 §5 (3) allows them here)."""
    if not name.isascii():
        return _encoded(name)
    escaped = re.sub(r'(["\\])', r"\\\1", name)
    return name if re.fullmatch(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]*", name) else f'"{escaped}"'


def _unstructured(words: str) -> str:
    return words if words.isascii() else _encoded(words)


def _encoded(words: str) -> str:
    """Encoded-words with spaces between, which a reader drops; no character is torn apart (RFC 2047 §5 (3))."""
    chunks, chunk = [], b""
    for character in words:
        octets = character.encode("utf-8", "replace")
        if len(chunk) + len(octets) > ENCODED_BYTES:
            chunks.append(chunk)
            chunk = b""
        chunk += octets
    return " ".join(f"=?utf-8?B?{b2a_base64(part, newline=False).decode()}?=" for part in (*chunks, chunk))


def _list_id(digest: str, site: Site) -> str:
    """`daily.example.org`: a dot-atom, whatever the digest is called, and never another one (RFC 2919 §3)."""
    host = re.sub(r"[^a-z0-9.-]", "", site.sender.rpartition("@")[2].lower()).strip(".-") or "localhost"
    return f"{_label(digest)}.{re.sub(r'[.]{2,}', '.', host)[:180]}"


def _label(name: str) -> str:
    """Small letters, digits and hyphens. A name with anything else gets its hash, so that two stay two."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40]
    if plain and plain == name:
        return plain
    return f"{plain}-{blake2b(name.encode('utf-8', 'replace'), digest_size=4).hexdigest()}".lstrip("-")


def _folded(header: str) -> str:
    """Lines of at most `LINE` columns where there are spaces to fold at; what has none stays whole (RFC 5322 §2.2.3).

    Not before the first word, since a line of white space alone is obsolete syntax.
    """
    name, first, *words = header.split(" ")
    lines = [f"{name} {first}"]
    for word in words:
        if len(lines[-1]) + 1 + len(word) > LINE:
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines)


# --- content ------------------------------------------------------------------------------------------------------


def _content(body: MailBody, boundary: str, token: str) -> bytes:
    """Text first, HTML last (RFC 2046 §5.1.4); with an attachment, both beside it in a multipart/mixed."""
    parts = [_part("text/plain", body.text, token), _part("text/html", body.html, token)]
    alternative = _multipart("alternative", f"=_{boundary}_a", parts)
    if body.attachment is None:
        return alternative
    file_name = re.sub(r"[^A-Za-z0-9._-]", "-", body.file_name[-LONGEST_NAME:])
    page = _part("text/html", body.attachment, token, file_name=file_name)
    return _multipart("mixed", f"=_{boundary}_m", [alternative, page])


def _multipart(kind: str, boundary: str, parts: list[bytes]) -> bytes:
    """`=_` at the start of a boundary can't occur in quoted-printable, so no content looks like it (RFC 2045 §6.7)."""
    line = f"--{boundary}".encode()
    head = f'Content-Type: multipart/{kind};\r\n boundary="{boundary}"\r\n\r\n'.encode()
    return head + b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--\r\n"


def _part(media_type: str, text: str, token: str, *, file_name: str = "") -> bytes:
    disposition = f'Content-Disposition: attachment; filename="{file_name}"\r\n' if file_name else ""
    head = (
        f"Content-Type: {media_type}; charset=utf-8\r\n{disposition}Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    pieces = (piece if isinstance(piece, bytes) else _quoted_printable(piece, token) for piece in _pieces(text))
    return head.encode("ascii") + b"".join(pieces)


@lru_cache(maxsize=8)
def _pieces(text: str) -> tuple[bytes | str, ...]:
    """A text in whole lines: those with a place for the reader's token as they are, those between encoded.

    Encoded apart they are the same as encoded together. Remembered, since all who chose the same get the same.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    pieces: list[bytes | str] = []
    start = 0
    while (place := text.find(TOKEN_PLACE, start)) >= 0:
        line = text.rfind("\n", start, place) + 1 or start
        end = text.find("\n", place) + 1 or len(text)
        pieces += [_quoted_printable(text[start:line], ""), text[line:end]]
        start = end
    return (*pieces, _quoted_printable(text[start:], ""))


def _quoted_printable(text: str, token: str) -> bytes:
    """Lines of at most 76 octets with CRLF (RFC 2045 §6.7), with this token in its place."""
    lines = text.replace(TOKEN_PLACE, token).replace("\n", "\r\n")
    return b2a_qp(lines.encode("utf-8", "replace"), istext=True)
