"""The evidence between a line of text and the next: what each change of role between them costs.

Costs are log-odds, set by hand from counts where there are any and tried on every shape that the tests print.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from digest.parsers.titles import LONGEST, Words, count_words
from digest.parsers.wrapping import find_wrapping, is_full

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.parsers.wrapping import Wrapping

__all__ = ["Costs", "Step", "Unit", "read_steps"]

End = Literal["stop", "open", "dangling"]
Start = Literal["small", "capital", "other"]
Blanks = Literal["no sense", "blocks", "cards"]

_NEVER = -12.0
_TRUNCATED = 180  # an abstract cut off at a count of characters ends anywhere; a shorter line does not end in "of the"
_STOPS = frozenset(".!?…。！？")
_CLOSERS = "\"'”’)]}*"
_OPEN_SIGNS = frozenset(",;:-–—(&/=+")
_OPEN_WORDS = frozenset(
    "of the a an and or for with in to by on from via as at is are be that which this these our its their into than "
    "between towards toward under over using through without not can has have".split()
)


class Unit(NamedTuple):
    """One line of text, or what one link holds, with what stands before it.

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
    as_title: float  # added when a title begins here
    as_other: float  # added when none does
    title_end: float  # added when a title ends here


def read_steps(units: Sequence[Unit]) -> Iterator[list[Step]]:
    """The steps through a page, once for each sense that its blank lines can have; the best reading wins."""
    wrapping = find_wrapping([unit.text for unit in units])
    page = _Page.of(units)
    gaps = {unit.gap for unit in units[1:] if not unit.cut}
    senses: tuple[Blanks, ...] = ("no sense", "blocks", "cards") if len(gaps) > 1 else ("no sense",)
    for blanks in senses:
        yield list(_steps(units, page, wrapping, blanks if len(senses) > 1 else None))


class _Page(NamedTuple):
    """What the page as a whole tells about its lines."""

    headings: bool  # titles are headings
    line_ends: bool  # `\\` stands at the ends of lines that go on, and only there
    links: bool

    @classmethod
    def of(cls, units: Sequence[Unit]) -> _Page:
        inner = [unit.goes_on for unit, after in zip(units, units[1:], strict=False) if not after.cut]
        return cls(
            headings=sum(unit.heading for unit in units) > 1 or (bool(units) and units[0].heading),
            line_ends=any(inner) and sum(inner) < 0.95 * len(inner),
            links=any(unit.link for unit in units),
        )


def _steps(units: Sequence[Unit], page: _Page, wrapping: Wrapping | None, blanks: Blanks | None) -> Iterator[Step]:
    before = Unit("", cut=True)
    end: End = "stop"
    special = page.headings or page.line_ends or page.links
    for unit in units:
        text = unit.text
        full = is_full(before.text, text, wrapping) if wrapping and before.text else None
        costs = _costs(full, _start(text), end, _gap(blanks, unit.gap))
        if special or unit.indented:
            costs = costs.plus(_special(before, unit, page))
        end = _end(text)
        length = len(text)
        heading = (12.0, -15.0) if unit.heading else ((-6.0, 0.0) if page.headings else (0.0, 0.0))
        words = count_words(text) if length <= LONGEST else None
        yield Step(unit.cut, length, words, costs, wrapping is not None, *heading, _title_end(text, end))
        before = unit


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


def _title_end(text: str, end: End) -> float:
    """None of 1,785 titles ends in a full stop, thirty in a question mark."""
    if end == "dangling":
        return -3.5
    return -5.0 if text[-1] == "." else 0.0


