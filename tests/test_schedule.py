"""Schedules in words and the slots they give: each once, at the right instant, whatever clocks and zones do."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from itertools import pairwise, product
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.schedule import (
    Schedule,
    Slot,
    ahead,
    holds,
    instant,
    newest_slot,
    next_slots,
    read,
    slot_due,
    words,
)

BERLIN, TOKYO, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo"), ZoneInfo("America/New_York")
ZULU = ZoneInfo("UTC")
ZONES_DIFFER = timedelta(hours=27)  # at most
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
SECOND, QUARTER, HALF, DAY = timedelta(seconds=1), timedelta(minutes=15), timedelta(minutes=30), timedelta(days=1)
FORMS = [
    *("daily at 07:00", "weekdays at 07:00", "weekends at 09:30", "mon and thu at 16:30", "fri at 16:30"),
    *("daily at 07:00 and 18:00", "every hour", "every 6 hours", "every 12 hours", "monthly on 1 at 08:00"),
    *("monthly on 1 and 15 at 08:00", "monthly on last at 08:00", "mon, wed and fri at 06:00, 12:00 and 18:00"),
]
PIECES = [
    *(
        "daily",
        "weekly",
        "monthly",
        "every",
        "on",
        "at",
        "hours",
        "mon",
        "sat-tue",
        "3",
        "31",
        "last",
        "7:00",
        ",",
        "and",
    ),
    *("the", "hourly", "\0", "24:00", "-", "weekdays", "at 7:00", "monthly on", "\u2028"),
]
SHAPES = st.sampled_from(FORMS).map(read)
ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo", "Australia/Lord_Howe", "Pacific/Kiritimati"]
).map(ZoneInfo)
INSTANTS = st.datetimes(
    datetime.fromisoformat("2020-01-01"), datetime.fromisoformat("2030-01-01"), timezones=st.just(UTC)
)


def utc(text: str) -> datetime:
    """`2026-03-29 01:00` as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def slot(text: str, zone: ZoneInfo = ZULU) -> Slot:
    return Slot(wall(text), instant(wall(text), zone))


def due(now: str, form: str, zone: ZoneInfo = ZULU, *considered: Slot, since: datetime = LONG_AGO) -> str | None:
    """The nominal time of the slot that is due, as text."""
    found = slot_due(utc(now), read(form), zone, considered=considered, since=since)
    return f"{found.nominal:%Y-%m-%d %H:%M}" if found else None


