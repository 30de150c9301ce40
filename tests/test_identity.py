from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from digest.identity import Key, Known, Recognition, key_of, recognise
from digest.models import Identifier, ListedPaper

DAY = date(2026, 11, 20)
TITLE = "A Patient Method for Reading Very Long Listings"
OTHER = "Another Method for Reading Somewhat Shorter Listings"
ABSTRACT = "We describe a method that reads each listing once and remembers what it has read."


def arxiv(value: str) -> Identifier:
    return Identifier("arxiv", value)


def doi(value: str) -> Identifier:
    return Identifier("doi", value)


def listed(title: str = TITLE, *ids: Identifier, abstract: str | None = ABSTRACT) -> ListedPaper:
    return ListedPaper(title, abstract, ids=ids)


def known(paper: int, title: str = TITLE, *ids: Identifier, abstract: str | None = ABSTRACT, on: date = DAY) -> Known:
    text = ListedPaper(title, abstract)
    return Known(paper, frozenset({key_of(text).title}), ids, text, on)


def seen(*papers: ListedPaper, among: tuple[Known, ...] = (), on: date = DAY) -> Recognition:
    keys: list[Key] = [key_of(paper) for paper in papers]
    return recognise(papers, keys, among, on)


def who(recognition: Recognition) -> list[int | None]:
    return [one.paper for one in recognition.papers]


def test_paper_that_nothing_joins_is_new() -> None:
    assert who(seen(listed(), among=(known(7, OTHER),))) == [None]


def test_same_title_is_the_same_paper_whatever_its_form() -> None:
    assert who(seen(listed(TITLE.upper().replace(" ", "  ")), among=(known(7),))) == [7]


def test_identifier_beats_the_title() -> None:
    papers = (known(7, TITLE, arxiv("1")), known(8, OTHER, arxiv("2")))
    result = seen(listed(TITLE, arxiv("2")), among=papers)
    assert who(result) == [8]


def test_title_joins_while_only_one_has_an_identifier() -> None:
    result = seen(listed(TITLE, arxiv("1")), among=(known(7),))
    assert who(result) == [7]
    assert result.papers[0].ids == (arxiv("1"),)
    assert who(seen(listed(TITLE), among=(known(7, TITLE, arxiv("1")),))) == [7]


def test_two_identifiers_of_one_scheme_never_meet() -> None:
    assert who(seen(listed(TITLE, arxiv("2")), among=(known(7, TITLE, arxiv("1")),))) == [None]
    assert who(seen(listed(TITLE, arxiv("1")), listed(TITLE, arxiv("2")))) == [None, None]


def test_identifiers_of_two_schemes_may_meet() -> None:
    assert who(seen(listed(TITLE, doi("10.1/x")), among=(known(7, TITLE, arxiv("1")),))) == [7]


def test_record_that_names_two_papers_joins_them_into_the_older() -> None:
    papers = (known(7, TITLE, arxiv("1")), known(8, OTHER, doi("10.1/x")))
    (one,) = seen(listed("A Third Title That Is Also Long Enough", arxiv("1"), doi("10.1/x")), among=papers).papers
    assert (one.paper, one.merges) == (7, (8,))


def test_record_whose_identifiers_conflict_joins_nothing_and_says_so() -> None:
    papers = (known(7, TITLE, arxiv("1")), known(8, OTHER, arxiv("2"), doi("10.1/x")))
    result = seen(listed("A Third Title That Is Also Long Enough", arxiv("1"), doi("10.1/x")), among=papers)
    assert who(result) == [7]
    assert result.papers[0].merges == ()
    assert result.papers[0].ids == ()
    assert len(result.conflicts) == 1


def test_new_title_of_a_known_identifier_joins_the_paper_known_by_that_title() -> None:
    papers = (known(7, TITLE), known(8, OTHER, arxiv("1")))
    (one,) = seen(listed(TITLE, arxiv("1")), among=papers).papers
    assert (one.paper, one.merges) == (7, (8,))


def test_card_printed_twice_is_repeated_and_adds_what_only_it_prints() -> None:
    result = seen(listed(), replace(listed(), comments=4, ids=(arxiv("1"),)))
    (one,) = result.papers
    assert (result.repeated, one.position, one.listed.comments, one.ids) == (1, 1, 4, (arxiv("1"),))


def test_title_without_its_id_joins_the_card_with_it_that_stands_below() -> None:
    result = seen(listed(), listed(OTHER), listed(TITLE, arxiv("1")))
    assert [one.position for one in result.papers] == [1, 2]
    assert result.repeated == 1


def test_papers_come_in_the_order_of_the_page() -> None:
    result = seen(listed(OTHER), listed(TITLE, arxiv("1")))
    assert [one.listed.title for one in result.papers] == [OTHER, TITLE]


def test_short_title_counts_only_with_the_opening_of_its_abstract() -> None:
    editorial = known(7, "Editorial", abstract="This number is about rivers and those who measure them.")
    assert who(seen(listed("Editorial"), among=(editorial,))) == [None]
    assert who(seen(listed("Editorial", abstract=editorial.text.abstract), among=(editorial,))) == [7]


def test_text_that_says_nothing_new_is_no_revision() -> None:
    assert seen(listed(), among=(known(7),)).papers[0].revision is None


def test_silence_erases_nothing() -> None:
    assert seen(listed(abstract=None), among=(known(7),)).papers[0].revision is None


@pytest.mark.parametrize(("on", "expected"), [(date(2026, 11, 21), "A new text."), (date(2026, 11, 19), None)])
def test_newer_text_replaces_and_an_older_page_only_fills_gaps(on: date, expected: str | None) -> None:
    revision = seen(listed(abstract="A new text."), among=(known(7),), on=on).papers[0].revision
    assert (revision.text.abstract if revision else None) == expected


def test_older_page_fills_a_gap_without_being_significant() -> None:
    paper = replace(listed(), author_count=3)
    revision = seen(paper, among=(known(7),), on=date(2026, 11, 1)).papers[0].revision
    assert revision is not None
    assert (revision.text.author_count, revision.significant) == (3, False)


def test_changed_title_is_significant_and_both_titles_are_remembered() -> None:
    (one,) = seen(listed(OTHER, arxiv("1")), among=(known(7, TITLE, arxiv("1")),)).papers
    assert one.revision is not None
    assert one.revision.significant
    assert one.keys == (key_of(listed(OTHER)).title,)


# --- a feed's own names -----------------------------------------------------------------------------------------


def guid(value: str) -> Identifier:
    return Identifier("guid", value)


def test_entry_with_another_title_under_the_same_name_is_the_same_paper_revised() -> None:
    revised = listed("A Patient Method for Reading Listings of Any Length", guid("tag:x,1"))
    result = seen(revised, among=(known(7, TITLE, guid("tag:x,1")),))
    assert who(result) == [7]
    assert result.papers[0].revision is not None


def test_feed_that_gives_one_name_to_different_papers_loses_none() -> None:
    other = listed("Kettles at the Harbour", guid("tag:x,1"), abstract="Kettles boil. We watched them.")
    assert who(seen(other, among=(known(7, TITLE, guid("tag:x,1")),))) == [None]


def test_paper_may_have_another_name_in_each_feed() -> None:
    assert who(seen(listed(TITLE, guid("tag:y,9")), among=(known(7, TITLE, guid("tag:x,1")),))) == [7]


def test_name_in_a_feed_does_not_join_what_identifiers_keep_apart() -> None:
    result = seen(listed(TITLE, guid("tag:x,1"), arxiv("2")), among=(known(7, TITLE, guid("tag:x,1"), arxiv("1")),))
    assert who(result) == [None]
