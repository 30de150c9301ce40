"""Why a paper stands where it does, in words."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from digest.render.words import in_full, shortened
from digest.topics.terms import Finder, places, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.models import Paper

__all__ = ["elsewhere", "reason", "why"]

TERMS, LONGEST_TERM = 3, 60
LOOKED_FOR = 200  # characters: no title holds a longer term, and looking for one costs the square of its words


def why(paper: Paper, terms: Sequence[str], also: Sequence[str]) -> str:
    """`Here for “tool use” in the title · also in Language models`; `also` are the names of its further topics."""
    here = reason(paper, terms)
    return f"{here} · also in {in_full(also)}" if here and also else here or elsewhere(also)


def elsewhere(also: Sequence[str]) -> str:
    """`Also in Language models and Robotics`, where nothing stands before it; or nothing."""
    return f"Also in {in_full(also)}" if also else ""


def reason(paper: Paper, terms: Sequence[str]) -> str:
    """`Here for “tool use” in the title`: the terms that the title holds, since they convince at a glance, else others.

    What the title holds is for the topics' own finder to say. Empty without terms.
    """
    return _reason(paper.title, paper.abstract or "", tuple(terms))


@lru_cache(maxsize=1024)
def _reason(title: str, abstract: str, terms: tuple[str, ...]) -> str:
    """Kept: mail, pages and feeds all ask about the same papers."""
    titled = [term for term in terms if len(term) <= LOOKED_FOR and _finder(term).find(words(title))]
    text = title if titled else abstract
    named = [f"“{shortened(_spelled(term, text), LONGEST_TERM)}”" for term in (titled or terms)[:TERMS]]
    return f"Here for {in_full(named)}{' in the title' if titled else ''}" if named else ""


def _spelled(term: str, text: str) -> str:
    """The term, or, where a star stands for any ending, what it found: `stereotyp*` is how rules spell, not people."""
    found = _finder(term).find(words(text)) if "*" in term and len(term) <= LOOKED_FOR else []
    if not found:
        return " ".join(term.replace("*", "").split())
    (first, after, _), stand = found[0], places(text)
    said = text[stand[first][0] : stand[after - 1][1]]
    return " ".join(said.split()) if _has_capitals(term) else " ".join(map(_in_text, said.split()))


def _has_capitals(words: str) -> bool:
    return words != words.lower()


def _in_text(word: str) -> str:
    """`Simulated`, as a title has it, is `simulated`; `GraphRAG` and `LLMs` stay."""
    return word if _has_capitals(word[1:]) else word.lower()


@lru_cache(maxsize=512)
def _finder(term: str) -> Finder[None]:
    """Kept: the same few hundred terms bring in all papers, and making a finder costs more than asking it."""
    return Finder([(term, None)])