# --- words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("daily at 7:00", "daily at 07:00"),
        ("  Daily   AT 07:00 ", "daily at 07:00"),
        ("every day at 00:00", "daily at 00:00"),
        ("mon-sun at 23:59", "daily at 23:59"),
        ("weekdays at 07:00", "weekdays at 07:00"),
        ("every weekday at 07:00", "weekdays at 07:00"),
        ("Mon-Fri at 07:00", "weekdays at 07:00"),
        ("weekends at 9:30", "weekends at 09:30"),
        ("mon,thu at 16:30", "mon and thu at 16:30"),
        ("thursday and monday at 16:30", "mon and thu at 16:30"),
        ("mon, wed, and fri at 16:30", "mon, wed and fri at 16:30"),
        ("tues - thurs at 16:30", "tue, wed and thu at 16:30"),
        ("fri-mon at 8:00", "mon, fri, sat and sun at 08:00"),
        ("weekends, wed at 8:00", "wed, sat and sun at 08:00"),
        ("sat at 8:00", "sat at 08:00"),
        ("on fri at 16:30", "fri at 16:30"),
        ("every friday at 16:30", "fri at 16:30"),
        ("weekly on friday at 16:30", "fri at 16:30"),
        ("daily at 18:00, 7:00", "daily at 07:00 and 18:00"),
        ("daily at 07:00 and 18:00 and 07:00", "daily at 07:00 and 18:00"),
        ("monthly on 1 at 08:00", "monthly on 1 at 08:00"),
        ("monthly on the 2nd at 08:00", "monthly on 2 at 08:00"),
        ("monthly on 15, 1 at 08:00", "monthly on 1 and 15 at 08:00"),
        ("monthly on the 31st at 08:00", "monthly on last at 08:00"),
        ("monthly on the last day at 08:00", "monthly on last at 08:00"),
        ("every 6 hours", "every 6 hours"),
        ("every hour", "every hour"),
        ("hourly", "every hour"),
        ("every 1 hours", "every hour"),
        ("every 24 hours", "daily at 00:00"),
        ("daily at 12:00 and 00:00", "every 12 hours"),
        ("weekdays at 12:00 and 00:00", "weekdays at 00:00 and 12:00"),
    ],
)
def test_a_schedule_is_read_as_people_write_it(written: str, understood: str) -> None:
    assert str(read(written)) == understood
    assert read(understood) == read(written)


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("mondey at 07:00", '"mondey" is no day such as .*; did you mean "monday"'),
        ("dayly at 07:00", '"dayly" is no day such as .*; did you mean "daily"'),
        ("mon-tursday at 07:00", '"tursday" is no day such as .*; did you mean "thursday"'),
        ("tu at 07:00", '"tu" is no day such as .*; did you mean "tue"'),
        ("mon-wed-fri at 07:00", '"wed-fri" is no day'),
        ("mon- at 07:00", '"" is no day'),
        ("mon,,fri at 07:00", '"" is no day'),
        ("xyzzy at 07:00", '"xyzzy" is no day such as "mon", "friday", "mon-thu", "weekdays" or "daily"$'),
        ("every other day at 07:00", '"other day" is no day'),
        ("daily at 7am", '"7am" is no time such as "07:00" or "16:30"'),
        ("daily at 24:00", '"24:00" is no time'),
        ("daily at 07:60", '"07:60" is no time'),
        ("daily at 07.00", '"07.00" is no time'),
        ("daily at 0٧:00", "is no time"),  # digits, but not those that we read
        ("daily at 07:00,", '"" is no time'),
        ("daily at noon", '"noon" is no time'),
        ("weekly at 07:00", 'names no day; it should be like "weekly on friday at 16:30"'),
        ("monthly at 07:00", 'names no day; it should be like "monthly on 1 at 08:00"'),
        ("at 07:00", 'names no day; it should be like "daily at 07:00"'),
        ("monthly on 32 at 07:00", '"32" is no day of a month: 1 to 31, or "last"'),
        ("monthly on 0 at 07:00", '"0" is no day of a month'),
        ("monthly on friday at 07:00", '"friday" is no day of a month'),
        ("every 5 hours", '"every 5 hours" does not divide a day; it can be every 1, 2, 3, 4, 6, 8, 12 or 24 hours'),
        ("every 0 hours", '"every 0 hours" does not divide a day'),
        ("every 48 hours", '"every 48 hours" does not divide a day'),
        ("every 30 minutes", '"every 30 minutes" is no schedule such as "daily at 07:00", "weekdays at 07:00"'),
        ("daily", '"daily" is no schedule such as'),
        ("0 7 * * *", "is no schedule such as"),
        ("", '"" is no schedule such as'),
        ("every " + "9" * 5000 + " hours", "is no schedule such as"),
        ("daily at " + "9" * 5000, "is no time"),
        ("monthly on " + "9" * 5000 + " at 07:00", "is no day of a month"),
        ("x" * 5000 + " at 07:00", "is no day"),
    ],
)
def test_what_is_not_understood_is_named_beside_what_would_be(written: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault) as caught:
        read(written)
    assert len(str(caught.value)) < 250


@given(st.lists(st.sampled_from(PIECES), max_size=4), st.sampled_from(["", "at 7:00", "mon at 9:00 and 8:00"]))
def test_any_words_are_a_schedule_that_reads_back_or_a_fault(parts: list[str], end: str) -> None:
    try:
        found = read(" ".join((*parts, end)))
    except ValueError as fault:
        told = str(fault)
        found = None
    assert read(str(found)) == found if found else re.search(r"no (schedule|day|time)\b|does not divide a day", told)


