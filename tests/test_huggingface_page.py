"""The Hugging Face page family: every shape of it is read alike, and a damaged card leaves the others as they are."""

from __future__ import annotations

import itertools
import json
import random
from contextlib import suppress
from dataclasses import astuple, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from digest.errors import UnreadableDump
from digest.models import Identifier, ListedPaper, Listing
from digest.parsers import decode, parse, split_lines
from tests.listings import CARDS, HEADER, Blanks, LineEnds, Links, PrintedCard, Shape, dump_of, render

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DATA = Path(__file__).parent / "data"
TOP = "\n".join(HEADER) + "\n"
ABSTRACT = CARDS[0].paragraphs[0]
OTHER = CARDS[5].paragraphs[0]


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


Facts = tuple[object, ...]


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


# --- shapes -----------------------------------------------------------------------------------------------------

WIDTHS = (None, 60, 72, 80, 100)
LINE_ENDS: tuple[LineEnds, ...] = ("none", "inner")
SHAPES = [
    Shape(blanks=blanks, width=width, links=links, marks=marks, upvotes=upvotes, line_ends=ends)
    for blanks, width, links, marks, upvotes, ends in itertools.product(
        get_args(Blanks), WIDTHS, get_args(Links), (False, True), (False, True), LINE_ENDS
    )
    if width or ends == "none"
]
# At 72 columns one abstract ends without a full stop in a line that happens to be full, and where nothing but words
# tells its next line, a title in sentence case, could as well go on with it.
UNDECIDED = [Shape(blanks="all", width=72), Shape(blanks="none", width=72)]


@pytest.mark.parametrize("blanks", get_args(Blanks))
@pytest.mark.parametrize("width", WIDTHS)
def test_page_is_read_alike_in_every_shape(blanks: Blanks, width: int | None) -> None:
    for shape in SHAPES:
        if (shape.blanks, shape.width) != (blanks, width) or shape in UNDECIDED:
            continue
        listing = read(render(CARDS, shape))
        assert texts(listing.papers) == printed(CARDS), shape
        assert not listing.rejects, shape


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
@pytest.mark.parametrize("shape", [Shape(), Shape(blanks="none", marks=True), Shape(blanks="blocks", width=80)])
def test_line_ends_of_other_systems_make_no_difference(newline: str, shape: Shape) -> None:
    assert read(render(CARDS, replace(shape, newline=newline))) == read(render(CARDS, shape))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encoding_makes_no_difference(encoding: str) -> None:
    page = render(CARDS, Shape(blanks="none", marks=True))
    assert read(page.encode(encoding)).papers == read(page).papers


def test_lines_that_all_end_in_backslashes_are_read_without_them() -> None:
    page = render(CARDS, Shape(blanks="blocks", width=80, line_ends="all"))
    assert texts(read(page).papers) == printed(CARDS)


def test_words_broken_at_their_hyphen_are_joined_again() -> None:
    lines = (
        "Lamps are a state-of-the-",
        "art attractor. We compare pre-",
        "and post-midnight counts of",
        "moths that are drawn to them",
        "by a long-",
        "range effect which nobody has",
        "explained to our knowledge yet.",
    )
    assert read("\n".join((f"{TOP}\nMoths at Night\n", *lines))).papers[0].abstract == (
        "Lamps are a state-of-the-art attractor. We compare pre- and post-midnight counts of moths that are drawn to them "
        "by a long-range effect which nobody has explained to our knowledge yet."
    )


# --- marks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("blanks", ["all", "none", "blocks"])
@pytest.mark.parametrize("links", get_args(Links))
def test_marks_belong_to_their_cards(blanks: Blanks, links: Links) -> None:
    shape = Shape(blanks=blanks, links=links, marks=True, upvotes=True)
    papers = read(render(CARDS, shape)).papers
    assert facts(papers) == printed_facts(CARDS, shape)
    linked = links in {"markdown", "references", "addresses"}
    assert papers[0].url == ("https://huggingface.co/papers/2605.10001" if linked else None)


