"""The whole story in a real browser, by the keyboard, with a real daemon: subscribe, read, choose, leave, hear nothing more."""

from __future__ import annotations

import email
import email.policy
import os
import re
import socket
import urllib.request
from itertools import product
from typing import TYPE_CHECKING

import pytest

from digest.store import Store
from digest.web.serving import Place as Where
from digest.web.serving import serving
from tests.browser import CHROMIUM, Scheme, Window, opened
from tests.commandline import process
from tests.daemons import Started, comes
from tests.fakes import Place, card, page
from tests.visits import Visited

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

pytestmark = pytest.mark.skipif(CHROMIUM is None and os.environ.get("CI") != "true", reason="no chromium")

LOOKS: tuple[tuple[Scheme, int], ...] = tuple(product(("light", "dark"), (360, 1200)))
CONFIG = """\
title = "Morning Papers"
owner = "ada@example.net"
base_url = "http://127.0.0.1:{port}"
[[digest]]
name = "daily"
to = []
[[digest]]
name = "weekly"
title = "The Week in Graphs"
topics = ["graphs", "llm"]
to = []
[web]
listen = "127.0.0.1:{port}"
"""


@pytest.fixture(scope="module")
def window() -> Iterator[Window]:
    with opened() as found:
        yield found


@pytest.fixture
def port() -> int:
    """One that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def mails(place: Place) -> list[EmailMessage]:
    """What lies in the Maildir, the oldest first."""
    new = place.folder / "mail" / "new"
    files = sorted(new.iterdir(), key=lambda one: one.stat().st_mtime_ns) if new.is_dir() else []
    return [email.message_from_bytes(one.read_bytes(), policy=email.policy.default) for one in files]


def links_of(mail: EmailMessage) -> list[str]:
    html = mail.get_body(("html",))
    assert html is not None
    return re.findall(r'<a href="([^"]+)"', html.get_content())


def run(place: Place, name: str) -> None:
    """A dump comes in, and `digest run` publishes it."""
    place.drop(page((f"Graph Neural Networks in the {name} Wood", card(name)[1])), f"{name}.txt")
    answer = process(["-c", place.folder / "config.toml", "run"], place.folder)
    assert answer.code == 0, answer.err


def test_somebody_subscribes_reads_chooses_and_leaves(window: Window, tmp_path: Path, port: int) -> None:
    place, base = Place(tmp_path, CONFIG.format(port=port)), f"http://127.0.0.1:{port}"
    window.look("dark", 360)
    with Started(place) as daemon:
        assert daemon.says("served at")
        window.visit(f"{base}/subscribe")
        window.tab_to("Your address")
        window.press("bo@example.org")
        window.tab_to("Only some topics")
        window.press("Enter")
        window.tab_to("Graph learning")
        window.press("Space")
        window.tab_to("Send me the link")
        window.enter()
        assert window.heading() == "Look into your mailbox"
        assert comes(lambda: len(mails(place)) == 1)
        (link,) = links_of(mails(place)[0])
        window.visit(link)
        window.tab_to("Yes, send it to me")
        window.enter()
        assert window.heading() == "You are subscribed"
        assert daemon.stopped() == 0
    run(place, "Amber")
    _, edition = mails(place)
    assert edition["To"] == "bo@example.org"
    with Started(place) as daemon:
        assert daemon.says("served at")
        ours = [one for one in links_of(edition) if one.startswith(base)]
        assert len(ours) >= 8
        for one in ours:
            window.visit(one)
            assert "No such" not in window.heading(), one
        window.visit(next(one for one in ours if one.endswith("#topics")))
        window.tab_to("Causality")
        window.press("Space")
        window.tab_to("Change topics")
        window.enter()
        assert "Your topics are changed" in window.words()
        (one_click,) = re.findall(r"<(http[^>]+)>", str(edition["List-Unsubscribe"]))
        with urllib.request.urlopen(one_click, b"List-Unsubscribe=One-Click", timeout=20) as answer:  # noqa: S310 - ours
            assert (answer.status, answer.url) == (200, one_click)
        assert daemon.stopped() == 0
    run(place, "Birch")
    assert len(mails(place)) == 2, "nothing more"
    with Store(place.config.database) as store:
        (own,) = store.subscriptions.find("bo@example.org")
        assert (own.state, own.topics) == ("unsubscribed", ("graphs", "causality"))
        assert len(store.publications.headlines()) == 4, "two of each digest"


def test_reader_pauses_takes_another_digest_looks_and_deletes_by_the_keyboard(
    window: Window, tmp_path: Path, port: int
) -> None:
    here = Visited(Place(tmp_path, CONFIG.format(port=port)))
    own = here.subscribed()
    here.place.run()
    window.look("light", 1200)
    with serving(here.app, Where(port=port)):
        window.visit(f"http://127.0.0.1:{port}{own}#pause")
        window.tab_to("No mail until")
        window.press("12", "24", "2026")
        window.tab_to("What appears meanwhile")
        window.press("Space")
        window.tab_to("Pause")
        window.enter()
        assert (
            "Paused until Thursday 24 December 2026. What appears meanwhile comes in one mail then." in window.words()
        )
        window.tab_to("Go on now")
        window.enter()
        window.tab_to("Get The Week in Graphs too")
        window.enter()
        assert here.state() == {"daily": "active", "weekly": "active"}
        window.tab_to("See what is stored")
        window.enter()
        assert "own page, 2026-11-16 07:00 UTC" in window.words()
        window.tab_to("Back to your page")
        window.enter()
        window.tab_to("Delete your address")
        window.enter()
        window.tab_to("Delete it for ever")
        window.enter()
        assert window.heading() == "It is deleted"
    assert here.state() == {}


def test_axe_finds_nothing_on_any_of_these_pages_and_none_is_wider_than_a_phone(
    window: Window, tmp_path: Path, port: int
) -> None:
    here = Visited(Place(tmp_path, CONFIG.format(port=port)))
    here.place.run()
    here.post("/subscribe", {"email": "bo@example.org"})
    own, paused = here.subscribed("cy@example.org"), here.subscribed("di@example.org", topics=("graphs",))
    here.subscribed("cy@example.org", "weekly")
    here.post(f"{paused}/pause", {"until": "2026-12-24", "catch_up": "1"})
    left = here.subscribed("ed@example.org", state="unsubscribed")
    with Store(here.place.config.database) as store:
        token = store.database.value("SELECT token FROM request")
    paths = [
        "/subscribe",
        "/subscribe?digest=weekly",
        f"/confirm/{token}",
        own,
        paused,
        left,
        "/s/none",
        "/confirm/none",
    ]
    paths += [f"{own}/{what}" for what in ("unsubscribe", "stored", "delete")]
    found: dict[tuple[str, Scheme, int], list[str]] = {}
    with serving(here.app, Where(port=port)):
        for path in paths:
            window.visit(f"http://127.0.0.1:{port}{path}")
            for scheme, width in LOOKS:
                window.look(scheme, width)
                found[path, scheme, width] = window.faults() + window.sideways()
            window.look("light", 320)
            found[path, "light", 320] = window.sideways()
            assert [one for one in window.complaints if "404" not in one] == []
    assert {where: faults for where, faults in found.items() if faults} == {}


@pytest.mark.parametrize("kind", ["confirm", "manage"])
def test_axe_finds_nothing_in_the_mails_to_who_asked(window: Window, tmp_path: Path, port: int, kind: str) -> None:
    here = Visited(Place(tmp_path, CONFIG.format(port=port)))
    if kind == "manage":
        here.subscribed()
    here.post("/subscribe", {"email": "bo@example.org", "topic": "graphs"})
    here.answers()
    html = mails(here.place)[0].get_body(("html",))
    assert html is not None
    window.show({"mail.html": html.get_content()}, "mail.html")
    found = {}
    for scheme, width in LOOKS:
        window.look(scheme, width)
        found[scheme, width] = window.faults(("landmark-one-main", "region")) + window.sideways()
    assert {look: faults for look, faults in found.items() if faults} == {}
    assert window.asked == ["mail.html"]
