"""A real Postfix on loopback, with folders of its own: it delivers to Maildirs, and what it can't deliver comes back.

Nothing of the system's own Postfix is touched: configuration, queue, data and log lie in a temporary folder, and only
what was started here is stopped. Postfix must be started by root; its programs then work as `postfix` and `nobody`.

An address of a domain it delivers to is accepted whether its mailbox exists or not, and comes back later by a mail of
bounce(8); of a domain in `strict` only mailboxes that exist are accepted.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Self

import pytest

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["Postfix", "free_port", "postfix_here"]

PROGRAMS = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))
PATIENCE = 30.0  # seconds until a start, or an empty queue, is given up
TURN = 0.02  # seconds between two looks
WAITING = ("maildrop", "incoming", "active", "deferred")  # the folders of mails that have not arrived yet
DELIVERS_AS = "nobody"  # virtual(8) refuses to deliver as root

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = mx.example.net
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
disable_dns_lookups = yes
smtp_host_lookup = native
default_transport = error:there is no network here
in_flow_delay = 0
recipient_delimiter = +
virtual_mailbox_domains = {domains}
virtual_mailbox_base = {folder}/mailboxes
virtual_mailbox_maps = texthash:{folder}/mailboxes.map
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtpd_reject_unlisted_recipient = no
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = check_recipient_access texthash:{folder}/strict.map, permit_mynetworks, reject
"""
SECURE = """
smtpd_tls_security_level = may
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {certificate}.key
"""
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup     unix       n - n 60   1 pickup
cleanup    unix       n - n -    0 cleanup
qmgr       unix       n - n 300  1 qmgr
tlsmgr     unix       - - n 1000 1 tlsmgr
rewrite    unix       - - n -    - trivial-rewrite
bounce     unix       - - n -    0 bounce
defer      unix       - - n -    0 bounce
trace      unix       - - n -    0 bounce
verify     unix       - - n -    1 verify
flush      unix       n - n 1000 0 flush
proxymap   unix       - - n -    - proxymap
proxywrite unix       - - n -    1 proxymap
showq      unix       n - n -    - showq
error      unix       - - n -    - error
retry      unix       - - n -    - error
discard    unix       - - n -    - discard
virtual    unix       - n n -    - virtual
anvil      unix       - - n -    1 anvil
scache     unix       - - n -    1 scache
postlog    unix-dgram n - n -    1 postlogd
"""


def postfix_here() -> None:
    """Skip where Postfix can't be started. In CI it must be there; whether CI is root is not ours to say."""
    if os.geteuid():
        pytest.skip("only root can start Postfix")
    if shutil.which("postfix", path=PROGRAMS) is None and os.environ.get("CI") != "true":
        pytest.skip("Postfix is not on this machine")


@dataclass
class Postfix:
    """Serves at `port` of 127.0.0.1 until the `with` ends. `certificate`: a file in PEM beside its key, for STARTTLS."""

    mailboxes: Collection[str]
    strict: Collection[str] = ()
    certificate: Path | None = None

    def __enter__(self) -> Self:
        self.folder = Path(mkdtemp(prefix="postfix-", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT")))
        self.folder.chmod(0o755)  # for the users that its programs become
        try:
            self.port = free_port()
            self._write()
            self._postfix("start")
            self._await_greeting()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._postfix("stop", check=False)
        shutil.rmtree(self.folder, ignore_errors=True)  # the last of its programs may still be on its way out

    def mails(self, address: str) -> list[bytes]:
        """The new mails of one mailbox, those that arrived first before the others."""
        new = self.maildir(address) / "new"
        files = sorted(new.iterdir(), key=lambda file: file.stat().st_mtime_ns) if new.is_dir() else []
        return [file.read_bytes() for file in files]

    def maildir(self, address: str) -> Path:
        """Where its mails lie."""
        return self.folder / "mailboxes" / address

    def settle(self) -> None:
        """Wait until no mail is on its way: all have arrived, and what could not has come back.

        Seen twice: while one look goes through the folders, a bounce may come into those it has left behind.
        """
        end, empty = time.monotonic() + PATIENCE, 0
        while empty < 2:
            assert time.monotonic() < end, self.log()
            time.sleep(TURN)
            empty = 0 if self._is_busy() else empty + 1

    def log(self) -> str:
        """The end of what it wrote down, for a test that failed."""
        with suppress(FileNotFoundError):
            return (self.folder / "log").read_text(encoding="utf-8", errors="replace")[-4000:]
        return "it wrote no log"

    def _is_busy(self) -> bool:
        return any(file.is_file() for name in WAITING for file in (self.folder / "queue" / name).rglob("*"))

    def _write(self) -> None:
        owner = pwd.getpwnam(DELIVERS_AS)
        for name in ("etc", "queue", "data", "mailboxes"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        shutil.chown(self.folder / "mailboxes", owner.pw_uid, owner.pw_gid)
        domains = sorted({address.rpartition("@")[2] for address in self.mailboxes})
        facts = {"folder": self.folder, "domains": ", ".join(domains), "uid": owner.pw_uid, "gid": owner.pw_gid}
        secure = SECURE.format(certificate=self.certificate) if self.certificate else ""
        for name, text in (
            ("mailboxes.map", "".join(f"{address} {address}/\n" for address in self.mailboxes)),
            ("strict.map", "".join(f"{domain} reject_unlisted_recipient\n" for domain in self.strict)),
            ("etc/main.cf", MAIN.format(**facts) + secure),
            ("etc/master.cf", MASTER.format(port=self.port)),
        ):
            (self.folder / name).write_text(text, encoding="utf-8")

    def _postfix(self, verb: str, *, check: bool = True) -> None:
        program = shutil.which("postfix", path=PROGRAMS) or "postfix"
        words = [program, "-c", str(self.folder / "etc"), verb]
        world = {"PATH": PROGRAMS}
        done = subprocess.run(words, env=world, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.returncode == 0 or not check, f"{done.stdout}{done.stderr}{self.log()}"

    def _await_greeting(self) -> None:
        end = time.monotonic() + PATIENCE
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as one:
                if one.recv(4) == b"220 ":
                    return
            assert time.monotonic() < end, self.log()
            time.sleep(TURN)


def free_port() -> int:
    """A port that nobody uses now."""
    with closing(socket.create_server(("127.0.0.1", 0))) as one:
        return int(one.getsockname()[1])