@given(
    st.sets(st.integers(0, 1439), min_size=1) | st.just(set(range(0, 1440, 7))),
    st.sets(st.integers(0, 6), min_size=1),
    st.sets(st.integers(1, 31), max_size=3),
)
def test_every_schedule_can_be_said_in_words(minutes: set[int], days: set[int], month: set[int]) -> None:
    times = tuple(time(*divmod(minute, 60)) for minute in sorted(minutes))
    made = Schedule(times, (0, 1, 2, 3, 4, 5, 6) if month else tuple(sorted(days)), tuple(sorted(month)))
    assert read(str(made)) == made


def test_days_without_a_slot_are_no_part_of_the_words() -> None:
    assert str(read("every 6 hours", [date(2026, 12, 25)])) == "every 6 hours"
    assert str(read("weekdays at 7:00", [date(2026, 12, 25)])) == "weekdays at 07:00"
    assert not read("every 6 hours", [date(2026, 12, 25)]).on(date(2026, 12, 25))


def test_a_schedule_is_told_with_its_zone() -> None:
    assert words(read("weekdays at 7:00"), BERLIN) == "weekdays at 07:00 (Europe/Berlin)"


# --- which days, which instants -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "days"),
    [
        ("daily at 07:00", "02-27 02-28 03-01 03-02"),
        ("weekdays at 07:00", "02-27 03-02 03-03 03-04"),
        ("weekends at 07:00", "02-28 03-01 03-07 03-08"),
        ("sun,wed at 07:00", "03-01 03-04 03-08 03-11"),
        ("monthly on 1 at 07:00", "03-01 04-01 05-01 06-01"),
        ("monthly on 31 at 07:00", "02-28 03-31 04-30 05-31"),
        ("monthly on 30 at 07:00", "02-28 03-30 04-30 05-30"),
        ("monthly on 29, 30 at 07:00", "02-28 03-29 03-30 04-29"),
    ],
)
def test_a_schedule_comes_on_its_days_and_a_short_month_ends_early(form: str, days: str) -> None:
    coming = next_slots(utc("2026-02-26 12:00"), read(form), ZULU, count=4)
    assert " ".join(f"{one.nominal:%m-%d}" for one in coming) == days


def test_a_leap_year_has_its_29_february() -> None:
    coming = next_slots(utc("2028-02-01 00:00"), read("monthly on last at 07:00"), ZULU)
    assert [one.nominal for one in coming] == [wall("2028-02-29 07:00")]


def test_days_that_are_left_out_have_no_slot() -> None:
    off = [date(2026, 12, 24) + n * DAY for n in range(1, 400)]
    schedule = read("monthly on 25 at 07:00", off)
    assert next_slots(utc("2026-12-01 00:00"), schedule, ZULU)[0].nominal == wall("2028-02-25 07:00")
    found = newest_slot(utc("2028-01-20 00:00"), schedule, ZULU)
    assert found == slot("2026-11-25 07:00")


