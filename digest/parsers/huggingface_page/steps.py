"""The evidence between a line of text and the next: what each change of role between them costs.

Costs are log-odds, set by hand from counts where there are any and tried on every shape that the tests print.
"""

from __future__ import annotations

import itertools
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from digest.parsers.huggingface_page.titles import LONGEST, Words, count_words
from digest.parsers.huggingface_page.wrapping import find_wrapping, is_full

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.parsers.huggingface_page.wrapping import Wrapping

__all__ = ["Blanks", "Costs", "Layout", "Step", "Unit", "read_layout", "read_steps", "title_end"]

End = Literal["stop", "open", "dangling"]
Start = Literal["small", "capital", "other"]
Blanks = Literal["all", "no sense", "blocks", "cards"]

_NEVER = -12.0
_UNMARKED = -4.0  # a card ended without the marks that the others have
_LINES, _WRAPPED_LINES = 6, 40  # of one card at most
_NEARLY_ALL = 0.95
_APART = frozenset(("blocks", "cards"))  # what a blank line divides: whether the line before it was full tells no more
_TRUNCATED = 180  # an abstract cut off at a count of characters ends anywhere; a shorter line does not end in "of the"
_STOPS = frozenset(".!?…。！？")
_CLOSERS = "\"'”’)]}*"
_OPEN_SIGNS = frozenset(",;:-–—(&/=+")
# fmt: off
_OPEN_WORDS = frozenset({
    "of", "the", "a", "an", "and", "or", "for", "with", "in", "to", "by", "on", "from", "via", "as", "at", "is",
    "are", "be", "that", "which", "this", "these", "our", "its", "their", "into", "than", "between", "towards",
    "toward", "under", "over", "using", "through", "without", "not", "can", "has", "have",
})
# fmt: on


class Unit(NamedTuple):
    r"""One line of text, or what one link holds, with what stands before it.

    `cut`: a mark, so that a card begins here; `gap`: a blank line; `block`: the address of a paper, so that neither a
    title nor an abstract goes on; `link`: the arXiv id that it leads to; `goes_on`: it ended in `\\\\`.
    """

    text: str
    cut: bool = False
    gap: bool = False
    block: bool = False
    heading: bool = False
    link: str = ""
    goes_on: bool = False
    indented: bool = False


class Costs(NamedTuple):
    """What it costs that a line is … after the line before."""

    more_title: float  # the title going on
    abstract: float  # an abstract after its title
    next_title: float  # a title after a title: that one has no abstract
    new_title: float  # a title after an abstract
    more_abstract: float  # the abstract going on, in the same paragraph or a new one

    def plus(self, other: Costs) -> Costs:
        """Both."""
        return Costs(*(mine + its for mine, its in zip(self, other, strict=True)))


class Step(NamedTuple):
    """A line and the way to it. `words` is None when it is too long for a title."""

    cut: bool
    length: int
    words: Words | None
    costs: Costs
    wrapped: bool
    sure: bool  # a title whatever its words
    as_title: float  # added when a title begins here
    as_other: float  # added when none does
    title_end: float  # added when a title ends here


class Layout(NamedTuple):
    """What a page as a whole tells about its lines."""

    wrapping: Wrapping | None
    senses: tuple[Blanks, ...]  # what its blank lines may stand for
    headings: bool  # titles are headings
    line_ends: bool  # `\\` stands at the ends of lines that go on, and only there
    links: bool
    indents: bool
    marked: bool  # marks stand at the end of each card

    @property
    def simple(self) -> bool:
        """One line is one paragraph, and nothing but marks and words tells what it is."""
        return not (
            self.wrapping or len(self.senses) > 1 or self.headings or self.line_ends or self.links or self.indents
        )


def read_layout(units: Sequence[Unit]) -> Layout:
    """The layout of a page with at least one line of text."""
    wrapping = find_wrapping([unit.text for unit in units])
    goes_on = [unit.goes_on for unit, after in itertools.pairwise(units) if not after.cut]
    gaps = {unit.gap for unit in units if not unit.cut}
    cuts = sum(unit.cut for unit in units) - 1
    return Layout(
        wrapping=wrapping,
        senses=("no sense", "blocks", "cards") if len(gaps) > 1 else ("all",),
        headings=units[0].heading or sum(unit.heading for unit in units) > 1,
        line_ends=any(goes_on) and sum(goes_on) < _NEARLY_ALL * len(goes_on),
        links=any(unit.link for unit in units),
        indents=any(unit.indented for unit in units),
        marked=cuts > 1 and cuts * (_WRAPPED_LINES if wrapping else _LINES) > len(units),
    )


def read_steps(units: Sequence[Unit], layout: Layout, blanks: Blanks) -> list[Step]:
    """The steps through these lines of a page, its blank lines taken in one of their senses; a card begins at the first."""
    special = layout.headings or layout.line_ends or layout.links or layout.indents
    steps: list[Step] = []
    before, end = Unit("", cut=True), "stop"
    for unit in units:
        text = unit.text
        wrapping = layout.wrapping if before.text and not (unit.gap and blanks in _APART) else None
        full = is_full(before.text, text, wrapping) if wrapping else None
        costs = _costs(full, _start(text), end, _gap(blanks, gap=unit.gap))
        if special:
            costs = costs.plus(_special(before, unit, layout))
        end = _end(text)
        words = count_words(text) if len(text) <= LONGEST else None
        added = _as_title(unit, layout)
        step = (unit.cut or not steps, len(text), words, costs, layout.wrapping is not None, unit.heading)
        steps.append(Step(*step, *added, title_end(text, end)))
        before = unit
    return steps


