"""The feeds and pages of the sample days, read again by other programs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from datetime import datetime
from html import unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import feedparser
import pytest

from digest.errors import OutputError
from digest.letters import body_of
from digest.models import Document
from digest.render.bibtex import bibtex
from digest.render.feeds import check
from digest.render.pages import pages as pages_of
from digest.samples import sample_days
from tests.fakes import Place, card, page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from digest.models import Publication
    from digest.render.templates import Templates

WITH_A_WEB = 'base_url = "https://papers.example.org/digest"\n'


def read_all(folder: Path, text: str = "") -> Path:
    """All sample days, one run each; answers the output folder."""
    place = Place(folder, text)
    for day in sample_days():
        place.now = place.now.replace(day=int(day.stem[-2:]))
        place.drop(day.read_bytes(), day.name)
        report = place.run()
        assert report.errors == ()
    return folder / "public"


@pytest.fixture(scope="module", params=["", WITH_A_WEB], ids=["files", "web"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return read_all(tmp_path_factory.mktemp("site"), request.param)


def files(site: Path, ending: str) -> list[Path]:
    found = sorted(site.rglob(f"*{ending}"))
    assert found
    return found


# --- feeds ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", [".rss", ".atom"])
def test_every_feed_is_read_without_a_complaint(ending: str, site: Path) -> None:
    for path in files(site, ending):
        feed: Any = feedparser.parse(path.read_bytes())
        assert not feed.bozo, path
        assert feed.feed.title


@pytest.mark.parametrize("ending", ["rss", "atom"])
def test_feed_of_all_holds_each_paper_once_newest_first(ending: str, site: Path) -> None:
    feed: Any = feedparser.parse((site / "feeds" / f"all.{ending}").read_bytes())
    ids = [entry.id for entry in feed.entries]
    times = [entry.published_parsed for entry in feed.entries]
    assert len(ids) == len(set(ids)) == 60
    assert all(one.startswith("urn:uuid:") for one in ids)
    assert len(set(times)) == len(times)
    assert times == sorted(times, reverse=True)


def test_same_paper_has_the_same_id_in_every_feed(site: Path) -> None:
    names: dict[str, set[str]] = {}
    for path in [*files(site, ".rss"), *files(site, ".atom")]:
        for entry in feedparser.parse(path.read_bytes()).entries:
            names.setdefault(entry.title, set()).add(entry.id)
    assert all(len(ids) == 1 for ids in names.values())


def test_json_feeds_say_the_same(site: Path) -> None:
    feed = json.loads((site / "feeds" / "all.json").read_text())
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert len(feed["items"]) == 60
    assert all({"id", "title", "date_published"} <= set(item) for item in feed["items"])
    assert all("content_html" in item or "content_text" in item for item in feed["items"])


def test_opml_names_every_feed_that_there_is(site: Path) -> None:
    outlines = ET.parse(site / "feeds.opml").getroot().findall(".//outline[@xmlUrl]")  # noqa: S314 - our own
    named = {unquote(one.attrib["xmlUrl"]).rpartition("/feeds/")[2] or one.attrib["xmlUrl"] for one in outlines}
    present = {path.name for path in (site / "feeds").iterdir()}
    assert {name.rpartition("/")[2] for name in named} <= present
    assert len(outlines) >= 27


def test_self_links_are_there_only_with_a_web(site: Path) -> None:
    text = (site / "feeds" / "all.atom").read_text()
    assert ('rel="self"' in text) == ("https://papers.example.org/digest/feeds/all.atom" in text)


@pytest.mark.skipif(shutil.which("xmllint") is None and os.environ.get("CI") != "true", reason="no xmllint")
def test_xml_is_well_formed_by_another_parser(site: Path) -> None:
    paths = [str(path) for ending in (".rss", ".atom", ".opml") for path in files(site, ending)]
    done = subprocess.run(["xmllint", "--noout", "--nonet", *paths], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "document",
    [Document("a.rss", "<rss><unclosed>", "application/rss+xml"), Document("a.json", "{", "application/feed+json")],
)
def test_feed_that_could_not_be_read_is_never_put_in_place(document: Document) -> None:
    with pytest.raises(OutputError, match=r"a\.(rss|json)"):
        check(document)


def test_topic_has_the_papers_that_are_also_in_it(site: Path) -> None:
    for feed in files(site, ".json"):
        if feed.stem == "all":
            continue
        every = json.loads((site / "feeds" / "all.json").read_bytes())["items"]
        items = json.loads(feed.read_bytes())["items"]
        name = json.loads(feed.read_bytes())["title"].partition(": ")[2]
        assert {item["id"] for item in items} == {item["id"] for item in every if name in item.get("tags", ())}
        page_of_topic = unescape((site / "topics" / f"{feed.stem}.html").read_text())
        assert all(item["title"] in page_of_topic for item in items)


# --- pages ------------------------------------------------------------------------------------------------------


class Outline(HTMLParser):
    """What a page is made of: its tags with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, attribute: str) -> Iterator[str]:
        return (value for _, attrs in self.tags if (value := attrs.get(attribute)))


