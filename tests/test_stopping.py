"""A real process that is asked to stop, by the signals that people and systemd send."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from digest.stopping import Stop
from digest.store import Store
from tests.commandline import on_a_terminal
from tests.fakes import Place, card, page
from tests.smtp_server import MailServer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.smtp_server import Conversation

READERS = 6
SOON = 20  # seconds until a process that does not end is a failure


def place_of(folder: Path, server: MailServer, readers: int = READERS) -> Place:
    to = ", ".join(f'"r{n}@example.org"' for n in range(readers))
    text = (
        f'[[digest]]\nname = "daily"\nto = [{to}]\n[mail]\nhost = "127.0.0.1"\nport = {server.port}\n'
        'security = "none"\nsender = "digest@example.net"\n'
    )
    (folder / "config.toml").write_text(text)
    place = Place(folder, text)
    place.drop(page(card("Amber")))
    return place


def stopped_at(place: Place, reached: threading.Event, go_on: threading.Event, number: int) -> tuple[int, str]:
    """Exit code and stderr of a run that gets the signal when the server has got so far."""
    command = [sys.executable, "-m", "digest", "-c", str(place.folder / "config.toml"), "run"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as started:
        assert reached.wait(SOON)
        started.send_signal(number)
        threading.Timer(0.3, go_on.set).start()
        _, err = started.communicate(timeout=SOON)
    return started.returncode, err


def states(place: Place) -> dict[str, str]:
    with Store(place.config.database) as store:
        return {one.to: one.state for one in store.outbox.all()}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize(("verb", "end"), [("DOT", "sent"), ("RCPT", "queued")])
def test_signal_waits_for_an_answer_to_a_dot_and_for_nothing_else(
    tmp_path: Path, number: int, verb: str, end: str
) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def third(conversation: Conversation, words: str) -> None:
        del words
        if conversation.accepted >= 2 and not reached.is_set():
            reached.set()
            go_on.wait(SOON)

    with MailServer({verb: third}) as server:
        place = place_of(tmp_path, server)
        code, err = stopped_at(place, reached, go_on, number)
        assert code == 75
        assert err.count("\n") == 1
        assert "stopped after" in err
        assert states(place)["r2@example.org"] == end
        assert {states(place)[f"r{n}@example.org"] for n in (3, 4, 5)} == {"queued"}
        place.now = datetime.now(UTC)
        place.run()
        assert sorted(mail.rcpt for mail in server.mails) == [f"<r{n}@example.org>" for n in range(READERS)]


def test_signal_while_nothing_is_in_doubt_ends_at_once() -> None:
    stop = Stop()
    with pytest.raises(KeyboardInterrupt), stop.on_signals():
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_many_mails_show_how_far_they_got_on_a_terminal_only(tmp_path: Path) -> None:
    with MailServer() as server:
        place = place_of(tmp_path, server, readers=60)
        _, shown = on_a_terminal(["run"], tmp_path)
        assert len(server.mails) == 60
    assert "sending" in shown
    assert "done at " in shown
    assert "/60" in shown
    assert set(states(place).values()) == {"sent"}


def test_replay_of_past_days_sends_nothing(tmp_path: Path) -> None:
    with MailServer() as server:
        place = place_of(tmp_path, server)
        done = subprocess.run(
            [sys.executable, "-m", "digest", "-c", str(tmp_path / "config.toml"), "run", "--as-of", "2026-11-16"],
            check=False,
            capture_output=True,
        )
        assert done.returncode == 0
        assert server.connections == 0
    assert len(place.mails()) == READERS
