"""Search on the web: what the page says and leads to, and that any search is a feed with the entries of all feeds."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import quote

import feedparser
import pytest

from digest.models import Fetched, ListedPaper, Listing
from tests.commandline import LARCH, MAPLE, NUTMEG
from tests.fakes import DAY, Place, card, page
from tests.sites import BASE, OWN, Site, links, published

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(published(tmp_path_factory.mktemp("site"))) as one:
        yield one


def titles(site: Site, query: str) -> list[str]:
    """Those that a search lists, in its order."""
    found = re.findall(r'<h3 dir="auto"><a [^>]*>(.*?)</a></h3>', site.get(f"/search?{query}").text)
    return [re.sub(r"</?mark>", "", one) for one in found]


def test_what_was_found_is_marked_and_leads_to_its_page(site: Site) -> None:
    text = site.get("/search?q=larch").text
    assert "The <mark>Larch</mark> Method for Patient Readers" in text
    assert "in the case of <mark>Larch</mark>" in text
    assert "1 paper" in text
    (own,) = (one for one in links(text, f"{BASE}/search") if one.startswith("/papers/"))
    assert "Larch" in site.get(own).text
    assert '<a href="editions/daily/1.html#p' in text


def test_words_that_look_like_markup_stay_words(site: Site) -> None:
    text = site.get(f"/search?q={quote('<script>alert(1)</script> larch')}").text
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_titles_and_abstracts_that_look_like_markup_stay_words(tmp_path: Path) -> None:
    place = Place(tmp_path, OWN)
    abstract = "We compare a < b & c > d, and call it <script>alert(1)</script> in the end."
    place.day(page(("Of <img src=x> and of & Signs", abstract), day="Nov 17"))
    with Site(place) as site:
        text = site.get("/search?q=signs+script+img").text
    assert "Of &lt;<mark>img</mark> src=x&gt; and of &amp; <mark>Signs</mark>" in text
    assert "&lt;<mark>script</mark>&gt;" in text
    assert "<script" not in text
    assert "<img" not in text


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=patient&topic=generation", ["Otter"]),
        ("q=topic:generation", ["Otter"]),
        ("q=&topic=generation", ["Otter"]),
        ("q=patient&from=2026-11-18&to=2026-11-18", []),
        ("q=patient&to=2026-11-17", ["Maple", "Larch"]),
        ("q=-otter&from=2026-11-18", ["Nutmeg"]),
        ("q=larch+OR+nutmeg&sort=new", ["Nutmeg", "Larch"]),
        ("q=patient&topic=nowhere&to=2026-11-17", ["Maple", "Larch"]),
    ],
)
def test_filters_leave_what_they_name(site: Site, query: str, names: list[str]) -> None:
    assert [title.split()[1] for title in titles(site, query)] == names


def test_nothing_is_listed_before_something_is_asked(site: Site) -> None:
    assert titles(site, "") == titles(site, "q=") == titles(site, "q=***") == []
    assert "How to ask" in site.get("/search").text


def test_the_examples_of_the_page_are_understood(site: Site) -> None:
    examples = [one for one in links(site.get("/search").text, f"{BASE}/search") if one.startswith("/search?")]
    assert len(examples) == 3
    for one in examples:
        assert 'class="remarks"' not in site.get(one).text


def test_what_was_not_understood_is_said_beside_what_was_found(site: Site) -> None:
    text = site.get(f"/search?q={quote('larch titel:x OR')}&from=today").text
    assert re.findall(r'<li dir="auto">(There|OR|“today”)', text) == ["There", "OR", "“today”"]
    assert titles(site, f"q={quote('larch OR')}&from=today") == [LARCH[0]]


def test_the_form_keeps_what_was_asked(site: Site) -> None:
    text = site.get("/search?q=%22tool+use%22&topic=llm&from=2026-11-01&sort=new").text
    assert 'value="&#34;tool use&#34;"' in text
    assert '<option value="llm" selected>' in text
    assert 'value="2026-11-01"' in text
    assert '<option value="new" selected>' in text


def test_a_search_is_leafed_through_page_by_page(tmp_path_factory: pytest.TempPathFactory) -> None:
    place = Place(tmp_path_factory.mktemp("many"), OWN)
    place.day(page(*(card(f"Number{number}") for number in range(45)), day="Nov 17"))
    with Site(place) as site:
        found, path, pages = [], "/search?q=patient&sort=new", 0
        while path and pages < 9:
            text = site.get(path).text
            found += re.findall(r"Method", "".join(re.findall(r"<h3.*?</h3>", text)))
            pages += 1
            path = next(iter(re.findall(r'<a rel="next" href="([^"]*)"', text)), "").replace("&amp;", "&")
            path = f"/{path}" if path else ""
        assert (pages, len(found)) == (3, 45)
        assert "page 3 of 3" in text
        assert 'rel="prev" href="search?q=patient&amp;sort=new&amp;page=2"' in text
        assert 'rel="prev" href="search?q=patient&amp;page=3"' in site.get("/search?q=patient&page=40").text
        for odd in ("0", "-3", "x", "٣", "99999999999999999999", "1e3"):
            assert "page 1 of 3" in site.get(f"/search?q=patient&page={quote(odd)}").text


# --- any search is a feed -----------------------------------------------------------------------------------------


def entries(text: str) -> dict[str, str]:
    """Titles by the ids of a feed's entries."""
    feed = feedparser.parse(text)
    assert not feed.bozo
    return {entry.id: entry.title for entry in feed.entries}


