"""Feeds of every kind, all of them invented; the real answer of arXiv's API where the real dumps are."""

from __future__ import annotations

import codecs
from datetime import UTC, date, datetime
from html import escape
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import UnreadableDump
from digest.models import Dump, Identifier
from digest.news import NEWS
from digest.parsers.encoding import decode
from digest.parsers.feeds import pieces as feed_pieces
from digest.parsers.feeds.feed import NAME, parse, recognise

if TYPE_CHECKING:
    from pathlib import Path

    from digest.models import ListedPaper, Listing

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
SPACES = (
    'xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/"'
)


def dump_of(body: str | bytes, name: str = "feed.xml", media_type: str | None = None) -> Dump:
    return Dump("0" * 64, name, body.encode() if isinstance(body, str) else body, NOW, "tests", media_type)


def read(body: str | bytes, name: str = "feed.xml") -> Listing:
    return parse(dump_of(body, name))


def rss(*items: str, head: str = "<title>Gull Letters</title>") -> str:
    return f'<?xml version="1.0"?>\n<rss version="2.0" {SPACES}><channel>{head}{"".join(items)}</channel></rss>'


def item(**fields: str) -> str:
    """An item with these elements; a double underscore stands for a colon."""
    inner = "".join(f"<{name}>{text}</{name}>" for name, text in ((k.replace("__", ":"), v) for k, v in fields.items()))
    return f"<item>{inner}</item>\n"


def only(listing: Listing) -> ListedPaper:
    assert not listing.rejects
    (paper,) = listing.papers
    return paper


def refused(body: str | bytes) -> str:
    with pytest.raises(UnreadableDump) as fault:
        read(body)
    return str(fault.value)


# --- arXiv --------------------------------------------------------------------------------------------------------

ARXIV_HEAD = """<title>cs.AI updates</title><link>http://rss.arxiv.org/rss/cs.AI</link>
<lastBuildDate>Fri, 20 Nov 2026 05:00:11 +0000</lastBuildDate><pubDate>Fri, 20 Nov 2026 00:00:00 -0500</pubDate>
<skipDays><day>Saturday</day><day>Sunday</day></skipDays>"""


def announced(kind: str = "new", number: str = "2611.01234v1") -> str:
    return f"""<item><title>On $\\epsilon$-Nets of M\\"obius Gulls with 5\\% of the Tide</title>
<link>https://arxiv.org/abs/{number.partition("v")[0]}</link>
<description>arXiv:{number} Announce Type: {kind}\x20
Abstract: We count gulls where $x&lt;y$ and y&gt;z,
and find more of them. AT&amp;T did not help.</description>
<guid isPermaLink="false">oai:arXiv.org:{number}</guid>
<category>cs.AI</category><category>math.CO</category>
<pubDate>Fri, 20 Nov 2026 00:00:00 -0500</pubDate><arxiv:announce_type>{kind}</arxiv:announce_type>
<dc:rights>http://creativecommons.org/licenses/by/4.0/</dc:rights>
<dc:creator>Ada Example, Bo S\\'ample (2), Cy Specimen Jr.</dc:creator></item>"""


def test_announcement_of_arxiv_says_everything() -> None:
    listing = read(rss(announced(), head=ARXIV_HEAD))
    paper = only(listing)
    assert (listing.parser, listing.listed_on, listing.date_from) == (NAME, date(2026, 11, 20), "header")
    assert paper.title == "On ε-Nets of Möbius Gulls with 5% of the Tide"
    assert paper.abstract == "We count gulls where $x<y$ and y>z, and find more of them. AT&T did not help."
    assert paper.authors == ("Ada Example", "Bo Sámple", "Cy Specimen Jr.")
    assert paper.author_count == 3
    assert paper.ids == (Identifier("arxiv", "2611.01234"),)
    assert paper.url == "https://arxiv.org/abs/2611.01234"
    assert paper.categories == ("cs.AI", "math.CO")
    assert (paper.published, paper.day) == (None, date(2026, 11, 20))


@pytest.mark.parametrize(
    ("kind", "announce"),
    [("new", "new"), ("cross", "cross"), ("replace", "replace"), ("replace-cross", "replace"), ("odd", None)],
)
def test_what_arxiv_announces_is_told_in_our_words(kind: str, announce: str | None) -> None:
    paper = only(read(rss(announced(kind))))
    assert paper.announce == announce
    assert (announce in NEWS) == (not kind.startswith("replace"))


