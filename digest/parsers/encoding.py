"""From the bytes of a text dump to its lines. Which encoding it is follows from the bytes alone."""

from __future__ import annotations

import codecs
from typing import NamedTuple

__all__ = ["Decoded", "decode", "decode_closely", "line_ends", "split_lines"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 4096


class Decoded(NamedTuple):
    """The text of a dump, and whether some of its bytes are no text in any encoding that it can have."""

    text: str
    damaged: bool


def decode(body: bytes) -> str:
    """The text of these bytes, whatever they are: a byte that fits nowhere becomes U+FFFD and the rest is read.

    A byte order mark decides; without one UTF-16 is recognised by its regular NULs, and all else is UTF-8.
    """
    return decode_closely(body).text


def decode_closely(body: bytes) -> Decoded:
    """As `decode`, and whether anything was replaced or any NUL stands in it."""
    mark, encoding = next((found for found in _MARKS if body.startswith(found[0])), (b"", ""))
    encoding = encoding or _without_mark(body[:_SAMPLE])
    plain = body[len(mark) :]
    try:
        text = plain.decode(encoding)
    except UnicodeDecodeError:
        return Decoded(plain.decode(encoding, "replace"), damaged=True)
    return Decoded(text, damaged=b"\0" in plain and "\0" in text)


def _without_mark(sample: bytes) -> str:
    """UTF-16 text in any European language has a NUL in nearly every second byte, and always in the same one."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = max(1, len(sample) // 2)
    if odd > 0.7 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.7 * half and odd < 0.05 * half:
        return "utf-16-be"
    return "utf-8"


def line_ends(text: str) -> int:
    """How many line ends there are in a text, told without splitting it: each CRLF, LF and lone CR is one."""
    ends = text.count("\n")
    return ends + text.count("\r") - text.count("\r\n") if "\r" in text else ends


def split_lines(text: str) -> list[str]:
    """Lines without their ends, split at CRLF, LF and lone CR only: U+2028 and its like stay inside a line.

    An end at the very end opens no further line, so that a text has as many lines as an editor shows.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    return lines
