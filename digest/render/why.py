"""Why a paper stands where it does, in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from digest.render.words import in_full, shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["reason"]

TERMS, LONGEST_TERM = 3, 60


def reason(title: str, terms: Sequence[str]) -> str:
    """`Here for “tool use” in the title`: the terms that the title holds, since they convince at a glance, else others.

    Empty without terms. A term's star is how rules spell "any ending" and means nothing to a reader.
    """
    words = [" ".join(term.replace("*", "").split()) for term in terms]
    folded = f" {_plain(title)}"
    titled = [term for term in words if f" {_plain(term)}" in folded]
    named = [f"“{shortened(term, LONGEST_TERM)}”" for term in (titled or words)[:TERMS]]
    return f"Here for {in_full(named)}{' in the title' if titled else ''}" if named else ""


def _plain(words: str) -> str:
    """Lower-case words between single spaces, so that “tool-use” is found in “Tool Use”."""
    return " ".join(re.findall(r"\w+", words.casefold()))