def test_days_without_a_year_are_in_the_listings_own() -> None:
    listing = read(render(CARDS, Shape(marks=True)))
    assert (listing.listed_on, listing.date_from) == (date(2025, 12, 9), "header")
    assert [paper.published for paper in listing.papers][:5] == [
        date(2023, 10, 16),
        date(2025, 6, 12),
        date(2024, 2, 29),
        date(2022, 8, 3),
        date(2025, 1, 2),
    ]


def test_date_in_the_file_name_counts_before_the_header() -> None:
    listing = read(render(CARDS, Shape(marks=True)), "2024-12-10.txt")
    assert (listing.listed_on, listing.date_from) == (date(2024, 12, 10), "file name")
    assert listing.papers[1].published == date(2024, 6, 12)


def test_page_without_a_date_bears_the_day_of_its_retrieval() -> None:
    assert read(render(CARDS, Shape(header=False))).date_from == "retrieved"


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ("  • 3 authors\n·\nSep 27, 2023 2", {"author_count": 3, "published": date(2023, 9, 27), "comments": 2}),
        ("1 author\n·\nJun 12", {"author_count": 1, "published": date(2025, 6, 12)}),
        ("- 671 authors\n· Oct 4", {"author_count": 671, "published": date(2025, 10, 4)}),
        ("• 3 authors · Oct 16, 2023 12", {"author_count": 3, "published": date(2023, 10, 16), "comments": 12}),
        ("Google\n·\nMay 8", {"organisation": "Google", "published": date(2025, 5, 8)}),
        ("inclusionAI\n·\nMay 8", {"organisation": "inclusionAI", "published": date(2025, 5, 8)}),
        ("Teahouse AI · Oct 4, 2024", {"organisation": "Teahouse AI", "published": date(2024, 10, 4)}),
        ("Teahouse AI · Published on Oct 4, 2026", {"organisation": "Teahouse AI", "published": date(2026, 10, 4)}),
        ("4 authors\n·\nMay 8\n3", {"author_count": 4, "published": date(2025, 5, 8), "comments": 3}),
        ("4 authors\nUpvote 117\nGitHub 3.29k", {"author_count": 4, "upvotes": 117}),
        ("4 authors\nUpvote\n[LINK: GitHub 476](https://github.com/example/lamps)", {"author_count": 4}),
        ("GitHub 50.8k arXiv Page", {}),
    ],
)
def test_marks_are_read_in_all_their_forms(marks: str, expected: dict[str, object]) -> None:
    page = f"{TOP}Counting Moths at Night\n{ABSTRACT}\n{marks}\nWeaving without a Loom\n{OTHER}\n{marks}\n"
    for paper in read(page).papers:
        found = {
            name: value
            for name in ("author_count", "organisation", "published", "comments", "upvotes")
            if (value := getattr(paper, name)) is not None
        }
        assert found == expected
        assert paper.abstract in {ABSTRACT, OTHER}


def test_number_after_a_date_is_comments_only_before_another_number() -> None:
    page = (
        f"{TOP}12\nCounting Moths at Night\n{ABSTRACT}\n3 authors\n·\nOct 16, 2023\n7\n"
        f"Weaving without a Loom\n{OTHER}\n2 authors\n·\nMay 8\n5\n-\nKettles in Long Context\n{ABSTRACT}\n"
    )
    assert [(paper.upvotes, paper.comments) for paper in read(page).papers] == [(12, None), (7, 5), (None, None)]


def test_numbers_of_a_page_without_upvotes_are_comments() -> None:
    page = f"{TOP}Counting Moths at Night\n{ABSTRACT}\n3 authors\n·\nOct 16, 2023\n7\nWeaving without a Loom\n{OTHER}\n"
    assert [(paper.upvotes, paper.comments) for paper in read(page).papers] == [(None, 7), (None, None)]


def test_cards_without_abstracts_are_told_apart_by_their_marks() -> None:
    card = "Submitted by\nmoonkeeper\n{votes}\n{title}\n·\n9 authors\n3\n"
    page = TOP + card.format(votes=117, title="Counting Moths at Night") + card.format(votes="-", title="Weaving")
    assert [(p.title, p.abstract, p.author_count, p.comments, p.upvotes) for p in read(page).papers] == [
        ("Counting Moths at Night", None, 9, 3, 117),
        ("Weaving", None, 9, 3, None),
    ]


