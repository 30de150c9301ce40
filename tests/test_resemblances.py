"""Near-equal abstracts under other titles: told as possible revisions, never merged."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from digest.store import Store
from tests.fakes import Place, page
from tests.test_likeness import WHOLE, abstract, edited

if TYPE_CHECKING:
    from pathlib import Path

    from digest.models import Paper

OLD = ("Lanterns by the Harbour, a First Look", WHOLE)
NEW = ("What the Harbour Shows by Lantern Light", edited(WHOLE, 2))
THIRD = ("On Something Else Entirely, With Stones", abstract(5))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def known(place: Place) -> dict[str, Paper]:
    with Store(place.config.database) as store:
        return {paper.title: paper for paper in store.papers.all()}


def earlier(place: Place, title: str) -> list[str]:
    return [one.title for one in known(place)[title].earlier]


def test_near_equal_abstract_under_another_title_is_news_and_names_the_earlier_paper(place: Place) -> None:
    place.day(page(OLD, THIRD))
    report = place.day(page(NEW))
    assert [dump.new for dump in report.dumps] == [1]
    assert earlier(place, NEW[0]) == [OLD[0]]
    assert earlier(place, OLD[0]) == earlier(place, THIRD[0]) == []


def test_mail_feed_and_pages_tell_it_and_link_both_ways(place: Place) -> None:
    place.day(page(OLD, THIRD))
    place.day(page(NEW, THIRD))
    papers, public = known(place), place.folder / "public"
    said = f"Perhaps a new version of “{OLD[0]}”"
    new, old = ((public / "papers" / f"{papers[title].slug}.html").read_text() for title in (NEW[0], OLD[0]))
    assert f'<a href="../papers/{papers[OLD[0]].slug}.html">{OLD[0]}' in new
    assert f'<a href="../papers/{papers[NEW[0]].slug}.html">{NEW[0]}' in old
    assert said in re.sub("<[^>]*>", "", (public / "editions" / "daily" / "2.html").read_text())
    assert said in (public / "editions" / "daily" / "2.md").read_text()
    assert "Perhaps a new version of" in (public / "feeds" / "all.json").read_text()
    mails = [(place.folder / "mail" / "new" / name).read_text() for name in place.mails()]
    assert sum("Perhaps a new version of" in mail for mail in mails) == 1


def test_two_on_one_page_are_linked_too(place: Place) -> None:
    place.drop(page(OLD, NEW))
    place.publish()
    assert earlier(place, NEW[0]) == [OLD[0]]


def test_abstract_that_comes_later_is_compared_as_well(place: Place) -> None:
    place.drop(page(OLD, THIRD))
    place.drop(json.dumps([{"paper": {"id": "2610.00002", "title": NEW[0]}}]), "titles.json")
    place.publish()
    assert earlier(place, NEW[0]) == []
    place.drop(page((*NEW, "2610.00002"), THIRD), "later.txt")
    place.publish()
    assert earlier(place, NEW[0]) == [OLD[0]]


def test_phrase_that_many_papers_share_links_none(place: Place) -> None:
    titles = [
        f"Minutes of the Harbour Board, Part {n} of Very Many" for n in ("One", "Two", "Three", "Four", "Five", "Six")
    ]
    place.drop(page(*((title, WHOLE) for title in titles)))
    place.publish()
    assert all(not paper.earlier for paper in known(place).values())


def test_paper_that_turned_out_to_be_the_same_is_no_version_of_itself(place: Place) -> None:
    place.drop(page((*OLD, "2610.00001")))
    place.publish()
    place.drop(page(NEW), "b.txt")
    place.publish()
    assert earlier(place, NEW[0]) == [OLD[0]]
    place.drop(page((*NEW, "2610.00001")), "c.txt")
    place.publish()
    assert [paper.earlier for paper in known(place).values()] == [()]


def test_database_from_before_finds_its_papers_too(place: Place) -> None:
    place.drop(page(OLD))
    place.publish()
    with Store(place.config.database) as store, store.database.transaction():
        for statement in (
            "DROP INDEX retrieval_source",
            "ALTER TABLE dump DROP COLUMN announced",
            "ALTER TABLE run DROP COLUMN unsettled",
            "ALTER TABLE run DROP COLUMN unanswered",
            "DROP TABLE edition_sequel",
            "DROP TABLE possible_revision",
            "DROP TABLE abstract_key",
            "DELETE FROM _sqlite_migrations WHERE name = 'third'",
            "PRAGMA user_version = 2",
        ):
            store.database.write(statement, {})
    place.drop(page(NEW), "later.txt")
    place.publish()
    assert earlier(place, NEW[0]) == [OLD[0]]
