"""The mail of an edition: sealed pieces, and a body within its weight."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.errors import TemplateError
from digest.models import Dump, Item, Section
from digest.parsers import parse
from digest.render.mail import compose, seal
from digest.render.mail.columns import width_of
from digest.render.mail.head import TOKEN_PLACE
from digest.render.templates import Templates
from tests.mails import SITE, TEMPLATES, WEB, composed, edition, many, morning, one, paper

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from digest.models import Edition, Site
    from digest.render.mail import MailBody

VOID = {"meta", "br"}
HOSTILE = (
    "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "line one\r\nBcc: x@example.org\n\nline two\u2028three\u0085four",
    "nul\x00bell\x07escape\x1b[31mrecord\x1eunit\x1f",
    "\u202etxet desrever\u202c \ud800lone\udfff \ufffe\uffff",
    "עברית و العربية",
    "🙂👩‍👩‍👧‍👧 中文的标题没有空格所以不能在空格处折行而且很长很长很长很长很长很长很长很长很长很长很长很长很长",
    "x" * 65_536,
    "word " * 13_107,
    "",
)


class Reading(HTMLParser):
    """What a program reads in a mail: its words, headings, links and numbers; fails when tags do not nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.headings: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.numbers: list[int] = []  # of the papers that are shown, from their cells
        self.in_number = False
        self.feed(html)
        self.close()
        assert self.open == [], "a tag is not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]
        self.in_number = tag == "td" and "width" in dict(attrs) and ("nowrap", None) in attrs
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"{tag} closes another tag"

    def handle_data(self, data: str) -> None:
        words = " ".join(data.split())
        if not words or "style" in self.open:
            return
        self.words.append(words)
        if self.in_number:
            self.numbers.append(int(words))
        for heading in {"h1", "h2", "h3"} & set(self.open):
            self.headings.append((heading, words))


def text_numbers(text: str) -> list[int]:
    """The papers that the text part shows: numbers that a title follows, below the first rule."""
    return [int(found[1]) for found in re.finditer(r"^ *(\d+)  \S", text[text.index("-----") :], re.MULTILINE)]


def weight(body: MailBody) -> int:
    """The bytes of the HTML part as sent, with CRLF."""
    return len(body.html.replace("\n", "\r\n").encode())


# --- how it looks -------------------------------------------------------------------------------------------------


def test_the_html_of_a_morning(snapshot: SnapshotAssertion) -> None:
    assert composed(morning()).html.replace(TOKEN_PLACE, "TOKEN") == snapshot


def test_the_text_of_a_morning(snapshot: SnapshotAssertion) -> None:
    assert composed(morning()).text.replace(TOKEN_PLACE, "TOKEN") == snapshot


def test_both_parts_have_the_same_papers_in_the_same_order() -> None:
    body = composed(morning())
    assert Reading(body.html).numbers == text_numbers(body.text) == list(range(1, 13))


def test_headings_are_one_h1_then_h2_with_their_h3() -> None:
    headings = Reading(composed(morning()).html).headings
    assert headings[:3] == [
        ("h1", "Morning Papers"),
        ("h2", "Agents & tool use"),
        ("h3", "A Citation Checker That Reads the Source"),
    ]
    assert [name for level, name in headings if level == "h2"] == [section.name for section in morning().sections]


def test_the_text_keeps_to_its_columns_and_puts_addresses_on_lines_of_their_own() -> None:
    lines = composed(morning()).text.split("\n")
    addresses = [line.strip() for line in lines if re.search(r"https?://|mailto:", line)]
    assert all(width_of(line) <= 78 for line in lines if "://" not in line)
    assert addresses
    assert not any(" " in address for address in addresses)


def test_the_text_ends_in_a_signature() -> None:
    text = composed(morning()).text
    assert text.count("\n-- \n") == 1
    assert "mailto:ada@example.org?subject=unsubscribe%20daily" in text.split("\n-- \n")[1]


def test_nothing_is_fetched_to_show_a_mail() -> None:
    reading = Reading(composed(morning()).html)
    assert not {"img", "script", "link", "iframe", "form", "video"} & set(reading.tags)
    assert "url(" not in composed(morning()).html


