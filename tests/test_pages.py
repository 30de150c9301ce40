"""Pages: what each says, that their links lead somewhere, and that no text of a paper is ever acted upon."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.models import Headline, Publication, Shelf, Tally, TermCount
from digest.render.feeds import feeds
from digest.render.pages import pages, standalone
from digest.render.pages.frame import feed_links
from digest.render.pages.trends import rising
from tests.mails import paper
from tests.publications import (
    AGENTS,
    BASE,
    FRIDAY,
    HOSTILE,
    LISTINGS,
    MONDAY,
    SITE,
    TEMPLATES,
    WEB,
    by_path,
    created,
    editions,
    headline,
    invented,
    publication,
    with_paper,
)

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

    from digest.models import Paper

VOID = {"meta", "link", "br"}
APART = {"td", "th", "dt", "dd", "title"}  # what a browser sets apart


class Page(HTMLParser):
    """A page as a browser would have it: its tags with their attributes, its words, and whether its tags are balanced."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)
        elif tag == "br":
            self.words.append(" ")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag in APART:
            self.words.append(" ")

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, attribute: str) -> list[str]:
        return [attrs[attribute] for _, attrs in self.tags if attribute in attrs]

    def named(self, name: str) -> list[dict[str, str]]:
        return [attrs for tag, attrs in self.tags if tag == name]

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split()).replace("\xa0", " ")


def written(source: Publication) -> dict[str, str]:
    return by_path(pages(source, TEMPLATES))


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return written(publication())


@pytest.fixture(scope="module")
def html(files: dict[str, str]) -> dict[str, Page]:
    return {path: Page(text) for path, text in files.items() if path.endswith(".html")}


def test_everything_has_its_page(files: dict[str, str]) -> None:
    source = publication()
    assert set(files) == {
        *("index.html", "archive.html", "topics.html", "about.html", "trends.html", "style.css"),
        "archive/2026-11.html",
        *(f"topics/{shelf.topic.id}.html" for shelf in source.shelves),
        *(f"editions/daily/{number}.{kind}" for number in (40, 41, 42) for kind in ("html", "md")),
        *(f"papers/{record.announced.paper.slug}.html" for record in source.papers),
    }


def test_only_pages_that_are_asked_for_are_written_beside_the_overviews() -> None:
    found = written(replace(publication(), editions=(), papers=(), months=frozenset()))
    assert {path.partition("/")[0] for path in found} == {
        "index.html",
        "about.html",
        "trends.html",
        "archive.html",
        "topics.html",
        "style.css",
        "topics",
    }


def test_unchanged_input_gives_unchanged_bytes(files: dict[str, str]) -> None:
    assert written(publication()) == files


def test_no_link_is_dead(html: dict[str, Page]) -> None:
    others = {document.path for document in chain(pages(publication(), TEMPLATES), feeds(publication(), TEMPLATES))}
    for path, page in html.items():
        for href in page.all("href"):
            if href.startswith(("https://", "mailto:", "data:")):
                continue
            target, _, fragment = unquote(href).partition("#")
            there = posixpath.normpath(posixpath.join(posixpath.dirname(path), target)) if target else path
            assert there in others, f"{path}: {href}"
            assert not fragment or fragment in html[there].all("id"), f"{path}: {href}"


def test_no_id_stands_twice_on_a_page(html: dict[str, Page]) -> None:
    for path, page in html.items():
        assert len(page.all("id")) == len(set(page.all("id"))), path


def test_every_page_can_be_read_by_all(html: dict[str, Page]) -> None:
    for path, page in html.items():
        assert len(page.named("h1")) == 1, path
        assert page.named("html") == [{"lang": "en"}]
        assert page.named("a")[0] == {"class": "skip", "href": "#main"}
        assert page.named("main") == [{"id": "main"}]
        assert {"name": "color-scheme", "content": "light dark"} in page.named("meta")
        levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
        assert all(after <= before + 1 for before, after in pairwise(levels)), path