def test_last_line_of_an_abstract_is_no_organisation() -> None:
    page = f"{TOP}Counting Moths at Night\n{ABSTRACT}\nIt rains.\n·\nMay 8\n"
    paper = read(page).papers[0]
    assert paper.organisation is None
    assert paper.abstract == f"{ABSTRACT} It rains."


def test_only_text_of_a_card_is_its_title_even_before_a_dot() -> None:
    page = f"{TOP}Counting Moths\n·\nMay 8\nWeaving without a Loom\n{OTHER}\n3 authors\n·\nMay 9\n"
    assert [(paper.title, paper.organisation) for paper in read(page).papers] == [
        ("Counting Moths", None),
        ("Weaving without a Loom", None),
    ]


# --- text that looks like marks ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "https://example.org/moths",
        "https://arxiv.org/abs/2605.10001",
        "https://huggingface.co/datasets/example/moths",
        "as was shown before [1][2], and",
        "[12] found it first.",
        "We write a · b for the product.",
        "Get trending papers in your email inbox!",
        "Subscribe",
    ],
)
def test_line_of_a_paragraph_is_text_whatever_it_looks_like(line: str) -> None:
    page = f"{TOP}\nCounting Moths at Night\n\n{ABSTRACT}\n{line}\n\nWeaving without a Loom\n\n{OTHER}\n\nKettles\n\n{OTHER}\n"
    assert read(page).papers[0].abstract == f"{ABSTRACT} {line}"


@pytest.mark.parametrize(
    "title", ["Daily Papers", "Trending Papers", "New", "Monthly", "Models", "Mar 14 in the Harbour: A Study"]
)
def test_words_of_a_header_are_titles_after_the_first_card(title: str) -> None:
    page = f"{TOP}Counting Moths at Night\n{ABSTRACT}\n{title}\n{OTHER}\nWeaving without a Loom\n{OTHER}\n"
    assert [paper.title for paper in read(page).papers] == ["Counting Moths at Night", title, "Weaving without a Loom"]


def test_search_that_looks_like_a_title_is_a_part_of_the_header() -> None:
    page = render(CARDS[:3]).replace(
        "Dec 9", "Counting Moths with Small Networks\n\nDaily\n\nWeekly\n\nMonthly\n\nDec 9"
    )
    listing = read(page)
    assert texts(listing.papers) == printed(CARDS[:3])
    assert listing.lines.header == len(HEADER) + 4


@pytest.mark.parametrize(
    "header",
    [
        "Subscribe",
        "Get trending papers in your email inbox once a day!\nGet trending papers in your email inbox!\nSubscribe",
        "new\nSubscribeDaily PapersbyAK and the research communityDec 9",
        "Daily Papers\nDec 9",
    ],
)
def test_title_glued_to_the_header_is_taken_off_it(header: str) -> None:
    page = f"{header}Counting Moths at Night\n{ABSTRACT}\nWeaving without a Loom\n{OTHER}\n"
    assert [paper.title for paper in read(page).papers] == ["Counting Moths at Night", "Weaving without a Loom"]


def test_title_that_begins_like_a_header_word_stays_whole() -> None:
    page = f"{TOP}Subscribers and Their Lamps\n{ABSTRACT}\nWeaving without a Loom\n{OTHER}\n"
    assert read(page).papers[0].title == "Subscribers and Their Lamps"


def test_text_keeps_every_sign_that_is_not_certainly_latex() -> None:
    title, abstract = "Costs of 50% for $5 in sigmaleft( w_i )", f"It turns by 360^circ, {ABSTRACT}"
    paper = read(f"{TOP}\n{title}\n\n{abstract}\n").papers[0]
    assert (paper.title, paper.abstract) == (title, abstract)


# --- real forms, invented pages ---------------------------------------------------------------------------------


def fixture(name: str) -> Listing:
    return read((DATA / name).read_bytes(), name)