@pytest.mark.parametrize(("site", "times"), [(SITE, 1), (WEB, 2), (replace(WEB, owner="reader@localhost"), 0)])
def test_unsubscribing_stands_at_the_end_and_where_others_may_read_near_the_top(site: Site, times: int) -> None:
    body = composed(morning(), site)
    places = [at for at, link in enumerate(Reading(body.html).links) if link.startswith("mailto:")]
    assert len(places) == body.html.count("Unsubscribe") == times
    assert not times or places[-1] == len(Reading(body.html).links) - 1
    assert times < 2 or places[0] == 1
    assert ("Unsubscribe:\nmailto:" in body.text) == bool(times)


def test_numbers_keep_to_one_line_however_wide_they_are() -> None:
    for papers, gutter in ((12, 28), (250, 36)):
        html = composed(many(papers)).html
        assert html.count(f'<td width="{gutter}" nowrap') == papers
        assert 'align="right" valign="top" nowrap' in html


@pytest.mark.parametrize(("site", "links"), [(SITE, 0), (WEB, 2)])
def test_the_web_is_offered_only_where_there_is_one(site: Site, links: int) -> None:
    body = composed(morning(), site)
    assert Reading(body.html).links.count("https://papers.example.org/editions/daily/42.html") == links
    assert ("Read on the web:\nhttps://papers.example.org/editions/daily/42.html\n" in body.text) == bool(links)


@pytest.mark.parametrize(
    ("background", "colours"),
    [("#fffffe", ("#1f2328", "#59636e", "#0b57d0")), ("#16181c", ("#e6e6e6", "#a6adb5", "#8ab4f8"))],
)
def test_every_colour_of_words_has_enough_contrast(background: str, colours: tuple[str, ...]) -> None:
    html = composed(morning()).html
    for colour in colours:
        assert colour in html
        assert contrast(colour, background) >= 4.5  # WCAG 2.2, 1.4.3


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_no_words_have_the_colour_of_their_background() -> None:
    """What spam filters look for: the preheader is hidden by `display` alone."""
    html = composed(morning()).html
    assert not re.search(r"(?<!-)color: ?#fffffe", html)
    assert re.search(r"<div style=\"display:none;[^\"]*\">A Citation Checker", html)


def test_a_colour_set_inline_gives_way_in_the_dark() -> None:
    """Each inline colour of words needs the class that replaces it."""
    html = composed(morning()).html
    for tag in re.findall(r"<(?:a|p|td|div|span|table)[^>]*style=\"[^\"]*[;\"]color:#[^>]*>", html):
        assert re.search(r'class="[^"]*\b[agt]\b', tag), tag


# --- papers outside the topics, and other choices -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("others", "numbers", "words"), [("titles", 12, False), ("count", 9, True), ("none", 9, False)]
)
def test_papers_outside_the_topics(others: str, numbers: int, *, words: bool) -> None:
    body = composed(morning(others=others))
    assert Reading(body.html).numbers == text_numbers(body.text) == list(range(1, numbers + 1))
    assert ("3 more papers outside your topics." in body.html) == words
    assert ("3 more papers outside your topics." in body.text) == words


def test_papers_outside_the_topics_are_titles_only() -> None:
    body = composed(morning())
    assert "Notes on the Tides of Inland Seas" in body.html
    assert "They exist." not in body.html + body.text


def test_a_paper_without_a_link_says_so_in_both_parts() -> None:
    body = composed(morning())
    assert "no link in the listing: <a " in body.html
    assert "\n    no link in the listing; look it up:\n    https://arxiv.org/search/?" in body.text


def test_the_text_leads_where_the_html_leads() -> None:
    found = edition(Section("agents", "Agents & tool use", tuple(
        Item(n, paper(f"Paper {n}", number=n, ids=()), "agents") for n in (1, 2)
    )))  # fmt: skip
    body = composed(found)
    searches = [link for link in Reading(body.html).links if "arxiv.org/search" in link]
    assert len(searches) == 2
    assert all(f"\n    {link}\n" in body.text for link in searches)
    said = "Where the listing printed no link, the one here is a search at arXiv."
    assert said in body.html
    assert said in " ".join(body.text.split())


def test_an_edition_of_one_paper_has_no_contents() -> None:
    body = composed(one())
    assert body.subject == "A Title"
    assert 'width="50%"' not in body.html
    assert Reading(body.html).numbers == [1]


