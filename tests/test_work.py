"""The commands that change something: what they print, and what they leave."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digest.commands.answers import tell_run
from digest.models import Fetched, OutboxCounts, RunReport
from digest.sources.folder import Folder
from digest.store import Store, run_lock
from tests.commandline import GRAPHS, LARCH, MAPLE, NUTMEG, drop, everything, on_a_terminal, process
from tests.fakes import DAY, LONG_AGO, page

if TYPE_CHECKING:
    from tests.commandline import Run

OUTSIDE = ("A Short History of Umbrella Handles", "Umbrellas have handles. Nobody has asked why, and so we did not.")


# --- ingest -----------------------------------------------------------------------------------------------------


def test_ingest_counts_add_up(mine: Run) -> None:
    one, two = drop(page(GRAPHS, MAPLE)), drop(page(MAPLE, NUTMEG, NUTMEG), "2026-11-17.txt")
    dumps = mine("ingest", one, two, "--json").json["dumps"]
    assert [
        (d["name"], d["verdict"], d["listed"], d["new"], d["withheld"], d["known"], d["repeated"], d["rejected"])
        for d in dumps
    ] == [
        ("2026-11-16.txt", "new", 2, 2, 0, 0, 0, 0),
        ("2026-11-17.txt", "new", 3, 1, 0, 1, 1, 0),
    ]
    assert set(dumps[0]) == {
        *("name", "sha256", "verdict", "listed_on", "listed", "new"),
        *("withheld", "known", "repeated", "rejected", "note", "announced", "same_as"),
    }
    assert (dumps[0]["listed_on"], dumps[0]["note"], len(dumps[0]["sha256"])) == ("2026-11-16", None, 64)


def test_same_bytes_again_are_a_duplicate(mine: Run) -> None:
    one = drop(page(GRAPHS))
    mine("ingest", one)
    (again,) = mine("ingest", one, "--json").json["dumps"]
    assert (again["verdict"], again["listed"], again["new"]) == ("duplicate", 0, 0)
    assert mine("ingest", one).out == "duplicate   2026-11-16.txt: the same bytes as before\n"


def test_dumps_that_came_again_under_their_names_are_one_line(mine: Run) -> None:
    days = [drop(page((f"{GRAPHS[0]}: Day {n}", GRAPHS[1])), f"2026-11-{n}.txt") for n in range(10, 22)]
    mine("ingest", *days)
    other = drop(days[0].read_bytes(), "copy.txt")
    assert mine("ingest", *days, other).out.split("\n") == [
        "duplicate   12 dumps, 2026-11-10.txt to 2026-11-21.txt: the same bytes as before",
        "duplicate   copy.txt: the same bytes as 2026-11-10.txt",
        "",
    ]


def test_baseline_is_known_and_never_news(mine: Run) -> None:
    (dump,) = mine("ingest", drop(page(GRAPHS, MAPLE)), "--baseline", "--json").json["dumps"]
    assert (dump["new"], dump["withheld"]) == (2, 2)
    drop(page(GRAPHS, NUTMEG), "2026-11-17.txt")
    report = mine("run", "--json").json
    assert [edition["papers"] for edition in report["editions"]] == [1]
    assert (
        "2 listed = 1 new (1 withheld) + 1 known + 0 repeated"
        in mine("ingest", drop(page(MAPLE, OUTSIDE), "old.txt"), "--baseline").out
    )


def test_ingest_without_files_takes_what_the_sources_have_and_publishes_nothing(mine: Run) -> None:
    drop(page(GRAPHS))
    answer = mine("ingest")
    assert answer.out == "new         2026-11-16.txt: 1 listed = 1 new + 0 known + 0 repeated\n"
    assert mine("editions", "--json").json == []
    assert not Path("mail").exists()


def test_day_without_a_date_of_its_own_is_the_day_that_is_asked_for(mine: Run) -> None:
    text = page(GRAPHS, MAPLE).replace("Nov 16\n", "")
    (dump,) = mine("ingest", drop(text, "saved.txt"), "--as-of", "2026-03-01", "--json").json["dumps"]
    assert dump["listed_on"] == "2026-03-01"


def test_what_was_ingested_can_be_found_at_once(mine: Run) -> None:
    mine("ingest", drop(page(GRAPHS)))
    assert [hit["title"] for hit in mine("search", "timetables", "--json").json] == [GRAPHS[0]]


# --- run --------------------------------------------------------------------------------------------------------


def test_run_tells_its_verdict_editions_and_deliveries(mine: Run) -> None:
    drop(page(GRAPHS, MAPLE))
    report = mine("run", "--as-of", "2026-11-16", "--json").json
    assert set(report) == {"verdict", "dumps", "editions", "deliveries", "errors"}
    assert (report["verdict"], report["errors"], len(report["dumps"])) == ("new", [], 1)
    assert {state: n for state, n in report["deliveries"].items() if n} == {"sent": 1}
    (edition,) = report["editions"]
    assert set(edition) == {"digest", "number", "slot", "papers", "topics"}
    assert (edition["digest"], edition["number"], edition["slot"], edition["papers"]) == ("daily", 1, None, 2)
    assert edition["topics"]["graphs"] == 1


def test_run_with_nothing_new_is_quiet_and_changes_nothing_that_is_read(mine: Run) -> None:
    drop(page(GRAPHS, MAPLE))
    mine("run")
    before = everything(Path("public")) | everything(Path("mail"))
    answer = mine("run", "--json")
    assert (answer.code, answer.json["verdict"], answer.json["dumps"], answer.json["editions"]) == (0, "quiet", [], [])
    assert everything(Path("public")) | everything(Path("mail")) == before
    assert mine("run").out == "quiet: no mail was due\n"


def test_run_tells_people_what_happened_verdict_last(mine: Run) -> None:
    drop(page(GRAPHS, MAPLE))
    assert mine("run").out.split("\n") == [
        "new         2026-11-16.txt: 2 listed = 2 new + 0 known + 0 repeated",
        "No. 1 of daily: 2 papers",
        "new: 1 mail delivered",
        "",
    ]


def test_run_of_a_beginner_says_where_to_put_the_first_page(mine: Run, tmp_path: Path) -> None:
    nothing = f"quiet: no mail was due\nNothing has come in yet: put a saved page into {tmp_path}/dumps\n"
    assert mine("run").out == nothing
    drop(page(GRAPHS))
    mine("run")
    assert mine("run").out == "quiet: no mail was due\n"


@pytest.mark.parametrize(
    ("outbox", "said"),
    [
        (OutboxCounts(), "no mail was due"),
        (OutboxCounts(queued=1), "1 mail still waits"),
        (OutboxCounts(queued=2, in_doubt=1, sent=1), "1 mail delivered, 3 mails still wait"),
        (OutboxCounts(dead=2), "2 mails refused for good"),
        (OutboxCounts(held=1, sent=2), '2 mails delivered, 1 mail held: "digest outbox" says why'),
    ],
)
def test_run_says_what_became_of_the_mails(outbox: OutboxCounts, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    tell_run(RunReport("partial", deliveries=outbox))
    assert capsys.readouterr().out == f"partial: {said}\n"


@pytest.mark.parametrize("parser", ["my_parser:read", "my_parser:NAME", "broken_parser:parse", "my_parser.sub:parse"])
def test_parser_that_can_not_be_used_is_told_before_anything_is_read(
    parser: str, mine: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_parser.py").write_text("NAME = 'x'\n")
    (tmp_path / "broken_parser.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("my_parser", "broken_parser"):
        sys.modules.pop(name, None)
    Path("config.toml").write_text(f'[[source]]\nname = "dumps"\nparser = "{parser}"\n')
    drop(page(GRAPHS))
    answer = mine("run")
    assert (answer.code, answer.err.startswith("digest: config.toml: [[source]] dumps, parser: ")) == (78, True)
    assert mine("status").code == 1, "those that read no dump work"


def test_partial_run_does_what_it_can_and_says_what_it_could_not(mine: Run) -> None:
    drop(page(GRAPHS))
    drop(b"\x00\x01\xfe" * 99, "junk.bin")
    os.mkfifo("dumps/pipe")
    answer = mine("run", "--json")
    assert (answer.code, answer.json["verdict"]) == (1, "partial")
    assert {dump["name"]: dump["verdict"] for dump in answer.json["dumps"]} == {
        "2026-11-16.txt": "new",
        "junk.bin": "quarantined",
    }
    (error,) = answer.json["errors"]
    assert "dumps/pipe: is a fifo" in error
    assert answer.problems == [f"digest: {error}"]
    assert answer.json["editions"][0]["papers"] == 1


def test_file_still_being_written_is_for_the_next_run(mine: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    path = drop(page(GRAPHS))
    os.utime(path)

    def meanwhile(_: float) -> None:
        with path.open("a") as file:
            file.write("\n")

    monkeypatch.setattr("digest.commands.wiring.Folder", partial(Folder, sleep=meanwhile))
    answer = mine("run")
    assert (answer.code, len(answer.problems), "is still being written" in answer.err) == (75, 1, True)
    monkeypatch.setattr("digest.commands.wiring.Folder", Folder)
    os.utime(path, (LONG_AGO, LONG_AGO))
    assert mine("run", "--json").json["editions"][0]["papers"] == 1


def test_second_run_at_the_same_time_is_told_to_try_again(mine: Run, tmp_path: Path) -> None:
    drop(page(GRAPHS))
    with run_lock(tmp_path / "digest.db"):
        for words in (["run"], ["ingest"], ["build"], ["requeue"]):
            answer = mine(*words)
            assert (answer.code, len(answer.problems), "is running on this database" in answer.err) == (75, 1, True)
        assert f"process {os.getpid()}" in process(["run"], tmp_path).err
    assert mine("run").code == 0


def test_database_in_a_folder_that_does_not_exist_yet_is_made(mine: Run) -> None:
    Path("config.toml").write_text('database = "var/lib/papers.db"\n')
    drop(page(GRAPHS))
    assert mine("run").code == 0
    assert Path("var/lib/papers.db").exists()


# --- build ------------------------------------------------------------------------------------------------------


def test_build_writes_only_what_changed(mine: Run) -> None:
    drop(page(GRAPHS))
    mine("run")
    assert mine("build").out == "nothing has changed\n"
    (Path("public") / "index.html").unlink()
    assert mine("build", "--json").json == {"changed": ["index.html"]}
    (Path("public") / "index.html").unlink()
    assert mine("build").out.startswith("1 document written to ")


# --- preview ----------------------------------------------------------------------------------------------------


def test_preview_before_the_first_run_shows_the_next_edition_and_records_nothing(mine: Run, tmp_path: Path) -> None:
    drop(page(GRAPHS, MAPLE))
    before = everything(tmp_path)
    code, out, err = mine("preview", "--as-of", "2026-11-16")
    assert (code, err, GRAPHS[0] in out, out.startswith("Subject: 2 new papers")) == (0, "", True, True)
    assert "<html" in mine("preview", "--html").out
    assert everything(tmp_path) == before


def test_preview_after_runs_records_nothing_and_archives_nothing(mine: Run, tmp_path: Path) -> None:
    Path("config.toml").write_text('[[source]]\nname = "dumps"\nafter = "archive"\n')
    drop(page(GRAPHS))
    mine("run")
    drop(page(GRAPHS, MAPLE), "2026-11-17.txt")
    drop(b"junk\x00\x01\x02\x03", "junk.bin")
    before = everything(tmp_path)
    answer = mine("preview")
    assert (MAPLE[0] in answer.out, GRAPHS[0] in answer.out) == (True, False)
    assert everything(tmp_path) == before
    assert mine("run", "--json").json["editions"][0]["papers"] == 1


def test_preview_of_nothing_says_so(mine: Run) -> None:
    assert mine("preview").out == "Nothing new: there would be no edition.\n"
    Path("config.toml").write_text('[[digest]]\nname = "daily"\ntopics = ["graphs"]\nothers = "none"\n')
    drop(page(OUTSIDE))
    assert mine("preview").out == "Nothing new: there would be no edition.\n"


def test_preview_of_one_of_several_digests(mine: Run) -> None:
    Path("config.toml").write_text('[[digest]]\nname = "a"\n[[digest]]\nname = "b"\ntitle = "The Second"\n')
    drop(page(GRAPHS))
    assert "The Second" in mine("preview", "--digest", "b").out
    assert "The Second" not in mine("preview").out
    answer = mine("preview", "--digest", "nightly")
    assert (answer.code, "no digest 'nightly'; there is a, b" in answer.err) == (2, True)


def browser(folder: Path, ends: int) -> str:
    """A program that notes what it is to open."""
    path = folder / "browser"
    path.write_text(f'#!/bin/sh\necho "$1" >> {folder}/opened\nexit {ends}\n')
    path.chmod(0o755)
    return f"{path} %s"


def test_preview_opens_a_browser(mine: Run, tmp_path: Path) -> None:
    drop(page(GRAPHS))
    answer = process(["preview", "--open"], tmp_path, BROWSER=browser(tmp_path, 0))
    assert (answer.code, answer.out.startswith("Opened ")) == (0, True)
    opened = Path((tmp_path / "opened").read_text().strip().removeprefix("file://"))
    assert GRAPHS[0] in opened.read_text()
    opened.unlink()
    assert mine("preview").code == 0


def test_preview_without_a_browser_says_where_the_file_is(mine: Run, tmp_path: Path) -> None:
    drop(page(GRAPHS))
    answer = process(["preview", "--open"], tmp_path, BROWSER=browser(tmp_path, 1), PATH="/nowhere", DISPLAY="")
    assert (answer.code, "no browser" in answer.out) == (0, True)
    shown = Path(answer.out.split()[-1])
    assert GRAPHS[0] in shown.read_text()
    shown.unlink()
    assert mine("preview").code == 0


# --- requeue ----------------------------------------------------------------------------------------------------

PLUGIN = """
from datetime import date
from digest.models import ListedPaper, Listing

