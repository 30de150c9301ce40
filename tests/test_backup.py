"""`digest backup` and `digest restore`: whole copies while others write, and none put back that would do harm."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlite_utils import Database as Tables
from sqlite_utils.migrations import Migrations

from digest.errors import StoreError
from digest.store import Store, backups, restoring, run_lock
from digest.store.backups import back_up, contents, faults_in
from digest.store.locks import backup_lock
from digest.store.migrations import VERSION, statements
from digest.store.restoring import put_back
from digest.store.schema import FIRST
from tests.commandline import BARE, GRAPHS, LARCH, MAPLE, NUTMEG, drop, everything, on_a_terminal
from tests.fakes import page
from tests.smtp_server import MailServer

if TYPE_CHECKING:
    from tests.commandline import Run

NOW = datetime(2026, 11, 20, 7, tzinfo=UTC)
DATABASE, BACKUP = Path("digest.db"), Path("backup.db")
ADA, BEN = "ada@example.org", "ben@example.org"
LOCKS = {"digest.db-run.lock", "digest.db-write.lock", "digest.db-backup.lock"}


@pytest.fixture
def one(mine: Run) -> Run:
    """A folder with one edition, of two papers, to two readers."""
    Path("config.toml").write_text(f'[[digest]]\nname = "daily"\nto = ["{ADA}", "{BEN}"]\n')
    drop(page(GRAPHS, MAPLE))
    assert mine("run", "--as-of", "2026-11-16").code == 0
    return mine


@pytest.fixture
def two(one: Run) -> Run:
    """The same, with a backup made after it and another edition, of one more paper, since."""
    assert one("backup", BACKUP).code == 0
    drop(page(NUTMEG, MAPLE), "2026-11-17.txt")
    assert one("run", "--as-of", "2026-11-17").code == 0
    return one


def papers(run: Run) -> int:
    return len(run("papers", "--json").json)


def mails() -> int:
    return len(list(Path("mail", "new").iterdir()))


def names() -> set[str]:
    return {path.name for path in Path().iterdir() if path.is_file()}


def raw(database: Path, *sql: str) -> None:
    """Statements that no command of ours would execute."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        for statement in sql:
            connection.execute(statement)


HARM = {
    "an index lost": ("PRAGMA writable_schema = ON", "DELETE FROM sqlite_master WHERE name = 'identifier_paper'"),
    "a row that leads nowhere": ("PRAGMA foreign_keys = OFF", "INSERT INTO title_key VALUES ('x', 4711)"),
}


# --- backup -------------------------------------------------------------------------------------------------------


def test_backup_is_the_database_in_one_file_that_only_its_owner_reads(one: Run) -> None:
    before = names()
    answer = one("backup", BACKUP)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.endswith("MB, 2 papers, 2 subscriptions, 1 edition, the latest of Mon 16 Nov 2026; checked\n")
    assert names() - before - LOCKS == {"backup.db"}
    assert stat.S_IMODE(BACKUP.stat().st_mode) == 0o600
    assert BACKUP.read_bytes()[18:20] == b"\1\1", "no journal beside it is needed to read it"
    with closing(sqlite3.connect(DATABASE)) as old, closing(sqlite3.connect(BACKUP)) as new:
        assert list(new.iterdump()) == list(old.iterdump())


def test_backup_is_made_while_a_run_writes_and_holds_only_what_was_committed(one: Run) -> None:
    with run_lock(DATABASE), Store(DATABASE) as store, store.database.transaction():
        store.database.write("DELETE FROM built", {})
        store.database.write("UPDATE paper SET first_seen = 'now'", {})
        assert one("backup", BACKUP).code == 0
    with closing(sqlite3.connect(BACKUP)) as copy:
        assert copy.execute("SELECT count(*) FROM paper WHERE first_seen = 'now'").fetchone() == (0,)
        assert copy.execute("SELECT count(*) FROM built").fetchone() != (0,)


