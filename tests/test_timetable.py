"""When editions appear: at their digest's times, once for each, whatever was missed, and never for a quiet one."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digest.errors import ConfigError
from digest.store import Store
from digest.timetable import outlook
from tests.commandline import LARCH, drop
from tests.fakes import Place, card, page

if TYPE_CHECKING:
    from digest.models import RunReport
    from tests.commandline import Run

BERLIN = 'time_zone = "Europe/Berlin"\n'


def place_of(folder: Path, *digests: str, top: str = BERLIN) -> Place:
    tables = "".join(f"[[digest]]\n{one}\n" for one in digests)
    return Place(folder, top + tables, now=datetime(2026, 11, 16, 3, tzinfo=UTC))


def daily(more: str = "", at: str = "daily at 07:00") -> str:
    return f'name = "daily"\nschedule = "{at}"\n{more}'


def run(place: Place, moment: str) -> RunReport:
    """A run at this time, as clocks in Berlin show it."""
    place.now = datetime.fromisoformat(f"2026-{moment}+01:00")
    return place.run()


def slots(place: Place, digest: str = "daily") -> list[tuple[str, int | None]]:
    """Each slot on record, and the number of its edition, if there is one."""
    with Store(place.config.database) as store:
        rows = store.database.rows(
            "SELECT nominal, number FROM slot LEFT JOIN edition ON edition.id = edition_id WHERE slot.digest = :d"
            " ORDER BY nominal",
            {"d": digest},
        )
    return [(row["nominal"], row["number"]) for row in rows]


def numbers(report: RunReport) -> list[str]:
    return [f"{one.digest}/{one.number}" for one in report.editions]


def test_edition_appears_at_its_time_and_once(tmp_path: Path) -> None:
    place = place_of(tmp_path, daily())
    place.drop(page(card("Amber")))
    assert numbers(run(place, "11-16T06:30")) == []
    assert numbers(run(place, "11-16T07:00")) == ["daily/1"]
    place.drop(page(card("Birch")), "later.txt")
    assert [numbers(run(place, f"11-16T{hour:02}:00")) for hour in range(8, 24, 3)] == [[]] * 6
    assert numbers(run(place, "11-17T07:10")) == ["daily/2"]
    assert slots(place) == [("2026-11-16T07:00:00", 1), ("2026-11-17T07:00:00", 2)]
    with Store(place.config.database) as store:
        told = [f"{one.slot:%d %H:%M}" for one in store.publications.headlines()]
    assert told == ["17 07:00", "16 07:00"]


def test_quiet_slot_makes_no_edition_and_is_over(tmp_path: Path) -> None:
    place = place_of(tmp_path, daily())
    run(place, "11-16T06:00")
    report = run(place, "11-16T07:00")
    assert (report.verdict, numbers(report)) == ("quiet", [])
    place.drop(page(card("Amber")))
    assert numbers(run(place, "11-16T09:00")) == [], "what comes later is for the next one"
    assert numbers(run(place, "11-17T07:00")) == ["daily/1"]
    assert slots(place) == [("2026-11-16T07:00:00", None), ("2026-11-17T07:00:00", 1)]


def test_schedule_that_no_run_has_noted_begins_with_its_next_slot(tmp_path: Path) -> None:
    place = place_of(tmp_path, 'name = "daily"')
    run(place, "11-16T06:00")
    place.text = BERLIN + f"[[digest]]\n{daily()}\n"
    (rules,), zone = place.config.rules(), place.config.zone
    with Store(place.config.database) as store:
        for hour, day in ((8, 17), (6, 16)):
            found = outlook(store, rules, zone, datetime(2026, 11, 16, hour, tzinfo=zone))
            assert found
            assert found.at == datetime(2026, 11, day, 7, tzinfo=zone)


def test_slots_that_were_missed_make_one_edition(tmp_path: Path) -> None:
    place = place_of(tmp_path, daily())
    run(place, "11-16T06:00")
    for day in (16, 17, 18):
        place.drop(page(card(f"Paper{day}"), day=f"Nov {day}"), f"2026-11-{day}.txt")
    assert numbers(run(place, "11-19T12:00")) == ["daily/1"]
    assert len(place.titles()["daily/1"]) == 3
    assert slots(place) == [("2026-11-19T07:00:00", 1)]


def test_new_digest_waits_for_its_first_slot(tmp_path: Path) -> None:
    place = place_of(tmp_path, daily())
    place.drop(page(card("Amber")))
    assert numbers(run(place, "11-16T12:00")) == []
    assert numbers(run(place, "11-17T07:00")) == ["daily/1"]


def test_weekly_digest_rolls_up_what_the_daily_one_told_and_each_tells_it_once(tmp_path: Path) -> None:
    place = place_of(tmp_path, daily(), 'name = "weekly"\nschedule = "fri at 16:30"')
    run(place, "11-15T20:00")
    made = []
    for day in range(16, 29):
        place.drop(page(card(f"Paper{day}"), card(f"Paper{day - 1}"), day=f"Nov {day}"), f"2026-11-{day}.txt")
        made += numbers(run(place, f"11-{day}T07:05")) + numbers(run(place, f"11-{day}T17:00"))
    assert [one for one in made if one.startswith("weekly")] == ["weekly/1", "weekly/2"]
    titles = place.titles()
    for digest, editions in (("daily", 13), ("weekly", 2)):
        told = [title for edition, papers in titles.items() if edition.startswith(digest) for title in papers]
        assert len(told) == len(set(told)), "no paper twice"
        assert len([one for one in titles if one.startswith(digest)]) == editions
    assert len(titles["weekly/1"]) == 6
    assert len(titles["weekly/2"]) == 7


def test_publish_makes_an_edition_now_and_takes_no_slot(tmp_path: Path) -> None:
    place = place_of(tmp_path, daily())
    run(place, "11-16T05:00")
    place.drop(page(card("Amber")))
    place.now = datetime.fromisoformat("2026-11-16T06:00+01:00")
    assert numbers(place.run(lambda desk: replace(desk, all_due=True))) == ["daily/1"]
    assert slots(place) == []
    place.drop(page(card("Birch")), "later.txt")
    assert numbers(run(place, "11-16T07:00")) == ["daily/2"]


def test_days_without_an_edition_are_left_out(tmp_path: Path) -> None:
    place = place_of(tmp_path, daily("not_on = [2026-11-17]"))
    run(place, "11-16T06:00")
    run(place, "11-16T07:00")
    place.drop(page(card("Amber"), day="Nov 17"), "2026-11-17.txt")
    assert numbers(run(place, "11-17T12:00")) == []
    assert numbers(run(place, "11-18T07:00")) == ["daily/1"]


def test_each_digest_has_the_clock_of_its_zone(tmp_path: Path) -> None:
    place = place_of(tmp_path, daily('time_zone = "America/New_York"'))
    run(place, "11-16T06:00")
    place.drop(page(card("Amber")))
    assert numbers(run(place, "11-16T12:59")) == []
    assert numbers(run(place, "11-16T13:00")) == ["daily/1"]


def test_edition_waits_for_its_source_until_it_has_listed_the_day(tmp_path: Path) -> None:
    place = place_of(tmp_path, daily('after = "dumps"\nuntil = "10:00"'))
    run(place, "11-16T06:00")
    place.drop(page(card("Amber"), day="Nov 15"), "2026-11-15.txt")
    assert numbers(run(place, "11-16T07:30")) == []
    place.drop(page(card("Birch")), "2026-11-16.txt")
    assert numbers(run(place, "11-16T08:00")) == ["daily/1"]
    assert len(place.titles()["daily/1"]) == 2
    assert slots(place) == [("2026-11-16T07:00:00", 1)]


def test_edition_waits_no_longer_than_it_was_told(tmp_path: Path) -> None:
    place = place_of(tmp_path, daily('after = "dumps"\nuntil = "10:00"'))
    run(place, "11-16T06:00")
    place.drop(page(card("Amber"), day="Nov 15"), "2026-11-15.txt")
    assert numbers(run(place, "11-16T09:59")) == []
    assert numbers(run(place, "11-16T10:00")) == ["daily/1"]


def test_clock_that_was_years_ahead_holds_nothing_up(tmp_path: Path) -> None:
    place = place_of(tmp_path, daily())
    run(place, "11-16T06:00")
    place.drop(page(card("Amber")))
    place.now = datetime(2036, 11, 16, 6, 30, tzinfo=UTC)
    assert numbers(place.run()) == ["daily/1"]
    place.drop(page(card("Birch")), "later.txt")
    assert numbers(run(place, "11-17T07:00")) == ["daily/2"]
    assert numbers(run(place, "11-17T08:00")) == []


def test_schedule_that_began_under_a_wrong_clock_begins_now(tmp_path: Path) -> None:
    place = place_of(tmp_path, daily())
    place.now = datetime(2036, 11, 16, 6, 30, tzinfo=UTC)
    place.run()
    place.drop(page(card("Amber")))
    run(place, "11-16T08:00")
    assert numbers(run(place, "11-17T07:00")) == ["daily/1"]


def test_another_schedule_begins_when_it_was_written(tmp_path: Path) -> None:
    place = place_of(tmp_path, daily(at="fri at 16:30"))
    run(place, "11-16T06:00")
    place.drop(page(card("Amber")))
    place.text = place_of(tmp_path, daily()).text
    assert numbers(run(place, "11-16T09:00")) == [], "not for the time that has passed"
    assert numbers(run(place, "11-17T07:00")) == ["daily/1"]


def test_digest_that_loses_its_schedule_is_due_whenever_something_is_new(tmp_path: Path) -> None:
    place = place_of(tmp_path, daily())
    run(place, "11-16T06:00")
    place.drop(page(card("Amber")))
    place.text = BERLIN
    assert numbers(run(place, "11-16T06:30")) == ["daily/1"]


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ('schedule = "at noon"', 'names no day; it should be like "daily at 07:00"'),
        ('schedule = "whenever"', '"whenever" is no schedule such as'),
        ('schedule = "mondey at 07:00"', 'did you mean "monday"'),
        ('schedule = "daily at 7"', '"7" is no time'),
        ('schedule = "daily at 07:00"\ntime_zone = "Europe/Belin"', "Europe/Berlin"),
        ('schedule = "daily at 07:00"\nafter = "huggingfac"', 'no source "huggingfac"'),
        ('schedule = "daily at 07:00"\nuntil = "25:00"\nafter = "dumps"', '"25:00" is no time'),
        ('schedule = "daily at 07:00"\nuntil = "10:00"', "says how long it waits for a source"),
        ('until = "10:00"\nafter = "dumps"', "counts only with a schedule"),
        ('schedule = "daily at 07:00"\nnot_on = ["Christmas"]', "must be a day such as"),
    ],
)
def test_faults_of_a_schedule_are_told_with_what_would_be_right(tmp_path: Path, table: str, fault: str) -> None:
    with pytest.raises(ConfigError) as found:
        _ = Place(tmp_path, f'[[digest]]\nname = "daily"\n{table}\n').config
    assert fault in str(found.value)


def test_dates_are_those_of_toml(tmp_path: Path) -> None:
    (rules,) = place_of(tmp_path, daily("not_on = [2026-12-24]")).config.rules()
    assert rules.schedule is not None
    assert rules.schedule.not_on == {date(2026, 12, 24)}
    assert rules.schedule.on(date(2026, 12, 23) + timedelta(days=2))


# --- what is told -----------------------------------------------------------------------------------------------------


def test_status_says_when_the_next_edition_appears(mine: Run) -> None:
    set_schedule('schedule = "daily at 23:59"\ntime_zone = "UTC"')
    drop(page(LARCH))
    mine("run")
    shown = mine("status").out
    assert re.search(r"NEXT     daily No\. 1: \w{3} \d+ \w{3} 23:59", shown)
    (coming,) = mine("status", "--json").json["next"]
    assert (coming["digest"], coming["number"], coming["waits"]) == ("daily", 1, None)


def test_status_says_what_an_edition_waits_for(mine: Run) -> None:
    late = (datetime.now(UTC) + timedelta(minutes=2)).strftime("%H:%M")
    set_schedule(f'schedule = "every hour"\ntime_zone = "UTC"\nafter = "dumps"\nuntil = "{late}"')
    mine("run", "--as-of", f"{datetime.now(UTC) - timedelta(hours=2):%Y-%m-%dT%H:%M:%S+00:00}")
    assert "waits for dumps, until" in mine("status").out


def test_mail_and_front_page_say_when_it_comes(tmp_path: Path) -> None:
    place = place_of(tmp_path, daily())
    run(place, "11-16T06:00")
    place.drop(page(card("Amber")))
    run(place, "11-16T07:00")
    (mail,) = (tmp_path / "mail" / "new").iterdir()
    assert "It comes daily at 07:00 (Europe/Berlin)." in " ".join(mail.read_text().replace("=\n", "").split())
    assert "Daily at 07:00 (Europe/Berlin)." in (tmp_path / "public" / "index.html").read_text()


def set_schedule(lines: str) -> None:
    """In the config.toml of this folder."""
    path = Path("config.toml")
    path.write_text(path.read_text().replace("[[digest]]  ", f"[[digest]]\n{lines}\n#", 1))
