"""Archived feeds: where a volume ends, what it holds, that it never changes, and how one leads to another (RFC 5005 §4)."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

import digest.build
from digest.models import Volume
from digest.render import paths
from digest.render.volumes import volumes
from digest.store import Store
from tests.fakes import Place, card, page

if TYPE_CHECKING:
    from pathlib import Path

BASE = "https://papers.example.org/digest"
WEB = f'base_url = "{BASE}"\n'
HISTORY = "{http://purl.org/syndication/history/1.0}"
XML = ("rss", "atom")
OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 30), date(2026, 11, 2), date(2026, 12, 1)


# --- where a volume ends --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("editions", "bound"),
    [
        ([], []),
        ([(1, OCTOBER, 9)], []),
        ([(1, OCTOBER, 5), (2, OCTOBER, 6), (3, NOVEMBER, 1)], [("2026-10", 1, 2)]),
        ([(1, OCTOBER, 10)], [("2026-10", 1, 1)]),
        ([(1, OCTOBER, 9), (3, OCTOBER, 9), (4, OCTOBER, 1), (9, DECEMBER, 1)], [("2026-10", 1, 3), ("2026-10-2", 4, 4)]),
        ([(1, OCTOBER, 5), (2, DECEMBER, 5)], [("2026-10", 1, 1)]),
        # a clock that was put back: what it sealed belongs to what is not bound yet
        ([(1, NOVEMBER, 5), (2, OCTOBER, 1), (3, NOVEMBER, 5)], [("2026-11", 1, 3)]),
        ([(1, OCTOBER, 0), (2, OCTOBER, 3), (3, NOVEMBER, 0), (4, NOVEMBER, 2), (5, DECEMBER, 1)],
         [("2026-10", 2, 2), ("2026-11", 4, 4)]),
    ],
)  # fmt: skip
def test_volume_ends_with_its_month_or_when_it_is_full(
    editions: list[tuple[int, date, int]], bound: list[tuple[str, int, int]]
) -> None:
    assert [(one.name, one.first, one.last) for one in volumes(editions, full=10)] == bound


SEALED = st.lists(st.tuples(st.integers(-40, 400), st.integers(0, 30)), max_size=40)


@given(SEALED)
def test_what_is_bound_stays_bound_whatever_comes(days: list[tuple[int, int]]) -> None:
    editions = [(number, OCTOBER + timedelta(days=day), papers) for number, (day, papers) in enumerate(days, 1)]
    whole = volumes(editions, full=20)
    for end in range(len(editions)):
        known = volumes(editions[:end], full=20)
        assert known == whole[: len(known)]
    assert len({one.name for one in whole}) == len(whole)
    assert all(paths.is_volume(paths.volume("atom", one.name)) for one in whole)


@given(SEALED)
def test_volumes_hold_each_edition_once_and_all_but_the_last_few_papers(days: list[tuple[int, int]]) -> None:
    editions = [(number, OCTOBER + timedelta(days=day), papers) for number, (day, papers) in enumerate(days, 1)]
    held = [number for one in volumes(editions, full=20) for number in range(one.first, one.last + 1)]
    assert held == sorted(set(held))
    with_papers = {number for number, _, papers in editions if papers}
    end = max(held, default=0)
    assert with_papers & set(range(1, end + 1)) <= set(held)
    assert sum(papers for number, _, papers in editions if number > end) < 20


# --- a site of months -----------------------------------------------------------------------------------------------


class Months:
    """A site that goes on, in which a volume is full with ten papers and the feed of all holds at least four."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, text: str = WEB) -> None:
        monkeypatch.setattr(digest.build, "volumes", lambda editions: volumes(editions, full=10))
        monkeypatch.setattr("digest.store.publications.RECENT", 4)
        self.place, self.day, self.papers = Place(folder, text), 0, 0

    @property
    def feeds(self) -> Path:
        return self.place.folder / "public" / "feeds"

    def on(self, days: int, papers: int = 3) -> Months:
        """So many days later so many new papers are listed."""
        self.place.now += timedelta(days=days)
        names = [card(f"Name {self.papers + n}") for n in range(papers)]
        self.papers += papers
        self.place.drop(page(*names, day=f"{self.place.now:%b} {self.place.now.day}"))
        assert self.place.run().errors == ()
        return self

    def names(self, kind: str = "atom") -> list[str]:
        return sorted(path.name for path in self.feeds.glob(f"all-*.{kind}"))

    def read(self, name: str) -> Any:  # noqa: ANN401  feedparser is not typed
        found = feedparser.parse((self.feeds / name).read_bytes())
        assert not found.bozo, found.get("bozo_exception")
        return found

    def chain(self, kind: str) -> list[str]:
        """The documents of the feed of all, as a client walks them."""
        seen = [f"all.{kind}"]
        while before := links(self.read(seen[-1])).get("prev-archive"):
            seen.append(before.removeprefix(f"{BASE}/feeds/"))
            assert len(seen) < 50
        return seen