def test_page_with_numbered_links_is_read_with_its_list_of_addresses() -> None:
    listing = fixture("numbered-links.txt")
    first, second, third = listing.papers
    assert first.abstract is not None
    assert "see [1][2], and" in first.abstract
    assert first.abstract.endswith("https://example.org/lampnet.")
    assert (first.author_count, first.published, first.upvotes) == (3, date(2026, 5, 30), None)
    assert second.title.endswith("Patterns That Fail and Their Measurement")
    assert (second.organisation, second.comments, second.upvotes) == ("Harbour Institute", 3, 65)
    assert second.ids == (Identifier("arxiv", "2605.20002"),)
    assert third.abstract is not None
    assert third.abstract.startswith("Long context")
    assert third.abstract.endswith("waiting in an ef")
    assert third.upvotes == 1
    assert not listing.rejects


def test_page_with_bare_addresses_is_read_with_its_menus_aside() -> None:
    listing = fixture("bare-addresses.txt")
    assert [(p.title, p.ids[0].value, p.upvotes, p.comments) for p in listing.papers] == [
        ("Better than Your Lamp: Moths that Learn from Privileged Light", "2410.30001", 1, None),
        ("Soft Instructions for Hard Kettles", "2510.30002", None, 1),
        ("Untitled Rivers", "2601.30003", 74, None),
    ]
    assert [p.organisation for p in listing.papers] == [None, "Teahouse", None]
    assert [p.author_count for p in listing.papers] == [2, None, 12]
    assert [p.published for p in listing.papers] == [date(2024, 10, 7), date(2025, 10, 23), date(2026, 1, 5)]
    abstracts = [p.abstract or "" for p in listing.papers]
    assert abstracts[0].endswith("Our code is available at https://example.org/mothnet")
    assert abstracts[1].startswith("Kettles are increasingly deployed in kitchens. We propose")
    assert abstracts[2] == ""
    assert (listing.listed_on, listing.date_from) == (date(2026, 3, 25), "header")


def test_trending_page_lists_each_printed_card() -> None:
    listing = fixture("trending.md")
    once, again, other = listing.papers
    assert (once.title, once.abstract) == (again.title, again.abstract)
    assert once.abstract is not None
    assert once.abstract.endswith(
        "the models serve 35 ships at 20 horns a minute inside 3 GiB of fog. The framework is open source."
    )
    assert (once.organisation, once.published, once.upvotes) == ("Harbour Lab", date(2026, 10, 4), 117)
    assert once == again
    assert other.title == "FerryAgents: Many Ferries, One Timetable with PagedTides"
    assert (other.author_count, other.published, other.upvotes) == (4, date(2024, 12, 28), 1200)
    assert (listing.listed_on, listing.date_from) == (date(2026, 10, 4), "cards")


def test_markdown_page_is_read_without_its_markup() -> None:
    first, second = fixture("daily.md").papers
    assert first.abstract is not None
    assert first.abstract.endswith("We present OK-TEA, 2 -- 6x the size of a cup, at https://example.org/ok_tea/.")
    assert (first.organisation, first.comments, first.upvotes) == ("Teahouse", 6, 101)
    assert second.title == "The Noisy Path from Spring to River: Measuring How Streams Engage with Past Rain"
    assert second.abstract == (
        "Springs are widely used for evaluating rivers and tracing water flows. Such uses typically rely on raw drop "
        "counts and neglect variability in drop types."
    )
    assert (second.author_count, second.published, second.upvotes) == (3, date(2025, 2, 27), None)


def test_compact_page_is_read_from_the_title_glued_to_its_header() -> None:
    listing = fixture("compact.txt")
    assert [paper.title for paper in listing.papers] == [
        "A Sublinear Algorithm for Adversarial Kettles",
        "Commutative Width and Depth of Rivers",
        "Daily Papers",
    ]
    assert astuple(listing.lines) == (2, 6, 0, 0, 0)


def test_address_of_a_paper_beside_its_buttons_is_its_identifier() -> None:
    page = f"{TOP}### Counting Moths at Night\n\n{ABSTRACT}\n\n[GitHub 131](https://github.com/example/moths) [arXiv Page](https://arxiv.org/abs/2605.10001)\n"
    paper = read(page).papers[0]
    assert (paper.url, paper.ids) == ("https://arxiv.org/abs/2605.10001", (Identifier("arxiv", "2605.10001"),))


