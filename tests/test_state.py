"""How things stand: the editions, the outbox, and the one word that `digest status` begins with."""

from __future__ import annotations

import json
import os
import re
import shlex
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digest import config
from digest.commands.wiring import wired
from digest.errors import PermanentDelivery, TemporaryDelivery
from digest.pipeline import run as run_all
from digest.sources.folder import Folder
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
        "topics": [],
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
    assert again.problems == [f"digest: delivery {dead['id']}: is sent already"]


def test_waiting_mail_can_be_given_up(mine: Run, tmp_path: Path) -> None:
    Path("config.toml").write_text('[[digest]]\nname = "daily"\nto = ["a@example.org", "b@example.org"]\n')
    drop(page(GRAPHS))
    busy = TemporaryDelivery("server", "451 later")
    refused(tmp_path, busy, busy)
    assert [one["state"] for one in mine("outbox", "--json").json] == ["queued", "queued"]
    assert mine("outbox", "cancel", 1, 2).out == "2 deliveries cancelled for good\n"
    assert mine("run", "--json").json["deliveries"]["sent"] == 0
    again = mine("outbox", "retry", 1)
    assert (again.code, again.problems) == (1, ["digest: delivery 1: was cancelled, and that is for good"])


@pytest.mark.parametrize("words", [("retry", 7), ("cancel", 7), ("cancel", 10**30), ("retry", 1, 7)])
def test_number_that_no_delivery_has_is_told(words: tuple[object, ...], mine: Run, tmp_path: Path) -> None:
    drop(page(GRAPHS))
    refused(tmp_path, PermanentDelivery("server", "550"))
    answer = mine("outbox", *words)
    none = f'digest: delivery {words[-1]}: there is none of this number ("digest outbox" lists them)'
    assert (answer.code, answer.problems) == (1, [none])
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
    head = "SOURCES LAST LOOK LAST DUMPS LISTED = NEW + KNOWN + REPEATED REJECTED LAST NEWS"
    assert " ".join(lines[2].split()) == head
    assert lines[3].split()[-8:-3] == ["3", "2", "0", "1", "0"]
    assert lines[3].split()[-3:] == ["Mon", "16", "Nov"]
    assert lines[2].index("REJECTED") + len("REJECTED") == lines[3].index("Mon 16 Nov") - 2, "columns are aligned"
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


JUNK = b"\x00\x01\xfe" * 99


def advised(answer: Answer, beginning: str) -> list[str]:
    """The words of the command that status tells to type."""
    (command,) = re.findall(rf'"({beginning}[^"]*)"', answer.out)
    return shlex.split(command)[1:]


def test_broken_day_is_not_forgotten_after_the_next_good_one(mine: Run) -> None:
    drop(JUNK, "2026-11-15.bin")
    earlier = datetime.now(UTC) - timedelta(hours=2)  # what comes in within one second is one look
    assert mine("run", "--as-of", earlier.isoformat()).code == 1
    answer = mine("status")
    assert (answer.code, word(answer)) == (1, "BROKEN")
    assert "        2026-11-15.bin could not be read: no parser reads this: it is binary, not text\n" in answer.out
    mine("run")
    assert word(mine("status")) == "BROKEN", "a quiet run does not make it readable"
    drop(page(MAPLE), "2026-11-16.txt")
    mine("run")
    answer = mine("status")
    assert (answer.code, word(answer), "2026-11-15.bin could not be read" in answer.out) == (0, "OK", True)
    mine(*advised(answer, "digest requeue --dismiss"))
    assert "2026-11-15.bin" not in mine("status").out


@pytest.mark.parametrize("name", ["note.md", "a note to self.md", "-note.md"])
@pytest.mark.parametrize(("listings", "after"), [(0, "QUIET"), (1, "OK")])
def test_stray_file_is_dismissed_by_the_command_that_status_prints(
    name: str, listings: int, after: str, mine: Run
) -> None:
    for _ in range(listings):
        drop(page(GRAPHS))
    drop(JUNK, name)
    mine("run")
    answer = mine("status")
    assert (word(answer), name in answer.out) == ("BROKEN", True)
    dismissed = mine(*advised(answer, "digest requeue --dismiss"))
    assert (dismissed.code, dismissed.out) == (0, f"{name}: dismissed; its bytes are kept\n")
    answer = mine("status")
    assert (answer.code, word(answer), name in answer.out) == (0, after, False)
    mine("run")
    assert (word(mine("status")), name in mine("status").out) == ("QUIET", False)


def test_many_stray_files_are_dismissed_at_once(mine: Run) -> None:
    for number in range(8):
        drop(JUNK + bytes([number]), f"{number}.bin")
    mine("run")
    answer = mine("status")
    assert "and 3 earlier dumps" in answer.out
    assert mine(*advised(answer, "digest requeue --dismiss")).out.count("dismissed") == 8
    assert word(mine("status")) == "QUIET"