@pytest.mark.parametrize(
    ("zone", "nominal", "fires"),
    [
        ("UTC", "2026-11-29 07:00", "2026-11-29 07:00"),
        ("Asia/Kathmandu", "2026-11-29 07:00", "2026-11-29 01:15"),
        # put forward: 02:00 becomes 03:00
        ("Europe/Berlin", "2026-03-29 01:59", "2026-03-29 00:59"),
        ("Europe/Berlin", "2026-03-29 02:00", "2026-03-29 01:00"),
        ("Europe/Berlin", "2026-03-29 02:30", "2026-03-29 01:00"),
        ("Europe/Berlin", "2026-03-29 03:00", "2026-03-29 01:00"),
        ("Europe/Berlin", "2026-03-29 03:01", "2026-03-29 01:01"),
        # put back: 03:00 becomes 02:00
        ("Europe/Berlin", "2026-10-25 01:59", "2026-10-24 23:59"),
        ("Europe/Berlin", "2026-10-25 02:30", "2026-10-25 00:30"),
        ("Europe/Berlin", "2026-10-25 03:00", "2026-10-25 02:00"),
        # midnight is skipped
        ("Asia/Beirut", "2026-03-29 00:00", "2026-03-28 22:00"),
        ("Asia/Beirut", "2026-03-29 00:30", "2026-03-28 22:00"),
        ("America/Havana", "2026-03-08 00:30", "2026-03-08 05:00"),
        # midnight comes twice: 00:01 becomes 23:01 of the day before
        ("America/St_Johns", "2010-11-07 00:00", "2010-11-07 02:30"),
        ("America/St_Johns", "2010-11-07 00:01", "2010-11-07 03:31"),
        # half an hour of summer time
        ("Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03 15:30"),
        ("Australia/Lord_Howe", "2026-10-04 02:30", "2026-10-03 15:30"),
        ("Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-04 14:45"),
        ("Australia/Lord_Howe", "2026-04-05 02:00", "2026-04-04 15:30"),
        # two hours of it
        ("Antarctica/Troll", "2026-03-29 01:30", "2026-03-29 01:00"),
        # winter time begins with the clock put forward in the law, but back in fact
        ("Europe/Dublin", "2026-10-25 01:30", "2026-10-25 00:30"),
        # local mean time, with seconds
        ("Europe/Berlin", "1890-01-01 07:00", "1890-01-01 06:06:32"),
        # a day is skipped
        ("Pacific/Apia", "2011-12-29 23:59", "2011-12-30 09:59"),
        ("Pacific/Apia", "2011-12-30 00:00", "2011-12-30 10:00"),
        ("Pacific/Apia", "2011-12-30 18:00", "2011-12-30 10:00"),
        ("Pacific/Apia", "2011-12-31 00:00", "2011-12-30 10:00"),
        ("Pacific/Kwajalein", "1993-08-21 12:00", "1993-08-21 12:00"),
        # a day comes twice
        ("Pacific/Kwajalein", "1969-09-30 07:00", "1969-09-29 20:00"),
        ("Pacific/Kwajalein", "1969-10-01 07:00", "1969-10-01 19:00"),
    ],
)
def test_a_time_fires_when_the_clock_first_shows_it_or_a_later_one(zone: str, nominal: str, fires: str) -> None:
    assert instant(wall(nominal), ZoneInfo(zone)) == utc(fires)
    assert instant(wall(nominal).replace(fold=1), ZoneInfo(zone)) == utc(fires)


@pytest.mark.parametrize("offset", [-23, 0, 23])
@pytest.mark.parametrize("now", [date.min, date.min + DAY, date.max - DAY, date.max])
def test_ends_of_the_calendar_do_no_harm(now: date, offset: int) -> None:
    there = datetime.combine(now, time.max if now == date.max else time(), timezone(timedelta(hours=offset)))
    for zone, form in product((ZoneInfo("Pacific/Kiritimati"), ZoneInfo("America/Juneau")), FORMS):
        coming, newest = next_slots(there, read(form), zone, count=10), newest_slot(there, read(form), zone)
        assert {one.nominal.year for one in (newest, *coming) if one} == {now.year}
        assert coming if now.year == 1 else all(one.instant > there for one in coming)
        assert newest or now.year == 1
        assert newest is None or newest.nominal < datetime.combine(date.max - 2 * DAY, time())


def test_the_last_slots_are_three_days_before_the_calendar_ends() -> None:
    coming = next_slots(utc("9999-12-26 12:00"), read("daily at 07:00"), ZULU, count=10)
    assert [one.nominal for one in coming] == [wall("9999-12-27 07:00"), wall("9999-12-28 07:00")]
    assert newest_slot(utc("0001-01-04 07:00"), read("daily at 07:00"), ZULU) == slot("0001-01-04 07:00")


