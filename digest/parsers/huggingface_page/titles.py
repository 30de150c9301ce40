"""How much a piece of text looks like a title rather than like part of an abstract.

The weights are log-odds, rounded, from 1,785 titles and their abstracts. Title case is the strongest sign: of the
content words of a title in title case 99 % are capitalised, of those of an abstract 20 %. Titles in sentence case
(3 to 15 % of a page) are told by their length and by the words that only whole sentences need.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["LONGEST", "Words", "count_words", "reads_like_title", "title_score"]

LONGEST = 300  # of those titles none was over 175 characters; longer lines are not even looked at

_NEVER = (
    "we our this that these those which while such it they their its has have had were was been not also often any each "
    "both only more where if you your i found show shows showing demonstrate demonstrates propose proposes introduce "
    "introduces present presents achieve achieves outperforms outperform paper results existing novel proposed however "
    "further significantly because will may could should there them itself thus hence"
)
_RARELY = (
    "is are be but than when can based different improves improve directly several many new due two three all first up "
    "during about making trained provides requires very even still how"
)
_OPENING = (
    "We Our This These Those It They However, Moreover, Furthermore, Additionally, Specifically, Recently, Finally, "
    "Existing Extensive Experiments Although While Despite Here, Thus, Therefore, Code: Code TL;DR TL;DR: TLDR: Abstract "
    "Abstract: Github: GitHub: Paper: Website: Demo: Dataset: There Since I"
)
_WEIGHTS = (
    dict.fromkeys(_NEVER.split(), -3.5)
    | dict.fromkeys(_RARELY.split(), -2.0)
    | dict.fromkeys(_OPENING.split(), -2.5)
    | {"a": -1.5, "an": -1.5, "or": -1.2, "by": -1.2, "the": -1.2, "The": -1.0, "to": -0.7, "In": -2.0, "To": -1.5}
    | {"into": -0.7, "on": -0.6, "under": -0.5, "over": -0.5, "as": -0.5, "at": -0.4, "without": -0.5, "between": -0.8}
    | {"of": 0.0, "and": 0.0, "from": 0.0, "through": 0.0, "in": 0.5, "with": 0.6, "for": 1.4, "via": 2.0, "&": 1.0}
    | {"vs.": 1.0, "vs": 1.0, "versus": 0.5, "toward": 0.5, "towards": 0.5, "A": 1.0}
)
_CAPITAL, _SMALL, _SENTENCE = 1.5, -4.0, -1.5
_CAP = 2.2  # words stand together: one line of an abstract in sixty is in title case throughout
_CAP_WHOLE = 5.0  # … but hardly a paragraph
_LENGTH = 1.5  # … and at the usual length of titles paragraphs are seven times as rare
_USUAL, _SPREAD = 75, 25
_CAP_LINE = 0.8  # … and the next one then often is, too
_COLON = 1.2  # in half of the titles in sentence case, in one sentence of seven
_INNER_STOP = re.compile(r"[a-z)\]]\. [A-Z\"“(]")


class Words(NamedTuple):
    """What one line adds to a title that holds it: content words by their first letter, and all other words' weight."""

    capital: int
    small: int
    weight: float


def count_words(text: str) -> Words:
    """Counted once a line, since a wrapped title is tried in several lengths."""
    capital = small = 0
    weight = 0.0
    for word in text.split():
        known = _WEIGHTS.get(word)
        if known is not None:
            weight += known
        elif word[0].islower():
            small += 1
        elif word[0].isalnum():
            capital += 1
    if ": " in text:
        weight += _COLON
    if "://" in text:
        weight -= 6.0
    if ". " in text and _INNER_STOP.search(text):
        weight -= 2.0
    return Words(capital, small, weight)


def title_score(words: Words, length: int, *, lines: int = 0) -> float:
    """Log-odds that a text with these words is a title; `lines` is 0 on a page that is not wrapped."""
    return min(_CAP + _CAP_LINE * lines if lines else _CAP_WHOLE, odds(words)) + _length_score(length)


def odds(words: Words) -> float:
    """Log-odds of the words alone, in the better of the two styles."""
    capital, small, weight = words
    title_case = _CAPITAL * capital + _SMALL * small
    sentence_case = 0.15 * (capital + small) - 0.7 * (capital - 2 if capital > 2 else 0) + _SENTENCE  # noqa: PLR2004
    return (max(sentence_case, title_case)) + weight


def _length_score(length: int) -> float:
    """Titles have 75 ± 25 characters, none of 1,785 over 175; paragraphs are spread over 10 to 2,500."""
    away = (length - _USUAL) / _SPREAD
    return _LENGTH - away * away / 2


def reads_like_title(text: str) -> bool:
    """Is this a title, taken alone? Three words at least, and the odds for it."""
    words = count_words(text) if len(text) <= LONGEST else Words(0, 9, -9.0)
    return len(text.split()) > 2 and title_score(words, len(text)) > 0  # noqa: PLR2004
