from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from digest.merging import merged
from digest.models import Edition, Item, Section
from tests.mails import edition, paper

NAMES = {"also": "Also new", "others": "Other papers"}


def edition_of(*sections: tuple[str, int]) -> Edition:
    """Sections by key and number of papers, each paper with a title of its own."""
    made, number = [], 1
    for key, count in sections:
        items = tuple(Item(at, paper(f"{key} {at} of {sections}", number=at)) for at in range(number, number + count))
        made.append(Section(key, NAMES.get(key, key.title()), items))
        number += count
    return edition(*made)


def test_papers_of_several_editions_stand_under_one_heading_each_newest_first_and_numbered_anew() -> None:
    old = edition_of(("agents", 2), ("also", 1), ("others", 1))
    new = replace(edition_of(("vision", 1), ("agents", 1)), number=9, day=old.day + timedelta(days=3))
    one = merged([old, new])
    assert [(s.key, len(s.items)) for s in one.sections] == [("vision", 1), ("agents", 3), ("also", 1), ("others", 1)]
    assert [item.number for item in one.items] == list(range(1, 7))
    (agents,) = (section for section in one.sections if section.key == "agents")
    assert agents.items[0].paper == new.sections[1].items[0].paper
    assert (one.number, one.day, one.since, one.tally.listed) == (9, new.day, old.day, 0)


def test_what_is_no_topic_is_called_as_where_it_stands() -> None:
    (alone,) = merged([edition_of(("also", 2))]).sections
    assert alone.name == "New papers"
    assert [s.name for s in merged([edition_of(("also", 2)), edition_of(("agents", 1))]).sections][1] == "Also new"
