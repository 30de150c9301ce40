"""Subject, preheader, head and foot of a mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.models import Audience, Edition, Item, Section
from digest.render.mail.head import Row, face_of, leaving
from tests.mails import SITE, WEB, edition, many, morning, one, paper


def sections(*names_and_counts: tuple[str, str, int]) -> Edition:
    """Sections of so many papers: (key, name, papers)."""
    start, built = 1, []
    for key, name, count in names_and_counts:
        items = tuple(Item(n, paper(f"Paper {n}", number=n), key) for n in range(start, start + count))
        built.append(Section(key, name, items))
        start += count
    return edition(*built)


@pytest.mark.parametrize(
    ("parts", "subject"),
    [
        ((("a", "Agents", 5), ("b", "Language models", 4)), "9 new papers, 20 Nov: Agents 5, Language models 4"),
        (
            (("a", "Agents", 5), ("b", "Models", 4), ("c", "C", 2), ("also", "Also new", 2)),
            "13 new papers, 20 Nov: Agents 5, Models 4, +1 topic",
        ),
        (
            (("a", "Vision: recognition & detection", 2), ("b", "Speech, audio & music", 2)),
            "4 new papers, 20 Nov: Vision 2, Speech 2",
        ),
        (
            (("a", "Probabilistic & Bayesian methods", 2), ("b", "Image & video generation", 2), ("c", "C", 2)),
            "6 new papers, 20 Nov: Probabilistic & Bayesian methods 2, +2 topics",
        ),
        (
            (("a", "Agents & tool use", 2), ("b", "Image & video generation", 3), ("c", "Vision: recognition", 2)),
            "7 new papers, 20 Nov: Image & video generation 3, Agents 2, +1 topic",
        ),
        (
            (("a", "Agents", 2), ("b", "Reinforcement learning & bandits", 3), ("also", "Also new", 9)),
            "14 new papers, 20 Nov: Reinforcement learning 3, Agents 2",
        ),
        (
            (("a", "Interdisciplinary investigations", 2), ("b", "Interpretability of such things", 3)),
            "5 new papers, 20 Nov: Interpretability of such things 3, +1 topic",
        ),
        ((("a", "N" * 80, 2),), "2 new papers, 20 Nov"),
        ((("a", " & B", 2),), "2 new papers, 20 Nov: & B 2"),
        ((("also", "New papers", 3),), "3 new papers, 20 Nov"),
    ],
)
def test_the_subject_begins_with_the_count_and_names_topics_while_they_fit(
    parts: tuple[tuple[str, str, int], ...], subject: str
) -> None:
    assert face_of(sections(*parts), SITE).subject == subject


def test_a_single_paper_is_its_own_subject() -> None:
    face = face_of(one("A Citation Checker\nThat Reads"), SITE)
    assert face.subject == "A Citation Checker That Reads"
    assert face.preheader == face.count == "1\u00a0new paper\u00a0· Friday 20\u00a0November 2026\u00a0· No.\u00a042"


def test_a_long_title_makes_a_subject_that_ends() -> None:
    assert len(face_of(one("word " * 20_000), SITE).subject) <= 150


@given(st.lists(st.tuples(st.text(min_size=1, max_size=60), st.integers(2, 9)), min_size=1, max_size=9))
def test_no_subject_is_longer_than_its_line_and_each_starts_with_the_count(parts: list[tuple[str, int]]) -> None:
    built = sections(*((f"t{at}", name, count) for at, (name, count) in enumerate(parts)))
    subject = face_of(built, SITE).subject
    assert subject.startswith(f"{len(built.items)} new papers, 20 Nov")
    assert len(subject) <= 78


def test_the_preheader_holds_the_first_titles_of_two_sections() -> None:
    face = face_of(morning(), SITE)
    first, second = "A Citation Checker That Reads the Source", "Where the Loss Goes at Ten Trillion Tokens"
    assert face.preheader == f"{first} · {second} · and 10 more"


def test_two_papers_are_the_whole_preheader() -> None:
    assert face_of(sections(("a", "A", 1), ("b", "B", 1)), SITE).preheader == "Paper 1 · Paper 2"


def test_the_contents_are_the_sections_with_their_counts() -> None:
    assert face_of(morning(), SITE).contents == (
        Row("Agents & tool use", 4),
        Row("Large language models", 3),
        Row("Also new", 2),
        Row("Other papers", 3),
    )


def test_contents_that_would_be_no_overview_end() -> None:
    rows = face_of(many(400, topics=100), SITE).contents
    assert (len(rows), rows[-1].name) == (40, "under 60 more headings")
    assert sum(row.papers for row in rows) == 400


@pytest.mark.parametrize(
    ("others", "count", "beyond", "rows"),
    [
        ("titles", "12\u00a0new papers", "", 4),
        ("count", "9\u00a0new papers", "3 more papers outside your topics.", 3),
        ("none", "9\u00a0new papers", "", 3),
    ],
)
def test_papers_outside_the_topics_are_shown_counted_or_passed_over(
    others: str, count: str, beyond: str, rows: int
) -> None:
    face = face_of(morning(others=others), SITE)
    assert (face.count.split("\u00a0· ")[0], face.beyond, len(face.contents)) == (count, beyond, rows)


def test_an_edition_with_nothing_in_the_topics_says_so_at_once() -> None:
    outside = edition(morning().sections[-1], others="count")
    face = face_of(outside, SITE)
    assert face.subject == "3 new papers outside your topics, 20 Nov"
    assert (face.beyond, face.preheader) == (
        "",
        "3\u00a0new papers outside your topics\u00a0· Friday 20\u00a0November 2026\u00a0· No.\u00a042",
    )


def test_without_a_web_there_is_no_link_to_it() -> None:
    assert face_of(morning(), SITE).web == ""
    assert face_of(morning(), WEB).web == "https://papers.example.org/editions/daily/42.html"


def test_unsubscribing_is_a_mail_to_the_owner() -> None:
    assert leaving("daily", SITE, "abc1") == "mailto:ada@example.org?subject=unsubscribe%20daily%20abc1"
    assert leaving("daily", replace(SITE, owner="reader@localhost"), "abc1") == ""
    assert leaving("a&b\r\nBcc: x", SITE, "") == "mailto:ada@example.org?subject=unsubscribe%20a%26b%0D%0ABcc%3A%20x"


def test_a_listing_without_links_is_owned_up_to_once() -> None:
    unlinked = one(ids=())
    assert face_of(unlinked, SITE).search == "Where the listing printed no link, the one here is a search at arXiv."
    assert face_of(unlinked, WEB).search == ""
    assert face_of(one(), SITE).search == ""


def test_the_foot_says_when_the_next_one_comes_as_far_as_it_is_known() -> None:
    assert face_of(morning(), SITE).rhythm == (
        "It comes weekdays at 07:00 Berlin. A day without a mail was a quiet one; "
        "if in doubt, see “digest status” or ask ada@example.org."
    )
    unscheduled = replace(SITE, schedule=None)
    assert face_of(morning(), unscheduled).rhythm.startswith("It comes when something is new.")


@pytest.mark.parametrize(
    ("audience", "words"),
    [
        (Audience(), "was a quiet one; if in doubt, see “digest status” or ask ada@example.org."),
        (Audience(many=True), "was a quiet one."),
        (Audience(subscribed=True), "was a quiet one; if in doubt, ask ada@example.org."),
        (Audience(("llm",), subscribed=True), "had nothing in your topics; if in doubt, ask ada@example.org."),
    ],
)
def test_only_those_who_may_run_a_command_are_told_of_it(audience: Audience, words: str) -> None:
    assert face_of(morning(), SITE, audience).rhythm.endswith(f"A day without a mail {words}")
    nobody = replace(SITE, owner="reader@localhost")
    assert "localhost" not in face_of(morning(), nobody, audience).rhythm


def test_the_summary_is_the_count_equation() -> None:
    face = face_of(morning(quiet=(date(2026, 11, 19),)), SITE)
    assert (
        face.summary == "28\u00a0listed: 12\u00a0new, 14\u00a0known before, 2\u00a0printed twice. Thursday was quiet."
    )