# --- due ----------------------------------------------------------------------------------------------------------


def test_a_slot_is_due_from_its_instant_on_and_once() -> None:
    seven = slot("2026-11-29 07:00", BERLIN)
    yesterday = slot("2026-11-28 07:00", BERLIN)
    assert due("2026-11-29 05:59:59", "daily at 07:00", BERLIN, yesterday) is None
    assert due("2026-11-29 06:00", "daily at 07:00", BERLIN, yesterday) == "2026-11-29 07:00"
    assert due("2026-11-29 21:00", "daily at 07:00", BERLIN, yesterday) == "2026-11-29 07:00"
    assert due("2026-11-29 06:00", "daily at 07:00", BERLIN, yesterday, seven) is None


def test_missed_slots_are_one() -> None:
    before = slot("2026-11-02 07:00")
    assert due("2026-11-29 12:00", "daily at 07:00 and 18:00", ZULU, before) == "2026-11-29 07:00"
    assert due("2026-11-29 12:00", "daily at 07:00 and 18:00", ZULU, before, slot("2026-11-29 07:00")) is None


@pytest.mark.parametrize(
    ("since", "found"),
    [
        ("2026-11-29 06:59:59", "2026-11-29 07:00"),
        ("2026-11-29 07:00", "2026-11-29 07:00"),
        ("2026-11-29 07:00:01", None),
    ],
)
def test_a_digest_begins_with_the_first_slot_after_it_was_registered(since: str, found: str | None) -> None:
    assert due("2026-11-29 07:30", "daily at 07:00", since=utc(since)) == found


def test_times_of_one_gap_are_one_slot() -> None:
    form = "daily at 02:10, 02:50 and 03:00"
    assert due("2026-03-29 01:00", form, BERLIN) == "2026-03-29 03:00"
    assert due("2026-03-29 01:00", form, BERLIN, slot("2026-03-29 03:00", BERLIN)) is None
    assert due("2026-03-29 01:00", form, BERLIN, slot("2026-03-29 02:10", BERLIN)) is None
    coming = next_slots(utc("2026-03-28 12:00"), read(form), BERLIN, count=2)
    assert [f"{one.nominal:%d %H:%M}" for one in coming] == ["29 03:00", "30 02:10"]


def test_a_time_that_comes_twice_is_one_slot() -> None:
    first = slot("2026-10-25 02:30", BERLIN)
    assert due("2026-10-25 00:30", "daily at 02:30", BERLIN) == "2026-10-25 02:30"
    for later in ("2026-10-25 01:15", "2026-10-25 01:30", "2026-10-25 23:00"):
        assert due(later, "daily at 02:30", BERLIN, first) is None


def test_a_slot_missed_in_an_hour_that_comes_twice_is_still_due_while_the_clock_shows_earlier_times() -> None:
    assert due("2026-10-25 01:10", "daily at 02:30", BERLIN, slot("2026-10-24 02:30", BERLIN)) == "2026-10-25 02:30"


def test_a_slot_of_tomorrow_is_due_when_midnight_has_been_and_the_clock_was_put_back_to_today() -> None:
    zone, before = ZoneInfo("America/St_Johns"), utc("2010-11-01 00:00")
    assert due("2010-11-07 02:29:59", "daily at 00:00", zone, since=before) == "2010-11-06 00:00"
    assert due("2010-11-07 02:45", "daily at 00:00", zone, since=before) == "2010-11-07 00:00"


def test_a_slot_of_a_day_that_comes_twice_is_due_on_the_second_while_it_shows_earlier_times() -> None:
    zone = ZoneInfo("Pacific/Kwajalein")
    assert due("1969-09-30 13:00", "daily at 23:00", zone, since=utc("1969-01-01 00:00")) == "1969-09-30 23:00"


