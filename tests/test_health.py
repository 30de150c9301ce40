"""The one word that `digest status` begins with, and what it says to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from digest.facts import Facts, time_in_words
from digest.health import standing
from digest.lateness import RHYTHM, SLACK, WEEKEND, usual_gap
from digest.models import Delivery, DumpReport, Halt, Headline, Heartbeat, LoggedRun, OutboxCounts
from digest.rhythm import Condition
from tests.fakes import DAY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.models import RunVerdict

LATEST = Headline("daily", "Morning Papers", number=42, day=DAY.date(), created=DAY, papers=25)
JUNK = DumpReport("x.txt", "0" * 64, "quarantined", note="it is binary")
HALF = DumpReport(
    "half page.txt", "1" * 64, "suspect", listed=7, new=7, rejected=12, note="12 of 19 pieces could not be read"
)
STUCK = Delivery(7, "daily", edition=1, to="a@example.org", state="dead", message_id="<1>", last_reply="550 no")


def ran(verdict: RunVerdict | None, *errors: str, hours_ago: int = 1, new: int = 25, sent: int = 1) -> LoggedRun:
    started = DAY - timedelta(hours=hours_ago)
    editions = int(verdict == "new")
    return LoggedRun(
        started, started if verdict else None, verdict, 1, new * editions, editions, sent * editions, errors
    )


def facts(
    *runs: LoggedRun,
    unread: tuple[DumpReport, ...] = (),
    lately: tuple[DumpReport, ...] = (),
    outbox: OutboxCounts = OutboxCounts(),  # noqa: B008 - frozen
    stuck: tuple[Delivery, ...] = (),
) -> Facts:
    return Facts(
        runs, outbox, DAY, UTC, unread=unread, lately=lately, stuck=stuck, latest=LATEST, days=[r.started for r in runs]
    )


@pytest.mark.parametrize(
    ("given", "word", "says"),
    [
        (facts(), "LATE", "not run yet"),
        (facts(ran("new")), "OK", "No. 42 of Mon 16 Nov: 25 papers"),
        (facts(ran("quiet"), ran("new")), "QUIET", "nothing new, no mail was due; last was No. 42"),
        (facts(ran("quiet", hours_ago=75)), "LATE", "3 days ago, on Fri 13 Nov 04:00"),
        (facts(ran("partial", "disk: full")), "BROKEN", "disk: full"),
        (facts(ran("partial", "b"), ran("failed", "a"), ran("new")), "BROKEN", "since Mon 16 Nov 06:00, 2 runs: b"),
        (facts(ran(None)), "BROKEN", "killed"),
        (facts(ran("partial"), unread=(JUNK,), lately=(JUNK,)), "BROKEN", "1 dump of the last look"),
        (facts(ran("quiet"), unread=(JUNK,), lately=(JUNK,)), "BROKEN", "1 dump of the last look"),
        (
            facts(ran("quiet"), unread=(HALF, HALF), lately=(HALF, HALF)),
            "BROKEN",
            "2 dumps of the last look are doubtful",
        ),
        (
            facts(ran("quiet"), unread=(JUNK, HALF), lately=(JUNK, HALF)),
            "BROKEN",
            "1 dump of the last look could not be read, 1 more is do",
        ),
        (facts(ran("new"), unread=(JUNK,)), "OK", "No. 42"),
        (facts(ran("partial")), "QUIET", "nothing new"),
        (facts(ran("quiet"), outbox=OutboxCounts(dead=1), stuck=(STUCK,)), "BROKEN", "1 mail can't be delivered"),
    ],
)
def test_first_word_is_the_answer(given: Facts, word: str, says: str) -> None:
    answer = standing(given)
    assert (answer.word, says in answer.line) == (word, True), answer
    assert answer.well == (word in {"OK", "QUIET"})
    assert answer.well or answer.to_do


def test_no_edition_yet_is_said() -> None:
    none = replace(facts(ran("quiet")), latest=None)
    assert standing(none).line.endswith("; there is no edition yet")
    started = replace(ran("quiet"), new=3)
    assert "3 new papers, and no digest shows them; there is no" in standing(replace(none, runs=(started,))).line


def test_several_editions_are_counted() -> None:
    both = replace(ran("new"), editions=2)
    assert standing(facts(both)).line == "2 editions, the latest is No. 42 of Mon 16 Nov: 25 papers"


def test_where_nothing_ever_came_in_is_said_what_to_do() -> None:
    answer = standing(replace(facts(ran("quiet")), latest=None, places=("/papers/dumps",)))
    assert (answer.word, answer.line) == ("QUIET", "nothing has come in yet")
    assert answer.to_do == ("put a saved page into /papers/dumps",)


def test_times_are_those_of_the_owner_with_the_year_of_another_one() -> None:
    here = replace(facts(), zone=ZoneInfo("Asia/Tokyo"))
    assert time_in_words(DAY, here) == "Mon 16 Nov 16:00"
    assert time_in_words(datetime(2025, 12, 31, 20, tzinfo=UTC), here) == "Thu 1 Jan 05:00"
    assert time_in_words(datetime(2025, 12, 31, 2, tzinfo=UTC), here) == "Wed 31 Dec 2025 11:00"


# --- what is left -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "runs", [(ran("new"),), (ran("quiet"),), (ran("quiet", hours_ago=200),), (ran("failed", "x"),), ()]
)
def test_what_was_not_read_is_named_whatever_the_word_is(runs: tuple[LoggedRun, ...]) -> None:
    to_do = standing(facts(*runs, unread=(JUNK, HALF))).to_do
    assert to_do[-4:] == (
        "half page.txt was read, but is doubtful: 12 of 19 pieces could not be read",
        "x.txt could not be read: it is binary",
        "\"digest requeue --dismiss x.txt 'half page.txt'\" takes them off this list, whether the file is still there or not",
        '"digest requeue" reads them again, if a newer version of this program can',
    )


def test_of_many_unread_dumps_the_last_are_named() -> None:
    many = tuple(replace(JUNK, name=f"{n}.txt") for n in range(7))
    assert standing(facts(ran("new"), unread=many)).to_do == (
        *(f"{n}.txt could not be read: it is binary" for n in (6, 5, 4, 3, 2)),
        "and 2 earlier dumps",
        '"digest requeue --dismiss" takes them off this list, whether the file is still there or not',
        '"digest requeue" reads them again, if a newer version of this program can',
    )


@pytest.mark.parametrize("name", ["-rf.txt", "a\nb.txt", 'a"b.txt'])
def test_dump_whose_name_can_not_be_typed_is_named_by_its_bytes(name: str) -> None:
    assert f'--dismiss {"0" * 12}"' in standing(facts(ran("new"), unread=(replace(JUNK, name=name),))).to_do[-2]


def test_mail_that_goes_out_by_itself_is_told() -> None:
    answer = standing(facts(ran("partial", "x"), outbox=OutboxCounts(queued=1, in_doubt=1, held=1), stuck=(STUCK,)))
    assert "2 mails wait to leave: the next run sends them" in answer.to_do
    assert answer.to_do[-2] == "mail 7 to a@example.org is dead: 550 no"
    assert "digest outbox retry 7" in answer.to_do[-1]
    (line,) = standing(facts(ran("new"), outbox=OutboxCounts(queued=1))).to_do
    assert line == "1 mail waits to leave: the next run sends it"


def test_papers_for_which_an_edition_is_to_come_are_told_so() -> None:
    waiting = facts(replace(ran("new"), new=12, editions=0))
    assert standing(waiting).line.startswith("12 new papers, and no digest shows them")
    assert standing(replace(waiting, awaited=("daily",))).line.startswith(
        "12 new papers, for the next edition of daily; "
    )


def test_mails_that_a_server_put_off_are_told_as_such_and_who_tries_again() -> None:
    postponed = facts(ran("new"), outbox=OutboxCounts(queued=12, postponed=3))
    assert standing(replace(postponed, daemon=heard(1))).to_do == (
        "12 mails wait, 3 of them put off by a server; the daemon tries again by itself",
    )


@pytest.mark.parametrize(
    ("files", "line"),
    [
        (1, "1 file is still being written; the next run takes it"),
        (2, "2 files are still being written; the next run takes them"),
    ],
)
def test_file_that_is_still_being_written_breaks_nothing(files: int, line: str) -> None:
    answer = standing(facts(replace(ran("quiet"), unsettled=files)))
    assert (answer.word, answer.to_do) == ("QUIET", (line,))


@pytest.mark.parametrize(
    ("run", "outbox", "says"),
    [
        (ran("quiet"), OutboxCounts(queued=1), "no mail went out"),
        (replace(ran("quiet"), sent=1), OutboxCounts(), "1 mail that had waited went out"),
        (ran("quiet"), OutboxCounts(), "no mail was due"),
    ],
)
def test_quiet_run_says_what_became_of_mails(run: LoggedRun, outbox: OutboxCounts, says: str) -> None:
    assert says in standing(facts(run, outbox=outbox)).line


# --- late ---------------------------------------------------------------------------------------------------------

MONDAY = datetime(2026, 9, 7, 7, tzinfo=UTC)
HABITS = {
    "working days": [MONDAY + timedelta(days=n) for n in range(60) if n % 7 < 5],
    "but Sundays": [MONDAY + timedelta(days=n) for n in range(60) if n % 7 < 6],
    "every day": [MONDAY + timedelta(days=n) for n in range(60)],
    "Mondays": [MONDAY + timedelta(days=7 * n) for n in range(20)],
}


def days(started: Sequence[datetime], until: datetime) -> list[datetime]:
    return [one for one in reversed(started) if one <= until][: RHYTHM + 1]


@pytest.mark.parametrize("habit", HABITS.values(), ids=HABITS)
def test_habit_that_is_kept_is_never_late(habit: list[datetime]) -> None:
    """From the first day on; only who runs it once a week is, in the first one."""
    for hour in range(int((habit[-1] - habit[0]) / timedelta(hours=1))):
        now = habit[0] + timedelta(hours=hour)
        known = days(habit, now)
        answer = standing(
            replace(facts(ran("new")), runs=(replace(ran("new"), started=known[0]),), days=known, now=now)
        )
        assert answer.word == "OK" or (habit is HABITS["Mondays"] and hour < 7 * 24 + 1), (now, answer)


@pytest.mark.parametrize(
    ("habit", "longest"), [("working days", 72), ("but Sundays", 48), ("every day", 24), ("Mondays", 168)]
)
def test_habit_that_is_broken_is_late_soon(habit: str, longest: int) -> None:
    known = days(HABITS[habit], HABITS[habit][-1])
    assert usual_gap(known) == timedelta(hours=longest)
    last = replace(ran("new"), started=known[0])
    now = known[0] + timedelta(hours=longest) + SLACK
    assert standing(replace(facts(last), days=known, now=now)).word == "OK"
    assert standing(replace(facts(last), days=known, now=now + timedelta(minutes=1))).word == "LATE"


def test_one_holiday_is_not_taken_for_the_habit() -> None:
    away = [one for one in HABITS["every day"] if not 40 <= (one - MONDAY).days < 55]
    assert usual_gap(days(away, away[-1])) == timedelta(days=1)


def test_habit_of_a_beginner_is_not_known_yet() -> None:
    assert usual_gap([MONDAY]) == usual_gap([MONDAY + timedelta(hours=2), MONDAY]) == WEEKEND
    assert usual_gap([MONDAY + timedelta(days=9), MONDAY]) == timedelta(days=9)


def test_age_is_told_in_hours_and_then_in_days() -> None:
    late = [standing(replace(facts(ran("new", hours_ago=h)), days=HABITS["every day"][::-1][:20])) for h in (30, 8302)]
    assert [answer.line.partition(", on")[0] for answer in late] == [
        "the last look was 30 hours ago",
        "the last look was 345 days ago",
    ]


WAITING = Condition("waiting", "failed once: https://papers.example.org: 503; not asked again before Mon 16 Nov 08:00")
SILENT = "https://papers.example.org/b: 503"


def test_source_that_failed_once_is_told_and_breaks_nothing() -> None:
    answer = standing(replace(facts(ran("partial", new=0, sent=0)), sources={"feed": WAITING}))
    assert (answer.word, answer.to_do) == ("QUIET", (f"source feed {WAITING.why}",))
    assert answer.line.startswith("not all sources answered, nothing new")


def test_news_of_the_other_sources_is_news() -> None:
    partial = replace(ran("new"), verdict="partial")
    answer = standing(replace(facts(partial), sources={"feed": WAITING}))
    assert (answer.word, answer.to_do) == ("OK", (f"source feed {WAITING.why}",))


def test_source_that_failed_three_times_is_broken() -> None:
    failing = Condition("failing", "failed 3 times in a row: 503")
    answer = standing(replace(facts(ran("partial")), sources={"feed": failing}))
    assert (answer.word, answer.line) == ("BROKEN", "source feed failed 3 times in a row: 503")


def test_address_that_gave_nothing_in_the_last_run_is_told_and_breaks_nothing() -> None:
    answer = standing(facts(*(replace(ran("partial"), unanswered=(SILENT,)) for _ in range(4))))
    assert (answer.word, answer.to_do) == ("QUIET", (SILENT,))


# --- mails that are halted --------------------------------------------------------------------------------------

QUEUE = Halt("all", "smtp.example.org: 535 the password is wrong", DAY - timedelta(hours=2), DAY + timedelta(hours=1))
EDITION = Halt("daily/12", "its content was refused: 554 looks like spam", DAY - timedelta(hours=2))


def test_halted_queue_is_broken_and_says_when_it_goes_on() -> None:
    answer = standing(replace(facts(ran("quiet")), halts=(EDITION, QUEUE)))
    assert (answer.word, answer.line) == ("BROKEN", f"no mail leaves since Mon 16 Nov 05:00: {QUEUE.why}")
    assert answer.to_do == (
        (
            'mails are tried again by themselves after Mon 16 Nov 08:00; "digest doctor mail" tries the way now, and lets '
            "them go"
        ),
        (
            f'the mails of daily/12 wait since Mon 16 Nov 05:00: {EDITION.why}; "digest outbox release daily/12" and '
            '"digest run" send them; "digest outbox cancel daily/12" gives them up for good'
        ),
    )


def test_halt_whose_time_is_over_is_none() -> None:
    over = replace(QUEUE, until=DAY - timedelta(minutes=1))
    assert standing(replace(facts(ran("quiet")), halts=(over,))).word == "QUIET"


# --- a daemon -----------------------------------------------------------------------------------------------------


def heard(minutes_ago: float, *, stopped: bool = False) -> Heartbeat:
    beat = DAY - timedelta(minutes=minutes_ago)
    return Heartbeat(4711, "attic", DAY - timedelta(days=9), beat, beat if stopped else None)


@pytest.mark.parametrize(
    ("daemon", "runs", "word", "says"),
    [
        (heard(1), (ran("new", hours_ago=20),), "OK", "No. 42"),
        (heard(1), (ran("quiet", hours_ago=70),), "QUIET", "nothing new"),
        (heard(1), (), "QUIET", "has not looked yet"),
        (heard(11), (ran("new"),), "LATE", "process 4711 on attic) was heard last on Mon 16 Nov 06:49, 11 minutes ago"),
        (heard(3000), (ran("new", hours_ago=60),), "LATE", "2 days ago"),
        (heard(11, stopped=True), (ran("new"),), "LATE", "was stopped on Mon 16 Nov 06:49"),
        (heard(1, stopped=True), (ran("new"),), "OK", "No. 42"),
        (heard(9000), (ran("new"),), "OK", "No. 42"),
        (heard(9000), (ran("quiet", hours_ago=75),), "LATE", "the last look was 3 days ago"),
        (heard(1), (ran("failed", "disk: full"),), "BROKEN", "disk: full"),
    ],
)
def test_daemon_that_is_heard_is_never_late(
    daemon: Heartbeat, runs: tuple[LoggedRun, ...], word: str, says: str
) -> None:
    answer = standing(replace(facts(*runs), daemon=daemon))
    assert answer.word == word
    assert says in answer.line
    assert any("digest daemon" in line for line in answer.to_do) is (word == "LATE" and "daemon" in answer.line)
