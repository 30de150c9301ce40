"""The `smtp` channel and a mail server that others wrote: aiosmtpd."""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from digest.deliver.smtp import Relay, Smtp
from digest.errors import ContentRefused, PermanentDelivery, RelayRefusal
from digest.models import Message
from tests.certificates import certificate_for
from tests.mails import delivery, many, written
from tests.postfix import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aiosmtpd.smtp import SMTP, Envelope, Session

SENDER = "bounces+12.0a1b@example.net"
USER, PASSWORD = "ada", "correct horse"
DOTS = b"Subject: dots\r\n\r\n.\r\n..\r\n.leading, and a long line:\r\n" + b"x" * 990 + b"\r\n.\r\n"
PATIENCE = 20.0  # seconds


@dataclass
class Desk:
    """Takes mails for everybody but `nobody@…`, and notes each with how it came."""

    taken: list[tuple[str, str, bytes]] = field(default_factory=list)
    came: list[dict[str, bool]] = field(default_factory=list)
    connections: set[object] = field(default_factory=set)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address.startswith("nobody@"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 welcome"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        (to,) = envelope.rcpt_tos
        assert isinstance(envelope.content, bytes)
        self.taken.append((str(envelope.mail_from), to, envelope.content))
        self.came.append(
            {
                "login": session.authenticated is True,
                "tls": session.ssl is not None,
                "utf8": bool(envelope.smtp_utf8),
            }
        )
        self.connections.add(session.peer)
        return "250 2.0.0 taken"


@contextmanager
def serving(**settings: Any) -> Iterator[tuple[Desk, int]]:  # noqa: ANN401 - aiosmtpd's own
    """A server on loopback until the `with` ends, and its port."""
    desk = Desk()
    controller = Controller(desk, hostname="127.0.0.1", port=free_port(), **settings)
    controller.start()
    try:
        yield desk, controller.port
    finally:
        controller.stop()


@contextmanager
def channel(port: int, **settings: Any) -> Iterator[Smtp]:  # noqa: ANN401 - a relay's
    one = Smtp(Relay(port=port, timeout=PATIENCE, **({"host": "127.0.0.1", "security": "none"} | settings)), SENDER)
    try:
        yield one
    finally:
        one.close()


def send(to: Smtp, reader: str = "ada@example.org", content: bytes = DOTS) -> str:
    return to.send(Message(delivery(to=reader), content), lambda: None).reply


def known(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, said: object) -> AuthResult:
    right = isinstance(said, LoginPassword) and (said.login, said.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate_for("localhost", tmp_path_factory.mktemp("tls"))


@pytest.fixture
def secured(certificate: Path) -> Iterator[tuple[Desk, int]]:
    """A server that wants STARTTLS and a login before it takes anything."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, f"{certificate}.key")
    wanted = {"require_starttls": True, "auth_required": True, "authenticator": known}
    with serving(tls_context=context, **wanted) as server:
        yield server


def logging_in(certificate: Path, password: str = PASSWORD) -> dict[str, Any]:
    """What a relay needs for it."""
    trust = {"trust": lambda: ssl.create_default_context(cafile=str(certificate))}
    return {"host": "localhost", "security": "starttls", "user": USER, "secret": lambda: password} | trust


def test_mails_arrive_byte_for_byte_over_one_connection() -> None:
    edition = written(many(25))
    with serving() as (desk, port), channel(port) as ours:
        assert send(ours) == "250 2.0.0 taken"
        send(ours, "bo@example.org", edition)
    assert desk.taken == [(SENDER, "ada@example.org", DOTS), (SENDER, "bo@example.org", edition)]
    assert len(desk.connections) == 1


def test_refused_reader_costs_the_next_one_nothing() -> None:
    with serving() as (desk, port), channel(port) as ours:
        with pytest.raises(PermanentDelivery, match=r"5\.1\.1 no such user"):
            send(ours, "nobody@example.org")
        send(ours)
    assert [to for _, to, _ in desk.taken] == ["ada@example.org"]


@pytest.mark.parametrize(("reader", "asked"), [("jürgen@example.org", [True]), ("juergen@example.org", [False])])
def test_letters_beyond_ascii_are_asked_for_where_an_address_has_them(reader: str, asked: list[bool]) -> None:
    with serving(enable_SMTPUTF8=True) as (desk, port), channel(port) as ours:
        send(ours, reader)
    assert [to for _, to, _ in desk.taken] == [reader]
    assert [came["utf8"] for came in desk.came] == asked


def test_address_beyond_ascii_is_not_tried_where_it_is_not_offered() -> None:
    refused = pytest.raises(PermanentDelivery, match="SMTPUTF8")
    with serving(enable_SMTPUTF8=False) as (desk, port), channel(port) as ours, refused:
        send(ours, "jürgen@example.org")
    assert desk.taken == []


def test_mail_larger_than_the_server_takes_is_not_sent() -> None:
    with serving(data_size_limit=1000) as (desk, port), channel(port) as ours:
        with pytest.raises(ContentRefused, match="takes 1,000"):
            send(ours)
        send(ours, content=b"Subject: small\r\n\r\n")
    assert len(desk.taken) == 1


def test_mail_goes_by_starttls_after_a_login(secured: tuple[Desk, int], certificate: Path) -> None:
    desk, port = secured
    with channel(port, **logging_in(certificate)) as ours:
        send(ours)
        send(ours, "bo@example.org")
    assert [to for _, to, _ in desk.taken] == ["ada@example.org", "bo@example.org"]
    assert desk.came == [{"login": True, "tls": True, "utf8": False}] * 2


def test_wrong_password_is_a_refusal_of_us_not_of_a_reader(secured: tuple[Desk, int], certificate: Path) -> None:
    desk, port = secured
    with channel(port, **logging_in(certificate, "open sesame")) as ours, pytest.raises(RelayRefusal) as end:
        send(ours)
    assert "sesame" not in str(end.value)
    assert desk.taken == []
