"""Topics: the classifier against one regular expression per topic, and against itself with ten times the topics."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bench.figures import Figure, at_least, at_most, time_text
from bench.generate import papers, topics
from bench.measure import compare, prepared
from digest.topics import Classifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from bench.sizes import Sizes
    from digest.models import Paper, Topic

__all__ = ["matching"]

TERMS = 8


def matching(sizes: Sizes, _folder: Path) -> Iterator[Figure]:
    some = papers(sizes.classified)
    hundred = topics(100, terms=TERMS)
    pair = compare(prepared(_classifying(hundred, some)), prepared(_searching(hundred, some)), sizes.rounds)
    detail = f"{_each(pair.ours, some)} a paper; a regex per topic {_each(pair.theirs, some)}"
    what = f"100 topics of {TERMS} terms, against a regex per topic"
    yield Figure("topics", what, 1 / pair.ratio, at_least(10), detail=detail)
    pair = compare(prepared(_classifying(topics(200), some)), prepared(_classifying(topics(20), some)), sizes.rounds)
    detail = f"{_each(pair.ours, some)} a paper at 200, {_each(pair.theirs, some)} at 20"
    yield Figure("topics", "200 topics, against 20", pair.ratio, at_most(2), detail=detail)


def _each(seconds: float, some: Sequence[Paper]) -> str:
    return time_text(seconds / len(some))


def _classifying(rules: Sequence[Topic], some: Sequence[Paper]) -> Callable[[], object]:
    classify = Classifier(rules).classify
    return lambda: [classify(paper) for paper in some]


def _searching(rules: Sequence[Topic], some: Sequence[Paper]) -> Callable[[], object]:
    """The obvious way: all terms of a topic in one pattern, with the same plurals, looked for in each paper."""
    patterns = [re.compile(rf"\b(?:{'|'.join(map(_term, topic.strong))})(?:e?s)?\b", re.IGNORECASE) for topic in rules]
    return lambda: [[p.findall(f"{paper.title}\n{paper.abstract}") for p in patterns] for paper in some]


def _term(term: str) -> str:
    return r"[\s-]".join(map(re.escape, re.split(r"[ -]", term)))
