"""Our own feeds, fetched as others fetch them: all of them with validators, and by rss2email, twice."""

from __future__ import annotations

import email
import os
import shutil
import subprocess
import sys
from email.policy import default
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET

import httpx
import pytest

from digest.web.serving import Place, serving
from tests.asgi import site_of
from tests.fakes import Place as Folder
from tests.fakes import card, page
from tests.postfix import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 120.0
PROGRAMS = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
RSS2EMAIL = shutil.which("r2e", path=PROGRAMS)
READER = """\
[DEFAULT]
from = digest@example.org
to = reader@example.org
email-protocol = maildir
maildir-path = {folder}
maildir-mailbox = mail
verbose = error
[feed.papers]
url = {url}
"""


class Site(NamedTuple):
    """A served site, whose `base_url` is where it is served; and its place, where days go by."""

    place: Folder
    url: str


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """One day with a hundred papers, one with five."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    place = Folder(tmp_path / "site", f'base_url = "{url}"\n')
    place.day(page(*(card(f"First {number}") for number in range(100))))
    place.day(page(*(card(f"Second {number}", "singing") for number in range(5))))
    with serving(site_of(place), Place(port=port)):
        yield Site(place, url)


def addresses(site: Site) -> list[str]:
    """Every feed in every format, by the list of them, the list itself, and the archives."""
    outlines = ET.fromstring(httpx.get(f"{site.url}/feeds.opml").content).iter("outline")  # noqa: S314  our own
    feeds = [one.attrib["xmlUrl"].removesuffix(".rss") for one in outlines if "xmlUrl" in one.attrib]
    archives = [f"{site.url}/feeds/{path.name}" for path in (site.place.folder / "public/feeds").glob("all-*")]
    formats = [f"{feed}.{kind}" for feed in feeds for kind in ("rss", "atom", "json")]
    return [f"{site.url}/feeds.opml", *formats, *(one for one in archives if not one.endswith(".gz"))]


@pytest.mark.parametrize("coding", ["gzip", "identity"])
def test_each_feed_that_is_asked_for_again_costs_no_body_until_it_changes(coding: str, site: Site) -> None:
    with httpx.Client(headers={"Accept-Encoding": coding}) as client:
        first = {url: client.get(url) for url in addresses(site)}
        assert len(first) > 80
        assert {one.status_code for one in first.values()} == {200}
        assert all(one.headers["vary"] == "Accept-Encoding" for one in first.values())
        for url, one in first.items():
            for known in (
                {"If-None-Match": one.headers["etag"], "If-Modified-Since": one.headers["last-modified"]},
                {"If-None-Match": f"W/{one.headers['etag']}"},
                {"If-Modified-Since": one.headers["last-modified"]},
            ):
                again = client.get(url, headers=known)
                assert (again.status_code, again.num_bytes_downloaded) == (304, 0), url
        site.place.day(page(card("Third", "singing")))
        now = {
            url: client.get(url, headers={"If-None-Match": one.headers["etag"]}).status_code
            for url, one in first.items()
        }
    assert now[f"{site.url}/feeds/all.rss"] == now[f"{site.url}/feeds/health.atom"] == 200
    assert now[f"{site.url}/feeds/robotics.json"] == now[f"{site.url}/feeds.opml"] == 304


def test_large_feeds_come_packed_and_are_the_same(site: Site) -> None:
    for kind in ("rss", "atom", "json"):
        url = f"{site.url}/feeds/all.{kind}"
        packed, plain = (httpx.get(url, headers={"Accept-Encoding": coding}) for coding in ("gzip", "identity"))
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.content == plain.content
        assert packed.num_bytes_downloaded < plain.num_bytes_downloaded / 5


@pytest.mark.skipif(RSS2EMAIL is None and os.environ.get("CI") != "true", reason="rss2email is not installed")
@pytest.mark.parametrize("kind", ["rss", "atom"])
def test_rss2email_makes_a_mail_of_each_paper_and_then_of_each_new_one(kind: str, site: Site, tmp_path: Path) -> None:
    assert RSS2EMAIL, "rss2email is not installed: make installs it"
    folder = tmp_path / "reader"
    for name in ("new", "cur", "tmp"):
        (folder / "mail" / name).mkdir(parents=True)
    (folder / "rss2email.cfg").write_text(READER.format(folder=folder, url=f"{site.url}/feeds/all.{kind}"))
    assert mails(folder, RSS2EMAIL) == 105
    assert mails(folder, RSS2EMAIL) == 0
    site.place.day(page(card("Third"), card("Second 1", "singing")))
    assert mails(folder, RSS2EMAIL) == 1
    site.place.day(page(card("Third")))  # a quiet day
    assert mails(folder, RSS2EMAIL) == 0
    last = max((folder / "seen").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    mail = email.message_from_bytes(last.read_bytes(), policy=default)
    assert "The Third Method" in mail["subject"]
    assert f"{site.url}/papers/" in str(mail.get_content())


def mails(folder: Path, program: str) -> int:
    """How many mails one run of it makes."""
    words = [program, "-c", str(folder / "rss2email.cfg"), "-d", str(folder / "data.json"), "run"]
    subprocess.run(words, check=True, timeout=PATIENCE, env={"HOME": str(folder), "PATH": os.environ["PATH"]})
    (folder / "seen").mkdir(exist_ok=True)
    new = list((folder / "mail/new").iterdir())
    for path in new:
        path.rename(folder / "seen" / path.name)
    return len(new)
