"""Listing pages for tests: invented cards, and every shape in which a page of them may have been scraped.

No title, abstract or name in here is anybody's. `render` prints cards as one page; `Shape` says how.
"""

from __future__ import annotations

import hashlib
import textwrap
from dataclasses import astuple, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from digest.models import Dump, Identifier
from digest.parsers import decode, parse, split_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from digest.models import ListedPaper, Listing

RETRIEVED = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
HEADER = (
    "new",
    "Get trending papers in your email inbox once a day!",
    "Get trending papers in your email inbox!",
    "Subscribe",
    "Daily Papers",
    "byAK and the research community",
    "Dec 9",
)

Blanks = Literal["all", "none", "cards", "blocks"]
Links = Literal["none", "headings", "markdown", "references", "addresses"]
LineEnds = Literal["none", "inner", "all"]
Facts = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class PrintedCard:
    """What a page prints of one paper; `paragraphs` is empty for one without an abstract."""

    title: str
    paragraphs: tuple[str, ...]
    authors: int | None = None
    organisation: str | None = None
    day: str = "Oct 16, 2023"
    comments: int | None = None
    upvotes: str = "-"
    arxiv: str = ""

    @property
    def abstract(self) -> str | None:
        """As it should be read."""
        return " ".join(self.paragraphs) or None


@dataclass(frozen=True, slots=True)
class Shape:
    """How a page is printed."""

    blanks: Blanks = "all"
    width: int | None = None
    broken: bool = False  # words, at their hyphens
    line_ends: LineEnds = "none"
    links: Links = "none"
    marks: bool = False
    upvotes: bool = False
    header: bool = True
    newline: str = "\n"
    references: list[str] = field(default_factory=list, compare=False)


def dump_of(body: str | bytes, name: str = "page.txt") -> Dump:
    """A dump as the store would hand it over."""
    content = body.encode() if isinstance(body, str) else body
    return Dump(hashlib.sha256(content).hexdigest(), name, content, RETRIEVED, "tests")


def read(text: str | bytes, name: str = "page.txt") -> Listing:
    """The listing in a text, all of whose lines must be accounted for."""
    dump = dump_of(text, name)
    listing = parse(dump)
    assert sum(astuple(listing.lines)) == len(split_lines(decode(dump.body)))
    return listing


def texts(papers: Iterable[ListedPaper]) -> list[tuple[str, str | None]]:
    return [(paper.title, paper.abstract) for paper in papers]


def printed(cards: Iterable[PrintedCard]) -> list[tuple[str, str | None]]:
    return [(card.title, card.abstract) for card in cards]


def facts(papers: Iterable[ListedPaper]) -> list[Facts]:
    """All that a page tells of each paper; of its day what a card prints."""
    return [
        (
            *(paper.title, paper.abstract, paper.author_count, paper.organisation),
            f"{paper.published:%b} {paper.published.day}" if paper.published else None,
            *(paper.comments, paper.upvotes, paper.ids),
        )
        for paper in papers
    ]


def printed_facts(cards: Iterable[PrintedCard], shape: Shape) -> list[Facts]:
    """The same as it was printed in this shape."""
    return [
        (
            *(card.title, card.abstract),
            *((None if card.organisation else card.authors, card.organisation) if shape.marks else (None, None)),
            card.day.partition(",")[0] if shape.marks else None,
            card.comments if shape.marks else None,
            int(card.upvotes) if shape.upvotes and card.upvotes != "-" else None,
            (Identifier("arxiv", card.arxiv),) if shape.links in {"markdown", "references", "addresses"} else (),
        )
        for card in cards
    ]


def render(cards: Sequence[PrintedCard], shape: Shape = Shape()) -> str:
    """One page; the list of addresses stands at its end where links are numbered."""
    references: list[str] = []
    lines: list[str] = []
    for line in HEADER if shape.header else ():
        lines += [line] if shape.blanks == "none" else [line, ""]
    for card in cards:
        for block in _blocks(card, shape, references):
            for line in block:
                lines += [line, ""] if shape.blanks == "all" else [line]
            lines += [""] if shape.blanks == "blocks" else []
        lines += [""] if shape.blanks == "cards" else []
    lines += ["", *references] if references else []
    return shape.newline.join(lines) + shape.newline


