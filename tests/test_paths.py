from __future__ import annotations

from urllib.parse import urljoin

import pytest

from digest.render import paths
from tests.publications import SITE, WEB, invented


@pytest.mark.parametrize("page", ["index.html", "papers/0123.html", "editions/daily/42.html"])
@pytest.mark.parametrize("target", ["index.html", "topics/agents.html", "editions/daily/1.html#p7", "feeds/all.rss"])
def test_relative_link_leads_to_its_target_from_any_page(target: str, page: str) -> None:
    assert urljoin(f"file:///out/{page}", paths.to(target, page)) == f"file:///out/{target}"


def test_paths_are_those_that_people_keep() -> None:
    some = invented(1, "A Title")
    assert paths.edition_page("daily", 42) == "editions/daily/42.html"
    assert paths.edition_markdown("daily", 42) == "editions/daily/42.md"
    assert paths.topic_page("agents") == "topics/agents.html"
    assert paths.paper_page(some) == f"papers/{some.slug}.html"
    assert (paths.feed("rss"), paths.feed("json", "agents")) == ("feeds/all.rss", "feeds/agents.json")


def test_address_needs_a_web() -> None:
    assert paths.absolute(SITE, "index.html") is None
    assert paths.absolute(WEB, "a b.html#p1") == "https://papers.example.org/digest/a%20b.html#p1"
