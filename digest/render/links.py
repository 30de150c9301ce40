"""Where a paper can be read, in addresses that are safe to offer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus, urlsplit

if TYPE_CHECKING:
    from digest.models import Paper

__all__ = ["Link", "link_of", "links_of", "lookup_url", "safe_url"]

LONGEST_URL = 2048  # what browsers and mail gateways agree to carry
PLACES = {"arxiv.org": "arXiv", "huggingface.co": "Hugging Face", "doi.org": "DOI", "openreview.net": "OpenReview"}


@dataclass(frozen=True, slots=True)
class Link:
    """A place on the web with the words for it; `url` is http or https and free of spaces and controls."""

    label: str
    url: str


def link_of(paper: Paper) -> Link | None:
    """Where to read it: its own address, else the one that its arXiv id or DOI makes; None when nothing is known."""
    return next(iter(links_of(paper)), None)


def links_of(paper: Paper) -> tuple[Link, ...]:
    """Every place where the paper is known to be, best first, each once. Addresses other than http(s) are dropped."""
    found = (*_own(paper), *_arxiv(paper.id_of("arxiv")), *_doi(paper.id_of("doi")))
    kept: dict[str, Link] = {}
    for link in found:
        if link.label not in kept and all(link.url != other.url for other in kept.values()):
            kept[link.label] = link
    return tuple(kept.values())


def lookup_url(paper: Paper) -> str:
    """A search for its title, for a paper without any link.

    At arXiv, because the listings that print no links list papers that are there. Of a title no more than 300
    characters: no real one has so many, and an address must not grow without end.
    """
    return f"https://arxiv.org/search/?searchtype=title&query={quote_plus(paper.title[:300], errors='replace')}"


def safe_url(url: str | None) -> str | None:
    """The address with anything but ASCII escaped, or None when it should not be offered as a link.

    Only http and https with a host; no user name before the host, which serves to disguise it; no spaces or
    controls, which browsers remove (`java&#10;script:`).
    """
    if not url or len(url) > LONGEST_URL or re.search(r"[\x00-\x20\x7f-\xa0\\<>\"\u2028\u2029\ud800-\udfff]", url):
        return None
    try:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
            return None
        host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
    except ValueError:  # a bad bracket; a name that no domain can have
        return None
    return quote(parts._replace(netloc=host).geturl(), safe="/:?#[]@!$&'()*+,;=%~")


def _own(paper: Paper) -> tuple[Link, ...]:
    url = safe_url(paper.url)
    return (Link(_label(url), url),) if url else ()


def _label(url: str) -> str:
    """What a reader knows the place by: `arXiv 2610.01234`, `Hugging Face`, else its host."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    if host == "arxiv.org" and (found := re.search(r"/(abs|pdf)/(.+?)(?:v\d+)?$", url)):
        return "PDF" if found[1] == "pdf" else f"arXiv {found[2]}"
    return PLACES.get(host, host)


def _arxiv(name: str | None) -> tuple[Link, ...]:
    if name is None:
        return ()
    path = quote(name, errors="replace")
    return Link(f"arXiv {path}", f"https://arxiv.org/abs/{path}"), Link("PDF", f"https://arxiv.org/pdf/{path}")


def _doi(name: str | None) -> tuple[Link, ...]:
    arxiv_copy = name is None or name.lower().startswith("10.48550/arxiv.")
    return () if name is None or arxiv_copy else (Link("DOI", f"https://doi.org/{quote(name, errors='replace')}"),)