def test_pages_need_nothing_that_a_strict_policy_forbids(html: dict[str, Page]) -> None:
    for path, page in html.items():
        assert not {tag for tag, _ in page.tags} & {"script", "style", "img", "iframe", "form", "base"}, path
        assert not page.all("style")
        assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]
        assert [link["href"] for link in page.named("link") if link["rel"] == "stylesheet"] == [
            "../" * path.count("/") + "style.css"
        ]


def test_every_page_offers_the_feeds(html: dict[str, Page]) -> None:
    for path, page in html.items():
        found = [(link["type"], link["href"]) for link in page.named("link") if link["rel"] == "alternate"]
        assert found[:3] == [(link.type, link.href) for link in feed_links(path, "")]
    own = [link["href"] for link in html["topics/agents.html"].named("link") if "agents" in link["href"]]
    assert own == [f"../feeds/agents.{kind}" for kind in ("rss", "atom", "json")]


@pytest.mark.parametrize(
    ("path", "address"), [("index.html", f"{BASE}/"), ("topics/llm.html", f"{BASE}/topics/llm.html")]
)
def test_address_of_a_page_is_named_only_with_a_web(path: str, address: str, html: dict[str, Page]) -> None:
    canonical = [
        link["href"] for link in Page(written(publication(WEB))[path]).named("link") if link["rel"] == "canonical"
    ]
    assert canonical == [address]
    assert not [link for link in html[path].named("link") if link["rel"] == "canonical"]


# --- the front page ---------------------------------------------------------------------------------------------


def test_front_page_shows_the_latest_edition_by_topic(html: dict[str, Page]) -> None:
    text = html["index.html"].text
    assert "Friday 20 November 2026 No. 42 · 3 papers" in text
    assert "Speech, audio & music 2" in text
    assert "Speech at Three in the Morning" in text
    assert "Read all 3 papers" in text
    assert "Weekdays at 07:00 Berlin." in text
    assert "Latest listing: Friday 20 November 2026. 5 listed: 3 new, 1 known before, 1 printed twice." in text


def test_front_page_shows_quiet_days_and_what_came_before(html: dict[str, Page]) -> None:
    text = html["index.html"].text
    for row in ("Thu 19 Nov quiet 4 listed", "Wed 18 Nov No. 41, 5 papers 7 listed", "Tue 17 Nov quiet 4 listed"):
        assert row in text
    assert "Fri 20 Nov" not in text


def test_front_page_says_that_the_last_listing_was_quiet() -> None:
    text = Page(written(replace(publication(), days=LISTINGS[1:]))["index.html"]).text
    assert "Latest listing: Thursday 19 November 2026, quiet. 4 listed, all known before." in text


def test_listing_without_a_paper_is_a_quiet_day_too() -> None:
    days = (replace(LISTINGS[1], tally=Tally()), *LISTINGS[2:])
    text = Page(written(replace(publication(), days=days))["index.html"]).text
    assert "Latest listing: Thursday 19 November 2026, quiet. Nothing listed." in text
    assert "Thu 19 Nov quiet 0 listed" in text


def test_front_page_of_an_empty_archive_says_so() -> None:
    text = Page(written(Publication(replace(SITE, schedule=None), (), (), (), ()))["index.html"]).text
    assert "No edition yet." in text
    assert "Latest listing" not in text
    assert "Recent days" not in text
    assert "each of them once. No edition" in text


def test_front_page_counts_what_it_does_not_show() -> None:
    topics = tuple((f"t{n}", 30 - n) for n in range(14))
    headline = Headline("daily", "Morning Papers", 1, FRIDAY, created(FRIDAY), papers=400, topics=topics)
    text = Page(written(Publication(SITE, (headline,), (), (), ()))["index.html"]).text
    assert f"Outside the topics {400 - sum(papers for _, papers in topics)}" in text
    assert "And 2 further topics." in text


def test_front_page_shows_the_latest_edition_of_each_digest() -> None:
    source = publication()
    weekly = replace(source.headlines[2], digest="weekly", title="Slow Papers", number=7)
    text = Page(written(replace(source, headlines=(*source.headlines[:2], weekly), editions=()))["index.html"]).text
    assert "Morning Papers Friday 20 November 2026 · No. 42" in text
    assert "Slow Papers Monday 16 November 2026 · No. 7" in text
    assert "Morning Papers, No. 41, 5 papers" in text


