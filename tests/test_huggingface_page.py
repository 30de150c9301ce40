"""The Hugging Face page family: every shape of it is read alike, with its marks and its text that looks like marks."""

from __future__ import annotations

import itertools
from dataclasses import astuple, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest

from digest.models import Identifier
from tests.listings import (
    CARDS,
    HEADER,
    Blanks,
    LineEnds,
    Links,
    Shape,
    facts,
    printed,
    printed_facts,
    read,
    render,
    texts,
)

if TYPE_CHECKING:
    from digest.models import Listing

DATA = Path(__file__).parent / "data"
TOP = "\n".join(HEADER) + "\n"
ABSTRACT = CARDS[0].paragraphs[0]
OTHER = CARDS[5].paragraphs[0]


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


def test_long_page_is_read_to_its_end() -> None:
    cards = CARDS * 70  # more lines than are weighed at once
    listing = read(render(cards, Shape(blanks="blocks", width=72)))
    assert texts(listing.papers) == printed(cards)


@pytest.mark.parametrize("blanks", ["cards", "blocks"])
@pytest.mark.parametrize("width", [60, 72, 80])
def test_page_with_words_broken_at_their_hyphens_is_read_alike(blanks: Blanks, width: int) -> None:
    assert texts(read(render(CARDS, Shape(blanks=blanks, width=width, broken=True))).papers) == printed(CARDS)


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
        ("GitHub 3,290, arXiv Page | Project Page", {}),
        ("4 authors\n[3](/papers/2605.10001#community)", {"author_count": 4, "comments": 3}),
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


def test_title_right_after_submitted_by_is_no_name() -> None:
    title = "Counting Moths at Night: A Small Network for Lamps"
    page = f"{TOP}Submitted by\n{title}\n{ABSTRACT}\nSubmitted by\nmoonkeeper\nWeaving without a Loom\n{OTHER}\n"
    assert [paper.title for paper in read(page).papers] == [title, "Weaving without a Loom"]


def test_dash_without_a_link_is_no_upvotes_where_they_have_links() -> None:
    page = (
        f"{TOP}[12](/login?next=%2Fpapers%2F2605.10001)\n-\nCounting Moths at Night\n{ABSTRACT}\n3 authors\n·\nMay 8\n"
    )
    assert read(page).papers[0].upvotes == 12


def test_upvotes_are_read_beside_a_link_in_an_abstract() -> None:
    page = f"{TOP}-\nMoths at Night\nSee [the lamps](https://example.org). {ABSTRACT}\n3 authors\n·\nMay 8 3\n12\nWeaving\n{OTHER}\n"
    assert [(paper.upvotes, paper.comments) for paper in read(page).papers] == [(None, 3), (12, None)]


def test_address_of_a_model_ends_an_abstract_among_addresses_of_the_page() -> None:
    model = "https://huggingface.co/teahouse/kettle-7b"
    cards = [
        replace(card, paragraphs=(*card.paragraphs, f"Models:\n{model}"), organisation="Teahouse") for card in CARDS[:3]
    ]
    page = render(cards, Shape(blanks="none", links="addresses", marks=True))
    papers = read(page.replace("Teahouse\n", "Teahouse\nhttps://huggingface.co/teahouse\n")).papers
    assert [paper.organisation for paper in papers] == ["Teahouse"] * 3
    assert [paper.abstract for paper in papers] == [
        f"{' '.join(card.paragraphs)} Models: {model}" for card in CARDS[:3]
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
        "https://huggingface.co/papers/2605.10001",
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


def test_header_without_a_date_ends_before_the_first_card() -> None:
    page = render(CARDS, Shape(blanks="blocks", width=80)).replace("Dec 9\n", "")
    listing = read(page)
    assert texts(listing.papers) == printed(CARDS)
    assert listing.date_from == "retrieved"


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
