"""The command line as its users meet it: what it prints, the JSON that programs rely on, and its exit codes."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from digest import cli, config
from digest.commands.common import clock, moment
from tests.fakes import LONG_AGO, card, page

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., tuple[int, str, str]]

LARCH, MAPLE, NUTMEG = (card(name, "graph neural networks") for name in ("Larch", "Maple", "Nutmeg"))
GRAPHS = ("Graph Neural Networks on Sunday Timetables", LARCH[1])


@pytest.fixture
def digest(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run one command in a folder of its own; answers exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    for name in ("DIGEST_CONFIG", "DIGEST_TRACEBACK", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "stdin", io.StringIO())

    def run(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            cli.main([str(word) for word in words])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return int(end.value.code or 0), out, err

    return run


@pytest.fixture
def mine(digest: Run, tmp_path: Path) -> Run:
    """The same, in a folder that `digest init` made."""
    assert digest("init", ".")[0] == 0
    assert (tmp_path / "config.toml").exists()
    return digest


def drop(text: str | bytes, name: str = "2026-11-16.txt") -> Path:
    path = Path("dumps") / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path


def told(answer: tuple[int, str, str]) -> Any:  # noqa: ANN401 - JSON
    return json.loads(answer[1])


# --- JSON that other programs rely on ---------------------------------------------------------------------------


def test_parse_prints_each_paper_once_with_all_that_the_page_says(mine: Run) -> None:
    path = drop(page((*GRAPHS, "2611.00009"), MAPLE, MAPLE))
    answer = told(mine("parse", path, "--json"))
    assert {"parser", "listed_on", "date_from", "papers", "rejects", "lines", "repeated"} <= set(answer)
    assert (answer["listed_on"], answer["date_from"], answer["rejects"]) == ("2026-11-16", "file name", [])
    first, second = answer["papers"]
    assert first["ids"] == {"arxiv": "2611.00009"}
    assert second | {"title": "", "abstract": ""} == {
        "title": "",
        "abstract": "",
        "authors": [],
        "author_count": None,
        "organisation": None,
        "published": None,
        "comments": None,
        "upvotes": None,
        "url": None,
        "ids": {},
        "categories": [],
        "announce": None,
    }
    assert answer["repeated"] == 1
    assert sum(answer["lines"].values()) == path.read_text().count("\n")


def test_ingest_counts_add_up(mine: Run) -> None:
    one, two = drop(page(GRAPHS, MAPLE)), drop(page(MAPLE, NUTMEG, NUTMEG), "2026-11-17.txt")
    dumps = told(mine("ingest", one, two, "--json"))["dumps"]
    assert [
        (d["name"], d["verdict"], d["listed"], d["new"], d["withheld"], d["known"], d["repeated"], d["rejected"])
        for d in dumps
    ] == [
        ("2026-11-16.txt", "new", 2, 2, 0, 0, 0, 0),
        ("2026-11-17.txt", "new", 3, 1, 0, 1, 1, 0),
    ]
    assert {"sha256", "listed_on", "note"} <= set(dumps[0])
    assert told(mine("ingest", one, "--json"))["dumps"][0]["verdict"] == "duplicate"


def test_run_tells_its_verdict_editions_and_deliveries(mine: Run) -> None:
    drop(page(GRAPHS, MAPLE))
    report = told(mine("run", "--as-of", "2026-11-16", "--json"))
    assert (report["verdict"], report["errors"]) == ("new", [])
    assert report["deliveries"] == {"queued": 0, "in_doubt": 0, "sent": 1, "dead": 0, "held": 0, "cancelled": 0}
    (edition,) = report["editions"]
    assert (edition["digest"], edition["number"], edition["slot"], edition["papers"]) == ("daily", 1, None, 2)
    assert edition["topics"]["graphs"] == 1
    again = told(mine("run", "--json"))
    assert (again["verdict"], again["dumps"], again["editions"]) == ("quiet", [], [])


def test_papers_editions_and_outbox_are_told(mine: Run) -> None:
    drop(page((*GRAPHS, "2611.00009")))
    mine("run")
    (paper,) = told(mine("papers", "--json"))
    assert {"id", "title", "abstract", "url", "ids", "topics", "first_seen", "listed_on", "sightings"} <= set(paper)
    assert (paper["topics"], paper["ids"], paper["sightings"]) == (["graphs"], {"arxiv": "2611.00009"}, 1)
    (edition,) = told(mine("editions", "--json"))
    assert {"digest", "number", "slot", "created", "papers", "url"} <= set(edition)
    assert edition["url"] is None
    (delivery,) = told(mine("outbox", "--json"))
    assert (delivery["edition"], delivery["to"], delivery["state"], delivery["attempts"]) == (
        1,
        "reader@localhost",
        "sent",
        1,
    )
    assert delivery["message_id"].startswith("<")
    assert told(mine("outbox", "--state", "queued", "--json")) == []


def test_explain_gives_topics_with_score_and_terms(digest: Run) -> None:
    (topic, *_) = told(digest("explain", GRAPHS[0], "--json"))["topics"]
    assert (topic["topic"], topic["fallback"]) == ("graphs", False)
    assert topic["score"] >= 4
    assert "graph neural network" in " ".join(topic["terms"]).lower()
    assert told(digest("explain", "Editorial", "--json")) == {"topics": []}


def test_search_marks_what_it_found(mine: Run) -> None:
    drop(page(GRAPHS, MAPLE))
    mine("run")
    (hit,) = told(mine("search", "timetab*", "--json"))
    assert hit["title_marked"] == "Graph Neural Networks on Sunday **Timetables**"
    assert "nothing found" in mine("search", "zeppelin")[1]
    assert "*Timetables*" in mine("search", "timetables")[1]


# --- for people -------------------------------------------------------------------------------------------------


def test_help_lists_every_command_and_each_has_its_own(digest: Run) -> None:
    code, out, _ = digest("--help")
    assert code == 0
    for name, (_, line) in cli.COMMANDS.items():
        assert name in out
        assert line.split()[0] in out
        assert digest(name, "--help")[0] == 0


def test_misspelt_command_is_told_the_nearest(digest: Run) -> None:
    code, _, err = digest("serch", "x")
    assert (code, "'search'" in err) == (2, True)


def test_tables_are_read_by_people(mine: Run) -> None:
    drop(page(GRAPHS, MAPLE))
    mine("run")
    assert GRAPHS[0] in mine("papers")[1]
    assert "daily" in mine("editions")[1]
    assert "sent" in mine("outbox")[1]
    assert "Graph learning" in mine("topics")[1]
    assert "strong" in mine("topics", "graphs")[1]
    assert "graphs" in mine("explain", "1")[1]
    assert "No topic" in mine("explain", "Editorial")[1]
    assert mine("topics", "grafs")[0] == 2
    assert mine("explain", "999")[0] == 2
    assert "read by" in mine("parse", "dumps/2026-11-16.txt")[1]
    assert [t["id"] for t in told(mine("topics", "graphs", "--json"))] == ["graphs"]


def test_explain_reads_a_file_whose_first_line_is_the_title(digest: Run) -> None:
    Path("paper.txt").write_text(f"{GRAPHS[0]}\n{GRAPHS[1]}\n")
    assert "graphs" in digest("explain", "paper.txt")[1]


def test_explain_reads_standard_input(digest: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("in.txt").write_text(GRAPHS[0])
    with Path("in.txt").open() as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        assert "graphs" in digest("explain", "-")[1]


def test_preview_shows_the_next_edition_and_records_nothing(mine: Run, tmp_path: Path) -> None:
    drop(page(GRAPHS, MAPLE))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    code, out, _ = mine("preview", "--as-of", "2026-11-16")
    assert (code, GRAPHS[0] in out, out.startswith("Subject: 2 new papers")) == (0, True, True)
    assert "<html" in mine("preview", "--html")[1]
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    mine("run")
    assert "Nothing new" in mine("preview")[1]
    assert mine("preview", "--digest", "nightly")[0] == 2


def test_preview_opens_a_browser(mine: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    drop(page(GRAPHS))
    mine("preview", "--open")
    (url,) = opened
    path = Path(url.removeprefix("file://"))
    assert GRAPHS[0] in path.read_text()
    path.unlink()


def test_build_writes_only_what_changed(mine: Run) -> None:
    drop(page(GRAPHS))
    mine("run")
    assert "nothing has changed" in mine("build")[1]
    (Path("public") / "index.html").unlink()
    assert told(mine("build", "--json"))["changed"] == ["index.html"]


def test_status_begins_with_the_answer(mine: Run) -> None:
    assert mine("status")[0] == 1
    drop(page(GRAPHS))
    mine("run")
    code, out, _ = mine("status")
    assert (code, "\nOK " in out) == (0, True)
    mine("run")
    assert "\nQUIET " in mine("status")[1]
    drop(b"\x00\x01\xfe" * 99, "junk.txt")
    assert mine("run")[0] == 1
    code, out, _ = mine("status")
    assert (code, "\nBROKEN " in out, "junk.txt" in out) == (1, True, True)
    answer = mine("status", "--json")
    assert (answer[0], told(answer)["word"]) == (1, "BROKEN")
    assert mine("run")[0] == 0
    assert "\nBROKEN " in mine("status")[1], "a source whose last dump can't be read is no quiet one"
    drop(page(GRAPHS, day="Nov 17"), "2026-11-17.txt")
    mine("run")
    assert "\nQUIET " in mine("status")[1]


def test_requeue_tells_first_and_applies_on_consent(mine: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    drop(b"\x00\x01\xfe" * 99, "2026-11-16.dat")
    mine("run")
    assert "still not readable" in mine("requeue")[1]
    from digest.parsers import huggingface_page  # noqa: PLC0415 - the mended parser

    def mended(dump: Any) -> Any:  # noqa: ANN401 - a parser
        from dataclasses import replace  # noqa: PLC0415

        return huggingface_page.parse(replace(dump, body=page(GRAPHS).encode()))

    monkeypatch.setattr("digest.pipeline.parse", lambda dump, *_: mended(dump))
    assert "1 new, 0 revised, 0 retracted" in mine("requeue")[1]
    assert told(mine("papers", "--json")) == []
    assert "Applied" in mine("requeue", "--yes")[1]
    assert [paper["title"] for paper in told(mine("papers", "--json"))] == [GRAPHS[0]]
    assert told(mine("run", "--json"))["editions"][0]["papers"] == 1
    assert mine("requeue", "none.txt")[0] == 2
    assert "No dump is quarantined" in mine("requeue")[1]
    assert "0 new" in mine("requeue", "--all")[1]


def test_dead_mail_can_be_retried_and_cancelled(mine: Run) -> None:
    drop(page(GRAPHS))
    Path("mail").write_text("in the way")
    code, _, err = mine("run")
    assert (code, "mail" in err) == (1, True)
    assert "1 delivery cancelled" in mine("outbox", "cancel", "1")[1]
    assert mine("outbox", "retry", "1")[0] == 1
    assert mine("outbox", "retry", "7")[0] == 1


def test_init_never_overwrites_and_refuses_what_the_configuration_would(digest: Run, tmp_path: Path) -> None:
    assert digest("init", "a", "--title", "Mine", "--topics", "graphs,llm", "--to", "a@example.org")[0] == 0
    text = (tmp_path / "a" / "config.toml").read_text()
    assert all(word in text for word in ('"Mine"', '"graphs"', '"a@example.org"'))
    assert digest("init", "a")[0] == 1
    code, _, err = digest("init", "b", "--topics", "grafs")
    assert (code, '"graphs"' in err, (tmp_path / "b").exists()) == (78, True, False)


def test_demo_shows_a_mail_twice_and_touches_nothing_else(digest: Run, tmp_path: Path) -> None:
    for _ in range(2):
        code, out, err = digest("demo")
        assert (code, err) == (0, "")
        assert "quiet" in out
        assert "Subject: " in out
        assert "index.html" in out
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "digest.db").write_text("dear")
    assert digest("demo", "archive")[0] == 1
    assert (tmp_path / "archive" / "digest.db").read_text() == "dear"


# --- bad input --------------------------------------------------------------------------------------------------


def test_no_configuration_says_how_to_make_one(digest: Run) -> None:
    code, _, err = digest("run")
    assert (code, "digest init" in err) == (78, True)


def test_nothing_taken_in_yet_says_what_does_it(mine: Run) -> None:
    code, _, err = mine("papers")
    assert (code, "digest run" in err) == (1, True)


def test_all_faults_of_a_configuration_are_told_at_once(mine: Run) -> None:
    Path("config.toml").write_text('titel = "x"\ntime_zone = "Mars"\n[[digest]]\nname = "A b"\ntopics = ["grafs"]\n')
    code, _, err = mine("run")
    assert code == 78
    assert all(word in err for word in ("titel", "Mars", "digest[0].name", "graphs"))


KINDS: dict[str, bytes] = {
    "empty": b"",
    "binary": bytes(range(256)) * 20,
    "nul": b"\x00" * 4096,
    "one line of 50 MB": b"x" * 50_000_000,
    "prose": b"Dear all,\nthe meeting is at ten.\n",
    "json": b'{"papers": []}',
    "html": b"<!doctype html><html><body><p>hello</p></body></html>",
}


@pytest.mark.parametrize("kind", KINDS)
def test_dump_that_is_none_is_quarantined_with_one_line_and_kept(kind: str, mine: Run) -> None:
    drop(page(GRAPHS))
    drop(KINDS[kind], "bad.txt")
    code, out, _ = mine("run")
    lines = [line for line in out.split("\n") if "bad.txt" in line]
    assert (code, len(lines), lines[0].split()[0]) == (1, 1, "quarantined")
    assert len(lines[0]) < 400
    assert "No. 1 of daily: 1 papers" in out or "No. 1 of daily: 1 paper" in out


def test_what_is_no_file_is_refused_by_name(mine: Run) -> None:
    os.mkfifo("fifo")
    Path("link").symlink_to("config.toml")
    with Path("sparse").open("wb") as file:
        file.truncate(10 * 2**30)
    for name, word in (
        ("fifo", "fifo"),
        ("link", "symbolic link"),
        ("sparse", "max_dump_bytes"),
        ("dumps", "folder"),
        ("no", "no such"),
    ):
        code, _, err = mine("ingest", name)
        assert (code, err.count("\n"), word in err) == (1, 1, True), err
        assert mine("parse", name)[0] == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_encoding_and_line_end_reads_the_same(encoding: str, newline: str, mine: Run) -> None:
    text = page(GRAPHS, MAPLE).replace("\n", newline)
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    path = drop(mark + text.encode(encoding))
    assert [p["title"] for p in told(mine("parse", path, "--json"))["papers"]] == [GRAPHS[0], MAPLE[0]]


def test_hostile_title_is_text_everywhere(mine: Run) -> None:
    title = "A <script>alert(1)</script> Method =?utf-8?q?=0ABcc:x?= with \u202e Turns & \x07 Bells"
    drop(page((title, LARCH[1]), MAPLE))
    assert mine("run")[0] == 0
    for path in Path("public").rglob("*.html"):
        assert "<script>" not in path.read_text()
    (mail,) = Path("mail/new").iterdir()
    assert b"\nBcc:" not in mail.read_bytes()


def test_output_folder_that_is_a_file_is_told_and_recovers(mine: Run) -> None:
    drop(page(GRAPHS))
    Path("public").write_text("in the way")
    code, _, err = mine("run")
    assert (code, "public" in err, err.count("\n")) == (1, True, 1)
    Path("public").unlink()
    assert mine("run")[0] == 0
    assert Path("public/index.html").exists()


def test_database_that_is_something_else_is_left_alone(mine: Run) -> None:
    Path("digest.db").write_text("a letter to a friend " * 99)
    code, _, err = mine("run")
    assert (code, "digest.db" in err) == (1, True)
    assert Path("digest.db").read_text().startswith("a letter")


def test_file_still_being_written_is_waited_for(mine: Run) -> None:
    path = drop(page(GRAPHS))
    os.utime(path)
    assert told(mine("run", "--json"))["verdict"] == "new"


def test_interrupt_is_one_line(digest: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("digest.pipeline.run", stop)
    digest("init", ".")
    code, _, err = digest("run")
    assert (code, "nothing is lost" in err) == (130, True)


def test_mistake_of_ours_is_one_line_that_says_so(mine: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("digest.pipeline.run", wrong)
    code, _, err = mine("run")
    assert (code, "please report" in err, err.count("\n")) == (1, True, 1)


def test_reader_that_went_away_is_no_fault(mine: Run, tmp_path: Path) -> None:
    command = f"{sys.executable} -m digest topics | head -1"
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stderr, done.stdout.count("\n")) == ("", 1)
    assert mine("topics")[0] == 0


def test_help_imports_nothing_heavy() -> None:
    code = "import sys, digest.cli; print(sorted({m.partition('.')[0] for m in sys.modules}))"
    bare = {name: value for name, value in os.environ.items() if not name.startswith("COV")}  # coverage imports more
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True, env=bare
    )
    assert not {"pydantic", "jinja2", "sqlite_utils", "rich", "sqlite3"} & set(
        json.loads(done.stdout.replace("'", '"'))
    )


def test_init_asks_three_questions_on_a_terminal_and_again_after_a_wrong_answer(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "digest", "init", "mine"]
    with subprocess.Popen(command, cwd=tmp_path, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        os.write(ours, b"My Papers\ngrafs\ngraphs, llm\nnobody\nme@example.org\n")
        shown = b""
        with contextlib.suppress(OSError):  # the other end is closed
            while piece := os.read(ours, 4096):
                shown += piece
    os.close(ours)
    assert process.returncode == 0, shown
    text = (tmp_path / "mine" / "config.toml").read_text()
    assert all(word in text for word in ('"My Papers"', '["graphs", "llm"]', '["me@example.org"]'))
    assert shown.count(b"Error") == 2
    assert b'did you mean "graphs"' in shown


def test_commands_that_demo_prints_can_be_typed(digest: Run, tmp_path: Path) -> None:
    out = digest("demo")[1]
    line = next(line for line in out.split("\n") if line.endswith("editions"))
    done = subprocess.run(
        ["sh", "-c", line.strip()], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stderr, "daily\t4\t2026-11-20\t25" in done.stdout) == ("", True)


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


@pytest.mark.parametrize("written", ["yesterday", "2026-13-01", "0001-01-01T00:00+05:00", "9999-12-31", ""])
def test_time_that_is_none_is_refused(written: str, mine: Run) -> None:
    code, _, err = mine("run", "--as-of", written)
    assert (code, "--as-of" in err) == (2, True)
