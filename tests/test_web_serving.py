"""The server on real sockets: where it listens, who is cut off, how it stops; and the command, as people start it."""

from __future__ import annotations

import http.client
import logging
import os
import signal
import socket
import stat
import threading
import time
from contextlib import ExitStack, closing, suppress
from typing import TYPE_CHECKING

import pytest

from digest.errors import DigestError
from digest.models import Document
from digest.output import Output
from digest.web import serving as module
from digest.web.guard import HEADERS
from digest.web.listening import listening
from digest.web.serving import Place, serving
from tests.asgi import site_of
from tests.commandline import process
from tests.daemons import Started, comes
from tests.fakes import Place as Folder
from tests.fakes import card, page
from tests.postfix import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.types import ASGIApp, Receive, Scope, Send

LARGE = 8 * 2**20  # bytes: more than the sockets between two processes hold
PATIENCE = 20.0  # seconds until a test's client gives up


@pytest.fixture
def app(tmp_path: Path) -> ASGIApp:
    texts = {"index.html": "<p>front</p>", "large.txt": "x" * LARGE}
    Output(tmp_path / "public").put([Document(path, text) for path, text in texts.items()])
    return site_of(Folder(tmp_path))


@pytest.fixture
def port(app: ASGIApp) -> Iterator[int]:
    place = Place(port=free_port())
    with serving(app, place):
        yield place.port


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)


def asked(one: socket.socket, request: bytes = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") -> bytes:
    """The answer to a request, read to its end or to the end of its head."""
    one.sendall(request)
    answer = b""
    while b"\r\n\r\n" not in answer and (piece := one.recv(4096)):
        answer += piece
    return answer


def get(port: int, path: str = "/") -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as one:
        one.request("GET", path)
        answer = one.getresponse()
        return answer.status, answer.read()


def is_cut_off(one: socket.socket) -> bool:
    """Whether the other end has gone, though we never left."""
    try:
        while one.recv(65_536):
            pass
    except ConnectionError:
        return True
    return True


# --- where it listens -----------------------------------------------------------------------------------------------


def test_port_is_served_and_free_again_afterwards(app: ASGIApp) -> None:
    place = Place(port=free_port())
    for _ in range(2):
        with serving(app, place):
            assert get(place.port) == (200, b"<p>front</p>")


def test_body_does_not_wait_for_its_head_to_be_acknowledged() -> None:
    place = Place(port=free_port())
    with listening(place) as door, connected(place.port), door.accept()[0] as accepted:
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_port_that_is_taken_is_told_in_one_line(app: ASGIApp, port: int) -> None:
    with pytest.raises(DigestError) as told, serving(app, Place(port=port)):
        pass
    assert str(told.value) == (
        f"http://127.0.0.1:{port}/: can't be listened at: another program listens there "
        "(change listen in [web] of config.toml, or end what is there)"
    )
    assert get(port)[0] == 200


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_address_that_is_not_ours_is_told(app: ASGIApp, host: str) -> None:
    with pytest.raises(DigestError, match="can't be listened at"), serving(app, Place(host, free_port())):
        pass


def by_socket(path: Path) -> bytes:
    with socket.socket(socket.AF_UNIX) as one:
        one.settimeout(PATIENCE)
        one.connect(str(path))
        return asked(one)


def test_socket_is_open_to_its_owner_and_group_and_gone_afterwards(app: ASGIApp, tmp_path: Path) -> None:
    path = tmp_path / "web.sock"
    with serving(app, Place(socket=path)):
        assert by_socket(path).startswith(b"HTTP/1.1 200 ")
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
    assert list(tmp_path.glob("*.sock")) == list(tmp_path.glob(".*.sock")) == []


def test_socket_that_a_dead_server_left_is_replaced(app: ASGIApp, tmp_path: Path) -> None:
    path = tmp_path / "web.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with serving(app, Place(socket=path)):
        assert by_socket(path).startswith(b"HTTP/1.1 200 ")


def test_socket_at_which_somebody_listens_is_left_alone(app: ASGIApp, tmp_path: Path) -> None:
    path = tmp_path / "web.sock"
    with serving(app, Place(socket=path)):
        with pytest.raises(DigestError, match="another program listens there"), serving(app, Place(socket=path)):
            pass
        assert by_socket(path).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_what_is_no_socket_is_never_replaced(kind: str, app: ASGIApp, tmp_path: Path) -> None:
    path, other = tmp_path / "web.sock", tmp_path / "other"
    other.write_text("mine")
    if kind == "file":
        path.write_text("mine")
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(other)
    with pytest.raises(DigestError, match="no socket is there"), serving(app, Place(socket=path)):
        pass
    assert path.is_dir() or path.read_text() == "mine"


def test_socket_of_who_came_after_is_not_taken_away(app: ASGIApp, tmp_path: Path) -> None:
    path = tmp_path / "web.sock"
    with serving(app, Place(socket=path)):
        path.unlink()
        with socket.socket(socket.AF_UNIX) as later:
            later.bind(str(path))
    assert path.exists()


# --- what is no request ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_",
    [
        b"GARBAGE\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 20_000 + b"\r\n\r\n",
        b"GET /" + b"y" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 5_000 + b"\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_is_no_http_or_absurd_is_refused_with_the_headers(request_: bytes, port: int) -> None:
    with connected(port) as one:
        answer = asked(one, request_)
    if answer:  # TLS spoken to us is no line yet, and is waited for
        assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 431 "))
        assert all(f"{name}: {value}".lower().encode() in answer.lower() for name, value in HEADERS.items())
        assert b"\r\ndate: " in answer
    assert get(port)[0] == 200


@pytest.mark.parametrize("upgrade", ["websocket", "h2c"])
def test_wish_for_another_protocol_is_answered_in_this_one(upgrade: str, port: int) -> None:
    with connected(port) as one:
        head = f"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: {upgrade}\r\n\r\n"
        assert asked(one, head.encode()).startswith(b"HTTP/1.1 200 ")


def test_form_of_a_megabyte_is_refused_and_its_sender_hears_that(port: int) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as one:
        one.request("POST", "/search", body=b"x" * 2**20)
        answer = one.getresponse()
        assert (answer.status, answer.getheader("connection")) == (413, "close")


def test_faults_print_nothing_and_stop_nobody(port: int, capfd: pytest.CaptureFixture[str]) -> None:
    for request in (b"GARBAGE\r\n\r\n", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na"):
        with connected(port) as one:
            one.sendall(request)
    assert get(port, "/healthz")[0] == 503
    assert capfd.readouterr() == ("", "")


def test_application_that_fails_in_the_midst_cuts_off_that_one_and_prints_nothing(
    capfd: pytest.CaptureFixture[str],
) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]})
        if scope["path"] != "/":
            raise RuntimeError
        await send({"type": "http.response.body", "body": b"nine ones"})

    place = Place(port=free_port())
    with serving(broken, place):
        with pytest.raises(http.client.HTTPException):
            get(place.port, "/broken")
        assert get(place.port) == (200, b"nine ones")
    assert capfd.readouterr() == ("", "")


