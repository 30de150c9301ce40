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


# --- two entries of one feed under one title --------------------------------------------------------------------

FROGS = (
    "We survey what is known of frogs in ponds, of their songs at night, and of those who listen to them in the rain."
)
LAW = "This text is about courts and their clerks, and about machines that sort the letters which nobody wants to open."


@pytest.mark.parametrize(
    ("title", "abstracts", "papers"),
    [
        ("Editorial", (None, None), 2),
        ("???", (None, None), 2),
        (TITLE, (FROGS, LAW), 2),
        (
            f"{FROGS[:60]}…",
            (FROGS, f"{FROGS[:70]} But not of dogs, which sing on dry land and by day, as all of us know."),
            2,
        ),
        (TITLE, (None, None), 1),
        (TITLE, (FROGS, None), 1),
        (TITLE, (FROGS, FROGS + " More of it follows here."), 1),
        (TITLE, (FROGS, FROGS.replace("ponds", "puddles").replace("rain", "snow")), 1),
        (f"{FROGS[:60]}…", (FROGS, FROGS), 1),
    ],
)
def test_entries_of_one_feed_are_one_paper_only_where_their_words_say_so(
    title: str, abstracts: tuple[str | None, str | None], papers: int
) -> None:
    cards = [listed(title, guid(f"urn:frogs:{n}"), abstract=abstract) for n, abstract in enumerate(abstracts)]
    assert len(seen(*cards).papers) == papers
    first = replace(known(7, title, guid("urn:frogs:0")), text=cards[0], keys=frozenset({key_of(cards[0]).title}))
    assert len({7, *who(seen(cards[1], among=(first,)))}) == papers


def test_entry_of_another_feed_is_joined_by_its_title_alone() -> None:
    cards = [listed(TITLE, guid("urn:frogs:1"), abstract=FROGS), listed(TITLE, guid("urn:toads:2"), abstract=LAW)]
    assert len(seen(*cards).papers) == 1


def test_name_that_a_feed_gives_to_each_week_joins_none_of_them() -> None:
    name = guid("https://papers.example.org/latest")
    before = replace(known(7, "New papers about frogs, week 12", name), text=listed("New papers about frogs, week 12"))
    assert who(seen(listed("New papers about frogs, week 13", name, abstract=FROGS), among=(before,))) == [None]


# --- one arXiv id with two DOIs -----------------------------------------------------------------------------------


def test_arxiv_id_with_the_title_decides_and_the_first_doi_stays() -> None:
    cards = [listed(TITLE, arxiv("1"), doi(f"10.1/{n}")) for n in "ab"]
    result = seen(*cards)
    assert len(result.papers) == 1
    assert result.papers[0].ids == (arxiv("1"), doi("10.1/a"))
    assert result.conflicts == (f"“{TITLE}”: it has another identifier than before; the first one stays",)
    assert who(seen(cards[1], among=(known(7, TITLE, arxiv("1"), doi("10.1/a")),))) == [7]


def test_arxiv_id_under_another_title_with_another_doi_stays_apart() -> None:
    other = listed(OTHER, arxiv("1"), doi("10.1/b"))
    assert who(seen(other, among=(known(7, TITLE, arxiv("1"), doi("10.1/a")),))) == [None]


def test_conflicts_of_thousands_are_a_few_lines() -> None:
    title = "A Title Beyond All Measure " * 70
    cards = [listed(title, arxiv(str(n))) for n in range(60)]
    both = [listed(title, arxiv(f"b{n}"), doi(f"10.1/{n}")) for n in range(600)]
    alone = [listed(title, doi(f"10.1/{n}")) for n in range(600)]
    result = seen(*cards, *both, *alone)
    assert len(result.conflicts) <= 21
    assert all(len(line) < 250 for line in result.conflicts)
