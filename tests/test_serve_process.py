"""`digest serve` and the daemon as real processes: both listeners, each with its own pages, until they are stopped."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.daemons import BARE, comes
from tests.sites import OWN, published

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE = 30  # seconds


def free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


@contextmanager
def started(command: str, folder: Path, **environment: str) -> Iterator[subprocess.Popen[str]]:
    words = [sys.executable, "-m", "digest", command]
    env = BARE | {"HOME": str(folder)} | environment
    with subprocess.Popen(words, cwd=folder, env=env, stderr=subprocess.PIPE, text=True) as one:
        try:
            yield one
        finally:
            one.kill()


def answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False, timeout=PATIENCE).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.mark.parametrize("command", ["serve", "daemon"])
def test_everybodys_pages_and_the_owners_listen_apart_until_stopped(tmp_path: Path, command: str) -> None:
    public, own = free(), free()
    published(tmp_path)
    text = f'{OWN}listen = "127.0.0.1:{public}"\nadmin = {own}\n'
    (tmp_path / "config.toml").write_text(text)
    with started(command, tmp_path) as one:
        assert comes(lambda: answers(f"http://127.0.0.1:{public}/healthz"))
        assert comes(lambda: answers(f"http://127.0.0.1:{own}/admin"))
        for path in ("/", "/search?q=larch", "/status"):
            assert answers(f"http://127.0.0.1:{public}{path}"), path
            assert not answers(f"http://127.0.0.1:{own}{path}"), path
        assert not answers(f"http://127.0.0.1:{public}/admin")
        one.send_signal(signal.SIGTERM)
        assert one.wait(PATIENCE) == 0


def test_a_socket_for_everybody_leaves_the_owners_pages_on_loopback(tmp_path: Path) -> None:
    own = free()
    published(tmp_path)
    (tmp_path / "config.toml").write_text(f'{OWN}listen = "unix:web.sock"\nadmin = {own}\n')
    with started("serve", tmp_path):
        assert comes(lambda: answers(f"http://127.0.0.1:{own}/admin"))
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(tmp_path / "web.sock"))) as web:
            assert web.get("http://127.0.0.1/admin").status_code == 404
            assert web.get("http://127.0.0.1/status").status_code == 200


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    published(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (tmp_path / "config.toml").write_text(f'{OWN}listen = "127.0.0.1:{free()}"\nadmin = {port}\n')
        with started("serve", tmp_path) as one:
            _, said = one.communicate(timeout=PATIENCE)
    assert one.returncode == 1
    assert f"http://127.0.0.1:{port}/: can't be listened at" in said