def parse(dump):
    lines = dump.body.decode("utf-8", "replace").splitlines()
    papers = tuple(ListedPaper(line[2:], abstract="A paper about " + line[2:]) for line in lines if line[:2] == "# ")
    return Listing("mine", date(2026, 11, 16), "retrieved", papers)
"""
PRIVATE = (
    b'{"format": "of my own"}\n# The Habits of Larch Trees in Winter Storms\n# The Habits of Maple Trees in Autumn\n'
)


@pytest.fixture
def quarantined(mine: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A dump in a format that only a parser of the owner's reads; the parser came after it."""
    drop(PRIVATE, "2026-11-16.own")
    answer = mine("run", "--json")
    assert (answer.code, answer.json["dumps"][0]["verdict"]) == (1, "quarantined")
    (tmp_path / "my_parser.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(tmp_path)
    sys.modules.pop("my_parser", None)
    Path("config.toml").write_text('[[source]]\nname = "dumps"\nparser = "my_parser:parse"\n')
    return mine


def test_requeue_reads_with_the_sources_parser_and_applies_on_consent(quarantined: Run) -> None:
    answer = quarantined("requeue")
    assert answer.out.split("\n")[:2] == [
        "2026-11-16.own: 2 new, 0 revised, 0 retracted",
        "Nothing was applied; --yes applies it.",
    ]
    assert quarantined("papers", "--json").json == []
    answer = quarantined("requeue", "--yes")
    assert (answer.code, "Applied" in answer.out) == (0, True)
    assert quarantined("run", "--json").json["editions"][0]["papers"] == 2
    assert quarantined("requeue").out == "No dump is quarantined or suspect.\n"


def test_requeue_as_baseline_is_no_news(quarantined: Run) -> None:
    quarantined("requeue", "--yes", "--baseline")
    assert len(quarantined("papers", "--json").json) == 2
    assert quarantined("run", "--json").json["verdict"] == "quiet"


@pytest.mark.parametrize(("typed", "papers"), [("y\n", 2), ("n\n", 0), ("\n", 0), ("\x04", 0)])
def test_requeue_asks_at_a_terminal(typed: str, papers: int, quarantined: Run, tmp_path: Path) -> None:
    _, shown = on_a_terminal(["requeue"], tmp_path, typed, PYTHONPATH=f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}")
    assert "Apply this?" in shown
    assert len(quarantined("papers", "--json").json) == papers


def test_requeue_of_what_still_can_not_be_read_says_so(mine: Run) -> None:
    drop(b"\x00\x01\xfe" * 99, "junk.bin")
    mine("run")
    answer = mine("requeue")
    assert (answer.code, "junk.bin: still not readable" in answer.out) == (0, True)


def test_requeue_of_a_dump_whose_bytes_are_not_kept_says_so(mine: Run) -> None:
    config = Path("config.toml")
    config.write_text(config.read_text().replace('keep_dumps = "all"', 'keep_dumps = "30 days"'))
    drop(page(GRAPHS))
    mine("run", "--as-of", "2026-11-16")
    mine("run", "--as-of", "2027-01-16")
    answer = mine("requeue", "2026-11-16.txt")
    assert (answer.code, answer.out) == (0, "2026-11-16.txt: its bytes are not kept any more\n")
    assert len(mine("papers", "--json").json) == 1


def test_parser_that_fails_while_requeued_is_told_not_raised(quarantined: Run, tmp_path: Path) -> None:
    (tmp_path / "my_parser.py").write_text("def parse(dump):\n    return 1 / 0\n")
    answer = quarantined("requeue", "--yes")
    assert (answer.code, "ZeroDivisionError" in answer.out) == (0, True)


def test_dismissed_dump_can_be_read_after_all(quarantined: Run) -> None:
    assert (
        quarantined("requeue", "--dismiss", "2026-11-16.own").out == "2026-11-16.own: dismissed; its bytes are kept\n"
    )
    assert quarantined("requeue", "--dismiss", "2026-11-16.own").out == "2026-11-16.own: was dismissed before\n"
    assert quarantined("requeue", "--yes").out == "No dump is quarantined or suspect.\n"
    assert "2 new" in quarantined("requeue", "2026-11-16.own", "--yes").out
    again = quarantined("requeue", "--dismiss", "2026-11-16.own")
    assert (again.code, again.out) == (0, "2026-11-16.own: was read: there is nothing to dismiss\n")


def test_dismissing_reads_nothing(mine: Run) -> None:
    (dump,) = mine("ingest", drop(page(GRAPHS)), "--json").json["dumps"]
    assert mine("requeue", "--dismiss").out == "No dump is quarantined or suspect.\n"
    assert mine("requeue", "--dismiss", dump["sha256"][:12]).out.endswith("was read: there is nothing to dismiss\n")
    assert mine("requeue", "--dismiss", "none.txt").code == 2


def test_requeue_names_dumps_by_file_or_hash(mine: Run) -> None:
    (dump,) = mine("ingest", drop(page(GRAPHS)), "--json").json["dumps"]
    for word in ("2026-11-16.txt", dump["sha256"], dump["sha256"][:8]):
        assert mine("requeue", word).out == "2026-11-16.txt: 0 new, 0 revised, 0 retracted\n"
    assert "2026-11-16.txt" in mine("requeue", "--all").out
    for word in ("none.txt", dump["sha256"][:7]):
        answer = mine("requeue", word)
        assert (answer.code, f"no dump '{word}'" in answer.err) == (2, True)


# --- after a crash ----------------------------------------------------------------------------------------------


def test_dump_that_a_crash_left_is_settled_by_its_sources_parser_whatever_is_ingested_next(
    quarantined: Run, tmp_path: Path
) -> None:
    with Store(tmp_path / "digest.db") as store:
        store.dumps.own(Fetched("left.own", b"# " + LARCH[0].encode() + b"\n"), "dumps", now=DAY)
    other = drop(page(GRAPHS), "2026-11-17.txt")
    dumps = quarantined("ingest", other, "--json").json["dumps"]
    assert [(dump["name"], dump["verdict"]) for dump in dumps] == [("left.own", "new"), ("2026-11-17.txt", "new")]