def _blocks(card: PrintedCard, shape: Shape, references: list[str]) -> Iterator[list[str]]:
    """The blocks of lines of one card: upvotes, title, paragraphs, marks."""
    url = f"https://huggingface.co/papers/{card.arxiv}"
    login = f"https://huggingface.co/login?next=%2Fpapers%2F{card.arxiv}"
    if shape.upvotes:
        yield from _upvotes(card, shape, login, references)
    title = _folded(card.title, shape)
    paragraphs = [_folded(paragraph, shape) for paragraph in card.paragraphs]
    if shape.links == "headings":
        title[0] = f"### {title[0]}"
    elif shape.links in {"markdown", "references"}:
        title[0] = f"### [{title[0]}"
        title[-1] += _target(url, shape, references)
        if paragraphs:
            paragraphs[0][0] = f"[{paragraphs[0][0]}"
            paragraphs[-1][-1] += _target(url, shape, references)
    yield title
    if shape.links == "addresses":
        yield [url]
    yield from paragraphs
    if shape.links == "addresses" and paragraphs:
        yield [url]
    if shape.marks:
        yield _marks(card, shape, url)


def _upvotes(card: PrintedCard, shape: Shape, login: str, references: list[str]) -> Iterator[list[str]]:
    if shape.links == "markdown":
        yield [f"[{card.upvotes}]({login})"]
    elif shape.links == "references":
        references.append(f" {len(references) + 7}. {login}")
        yield ["[", card.upvotes, f"][{len(references) + 6}]"]
    elif shape.links == "addresses":
        yield [f" [-] {card.upvotes}"]
        yield [login]
    else:
        yield [card.upvotes]


def _target(url: str, shape: Shape, references: list[str]) -> str:
    if shape.links == "markdown":
        return f"]({url})"
    references.append(f" {len(references) + 7}. {url}")
    return f"][{len(references) + 6}]"


def _folded(text: str, shape: Shape) -> list[str]:
    lines = [text]
    if shape.width:
        lines = textwrap.wrap(text, shape.width, break_long_words=False, break_on_hyphens=shape.broken)
    if shape.line_ends == "all":
        return [f"{line}\\\\" for line in lines]
    return [*(f"{line}\\\\" for line in lines[:-1]), lines[-1]] if shape.line_ends == "inner" else lines


def _marks(card: PrintedCard, shape: Shape, url: str) -> list[str]:
    who = card.organisation or f"  • {card.authors} authors"
    if card.comments is None:
        return [who, "·", card.day]
    if shape.links == "markdown":
        return [who, "·", f"{card.day}[{card.comments}]({url}#community)"]
    return [who, "·", f"{card.day} {card.comments}"]


