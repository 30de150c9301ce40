"""Charts: their geometry, their words, and that they obey a strict Content-Security-Policy."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.render.pages.chart import columns, describe, spark, together

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.render.pages.chart import Week

START = date(2026, 9, 7)  # a Monday


def weeks(*counts: int, start: date = START) -> tuple[Week, ...]:
    return tuple((start + timedelta(weeks=n), count) for n, count in enumerate(counts))


def counts(found: Sequence[Week]) -> list[int]:
    return [count for _, count in found]


def drawn(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314  our own


def test_charts_that_stand_together_cover_the_same_weeks() -> None:
    early, late = together([weeks(3, 4), weeks(5, start=START + timedelta(weeks=3))], 10)
    assert [monday for monday, _ in early] == [monday for monday, _ in late]
    assert (counts(early), counts(late)) == ([3, 4, 0, 0], [0, 0, 0, 5])


def test_weeks_before_the_first_paper_of_all_are_not_drawn() -> None:
    assert [counts(one) for one in together([weeks(0, 0, 2, 0), weeks(0, 0, 0, 1)], 10)] == [[2, 0], [0, 1]]


def test_only_the_last_weeks_are_drawn() -> None:
    assert counts(*together([weeks(1, 2, 3, 4)], 2)) == [3, 4]


def test_topic_that_fell_silent_is_seen_to_be_silent() -> None:
    assert counts(together([weeks(2, 0, 0), weeks(1, 1, 1)], 5)[0]) == [2, 0, 0]


@pytest.mark.parametrize("shelves", [[], [()], [(), ()], [weeks(0, 0)]])
def test_nothing_is_drawn_before_the_first_paper(shelves: list[tuple[Week, ...]]) -> None:
    assert together(shelves, 5) == tuple(() for _ in shelves)


def test_chart_is_described_in_words() -> None:
    assert describe(weeks(3, 0, 1)) == "4 papers since 7 Sep 2026: at most 3 a week, 1 in the latest."
    assert describe(()) == "No papers yet."


def heights(svg: str) -> list[int]:
    path = drawn(svg).find("path")
    assert path is not None
    return [int(found) for found in re.findall(r"v-(\d+)", path.attrib["d"])]


def test_bars_of_a_spark_are_as_tall_as_their_share_of_the_top() -> None:
    assert heights(spark(weeks(10, 5, 0, 1), 10)) == [18, 9, 1, 2]


def test_one_paper_is_always_more_than_none() -> None:
    none, one = heights(spark(weeks(0, 1), 1000))
    assert one > none > 0


@pytest.mark.parametrize("svg", [spark(weeks(1, 2), 2), columns(weeks(1, 2)), spark((), 0), columns(())])
def test_chart_has_a_text_alternative_and_no_style(svg: str) -> None:
    root = drawn(svg)
    assert root.get("role") == "img"
    assert root[0].tag == "title"
    assert root[0].text
    assert not [node for node in root.iter() if {"style", "onload", "href"} & set(node.attrib)]


def test_each_column_says_its_week_and_number() -> None:
    titles = [title.text for title in drawn(columns(weeks(1, 7))).findall("g/rect/title")]
    assert titles == ["Week of 7 Sep 2026: 1 paper", "Week of 14 Sep 2026: 7 papers"]


def test_columns_do_not_overlap_and_stand_on_the_ground() -> None:
    root = drawn(columns(weeks(1, 7, 0)))
    boxes = [{key: int(rect.attrib[key]) for key in ("x", "y", "width", "height")} for rect in root.findall("g/rect")]
    assert all(box["y"] + box["height"] == 100 for box in boxes)
    assert all(left["x"] + left["width"] < right["x"] for left, right in pairwise(boxes))
    assert root.attrib["viewBox"] == "0 0 30 100"
    assert root.attrib["width"] == "72"


@settings(deadline=None)
@given(st.lists(st.integers(min_value=0, max_value=10**6), max_size=60), st.integers(min_value=0, max_value=10**6))
def test_no_bar_leaves_the_picture(found: list[int], top: int) -> None:
    assert all(1 <= height <= 18 for height in heights(spark(weeks(*found), top)))
    drawn(columns(weeks(*found)))
