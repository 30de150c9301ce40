"""Real pages, read and printed again in other shapes; they are beside the checkout, and nothing of them is in it."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.listings import PrintedCard, Shape, printed, read, render, texts

if TYPE_CHECKING:
    from pathlib import Path

    from digest.models import Listing


def truth(folder: Path) -> list[dict[str, str | int]]:
    found: list[dict[str, str | int]] = json.loads((folder / "truth.json").read_text())["dumps"]
    return found


def real_pages(folder: Path) -> list[tuple[dict[str, str | int], Listing]]:
    return [(row, real_page(folder / str(row["file"]))) for row in truth(folder)]


@cache
def real_page(path: Path) -> Listing:
    """A page as it was saved, read once for all the shapes that it is printed in."""
    return read(path.read_bytes(), path.name)


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
    bare = 0
    for row, listing in real_pages(shared_data / "hf-daily"):
        assert (len(listing.papers), listing.rejects) == (row["listed"], ())
        assert (listing.listed_on.isoformat(), listing.date_from) == (row["listed_on"], "file name")
        bare += sum(paper.abstract is None for paper in listing.papers)
    assert bare == 190  # of 2,131: a comment of a robot stands in place of an abstract


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
            (paper.abstract,),
            authors=chance.randint(1, 30),
            organisation=chance.choice([None, "Harbour Institute", "inclusionAI"]),
            day=chance.choice(["Oct 16, 2023", "Jun 12"]),
            comments=chance.choice([None, 3]),
            upvotes=chance.choice(["-", "1", "12"]),
            arxiv=f"2605.{20000 + number}",
        )
        for number, paper in enumerate(listing.papers)
        if paper.abstract
    ]


@pytest.mark.parametrize(
    ("shape", "share"),  # of cards whose title and abstract are both exact; a card of each page has no abstract
    [
        (Shape(), 0.998),
        (Shape(blanks="none"), 0.998),
        (Shape(blanks="none", marks=True), 1.0),
        (Shape(blanks="none", marks=True, upvotes=True), 1.0),
        (Shape(blanks="cards"), 1.0),
        (Shape(links="headings"), 1.0),
        (Shape(links="markdown", marks=True, upvotes=True), 1.0),
        (Shape(links="addresses"), 0.998),
        (Shape(blanks="blocks", width=120, links="references", marks=True, upvotes=True), 1.0),
        (Shape(blanks="blocks", width=80), 0.995),
        (Shape(blanks="blocks", width=64), 0.995),
        (Shape(blanks="blocks", width=80, broken=True), 0.995),
        (Shape(blanks="cards", width=80), 0.995),
        (Shape(blanks="none", width=80, links="addresses", marks=True), 0.995),
        (Shape(blanks="none", width=80, line_ends="inner"), 0.995),
        (Shape(blanks="none", width=80, marks=True), 0.995),
        # Here nothing but words and the room left in a line tells, and abstracts hold lists of titles.
        (Shape(blanks="all", width=100), 0.97),
        (Shape(blanks="none", width=80), 0.965),
        (Shape(blanks="none", width=64), 0.94),
    ],
)
def test_real_cards_are_recovered_from_other_shapes(shared_data: Path, shape: Shape, share: float) -> None:
    right = total = 0
    for seed, path in enumerate(
        [*sorted((shared_data / "seeds").glob("*.txt")), *sorted((shared_data / "hf-daily").glob("*.txt"))[::30]]
    ):
        cards = reprinted(real_page(path), seed)
        gone = seed % len(cards)
        cards[gone] = replace(cards[gone], paragraphs=())
        want = printed(cards)
        found = texts(read(render(cards, shape)).papers)
        right += sum(one in found for one in want)
        total += len(want)
    assert right / total >= share, f"{right} of {total}"


@pytest.mark.parametrize("shape", [Shape(), Shape(blanks="none", width=64), Shape(blanks="blocks", width=72)])
def test_no_word_of_a_real_page_is_lost_or_moved_whatever_is_taken_for_a_title(shared_data: Path, shape: Shape) -> None:
    for path in sorted((shared_data / "seeds").glob("*.txt")):
        cards = reprinted(real_page(path), 0)
        listing = read(render(cards, shape))
        assert words(texts(listing.papers)) == words(printed(cards))
        assert not listing.rejects


def words(pairs: list[tuple[str, str | None]]) -> list[str]:
    return [word for title, abstract in pairs for word in f"{title} {abstract or ''}".split()]
