"""A real nginx on loopback, with folders of its own, in front of a server of ours; only what was started here is stopped.

It may be started by anybody. What stands in its `server` comes from the snippets of docs/web.md, so that these are tried.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Self

import pytest

from tests.postfix import free_port

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Nginx", "nginx_here", "snippet"]

PROGRAMS = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))
PATIENCE = 30.0  # seconds until a start is given up
TURN = 0.02  # seconds between two looks
DOCS = Path(__file__).resolve().parents[1] / "docs" / "web.md"
CONFIGURATION = """
daemon off;
{user}
pid {folder}/pid;
error_log {folder}/log;
worker_processes 1;
events {{ worker_connections 256; }}
http {{
    access_log off;
    include /etc/nginx/mime.types;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} {tls};
{server}
    }}
}}
"""
SECURE = "ssl_certificate {certificate}; ssl_certificate_key {certificate}.key;"


def nginx_here() -> None:
    """Skip where it is not; in CI it must be there."""
    if shutil.which("nginx", path=PROGRAMS) is None and os.environ.get("CI") != "true":
        pytest.skip("nginx is not on this machine")


def snippet(heading: str, changes: Mapping[str, str]) -> str:
    """The block of nginx's configuration below a heading of docs/web.md, with other places than those of the page."""
    found = re.search(rf"^#+ {re.escape(heading)}\n.*?```nginx\n(.*?)```", DOCS.read_text(), re.DOTALL | re.MULTILINE)
    assert found, f"docs/web.md has no snippet below {heading}"
    text = found[1]
    for old, new in changes.items():
        assert old in text, f"{old} does not stand below {heading} of docs/web.md"
        text = text.replace(old, new)
    return text


@dataclass
class Nginx:
    """Listens at `port` of 127.0.0.1 until the `with` ends; `certificate`: a file in PEM beside its key, for TLS."""

    server: str
    certificate: Path | None = None

    def __enter__(self) -> Self:
        program = shutil.which("nginx", path=PROGRAMS)
        assert program, "nginx is not installed: apt-get install nginx-light"
        self.folder = Path(mkdtemp(prefix="nginx-", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT")))
        self.port = free_port()
        (self.folder / "nginx.conf").write_text(self._configuration())
        words = [program, "-p", str(self.folder), "-c", str(self.folder / "nginx.conf"), "-e", str(self.folder / "log")]
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL)
        try:
            self._await()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            shutil.rmtree(self.folder, ignore_errors=True)

    def log(self) -> str:
        """What it complained of."""
        with suppress(FileNotFoundError):
            return (self.folder / "log").read_text(errors="replace")[-4000:]
        return ""

    def _configuration(self) -> str:
        secure = SECURE.format(certificate=self.certificate) if self.certificate else ""
        return CONFIGURATION.format(
            folder=self.folder,
            port=self.port,
            user="" if os.geteuid() else f"user {pwd.getpwuid(os.geteuid()).pw_name};",
            tls="ssl" if self.certificate else "",
            server=secure + self.server,
        )

    def _await(self) -> None:
        end = time.monotonic() + PATIENCE
        while True:
            assert self.process.poll() is None, self.log()
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            assert time.monotonic() < end, self.log()
            time.sleep(TURN)
