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

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from digest.models import Match
from digest.topics.terms import Finder, places, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from digest.models import Paper, Topic

__all__ = ["Classifier", "Place", "Span"]

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
    """What one term says for one topic, in points; a blank one only takes its words away."""

    topic: int
    term: str
    title: float = 0.0
    abstract: float = 0.0
    weak: bool = False
    blank: bool = False
    key: str = ""  # terms with the same one are the same: the title's “video” and the weak “video*”


_Found = tuple[int, int, _Claim]


@dataclass(slots=True)
class _Evidence:
    """What speaks for one topic."""

    terms: dict[str, float] = field(default_factory=dict)
    firm: float = 0.0
    weak: float = 0.0
    in_title: bool = False
    _counted: set[tuple[str, bool]] = field(default_factory=set)

    @property
    def score(self) -> float:
        return self.firm + min(self.weak, WEAK_AT_MOST)

    def add(self, claim: _Claim, place: Place) -> None:
        """Count a term unless it counted before; only a strong one counts in the abstract after it did in the title."""
        key = (claim.key, place == "abstract" and not claim.weak)
        if key in self._counted:
            return
        self._counted.add(key)
        points = claim.title if place == "title" else claim.abstract
        self.terms[claim.term] = max(points, self.terms.get(claim.term, 0.0))
        self.in_title = self.in_title or place == "title"
        if claim.weak:
            self.weak += points
        else:
            self.firm += points

    def match(self, topic: str, *, fallback: bool = False) -> Match:
        """Its outcome; the terms are as they were written in the topic, the strongest first."""
        terms = sorted(self.terms, key=lambda term: -self.terms[term])
        return Match(topic, self.score, tuple(terms), fallback)


class Classifier:
    """Says which topics a paper belongs to, best first; `classify` is a `Classify` of the design.

    Ties go to the topic that was handed in first. The same paper always gets the same answer.
    """

    def __init__(self, topics: Sequence[Topic], never: Iterable[str] = ()) -> None:
        self._ids = tuple(topic.id for topic in topics)
        self._categories = tuple((at, name) for at, topic in enumerate(topics) for name in topic.categories)
        claims = [_Claim(_EVERY_TOPIC, term, blank=True) for term in never]
        claims += [claim for at, topic in enumerate(topics) for claim in _claims(at, topic)]
        self._finder = Finder((claim.term, claim) for claim in claims)

    def classify(self, paper: Paper) -> tuple[Match, ...]:
        """The topics of a paper, best first; none, or one marked as a fallback, when it has too little to go by."""
        return self.classify_text(paper.title, paper.abstract, categories=paper.categories)

    def classify_text(
        self, title: str, abstract: str | None = None, *, categories: Iterable[str] = ()
    ) -> tuple[Match, ...]:
        """The same for a bare text: `digest explain`."""
        evidence: dict[int, _Evidence] = {}
        for at, name in self._given(categories):
            evidence.setdefault(at, _Evidence()).add(_Claim(at, name, CATEGORY), "title")
        for place, text in _texts(title, abstract):
            for _, _, claim in self._counting(words(text), place):
                if claim.topic not in evidence:
                    evidence[claim.topic] = _Evidence()
                evidence[claim.topic].add(claim, place)
        return self._judged(evidence)

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

    def _given(self, categories: Iterable[str]) -> Iterator[tuple[int, str]]:
        """The first of each topic's categories that the source gave."""
        given = {name.casefold() for name in categories}
        named = {at: name for at, name in reversed(self._categories) if name.casefold() in given}
        return iter(named.items())

    def _counting(self, text: Sequence[str], place: Place) -> Iterator[_Found]:
        return _outermost(_unblanked(self._finder.find(text)), place)

    def _judged(self, evidence: dict[int, _Evidence]) -> tuple[Match, ...]:
        ranked = sorted(evidence.items(), key=lambda item: (-item[1].score, item[0]))
        if not ranked or ranked[0][1].score < THRESHOLD:
            near = ((at, one) for at, one in ranked if one.in_title or one.score >= NEARLY)
            return tuple(one.match(self._ids[at], fallback=True) for at, one in near)[:1]
        enough = max(THRESHOLD, SHARE_OF_BEST * ranked[0][1].score)
        return tuple(one.match(self._ids[at]) for at, one in ranked[:TOPICS_AT_MOST] if one.score >= enough)


def _texts(title: str, abstract: str | None) -> tuple[tuple[Place, str], ...]:
    return ("title", title), ("abstract", abstract or "")


def _claims(at: int, topic: Topic) -> Iterator[_Claim]:
    """All that one topic's terms say, the strongest first."""
    for term in topic.never:
        yield _Claim(at, term, blank=True)
    for term in topic.strong:
        yield _Claim(at, term, STRONG_IN_TITLE, STRONG_IN_ABSTRACT, key=_key(term))
    for term in topic.title:
        yield _Claim(at, term, STRONG_IN_TITLE, key=_key(term))
    for term in topic.weak:
        yield _Claim(at, term, WEAK_IN_TITLE, WEAK_IN_ABSTRACT, weak=True, key=_key(term))


def _key(term: str) -> str:
    return term.rstrip("*").casefold()


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
    terms, and all terms, of each topic reached.
    """
    firm: dict[int, int] = {}
    reached: dict[int, int] = {}
    for one in found:
        _, after, claim = one
        worth = claim.title if place == "title" else claim.abstract
        if not worth or (reached if claim.weak else firm).get(claim.topic, 0) >= after:
            continue
        reached[claim.topic] = max(after, reached.get(claim.topic, 0))
        if not claim.weak:
            firm[claim.topic] = after
        yield one