def test_charts_are_drawn_only_when_there_are_three_weeks(files: dict[str, str]) -> None:
    source = publication()
    assert files["index.html"].count("<svg") == 1
    young = written(
        replace(source, shelves=tuple(Shelf(one.topic, one.papers, ((MONDAY, 3),), 3) for one in source.shelves))
    )
    assert "<svg" not in young["index.html"] + young["topics/agents.html"]
    assert "3 papers in all, 3 in the latest week." in young["topics/agents.html"]


def test_front_page_looks_as_it_looked(files: dict[str, str], snapshot: SnapshotAssertion) -> None:
    assert files["index.html"] == snapshot


# --- archive, topics --------------------------------------------------------------------------------------------


def test_archive_holds_every_edition_and_every_quiet_day(html: dict[str, Page]) -> None:
    text = html["archive.html"].text
    assert "November 2026 3 editions, 12 new papers, 2 quiet days" in text
    for row in (
        "Fri 20 Nov No. 42, 3 papers 5 3 1 1",
        "Thu 19 Nov quiet 4 0 4 0",
        "Mon 16 Nov No. 40, 4 papers 4 4 0 0",
    ):
        assert row in text


def test_figures_of_a_listing_add_up_in_every_row(html: dict[str, Page]) -> None:
    text = html["archive/2026-11.html"].text.partition("Before:")[0]
    assert "Day Edition Listed New Known Twice" in text
    found = re.findall(r" (\d+) (\d+) (\d+) (\d+)(?= [A-Z]|$)", text)
    assert len(found) >= 3
    for listed, new, known, twice in found:
        assert int(listed) == int(new) + int(known) + int(twice)


def test_month_has_a_page_with_the_ones_beside_it(html: dict[str, Page]) -> None:
    assert html["archive/2026-11.html"].named("h1")
    assert "November 2026 3 editions, 12 new papers, 2 quiet days" in html["archive/2026-11.html"].text
    source = publication()
    older = replace(source.headlines[-1], day=date(2026, 9, 30), number=7)
    found = written(replace(source, headlines=(*source.headlines, older), editions=(), papers=()))
    assert 'href="../archive/2026-11.html">After: November 2026' in found["archive/2026-09.html"]
    assert 'href="../archive/2026-09.html">Before: September 2026' in found["archive/2026-11.html"]
    assert 'href="archive/2026-09.html">September 2026' in found["archive.html"]


def test_search_and_form_stand_only_where_something_answers_them() -> None:
    source = publication()
    for web, joins in ((False, False), (True, False), (True, True)):
        found = written(replace(source, site=replace(source.site, web=web, joins=joins)))
        for path, text in found.items():
            if path.endswith(".html"):
                assert ('role="search"' in text) == web, path
                assert ('method="post"' in text) == (joins and path == "index.html"), path
                root = "../" * path.count("/")
                assert (f'action="{root}search"' in text) == web


def test_about_says_what_there_is_and_names_no_address_that_nobody_has() -> None:
    source = publication()
    text = Page(written(source)["about.html"]).text
    assert "papers in 3 editions since" in text
    lonely = replace(source, site=replace(source.site, owner="reader@localhost"))
    assert "Who makes it" not in written(lonely)["about.html"]


def test_month_counts_a_paper_once_that_two_digests_announced() -> None:
    source = publication()
    weekly = tuple(replace(one, digest="weekly", title="Slow Papers") for one in source.headlines)
    text = Page(written(replace(source, headlines=(*source.headlines, *weekly), editions=()))["archive.html"]).text
    assert "November 2026 6 editions, 12 new papers, 2 quiet days" in text
    assert "Slow Papers, No. 42, 3 papers" in text


