"""Where a paper can be read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.models import Identifier
from digest.render.links import Link, link_of, links_of, lookup_url, safe_url
from tests.mails import paper


def links(**known: Any) -> list[tuple[str, str]]:  # noqa: ANN401  hands on what it is given
    return [(link.label, link.url) for link in links_of(paper("T", **({"ids": ()} | known)))]


def test_the_papers_own_address_comes_first_and_nothing_twice() -> None:
    own, same = "https://arxiv.org/abs/2610.01234v2", (Identifier("arxiv", "2610.01234"),)
    assert links(url=own, ids=same) == [
        ("arXiv 2610.01234", own),
        ("PDF", "https://arxiv.org/pdf/2610.01234"),
    ]
    assert links(url=own.replace("abs", "pdf")[:-2], ids=same) == [
        ("PDF", "https://arxiv.org/pdf/2610.01234"),
        ("arXiv 2610.01234", "https://arxiv.org/abs/2610.01234"),
    ]


def test_an_arxiv_id_makes_two_links() -> None:
    assert links(ids=(Identifier("arxiv", "hep-th/9901001"),)) == [
        ("arXiv hep-th/9901001", "https://arxiv.org/abs/hep-th/9901001"),
        ("PDF", "https://arxiv.org/pdf/hep-th/9901001"),
    ]


def test_a_doi_makes_one_link_unless_it_is_arxivs_own() -> None:
    assert links(ids=(Identifier("doi", "10.1000/x y"),)) == [("DOI", "https://doi.org/10.1000/x%20y")]
    assert links(ids=(Identifier("doi", "10.48550/arXiv.2610.01234"),)) == []


@pytest.mark.parametrize(
    ("url", "label"),
    [
        ("https://huggingface.co/papers/2610.01234", "Hugging Face"),
        ("https://arxiv.org/pdf/2610.01234", "PDF"),
        ("https://arxiv.org/html/2610.01234", "arXiv"),
        ("https://www.openreview.net/forum?id=x", "OpenReview"),
        ("https://doi.org/10.1000/1", "DOI"),
        ("http://papers.example.org:8080/7", "papers.example.org"),
    ],
)
def test_a_link_is_named_by_the_place_it_leads_to(url: str, label: str) -> None:
    assert link_of(paper("T", url=url, ids=())) == Link(label, url)


def test_a_paper_of_which_nothing_is_known_has_no_link_but_a_search() -> None:
    unknown = paper("Who & What? " + "x" * 400, ids=())
    assert link_of(unknown) is None
    assert lookup_url(unknown).startswith("https://arxiv.org/search/?searchtype=title&query=Who+%26+What%3F+xxx")
    assert len(lookup_url(unknown)) < 400


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://example.org/x",
        "//example.org/x",
        "papers/7",
        "https://",
        "https:///x",
        "https://arxiv.org@example.org/",
        "https://example.org/a b",
        "https://example.org/\u2028",
        "https://example.org/\ud800",
        "https://example.org/\u0000",
        'https://example.org/"onload="x',
        "https://example.org/<script>",
        "https://example.org\\@x",
        "https://[::1",
        "https://" + "a" * 70 + "ü.example",
        "https://example.org/" + "x" * 2048,
    ],
)
def test_addresses_that_are_no_web_address_are_dropped(url: str | None) -> None:
    assert safe_url(url) is None


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("HTTP://Example.org/%41?b=1&c=2#d", "http://Example.org/%41?b=1&c=2#d"),
        ("https://bücher.example:80/ä", "https://xn--bcher-kva.example:80/%C3%A4"),
        ("https://[::1]/x", "https://[::1]/x"),
    ],
)
def test_web_addresses_end_up_in_ascii(url: str, safe: str) -> None:
    assert safe_url(url) == safe


@given(st.text(max_size=60).map("https://example.org/{}".format) | st.text(max_size=60))
def test_a_safe_address_can_stand_anywhere(url: str) -> None:
    safe = safe_url(url)
    assert safe is None or (safe.isascii() and safe.isprintable() and not set(safe) & set(' <>"\\'))
