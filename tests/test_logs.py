"""What happens, as lines: what stands in each, whom they name, and that none holds a secret."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import re
import ssl
import subprocess
import sys
from contextvars import copy_context
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from digest.commands.logs import fitting, logs
from digest.errors import Busy, Down, LostReply, RelayUnreachable, TemporaryDelivery
from digest.logs import DEBUG, ERROR, about, about_run, hears, say
from digest.models import Fetched
from digest.sources.web import shown
from digest.store import Store
from tests.certificates import certificate_for
from tests.commandline import GRAPHS, MAPLE, drop, everything, process
from tests.fakes import Place, Refusing, Scripted, card, page
from tests.servers import Server, reply
from tests.smtp_server import MailServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from digest.desk import Desk
    from tests.commandline import Run

KEYS = ("time", "level", "event", "message", "run", "source", "dump", "edition")


class Heard(io.StringIO):
    """What was logged."""

    @property
    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]

    def of(self, event: str) -> list[dict[str, Any]]:
        return [one for one in self.records if one["event"] == event]


@contextlib.contextmanager
def heard(form: str = "json") -> Iterator[Heard]:
    stream = Heard()
    with logs(form, stream):
        yield stream


def run(place: Place, change: Callable[[Desk], Desk] = lambda desk: desk, form: str = "json") -> Heard:
    with heard(form) as stream:
        place.run(change)
    return stream


# --- one record, one line ---------------------------------------------------------------------------------------


def test_every_record_says_what_it_is_about_or_null(tmp_path: Path) -> None:
    place = Place(tmp_path, '[[digest]]\nname = "daily"\nto = ["a@example.org"]\n')
    place.drop(page(GRAPHS, MAPLE))
    found = run(place, form="json:debug")
    assert [tuple(one)[:8] for one in found.records] == [KEYS] * len(found.records)
    assert {one["run"] for one in found.records} == {1}
    (dump,) = found.of("dump.settled")
    assert (dump["source"], dump["dump"], dump["listed"], dump["edition"]) == ("dumps", "2026-11-16.txt", 2, None)
    (edition,) = found.of("edition.sealed")
    assert (edition["edition"], edition["papers"], edition["source"]) == ("daily/1", 2, None)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", edition["time"])
    assert [one["event"] for one in found.records][0 :: len(found.records) - 1] == ["run.started", "run.ended"]


def test_text_is_a_short_line_without_colours() -> None:
    with heard("text") as stream, about(source="arxiv"):
        say("look.answered", "look arxiv: 1 dump, 25 new")
        say("halt.begun", "bad", level=ERROR)
    first, second = stream.getvalue().splitlines()
    assert re.fullmatch(r"\d\d:\d\d:\d\d INFO  look arxiv: 1 dump, 25 new", first)
    assert re.fullmatch(r"\d\d:\d\d:\d\d ERROR bad", second)


class Terminal(Heard):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("no_colour", "level"), [("", "\x1b[31mERROR\x1b[0m"), ("1", "ERROR")])
def test_bad_news_have_a_colour_on_a_terminal(no_colour: str, level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", no_colour)
    stream = Terminal()
    with logs("text", stream):
        say("fault", "bad", level=ERROR)
    assert stream.getvalue().endswith(f" {level} bad\n")
    assert (fitting(stream), fitting(Heard())) == ("text", "json")


@pytest.mark.parametrize("form", ["text", "json"])
def test_whatever_a_message_holds_is_one_line(form: str) -> None:
    with heard(form) as stream, about(source="a\nb"):
        say("fault", "one\ntwo\r\x1b[31m\u2028three\u202e\udc80", thing="x\ny", many=("p\nq",))
    (line,) = stream.getvalue().splitlines()
    assert line.isprintable()


def test_stream_that_is_closed_stops_nothing() -> None:
    stream = io.StringIO()
    with logs("text", stream):
        stream.close()
        say("fault", "nobody reads this")


def test_novels_are_cut() -> None:
    with heard() as stream:
        say("fault", "x" * 5_000)
    assert len(stream.records[0]["message"]) == 1_001


# --- what it is about -------------------------------------------------------------------------------------------


def test_what_it_is_about_ends_with_the_block_and_goes_into_a_thread_that_is_given_it() -> None:
    with heard() as stream:
        with about(source="outer"), about(source="inner", dump="d"):
            say("x", "within")
            kept = copy_context()
        say("x", "after")
        kept.run(say, "x", "carried")
    assert [(one["source"], one["dump"]) for one in stream.records] == [("inner", "d"), (None, None), ("inner", "d")]


def test_answers_over_the_network_are_about_their_source_and_run(tmp_path: Path) -> None:
    with Server({"/a": reply(b"no", "500 No"), "/b": reply(b"no", "500 No")}) as server:
        sources = "".join(
            f'[[source]]\nname = "{name}"\nkind = "feed"\nurl = "{server.url("/" + name)}"\nallow_private = true\n'
            for name in "ab"
        )
        found = run(Place(tmp_path, sources), form="json:debug")
    assert sorted((one["source"], one["run"], one["message"][-3:]) for one in found.of("fetch")) == [
        ("a", 1, "500"),
        ("b", 1, "500"),
    ]
    assert sorted(one["source"] for one in found.of("look.failed")) == ["a", "b"]


def test_mails_are_about_their_run_in_every_lane(tmp_path: Path) -> None:
    place = Place(tmp_path, '[[digest]]\nname = "daily"\nto = ["a@example.org", "b@example.org"]\n')
    place.drop(page(GRAPHS))
    found = run(place, lambda desk: replace(desk, channels=desk.channels * 2), form="json:debug")
    assert [(one["run"], one["edition"]) for one in found.of("delivery.tried")] == [(1, "daily/1")] * 2


# --- what is said -----------------------------------------------------------------------------------------------


def test_look_says_what_came_of_it(tmp_path: Path) -> None:
    scripted = Scripted([[Fetched("one", page(GRAPHS, MAPLE).encode())], [], [Down("https://x.example/", "is down")]])
    place = Place(tmp_path)
    looks = [run(place, scripted.on) for _ in range(3)]
    (answered,) = looks[0].of("look.answered")
    assert (answered["message"], answered["new"]) == ("look scripted: 1 dump, 2 new", 2)
    (unchanged,) = looks[1].of("look.unchanged")
    (failed,) = looks[2].of("look.failed")
    assert (failed["message"], failed["level"]) == ("https://x.example/: is down", "warning")
    assert {one["source"] for one in (answered, unchanged, failed)} == {"scripted"}
    assert not looks[2].of("look.unchanged")


def test_run_that_breaks_off_is_said() -> None:
    with heard() as stream, pytest.raises(ZeroDivisionError), about_run(7):
        raise ZeroDivisionError("never mind")
    (broken,) = stream.records
    assert (broken["run"], broken["level"], "never mind" in broken["message"]) == (7, "error", True)


def outcomes(place: Place, *faults: BaseException, after_doubt: bool = False) -> Heard:
    channel = Refusing(place.folder / "mail", faults, after_doubt=after_doubt)
    return run(place, channel.on)


def test_mails_are_summed_and_a_halt_is_said(tmp_path: Path) -> None:
    place = Place(tmp_path, '[[digest]]\nname = "daily"\nto = ["a@example.org", "b@example.org", "c@example.org"]\n')
    place.drop(page(GRAPHS))
    found = outcomes(place, TemporaryDelivery("mail to a@example.org", "450 later, a@example.org"))
    (sums,) = found.of("mail.sums")
    assert (sums["message"], sums["sent"]) == ("mail: 3 due: 2 sent, 1 postponed", 2)
    assert not found.of("delivery.sent")
    place.now += timedelta(hours=1)
    found = outcomes(place, RelayUnreachable("mail", "is not there"))
    (halt,) = found.of("halt.begun")
    assert "is not there" in halt["message"]
    place.now += timedelta(hours=1)
    assert len(outcomes(place).of("halt.ended")) == 1


def test_readers_are_named_at_debug_only(tmp_path: Path) -> None:
    place = Place(tmp_path, '[[digest]]\nname = "daily"\nto = ["ada.reader@example.org"]\n')
    place.drop(page(GRAPHS))
    fault = TemporaryDelivery("mail to ada.reader@example.org", "450 <ada.reader@example.org>: later")
    assert "ada.reader" not in outcomes(place, fault).getvalue()
    place.now += timedelta(hours=1)
    assert "to ada.reader@example.org" in run(place, form="json:debug").getvalue()


def test_mail_that_nobody_can_say_of_is_doubtful_once_then_held(tmp_path: Path) -> None:
    place = Place(tmp_path, '[[digest]]\nname = "daily"\nto = ["a@example.org"]\n')
    place.drop(page(GRAPHS))
    lost = LostReply("mail to a@example.org", "the connection was lost")
    first = outcomes(place, lost, after_doubt=True)
    place.now += timedelta(hours=1)
    second = outcomes(place, lost, after_doubt=True)
    assert [one["delivery"] for one in first.of("delivery.doubtful")] == [1]
    assert [one["edition"] for one in second.of("delivery.held")] == ["daily/1"]
    with place.desk() as desk:
        assert desk.store.outbox.counts().held == 1
    assert [one["level"] for one in first.of("mail.failed")] == ["warning"]


def test_dump_that_a_crash_left_is_about_its_source(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with place.desk() as desk:
        desk.store.dumps.own(Fetched("left.txt", page(GRAPHS).encode()), "dumps", now=place.now)
    (dump,) = run(place).of("dump.settled")
    assert (dump["source"], dump["dump"]) == ("dumps", "left.txt")


def test_other_listeners_get_records_of_one_line_too(caplog: pytest.LogCaptureFixture) -> None:
    with heard():
        say("fault", "one\ntwo")
    assert caplog.messages == ["one\\ntwo"]


# --- the command ------------------------------------------------------------------------------------------------


def test_without_the_option_nothing_is_logged_and_answers_are_as_ever(mine: Run) -> None:
    drop(page(GRAPHS))
    assert mine("run").err == ""
    assert mine("run", "--log", "text").err != ""


def test_environment_may_ask_for_logs(mine: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_LOG", "json")
    drop(page(GRAPHS))
    answer = mine("ingest")
    events = [json.loads(line)["event"] for line in answer.problems]
    assert events == ["dump.settled", "look.answered"]
    assert "1 listed = 1 new" in answer.out


def test_with_logs_every_fault_is_said_once_and_all_of_stderr_is_json(mine: Run) -> None:
    drop(page(GRAPHS))
    Path("config.toml").write_text('[[source]]\nname = "dumps"\n[[source]]\nname = "b"\npath = "no"\n')
    Path("public").write_text("in the way")
    told = [line.removeprefix("digest: ") for line in mine("run").problems]
    assert len(told) == 2
    answer = mine("run", "--log", "json")
    assert answer.code == 1
    said = [json.loads(line) for line in answer.problems]
    assert sorted(
        one["message"] for one in said if one["level"] == "warning" and one["event"] != "run.ended"
    ) == sorted(told)


def test_quiet_run_imports_no_logging(mine: Run, tmp_path: Path) -> None:
    drop(page(GRAPHS))
    mine("run")
    code = (
        "import sys; from digest import cli\ntry: cli.main(['run'])\nexcept SystemExit: print('logging' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "quiet: no mail was due\nFalse\n"


def test_nobody_hears_where_nothing_is_configured() -> None:
    assert not hears(DEBUG)
    with heard("json"):
        assert (hears(DEBUG), hears(ERROR)) == (False, True)
    with heard("json:debug"):
        assert hears(DEBUG)
    assert logging.getLogger("digest").level == logging.NOTSET


# --- secrets ----------------------------------------------------------------------------------------------------

CANARY = "canary7f3a"
PASSWORD, TOKEN, KEY = f"{CANARY}-password", f"{CANARY}-token", f"{CANARY}-key"


def echo(_: object, words: str) -> str:
    """A server that repeats whatever it was told."""
    return f"451 4.3.0 not now: {words}"


def mail(server: MailServer, how: str) -> str:
    return f'[mail]\nhost = "localhost"\nport = {server.port}\nsecurity = "tls"\nuser = "ada@example.net"\n{how}\n'


def searched(folder: Path, *texts: str) -> list[str]:
    """What must not be anywhere: the canaries as they are or in base64, and each subscription's token."""
    with Store(folder / "digest.db") as store:
        tokens = [row["token"] for row in store.database.rows("SELECT token FROM subscription")]
        ledger = [str(tuple(row)) for row in store.database.rows("SELECT * FROM run")]
        looks = [str(tuple(row)) for row in store.database.rows("SELECT * FROM look")]
    assert tokens
    everywhere = "\n".join((*texts, *ledger, *looks))
    return [word for word in (CANARY, "Y2FuYXJ5", "NhbmFyeT", "jYW5hcnk", "Bearer", *tokens) if word in everywhere]


