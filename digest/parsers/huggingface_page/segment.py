"""Which lines of text are titles and which are abstracts: the best reading of a whole page, not of pairs of lines.

Every line gets a role so that the sum of all evidence over the page is greatest (dynamic programming, in log-odds):
how much a line reads like a title, how the one before it ends, marks and links between them, blank lines, and whether
a wrapped line stopped before it was full. A card without its abstract costs a little where it stands and shifts nothing
after it. The weights of each step are in `steps`, those of words in `titles`.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Literal, NamedTuple

from digest.parsers.huggingface_page.steps import read_layout, read_steps, title_end
from digest.parsers.huggingface_page.titles import LONGEST, Words, count_words, odds, title_score

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from digest.parsers.huggingface_page.steps import Blanks, Layout, Step, Unit

__all__ = ["Role", "segment"]

Role = Literal["title", "more title", "abstract", "orphan"]

_CARD: tuple[Role, Role] = ("title", "abstract")
_LINES = 5  # of one title: 250 characters at 60 columns
_HOPELESS = -9.0  # odds of words that no further line of a title makes good
_ORPHAN = -9.0  # an abstract without a title: rarer than any title that can be read as one
_CERTAIN, _CERTAIN_CUT = 2.0, -4.0  # odds from which on a short text between long ones, or after a mark, is a title
_WINDOW, _MARGIN = 4_000, 400  # lines weighed at once, and of them those that the next window weighs again
_BARE, _LAST = -1.0, 0.0  # a title without an abstract before a mark; at the end, where the page may have been cut off
_USUAL, _SHORT = 150, -8.0  # of 1,785 abstracts none was shorter; an empty one would cost this, others in proportion
_LOST = -1000.0


class _Title(NamedTuple):
    """The best title that ends at a line: its value, its lines, and whether an abstract stands before it."""

    value: float = _LOST
    lines: int = 1
    after_abstract: bool = False


class _Abstract(NamedTuple):
    """The best abstract that reaches a line: its value, the role of the line before, and its length so far."""

    value: float = _LOST
    before: Role = "orphan"
    length: int = 0

    @property
    def closed(self) -> float:
        """Its value when it ends here."""
        return self.value + (_SHORT * (_USUAL - self.length) / _USUAL if self.length < _USUAL else 0.0)

    @property
    def cut_off(self) -> float:
        """Its value when the page ends here, perhaps before it did."""
        return (self.value + self.closed) / 2


class _Entry(NamedTuple):
    """The best way to begin a title at a line."""

    value: float
    after_abstract: bool


def segment(units: Sequence[Unit]) -> list[Role]:
    """One role a unit; "orphan" is text of an abstract whose title is missing."""
    if not units:
        return []
    layout = read_layout(units)
    if layout.simple:
        return list(itertools.chain.from_iterable(_read_part(part, layout) for part in _parts(units, layout)))
    opening = units[:_WINDOW]
    sense = max(layout.senses, key=lambda sense: _read(read_steps(opening, layout, sense))[0])
    return list(_read_on(units, layout, sense))


def _read_on(units: Sequence[Unit], layout: Layout, sense: Blanks) -> Iterator[Role]:
    """A page of any length, a window at a time: what is settled before its last cards does not hang on what follows."""
    begin = 0
    while begin < len(units):
        roles = _read(read_steps(units[begin : begin + _WINDOW], layout, sense))[1]
        kept = len(roles)
        if begin + kept < len(units):
            kept = next((at for at in range(kept - _MARGIN, 0, -1) if roles[at] == "title"), kept)
        yield from roles[:kept]
        begin += kept


def _read_part(units: Sequence[Unit], layout: Layout) -> Iterable[Role]:
    if len(units) == len(_CARD) and len(units[1].text) > LONGEST >= len(units[0].text):
        return _CARD
    return _read_on(units, layout, layout.senses[0])


def _parts(units: Sequence[Unit], layout: Layout) -> Iterator[Sequence[Unit]]:
    """The page in pieces that can't shift each other: each begins with what certainly begins a card."""
    begin = 0
    for at in _certain_titles(units, layout):
        if at > begin:
            yield units[begin:at]
        begin = at
    yield units[begin:]


