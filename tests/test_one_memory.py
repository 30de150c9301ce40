"""One memory over all sources: a paper is one paper, however often and in whatever form it comes."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.models import Identifier
from digest.store import Store
from tests.fakes import DAY, Place
from tests.servers import Server, reply

if TYPE_CHECKING:
    from pathlib import Path

    from digest.models import Paper

TITLE = "Counting Moths at Night: A Small Network for J\u00f6rg's Lamps"
TEX = r"Counting Moths at Night: A Small Network for J\"org's Lamps"
ABSTRACT = (
    "Counting insects at street lamps is slow when it is done by hand. We propose a network of forty thousand parameters "
    "that runs on the lamp itself and keeps 61 % of all moths that two observers agree on."
)
PAGE = f"""new

Get trending papers in your email inbox!

Daily Papers

Nov 16

{TITLE}

{ABSTRACT}

\u2022 3 authors

\u00b7

Nov 13
"""
API = json.dumps([{"paper": {"id": "2611.00001", "title": TITLE, "summary": ABSTRACT, "upvotes": 7}, "numComments": 2}])
MAIL = rf"""Date: Mon, 16 Nov 26 00:31:14 GMT

\\
arXiv:2611.00001
Date: Fri, 13 Nov 2026 20:08:11 GMT   (243kb,D)

Title: {TEX}
Authors: Ada Example, Bo Sample and Cy Specimen
Categories: cs.CV
\\
  {ABSTRACT}
\\ ( https://arxiv.org/abs/2611.00001 ,  243kb)
"""
RSS = f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
<title>cs.CV updates on arXiv.org</title><link>http://rss.arxiv.org/rss/cs.CV</link>
<pubDate>Mon, 16 Nov 2026 00:00:00 -0500</pubDate>
<item><title>{TEX}</title><link>https://arxiv.org/abs/2611.00001</link>
<description>arXiv:2611.00001v1 Announce Type: new
Abstract: {ABSTRACT}</description>
<guid isPermaLink="false">oai:arXiv.org:2611.00001v1</guid><category>cs.CV</category>
<arxiv:announce_type>new</arxiv:announce_type><dc:creator>Ada Example, Bo Sample, Cy Specimen</dc:creator></item>
</channel></rss>
"""
FORMS = {"page.txt": PAGE, "api.json": API, "mail.eml": MAIL, "feed.xml": RSS}
READ_BY = {
    "page.txt": "huggingface-page",
    "api.json": "huggingface-api",
    "mail.eml": "arxiv-listing",
    "feed.xml": "feed",
}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def known(place: Place) -> tuple[Paper, ...]:
    with Store(place.config.database) as store:
        return store.papers.all()


def listed(place: Place) -> list[str]:
    return sorted(title for titles in place.titles().values() for title in titles)


def replaced(text: str) -> str:
    return text.replace(">new<", ">replace<").replace("Announce Type: new", "Announce Type: replace")


@pytest.mark.parametrize("order", list(itertools.permutations(FORMS)), ids=" ".join)
def test_one_paper_in_four_forms_is_announced_once_with_one_link(order: tuple[str, ...], place: Place) -> None:
    for name in order:
        place.drop(FORMS[name], name)
        place.publish()
        place.now += timedelta(hours=1)
    (paper,) = known(place)
    assert listed(place) == [TITLE]
    assert paper.sightings == 4
    assert paper.ids == (Identifier("arxiv", "2611.00001"),)
    assert paper.url == "https://huggingface.co/papers/2611.00001", "arXiv's follows from the id"
    assert paper.authors == ("Ada Example", "Bo Sample", "Cy Specimen")
    assert (paper.upvotes, paper.comments) == (7, 2)


def test_each_form_is_known_for_what_it_is(place: Place) -> None:
    for name, text in FORMS.items():
        place.drop(text, name)
    place.publish()
    with Store(place.config.database) as store:
        rows = store.database.rows("SELECT name, parser FROM dump", {})
        assert {row["name"]: row["parser"] for row in rows} == READ_BY


def test_same_title_under_two_ids_stays_two_papers(place: Place) -> None:
    for name, text in FORMS.items():
        place.drop(text, name)
    place.drop(RSS.replace("2611.00001", "2611.00002"), "other.xml")
    place.publish()
    assert {paper.id_of("arxiv") for paper in known(place)} == {"2611.00001", "2611.00002"}
    assert listed(place) == [TITLE, TITLE]


def test_second_version_is_no_news(place: Place) -> None:
    place.day(RSS)
    second = replaced(RSS).replace("00001v1", "00001v2").replace("16 Nov", "18 Nov")
    place.drop(second.replace("Counting", "Counting All"), "v2.xml")
    report = place.run()
    assert (report.verdict, [(one.new, one.known) for one in report.dumps]) == ("quiet", [(0, 1)])
    (paper,) = known(place)
    assert paper.title.startswith("Counting All Moths")


@pytest.mark.parametrize("form", ["feed.xml", "mail.eml"])
def test_paper_first_seen_as_a_replacement_is_announced_when_it_is_listed_as_new(form: str, place: Place) -> None:
    replacement = {
        "feed.xml": replaced(RSS),
        "mail.eml": MAIL.replace(
            "Date: Fri, 13 Nov 2026 20:08:11 GMT", "replaced with revised version Fri, 13 Nov 2026"
        ),
    }[form]
    place.drop(replacement, f"first {form}")
    report = place.run()
    assert [(one.new, one.withheld) for one in report.dumps] == [(1, 1)]
    assert listed(place) == []
    place.now += timedelta(days=1)
    place.drop(RSS, "feed.xml")
    place.publish()
    assert listed(place) == [TITLE]


def test_cross_list_is_announced_once(place: Place) -> None:
    place.drop(RSS.replace(">new<", ">cross<").replace("cs.CV", "cs.LG"), "a.xml")
    place.drop(RSS, "b.xml")
    place.publish()
    assert listed(place) == [TITLE]


@pytest.mark.parametrize(("first", "announced"), [("all", 2000), ("latest day", 20), ("nothing", 0), ("", 20)])
def test_first_look_at_a_long_feed_announces_what_its_source_says(first: str, announced: int, tmp_path: Path) -> None:
    items = "".join(
        f"<item><title>Moths of Street Number {n:04} Counted by Hand</title><guid>urn:x:{n}</guid>"
        f"<pubDate>{DAY - timedelta(days=n // 20):%a, %d %b %Y 06:00:00 +0000}</pubDate></item>"
        for n in range(2000)
    )
    more = "<item><title>One More Street of Moths</title></item>"
    with Server({"/feed": reply(feed(items))}) as server:
        said = f'first = "{first}"' if first else ""
        place = Place(
            tmp_path,
            f'[[source]]\nname = "moths"\nkind = "feed"\nurl = "{server.url("/feed")}"\nallow_private = true\n{said}\n',
        )
        assert [(one.listed, one.new, one.withheld) for one in place.publish()] == [(2000, 2000, 2000 - announced)]
        assert len(listed(place)) == announced
        server.scripts["/feed"] = reply(feed(more + items))
        place.publish()
    assert len(listed(place)) == announced + 1


def feed(items: str) -> bytes:
    return f"<rss version='2.0'><channel><title>Moths</title>{items}</channel></rss>".encode()