# --- damage -----------------------------------------------------------------------------------------------------


def test_abstract_without_a_title_is_rejected_and_the_next_card_read() -> None:
    listing = read(
        f"{TOP}\n{ABSTRACT}\n\n3 authors\n·\nMay 8\n\nWeaving without a Loom\n\n{OTHER}\n\n2 authors\n·\nMay 9\n"
    )
    assert texts(listing.papers) == [("Weaving without a Loom", OTHER)]
    assert listing.papers[0].author_count == 2
    (reject,) = listing.rejects
    assert (reject.line, reject.text, reject.why) == (9, ABSTRACT, "an abstract whose title is missing")
    assert listing.lines.rejected == 1


def test_junk_in_the_middle_is_rejected_and_the_rest_read() -> None:
    junk = bytes(range(1, 9)) * 40 + b"\xff\xfe\xfd" * 40
    page = render(CARDS[:4]).encode() + junk + b"\n\n" + render(CARDS[4:], Shape(header=False)).encode()
    listing = read(page)
    assert texts(listing.papers) == printed(CARDS)
    (reject,) = listing.rejects
    assert "not text" in reject.why
    assert len(reject.text) <= 2000


def test_line_longer_than_any_abstract_is_rejected_with_its_beginning() -> None:
    listing = read(f"{render(CARDS)}\n{'word ' * 30_000}\n")
    assert texts(listing.papers) == printed(CARDS)
    (reject,) = listing.rejects
    assert len(reject.text) == 2000
    assert "149,999 characters" in reject.why


def test_controls_and_undecodable_bytes_in_a_title_cost_only_themselves() -> None:
    page = render(CARDS).encode().replace(b"Counting Moths", b"Coun\x00ting\x07 Mo\xffths", 1)
    assert read(page).papers[0].title == CARDS[0].title.replace("Moths", "Mo\ufffdths")
    assert texts(read(page).papers)[1:] == printed(CARDS)[1:]


@pytest.mark.parametrize("kept", [1, 40, 400, 900, 1500, 2500, 3500])
@pytest.mark.parametrize("shape", [Shape(), Shape(blanks="none", marks=True), Shape(links="markdown", marks=True)])
def test_page_cut_off_in_the_middle_keeps_all_cards_before_the_cut(kept: int, shape: Shape) -> None:
    page = render(CARDS, shape)[: len(render([], shape)) + kept]
    try:
        listing = read(page)
    except UnreadableDump:
        assert not whole_cards(CARDS, shape, page)
        return
    assert before_the_cut(listing, CARDS, shape, page) == printed_before_the_cut(CARDS, shape, page)
    assert len(listing.papers) <= len(whole_cards(CARDS, shape, page)) + 1


def whole_cards(cards: Sequence[PrintedCard], shape: Shape, page: str) -> Sequence[PrintedCard]:
    """The cards that stand whole in the beginning of their page."""
    full = render(cards, shape)
    return cards[: sum(common_length(render(cards[: at + 1], shape), full) <= len(page) for at in range(len(cards)))]


def common_length(one: str, other: str) -> int:
    """How far two texts are the same, without blanks at the end."""
    same = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    return len(one[:same].rstrip())


def before_the_cut(listing: Listing, cards: Sequence[PrintedCard], shape: Shape, page: str) -> list[Facts]:
    """What was read of the cards that stand whole before the cut, and no further.

    Without marks people can't tell either whether a title that was cut off began a card or a last paragraph of the one
    above: that one may hold more than its own abstract, but never less.
    """
    whole = whole_cards(cards, shape, page)
    papers = list(listing.papers[: len(whole)])
    if papers and not shape.marks:
        own = len(whole[-1].abstract or "")
        papers[-1] = replace(papers[-1], abstract=(papers[-1].abstract or "")[:own] or None)
    return without_ids(facts(papers), shape)


