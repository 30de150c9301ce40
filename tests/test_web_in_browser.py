"""The pages that a server sets, as a browser shows them: legible, no wider than a phone, and to be used with keys alone."""

from __future__ import annotations

import os
from functools import cache
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from digest.web.admin import admin
from tests.browser import CHROMIUM, Scheme, Window, opened
from tests.sites import Site, published

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = pytest.mark.skipif(CHROMIUM is None and os.environ.get("CI") != "true", reason="no chromium")

SCHEMES: tuple[Scheme, ...] = ("light", "dark")
WIDTHS = (360, 1200)
REFLOW = 320
POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
LONG = "Pneumono" * 30
SHOWN: Mapping[str, str] = {
    "search.html": "/search",
    "found.html": "/search?q=patient+OR+larch+titel:x",
    "none.html": f"/search?q={LONG}",
    "status.html": "/status",
    "trouble.html": "/nowhere",
}


@cache
def documents() -> Mapping[str, str]:
    """Each page by a name of its own, and the style sheet; asked for before the browser's loop runs."""
    with TemporaryDirectory() as folder, Site(published(Path(folder))) as site:
        site.place.drop("nothing that anybody can read " + LONG, f"{LONG}.txt")
        site.place.run()
        pages = {name: site.get(path).text for name, path in SHOWN.items()}
        office = site.ask("GET", "/admin", headers=[("host", "localhost")], app=admin(site.window.reception))
        assert office.status == 200
        return pages | {"admin.html": office.text, "style.css": site.get("/style.css").text}


@pytest.fixture(scope="module")
def window() -> Iterator[Window]:
    documents()
    with opened() as found:
        yield found


NAMES = (*SHOWN, "admin.html")


@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing_on_a_page_that_a_server_sets(window: Window, name: str) -> None:
    window.show(documents(), name, policy=POLICY)
    found = {}
    for look in product(SCHEMES, WIDTHS):
        window.look(*look)
        found[look] = window.faults()
    assert not any(found.values()), found
    assert window.asked == [name, "style.css"]
    assert window.complaints == []


@pytest.mark.parametrize("name", NAMES)
def test_no_page_that_a_server_sets_is_wider_than_a_phone(window: Window, name: str) -> None:
    window.show(documents(), name)
    for width in (360, REFLOW):
        window.look("light", width)
        assert window.sideways() == []


def test_a_search_is_filled_in_and_sent_with_keys_alone(window: Window) -> None:
    window.show(documents(), "search.html")
    reached = list(dict.fromkeys(window.tabbed(24)))
    form = [one for one in reached if one in {"q", "Search", "topic", "sort", "from", "to"}]
    assert form == ["q", "Search", "topic", "sort", "from", "to"]
    assert reached[0] == "Skip to the content"