def links(found: Any) -> dict[str, str]:  # noqa: ANN401  as above
    return {link.rel: link.href for link in found.feed.links}


@pytest.fixture
def months(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Months:
    """From 17 November: four days of it, two of December, one of January."""
    site = Months(tmp_path, monkeypatch)
    for days in (1, 1, 1, 1, 14, 2, 29):
        site.on(days)
    return site


@pytest.mark.parametrize("kind", XML)
def test_feed_and_archives_hold_every_paper_once_with_one_id(kind: str, months: Months) -> None:
    documents = months.chain(kind)
    assert documents == [f"all{name}.{kind}" for name in ("", "-2026-12", "-2026-11")]
    ids = [entry.id for name in documents[1:] for entry in months.read(name).entries]
    recent = {entry.id for entry in months.read(documents[0]).entries}
    assert len(ids) == len(set(ids)) == 18
    assert len({*ids, *recent}) == months.papers == 21
    assert len({months.read(name).feed.get("id") for name in documents}) == 1


@pytest.mark.parametrize("kind", XML)
def test_archive_says_that_it_is_one_and_of_which_feed(kind: str, months: Months) -> None:
    for name in months.names(kind):
        root = ET.fromstring((months.feeds / name).read_text())  # noqa: S314  our own
        assert len(root.findall(f".//{HISTORY}archive")) == 1
        assert links(months.read(name))["self"] == f"{BASE}/feeds/{name}"
        assert links(months.read(name))["current"] == f"{BASE}/feeds/all.{kind}"
        assert "next-archive" not in links(months.read(name))
    current = months.read(f"all.{kind}")
    assert "archive" not in (months.feeds / f"all.{kind}").read_text().partition("prev-archive")[0]
    assert "current" not in links(current)


def test_entries_are_in_the_order_of_their_times_and_have_one_each(months: Months) -> None:
    times = [entry.published for name in months.chain("atom")[1:] for entry in months.read(name).entries]
    assert times == sorted(times, reverse=True)
    assert len(times) == len(set(times))


def test_what_is_bound_is_never_written_again(months: Months) -> None:
    bound = {name: (months.feeds / name).read_bytes() for kind in XML for name in months.names(kind)}
    times = {name: (months.feeds / name).stat().st_mtime_ns for name in bound}
    first = months.read("all-2026-11.atom").entries[-1]
    changed = (
        first.title,
        "We reworded all of it, from the first word to the last one, and say so on every page there is.",
    )
    months.place.now += timedelta(days=1)
    months.place.drop(page(changed, card("Later"), day=f"{months.place.now:%b} {months.place.now.day}"))
    assert months.place.run().errors == ()
    own = months.place.folder / "own/feeds"
    own.mkdir(parents=True)
    frame = (paths_of_templates() / "feeds/atom.xml.j2").read_text()
    (own / "atom.xml.j2").write_text(frame.replace("<generator>Paperround", "<generator>Another"))
    months.place.text += 'templates = "own"\ntitle = "Another Title"\n'
    months.on(1)
    assert "<generator>Another" in (months.feeds / "all.atom").read_text()
    assert {name: (months.feeds / name).read_bytes() for name in bound} == bound
    assert {name: (months.feeds / name).stat().st_mtime_ns for name in bound} == times


def paths_of_templates() -> Path:
    from digest.render.templates import builtin_folder  # noqa: PLC0415

    return builtin_folder()


def test_archive_holds_the_text_of_its_day_and_a_lost_one_is_bound_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Months(tmp_path, monkeypatch).on(1)
    old = site.read("all.atom").entries[0]
    site.place.now += timedelta(days=1)
    changed = (
        old.title,
        "We reworded all of it, from the first word to the last one, and say so on every page there is.",
    )
    site.place.drop(page(changed, day=f"{site.place.now:%b} {site.place.now.day}"))
    assert site.place.run().errors == ()
    (now,) = (entry for entry in site.read("all.atom").entries if entry.id == old.id)
    assert "reworded" in now.content[0].value
    assert now.updated > old.updated
    site.on(20)
    (sealed,) = (entry for entry in site.read("all-2026-11.atom").entries if entry.id == old.id)
    assert (sealed.content, sealed.updated) == (old.content, old.updated)
    before = (site.feeds / "all-2026-11.atom").read_bytes()
    shutil.rmtree(site.place.folder / "public")
    site.place.run()
    assert (site.feeds / "all-2026-11.atom").read_bytes() == before


def test_paper_that_turned_out_to_be_none_before_its_volume_was_bound_is_not_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Months(tmp_path, monkeypatch).on(1)
    gone, *others = (entry.id for entry in site.read("all.atom").entries)
    with Store(site.place.config.database) as store, store.database.transaction():
        store.database.write(
            "DELETE FROM sighting WHERE paper_id = (SELECT id FROM paper WHERE uid = :uid)", {"uid": gone}
        )
        store.database.write("UPDATE paper SET retracted = first_seen WHERE uid = :uid", {"uid": gone})
    site.on(20)
    assert [entry.id for entry in site.read("all-2026-11.atom").entries] == others


def test_full_volume_ends_before_its_month_and_the_feed_of_all_is_never_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Months(tmp_path, monkeypatch)
    for _ in range(9):
        site.on(1)
        assert len(site.read("all.atom").entries) < 10 + 4
        found = {entry.id for name in site.chain("atom") for entry in site.read(name).entries}
        assert len(found) == site.papers
    assert site.names() == ["all-2026-11-2.atom", "all-2026-11.atom"]
    assert site.chain("atom") == ["all.atom", "all-2026-11-2.atom", "all-2026-11.atom"]


def test_without_a_web_address_nothing_is_bound_and_with_another_one_all_is_anew(
    months: Months,
) -> None:
    assert BASE in (months.feeds / "all-2026-11.atom").read_text()
    months.place.text = 'base_url = "https://other.example.org"\n'
    months.place.run()
    assert BASE not in "".join(path.read_text() for path in months.feeds.glob("all*.*s*"))
    months.place.text = ""
    months.place.run()
    assert months.names() == months.names("rss") == []
    assert "prev-archive" not in (months.feeds / "all.atom").read_text()


def test_quiet_build_writes_nothing(months: Months) -> None:
    with months.place.desk() as desk:
        assert desk.builder.build() == []


class Killed(BaseException):
    """The process ends here."""


def killed(*_: object) -> list[str]:
    raise Killed


def test_killed_between_a_volume_and_the_feed_nothing_leads_nowhere(
    months: Months, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as during:
        during.setattr(digest.build.Builder, "_site_and_pages", killed)
        months.place.now += timedelta(days=30)
        months.place.drop(page(card("February"), day=f"{months.place.now:%b} {months.place.now.day}"))
        with pytest.raises(Killed):
            months.place.run()
    assert len(months.names()) == 3
    assert months.chain("atom") == ["all.atom", "all-2026-12.atom", "all-2026-11.atom"]
    months.place.run()
    assert months.chain("atom")[1] == "all-2027-01.atom"


@pytest.mark.skipif(shutil.which("xmllint") is None and os.environ.get("CI") != "true", reason="no xmllint")
def test_archives_are_read_by_xmllint(months: Months) -> None:
    files = [str(months.feeds / name) for kind in XML for name in months.names(kind)]
    done = subprocess.run(["xmllint", "--noout", "--nonet", *files], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("path", "bound"),
    [
        ("feeds/all-2026-10.atom", True),
        ("feeds/all-2026-10-12.rss", True),
        ("feeds/all.atom", False),
        ("feeds/all-2026-10.atom.gz", False),
        ("feeds/all-things.rss", False),
        ("x/feeds/all-2026-10.atom", False),
    ],
)
def test_only_archives_may_be_kept_for_good(path: str, bound: bool) -> None:  # noqa: FBT001
    assert paths.is_volume(path) is bound


def test_volume_is_named_by_its_month() -> None:
    assert paths.volume("rss", Volume("2026-10", 1, 2).name) == "feeds/all-2026-10.rss"
