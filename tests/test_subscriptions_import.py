"""Lists of readers, in and out: what people save from spreadsheets, and what we wrote ourselves."""

from __future__ import annotations

import csv
import io
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.commands.readers.exporting import bare, guarded
from digest.commands.readers.tabular import MARKS, BadLine, Row, read_sheet
from digest.errors import DigestError
from digest.store import Store
from tests.commandline import on_a_terminal
from tests.fakes import DAY

if TYPE_CHECKING:
    from tests.commandline import Answer, Run

ACTIVE = ("--state", "active", "--consent", "the form of 12 Nov")


def take(run: Run, body: str | bytes, *words: str) -> Answer:
    """Import a list with these bytes."""
    Path("list.csv").write_bytes(body if isinstance(body, bytes) else body.encode())
    return run("subscriptions", "import", "list.csv", *words)


def known(run: Run) -> dict[str, Any]:
    return {one["address"]: one for one in run("subscriptions", "--json").json}


# --- a list -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "address,topics\na@example.org,agents audio\n",
        "Email;Topics\r\na@example.org;agents,audio\r\n",
        "name\tADDRESS\ttopics\nAda\ta@example.org\tagents audio\n",
        "\ufeffaddress,topics\na@example.org,agents audio",
        '"address", "topics"\n"a@example.org","agents, audio"\n',
        "\n\naddress,topics,digest\n\na@example.org , audio agents agents,daily\n,,\n",
        "address,topics\ra@example.org,agents audio\r",
        'note,address,topics\n"two\nlines, and a ""mark""",a@example.org,agents audio\n',
    ],
)
def test_list_is_read_as_people_save_it(body: str, mine: Run) -> None:
    answer = take(mine, body, *ACTIVE)
    assert (answer.code, answer.err) == (0, "")
    (one,) = known(mine).values()
    assert (one["address"], one["digest"], sorted(one["topics"])) == ("a@example.org", "daily", ["agents", "audio"])
    assert (one["state"], one["consent"], one["origin"]) == ("active", "the form of 12 Nov", "owner")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("", "list.csv: is empty (its first line names its columns, address among them)"),
        ("a@example.org\nb@example.org\n", "list.csv, line 1: is no header (put a line above it that names"),
        ("name,mail\nx,y\n", 'list.csv, line 1: names no column address or email: "name,mail"'),
        ("na\x1b[2Jme\nx\n", r'"na\x1b[2Jme"'),
        ("address,email\na@example.org,b@example.org\n", 'has two columns for "address"'),
        ("address,topics,Topics\n", 'has two columns for "topics"'),
        ('"address\nx\n', "names no column"),
        (
            "address\nmüller@example.org\n".encode("cp1252"),
            "list.csv, line 2: is not UTF-8, but Windows-1252 or the like",
        ),
        ("address\n".encode("utf-16"), "is UTF-16 (save it as CSV in UTF-8)"),
    ],
)
def test_file_that_is_no_list_is_told_in_one_line(body: str | bytes, says: str, mine: Run) -> None:
    answer = take(mine, body)
    assert (answer.code, answer.out, len(answer.problems), says in answer.err) == (1, "", 1, True), answer.err
    assert not Path("digest.db").exists()


def test_file_that_is_not_there_is_told(mine: Run) -> None:
    answer = mine("subscriptions", "import", "none.csv")
    assert answer.problems == ["digest: none.csv: can't be read: No such file or directory (nothing was taken in)"]


BAD = """address;digest;topics
a@example.org;;
b@example;;
c@example.org;dayly;
d@example.org;daily;agnets
"e@example.org;;
f@example.org
"g@example.org"x;;
h\x1b[2J@example.org;;
A@EXAMPLE.ORG;daily;audio
i@example.org;daily;all
"""


