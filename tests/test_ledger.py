"""`digest log`: what each run came to, on invented days and on real ones."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from digest.models import LoggedRun
from digest.store import Store, run_lock
from tests.commandline import GRAPHS, MAPLE, drop
from tests.fakes import Place, card, page

if TYPE_CHECKING:
    from tests.commandline import Run


def two_days(mine: Run) -> None:
    drop(page(GRAPHS, MAPLE, MAPLE))
    mine("run", "--as-of", "2026-11-16")
    drop(page(GRAPHS, MAPLE, card("Nutmeg")), "2026-11-17.txt")
    mine("run", "--as-of", "2026-11-17")


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("  ") if cell.strip()]


def test_log_lists_the_latest_run_last_with_the_count_equation(mine: Run) -> None:
    two_days(mine)
    first, second = mine("log", "--json").json
    numbers = ("dumps", "listed", "new", "known", "repeated", "rejected", "sent")
    assert [first[name] for name in numbers] == [1, 3, 2, 0, 1, 0, 1]
    assert [second[name] for name in numbers] == [1, 3, 1, 2, 0, 0, 1]
    assert (first["editions"], second["editions"]) == (["daily/1"], ["daily/2"])
    head, one, two = mine("log").out.strip().split("\n")
    assert cells(head)[4:8] == ["LISTED =", "NEW +", "KNOWN +", "REPEATED"]
    assert cells(one)[0] == "Mon 16 Nov 12:00"
    assert cells(two)[2:] == ["new", "1", "3", "1", "2", "0", "0", "1", "daily/2"]


def test_papers_of_a_first_look_are_new_and_no_news(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.drop(page(GRAPHS, MAPLE))
    place.run(lambda desk: replace(desk, sources=tuple(replace(one, baseline=True) for one in desk.sources)))
    with place.desk() as desk:
        (run,) = desk.store.runs.last(1)
    assert (run.listed, run.new, run.withheld, run.news) == (2, 2, 2, 0)


def test_ledger_refuses_counts_that_do_not_add_up(tmp_path: Path) -> None:
    now = datetime(2026, 11, 16, tzinfo=UTC)
    with Store(tmp_path / "digest.db") as store:
        number = store.runs.start(now)
        wrong = LoggedRun(now, now, "new", 1, 2, 0, 0, (), listed=5, known=2, repeated=0)
        with pytest.raises(Exception, match="CHECK"):
            store.runs.end(number, wrong)
        store.runs.end(number, replace(wrong, known=3))


def test_how_long_a_run_took_is_measured_whatever_its_clock_says(tmp_path: Path) -> None:
    place, ticks = Place(tmp_path), iter([100.0, 103.5])
    place.run(lambda desk: replace(desk, ticks=lambda: next(ticks)))
    with place.desk() as desk:
        (run,) = desk.store.runs.last(1)
    assert (run.seconds, run.ended) == (3.5, place.now + timedelta(seconds=3))


def started(minutes_ago: int = 5) -> None:
    with Store(Path("digest.db")) as store:
        store.runs.start(datetime.now(UTC) - timedelta(minutes=minutes_ago))


def test_run_that_never_ended_was_killed_unless_it_is_at_work(mine: Run) -> None:
    mine("run")
    started(9)
    started()
    verdicts = [run["verdict"] for run in mine("log", "--json").json]
    assert verdicts == ["quiet", "killed", "killed"]
    with run_lock(Path("digest.db")):
        assert [run["verdict"] for run in mine("log", "--json").json] == ["quiet", "killed", "at work"]
        assert cells(mine("log").out.split("\n")[-2])[1:] == ["-", "at work", *"--------"]


def test_faults_stand_below_their_run_each_on_its_line(mine: Run) -> None:
    Path("dumps").rename("elsewhere")
    fault = mine("run").problems[0].removeprefix("digest: ")
    assert "can't be looked into" in fault
    assert mine("log").out.split("\n")[2:] == [f"    {fault}", ""]
    assert mine("log", "--json").json[0]["errors"] == [fault]


@pytest.mark.parametrize(
    ("since", "runs"),
    [
        ("2026-11-17", 1),
        ("2026-11-16", 2),
        ("2026-11-16T12:00", 2),
        ("2026-11-16T12:01+00:00", 1),
        ("2026-11-18", 0),
        ("1 day", 0),
        ("9000 days ago", 2),
        ("600 weeks", 2),
    ],
)
def test_since_is_a_time_a_day_or_how_long_ago(since: str, runs: int, mine: Run) -> None:
    now, now_and_then = (
        datetime.now(UTC),
        [datetime(2026, 11, 16, 12, tzinfo=UTC), datetime(2026, 11, 17, 12, tzinfo=UTC)],
    )
    mine("run", "--as-of", "2026-11-16")
    mine("run", "--as-of", "2026-11-17")
    if since == "1 day":
        runs = sum(one > now - timedelta(days=1) for one in now_and_then)
    if "ago" in since or "weeks" in since:
        assert now > now_and_then[1]
    assert len(mine("log", "--since", since, "--json").json) == runs
    assert mine("log", "--since", since).out.count("2026" if not runs else "quiet") == runs


def test_day_of_since_begins_at_midnight_of_the_owner(mine: Run) -> None:
    Path("config.toml").write_text('time_zone = "Asia/Tokyo"\n')
    mine("run", "--as-of", "2026-11-16T14:59+00:00")
    mine("run", "--as-of", "2026-11-16T15:00+00:00")
    (only,) = mine("log", "--since", "2026-11-17", "--json").json
    assert only["number"] == 2
    assert "Tue 17 Nov 00:00" in mine("log", "--since", "2026-11-17").out


def test_since_what_is_no_time_is_a_usage_error(mine: Run) -> None:
    mine("run")
    assert mine("log", "--since", "last summer").code == 2
    assert mine("log", "--since", "2999-01-01").out == "No run since then.\n"


def test_limit_leaves_the_latest_and_twenty_are_the_rule(mine: Run) -> None:
    mine("run")
    for minutes in range(30, 5, -1):
        started(minutes)
    assert [run["number"] for run in mine("log", "--limit", 2, "--json").json] == [25, 26]
    assert len(mine("log").out.strip().split("\n")) == 1 + 20
    assert len(mine("log", "--json").json) == 26


def test_runs_from_before_were_not_counted_and_say_so(mine: Run) -> None:
    mine("run")
    with sqlite3.connect("digest.db") as database:
        database.execute("UPDATE run SET listed = NULL, known = NULL, repeated = NULL, rejected = NULL, seconds = NULL")
    assert cells(mine("log").out.split("\n")[1])[1:] == ["-", "quiet", "0", "-", "0", "-", "-", "-", "0", "-"]


def counts(place: Place) -> list[dict[str, Any]]:
    with place.desk() as desk:
        return [{"listed": run.listed, "new": run.new, "known": run.known} for run in desk.store.runs.since(None)]


def test_ledger_of_real_days_is_true(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "hf-daily"
    days = json.loads((folder / "truth.json").read_text())["dumps"][:12]
    place = Place(tmp_path)
    for day in days:
        place.now = datetime.fromisoformat(day["listed_on"]).replace(hour=7, tzinfo=UTC)
        place.drop((folder / day["file"]).read_bytes(), day["file"])
        place.run()
    assert counts(place) == [{name: day[name] for name in ("listed", "new", "known")} for day in days]
