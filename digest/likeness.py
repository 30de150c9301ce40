"""How far two abstracts say the same: found by a few keys, then compared word by word. Pure.

An abstract that comes back under another title is perhaps a new version of the same work. Nothing is merged for it: that
two papers read alike is told, and the reader decides.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from itertools import pairwise
from typing import TYPE_CHECKING
from unicodedata import category

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["KEYS", "abstract_keys", "in_common", "near_equal", "reworded", "shortened_from"]

KEYS = 3  # of each abstract: the sentences whose hashes are smallest (a bottom-k sketch, Broder 1997)
LETTERS = 40  # of a sentence that tells one abstract from others
LEAST_WORDS = 40  # of an abstract that is one: notices such as "This article has been retracted …" are alike in many
NEAR, SAME = 0.7, 0.9  # of the pairs of words that both have: near-equal; the same but for a correction
LOOKED_AT = 20_000  # characters; no abstract is longer
SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")
KEPT_IN_MIND = 0x10000  # characters beyond these are too many and too rare


class Between(dict[int, int | None]):
    """For `str.translate`: leaves out what is no part of a word, in whatever script or typography; fills as it is asked.

    Punctuation, symbols, separators, and what is no character: Unicode's categories P, S, Z and C.
    """

    def __missing__(self, code: int) -> int | None:
        kept = None if category(chr(code))[0] in "PSZC" else code
        if code < KEPT_IN_MIND:
            self[code] = kept
        return kept


BETWEEN = Between()


def abstract_keys(abstract: str | None) -> tuple[int, ...]:
    """At most three signed 64-bit numbers; abstracts that share most of their sentences nearly always share one.

    Case, spacing and punctuation do not count. Empty for an abstract of few words.
    """
    text = (abstract or "")[:LOOKED_AT]
    if text.count(" ") + 1 < LEAST_WORDS:
        return ()
    sentences = (sentence.casefold().translate(BETWEEN) for sentence in SENTENCE_END.split(text))
    hashes = {key(sentence) for sentence in sentences if len(sentence) >= LETTERS}
    return tuple(sorted(hashes)[:KEYS])


def key(sentence: str) -> int:
    return int.from_bytes(blake2b(sentence.encode("utf-8", "surrogatepass"), digest_size=8).digest(), signed=True)


def near_equal(abstract: str | None, other: str | None) -> bool:
    """Whether two abstracts are one with changes: seven in ten of the pairs of neighbouring words are in both."""
    one, two = words(abstract), words(other)
    return min(len(one), len(two)) >= LEAST_WORDS and overlap(one, two) >= NEAR


def reworded(abstract: str | None, other: str | None) -> bool:
    """Whether a paper's abstract says something else than before, not only more of it, and not only without a slip."""
    one, two = words(abstract), words(other)
    if not one or not two or opens(one, two) or opens(two, one):
        return False
    return overlap(one, two) < SAME


def in_common(abstract: str | None, other: str | None) -> float:
    """The part of two abstracts that is in both, from 0 to 1; one that is the opening of the other is all of it."""
    one, two = words(abstract), words(other)
    return 1.0 if opens(one, two) or opens(two, one) else overlap(one, two)


def shortened_from(abstract: str | None, whole: str | None) -> bool:
    """Whether an abstract is only the opening of a longer one, as feeds cut them, with or without dots at the end."""
    if not abstract or not whole or len(abstract) >= len(whole):
        return False
    return opens(words(abstract), words(whole))


def opens(one: Sequence[str], two: Sequence[str]) -> bool:
    """Whether `two` begins with `one`, whose last word may be cut."""
    if not one or len(one) > len(two):
        return False
    *whole, last = one
    return list(two[: len(whole)]) == whole and two[len(whole)].startswith(last)


def words(text: str | None) -> list[str]:
    stripped = (word.translate(BETWEEN) for word in (text or "")[:LOOKED_AT].casefold().split())
    return [word for word in stripped if word]


def overlap(one: Sequence[str], two: Sequence[str]) -> float:
    """The part of the pairs of neighbouring words that both have, from 0 to 1."""
    mine, others = set(pairwise(("", *one))), set(pairwise(("", *two)))
    return len(mine & others) / max(len(mine), len(others))
