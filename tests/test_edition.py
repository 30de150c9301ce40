"""An edition holds every paper once, sorted so that a reader finds what belongs together."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.edition import ALSO, MIXED, NEAR, OTHERS, Imprint, chosen, compose, rank, topics_shown
from digest.models import Audience, DigestRules, Dump, Match, Paper, Tally, Topic
from digest.parsers import parse
from digest.render.mail import compose as compose_mail
from digest.render.mail import seal
from digest.topics import Classifier, default_never, default_topics
from tests.mails import TEMPLATES, WEB, many, morning

if TYPE_CHECKING:
    from pathlib import Path

    from digest.models import Edition
    from digest.render.mail import MailBody

NOW = datetime(2026, 11, 20, 7, tzinfo=UTC)
TOPICS = tuple(Topic(letter, f"Topic {letter.upper()}") for letter in "abcd")
ALL = DigestRules("daily", "Morning Papers")
IMPRINT = Imprint(42, NOW.date(), NOW, considered=7, tally=Tally(3, 2, 1))

Classified = tuple[Paper, tuple[Match, ...]]


def paper(number: int, *topics: str, fallback: bool = False) -> Classified:
    """A paper at that position, with these topics, best first: 8 points and one less for each; a space takes two."""
    text = Paper(number, f"urn:uuid:{number:032}", 1, f"Paper {number}", NOW, NOW.date(), position=number)
    some = ((topic, 8.0 - at - 2 * topics[:at].count(" ")) for at, topic in enumerate(topics) if topic != " ")
    matches = (Match(topic, score, (f"term {topic}",), fallback) for topic, score in some)
    return text, tuple(matches)


def composed(*papers: Classified, rules: DigestRules = ALL, topics: tuple[Topic, ...] = TOPICS) -> Edition:
    return compose(rules, topics, classified=papers, imprint=IMPRINT)


FIRST = paper(1)[0]


def of(*topics: str) -> tuple[Classified, ...]:
    """One paper for each of these words: the letters are its topics, "." none."""
    return tuple(paper(number, *word.strip(".")) for number, word in enumerate(topics, start=1))


def drawn(edition: Edition) -> dict[str, list[int]]:
    """Which papers stand in which section, in order."""
    return {section.key: [item.paper.id for item in section.items] for section in edition.sections}


# --- sections -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("papers", "expected"),
    [
        # two papers make a section; one goes to "also", one without topics to "others"
        (("a", "a", "b", ".", "a"), {"a": [1, 2, 5], ALSO: [3], OTHERS: [4]}),
        # sections stand in display order, whatever their size
        (("b", "b", "b", "a", "a"), {"a": [4, 5], "b": [1, 2, 3]}),
        # a paper whose best topic has no section goes to one that fits it nearly as well
        (("a", "a", "ba", "cda"), {"a": [1, 2, 3, 4]}),
        (("a", "a", "b", "bc", "cba"), {"a": [1, 2], "b": [3, 4, 5]}),
        (("a", "a", "b a"), {"a": [1, 2], "b": [3]}),
        (("a", "a", "a", "b a"), {"a": [1, 2, 3], ALSO: [4]}),
        (("a", "a", "a", "b ac"), {"a": [1, 2, 3], ALSO: [4]}),
        # what no section fits makes one of its own, if two papers fit in it that well and it is the best of one
        (("a", "a", "cd", "dc"), {"a": [1, 2], "c": [3, 4]}),
        (("a", "a", "dc", "bc"), {"a": [1, 2], ALSO: [4, 3]}),
        (("a", "a", "c d", "d c"), {"a": [1, 2], ALSO: [3, 4]}),
        # what is mixed stands together by topic
        (("d", "b", "a", "a", "d", "d"), {"a": [3, 4], "d": [1, 5, 6], ALSO: [2]}),
        (("d", "c", "b", "a", "a"), {"a": [4, 5], ALSO: [3, 2, 1]}),
        # few papers need no sorting
        (("c",), {"c": [1]}),
        (("c", "a", "b"), {"a": [2], "b": [3], "c": [1]}),
        (("c", "a", ".", "."), {"a": [2], "c": [1], OTHERS: [3, 4]}),
        (("d", "c", "b", "a"), {ALSO: [4, 3, 2, 1]}),
        (("a", "a", "b", "."), {"a": [1, 2], "b": [3], OTHERS: [4]}),
        ((".",), {OTHERS: [1]}),
        ((), {}),
    ],
)
def test_papers_stand_where_a_reader_looks_for_them(papers: tuple[str, ...], expected: dict[str, list[int]]) -> None:
    edition = composed(*of(*papers))
    assert drawn(edition) == expected
    assert list(drawn(edition)) == list(expected)


def test_only_the_largest_topics_get_a_section() -> None:
    rules = replace(ALL, sections=2)
    edition = composed(*of("a", "a", "b", "b", "b", "c", "c", "c", "cb"), rules=rules)
    assert drawn(edition) == {"b": [3, 4, 5], "c": [6, 7, 8, 9], ALSO: [1, 2]}


def test_among_topics_of_one_size_the_first_in_display_order_get_a_section() -> None:
    edition = composed(*of("b", "b", "a", "a", "c", "c"), rules=replace(ALL, sections=2))
    assert drawn(edition) == {"a": [3, 4], "b": [1, 2], ALSO: [5, 6]}


def test_section_that_later_ones_leave_with_one_paper_is_closed() -> None:
    topics = tuple(Topic(letter, f"Topic {letter.upper()}") for letter in "abcdefg")
    edition = composed(*of("a", "dba", "eca", "b", "fb", "c", "gc"), topics=topics)
    assert drawn(edition) == {"b": [2, 4, 5], "c": [3, 6, 7], ALSO: [1]}


@pytest.mark.parametrize(("points", "section"), [(6.0, "a"), (5.9, ALSO)])
def test_paper_moves_only_to_a_topic_with_three_quarters_of_its_best_ones_points(points: float, section: str) -> None:
    moving = (FIRST, (Match("b", 8.0, ("b",)), Match("a", points, ("a",))))
    edition = composed(moving, *(paper(number, "a") for number in range(2, 6)))
    (item,) = (item for item in edition.items if item.paper.id == 1)
    assert section in drawn(edition)
    assert 1 in drawn(edition)[section]
    assert (item.topic, item.terms, item.also) == (("a", ("a",), ("b",)) if section == "a" else ("b", ("b",), ("a",)))


def test_paper_that_moved_keeps_its_better_topic_among_the_further_ones() -> None:
    (moved,) = (item for item in composed(*of("a", "a", "bac", "a")).items if item.paper.id == 3)
    assert (moved.topic, moved.terms, moved.score) == ("a", ("term a",), 7.0)
    assert moved.also == ("b", "c")


def test_paper_under_also_new_keeps_its_topic_as_a_label() -> None:
    (item,) = composed(*of("a", "a", "b", "a", "a")).sections[-1].items
    assert (item.topic, item.terms, item.also) == ("b", ("term b",), ())


# --- names --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("papers", "chosen", "expected"),
    [
        (("a", "a", "b", "b", "c", "."), "", ["Topic A", "Topic B", "Also new", "Other papers"]),
        (("a", "b", "c", "d"), "", ["New papers"]),
        (("a", "b", "c", "d", "."), "", ["New papers", "Other papers"]),
        ((".", "."), "", ["New papers"]),
        (("b", "."), "a", ["Other papers"]),
    ],
)
def test_first_section_is_neither_also_nor_other(papers: tuple[str, ...], chosen: str, expected: list[str]) -> None:
    edition = composed(*of(*papers), rules=replace(ALL, topics=tuple(chosen)))
    assert [section.name for section in edition.sections] == expected


def test_edition_knows_the_names_of_all_topics_that_it_mentions() -> None:
    assert composed(*of("a", "a", "ca", ".")).topic_names == (("a", "Topic A"), ("c", "Topic C"))


# --- a digest of some topics --------------------------------------------------------------------------------------


def test_digest_shows_its_topics_in_its_own_order() -> None:
    edition = composed(*of("a", "a", "b", "b", "c", "c"), rules=replace(ALL, topics=("c", "a")))
    assert list(drawn(edition)) == ["c", "a", OTHERS]


def test_digest_decides_between_topics_with_equal_points() -> None:
    equal = (Match("a", 4.0, ("a",)), Match("b", 4.0, ("b",)), Match("c", 6.0, ("c",)))
    (item,) = composed((FIRST, equal), rules=replace(ALL, topics=("b", "a"))).items
    assert (item.topic, item.also) == ("b", ("a",))
    (item,) = composed((FIRST, equal), rules=replace(ALL, topics=("b", "a", "c"))).items
    assert (item.topic, item.also) == ("c", ("b", "a"))


def test_topics_that_the_digest_left_out_are_not_mentioned() -> None:
    edition = composed(*of("ba", "ab", "b"), rules=replace(ALL, topics=("a", "c")))
    assert drawn(edition) == {"a": [1, 2], OTHERS: [3]}
    assert {topic for item in edition.items for topic in (item.topic, *item.also)} == {"a", None}
    assert edition.topic_names == (("a", "Topic A"),)


def test_digest_of_one_topic_has_its_section_for_a_single_paper() -> None:
    edition = composed(*of("b", ".", "c", "ab", "d"), rules=replace(ALL, topics=("a",)))
    assert drawn(edition) == {"a": [4], OTHERS: [1, 2, 3, 5]}


def test_digest_that_chose_few_topics_has_a_section_for_each_paper() -> None:
    papers = of("a", "a", "a", "a", "cb", "bc", ".")
    chosen = replace(ALL, topics=("c", "b", "a"))
    assert drawn(composed(*papers, rules=chosen)) == {"c": [5], "b": [6], "a": [1, 2, 3, 4], OTHERS: [7]}
    few = replace(chosen, sections=2)
    assert drawn(composed(*papers, rules=few)) == {"c": [5, 6], "a": [1, 2, 3, 4], OTHERS: [7]}


@pytest.mark.parametrize(
    ("topics", "expected"),
    [
        (("gone", "a"), {"a": [1, 2], OTHERS: [3, 4]}),
        (("a", "a"), {"a": [1, 2], OTHERS: [3, 4]}),
        (("gone",), {OTHERS: [1, 2, 3, 4]}),
    ],
)
def test_unknown_and_repeated_topics_are_passed_over(topics: tuple[str, ...], expected: dict[str, list[int]]) -> None:
    assert drawn(composed(*of("a", "a", "b", "b"), rules=replace(ALL, topics=topics))) == expected


# --- fallbacks ----------------------------------------------------------------------------------------------------


def test_fallback_opens_no_section_and_stands_last_in_one_that_is_there() -> None:
    guesses = (paper(1, "a", fallback=True), paper(2, "b", fallback=True), paper(3, "b", fallback=True))
    edition = composed(*guesses, *(paper(number, "a") for number in range(4, 8)), paper(8, "c"))
    assert drawn(edition) == {"a": [4, 5, 6, 7, 1], ALSO: [8, 2, 3]}
    assert [item.paper.id for item in edition.items if item.fallback] == [1, 2, 3]


def test_fallback_brings_no_paper_into_a_digest_that_left_topics_out() -> None:
    papers = (paper(1, "a", fallback=True), paper(2, "a"), paper(3, "b"))
    edition = composed(*papers, rules=replace(ALL, topics=("a", "b")))
    assert drawn(edition) == {"a": [2], "b": [3], OTHERS: [1]}
    assert edition.items[-1].topic is None


def test_digest_that_only_orders_all_topics_leaves_none_out() -> None:
    papers = (paper(1, "a", fallback=True), paper(2, "a"), paper(3, "a"))
    assert drawn(composed(*papers, rules=replace(ALL, topics=("d", "c", "b", "a")))) == {"a": [2, 3, 1]}


# --- rank ---------------------------------------------------------------------------------------------------------

WORTH = Match("a", 8.0, ("term",))


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (replace(FIRST, position=1), replace(FIRST, position=2, comments=99, upvotes=99, sightings=9)),
        (replace(FIRST, position=500), replace(FIRST, position=0, comments=99)),
        (replace(FIRST, comments=2, upvotes=1), replace(FIRST, upvotes=2, sightings=9)),
        (replace(FIRST, upvotes=1), FIRST),
        (replace(FIRST, sightings=2), FIRST),
        (FIRST, replace(FIRST, id=2)),
    ],
)
def test_rank_is_position_then_comments_and_upvotes_then_sightings(better: Paper, worse: Paper) -> None:
    assert rank(better, WORTH) < rank(worse, WORTH)
    assert rank(better) < rank(worse)


def test_rank_puts_more_points_first_among_equals_and_fallbacks_last() -> None:
    assert rank(replace(FIRST, id=2), WORTH) < rank(FIRST, replace(WORTH, score=4.0))
    assert rank(replace(FIRST, position=9), WORTH) < rank(FIRST, replace(WORTH, fallback=True))


# --- the whole ----------------------------------------------------------------------------------------------------


def test_edition_bears_its_imprint_and_what_its_digest_asked() -> None:
    rules = DigestRules("weekly", "Weekly Papers", others="count")
    imprint = replace(IMPRINT, quiet=(date(2026, 11, 19),), slot=NOW)
    edition = compose(rules, TOPICS, classified=of("a"), imprint=imprint)
    assert (edition.digest, edition.title, edition.others) == ("weekly", "Weekly Papers", "count")
    assert (edition.number, edition.day, edition.created) == (42, NOW.date(), NOW)
    assert (edition.considered, edition.tally) == (7, Tally(3, 2, 1))
    assert (edition.quiet, edition.slot) == ((date(2026, 11, 19),), NOW)


MATCHES = st.lists(st.sampled_from("abcd"), max_size=3, unique=True)
PAPERS = st.lists(st.tuples(MATCHES, st.booleans()), max_size=25).map(
    lambda some: [paper(at, *topics, fallback=guess) for at, (topics, guess) in enumerate(some, start=1)]
)
RULES = st.builds(
    lambda topics, sections: replace(ALL, topics=tuple(topics), sections=sections),
    st.lists(st.sampled_from("abcd"), max_size=4),
    st.integers(1, 5),
)


@given(PAPERS, RULES)
def test_every_paper_stands_in_it_once_under_the_next_number(papers: list[Classified], rules: DigestRules) -> None:
    edition = composed(*papers, rules=rules)
    assert Counter(item.paper.id for item in edition.items) == Counter(one.id for one, _ in papers)
    assert [item.number for item in edition.items] == list(range(1, len(papers) + 1))
    assert all(section.items for section in edition.sections)


@given(PAPERS, RULES, st.randoms(use_true_random=False))
def test_order_of_the_papers_handed_in_changes_nothing(
    papers: list[Classified], rules: DigestRules, chance: object
) -> None:
    shuffled = list(papers)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert composed(*shuffled, rules=rules) == composed(*papers, rules=rules)


@given(PAPERS, RULES)
def test_sections_are_few_and_in_order_and_hold_their_own(papers: list[Classified], rules: DigestRules) -> None:
    edition = composed(*papers, rules=rules)
    chosen = list(dict.fromkeys(rules.topics)) or list("abcd")
    keys = [section.key for section in edition.sections]
    assert sum(key not in MIXED for key in keys) <= rules.sections
    assert all([*chosen, *MIXED].index(one) < [*chosen, *MIXED].index(two) for one, two in pairwise(keys))
    given = {one.id: {match.topic for match in matches} for one, matches in papers}
    for section in edition.sections:
        for item in section.items:
            assert section.key in (item.topic, ALSO) if item.topic else section.key == OTHERS
            assert {*filter(None, (item.topic,)), *item.also} <= given[item.paper.id] & set(chosen)
            assert item.topic not in item.also


@given(PAPERS, RULES)
def test_paper_stands_under_also_new_only_when_no_section_fits_it_nearly_as_well_as_its_best_topic(
    papers: list[Classified], rules: DigestRules
) -> None:
    sections = composed(*papers, rules=rules).sections
    opened, chosen = {section.key for section in sections}, set(rules.topics) or set("abcd")
    points = {one.id: {match.topic: match.score for match in matches} for one, matches in papers}
    for section in sections:
        for item in section.items if section.key != OTHERS else ():
            mine = {topic: score for topic, score in points[item.paper.id].items() if topic in chosen}
            fitting = {topic for topic, score in mine.items() if score >= NEAR * max(mine.values())}
            assert item.topic in fitting
            assert section.key != ALSO or not fitting & opened


def test_real_days_are_not_shredded(shared_data: Path) -> None:
    """Over 116 days a fifth of the papers, and less on long ones, stand under "Also new"."""
    classify = Classifier(default_topics(), default_never()).classify_text
    mixed, papers = Counter[str](), 0
    for path in sorted((shared_data / "hf-daily").glob("*.txt")):
        dump = Dump("0" * 64, path.name, path.read_bytes(), NOW, "dumps")
        listed = parse(dump).papers
        day = [
            (replace(paper(at)[0], title=one.title), classify(one.title, one.abstract))
            for at, one in enumerate(listed, start=1)
        ]
        sections = composed(*day, topics=default_topics()).sections
        mixed.update({section.key: len(section.items) for section in sections})
        papers += len(listed)
        assert sum(section.key not in MIXED for section in sections) <= ALL.sections
        assert all(len(section.items) >= 2 for section in sections if section.key not in MIXED) or len(listed) < 9
    assert mixed[ALSO] < 0.25 * papers
    assert mixed[OTHERS] < 0.05 * papers


# --- a reader's own choice --------------------------------------------------------------------------------------


def test_reader_who_chose_topics_gets_their_papers_under_the_numbers_of_all() -> None:
    whole = morning()
    mine = chosen(whole, {"llm"})
    assert drawn(mine) == {"llm": [1, 5, 6, 7]}
    assert [item.number for item in mine.items] == [1, 5, 6, 7]
    assert chosen(whole, ()) == whole
    assert not chosen(whole, {"nothing of it"}).sections
    assert topics_shown(whole) == {"agents", "llm", "health", "speech"}


def test_paper_stands_under_the_best_of_the_topics_that_its_reader_chose() -> None:
    whole = morning()
    assert drawn(chosen(whole, {"health", "llm"})) == {"llm": [1, 5, 6, 7], "health": [9]}, "in the digest's order"
    assert drawn(chosen(whole, {"agents", "health"})) == {"agents": [1, 2, 3, 4], "health": [9]}
    assert [one.name for one in chosen(whole, {"health"}).sections] == ["Health, biology & chemistry"]
    assert drawn(chosen(replace(whole, topic_names=()), {"llm"})) == {"llm": [1, 5, 6, 7]}, "a topic without a name"


def mail_for(*topics: str) -> MailBody:
    whole = morning()
    return compose_mail(whole, seal(whole, WEB, TEMPLATES), WEB, templates=TEMPLATES, audience=Audience(topics))


def test_mail_of_a_choice_counts_and_shows_that_choice_alone() -> None:
    body = mail_for("llm")
    assert body.subject.startswith("4 new papers")
    assert "Whispered Vowels" not in body.html + body.text
    assert "Of your topics it has Large language models." in " ".join(body.text.split())
    assert "28 listed" not in body.text, "the counts of the listing are not this reader's"
    heads = [line.split() for line in body.text.split("\n") if line.endswith(" new")]
    assert heads == [["Large", "language", "models", "4", "new"]], "sections count what this reader sees"
    assert re.findall(r"<h2 [^>]*>([^<]*)</h2>|>(\d+) new<", body.html) == [("Large language models", ""), ("", "4")]


def test_mail_of_a_choice_says_that_it_is_one_and_where_the_rest_is() -> None:
    for part in (mail_for("llm").html, " ".join(mail_for("llm").text.split())):
        words = part.replace("\u00a0", " ")
        assert "4 new papers in your topics · Friday" in words
        assert "A selection from 12 papers, by the topics that you chose. Thursday was quiet." in words
        assert "Read all 12 on the web" in words


def test_mail_of_a_choice_that_leaves_nothing_out_does_not_speak_of_a_rest() -> None:
    whole = replace(morning(), sections=morning().sections[:2])
    mine = Audience(("agents", "llm"))
    body = compose_mail(whole, seal(whole, WEB, TEMPLATES), WEB, templates=TEMPLATES, audience=mine)
    assert "A selection" not in body.text
    assert "Read on the web:" in body.text


def test_heading_of_a_choice_stands_above_every_paper_in_a_heavy_mail_too() -> None:
    whole = many(400)
    speaking = [replace(item, also=("speech",)) for item in whole.items]
    sections = tuple(
        replace(one, items=tuple(speaking[item.number - 1] for item in one.items)) for one in whole.sections
    )
    spoken, mine = replace(whole, sections=sections), Audience(("speech",))
    body = compose_mail(spoken, seal(spoken, WEB, TEMPLATES), WEB, templates=TEMPLATES, audience=mine)
    assert re.findall(r"<h2 [^>]*>([^<]*)</h2>", body.html) == ["Speech, audio &amp; music"]
    assert "400 new papers in your topics" in body.html.replace("\u00a0", " ")
