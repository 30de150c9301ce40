"""The names that papers have elsewhere, read from addresses and from what feeds call ids.

arXiv: https://info.arxiv.org/help/arxiv_identifier.html (new style, and old style without its subject class); DOI: the
Handbook's syntax, folded to lower case as its names are compared; OpenReview: the forum of a paper.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from digest.models import Identifier

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

__all__ = ["ARXIV_ID", "arxiv_name", "identifiers", "own_arxiv"]

ARXIV_ID = re.compile(r"[0-9]{2}(?:0[1-9]|1[0-2])\.[0-9]{4,5}|[a-z]+(?:-[a-z]+)?(?:\.[A-Z]{2})?/[0-9]{7}")
_VERSION = r"(?:v[0-9]{1,3})?"
_ARXIV = re.compile(
    rf"(?:arxiv\.org/(?:abs|pdf|html)/|oai:arXiv\.org:|^arXiv:|huggingface\.co/papers/|10\.48550/arxiv\.)({ARXIV_ID.pattern}){_VERSION}(?![0-9])",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"[0-9]{4}\.[0-9]{4}")  # found ten times as fast as the label before it
# A label opens a line, and lines are gone: it has a capital, or stands behind a sign or another address.
_OWN = re.compile(
    r"(?:^|(?<!related )(?<!previous )(?<!earlier )(?<!prior )(?<!original )(?<!companion )(?-i:(?=[A-Z]))(?<!\w)"
    r"|[^\w\s,;(]\s?|/\S{0,200}\s)(?:(?:full|arxiv) )?(?:paper|arxiv|preprint)(?: link| ?\(arxiv\))?\s*[^\w\s:]{0,3}\s?:\s*"
    r"(?:(?:https?://)?(?:www\.)?arxiv\.org/(?:abs|pdf|html)/|arxiv:\s?)?([0-9]{4}\.[0-9]{4,5})(?![0-9])",
    re.IGNORECASE,
)
_DOI = re.compile(
    r"(?:^|doi\.org/|doi:\s?|/doi/(?:abs/|full/|pdf/)?|info:doi/|biorxiv\.org/content/|medrxiv\.org/content/)(10\.[0-9]{4,9}/[^\s\"<>?#]{1,200})",
    re.IGNORECASE,
)
_OPENREVIEW = re.compile(r"[A-Za-z0-9_-]{6,20}")


def identifiers(texts: Iterable[str]) -> tuple[Identifier, ...]:
    """The identifiers in these addresses and ids: the first of each scheme, in the order arxiv, doi, openreview."""
    found: dict[str, Identifier] = {}
    for text in texts:
        if _may_name_others(text) or ("arxiv" not in found and _may_name_arxiv(text)):
            for one in _found(text):
                found.setdefault(one.scheme, one)
    if len(found) > 1:
        return tuple([found[scheme] for scheme in ("arxiv", "doi", "openreview") if scheme in found])
    return tuple(found.values())


def arxiv_name(text: str) -> str:
    """An arXiv id as it is compared: without its version, an old one without its subject class ("math/0309136")."""
    bare = re.sub(r"v[0-9]{1,3}$", "", text) if "v" in text else text
    archive, slash, number = bare.partition("/")
    return f"{archive.partition('.')[0].lower()}/{number}" if slash else bare


def own_arxiv(text: str, day: date) -> str:
    """The arXiv id that a text gives as that of its own paper: “Paper: arxiv.org/abs/…”, “arXiv: 2611.01234”.

    "" when it labels none or several, or when the id is of another month than this day, give or take one: texts point
    to other papers too.
    """
    if ":" not in text or not _NUMBERED.search(text):
        return ""
    found = {one[1] for one in _OWN.finditer(text)}
    name = found.pop() if len(found) == 1 else ""
    months = 12 * (2000 + int(name[:2]) - day.year) + int(name[2:4]) - day.month if name else 0
    return name if abs(months) <= 1 else ""


def _found(text: str) -> Iterator[Identifier]:
    arxiv = _ARXIV.search(text) if _may_name_arxiv(text) else None
    if arxiv:
        yield Identifier("arxiv", arxiv_name(arxiv[1]))
        return  # an arXiv DOI is the arXiv id once more
    plain = unquote(text) if "%2" in text else text
    doi = _DOI.search(plain) if "10." in plain else None
    if doi:
        yield Identifier("doi", _doi(doi[1]))
    if "openreview.net/" in text:
        forum = _query(text, "id")
        if _OPENREVIEW.fullmatch(forum):
            yield Identifier("openreview", forum)


def _may_name_arxiv(text: str) -> bool:
    """Found many times as fast as an id; to a pattern without case "ſ" is an "s", so that other letters prove nothing."""
    small = text.lower()
    return "arxiv" in small or "huggingface" in small or not text.isascii()


def _may_name_others(text: str) -> bool:
    """Whether a DOI or a forum may stand there; "%2F" is a slash in an address."""
    return "10." in text or "%2" in text or "openreview.net/" in text


def _doi(text: str) -> str:
    """A DOI without the punctuation of the text around it, and without the version that a preprint server's address has."""
    bare = text.rstrip(".,;/")
    while bare.endswith(")") and bare.count(")") > bare.count("("):
        bare = bare[:-1].rstrip(".,;/")
    return (re.sub(r"v[0-9]{1,2}(?:\.[a-z-]+)*$", "", bare) if bare.startswith("10.1101/") else bare).lower()


def _query(url: str, name: str) -> str:
    try:
        return parse_qs(urlsplit(url).query).get(name, [""])[0]
    except ValueError:
        return ""
