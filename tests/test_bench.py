"""The benchmark: that it measures what it says, on sizes that take no time; no figure is judged here."""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime

import pytest

from bench.__main__ import AREAS, main
from bench.figures import Figure, as_dict, at_least, at_most, table, time_text
from bench.generate import DAY, FEEDS, dump_text, listed_papers, papers, titles, topics
from bench.measure import compare, prepared, spent
from bench.pages import SHAPES, as_printed
from digest.models import Dump
from digest.parsers import parse

# --- the generator ------------------------------------------------------------------------------------------------


def test_generated_papers_are_the_same_for_the_same_seed_and_others_for_another() -> None:
    assert listed_papers(20, seed=3) == listed_papers(20, seed=3)
    assert not {p.title for p in listed_papers(20, seed=3)} & {p.title for p in listed_papers(20, seed=4)}


def test_generated_titles_are_distinct() -> None:
    assert len(set(titles(5_000))) == 5_000


def test_generated_papers_have_distinct_numbers_and_links_where_they_are_identified() -> None:
    some = papers(50)
    assert len({paper.url for paper in some}) == len({paper.uid for paper in some}) == 50
    assert all(paper.id_of("arxiv") for paper in some)
    assert all(not paper.ids and paper.url is None for paper in listed_papers(50, identified=0.0))


def test_generated_topics_have_as_many_terms_as_asked_for() -> None:
    assert [len(topic.strong) for topic in topics(30, terms=8)] == [8] * 30


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_generated_page_is_read_back_as_it_was_printed(shape: str, seed: int) -> None:
    body = dump_text(shape, 40, seed=seed).encode()
    listing = parse(Dump("0" * 64, f"{DAY}.txt", body, datetime(2026, 11, 21, tzinfo=UTC), source="bench"))
    printed = [as_printed(paper, shape) for paper in listed_papers(40, seed=seed)]
    if shape == "trending":
        printed = [paper for paper in printed for _ in range(2)]
    assert [paper.title for paper in listing.papers] == [paper.title for paper in printed]
    assert list(listing.papers) == printed
    assert listing.rejects == ()


@pytest.mark.parametrize("kind", FEEDS)
def test_a_generated_feed_is_read_whole(kind: str) -> None:
    body = FEEDS[kind](5).encode()
    listing = parse(Dump("0" * 64, "feed.xml", body, datetime(2026, 11, 21, tzinfo=UTC), source="bench"))
    titles = [paper.title.removesuffix(" & more") for paper in listing.papers]
    assert titles == [paper.title for paper in papers(5)]
    assert all(paper.abstract and paper.url and paper.ids and paper.day == DAY for paper in listing.papers)
    assert listing.rejects == ()


# --- figures ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "goal", "missed"),
    [
        (3.0, at_most(3), False),
        (3.1, at_most(3), True),
        (5.0, at_least(5), False),
        (4.9, at_least(5), True),
        (99.0, None, False),
        (None, at_most(3), False),
    ],
)
def test_a_figure_misses_its_goal_or_not(value: float | None, goal: object, missed: bool) -> None:  # noqa: FBT001
    figure = Figure("area", "what", value, goal)  # type: ignore[arg-type]
    assert figure.missed is missed
    assert as_dict(figure)["missed"] is missed


def test_the_table_names_each_area_once_and_says_miss_beside_the_goal() -> None:
    lines = list(table([Figure("A", "one", 4.0, at_most(3)), Figure("A", "two", None, at_least(2), detail="absent")]))
    assert lines[0] == "\nA"
    assert re.fullmatch(r"  one +4 ×  goal ≤ 3 × +MISS", lines[1])
    assert re.fullmatch(r"  two +–  goal ≥ 2 × +absent", lines[2])


@pytest.mark.parametrize(("seconds", "text"), [(2.0, "2 s"), (0.0123, "12.3 ms"), (0.000045, "45 µs")])
def test_times_are_told_in_a_readable_unit(seconds: float, text: str) -> None:
    assert time_text(seconds) == text


# --- measuring ----------------------------------------------------------------------------------------------------


def test_two_jobs_are_run_in_turn_as_often_as_asked_for_and_once_before() -> None:
    calls: list[str] = []
    pair = compare(prepared(lambda: calls.append("a")), prepared(lambda: calls.append("b")), 3)
    assert calls == ["a", "b"] * 4
    assert pair.ratio > 0


def test_the_peak_of_a_process_does_not_hold_that_of_this_one() -> None:
    ballast = bytearray(b"x") * 150_000_000
    assert spent([sys.executable, "-I", "-c", "pass"]).peak < 100_000_000 < len(ballast)
    assert spent([sys.executable, "-I", "-c", "len(bytearray(b'x') * 150_000_000)"]).peak > 150_000_000


def test_a_program_that_fails_ends_the_benchmark_with_what_it_said() -> None:
    with pytest.raises(RuntimeError, match=r"exit code 3\nthe reason"):
        spent([sys.executable, "-c", "import sys; print('the reason', file=sys.stderr); sys.exit(3)"])


def test_the_clock_of_a_comparison_can_be_chosen() -> None:
    ticks = iter(range(100))
    pair = compare(prepared(lambda: next(ticks)), prepared(lambda: None), 3, clock=lambda: float(next(ticks)))
    assert (pair.ours, pair.theirs, pair.ratio) == (2, 1, 2)


# --- the whole harness --------------------------------------------------------------------------------------------


def test_every_area_gives_its_figures_with_goals(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--tiny"])
    printed = capsys.readouterr().out
    for area in (
        "reading a dump",
        "diff",
        "topics",
        "HTML",
        "feeds",
        "mail",
        "sending",
        "search",
        "web",
        "whole run",
        "start",
        "status",
    ):
        assert f"\n{area}\n" in printed
    assert len(re.findall(r"goal [≤≥] ", printed)) >= 15
    assert re.search(r"\n\d+ figures, \d+ missed\n$", printed)


def test_one_area_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--tiny", "--json", "--only", "topics"])
    figures = json.loads(capsys.readouterr().out)
    assert [figure["area"] for figure in figures] == ["topics", "topics"]
    assert set(figures[0]) == {"area", "what", "value", "goal", "unit", "detail", "missed"}


def test_an_unknown_area_is_refused_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--only", "nothing"])
    told = capsys.readouterr().err
    assert [name for name in AREAS if name not in told] == []
