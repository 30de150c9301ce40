"""`digest doctor`: all that a digest stands on, looked at without changing anything."""

from __future__ import annotations

import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from digest.commands import checks
from digest.store import Store, backups
from digest.store.migrations import VERSION
from tests.commandline import GRAPHS, drop, everything
from tests.fakes import page
from tests.servers import Server, drip, reply
from tests.smtp_server import MailServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.commandline import Answer, Run

CHECKS = (
    *("configuration", "versions", "database", "folders", "file system", "space", "clock", "templates"),
    *("mail", "sources"),
)
FEED = b'<rss version="2.0"><channel><title>The Tram Journal</title></channel></rss>'


@pytest.fixture
def one(mine: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A folder with one edition, on a machine with plenty of room."""
    monkeypatch.setattr(checks, "free", lambda _: 2**40)
    drop(page(GRAPHS))
    assert mine("run", "--as-of", "2026-11-16").code == 0
    return mine


@pytest.fixture
def server() -> Iterator[Server]:
    with Server({"/feed": reply(FEED, content_type="application/rss+xml", etag='"one"')}) as running:
        yield running


def found(answer: Answer, check: str) -> list[dict[str, Any]]:
    return [one for one in answer.json if one["check"] == check]


def bad(answer: Answer) -> list[str]:
    """What was looked at and is not well."""
    return [one["check"] for one in answer.json if one["state"] != "ok"]


def add(text: str) -> None:
    Path("config.toml").write_text(Path("config.toml").read_text() + text)


def feed(url: str) -> str:
    return f'[[source]]\nname = "tram"\nkind = "feed"\nurl = "{url}"\nallow_private = true\n'


def raw(*sql: str) -> None:
    with closing(sqlite3.connect("digest.db", isolation_level=None)) as connection:
        for statement in sql:
            connection.execute(statement)


def test_where_all_is_well_every_check_says_so(one: Run, server: Server) -> None:
    add(feed(server.url("/feed")))
    answer = one("doctor", "--json")
    assert (answer.code, answer.err, bad(answer)) == (0, "", [])
    assert list(dict.fromkeys(entry["check"] for entry in answer.json)) == list(CHECKS)
    assert set(answer.json[0]) == {"check", "state", "what", "to_do"}
    lines = one("doctor").out.split("\n")
    assert [line.split()[0] for line in lines[1:-1]] == ["ok"] * len(answer.json)


@pytest.mark.parametrize("words", [(), ("--deep",)])
def test_doctor_changes_nothing(words: tuple[str, ...], one: Run) -> None:
    raw(f"PRAGMA user_version = {VERSION - 1}")
    before = everything(Path())
    assert one("doctor", *words).code == 0
    assert everything(Path()) == before


def test_before_the_first_run_nothing_fails_and_nothing_is_made(mine: Run) -> None:
    answer = mine("doctor", "--json", "--offline")
    assert (answer.code, found(answer, "database")[0]["state"]) == (0, "ok")
    assert not Path("digest.db").exists()
    assert not Path("public").exists()


def test_every_fault_of_the_configuration_is_told_and_the_rest_is_looked_at(one: Run) -> None:
    Path("config.toml").write_text('title = ""\ntime_zone = "Europe/Brelin"\ndatabse = "x"\n')
    answer = one("doctor", "--json")
    assert answer.code == 1
    told = " ".join(entry["what"] for entry in found(answer, "configuration"))
    assert len(found(answer, "configuration")) == 3
    assert all(word in told for word in ("Europe/Berlin", '"database"', "line 1, title"))
    assert {"versions", "clock", "templates"} <= {entry["check"] for entry in answer.json}


def test_where_there_is_no_configuration_that_is_said(digest: Run) -> None:
    answer = digest("doctor")
    assert (answer.code, "digest init" in answer.out) == (1, True)


def test_deep_look_finds_an_index_that_is_wrong_which_the_quick_one_passes_over(one: Run) -> None:
    raw(
        "DROP INDEX paper_merged",
        "CREATE INDEX paper_merged ON paper (id) WHERE uid = ''",
        "PRAGMA writable_schema = 1",
    )
    raw(
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET sql = 'CREATE INDEX paper_merged ON paper (id)' WHERE name = 'paper_merged'",
    )
    assert one("doctor", "--offline").code == 0
    answer = one("doctor", "--offline", "--deep", "--json")
    assert (answer.code, bad(answer)) == (1, ["database"])
    assert "digest restore FILE" in found(answer, "database")[0]["to_do"]


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        (f"PRAGMA user_version = {VERSION + 1}", "newer Paperround"),
        (f"PRAGMA user_version = {VERSION - 1}", "older version"),
        ("DROP TABLE run", "no database of Paperround"),
        ("INSERT INTO title_key VALUES ('x', 4711)", "leads to no paper"),
    ],
)
def test_database_that_is_not_right_is_told(sql: str, says: str, one: Run) -> None:
    raw("PRAGMA foreign_keys = OFF", sql)
    answer = one("doctor", "--offline", "--json")
    assert bad(answer) == ["database"]
    assert says in found(answer, "database")[0]["what"]


def test_database_that_is_too_large_for_a_quick_look_is_a_warning(one: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "PATIENCE", -1.0)
    monkeypatch.setattr(backups, "INSTRUCTIONS", 1)
    answer = one("doctor", "--offline", "--json")
    assert (answer.code, bad(answer)) == (0, ["database"])
    assert bad(one("doctor", "--offline", "--json", "--deep")) == []


def test_folder_of_a_source_that_is_not_there_fails(one: Run) -> None:
    shutil.rmtree("dumps")
    answer = one("doctor", "--offline", "--json")
    assert (answer.code, bad(answer)) == (1, ["folders"])
    assert found(answer, "folders")[0]["to_do"].startswith("mkdir -p ")


def test_source_that_can_not_put_its_files_away_fails(one: Run) -> None:
    Path("config.toml").write_text('[[source]]\nname = "dumps"\nafter = "archive"\n')
    assert bad(one("doctor", "--offline", "--json")) == []
    Path("dumps/archive").write_text("a file")
    answer = one("doctor", "--offline", "--json")
    assert (answer.code, bad(answer), "can't be written" in answer.out) == (1, ["folders"], True)


def test_file_where_a_folder_is_to_be_made_fails(one: Run) -> None:
    shutil.rmtree("public")
    Path("public").write_text("a file")
    answer = one("doctor", "--offline", "--json")
    assert (answer.code, bad(answer)) == (1, ["folders"])


def test_clock_that_is_behind_the_database_fails(one: Run) -> None:
    raw("UPDATE run SET started = '2999-01-01T00:00:00+00:00'")
    answer = one("doctor", "--offline", "--json")
    assert (answer.code, bad(answer)) == (1, ["clock"])


def test_little_room_is_told(one: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "free", lambda _: 10**6)
    answer = one("doctor", "--offline")
    assert (answer.code, "fail  space" in answer.out, "free some space" in answer.out) == (1, True, True)
    assert answer.out.endswith("1 failure, 0 warnings\n")


def test_network_file_system_is_a_warning(one: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text("22 1 259:1 / / rw - nfs4 server:/ rw\n")
    monkeypatch.setattr(checks, "MOUNTS", mounts)
    answer = one("doctor", "--offline", "--json")
    assert (answer.code, bad(answer)) == (0, ["file system"])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("mail/edition.html.j2", "{% if %}"),
        ("pages/base.html.j2", "\n\n{{ title"),
        ("mail/edition.txt.j2", "\n{{ titel_of_it }}"),
    ],
)
def test_template_with_a_mistake_is_told_by_its_file_and_line(name: str, text: str, one: Run) -> None:
    path = Path("templates", name)
    path.parent.mkdir(parents=True)
    path.write_text(text)
    before = Path("config.toml").read_text()
    Path("config.toml").write_text(f'templates = "templates"\n{before}')
    answer = one("doctor", "--offline", "--json")
    assert (answer.code, bad(answer)) == (1, ["templates"])
    assert f"{name}, line {text.count(chr(10)) + 1}:" in found(answer, "templates")[0]["what"]


# --- over the network -----------------------------------------------------------------------------------------------


def test_each_address_is_asked_once_as_a_run_would_ask_it(one: Run, server: Server) -> None:
    url = server.url("/feed")
    add(feed(url))
    raw(f"INSERT INTO cursor VALUES ('tram', '{url}', '{{\"etag\": \"W/x\"}}')")  # noqa: S608 - ours
    assert one("doctor").code == 0
    (request,) = server.requests
    assert request.headers["if-none-match"] == "W/x"


def test_offline_asks_nobody(one: Run, server: Server) -> None:
    relay = '[mail]\nhost = "127.0.0.1"\nport = 1\nsecurity = "none"\nsender = "a@example.org"\n'
    Path("config.toml").write_text(f"{feed(server.url('/feed'))}{relay}")
    assert one("doctor", "--offline").code == 0
    assert server.requests == []


def test_source_that_was_asked_to_be_left_alone_is_not_asked(one: Run, server: Server) -> None:
    url = server.url("/feed")
    add(feed(url))
    raw(f"INSERT INTO cursor VALUES ('tram', '{url}', '{{\"gone\": \"2026-11-16\"}}')")  # noqa: S608 - ours
    answer = one("doctor", "--json")
    assert (answer.code, bad(answer), server.requests) == (1, ["sources"], [])


def test_address_that_never_ends_its_answer_is_not_waited_for(
    one: Run, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "ANSWERED", 0.3)
    server.scripts["/slow"] = drip(b"HTTP/1.1 200 OK\r\n\r\n", b"x")
    add(feed(server.url("/slow")))
    began = time.monotonic()
    answer = one("doctor", "--json")
    assert (answer.code, bad(answer)) == (1, ["sources"]), "the only one, so none is reached"
    assert time.monotonic() - began < 20, "a run waits for thirty seconds"


def test_address_that_is_wrong_fails(one: Run, server: Server) -> None:
    add(feed(server.url("/nowhere")))
    answer = one("doctor", "--json")
    assert (answer.code, bad(answer), "404" in str(found(answer, "sources"))) == (1, ["sources"], True)


def test_mail_server_is_tried_without_a_mail_and_nothing_goes_on(one: Run) -> None:
    with MailServer() as server:
        relay = f'[mail]\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\nsender = "a@example.org"\n'
        Path("config.toml").write_text(f'[[digest]]\nname = "daily"\n{relay}')
        raw("INSERT INTO halt (scope, why, since) VALUES ('all', 'x', '2026-11-16T07:00:00+00:00')")
        answer = one("doctor", "--json")
        assert (answer.code, "answers; no login" in str(found(answer, "mail")), server.mails) == (0, True, [])
    with Store(Path("digest.db")) as store:
        assert len(store.halts.all()) == 1
    gone = one("doctor", "--json")
    assert (gone.code, bad(gone)) == (1, ["mail"])


def test_login_without_a_password_is_told(one: Run) -> None:
    Path("config.toml").write_text('[mail]\nhost = "smtp.example.org"\nuser = "me@example.org"\n')
    answer = one("doctor", "--json")
    assert (answer.code, bad(answer), "password" in str(found(answer, "mail"))) == (1, ["mail"], True)


def test_password_that_others_can_read_is_told(one: Run) -> None:
    file = Path("password")
    file.write_text("open sesame")
    Path("config.toml").write_text(
        '[mail]\nhost = "127.0.0.1"\nport = 1\nuser = "me@example.org"\npassword_file = "password"\n'
    )
    for mode, warned in ((0o644, True), (0o600, False)):
        file.chmod(mode)
        answer = one("doctor", "--offline", "--json")
        assert (answer.code, any(row["check"] == "password" for row in answer.json)) == (0, warned)
        assert "sesame" not in answer.out