def test_atom_twin_of_the_announcement_reads_the_same() -> None:
    twin = f"""<?xml version='1.0' encoding='UTF-8'?>
<feed {SPACES} xmlns="http://www.w3.org/2005/Atom"><id>http://rss.arxiv.org/atom/cs.AI</id><title>cs.AI updates</title>
<updated>2026-11-20T05:00:11+00:00</updated>
<entry><id>oai:arXiv.org:2611.01234v1</id><title>Gulls</title><updated>2026-11-20T05:00:00+00:00</updated>
<link href="https://arxiv.org/abs/2611.01234" rel="alternate" type="text/html"/>
<summary>arXiv:2611.01234v1 Announce Type: cross Abstract: We count gulls.</summary>
<category term="cs.AI"/><published>2026-11-20T00:00:00-05:00</published>
<arxiv:announce_type>cross</arxiv:announce_type><dc:creator>Ada Example, Bo Sample</dc:creator></entry></feed>"""
    listing = read(twin)
    paper = only(listing)
    assert (listing.listed_on, paper.day, paper.announce) == (date(2026, 11, 20), date(2026, 11, 20), "cross")
    assert (paper.abstract, paper.authors) == ("We count gulls.", ("Ada Example", "Bo Sample"))
    assert (paper.ids, paper.categories) == ((Identifier("arxiv", "2611.01234"),), ("cs.AI",))


def test_weekend_is_a_listing_without_papers() -> None:
    listing = read(rss(head=ARXIV_HEAD))
    assert (listing.papers, listing.rejects) == ((), ())


def test_day_in_the_name_wins() -> None:
    listing = read(rss(announced(), head=ARXIV_HEAD), "cs.AI-2026-11-18.xml")
    assert (listing.listed_on, listing.date_from) == (date(2026, 11, 18), "file name")


def test_answer_of_the_api_reads_with_ids_authors_categories_and_dates(shared_data: Path) -> None:
    listing = read((shared_data / "arxiv" / "api.atom").read_bytes())
    assert (len(listing.papers), listing.rejects) == (10, ())
    first, second = listing.papers[:2]
    assert first.ids == (Identifier("arxiv", "2202.12139"), Identifier("doi", "10.1109/icstw55395.2022.00035"))
    assert first.url == "https://arxiv.org/abs/2202.12139"
    assert (first.author_count, first.categories) == (3, ("cs.SE", "cs.LG"))
    assert first.published == date(2022, 2, 24)
    assert second.authors[0].endswith("Ramírez")
    assert all(paper.abstract and paper.authors and paper.categories and paper.published for paper in listing.papers)
    assert all(paper.ids[0].scheme == "arxiv" for paper in listing.papers)


def test_error_of_the_api_is_told_in_its_words() -> None:
    body = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>http://arxiv.org/api/errors#incorrect_id</id>
<title>Error</title><summary>incorrect id format for 1234</summary></entry></feed>"""
    assert "incorrect id format for 1234" in refused(body)


# --- journals, preprint servers, blogs ----------------------------------------------------------------------------


def test_journal_in_rdf() -> None:
    body = f"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" {SPACES}>
<channel rdf:about="https://gulls.example"><title>Gull Letters</title><items><rdf:Seq><rdf:li
 rdf:resource="https://gulls.example/1"/></rdf:Seq></items></channel>
<item rdf:about="https://gulls.example/1"><title>Gulls &amp;lt;i&amp;gt; and H&lt;sub&gt;2&lt;/sub&gt;O</title>
<link>https://gulls.example/1</link><description>&lt;p&gt;First.&lt;/p&gt;&lt;p&gt;Second&lt;br/&gt;line.&lt;/p&gt;</description>
<dc:creator>Example, Ada</dc:creator><dc:creator>Bo Sample</dc:creator><dc:date>2026-11-19</dc:date>
<prism:doi>10.5555/Gull.2026.7</prism:doi></item></rdf:RDF>"""
    paper = only(read(body))
    assert paper.title == "Gulls <i> and H2O"
    assert paper.abstract == "First. Second line."
    assert paper.authors == ("Ada Example", "Bo Sample")
    assert paper.ids == (Identifier("doi", "10.5555/gull.2026.7"),)
    assert (paper.published, paper.day) == (date(2026, 11, 19), date(2026, 11, 19))


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("prism__doi", "10.5555/gull.1"),
        ("dc__identifier", "doi:10.5555/GULL.1"),
        ("link", "https://doi.org/10.5555/gull.1"),
        ("guid", "https://doi.org/10.5555/gull.1"),
    ],
)
def test_doi_is_found_wherever_it_stands(field: str, text: str) -> None:
    assert only(read(rss(item(title="Gulls", **{field: text})))).ids == (Identifier("doi", "10.5555/gull.1"),)


