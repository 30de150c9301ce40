"""A topic finds its papers by its terms, says which, and never looks at other topics."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import config
from digest.models import Dump, Match, Paper, Topic
from digest.parsers import parse
from digest.topics import Classifier, default_never, default_topics, rules, terms
from digest.topics.terms import Finder, parts, places, words

if TYPE_CHECKING:
    from collections.abc import Sequence

FLOWERS = Topic("flowers", "Flowers", strong=("tulip", "rose garden"), title=("bloom*",), weak=("petal", "scent*"))
BUILT_IN = Classifier(default_topics(), default_never())
NOW = datetime(2026, 11, 20, 7, tzinfo=UTC)


def found(term: str, text: str) -> list[str]:
    """The words of the text that a term matches, as they stand there."""
    where = places(text)
    return [text[where[first][0] : where[after - 1][1]] for first, after, _ in Finder([(term, None)]).find(words(text))]


def score(topic: Topic, title: str, abstract: str | None = None, *, categories: Sequence[str] = ()) -> float:
    """What the topic gets; below 4 it is a fallback, without any 0."""
    return next((m.score for m in Classifier([topic]).classify_text(title, abstract, categories=categories)), 0)


def topics_of(classifier: Classifier, title: str, abstract: str | None = None) -> list[str]:
    return [match.topic for match in classifier.classify_text(title, abstract) if not match.fallback]


# --- what a term matches ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("term", "text", "expected"),
    [
        ("tulip", "Tulips and a tulip, tuliparium, multitulip", ["Tulips", "tulip"]),
        ("lens", "lenses lens", ["lenses", "lens"]),
        ("rose garden", "Rose-Garden, rose  garden\nrose‑gardens", ["Rose-Garden", "rose  garden", "rose‑gardens"]),
        ("rose-garden", "a rose garden, a rose_garden", ["rose garden", "rose_garden"]),
        ("rose garden", "a rose. Garden; rose (garden); rose — garden; roses garden; rose the garden", []),
        ("bloom*", "Blooms bloomed bloom abloom", ["Blooms", "bloomed", "bloom"]),
        ("bloom* tree", "blooming trees, bloomtree", ["blooming trees"]),
        ("BLOOM", "BLOOM BLOOMs bloom Bloom BLOOMS", ["BLOOM", "BLOOMs"]),
        ("BLOOM*", "BLOOMz bloomz", ["BLOOMz"]),
        ("Gauss garden", "Gauss Garden, gauss garden, Gauss-gardens", ["Gauss Garden", "Gauss-gardens"]),
        ("C++", "C++ and C and C+", ["C++"]),
        ("Tulip-4.5", "Tulip 4.5, Tulip 45", ["Tulip 4.5"]),
        ("straße", "STRASSE, Straßen", ["STRASSE"]),
        ("été", "L'été", ["été"]),
        ("花园", "我的花园很大", ["花园"]),
        ("сад", "Сад, сады", ["Сад"]),
        ("", "anything", []),
        (" - ", "a - b", []),
    ],
)
def test_term_matches_whole_words_in_any_case_with_plural_and_ending(term: str, text: str, expected: list[str]) -> None:
    assert found(term, text) == expected


def test_what_contains_another_comes_before_it_and_ties_keep_their_order() -> None:
    finder = Finder([("rose", 1), ("garden", 2), ("rose garden", 3), ("ROSE", 4), ("rose*", 5)])
    assert finder.find(["rose", "garden"]) == [(0, 2, 3), (0, 1, 1), (0, 1, 5), (1, 2, 2)]


ALPHABET = ("a", "b", "A", "as", "ab", ".")
TEXTS = st.lists(st.sampled_from(ALPHABET), max_size=12)
TERMS = st.lists(st.sampled_from((*ALPHABET, "a*", "ab*", "A*")), min_size=1, max_size=3).map(" ".join)


def fits(part: str, word: str, *, last: bool) -> bool:
    """The rules of a term once more, one word at a time and as slowly as one likes."""
    read = word if part != part.casefold() else word.casefold()
    if part.endswith("*"):
        return read.startswith(part[:-1])
    return read in ((part, part + "s", part + "es") if last and part.isalnum() else (part,))


def slowly(term: str, text: Sequence[str]) -> set[tuple[int, int, str]]:
    size = len(parts(term))
    return {
        (first, first + size, term)
        for first in range(len(text) - size + 1)
        if all(fits(p, text[first + at], last=at == size - 1) for at, p in enumerate(parts(term)))
    }


@given(st.lists(TERMS, max_size=6), TEXTS)
def test_finder_finds_what_the_slow_way_finds(some: list[str], text: list[str]) -> None:
    found = Finder((term, term) for term in some).find(text)
    assert set(found) == set().union(*(slowly(term, text) for term in some))
    assert found == sorted(found, key=lambda one: (one[0], -one[1]))


def test_finder_answers_the_same_with_and_without_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    text = words("rose garden, tulip rose garden tulips; Rose gardens")
    finder = Finder([("rose garden", 1), ("tulip*", 2)])
    once, again = finder.find(text), finder.find(text)
    monkeypatch.setattr(terms, "_REMEMBERED", 1)
    forgetful = Finder([("rose garden", 1), ("tulip*", 2)])
    assert once == again == forgetful.find(text)
    assert len(forgetful._start) == 1


# --- points -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "abstract", "expected"),
    [
        ("A tulip", None, 4),
        ("A tulip", "A tulip. Tulips.", 6),
        ("Nothing", "A tulip, a tulip", 0),
        ("Nothing", "A tulip in a rose garden", 4),
        ("In bloom", "In bloom", 4),
        ("Nothing", "In bloom", 0),
        ("A tulip in bloom", "Petals", 9),
        ("Nothing", "A petal with a scent and a tulip", 4),
        ("A petal", "A tulip", 4),
        ("A petal and its scent", "Petals, scented", 3.5),
        ("A petal", "Petals", 2),
        ("Nothing", "A petal, a scent", 0),
    ],
)
def test_points_are_those_of_the_table(title: str, abstract: str | None, expected: float) -> None:
    assert score(FLOWERS, title, abstract) == expected


def test_term_within_a_longer_one_counts_only_when_it_is_stronger() -> None:
    topic = Topic("t", "T", strong=("tulip", "red tulip"), title=("bloom",), weak=("full bloom", "tulip"))
    assert score(topic, "Red tulips") == 4
    assert score(topic, "Red tulips, and a tulip") == 8
    assert score(topic, "In full bloom") == 4 + 2
    assert score(Topic("t", "T", weak=("bloom", "full bloom")), "In full bloom") == 2


def test_same_word_is_not_counted_again_as_a_weak_term() -> None:
    topic = Topic("t", "T", title=("video",), weak=("video*",))
    (match,) = Classifier([topic]).classify_text("Video", "Videos, videography")
    assert match == Match("t", 4, ("video",))


def test_category_counts_once_where_the_source_gives_it() -> None:
    topic = Topic("t", "T", categories=("cs.CL", "cs.LG"), strong=("tulip",))
    assert score(topic, "Nothing", categories=("CS.cl", "cs.LG")) == 4
    assert score(topic, "Nothing about cs.CL") == 0
    (match,) = Classifier([topic]).classify_text("Nothing", "A tulip", categories=["cs.LG", "cs.CL"])
    assert match.terms == ("cs.CL", "tulip")


def test_categories_of_a_paper_are_looked_at() -> None:
    paper = Paper(1, "urn:uuid:1", 1, "Nothing", NOW, NOW.date(), categories=("cs.CL",))
    (match,) = Classifier([Topic("t", "T", categories=("cs.CL",))]).classify(paper)
    assert match.topic == "t"


def test_never_blanks_a_phrase_for_its_topic_or_for_all() -> None:
    one = Topic("one", "One", strong=("garden",), never=("rose garden",))
    two = Topic("two", "Two", strong=("garden", "rose"))
    assert topics_of(Classifier([one, two]), "My rose gardens") == ["two"]
    assert topics_of(Classifier([one, two]), "My rose garden and yours: a garden") == ["two", "one"]
    assert topics_of(Classifier([one, two], ["my rose"]), "My rose garden") == ["two"]
    assert Classifier([one, two], ["rose garden*"]).classify_text("My rose garden") == ()


def test_at_most_three_topics_each_with_a_share_of_the_best() -> None:
    assert topics_of(Classifier([Topic(name, name, strong=("tulip",)) for name in "abcd"]), "Tulip") == ["a", "b", "c"]
    alone = [Topic("much", "M", strong=("a", "b", "c")), Topic("little", "L", strong=("d",))]
    assert topics_of(Classifier(alone), "a b c d") == ["much"]
    assert topics_of(Classifier(alone), "a b d") == ["much", "little"]


def test_ties_go_to_the_topic_that_comes_first() -> None:
    red, blue = Topic("red", "R", strong=("tulip",)), Topic("blue", "B", strong=("tulip",))
    assert topics_of(Classifier([red, blue]), "Tulip") == ["red", "blue"]
    assert topics_of(Classifier([blue, red]), "Tulip") == ["blue", "red"]


def test_terms_are_as_they_were_written_the_strongest_first_and_each_once() -> None:
    (match,) = Classifier([FLOWERS]).classify_text("Tulips blooming, a tulip", "Scents of a rose-garden; tulip, petals")
    assert match.terms == ("tulip", "bloom*", "rose garden", "scent*", "petal")


# --- fallbacks ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "abstract", "expected"),
    [
        ("A petal", "", [Match("flowers", 2, ("petal",), fallback=True)]),
        ("Nothing", "A tulip with petals", [Match("flowers", 3, ("tulip", "petal"), fallback=True)]),
        ("Nothing", "A tulip", []),
        ("Nothing", "Petals and scents", []),
        ("", "", []),
    ],
)
def test_too_little_is_a_fallback_when_it_is_near_or_in_the_title(
    title: str, abstract: str, expected: list[Match]
) -> None:
    assert list(Classifier([FLOWERS]).classify_text(title, abstract)) == expected


def test_there_is_one_fallback_the_best_and_none_beside_a_topic() -> None:
    trees = Topic("trees", "Trees", weak=("leaf", "petal"))
    both = Classifier([FLOWERS, trees])
    assert [m.topic for m in both.classify_text("Leaf and petal")] == ["trees"]
    assert [(m.topic, m.fallback) for m in both.classify_text("Leaf of a tulip")] == [("flowers", False)]


# --- for any text -------------------------------------------------------------------------------------------------

ANY_TEXT = st.text(max_size=80) | st.lists(
    st.sampled_from(["tulip", "Rose", "garden", "-", ".", "petals", "bloom"]), max_size=15
).map(" ".join)


@given(ANY_TEXT, ANY_TEXT, st.lists(st.text(max_size=8), max_size=4))
def test_any_text_under_any_terms_ends_with_an_answer(title: str, abstract: str, some: list[str]) -> None:
    topic = Topic("any", "Any", strong=tuple(some), weak=tuple(some[:1]), never=tuple(some[1:2]))
    for match in Classifier([topic, FLOWERS], some[2:]).classify_text(title, abstract):
        assert match.fallback == (match.score < rules.THRESHOLD)
        assert match.terms


@given(ANY_TEXT, ANY_TEXT)
def test_spans_are_the_words_of_their_terms(title: str, abstract: str) -> None:
    for span in Classifier([FLOWERS]).spans(title, abstract):
        text = {"title": title, "abstract": abstract}[span.place][span.start : span.end]
        assert span.topic == "flowers"
        assert found(span.term, text) == [text]


@given(ANY_TEXT, ANY_TEXT)
def test_what_a_topic_finds_does_not_depend_on_the_others(title: str, abstract: str) -> None:
    other = Topic("other", "Other", strong=("rose", "tulip rose", "garden"), never=("tulip", "petal"), weak=("bloom",))
    alone = Classifier([FLOWERS]).spans(title, abstract)
    assert tuple(s for s in Classifier([other, FLOWERS]).spans(title, abstract) if s.topic == "flowers") == alone


def test_spans_mark_every_place_that_counts_in_reading_order() -> None:
    spans = Classifier([FLOWERS], ["tulip bulb"]).spans("Blooming tulips", "Tulip bulbs, the bloom of a tulip.")
    assert [(s.place, s.start, s.end, s.term) for s in spans] == [
        ("title", 0, 8, "bloom*"),
        ("title", 9, 15, "tulip"),
        ("abstract", 28, 33, "tulip"),
    ]


def test_a_page_of_nothing_but_terms_is_read_in_one_pass() -> None:
    """200,000 matches and as many blanked words: anything quadratic would not end."""
    text = "tulip rose garden petal " * 50_000
    (match,) = Classifier([FLOWERS], ["petal tulip"]).classify_text("Nothing", text)
    assert match.terms == ("tulip", "rose garden", "petal")


# --- the built-in topics ------------------------------------------------------------------------------------------


def test_default_toml_holds_only_what_a_topic_has_and_no_id_twice() -> None:
    tables = tomllib.loads(files("digest.topics").joinpath("default.toml").read_text(encoding="utf-8"))
    known = {"id", "name", "strong", "weak", "title", "never", "categories"}
    assert set(tables) == {"never", "topic"}
    assert all(set(table) <= known for table in tables["topic"])
    assert len({table["id"] for table in tables["topic"]}) == len(default_topics()) == 26


@pytest.mark.parametrize("topic", default_topics(), ids=lambda topic: topic.id)
def test_each_term_of_a_built_in_topic_says_something_of_its_own(topic: Topic) -> None:
    """No term is there twice, and none only repeats a stronger one."""
    for own in (topic.strong, topic.title, topic.weak):
        assert len({parts(term.casefold()) for term in own}) == len(own)
    strong = {parts(term) for term in topic.strong}
    assert not strong & {parts(term) for term in (*topic.title, *topic.weak)}


@pytest.mark.parametrize(
    ("title", "abstract", "expected"),
    [
        ("Gaussian Splatting of a Lighthouse", None, ["3d"]),
        ("KV Cache Eviction by Moonlight", None, ["efficiency"]),
        ("What a Graph Neural Network Sees", "We study message passing.", ["graphs"]),
        ("Whispers in a Hall", "Speech recognition of distant speakers, with audio from cars.", ["audio"]),
        ("A Lighthouse Keeper's Diary", "Of storms.", []),
    ],
)
def test_built_in_topics_know_their_papers(title: str, abstract: str | None, expected: list[str]) -> None:
    assert topics_of(BUILT_IN, title, abstract) == expected


def test_nearly_all_real_papers_get_a_topic(shared_data: Path) -> None:
    """Of 1,480 papers on 116 days 96 % get one, 2 % a fallback; a change of the terms must not lose that."""
    seen: dict[str, tuple[Match, ...]] = {}
    for path in sorted((shared_data / "hf-daily").glob("*.txt")):
        dump = Dump("0" * 64, path.name, path.read_bytes(), NOW, "dumps")
        for paper in parse(dump).papers:
            seen[paper.title] = BUILT_IN.classify_text(paper.title, paper.abstract)
    got = [bool(matches) and not matches[0].fallback for matches in seen.values()]
    best = {matches[0].topic for matches in seen.values() if matches}
    assert sum(got) / len(got) > 0.94
    assert best == {topic.id for topic in default_topics()}


# --- docs/topics.md -----------------------------------------------------------------------------------------------

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "topics.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[tuple[tuple[str, ...], str]]:
    """The rows of the page's tables with this heading, each with all of the page before it."""
    return [
        (tuple(cell.strip() for cell in line.strip("|").split("|")), PAGE[: table.start()])
        for table in re.finditer(rf"^\| {heading} .*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
        for line in table[1].splitlines()
    ]


def configured(page: str) -> Classifier:
    """The classifier under all [[topic]] tables that the page has shown so far."""
    tables = [block for block in re.findall(r"```toml\n(.*?)```", page, re.DOTALL) if "[[topic]]" in block]
    read = config.parse("".join(tables), Path())
    return Classifier(read.topics(), read.never())


@pytest.mark.parametrize(
    ("cells", "before"), rows("title"), ids=lambda value: value[0] if isinstance(value, tuple) else ""
)
def test_page_on_topics_says_what_explain_says(cells: tuple[str, ...], before: str) -> None:
    title, abstract, expected = cells
    matches = configured(before).classify_text(title, abstract)
    said = [f"{match.topic} {match.score:g}{', a fallback' * match.fallback}" for match in matches]
    assert ", ".join(said) == expected


@pytest.mark.parametrize(
    ("cells", "_before"), rows("written"), ids=lambda value: value[0] if isinstance(value, tuple) else ""
)
def test_page_on_topics_says_what_a_term_finds(cells: tuple[str, ...], _before: str) -> None:
    term, finds, finds_not = cells[0].strip("`"), cells[1].split(", "), cells[2].split(", ")
    assert [text for text in finds if found(term, text) != [text]] == []
    assert [text for text in finds_not if found(term, text)] == []


@pytest.mark.parametrize(
    ("cells", "_before"), rows("common"), ids=lambda value: value[0] if isinstance(value, tuple) else ""
)
def test_page_on_topics_says_what_a_common_word_does(cells: tuple[str, ...], _before: str) -> None:
    _, topic, belongs, does_not = cells
    assert [match.fallback for match in BUILT_IN.classify_text(belongs) if match.topic == topic] == [False]
    assert [match for match in BUILT_IN.classify_text(does_not) if match.topic == topic and not match.fallback] == []


def test_page_on_topics_has_examples() -> None:
    assert (len(rows("title")), len(rows("written")), len(rows("common"))) == (10, 7, 13)


def test_listing_day_is_no_part_of_the_answer() -> None:
    """The same text on another day, in another place, is the same to a topic."""
    first = Paper(1, "urn:uuid:1", 1, "A tulip", NOW, date(2026, 1, 1))
    later = Paper(2, "urn:uuid:2", 3, "A tulip", NOW, date(2026, 2, 2), position=9, comments=4)
    assert Classifier([FLOWERS]).classify(first) == Classifier([FLOWERS]).classify(later)
