"""What is at an address: a feed with its title, or a page with the feeds that it names."""

from __future__ import annotations

import time

import pytest

from digest.sources.discovery import feeds_of, title_of
from digest.sources.web import Answer, Validators

HOME = "https://papers.example.org/deep/page"
RSS = 'rel="alternate" type="application/rss+xml"'


def addresses(page: str) -> list[str]:
    return [named.url for named in feeds_of(page, HOME)]


def titled(body: bytes) -> str:
    return title_of(Answer(HOME, body, None, Validators()))


@pytest.mark.parametrize(
    ("tag", "found"),
    [
        (f'<link {RSS} href="feed">', "https://papers.example.org/deep/feed"),
        (f"<LINK {RSS.upper()} HREF='/feed' />", "https://papers.example.org/feed"),
        ("<link rel=alternate type=application/atom+xml href=//other.example.org/a>", "https://other.example.org/a"),
        ('<link rel="home alternate" type="application/feed+json; charset=utf-8" href="f">', f"{HOME[:-4]}f"),
        (f'<link {RSS} title="a > b" href=" ?a=1&amp;b=2#top ">', "https://papers.example.org/deep/page?a=1&b=2"),
        (f'<link {RSS} href="a" href="b">', "https://papers.example.org/deep/a"),
        (f'<base href="/base/"><link {RSS} href="feed">', "https://papers.example.org/base/feed"),
        (f'<!-- note --><script>if (a < b) "<link>"</script><link {RSS} href="feed">', f"{HOME[:-4]}feed"),
        (f'<link {RSS} href="">', None),
        (f"<link {RSS}>", None),
        (f'<link {RSS} href="javascript:alert(1)">', None),
        (f'<link {RSS} href="file:///etc/passwd">', None),
        (f'<link {RSS} href="http://[">', None),
        ('<link rel="alternate" type="application/json" href="/wp-json/1">', None),
        ('<link rel="alternate stylesheet" type="text/css" href="a.css">', None),
        (f'<!-- <link {RSS} href="feed"> -->', None),
        (f'<!-- <link {RSS} href="feed">', None),
        (f"<script>'<link {RSS} href=\"feed\">'</script>", None),
        (f'<linked {RSS} href="feed">', None),
        (f'<a {RSS} href="feed">', None),
        (f'<link {RSS} href="feed', None),
    ],
)
def test_page_names_its_feeds(tag: str, found: str | None) -> None:
    assert addresses(f"<html><head>{tag}</head><body>") == ([found] if found else [])


def test_each_feed_is_named_once_and_no_more_than_twenty() -> None:
    links = "".join(f'<link {RSS} title="No. {n // 2}" href="/{n // 2}">' for n in range(100))
    found = feeds_of(links, HOME)
    assert [named.url for named in found] == [f"https://papers.example.org/{n}" for n in range(20)]
    assert found[0].title == "No. 0"


@pytest.mark.parametrize(
    "piece",
    [
        *("<!--", "<!-->", "<script>", "</script", "<link ", "<link a=", "<link a='", '<link "', "<link '\""),
        *("<link/", "<base<", "<link a=b ", "<link =", f'<link {RSS} href="a">', f"<link {RSS} href='&amp;"),
    ],
)
def test_hostile_page_takes_no_time(piece: str) -> None:
    began = time.process_time()
    feeds_of(piece * (2**21 // len(piece)), HOME)
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (b"<rss><channel><title> The  Tram &amp; Co </title><item><title>A paper</title>", "The Tram & Co"),
        (b"<rss><channel><title><![CDATA[The Tram]]></title></channel></rss>", "The Tram"),
        (b'<feed xmlns="http://www.w3.org/2005/Atom"><title type="html">The Tram</title><entry>', "The Tram"),
        (b"<rss><channel><item><title>A paper</title></item></channel></rss>", ""),
        (b'{"version": "x", "title": "The \\"Tram\\"", "items": []}', 'The \\"Tram\\"'),
        (b"<rss/>", ""),
        (b"", ""),
    ],
)
def test_feed_says_what_it_is_called(body: bytes, title: str) -> None:
    assert titled(body) == title
