"""Whatever is handed in: one clear line for each problem, the right exit code, nothing lost, and never a traceback.

Most are tried within this process, since that is faster; `test_as_people_start_it` tries the same as real processes.
"""

from __future__ import annotations

import gzip
import os
import socket
from email import message_from_bytes, policy
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.commandline import GRAPHS, LARCH, MAPLE, NUTMEG, drop, everything, process
from tests.fakes import card, page

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.commandline import Run

GOOD = page(GRAPHS, MAPLE)


# --- dumps that are none: kept, named, read again by `requeue` ------------------------------------------------------

KINDS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "empty"),
    "white space": (b" \r\n\t\n" * 9, "empty"),
    "binary": (bytes(range(256)) * 20, ""),
    "NUL bytes": (b"\x00" * 4096, "empty"),
    "one line of 50 MB": (b"x" * 50_000_000, ""),
    "prose": (b"Dear all,\nthe meeting is at ten.\n", ""),
    "JSON": (b'{"papers": []}', "JSON"),
    "a web page": (b"<!doctype html><html><body><p>hello</p></body></html>", "HTML"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(200), ""),
    "half a gzip": (gzip.compress(GOOD.encode() * 99)[:200], ""),
    "invalid UTF-8 alone": (b"\xc3\x28\xff\xfe\xfa" * 99, ""),
    "odd UTF-16": (b"\xff\xfe" + "Dear all".encode("utf-16-le") + b"\x00", ""),
    "control characters": (bytes(range(1, 32)) * 40, ""),
}


@pytest.mark.parametrize("kind", KINDS)
def test_dump_that_is_none_is_quarantined_with_one_line_and_kept(kind: str, mine: Run) -> None:
    body, word = KINDS[kind]
    drop(GOOD)
    drop(body, "bad.txt")
    code, out, err = mine("run")
    (line,) = [line for line in out.split("\n") if "bad.txt" in line]
    assert (code, err, line.split()[0]) == (1, "", "quarantined")
    assert word in line
    assert len(line) < 300
    assert line.isprintable()
    assert "No. 1 of daily: 2 papers" in out, "the others are taken"
    answer = mine("parse", "dumps/bad.txt")
    assert (answer.code, answer.out, len(answer.problems)) == (1, "", 1)
    assert "bad.txt: still not readable" in mine("requeue").out, "its bytes are kept"
    assert mine("run").code == 0, "it is told once"


# --- what is not read at all ----------------------------------------------------------------------------------------


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(10 * 2**30)


def bomb(path: Path) -> None:
    """A few kilobytes that unpack to more than 64 MiB."""
    path.write_bytes(gzip.compress(bytes(70 * 2**20), 9))