# --- another zone, a clock that was wrong -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "old", "last", "new", "now", "found"),
    [
        # west: 07:00 of that day was given out already, though it comes again
        ("daily at 07:00", BERLIN, "2026-11-20 07:00", NEW_YORK, "2026-11-20 12:00", None),
        ("daily at 07:00", BERLIN, "2026-11-20 07:00", NEW_YORK, "2026-11-21 12:00", "2026-11-21 07:00"),
        # hours that the old zone had already are not given out again; the next one is
        ("every hour", TOKYO, "2026-11-20 20:00", NEW_YORK, "2026-11-20 12:00", None),
        ("every hour", TOKYO, "2026-11-20 20:00", NEW_YORK, "2026-11-21 01:00", None),
        ("every hour", TOKYO, "2026-11-20 20:00", NEW_YORK, "2026-11-21 02:00", "2026-11-20 21:00"),
        # east: what was over there already when the last one fired is not made up for
        ("daily at 07:00", NEW_YORK, "2026-11-20 07:00", TOKYO, "2026-11-20 12:01", None),
        ("daily at 20:00", NEW_YORK, "2026-11-20 07:00", TOKYO, "2026-11-20 12:01", None),
        ("daily at 07:00", NEW_YORK, "2026-11-20 07:00", TOKYO, "2026-11-20 22:00", "2026-11-21 07:00"),
        # the last slot's nominal time has not come yet in the new zone
        ("daily at 07:00", TOKYO, "2026-11-21 07:00", NEW_YORK, "2026-11-20 23:00", None),
        ("daily at 07:00", TOKYO, "2026-11-21 07:00", NEW_YORK, "2026-11-22 12:00", "2026-11-22 07:00"),
    ],
)
def test_another_zone_gives_no_slot_twice_none_out_of_order_and_goes_on(  # noqa: PLR0917  a table of six columns
    form: str, old: ZoneInfo, last: str, new: ZoneInfo, now: str, found: str | None
) -> None:
    assert due(now, form, new, slot(last, old)) == found


def test_a_slot_considered_in_the_future_holds_nothing_up_and_is_not_given_out_again() -> None:
    wrong = slot("2027-03-01 07:00")
    assert due("2026-11-29 08:00", "daily at 07:00", ZULU, wrong, slot("2026-11-28 07:00")) == "2026-11-29 07:00"
    assert due("2027-03-01 07:00", "daily at 07:00", ZULU, wrong, slot("2027-02-28 07:00")) is None
    assert due("2027-03-02 07:00", "daily at 07:00", ZULU, wrong, slot("2027-02-28 07:00")) == "2027-03-02 07:00"


def test_a_clock_put_back_a_little_after_a_slot_gives_no_older_one() -> None:
    seven, before = slot("2026-11-29 07:00"), slot("2026-11-28 07:00")
    assert due("2026-11-29 06:59:58", "daily at 07:00", ZULU, before, seven) is None
    assert due("2026-11-29 07:00:01", "daily at 07:00", ZULU, before, seven) is None


def test_a_digest_registered_in_the_future_begins_now() -> None:
    wrong = utc("2030-01-01 00:00")
    assert due("2026-11-29 06:30", "daily at 07:00", since=wrong) is None
    assert ahead(utc("2026-11-29 06:30"), [], wrong) == wrong
    assert due("2026-11-29 07:00", "daily at 07:00", since=utc("2026-11-29 06:30")) == "2026-11-29 07:00"
    assert due("2026-11-29 07:00", "daily at 07:00", since=wrong) == "2026-11-29 07:00"


def test_the_farthest_instant_that_has_not_come_yet_is_told() -> None:
    now, slots = utc("2026-11-29 07:00"), [slot("2026-11-29 07:00"), slot("2027-03-01 07:00"), slot("2026-12-01 07:00")]
    assert ahead(now, slots, LONG_AGO) == utc("2027-03-01 07:00")
    assert ahead(now, slots[:1], LONG_AGO) is None


JUMPS = st.lists(
    st.tuples(st.timedeltas(timedelta(days=-500), timedelta(days=500)) | st.timedeltas(-DAY, 2 * DAY), ZONES),
    max_size=12,
)


