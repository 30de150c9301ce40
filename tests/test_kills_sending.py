"""The real process, killed or cut off while it sends mails: nobody goes without, and at most one mail a connection comes twice.

strace counts the calls of each thread by itself, so with several connections the first thread that gets so far is the end
of all of them. The clock is set, so that what is put off for hours is due in the next run.
"""

from __future__ import annotations

import email
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digest import pipeline
from digest.store import Store
from tests.fakes import Place, card, page
from tests.smtp_server import MailServer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.smtp_server import Conversation

STRACE = pytest.mark.skipif(
    shutil.which("strace") is None and os.environ.get("CI") != "true", reason="strace is not installed"
)
ROOT = str(Path(__file__).resolve().parents[1])
BARE = {name: value for name, value in os.environ.items() if not name.startswith("COV")}  # it writes files too
BARE["PYTHONPATH"] = os.pathsep.join(filter(None, (ROOT, BARE.get("PYTHONPATH"))))
READERS = tuple(f"r{n}@example.org" for n in range(8))
NAMES = ("Ivy", "Juniper")
CONFIG = """
alerts = false
owner = "ada@example.net"
[[digest]]
name = "daily"
to = [{to}]
[mail]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "digest@example.net"
connections = {connections}
"""
CALLS = ("sendto", "recvfrom", "pwrite64", "fdatasync")
BEGUN = re.compile(r"(\d+) +(\w+)\((.*)")  # in strace's words: who, which call, with what
SLOWLY = 0.004  # seconds
DOT = '".\\r\\n"'


def configured(port: int = 9, connections: int = 1) -> str:
    to = ", ".join(f'"{reader}"' for reader in READERS)
    return CONFIG.format(to=to, port=port, connections=connections)


@dataclass(frozen=True, slots=True)
class Mailing:
    """An edition that eight readers are owed, and the server that is to take their mails; none is sent yet."""

    place: Place
    server: MailServer
    connections: int

    @property
    def command(self) -> list[str]:
        """`digest run`, at the place's time."""
        config = str(self.place.folder / "config.toml")
        return [sys.executable, "-m", "tests.clocked", self.place.now.isoformat(), "-c", config, "run"]

    def traced(self, *options: str) -> subprocess.CompletedProcess[str]:
        """The run under strace; options say what is written down or injected, and where."""
        words = ["strace", "-f", "-qq", *options, *self.command]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False, env=BARE)
        self.server.wait()
        return done

    def failing_at(self, call: str, error: str, when: str) -> subprocess.CompletedProcess[str]:
        """Run with an error from this call on, or once."""
        injection = f"inject={call}:error={error}:when={when}"
        return self.traced("--seccomp-bpf", "-o", "/dev/null", "-e", f"trace={call}", "-e", injection)

    def killed_at(self, call: str, nth: int) -> bool:
        """Run until the n-th call of a thread; False when it was done before. No filter: it would let no signal through."""
        injection = f"inject={call}:signal=KILL:when={nth}"
        done = self.traced("-o", "/dev/null", "-e", f"trace={call}", "-e", injection)
        assert done.returncode in (0, -signal.SIGKILL), done.stderr
        return done.returncode != 0

    def states(self) -> list[str]:
        """Of each mail, in the order in which they are sent."""
        with Store(self.place.config.database) as store:
            return [one.state for one in store.outbox.all()]

    def all_is_well(self) -> None:
        """Two clean runs later every reader has the edition, few have it twice, and no mail is owed any more."""
        for _ in range(2):
            before = len(self.server.mails)
            self.place.now += timedelta(hours=5)
            assert self.place.run().errors == ()
            self.server.wait()
        assert len(self.server.mails) == before, "the second clean run sends nothing"
        self._nobody_goes_without()
        assert self.states() == ["sent"] * len(READERS)
        with Store(self.place.config.database) as store:
            assert store.halts.all() == ()
        with closing(sqlite3.connect(self.place.config.database)) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]

    def _nobody_goes_without(self) -> None:
        mails = [email.message_from_bytes(mail.content) for mail in self.server.mails]
        to = Counter(mail["To"] for mail in mails)
        assert set(to) == set(READERS)
        assert sum(to.values()) - len(to) <= self.connections, f"came twice: {to - Counter(READERS)}"
        assert max(to.values()) <= 2
        assert len({(mail["To"], mail["Message-ID"]) for mail in mails}) == len(READERS), "the same mail again"
        assert len({mail["Message-ID"] for mail in mails}) == len(READERS)
        for one in self.server.mails:
            assert all(f"The {name} Method".encode() in one.content for name in NAMES)


