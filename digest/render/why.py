"""Why a paper stands where it does, in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from digest.render.words import in_full, shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["reason", "why"]

TERMS, LONGEST_TERM = 3, 60


def reason(title: str, terms: Sequence[str]) -> str:
    """`Here for “tool use” in the title`: the terms that the title holds, since they convince at a glance, else others.

    Empty without terms. A term's star is how rules spell "any ending" and means nothing to a reader.
    """
    folded = f" {_plain(title)} "
    titled = [term for term in terms if _stands_in(folded, term)]
    words = [" ".join(term.replace("*", "").split()) for term in titled or terms]
    named = [f"“{shortened(term, LONGEST_TERM)}”" for term in words[:TERMS]]
    return f"Here for {in_full(named)}{' in the title' if titled else ''}" if named else ""


def why(title: str, terms: Sequence[str], also: Sequence[str]) -> str:
    """`Here for “tool use” in the title · also in Language models`; `also` are the names of its further topics."""
    further = f"also in {in_full(also)}" if also else ""
    return " · ".join(part for part in (reason(title, terms), further) if part)


def _stands_in(folded: str, term: str) -> bool:
    """As `topics/terms.py` finds it, if more simply: whole words, an optional plural, any ending after a star."""
    words = f" {_plain(term)}"
    return any(words + ending in folded for ending in (("",) if term.endswith("*") else (" ", "s ", "es ")))


def _plain(words: str) -> str:
    """Lower-case words between single spaces, so that “tool-use” is found in “Tool Use”."""
    return " ".join(re.findall(r"\w+", words.casefold()))