def listening(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(os.path.relpath(path))  # a socket's whole path may not be long


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "a folder": (Path.mkdir, "is a folder, not a regular file"),
    "a fifo": (os.mkfifo, "is a fifo, not a regular file"),
    "a socket": (listening, ""),
    "a link": (lambda path: path.symlink_to("../config.toml"), "is a symbolic link"),
    "a link to itself": (lambda path: path.symlink_to(path), "is a symbolic link"),
    "a link to nothing": (lambda path: path.symlink_to("nowhere"), "is a symbolic link"),
    "10 GiB of nothing": (sparse, "is 10,737,418,240 bytes, more than `max_dump_bytes` = 67,108,864"),
    "a gzip bomb": (bomb, "unpacks to more than `max_dump_bytes`"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_dump_is_refused_by_name_and_left_where_it_is(kind: str, mine: Run) -> None:
    make, why = REFUSED[kind]
    drop(GOOD)
    odd = Path("dumps/odd")
    make(odd)
    past = 1_700_000_000
    os.utime(odd, (past, past), follow_symlinks=False)
    for words in (["run"], ["ingest", odd], ["parse", odd]):
        answer = mine(*words)
        (line,) = answer.problems
        assert answer.code == 1
        assert line.startswith("digest: ")
        assert "dumps/odd" in line
        assert why in line
        assert line.endswith(")"), "and it says what to do"
    assert len(mine("papers", "--json").json) == 2, "the others are taken"
    assert os.path.lexists(odd)


def test_file_that_does_not_exist_is_told_by_name(mine: Run) -> None:
    for words in (["ingest", "none.txt"], ["parse", "none.txt"]):
        answer = mine(*words)
        assert (answer.code, answer.problems) == (1, ["digest: none.txt: there is no such file (check the name)"])


def test_each_of_several_problems_has_its_line(mine: Run) -> None:
    os.mkfifo("dumps/pipe")
    Path("dumps/folder").mkdir()
    drop(b"\x00\x01\x02\xff" * 9, "junk.bin")
    drop(GOOD)
    answer = mine("run")
    assert (answer.code, len(answer.problems)) == (1, 2)
    assert [line.split()[0] for line in answer.out.split("\n")[:2]] == ["new", "quarantined"]


@pytest.mark.parametrize(
    "name", ["a b.txt", "a\nb.txt", "a\x1b[2Jb.txt", "-x.txt", "ä.txt", b"\xff\xfe.txt", "x" * 250]
)
def test_odd_names_are_taken_and_stay_one_line(name: str | bytes, mine: Run) -> None:
    path = Path(os.fsdecode(b"dumps/" + (name if isinstance(name, bytes) else name.encode())))
    drop(GOOD, path.name)
    answer = mine("run")
    assert (answer.code, answer.err, answer.out.count("\n")) == (0, "", 3)
    assert all(line.isprintable() for line in answer.out.split("\n"))
    assert mine("run").out == "quiet: no mail was due\n"


# --- texts in every dress -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_encoding_and_line_end_reads_the_same(encoding: str, newline: str, mine: Run) -> None:
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    path = drop(mark + GOOD.replace("\n", newline).encode(encoding))
    assert [p["title"] for p in mine("parse", path, "--json").json["papers"]] == [GRAPHS[0], MAPLE[0]]


def test_gzip_is_unpacked(mine: Run) -> None:
    path = drop(gzip.compress(GOOD.encode()), "2026-11-16.txt.gz")
    assert len(mine("parse", path, "--json").json["papers"]) == 2


@pytest.mark.parametrize("stray", [b"\xff", b"\xc3\x28", b"\x00", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"])
def test_stray_bytes_cost_no_paper(stray: bytes, mine: Run) -> None:
    drop(GOOD.encode().replace(b"Sunday", b"Sun" + stray + b"day"))
    assert mine("run").code == 0
    titles = {paper["title"] for paper in mine("papers", "--json").json}
    assert MAPLE[0] in titles
    assert len(titles) == 2
    assert all(title.isprintable() for title in titles)


def test_dump_that_was_cut_loses_no_whole_card_and_the_whole_one_later_adds_the_rest(mine: Run) -> None:
    whole = page(GRAPHS, MAPLE, NUTMEG)
    for cut in (whole.index(NUTMEG[0]) + 9, whole.index(NUTMEG[1]) + 40):
        answer = mine("parse", drop(whole[:cut], "cut.txt"), "--json")
        assert answer.code == 0
        assert [paper["title"] for paper in answer.json["papers"]][:2] == [GRAPHS[0], MAPLE[0]]
    mine("run")
    drop(whole, "whole.txt")
    report = mine("run", "--json").json
    assert report["dumps"][0]["known"] >= 2
    assert {paper["title"] for paper in mine("papers", "--json").json} >= {GRAPHS[0], MAPLE[0], NUTMEG[0]}


HOSTILE = {
    "HTML": "A <script>alert(1)</script> Method for Patient <img src=x onerror=alert(2)> Readers",
    "entities": "A &lt;b&gt; Method for Patient &#0; Readers of Long &nbsp; Listings",
    "template": "A {{ 7 * 7 }} Method {% include 'x' %} for Patient Readers {# of #} Listings",
    "mail header": "A =?utf-8?q?=0ABcc:x@y?= Method for Patient Readers Bcc: x@example.org",
    "bidi": "A \u202egnihton\u202c Method for \u2066Patient\u2069 Readers of Long Listings",
    "controls": "A \x07Method\x1b[2J for\x08 Patient \x9b31mReaders of Long Listings",
    "line separators": "A Method\u2028for Patient\u2029Readers\x85of Long\x0bListings\x0cof Papers",
    "noncharacters": "A Method for \ufffe\uffff Patient Readers of Long Listings",
    "link": "A [Method](javascript:alert(1)) for Patient Readers of Long Listings",
    "CDATA": "A ]]> Method <![CDATA[ for --> Patient Readers <!-- of Listings",
    "path": "../../../etc/passwd and \\..\\..\\windows: A Method for Patient Readers",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_title_is_text_everywhere(kind: str, mine: Run, tmp_path: Path) -> None:
    drop(page((HOSTILE[kind], LARCH[1]), MAPLE))
    assert mine("run").code == 0
    for path in Path("public").rglob("*.html"):
        text = path.read_text()
        assert "<script" not in text
        assert "<img" not in text
        assert 'href="javascript' not in text
    (mail,) = Path("mail/new").iterdir()
    message = message_from_bytes(mail.read_bytes(), policy=policy.default)
    assert (message["To"], message["Bcc"], message.defects) == ("reader@localhost", None, [])
    assert all(paper["title"].isprintable() for paper in mine("papers", "--json").json)
    assert {path.name for path in tmp_path.iterdir()} <= {
        *("config.toml", "dumps", "mail", "public"),
        *("digest.db", "digest.db-run.lock", "digest.db-write.lock"),
    }
    answer = mine("search", "patient", "readers")
    assert all(line.isprintable() for line in answer.out.split("\n"))


def test_thousand_cards_on_one_page_are_a_thousand_papers(mine: Run) -> None:
    drop(page(*(card(f"Tree{n} Number{n}") for n in range(1000))))
    assert mine("run", "--json").json["dumps"][0]["new"] == 1000


# --- the surroundings -----------------------------------------------------------------------------------------------


def own_template(name: str, text: str | bytes) -> Path:
    path = Path("own") / name
    path.parent.mkdir(parents=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    Path("config.toml").write_text('templates = "own"\n')
    return path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("one\n{% if %}", "line 2"),
        ("one\ntwo\n{{ nothing.of.the.kind }}", "line 3: 'nothing' is undefined"),
        ("{{ 1 / 0 }}", "ZeroDivisionError"),
        ("{% include 'no/such.html.j2' %}", "no/such.html.j2"),
        ("{{ face | nosuchfilter }}", "nosuchfilter"),
        ("{% extends 'mail/edition.html.j2' %}", "Recursion"),
        (b"\xff\xfe", "codec"),
    ],
)
@pytest.mark.parametrize("name", ["mail/edition.html.j2", "pages/front.html.j2"])
def test_template_with_a_mistake_is_named_with_its_line_and_loses_nothing(
    name: str, text: str | bytes, said: str, mine: Run
) -> None:
    path = own_template(name, text.replace("mail/edition.html.j2", name) if isinstance(text, str) else text)
    drop(GOOD)
    answer = mine("run")
    (line,) = answer.problems
    assert (answer.code, name in line, said in line) == (1, True, True), line
    assert "mend the file, or remove it" in line
    path.unlink()
    assert mine("run").code == 0
    mails = [file.read_bytes() for file in Path("mail/new").iterdir()]
    assert sum(b"\nList-Id:" in mail for mail in mails) == 1, "besides, its owner may be told of the template"
    assert all(b"\nList-Id:" in mail or b"a template of yours has a mistake" in mail for mail in mails)
    assert Path("public/index.html").exists()
    (edition,) = mine("editions", "--json").json
    assert edition["papers"] == 2


def test_folder_that_is_missing_for_templates_is_a_fault_of_the_configuration(mine: Run) -> None:
    Path("config.toml").write_text('templates = "own"\n')
    answer = mine("run")
    assert (answer.code, "templates: there is no folder" in answer.err, len(answer.problems)) == (78, True, 1)


@pytest.mark.parametrize("name", ["public", "mail"])
def test_output_folder_that_is_a_file_is_told_and_recovers(name: str, mine: Run) -> None:
    drop(GOOD)
    Path(name).write_text("in the way")
    answer = mine("run")
    assert (answer.code, len(answer.problems), name in answer.err) == (1, 1, True)
    assert "run again" in answer.err
    Path(name).unlink()
    mine("outbox", "retry", 1)
    assert mine("run").code == 0
    assert Path("public/index.html").exists()
    assert len(list(Path("mail/new").iterdir())) == 1


@pytest.mark.parametrize("content", [b"a letter to a friend " * 99, b"SQLite format 3\x00" + b"junk" * 999])
def test_database_that_is_something_else_is_left_alone(content: bytes, mine: Run) -> None:
    drop(GOOD)
    Path("digest.db").write_bytes(content)
    for words in (["run"], ["papers"], ["status"], ["preview"], ["build"]):
        answer = mine(*words)
        assert (answer.code, answer.out, len(answer.problems), "digest.db" in answer.err) == (1, "", 1, True), words
    assert Path("digest.db").read_bytes() == content


def test_database_that_is_a_folder_or_lies_in_a_file_is_one_line(mine: Run) -> None:
    Path("digest.db").mkdir()
    answer = mine("run")
    assert (answer.code, len(answer.problems), "digest.db" in answer.err) == (1, 1, True)
    Path("config.toml").write_text('database = "config.toml/digest.db"\n')
    answer = mine("run")
    assert (answer.code, len(answer.problems), "config.toml" in answer.err) == (1, 1, True)


def test_source_that_is_not_there_is_told_and_the_rest_is_done(mine: Run) -> None:
    drop(GOOD)
    Path("config.toml").write_text(
        '[[source]]\nname = "gone"\npath = "gone"\n[[source]]\nname = "dumps"\npath = "dumps"\n'
    )
    answer = mine("run", "--json")
    assert (answer.code, len(answer.problems), "gone: can't be looked into" in answer.err) == (1, 1, True)
    assert answer.json["editions"][0]["papers"] == 2


# --- the configuration ----------------------------------------------------------------------------------------------


def test_no_configuration_says_how_to_make_one(digest: Run) -> None:
    for command in ("run", "ingest", "preview", "build", "requeue", "papers", "editions", "outbox", "status"):
        answer = digest(command)
        assert (answer.code, len(answer.problems)) == (78, 1), command
        assert '"digest init ." makes one' in answer.err


@pytest.mark.parametrize("named", ["none.toml", ".", "binary.toml"])
def test_configuration_that_was_named_and_can_not_be_read_is_one_line(named: str, digest: Run) -> None:
    Path("binary.toml").write_bytes(b"title = '\xff'\n")
    answer = digest("-c", named, "run")
    assert (answer.code, len(answer.problems), answer.err.startswith("digest: ")) == (78, 1, True)
    assert named.removeprefix(".") in answer.err


def test_all_faults_of_a_configuration_are_told_at_once_with_the_nearest_names(mine: Run, tmp_path: Path) -> None:
    Path("config.toml").write_text(
        'titel = "x"\ntime_zone = "Europe/Berln"\n[mail]\nfoldr = "x"\n'
        '[[digest]]\nname = "A b"\ntopics = ["grafs"]\nsections = 0\nto = ["nobody"]\n'
        '[[source]]\nname = "dumps"\nkind = "folde"\n'
    )
    before = everything(tmp_path)
    answer = mine("run")
    head, *faults = answer.problems
    assert (answer.code, answer.out, head) == (78, "", f"digest: {tmp_path}/config.toml: not usable:")
    assert len(faults) == 8
    for word in (
        'line 1, titel: unknown setting; did you mean "title"?',
        'did you mean "Europe/Berlin"?',
        'line 4, [mail], foldr: unknown setting; did you mean "folder"?',
        "line 6, [[digest]], name: ",
        'did you mean "graphs"?',
        "line 8, [[digest]], sections: ",
        "line 9, [[digest]], to, 1st: ",
        "line 12, [[source]], kind: ",
    ):
        assert sum(word in fault for fault in faults) == 1, word
    assert everything(tmp_path) == before


@pytest.mark.parametrize("text", ["title =\n", "[[digest]\n", "title = 'a'\ntitle = 'b'\n", "\x00"])
def test_configuration_that_is_no_toml_is_told_with_its_line(text: str, mine: Run) -> None:
    Path("config.toml").write_text(text)
    answer = mine("run")
    assert (answer.code, len(answer.problems), "line" in answer.err) == (78, 1, True)


# --- as people start it -----------------------------------------------------------------------------------------------


def test_as_people_start_it(mine: Run, tmp_path: Path) -> None:
    drop(GOOD)
    drop(KINDS["binary"][0], "binary.bin")
    drop(KINDS["one line of 50 MB"][0], "line.txt")
    sparse(Path("dumps/sparse.txt"))
    os.utime("dumps/sparse.txt", (1_700_000_000, 1_700_000_000))
    os.mkfifo("dumps/pipe")
    first = process(["run"], tmp_path)
    assert first.code == 1
    assert [line.split()[0] for line in first.out.split("\n")[:3]] == ["new", "quarantined", "quarantined"]
    assert [line.split()[1] for line in first.problems] == [f"{tmp_path}/dumps/{n}:" for n in ("pipe", "sparse.txt")]
    assert len(mine("papers", "--json").json) == 2
    for words, code in (
        (["run", "--jsn"], 2),
        (["-c", "none.toml", "run"], 78),
        (["parse", "none.txt"], 1),
        (["papers", "--limit", "0"], 2),
        (["status"], 1),
    ):
        assert process(words, tmp_path).code == code, words


def test_unwritable_folder_is_one_line(mine: Run, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    drop(GOOD)
    Path("public").mkdir(mode=0o500)
    answer = mine("run")
    assert (answer.code, len(answer.problems), "public" in answer.err) == (1, 1, True)
    tmp_path.chmod(0o500)
    assert mine("papers").code in {0, 1}
    tmp_path.chmod(0o700)
