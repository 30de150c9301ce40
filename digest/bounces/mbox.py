"""The single mails of a file: an mbox, or one mail."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["mails_in"]

# `From sender Sat Nov 21 07:00:05 2026`, at the very beginning or after an empty line. A time must stand in it: prose
# begins a paragraph with "From " too, and some writers of mboxes leave that as it is.
_FROM = re.compile(rb"(?:\A\s{0,9}|(?<=\n\n)|(?<=\n\r\n))From [^\n]{0,200}?\d\d:\d\d[^\n]{0,100}(?:\n|\Z)")
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)


def mails_in(data: bytes) -> Iterator[bytes]:
    """The mails of an mbox (mboxo or mboxrd) in their order, or the one mail that the data is; of no bytes none.

    Those of an mbox come without its `From ` lines and its quoting of such; the one mail is not touched.
    """
    lines = _FROM.finditer(data)
    first = next(lines, None)
    if first is None or first.start() > 0:
        yield from (data,) if data.strip() else ()
        return
    begin = first.end()
    for line in lines:
        yield _unquoted(data[begin : line.start()])
        begin = line.end()
    yield _unquoted(data[begin:])


def _unquoted(mail: bytes) -> bytes:
    """Without the empty line that an mbox puts after each mail, and one `>` less before each `From `."""
    end = b"\r\n" if mail.endswith(b"\r\n") else b"\n"
    return _QUOTED.sub(rb"\1", mail.removesuffix(end) if mail.endswith(end * 2) else mail)