def test_a_search_is_a_feed_with_the_entries_that_other_feeds_have(site: Site) -> None:
    reply = site.get("/search.atom?q=patient+-otter")
    assert reply.headers["content-type"] == "application/atom+xml"
    others = entries(site.get("/feeds/all.atom").text)
    found = entries(reply.text)
    assert sorted(found.values()) == sorted([LARCH[0], MAPLE[0], NUTMEG[0]])
    assert found.items() <= others.items()
    one = next(iter(found))
    whole = re.compile(rf"<entry>\s*<id>{one}</id>.*?</entry>", re.DOTALL)
    assert whole.findall(reply.text) == whole.findall(site.get("/feeds/all.atom").text)


def test_a_feed_of_a_search_has_the_newest_first_and_says_where_it_is(site: Site) -> None:
    feed = feedparser.parse(site.get("/search.atom?q=patient&topic=health&sort=new&page=7").text)
    times = [entry.published for entry in feed.entries]
    assert times == sorted(times, reverse=True)
    assert feed.feed.id.startswith("urn:uuid:")
    ways = {link.rel: link.href for link in feed.feed.links}
    assert ways == {
        "self": f"{BASE}/search.atom?q=patient&topic=health",
        "alternate": f"{BASE}/search?q=patient&topic=health",
    }
    assert feed.feed.id == feedparser.parse(site.get("/search.atom?topic=health&q=+patient").text).feed.id
    assert feed.feed.id != feedparser.parse(site.get("/search.atom?q=patient").text).feed.id


def test_a_feed_that_has_not_changed_is_answered_without_a_body(site: Site) -> None:
    first = site.get("/search.atom?q=larch")
    again = site.get("/search.atom?q=larch", if_none_match=f'"other", W/{first.headers["etag"]}')
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert site.get("/search.atom?q=maple", if_none_match=first.headers["etag"]).status == 200


def test_a_page_of_results_offers_its_feed(site: Site) -> None:
    text = site.get("/search?q=larch&sort=new&page=1").text
    assert re.search(
        r'<link rel="alternate" type="application/atom\+xml" title="[^"]*larch[^"]*" href="search\.atom\?q=larch">',
        text,
    )
    assert "search.atom" not in site.get("/search").text


def test_a_feed_without_a_search_is_empty_and_well_formed(site: Site) -> None:
    assert entries(site.get("/search.atom").text) == {}
    assert entries(site.get("/search.atom?q=zeppelin").text) == {}


def test_a_feed_tells_nothing_that_no_edition_announced(tmp_path_factory: pytest.TempPathFactory) -> None:
    place = Place(tmp_path_factory.mktemp("baseline"), OWN.replace(f'base_url = "{BASE}"\n', ""))
    place.day(page(LARCH, day="Nov 17"))
    with place.desk() as desk:
        sha256, _ = desk.store.dumps.own(*taken(page(MAPLE, day="Nov 10").encode()), now=DAY, baseline=True)
        desk.store.take_in(sha256, listing_of(MAPLE), DAY)
        desk.store.search.refresh()
    with Site(place) as site:
        assert sorted(titles(site, "q=patient")) == sorted([LARCH[0], MAPLE[0]])
        reply = site.get("/search.atom?q=patient")
        assert list(entries(reply.text).values()) == [LARCH[0]]
        assert 'rel="self"' not in reply.text
        assert "listed\u00a010\u00a0Nov" in site.get("/search?q=maple").text.replace(" ", "\u00a0")


def test_a_feed_reaches_behind_what_no_edition_announced(tmp_path: Path) -> None:
    place = Place(tmp_path, OWN)
    place.day(page(LARCH, day="Nov 17"))
    with place.desk() as desk:
        sha256, _ = desk.store.dumps.own(*taken(b"many"), now=DAY, baseline=True)
        many = tuple(ListedPaper(*card(f"Number{number}")) for number in range(60))
        desk.store.take_in(sha256, Listing("test", date(2026, 11, 18), "header", many), DAY)
        desk.store.search.refresh()
    with Site(place) as site:
        assert list(entries(site.get("/search.atom?q=patient").text).values()) == [LARCH[0]]


def taken(body: bytes) -> tuple[Fetched, str]:
    return Fetched("old.txt", body), "dumps"


def listing_of(one: tuple[str, str]) -> Listing:
    return Listing("test", date(2026, 11, 10), "header", (ListedPaper(*one),))