def _as_title(unit: Unit, layout: Layout) -> tuple[float, float]:
    """What is added when a title begins at a line, and when none does."""
    if unit.heading:
        return 12.0, -15.0
    if layout.headings:
        return -6.0, 0.0
    return (_UNMARKED if layout.marked and not unit.cut else 0.0), 0.0


# --- single pieces of evidence ----------------------------------------------------------------------------------


def _end(text: str) -> End:
    """How a line ends: like a sentence, inside one, or where nothing can end."""
    last = text[-1]
    if last in _STOPS or (last in _CLOSERS and text.rstrip(_CLOSERS)[-1:] in _STOPS):
        return "stop"
    if len(text) > _TRUNCATED:
        return "open"
    word = text.rpartition(" ")[2]
    if word in _OPEN_WORDS or (last in _OPEN_SIGNS and "://" not in word):
        return "dangling"
    return "stop" if "://" in word or not last.isascii() else "open"


def _start(text: str) -> Start:
    first = text[0]
    return "small" if first.islower() else "capital" if first.isupper() else "other"


def title_end(text: str, end: End | None = None) -> float:
    """None of 1,785 titles ends in a full stop, thirty in a question mark."""
    end = end or _end(text)
    if end == "dangling":
        return -3.5
    return -5.0 if text[-1] == "." else 0.0


class _Odds(NamedTuple):
    """The odds of each step; the `small_` ones are added when what begins begins with a small letter."""

    same: float  # the paragraph goes on
    paragraph: float  # a new paragraph of the abstract
    more_title: float
    abstract: float
    next_title: float
    new_title: float
    small_same: float = 0.0
    small_title: float = -2.0
    small_abstract: float = -4.0


# By whether the line before was full: unknown (the page is not wrapped), yes, or no. A role that changes after a full
# line means that its last line was full by chance; a paragraph that goes on after one that was not is no wrapped text.
_ODDS = {
    None: _Odds(-3.5, -2.3, -4.0, 0.0, -2.5, 0.0, 2.5),
    True: _Odds(0.0, -6.1, 0.0, -2.9, -7.5, -3.8, 0.0, -1.0, -1.0),
    False: _Odds(-4.5, -2.3, -1.5, 0.0, -3.5, 0.0, 1.5, -1.0, -1.0),
}


class _Ending(NamedTuple):
    """What the end of the line before adds: to a new title, to a new paragraph, to the title going on."""

    new_title: float
    paragraph: float
    more_title: float


_ENDINGS = {"stop": _Ending(1.1, 0.0, -5.0), "open": _Ending(-1.8, -3.0, 0.0), "dangling": _Ending(-3.0, -4.5, 1.5)}
_NO_SENTENCE = -1.5  # inside a sentence a line of an abstract begins with a capital


@lru_cache(maxsize=256)
def _costs(full: bool | None, start: Start, end: End, gap: str) -> Costs:  # noqa: FBT001 - the key of the cache
    odds, ending, small = _ODDS[full], _ENDINGS[end], start == "small"
    gaps, paragraph_gap, same_gap = _GAPS[gap]
    title = odds.small_title if small else 0.0
    same = odds.same + (odds.small_same if small else _NO_SENTENCE if start == "capital" and end == "open" else 0.0)
    paragraph = odds.paragraph + ending.paragraph + (odds.small_abstract if small else 0.0)
    return Costs(
        more_title=odds.same + odds.more_title + ending.more_title + (odds.small_same if small else 0.0),
        abstract=odds.abstract + (odds.small_abstract if small else 0.0),
        next_title=odds.next_title + title,
        new_title=odds.new_title + ending.new_title + title,
        more_abstract=max(same + same_gap, paragraph + paragraph_gap),
    ).plus(gaps)


def _gap(blanks: Blanks, *, gap: bool) -> str:
    return blanks if blanks == "all" else f"{blanks}, {'gap' if gap else 'close'}"


# What a blank line, or that there is none, costs in each sense of blank lines on the page:
# to each change of role; to a new paragraph of an abstract; to the same paragraph going on.
_GAPS = {
    "all": (Costs(0, 0, 0, 0, 0), 0.0, 0.0),
    "no sense, gap": (Costs(-0.7, -0.7, -0.7, -0.7, 0), -0.7, -0.7),
    "no sense, close": (Costs(-0.7, -0.7, -0.7, -0.7, 0), -0.7, -0.7),
    "blocks, gap": (Costs(-8, 0, 0, 0, 0), 0.0, -6.0),
    "blocks, close": (Costs(0, -9, -9, -9, 0), -5.0, 0.0),
    "cards, gap": (Costs(-8, -8, 0, 0, 0), -3.0, -6.0),
    "cards, close": (Costs(0, 0, -6, -6, 0), 0.0, 0.0),
}


def _special(before: Unit, unit: Unit, layout: Layout) -> Costs:
    r"""What links, addresses, `\\\\` and a second line's indent add; nothing on most pages."""
    costs = Costs(0, 0, 0, 0, 0)
    if layout.line_ends:
        costs = costs.plus(Costs(0, -9, -9, -9, 0) if before.goes_on else Costs(-6, 0, 0, 0, -2))
    if unit.link and before.link and unit.link != before.link:
        costs = costs.plus(Costs(_NEVER, _NEVER, 0, 0, _NEVER))
    elif unit.link and before.link:
        costs = costs.plus(Costs(_NEVER, 0, _NEVER, _NEVER, 0) if unit.block else Costs(0, -8, _NEVER, _NEVER, 0))
    if unit.indented and not before.indented:
        costs = costs.plus(Costs(4, -2, -3, -3, 0))
    return costs
