"""What a parser from outside read, made fit to be shown: its texts cleaned, its addresses those of the web alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from digest.models import Reject
from digest.text import clean_text

if TYPE_CHECKING:
    from digest.models import ListedPaper, Listing

__all__ = ["cleaned"]


def cleaned(listing: Listing) -> Listing:
    """The same listing, with every text as `clean_text` leaves it; a paper without a title is a reject."""
    papers = tuple(map(_paper, listing.papers))
    bare = [Reject(at, str(paper.abstract or ""), "no title") for at, paper in enumerate(papers, 1) if not paper.title]
    return replace(listing, papers=tuple(paper for paper in papers if paper.title), rejects=(*listing.rejects, *bare))


def _paper(paper: ListedPaper) -> ListedPaper:
    return replace(
        paper,
        title=clean_text(paper.title),
        abstract=_text(paper.abstract),
        authors=tuple(filter(None, map(clean_text, paper.authors))),
        organisation=_text(paper.organisation),
        url=_address(paper.url),
        categories=tuple(filter(None, map(clean_text, paper.categories))),
    )


def _text(text: str | None) -> str | None:
    return clean_text(text) or None if text else None


def _address(url: str | None) -> str | None:
    bare = clean_text(url) if url else ""
    return bare if bare.lower().startswith(("http://", "https://")) and " " not in bare else None
