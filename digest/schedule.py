"""When a digest is due: schedules in words, and the slots that they give.

A slot is a local time on the wall. It fires at the first instant at which the wall clock of its zone shows that time or,
where a clock put forward never shows it, a later one. So a time that is skipped fires at the end of the gap, and one that
comes twice fires the first time; and slots fire in the order of their times, whatever a zone does. Of slots that have
passed only the newest is due: those missed while a machine slept make one edition, not one each.

Nothing here asks a clock: `now` is an argument, with its time zone. Times in the first and last days of the calendar
(years 1 and 9999) have no slots, so that nothing overflows.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from itertools import groupby, islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from zoneinfo import ZoneInfo

__all__ = [
    "Schedule",
    "Slot",
    "ahead",
    "clock_time",
    "holds",
    "instant",
    "newest_slot",
    "next_slots",
    "read",
    "slot_due",
    "words",
]

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
EVERY_DAY, WORKING, WEEKEND = (0, 1, 2, 3, 4, 5, 6), (0, 1, 2, 3, 4), (5, 6)
NAMED = {"daily": EVERY_DAY, "weekdays": WORKING, "weekends": WEEKEND}
SETS = NAMED | {"day": EVERY_DAY, "weekday": WORKING}  # as in "every day"
PERIODS = {"weekly": "weekly on friday at 16:30", "monthly": "monthly on 1 at 08:00"}
LAST = 31  # the day of a month that has fewer is its last one
HOURS = (1, 2, 3, 4, 6, 8, 12, 24)  # that divide a day
FORMS = '"daily at 07:00", "weekdays at 07:00", "mon,thu at 16:30", "monthly on 1 at 08:00" or "every 6 hours"'
SHOWN = 40  # characters of what is not understood

GRID = re.compile(r"hourly|every (?:([0-9]{1,4}) )?hours?")
AT = re.compile(r"(?:(?:every|on) )?(?:(weekly|monthly)(?: on)?(?: |$))?(.*?) ?\bat (.*)")
LIST = re.compile(r" ?,(?: and)? ?| and ")
MONTH_DAY = re.compile(r"(?:the )?(?:([1-9]|[12][0-9]|3[01])(?:st|nd|rd|th)?|last)(?: day)?")
TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
FIRST_DAY, LAST_DAY = date.min + 3 * DAY, date.max - 3 * DAY  # zones differ from UTC, and from old clocks, by a day
EARLIEST, LATEST = (datetime.combine(day, time(), UTC) for day in (FIRST_DAY, LAST_DAY + 2 * DAY))


@dataclass(frozen=True, slots=True)
class Schedule:
    """Times of day, on the days that it names: of the week (Monday is 0) or, where it names any, of the month.

    `str` gives words that `read` reads as the same schedule; `not_on`, days without a slot, is no part of them.
    """

    times: tuple[time, ...]
    weekdays: tuple[int, ...] = EVERY_DAY
    month_days: tuple[int, ...] = ()
    not_on: frozenset[date] = frozenset()

    def on(self, day: date) -> bool:
        """Whether that day has slots. The 31st is the last day of a shorter month, and so are the 29th and 30th."""
        if day in self.not_on:
            return False
        if not self.month_days:
            return day.weekday() in self.weekdays
        last = monthrange(day.year, day.month)[1]
        return any(min(number, last) == day.day for number in self.month_days)

    def __str__(self) -> str:
        step = max(HOURS[-1] // len(self.times), 1)
        if len(self.times) > 1 and self == replace(_grid(step), not_on=self.not_on):
            return "every hour" if step == 1 else f"every {step} hours"
        return f"{self._days()} at {_joined(f'{one:%H:%M}' for one in self.times)}"

    def _days(self) -> str:
        if self.month_days:
            numbers = _joined("last" if number == LAST else str(number) for number in self.month_days)
            return f"monthly on {numbers}"
        named = next((name for name, days in NAMED.items() if days == self.weekdays), None)
        return named or _joined(DAYS[number][:3] for number in self.weekdays)


@dataclass(frozen=True, slots=True)
class Slot:
    """A nominal local time, without a zone, and the instant in UTC at which it fires. No two of a digest are alike."""

    nominal: datetime
    instant: datetime


# --- in words -----------------------------------------------------------------------------------------------------


def read(text: str, not_on: Iterable[date] = ()) -> Schedule:
    """The schedule that somebody wrote; capitals and spaces do not matter.

    Raises ValueError with a sentence that names the part that is not understood, and what would be.
    """
    plain = " ".join(text.casefold().split())
    grid, found = GRID.fullmatch(plain), AT.fullmatch(plain)
    if grid:
        return replace(_grid(int(grid[1] or 1)), not_on=frozenset(not_on))
    if not found:
        raise ValueError(f'"{plain[:SHOWN]}" is no schedule such as {FORMS}')
    period, days, times = found.groups()
    if not days:
        raise ValueError(f'names no day; it should be like "{PERIODS.get(period, "daily at 07:00")}"')
    monthly = period == "monthly"
    return Schedule(
        tuple(sorted({clock_time(one) for one in LIST.split(times)})),
        EVERY_DAY if monthly else tuple(sorted({one for part in LIST.split(days) for one in _weekdays(part)})),
        tuple(sorted({_month_day(one) for one in LIST.split(days)})) if monthly else (),
        frozenset(not_on),
    )


def words(schedule: Schedule, zone: ZoneInfo) -> str:
    """`weekdays at 07:00 (Europe/Berlin)`."""
    return f"{schedule} ({zone.key})"


def _grid(step: int) -> Schedule:
    """Every so many hours, from midnight of each day."""
    if step not in HOURS:
        *most, last = map(str, HOURS)
        raise ValueError(
            f'"every {step} hours" does not divide a day; it can be every {", ".join(most)} or {last} hours'
        )
    return Schedule(tuple(time(hour) for hour in range(0, 24, step)))


def clock_time(text: str) -> time:
    """The time of day that somebody wrote; raises ValueError with a sentence."""
    found = TIME.fullmatch(text)
    if not found:
        raise ValueError(f'"{text[:SHOWN]}" is no time such as "07:00" or "16:30"')
    return time(int(found[1]), int(found[2]))


def _month_day(text: str) -> int:
    found = MONTH_DAY.fullmatch(text)
    if not found:
        raise ValueError(f'"{text[:SHOWN]}" is no day of a month: 1 to 31, or "last"')
    return int(found[1] or LAST)


def _weekdays(text: str) -> tuple[int, ...]:
    """The days of "fri", "weekends" or "mon-fri"; "fri-mon" goes over the weekend."""
    if text in SETS:
        return SETS[text]
    first, _, last = text.partition("-")
    begin = _weekday(first.strip())
    length = (_weekday(last.strip()) - begin) % 7 if "-" in text else 0
    return tuple((begin + n) % 7 for n in range(length + 1))


def _weekday(name: str) -> int:
    """Of a full name, or of its first three letters or more."""
    for number, day in enumerate(DAYS):
        if len(name) > 2 and day.startswith(name):  # noqa: PLR2004  "tu" might be "thu"
            return number
    near = get_close_matches(name[:SHOWN], (*DAYS, *SETS, *PERIODS, *(day[:3] for day in DAYS)), n=1)
    hint = f'; did you mean "{near[0]}"?' if near else ""
    raise ValueError(f'"{name[:SHOWN]}" is no day such as "mon", "friday", "mon-thu", "weekdays" or "daily"{hint}')


def _joined(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


# --- on the clock -------------------------------------------------------------------------------------------------


def instant(nominal: datetime, zone: ZoneInfo) -> datetime:
    """When the wall clock of a zone first shows that time or, where it never does, a later one; in UTC."""
    there = nominal.replace(tzinfo=zone, fold=0)
    found = there.astimezone(UTC)
    if _wall(found, zone) == nominal:
        return found
    before = there.replace(fold=1).astimezone(UTC)  # PEP 495: in a gap the second reading lies before it
    while found - before > SECOND:
        middle = before + (found - before) // SECOND // 2 * SECOND
        before, found = (before, middle) if _wall(middle, zone) >= nominal else (middle, found)
    return found


def newest_slot(now: datetime, schedule: Schedule, zone: ZoneInfo) -> Slot | None:
    """The last slot that has come at `now`, due or not. None only where days without slots reach back to year 1."""
    now = _sane(now)
    latest = _wall(now, zone).date() + DAY  # it may have been tomorrow already, where a day comes twice
    return next((slot for slot in _slots(latest, -1, schedule, zone) if slot.instant <= now), None)


def slot_due(
    now: datetime, schedule: Schedule, zone: ZoneInfo, *, considered: Iterable[Slot], since: datetime
) -> Slot | None:
    """The slot for which an edition is to be considered now, if any.

    `considered`: the slots that already were, whether they made an edition or not; enough are those whose nominal time
    or instant is not before that of `newest_slot`. `since`: when the digest got its schedule; slots before were not its.

    It is due when it was not considered yet, and comes after all that were, by its nominal time and by its instant: so
    a zone that was changed gives no slot twice and none out of order, and it skips at most the hours by which the zones
    differ. A considered slot that lies in the future, by a clock that was wrong, counts for itself alone: nothing waits
    for it. A `since` in the future counts as now. `ahead` tells of both.
    """
    newest = newest_slot(now, schedule, zone)
    if newest is None or newest.instant < min(since, now):
        return None
    return None if any(_rules_out(one, newest, now) for one in considered) else newest


def _rules_out(one: Slot, newest: Slot, now: datetime) -> bool:
    if one.nominal == newest.nominal:
        return True
    return one.instant <= now and (one.nominal > newest.nominal or one.instant >= newest.instant)


def ahead(now: datetime, considered: Iterable[Slot], since: datetime) -> datetime | None:
    """The farthest instant on record that has not come yet: a clock was wrong then, or is wrong now.

    Where it is `since`, store now in its place: no slot is due before.
    """
    return max((one for one in (since, *(slot.instant for slot in considered)) if one > now), default=None)


def next_slots(now: datetime, schedule: Schedule, zone: ZoneInfo, *, count: int = 1) -> tuple[Slot, ...]:
    """The slots to come after `now`, soonest first; of those that fire together, only the one that will be due."""
    now = _sane(now)
    coming = (slot for slot in _slots(_wall(now, zone).date(), 1, schedule, zone) if slot.instant > now)
    return tuple(deque(slots, maxlen=1)[0] for _, slots in islice(groupby(coming, lambda slot: slot.instant), count))


def holds(slot: Slot, listed_on: date | None, now: datetime, *, until: time, zone: ZoneInfo) -> datetime | None:
    """Until which instant a due slot waits for a source, whose newest listing bears the day `listed_on`; None: it goes.

    It waits for a listing of its own day, at most until that local time: of the same day or, where that is earlier than
    the slot, of the next one. While it waits it is not considered; a later slot that comes meanwhile takes its place,
    and can't put the end off, since there is one each day.
    """
    nominal = slot.nominal
    if listed_on and listed_on >= nominal.date():
        return None
    day = nominal.date() + DAY * (until < nominal.time())
    end = instant(datetime.combine(day, until), zone)
    return end if now < end else None


def _slots(start: date, step: int, schedule: Schedule, zone: ZoneInfo) -> Iterator[Slot]:
    """From the first or last one of a day on, forward (1) or back (-1), until the calendar ends."""
    end = LAST_DAY if step > 0 else FIRST_DAY
    for day in map(date.fromordinal, range(min(start, LAST_DAY).toordinal(), end.toordinal() + step, step)):
        for one in schedule.times[::step] if schedule.on(day) else ():
            nominal = datetime.combine(day, one)
            yield Slot(nominal, instant(nominal, zone))


def _sane(now: datetime) -> datetime:
    """An instant at which every zone has a date, and a tomorrow."""
    return min(max(now, EARLIEST), LATEST)


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)
