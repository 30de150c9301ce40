"""Papers × topics → edition: who stands where, in which order, under which number.

    a topic's id    the largest topics of the digest, at most as many as it wants, each with at least two papers (one in
                    a digest that chose no more topics than it wants sections)
    "also"          the papers of its other topics, each with its best one as a label
    "others"        the papers outside its topics

These are the keys of the sections, in the order in which they stand; topics keep the order of the digest. Every paper
that is handed in stands in the edition, once.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from digest.models import Edition, Item, Section, Tally

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import date, datetime

    from digest.models import DigestRules, Match, Paper, Sequel, Topic

__all__ = ["ALSO", "OTHERS", "Imprint", "Rank", "chosen", "compose", "has_papers", "rank", "topics_shown"]

ALSO, OTHERS = MIXED = ("also", "others")  # the keys of the sections that are no topic
FEW = 3  # papers that need no sorting: each stands under its own topic
NEAR = 0.75  # of the points of a paper's best topic: what has fewer is no place to look for it
NO_POSITION = 1_000_000  # behind every position that a listing could print

Rank = tuple[bool, int, int, int, float, int]


@dataclass(frozen=True, slots=True)
class Imprint:
    """What an edition says of itself besides its papers; `Edition` says what the fields mean."""

    number: int
    day: date
    created: datetime
    considered: int
    tally: Tally
    quiet: tuple[date, ...] = ()
    slot: datetime | None = None
    sequels: tuple[Sequel, ...] = ()


def has_papers(edition: Edition) -> bool:
    """Whether a reader would see a paper in it: those outside the topics count only where they are shown."""
    return any(section.items for section in edition.sections if section.key != OTHERS or edition.others == "titles")


def topics_shown(edition: Edition) -> frozenset[str]:
    """The topics that some paper of it stands under, or is also in."""
    return frozenset(topic for item in edition.items for topic in (item.topic, *item.also) if topic)


def chosen(edition: Edition, topics: Collection[str]) -> Edition:
    """The edition for a reader who chose these topics: their papers, under the numbers that all readers know them by.

    Each stands under the best of its topics that was chosen, also where it stands elsewhere for all: so its heading says
    why it is here. No topics: all of it. The counts of the listing are not this reader's, and left out; so are sequels of
    other topics.
    """
    if not topics:
        return edition
    mine: dict[str, list[Item]] = {topic: [] for topic, _ in edition.topic_names}
    for item in edition.items:
        own = next((topic for topic in (item.topic, *item.also) if topic in topics), None)
        if own:
            mine.setdefault(own, []).append(item)
    sections = tuple(Section(key, edition.name_of(key), tuple(items)) for key, items in mine.items() if items)
    return replace(edition, sections=sections, tally=Tally(), sequels=())


def compose(
    rules: DigestRules,
    topics: tuple[Topic, ...],
    *,
    classified: Sequence[tuple[Paper, tuple[Match, ...]]],
    imprint: Imprint,
) -> Edition:
    """The edition of these papers: the same one, whatever order they come in. It says nothing of who gets it.

    `topics` are all that there are, in display order, and `classified` what a `Classify` said of each paper. An id in
    `rules.topics` that is not among `topics` is passed over.

    A paper stands under its best topic. Where that has no section, it stands under one that fits it nearly as well
    (`NEAR`), and its best topic is then among the further ones; else under "Also new" with its best topic's label. A
    fallback (`topics/rules.py`) opens no section, and brings no paper into a digest that left topics out: such a paper
    stands outside.
    """
    shown = _shown(rules, topics)
    whole = len(shown) == len(topics)
    candidates = _candidates(classified, shown, whole=whole)
    plan = _Plan(shown, _opened(candidates, rules, shown), whole)
    sections = tuple(plan.sections([plan.place(one) for one in candidates]))
    return Edition(
        digest=rules.name,
        title=rules.title,
        number=imprint.number,
        day=imprint.day,
        created=imprint.created,
        considered=imprint.considered,
        sections=sections,
        tally=imprint.tally,
        quiet=imprint.quiet,
        slot=imprint.slot,
        others=rules.others,
        topic_names=_mentioned(sections, shown),
        sequels=imprint.sequels,
    )


def rank(paper: Paper, match: Match | None = None) -> Rank:
    """Where a paper stands within its section, smallest first; no two papers are equal.

    The page's own order comes first, since its readers made it; what follows decides between papers of several days
    or pages: more comments and upvotes, more sightings, more points for the topic, and at last who was seen first.
    Fallbacks stand behind all others. What a listing did not print counts as nothing here.
    """
    return (
        match is not None and match.fallback,
        paper.position or NO_POSITION,
        -((paper.comments or 0) + (paper.upvotes or 0)),
        -paper.sightings,
        -match.score if match else 0.0,
        paper.id,
    )


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A paper with those of the digest's topics that it matches, best first; none: it stands outside."""

    paper: Paper
    matches: tuple[Match, ...]

    @property
    def fitting(self) -> tuple[Match, ...]:
        """Its best topic, and those that fit it nearly as well: where a reader would look for it."""
        return tuple(match for match in self.matches if match.score >= NEAR * self.matches[0].score)

    def under(self, opened: Collection[str]) -> Match | None:
        """The best of the fitting ones that has a section."""
        return next((match for match in self.fitting if match.topic in opened), None)