CARDS = (
    PrintedCard(
        "Counting Moths at Night: A Small Network for Lamps That Never Sleep",
        (
            (
                "Counting insects at street lamps is slow when it is done by hand, and the counts of two observers differ by a "
                "third. We propose LampNet, a network of 40 thousand parameters that runs on the lamp itself. It reads one frame "
                "in 3.5 ms, forgets every picture at once and reports nothing but a number. On four summers of recordings from "
                "a harbour town it errs by 2% and keeps counting in rain."
            ),
        ),
        authors=3,
        upvotes="12",
        arxiv="2605.10001",
    ),
    PrintedCard(
        "Do Rivers Remember Their Old Beds?",
        (
            (
                "A river that was straightened a century ago still floods where it used to run. This paper asks whether that "
                "memory can be read from altitude alone. We show that a graph of a million small slopes, compared with maps drawn "
                "before the works, predicts the flooded fields better than any gauge, and that the advantage vanishes where the "
                "soil was moved. The data and the code are available at https://example.org/old-beds"
            ),
        ),
        organisation="Harbour Institute of Hydrology",
        day="Jun 12",
        comments=2,
        upvotes="103",
        arxiv="2605.10002",
    ),
    PrintedCard(
        "Training bakers and networks alike: curricula that begin with the hardest loaf",
        (
            (
                "It is widely believed that one should learn from easy examples first. In this work, we let networks and twelve "
                "apprentice bakers begin with what they fail at most often. Both reach the same level sooner, and both forget "
                "less over the winter. The effect holds for rye, wheat and three synthetic tasks with sigmaleft(w_i) activations, "
                "but not for sourdough"
            ),
        ),
        authors=14,
        day="Feb 29",
        arxiv="2605.10003",
    ),
    PrintedCard(
        "KettleBench: Measuring How Long Language Models Wait Before They Answer",
        (
            "TL;DR: most models answer before the kettle boils.",
            (
                "Benchmarks reward the right answer and say nothing about when it comes. KettleBench pairs 1,200 questions with "
                "the time that a patient person would take for them, and charges for every second above it. Across 21 models the "
                "ranking changes in two places out of three."
            ),
            "Our code and all timings will be released.",
        ),
        organisation="Teahouse AI",
        day="Aug 3, 2022",
        comments=1,
        upvotes="7",
        arxiv="2605.10004",
    ),
    PrintedCard(
        "Weaving",
        (
            (
                "Weaving is described here as a program with two registers and no memory. From this description follow a lower "
                "bound for the number of passes that a pattern of given symmetry needs, a machine that reaches it, and a short "
                "proof that no pattern with seven-fold symmetry can be woven without a knot."
            ),
        ),
        authors=1,
        day="Jan 2",
        arxiv="2605.10005",
    ),
    PrintedCard(
        "Slow Attention for Fast Birds: Tracking Swifts Across Twelve Cameras with Delayed Frames",
        (
            (
                "Swifts cross the view of a camera in under 80 ms, and frames from different cameras arrive late and out of order. "
                "Existing trackers wait for the slowest camera. We introduce an attention layer whose keys carry the time at which "
                "they were seen, so that late frames correct tracks instead of delaying them. With twelve cameras above a market "
                "square, 94 of 100 swifts keep their identity for a whole minute, where the best earlier method keeps 61."
            ),
        ),
        authors=671,
        day="Mar 25, 2021",
        upvotes="1",
        arxiv="2605.10006",
    ),
    PrintedCard(
        "Of Salt and Gradients: On the Stability of Optimisers Near Flat Shores",
        (
            (
                "Optimisers that adapt their steps come to rest on flat shores of the loss, and nobody knows why they stay there. "
                "Using a solvable model of evaporating salt pans, we derive the width of the shore from three measurable "
                "quantities: the noise of the gradient, the depth of the water and the age of the salt. The theory explains why "
                "a warm-up of one tide suffices."
            ),
        ),
        authors=5,
        day="Dec 1",
        comments=12,
        arxiv="2605.10007",
    ),
    PrintedCard(
        "A Dictionary of Echoes",
        (
            (
                "We collect 90,000 echoes from 212 valleys and ask listeners to name what answered them. The resulting dictionary "
                "has 31 words. Models that are trained with it locate a speaker within four metres, and within one where there "
                "is a chapel."
            ),
        ),
        organisation="University of the Upper Valley",
        day="Sep 27, 2023",
        upvotes="45",
        arxiv="2605.10008",
    ),
    PrintedCard(
        "What the Ferry Knows: Learning Tides, Cargo and Delay from Ten Years of Departure Boards",
        (
            (
                "Departure boards are public, cheap and old. This article turns ten years of them from one ferry line into a "
                "forecast of tides, cargo and delay, without any sensor at sea. A plain recurrent network with a calendar is "
                "enough; a transformer is worse by a factor of two until it is told about Sundays. We discuss what else a "
                "timetable gives away."
            ),
        ),
        authors=9,
        day="May 24",
        arxiv="2605.10009",
    ),
    PrintedCard(
        "Robust glazing: ceramic kilns as noisy reinforcement learners",
        (
            (
                "A kiln has one action, the heat, and one reward, which comes after two days. Treating forty years of a "
                "workshop's notes as episodes, we find policies that agree with the potters in all but the last hour. There, the "
                "potters are right. We therefore add the colour of the flame, 3 pixels wide, and the gap closes."
            ),
        ),
        authors=2,
        day="Nov 3, 2020",
        arxiv="2605.10010",
    ),
)