@pytest.fixture(scope="module")
def owed(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The edition, published, its pages built; made once and copied."""
    place = Place(tmp_path_factory.mktemp("owed"), configured())
    place.drop(page(*map(card, NAMES)))
    place.publish()
    with place.desk() as desk:
        pipeline.build(desk, [])
    return place


@contextmanager
def mailing(owed: Place, folder: Path, connections: int = 1) -> Iterator[Mailing]:
    shutil.copytree(owed.folder, folder, dirs_exist_ok=True)
    with MailServer() as server:
        place = Place(folder, configured(server.port, connections), owed.now)
        (folder / "config.toml").write_text(place.text)
        yield Mailing(place, server, connections)


# --- where the calls of an undisturbed run stand ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a run; `nth` of its thread, as strace counts."""

    name: str
    nth: int
    words: str


def calls_in(trace: str) -> list[Call]:
    """In the order in which they began."""
    seen: Counter[tuple[str, str]] = Counter()
    calls = []
    for who, name, words in BEGUN.findall(trace):
        seen[who, name] += 1
        calls.append(Call(name, seen[who, name], words))
    return calls


def after_dot(calls: Sequence[Call], mail: int, name: str) -> int:
    """Which call of this name is the first after the dot of the n-th mail."""
    dots = [place for place, call in enumerate(calls) if call.name == "sendto" and DOT in call.words]
    return next(call.nth for call in calls[dots[mail - 1] + 1 :] if call.name == name)


def dot_of(calls: Sequence[Call], mail: int) -> int:
    return [call.nth for call in calls if call.name == "sendto" and DOT in call.words][mail - 1]


@pytest.fixture(scope="module")
def calls(owed: Place, tmp_path_factory: pytest.TempPathFactory) -> list[Call]:
    """Those of a run over one connection that nothing happens to."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with mailing(owed, folder / "place") as undisturbed:
        done = undisturbed.traced("--seccomp-bpf", "-o", str(folder / "trace"), "-e", f"trace={','.join(CALLS)}")
        assert done.returncode == 0, done.stderr
        undisturbed.all_is_well()
    return calls_in((folder / "trace").read_text())


# --- kills --------------------------------------------------------------------------------------------------------


@STRACE
def test_killed_before_the_answer_to_the_dot_one_mail_comes_twice(owed: Place, calls: list[Call], disk: Path) -> None:
    with mailing(owed, disk) as one:
        assert one.killed_at("recvfrom", after_dot(calls, 5, "recvfrom"))
        assert len(one.server.mails) == 5, "the server has it"
        assert one.states() == ["sent"] * 4 + ["in_doubt"] + ["queued"] * 3
        one.all_is_well()
        assert len(one.server.mails) == len(READERS) + 1


@STRACE
def test_killed_twice_before_the_answer_for_one_mail_it_is_held_and_never_comes_again(
    owed: Place, calls: list[Call], disk: Path
) -> None:
    with mailing(owed, disk) as one:
        for _ in range(2):
            assert one.killed_at("recvfrom", after_dot(calls, 1, "recvfrom"))
        one.place.run()
        assert one.states() == ["held"] + ["sent"] * (len(READERS) - 1)
        assert len(one.server.mails) == len(READERS) + 1


@STRACE
def test_killed_before_the_dot_the_mail_is_in_doubt_and_nothing_comes_twice(
    owed: Place, calls: list[Call], disk: Path
) -> None:
    with mailing(owed, disk) as one:
        assert one.killed_at("sendto", dot_of(calls, 3))
        assert len(one.server.mails) == 2
        assert one.states() == ["sent"] * 2 + ["in_doubt"] + ["queued"] * 5
        one.all_is_well()
        assert len(one.server.mails) == len(READERS)


@STRACE
def test_killed_before_the_body_the_mail_is_not_in_doubt(owed: Place, calls: list[Call], disk: Path) -> None:
    with mailing(owed, disk) as one:
        assert one.killed_at("sendto", dot_of(calls, 3) - 1)
        assert len(one.server.mails) == 2
        assert one.states()[2] == "queued"
        one.all_is_well()


@STRACE
@pytest.mark.parametrize(("mail", "call"), [(1, "pwrite64"), (2, "fdatasync")])
def test_killed_while_an_answer_is_noted_loses_nothing(
    mail: int, call: str, owed: Place, calls: list[Call], disk: Path
) -> None:
    with mailing(owed, disk) as one:
        assert one.killed_at(call, after_dot(calls, mail, call))
        one.all_is_well()


@STRACE
def test_killed_with_several_connections_at_most_one_mail_each_comes_twice(
    owed: Place, calls: list[Call], disk: Path
) -> None:
    with mailing(owed, disk, connections=3) as one:
        assert one.killed_at("recvfrom", after_dot(calls, 1, "recvfrom"))
        one.all_is_well()


@STRACE
@pytest.mark.faults
@pytest.mark.parametrize("connections", [1, 3])
@pytest.mark.parametrize("call", CALLS)
def test_kill_at_every_call_of_sending_loses_nothing(call: str, connections: int, owed: Place, disk: Path) -> None:
    """All calls of the first mails; of the others, which do the same, some."""
    nth, killed = 1, True
    while killed:
        with mailing(owed, disk / str(nth), connections) as one:
            killed = one.killed_at(call, nth)
            one.all_is_well()
        shutil.rmtree(disk / str(nth))
        nth += 1 if nth < 40 else 3
    assert nth > 10  # there is something to die at


def slowly(_: Conversation, __: str) -> None:
    """As usual, but so that there is time to be killed in."""
    time.sleep(SLOWLY)


def killed_by_chance(one: Mailing, seed: int) -> None:
    """Ended from outside, somewhere between the first word and the last mail."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    lines, pause = chance.randint(0, 25), chance.uniform(0, 2 * SLOWLY)
    one.server.scripts |= dict.fromkeys(("MAIL", "RCPT", "DATA", "DOT"), slowly)
    with subprocess.Popen(one.command, stdout=subprocess.DEVNULL, env=BARE) as process:
        while len(one.server.heard) < lines and process.poll() is None:
            time.sleep(0.0005)
        time.sleep(pause)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    one.server.wait()
    one.server.scripts.clear()


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.faults) for seed in range(2, 31))])
def test_kill_at_any_instant_loses_nothing(seed: int, owed: Place, disk: Path) -> None:
    with mailing(owed, disk) as one:
        killed_by_chance(one, seed)
        one.all_is_well()


