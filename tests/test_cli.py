"""The command itself: help, what a mistyped word is answered with, how every fault ends as a line and an exit code."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digest import __version__, cli, config, errors
from digest.commands.answers import aligned, exit_code
from digest.commands.options import clock, moment
from digest.errors import ConfigError, DigestError, FetchError, TryLater, UnsettledDump, Waiting
from digest.models import DumpReport
from tests.commandline import GRAPHS, MAPLE, PATIENCE, drop, on_a_terminal, process
from tests.fakes import DAY, page

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.commandline import Run


# --- help -------------------------------------------------------------------------------------------------------


def test_help_lists_every_command_and_each_has_its_own(digest: Run) -> None:
    code, out, _ = digest("--help")
    assert code == 0
    for name, (_, line) in cli.COMMANDS.items():
        assert f"  {name}" in out
        assert line.split()[0] in out
        own = digest(name, "--help")
        assert (own.code, f"Usage: digest {name}" in own.out) == (0, True)
    assert digest("-h").out == out


def test_first_line_of_a_commands_help_says_what_the_list_says(digest: Run) -> None:
    for name, (_, line) in cli.COMMANDS.items():
        said = " ".join(digest(name, "--help").out.split("\n\n")[1].split())
        assert said.split()[0] == line.split()[0], name


def test_version_is_told(digest: Run) -> None:
    assert digest("--version").out == f"digest (Paperround) {__version__}\n"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("serch", "search"), ("statsu", "status"), ("edition", "editions"), ("help", "--help"), ("version", "--version")],
)
def test_misspelt_command_is_told_the_nearest(typed: str, meant: str, digest: Run) -> None:
    code, out, err = digest(typed, "x")
    assert (code, out, f"Did you mean {meant!r}?" in err) == (2, "", True)


def test_word_that_is_like_no_command_is_told_so(digest: Run) -> None:
    code, _, err = digest("xyzzy")
    assert (code, "no command 'xyzzy'." in err, "Did you mean" in err) == (2, True, False)


def test_misspelt_option_is_told_the_nearest(digest: Run) -> None:
    code, _, err = digest("run", "--jsn")
    assert (code, "--json" in err) == (2, True)


def test_no_command_shows_the_help(digest: Run) -> None:
    code, out, err = digest()
    assert (code, "Commands:" in out + err) == (2, True)


def loaded(code: str) -> set[str]:
    """The packages that a program has imported at its end."""
    asks = f"import sys\n{code}\nprint()\nprint(*{{m.partition('.')[0] for m in sys.modules}})"
    bare = {name: value for name, value in os.environ.items() if not name.startswith("COV")}  # coverage imports more
    done = subprocess.run(
        [sys.executable, "-c", asks], capture_output=True, text=True, timeout=60, check=True, env=bare
    )
    return set(done.stdout.rstrip().rpartition("\n")[2].split())


HELP = "import digest.cli as cli\ntry: cli.main(['--help'])\nexcept SystemExit: pass"


def test_help_imports_little_more_than_click() -> None:
    more = loaded(HELP) - loaded("import click") - set(sys.stdlib_module_names)
    assert more - {"digest", "click"} == set()


def test_quiet_run_imports_nothing_that_renders(mine: Run, tmp_path: Path) -> None:
    drop(page(GRAPHS))
    mine("run")
    run = f"import digest.cli as cli\ntry: cli.main(['-c', {str(tmp_path / 'config.toml')!r}, 'run'])\n"
    found = loaded(run + "except SystemExit: pass")
    assert "pydantic" in found, "it ran"
    assert not found & {"jinja2", "markupsafe", "sqlite_utils", "rich", "webbrowser"}


# --- how it ends ------------------------------------------------------------------------------------------------


def test_exit_codes_are_those_of_the_design() -> None:
    assert (errors.FAILED, errors.TRY_AGAIN, errors.CONFIGURATION) == (1, 75, 78)


@pytest.mark.parametrize(
    ("verdicts", "faults", "code"),
    [
        ((), (), 0),
        (("new", "quiet", "duplicate"), (), 0),
        (("suspect",), (), 1),
        (("new", "quarantined"), (), 1),
        (("new",), (UnsettledDump("a", "b"),), 75),
        ((), (UnsettledDump("a", "b"), DigestError("a", "b")), 1),
        (("quarantined",), (UnsettledDump("a", "b"),), 1),
        ((), (Waiting("a", "failed once"),), 75),
        (("new",), (Waiting("a", "failed once"), UnsettledDump("a", "b"), TryLater("a", "answers 429", DAY)), 75),
        ((), (Waiting("a", "failed once"), FetchError("a", "answers 404")), 1),
    ],
)
def test_exit_code_follows_from_dumps_and_faults(
    verdicts: tuple[str, ...], faults: tuple[DigestError, ...], code: int
) -> None:
    reports = [DumpReport("x", "", verdict) for verdict in verdicts]  # type: ignore[arg-type]  # words of the table
    assert exit_code(reports, faults) == code


def test_one_fault_of_a_configuration_is_one_line_and_many_are_one_each() -> None:
    assert str(ConfigError("c", ("title: bad",))) == "c: title: bad"
    assert str(ConfigError("c", ("a: bad", "b: bad"))) == "c: not usable:\n  a: bad\n  b: bad"


def test_name_that_would_steer_the_terminal_is_escaped() -> None:
    fault = DigestError("a\x1b[2J\nb\udcff", "is odd", "rename it")
    assert str(fault) == r"a\x1b[2J\nb\udcff: is odd (rename it)"


def test_interrupt_is_one_line(mine: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("digest.pipeline.run", stop)
    answer = mine("run")
    assert (answer.code, len(answer.problems), "nothing is lost" in answer.err) == (130, 1, True)


def test_interrupt_from_the_keyboard_is_one_line_and_the_next_run_goes_on(mine: Run, tmp_path: Path) -> None:
    path = drop(page(GRAPHS))
    os.utime(path, (time.time() + 60, time.time() + 60))  # so that the run waits two seconds for it to settle
    command = [sys.executable, "-m", "digest", "run"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        until(lambda: in_the_ledger(tmp_path / "digest.db"))  # before, Python itself may end it while it imports
        time.sleep(0.5)  # and what a run needs first is imported then; now it waits
        running.send_signal(signal.SIGINT)
        try:
            out, err = running.communicate(timeout=PATIENCE)
        finally:
            running.kill()
    assert (running.returncode, out) == (130, "")
    assert [line for line in err.split("\n") if line] == ["digest: stopped; run it again to go on: nothing is lost"]
    drop(page(GRAPHS))
    assert mine("run", "--json").json["editions"][0]["papers"] == 1


def in_the_ledger(database: Path) -> bool:
    """Whether a run has begun."""
    with suppress(sqlite3.OperationalError), closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as read:
        return read.execute("SELECT 1 FROM run").fetchone() is not None
    return False


def until(true: Callable[[], bool]) -> None:
    """Wait for something that another process does."""
    for _ in range(int(PATIENCE / 0.01)):
        if true():
            return
        time.sleep(0.01)
    pytest.fail("it never happened")


def test_mistake_of_ours_is_one_line_that_says_so(mine: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("digest.pipeline.run", wrong)
    answer = mine("run")
    assert (answer.code, "please report" in answer.err, len(answer.problems)) == (1, True, 1)
    monkeypatch.setenv("DIGEST_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        cli.main(["run"])


def test_full_disk_says_what_helps(mine: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "digest.db")

    monkeypatch.setattr("digest.pipeline.run", full)
    answer = mine("run")
    assert answer.code == 1
    assert answer.problems == [
        "digest: digest.db: No space left on device (free some space and run again: nothing is lost)"
    ]


def test_output_that_can_not_be_written_is_one_line(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    command = f"{sys.executable} -m digest topics > /dev/full"
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr.count("\n"), "No space" in done.stderr) == (1, 1, True)


def test_reader_that_went_away_is_no_fault(mine: Run, tmp_path: Path) -> None:
    command = f"{sys.executable} -m digest topics | head -1"
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stderr, done.stdout.count("\n")) == ("", 1)
    assert mine("topics").code == 0


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_terminal_without_unicode_gets_escapes_and_programs_get_json(encoding: str, mine: Run, tmp_path: Path) -> None:
    title = "Łódź → 東京: Graph Neural Networks by Night 🦉"
    drop(page((title, GRAPHS[1]), MAPLE))
    assert mine("run").code == 0
    shown = process(["papers"], tmp_path, PYTHONIOENCODING=encoding)
    assert (shown.code, "Graph Neural Networks by Night" in shown.out, shown.err) == (0, True, "")
    told = process(["papers", "--json"], tmp_path, PYTHONIOENCODING=encoding)
    assert title in {paper["title"] for paper in json.loads(told.out)}


# --- tables -----------------------------------------------------------------------------------------------------


def test_table_on_a_terminal_is_drawn_and_elsewhere_has_tabs(mine: Run, tmp_path: Path) -> None:
    drop(page(("Graph Networks [with] Brackets", GRAPHS[1]), MAPLE))
    assert mine("run").code == 0
    head, *rows = mine("papers").out.strip().split("\n")
    assert head.split("\t") == ["id", "title", "topics", "listed"]
    assert {row.count("\t") for row in rows} == {3}
    code, shown = on_a_terminal(["papers"], tmp_path)
    assert (code, "\t" in shown, "[with] Brackets" in shown) == (0, False, True)


def test_terminal_that_wants_no_colour_gets_none(mine: Run, tmp_path: Path) -> None:
    drop(page(GRAPHS, MAPLE))
    mine("run")
    assert "\x1b[1m" in on_a_terminal(["search", "timetables"], tmp_path, TERM="xterm")[1]
    assert "\x1b" not in on_a_terminal(["search", "timetables"], tmp_path, TERM="xterm", NO_COLOR="1")[1]
    assert not re.search(r"\x1b\[[349]", on_a_terminal(["papers"], tmp_path, TERM="xterm", NO_COLOR="1")[1])


def test_columns_stand_below_each_other_numbers_to_the_right() -> None:
    text = aligned(("NAME", "COUNT", "LAST"), [("a", 7, None), ("longer", 1234, "today")])
    assert text.split("\n") == ["NAME    COUNT  LAST", "a           7", "longer   1234  today"]


# --- the clock --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "zone", "meant"),
    [
        ("2026-11-20T07:00+01:00", "UTC", "2026-11-20T06:00:00+00:00"),
        ("2026-11-20T07:00", "Asia/Tokyo", "2026-11-19T22:00:00+00:00"),
        ("2026-11-20", "Pacific/Auckland", "2026-11-19T23:00:00+00:00"),
        ("20261120", "UTC", "2026-11-20T12:00:00+00:00"),
    ],
)
def test_time_is_meant_in_the_configured_zone_and_a_day_is_its_noon(written: str, zone: str, meant: str) -> None:
    here = config.parse(f'time_zone = "{zone}"', Path())
    assert clock(moment(written), here).isoformat() == meant


def test_time_without_a_configuration_is_utc() -> None:
    assert clock(moment("2026-11-20T07:00")).isoformat() == "2026-11-20T07:00:00+00:00"
    assert clock().tzinfo is not None


@pytest.mark.parametrize("written", ["yesterday", "2026-13-01", "0001-01-01T00:00+05:00", "9999-12-31", ""])
def test_time_that_is_none_is_refused(written: str, mine: Run) -> None:
    code, _, err = mine("run", "--as-of", written)
    assert (code, "--as-of" in err) == (2, True)
