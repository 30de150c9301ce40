"""Near-equal abstracts under other titles: told as possible revisions, never merged."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from itertools import count
from typing import TYPE_CHECKING

import pytest

from digest.models import Edition, Identifier, Item, ListedPaper, Section
from digest.store import Store
from digest.store.resemblances import note_resemblances
from tests.fakes import DAY, Place, page
from tests.test_likeness import WHOLE, abstract, edited
from tests.test_store import listing, take

if TYPE_CHECKING:
    from collections.abc import Iterator
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


def test_two_ids_under_one_title_are_said_to_be_perhaps_the_same(place: Place) -> None:
    place.day(page((*OLD, "2610.00001"), THIRD))
    place.day(page((OLD[0].upper(), NEW[1], "2610.00002"), THIRD))
    public, said = place.folder / "public", "Perhaps the same as another entry of this title, listed 17 Nov"
    old, new = ((public / "papers" / f"{paper.slug}.html").read_text() for paper in sorted_known(place, OLD[0]))
    for one, other in ((old, new), (new, old)):
        assert "Perhaps the same as</dt>" in one
        assert "another entry of this title</a>, listed" in one
        assert "new version" not in one + other
    for form in ("html", "md"):
        text = (public / "editions" / "daily" / f"2.{form}").read_text().replace("\u00a0", " ")
        assert said in re.sub("<[^>]*>", "", text)
    assert "Perhaps the same as another entry of this title" in (public / "feeds" / "all.json").read_text()
    mails = [(place.folder / "mail" / "new" / name).read_text() for name in place.mails()]
    assert sum("Perhaps the same as another entry" in mail for mail in mails) == 1


def sorted_known(place: Place, title: str) -> list[Paper]:
    """The papers of that title, the oldest first."""
    with Store(place.config.database) as store:
        papers = [paper for paper in store.papers.all() if paper.title.casefold() == title.casefold()]
    return sorted(papers, key=lambda paper: paper.id)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "digest.db") as opened:
        yield opened


def links(store: Store) -> dict[str, list[str]]:
    """What each paper names as earlier, by title; the other direction must say the same."""
    papers = store.papers.all()
    found = {paper.title: [other.title for other in paper.earlier] for paper in papers if paper.earlier}
    later = store.papers.later_versions(paper.id for paper in papers)
    back = {(young.title, paper.title) for paper in papers for young in later.get(paper.id, ())}
    assert len(back) == sum(map(len, found.values()))
    return found


FIRST, SECOND = Identifier("doi", "10.1/a"), Identifier("arxiv", "2610.1")
ELDER = ListedPaper("Some Elderly Paper with an Abstract of Its Own", abstract(9), ids=(FIRST,))
JOINT = replace(ELDER, ids=(FIRST, SECOND))


def test_merged_paper_hands_over_what_it_is_perhaps_a_version_of(store: Store) -> None:
    take(store, listing(ListedPaper(*OLD)))
    take(store, listing(ELDER))
    take(store, listing(ListedPaper(*NEW, ids=(SECOND,))))
    assert links(store) == {NEW[0]: [OLD[0]]}
    take(store, listing(JOINT, on=date(2026, 11, 17)))
    assert links(store) == {ELDER.title: [OLD[0]]}


def test_merged_paper_hands_over_its_later_versions(store: Store) -> None:
    take(store, listing(ELDER))
    take(store, listing(ListedPaper(*OLD, ids=(SECOND,))))
    take(store, listing(ListedPaper(*NEW)))
    assert links(store) == {NEW[0]: [OLD[0]]}
    take(store, listing(JOINT, on=date(2026, 11, 17)))
    assert links(store) == {NEW[0]: [OLD[0]]}, "by the name that it had when it was found"


def test_paper_that_was_the_younger_one_is_the_older_one_once_it_is_merged(store: Store) -> None:
    take(store, listing(ELDER))
    take(store, listing(ListedPaper(*OLD)))
    take(store, listing(ListedPaper(*NEW, ids=(SECOND,))))
    assert links(store) == {NEW[0]: [OLD[0]]}
    take(store, listing(JOINT, on=date(2026, 11, 17)))
    assert links(store) == {OLD[0]: [ELDER.title]}


def test_page_of_a_paper_is_made_again_when_its_version_became_another_paper(store: Store) -> None:
    take(store, listing(ELDER))
    take(store, listing(ListedPaper(*OLD, ids=(SECOND,))))
    take(store, listing(ListedPaper(*NEW)))
    sealed(store)
    before = store.publications.page_inputs()
    take(store, listing(JOINT, on=date(2026, 11, 17)))
    assert store.publications.page_inputs()["paper/3"] != before["paper/3"]


def sealed(store: Store) -> None:
    """An edition of all papers."""
    store.editions.register("daily")
    items = tuple(Item(number, paper, "x", score=1.0) for number, paper in enumerate(store.papers.all(), 1))
    section = Section("x", "X", items)
    edition = Edition("daily", "T", number=1, day=DAY.date(), created=DAY, considered=9, sections=(section,))
    store.editions.seal(edition, ())


def test_ten_thousand_papers_with_one_abstract_are_no_ten_thousand_squared(store: Store) -> None:
    abstracts = dict.fromkeys(range(1, 10_001), WHOLE)
    steps = count()
    store.database.connection.set_progress_handler(lambda: next(steps) > MOST, 1000)
    with store.database.transaction():
        store.database.write("PRAGMA defer_foreign_keys = 1", {})
        note_resemblances(store.database, abstracts)
        assert next(steps) <= MOST
        store.database.write("DELETE FROM abstract_key", {})


MOST = 10_000  # thousands of steps of SQLite's machine; each paper with each other would be a hundred times as many


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