# The odds of one step, by what speaks for or against it. FULL: a role changes although the line before has no room left,
# so it would have to be full by chance; SMALL: what begins begins with a small letter.
_FULL, _FULL_NEW, _FULL_NEXT, _SMALL = -2.9, -3.8, -7.5, -1.0
_STOP, _OPEN, _DANGLING = 1.1, -1.8, -3.0 # an abstract ends after a line that ends so
_NEXT, _NEXT_WHOLE = -3.5, -2.5  # a title has no abstract; … on a page that is not wrapped
_PARAGRAPH = -2.3  # an abstract has one more paragraph
_SAME, _SAME_SMALL, _SAME_ENDED = -3.5, -1.0, -4.5  # the same paragraph on the next line, unwrapped; after a line with room
_NO_SENTENCE = -1.5  # inside a sentence a line of an abstract begins with a capital
_MORE, _MORE_DANGLING, _MORE_STOP = -1.5, 1.5, -5.0  # the same title on the next line, unwrapped; after such an end


@lru_cache(maxsize=256)
def _costs(full: bool | None, start: Start, end: End, gap: str) -> Costs:  # noqa: FBT001 - the key of the cache
    same = _same_line(full, small=start == "small")
    turn = _SMALL if start == "small" else 0.0
    stop = {"stop": _STOP, "open": _OPEN, "dangling": _DANGLING}[end]
    more = (0.0 if full else _MORE) + {"stop": _MORE_STOP, "open": 0.0, "dangling": _MORE_DANGLING}[end]
    gaps, paragraph_gap, same_gap = _GAPS[gap]
    paragraph = turn + (_FULL_NEW if full else 0.0) + _PARAGRAPH + min(0.0, stop) + paragraph_gap
    costs = Costs(
        more_title=same + more,
        abstract=turn + (_FULL if full else 0.0),
        next_title=turn + (_NEXT_WHOLE if full is None else _FULL_NEXT if full else _NEXT),
        new_title=turn + stop + (_FULL_NEW if full else 0.0),
        more_abstract=max(same + same_gap + (_NO_SENTENCE if start == "capital" and end == "open" else 0.0), paragraph),
    )
    return costs.plus(gaps)


def _same_line(full: bool | None, *, small: bool) -> float:  # noqa: FBT001
    if full:
        return 0.0
    if full is None:
        return _SAME_SMALL if small else _SAME
    return _SAME_ENDED + (1.5 if small else 0.0)


def _gap(blanks: Blanks | None, gap: bool) -> str:  # noqa: FBT001
    return "none" if blanks is None else f"{blanks}, {'gap' if gap else 'close'}"


# What a blank line, or that there is none, costs in each sense of blank lines on the page:
# to each change of role; to a new paragraph of an abstract; to the same paragraph going on.
_GAPS = {
    "none": (Costs(0, 0, 0, 0, 0), 0.0, 0.0),
    "no sense, gap": (Costs(-0.5, -0.5, -0.5, -0.5, 0), -0.5, -0.5),
    "no sense, close": (Costs(-0.5, -0.5, -0.5, -0.5, 0), -0.5, -0.5),
    "blocks, gap": (Costs(-8, 0, 0, 0, 0), 0.0, -6.0),
    "blocks, close": (Costs(0, -9, -9, -9, 0), -5.0, 0.0),
    "cards, gap": (Costs(-8, -5, 0, 0, 0), -3.0, -6.0),
    "cards, close": (Costs(0, 0, -6, -6, 0), 0.0, 0.0),
}


def _special(before: Unit, unit: Unit, page: _Page) -> Costs:
    """What links, addresses, `\\\\` and a second line's indent add; nothing on most pages."""
    costs = Costs(0, 0, 0, 0, 0)
    if page.line_ends:
        costs = costs.plus(Costs(0, -9, -9, -9, 0) if before.goes_on else Costs(-6, 0, 0, 0, -2))
    if unit.link and before.link and unit.link != before.link:
        costs = costs.plus(Costs(_NEVER, _NEVER, 0, 0, _NEVER))
    elif unit.link and before.link:
        costs = costs.plus(Costs(_NEVER, 0, _NEVER, _NEVER, 0) if unit.block else Costs(0, -8, _NEVER, _NEVER, 0))
    if unit.indented and not before.indented:
        costs = costs.plus(Costs(4, -2, -3, -3, 0))
    return costs
