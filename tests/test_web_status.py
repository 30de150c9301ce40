"""How things stand: for readers in their words, for a load balancer in one, for the owner with all that there is."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from starlette.datastructures import Headers

from digest.models import Fetched, ListedPaper, Listing, Look
from digest.render.pages.status import Coming, status
from digest.store import Store
from digest.web.admin import admin, refusal
from digest.web.application import application
from tests.fakes import Place, card, page
from tests.sites import OWN, Site, published

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sites import Reply

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
SCHEDULED = OWN.replace('name = "daily"', 'name = "daily"\nschedule = "weekdays at 07:00"')
KEYED = "https://dumps.example.org/feed?key=hunter2"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Site]:
    with Site(published(tmp_path)) as one:
        yield one


def at(site: Site, now: datetime, path: str) -> str:
    """What a page says at that time."""
    here = replace(site.window.reception(), clock=lambda: now)
    return plain(site.ask("GET", path, app=application(lambda: here)))


def plain(reply: Reply) -> str:
    assert reply.status == 200
    return reply.text.replace("\u00a0", " ")


# --- readers ------------------------------------------------------------------------------------------------------


def looks(*failures: int, ago: timedelta = timedelta(hours=1)) -> list[Look]:
    looked = NOW - ago
    return [
        Look(f"source{place}", looked, answered=None if bad else looked, failures=bad)
        for place, bad in enumerate(failures)
    ]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ([], "It has not looked for papers yet."),
        (looks(0), "All is well: the source answered."),
        (looks(0, 0), "All is well: every source answered."),
        (
            looks(0, 1),
            "Not all sources answered at the last look. Nothing is lost: they are asked again by themselves.",
        ),
        (looks(2, 1), "No source answered at the last look. They are asked again by themselves."),
        (looks(0, ago=timedelta(days=4)), "It has not looked for papers since Mon 16 Nov 08:00."),
    ],
)
def test_the_answer_is_one_sentence(asked: list[Look], said: str) -> None:
    assert status(asked, (), NOW, "UTC").answer.replace("\u00a0", " ") == said


@pytest.mark.parametrize(
    ("coming", "since", "said"),
    [
        (Coming("T", None, news=False), "quiet: nothing new was listed", "as soon as something new is listed"),
        (
            Coming("T", None, news=True, at=NOW + timedelta(days=3)),
            "new papers, for the next edition",
            "Mon 23 Nov 08:00",
        ),
        (
            Coming("T", None, news=False, at=NOW),
            "quiet: nothing new was listed",
            "now, if something new is listed by then",
        ),
        (
            Coming("T", None, news=True, at=NOW, behind="arxiv"),
            "new papers, for the next edition",
            "as soon as arxiv has listed its papers, at Fri 20 Nov 08:00 at the latest",
        ),
    ],
)
def test_what_is_to_come_is_said_with_what_it_hangs_on(coming: Coming, since: str, said: str) -> None:
    (one,) = status((), (coming,), NOW, "UTC").series
    assert (one.since, one.next.replace("\u00a0", " ")) == (since, said)


def test_readers_see_the_last_edition_and_whether_it_has_been_quiet_since(own: Site) -> None:
    text = at(own, own.place.now, "/status")
    assert '<a href="editions/daily/2.html">No. 2</a>, Thu 19 Nov, 2 papers' in text
    assert "quiet: nothing new was listed" in text
    with own.place.desk() as desk:
        sha256, _ = desk.store.dumps.own(fetched(), "dumps", now=own.place.now)
        desk.store.take_in(sha256, listed(), own.place.now)
    assert "new papers, for the next edition" in at(own, own.place.now, "/status")


def test_readers_see_when_the_next_edition_comes(tmp_path: Path) -> None:
    with Site(published(tmp_path, SCHEDULED)) as site:
        assert "Fri 20 Nov 07:00, if something new is listed by then" in at(site, site.place.now, "/status")


def test_readers_see_neither_addresses_nor_readers(tmp_path: Path) -> None:
    fetching = f'\n[[source]]\nname = "elsewhere"\nkind = "feed"\nurl = "{KEYED}"\n'
    with Site(published(tmp_path, OWN.replace("\n[web]", fetching + "\n[web]"))) as site:
        text = at(site, site.place.now, "/status")
    assert "elsewhere" in text
    assert "not yet" in text
    assert not [word for word in ("hunter2", "example.org", "ada@", str(tmp_path)) if word in text]


def test_readers_see_that_not_all_could_be_read(own: Site) -> None:
    assert "All is well" in at(own, own.place.now, "/status")
    own.place.drop("nothing that anybody can read", "2026-11-20.txt")
    own.place.run()
    assert "Every source answered, but not all of it could be read." in at(own, own.place.now, "/status")


def test_readers_see_that_nothing_was_looked_at_yet(tmp_path: Path) -> None:
    with Site(Place(tmp_path, OWN)) as site, Store(site.place.config.database):
        text = at(site, NOW, "/status")
    assert "It has not looked for papers yet." in text
    assert "none yet" in text


def test_a_source_that_is_not_configured_any_more_is_no_matter_of_readers(own: Site) -> None:
    with Store(own.place.config.database) as store:
        store.looks.failed("former", "it is gone", own.place.now)
    assert "former" not in at(own, own.place.now, "/status")


# --- a load balancer ----------------------------------------------------------------------------------------------


def test_healthz_says_in_a_word_what_is_missing(own: Site) -> None:
    assert (own.get("/healthz").status, own.get("/healthz").text) == (200, "ok\n")
    shutil.rmtree(own.place.config.public)
    assert (own.get("/healthz").status, own.get("/healthz").text) == (503, "pages\n")
    own.place.config.database.unlink()
    assert (own.get("/healthz").status, own.get("/healthz").text) == (503, "database\n")


# --- the owner ----------------------------------------------------------------------------------------------------


def overview(site: Site, *headers: tuple[str, str], path: str = "/admin", method: str = "GET") -> Reply:
    given = headers if any(name == "host" for name, _ in headers) else (("host", "127.0.0.1:8081"), *headers)
    return site.ask(method, path, headers=given, app=admin(site.window.reception))


def test_the_owner_sees_how_all_stands_and_what_to_type(own: Site) -> None:
    own.place.drop("nothing that anybody can read", "2026-11-20.txt")
    own.place.now += timedelta(days=1)
    own.place.run()
    text = plain(overview(own))
    assert "<h1>BROKEN</h1>" in text
    assert "1 dump of the last look could not be read" in text
    assert "<code>digest requeue --dismiss 2026-11-20.txt</code>" in text
    assert "no papers are listed in it" in text
    assert "daily/1 daily/2" not in text
    assert "ada@example.org" in text
    assert "4 sent" not in text
    assert "In all: 0 queued, 0 in doubt, 0 held, 0 dead, 2 sent, 0 cancelled." in text
    assert (
        '<td data-label="State" dir="auto">active</td><td class="figure" data-label="Readers" dir="auto">1</td>' in text
    )


def test_the_owner_sees_halts_and_the_word_that_ends_them(own: Site) -> None:
    with Store(own.place.config.database) as store:
        store.halts.halt("daily/2", "content refused: see https://relay.example/why?key=hunter2", own.place.now)
    text = plain(overview(own))
    assert "<code>digest outbox release daily/2</code>" in text
    assert "content refused: see https://relay.example/why?…" in text
    assert "hunter2" not in text


def test_the_owner_sees_rejects_of_a_doubtful_dump(own: Site) -> None:
    with Store(own.place.config.database) as store:
        store.database.write("UPDATE dump SET verdict = 'suspect', note = 'odd', rejected = 1 WHERE id = 1", {})
        store.database.write("INSERT INTO reject VALUES (1, 17, '<b>half</b> a card', 'no title')", {})
    text = plain(overview(own))
    assert "no title: &lt;b&gt;half&lt;/b&gt; a card" in text
    assert '<td class="figure" data-label="Line" dir="auto">17</td>' in text


def test_an_owners_page_is_whole_before_the_first_run(tmp_path: Path) -> None:
    with Site(Place(tmp_path, OWN)) as site:
        reply = overview(site)
        assert reply.status == 503
        assert "digest run" in reply.text
        with Store(site.place.config.database):
            pass
        assert "Nothing has run yet." in plain(overview(site))


@pytest.mark.parametrize("name", ["127.0.0.1", "127.0.0.1:8081", "localhost:8081", "LOCALHOST", "[::1]:8081"])
def test_the_owners_pages_answer_to_names_of_this_machine(own: Site, name: str) -> None:
    assert overview(own, ("host", name)).status == 200


@pytest.mark.parametrize(
    "name",
    [
        "",
        "papers.test",
        "127.0.0.1.evil.test",
        "evil.test:8081",
        "localhost.evil.test",
        "127.0.0.2",
        "127.0.0.1:x",
        "0",
    ],
)
def test_a_name_that_somebody_else_made_lead_here_is_refused(own: Site, name: str) -> None:
    reply = overview(own, ("host", name))
    assert reply.status == 403
    assert "ada@" not in reply.text
    assert "content-security-policy" in reply.headers


@pytest.mark.parametrize(
    ("site_", "code"), [("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)]
)
def test_what_another_site_has_a_browser_ask_is_refused(own: Site, site_: str, code: int) -> None:
    assert overview(own, ("sec-fetch-site", site_)).status == code


@pytest.mark.parametrize("raw", [[], [(b"host", b"127.0.0.1"), (b"host", b"evil.test")], [(b"host", b"127.0.0.1")] * 2])
def test_a_request_without_a_host_or_with_two_is_refused(raw: list[tuple[bytes, bytes]]) -> None:
    assert refusal(Headers(raw=raw))


def test_no_address_below_the_owners_leads_to_where_a_host_says(own: Site) -> None:
    assert (overview(own, path="/admin/").status, overview(own, path="//admin").status) == (404, 404)


def test_the_owners_pages_only_read(own: Site) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert overview(own, method=method).status == 405
    reply = overview(own)
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["cross-origin-resource-policy"] == "same-origin"
    assert "<form" not in reply.text
    assert overview(own, path="/style.css").headers["content-type"].startswith("text/css")
    assert overview(own, path="/index.html").status == 404


def fetched() -> Fetched:
    return Fetched("2026-11-20.txt", page(card("Sycamore")).encode())


def listed() -> Listing:
    return Listing("test", NOW.date(), "header", (ListedPaper(*card("Sycamore")),))