def test_each_bad_line_is_told_and_the_rest_is_taken(mine: Run) -> None:
    answer = take(mine, BAD, "--json")
    assert answer.code == 1
    told = answer.json
    assert {key: told[key] for key in ("added", "already", "suppressed", "twice")} == {
        "added": 2,
        "already": 0,
        "suppressed": 0,
        "twice": 1,
    }
    says = {
        3: 'address: "b@example" has no usable domain after the "@"',
        4: 'digest: no digest "dayly"; did you mean "daily"?',
        5: 'topics: no topic "agnets"; did you mean "agents"?',
        6: MARKS,
        7: "has 1 field, and the header 3",
        8: MARKS,
        9: r'address: "h\x1b[2J@example.org" has something before the "@" that mail servers refuse',
    }
    assert {bad["line"]: bad["what"] for bad in told["bad"]} == says
    assert answer.problems == [f"digest: list.csv, line {line}: {what}" for line, what in says.items()]
    assert set(known(mine)) == {"a@example.org", "i@example.org"}
    again = take(mine, BAD)
    assert (
        again.out
        == "0 subscriptions added; 2 there already; 1 named before in the same list; 7 lines could not be used\n"
    )


def test_mark_that_is_never_closed_costs_its_own_line_alone(mine: Run) -> None:
    body = 'address,note\n"a@example.org,x\nb@example.org,y\n"c@example.org","z"\nd@example.org,"two\nlines"\n'
    answer = take(mine, body)
    assert answer.problems == [f"digest: list.csv, line 2: {MARKS}"]
    swallowed = take(mine, 'address\n"e@example.org\nf@example.org\n"\ng@example.org\n')
    assert [one.split(": ")[1] for one in swallowed.problems] == ["list.csv, line 2", "list.csv, line 4"]
    assert [name[0] for name in known(mine)] == ["b", "c", "d", "f", "g"]


def test_readers_of_a_list_are_pending_unless_they_asked_for_it(mine: Run) -> None:
    answer = take(mine, "address\na@example.org\n")
    assert answer.out == "1 subscription added, pending: nothing is sent to them until they confirm\n"
    assert known(mine)["a@example.org"]["state"] == "pending"
    refused = take(mine, "address\na@example.org\nb@example.org\n", "--state", "active")
    assert (refused.code, "needs --consent TEXT or a column consent: who gets mail unasked" in refused.err) == (2, True)
    taken = take(mine, "address,consent\na@example.org,by mail\nb@example.org,\n", "--state", "active")
    assert taken.problems == ["digest: list.csv, line 3: consent is empty, and --state active needs one"]
    assert {name: one["state"] for name, one in known(mine).items()} == {"a@example.org": "active"}, (
        "they asked for it now"
    )


@pytest.mark.parametrize("state", ["unsubscribed", "bounced", "paused"])
def test_list_brings_nobody_back(state: Any, mine: Run) -> None:  # noqa: ANN401 - a word
    take(mine, "address\na@example.org\n", *ACTIVE)
    with Store(Path("digest.db")) as store:
        store.subscriptions.put([1], state, DAY)
    assert take(mine, "address\na@example.org\n", *ACTIVE).out == "0 subscriptions added; 1 there already\n"
    assert known(mine)["a@example.org"]["state"] == state


def test_column_state_of_a_foreign_list_means_something_else(mine: Run) -> None:
    assert take(mine, "address,state\na@example.org,Ohio\n").code == 0
    assert known(mine)["a@example.org"]["state"] == "pending"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--digest", "dayly"), 'did you mean "daily"?'),
        (("--state", "bounced"), "'bounced' is not one of"),
        (("--consent", "a\x1bb"), "must be one line without control characters"),
        (("--suppress", "--state", "active"), "--suppress stands alone"),
    ],
)
def test_wrong_word_of_the_command_takes_nothing_in(words: tuple[str, ...], says: str, mine: Run) -> None:
    answer = take(mine, "address\na@example.org\n", *words)
    assert (answer.code, says in answer.err) == (2, True)
    assert not Path("digest.db").exists()