def test_edition_is_as_large_everywhere_as_what_it_shows() -> None:
    whole = publication()
    counting = replace(editions()[2], others="count")
    counted = replace(headline(counting), papers=2, outside=2)
    found = written(replace(whole, headlines=(*whole.headlines[:2], counted), editions=(counting,)))
    assert "2 new papers, 2 outside the topics" in Page(found["editions/daily/40.html"]).text
    assert "No. 40 · 2 new papers, 2 outside the topics · " in found["editions/daily/40.md"]
    assert "No. 40, 2 papers, 2 outside the topics" in Page(found["archive.html"]).text
    assert "No. 40, 2 papers, 2 outside the topics" in Page(found["index.html"]).text
    front = Page(written(replace(whole, headlines=(counted,), editions=()))["index.html"]).text
    assert "No. 40 · 2 papers" in front
    assert "Outside the topics 2" in front
    assert "Read all 2 papers" in front
    assert "Knots, Counted" not in standalone(counting, SITE, TEMPLATES)
    assert "Knots, Counted" in standalone(replace(counting, others="titles"), SITE, TEMPLATES)


def test_archive_without_anything_says_so() -> None:
    assert "Nothing yet." in Page(written(Publication(SITE, (), (), (), ()))["archive.html"]).text


def test_topics_are_listed_in_their_order_with_their_numbers(html: dict[str, Page]) -> None:
    text = html["topics.html"].text
    rows = re.findall(
        r"(Agents & tool use|Large language models|Silent films)[^\d]*(?:\d+ papers.*?latest\. )?(\d+) (\d+) RSS", text
    )
    assert [row[0] for row in rows] == ["Agents & tool use", "Large language models", "Silent films"]
    assert rows[2][1:] == ("0", "0")
    assert "Papers per week since Monday 2 November 2026" in text


def test_topic_explains_its_rule_in_words(html: dict[str, Page]) -> None:
    agents, llm, silent = (html[f"topics/{name}.html"].text for name in ("agents", "llm", "silent"))
    assert "One of these in the title, or two of them in the abstract, is enough: tool use, web agent*" in agents
    assert "These only add weight: planning" in agents
    assert "These phrases are left out of account: travel agent" in agents
    assert "One of these in the title is enough: prompt*" in llm
    assert "Or the source files it under: cs.CL" in llm
    assert "Nothing: this topic has no terms." in silent


def test_topic_shows_its_chart_also_as_a_table(html: dict[str, Page]) -> None:
    page = html["topics/agents.html"]
    assert "9 papers in all, 5 in the latest week." in page.text
    assert "Monday 16 November 2026 5 Monday 9 November 2026 3 Monday 2 November 2026 1" in page.text
    assert len(page.named("rect")) == 3


def test_silent_topic_has_a_page_and_an_empty_chart(html: dict[str, Page]) -> None:
    assert "0 papers in all, 0 in the latest week." in html["topics/silent.html"].text
    assert "Latest papers" not in html["topics/silent.html"].text


def test_topic_before_the_first_paper_of_all_has_no_chart() -> None:
    source = Publication(SITE, (), (), (), (Shelf(AGENTS, (), (), 0),))
    found = written(source)
    assert "No papers yet." in Page(found["topics/agents.html"]).text
    assert "<svg" not in found["topics/agents.html"] + found["topics.html"]


def test_topic_lists_papers_with_their_editions(html: dict[str, Page]) -> None:
    page = html["topics/speech.html"]
    assert "No. 42, 20 Nov 2026" in page.text
    assert "../editions/daily/42.html#p1" in page.all("href")


def test_topic_that_shows_its_latest_papers_says_of_how_many(html: dict[str, Page]) -> None:
    page = html["topics/agents.html"]
    assert "Latest papers 5 of 9" in page.text
    assert "These are the latest 5 of 9. The others are in the editions before." in page.text
    source = publication()
    whole = replace(source.shelves[0], total=len(source.shelves[0].papers))
    found = written(replace(source, shelves=(whole,)))["topics/agents.html"]
    assert "These are the latest" not in Page(found).text


