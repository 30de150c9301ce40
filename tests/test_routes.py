"""Every route, asked for whatever can be asked: never a fault of ours, always its headers, and reading writes nothing."""

from __future__ import annotations

import email
import email.policy
import logging
import os
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.web.admin import admin
from tests.fakes import card, page
from tests.sites import BASE, OWN, Site, links, published, version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sites import Reply

PAGES = (
    "/",
    "/search",
    "/search?q=method",
    "/search.atom?q=method",
    "/status",
    "/healthz",
    "/archive.html",
    "/topics.html",
)
POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One that nobody changes."""
    with Site(published(tmp_path_factory.mktemp("site"))) as one:
        yield one


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Site]:
    """One that is changed."""
    with Site(published(tmp_path)) as one:
        yield one


def kept_its_promises(reply: Reply) -> None:
    assert reply.headers["content-security-policy"].startswith(POLICY)
    assert {name: reply.headers.get(name) for name in HEADERS} == HEADERS
    assert "set-cookie" not in reply.headers
    assert reply.status < 500
    assert b"Traceback" not in reply.body


# --- whatever is asked --------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        *(
            "",
            ".",
            "..",
            "%2e%2e",
            "%2f",
            "%5c",
            "%00",
            "~",
            "a" * 300,
            "index.html",
            "search",
            "search.atom",
            "status",
            "healthz",
        ),
        *(
            "papers",
            "editions",
            "daily",
            "1.html",
            "feeds",
            "all.atom",
            "all.atom.gz",
            ".git",
            "config.toml",
            "digest.db",
            "admin",
        ),
    ]
)
PATHS = st.builds(
    "/".join, st.lists(PIECES | st.text(max_size=8).map(lambda text: quote(text, errors="replace")), max_size=6)
)
NAMES = st.sampled_from(["q", "topic", "from", "to", "sort", "page", "token", "x"])
VALUES = st.text(max_size=30) | st.sampled_from(
    ["", "new", "2", "-1", "٣", "9" * 400, "2026-13-45", "0000-00-00", "OR", '"', "a*"]
)
QUERIES = st.lists(st.tuples(NAMES, VALUES.map(lambda text: quote(text, errors="replace"))), max_size=5).map(
    lambda pairs: "&".join(f"{name}={value}" for name, value in pairs)
)
METHODS = st.sampled_from(["GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"])
ASKED = st.sampled_from(
    [
        *(
            "accept-encoding",
            "if-none-match",
            "if-modified-since",
            "range",
            "host",
            "cookie",
            "content-type",
            "x-forwarded-for",
        ),
        *(
            "x-forwarded-host",
            "x-forwarded-prefix",
            "forwarded",
            "content-length",
            "transfer-encoding",
            "origin",
            "accept",
        ),
    ]
)
LATIN = st.text(st.characters(max_codepoint=255, blacklist_characters="\r\n\0"), max_size=40)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    method=METHODS,
    path=PATHS,
    query=QUERIES,
    headers=st.lists(st.tuples(ASKED, LATIN | st.sampled_from(["gzip", "*", '"x"', "bytes=0-1"])), max_size=4),
    body=st.binary(max_size=200),
)
def test_whatever_is_asked_has_its_headers_and_is_no_fault_of_ours(
    *, site: Site, method: str, path: str, query: str, headers: list[tuple[str, str]], body: bytes
) -> None:
    before = version(site.place.config.database) if method in {"GET", "HEAD"} else None
    reply = site.ask(method, f"/{path}?{query}", headers=headers, body=body)
    kept_its_promises(reply)
    if before is not None:
        assert version(site.place.config.database) == before
    assert site.place.text.encode() not in reply.body
    assert not reply.body.startswith(b"SQLite format 3")


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    words=st.text(max_size=300) | st.text('"*-:()OR AND NOT topic title author 扩散 🦉 \u202e\u0000', max_size=200),
    topic=st.sampled_from(["", "llm", "nowhere", "\0"]),
    where=st.sampled_from(["/search", "/search.atom"]),
)
def test_whatever_is_searched_for_is_answered(site: Site, words: str, topic: str, where: str) -> None:
    reply = site.get(f"{where}?q={quote(words, errors='replace')}&topic={quote(topic)}")
    assert reply.status == 200
    kept_its_promises(reply)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_written_where_there_is_only_something_to_read(site: Site, method: str, path: str) -> None:
    reply = site.ask(method, path, body=b"x=1")
    assert reply.status == 405
    kept_its_promises(reply)


@pytest.mark.parametrize("path", ["/", "/search?q=method", "/search.atom?q=method", "/status", "/healthz", "/nowhere"])
def test_a_head_says_what_a_get_says(site: Site, path: str) -> None:
    head, got = site.ask("HEAD", path), site.get(path)
    assert (head.status, head.headers.get("etag")) == (got.status, got.headers.get("etag"))


def test_no_secret_of_the_folder_is_reached_from_its_pages(site: Site) -> None:
    ways = (
        "../config.toml",
        "%2e%2e/config.toml",
        "..%2fconfig.toml",
        "papers/../../digest.db",
        "%2fetc/passwd",
        "/etc/passwd",
    )
    (site.place.config.public / "out").symlink_to(site.place.folder)
    assert {site.get(f"/{way}").status for way in (*ways, "out/config.toml", "out/digest.db")} == {404}


# --- reading writes nothing ---------------------------------------------------------------------------------------


def mailed(site: Site) -> str:
    """The HTML of the latest mail."""
    path = max((site.place.folder / "mail" / "new").iterdir())
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    html = message.get_body(("html",))
    assert html is not None
    return str(html.get_content())


def test_a_thousand_gets_over_every_link_of_a_mail_and_of_the_pages_change_nothing(own: Site) -> None:
    before = version(own.place.config.database)
    waiting, seen = sorted({"/", *PAGES, *links(mailed(own), f"{BASE}/")}), set[str]()
    lost = {}
    while waiting:
        path = waiting.pop()
        seen.add(path)
        reply = own.get(path)
        kept_its_promises(reply)
        if reply.status != 200:
            lost[path] = reply.status
        if "html" in reply.headers.get("content-type", "") and len(seen) < 500:
            waiting += sorted(links(reply.text, BASE + path) - seen - set(waiting))
    assert lost == {}
    assert len(seen) > 40
    for _ in range(-(-1_000 // len(seen))):
        assert {own.get(path).status for path in seen} == {200}
    assert version(own.place.config.database) == before


# --- a database that is busy, gone, another one, or damaged -------------------------------------------------------

HOLDS = """
import fcntl, sqlite3, sys
path = sys.argv[1]
lock = open(path + "-write.lock", "r+")
fcntl.flock(lock, fcntl.LOCK_EX)
connection = sqlite3.connect(path, isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
connection.execute("UPDATE paper SET first_seen = first_seen")
print("held", flush=True)
sys.stdin.read()
"""


def test_reads_go_on_while_another_process_writes(own: Site) -> None:
    command = [sys.executable, "-c", HOLDS, str(own.place.config.database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout
            assert holder.stdout.readline() == "held\n"
            assert {path: own.get(path).status for path in PAGES} == dict.fromkeys(PAGES, 200)
            assert "Larch" in own.get("/search?q=larch").text
        finally:
            holder.kill()


ASKS_THE_DATABASE = ("/search?q=method", "/search.atom?q=method", "/status", "/healthz")


def away(own: Site) -> Path:
    """The database is put elsewhere, whole."""
    database = own.place.config.database
    for path in [*database.parent.glob(f"{database.name}-wal"), *database.parent.glob(f"{database.name}-shm")]:
        path.unlink()
    return database.rename(database.with_name("elsewhere.db"))


def refused(own: Site, path: str) -> str:
    """What is said where the database can't be read: nothing of ours."""
    reply = own.get(path)
    assert reply.status == 503, path
    assert reply.headers["content-security-policy"].startswith(POLICY)
    assert str(own.place.folder) not in reply.text
    return reply.text


def test_without_a_database_pages_are_served_and_the_rest_says_so_until_it_is_back(own: Site) -> None:
    assert own.get("/status").status == 200
    kept = away(own)
    assert "Not at the moment" in refused(own, "/search?q=method")
    assert refused(own, "/healthz") == "database\n"
    assert all(refused(own, path) for path in ASKS_THE_DATABASE)
    assert own.get("/").status == 200
    assert own.get("/search").status == 200, "the form needs none"
    kept.rename(own.place.config.database)
    assert {own.get(path).status for path in ASKS_THE_DATABASE} == {200}


def test_a_database_that_was_put_in_the_place_of_another_is_the_one_that_counts(own: Site, tmp_path: Path) -> None:
    assert "1 paper" in own.get("/search?q=larch").text
    assert "No paper" in own.get("/search?q=zeppelin").text
    other = published(tmp_path / "other")
    other.day(page(card("Zeppelin")))
    away(own)
    os.replace(other.config.database, own.place.config.database)  # noqa: PTH105 - as a restore does
    for path in other.folder.glob("digest.db-wal"):
        path.rename(own.place.folder / path.name)
    assert "1 paper" in own.get("/search?q=zeppelin").text


def test_a_damaged_database_is_said_and_forgotten_once_it_is_whole(own: Site) -> None:
    assert {own.get(path).status for path in ASKS_THE_DATABASE} == {200}
    kept = away(own)
    database = own.place.config.database
    database.write_bytes(b"no database at all, and longer than a page" * 400)
    for path in ASKS_THE_DATABASE:
        refused(own, path)
    kept.replace(database)
    assert {own.get(path).status for path in ASKS_THE_DATABASE} == {200}


# --- what its owner changes ---------------------------------------------------------------------------------------


def test_a_template_with_a_mistake_gives_way_to_the_built_in_one_and_the_owner_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "own" / "pages").mkdir(parents=True)
    for name, mistake in (
        ("search.html.j2", "{{ nobody.knows }}"),
        ("status.html.j2", "{% if %}"),
        ("trouble.html.j2", "{{"),
    ):
        (tmp_path / "own" / "pages" / name).write_text(mistake)
    place = published(tmp_path, f'templates = "own"\n{OWN}')
    caplog.set_level(logging.WARNING, "digest")
    with Site(place) as site:
        assert "How to ask" in site.get("/search").text
        assert "Last edition" in site.get("/status").text
        assert "No such page" in site.get("/nowhere").text
    told = [record.getMessage() for record in caplog.records if "built-in" in record.getMessage()]
    assert [
        name for name in ("search", "status", "trouble") if any(f"pages/{name}.html.j2, line 1" in one for one in told)
    ] == [
        "search",
        "status",
        "trouble",
    ]


