"""Whether a listing is what it seems to be: a page that changed its shape is read wrongly without any error. Pure.

Only formats that are read by their looks can drift; JSON, XML and marked text say themselves what they are. What breaks
off before its end is doubtful in any format: what it does not show may never be shown again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from digest.models import Listing

__all__ = ["Past", "suspicion"]

BY_LOOKS = frozenset(("huggingface-page",))
REJECTED = 0.2  # of what a page holds
# Dumps to judge by; papers that are usual at least; the part of them that is too few, on a page of this part of the
# usual size at least: one that was saved early in the day is as small as it is short.
ENOUGH, USUAL, FEW, LARGE = 5, 8, 0.25, 0.5
STANDSTILL = timedelta(days=4)  # a long weekend lists nothing


@dataclass(frozen=True, slots=True)
class Past:
    """A dump of some source and format: how many papers it listed, its day, when it first came in, bytes it takes."""

    listed: int
    listed_on: date
    retrieved: datetime
    size: int


def suspicion(listing: Listing, this: Past, *, news: int, past: Sequence[Past]) -> str:
    """Why somebody should look at `this` dump, in words; "" where all is as usual. `past`: the latest first."""
    if not listing.whole:
        return f"it breaks off before its end, after {len(listing.papers)} papers"
    pieces = len(listing.papers) + len(listing.rejects)
    if len(listing.rejects) > REJECTED * pieces:
        return f"{len(listing.rejects)} of {pieces} pieces could not be read"
    if listing.parser not in BY_LOOKS or not past:
        return ""
    usual = median(one.listed for one in past)
    large = this.size >= LARGE * median(one.size for one in past)
    if len(past) >= ENOUGH and usual >= USUAL and large and this.listed < FEW * usual:
        return f"it lists {this.listed}, where its source usually lists {usual:g}"
    before = past[0]
    still = listing.date_from == "header" and listing.listed_on == before.listed_on and not news
    if still and this.retrieved - before.retrieved >= STANDSTILL:
        days = (this.retrieved - before.retrieved).days
        return f"it is still the page of {listing.listed_on:%d %b}, {days} days later"
    return ""
