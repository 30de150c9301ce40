"""Damage to a page of listed papers: it costs the damaged card at most, and no line ever vanishes."""

from __future__ import annotations

import itertools
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from digest.errors import UnreadableDump
from tests.listings import (
    CARDS,
    HEADER,
    Facts,
    PrintedCard,
    Shape,
    facts,
    printed,
    printed_facts,
    read,
    render,
    texts,
)

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from digest.models import Listing

TOP = "\n".join(HEADER) + "\n"
ABSTRACT = CARDS[0].paragraphs[0]
OTHER = CARDS[5].paragraphs[0]
DATA = Path(__file__).parent / "data"
STEADY = settings(max_examples=40, deadline=None, derandomize=True)


def test_abstract_without_a_title_is_rejected_and_the_next_card_read() -> None:
    listing = read(
        f"{TOP}\n{ABSTRACT}\n\n3 authors\n·\nMay 8\n\nWeaving without a Loom\n\n{OTHER}\n\n2 authors\n·\nMay 9\n"
    )
    assert texts(listing.papers) == [("Weaving without a Loom", OTHER)]
    assert listing.papers[0].author_count == 2
    (reject,) = listing.rejects
    assert (reject.line, reject.text, reject.why) == (9, ABSTRACT, "an abstract whose title is missing")
    assert listing.lines.rejected == 1


def test_page_that_ends_with_an_abstract_whose_title_is_missing_rejects_it() -> None:
    listing = read(f"{TOP}Weaving without a Loom\n{OTHER}\n2 authors\n·\nMay 9\n{ABSTRACT}\n")
    assert texts(listing.papers) == [("Weaving without a Loom", OTHER)]
    assert [reject.text for reject in listing.rejects] == [ABSTRACT]


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


@STEADY
@given(ORDERS, st.integers(1, len(CARDS)), EASY)
def test_any_choice_of_cards_in_any_order_is_read(cards: Sequence[PrintedCard], count: int, shape: Shape) -> None:
    assert facts(read(render(cards[:count], shape)).papers) == printed_facts(cards[:count], shape)


@STEADY
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


@STEADY
@given(ORDERS, st.integers(0, len(CARDS) - 1), st.data(), EASY)
def test_abstract_in_several_paragraphs_stays_one(
    cards: Sequence[PrintedCard], at: int, data: st.DataObject, shape: Shape
) -> None:
    sentences = " ".join(cards[at].paragraphs).split(". ")
    cut = data.draw(st.integers(1, len(sentences) - 1)) if len(sentences) > 1 else 1
    parts = tuple(part for part in (". ".join(sentences[:cut]) + ".", ". ".join(sentences[cut:])) if part.strip("."))
    split = [replace(card, paragraphs=parts) if i == at else card for i, card in enumerate(cards)]
    assert facts(read(render(split, shape)).papers) == printed_facts(split, shape)


@STEADY
@given(ORDERS, st.integers(0, 5000), EASY)
def test_cutting_a_page_never_changes_the_cards_well_before_the_cut(
    cards: Sequence[PrintedCard], cut: int, shape: Shape
) -> None:
    page = render(cards, shape)
    page = page[: page.find(cards[2].title[:12]) + cut]  # two cards at least stay whole
    assume(not page.rstrip().splitlines()[-1].isdecimal())  # upvotes of the next card, or comments on this one
    assert before_the_cut(read(page), cards, shape, page) == printed_before_the_cut(cards, shape, page)


PLAIN = st.builds(Shape, blanks=st.sampled_from(["all", "none", "blocks"]), marks=st.booleans(), upvotes=st.booleans())


@STEADY
@given(ORDERS, st.sets(st.integers(0, 70), max_size=20), PLAIN)
def test_lines_that_are_missing_take_no_other_line_with_them(
    cards: Sequence[PrintedCard], missing: set[int], shape: Shape
) -> None:
    lines = [line for line in render(cards, replace(shape, header=False)).split("\n") if line]
    left = [line for at, line in enumerate(lines) if at not in missing]
    listing = read(TOP + "\n".join(left))
    kept = "\n".join(
        [
            *(f"{paper.title}\n{paper.abstract}\n{paper.organisation}" for paper in listing.papers),
            *(reject.text for reject in listing.rejects),
        ]
    )
    text = {text for card in cards for text in (card.title, *card.paragraphs)}
    assert [line for line in left if line in text and line not in kept] == []


# --- any damage at all ------------------------------------------------------------------------------------------

SAMPLES = [path.read_bytes() for path in sorted(DATA.iterdir())]
SAMPLES += [render(CARDS, shape).encode() for shape in (Shape(marks=True), Shape(blanks="cards", width=72))]
SCRAPS = st.sampled_from(
    [
        b"",
        b"\n",
        b"\n\n",
        b"[",
        b"]",
        b"](",
        b"][9]",
        b"### ",
        b"\\\\",
        b"\r",
        b"\0",
        b"\xff\xfe",
        b"-",
        b"7",
        b"\xc2\xb7",
    ]
)


def accounted(body: bytes) -> None:
    """It is read with all of its lines, or refused; whatever else may be raised is a fault."""
    with suppress(UnreadableDump):
        read(body)


@STEADY
@given(st.sampled_from(SAMPLES), st.data())
def test_changed_bytes_end_as_a_listing_or_a_refusal(sample: bytes, data: st.DataObject) -> None:
    page = bytearray(sample)
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(0, len(page)))
        page[at : at + data.draw(st.integers(0, 60))] = data.draw(SCRAPS | st.binary(max_size=12))
    accounted(bytes(page))


@STEADY
@given(st.sampled_from(SAMPLES), st.randoms(use_true_random=False))
def test_shuffled_lines_end_as_a_listing_or_a_refusal(sample: bytes, chance: random.Random) -> None:
    lines = sample.split(b"\n")
    accounted(b"\n".join(chance.choices(lines, k=len(lines))))


@STEADY
@given(st.binary(max_size=2000))
def test_noise_ends_as_a_listing_or_a_refusal(body: bytes) -> None:
    accounted(body)


@pytest.mark.parametrize(
    "body",
    [
        b"<!---->" * 200 + b"x",
        b"\\\\" + b"\n" * 65_000 + b"Daily Papers",
        b"\n".join(b"GitHub 1,,," * 10 + b"X%d" % at for at in range(30)),
        b"### [a\n" * 5_000,
        b"[\n" * 5_000 + b"][1]\n",
        b"[a\n" * 2_500 + b"x](y)\n" * 2_500,
        b"### [a][1]\n" + b"[x " * 50 + b"\n" + b"][2]\n" * 5_000,
        (b"[" * 590 + b"](a)\n") * 100,
        (b'[a](b "' * 80 + b"\n") * 100,
        b"#" * 100_000 + b"\n" + b"# " * 50_000,
        b"Subscribe" * 20_000 + b"\nDaily Papers\n",
        b"12\n" * 20_000,
        b"Daily Papers\n" + b"Some Words of a Title\n" * 10_000,
        b"Some Words of a Title\nsmall words that follow here\n\n" * 4_000,
        b"https://huggingface.co/papers/2605.10001\n" * 20_000,
    ],
    ids=lambda body: repr(body[:16]),
)
def test_text_that_is_meant_to_take_long_takes_seconds_at_most(body: bytes) -> None:
    begun = perf_counter()
    accounted(body)
    assert perf_counter() - begun < 5
