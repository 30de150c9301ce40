"""The owner's [[topic]] tables: what they make of the built-in topics, and every mistake in them at once."""

from __future__ import annotations

import pytest

from digest.models import Topic
from digest.topics import TopicChange, apply, default_topics, faults

ROSES = Topic("roses", "Roses", strong=("rose", "rosebud"), weak=("thorn",), never=("rose window",))
TREES = Topic("trees", "Trees", strong=("tree",), title=("leaf",), categories=("bot.TR",))
BUILT_IN = (ROSES, TREES)
FERNS = TopicChange("ferns", name="Ferns", strong=("fern",))


def changed(**values: tuple[str, ...]) -> Topic:
    """The built-in roses after one table."""
    return apply(BUILT_IN, [TopicChange("roses", **values)])[0]  # type: ignore[arg-type]


# --- what they make -----------------------------------------------------------------------------------------------


def test_no_table_changes_nothing() -> None:
    assert apply(BUILT_IN, []) == BUILT_IN


def test_table_of_a_built_in_topic_that_names_nothing_changes_nothing() -> None:
    assert apply(BUILT_IN, [TopicChange("trees")]) == BUILT_IN


def test_changed_topics_stay_at_their_place_and_new_ones_come_after() -> None:
    topics = apply(
        BUILT_IN, [FERNS, TopicChange("mosses", "Mosses", title=("moss",)), TopicChange("roses", "All roses")]
    )
    assert [topic.name for topic in topics] == ["All roses", "Trees", "Ferns", "Mosses"]
    assert topics[2] == Topic("ferns", "Ferns", strong=("fern",))


@pytest.mark.parametrize(
    ("strong", "expected"),
    [
        (("peony",), ("peony",)),
        (("+", "peony"), ("rose", "rosebud", "peony")),
        (("peony", "+"), ("peony", "rose", "rosebud")),
        (("a", "+", "b"), ("a", "rose", "rosebud", "b")),
        (("rosebud", "+", "+"), ("rosebud", "rose")),
        ((), ()),
    ],
)
def test_plus_stands_for_the_built_in_terms_at_its_place(strong: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert changed(strong=strong).strong == expected


@pytest.mark.parametrize("name", ["strong", "weak", "title", "never", "categories"])
def test_each_list_is_changed_alone(name: str) -> None:
    topic = changed(**{name: ("+", "new")})
    assert getattr(topic, name) == (*getattr(ROSES, name), "new")
    others = {"strong", "weak", "title", "never", "categories"} - {name}
    assert all(getattr(topic, other) == getattr(ROSES, other) for other in others)


# --- their mistakes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        FERNS,
        TopicChange("new-4-you", "New", categories=("cs.CL",)),
        TopicChange("trees", strong=(), title=()),
        TopicChange("roses", strong=("+", "C++", "GPT-4", "玫瑰", "ros* gall*"), weak=()),
    ],
)
def test_right_table_has_no_fault(change: TopicChange) -> None:
    assert faults(BUILT_IN, [change]) == ()


@pytest.mark.parametrize(
    ("change", "place", "what"),
    [
        (
            TopicChange("My Topic", "Mine", strong=("x",)),
            ("id",),
            'must be small letters, digits and hyphens, at most 40, and not begin with a hyphen, not "My Topic"',
        ),
        (
            TopicChange("a" * 41, "Mine", strong=("x",)),
            ("id",),
            f'must be small letters, digits and hyphens, at most 40, and not begin with a hyphen, not "{"a" * 41}"',
        ),
        (TopicChange("also", "Mine", strong=("x",)), ("id",), '"also" is reserved: choose another one'),
        (TopicChange("all-2026-10", "Mine", strong=("x",)), ("id",), '"all-2026-10" is reserved: choose another one'),
        (
            TopicChange("rosess", strong=("x",)),
            ("name",),
            'is missing: "rosess" is a new topic and needs one (did you mean the built-in topic "roses"?)',
        ),
        (TopicChange("zinnias", " ", strong=("x",)), ("name",), 'is missing: "zinnias" is a new topic and needs one'),
        (TopicChange("roses", ""), ("name",), "the name is empty: leave it out to keep the built-in one"),
        (
            TopicChange("zinnias", "Z", strong=("x", "+")),
            ("strong",),
            '"+" keeps built-in terms, but "zinnias" is a new topic',
        ),
        (
            TopicChange("zinnias", "Z", weak=("x",)),
            (),
            "it could find no paper: it needs a strong or title term, or a category",
        ),
        (
            TopicChange("roses", strong=()),
            (),
            "nothing is left that could find a paper: keep a strong or title term, or a category",
        ),
        (TopicChange("roses", weak=("+", "")), ("weak", 1), "the term is empty"),
        (TopicChange("roses", title=("*",)), ("title", 0), '"*" has no letter and no digit'),
        (TopicChange("roses", never=("- -",)), ("never", 0), '"- -" has no letter and no digit'),
        (
            TopicChange("roses", strong=("ro*e",)),
            ("strong", 0),
            '"ro*e": a star stands at the end of a word, for any ending, as in "causal*"',
        ),
        (
            TopicChange("roses", strong=("*rose",)),
            ("strong", 0),
            '"*rose": a star stands at the end of a word, for any ending, as in "causal*"',
        ),
        (
            TopicChange("roses", strong=("玫*",)),
            ("strong", 0),
            '"玫*": a star stands at the end of a word, for any ending, as in "causal*"',
        ),
        (TopicChange("roses", categories=("",)), ("categories", 0), "the category is empty"),
    ],
)
def test_fault_says_where_and_what_to_do(change: TopicChange, place: tuple[int | str, ...], what: str) -> None:
    assert faults(BUILT_IN, [FERNS, change]) == ((("topic", 1, *place), what),)


@pytest.mark.parametrize("bad", ["a\nb", "a\x1b[2J", "a\u2028b"])
def test_term_is_one_line(bad: str) -> None:
    ((_, what),) = faults(BUILT_IN, [TopicChange("roses", weak=(bad,))])
    assert what == "the term must be one line without control characters"


def test_two_hyphens_are_as_good_as_one() -> None:
    assert faults(BUILT_IN, [TopicChange("a--b-", "Mine", strong=("x",))]) == ()


def test_second_table_of_the_same_id_is_a_fault() -> None:
    assert faults(BUILT_IN, [FERNS, FERNS]) == ((("topic", 1, "id"), '"ferns" has a table already: put both into one'),)


def test_all_faults_are_told_at_once() -> None:
    some = [TopicChange("all", strong=("", "**")), TopicChange("trees", " ", weak=("",))]
    assert [place for place, _ in faults(BUILT_IN, some)] == [
        ("topic", 0, "id"),
        ("topic", 0, "strong", 0),
        ("topic", 0, "strong", 1),
        ("topic", 0, "name"),
        ("topic", 1, "weak", 0),
        ("topic", 1, "name"),
    ]


def test_built_in_topics_would_pass_as_tables() -> None:
    tables = [
        TopicChange(t.id, t.name, t.strong, t.weak, t.title, t.never or None, t.categories or None)
        for t in default_topics()
    ]
    assert faults((), tables) == ()
    assert apply((), tables) == default_topics()