@pytest.mark.parametrize(
    ("creators", "names"),
    [
        (["Example, A. B., Sample, C."], ("A. B. Example", "C. Sample")),
        (["Example, Ada; Sample, Bo"], ("Ada Example", "Bo Sample")),
        (["Ada Example and Bo Sample"], ("Ada Example", "Bo Sample")),
        (["Example, Ada"], ("Ada Example",)),
        (["van der Example, Ada Bo", "Cy Specimen, Jr."], ("Ada Bo van der Example", "Cy Specimen, Jr.")),
        (["ada@example.org (Ada Example)"], ("Ada Example",)),
        (["RamÃ­rez, Ada"], ("Ada Ramírez",)),
        (["Ada Example (1, 2), Bo Sample ((1) Gull (far) House)"], ("Ada Example", "Bo Sample")),
        (["( " * 20_000 + " )" * 20_000 + " Ada Example"], ("Ada Example",)),
        (["", "  "], ()),
    ],
)
def test_authors_are_names_as_people_say_them(creators: list[str], names: tuple[str, ...]) -> None:
    inner = "".join(f"<dc:creator>{creator}</dc:creator>" for creator in creators)
    paper = only(read(rss(f"<item><title>Gulls</title>{inner}</item>")))
    assert (paper.authors, paper.author_count) == (names, len(names) or None)


def test_atom_with_content_of_a_blog() -> None:
    body = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Notes</title><entry><title type="html">&lt;b&gt;Gulls&lt;/b&gt;</title>
