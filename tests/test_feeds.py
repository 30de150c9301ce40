"""Feeds are read back by other programs: feedparser, expat, json, xmllint."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import OutputError
from digest.models import Document, Publication
from digest.render.feeds import check, feeds
from digest.render.feeds.entries import plain
from tests.mails import paper
from tests.publications import BASE, HOSTILE, SITE, TEMPLATES, WEB, by_path, invented, publication, with_paper

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from digest.models import Paper, Site

XML = ("rss", "atom")
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
ATOM = "{http://www.w3.org/2005/Atom}"


def texts(source: Publication) -> dict[str, str]:
    return by_path(feeds(source, TEMPLATES))


def read(text: str) -> Any:  # noqa: ANN401  feedparser is not typed
    found = feedparser.parse(text.encode())
    assert not found.bozo, found.get("bozo_exception")
    return found


def one(paper: Paper, kind: str, site: Site = SITE) -> Any:  # noqa: ANN401  as above
    (entry,) = read(texts(with_paper(paper, site))[f"feeds/all.{kind}"]).entries
    return entry


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return texts(publication())


@pytest.fixture(scope="module")
def web() -> dict[str, str]:
    return texts(publication(WEB))


def test_every_topic_has_three_feeds_and_so_have_all_papers(files: dict[str, str]) -> None:
    names = ("all", "agents", "llm", "speech", "silent")
    assert set(files) == {f"feeds/{name}.{kind}" for name in names for kind in ("rss", "atom", "json")} | {
        "feeds/feed.css",
        "feeds.opml",
    }


@pytest.mark.parametrize("kind", XML)
@pytest.mark.parametrize(("name", "count"), [("all", 12), ("agents", 5), ("llm", 3), ("speech", 3), ("silent", 0)])
def test_feed_holds_each_of_its_papers_once(kind: str, name: str, count: int, files: dict[str, str]) -> None:
    entries = read(files[f"feeds/{name}.{kind}"]).entries
    assert len({entry.id for entry in entries}) == len(entries) == count


@pytest.mark.parametrize("kind", XML)
def test_entry_has_the_stored_id_and_times(kind: str, files: dict[str, str]) -> None:
    entries = read(files[f"feeds/all.{kind}"]).entries
    stored = publication().recent
    assert [entry.id for entry in entries] == [announced.paper.uid for announced in stored]
    assert [entry.published_parsed[:6] for entry in entries] == [one.published.utctimetuple()[:6] for one in stored]
    assert len({entry.published for entry in entries}) == len(entries)


def test_same_paper_has_the_same_id_whatever_the_feed_and_whether_there_is_a_web(
    files: dict[str, str], web: dict[str, str]
) -> None:
    ids: dict[str, set[str]] = {}
    for path, text in [*files.items(), *web.items()]:
        if path.endswith(".json"):
            for item in json.loads(text)["items"]:
                ids.setdefault(item["title"], set()).add(item["id"])
        elif path.endswith(XML):
            for entry in read(text).entries:
                ids.setdefault(entry.title, set()).add(entry.id)
    assert len(ids) == 12
    assert all(len(names) == 1 for names in ids.values())


def test_guid_of_rss_is_no_permalink(files: dict[str, str]) -> None:
    guids = ET.fromstring(files["feeds/all.rss"]).iter("guid")  # noqa: S314  our own
    assert {guid.get("isPermaLink") for guid in guids} == {"false"}


def test_feed_was_updated_when_its_newest_entry_was() -> None:
    source = publication()
    revised = replace(source.recent[5], updated=datetime(2026, 11, 21, 9, 30, tzinfo=UTC))
    found = texts(replace(source, recent=(*source.recent[:5], revised, *source.recent[6:]), shelves=()))
    assert "<lastBuildDate>Sat, 21 Nov 2026 09:30:00 GMT</lastBuildDate>" in found["feeds/all.rss"]
    assert read(found["feeds/all.atom"]).feed.updated == "2026-11-21T09:30:00Z"
    changed = [
        item for item in json.loads(found["feeds/all.json"])["items"] if item["date_modified"].startswith("2026-11-21")
    ]
    assert [item["id"] for item in changed] == [revised.paper.uid]


def test_times_are_utc_whatever_zone_they_are_in() -> None:
    source = publication()
    elsewhere = source.recent[0].published.astimezone(timezone(timedelta(hours=5, minutes=45)))
    moved = replace(source, recent=(replace(source.recent[0], published=elsewhere), *source.recent[1:]), shelves=())
    assert texts(moved) == texts(replace(source, shelves=()))


def test_empty_feed_is_valid_and_was_never_updated(files: dict[str, str]) -> None:
    assert "lastBuildDate" not in files["feeds/silent.rss"]
    assert read(files["feeds/silent.atom"]).feed.updated == "1970-01-01T00:00:00Z"
    assert json.loads(files["feeds/silent.json"])["items"] == []


def test_without_papers_and_topics_there_are_feeds_all_the_same() -> None:
    found = texts(Publication(SITE, (), (), (), ()))
    assert {path for path in found if "all." in path} == {"feeds/all.rss", "feeds/all.atom", "feeds/all.json"}
    assert read(found["feeds/all.rss"]).feed.title == "Morning Papers"


def test_unchanged_papers_give_unchanged_bytes(files: dict[str, str]) -> None:
    assert texts(publication()) == files


# --- links ------------------------------------------------------------------------------------------------------


def test_without_a_web_nothing_pretends_that_there_is_one(files: dict[str, str]) -> None:
    for kind in XML:
        found = read(files[f"feeds/agents.{kind}"]).feed
        assert not [link for link in found.get("links", ()) if link.rel == "self"]
    assert read(files["feeds/agents.rss"]).feed.link.startswith("urn:uuid:")
    assert not {"home_page_url", "feed_url"} & set(json.loads(files["feeds/agents.json"]))
    assert "papers.example.org" not in "".join(files.values())


def test_with_a_web_feeds_name_themselves_and_their_pages(web: dict[str, str]) -> None:
    for kind in XML:
        links = {link.rel: link.href for link in read(web[f"feeds/agents.{kind}"]).feed.links}
        assert links["self"] == f"{BASE}/feeds/agents.{kind}"
        assert links["alternate"] == f"{BASE}/topics/agents.html"
    found = json.loads(web["feeds/all.json"])
    assert (found["home_page_url"], found["feed_url"]) == (f"{BASE}/", f"{BASE}/feeds/all.json")


def test_id_of_a_feed_does_not_change_with_its_address(files: dict[str, str], web: dict[str, str]) -> None:
    assert read(files["feeds/llm.atom"]).feed.id == read(web["feeds/llm.atom"]).feed.id
    assert read(files["feeds/llm.atom"]).feed.id != read(files["feeds/all.atom"]).feed.id


@pytest.mark.parametrize("kind", XML)
@pytest.mark.parametrize(
    ("known", "link"),
    [
        ({"url": "https://huggingface.co/papers/2610.00001"}, "https://huggingface.co/papers/2610.00001"),
        ({}, "https://arxiv.org/abs/2610.00001"),
        ({"ids": ()}, "https://arxiv.org/search/?searchtype=title&query=A+Title"),
        ({"ids": (), "url": "javascript:alert(1)"}, "https://arxiv.org/search/?searchtype=title&query=A+Title"),
        ({"ids": (), "url": "file:///etc/passwd"}, "https://arxiv.org/search/?searchtype=title&query=A+Title"),
    ],
)
def test_entry_leads_to_the_paper_or_to_a_search_for_it(kind: str, known: dict[str, Any], link: str) -> None:
    assert one(invented(1, "A Title", **known), kind).link == link


def test_with_a_web_an_entry_leads_to_its_page_and_names_the_paper_beside_it() -> None:
    some = invented(1, "A Title")
    for kind in XML:
        assert one(some, kind, WEB).link == f"{BASE}/papers/{some.slug}.html"
    related = [link.href for link in one(some, "atom", WEB).links if link.rel == "related"]
    (item,) = json.loads(texts(with_paper(some, WEB))["feeds/all.json"])["items"]
    assert related == [item["external_url"]] == ["https://arxiv.org/abs/2610.00001"]
    assert item["url"] == f"{BASE}/papers/{some.slug}.html"


@pytest.mark.parametrize("site", [SITE, WEB], ids=["files", "web"])
def test_opml_lists_every_feed_of_rss(site: Site) -> None:
    outlines = ET.fromstring(texts(publication(site))["feeds.opml"]).findall(".//outline[@type='rss']")  # noqa: S314
    prefix = f"{BASE}/" if site.base_url else ""
    names = ("all", "agents", "llm", "speech", "silent")
    assert [outline.get("xmlUrl") for outline in outlines] == [f"{prefix}feeds/{name}.rss" for name in names]
    assert outlines[1].get("text") == "Morning Papers: Agents & tool use"
    assert (outlines[1].get("htmlUrl") is None) == (site.base_url is None)


# --- what an entry says -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", XML)
def test_authors_and_topics_are_named(kind: str) -> None:
    some = invented(1, "A Title", authors=("Ada Example", "Bo Sample"))
    (entry,) = read(texts(with_paper(some, topic="agents", also=("silent", "gone")))[f"feeds/all.{kind}"]).entries
    assert [author.name for author in entry.authors] == ["Ada Example", "Bo Sample"]
    assert [tag.label or tag.term for tag in entry.tags] == ["Agents & tool use", "Silent films", "gone"]


def test_rss_has_a_creator_for_each_author() -> None:
    some = invented(1, "A Title", authors=("Ada Example", "Bo Sample"))
    text = texts(with_paper(some))["feeds/all.rss"]
    assert text.count("<dc:creator>") == 2
    assert "<dc:creator>University of Examples</dc:creator>" in texts(publication())["feeds/speech.rss"]


@pytest.mark.parametrize("kind", XML)
def test_paper_without_a_known_author_has_none(kind: str) -> None:
    entry = one(invented(1, "A Title", author_count=7), kind)
    assert [author for author in entry.get("authors", ()) if author] == []
    assert "7 authors" in entry.content[0].value


@pytest.mark.parametrize("kind", XML)
def test_summary_says_what_is_new_and_the_content_all(kind: str) -> None:
    entry = one(invented(1, "A Title"), kind)
    assert entry.summary.startswith("We introduce Method 1")
    assert len(entry.summary) <= 320
    content = entry.content[0].value
    assert "Readers of long listings tire early" in content
    assert "Here for “tool use”" in content
    assert entry.summary != content


@pytest.mark.parametrize("kind", XML)
def test_paper_without_an_abstract_has_no_summary(kind: str) -> None:
    some = paper("Only a Title", ids=())
    text = texts(with_paper(some))[f"feeds/all.{kind}"]
    assert "<description></description>" not in text
    assert "<summary" not in text
    assert "look it up" in one(some, kind).content[0].value


def test_json_feed_leaves_out_what_is_not_known() -> None:
    (item,) = json.loads(texts(with_paper(paper("Only a Title"), topic=None, terms=()))["feeds/all.json"])["items"]
    assert set(item) == {"id", "url", "title", "content_html", "date_published", "date_modified"}


def test_json_feed_has_the_keys_of_version_1_1(web: dict[str, str]) -> None:
    found = json.loads(web["feeds/llm.json"])
    assert found["version"] == "https://jsonfeed.org/version/1.1"
    assert found["authors"] == [{"name": "Morning Papers"}]
    assert found["language"] == "en"
    assert {"Large language models"} <= {tag for item in found["items"] for tag in item["tags"]}
    assert [{"name": "Ada Example"}, {"name": "Bo Sample"}] in [item.get("authors") for item in found["items"]]


def test_topic_feed_says_its_topic_in_its_title(files: dict[str, str]) -> None:
    for kind in XML:
        assert read(files[f"feeds/agents.{kind}"]).feed.title == "Morning Papers: Agents & tool use"


# --- hostile text -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
@pytest.mark.parametrize("field", ["title", "abstract", "authors", "organisation", "terms", "also", "site"])
def test_hostile_text_breaks_no_feed(field: str, text: str) -> None:
    known: dict[str, Any] = (
        {field: (text,) if field == "authors" else text} if field in {"authors", "organisation"} else {}
    )
    changed: dict[str, Any] = {field: text} if field in {"title", "abstract"} else {}
    some = replace(invented(1, "A Title", **known), **changed)
    item = {field: (text,)} if field in {"terms", "also"} else {}
    site = replace(WEB, title=text) if field == "site" else WEB
    for document in feeds(with_paper(some, site, **item), TEMPLATES):
        check(document)
        document.text.encode()
        if document.path.endswith(XML):
            assert len(read(document.text).entries) == (1 if "silent" not in document.path else 0)


def test_title_with_markup_is_text_to_every_format() -> None:
    title = HOSTILE["markup"]
    found = texts(with_paper(invented(1, title)))
    (item,) = json.loads(found["feeds/all.json"])["items"]
    atom = ET.fromstring(found["feeds/all.atom"]).find(f"{ATOM}entry/{ATOM}title")  # noqa: S314  our own
    rss = ET.fromstring(found["feeds/all.rss"]).find("channel/item/title")  # noqa: S314  our own
    assert atom is not None
    assert rss is not None
    assert item["title"] == atom.text == rss.text == title


def test_quotes_stay_quotes_in_a_feed_that_a_browser_shows_as_it_lies() -> None:
    found = texts(with_paper(replace(invented(1, "A Title"), abstract='We show an "alignment tax" & <more>.')))
    item = ET.fromstring(found["feeds/all.rss"]).find("channel/item")  # noqa: S314  our own
    assert item is not None
    assert item.findtext("description") == 'We show an "alignment tax" &amp; &lt;more&gt;.'


def test_markup_in_an_abstract_reaches_no_reader_as_markup() -> None:
    found = texts(with_paper(replace(invented(1, "A Title"), abstract=f"We show it. {HOSTILE['markup']}")))
    item = ET.fromstring(found["feeds/all.rss"]).find("channel/item")  # noqa: S314  our own
    assert item is not None
    for html in (
        item.findtext(CONTENT),
        item.findtext("description"),
        json.loads(found["feeds/all.json"])["items"][0]["content_html"],
    ):
        assert "&lt;script&gt;" in str(html)
        assert "<script" not in str(html)
        assert "<img" not in str(html)


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=60))
def test_any_text_can_stand_in_any_feed(text: str) -> None:
    some = replace(invented(1, text, authors=(text,)), abstract=text)
    for document in feeds(with_paper(some, replace(SITE, title=text), terms=(text,), also=(text,)), TEMPLATES):
        check(document)


def test_plain_text_of_rss_is_in_hexadecimal_references() -> None:
    assert plain("a < b & c > d") == "a &#x3C; b &#x26; c &#x3E; d"
    assert plain("&lt;") == "&#x26;lt;"


# --- the last gate ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "text", "media_type"),
    [
        ("feeds/a.rss", "<rss><unclosed></rss>", "application/rss+xml"),
        ("feeds/a.atom", "<feed>\x00</feed>", "application/atom+xml"),
        ("feeds/a.atom", "<feed>\ud800</feed>", "application/atom+xml"),
        ("feeds.opml", "", "text/x-opml"),
        ("feeds/a.json", "{", "application/feed+json"),
    ],
)
def test_feed_that_does_not_parse_is_refused_by_name(path: str, text: str, media_type: str) -> None:
    with pytest.raises(OutputError, match=path):
        check(Document(path, text, media_type))


def test_pages_and_stylesheets_are_not_parsed_as_feeds() -> None:
    check(Document("index.html", "<p>unclosed"))
    check(Document("style.css", "a {", "text/css"))


def test_every_feed_passes_the_gate(web: dict[str, str]) -> None:
    documents = list(feeds(publication(WEB), TEMPLATES))
    for document in documents:
        check(document)
    assert {document.path for document in documents} == set(web)


@pytest.mark.skipif(
    shutil.which("xmllint") is None and os.environ.get("CI") != "true", reason="xmllint is not on this machine"
)
@pytest.mark.parametrize("site", [SITE, WEB], ids=["files", "web"])
def test_another_parser_finds_every_feed_well_formed(site: Site, tmp_path: Path) -> None:
    paths = []
    for path, text in texts(publication(site)).items():
        if path.endswith((*XML, "opml")):
            paths.append(tmp_path / path.replace("/", "_"))
            paths[-1].write_text(text, encoding="utf-8")
    done = subprocess.run(["xmllint", "--noout", "--nonet", *paths], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("path", ["feeds/llm.rss", "feeds/llm.atom", "feeds/llm.json", "feeds.opml"])
def test_feeds_look_as_they_looked(path: str, web: dict[str, str], snapshot: SnapshotAssertion) -> None:
    assert web[path] == snapshot