def test_topic_says_of_a_paper_that_is_also_in_it_where_it_stands(html: dict[str, Page]) -> None:
    assert "Also in Agents & tool use" in html["topics/llm.html"].text
    assert "lso in Large language models" not in html["topics/llm.html"].text
    assert "Here for “tool use” in the title · also in Large language models" in html["topics/agents.html"].text


# --- editions ---------------------------------------------------------------------------------------------------


def test_edition_shows_its_papers_under_their_numbers(html: dict[str, Page]) -> None:
    page = html["editions/daily/41.html"]
    assert "Morning Papers · No. 41 Wednesday 18 November 2026 5 new papers" in page.text
    assert "7 listed: 5 new, 2 known before." in page.text
    for number, title in enumerate(
        ("Language Models Lose Count", "Prompts That Answer Themselves", "Whispered Vowels, Measured"), 1
    ):
        assert f"{number} {'Speech, audio & music ' if number == 3 else ''}{title} We introduce" in page.text
    assert "7 authors · 14 Oct · 41 upvotes · 6 comments · arXiv 2610.00005 · PDF" in page.text
    assert "Here for “prompts” in the title · also in Agents & tool use and A topic that is gone" in page.text


def test_topic_within_a_mixed_section_can_be_linked_to(html: dict[str, Page]) -> None:
    assert html["editions/daily/41.html"].all("id").count("t-speech") == 1
    assert html["editions/daily/41.html"].all("id").count("t-agents") == 1


def test_edition_leads_to_its_neighbours_where_there_are_any(html: dict[str, Page]) -> None:
    neighbours = {
        number: [attrs["href"] for attrs in html[f"editions/daily/{number}.html"].named("a") if "rel" in attrs]
        for number in (40, 41, 42)
    }
    assert neighbours == {40: ["41.html"], 41: ["40.html", "42.html"], 42: ["41.html"]}


def test_edition_of_one_section_has_no_contents(html: dict[str, Page]) -> None:
    assert "Sections" not in Page(written(with_paper(invented(1, "A Title")))["editions/daily/1.html"]).all(
        "aria-label"
    )
    assert "Sections" in html["editions/daily/42.html"].all("aria-label")


def test_paper_without_an_abstract_has_a_line_all_the_same(html: dict[str, Page]) -> None:
    assert "A Title and Nothing Else arXiv 2610.00012 · PDF Here for “lost term”" in html["editions/daily/42.html"].text


def test_standalone_edition_holds_everything_and_leads_only_outside() -> None:
    text = standalone(editions()[1], SITE, TEMPLATES)
    page = Page(text.replace("<style>", "").replace("</style>", ""))
    assert "The one rule" not in text
    assert "prefers-color-scheme" in text
    assert "Readers of long listings tire early." in page.text
    assert not page.named("link")
    outside = [href for href in page.all("href") if not href.startswith("#")]
    assert outside
    assert all(href.startswith("https://") for href in outside)
    assert {href[1:] for href in page.all("href") if href.startswith("#")} <= set(page.all("id"))


def test_standalone_edition_is_the_same_with_and_without_a_web() -> None:
    assert standalone(editions()[0], SITE, TEMPLATES) == standalone(editions()[0], WEB, TEMPLATES)


def test_abstract_that_is_shown_whole_is_not_folded_away_again() -> None:
    source = with_paper(replace(invented(1, "A Title"), abstract="We show it."))
    assert "<details" not in standalone(source.editions[0], SITE, TEMPLATES)


# --- a paper ----------------------------------------------------------------------------------------------------


def paper_page(one: Paper, **known: Any) -> Page:  # noqa: ANN401  handed on as it is
    return Page(written(with_paper(one, **known))[f"papers/{one.slug}.html"])


def test_paper_page_says_all_that_is_known() -> None:
    one = invented(1, "A Title", authors=("Ada Example", "Bo Sample"), author_count=5, categories=("cs.CL", "cs.AI"))
    page = paper_page(one, also=("silent", "gone"))
    for words in (
        "A Title Ada Example, Bo Sample and 3 others",
        "arXiv 2610.00001 · PDF",
        "and that they remember more of the end.",
        "Announced No. 1, Friday 20 November 2026, as paper 1",
        "Topics Agents & tool use, Silent films, gone Here for “tool use”",
        "Categories cs.CL, cs.AI",
        "20 Nov 2026 dumps 1",
        "@misc{example2026title,",
    ):
        assert words in page.text
    assert "../topics/silent.html" in page.all("href")
    assert "../topics/gone.html" not in page.all("href")


