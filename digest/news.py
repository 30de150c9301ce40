"""What is news: which of the papers that a dump lists it may announce. Pure.

A dump may have been taken in only so that its papers are known (`baseline`), or be from a source's first look, which
announces what was put on the list since a day (`news_from`). And whatever the dump, a replacement is no news.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from digest.models import ListedPaper, Listing

__all__ = ["NEWS", "Beginning", "is_news", "is_old"]

NEWS = frozenset({None, "new", "cross"})  # what a listing may call a paper that it announces; a replacement is no news


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where the news of a dump begin: nowhere (`baseline`), on a day, or with all of it (None)."""

    baseline: bool = False
    news_from: date | None = None


def is_news(paper: ListedPaper, listing: Listing, *, begin: Beginning) -> bool:
    """Whether this listing may announce the paper: it is neither from before the news begin, nor a replacement."""
    return not is_old(paper, listing, begin=begin) and paper.announce in NEWS


def is_old(paper: ListedPaper, listing: Listing, *, begin: Beginning) -> bool:
    """Whether it is to be known without ever being news: its whole dump, or it was listed before the news begin.

    Where the news begin on a day, a paper of which nothing says the day is old: a first look never floods.
    """
    if begin.baseline or begin.news_from is None:
        return begin.baseline
    day = listing.day_of(paper)
    return day is None or day < begin.news_from