@settings(deadline=None)
@given(SHAPES, JUMPS, INSTANTS)
def test_whatever_clocks_and_zones_do_no_slot_comes_twice_or_early_and_none_stops_the_rest(
    schedule: Schedule, jumps: list[tuple[timedelta, ZoneInfo]], start: datetime
) -> None:
    considered: dict[Slot, ZoneInfo] = {}
    now, since, zone = start, start, ZULU
    for jump, zone in jumps:
        now += jump
        since = min(since, now)
        found = slot_due(now, schedule, zone, considered=considered, since=since)
        if found:
            assert since <= found.instant <= now
            assert found.nominal not in {one.nominal for one in considered}
            considered[found] = zone
    others = [one.instant for one, its in considered.items() if its is not zone]
    for coming in next_slots(now, schedule, zone, count=60):  # the clock and the zone are right from here on
        found = slot_due(coming.instant, schedule, zone, considered=considered, since=since)
        had = coming.nominal in {one.nominal for one in considered}
        assert found == coming or had or (not found and any(abs(coming.instant - one) < ZONES_DIFFER for one in others))
        considered[coming] = zone


@given(SHAPES, ZONES, INSTANTS)
def test_what_comes_next_is_what_will_be_due(schedule: Schedule, zone: ZoneInfo, now: datetime) -> None:
    coming = next_slots(now, schedule, zone, count=5)
    assert [one.instant for one in coming] == sorted({one.instant for one in coming if one.instant > now})
    newest = newest_slot(now, schedule, zone)
    assert newest
    assert newest.instant <= now
    for before, after in pairwise((newest, *coming)):
        assert newest_slot(after.instant - SECOND, schedule, zone) == before
        assert newest_slot(after.instant, schedule, zone) == after


# --- waiting for a source -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("listed_on", "now", "end"),
    [
        (None, "2026-11-30 06:00", "2026-11-30 09:00"),
        (date(2026, 11, 29), "2026-11-30 08:59:59", "2026-11-30 09:00"),
        (date(2026, 11, 29), "2026-11-30 09:00", None),
        (date(2026, 11, 29), "2026-12-02 00:00", None),
        (date(2026, 11, 30), "2026-11-30 06:00", None),
        (date(2026, 12, 1), "2026-11-30 06:00", None),
    ],
)
def test_a_slot_waits_for_the_listing_of_its_day_up_to_an_hour(
    listed_on: date | None, now: str, end: str | None
) -> None:
    found = holds(slot("2026-11-30 07:00", BERLIN), listed_on, utc(now), until=time(10), zone=BERLIN)
    assert found == (utc(end) if end else None)


@pytest.mark.parametrize(
    ("until", "end"),
    [("07:00", None), ("07:01", "2026-03-28 06:01"), ("06:59", "2026-03-29 04:59"), ("02:30", "2026-03-29 01:00")],
)
def test_an_hour_before_the_slots_is_one_of_the_next_day(until: str, end: str | None) -> None:
    seven = slot("2026-03-28 07:00", BERLIN)  # clocks are put forward in the night after
    found = holds(seven, None, seven.instant, until=time.fromisoformat(until), zone=BERLIN)
    assert found == (utc(end) if end else None)


@given(SHAPES, ZONES, st.integers(0, 1439), st.integers(0, 3000))
def test_no_source_holds_up_an_edition_for_longer_than_to_the_next_end(
    schedule: Schedule, zone: ZoneInfo, minute: int, day: int
) -> None:
    until = time(*divmod(minute, 60))
    end = instant(datetime.combine(date(2020, 1, 1) + day * DAY, until), zone)
    newest = newest_slot(end, schedule, zone)
    assert newest
    assert holds(newest, None, end, until=until, zone=zone) is None


# --- the sweep ----------------------------------------------------------------------------------------------------