<id>tag:notes.example,2026:1</id><link href="https://notes.example/1"/><updated>2026-11-19T23:30:00-05:00</updated>
<author><name>Ada Example</name><email>ada@example.org</email></author>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One.</p><script>let x = 1;</script><p>Two &amp; three.</p></div></content>
</entry></feed>"""
    paper = only(read(body))
    assert (paper.title, paper.abstract, paper.authors) == ("Gulls", "One. Two & three.", ("Ada Example",))
    assert paper.ids == (Identifier("guid", "tag:notes.example,2026:1"),)
    assert paper.published == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("a<br>b<br/>c", "a b c"),
        ("<p class='x > y'>a</p>b", "a b"),
        ("x<sub>2</sub> &amp;amp; &lt;tag&gt;", "x2 &amp; <tag>"),
        ("if a<b and c>d then x<y and z>0", "if a<b and c>d then x<y and z>0"),
        ("a<style>p { }</style><!-- b <p> -->c", "ac"),
        ("a <SCRIPT SRC='x'>b</SCRIPT > c<script>never closed <p>d", "a c"),
        ("<a href='x'>a</a> <x <y>", "a <x <y>"),
        ("5 < 6 & 7 &madeup; &#39;q&#x27;", "5 < 6 & 7 &madeup; 'q'"),
        ("<jats:p>a</jats:p><mml:mi>k</mml:mi> P<Z>", "a k P<Z>"),
        ('<img alt="a<b" src="x">b<unknown href="x">c</unknown>', "bc"),
    ],
)
def test_abstract_is_text(html: str, text: str) -> None:
    assert only(read(rss(item(title="Gulls", description=escape(html))))).abstract == text


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("https://gulls.example/a b&#10;c", "https://gulls.example/abc"),
        ("HTTP://gulls.example", "HTTP://gulls.example"),
        ("java&#10;script:alert(1)", None),
        (" java&#9;script:alert(1)//https://gulls.example", None),
        ("data:text/html,x", None),
        ("file:///etc/passwd", None),
        ("/papers/7", None),
        ("https://", None),
        ("https://[::1", None),
        ("https://gulls.example/" + "x" * 3000, None),
    ],
)
def test_link_is_one_to_the_web_or_none(link: str, url: str | None) -> None:
    assert only(read(rss(item(title="Gulls", link=link)))).url == url


def test_relative_link_is_taken_from_the_address_of_the_feed() -> None:
    body = rss(item(title="Gulls", link="../7"))
    assert only(read(body, "https://gulls.example/feeds/all.rss")).url == "https://gulls.example/7"


@pytest.mark.parametrize(
    ("printed", "day"),
    [
        ("Thu, 19 Nov 2026 23:30:00 -0500", date(2026, 11, 20)),
        ("2026-11-19", date(2026, 11, 19)),
        ("Mon, 01 Jan 1500 00:00:00 GMT", None),
        ("9999-12-31T00:00:00Z", None),
        ("soon", None),
        ("", None),
    ],
)
def test_day_of_an_item_is_its_own_if_it_can_be(printed: str, day: date | None) -> None:
    paper = only(read(rss(item(title="Gulls", pubDate=printed))))
    assert (paper.published, paper.day) == (day, day)


def test_day_to_come_is_no_day_of_a_list() -> None:
    paper = only(read(rss(item(title="Gulls", pubDate="Fri, 01 Jan 2027 00:00:00 GMT"))))
    assert (paper.published, paper.day) == (date(2027, 1, 1), None)


def test_feed_without_announcements_is_listed_when_it_was_fetched() -> None:
    head = "<title>Notes</title><pubDate>Mon, 02 Nov 2026 00:00:00 GMT</pubDate>"
    listing = read(rss(item(title="Gulls"), head=head))
    assert (listing.listed_on, listing.date_from) == (NOW.date(), "retrieved")


# --- items that say little, or too much ---------------------------------------------------------------------------


def test_item_without_title_bears_the_opening_of_its_text() -> None:
    paper = only(read(rss(item(description="Gulls sleep. " * 20))))
    assert paper.title == "Gulls sleep. Gulls sleep. Gulls sleep. Gulls sleep. Gulls sleep. Gulls sleep. Gulls sleep."
    assert paper.abstract


def test_item_without_title_and_text_is_rejected_with_its_place() -> None:
    listing = read(rss(item(title="Gulls"), item(title="&lt;p/&gt;", link="https://gulls.example/2")))
    (reject,) = listing.rejects
    assert len(listing.papers) == 1
    assert (reject.line, reject.why) == (2, "no title and no text")


@pytest.mark.parametrize("length", [2_001, 65_537, 1_000_000])
def test_title_beyond_measure_is_rejected_with_its_length(length: int) -> None:
    (reject,) = read(rss(item(title="x" * length))).rejects
    assert f"{length:,} characters" in reject.why
    assert len(reject.text) == 2_000


def test_abstract_is_cut_at_a_word() -> None:
    abstract = only(read(rss(item(title="Gulls", description="möwen " * 20_000)))).abstract
    assert abstract
    assert 65_000 < len(abstract.encode()) <= 65_536
    assert abstract.endswith("möwen")


def test_guid_names_an_item_only_within_its_host() -> None:
    bodies = [rss(item(title="Gulls", link=f"https://{host}/a", guid="17")) for host in ("one.example", "two.example")]
    assert [only(read(body)).ids[0].value for body in bodies] == ["one.example:17", "two.example:17"]
    assert only(read(rss(item(title="Gulls", guid="17")))).ids == ()


def test_guid_under_two_titles_names_none() -> None:
    one, other = item(title="Gulls", guid="urn:x:1"), item(title="Terns", guid="urn:x:1")
    listing = read(rss(one, other, item(title="Auks", guid="urn:x:2")))
    assert [paper.ids for paper in listing.papers] == [(), (), (Identifier("guid", "urn:x:2"),)]


def test_item_printed_twice_is_listed_twice() -> None:
    listing = read(rss(item(title="Gulls", guid="urn:x:1"), item(title="Gulls", guid="urn:x:1")))
    assert [paper.ids for paper in listing.papers] == [(Identifier("guid", "urn:x:1"),)] * 2


def test_openreview_is_a_name() -> None:
    paper = only(read(rss(item(title="Gulls", link="https://openreview.net/forum?id=AbCdEf1234", guid="9"))))
    assert paper.ids == (Identifier("openreview", "AbCdEf1234"),)


# --- what is no feed, or no good one ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "page",
    [
        "<!DOCTYPE html><html><body>Sign in</body></html>",
        "\n<html><head></head></html>",
        '<?xml version="1.0"?><!-- x --><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "x.dtd"><html/>',
    ],
)
def test_html_page_is_named(page: str) -> None:
    assert "an HTML page, not a feed" in refused(page)


@pytest.mark.parametrize("other", ["", "Gulls", "{}", "<opml/>", "<svg><item/></svg>", "\x00\xff\x00", "<!--", "<?xml"])
def test_what_is_no_feed_is_refused(other: str) -> None:
    assert "no feed" in refused(other)


BOMB = '<!DOCTYPE rss [<!ENTITY a "gulls">]><rss version="2.0"><channel><item><title>&a;</title></item></channel></rss>'


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
)
@pytest.mark.parametrize("declared", ["", "utf-8", "utf-16", "windows-1252"])
def test_declared_entities_are_refused_in_every_encoding(encoding: str, declared: str) -> None:
    head = f'<?xml version="1.0" encoding="{declared}"?>\n<!-- x --> ' if declared else ""
    assert "declares entities" in refused((head + BOMB).encode(encoding))


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE rss SYSTEM "file:///etc/passwd" [ ]>',
        '<!doctype rss[<!entity % x SYSTEM "http://gulls.example/">%x;]>',
        '<!ENTITY a "b">',
        '<?x?><!-- - --><!DOCTYPE rss <!ENTITY a "b">>',
    ],
)
def test_declarations_are_refused_in_every_form(head: str) -> None:
    assert "declares entities" in refused(head + rss(item(title="Gulls")).partition("?>")[2])


def test_document_type_without_declarations_does_no_harm() -> None:
    body = (
        '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://gulls.example/rss.dtd">\n'
        + rss(item(title="A"))[22:]
    )
    assert only(read(body)).title == "A"


@pytest.mark.parametrize("encoding", ["utf-7", "rot13", "idna", "unicode_escape", "cp037", "zip", "x" * 50])
def test_strange_encoding_is_refused(encoding: str) -> None:
    assert f'"{encoding}"' in refused(f'<?xml version="1.0" encoding="{encoding}"?>' + rss()[22:])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32", "iso-8859-1", "windows-1252", "UTF-8"])
def test_common_encodings_are_read(encoding: str) -> None:
    body = f'<?xml version="1.0" encoding="{encoding}"?>' + rss(item(title="Möwen"))[22:]
    assert only(read(body.encode(encoding))).title == "Möwen"


def test_encoding_of_the_server_counts_where_the_feed_says_none() -> None:
    body = rss(item(title="Möwen")).encode("iso-8859-1")
    assert only(parse(dump_of(body, media_type="application/rss+xml; charset=ISO-8859-1"))).title == "Möwen"


def test_few_damaged_bytes_are_replaced_and_many_are_another_encoding() -> None:
    few = rss(item(title="Möwen, Möwen, X")).encode().replace(b"X", b"\xff")
    assert only(read(few)).title == "Möwen, Möwen, \ufffd"
    assert only(read(rss(item(title="Möwen")).encode("cp1252"))).title == "Möwen"


def test_name_that_spells_a_path_opens_nothing(tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_text(rss(item(title="Gulls")))
    assert "no feed" in refused(str(tmp_path / "feed.xml"))


def test_feed_that_breaks_off_keeps_its_whole_items_and_says_where() -> None:
    body = rss(item(title="Gulls"), item(title="Terns"), item(title="Auks"))
    listing = read(body[: body.index("Auks") + 2])
    (reject,) = listing.rejects
    assert [paper.title for paper in listing.papers] == ["Gulls", "Terns"]
    assert reject.line == 4
    assert "breaks off" in reject.why
    assert "<title>Au" in reject.text


def test_feed_that_breaks_off_before_an_item_ends_is_refused_with_the_reason() -> None:
    assert "no element found" in refused(rss(item(title="Gulls"))[:-60])


def test_broken_item_costs_only_itself() -> None:
    listing = read(rss(item(title="Gulls"), "<item><title>Terns</b></title></item>\n", item(title="Auks")))
    (reject,) = listing.rejects
    assert [paper.title for paper in listing.papers] == ["Gulls", "Auks"]
    assert (reject.line, "mismatched tag" in reject.why) == (3, True)


def test_rest_is_given_up_after_many_broken_items() -> None:
    listing = read(rss(item(title="Gulls"), "<item><title>Terns</b></title></item>" * 50))
    assert len(listing.papers) == 1
    assert len(listing.rejects) == 21
    assert "nothing after it was read" in listing.rejects[-1].why


@pytest.mark.parametrize(
    ("broken", "title"),
    [
        ("A &amp; B & C", "A & B & C"),
        ("A&nbsp;B &eacute; &madeup;", "A B é &madeup;"),
        ("A\x0bB\x00C\ufffe", "ABC"),
        ("A&#11;B&#xFFFF;&#99999999;C", "ABC"),
    ],
)
def test_common_faults_are_put_right_and_told(broken: str, title: str) -> None:
    listing = read(rss(item(title=broken)))
    (reject,) = listing.rejects
    assert listing.papers[0].title == title
    assert "read all the same" in reject.why


def test_prefix_that_nobody_declared_is_put_right() -> None:
    listing = read(
        "<rss version='2.0'><channel><item><title>Gulls</title><dc:creator>Ada Example</dc:creator><x:y/></item></channel></rss>"
    )
    assert listing.papers[0].authors == ("Ada Example",)
    assert len(listing.rejects) == 1


def test_text_after_the_feed_is_told() -> None:
    listing = read(rss(item(title="Gulls")) + "Fatal error: gull not found")
    assert [paper.title for paper in listing.papers] == ["Gulls"]
    assert "breaks off" in listing.rejects[0].why


# --- much of it ---------------------------------------------------------------------------------------------------


def test_large_feed_reads_the_same_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    notes = '<!-- </item> --><item/><item><title><![CDATA[</item><item>]]></title><link>https://gulls.example/"</link></item>'
    body = rss(*(item(title=f"Gulls {n}", guid=f"urn:x:{n}", dc__creator="Ada Example") for n in range(50)), notes)
    whole = read(body)
    monkeypatch.setattr(feed_pieces, "_PIECE_ITEMS", 3)
    assert read(body) == whole
    assert len(whole.papers) == 51
    assert [reject.line for reject in whole.rejects] == [51]


@pytest.mark.parametrize(
    "inside",
    [
        "<dc:rights>free</dc:rights><dc:source>A journal</dc:source>",
        "<prism:volume>3</prism:volume><prism:publicationName>Gulls &amp; terns</prism:publicationName>",
        '<arxiv:comment>8 pages</arxiv:comment><arxiv:primary_category term="cs.XX"/>',
    ],
)
def test_what_nobody_reads_changes_nothing(inside: str) -> None:
    names = "".join(f" xmlns:{name}='urn:{name}'" for name in ("dc", "prism", "arxiv"))
    kept = "<title>Gulls</title><prism:doi>10.1234/gulls</prism:doi><description><![CDATA[<dc:rights>Terns</dc:rights>]]></description>"
    with_it, without = (
        f"<rss version='2.0'{names}><channel><item>{kept}{more}</item></channel></rss>" for more in (inside, "")
    )
    assert read(with_it) == read(without)
    assert read(with_it).papers[0].ids[0].value == "10.1234/gulls"


def test_items_outside_the_channel_read_the_same_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_pieces, "_PIECE_ITEMS", 2)
    entries = "".join(f"<a:entry><a:title>Gulls {n}</a:title></a:entry>" for n in range(7))
    listing = read(f"<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:title>x</a:title>{entries}</a:feed>")
    assert [paper.title for paper in listing.papers] == [f"Gulls {n}" for n in range(7)]


@pytest.mark.parametrize(
    ("inside", "what"),
    [
        ("<a>" * 200 + "</a>" * 200, "nested"),
        ("<a/>" * 50_001, "elements"),
        ("".join(f"<category>{n}</category>" for n in range(12_000)), "keywords"),
        (f"<media:keywords xmlns:media='m'>{'a,' * 12_000}</media:keywords>", "keywords"),
        (f"<author>{'a' * 30_000}</author>", "names"),
        (f"<author>{'a ' * 600_000}</author>", "names"),
        ("".join(f"<a xmlns:p{n}='u{n}'/>" for n in range(101)), "namespaces"),
        ("<?a?>" * 1_001, "instructions"),
        ("<a " + " ".join(f'b{n}="x"' for n in range(101)) + "/>", "attributes"),
        (f"<a xml:base='{'x' * 1_500}'><b xml:base='{'x' * 600}'/></a>", "base address"),
    ],
)
def test_what_would_take_for_ever_is_refused(inside: str, what: str) -> None:
    said = refused(rss(f"<item><title>Gulls</title>{inside}</item>"))
    assert "no feed has" in said
    assert what in said


def test_more_items_than_any_feed_has_are_refused() -> None:
    assert "100,000 items" in refused(rss("<item/>" * 100_001))


# --- recognising --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sample", "why"),
    [
        (rss(), "an RSS feed"),
        ("\ufeff\n<!-- x --><feed xmlns='http://www.w3.org/2005/Atom'>", "an Atom feed"),
        ("<rdf:RDF xmlns:rdf='x'>", "RDF"),
        ("<RSS version='0.91'>", "an RSS feed"),
        (BOMB, "an RSS feed"),
        ("<!DOCTYPE html><html>", ""),
        ("<opml>", ""),
        ("Gulls <rss>", ""),
        ("", ""),
    ],
)
def test_beginning_shows_what_it_is(sample: str, why: str) -> None:
    assert why in recognise(sample)
    assert bool(recognise(sample)) == bool(why)


def test_feed_in_utf_16_is_recognised() -> None:
    assert recognise(decode(rss().encode("utf-16")[:1000]))


# --- any bytes ----------------------------------------------------------------------------------------------------

WHOLE = rss(
    announced(), item(title="Gulls", guid="urn:x:1", description="<![CDATA[<p>x</p>]]>"), head=ARXIV_HEAD
).encode()
BITS = st.sampled_from(
    [
        *(
            b"<item>",
            b"</item>",
            b"<![CDATA[",
            b"]]>",
            b"<!--",
            b"-->",
            b"&",
            b"&#0;",
            b"&lt;",
            b"<",
            b">",
            b"<title>",
            b"</",
        ),
        *(
            b"<links>x</links>",
            b"<authors>",
            b"<source>",
            b"<image>",
            b"<published_parsed>x</published_parsed>",
            b"<content>",
        ),
        *(
            b"<title_detail a='b'/>",
            b"<summary a='b'/>",
            b"<id a='b'/>",
            b"<tags>a,b</tags>",
            b"<enclosure url='x'/>",
            b"\x00",
        ),
        *(
            b"<category><source></category></source>",
            b"<link href='http://[x'/>",
            b"\xff",
            codecs.BOM_UTF16_LE,
            b"<!DOCTYPE",
        ),
    ]
)


def holds(body: bytes) -> None:
    try:
        listing = read(body)
    except UnreadableDump:
        return
    assert all(paper.title for paper in listing.papers)
    assert all(reject.line >= 1 and reject.why for reject in listing.rejects)
    assert all(paper.url is None or paper.url.lower().startswith("http") for paper in listing.papers)


@settings(deadline=None)  # the machine may be busy
@given(st.binary(max_size=60))
def test_any_bytes_end_as_a_listing_or_a_refusal(body: bytes) -> None:
    holds(body)


@settings(deadline=None)  # the machine may be busy
@given(st.lists(st.tuples(st.integers(0, len(WHOLE)), st.integers(0, 30), BITS | st.binary(max_size=4)), max_size=4))
def test_any_mutated_feed_ends_as_a_listing_or_a_refusal(edits: list[tuple[int, int, bytes]]) -> None:
    body = WHOLE
    for at, gone, bit in edits:
        body = body[:at] + bit + body[at + gone :]
    holds(body)


@settings(deadline=None)  # the machine may be busy
@given(st.lists(BITS, max_size=12))
def test_any_item_ends_as_a_paper_or_a_reject(bits: list[bytes]) -> None:
    holds(rss("@").encode().replace(b"@", b"<item><title>Gulls</title>" + b"".join(bits) + b"</item>"))
