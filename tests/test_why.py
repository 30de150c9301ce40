from __future__ import annotations

import pytest

from digest.render.why import reason, why


@pytest.mark.parametrize(
    ("title", "terms", "said"),
    [
        ("Tool Use Before Breakfast", ("tool use",), "Here for “tool use” in the title"),
        ("Tool-Use Before Breakfast", ("tool use", "planning"), "Here for “tool use” in the title"),
        ("Before Breakfast", ("tool use", "planning"), "Here for “tool use” and “planning”"),
        ("Before Breakfast", ("a", "b", "c", "d"), "Here for “a”, “b” and “c”"),
        ("Web Agents", ("web agent*",), "Here for “web agent” in the title"),
        ("Smart Lists", ("art",), "Here for “art”"),
        ("Artful Lists", ("art",), "Here for “art”"),
        ("The Arts, and Lists", ("art",), "Here for “art” in the title"),
        ("Before Breakfast", (), ""),
    ],
)
def test_reason_names_the_terms_of_the_title_first(title: str, terms: tuple[str, ...], said: str) -> None:
    assert reason(title, terms) == said


def test_overlong_term_is_shortened() -> None:
    assert len(reason("A Title", ("word " * 50,))) < 90


@pytest.mark.parametrize(
    ("terms", "also", "said"),
    [
        (("planning",), ("Robotics",), "Here for “planning” · also in Robotics"),
        ((), ("Robotics", "Graphs"), "also in Robotics and Graphs"),
        ((), (), ""),
    ],
)
def test_further_topics_are_named_after_the_reason(terms: tuple[str, ...], also: tuple[str, ...], said: str) -> None:
    assert why("A Title", terms, also) == said
