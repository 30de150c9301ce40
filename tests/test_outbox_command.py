"""`digest outbox`: numbers or a whole edition, and what is halted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digest.store import Store
from tests.commandline import GRAPHS, MAPLE, drop
from tests.fakes import DAY, page

if TYPE_CHECKING:
    from tests.commandline import Run


@pytest.fixture
def owed(mine: Run, tmp_path: Path) -> Run:
    """Two editions to two readers, of which nothing has left: the Maildir is a file."""
    config = Path("config.toml")
    config.write_text(config.read_text().replace('["reader@localhost"]', '["a@example.org", "b@example.org"]'))
    (tmp_path / "mail").touch()
    for name, paper in (("2026-11-16.txt", GRAPHS), ("2026-11-17.txt", MAPLE)):
        drop(page(paper), name)
        mine("run")
    return mine


def states(run: Run) -> list[tuple[int, str]]:
    return [(one["edition"], one["state"]) for one in run("outbox", "--json").json]


def test_edition_is_given_up_by_its_name(owed: Run) -> None:
    assert owed("outbox", "cancel", "daily/1").out == "2 deliveries cancelled for good\n"
    assert states(owed) == [(1, "cancelled"), (1, "cancelled"), (2, "queued"), (2, "queued")]
    assert owed("outbox", "retry", "daily/1").out == "0 deliveries queued\n"
    assert owed("outbox", "retry", "daily/2", 1).code == 1


@pytest.mark.parametrize("word", ["daily", "daily/x", "-1", "daily/" + "9" * 30, "\x1b[31m/1x"])
def test_word_that_means_nothing_is_told(word: str, owed: Run) -> None:
    answer = owed("outbox", "cancel", "--", word)
    assert answer.code == 2
    assert "\x1b" not in answer.err


def test_what_is_halted_is_told_and_goes_on_when_it_is_released(owed: Run, tmp_path: Path) -> None:
    with Store(tmp_path / "digest.db") as store:
        store.halts.halt("all", "535 the password is wrong", DAY, again=True)
        store.halts.halt("daily/2", "its content was refused", DAY)
    said = owed("outbox").err
    assert "everything is halted, until 2026-11-16 07:05 UTC: 535 the password is wrong" in said
    assert "daily/2 is halted: its content was refused" in said
    assert owed("outbox", "release", "daily/2").out == "daily/2 goes on\n"
    answer = owed("outbox", "release", "daily/2")
    assert (answer.code, answer.out) == (1, "daily/2 was not halted; halted is: all\n")
    assert owed("outbox", "release").out == "all goes on\n"
    assert "halted" not in owed("outbox").err


# --- an owner's word --------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(mine: Run) -> Run:
    """An edition whose mails wait for the owner's word."""
    config = Path("config.toml")
    text = config.read_text().replace('["reader@localhost"]', '["a@example.org", "b@example.org"]')
    config.write_text(text.replace("approve  = false", "approve  = true"))
    drop(page(GRAPHS))
    return mine


def mails() -> list[str]:
    new = Path("mail/new")
    return [path.read_text() for path in new.iterdir()] if new.is_dir() else []


def test_mails_wait_for_their_owners_word_and_nothing_is_broken(waiting: Run) -> None:
    report = waiting("run", "--json").json
    assert (report["verdict"], report["deliveries"]["queued"], report["deliveries"]["sent"]) == ("new", 2, 0)
    status = waiting("status")
    assert (status.code, status.out.split("\n")[1].split()[0]) == (0, "OK")
    assert '"digest outbox rehearse daily/1" sends you one' in status.out
    assert Path("public/editions/daily/1.html").exists(), "pages do not wait"
    assert waiting("outbox", "release", "daily/1").code == 0
    assert waiting("run", "--json").json["deliveries"]["sent"] == 2
    assert len(mails()) == 2


def test_rehearsal_goes_to_the_owner_alone_and_is_noted_nowhere(waiting: Run) -> None:
    waiting("run")
    answer = waiting("outbox", "rehearse", "daily/1")
    assert (answer.code, answer.out.split(":")[0]) == (0, "accepted for a@example.org")
    (mail,) = mails()
    assert "Subject: [Rehearsal] " in mail
    assert GRAPHS[0] in mail
    assert "unsubscribe%20daily%20" not in mail, "its link is nobody's"
    assert states(waiting) == [(1, "queued"), (1, "queued")]
    assert waiting("outbox", "rehearse", "daily/1", "--to", "c@example.org").out.startswith(
        "accepted for c@example.org"
    )


@pytest.mark.parametrize("edition", ["daily/9", "daily", "x/1", "daily/x"])
def test_edition_that_is_none_is_told(edition: str, waiting: Run) -> None:
    waiting("run")
    assert waiting("outbox", "rehearse", edition).code == 2


def test_doctor_says_where_mails_are_left_and_leaves_one(waiting: Run) -> None:
    answer = waiting("doctor", "mail", "me@example.org")
    assert answer.code == 0
    assert "no mail server in config.toml: mails are left in" in answer.out
    (mail,) = mails()
    assert "It arrives" in mail
    assert waiting("doctor", "mail", "nobody at all").code == 2


def test_other_settings_of_mail_end_what_halted_the_queue(owed: Run, tmp_path: Path) -> None:
    with Store(tmp_path / "digest.db") as store:
        store.halts.halt("all", "535 the password is wrong", datetime.now(UTC), again=True)
        store.halts.halt("daily/2", "its content was refused", DAY)
    assert "535 the password is wrong" in owed("status").out
    Path("config.toml").write_text(Path("config.toml").read_text().replace('folder = "mail"', 'folder = "letters"'))
    assert "535 the password is wrong" not in owed("status").out
    owed("outbox", "retry", "daily/1")
    report = owed("run", "--json").json
    assert (report["deliveries"]["sent"], report["deliveries"]["queued"]) == (2, 2), (
        "what was refused waits for its owner"
    )
    assert "535" not in owed("outbox").err


def test_halted_queue_goes_on_when_the_way_is_tried_and_works(owed: Run, tmp_path: Path) -> None:
    with Store(tmp_path / "digest.db") as store:
        store.halts.halt("all", "the folder is full", DAY, again=True)
    (tmp_path / "mail").unlink()
    owed("outbox", "retry", "daily/1", "daily/2")
    assert [("mails that were halted go on" in owed("doctor", "mail").out) for _ in range(2)] == [True, False]
    assert owed("run", "--json").json["deliveries"]["sent"] == 4
