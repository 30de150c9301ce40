"""Death at every SQL statement: whatever ran before it and whatever did not, the next run makes it good.

A child process runs until its n-th statement and is gone at once (`os._exit`), as by kill -9; then a clean run goes on.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes import Place, card, page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FIRST, SECOND, THIRD, FOURTH = (card(name) for name in ("Elder", "Fir", "Ginkgo", "Hazel"))
MONDAY = page(FIRST, SECOND)
TUESDAY = page(
    (SECOND[0], SECOND[1] + " A later version adds this."), (*THIRD, "2611.00002"), FOURTH, FOURTH, day="Nov 17"
)
GONE = 9


@dataclass(frozen=True, slots=True)
class TwoDays:
    """Monday is done; Tuesday's dump has a revision, news, and a card printed twice."""

    made: Place

    @classmethod
    def at(cls, folder: Path) -> TwoDays:
        place = Place(folder, '[[digest]]\nname = "daily"\nto = ["a@example.org", "b@example.org"]\n')
        place.day(MONDAY)
        for done in (folder / "dumps").iterdir():
            done.unlink()  # a copy of it would be another file, to be read again
        place.drop(TUESDAY, "2026-11-18.txt")
        return cls(place)

    def again(self, folder: Path) -> Place:
        """The same in a folder of its own."""
        shutil.copytree(self.made.folder, folder, dirs_exist_ok=True)
        return replace(self.made, folder=folder)


def outcome(place: Place) -> dict[str, Any]:
    """All that a reader or a program could see, but for times."""
    with place.desk() as desk:
        papers = sorted(
            (paper.title, paper.news_no, paper.sightings, paper.abstract) for paper in desk.store.papers.all()
        )
        deliveries = [(one.digest, one.edition, one.to, one.state) for one in desk.store.outbox.all()]
        dumps = [
            (one.name, one.verdict, one.listed, one.new, one.known, one.repeated) for one in desk.store.dumps.reports()
        ]
    public = {str(path.relative_to(place.folder)): path.read_bytes() for path in place.folder.glob("public/**/*.*")}
    return {
        "papers": papers,
        "deliveries": deliveries,
        "dumps": dumps,
        "editions": place.titles(),
        "mails": len(place.mails()),
        "public": public,
    }


def dying(nth: int) -> Callable[[str], None]:
    """A trace that counts statements and ends the process at the n-th."""
    left = [nth]

    def count(_: str) -> None:
        left[0] -= 1
        if left[0] == 0:
            os._exit(GONE)

    return count


def dies_at(place: Place, nth: int) -> bool:
    """Run in a child that dies at its n-th statement; False when it was done before."""
    child = os.fork()
    if child == 0:
        connect = sqlite3.connect

        def traced(*args: Any, **options: Any) -> sqlite3.Connection:  # noqa: ANN401 - as sqlite3 has it
            connection: sqlite3.Connection = connect(*args, **options)
            connection.set_trace_callback(count)
            return connection

        count = dying(nth)
        sqlite3.connect = traced  # type: ignore[assignment]
        try:
            place.run()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == GONE


@pytest.fixture(scope="module")
def two_days(tmp_path_factory: pytest.TempPathFactory) -> TwoDays:
    return TwoDays.at(tmp_path_factory.mktemp("two-days"))


@pytest.fixture(scope="module")
def undisturbed(two_days: TwoDays, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    place = two_days.again(tmp_path_factory.mktemp("undisturbed"))
    place.run()
    return outcome(place)


def survives(place: Place, nth: int, expected: dict[str, Any]) -> bool:
    died = dies_at(place, nth)
    place.run()
    assert outcome(place) == expected, f"after death at statement {nth}"
    return died


@pytest.mark.parametrize("nth", [1, 2, 5, 11, 17, 23, 29, 34, 41, 47, 53, 61, 71, 83, 97, 113, 131, 151, 173, 199])
def test_death_at_a_statement_loses_and_doubles_nothing(
    nth: int, disk: Path, two_days: TwoDays, undisturbed: dict[str, Any]
) -> None:
    survives(two_days.again(disk), nth, undisturbed)


@pytest.mark.faults
def test_death_at_every_statement_loses_and_doubles_nothing(
    disk: Path, two_days: TwoDays, undisturbed: dict[str, Any]
) -> None:
    nth = 1
    while survives(two_days.again(disk / str(nth)), nth, undisturbed):
        nth += 1
    assert nth > 100  # there is something to die at