def test_paper_page_shows_what_each_listing_printed_beside_it(html: dict[str, Page]) -> None:
    page = html[f"papers/{publication().papers[0].announced.paper.slug}.html"]
    assert "Day Source Place Upvotes Comments 20 Nov 2026 dumps 1 – – 20 Nov 2026 dumps 9 31 2" in page.text


def test_paper_page_leaves_out_what_no_listing_printed() -> None:
    page = paper_page(paper("Only a Title", ids=()), topic=None, terms=())
    assert "Upvotes" not in page.text
    assert "Topic" not in page.text.replace("Topics Archive", "")
    assert "Revised" not in page.text
    assert "No link in the listing: look it up" in page.text
    assert "The listing printed no abstract." in page.text
    assert "BibTeX" not in page.text


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({"author_count": 7}, "A Title 7 authors · arXiv"),
        ({"organisation": "University of Examples"}, "A Title University of Examples · arXiv"),
        (
            {"organisation": "University of Examples", "authors": ("Ada Example",)},
            "A Title Ada Example University of Examples · arXiv",
        ),
        ({"authors": ("Ada Example",), "author_count": 2}, "A Title Ada Example and 1 other arXiv"),
        ({"published": FRIDAY}, "A Title 20 Nov 2026 · arXiv"),
    ],
)
def test_paper_page_says_who_wrote_it_as_far_as_known(known: dict[str, Any], words: str) -> None:
    assert words in paper_page(invented(1, "A Title", **known)).text


def test_paper_page_says_when_it_was_revised() -> None:
    source = publication()
    record = source.papers[0]
    revised = replace(record, announced=replace(record.announced, updated=created(FRIDAY)))
    found = written(replace(source, papers=(revised,)))
    assert "Revised Friday 20 November 2026" in Page(found[f"papers/{record.announced.paper.slug}.html"]).text


@pytest.mark.parametrize("number", [0, 11])
def test_paper_page_looks_as_it_looked(number: int, files: dict[str, str], snapshot: SnapshotAssertion) -> None:
    assert files[f"papers/{publication().recent[number].paper.slug}.html"] == snapshot


# --- hostile text -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
@pytest.mark.parametrize(
    "field", ["title", "abstract", "authors", "organisation", "categories", "terms", "also", "site"]
)
def test_hostile_text_is_never_acted_upon(field: str, text: str) -> None:
    value: Any = (text,) if field in {"authors", "categories", "terms", "also"} else text
    known: dict[str, Any] = {} if field in {"terms", "also", "site"} else {field: value}
    item = {field: value} if field in {"terms", "also"} else {}
    site = replace(WEB, title=text) if field == "site" else WEB
    source = with_paper(replace(invented(1, "A Title"), **known), site, **item)
    harmless = written(with_paper(invented(1, "A Title"), WEB))
    for path, found in written(source).items():
        found.encode()
        if path.endswith(".html"):
            allowed = {tag for tag, _ in Page(harmless[path]).tags} | {"p", "a", "br", "div", "dt", "dd", "span"}
            page = Page(found)
            assert {tag for tag, _ in page.tags} <= allowed
            assert all(
                re.match(
                    r"https://|\.\./|[\w./-]*(#|$)|mailto:[\w.+-]+@[\w.-]+$|data:application/x-(bibtex|research-info-systems);",
                    href,
                )
                for href in page.all("href")
            )
            assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]
    Page(standalone(source.editions[0], site, TEMPLATES).replace("<style>", "").replace("</style>", ""))