def test_a_changed_configuration_counts_from_the_next_request_and_a_faulty_one_is_told(own: Site) -> None:
    assert "Harbour Papers" in own.get("/search").text
    path = own.place.folder / "config.toml"
    path.write_text(OWN.replace("Harbour", "Lighthouse"))
    assert "Lighthouse Papers" in own.get("/search").text
    path.write_text("title = 3")
    assert "Lighthouse Papers" in own.get("/search").text
    assert "title" in own.told[-1]
    assert "stay in force" in own.told[-1]
    told = len(own.told)
    own.get("/search")
    assert len(own.told) == told


# --- the owner's pages are elsewhere ------------------------------------------------------------------------------

LOCAL = [("host", "127.0.0.1:8081")]


@pytest.mark.parametrize("path", ["/admin", "/admin/", "/daily/admin", "//admin", "/./admin", "/%61dmin", "/admin?x"])
def test_the_owners_pages_are_not_among_those_of_everybody_whatever_a_request_claims(site: Site, path: str) -> None:
    claims = [("x-forwarded-for", "127.0.0.1"), ("x-real-ip", "127.0.0.1"), ("forwarded", "for=127.0.0.1"), *LOCAL]
    assert site.ask("GET", path, headers=claims).status == 404


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(method=METHODS, path=PATHS, query=QUERIES, headers=st.lists(st.tuples(ASKED, LATIN), max_size=3))
def test_whatever_the_owners_pages_are_asked_they_write_nothing(
    site: Site, method: str, path: str, query: str, headers: list[tuple[str, str]]
) -> None:
    before = version(site.place.config.database)
    reply = site.ask(method, f"/{path}?{query}", headers=[*LOCAL, *headers], app=admin(site.window.reception))
    kept_its_promises(reply)
    assert reply.headers["cross-origin-resource-policy"] == "same-origin"
    assert version(site.place.config.database) == before
