"""Which form each paper takes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from digest.models import Fragment
from digest.render.mail.weight import fit, weigh


def section(key: str, start: int, papers: int, *, rich: int = 100, line: int = 20) -> list[Fragment]:
    """A heading of ten bytes and so many papers; sizes count the line end as two."""
    heading = "h" * 8 + "\n"
    pieces = [
        Fragment(key, start + at, "r" * (rich - 2) + "\n", "l" * (line - 2) + "\n", "t\n") for at in range(papers)
    ]
    return [Fragment(key, 0, heading, heading, heading), *pieces]


def forms(pieces: list[Fragment], room: int) -> dict[str, str]:
    """Each section's pieces by their first letters, and the count of what is missing."""
    return {shown.key: "".join(piece[0] for piece in shown.pieces) + f" {shown.hidden}" for shown in fit(pieces, room)}


def test_a_line_end_weighs_two_and_a_letter_as_many_bytes_as_it_has() -> None:
    assert weigh("aä\n") == 5


def test_everything_is_rich_where_there_is_room_for_everything() -> None:
    assert forms(section("a", 1, 3), 310) == {"a": "hrrr 0"}


def test_the_first_papers_of_all_sections_come_before_the_second_of_any() -> None:
    both = section("a", 1, 3) + section("b", 4, 2)
    assert forms(both, 220) == {"a": "hr 2", "b": "hr 1"}


def test_title_lines_of_all_come_before_a_second_rich_paper() -> None:
    both = section("a", 1, 3) + section("b", 4, 2)
    assert forms(both, 280) == {"a": "hrll 0", "b": "hrl 0"}
    assert forms(both, 360) == {"a": "hrrl 0", "b": "hrl 0"}


def test_where_not_all_title_lines_fit_some_room_is_kept_for_rich_papers() -> None:
    shown = forms(section("a", 1, 200), 1110)
    assert shown == {"a": "hrrrrrr" + "l" * 25 + " 169"}


def test_first_papers_become_title_lines_before_a_section_is_dropped() -> None:
    both = section("a", 1, 3) + section("b", 4, 2)
    assert forms(both, 150) == {"a": "hr 2", "b": "hl 1"}
    assert forms(both, 60) == {"a": "hl 2", "b": "hl 1"}
    assert forms(both, 59) == {"a": "hl 2", "b": " 2"}


def test_without_room_nothing_is_shown_and_everything_counted() -> None:
    assert forms(section("a", 1, 3), -5) == {"a": " 3"}


def test_a_title_line_that_says_all_is_not_counted_as_shortened() -> None:
    (shown,) = fit(section("others", 1, 3, rich=20), 1000)
    assert shown.shortened == 0


def test_papers_that_are_title_lines_are_counted() -> None:
    (shown,) = fit(section("a", 1, 3), 200)
    assert (shown.hidden, shown.shortened) == (0, 2)


def test_pieces_without_a_heading_are_shown_without_one() -> None:
    assert forms(section("a", 1, 2)[1:], 200) == {"a": "rr 0"}


@given(st.lists(st.integers(1, 30), max_size=6), st.integers(0, 5000), st.integers(20, 90))
def test_it_never_weighs_more_than_asked_for_and_leaves_no_gap(papers: list[int], room: int, line: int) -> None:
    pieces = [piece for at, count in enumerate(papers) for piece in section(str(at), at * 100 + 1, count, line=line)]
    shown = fit(pieces, room)
    assert sum(weigh(piece) for one in shown for piece in one.pieces) <= room
    for count, one in zip(papers, shown, strict=True):
        kinds = "".join(piece[0] for piece in one.pieces)
        assert kinds == "".join(sorted(kinds, key="hrl".index))
        assert len(one.pieces) == (count - one.hidden + 1 if one.hidden < count else 0)