def _certain_titles(units: Sequence[Unit], layout: Layout) -> Iterator[int]:
    """A title by its words, after a mark or a long text, and before a long one."""
    after_long = False
    for at, (unit, after) in enumerate(itertools.pairwise(units)):
        text = unit.text
        if len(text) > LONGEST:
            after_long = True
            continue
        if len(after.text) > LONGEST and not after.cut and (unit.cut or (after_long and not layout.marked)):
            value = title_score(count_words(text), len(text)) + title_end(text)
            if value > (_CERTAIN_CUT if unit.cut else _CERTAIN):
                yield at
        after_long = False


def _read(steps: Sequence[Step]) -> tuple[float, list[Role]]:
    """The best reading of these lines, and its value."""
    titles: list[_Title] = []
    abstracts: list[_Abstract] = []
    entries: list[_Entry] = []
    title, abstract = _Title(0.0), _Abstract()
    for at, step in enumerate(steps):
        entries.append(_entry(step, title, abstract))
        before = title, abstract
        title = _title_ending(steps, at, entries)
        abstract = _abstract_reaching(step, *before)
        titles.append(title)
        abstracts.append(abstract)
    return max(title.value + _LAST, abstract.cut_off), _trace(titles, abstracts)


def _entry(step: Step, title: _Title, abstract: _Abstract) -> _Entry:
    if step.cut:
        after_title, after_abstract = title.value + _BARE, abstract.closed
    else:
        after_title, after_abstract = title.value + step.costs.next_title, abstract.closed + step.costs.new_title
    if after_abstract >= after_title:
        return _Entry(after_abstract + step.as_title, after_abstract=True)
    return _Entry(after_title + step.as_title, after_abstract=False)


def _title_ending(steps: Sequence[Step], at: int, entries: Sequence[_Entry]) -> _Title:
    """The best of the titles of one to five lines that end here."""
    best = _Title()
    length, words, way = 0, Words(0, 0, 0.0), 0.0
    for first in range(at, max(-1, at - _LINES), -1):
        step = steps[first]
        length += step.length
        if step.words is None or length > LONGEST:
            break
        words = _sum(words, step.words) if first < at else step.words
        if odds(words) < _HOPELESS and not step.sure:
            break
        lines = at - first + 1
        value = entries[first].value + way + title_score(words, length, lines=lines if step.wrapped else 0)
        if value > best.value:
            best = _Title(value + steps[at].title_end, lines, entries[first].after_abstract)
        if step.cut:
            break
        way += step.costs.more_title + step.as_other
    return best


def _sum(one: Words, other: Words) -> Words:
    return Words(one.capital + other.capital, one.small + other.small, one.weight + other.weight)


def _abstract_reaching(step: Step, title: _Title, abstract: _Abstract) -> _Abstract:
    if step.cut:
        return _Abstract(max(title.value + _BARE, abstract.closed) + _ORPHAN, "orphan", step.length)
    after_title = title.value + step.costs.abstract
    after_abstract = abstract.value + step.costs.more_abstract
    if after_title >= after_abstract:
        return _Abstract(after_title + step.as_other, "title", step.length)
    return _Abstract(after_abstract + step.as_other, "abstract", abstract.length + step.length)


def _trace(titles: Sequence[_Title], abstracts: Sequence[_Abstract]) -> list[Role]:
    """The roles along the best path, read from its end."""
    roles: list[Role] = []
    at = len(titles)
    in_abstract = _ends_in_abstract(titles[-1], abstracts[-1])
    while at:
        if in_abstract:
            first = _run_start(abstracts, at - 1)
            orphan = abstracts[first].before == "orphan"
            role: Role = "orphan" if orphan else "abstract"
            roles += [role] * (at - first)
            at = first
            in_abstract = orphan and at > 0 and _ends_in_abstract(titles[at - 1], abstracts[at - 1])
        else:
            title = titles[at - 1]
            more: Role = "more title"
            roles += [*[more] * (title.lines - 1), "title"]
            at -= title.lines
            in_abstract = title.after_abstract
    return roles[::-1]


def _ends_in_abstract(title: _Title, abstract: _Abstract) -> bool:
    return abstract.cut_off >= title.value + _LAST


def _run_start(abstracts: Sequence[_Abstract], at: int) -> int:
    """The first line of the abstract that reaches this one."""
    while abstracts[at].before == "abstract":
        at -= 1
    return at