def test_lines_of_many_transactions_are_all_taken(mine: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.commands.readers.importing.AT_ONCE", 7)
    body = "address\n" + "".join(f"reader{number}@example.org\n" for number in range(50))
    assert take(mine, body + body.partition("\n")[2], "--json").json == {
        "added": 50,
        "already": 0,
        "suppressed": 0,
        "twice": 50,
        "deleted": 0,
        "bad": [],
    }
    assert len(known(mine)) == 50


def test_bar_is_drawn_at_a_terminal_alone(mine: Run, tmp_path: Path) -> None:
    assert take(mine, "address\n" + "a@example.org\n" * 300).err == ""
    code, shown = on_a_terminal(["subscriptions", "import", "list.csv"], tmp_path)
    assert (code, "lines" in shown, "1 there already" in shown) == (0, True, True)


def test_list_that_is_too_large_is_refused(mine: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.commands.readers.importing.MOST", 10)
    assert "is larger than 0 MiB" in take(mine, "address\na@example.org\n").err


# --- never again ------------------------------------------------------------------------------------------------


def test_suppressed_list_deletes_and_keeps_away(mine: Run) -> None:
    take(mine, "address\na@example.org\nb@example.org\n", *ACTIVE)
    answer = take(mine, "address,topics\nA@example.org,nonsense\nc@example.org,\nx,\n", "--suppress")
    said = "2 addresses will never be written to again (1 subscription deleted); 1 line could not be used\n"
    assert (answer.code, answer.out) == (1, said)
    assert set(known(mine)) == {"b@example.org"}
    assert take(mine, "address\na@example.org\nc@example.org\nd@example.org\n", "--json").json | {"bad": 0} == {
        "added": 1,
        "already": 0,
        "suppressed": 2,
        "twice": 0,
        "deleted": 0,
        "bad": 0,
    }
    again = take(mine, "address\na@example.org\n", "--suppress")
    assert again.out.endswith(
        "0 addresses will never be written to again (0 subscriptions deleted); 1 on that list already\n"
    )


# --- out and in again -------------------------------------------------------------------------------------------


def filled() -> None:
    """Subscriptions in all states."""
    with Store(Path("digest.db")) as store:
        own = store.subscriptions
        own.sync("daily", {"listed@example.org": False, "gone@example.org": False}, DAY)
        own.sync("daily", {"listed@example.org": False}, DAY)
        for state in ("pending", "active", "paused", "unsubscribed", "bounced"):
            own.add(
                "daily", f"{state}@example.org", DAY, state=state, topics=("audio", "agents"), consent='=1+1, "yes"; no'
            )
        own.put([own.find("paused@example.org")[0].id], "paused", DAY, until="2999-01-02")
        own.put([own.find("active@example.org")[0].id], "bounced", DAY, reason="@SUM(1)\x1b\nno")
        for odd in ("=cmd|'!A0@example.org", "'+x@example.org", "''@example.org"):
            own.add("daily", odd, DAY)
        own.delete("deleted@example.org", DAY)


def test_what_was_exported_comes_back_as_it_was(mine: Run) -> None:
    filled()
    before = known(mine)
    assert mine("subscriptions", "export", "all.csv").out == "10 subscriptions written to all.csv\n"
    assert mine("subscriptions", "import", "all.csv").out == "0 subscriptions added; 10 there already\n"
    for path in Path().glob("digest.db*"):
        path.unlink()
    assert mine("subscriptions", "import", "all.csv").out == "10 subscriptions added\n"
    before["active@example.org"]["reason"] = "@SUM(1)\\x1b\\nno"
    assert known(mine) == before
    assert mine("subscriptions", "export").out == Path("all.csv").read_bytes().decode()


def test_export_goes_through_a_pipe(mine: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    filled()
    out = mine("subscriptions", "export", "--state", "pending").out
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(out.encode())))
    assert mine("subscriptions", "import", "-").out == "0 subscriptions added; 1 there already\n"


def test_spreadsheet_computes_nothing_of_an_export(mine: Run) -> None:
    filled()
    rows = list(csv.reader(io.StringIO(mine("subscriptions", "export").out, newline="")))
    assert rows[0][:8] == ["address", "digest", "state", "topics", "since", "origin", "consent", "reason"]
    assert [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))] == []


