"""What a body is at first sight: a page of HTML, or a listing by its form."""

from __future__ import annotations

import time

import pytest

from digest.sources.bodies import is_html, is_listing
from digest.sources.web import Answer, Validators


def answer(body: bytes, media_type: str | None = None) -> Answer:
    return Answer("https://papers.example.org/feed", body, media_type, Validators())


@pytest.mark.parametrize("media_type", [None, "application/rss+xml", "text/html; charset=utf-8"])
@pytest.mark.parametrize(
    ("body", "html"),
    [
        (b"<!DOCTYPE html><title>Log in", True),
        (b"\xef\xbb\xbf \n<!-- a page --><!-- by us --><HTML lang=en>", True),
        (b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN"><html>', True),
        (b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">', True),
        (b"<rss><channel><item><description><![CDATA[<html>]]></description>", False),
        (b"<?xml version='1.0'?><?xml-stylesheet href='a.xsl'?>\n<!-- <html> --><feed>", False),
        (b'<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "x"><rss>', False),
        (b'<?xml version="1.0"?><opml>', False),
        (b"<rdf:RDF>", False),
        (b"<atom:feed>", False),
        (b'\xef\xbb\xbf{"version": "<html>"}', False),
        (b' [{"title": "<html>"}]', False),
        ("<?xml version='1.0' encoding='utf-16'?><rss>".encode("utf-16"), False),
    ],
)
def test_first_element_tells_a_page_whatever_the_server_calls_it(
    body: bytes, media_type: str | None, *, html: bool
) -> None:
    assert is_html(answer(body, media_type)) is html


@pytest.mark.parametrize("body", [b"", b"<br />\n<b>Warning</b>: in line 3", b"Log in, please", b"<!-- no end", b"\0"])
def test_type_counts_where_the_body_does_not_tell(body: bytes) -> None:
    assert is_html(answer(body, "Text/HTML"))
    assert not is_html(answer(body, "text/plain"))
    assert not is_html(answer(body))


@pytest.mark.parametrize(
    "piece", [b"<!--", b"<!-- -->", b"<?", b"<? ?>", b" ", b"<!DOCTYPE x", b"<!DOCTYPE x[", b"<!DOCTYPE x>", b"<a" * 9]
)
def test_hostile_body_takes_no_time(piece: bytes) -> None:
    began = time.process_time()
    is_html(answer(piece * (2**20 // len(piece))))
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("body", "listing"),
    [
        (b"<rss/>", True),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'/>", True),
        (b"[]", True),
        (b'[{"paper": {"id": "2611.00001"}}]', True),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": []}', True),
        (b'{"error": "unknown tenant"}', False),
        (b"<!doctype html><html>", False),
        (b"Service Temporarily Unavailable\n", False),
        (b"\0\1\2" * 99, False),
        (b"", False),
    ],
)
def test_listing_has_a_sign_of_its_format(body: bytes, *, listing: bool) -> None:
    assert is_listing(answer(body)) is listing
