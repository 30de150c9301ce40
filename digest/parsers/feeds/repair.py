"""What is often wrong with a feed's XML, put right; only for one that is not well-formed as it came."""

from __future__ import annotations

import re
from html.entities import html5

__all__ = ["repaired"]

_JUNK = bytes({*range(32), 127} - {9, 10, 13})
_NEVER_XML = ("\ufffe".encode(), "\uffff".encode())
_AMPERSAND = re.compile(
    rb"&(?!(?:amp|lt|gt|quot|apos);)(?:#([0-9]{1,20}|[xX][0-9a-fA-F]{1,16});|([A-Za-z][A-Za-z0-9]{0,31};))?"
)
_MOST = 100_000  # `&` that are put right: each takes ten times its length while that is done
_HIGHEST = 0x10FFFF
_FORBIDDEN = (range(9), range(11, 13), range(14, 32), range(0xD800, 0xE000), range(0xFFFE, 0x10000))
_PREFIX = re.compile(rb"</?([A-Za-z_][\w.-]{0,50}):")
_DECLARED = re.compile(rb"\bxmlns:([A-Za-z_][\w.-]{0,50})\s*=")
_ROOT = re.compile(rb"<[^\s/>]+")
_KNOWN = {
    b"arxiv": b"http://arxiv.org/schemas/atom",
    b"atom": b"http://www.w3.org/2005/Atom",
    b"content": b"http://purl.org/rss/1.0/modules/content/",
    b"dc": b"http://purl.org/dc/elements/1.1/",
    b"dcterms": b"http://purl.org/dc/terms/",
    b"prism": b"http://prismstandard.org/namespaces/1.2/basic/",
    b"rdf": b"http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}


def repaired(xml: bytes) -> bytes:
    """The XML without characters that XML forbids, with every `&` an entity, and with all its prefixes declared.

    Inside CDATA an entity becomes its character too: what stands there is HTML, and so means the same.
    """
    xml = xml.translate(None, _JUNK)
    for junk in _NEVER_XML:
        xml = xml.replace(junk, b"")
    xml = _AMPERSAND.sub(_reference, xml, count=_MOST)
    missing = set(_PREFIX.findall(xml)) - set(_DECLARED.findall(xml)) - {b"xml", b"xmlns"}
    given = b"".join(b" xmlns:%s='%s'" % (one, _KNOWN.get(one, b"urn:unknown:" + one)) for one in sorted(missing))
    return _ROOT.sub(lambda found: found[0] + given, xml, count=1) if given else xml


def _reference(found: re.Match[bytes]) -> bytes:
    """A character that XML allows; a `&` as text where there is no such character."""
    if found[1]:
        number = int(found[1][1:], 16) if found[1][:1] in b"xX" else int(found[1])
        return b"&#%d;" % number if _allowed(number) else b""
    characters = html5.get(found[2].decode(), "") if found[2] else ""
    return b"".join(b"&#%d;" % ord(one) for one in characters) or b"&amp;" + (found[2] or b"")


def _allowed(number: int) -> bool:
    """XML 1.0, section 2.2."""
    return number <= _HIGHEST and not any(number in part for part in _FORBIDDEN)