def test_backup_is_of_one_instant_and_ends_however_much_is_written_meanwhile(
    one: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[int] = []
    with Store(tmp_path / DATABASE) as store:

        def write(_status: int, _left: int, pages: int) -> None:
            store.subscriptions.add("daily", f"r{len(steps)}@example.org", NOW)
            steps.append(pages)
            assert len(steps) <= pages, "it begins anew"

        monkeypatch.setattr(backups, "PAGES", 1)
        monkeypatch.setattr(backups, "between", write)
        found = back_up(tmp_path / DATABASE, tmp_path / BACKUP)
    assert (found.subscriptions, len(steps) > 20) == (2, True)
    assert faults_in(tmp_path / BACKUP) == ()
    assert len(states(one)) == 2 + len(steps)


def test_backup_into_a_folder_has_the_name_of_the_day(one: Run) -> None:
    Path("kept").mkdir()
    assert one("backup", "kept").code == 0
    (path,) = Path("kept").iterdir()
    assert path.name == f"paperround-{datetime.now(UTC):%Y-%m-%d}.db"


def test_backup_never_replaces_a_file_unless_it_is_told_to(two: Run) -> None:
    before = BACKUP.read_bytes()
    answer = two("backup", BACKUP)
    assert (answer.code, "is there already (--replace " in answer.err) == (1, True)
    assert BACKUP.read_bytes() == before
    assert two("backup", "--replace", BACKUP).code == 0
    assert contents(BACKUP).papers == 3


@pytest.mark.parametrize("kind", ["text", "another program's", "the database", "a link to the database"])
def test_backup_never_replaces_what_is_no_backup(kind: str, one: Run) -> None:
    target = Path("thesis.db")
    if kind == "text":
        target.write_text("My thesis.\n" * 99)
    elif kind == "another program's":
        raw(target, "CREATE TABLE thesis (page TEXT)", "PRAGMA user_version = 3")
    elif kind == "the database":
        target = DATABASE
    else:
        target.symlink_to(DATABASE)
    before = everything(Path())
    answer = one("backup", "--replace", target)
    assert (answer.code, answer.out, len(answer.problems)) == (1, "", 1)
    after = everything(Path())
    assert {path.name for path in after.keys() - before.keys()} <= LOCKS
    assert all(after[path] == body for path, body in before.items())


@pytest.mark.parametrize("harm", HARM)
def test_damaged_database_is_told_with_the_way_to_restore_and_replaces_no_backup(harm: str, two: Run) -> None:
    before, beside = BACKUP.read_bytes(), names()
    raw(DATABASE, *HARM[harm])
    answer = two("backup", "--replace", BACKUP)
    assert (answer.code, len(answer.problems)) == (1, 1)
    assert "digest.db: fails its integrity check, and no backup was made: " in answer.err
    assert '"digest restore FILE"' in answer.err
    assert (BACKUP.read_bytes(), names()) == (before, beside)


def test_full_disk_is_one_line_and_leaves_the_older_backup(two: Run, tmp_path: Path) -> None:
    before, beside = BACKUP.read_bytes(), names()
    words = f"ulimit -f 100; exec {sys.executable} -m digest backup --replace {BACKUP}"
    done = subprocess.run(
        ["/bin/bash", "-c", words], cwd=tmp_path, capture_output=True, text=True, check=False, env=BARE
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
    assert f"{BACKUP}: " in done.stderr
    assert (BACKUP.read_bytes(), names()) == (before, beside)
    assert two("backup", "--replace", BACKUP).code == 0


def test_folder_that_is_not_there_is_told_by_the_name_that_was_given(one: Run) -> None:
    answer = one("backup", "nowhere/backup.db")
    assert (answer.code, len(answer.problems)) == (1, 1)
    assert "nowhere/backup.db: can't be written: No such file" in answer.err


def test_backup_needs_a_database_and_makes_none(mine: Run) -> None:
    answer = mine("backup", BACKUP)
    assert (answer.code, "nothing was taken in yet" in answer.err) == (1, True)
    assert not DATABASE.exists()


def test_second_backup_at_once_tries_again_later_and_one_that_was_killed_leaves_no_trouble(one: Run) -> None:
    Path(".backup.db.part").write_text("what was killed left")
    with backup_lock(DATABASE.absolute()):
        assert one("backup", BACKUP).code == 75
    assert one("backup", BACKUP).code == 0
    assert not Path(".backup.db.part").exists()


# --- restore ------------------------------------------------------------------------------------------------------


def test_restored_database_is_the_backup_and_the_former_one_is_kept(two: Run) -> None:
    DATABASE.chmod(0o640)
    answer = two("restore", BACKUP, "--yes")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("backup.db has 2 papers, 2 subscriptions, 1 edition, the latest of Mon 16 Nov 2026.\n")
    assert "digest.db, has 3 papers, 2 subscriptions, 2 editions" in answer.out
    assert stat.S_IMODE(DATABASE.stat().st_mode) == 0o640
    (kept,) = Path().glob("digest.db.before-restore-*")
    assert contents(kept).papers == 3
    assert papers(two) == 2
    assert names() - LOCKS == {"config.toml", "backup.db", "digest.db", kept.name}
    assert not Path(".digest.db.restoring").exists()


def test_restore_is_undone_by_restoring_what_was_kept(two: Run) -> None:
    assert two("restore", BACKUP, "--yes").code == 0
    (kept,) = Path().glob("digest.db.before-restore-*")
    renamed = kept.rename("former.db")
    assert two("restore", renamed, "--yes", "--no-hold").code == 0
    assert papers(two) == 3
    assert two("run", "--as-of", "2026-11-18", "--json").json["verdict"] == "quiet"


def test_journal_of_the_former_database_is_never_applied_to_the_restored_one(one: Run, tmp_path: Path) -> None:
    """As a kill leaves it: what was committed last stands in the journal alone."""
    killed = tmp_path / "killed"
    killed.mkdir()
    with Store(tmp_path / DATABASE) as store:
        assert one("backup", BACKUP).code == 0
        with store.database.transaction():
            store.database.write("UPDATE paper SET first_seen = 'later'", {})
        for path in tmp_path.glob("digest.db*"):
            shutil.copy(path, killed)
    for path in killed.iterdir():
        shutil.copy(path, tmp_path)
    assert Path("digest.db-wal").stat().st_size > 0
    assert one("restore", BACKUP, "--yes").code == 0
    assert not {"digest.db-wal", "digest.db-shm"} & names()
    (kept,) = Path().glob("digest.db.before-restore-*[0-9]Z")
    seen = "SELECT count(*) FROM paper WHERE first_seen = 'later'"
    with closing(sqlite3.connect(DATABASE)) as new, closing(sqlite3.connect(kept)) as former:
        assert new.execute(seen).fetchone() == (0,)
        assert former.execute(seen).fetchone() == (2,), "nothing of the former one is lost"


@pytest.mark.parametrize("there", ["damaged", "gone"])
def test_journal_of_a_database_that_is_damaged_or_gone_goes_away_with_it(there: str, one: Run, tmp_path: Path) -> None:
    with Store(tmp_path / DATABASE) as store:
        assert one("backup", BACKUP).code == 0
        with store.database.transaction():
            store.database.write("UPDATE paper SET first_seen = 'later'", {})
        journal = Path("digest.db-wal").read_bytes()
    if there == "damaged":
        DATABASE.write_bytes(b"no database at all, but as long as one" * 9999)
    else:
        DATABASE.unlink()
    Path("digest.db-wal").write_bytes(journal)
    answer = one("restore", BACKUP, "--yes")
    assert answer.code == 0
    assert ("can't be read" in answer.out) == (there == "damaged")
    assert not {"digest.db-wal", "digest.db-shm"} & names()
    if there == "gone":
        assert [path.read_bytes() for path in Path().glob("digest.db.*-wal")] == [journal]
    with closing(sqlite3.connect(DATABASE)) as new:
        assert new.execute("SELECT count(*) FROM paper WHERE first_seen = 'later'").fetchone() == (0,)


def test_restore_waits_for_no_run_and_changes_nothing(two: Run) -> None:
    before = everything(Path())
    with run_lock(DATABASE):
        answer = two("restore", BACKUP, "--yes")
    assert (answer.code, answer.out) == (75, "")
    assert {path: body for path, body in everything(Path()).items() if "lock" not in path.name} == {
        path: body for path, body in before.items() if "lock" not in path.name
    }


def test_restore_of_a_database_that_others_have_open_changes_nothing(two: Run) -> None:
    with Store(DATABASE) as store:
        answer = two("restore", BACKUP, "--yes")
        assert (answer.code, "another program has it open" in answer.err) == (75, True)
        assert len(store.papers.all()) == 3
    assert papers(two) == 3
    assert not list(Path().glob("digest.db.*"))


def test_nothing_is_written_into_a_database_that_was_replaced(two: Run) -> None:
    with Store(DATABASE) as store:
        shutil.copy(BACKUP, "new.db")
        Path("new.db").replace(DATABASE)
        with pytest.raises(StoreError, match="was replaced meanwhile"):
            store.subscriptions.add("daily", "eve@example.org", NOW)
    assert papers(two) == 2


BAD = {
    "text": "is not a database",
    "another program's": "is no database of Paperround",
    "a newer version's": "written by a newer Paperround",
    "damaged": "fails its integrity check",
    "nothing": "there is no such file",
    "the database": "is the database itself",
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_whole_backup_is_refused_and_nothing_changes(kind: str, two: Run) -> None:
    bad = DATABASE if kind == "the database" else Path("bad.db")
    if kind == "text":
        bad.write_text("My thesis.\n" * 99)
    elif kind == "another program's":
        raw(bad, "CREATE TABLE thesis (page TEXT)", "PRAGMA user_version = 3")
    elif kind in ("a newer version's", "damaged"):
        shutil.copy(BACKUP, bad)
        raw(bad, *(HARM["an index lost"] if kind == "damaged" else (f"PRAGMA user_version = {VERSION + 1}",)))
    answer = two("restore", bad, "--yes")
    assert (answer.code, len(answer.problems), BAD[kind] in answer.err) == (1, 1, True), answer
    assert papers(two) == 3
    assert not list(Path().glob("digest.db.*"))


def test_backup_of_an_older_version_is_brought_to_the_newest(two: Run) -> None:
    old = Path("old.db")
    raw(old, *statements(FIRST), "PRAGMA user_version = 1")
    made_by_sqlite_utils(old)
    assert two("restore", old, "--yes").code == 0
    assert contents(DATABASE).schema == VERSION
    assert papers(two) == 0


def made_by_sqlite_utils(old: Path) -> None:
    """Note in a database of the first version that its first step was taken."""
    steps = Migrations("paperround")
    steps(name="first")(lambda _: None)
    tables = Tables(old)
    steps.apply(tables)
    tables.close()


@pytest.mark.parametrize("at", [1, 2, 3])
def test_restore_that_dies_leaves_a_whole_database(at: int, two: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = [0]

    def dies(path: Path) -> None:
        steps[0] += 1
        if steps[0] == at:
            raise KeyboardInterrupt
        backups.synced(path)

    monkeypatch.setattr(restoring, "synced", dies)
    with run_lock(DATABASE.absolute()), pytest.raises(KeyboardInterrupt):
        put_back(BACKUP.absolute(), DATABASE.absolute(), NOW)
    assert papers(two) == (3 if at < 3 else 2)
    assert faults_in(DATABASE) == ()
    monkeypatch.setattr(restoring, "synced", backups.synced)
    assert two("restore", BACKUP, "--yes").code == 0
    assert papers(two) == 2


def test_what_a_killed_restore_left_is_cleared_by_the_next_one(two: Run) -> None:
    Path(".digest.db.restoring").mkdir()
    Path(".digest.db.restoring/digest.db").write_text("half of it")
    assert two("restore", BACKUP, "--yes").code == 0
    assert not Path(".digest.db.restoring").exists()
    assert papers(two) == 2


def test_restore_onto_a_full_disk_is_one_line_and_changes_nothing(two: Run, tmp_path: Path) -> None:
    beside = names()
    words = f"ulimit -f 100; exec {sys.executable} -m digest restore --yes {BACKUP}"
    done = subprocess.run(
        ["/bin/bash", "-c", words], cwd=tmp_path, capture_output=True, text=True, check=False, env=BARE
    )
    assert (done.returncode, done.stderr.count("\n"), "digest.db: " in done.stderr) == (1, 1, True), done.stderr
    assert names() == beside
    assert papers(two) == 3


@pytest.mark.parametrize(("typed", "left"), [("y\n", 2), ("n\n", 3), ("\n", 3), ("\x04", 3)])
def test_restore_asks_at_a_terminal(typed: str, left: int, two: Run, tmp_path: Path) -> None:
    _, shown = on_a_terminal(["restore", BACKUP], tmp_path, typed)
    assert "Restore it?" in shown
    assert papers(two) == left


def test_restore_that_nobody_said_yes_to_changes_nothing(two: Run) -> None:
    answer = two("restore", BACKUP)
    assert (answer.code, "--yes" in answer.err) == (2, True)
    assert papers(two) == 3


# --- what was sent since ------------------------------------------------------------------------------------------


def test_what_readers_had_after_the_backup_is_not_sent_again_unless_it_is_released(two: Run) -> None:
    assert mails() == 4
    assert two("restore", BACKUP, "--yes").code == 0
    told = two("run", "--as-of", "2026-11-18")
    assert "No. 2 of daily: 1 paper" in told.out
    assert mails() == 4, "it waits"
    status = two("status")
    assert status.out.split("\n")[1].startswith("BROKEN  no mail leaves since ")
    assert '"digest outbox release all" and "digest run" send them' in status.out
    assert "cancel all" not in status.out
    assert two("outbox", "cancel", "daily/2").code == 0
    assert two("outbox", "release", "all").code == 0
    drop(page(LARCH), "2026-11-18.txt")
    two("run", "--as-of", "2026-11-19")
    assert mails() == 6, "only what is new since"


def test_restore_without_holding_sends_as_any_run_does(two: Run) -> None:
    answer = two("restore", BACKUP, "--yes", "--no-hold")
    assert "readers get it a second time" in answer.out
    assert "Mails wait" not in answer.out
    two("run", "--as-of", "2026-11-18")
    assert mails() == 6


@pytest.mark.parametrize(
    "owed",
    ["UPDATE delivery SET state = 'queued' WHERE id = 1", "UPDATE delivery SET state = 'in_doubt' WHERE id = 1"],
)
def test_mail_that_the_backup_owes_is_held_since_it_may_have_been_sent(owed: str, one: Run) -> None:
    raw(DATABASE, owed)
    assert one("backup", BACKUP).code == 0
    assert one("restore", BACKUP, "--yes").code == 0
    one("outbox", "release", "all")
    one("run", "--as-of", "2026-11-17")
    first, second = one("outbox", "--json").json
    assert (first["state"], "may have been sent" in first["last_reply"], second["state"]) == ("held", True, "sent")


def test_trying_the_mail_server_releases_nothing_that_waits_for_its_owner(two: Run) -> None:
    assert two("restore", BACKUP, "--yes").code == 0
    with MailServer() as server:
        text = Path("config.toml").read_text()
        relay = f'host = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\nsender = "digest@example.net"\n'
        Path("config.toml").write_text(f"{text}[mail]\n{relay}")
        assert two("doctor", "mail").code == 0
        two("run")
        assert server.mails == []


def test_pages_are_made_anew_after_a_restore(two: Run) -> None:
    before = Path("public/index.html").read_text()
    assert two("restore", BACKUP, "--yes").code == 0
    assert two("build").code == 0
    assert NUTMEG[0] in before
    assert NUTMEG[0] not in Path("public/index.html").read_text()


# --- what readers said since --------------------------------------------------------------------------------------


def states(run: Run) -> dict[str, str]:
    return {one["address"]: one["state"] for one in run("subscriptions", "--json").json}


def test_who_left_since_the_backup_stays_away(two: Run) -> None:
    for words in (
        ("unsubscribe", ADA),
        ("add", "eve@example.org", "--consent", "by mail"),
        ("unsubscribe", "eve@example.org"),
        ("add", "new@example.org", "--consent", "by mail"),
        ("remove", BEN, "--yes"),
    ):
        assert two("subscriptions", *words).code == 0
    answer = two("restore", BACKUP, "--yes")
    assert "3 readers left, paused, bounced or were deleted since: that stays so." in answer.out
    two("run", "--as-of", "2026-11-18")
    found = states(two)
    assert (found[ADA], found["eve@example.org"]) == ("unsubscribed", "unsubscribed")
    assert BEN not in found
    assert "new@example.org" not in found, "a backup is not mixed with what came later"
    assert two("outbox", "--state", "queued", "--json").json == []


def test_words_in_a_former_database_of_another_version_are_not_taken(two: Run) -> None:
    two("subscriptions", "unsubscribe", ADA)
    raw(DATABASE, f"PRAGMA user_version = {VERSION - 1}")
    assert "of another version" in two("restore", BACKUP, "--yes").out
    assert states(two)[ADA] == "active"


def test_words_of_readers_that_can_not_be_read_are_told(two: Run) -> None:
    DATABASE.write_bytes(b"no database" * 9999)
    answer = two("restore", BACKUP, "--yes")
    assert "can't be read: file is not a database" in answer.out
    assert "who unsubscribed after the backup is subscribed again" in answer.out
    assert "that stays so" not in answer.out
    assert set(states(two).values()) == {"active"}


# --- damage met by other commands ---------------------------------------------------------------------------------


def test_command_that_meets_damage_says_how_to_restore(two: Run) -> None:
    body = DATABASE.read_bytes()
    DATABASE.write_bytes(body[:4096] + bytes(len(body) - 4096))
    answer = two("run")
    assert (answer.code, len(answer.problems), "Traceback" in answer.err) == (1, 1, False)
    assert '"digest restore FILE" puts a backup in its place' in answer.err
    assert two("restore", BACKUP, "--yes").code == 0
    assert papers(two) == 2