def printed_before_the_cut(cards: Sequence[PrintedCard], shape: Shape, page: str) -> list[Facts]:
    return without_ids(printed_facts(whole_cards(cards, shape, page), shape), shape)


def without_ids(rows: list[Facts], shape: Shape) -> list[Facts]:
    """Where links are numbered, their addresses were on the end that is cut off."""
    return [row[:-1] for row in rows] if shape.links == "references" else rows


# --- properties -------------------------------------------------------------------------------------------------

EASY = st.builds(
    Shape,
    blanks=st.sampled_from(["all", "none"]),
    links=st.sampled_from(["none", "headings", "markdown", "addresses"]),
    marks=st.booleans(),
    upvotes=st.booleans(),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
) | st.builds(
    Shape,
    blanks=st.sampled_from(["cards", "blocks"]),
    width=st.none() | st.integers(60, 100),
    line_ends=st.just("none"),
    links=st.sampled_from(["none", "headings", "references"]),
    marks=st.booleans(),
)
ORDERS = st.permutations(CARDS)
# Between two other titles, with nothing but words to tell, such a title reads like the one-line abstract of the first.
IN_SENTENCE_CASE = [card for card in CARDS if card.title.split(": ")[-1][:1].islower()]


@given(ORDERS, st.integers(1, len(CARDS)), EASY)
def test_any_choice_of_cards_in_any_order_is_read(cards: Sequence[PrintedCard], count: int, shape: Shape) -> None:
    assert facts(read(render(cards[:count], shape)).papers) == printed_facts(cards[:count], shape)


@given(ORDERS, st.integers(0, len(CARDS) - 2), st.integers(1, 2), EASY)
def test_cards_without_abstracts_shift_no_other(
    cards: Sequence[PrintedCard], at: int, count: int, shape: Shape
) -> None:
    told = shape.marks or shape.links != "none"
    bare = [
        replace(card, paragraphs=())
        if i == at or (at < i < at + count and (told or card not in IN_SENTENCE_CASE))
        else card
        for i, card in enumerate(cards)
    ]
    assert facts(read(render(bare, shape)).papers) == printed_facts(bare, shape)


@given(ORDERS, st.integers(0, len(CARDS) - 1), st.data(), EASY)
def test_abstract_in_several_paragraphs_stays_one(
    cards: Sequence[PrintedCard], at: int, data: st.DataObject, shape: Shape
) -> None:
    sentences = " ".join(cards[at].paragraphs).split(". ")
    cut = data.draw(st.integers(1, len(sentences) - 1)) if len(sentences) > 1 else 1
    parts = tuple(part for part in (". ".join(sentences[:cut]) + ".", ". ".join(sentences[cut:])) if part.strip("."))
    split = [replace(card, paragraphs=parts) if i == at else card for i, card in enumerate(cards)]
    assert facts(read(render(split, shape)).papers) == printed_facts(split, shape)


@given(ORDERS, st.integers(0, 5000), EASY)
def test_cutting_a_page_never_changes_the_cards_well_before_the_cut(
    cards: Sequence[PrintedCard], cut: int, shape: Shape
) -> None:
    page = render(cards, shape)
    page = page[: page.find(cards[2].title[:12]) + cut]  # two cards at least stay whole
    assume(not page.split("\n")[-1].strip().isdecimal())  # upvotes of the next card, or comments on this one
    assert before_the_cut(read(page), cards, shape, page) == printed_before_the_cut(cards, shape, page)


# --- the real dumps ---------------------------------------------------------------------------------------------


def truth(folder: Path) -> list[dict[str, str | int]]:
    found: list[dict[str, str | int]] = json.loads((folder / "truth.json").read_text())["dumps"]
    return found


def real_pages(folder: Path) -> list[tuple[dict[str, str | int], Listing]]:
    return [(row, read((folder / str(row["file"])).read_bytes(), str(row["file"]))) for row in truth(folder)]


