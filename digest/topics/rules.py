"""Which topics a paper belongs to, and which of its words say so.

What a topic finds depends on its own terms alone: adding another topic changes no score. All topics are read for in
one pass, so that their number does not make it slower (`terms.py` says what a term matches).

    a strong term           4 in the title, 2 in the abstract, once in each
    a `title` term          4 in the title, nothing elsewhere
    a weak term             2 in the title or else 1 in the abstract; all weak ones together at most 3.5
    one of its categories   4, where the source gives categories; they are never guessed

From 4 points on a paper belongs to a topic: one strong term in the title is enough, one in the abstract is not, two
are, and weak terms alone never are. It belongs to at most three, each with at least 40 % of the points of the best.
A term within another one of the same topic that is no weaker does not count again: "large language models" is not
also "language models". Phrases named in `never` are blanked out before anything is looked for.

When no topic gets there, the best that has 3 points or any word in the title is given as a *fallback*, marked as
such: a guess (measured with the title alone: right in 44 of 100), good enough to label a paper, not to select it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Literal

from digest.models import Match
from digest.topics.terms import Finder, places, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from digest.models import Paper, Topic

__all__ = ["Classifier", "Place", "Span", "classifier"]

Place = Literal["title", "abstract"]

STRONG_IN_TITLE, STRONG_IN_ABSTRACT = 4.0, 2.0
WEAK_IN_TITLE, WEAK_IN_ABSTRACT, WEAK_AT_MOST = 2.0, 1.0, 3.5
CATEGORY = 4.0
THRESHOLD, NEARLY = 4.0, 3.0
TOPICS_AT_MOST, SHARE_OF_BEST = 3, 0.4

_EVERY_TOPIC = -1


@dataclass(frozen=True, slots=True)
class Span:
    """Where a term that counted stands: `start` and `end` are a slice of the title or of the abstract."""

    place: Place
    start: int
    end: int
    topic: str
    term: str


@dataclass(frozen=True, slots=True)
class _Claim:
    """What one term says for one topic, in points; a blank one only takes its words away.

    Claims of one topic with the same `mark` (from 1) are the same: the title's “video” and the weak “video*”.
    """

    topic: int
    term: str
    title: float = 0.0
    abstract: float = 0.0
    weak: bool = False
    blank: bool = False
    mark: int = 0


_Found = tuple[int, int, _Claim]
_Heard = tuple[_Claim, float, Place]  # with the points that it brings


class Classifier:
    """Says which topics a paper belongs to, best first; `classify` is a `Classify` of the design.

    Ties go to the topic that was handed in first. The same paper always gets the same answer.
    """

    def __init__(self, topics: Sequence[Topic], never: Iterable[str] = ()) -> None:
        self._ids = tuple(topic.id for topic in topics)
        self._categories = tuple(
            (name.casefold(), _Claim(at, name, CATEGORY))
            for at, topic in enumerate(topics)
            for name in topic.categories
        )
        everywhere = (_Claim(_EVERY_TOPIC, term, blank=True) for term in never)
        claims = chain(everywhere, *(_claims(at, topic) for at, topic in enumerate(topics)))
        marks: defaultdict[tuple[int, str], int] = defaultdict(lambda: len(marks) + 1)
        self._finder = Finder(
            (claim.term, replace(claim, mark=marks[claim.topic, claim.term.rstrip("*").casefold()])) for claim in claims
        )

    def classify(self, paper: Paper) -> tuple[Match, ...]:
        """The topics of a paper, best first; none, or one marked as a fallback, when it has too little to go by."""
        return self.classify_text(paper.title, paper.abstract, categories=paper.categories)

    def classify_text(
        self, title: str, abstract: str | None = None, *, categories: Iterable[str] = ()
    ) -> tuple[Match, ...]:
        """The same for a bare text: `digest explain`."""
        heard = [*self._given(categories), *self._heard(title, abstract)]
        scores = _scores(heard)
        best = max(scores.values(), default=0.0)
        if best < THRESHOLD:
            return self._fallback(heard, scores)
        enough = max(THRESHOLD, SHARE_OF_BEST * best)
        return self._matches(heard, {topic: score for topic, score in scores.items() if score >= enough})

    def spans(self, title: str, abstract: str | None = None) -> tuple[Span, ...]:
        """Every place where a term counts, in reading order, for any topic, whether or not its score is enough.

        Spans of different topics may overlap.
        """
        return tuple(
            Span(place, where[first][0], where[after - 1][1], self._ids[claim.topic], claim.term)
            for place, text in _texts(title, abstract)
            for where in (places(text),)
            for first, after, claim in self._counting(words(text), place)
        )

    def _given(self, categories: Iterable[str]) -> Iterator[_Heard]:
        """The first of each topic's categories that the source gave."""
        given = {name.casefold() for name in categories}
        found = {claim.topic: claim for name, claim in reversed(self._categories) if name in given}
        return ((claim, claim.title, "title") for claim in found.values())

    def _heard(self, title: str, abstract: str | None) -> Iterator[_Heard]:
        """What counts, each once; after the title, only a strong term counts again in the abstract."""
        seen: set[int] = set()
        for place, text in _texts(title, abstract):
            in_title = place == "title"
            for _, _, claim in self._counting(words(text), place):
                mark = claim.mark if in_title or claim.weak else -claim.mark
                if mark not in seen:
                    seen.add(mark)
                    yield claim, claim.title if in_title else claim.abstract, place

    def _counting(self, text: Sequence[str], place: Place) -> Iterator[_Found]:
        return _outermost(_unblanked(self._finder.find(text)), place)

    def _fallback(self, heard: Sequence[_Heard], scores: Mapping[int, float]) -> tuple[Match, ...]:
        """The best guess; none where the words are too few, or none of them in the title."""
        titled = {claim.topic for claim, _, place in heard if place == "title"}
        near = {topic: score for topic, score in scores.items() if topic in titled or score >= NEARLY}
        return tuple(replace(match, fallback=True) for match in self._matches(heard, near)[:1])

    def _matches(self, heard: Sequence[_Heard], scores: Mapping[int, float]) -> tuple[Match, ...]:
        """The best of these topics, each with its terms as they were written, the strongest first."""
        ranked = sorted(scores, key=lambda topic: (-scores[topic], topic))[:TOPICS_AT_MOST]
        strongest = sorted((one for one in heard if one[0].topic in ranked), key=lambda one: -one[1])
        return tuple(
            Match(
                topic=self._ids[topic],
                score=scores[topic],
                terms=tuple(dict.fromkeys(claim.term for claim, _, _ in strongest if claim.topic == topic)),
            )
            for topic in ranked
        )