def shown(zone: ZoneInfo, first: date, days: int) -> dict[datetime, datetime]:
    """Each half-hour of these days, with the quarter-hour at which a wall clock that is watched first shows it or a later
    one. Asks a zone for nothing but what its clock shows at an instant, which is never ambiguous."""
    found: dict[datetime, datetime] = {}
    nominal = datetime.combine(first, time())
    tick = nominal.replace(tzinfo=UTC) - 2 * DAY
    while len(found) < 48 * days:
        showing = tick.astimezone(zone).replace(tzinfo=None)
        while nominal <= showing:
            found[nominal] = tick
            nominal += HALF
        tick += QUARTER
    return dict(list(found.items())[: 48 * days])


def around_changes(seen: dict[datetime, datetime]) -> set[date]:
    """The days on which the clock is changed, with the two before and after."""
    offsets = {nominal.date(): nominal - at.replace(tzinfo=None) for nominal, at in seen.items() if not nominal.hour}
    changed = [day for day, offset in offsets.items() if offsets.get(day + DAY, offset) != offset]
    return {day + n * DAY for day in changed for n in range(-2, 3)}


def sweep(zone: ZoneInfo, seen: dict[datetime, datetime]) -> None:
    """No slot of 48 daily schedules is skipped, doubled, early or late: each instant, and a simulated clock at changes."""
    assert {nominal: instant(nominal, zone) for nominal in seen} == seen
    busy = around_changes(seen)
    for at in (time(n // 2, n % 2 * 30) for n in range(48)):
        schedule = Schedule((at,))
        slots = [Slot(nominal, seen[nominal]) for nominal in seen if nominal.time() == at]
        slots = list({one.instant: one for one in slots}.values())  # of those that fire together, the last
        coming = next_slots(slots[0].instant - SECOND, schedule, zone, count=len(slots))
        assert list(coming) == slots
        for before, now in pairwise(slots):
            if now.nominal.date() in busy:
                clock = {
                    tick: slot_due(tick, schedule, zone, considered=done, since=LONG_AGO)
                    for tick, done in ((now.instant - SECOND, [before]), (now.instant, [before]))
                }
                assert list(clock.values()) == [None, now]
                assert slot_due(now.instant + QUARTER, schedule, zone, considered=[before, now], since=LONG_AGO) is None


HARD = {
    "Europe/Berlin": date(2026, 3, 29),
    "Europe/Dublin": date(2026, 10, 25),
    "America/New_York": date(2026, 11, 1),
    "America/Havana": date(2026, 3, 8),
    "America/Santiago": date(2026, 9, 6),
    "Asia/Beirut": date(2026, 3, 29),
    "Asia/Kathmandu": date(2026, 1, 10),
    "Africa/Casablanca": date(2026, 2, 15),
    "Antarctica/Troll": date(2026, 10, 25),
    "Australia/Lord_Howe": date(2026, 4, 5),
    "Pacific/Chatham": date(2026, 9, 27),
    "Pacific/Apia": date(2011, 12, 30),
    "Pacific/Kwajalein": date(1969, 9, 30),
}


@pytest.mark.parametrize("name", HARD)
def test_every_half_hour_of_a_fortnight_with_changed_clocks_fires_once(name: str) -> None:
    zone = ZoneInfo(name)
    seen = shown(zone, HARD[name] - 7 * DAY, 14)
    assert bool(around_changes(seen)) == (name != "Asia/Kathmandu")
    sweep(zone, seen)


@pytest.mark.faults
def test_every_half_hour_of_four_years_fires_once_in_every_zone() -> None:
    """Zones whose clocks show the same at each quarter-hour of these years are one."""
    ticks = [utc("2023-12-30") + n * QUARTER for n in range(1465 * 96)]
    zones = sorted(available_timezones())
    alike = {hash(tuple(tick.astimezone(one).utcoffset() for tick in ticks)): one for one in map(ZoneInfo, zones)}
    for zone in alike.values():
        sweep(zone, shown(zone, date(2024, 1, 1), 1461))
    assert (len(zones) > 400, len(alike) > 50) == (True, True)