# --- who is slow ----------------------------------------------------------------------------------------------------


def test_head_that_does_not_come_to_an_end_is_cut_off(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HEAD", 0.2)
    with connected(port) as drip, connected(port) as silent, connected(port) as second:
        assert asked(second).startswith(b"HTTP/1.1 200 ")
        second.sendall(b"GET / HT")
        ended = threading.Event()
        threading.Thread(target=dripping, args=(drip, ended), daemon=True).start()
        try:
            assert all(is_cut_off(one) for one in (drip, silent, second))
        finally:
            ended.set()


def dripping(one: socket.socket, ended: threading.Event) -> None:
    with suppress(OSError):
        one.sendall(b"GET / HTTP/1.1\r\n")
        while not ended.wait(0.05):
            one.sendall(b"X: y\r\n")


def test_answer_that_nobody_reads_is_cut_off(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STUCK", 0.5)
    with connected(port) as one:
        one.sendall(b"GET /large.txt HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(3)
        got = 0
        with suppress(ConnectionError):
            while piece := one.recv(65_536):
                got += len(piece)
        assert got < LARGE


def test_answer_that_is_read_slowly_comes_whole(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STUCK", 1.5)
    with connected(port) as one:
        one.sendall(b"GET /large.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        got, began = 0, time.monotonic()
        while piece := one.recv(65_536):
            got += len(piece)
            if time.monotonic() < began + 3:  # for longer than nothing at all may be taken
                time.sleep(0.05)
        assert got > LARGE


def test_connections_that_say_nothing_keep_nobody_out(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 20)
    with ExitStack() as all_of_them:
        slow = [all_of_them.enter_context(connected(port)) for _ in range(60)]
        for number, one in enumerate(slow):
            with suppress(ConnectionError):  # who came first had to go
                one.sendall(
                    b"GET / HTTP/1.1\r\n" if number % 2 else b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"
                )
            if number % 10 == 9:
                assert get(port) == (200, b"<p>front</p>")
        kept = []
        for one in slow:
            one.settimeout(0.01)
            with suppress(TimeoutError):
                assert is_cut_off(one)
                continue
            kept.append(one)
        assert len(kept) <= 20


def test_answers_that_nobody_reads_keep_nobody_out(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 5)
    with ExitStack() as slow:
        for _ in range(5):
            slow.enter_context(connected(port)).sendall(b"GET /large.txt HTTP/1.1\r\nHost: x\r\n\r\n")
        assert comes(lambda: get_or_none(port) == 200, within=PATIENCE)


def get_or_none(port: int) -> int | None:
    with suppress(OSError, http.client.HTTPException):
        return get(port)[0]
    return None


# --- how it stops ---------------------------------------------------------------------------------------------------


def test_it_stops_soon_whoever_is_connected(app: ASGIApp) -> None:
    place = Place(port=free_port())
    with ExitStack() as open_ones:
        with serving(app, place):
            idle, slow, half = (open_ones.enter_context(connected(place.port)) for _ in range(3))
            assert asked(idle).startswith(b"HTTP/1.1 200 ")
            slow.sendall(b"GET /large.txt HTTP/1.1\r\nHost: x\r\n\r\n")
            half.sendall(b"GET / HTTP/1.1\r\n")
            time.sleep(0.2)
        assert all(is_cut_off(one) for one in (idle, slow, half))
        assert comes(lambda: not [thread for thread in threading.enumerate() if thread.name == "web"], within=PATIENCE)


def test_answer_that_is_under_way_is_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Event(), threading.Event()

    async def waits(scope: Scope, receive: Receive, send: Send) -> None:
        import asyncio  # noqa: PLC0415

        del scope, receive
        begun.set()
        await asyncio.to_thread(go_on.wait, PATIENCE)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": b"done"})

    monkeypatch.setattr(module, "FINISHING", 10)
    place = Place(port=free_port())
    with connected_later(place) as one:
        with serving(waits, place):
            one.connect(("127.0.0.1", place.port))
            one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert begun.wait(PATIENCE)
            threading.Timer(0.3, go_on.set).start()
        assert one.recv(65_536).endswith(b"done")


def connected_later(_: Place) -> socket.socket:
    one = socket.socket()
    one.settimeout(PATIENCE)
    return one


def test_signals_and_loggers_stay_as_they_were(app: ASGIApp) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    with serving(app, Place(port=free_port())):
        assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before
    assert (root.handlers, root.level) == (handlers, level)


# --- the command ----------------------------------------------------------------------------------------------------


WEB = '[web]\nlisten = "127.0.0.1:{}"\n'


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_command_serves_until_it_is_stopped(number: signal.Signals, tmp_path: Path) -> None:
    port = free_port()
    place = Folder(tmp_path, WEB.format(port))
    place.day(page(card("Amber")))
    with Started(place, words=("serve", "--log", "text")) as started:
        assert started.says(f"served at http://127.0.0.1:{port}/")
        assert get(port)[0] == get(port, "/healthz")[0] == get(port, "/search?q=Amber")[0] == 200
        with connected(port) as one:
            one.sendall(b"GARBAGE\r\n\r\n")
        started.process.send_signal(number)
        assert started.ended() == 0
        assert len(started.lines) == 2
        assert "stopped" in started.lines[1]


def test_command_at_a_port_that_is_taken_says_so_and_ends(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        (tmp_path / "config.toml").write_text(WEB.format(number))
        done = process(["serve", "--log", "text"], tmp_path)
    assert done.code == 1
    assert len(done.problems) == 1
    assert f"http://127.0.0.1:{number}/: can't be listened at: another program listens there" in done.problems[0]


def test_command_goes_on_beside_a_run_and_shows_what_it_brings(tmp_path: Path) -> None:
    port = free_port()
    place = Folder(tmp_path, WEB.format(port))
    with Started(place, words=("serve",)) as started:
        assert comes(lambda: get_or_none(port) == 404)  # nothing is built yet
        place.drop(page(card("Amber")))
        assert process(["run"], tmp_path).code == 0
        assert get(port)[0] == get(port, "/search?q=Amber")[0] == 200
        assert started.stopped() == 0


def test_daemon_goes_on_where_its_port_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = Folder(tmp_path, WEB.format(taken.getsockname()[1]))
        place.drop(page(card("Amber")))
        with Started(place) as daemon:
            assert daemon.says("another program listens there")
            assert comes((tmp_path / "public" / "index.html").exists)
            assert daemon.stopped() == 0


def test_daemon_serves_by_a_socket_and_takes_it_away(tmp_path: Path) -> None:
    place = Folder(tmp_path, '[web]\nlisten = "unix:web.sock"\n')
    place.drop(page(card("Amber")))
    with Started(place) as daemon:
        assert daemon.says("served at")
        assert comes(lambda: by_socket(tmp_path / "web.sock").startswith(b"HTTP/1.1 200 "))
        assert daemon.stopped() == 0
    assert not (tmp_path / "web.sock").exists()


def test_server_that_was_killed_leaves_nothing_that_keeps_the_next_one_out(tmp_path: Path) -> None:
    place = Folder(tmp_path, '[web]\nlisten = "unix:web.sock"\n')
    with Started(place, words=("serve",)) as first:
        assert first.says("served at")
        os.kill(first.process.pid, signal.SIGKILL)
        first.ended()
    assert (tmp_path / "web.sock").exists()
    with Started(place, words=("serve",)) as second:
        assert second.says("served at")
        assert by_socket(tmp_path / "web.sock").startswith(b"HTTP/1.1 404 ")