def test_title_with_markup_is_shown_as_it_is() -> None:
    title = HOSTILE["markup"]
    assert " ".join(title.split()) in paper_page(invented(1, title)).text


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "java\nscript:x", "https://a@b.example/"]
)
def test_address_that_is_not_of_the_web_is_no_link(url: str) -> None:
    page = paper_page(invented(1, "A Title", url=url, ids=()))
    assert all(
        href.startswith(("../", "https://arxiv.org/search/", "#", "data:application/x-")) for href in page.all("href")
    )


def test_name_of_a_topic_cannot_leave_its_place() -> None:
    shelf = Shelf(replace(AGENTS, name=HOSTILE["markup"]), (), ((MONDAY, 0),), 0)
    found = Page(written(Publication(SITE, (), (), (), (shelf,)))["topics.html"])
    assert not {"script", "img"} & {tag for tag, _ in found.tags}
    assert HOSTILE["markup"].split("</title>")[0] in found.text


@settings(deadline=None, max_examples=40)
@given(st.text(max_size=60))
def test_any_text_can_stand_on_any_page(text: str) -> None:
    some = replace(invented(1, text, authors=(text,), categories=(text,)), abstract=text)
    for path, found in written(with_paper(some, replace(SITE, title=text), terms=(text,), also=(text,))).items():
        found.encode()
        if path.endswith(".html"):
            assert len(Page(found).named("main")) == 1


def test_day_whose_papers_came_later_leads_to_their_edition() -> None:
    days = (
        replace(LISTINGS[1], tally=Tally(4, 2, 2, 0), edition=("daily", 42)),
        replace(LISTINGS[3], tally=Tally(3, 3, 0, 0)),
    )
    text = Page(written(replace(publication(), days=days))["index.html"]).text
    assert "Thu 19 Nov 2 new, in No. 42 4 listed" in text
    assert "Tue 17 Nov 3 new, for the next edition 3 listed" in text


def test_archive_has_no_columns_for_listings_in_a_month_without_any() -> None:
    days = (replace(LISTINGS[1], tally=Tally(4, 2, 2, 0), edition=("daily", 42)),)
    text = Page(written(replace(publication(), days=days))["archive.html"]).text
    assert "Day Edition Listed New Known Fri 20 Nov" in text
    assert "Listed" not in Page(written(replace(publication(), days=()))["archive.html"]).text


def test_day_whose_papers_came_later_names_the_digest_where_there_are_several() -> None:
    source = publication()
    weekly = replace(source.headlines[2], digest="weekly", title="Slow Papers", number=7)
    days = (replace(LISTINGS[1], tally=Tally(4, 2, 2, 0), edition=("weekly", 7)),)
    text = Page(written(replace(source, headlines=(*source.headlines, weekly), days=days))["index.html"]).text
    assert "Thu 19 Nov 2 new, in Slow Papers, No. 7 4 listed" in text


# --- trends -----------------------------------------------------------------------------------------------------


def test_terms_rise_by_their_share_and_not_by_more_papers_alone() -> None:
    found = rising(
        [
            TermCount("agent*", 20, 10),
            TermCount("steady", 30, 60),
            TermCount("newcomer", 5, 0),
            TermCount("falling", 4, 60),
            TermCount("seldom", 3, 0),
        ]
    )
    assert [(one.term, one.lately, one.before) for one in found] == [("newcomer", 5, 0), ("agent*", 20, 10)]
    assert rising([TermCount("first", 9, 0)]) == (), "before the first weeks are over nothing can have risen"


def test_trends_need_some_weeks_and_give_each_number_in_words() -> None:
    source = publication()
    weeks = tuple((date(2026, 10, 19) + timedelta(weeks=at), at) for at in range(6))
    shelves = tuple(replace(shelf, weeks=weeks) for shelf in source.shelves)
    terms = (TermCount("tool use", 9, 1), TermCount("other", 20, 60))
    page = written(replace(source, shelves=shelves, terms=terms))["trends.html"]
    text = Page(page).text
    assert "tool use 9 1" in text
    assert "Week from Papers 23 Nov 2026 5 16 Nov 2026 4" in text
    assert page.count("<svg") == len(shelves)
    assert "There is nothing to see yet" in Page(written(replace(source, shelves=()))["trends.html"]).text
