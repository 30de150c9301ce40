"""The real process, killed or starved at a system call: strace injects what a power cut or a full disk would do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.fakes import Place, card, page

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    shutil.which("strace") is None and os.environ.get("CI") != "true", reason="strace is not installed"
)
MONDAY, TUESDAY = page(card("Ivy"), card("Juniper")), page(card("Juniper"), card("Kapok"), day="Nov 17")
EXPECTED = {"daily/1": sorted([card("Ivy")[0], card("Juniper")[0]]), "daily/2": [card("Kapok")[0]]}
BARE = {name: value for name, value in os.environ.items() if not name.startswith("COV")}  # it writes files too
CALLS = ("pwrite64", "fdatasync", "fsync", "rename", "flock")


def place_of(folder: Path) -> Place:
    """A digest whose Monday is over and whose Tuesday has come in."""
    place = Place(folder)
    (folder / "config.toml").write_text('title = "Kills"\n')
    place.day(MONDAY)
    place.now = place.now.replace(day=18)
    place.drop(TUESDAY)
    return place


def traced(place: Place, injection: str) -> subprocess.CompletedProcess[str]:
    """`digest run` under strace with a fault injected."""
    call = injection.partition(":")[0]
    strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={injection}"]
    command = [*strace, sys.executable, "-m", "digest", "-c", str(place.folder / "config.toml"), "run"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=BARE)


def all_is_well(place: Place) -> None:
    """One clean run later everything has happened, once. The process used the machine's clock, so this does too."""
    place.now = datetime.now(UTC) + timedelta(hours=5)
    report = place.run()
    assert report.errors == ()
    assert place.titles() == EXPECTED
    assert len(place.mails()) == 2
    assert (place.folder / "public" / "index.html").exists()


@pytest.mark.parametrize(
    ("call", "nth"), [("pwrite64", 3), ("pwrite64", 20), ("fdatasync", 2), ("fsync", 1), ("rename", 1)]
)
def test_kill_at_a_system_call_loses_and_doubles_nothing(call: str, nth: int, disk: Path) -> None:
    place = place_of(disk)
    assert traced(place, f"{call}:signal=KILL:when={nth}").returncode != 0
    all_is_well(place)


@pytest.mark.faults
@pytest.mark.parametrize("call", CALLS)
def test_kill_at_every_system_call_loses_and_doubles_nothing(call: str, disk: Path) -> None:
    nth = 1
    while True:
        place = place_of(disk / str(nth))
        killed = traced(place, f"{call}:signal=KILL:when={nth}").returncode != 0
        all_is_well(place)
        if not killed:
            return
        nth += 1 if nth < 30 else 7


@pytest.mark.parametrize(
    ("call", "fault"), [("pwrite64", "ENOSPC"), ("write", "ENOSPC"), ("fdatasync", "EIO"), ("fsync", "EIO")]
)
def test_full_or_failing_disk_is_one_clear_line_and_a_rerun_recovers(call: str, fault: str, disk: Path) -> None:
    place = place_of(disk)
    done = traced(place, f"{call}:error={fault}:when={9 if call == 'pwrite64' else 2}+")
    assert done.returncode in (1, 120), done.stderr
    assert "Traceback" not in done.stderr
    all_is_well(place)


def test_several_at_once_double_nothing_and_losers_are_told_within_a_second(disk: Path) -> None:
    place = place_of(disk)
    command = [sys.executable, "-m", "digest", "-c", str(disk / "config.toml"), "run"]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) for _ in range(6)]
    codes = []
    for process in started:
        process.communicate(timeout=60)
        codes.append(process.returncode)
    assert set(codes) <= {0, 75}
    assert 0 in codes
    all_is_well(place)
