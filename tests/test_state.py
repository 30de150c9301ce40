"""How things stand: the editions, the outbox, and the one word that `digest status` begins with."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digest import config
from digest.commands.wiring import wired
from digest.errors import PermanentDelivery, TemporaryDelivery
from digest.pipeline import run as run_all
from digest.store import Store, run_lock
from tests.commandline import GRAPHS, MAPLE, NUTMEG, drop, process
from tests.fakes import Refusing, page

if TYPE_CHECKING:
    from digest.errors import DeliveryError
    from tests.commandline import Answer, Run

LONG_AGO, NOON = "2026-01-05", datetime(2026, 11, 16, 12, tzinfo=UTC)


# --- editions ---------------------------------------------------------------------------------------------------


def test_editions_are_told_the_latest_first(mine: Run) -> None:
    drop(page(GRAPHS, MAPLE))
    mine("run", "--as-of", "2026-11-16")
    drop(page(NUTMEG), "2026-11-17.txt")
    mine("run", "--as-of", "2026-11-17")
    second, first = mine("editions", "--json").json
    assert first == {
        "digest": "daily",
        "number": 1,
        "slot": None,
        "created": "2026-11-16T12:00:00+00:00",
        "papers": 2,
        "url": None,
        "path": first["path"],
    }
    assert (second["number"], second["papers"]) == (2, 1)
    assert Path("public", first["path"]).exists()
    assert mine("editions").out.split("\n")[1].startswith("daily\t2\t2026-11-17\t1\t")


def test_editions_address_is_that_of_its_page(mine: Run) -> None:
    Path("config.toml").write_text('base_url = "https://papers.example.org"\n')
    drop(page(GRAPHS))
    mine("run")
    (edition,) = mine("editions", "--json").json
    assert edition["url"] == f"https://papers.example.org/{edition['path']}"


# --- outbox -----------------------------------------------------------------------------------------------------


def refused(folder: Path, *faults: DeliveryError) -> None:
    """A run whose mails are answered with these."""
    settings = config.load(folder / "config.toml", {})
    with Store(settings.database) as store:
        run_all(Refusing(settings.maildir, faults).on(wired(settings, store)), NOON)


def test_outbox_tells_what_is_owed_to_whom(mine: Run) -> None:
    drop(page(GRAPHS))
    mine("run")
    (delivery,) = mine("outbox", "--json").json
    assert delivery | {"next_at": "", "last_reply": "", "message_id": ""} == {
        "id": 1,
        "digest": "daily",
        "edition": 1,
        "to": "reader@localhost",
        "state": "sent",
        "attempts": 1,
        "message_id": "",
        "next_at": "",
        "last_reply": "",
    }
    assert delivery["message_id"].startswith("<")
    assert mine("outbox", "--state", "queued", "--json").json == []
    assert mine("outbox").out.split("\n")[1].split("\t")[:5] == ["1", "daily 1", "reader@localhost", "sent", "1"]
    assert mine("outbox", "--state", "lost").code == 2


def test_dead_mail_is_retried_and_goes_out_with_the_next_run(mine: Run, tmp_path: Path) -> None:
    drop(page(GRAPHS))
    refused(tmp_path, PermanentDelivery("server", "550 no such reader"))
    (dead,) = mine("outbox", "--state", "dead", "--json").json
    assert "550 no such reader" in dead["last_reply"]
    assert mine("outbox", "retry", dead["id"]).out == "1 delivery queued\n"
    assert mine("run", "--json").json["deliveries"]["sent"] == 1
    again = mine("outbox", "retry", dead["id"])
    assert (again.code, again.out) == (1, "0 deliveries queued\n"), "what is sent is not sent again"


def test_waiting_mail_can_be_given_up(mine: Run, tmp_path: Path) -> None:
    Path("config.toml").write_text('[[digest]]\nname = "daily"\nto = ["a@example.org", "b@example.org"]\n')
    drop(page(GRAPHS))
    busy = TemporaryDelivery("server", "451 later")
    refused(tmp_path, busy, busy)
    assert [one["state"] for one in mine("outbox", "--json").json] == ["queued", "queued"]
    assert mine("outbox", "cancel", 1, 2).out == "2 deliveries cancelled\n"
    assert mine("run", "--json").json["deliveries"]["sent"] == 0
    assert mine("outbox", "retry", 1).code == 1, "given up is given up"


@pytest.mark.parametrize("words", [("retry", 7), ("cancel", 7), ("cancel", 10**30), ("retry", 1, 7)])
def test_number_that_no_delivery_has_is_told(words: tuple[object, ...], mine: Run, tmp_path: Path) -> None:
    drop(page(GRAPHS))
    refused(tmp_path, PermanentDelivery("server", "550"))
    assert mine("outbox", *words).code == 1
    assert mine("outbox", "retry", "x").code == 2
    assert mine("outbox", "retry").code == 2


# --- status -----------------------------------------------------------------------------------------------------


def word(answer: Answer) -> str:
    """The first word of the second line: the answer."""
    return answer.out.split("\n")[1].split()[0]


def test_status_before_the_first_run_says_what_to_do(mine: Run, tmp_path: Path) -> None:
    answer = mine("status")
    assert (answer.code, word(answer), '"digest run"' in answer.out) == (1, "LATE", True)
    assert not (tmp_path / "digest.db").exists()
    told = mine("status", "--json")
    assert (told.code, told.json["word"], told.json["sources"]) == (1, "LATE", [])


def test_status_after_news_is_ok_and_then_quiet(mine: Run) -> None:
    drop(page(GRAPHS, MAPLE))
    mine("run")
    answer = mine("status")
    assert (answer.code, word(answer), "2 papers" in answer.out) == (0, "OK", True)
    mine("run")
    assert (mine("status").code, word(mine("status"))) == (0, "QUIET")


def test_status_shows_each_source_with_its_equation_and_the_outbox(mine: Run, tmp_path: Path) -> None:
    drop(page(GRAPHS, MAPLE, MAPLE))
    mine("run")
    lines = mine("status").out.split("\n")
    assert " ".join(lines[2].split()) == "SOURCES LAST LOOK LISTED = NEW + KNOWN + REPEATED REJECTED LAST NEWS"
    assert lines[3].split()[-6:] == ["3", "2", "0", "1", "0", "2026-11-16"]
    assert lines[2].index("REJECTED") + len("REJECTED") == lines[3].index("2026-11-16") - 2, "columns are aligned"
    assert lines[4] == "OUTBOX   0 queued   0 in doubt   0 held   0 dead   1 sent"
    assert lines[5] == f"READ     {tmp_path}/public/index.html"


def test_status_for_programs_has_the_same(mine: Run) -> None:
    drop(page(GRAPHS))
    mine("run")
    told = mine("status", "--json").json
    assert {"word", "line", "to_do", "outbox", "sources"} <= set(told)
    assert (told["word"], told["to_do"], told["outbox"]["sent"]) == ("OK", [], 1)
    (source,) = told["sources"]
    assert (source["source"], source["tally"], source["last_news"]) == (
        "dumps",
        {"listed": 1, "new": 1, "known": 0, "repeated": 0},
        "2026-11-16",
    )
    assert datetime.fromisoformat(source["last_look"]).tzinfo is not None


def test_status_names_a_dump_that_can_not_be_read_until_the_source_gives_one_that_can(mine: Run) -> None:
    drop(page(GRAPHS))
    mine("run")
    drop(b"\x00\x01\xfe" * 99, "junk.bin")
    assert mine("run").code == 1
    answer = mine("status")
    assert (answer.code, word(answer), "junk.bin" in answer.out, "requeue" in answer.out) == (1, "BROKEN", True, True)
    assert mine("run").code == 0
    assert word(mine("status")) == "BROKEN", "a quiet run does not make it readable"
    drop(page(MAPLE), "2026-11-17.txt")
    mine("run")
    assert word(mine("status")) == "OK"


def test_status_after_dead_mail_says_how_to_send_it(mine: Run, tmp_path: Path) -> None:
    drop(page(GRAPHS))
    refused(tmp_path, PermanentDelivery("server", "550 no such reader"))
    answer = mine("status")
    assert (answer.code, word(answer), "550 no such reader" in answer.out) == (1, "BROKEN", True)
    mine("run")
    answer = mine("status")
    assert (word(answer), "outbox retry" in answer.out) == ("BROKEN", True), "a quiet run does not deliver it"
    mine("outbox", "retry", 1)
    mine("run")
    assert (mine("status").code, word(mine("status"))) == (0, "QUIET")


def test_status_long_after_the_last_look_is_late(mine: Run) -> None:
    drop(page(GRAPHS))
    mine("run", "--as-of", LONG_AGO)
    answer = mine("status")
    assert (answer.code, word(answer), "h ago" in answer.out) == (1, "LATE", True)


def killed(folder: Path) -> None:
    """What a run leaves that was killed."""
    with Store(folder / "digest.db") as store:
        store.runs.start(datetime.now(UTC) - timedelta(minutes=5))


def test_status_after_a_kill_is_broken_until_a_run_comes_to_its_end(mine: Run, tmp_path: Path) -> None:
    drop(page(GRAPHS))
    mine("run")
    killed(tmp_path)
    answer = mine("status")
    assert (answer.code, word(answer), "did not come to its end" in answer.out) == (1, "BROKEN", True)
    mine("run")
    assert word(mine("status")) == "QUIET"


def test_status_during_a_run_speaks_of_the_one_before(mine: Run, tmp_path: Path) -> None:
    drop(page(GRAPHS))
    mine("run")
    killed(tmp_path)
    with run_lock(tmp_path / "digest.db"):
        assert word(mine("status")) == "OK"
        assert json.loads(process(["status", "--json"], tmp_path).out)["word"] == "OK"


def test_status_gives_times_in_the_configured_zone(mine: Run) -> None:
    Path("config.toml").write_text('title = "Papers & Tea"\ntime_zone = "Asia/Tokyo"\n')
    drop(page(GRAPHS))
    mine("run", "--as-of", "2026-11-16T20:00+00:00")
    out = mine("status").out
    assert out.startswith("Papers & Tea ")
    assert out.split("\n")[0].endswith(" Asia/Tokyo")
    assert "Tue 17 Nov 05:00" in out


def test_status_says_when_a_folder_can_not_be_looked_into(mine: Run) -> None:
    drop(page(GRAPHS))
    mine("run")
    os.rename("dumps", "elsewhere")  # noqa: PTH104 - as `mv` does
    assert mine("run").code == 1
    answer = mine("status")
    assert (word(answer), "dumps: can't be looked into" in answer.out) == ("BROKEN", True)