@lru_cache(maxsize=1)
def classifier(topics: tuple[Topic, ...], never: tuple[str, ...]) -> Classifier:
    """The classifier of these topics; asked again for the same ones, the same one."""
    return Classifier(topics, never)


def _scores(heard: Iterable[_Heard]) -> dict[int, float]:
    """The points of every topic that anything was heard of."""
    scores: defaultdict[int, float] = defaultdict(float)
    weak: defaultdict[int, float] = defaultdict(float)
    for claim, points, _ in heard:
        (weak if claim.weak else scores)[claim.topic] += points
    for topic, points in weak.items():
        scores[topic] += min(points, WEAK_AT_MOST)
    return scores


def _texts(title: str, abstract: str | None) -> tuple[tuple[Place, str], ...]:
    return ("title", title), ("abstract", abstract or "")


def _claims(at: int, topic: Topic) -> Iterator[_Claim]:
    """All that one topic's terms say, the strongest first."""
    for term in topic.never:
        yield _Claim(at, term, blank=True)
    for term in topic.strong:
        yield _Claim(at, term, STRONG_IN_TITLE, STRONG_IN_ABSTRACT)
    for term in topic.title:
        yield _Claim(at, term, STRONG_IN_TITLE)
    for term in topic.weak:
        yield _Claim(at, term, WEAK_IN_TITLE, WEAK_IN_ABSTRACT, weak=True)


def _unblanked(found: list[_Found]) -> list[_Found]:
    """What is left when the words of every `never` phrase are taken away from its topic, or from all."""
    gone = {(claim.topic, at) for first, after, claim in found if claim.blank for at in range(first, after)}
    return [one for one in found if not _touches(one, gone)] if gone else found


def _touches(one: _Found, gone: set[tuple[int, int]]) -> bool:
    first, after, claim = one
    return claim.blank or any(
        (topic, at) in gone for at in range(first, after) for topic in (claim.topic, _EVERY_TOPIC)
    )


def _outermost(found: Iterable[_Found], place: Place) -> Iterator[_Found]:
    """What counts in this place: not a term within another one of its topic, unless it is stronger than that.

    Relies on the finder's order: what contains another comes before it. So it is enough to know how far the firm
    terms of each topic reached, and the weak ones.
    """
    firm: dict[int, int] = {}
    weak: dict[int, int] = {}
    for one in found:
        _, after, claim = one
        topic = claim.topic
        if not (claim.title if place == "title" else claim.abstract) or firm.get(topic, 0) >= after:
            continue
        if not claim.weak:
            firm[topic] = after
        elif weak.get(topic, 0) < after:
            weak[topic] = after
        else:
            continue
        yield one