def test_every_page_has_one_heading_a_language_and_nothing_from_elsewhere(site: Path) -> None:
    for path in files(site, ".html"):
        outline = Outline(path.read_text())
        names = [tag for tag, _ in outline.tags]
        assert names.count("h1") == names.count("title") - names.count("svg") == 1 or names.count("h1") == 1, path
        assert dict(outline.tags)["html"].get("lang") == "en"
        assert not {"script", "iframe", "form", "style", "img"} & set(names), path
        assert not list(outline.all("style")), path
        assert not [tag for tag, attrs in outline.tags if any(name.startswith("on") for name in attrs)], path
        sheets = [attrs["href"] for tag, attrs in outline.tags if tag == "link" and attrs.get("rel") == "stylesheet"]
        assert all(sheet and "://" not in sheet for sheet in sheets)


def test_no_link_between_pages_is_dead(site: Path) -> None:
    ids = {path: set(Outline(path.read_text()).all("id")) for path in files(site, ".html")}
    for path in ids:
        for href in Outline(path.read_text()).all("href"):
            if re.match(r"[a-z]+:", href):
                continue
            target, _, fragment = href.partition("#")
            there = (path.parent / unquote(target)).resolve() if target else path
            assert there.is_file(), f"{path}: {href}"
            assert not fragment or fragment in ids[there], f"{path}: {href}"


def test_quiet_days_stand_on_the_front_page_and_in_the_archive(site: Path) -> None:
    for name in ("index.html", "archive.html"):
        assert (site / name).read_text().count("quiet") >= 2


def test_paper_page_says_where_it_was_sighted(site: Path) -> None:
    pages = [path.read_text() for path in (site / "papers").iterdir()]
    assert len(pages) == 60
    assert any("18\u00a0Nov 2026" in text and "19\u00a0Nov 2026" in text for text in pages)
    assert sum("@misc{" in text for text in pages) > 50


def test_unchanged_days_give_the_same_bytes(tmp_path: Path) -> None:
    one, two = read_all(tmp_path / "one"), read_all(tmp_path / "two")
    first = {path.relative_to(one): path.read_bytes() for path in one.rglob("*.*")}
    assert first == {path.relative_to(two): path.read_bytes() for path in two.rglob("*.*")}


HOSTILE = (
    "<img src=x onerror=alert(1)> A Method for Patient Readers of Listings",
    "A Title With \"Quotes\" & 'Apostrophes' </title><script>alert(1)</script> in It",
    "[A Link](javascript:alert(1)) **That** `Is` None | In Markdown Either",
    "عنوان طويل بما يكفي لقراءته من اليمين إلى اليسار",
    "]]> A Title That Ends a Section & Begins &lt;Another&gt; &#x27;Thing&#x27;",
    "A " + "very" * 25 + " Long Word Stands in This Otherwise Quiet Title",
)


def test_hostile_text_is_text_in_every_document(tmp_path: Path) -> None:
    place = Place(tmp_path)
    abstract = "We propose a method. {} It ends {{{{ here }}}} with <b>bold</b> claims and a </table> that is none."
    place.drop(page(*((title, abstract.format(title)) for title in HOSTILE)))
    report = place.run()
    assert (report.errors, report.dumps[0].listed) == ((), len(HOSTILE))
    public = tmp_path / "public"
    for path in public.rglob("*.html"):
        names = {tag for tag, _ in Outline(path.read_text()).tags}
        assert not {"script", "img"} & names, path
        assert not any(href.startswith("javascript:") for href in Outline(path.read_text()).all("href"))
    for ending in (".rss", ".atom"):
        feed: Any = feedparser.parse((public / "feeds" / f"all{ending}").read_bytes())
        assert not feed.bozo
        assert len(feed.entries) == len(HOSTILE)
    for path in public.rglob("*.md"):
        assert "](javascript:" not in path.read_text()
        assert not re.search(r"(?<!\\)<(img|script)", path.read_text())
    with place.desk() as desk:
        body = body_of(desk, "daily", 1)
        entries = [bibtex(paper) for paper in desk.store.papers.all()]
    assert not {"script", "img"} & {tag for tag, _ in Outline(body.html).tags}
    assert all(entry.count("{") == entry.count("}") for entry in entries)


def test_month_that_is_over_is_not_set_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[set[str]] = []

    def spied(publication: Publication, templates: Templates) -> Iterator[Document]:
        asked.append(set(publication.months or ()))
        return pages_of(publication, templates)

    monkeypatch.setattr("digest.render.pages.pages", spied)
    place = Place(tmp_path)
    for day, paper in (("2026-10-30", "Amber"), ("2026-11-16", "Birch"), ("2026-11-17", "Cedar")):
        place.now = datetime.fromisoformat(f"{day}T07:00+00:00")
        place.drop(page(card(paper)), f"{day}.txt")
        assert place.run().errors == ()
    assert asked == [{"2026-10"}, {"2026-10", "2026-11"}, {"2026-11"}]
    assert place.run().errors == ()
    assert len(asked) == 3, "nothing new, nothing set"
    (tmp_path / "public" / "archive" / "2026-10.html").unlink()
    place.run()
    assert asked[3:] == [{"2026-10"}]
    assert "October 2026" in (tmp_path / "public" / "archive" / "2026-10.html").read_text()