@given(st.text(alphabet="'=+-@a", max_size=6))
def test_guard_is_taken_off_again(value: str) -> None:
    assert bare(guarded(value)) == value


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("active,,", "awake,,"), 'line 2: state: "awake" is none of pending, active'),
        ((",owner,", ",somebody,"), 'line 2: origin: "somebody" is none of config, owner, reader'),
        (("2026-11-16T07:00:00+00:00", "yesterday"), 'line 2: since: "yesterday" is not a time such as'),
        (("2026-11-16T07:00:00+00:00", "0001-01-01T00:00:00+14:00"), "is not a time such as"),
        ((",\r\n", ",soon\r\n"), 'line 2: until: "soon" is not a day such as'),
    ],
)
def test_export_that_was_changed_by_hand_is_told_where_it_is_wrong(
    change: tuple[str, str], says: str, mine: Run
) -> None:
    with Store(Path("digest.db")) as store:
        store.subscriptions.add("daily", "a@example.org", DAY)
    head, body = mine("subscriptions", "export").out.split("\r\n", 1)
    answer = take(mine, f"{head}\r\n{body.replace(*change)}")
    assert (answer.code, says in answer.err) == (1, True), (body, answer.err)
    assert mine("subscriptions", "import", "list.csv", "--state", "pending").code == 2, "each line says it itself"


def test_export_is_its_owners_alone_and_replaces_nothing(mine: Run) -> None:
    filled()
    mine("subscriptions", "export", "all.csv")
    assert stat.S_IMODE(Path("all.csv").stat().st_mode) == 0o600
    before = Path("all.csv").read_bytes()
    again = mine("subscriptions", "export", "all.csv", "--state", "active")
    assert again.problems == ["digest: all.csv: is there already (name another file, or take it away)"]
    assert (again.code, Path("all.csv").read_bytes()) == (1, before)
    Path("link.csv").symlink_to("elsewhere.csv")
    assert (mine("subscriptions", "export", "link.csv").code, Path("elsewhere.csv").exists()) == (1, False)
    assert "can't be written" in mine("subscriptions", "export", "none/all.csv").err


# --- any bytes --------------------------------------------------------------------------------------------------


@given(
    st.lists(st.sampled_from(['"', ",", ";", "\n", "\r", "a@example.org", "\0", "x" * 9, " "]), max_size=40).map(
        "".join
    )
)
def test_every_line_is_accounted_for_whatever_it_holds(text: str) -> None:
    sheet = read_sheet(f"address,topics\n{text}".encode(), "list.csv", {"address": "address"}, "address")
    found = list(sheet.rows())
    numbers = [one.line for one in found]
    assert numbers == sorted(set(numbers))
    bad = {one.line for one in found if isinstance(one, BadLine)}
    assert all(one.cells.keys() == {"address"} for one in found if isinstance(one, Row))
    if '"' not in text:
        told = {at for at, line in enumerate(io.StringIO(text, newline=""), 2) if line.strip("\r\n, ")}
        assert told <= set(numbers)
        assert {at for at, line in enumerate(io.StringIO(text, newline=""), 2) if line.count(",") != 1} & told <= bad


@given(st.binary(max_size=200))
def test_any_bytes_are_a_list_or_told_to_be_none(body: bytes) -> None:
    with suppress(DigestError):
        sheet = read_sheet(body, "list.csv", {"address": "address"}, "address")
        assert len(list(sheet.rows())) <= body.count(b"\n") + body.count(b"\r")
