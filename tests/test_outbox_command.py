"""`digest outbox`: numbers or a whole edition, and what is halted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digest.store import Store
from tests.commandline import GRAPHS, MAPLE, drop
from tests.fakes import DAY, page

if TYPE_CHECKING:
    from tests.commandline import Run


@pytest.fixture
def owed(mine: Run, tmp_path: Path) -> Run:
    """Two editions to two readers, of which nothing has left: the Maildir is a file."""
    config = Path("config.toml")
    config.write_text(config.read_text().replace('["reader@localhost"]', '["a@example.org", "b@example.org"]'))
    (tmp_path / "mail").touch()
    for name, paper in (("2026-11-16.txt", GRAPHS), ("2026-11-17.txt", MAPLE)):
        drop(page(paper), name)
        mine("run")
    return mine


def states(run: Run) -> list[tuple[int, str]]:
    return [(one["edition"], one["state"]) for one in run("outbox", "--json").json]


def test_edition_is_given_up_by_its_name(owed: Run) -> None:
    assert owed("outbox", "cancel", "daily/1").out == "2 deliveries cancelled for good\n"
    assert states(owed) == [(1, "cancelled"), (1, "cancelled"), (2, "queued"), (2, "queued")]
    assert owed("outbox", "retry", "daily/1").out == "0 deliveries queued\n"
    assert owed("outbox", "retry", "daily/2", 1).code == 1


@pytest.mark.parametrize("word", ["daily", "daily/x", "-1", "daily/" + "9" * 30, "\x1b[31m/1x"])
def test_word_that_means_nothing_is_told(word: str, owed: Run) -> None:
    answer = owed("outbox", "cancel", "--", word)
    assert answer.code == 2
    assert "\x1b" not in answer.err


def test_what_is_halted_is_told_and_goes_on_when_it_is_released(owed: Run, tmp_path: Path) -> None:
    with Store(tmp_path / "digest.db") as store:
        store.halts.halt("all", "535 the password is wrong", DAY, again=True)
        store.halts.halt("daily/2", "its content was refused", DAY)
    said = owed("outbox").err
    assert "everything is halted, until 2026-11-16 07:05 UTC: 535 the password is wrong" in said
    assert "daily/2 is halted: its content was refused" in said
    assert owed("outbox", "release", "daily/2").out == "daily/2 goes on\n"
    answer = owed("outbox", "release", "daily/2")
    assert (answer.code, answer.out) == (1, "daily/2 was not halted; halted is: all\n")
    assert owed("outbox", "release").out == "all goes on\n"
    assert "halted" not in owed("outbox").err