def test_an_empty_section_leaves_no_trace() -> None:
    gap = morning()
    body = composed(replace(gap, sections=(Section("empty", "Nothing Here", ()), *gap.sections)))
    assert "Nothing Here" not in body.html + body.text
    assert "more heading" not in body.html + body.text


def test_an_edition_without_papers_is_still_a_mail() -> None:
    body = composed(edition())
    assert body.subject == "0 new papers outside your topics, 20 Nov"
    assert Reading(body.html).numbers == []


# --- sealing ------------------------------------------------------------------------------------------------------


def test_a_fragment_for_each_heading_and_each_paper_in_order() -> None:
    fragments = seal(morning(), SITE, TEMPLATES)
    assert [(f.section, f.number) for f in fragments if f.section == "also"] == [("also", 0), ("also", 8), ("also", 9)]
    assert [f.number for f in fragments if f.number] == list(range(1, 13))


def test_each_piece_ends_in_a_newline_and_holds_no_other_at_its_ends() -> None:
    for fragment in seal(morning(), SITE, TEMPLATES):
        for piece in (fragment.rich, fragment.line, fragment.text):
            assert piece == piece.strip("\n") + "\n"


def test_outside_the_topics_the_rich_form_is_the_title_line() -> None:
    fragments = [f for f in seal(morning(), SITE, TEMPLATES) if f.section == "others"]
    assert all(f.rich == f.line for f in fragments)


def test_where_all_papers_are_outside_the_topics_they_are_shown_like_others() -> None:
    alone = edition(morning().sections[-1])
    assert "They exist." in composed(alone).html


def test_composing_uses_the_sealed_pieces_and_nothing_newer() -> None:
    fragments = [replace(f, rich=f.rich.replace("Citation", "Zitat")) for f in seal(morning(), SITE, TEMPLATES)]
    assert "A Zitat Checker" in compose(morning(), fragments, SITE, templates=TEMPLATES).html


def test_a_template_that_loses_a_piece_is_named(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "fragments.txt.j2").write_text("{% for s in sections %}{{ s.name }}{% endfor %}")
    with pytest.raises(TemplateError, match=r"mail/fragments.txt.j2: gives 0 pieces of 16 \(end each"):
        seal(morning(), SITE, Templates(tmp_path))


