"""Days without a year: which year they are in, and what a listing's day rests on."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.dates import Day, day_in_name, listing_day, read_day, resolve

AUTUMN = date(2026, 11, 21)
DAYS = st.builds(Day, st.integers(1, 12), st.integers(1, 28), st.none() | st.integers(2000, 2030))


def day(text: str) -> Day:
    found = read_day(text)
    assert found
    return found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Mar 14", Day(3, 14)),
        ("March 14", Day(3, 14)),
        ("Sept. 3", Day(9, 3)),
        ("Sep 27, 2023", Day(9, 27, 2023)),
        ("May 8,2024", Day(5, 8, 2024)),
        ("Feb 29", Day(2, 29)),
    ],
)
def test_day_is_read_as_pages_print_it(text: str, found: Day) -> None:
    assert read_day(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "Feb 30",
        "Feb 29, 2023",
        "Mai 8",
        "Marc 14",
        "mar 14",
        "Mar 14 2",
        "Mar 0",
        "Mar 14, 0000",
        "on Mar 14",
        "14 Mar",
        "",
    ],
)
def test_anything_else_is_no_day(text: str) -> None:
    assert read_day(text) is None


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("2025-12-04.txt", date(2025, 12, 4)),
        ("papers_2024-02-29_evening.md", date(2024, 2, 29)),
        ("2025-13-45, taken 2025-01-02.txt", date(2025, 1, 2)),
        ("12025-12-04.txt", None),
        ("2025-02-29.txt", None),
        ("0000-01-01.txt", None),
        ("000_fda98fe266b185f5.txt", None),
    ],
)
def test_file_name_gives_the_first_real_iso_date(name: str, found: date | None) -> None:
    assert day_in_name(name) == found


def test_date_in_the_file_name_wins_over_header_and_cards() -> None:
    found = listing_day("2024-05-06.txt", AUTUMN, header=day("Mar 14"), cards=[day("Oct 2, 2025")])
    assert found == (date(2024, 5, 6), "file name")


@pytest.mark.parametrize(
    ("header", "cards", "listed"),
    [
        ("Mar 14", [], date(2026, 3, 14)),
        ("Nov 21", [], date(2026, 11, 21)),
        ("Nov 22", [], date(2025, 11, 22)),
        ("Dec 9", ["Oct 25, 2024", "Jun 12"], date(2025, 12, 9)),
        ("Mar 14", ["Oct 25, 2025"], date(2026, 3, 14)),
        ("Dec 9", ["Oct 25, 2025"], date(2026, 12, 9)),  # the page knows better than the clock
        ("Mar 14", ["Oct 25, 2026"], date(2027, 3, 14)),
        ("Feb 29", [], date(2024, 2, 29)),
        ("Feb 29", ["Jan 2, 2024"], date(2028, 2, 29)),
    ],
)
def test_header_is_in_the_latest_year_that_page_and_clock_allow(header: str, cards: list[str], listed: date) -> None:
    assert listing_day("x.txt", AUTUMN, header=day(header), cards=map(day, cards)) == (listed, "header")


@pytest.mark.parametrize(
    ("cards", "listed"),
    [
        (["Oct 4, 2026", "Sep 16, 2026"], date(2026, 10, 4)),
        (["May 8", "Aug 30", "Oct 2, 2024"], date(2026, 8, 30)),
        (["May 8", "Nov 30", "Oct 2, 2024"], date(2025, 11, 30)),
        (["Feb 29"], date(2024, 2, 29)),
    ],
)
def test_listing_without_a_header_date_bears_the_latest_of_its_cards(cards: list[str], listed: date) -> None:
    assert listing_day("x.txt", AUTUMN, header=None, cards=map(day, cards)) == (listed, "cards")


def test_listing_without_any_date_bears_the_day_of_its_retrieval() -> None:
    assert listing_day("x.txt", AUTUMN, header=None, cards=[]) == (AUTUMN, "retrieved")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("May 8", date(2025, 5, 8)),
        ("Sep 27, 2023", date(2023, 9, 27)),
        ("Feb 29", date(2024, 2, 29)),
        ("Dec 30", date(2024, 12, 30)),  # not yet published: it must be the year before
    ],
)
def test_card_without_a_year_is_in_the_listings_own(text: str, found: date) -> None:
    assert resolve(day(text), 2025, limit=date(2025, 12, 9)) == found


@given(DAYS, st.lists(DAYS, max_size=5), st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_listing_is_after_every_year_on_its_cards(header: Day, cards: list[Day], retrieved: date) -> None:
    header = Day(header.month, header.day)
    listed, _ = listing_day("x.txt", retrieved, header=header, cards=cards)
    assert (listed.month, listed.day) == (header.month, header.day)
    explicit = [card.year for card in cards if card.year]
    assert all(listed.year > year for year in explicit)
    assert listed <= retrieved or listed.year - 1 in explicit


@pytest.mark.parametrize("retrieved", [date.min, date(1, 2, 28), date.max])
def test_ends_of_the_calendar_do_no_harm(retrieved: date) -> None:
    for text in ("Feb 29", "Dec 31", "Dec 31, 9999", "Jan 1, 0001"):
        listed, _ = listing_day("x.txt", retrieved, header=day(text), cards=[day("Dec 31, 9999"), day("Feb 29")])
        assert resolve(day(text), listed.year, limit=listed) <= date.max
        assert listing_day("x.txt", retrieved, header=None, cards=[day(text)])[0] <= date.max


def test_address_with_a_date_in_it_says_nothing_of_its_listings() -> None:
    retrieved = date(2026, 11, 28)
    assert listing_day("https://papers.example.org/2020-01-01/feed", retrieved, header=None, cards=[])[0] == retrieved
    assert listing_day("2020-01-01/feed.xml", retrieved, header=None, cards=[])[0] == date(2020, 1, 1)
