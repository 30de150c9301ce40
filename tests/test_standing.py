from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.commands.standing import Facts, standing
from digest.models import DumpReport, Headline, LoggedRun, OutboxCounts
from tests.fakes import DAY

if TYPE_CHECKING:
    from digest.models import RunVerdict

LATEST = Headline("daily", "Morning Papers", number=42, day=DAY.date(), created=DAY, papers=25)


def ran(verdict: RunVerdict | None, *errors: str, hours_ago: int = 1) -> LoggedRun:
    started = DAY - timedelta(hours=hours_ago)
    return LoggedRun(started, started if verdict else None, verdict, 1, 25, 1, 1, errors)


def facts(*runs: LoggedRun, unread: tuple[DumpReport, ...] = (), outbox: OutboxCounts = OutboxCounts()) -> Facts:  # noqa: B008 - frozen
    return Facts(runs, unread, outbox, LATEST, DAY)


@pytest.mark.parametrize(
    ("given", "word", "says"),
    [
        (facts(), "LATE", "not run yet"),
        (facts(ran("new")), "OK", "No. 42"),
        (facts(ran("quiet"), ran("new")), "QUIET", "nothing new"),
        (facts(ran("quiet", hours_ago=49)), "LATE", "49 h ago"),
        (facts(ran("partial", "disk: full")), "BROKEN", "disk: full"),
        (facts(ran("partial", "b"), ran("failed", "a"), ran("new")), "BROKEN", "2 runs"),
        (facts(ran(None)), "BROKEN", "killed"),
        (facts(ran("partial")), "BROKEN", "could not be read"),
        (facts(ran("quiet"), unread=(DumpReport("x.txt", "", "quarantined", note="it is binary"),)), "BROKEN", "x.txt"),
        (facts(ran("quiet"), outbox=OutboxCounts(dead=2)), "BROKEN", "2 mails"),
    ],
)
def test_first_word_is_the_answer(given: Facts, word: str, says: str) -> None:
    answer = standing(given)
    assert (answer.word, says in answer.line) == (word, True), answer
    assert answer.well == (word in {"OK", "QUIET"})
    assert answer.well or answer.to_do


def test_no_edition_yet_is_said() -> None:
    assert "no edition" in standing(replace(facts(ran("new")), latest=None)).line
    assert "yet" in standing(replace(facts(ran("quiet")), latest=None)).line


def test_mail_that_goes_out_by_itself_is_told() -> None:
    answer = standing(facts(ran("partial", "x"), outbox=OutboxCounts(queued=1, in_doubt=1, held=1)))
    assert any("2 mails wait" in line for line in answer.to_do)
    assert any("outbox retry" in line for line in answer.to_do)
