"""How a source fares: its own rhythm, and one word for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from digest.models import DumpReport, Look, SourceHistory, SourceRecord
from digest.rhythm import Failing, Silence, condition, silence

TODAY = date(2026, 11, 20)  # a Friday
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ADDRESS = "https://papers.example.org/feed"


def days(*ago: int) -> list[date]:
    return [TODAY - timedelta(days=one) for one in ago]


def working_days(weeks: int, *, last: int) -> list[date]:
    """The working days of some weeks, the last of them so many days ago."""
    every = [TODAY - timedelta(days=one) for one in range(last, last + 7 * weeks)]
    return [day for day in every if day.weekday() < 5]


# --- the rhythm ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("news", "told"),
    [
        ((), None),
        (days(40, 41, 42, 43), None),
        (days(3, 4, 5, 6, 7), None),
        (days(4, 5, 6, 7, 8), "nothing new for 4 days; usually it lists something every day"),
        (working_days(4, last=9), None),
        (working_days(4, last=10), "nothing new for 10 days; usually it lists something at least every 3 days"),
        (days(21, 28, 35, 42, 49), None),
        (days(22, 29, 36, 43, 50), "nothing new for 22 days; usually it lists something at least every 7 days"),
    ],
)
def test_silence_is_measured_by_a_sources_own_rhythm(news: list[date], told: str | None) -> None:
    found = silence(news, TODAY)
    assert (str(found) if found else None) == told


def test_one_long_gap_among_many_is_no_rhythm() -> None:
    holiday = [*range(4, 14), *range(34, 44)]
    assert silence(days(*holiday), TODAY) == Silence(4, 1)


def test_only_the_last_thirty_days_with_news_count() -> None:
    slow_once = [*range(5, 35), *range(35, 400, 30)]
    assert silence(days(*slow_once), TODAY) == Silence(5, 1)


def test_order_and_repetition_tell_nothing() -> None:
    assert silence([*days(8, 4, 6, 5, 7), *days(4)], TODAY) == Silence(4, 1)


def test_a_day_that_has_not_come_hides_no_silence() -> None:
    assert silence(days(4, 5, 6, 7, 8, -700), TODAY) == Silence(4, 1)
    assert silence(days(4, 5, 6, 7, 8, -1), TODAY) is None, "it is tomorrow already elsewhere"


# --- the word -----------------------------------------------------------------------------------------------------

LOOK = Look("nature", NOW, answered=NOW)
JUNK = DumpReport("nature.xml", "0" * 64, "quarantined", note="an HTML page, not a feed")
KNOWN = SourceHistory(SourceRecord("nature", NOW, NOW, last_news=TODAY), LOOK, news_days=(TODAY,), news_at=NOW)
FAILED = replace(LOOK, failures=1, fault="answers 500", not_before=NOW + timedelta(hours=3))


@pytest.mark.parametrize(
    ("given", "word", "says"),
    [
        (SourceHistory(SourceRecord("nature")), "new", '"digest run" does it'),
        (KNOWN, "ok", "something new"),
        (replace(KNOWN, news_at=NOW - timedelta(1)), "quiet", "nothing new since Fri 20 Nov"),
        (SourceHistory(SourceRecord("nature"), LOOK), "quiet", "nothing new yet"),
        (replace(KNOWN, look=FAILED), "waiting", "failed once: answers 500; not asked again before Fri 20 Nov 15:00"),
        (replace(KNOWN, look=replace(FAILED, failures=2)), "waiting", "2 times in a row"),
        (replace(KNOWN, look=replace(FAILED, failures=3)), "failing", "3 times in a row: answers 500"),
        (replace(KNOWN, unread=JUNK), "unread", "nature.xml could not be read: an HTML page, not a feed"),
        (replace(KNOWN, news_days=tuple(days(9, 10, 11, 12, 13))), "stale", "it has listed nothing new for 9 days"),
    ],
)
def test_each_source_has_one_word(given: SourceHistory, word: str, says: str) -> None:
    found = condition(given, NOW)
    assert (found.word, says in found.why) == (word, True), found


def test_an_address_that_is_gone_comes_before_all_else() -> None:
    found = condition(replace(KNOWN, look=FAILED, unread=JUNK), NOW, (ADDRESS,))
    assert found.word == "gone"
    assert found.why.startswith(f"{ADDRESS} is gone for good, says its server: take it out of config.toml; should it ")


@pytest.mark.parametrize(
    ("times", "whole", "word", "says"),
    [
        (1, 0, "waiting", f"failed once: {ADDRESS}: answers 503"),
        (2, 0, "waiting", f"failed 2 times in a row: {ADDRESS}: answers 503"),
        (3, 0, "failing", f"failed 3 times in a row: {ADDRESS}: answers 503"),
        (3, 1, "failing", f"failed 3 times in a row: {ADDRESS}: answers 503"),
        (1, 1, "waiting", "failed once: answers 500"),
        (3, 3, "failing", "failed 3 times in a row: answers 500"),
    ],
)
def test_address_that_fails_is_told_though_others_of_its_source_answer(
    times: int, whole: int, word: str, says: str
) -> None:
    look = replace(FAILED, failures=whole) if whole else LOOK
    found = condition(replace(KNOWN, look=look), NOW, failing=[Failing(ADDRESS, times, "answers 503")])
    assert (found.word, found.why.startswith(says)) == (word, True), found


def test_address_that_is_gone_hides_none_that_is_failing() -> None:
    failing = [Failing("https://other.example.org", 3, "answers 503")]
    assert condition(KNOWN, NOW, (ADDRESS,), failing=failing).word == "failing"


def test_times_are_told_in_the_zone_of_now() -> None:
    found = condition(replace(KNOWN, look=FAILED), NOW.astimezone(ZoneInfo("Asia/Tokyo")))
    assert "before Sat 21 Nov 00:00" in found.why


def test_a_wait_that_is_over_is_not_told() -> None:
    assert "before" not in condition(replace(KNOWN, look=FAILED), NOW + timedelta(hours=4)).why


def test_a_dump_read_in_part_is_told_with_its_pieces() -> None:
    part = replace(JUNK, verdict="suspect", note=None, rejected=7)
    assert condition(replace(KNOWN, unread=part), NOW).why == "nature.xml is doubtful: 7 pieces were rejected"