# --- errors -------------------------------------------------------------------------------------------------------


def told_once(done: subprocess.CompletedProcess[str]) -> None:
    """One clear line, and an exit code that says so."""
    assert done.returncode in (1, 69, 75), done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr


@STRACE
def test_answer_that_never_comes_is_one_clear_line_and_one_mail_comes_twice(
    owed: Place, calls: list[Call], disk: Path
) -> None:
    with mailing(owed, disk) as one:
        told_once(one.failing_at("recvfrom", "ECONNRESET", str(after_dot(calls, 6, "recvfrom"))))
        one.all_is_well()
        assert len(one.server.mails) == len(READERS) + 1


@STRACE
@pytest.mark.parametrize(("call", "error"), [("sendto", "EPIPE"), ("recvfrom", "ECONNRESET")])
def test_connection_that_breaks_before_any_mail_is_one_clear_line_and_loses_nothing(
    call: str, error: str, owed: Place, disk: Path
) -> None:
    with mailing(owed, disk) as one:
        told_once(one.failing_at(call, error, "1"))
        assert one.server.mails == []
        one.all_is_well()


@STRACE
@pytest.mark.parametrize("before", [0, 1])
def test_connection_that_breaks_in_a_mail_is_one_clear_line_and_loses_nothing(
    before: int, owed: Place, calls: list[Call], disk: Path
) -> None:
    with mailing(owed, disk) as one:
        told_once(one.failing_at("sendto", "EPIPE", str(dot_of(calls, 4) - before)))
        one.all_is_well()
        assert len(one.server.mails) == len(READERS)


@STRACE
def test_disk_that_fails_after_a_mail_is_one_clear_line_and_loses_nothing(
    owed: Place, calls: list[Call], disk: Path
) -> None:
    with mailing(owed, disk) as one:
        told_once(one.failing_at("fdatasync", "EIO", f"{after_dot(calls, 4, 'fdatasync')}+"))
        one.all_is_well()


@STRACE
@pytest.mark.faults
@pytest.mark.parametrize(("call", "error"), [("sendto", "EPIPE"), ("recvfrom", "ECONNRESET"), ("fdatasync", "EIO")])
def test_error_at_every_call_of_sending_loses_nothing(call: str, error: str, owed: Place, disk: Path) -> None:
    for nth in range(1, 30):
        with mailing(owed, disk / str(nth)) as one:
            done = one.failing_at(call, error, f"{nth}+" if error == "EIO" else str(nth))
            assert "Traceback" not in done.stderr
            assert len(done.stderr.splitlines()) <= 1, done.stderr
            one.all_is_well()
        shutil.rmtree(disk / str(nth))