def test_page_that_was_read_in_part_is_accepted_by_the_same_command(
    mine: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "half_parser.py").write_text(
        "from datetime import date\nfrom digest.models import ListedPaper, Listing, Reject\n"
        "def parse(dump):\n    rejects = tuple(Reject(n, 'x', 'it is odd') for n in (1, 2))\n"
        "    papers = (ListedPaper('Umbrella Handles: A Long and Winding History'),)\n"
        "    return Listing('half', date(2026, 11, 16), 'retrieved', papers, rejects)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    Path("config.toml").write_text('[[source]]\nname = "dumps"\nparser = "half_parser:parse"\n')
    drop("half a page", "half.txt")
    answer = mine("run")
    assert (answer.code, "2 rejected; 2 of 3 pieces could not be read" in answer.out) == (1, True)
    answer = mine("status")
    assert word(answer) == "BROKEN"
    assert "half.txt was read, but is doubtful: 2 of 3 pieces could not be read" in answer.out
    assert mine(*advised(answer, "digest requeue --dismiss")).out == "half.txt: accepted as it was read\n"
    answer = mine("status")
    assert (word(answer), "1 paper" in answer.out, "half.txt" in answer.out) == ("OK", True, False)
    assert len(mine("papers", "--json").json) == 1


def test_dump_that_is_read_after_all_is_named_no_more(mine: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    drop(JUNK, "mine.bin")
    mine("run")
    Path("late_parser.py").write_text(
        "from datetime import date\nfrom digest.models import ListedPaper, Listing\n"
        "def parse(dump):\n    return Listing('late', date(2026, 11, 16), 'retrieved', (ListedPaper('A' * 30),))\n"
    )
    monkeypatch.syspath_prepend(Path.cwd())
    Path("config.toml").write_text('[[source]]\nname = "dumps"\nparser = "late_parser:parse"\n')
    mine(*advised(mine("status"), "digest requeue(?! --)"), "--yes")
    assert (word(mine("status")), "mine.bin" in mine("status").out) == ("QUIET", False)
    mine("run")
    assert word(mine("status")) == "OK"


def test_status_of_a_file_that_is_still_being_written_is_not_broken(mine: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    drop(page(MAPLE))
    path = drop(page(GRAPHS), "2026-11-17.txt")
    os.utime(path)

    def meanwhile(_: float) -> None:
        with path.open("a") as file:
            file.write("\n")

    monkeypatch.setattr("digest.commands.wiring.Folder", partial(Folder, sleep=meanwhile))
    assert mine("run").code == 75
    answer = mine("status")
    assert (answer.code, word(answer)) == (0, "OK")
    assert "        1 file is still being written; the next run takes it\n" in answer.out
    drop(JUNK, "2026-11-18.bin")
    os.utime(path)
    mine("run")
    mine("requeue", "--dismiss")
    assert (word(mine("status")), "2026-11-18.bin" in mine("status").out) == ("QUIET", False)


def test_counts_are_those_of_all_dumps_of_the_last_look_that_brought_any(mine: Run) -> None:
    mine("run", "--as-of", "2026-11-15T07:00")
    assert " ".join(mine("status").out.split("\n")[4].split()) == "dumps Sun 15 Nov 07:00 - 0 0 0 0 0 -"
    drop(page(GRAPHS))
    drop(page(GRAPHS, MAPLE), "2026-11-17.txt")
    mine("run", "--as-of", "2026-11-18T07:00")
    mine("run", "--as-of", "2026-11-19T08:00")
    drop(page(GRAPHS), "again.txt")
    mine("run", "--as-of", "2026-11-20T09:00")
    lines = mine("status").out.split("\n")
    row = next(line for line in lines if line.startswith("dumps "))
    assert " ".join(row.split()) == "dumps Fri 20 Nov 09:00 Wed 18 Nov 07:00 3 2 1 0 0 Tue 17 Nov"
    (source,) = mine("status", "--json").json["sources"]
    assert (source["last_look"], source["last_dumps"]) == ("2026-11-20T09:00:00+00:00", "2026-11-18T07:00:00+00:00")


def test_file_that_was_named_is_no_source(mine: Run) -> None:
    mine("ingest", drop(page(GRAPHS)))
    assert [source["source"] for source in mine("status", "--json").json["sources"]] == ["dumps"]


def test_empty_folder_is_told_to_a_beginner(mine: Run, tmp_path: Path) -> None:
    mine("run")
    answer = mine("status")
    assert (answer.code, word(answer)) == (0, "QUIET")
    assert f"        put a saved page into {tmp_path}/dumps\n" in answer.out


def test_given_up_mail_is_named_no_more(mine: Run, tmp_path: Path) -> None:
    drop(page(GRAPHS))
    refused(tmp_path, PermanentDelivery("server", "550 no such reader"))
    mine("run")
    mine(*advised(mine("status"), "digest outbox cancel"))
    assert (mine("status").code, word(mine("status"))) == (0, "QUIET")


def test_status_after_dead_mail_says_how_to_send_it(mine: Run, tmp_path: Path) -> None:
    drop(page(GRAPHS))
    refused(tmp_path, PermanentDelivery("server", "550 no such reader"))
    answer = mine("status")
    assert (answer.code, word(answer), "550 no such reader" in answer.out) == (1, "BROKEN", True)
    mine("run")
    answer = mine("status")
    assert (word(answer), "outbox retry" in answer.out) == ("BROKEN", True), "a quiet run does not deliver it"
    mine(*advised(answer, "digest outbox retry"))
    mine("run")
    assert (mine("status").code, word(mine("status"))) == (0, "QUIET")


def test_status_long_after_the_last_look_is_late(mine: Run) -> None:
    drop(page(GRAPHS))
    mine("run", "--as-of", LONG_AGO)
    answer = mine("status")
    assert (answer.code, word(answer), "days ago, on Mon 5 Jan 12:00" in answer.out) == (1, "LATE", True)


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