def test_a_template_of_ones_own_may_extend_the_built_in_one(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    own = '{% include "builtin/mail/edition.txt.j2" %}\nPrinted by me.\n'
    (tmp_path / "mail" / "edition.txt.j2").write_text(own)
    fragments = seal(morning(), SITE, TEMPLATES)
    assert compose(morning(), fragments, SITE, templates=Templates(tmp_path)).text.endswith("\nPrinted by me.\n")


# --- weight -------------------------------------------------------------------------------------------------------


@pytest.fixture
def attached(monkeypatch: pytest.MonkeyPatch) -> None:
    """The attached page is not what these tests are about, and at 3,000 papers it costs more than they do."""
    monkeypatch.setattr("digest.render.mail.body.standalone", lambda *_: "<!DOCTYPE html><title>all</title>\n")


@pytest.mark.usefixtures("attached")
@pytest.mark.parametrize("site", [SITE, WEB])
@pytest.mark.parametrize("papers", [1, 25, 303, 3000])
def test_the_html_weighs_less_than_its_limit_at_any_count(papers: int, site: Site) -> None:
    assert weight(composed(many(papers), site)) < 100_000


@pytest.mark.usefixtures("attached")
@pytest.mark.parametrize(("topics", "papers"), [(1, 185), (26, 120), (60, 60)])
def test_every_section_keeps_its_first_papers(topics: int, papers: int) -> None:
    heavy = many(3000, topics)
    body = composed(heavy)
    shown = set(Reading(body.html).numbers)
    firsts = {section.items[0].number for section in heavy.sections}
    assert weight(body) < 100_000
    assert firsts <= shown
    assert len(shown) >= papers


@pytest.mark.usefixtures("attached")
def test_sections_that_find_no_room_are_counted() -> None:
    numbered = [Item(n, paper(f"{n} " + "t" * 290, number=n), "agents") for n in range(1, 1001)]
    body = composed(edition(*(Section(f"t{item.number}", f"Topic {item.number}", (item,)) for item in numbered)))
    shown = len(Reading(body.html).numbers)
    assert weight(body) < 100_000
    assert f"{1000 - shown} more papers under {1000 - shown} more headings." in body.html
    assert 50 < shown < 1000


@pytest.mark.usefixtures("attached")
def test_a_heavy_mail_says_what_it_leaves_out_and_where_that_is() -> None:
    body = composed(many(3000))
    reading = Reading(body.html)
    shown = len(reading.numbers)
    assert f"This mail shows {shown} of 3,000 papers; all of them are in the attached page, daily-42.html." in body.html
    hidden = sum(int(words.split()[0]) for words in reading.words if words.endswith("more in the attached page"))
    assert shown + hidden == 3000


@pytest.mark.usefixtures("attached")
def test_with_a_web_the_rest_is_a_link_to_its_section() -> None:
    body = composed(many(3000), WEB)
    assert body.attachment is None
    assert "https://papers.example.org/editions/daily/42.html#t-topic3" in Reading(body.html).links
    assert "papers; all of them are on the web." in body.html


@pytest.mark.usefixtures("attached")
def test_where_all_titles_fit_none_is_left_out() -> None:
    body = composed(many(250))
    assert Reading(body.html).numbers == text_numbers(body.text) == list(range(1, 251))
    assert "Where only a title stands, its abstract is in the attached page, daily-42.html." in body.html
    assert body.attachment


def test_a_light_mail_has_no_attachment() -> None:
    assert composed(many(60)).attachment is None


def test_the_attached_page_is_the_whole_edition() -> None:
    body = composed(many(303))
    assert body.attachment
    assert all(f"With Number {n}<" in body.attachment for n in (1, 150, 303))


@pytest.mark.usefixtures("attached")
def test_the_text_is_complete_far_beyond_what_the_html_can_hold() -> None:
    body = composed(many(1000))
    assert text_numbers(body.text) == list(range(1, 1001))


@pytest.mark.usefixtures("attached")
def test_ten_thousand_papers_end_in_a_mail_of_reasonable_size() -> None:
    body = composed(many(10_000))
    assert weight(body) < 100_000
    assert len(body.text.encode()) <= 512 * 1024
    assert "more, in the attached page\n" in body.text
    assert "This mail shows " in body.text


# --- hostile text -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_breaks_out_of_the_mail(text: str) -> None:
    body = composed(hostile(text))
    reading, plain = Reading(body.html), Reading(composed(morning()).html)
    assert set(reading.tags) <= set(plain.tags)
    assert reading.numbers == text_numbers(body.text) == [1, 2]
    assert all(width_of(line) <= 78 for line in body.text.split("\n") if "://" not in line)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.characters(), max_size=300))
def test_any_text_makes_a_mail_that_can_be_read(text: str) -> None:
    body = composed(hostile(text))
    assert set(Reading(body.html).tags) <= set(Reading(composed(morning()).html).tags)
    for part in (body.html, body.text):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]", part)


def hostile(text: str) -> Edition:
    """The same text wherever an edition takes one."""
    first = paper(text, text, number=1, organisation=text, url=text)
    second = paper(text, text, number=2, authors=(text, text, text, text), ids=())
    agents = Item(1, first, "x", (text,), ("y",))
    named = (("x", text), ("y", text))
    section = Section("x", text, (agents,))
    return edition(section, Section("also", text, (Item(2, second, "x"),)), title=text, topic_names=named)


def test_right_to_left_titles_keep_their_direction() -> None:
    html = composed(morning()).html
    assert html.count('dir="auto"') >= len(morning().items)


# --- real papers --------------------------------------------------------------------------------------------------


def test_a_real_day_becomes_a_mail(shared_data: Path) -> None:
    path = shared_data / "seeds" / "001_7335c34baaa52565.txt"
    dump = Dump("0" * 64, path.name, path.read_bytes(), datetime(2026, 11, 20, tzinfo=UTC), "dumps")
    papers = [
        paper(listed.title, listed.abstract, number=n, author_count=listed.author_count, published=listed.published)
        for n, listed in enumerate(parse(dump).papers, 1)
    ]
    body = composed(edition(Section("agents", "Agents", tuple(Item(p.id, p, "agents") for p in papers))))
    assert Reading(body.html).numbers == text_numbers(body.text) == list(range(1, 29))
    assert weight(body) < 40_000
