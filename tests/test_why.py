from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.models import Topic
from digest.render.why import reason, why
from digest.topics import Classifier
from tests.mails import paper

WORDS = ("tool", "Tools", "tool-", "use", "Use", "uses", "user", "RAG", "rag", "Rags", "C++", "(", ".", "小船")


@pytest.mark.parametrize(
    ("title", "terms", "said"),
    [
        ("Tool Use Before Breakfast", ("tool use",), "Here for “tool use” in the title"),
        ("Tool-Use Before Breakfast", ("tool use", "planning"), "Here for “tool use” in the title"),
        ("Before Breakfast", ("tool use", "planning"), "Here for “tool use” and “planning”"),
        ("Before Breakfast", ("a", "b", "c", "d"), "Here for “a”, “b” and “c”"),
        ("Web Agents", ("web agent*",), "Here for “web agents” in the title"),
        ("Smart Lists", ("art",), "Here for “art”"),
        ("Artful Lists", ("art",), "Here for “art”"),
        ("The Arts, and Lists", ("art",), "Here for “art” in the title"),
        ("A Rag Doll and Its Cloth", ("RAG",), "Here for “RAG”"),
        ("A RAG for Every Doll", ("RAG",), "Here for “RAG” in the title"),
        ("Two RAGs, One Cloth", ("RAG",), "Here for “RAG” in the title"),
        ("An APPLE a Day", ("apple",), "Here for “apple” in the title"),
        ("Simulated Tides", ("simulat*",), "Here for “simulated” in the title"),
        ("A Graph of Tides", ("simulat*", "graph*"), "Here for “graph” in the title"),
        ("Tides by GraphRAG", ("graph*",), "Here for “GraphRAG” in the title"),
        ("Two VLMs at Sea", ("VLM*",), "Here for “VLMs” in the title"),
        ("Gaussian  Processes", ("Gaussian process*",), "Here for “Gaussian Processes” in the title"),
        ("Branches of a Tree", ("branch",), "Here for “branch” in the title"),
        ("Tool (Use) Before Breakfast", ("tool use",), "Here for “tool use”"),
        ("Tides in C++", ("C++",), "Here for “C++” in the title"),
        ("Tides in C", ("C++",), "Here for “C++”"),
        ("潮汐与小船的研究", ("小船",), "Here for “小船” in the title"),
        ("Before Breakfast", (), ""),
    ],
)
def test_reason_names_the_terms_of_the_title_first(title: str, terms: tuple[str, ...], said: str) -> None:
    assert reason(paper(title), terms) == said


@given(
    st.lists(st.sampled_from(WORDS), min_size=1),
    st.sampled_from(("tool use", "tool-use", "RAG", "rag", "use*", "Use", "C++", "小船", "tool")),
)
def test_a_term_is_said_to_be_in_the_title_just_where_the_topics_find_it(words: list[str], term: str) -> None:
    title = " ".join(words)
    counted = any(span.term == term for span in Classifier([Topic("t", "T", strong=(term,))]).spans(title))
    assert reason(paper(title), (term,)).endswith(" in the title") == counted


@pytest.mark.parametrize(
    ("abstract", "said"),
    [
        ("We count Stereotypes, and stereotyping too.", "Here for “stereotypes”"),
        ("The text was revised since, and has none.", "Here for “stereotyp”"),
        (None, "Here for “stereotyp”"),
    ],
)
def test_word_that_was_found_stands_for_a_term_with_any_ending(abstract: str | None, said: str) -> None:
    assert reason(paper("A Title", abstract), ("stereotyp*",)) == said


def test_overlong_term_is_shortened() -> None:
    assert len(reason(paper("A Title"), ("word " * 50,))) < 90


@pytest.mark.parametrize(
    ("terms", "also", "said"),
    [
        (("planning",), ("Robotics",), "Here for “planning” · also in Robotics"),
        ((), ("Robotics", "Graphs"), "Also in Robotics and Graphs"),
        ((), (), ""),
    ],
)
def test_further_topics_are_named_after_the_reason(terms: tuple[str, ...], also: tuple[str, ...], said: str) -> None:
    assert why(paper("A Title"), terms, also) == said