def test_real_seeds_are_read_to_the_last_card(shared_data: Path) -> None:
    pages = real_pages(shared_data / "seeds")
    for row, listing in pages:
        assert len(listing.papers) == row["listed"]
        assert listing.papers[0].title == row["first"]
        assert listing.papers[-1].title == row["last"]
        assert sum(paper.author_count is not None for paper in listing.papers) == row["with_author_count"]
        assert not listing.rejects
    marked = pages[1][1].papers
    assert sum(paper.published is not None for paper in marked) == 28
    assert [paper.comments for paper in marked if paper.comments] == [2, 1]


def test_real_days_are_read_to_the_last_card(shared_data: Path) -> None:
    for row, listing in real_pages(shared_data / "hf-daily"):
        assert (len(listing.papers), listing.rejects) == (row["listed"], ())
        assert (listing.listed_on.isoformat(), listing.date_from) == (row["listed_on"], "file name")
        assert all(paper.abstract for paper in listing.papers)


def test_real_formats_are_read_whole(shared_data: Path) -> None:
    markdown = read((shared_data / "formats" / "huggingface-markdown.md").read_bytes())
    assert [paper.ids[0].value for paper in markdown.papers] == ["2605.08583", "2403.01774"]
    assert [(p.upvotes, p.comments, p.author_count) for p in markdown.papers] == [(1, 1, None), (None, None, 9)]
    trending = read((shared_data / "formats" / "huggingface-trending.txt").read_bytes())
    assert len(trending.papers) == 3
    assert len(set(texts(trending.papers))) == 2


def reprinted(listing: Listing, seed: int) -> list[PrintedCard]:
    """The cards of a real page with invented marks, to be printed in another shape."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    return [
        PrintedCard(
            paper.title,
            (paper.abstract or "",),
            authors=chance.randint(1, 30),
            organisation=chance.choice([None, "Harbour Institute", "inclusionAI"]),
            day=chance.choice(["Oct 16, 2023", "Jun 12"]),
            comments=chance.choice([None, 3]),
            upvotes=chance.choice(["-", "1", "12"]),
            arxiv=f"2605.{20000 + number}",
        )
        for number, paper in enumerate(listing.papers)
    ]


@pytest.mark.parametrize(
    ("shape", "share"),  # of cards whose title and abstract are both exact, a card without its abstract among them
    [
        (Shape(), 0.995),
        (Shape(blanks="none"), 0.995),
        (Shape(blanks="none", marks=True), 0.995),
        (Shape(blanks="none", marks=True, upvotes=True), 0.995),
        (Shape(links="markdown", marks=True, upvotes=True), 0.999),
        (Shape(blanks="blocks", width=80), 0.995),
        (Shape(blanks="blocks", width=64), 0.99),
        (Shape(blanks="cards", width=80), 0.99),
        (Shape(blanks="blocks", width=120, links="references", marks=True, upvotes=True), 0.999),
        (Shape(blanks="none", width=80, links="addresses", marks=True), 0.98),
        (Shape(blanks="none", width=80, line_ends="inner"), 0.99),
        (Shape(blanks="none", width=80, marks=True), 0.96),
        (Shape(blanks="none", width=80), 0.93),  # nothing but the words and the room left in a line tells
    ],
)
def test_real_cards_are_recovered_from_other_shapes(shared_data: Path, shape: Shape, share: float) -> None:
    right = total = 0
    for seed, path in enumerate(
        [*(shared_data / "seeds").glob("*.txt"), *sorted((shared_data / "hf-daily").glob("*.txt"))[::6]]
    ):
        cards = reprinted(read(path.read_bytes(), path.name), seed)
        gone = seed % len(cards)
        cards[gone] = replace(cards[gone], paragraphs=())
        want = printed(cards)
        found = texts(read(render(cards, shape)).papers)
        right += sum(one in found for one in want)
        total += len(want)
    assert right / total >= share, f"{right} of {total}"


@settings(max_examples=15)
@given(st.data())
def test_damage_to_a_real_page_ends_as_a_listing_or_a_refusal(data: st.DataObject) -> None:
    page = bytearray(render(CARDS, data.draw(EASY)).encode())
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(page)))
        page[at : at + data.draw(st.integers(0, 200))] = data.draw(st.binary(max_size=20))
    with suppress(UnreadableDump):
        read(bytes(page))
