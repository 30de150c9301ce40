"""Mails and pages as a browser shows them: legible in light and in dark, and nowhere wider than a phone."""

from __future__ import annotations

import os
from itertools import product
from typing import TYPE_CHECKING

import pytest

from tests.browser import CHROMIUM, Scheme, Window, opened
from tests.showcase import HOSTILE, MAILS, PAGES, hostile_mail, hostile_site, site

if TYPE_CHECKING:
    from collections.abc import Iterator

    Look = tuple[Scheme, int]

pytestmark = pytest.mark.skipif(CHROMIUM is None and os.environ.get("CI") != "true", reason="no chromium")

SCHEMES: tuple[Scheme, ...] = ("light", "dark")
HEAVY = ("400 papers", "a group", "attached")
PHONE, MAIL_PROGRAM, DESK = 360, 800, 1200  # CSS pixels
REFLOW = 320  # WCAG 2.2, 1.4.10: nothing is to be moved sideways down to this width
# A mail is shown within a page of its reader's mail program, whose landmarks count; a second `main` would be a fault there.
NOT_OF_A_MAIL = ("landmark-one-main", "region")
# What a server in front of the pages may send with each.
POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


@pytest.fixture(scope="module")
def window() -> Iterator[Window]:
    """One for all tests of this file, and closed before those of another one."""
    with opened() as found:
        yield found


# --- accessibility ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", MAILS)
def test_axe_finds_nothing_in_a_mail(window: Window, kind: str) -> None:
    window.show({"mail.html": MAILS[kind]()}, "mail.html")
    assert faults(window, looks(kind, MAIL_PROGRAM), without=NOT_OF_A_MAIL) == {}


@pytest.mark.parametrize("kind", PAGES)
def test_axe_finds_nothing_on_a_page(window: Window, kind: str) -> None:
    window.show(site(), PAGES[kind])
    assert faults(window, looks(kind, DESK)) == {}


def looks(kind: str, wide: int) -> tuple[Look, ...]:
    """Both widths in light and in dark; of a heavy document, whose checking takes long, each of the four once."""
    if kind in HEAVY:
        return (("light", PHONE), ("dark", wide))
    return tuple(product(SCHEMES, (PHONE, wide)))


def faults(window: Window, looks: tuple[Look, ...], *, without: tuple[str, ...] = ()) -> dict[Look, list[str]]:
    """What axe finds in each look; one without a fault is left out."""
    found = {}
    for look in looks:
        window.look(*look)
        found[look] = window.faults(without)
    return {look: those for look, those in found.items() if those}


# --- width --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", MAILS)
def test_no_mail_is_wider_than_a_phone(window: Window, kind: str) -> None:
    window.show({"mail.html": MAILS[kind]()}, "mail.html")
    assert too_wide(window) == {}


@pytest.mark.parametrize("kind", PAGES)
def test_no_page_is_wider_than_a_phone(window: Window, kind: str) -> None:
    window.show(site(), PAGES[kind])
    assert too_wide(window) == {}


def too_wide(window: Window) -> dict[int, list[str]]:
    """What does not fit, for each width at which something does not."""
    found = {}
    for width in (PHONE, REFLOW):
        window.look("light", width)
        found[width] = window.sideways()
    return {width: those for width, those in found.items() if those}


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_makes_a_mail_wider_than_a_phone(window: Window, text: str) -> None:
    window.show({"mail.html": hostile_mail(HOSTILE[text])}, "mail.html")
    assert too_wide(window) == {}


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_makes_a_page_wider_than_a_phone(window: Window, text: str) -> None:
    documents = hostile_site(HOSTILE[text])
    wide = {}
    for path in (path for path in documents if path.endswith(".html")):
        window.show(documents, path)
        wide[path] = too_wide(window)
    assert not any(wide.values()), wide
    assert len(wide) >= 6


# --- nothing from elsewhere ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", MAILS)
def test_a_mail_asks_for_nothing(window: Window, kind: str) -> None:
    window.show({"mail.html": MAILS[kind]()}, "mail.html")
    assert window.asked == ["mail.html"]
    assert window.complaints == []


@pytest.mark.parametrize("kind", [kind for kind in PAGES if kind != "attached"])
def test_a_page_asks_for_its_style_alone_and_keeps_to_a_strict_policy(window: Window, kind: str) -> None:
    window.show(site(), PAGES[kind], policy=POLICY)
    assert window.asked == [PAGES[kind], "style.css"]
    assert window.complaints == []


def test_the_attached_page_needs_nothing_beside_it(window: Window) -> None:
    window.show(site(), PAGES["attached"])
    assert window.asked == [PAGES["attached"]]


# --- light and dark -----------------------------------------------------------------------------------------------


def test_mails_and_pages_follow_the_reader_into_the_dark(window: Window) -> None:
    for path, html in ((PAGES["front"], ""), ("mail.html", MAILS["one paper"]())):
        window.show({**site(), "mail.html": html}, path)
        assert [background(window, scheme) for scheme in SCHEMES] == ["rgb(255, 255, 254)", "rgb(22, 24, 28)"]


def background(window: Window, scheme: Scheme) -> str:
    window.look(scheme, PHONE)
    return window.background()
