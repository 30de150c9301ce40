from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from digest.merging import merged
from digest.models import Edition, Item, Section
from tests.mails import edition, paper

NAMES = (("vision", "Vision"), ("agents", "Agents"), ("llm", "Language models"), ("audio", "Audio"))


def edition_of(name: str, *topics: str | None, fallback: bool = False) -> Edition:
    """One whose papers are best at these topics, all under one heading."""
    items = tuple(
        Item(at, paper(f"{name} {at}", number=at), topic, fallback=fallback) for at, topic in enumerate(topics, 1)
    )
    return edition(Section("also", "New papers", items), topic_names=NAMES)


def titles(one: Edition) -> dict[str, list[str]]:
    return {section.name: [item.paper.title for item in section.items] for section in one.sections}


def test_what_stood_alone_day_by_day_comes_together_newest_first() -> None:
    one = merged([edition_of("Old", "agents", "llm"), edition_of("New", "agents", "audio", None)])
    assert titles(one) == {"Agents": ["New 1", "Old 1"], "Also new": ["Old 2", "New 2"], "Other papers": ["New 3"]}


def test_papers_are_numbered_through() -> None:
    one = merged([edition_of("Old", *["agents"] * 3, None), edition_of("New", "agents", "llm", "llm")])
    assert [item.number for item in one.items] == list(range(1, 8))
    assert [section.key for section in one.sections] == ["agents", "llm", "others"]


def test_only_the_largest_topics_have_a_section() -> None:
    many = edition_of("Old", *["agents"] * 3, *["llm"] * 2, *["audio"] * 2, *["vision"] * 4)
    assert [section.key for section in merged([many], most=2).sections] == ["vision", "agents", "also"]


def test_mere_fallbacks_open_no_section_and_stand_last() -> None:
    weak = edition_of("Weak", "agents", "agents", fallback=True)
    assert titles(merged([weak, edition_of("New", "llm", "vision")])) == {
        "New papers": ["New 2", "New 1", "Weak 1", "Weak 2"]
    }


def test_it_bears_the_newest_number_and_tells_from_when_on_without_the_counts_of_a_day() -> None:
    old = edition_of("Old", "agents")
    new = replace(edition_of("New", "agents"), number=43, day=old.day + timedelta(days=3))
    one = merged([old, new])
    assert (one.number, one.day, one.since, one.tally.listed, one.quiet) == (43, new.day, old.day, 0, ())


def test_topic_that_was_renamed_bears_its_newest_name() -> None:
    old = replace(edition_of("Old", "agents", "agents"), topic_names=(("agents", "Agents of old"),))
    assert list(titles(merged([old, edition_of("New", "agents")]))) == ["Agents"]
