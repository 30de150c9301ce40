from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import UnreadableDump
from digest.models import Dump, Identifier
from digest.parsers.huggingface_api import parse, recognise

if TYPE_CHECKING:
    from digest.models import Listing

NOW = datetime(2026, 11, 20, 7, tzinfo=UTC)
PAPER: dict[str, Any] = {
    "id": "2611.00001",
    "title": "Counting Moths\nat Night",
    "summary": "Counting insects is slow.\nWe count them with lamps.",
    "authors": [{"_id": "a", "name": "Ada Example", "hidden": False}, {"name": "Bo Sample"}],
    "publishedAt": "2026-11-18T20:08:11.000Z",
    "submittedOnDailyAt": "2026-11-19T01:12:00.000Z",
    "upvotes": 41,
    "organization": {"name": "harbour", "fullname": "Harbour Institute"},
}
ITEM: dict[str, Any] = {"paper": PAPER, "title": "Counting Moths at Night", "numComments": 6, "publishedAt": None}


def read(answer: object, name: str = "daily.json") -> Listing:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return parse(Dump("0" * 64, name, body, NOW, source="huggingface"))


def test_item_says_everything() -> None:
    (paper,) = read([ITEM]).papers
    assert paper.title == "Counting Moths at Night"
    assert paper.abstract == "Counting insects is slow. We count them with lamps."
    assert paper.authors == ("Ada Example", "Bo Sample")
    assert (paper.author_count, paper.comments, paper.upvotes) == (2, 6, 41)
    assert paper.organisation == "Harbour Institute"
    assert paper.published == date(2026, 11, 18)
    assert paper.url == "https://huggingface.co/papers/2611.00001"
    assert paper.ids == (Identifier("arxiv", "2611.00001"),)


def test_answer_to_a_search_is_a_list_of_papers_alone() -> None:
    (paper,) = read([PAPER]).papers
    assert (paper.title, paper.upvotes, paper.comments) == ("Counting Moths at Night", 41, None)


def test_paper_that_is_not_on_arxiv_is_named_by_the_site() -> None:
    (paper,) = read([{"paper": PAPER | {"id": "moth-report"}}]).papers
    assert paper.ids == (Identifier("huggingface", "moth-report"),)
    assert paper.url == "https://huggingface.co/papers/moth-report"


def test_what_is_not_said_is_not_known() -> None:
    (paper,) = read([{"paper": {"title": "Only This"}}]).papers
    assert (paper.abstract, paper.authors, paper.author_count, paper.comments) == (None, (), None, None)
    assert (paper.upvotes, paper.url, paper.ids, paper.published) == (None, None, (), None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"upvotes": -1, "numComments": "6", "publishedAt": "soon", "authors": "Ada"},
        {"upvotes": True, "summary": ["x"], "id": 7, "authors": [{"name": 3}, None]},
        {"upvotes": 1e400, "summary": None, "id": "../../etc", "organization": "x"},
    ],
)
def test_value_of_the_wrong_type_is_not_there(wrong: dict[str, Any]) -> None:
    (paper,) = read([PAPER | wrong]).papers
    assert (paper.upvotes, paper.comments, paper.ids if "id" in wrong else ()) == (None, None, ())


# --- the day ----------------------------------------------------------------------------------------------------


def test_day_in_the_name_wins() -> None:
    listing = read([ITEM], "2026-11-20.json")
    assert (listing.listed_on, listing.date_from) == (date(2026, 11, 20), "file name")


def test_without_it_the_day_is_the_latest_that_a_paper_was_listed_on() -> None:
    older = {"paper": PAPER | {"submittedOnDailyAt": "2026-11-10T01:12:00.000Z"}}
    later = {"paper": PAPER | {"submittedOnDailyAt": "2199-01-01T00:00:00.000Z"}}
    listing = read([older, ITEM, later])
    assert (listing.listed_on, listing.date_from) == (date(2026, 11, 19), "cards")


def test_empty_list_is_a_day_without_papers() -> None:
    listing = read([])
    assert (listing.papers, listing.rejects) == ((), ())
    assert (listing.listed_on, listing.date_from) == (NOW.date(), "retrieved")


# --- damage -----------------------------------------------------------------------------------------------------


def test_item_without_a_title_is_a_reject_at_its_place() -> None:
    listing = read([ITEM, {"paper": {"id": "2611.00002"}}, "x"])
    assert len(listing.papers) == 1
    assert [(reject.line, reject.why) for reject in listing.rejects] == [
        (2, "no paper: it has no title"),
        (3, "no paper: it has no title"),
    ]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"error": "Too many requests"}', 'it says "Too many requests"'),
        (b'{"papers": []}', "no list of papers"),
        (b'[{"paper": {"title": "Cut', "its JSON is broken"),
        (b"[1, 2]", "lists no papers"),
        (b"[" * 100_000, "its JSON is broken"),
        (b'"\\ud800"', "no list of papers"),
        (b"[" + b"9" * 5000 + b"]", "its JSON is broken"),
    ],
)
def test_any_other_json_is_unreadable_and_says_why(body: bytes, says: str) -> None:
    with pytest.raises(UnreadableDump, match=r"daily\.json") as fault:
        read(body)
    assert says in str(fault.value)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*PAPER, *ITEM]), inner, max_size=6),
    max_leaves=20,
)


@given(st.lists(VALUES, max_size=5))
def test_every_item_is_a_paper_or_a_reject(answer: list[object]) -> None:
    try:
        listing = read(answer)
    except UnreadableDump:
        return
    assert len(listing.papers) + len(listing.rejects) == len(answer)
    assert all(paper.title for paper in listing.papers)


@pytest.mark.parametrize(
    "day", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-13-01", "", "2026" * 99]
)
def test_day_that_no_calendar_holds_is_none(day: str) -> None:
    (paper,) = read([{"paper": PAPER | {"publishedAt": day}}]).papers
    assert paper.published is None


# --- choosing ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [[ITEM], [PAPER], [], [ITEM | {"title": "a" * 500}]])
def test_answer_is_known_by_its_beginning(answer: list[object]) -> None:
    assert "JSON list" in recognise(json.dumps(answer, indent=1))


@pytest.mark.parametrize("text", ['{"paper": 1}', '["paper"]', "paper", '[{"name": "x"}]', "[1]"])
def test_other_texts_are_not(text: str) -> None:
    assert recognise(text) == ""
