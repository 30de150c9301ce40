"""The parts of a mail, whatever its bytes: found one by one, never more than were asked for.

Not by `email.parser`: it takes 0.26 s for the 30,000 parts of a 256 KiB mail, 0.08 s for as many headers, and ends
deep nesting in a RecursionError (Python 3.11). Here all is bounded first; what lies beyond a bound is not read.
"""

from __future__ import annotations

import re
from binascii import a2b_base64, a2b_qp
from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Field", "Part", "fields_in", "opened", "read", "text_of", "walk", "words_of"]

Field = tuple[str, str]  # its name in small letters, and its value, unfolded and otherwise as it stands

WHOLE, BEGINNING = 1 << 20, 256 << 10  # a mail beyond the first is read up to the second
HEAD, FIELDS, VALUE = 64 << 10, 300, 8 << 10
TEXT = 64 << 10
PARTS, DEPTH = 60, 6  # a report in a list's wrapping has five parts in two levels
TRIES = 500  # lines that begin like a boundary

_FIELD = re.compile(r"^([!-9;-~]{1,76})[ \t]{0,9}:(.*(?:\n[ \t].*)*)", re.MULTILINE)
_FOLD = re.compile(r"\n[ \t]")
_PARAMETER = re.compile(r';\s*([\w-]{1,40})\s*=\s*(?:"([^"]{0,200})"|([^\s;"]{1,200}))')
_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
_WORD = re.compile(r"=\?([\w.:-]{1,40})(?:\*[\w-]{1,20})?\?([BbQq])\?([^?\s]{0,300})\?=")
_BETWEEN_WORDS = re.compile(r"(?<=\?=)\s+(?==\?)")
# What a mail may name. Others that Python knows are no text (zlib), or take the square of its length (idna).
_CHARSET = re.compile(
    r"utf-?8|us-ascii|iso-8859-\d\d?|windows-\d{3,4}|cp\d{3,4}|koi8-[ru]|gb2312|gbk|gb18030|big5|euc-(?:jp|kr)"
    r"|shift[_-]jis|iso-2022-(?:jp|kr)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Part:
    """A mail, or a part of one: its fields and its bytes, as they were sent, with LF at the end of lines."""

    fields: tuple[Field, ...]
    body: bytes

    def first(self, name: str) -> str:
        """The value of the first field of this name; "" where there is none."""
        return next(self.every(name), "")

    def every(self, name: str) -> Iterator[str]:
        """The values of all fields of this name."""
        return (value for known, value in self.fields if known == name)

    @property
    def kind(self) -> str:
        """`multipart/report`, in small letters; `text/plain` where it is not said (RFC 2045 §5.2)."""
        return self.first("content-type").partition(";")[0].strip().lower() or "text/plain"

    def parameter(self, name: str) -> str:
        """A parameter of the content type, `boundary` for example; "" where there is none."""
        found = (at for at in _PARAMETER.finditer(self.first("content-type")) if at[1].lower() == name)
        return next((at[2] or at[3] or "" for at in found), "")


def read(mail: bytes) -> Part:
    """The mail's own fields and its body. Line ends become LF; a leading `From ` line of an mbox is no field."""
    if len(mail) > WHOLE:
        mail = mail[:BEGINNING]
    plain = mail.replace(b"\r\n", b"\n").replace(b"\r", b"\n").lstrip(b"\n")
    if plain.startswith((b"From ", b">From ")):
        plain = plain.partition(b"\n")[2]
    return _part(plain)


def _part(data: bytes) -> Part:
    if data.startswith(b"\n"):
        return Part((), data[1:])
    head, _, body = data.partition(b"\n\n")
    return Part(fields_in(head), body)


def fields_in(head: bytes) -> tuple[Field, ...]:
    """The fields of a header, or of a group in a report; lines that are none are left out."""
    text = head[:HEAD].decode("utf-8", "replace")
    found = islice(_FIELD.finditer(text), FIELDS)
    return tuple((at[1].lower(), _FOLD.sub(" ", at[2][:VALUE]).strip()) for at in found)


def opened(part: Part) -> bytes:
    """The bytes of a part without its transfer encoding; what is damaged is read as far as it goes."""
    encoding = part.first("content-transfer-encoding").lower()
    if encoding == "base64":
        return _from_base64(part.body).replace(b"\r\n", b"\n")
    return a2b_qp(part.body) if encoding == "quoted-printable" else part.body


def _from_base64(data: bytes) -> bytes:
    kept = data.translate(None, _NOT_BASE64)
    if len(kept) % 4 == 1:
        kept = kept[:-1]
    return a2b_base64(kept + b"=" * (-len(kept) % 4))


def walk(mail: Part) -> Iterator[Part]:
    """The mail and its parts, outer ones first; never what stands in an attached mail, and not for ever."""
    waiting = deque([(mail, 0)])
    for _ in range(PARTS):
        if not waiting:
            return
        part, depth = waiting.popleft()
        yield part
        if part.kind.startswith("multipart/") and depth < DEPTH:
            waiting.extend((inner, depth + 1) for inner in islice(_inner(part), PARTS))


def _inner(part: Part) -> Iterator[Part]:
    """The parts of a multipart; the last one also where its closing boundary is missing (cut mails)."""
    start: int | None = None
    for begin, end, last in _boundaries(part):
        if start is not None:
            yield _part(part.body[start:begin])
        start = None if last else end
        if last:
            return
    if start is not None:
        yield _part(part.body[start:])


def _boundaries(part: Part) -> Iterator[tuple[int, int, bool]]:
    """Where each boundary line begins and ends, and whether it is the closing one."""
    mark = b"--" + part.parameter("boundary").encode()
    body, at = b"\n" + part.body, -1
    for _ in range(TRIES if len(mark) > len(b"--") else 0):
        at = body.find(b"\n" + mark, at + 1)
        if at < 0:
            return
        end = body.find(b"\n", at + 1)
        end = len(body) if end < 0 else end
        rest = body[at + 1 + len(mark) : min(end, at + 100 + len(mark))].rstrip(b" \t")
        if rest in {b"", b"--"}:
            yield max(at - 1, 0), end, rest == b"--"


def text_of(part: Part) -> str:
    """The text of a part, its beginning at least; a character that fits nowhere becomes U+FFFD."""
    return decoded(opened(Part(part.fields, part.body[:TEXT])), part.parameter("charset"))


def decoded(data: bytes, charset: str) -> str:
    """Text in the charset that was named, or in UTF-8 where none was that a mail may name."""
    try:
        return data.decode(charset if _CHARSET.fullmatch(charset) else "utf-8", "replace")
    except LookupError:
        return data.decode("utf-8", "replace")


def words_of(value: str) -> str:
    """A field's value with its encoded-words read (RFC 2047); those that can't be stay as they are."""
    return _WORD.sub(_word, _BETWEEN_WORDS.sub("", value))


def _word(found: re.Match[str]) -> str:
    data = found[3].encode()
    plain = _from_base64(data) if found[2] in "Bb" else a2b_qp(data, header=True)
    return decoded(plain, found[1])
