"""One connection to a mail server: bytes out, whole replies in, each by a deadline and within a bound.

Not `smtplib`: its timeout counts from byte to byte, so that a server which drips holds it for ever; it gathers replies
of any length, and it takes what a server said too early for the answer to what comes next.
"""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, cast

from digest.deliver.replies import LONGEST_REPLY, Broken, Refused, Reply, Step, is_last, read, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Wire", "connected"]

PIECE = 65536  # bytes handed to the system at once
SOON = 5.0  # seconds for the rest of a line that has begun too early
REFUSING = 400  # RFC 5321 §4.2.1: 4yz and 5yz
WRONG_PORT = "TLS from the start is port 465, STARTTLS is 587: check the port and `security`"
WRONG_NAME = "`host` must be the name that the certificate is for; an authority of your own goes into SSL_CERT_FILE"


class Wire:
    """A socket that knows lines. Each failure is `Broken` at the step in whose course it came."""

    def __init__(self, sock: socket.socket, timeout: float) -> None:
        self.socket, self.timeout = sock, timeout
        self.hidden: tuple[str, ...] = ()  # what must not be repeated: a server may echo a login
        self._read = bytearray()

    def ask(self, step: Step, command: str, *, expected: str = "2") -> Reply:
        """Send a command, return a reply whose code begins so; raises `Refused` at 4xx and 5xx, else `Broken`."""
        self.quiet(step)
        self.send(step, f"{command}\r\n".encode())
        return self.answer(step, expected=expected)

    def answer(self, step: Step, *, expected: str = "2", seconds: float | None = None) -> Reply:
        """The answer to a step, within so many seconds in all; raises as `ask` does."""
        reply = self._reply(step, self.timeout if seconds is None else seconds)
        if reply.code >= REFUSING:
            raise Refused(step, reply)
        if not str(reply.code).startswith(expected):
            raise Broken(step, f"said “{reply}” at {step}, which does not belong there")
        return reply

    def quiet(self, step: Step) -> None:
        """Make sure that nothing has been said before it was asked for.

        Whoever took it for an answer would believe a `250` that is about something else. A refusal counts as one;
        servers say 421 before they close.
        """
        self._take_what_is_there(step)
        if self._read:
            reply = self.answer(step, expected="", seconds=min(self.timeout, SOON))
            raise Broken(step, f"said “{reply}” before {step}, without being asked")

    def send(self, step: Step, data: bytes) -> None:
        """Hand bytes over; each piece has the whole timeout (RFC 5321 §4.5.3.2.5 counts so too)."""
        with self._failing(step, self.timeout):
            for start in range(0, len(data), PIECE):
                self.socket.settimeout(self.timeout)
                self.socket.sendall(data[start : start + PIECE])

    def secure(self, context: ssl.SSLContext, host: str, step: Step) -> None:
        """Go on over TLS. What the server said in clear beyond its answer is never read (CVE-2011-0411)."""
        if self._read:
            raise Broken(step, "said more in clear than its answer", "somebody between you and it may be meddling")
        with self._failing(step, self.timeout):
            self.socket.settimeout(self.timeout)
            self.socket = context.wrap_socket(self.socket, server_hostname=host)

    @property
    def tls(self) -> str:
        """Its version, such as `TLSv1.3`; empty without TLS."""
        return (self.socket.version() or "") if isinstance(self.socket, ssl.SSLSocket) else ""

    def close(self) -> None:
        """Close at once, without a word."""
        with suppress(OSError):
            self.socket.close()

    def break_off(self) -> None:
        """End the connection under whoever waits for it in another thread; that one closes it."""
        with suppress(OSError):
            socket.socket.shutdown(self.socket, socket.SHUT_RDWR)

    def _reply(self, step: Step, seconds: float) -> Reply:
        ends, room, lines = time.monotonic() + seconds, LONGEST_REPLY, list[str]()
        while not lines or not is_last(lines[-1]):
            with self._failing(step, seconds):
                line = self._line(step, ends, room)
            room -= len(line) + 1
            lines.append(self._shown(line))
            if read((lines[0], lines[-1])) is None:
                raise Broken(step, f"said what is no SMTP at {step}: “{shown(lines[-1])}”", WRONG_PORT)
        return cast("Reply", read(lines))

    def _line(self, step: Step, ends: float, room: int) -> bytes:
        while (end := self._read.find(b"\n")) < 0 and len(self._read) <= room:
            left = ends - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self.socket.settimeout(left)
            self._read += (more := self.socket.recv(PIECE))
            if not more:
                raise ConnectionError
        if not 0 <= end <= room:
            raise Broken(step, f"said more than {LONGEST_REPLY:,} bytes at {step}")
        line = bytes(self._read[:end])
        del self._read[: end + 1]
        return line.removesuffix(b"\r")

    def _take_what_is_there(self, step: Step) -> None:
        """Without waiting: what has arrived meanwhile, or that the other side is gone."""
        with suppress(BlockingIOError, ssl.SSLWantReadError), self._failing(step, 0):
            self.socket.settimeout(0)
            self._read += self.socket.recv(PIECE)
            if not self._read:
                raise ConnectionError

    def _shown(self, line: bytes) -> str:
        text = line.decode("utf-8", "replace")
        for secret in self.hidden:
            text = text.replace(secret, "…")
        return text

    @contextmanager
    def _failing(self, step: Step, seconds: float) -> Iterator[None]:
        """What the system reports of a connection, in words."""
        hint = WRONG_PORT if step in {Step.CONNECT, Step.STARTTLS} else ""
        try:
            yield
        except (BlockingIOError, ssl.SSLWantReadError):
            raise
        except ssl.SSLCertVerificationError as error:
            what = f"its certificate is not to be trusted: {error.verify_message}"
            raise Broken(step, what, WRONG_NAME) from error
        except TimeoutError as error:
            raise Broken(step, f"did not go on at {step} within {seconds:g} s", hint) from error
        except ssl.SSLError as error:
            reason = (error.reason or "it broke off").replace("_", " ").lower()
            raise Broken(step, f"TLS fails at {step}: {reason}", hint) from error
        except OSError as error:
            raise Broken(step, f"closed the connection at {step}", hint) from error


def connected(host: str, port: int, timeout: float) -> Wire:
    """A connection to the first address of a host that answers; each has so many seconds."""
    step = Step.CONNECT
    try:
        sock = socket.create_connection((host, port), timeout)
    except socket.gaierror as error:
        raise Broken(step, f"its name can't be looked up: {error.strerror}", "check `host` and the network") from error
    except TimeoutError as error:
        raise Broken(step, f"can't be reached within {timeout:g} s", "check the port and the firewall") from error
    except (OSError, UnicodeError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or "no such host can be"
        raise Broken(step, f"can't be reached: {reason}", "check `host`, the port and the network") from error
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else Nagle and delayed ACK cost 44 ms a mail
    return Wire(sock, timeout)