BY_PASSWORD, BY_TOKEN = 'password_file = "secret"', f'token_command = ["echo", "{TOKEN}"]'


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("AUTH", ("text:debug", BY_PASSWORD)),
        ("AUTH", ("json:debug", BY_TOKEN)),
        ("MAIL", ("json:debug", BY_PASSWORD)),
        ("RCPT", ("text:debug", BY_TOKEN)),
        ("", ("json:debug", BY_TOKEN)),
    ],
)
def test_no_secret_is_told_anywhere(
    wrong: str, words: tuple[str, str], digest: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    form, how = words
    pem = certificate_for("localhost", tmp_path)
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(pem, f"{pem}.key")
    (tmp_path / "secret").write_text(PASSWORD)
    place = Place(tmp_path)
    place.drop(page(GRAPHS))
    scripts: Any = {wrong: echo} if wrong else {}
    secret = TOKEN if "token" in how else PASSWORD
    pages: dict[str, Any] = {
        "/feed": reply(b"no", "500 No"),
        "/moved": reply(b"", "302 Found", Location=f"/feed?{KEY}#{KEY}"),
    }
    pages |= {f"/feed?key={KEY}": pages["/feed"], f"/moved?{KEY}": pages["/moved"]}
    pages[f"/list?{KEY}"] = reply(page(card("Amber")).encode(), **{"Content-Type": "text/plain"})
    with MailServer(scripts, tls=theirs, secrets={"ada@example.net": secret}) as server, Server(pages) as web:
        addresses = ", ".join(
            f'"{web.url(path)}"' for path in (f"/feed?key={KEY}", f"/moved?{KEY}", f"/list?{KEY}", f"/gone?{KEY}")
        )
        (tmp_path / "config.toml").write_text(
            'owner = "ada@example.net"\n[[digest]]\nname = "daily"\nto = ["ada@example.org"]\n'
            '[[source]]\nname = "dumps"\n[[source]]\nname = "f"\n'
            f'kind = "feed"\nurls = [{addresses}]\nallow_private = true\n{mail(server, how)}'
        )
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        commands: list[list[str]] = [
            ["run", "--log", form],
            ["run"],
            ["run", "--json"],
            ["status"],
            ["log"],
            ["sources"],
        ]
        commands += [["log", "--json"], ["status", "--json"], ["doctor", "mail", "ada@example.org"], ["outbox"]]
        answers = [digest(*one) for one in commands]
        spoken = " ".join(server.heard)
    assert "AUTH" in spoken
    assert len({request.path for request in web.requests}) >= 4
    assert [answer.code for answer in answers if answer.code not in (0, 1, 75)] == []
    assert "fetch" in answers[0].err or "answers 500" in answers[0].err
    assert searched(tmp_path, *(answer.out + answer.err for answer in answers)) == []


def test_password_in_an_address_is_refused_without_telling_it(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        f'[[source]]\nname = "f"\nkind = "feed"\nurl = "https://ada:{PASSWORD}@example.org/feed?key={KEY}"\n'
    )
    answer = process(["run", "--log", "json:debug"], tmp_path)
    assert answer.code == 78
    assert CANARY not in answer.out + answer.err
    assert CANARY in str(everything(tmp_path))


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (f"https://example.org/feed?key={KEY}: is down", "https://example.org/feed?…: is down"),
        (f"https://ada:{KEY}@example.org/ (again)", "https://example.org/ (again)"),
        (f"(see http://example.org/a?b={KEY}&c={KEY})", "(see http://example.org/a?…)"),
        (f"https://example.org/#{KEY}", "https://example.org/?…"),
        (f"<https://a.example/?{KEY}> → https://b.example/?x={KEY}", "<https://a.example/?…> → https://b.example/?…"),
        ("is it? yes", "is it? yes"),
        ("what? https://example.org/ why?", "what? https://example.org/ why?"),
    ],
)
def test_record_keeps_of_an_address_what_is_no_secret(said: str, kept: str) -> None:
    with heard() as stream, about(dump=said):
        say("fault", said, subject=said)
    (one,) = stream.records
    assert (one["message"], one["dump"], one["subject"]) == (kept, kept, kept)
    assert str(Busy(said, "x")) == f"{kept}: x"


@pytest.mark.parametrize("url", [f"/feed?{KEY}", f"https://example.org/{'a' * 150}?{KEY}", f"a?b\n{KEY}", f"x#{KEY}"])
def test_address_in_a_fault_ends_where_its_query_begins(url: str) -> None:
    assert CANARY not in shown(url)
    assert shown(url).endswith("?…")


def test_dump_that_was_not_read_is_named_without_its_key(digest: Run, tmp_path: Path) -> None:
    with Server({f"/feed?{KEY}": reply(b"<html>no feed</html>", **{"Content-Type": "text/html"})}) as web:
        source = f'kind = "feed"\nurl = "{web.url(f"/feed?{KEY}")}"\nallow_private = true\n'
        (tmp_path / "config.toml").write_text(f'[[source]]\nname = "f"\n{source}')
        answers = [digest(*words.split()) for words in ("run --log json:debug", "status", "sources", "log")]
    told = "".join(answer.out + answer.err for answer in answers)
    assert "could not be read" in told
    assert CANARY not in told
