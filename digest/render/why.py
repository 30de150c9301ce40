"""Why a paper stands where it does, in words."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from digest.render.words import in_full, shortened
from digest.topics.terms import Finder, words

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["reason", "why"]

TERMS, LONGEST_TERM = 3, 60


def reason(title: str, terms: Sequence[str]) -> str:
    """`Here for “tool use” in the title`: the terms that the title holds, since they convince at a glance, else others.

    What the title holds is for the topics' own finder to say. Empty without terms. A term's star is how rules spell
    "any ending" and means nothing to a reader.
    """
    text = words(title)
    titled = [term for term in terms if _finder(term).find(text)]
    spelled = [" ".join(term.replace("*", "").split()) for term in titled or terms]
    named = [f"“{shortened(term, LONGEST_TERM)}”" for term in spelled[:TERMS]]
    return f"Here for {in_full(named)}{' in the title' if titled else ''}" if named else ""


def why(title: str, terms: Sequence[str], also: Sequence[str]) -> str:
    """`Here for “tool use” in the title · also in Language models`; `also` are the names of its further topics."""
    names = in_full(also)
    further = f"also in {names}" if names else ""
    return " · ".join(part for part in (reason(title, terms), further) if part)


@lru_cache(maxsize=512)
def _finder(term: str) -> Finder[None]:
    """Kept: the same few hundred terms bring in all papers, and making a finder costs more than asking it."""
    return Finder([(term, None)])