@dataclass(frozen=True, slots=True)
class _Placed:
    """A paper in its section, with the match that it stands for there, and its further topics."""

    key: str
    paper: Paper
    match: Match | None = None
    also: tuple[str, ...] = ()

    def item(self, number: int) -> Item:
        if self.match is None:
            return Item(number, self.paper)
        match = self.match
        return Item(number, self.paper, match.topic, match.terms, self.also, match.score, match.fallback)


@dataclass(frozen=True, slots=True)
class _Plan:
    """The sections of an edition before anything stands in them; `whole` is a digest that left no topic out."""

    shown: tuple[Topic, ...]
    opened: frozenset[str]
    whole: bool

    def place(self, one: _Candidate) -> _Placed:
        """Under the best fitting topic that has a section, else with its best one's label, else outside."""
        if not one.matches:
            return _Placed(OTHERS, one.paper)
        found = one.under(self.opened)
        match = found or one.matches[0]
        also = tuple(other.topic for other in one.matches if other is not match)
        return _Placed(match.topic if found else ALSO, one.paper, match, also)

    def sections(self, placed: Sequence[_Placed]) -> Iterator[Section]:
        """Those that got papers, numbered through."""
        number = 1
        for key, name in self._headings():
            mine = sorted((one for one in placed if one.key == key), key=self._order)
            if mine:
                items = tuple(one.item(at) for at, one in enumerate(mine, number))
                yield Section(key, self._alone(key) if number == 1 and key in MIXED else name, items)
            number += len(mine)

    def _headings(self) -> Iterator[tuple[str, str]]:
        yield from ((topic.id, topic.name) for topic in self.shown if topic.id in self.opened)
        yield from ((ALSO, "Also new"), (OTHERS, "Other papers"))

    def _alone(self, key: str) -> str:
        """Its name where nothing stands before it: neither “also” nor “other”, unless the reader left topics out."""
        return "Other papers" if key == OTHERS and not self.whole else "New papers"

    def _order(self, one: _Placed) -> tuple[bool, int, Rank]:
        """By rank; where topics are mixed, each topic's papers stand together, and all fallbacks at the end."""
        match = one.match
        topic = next((at for at, topic in enumerate(self.shown) if match and topic.id == match.topic), 0)
        return (match is not None and match.fallback, topic, rank(one.paper, match))


def _shown(rules: DigestRules, topics: tuple[Topic, ...]) -> tuple[Topic, ...]:
    """The topics of the digest in its order; all of them when it names none."""
    if not rules.topics:
        return topics
    known = {topic.id: topic for topic in topics}
    return tuple(known[topic] for topic in dict.fromkeys(rules.topics) if topic in known)


def _candidates(
    classified: Sequence[tuple[Paper, tuple[Match, ...]]], shown: tuple[Topic, ...], *, whole: bool
) -> tuple[_Candidate, ...]:
    """The papers with what counts in this digest; where two topics have equal points, the digest's order decides."""
    place = {topic.id: at for at, topic in enumerate(shown)}
    return tuple(
        _Candidate(paper, tuple(sorted(counting, key=lambda match: (match.fallback, -match.score, place[match.topic]))))
        for paper, matches in classified
        for counting in ([one for one in matches if one.topic in place and (whole or not one.fallback)],)
    )


def _opened(candidates: Sequence[_Candidate], rules: DigestRules, shown: tuple[Topic, ...]) -> frozenset[str]:
    """The topics that get a section: those that are the best one of most papers, in ties the first in display order.

    A single paper makes no section, unless they are few all in all (as in a digest of one topic on a thin day), or the
    digest chose so few topics that each can have one. What room is left goes to topics that gather papers which would
    else stand under "Also new": the best one of at least one of them, and nearly the best one of another.
    """
    sure = [one for one in candidates if one.matches and not one.matches[0].fallback]
    chosen = bool(rules.topics) and len(shown) <= rules.sections
    least = 1 if chosen or len(sure) <= FEW else 2
    best = Counter(one.matches[0].topic for one in sure)
    large = [topic.id for topic in shown if best[topic.id] >= least]
    opened = set(sorted(large, key=lambda topic: -best[topic])[: rules.sections])
    while len(opened) < rules.sections and (gathering := _gathering(sure, opened, shown)):
        opened.add(gathering)
    held = Counter(match.topic for one in sure if (match := one.under(opened)))
    return frozenset(topic for topic in opened if held[topic] >= least)


def _gathering(sure: Sequence[_Candidate], opened: Collection[str], shown: tuple[Topic, ...]) -> str | None:
    """The topic that fits most of the papers that no section fits; none that fits only one, or is the best of none."""
    left = [one for one in sure if not one.under(opened)]
    best = {one.matches[0].topic for one in left}
    fitting = Counter(match.topic for one in left for match in one.fitting if match.topic in best)
    return max((topic.id for topic in shown if fitting[topic.id] > 1), key=lambda topic: fitting[topic], default=None)


def _mentioned(sections: Sequence[Section], shown: tuple[Topic, ...]) -> tuple[tuple[str, str], ...]:
    """The names of all topics that the items name, as they are now."""
    named = {id_ for section in sections for item in section.items for id_ in (item.topic, *item.also)}
    return tuple((topic.id, topic.name) for topic in shown if topic.id in named)
