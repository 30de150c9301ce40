"""JSON Feeds, all of them invented."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import UnreadableDump
from digest.models import Dump, Identifier, Listing
from digest.parsers.feeds.json_feed import NAME, parse, recognise

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
ITEM: dict[str, Any] = {
    "id": "https://gulls.example/1",
    "url": "https://gulls.example/1",
    "title": "Counting\nGulls",
    "summary": "We count gulls.",
    "content_html": "<p>All of it.</p>",
    "date_published": "2026-11-19T23:30:00-05:00",
    "authors": [{"name": "Ada Example", "url": "https://gulls.example/ada"}, {"name": "Bo Sample"}, {"url": "x"}, 3],
    "tags": ["gulls", "counting", "gulls", 7],
}


def feed(*items: object, **more: object) -> dict[str, object]:
    return {"version": "https://jsonfeed.org/version/1.1", "title": "Gull Letters", "items": list(items)} | more


def read(answer: object, name: str = "feed.json") -> Listing:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return parse(Dump("0" * 64, name, body, NOW, "tests"))


def refused(answer: object) -> str:
    with pytest.raises(UnreadableDump) as fault:
        read(answer)
    return str(fault.value)


def test_item_says_everything() -> None:
    listing = read(feed(ITEM))
    (paper,) = listing.papers
    assert (listing.parser, listing.listed_on, listing.date_from) == (NAME, NOW.date(), "retrieved")
    assert (paper.title, paper.abstract) == ("Counting Gulls", "We count gulls.")
    assert paper.authors == ("Ada Example", "Bo Sample")
    assert (paper.published, paper.day) == (date(2026, 11, 20), date(2026, 11, 20))
    assert paper.url == "https://gulls.example/1"
    assert paper.ids == (Identifier("guid", "https://gulls.example/1"),)
    assert paper.categories == ("gulls", "counting")


def test_author_of_version_1_is_read() -> None:
    item = {
        "id": 7,
        "content_text": "We count gulls.",
        "author": {"name": "Ada Example"},
        "url": "https://gulls.example/7",
    }
    (paper,) = read(feed(item, version="https://jsonfeed.org/version/1")).papers
    assert (paper.title, paper.authors) == ("We count gulls.", ("Ada Example",))
    assert paper.ids == (Identifier("guid", "gulls.example:7"),)


def test_external_address_names_the_paper() -> None:
    (paper,) = read(feed(ITEM | {"external_url": "https://arxiv.org/abs/2611.01234v2"})).papers
    assert paper.ids == (Identifier("arxiv", "2611.01234"),)
    assert paper.url == "https://gulls.example/1"


def test_html_becomes_text() -> None:
    item = {
        "id": "urn:x:1",
        "title": "A <b>bold</b> claim",
        "content_html": "<p>One.</p><script>x</script><p>Two &amp; three.</p>",
    }
    (paper,) = read(feed(item)).papers
    assert (paper.title, paper.abstract) == ("A bold claim", "One. Two & three.")


def test_relative_address_is_taken_from_the_feed() -> None:
    listing = read(feed({"title": "Gulls", "url": "/7"}, feed_url="https://gulls.example/feed.json"))
    assert listing.papers[0].url == "https://gulls.example/7"


@pytest.mark.parametrize("url", ["java\nscript:alert(1)", "file:///etc/passwd", "/7", 7, None, "http:x"])
def test_link_is_one_to_the_web_or_none(url: object) -> None:
    assert read(feed({"title": "Gulls", "url": url})).papers[0].url is None


@pytest.mark.parametrize("said", ["soon", "1500-01-01", "9999-01-01T00:00:00Z", 7, None, ["2026-11-20"]])
def test_day_that_can_not_be_is_none(said: object) -> None:
    assert read(feed({"title": "Gulls", "date_published": said})).papers[0].published is None


def test_items_that_are_none_are_rejected_with_their_place() -> None:
    listing = read(feed(ITEM, {}, "x", None, ITEM | {"title": "x" * 3_000}))
    assert [(reject.line, reject.why) for reject in listing.rejects] == [
        *((place, "no title and no text") for place in (2, 3, 4)),
        (5, "a title of 3,000 characters is none"),
    ]
    assert len(listing.papers) == 1


def test_feed_without_items_is_a_listing_without_papers() -> None:
    listing = read(feed(), "2026-11-18.json")
    assert (listing.papers, listing.listed_on, listing.date_from) == ((), date(2026, 11, 18), "file name")


def test_id_under_two_titles_names_none() -> None:
    listing = read(feed(ITEM, ITEM | {"title": "Terns"}))
    assert [paper.ids for paper in listing.papers] == [(), ()]


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        ({}, "no JSON Feed"),
        ([], "no JSON Feed"),
        (feed(version="2.0"), "no JSON Feed"),
        (feed(items={}), "no list of items"),
        (b"{", "broken"),
        (b"<rss/>", "broken"),
        (feed(items=[0] * 100_001), "more than 100,000 items"),
        (b"[" * 1_000_001, "more than 1,000,000 objects"),
    ],
)
def test_what_is_no_json_feed_is_refused(answer: object, what: str) -> None:
    assert what in refused(answer)


@pytest.mark.parametrize(
    ("sample", "why"),
    [
        (json.dumps(feed()), "it is a JSON Feed"),
        ('\ufeff {"title": "x", "version": "https:\\/\\/jsonfeed.org\\/version\\/1"', "it is a JSON Feed"),
        ('{"version": "1.1"}', ""),
        ('[{"version": "https://jsonfeed.org/version/1.1"}]', ""),
        ("", ""),
    ],
)
def test_beginning_shows_what_it_is(sample: str, why: str) -> None:
    assert recognise(sample) == why


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*ITEM, "author", "name", "external_url"]), inner)
    ),
    max_leaves=12,
)


@settings(deadline=None)  # the machine may be busy
@given(st.lists(VALUES, max_size=4))
def test_any_items_end_as_papers_or_rejects(items: list[object]) -> None:
    listing = read(feed(*items))
    assert len(listing.papers) + len(listing.rejects) == len(items)
    assert all(paper.title for paper in listing.papers)


@settings(deadline=None)  # the machine may be busy
@given(st.binary(max_size=80))
def test_any_bytes_end_as_a_listing_or_a_refusal(body: bytes) -> None:
    with pytest.raises(UnreadableDump):
        read(body)
