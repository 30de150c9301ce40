"""A mail server on loopback that does as it is told, verb by verb, however wrong that is.

A script per verb (CONNECT EHLO STARTTLS AUTH RSET NOOP MAIL RCPT DATA BODY DOT QUIT) is a list of what to do the next
times it comes, or a function that decides. What is to be done is a reply in text (a line each), bytes to send as they
are, a function of the conversation such as `drop`, or None for what a good server does.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from base64 import b64decode, b64encode
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping

    Act = str | bytes | Callable[["Conversation"], None] | None
    Script = list[Act] | Callable[["Conversation", str], Act]

__all__ = [
    "Accepted",
    "Conversation",
    "MailServer",
    "accept_and_drop",
    "accept_and_hang",
    "by_recipient",
    "drip",
    "drop",
    "greylist",
    "hang",
    "rate_limit",
    "then_drop",
]

NOTHING_MORE = 20.0  # seconds after which a test's server gives up waiting, whatever happens
GRANTS = {"220", "235", "250", "251", "354"}
OFFERED = ("SIZE 10000000", "8BITMIME", "ENHANCEDSTATUSCODES")


class Over(Exception):
    """The conversation ends here."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A mail that the server took: what stood after `MAIL FROM:` and `RCPT TO:`, and the bytes without doubled dots."""

    mail: str
    rcpt: str
    content: bytes


@dataclass
class MailServer:
    """Serves on 127.0.0.1 until the `with` ends. `secrets` are the users who may log in; with any, AUTH is offered."""

    scripts: dict[str, Script] = field(default_factory=dict)
    offered: tuple[str, ...] = OFFERED
    tls: ssl.SSLContext | None = None
    starttls: bool = False
    secrets: Mapping[str, str] = field(default_factory=dict)
    mechanisms: str = "PLAIN LOGIN XOAUTH2"
    mails: list[Accepted] = field(default_factory=list)
    cut_off: list[bytes] = field(default_factory=list)  # what came of mails that never ended
    heard: list[str] = field(default_factory=list)
    connections: int = 0
    spoke: threading.Event = field(default_factory=threading.Event)  # since a script's BODY or DATA did what it did
    over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for one in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(NOTHING_MORE)
        for one in self._open:
            one.close()

    def wait(self) -> None:
        """Wait until everyone who has connected is gone: what was sent to the end is accepted then."""
        for thread in self._threads[1:]:
            thread.join(NOTHING_MORE)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def verbs(self) -> list[str]:
        """The first word of each line that was heard."""
        return [line.partition(" ")[0].upper() for line in self.heard]

    def act(self, verb: str, conversation: Conversation, words: str) -> Act:
        """What the script says about this verb, now."""
        script = self.scripts.get(verb, [])
        if callable(script):
            return script(conversation, words)
        return script.pop(0) if script else None

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # the listener is closed at the end
            while True:
                stream, _ = self._listener.accept()
                self.connections += 1
                self._open.append(stream.dup())
                thread = threading.Thread(target=Conversation(self, stream).run, daemon=True)
                thread.start()
                self._threads.append(thread)


