"""What is wrong and lasts, what of it is told, and in which words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest

from digest.alerts import AGAIN, COLUMNS, alarms, changes, due, hidden, letter, over
from digest.facts import Facts
from digest.health import standing
from digest.models import Alert, Delivery, Halt, LoggedRun, OutboxCounts, Space
from digest.models.delivery import APPROVAL
from digest.rhythm import Condition
from tests.fakes import DAY

FAILING = Condition("failing", "failed 3 times in a row: 503", DAY - timedelta(hours=3))
WAITING = Condition("waiting", "failed once: 503")
STALE = Condition("stale", "it has listed nothing new for 9 days; usually it lists something every day")
UNREAD = Condition("unread", "x.txt could not be read: it is binary")
GONE = Condition("gone", "https://papers.example.org is gone for good, says its server: take it out of config.toml")
OK = Condition("ok", "its last look brought something new")
QUEUE = Halt("all", "smtp.example.org: 535 the password is wrong", DAY - timedelta(hours=2), DAY + timedelta(hours=1))
EDITION = Halt("daily/12", "its content was refused: 554 looks like spam", DAY - timedelta(hours=2))
STUCK = Delivery(7, "daily", edition=1, to="a@example.org", state="dead", message_id="<1>", last_reply="550 no")
GIB = 2**30


def facts(source: Condition | None = None, **known: Any) -> Facts:  # noqa: ANN401 - whatever a fact is
    sources = {"arxiv": source} if source else {}
    given: dict[str, Any] = {"outbox": OutboxCounts(), "now": DAY, "zone": UTC, "sources": sources} | known
    return Facts((), **given)


def keys(given: Facts) -> list[str]:
    return [alarm.key for alarm in alarms(given)]


def noted(key: str, **known: Any) -> Alert:  # noqa: ANN401 - whatever an alert has
    given: dict[str, Any] = {"id": 1, "key": key, "subject": f"{key}!", "lines": ("said",), "begun": DAY} | known
    return Alert(**given)


# --- what is wrong ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(), []),
        (facts(OK), []),
        (facts(WAITING), []),
        (facts(FAILING), ["source arxiv failing"]),
        (facts(STALE), ["source arxiv stale"]),
        (facts(UNREAD), ["source arxiv unread"]),
        (facts(GONE), ["source arxiv gone"]),
        (facts(halts=(QUEUE,)), ["queue halted"]),
        (facts(halts=(replace(QUEUE, since=DAY - timedelta(minutes=59)),)), []),
        (facts(halts=(replace(QUEUE, until=DAY),)), []),
        (facts(halts=(replace(QUEUE, until=DAY),), outbox=OutboxCounts(queued=1)), ["queue halted"]),
        (facts(halts=(EDITION,)), ["edition daily/12 halted"]),
        (facts(halts=(replace(EDITION, why=APPROVAL),)), []),
        (facts(stuck=(STUCK,)), ["mails stuck"]),
        (facts(disk=Space(100 * 2**20 - 1, GIB)), ["disk full"]),
        (facts(disk=Space(100 * 2**20, GIB)), []),
        (facts(disk=Space(4 * GIB // 10, 50 * GIB)), ["disk full"]),
        (facts(disk=Space(GIB, 4000 * GIB)), []),
        (facts(templates=("template x.html.j2, line 1: unexpected '}'",)), ["templates faulty"]),
    ],
)
def test_only_what_lasts_is_alarmed(given: Facts, expected: list[str]) -> None:
    assert keys(given) == expected


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (facts(FAILING), ["503", "answered last on Mon 16 Nov 04:00", "asked again by itself", "digest sources"]),
        (facts(STALE), ["nothing new for 9 days", "digest sources"]),
        (facts(UNREAD), ["it is binary", "digest requeue", "--dismiss"]),
        (facts(GONE), ["take it out of config.toml"]),
        (facts(halts=(QUEUE,)), ["535 the password is wrong", "go out by themselves"]),
        (facts(halts=(EDITION,)), ["554 looks like spam", "outbox release daily/12", "outbox cancel daily/12"]),
        (facts(stuck=(STUCK,)), ["550 no", "digest outbox retry 7"]),
        (facts(disk=Space(2**20, GIB)), ["1 MiB are free", "digest status"]),
    ],
)
def test_alarm_says_what_was_said_and_what_to_do(given: Facts, says: list[str]) -> None:
    (alarm,) = alarms(given)
    text = " ".join(alarm.lines)
    assert [one for one in says if one not in text] == []


def test_status_says_that_the_disk_is_nearly_full_and_breaks_nothing() -> None:
    ran = LoggedRun(DAY, DAY, "quiet", 1, 0, 0, 0, ())
    answer = standing(replace(facts(), runs=(ran,), disk=Space(2**20, GIB)))
    assert (answer.word, answer.to_do) == ("QUIET", ("the disk is nearly full: 1 MiB are free where the database is",))


# --- what has changed -------------------------------------------------------------------------------------------


def test_what_is_on_record_does_not_begin_again_and_what_is_no_more_has_ended() -> None:
    opened = (noted("source arxiv failing"), noted("disk full", id=2))
    begun, ended = changes(opened, alarms(facts(FAILING, stuck=(STUCK,))))
    assert ([one.key for one in begun], [one.id for one in ended]) == (["mails stuck"], [2])


@pytest.mark.parametrize(
    ("before", "now", "ends"),
    [
        ("stale", WAITING, False),
        ("stale", FAILING, False),
        ("stale", UNREAD, False),
        ("stale", OK, True),
        ("unread", FAILING, False),
        ("unread", STALE, True),
        ("failing", WAITING, True),
        ("failing", GONE, True),
    ],
)
def test_what_a_greater_trouble_hides_is_not_taken_for_over(before: str, now: Condition, *, ends: bool) -> None:
    given = facts(now)
    _, ended = changes((noted(f"source arxiv {before}"),), alarms(given), hidden(given))
    assert bool(ended) == ends


def test_what_comes_again_is_told_a_day_after_the_last_mail_about_it() -> None:
    assert due(DAY, None) == DAY
    assert due(DAY, DAY - timedelta(hours=1)) == DAY + timedelta(hours=23)
    assert due(DAY, DAY - timedelta(days=3)) == DAY
    assert due(DAY, DAY + timedelta(days=400)) == DAY + AGAIN, "a clock that was wrong silences nothing for ever"


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("source arxiv failing", "source arxiv answers again"),
        ("source arxiv stale", "source arxiv lists something new again"),
        ("source arxiv unread", ""),
        ("source arxiv gone", ""),
        ("source other failing", ""),
        ("queue halted", "mails leave again"),
        ("disk full", "the disk has room again"),
        ("edition daily/12 halted", ""),
        ("mails stuck", ""),
    ],
)
def test_end_is_told_where_nobody_had_to_act(key: str, told: str) -> None:
    """A source that was taken out of config.toml does not answer again."""
    assert over(noted(key), facts(OK)) == told


# --- how it is told ---------------------------------------------------------------------------------------------


def test_mail_about_one_has_its_subject_and_says_since_when() -> None:
    subject, text = letter([noted("disk full", subject="the disk is nearly full")], facts())
    assert subject == "the disk is nearly full"
    assert text.startswith("the disk is nearly full, since Mon 16 Nov 07:00:\n  said\n\n")
    assert '"digest status"' in text


def test_mail_about_several_names_what_is_wrong_before_what_is_over() -> None:
    ended = noted("a", ended=DAY + timedelta(hours=2), over="source a answers again", told=True)
    subject, text = letter([ended, noted("b", id=2), noted("c", id=3)], facts())
    assert subject == "b! (and 2 more)"
    assert text.index("b!, since") < text.index("c!, since") < text.index("source a answers again")


@pytest.mark.parametrize("told", [True, False])
def test_what_began_and_ended_untold_is_one_story(*, told: bool) -> None:
    one = noted("queue halted", ended=DAY + timedelta(hours=2), over="mails leave again", told=told)
    subject, text = letter([one], facts())
    assert subject == "mails leave again"
    assert "from Mon 16 Nov 07:00 to Mon 16 Nov 09:00" in text
    assert ("  said" in text) != told


def test_lines_of_a_mail_are_short_and_addresses_whole() -> None:
    address = "https://papers.example.org/" + "a-b/" * 40
    _, text = letter([noted("x", lines=("word " * 60, f"failed: {address}: 503"))], facts())
    assert address in text
    assert all(len(line) <= COLUMNS for line in text.split("\n") if address not in line)
