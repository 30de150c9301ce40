"""From the bytes of a feed to XML that is safe to parse: UTF-8, nothing before the first element, no declarations.

What a parser would do with an encoding or a document type depends on the parser; so neither is left to one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from digest.errors import UnreadableDump

if TYPE_CHECKING:
    from digest.models import Dump

__all__ = ["FeedText", "Prolog", "feed_text", "read_prolog"]

_MARKS = (  # of a byte order mark, and of "<" where there is none; the longer ones first
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
    (b"<\x00", "utf-16-le"),
    (b"\xef\xbb\xbf", "utf-8"),
)
_COMMON = re.compile(
    r"utf-?8|utf-?(?:16|32)(?:[-_]?[lb]e)?|us-ascii|ascii|iso[-_]8859[-_][0-9]{1,2}|latin-?1|windows-125[0-8]|cp125[0-8]"
    r"|gb18030|gbk|gb2312|big5|shift[-_]jis|euc-(?:jp|kr)|koi8-[ru]"
)
_WIDE = re.compile(r"utf-?(?:16|32)")
_DECLARED = re.compile(rb"""\s*<\?xml\b[^>]{0,200}?\bencoding\s*=\s*["']([^"'>]{1,60})["']""")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s"';]{1,60})""", re.IGNORECASE)
_LEAD = "\ufeff\0 \t\r\n"
_MISC = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_MOST_MISC = 1_000
_DOCTYPE = re.compile(r"<!DOCTYPE\s*+([^\s>\[]{0,100}+)[^>\[]*+([>\[])", re.IGNORECASE)
_ELEMENT = re.compile(r"<(?:[\w.-]{1,100}:)?([A-Za-z_][\w.-]{0,100})")
_ROOTS = frozenset(("rss", "feed", "rdf", "channel"))
_HTML = frozenset(("html", "head", "body"))
_FETCH = "fetch it again, or look at its address in a browser"


class Prolog(NamedTuple):
    """What stands before the first element: whether it declares anything, and which element is the first, in small."""

    root: str
    start: int
    doctype: str
    declares: bool


class FeedText(NamedTuple):
    """A feed as well-behaved XML; `lines` were taken off before its first element."""

    xml: bytes
    root: str
    lines: int


def feed_text(dump: Dump) -> FeedText:
    """The XML of this dump; UnreadableDump when it is an HTML page or no feed, declares entities, or is oddly encoded."""
    text = _decode(dump)
    prolog = read_prolog(text)
    if prolog.declares:
        raise UnreadableDump(dump.name, "its XML declares entities, as no feed needs to", "it is not read for safety")
    if prolog.root in _HTML or prolog.doctype == "html":
        raise UnreadableDump(dump.name, "an HTML page, not a feed", _FETCH)
    if prolog.root not in _ROOTS:
        what = f"its first element is <{prolog.root}>" if prolog.root else "it is not XML"
        raise UnreadableDump(dump.name, f"no feed: {what}", _FETCH)
    xml = text[prolog.start :].encode("utf-8", "replace")
    return FeedText(xml, prolog.root, text.count("\n", 0, prolog.start))


def read_prolog(text: str) -> Prolog:
    """What stands before the first element; `root` is "" when nothing that belongs there leads to one."""
    at, doctype = len(text) - len(text.lstrip(_LEAD)), ""
    for _ in range(_MOST_MISC):
        found = _MISC.match(text, at) or _DOCTYPE.match(text, at)
        if found is None:
            break
        if found.re is _DOCTYPE:
            doctype = found[1].lower()
            if found[2] == "[" or "<!" in found[0][2:]:
                return Prolog("", at, doctype, declares=True)
        at = found.end()
    root = _ELEMENT.match(text, at)
    return Prolog(root[1].lower() if root else "", at, doctype, declares=text.startswith(("<!ENTITY", "<!entity"), at))


def _decode(dump: Dump) -> str:
    """The text: by its mark, else as it declares itself, else as its server says, else as UTF-8."""
    declared = _declared(dump)
    if declared and not _COMMON.fullmatch(declared):
        raise UnreadableDump(dump.name, f'it is encoded in "{declared}", as no feed is', "it is not read for safety")
    marked = next((encoding for mark, encoding in _MARKS if dump.body.startswith(mark)), "")
    if marked and marked != "utf-8":
        return dump.body.decode(marked, "replace")
    if marked or not declared or _WIDE.match(declared):  # a wide one would have another mark, or NULs
        declared = "utf-8"
    for encoding in (declared, "utf-8"):
        try:
            return dump.body.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return _repaired(dump.body) if declared == "utf-8" else dump.body.decode(declared, "replace")


def _declared(dump: Dump) -> str:
    said = _DECLARED.match(dump.body[:400].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xfe\xff"))
    if said:
        return said[1].decode("latin-1").strip().lower()
    sent = _CHARSET.search(dump.media_type or "")
    return sent[1].lower() if sent else ""


def _repaired(body: bytes) -> str:
    """Text said to be UTF-8 that has other bytes: some are damage, but where most are it is Windows' Latin."""
    text = body.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    whole = sum(map(text.count, "äöüéèàçñ’“”–—")) if damaged else 0
    return text if whole >= damaged else body.decode("cp1252", "replace")
