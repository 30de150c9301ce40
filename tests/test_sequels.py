"""What became of papers that earlier editions announced: told beside the news, never as news."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.config import parse
from digest.models import Tally
from digest.store import Store
from tests.fakes import Place, card, page

if TYPE_CHECKING:
    from pathlib import Path

    from digest.models import Edition, Headline, Sequel

ASKED = '[[digest]]\nname = "daily"\nupdated = true\ncame_back = true\n'
OLD, NEW = card("Lantern"), card("Ferry", "large language models")
RETITLED = ("The Lantern, Renamed by Those Who Wrote It at Last", OLD[1])
REWORDED = (OLD[0], "We take back what we said and measure it again. " + card("Quarry", "robots")[1])


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, ASKED)


def listed(place: Place, text: str) -> list[int]:
    """The next day, without mail and pages; answers how many were new in each of its dumps."""
    place.now += timedelta(days=1)
    place.drop(text)
    return [report.new for report in place.publish()]


def latest(place: Place) -> Edition:
    with Store(place.config.database) as store:
        newest = store.publications.headlines()[0]
        found = store.editions.load(newest.digest, newest.number)
    assert found is not None
    return found


def headlines(place: Place) -> tuple[Headline, ...]:
    with Store(place.config.database) as store:
        return store.publications.headlines()


def told(place: Place) -> list[tuple[str, str, str | None, int]]:
    return [(one.kind, one.paper.title, one.former, one.days) for one in latest(place).sequels]


def only(place: Place) -> Sequel:
    (one,) = latest(place).sequels
    return one


def marked(paper: tuple[str, str]) -> tuple[str, str, str]:
    return (*paper, "2610.00001")


def test_retitled_paper_is_updated_and_says_its_former_title(place: Place) -> None:
    listed(place, page(marked(OLD)))
    listed(place, page(marked(RETITLED), NEW))
    assert [item.paper.title for item in latest(place).items] == [NEW[0]]
    assert told(place) == [("updated", RETITLED[0], OLD[0], 1)]
    assert (only(place).number, only(place).day) == (1, (place.now - timedelta(days=1)).date())


def test_reworded_abstract_is_an_update_without_a_former_title(place: Place) -> None:
    listed(place, page(marked(OLD)))
    listed(place, page(marked(REWORDED), NEW))
    assert told(place) == [("updated", OLD[0], None, 1)]


def test_corrected_slip_is_no_update(place: Place) -> None:
    listed(place, page(marked(OLD)))
    listed(place, page(marked((OLD[0].upper(), OLD[1].replace("enough", "sufficient"))), NEW))
    assert told(place) == []


def test_update_is_told_once(place: Place) -> None:
    listed(place, page(marked(OLD)))
    listed(place, page(marked(RETITLED), NEW))
    listed(place, page(marked(RETITLED), card("Harbour")))
    assert told(place) == []


def test_update_on_a_quiet_day_makes_no_edition_and_is_told_in_the_next(place: Place) -> None:
    listed(place, page(marked(OLD)))
    assert listed(place, page(marked(RETITLED))) == [0]
    assert told(place) == []
    listed(place, page(NEW))
    assert told(place) == [("updated", RETITLED[0], OLD[0], 1)]


def test_paper_listed_again_after_a_week_came_back(place: Place) -> None:
    listed(place, page(OLD))
    place.now += timedelta(days=7)
    assert listed(place, page(OLD, NEW)) == [1]
    assert told(place) == [("came back", OLD[0], None, 1)]


def test_paper_that_came_back_says_no_former_title(tmp_path: Path) -> None:
    place = Place(tmp_path, '[[digest]]\nname = "daily"\ncame_back = true\n')
    listed(place, page(marked(OLD)))
    place.now += timedelta(days=7)
    listed(place, page(marked(RETITLED), NEW))
    assert told(place) == [("came back", RETITLED[0], None, 1)]


def test_update_on_a_day_whose_papers_are_all_outside_the_topics_is_told_in_the_next_edition(tmp_path: Path) -> None:
    place = Place(tmp_path, ASKED + 'topics = ["health"]\nothers = "count"\n')
    health = ("A Long Note on the Health of Patients", OLD[1])
    renamed = ("What Became of the Patients, After All of It", OLD[1])
    outside = ("A Long Note on Baking Bread at Night", "We bake bread and say how. Then we eat it while it is warm.")
    listed(place, page(marked(health)))
    assert listed(place, page(marked(renamed), outside)) == [1]
    assert [headline.number for headline in headlines(place)] == [1]
    listed(place, page(card("Ferry", "patients"), ("Patients in Some Other Hospital by the Sea", OLD[1] + " Again.")))
    assert told(place) == [("updated", renamed[0], health[0], 1)]
    assert latest(place).tally == Tally(4, 3, 1, 0), "all that came since the edition before"


def test_paper_that_stays_on_the_list_does_not_come_back(place: Place) -> None:
    for _ in range(9):
        listed(place, page(OLD, card(f"Pier {place.now:%d}")))
        assert told(place) == []


def test_what_a_digest_did_not_ask_for_is_not_told(tmp_path: Path) -> None:
    place = Place(tmp_path)
    listed(place, page(marked(OLD)))
    place.now += timedelta(days=7)
    listed(place, page(marked(RETITLED), NEW))
    assert told(place) == []
    assert not parse("", tmp_path).rules()[0].updated


def test_paper_that_the_digest_never_showed_has_no_sequel(tmp_path: Path) -> None:
    place = Place(tmp_path, ASKED + 'topics = ["health"]\nothers = "count"\n')
    outside, within = ("A Long Note on Baking Bread at Night", OLD[1]), card("Ferry")  # “patient” brings it in
    listed(place, page((*outside, "2610.00001"), (*within, "2610.00002")))
    listed(
        place,
        page(
            (RETITLED[0], outside[1], "2610.00001"),
            ("Ferries Under Another Title", within[1], "2610.00002"),
            card("Mill"),
        ),
    )
    assert [former for _, _, former, _ in told(place)] == [within[0]]


def test_merged_paper_goes_on_as_the_one_it_became(place: Place) -> None:
    listed(place, page((*OLD, "2610.00001")))
    listed(place, page(RETITLED))
    place.now += timedelta(days=8)
    listed(place, page((*RETITLED, "2610.00001"), NEW))
    assert [(one.kind, one.paper.title) for one in latest(place).sequels] == [("updated", RETITLED[0])]


def test_mail_and_pages_tell_it_in_both_forms_and_count_it_nowhere(place: Place) -> None:
    place.day(page(marked(OLD)))
    place.day(page(marked(RETITLED), NEW))
    mail = max((place.folder / "mail" / "new").iterdir(), key=lambda path: path.stat().st_mtime_ns).read_text()
    html = (place.folder / "public" / "editions" / "daily" / "2.html").read_text()
    markdown = (place.folder / "public" / "editions" / "daily" / "2.md").read_text()
    for text in (html, markdown):
        assert "Updated" in text
        assert "Formerly “The Lantern Method" in text.replace("\n", " ")
        assert "1 new paper" in text.replace("\u00a0", " ")
    assert mail.count("Updated") == 2
    assert latest(place).items[0].paper.title == NEW[0]


def test_sealed_sequel_stays_as_it_was_told(place: Place) -> None:
    listed(place, page(marked(OLD)))
    listed(place, page(marked(RETITLED), NEW))
    sealed = only(place)
    listed(place, page(marked(("A Third Title That the Lantern Was Given in the End", OLD[1]))))
    assert only(place) == replace(sealed, paper=only(place).paper)
    assert only(place).paper.title == RETITLED[0]


def test_sealed_sequel_knows_no_place_and_makes_no_sightings_of_its_days(place: Place) -> None:
    listed(place, page(marked(OLD)))
    for edit in range(3):
        listed(place, page(marked((OLD[0], f"{OLD[1]} Edit {edit}."))))
    listed(place, page(marked(RETITLED), NEW))
    assert (only(place).days, only(place).paper.sightings, only(place).paper.position) == (4, 1, 0)


def test_page_with_an_old_date_on_it_brings_nothing_back_that_was_announced_yesterday(place: Place) -> None:
    place.now += timedelta(days=1)
    place.drop(page(OLD, day="Mar 14"), "undated.txt")
    place.publish()
    assert listed(place, page(OLD, NEW)) == [1]
    assert told(place) == []


def test_other_words_of_another_source_are_no_rewriting(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    two = '[[source]]\nname = "dumps"\n[[source]]\nname = "other"\npath = "other"\n'
    place = Place(tmp_path, two + ASKED)
    listed(place, page(marked(OLD)))
    place.drop(page(marked(REWORDED), NEW)).rename(other / "2026-11-19.txt")
    place.now += timedelta(days=1)
    place.publish()
    assert [item.paper.title for item in latest(place).items] == [NEW[0]]
    assert told(place) == []
