"""What somebody typed, read as a query: what is understood, and what is said of the rest."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.query import Part, Query, bounded, in_topic, read

TOPICS = ("agents", "time-series", "llm")


def parts(text: str) -> tuple[tuple[Part, ...], ...]:
    query = read(text, TOPICS)
    assert query.remarks == ()
    return query.every


@pytest.mark.parametrize(
    ("text", "every"),
    [
        ("", ()),
        ("   ", ()),
        ("tool use", ((Part("tool"),), (Part("use"),))),
        ('"tool use"', ((Part("tool use", "phrase"),),)),
        ("“tool use”", ((Part("tool use", "phrase"),),)),
        ("robot*", ((Part("robot", "beginning"),),)),
        ("image OR video", ((Part("image"), Part("video")),)),
        ("fast image OR video OR sound", ((Part("fast"),), (Part("image"), Part("video"), Part("sound")))),
        ("image AND video", ((Part("image"),), (Part("video"),))),
        ("title:agents", ((Part("agents", field="title"),),)),
        ("Author:example", ((Part("example", field="authors"),),)),
        ('abstract:"tool use"', ((Part("tool use", "phrase", "abstract"),),)),
        ("title:robot*", ((Part("robot", "beginning", "title"),),)),
        ("topic:agents OR topic:LLM", ((Part("agents", "phrase", "topic"), Part("llm", "phrase", "topic")),)),
        ("topic:time-series", ((Part("time-series", "phrase", "topic"),),)),
        ("text-to-image GPT-4", ((Part("text-to-image"),), (Part("GPT-4"),))),
        ("CiteTrace: a checker", ((Part("CiteTrace:"),), (Part("a"),), (Part("checker"),))),
        ("https://arxiv.org/abs/2611.00001", ((Part("https://arxiv.org/abs/2611.00001"),),)),
        ("扩散*", ((Part("扩散", "beginning"),),)),
    ],
)
def test_words_are_read_as_they_are_meant(text: str, every: tuple[tuple[Part, ...], ...]) -> None:
    assert parts(text) == every


@pytest.mark.parametrize("text", ["agent -survey", "-survey agent", "agent NOT survey"])
def test_what_must_not_occur_stands_behind_a_minus(text: str) -> None:
    query = read(text)
    assert (query.every, query.without, query.remarks) == (((Part("agent"),),), (Part("survey"),), ())


@pytest.mark.parametrize(
    ("text", "said", "every"),
    [
        ('"tool use', "A quotation mark is not closed", ((Part("tool use", "phrase"),),)),
        ("OR image", "OR stands between two words", ((Part("image"),),)),
        ("image OR", "OR stands between two words", ((Part("image"),),)),
        ("-survey OR image", "OR stands between two words", ((Part("image"),),)),
        ("image OR -survey", "OR joins words that should occur", ((Part("image"),),)),
        ("titel:agents", "There is no field “titel:”", ((Part("titel:agents"),),)),
        ("title:", "Nothing stands behind “title:”", ()),
        ("topic:agent", "Did you mean “agents”?", ()),
        ("topic:zeppelins", "There is no topic “zeppelins”", ()),
        ("🦉 owl", "“🦉” holds no letter and no digit", ((Part("owl"),),)),
        ("***", "holds no letter and no digit", ()),
        ("a*", "a star needs two letters", ((Part("a"),),)),
    ],
)
def test_what_is_not_understood_is_said_and_the_rest_is_looked_for(
    text: str, said: str, every: tuple[tuple[Part, ...], ...]
) -> None:
    query = read(text, TOPICS)
    assert query.every == every
    assert [said in remark for remark in query.remarks] == [True]


def test_no_more_is_looked_for_than_a_database_bears() -> None:
    query = read(" ".join(f"word{number}" for number in range(100)))
    assert (len(query.every), query.remarks) == (32, ("Only the first 32 words were looked for.",))
    assert "Only the first 1,000 characters were read." in read("word " * 1_000).remarks
    many = read(" ".join(f"word{number}*" for number in range(20)))
    assert sum(part.kind == "beginning" for (part,) in many.every) == 8
    assert many.remarks == ("Only the first 8 stars count.",)


def test_a_query_asks_for_nothing_unless_something_of_it_was_understood() -> None:
    assert [read(text).empty for text in ("", "*", '""', "topic:x", "-", "OR")] == [True] * 6
    assert [read(text, TOPICS).empty for text in ("a", "-a", "topic:llm")] == [False] * 3
    assert not in_topic(Query(), "llm").empty
    assert not bounded(Query(), "2026-11-20", "").empty


def test_days_are_bounds_and_what_is_none_is_said() -> None:
    query = bounded(read("agent"), "2026-11-01", " 2026-11-20 ")
    assert (query.since, query.until, query.remarks) == (date(2026, 11, 1), date(2026, 11, 20), ())
    odd = bounded(read("agent"), "yesterday", "2026-13-01")
    assert (odd.since, odd.until, len(odd.remarks)) == (None, None, 2)
    assert "no day" in odd.remarks[0]
    assert "nothing lies between" in bounded(read("agent"), "2026-11-20", "2026-11-01").remarks[0]


@given(st.text(), st.text(max_size=20), st.text(max_size=20))
def test_whatever_is_typed_is_a_query_of_bounded_size_that_reads_the_same_again(
    text: str, since: str, until: str
) -> None:
    query = bounded(read(text, TOPICS), since, until)
    assert sum(map(len, query.every)) + len(query.without) <= 32
    assert len(query.text) <= 1_001
    assert not [one for one in query.remarks if len(one) > 250 or set(one) & set("\n\x1b\0")]
    again = read(query.text, TOPICS)
    assert (again.every, again.without) == (query.every, query.without)