class Conversation:
    """One connection, from greeting to end."""

    def __init__(self, server: MailServer, stream: socket.socket) -> None:
        self.server, self.stream = server, stream
        self.mail = self.rcpt = ""
        self.accepted = 0
        self.secure = False
        self.file = stream.makefile("rb")

    def run(self) -> None:
        self.stream.settimeout(NOTHING_MORE)
        try:
            with contextlib.suppress(OSError, Over):
                self.talk()
        finally:
            self.file.close()
            with contextlib.suppress(OSError):
                self.stream.shutdown(socket.SHUT_RDWR)
            self.stream.close()

    def talk(self) -> None:
        if self.server.tls and not self.server.starttls:
            self.wrap()
        self.do("CONNECT", "", "220 mx.test ESMTP at your service")
        while line := self.file.readline():
            text = line.decode(errors="replace").rstrip("\r\n")
            self.server.heard.append(text)
            verb, _, words = text.partition(" ")
            getattr(self, f"on_{verb.lower()}", self.on_unknown)(words)

    def wrap(self) -> None:
        assert self.server.tls is not None
        self.file.close()
        self.stream = self.server.tls.wrap_socket(self.stream, server_side=True)
        self.file = self.stream.makefile("rb")
        self.secure = True

    def do(self, verb: str, words: str, usual: str) -> bool:
        """Do what the script says, or the usual; returns whether the verb was granted."""
        act = self.server.act(verb, self, words)
        granted = act is None or (isinstance(act, str) and act[:3] in GRANTS)
        if granted and verb == "DOT":
            self.accept()  # before anybody can know of it
        if callable(act):
            act(self)
        else:
            self.say(usual if act is None else act)
        if isinstance(act, str) and act.startswith("421"):
            raise Over
        return granted

    def say(self, act: str | bytes) -> None:
        self.stream.sendall(act if isinstance(act, bytes) else "".join(f"{x}\r\n" for x in act.split("\n")).encode())

    # --- verbs ---

    def on_ehlo(self, words: str) -> None:
        offered = [*self.server.offered]
        if self.server.starttls and not self.secure:
            offered.append("STARTTLS")
        elif self.server.secrets:
            offered.append(f"AUTH {self.server.mechanisms}")
        lines = ["mx.test greets you", *offered]
        self.do("EHLO", words, "\n".join([*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}"]))

    def on_starttls(self, words: str) -> None:
        if self.do("STARTTLS", words, "220 2.0.0 go ahead"):
            self.wrap()

    def on_auth(self, words: str) -> None:
        mechanism, _, first = words.partition(" ")
        said = decoded(first)
        if mechanism == "LOGIN":
            self.say(f"334 {b64encode(b'Password:').decode()}")
            said = f"\0{said}\0{decoded(self.line())}"
        known = [
            f"user={user}\1auth=Bearer {secret}\1\1" if mechanism == "XOAUTH2" else f"\0{user}\0{secret}"
            for user, secret in self.server.secrets.items()
        ]
        if mechanism == "XOAUTH2" and said not in known:
            self.say("334 eyJzdGF0dXMiOiI0MDAifQ==")  # {"status":"400"}
            self.line()
        self.do("AUTH", words, "235 2.7.0 welcome" if said in known else "535 5.7.8 who are you?")

    def line(self) -> str:
        text = self.file.readline().decode().rstrip("\r\n")
        self.server.heard.append(text)
        return text

    def on_mail(self, words: str) -> None:
        if self.mail:
            self.say("503 5.5.1 nested MAIL")
        elif self.do("MAIL", words, "250 2.1.0 go on"):
            self.mail, self.rcpt = words.partition(":")[2], ""

    def on_rcpt(self, words: str) -> None:
        if not self.mail:
            self.say("503 5.5.1 no MAIL before")
        elif self.do("RCPT", words, "250 2.1.5 go on"):
            assert not self.rcpt, "one recipient per transaction"
            self.rcpt = words.partition(":")[2]

    def on_data(self, words: str) -> None:
        if not self.rcpt:
            self.say("503 5.5.1 no RCPT before")
            return
        if self.do("DATA", words, "354 go on"):
            self.take_body()

    def take_body(self) -> None:
        content = bytearray()
        while (line := self.file.readline()) != b".\r\n":
            if not line:
                self.server.cut_off.append(bytes(content))
                raise Over
            if not content and (act := self.server.act("BODY", self, "")) is not None:
                try:
                    act(self) if callable(act) else self.say(act)
                finally:
                    self.server.spoke.set()
            content += line.removeprefix(b".")
        self.content = bytes(content)
        self.do("DOT", "", "250 2.0.0 queued as 4711")
        self.mail = self.rcpt = ""

    def accept(self) -> None:
        self.accepted += 1
        self.server.mails.append(Accepted(self.mail, self.rcpt, self.content))

    def on_rset(self, words: str) -> None:
        self.mail = self.rcpt = ""
        self.do("RSET", words, "250 2.0.0 forgotten")

    def on_noop(self, words: str) -> None:
        self.do("NOOP", words, "250 2.0.0 nothing done")

    def on_quit(self, words: str) -> None:
        self.do("QUIT", words, "221 2.0.0 bye")
        raise Over

    def on_unknown(self, words: str) -> None:
        del words
        self.say("502 5.5.2 what?")


def decoded(word: str) -> str:
    return b64decode(word).decode()


# --- what a script may do ---


def drop(conversation: Conversation) -> None:
    """Hang up without a word."""
    del conversation
    raise Over


def hang(conversation: Conversation) -> None:
    """Say nothing until the test is over."""
    conversation.server.over.wait(NOTHING_MORE)
    raise Over


def accept_and_drop(conversation: Conversation) -> None:
    """Take the mail, and hang up without saying so."""
    conversation.accept()
    raise Over


def accept_and_hang(conversation: Conversation) -> None:
    """Take the mail, and say nothing until the test is over."""
    conversation.accept()
    hang(conversation)


def then_drop(words: bytes) -> Act:
    """Say this, then hang up."""

    def act(conversation: Conversation) -> None:
        conversation.say(words)
        raise Over

    return act


def drip(drop_: bytes, pause: float = 0.02) -> Act:
    """Send this again and again with a pause (seconds) in between, until the test is over."""

    def act(conversation: Conversation) -> None:
        while not conversation.server.over.wait(pause):
            conversation.say(drop_)

    return act


def by_recipient(answers: Mapping[str, Act]) -> Script:
    """For RCPT: what to do about each address; the others are welcome."""
    return lambda _, words: next((act for address, act in answers.items() if f"<{address}>" in words), None)


def greylist() -> Script:
    """For RCPT: each address is put off the first time it comes."""
    seen: Counter[str] = Counter()

    def script(_: Conversation, words: str) -> Act:
        address = words.partition(" ")[0]
        seen[address] += 1
        return "450 4.7.1 greylisted, come again" if seen[address] == 1 else None

    return script


def rate_limit(mails: int) -> Script:
    """For MAIL: so many mails per connection and no more."""
    return lambda conversation, _: "421 4.7.0 enough for now" if conversation.accepted >= mails else None
