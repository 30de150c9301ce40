"""The channel against a server on loopback that misbehaves at every verb; a mail is accepted once, or truthfully not."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import time
import traceback
import tracemalloc
from base64 import b64decode, b64encode
from binascii import Error
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from digest.deliver.session import opened
from digest.deliver.smtp import Relay, Smtp
from digest.errors import (
    CancelledDelivery,
    ConfigError,
    ContentRefused,
    DeliveryError,
    LostReply,
    PermanentDelivery,
    RelayRefusal,
    RelayUnreachable,
    TemporaryDelivery,
)
from digest.models import Message
from tests.certificates import certificate_for
from tests.mails import delivery
from tests.smtp_server import (
    MailServer,
    accept_and_drop,
    accept_and_hang,
    by_recipient,
    drip,
    drop,
    greylist,
    hang,
    rate_limit,
    then_drop,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.smtp_server import Act, Conversation

SHORT, LONG = 0.4, 10.0  # seconds: where an answer never comes, and where it should
SENDER = "bounces+k3y@example.org"
CONTENT = b"Subject: papers\r\n\r\nTwelve new papers.\r\n"
HUGE = CONTENT + b"All of them are long.\r\n" * 400_000  # more than any buffer on the way
CANARY = "s3cret-canary-horse-battery"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as one:
        yield one


@pytest.fixture
def smtp() -> Iterator[Callable[..., Smtp]]:
    """Makes channels, and closes them when the test is over."""
    made: list[Smtp] = []

    def make(relay: Relay, sender: str = SENDER) -> Smtp:
        made.append(Smtp(relay, sender))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def channel(server: MailServer, smtp: Callable[..., Smtp]) -> Smtp:
    return smtp(plain(server))


def plain(server: MailServer, timeout: float = LONG) -> Relay:
    return Relay("127.0.0.1", server.port, "none", timeout=timeout, timeout_after_dot=timeout)


def message(to: str = "ada@example.org", content: bytes = CONTENT) -> Message:
    return Message(delivery(to=to), content)


class Doubt:
    """An `in_doubt` that notes how often it was called, and may do something then."""

    def __init__(self, then: Callable[[], object] = lambda: None) -> None:
        self.then, self.times = then, 0

    def __call__(self) -> None:
        self.times += 1
        self.then()


def refused(channel: Smtp, what: Message | None = None, doubt: Doubt | None = None) -> DeliveryError:
    """The error that a mail ends with: one line, short."""
    with pytest.raises(DeliveryError) as end:
        channel.send(what or message(), doubt or Doubt())
    line = str(end.value)
    assert line.isprintable()
    assert len(line) < 700
    return end.value


# --- a mail that is accepted ---


def test_mail_goes_over_with_its_envelope_and_the_answer_is_the_receipt(server: MailServer, channel: Smtp) -> None:
    doubt = Doubt()
    receipt = channel.send(message(), doubt)
    assert receipt.reply == "250 2.0.0 queued as 4711"
    assert [(one.mail, one.rcpt, one.content) for one in server.mails] == [
        (f"<{SENDER}> SIZE={len(CONTENT)}", "<ada@example.org>", CONTENT)
    ]
    assert doubt.times == 1


def test_doubt_comes_when_all_but_the_dot_is_sent(server: MailServer, channel: Smtp) -> None:
    seen: list[tuple[list[str], int]] = []
    channel.send(message(), Doubt(lambda: seen.append((server.verbs, len(server.mails)))))
    assert seen == [(["EHLO", "MAIL", "RCPT", "DATA"], 0)]


def test_message_names_where_its_bounces_go(server: MailServer, channel: Smtp) -> None:
    channel.send(replace(message(), envelope="bounces+t0ken@example.org"), Doubt())
    assert server.mails[0].mail.startswith("<bounces+t0ken@example.org>")


def test_connection_is_kept_from_mail_to_mail_and_ends_with_goodbye(server: MailServer, channel: Smtp) -> None:
    for name in ("ada", "ben", "cyn"):
        channel.send(message(f"{name}@example.org"), Doubt())
    channel.close()
    channel.close()
    assert server.connections == 1
    assert server.verbs == ["EHLO", *["MAIL", "RCPT", "DATA"] * 3, "QUIT"]


def test_closed_channel_can_be_used_again(server: MailServer, channel: Smtp) -> None:
    for _ in range(2):
        channel.send(message(), Doubt())
        channel.close()
    assert (server.connections, len(server.mails)) == (2, 2)


def test_goodbye_that_is_never_answered_holds_nobody(server: MailServer) -> None:
    server.scripts["QUIT"] = [hang]
    session = opened(plain(server))
    began = time.monotonic()
    session.close(SHORT)
    assert time.monotonic() - began < LONG / 2


def test_mail_leaves_at_once_without_waiting_for_acknowledgements(channel: Smtp) -> None:
    channel.send(message(), Doubt())
    assert channel._session is not None
    assert channel._session.wire.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_server_is_greeted_with_our_address_or_the_configured_name(
    server: MailServer, smtp: Callable[..., Smtp]
) -> None:
    smtp(plain(server)).check()
    smtp(replace(plain(server), name="papers.example.org")).check()
    assert [line for line in server.heard if "EHLO" in line] == ["EHLO [127.0.0.1]", "EHLO papers.example.org"]


# --- the bytes ---

BODIES = {
    "lines that begin with dots": (b".\r\n..\r\n.x\r\na.\r\n", b".\r\n..\r\n.x\r\na.\r\n"),
    "no final line end": (b"a\r\nb", b"a\r\nb\r\n"),
    "ends with a dot": (b"a\r\n.", b"a\r\n.\r\n"),
    "lone line feeds": (b"a\n.\nb\n", b"a\r\n.\r\nb\r\n"),
    "lone carriage returns": (b"a\r.\rb", b"a\r\n.\r\nb\r\n"),
    "smuggled end": (b"a\n.\r\nMAIL FROM:<x@y>\r\n", b"a\r\n.\r\nMAIL FROM:<x@y>\r\n"),
    "empty": (b"", b""),
    "empty lines": (b"\r\n\r\n", b"\r\n\r\n"),
}


@pytest.mark.parametrize("name", BODIES)
def test_text_arrives_as_it_is_with_whole_lines(server: MailServer, channel: Smtp, name: str) -> None:
    given, arrived = BODIES[name]
    channel.send(message(content=given), Doubt())
    channel.send(message(), Doubt())
    assert [one.content for one in server.mails] == [arrived, CONTENT]
    assert f"SIZE={len(arrived)}" in server.mails[0].mail


def test_mail_larger_than_all_buffers_arrives_whole(server: MailServer, channel: Smtp) -> None:
    channel.send(message(content=HUGE), Doubt())
    assert server.mails[0].content == HUGE


# --- every verb, every fault ---

LATER, NEVER = "451 4.3.0 not now", "554 5.0.0 not here"
ANSWERS: dict[str, tuple[Act, str]] = {
    "4xx": (LATER, "later"),
    "4xx without text": ("451", "later"),
    "4xx in many lines": ("451-4.3.0 not now\n451-4.3.0 but\n451 4.3.0 soon", "later"),
    "4xx beyond ASCII": (b"451 4.3.0 sp\xe4ter \xff\xfe\r\n", "later"),
    "4xx that steers terminals": (b"451 4.3.0 \x1b[31m\x00\x07\xe2\x80\xae red\r\n", "later"),
    "4xx of a long line": (b"451 " + b"x" * 60_000 + b"\r\n", "later"),
    "421": ("421 4.3.2 shutting down", "later"),
    "5xx": (NEVER, "never"),
    "5xx without text": ("554", "never"),
    "5xx without carriage return": (b"554 5.0.0 not here\n", "never"),
    "drop": (drop, "lost"),
    "half an answer": (then_drop(b"25"), "lost"),
    "half of many lines": (then_drop(b"250-more\r\n"), "lost"),
    "hang": (hang, "lost"),
    "drip": (drip(b"2"), "lost"),
    "drip of lines": (drip(b"250-more\r\n"), "lost"),
    "no code": ("abc", "lost"),
    "code beyond codes": ("999 what", "lost"),
    "code below codes": ("150 wait", "lost"),
    "code of four figures": ("2260 yes", "lost"),
    "empty line": ("", "lost"),
    "two codes in one answer": (b"250-yes\r\n554 no\r\n", "lost"),
    "web page": ("HTTP/1.1 400 Bad Request\n", "lost"),
    "wrong success": ("399 more", "lost"),
    "megabyte of a line": (b"250 " + b"x" * 2**20 + b"\r\n", "lost"),
    "megabyte of lines": (b"250-x\r\n" * 2**17, "lost"),
}
SLOW = {"hang", "drip", "drip of lines"}
BEFORE = {"later": RelayUnreachable, "never": RelayRefusal, "lost": RelayUnreachable}
EXPECTED: dict[str, dict[str, type[DeliveryError]]] = {
    "CONNECT": BEFORE,
    "EHLO": BEFORE,
    "MAIL": BEFORE,
    "RCPT": {"later": TemporaryDelivery, "never": PermanentDelivery, "lost": TemporaryDelivery},
    "DATA": {"later": TemporaryDelivery, "never": ContentRefused, "lost": TemporaryDelivery},
    "DOT": {"later": TemporaryDelivery, "never": ContentRefused, "lost": LostReply},
}


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("verb", EXPECTED)
def test_fault_at_a_verb_is_one_clear_verdict_and_the_next_mail_goes_out(
    verb: str, name: str, smtp: Callable[..., Smtp]
) -> None:
    act, kind = ANSWERS[name]
    with MailServer({verb: [act]}) as server:
        channel = smtp(plain(server, SHORT if name in SLOW else LONG))
        doubt = Doubt()
        error = refused(channel, doubt=doubt)
        assert type(error) is EXPECTED[verb][kind]
        assert doubt.times == (verb == "DOT")
        assert server.mails == []
        channel.send(message(), Doubt())
        assert len(server.mails) == 1
        kept = kind in {"later", "never"} and name != "421" and verb not in {"CONNECT", "EHLO"}
        assert server.connections == (1 if kept else 2)
        channel.close()


@pytest.mark.parametrize("act", [accept_and_drop, accept_and_hang, drip(b"2")])
def test_answer_that_is_lost_after_the_dot_leaves_a_doubt(act: Act, smtp: Callable[..., Smtp]) -> None:
    with MailServer({"DOT": [act]}) as server:
        channel, doubt = smtp(plain(server, SHORT)), Doubt()
        error = refused(channel, doubt=doubt)
        assert type(error) is LostReply
        assert "nobody can say" in str(error)
        assert doubt.times == 1
        assert len(server.mails) <= 1


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (drop, TemporaryDelivery),
        (hang, TemporaryDelivery),
        (then_drop(b"451 4.3.0 disk full\r\n"), TemporaryDelivery),
        (then_drop(b"552 5.3.4 too large\r\n"), ContentRefused),
        (then_drop(b"250 accepted!\r\n"), TemporaryDelivery),
    ],
)
def test_fault_in_the_midst_of_a_message_is_known_not_to_be_accepted(
    act: Act, kind: type[DeliveryError], smtp: Callable[..., Smtp]
) -> None:
    with MailServer({"BODY": [act]}) as server:
        channel, doubt = smtp(plain(server, SHORT)), Doubt()
        assert type(refused(channel, message(content=HUGE), doubt)) is kind
        assert (doubt.times, server.mails) == (0, [])
        channel.send(message(), Doubt())
        assert len(server.mails) == 1


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (drop, TemporaryDelivery),
        ("451 4.3.0 disk full", TemporaryDelivery),
        ("554 5.0.0 I do not like it", ContentRefused),
        ("250 2.0.0 accepted, I think", TemporaryDelivery),
        ("abc", TemporaryDelivery),
    ],
)
def test_answer_before_the_dot_is_no_answer_to_the_dot(
    act: Act, kind: type[DeliveryError], smtp: Callable[..., Smtp]
) -> None:
    with MailServer({"BODY": [act]}) as server:
        channel, doubt = smtp(plain(server)), Doubt(lambda: server.spoke.wait(LONG))
        began = time.monotonic()
        assert type(refused(channel, doubt=doubt)) is kind
        assert server.mails == []
        channel.send(message(), Doubt())
        assert len(server.mails) == 1
        assert time.monotonic() - began < LONG / 2  # nothing was said to a server that waits for a dot


@pytest.mark.parametrize("verb", ["EHLO", "MAIL", "RCPT"])
def test_second_answer_to_one_command_is_not_taken_for_the_next_one(verb: str, smtp: Callable[..., Smtp]) -> None:
    with MailServer({verb: [b"250 yes\r\n250 yes\r\n"]}) as server:
        channel, doubt = smtp(plain(server)), Doubt()
        error = refused(channel, doubt=doubt)
        assert isinstance(error, TemporaryDelivery)
        assert "without being asked" in str(error)
        assert (doubt.times, server.mails) == (0, [])
        channel.send(message(), Doubt())
        assert (server.connections, len(server.mails)) == (2, 1)


def test_text_is_not_sent_to_a_server_that_does_not_wait_for_it(server: MailServer, channel: Smtp) -> None:
    server.scripts["DATA"] = ["250 2.0.0 thanks"]
    assert type(refused(channel)) is TemporaryDelivery
    assert "Subject: papers" not in server.heard


def test_any_success_after_the_dot_is_success(server: MailServer, channel: Smtp) -> None:
    server.scripts["DOT"] = ["251-2.0.0 yes\n251 2.0.0 elsewhere"]
    assert channel.send(message(), Doubt()).reply == "251 2.0.0 yes elsewhere"


def test_memory_stays_small_whatever_a_server_says(smtp: Callable[..., Smtp]) -> None:
    with MailServer({"MAIL": [b"250-" + b"y" * 2**25]}) as server:
        channel = smtp(plain(server))
        tracemalloc.start()
        try:
            refused(channel)
            before_us = sum(
                one.size
                for one in tracemalloc.take_snapshot().statistics("filename")
                if "deliver" in one.traceback[0].filename
            )
        finally:
            tracemalloc.stop()
        assert before_us < 2**20


# --- whose fault ---


def test_reader_that_is_refused_spoils_nothing_for_the_next_one(server: MailServer, channel: Smtp) -> None:
    server.scripts["RCPT"] = by_recipient({"bad@example.org": "550 5.1.1 no such user"})
    error = refused(channel, message("bad@example.org"))
    assert type(error) is PermanentDelivery
    assert error.subject == "bad@example.org"
    channel.send(message("good@example.org"), Doubt())
    assert [one.rcpt for one in server.mails] == ["<good@example.org>"]
    assert (server.connections, server.verbs.count("RSET")) == (1, 1)


@pytest.mark.parametrize("verb", ["RCPT", "DOT"])
@pytest.mark.parametrize(
    "text",
    [
        "554 5.7.1 <ada@example.org>: Relay access denied",
        "553 5.7.1 <bounces@example.org>: Sender address rejected: not owned by user ben",
        "550 5.4.5 Daily user sending limit exceeded.",
        "530 5.7.0 Authentication required",
    ],
)
def test_refusal_of_us_harms_no_reader_wherever_it_comes(
    server: MailServer, channel: Smtp, verb: str, text: str
) -> None:
    server.scripts[verb] = [text]
    error = refused(channel)
    assert type(error) is RelayRefusal
    assert error.subject == f"127.0.0.1:{server.port}"
    assert error.remedy


def test_full_mailbox_is_tried_again(server: MailServer, channel: Smtp) -> None:
    server.scripts["RCPT"] = ["552 5.2.2 over quota", "452 4.2.2 out of storage space"]
    assert [type(refused(channel)) for _ in range(2)] == [TemporaryDelivery] * 2


def test_reader_that_is_refused_at_the_dot_is_not_the_contents_fault(server: MailServer, channel: Smtp) -> None:
    server.scripts["DOT"] = ["550 5.1.1 no such user"]
    assert type(refused(channel)) is PermanentDelivery


def test_size_that_is_refused_at_mail_stops_no_queue(server: MailServer, channel: Smtp) -> None:
    server.scripts["MAIL"] = ["552 5.3.4 Message size exceeds fixed limit", "552 too much"]
    errors = [refused(channel) for _ in range(2)]
    assert {(type(one), one.subject) for one in errors} == {(ContentRefused, "daily/42")}


def test_greylisted_readers_get_their_mail_the_second_time(server: MailServer, channel: Smtp) -> None:
    server.scripts["RCPT"] = greylist()
    for name in ("ada", "ben"):
        assert type(refused(channel, message(f"{name}@example.org"))) is TemporaryDelivery
        channel.send(message(f"{name}@example.org"), Doubt())
    assert [one.rcpt for one in server.mails] == ["<ada@example.org>", "<ben@example.org>"]
    assert server.connections == 1


# --- a kept connection ---


def test_server_that_takes_two_mails_per_connection_gets_seven_in_four(server: MailServer, channel: Smtp) -> None:
    server.scripts["MAIL"] = rate_limit(2)
    for number in range(7):
        channel.send(message(f"reader{number}@example.org"), Doubt())
    assert [one.rcpt for one in server.mails] == [f"<reader{number}@example.org>" for number in range(7)]
    assert server.connections == 4


@pytest.mark.parametrize("act", ["421 4.4.2 idle too long", drop, then_drop(b"25"), "abc", hang])
@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_kept_connection_that_has_ended_is_replaced(verb: str, act: Act, smtp: Callable[..., Smtp]) -> None:
    with MailServer() as server:
        channel, doubt = smtp(plain(server, SHORT)), Doubt()
        channel.send(message(), Doubt())
        server.scripts[verb] = [act]
        channel.send(message("ben@example.org"), doubt)
        assert (server.connections, len(server.mails), doubt.times) == (2, 2, 1)


def test_kept_connection_is_replaced_only_once(server: MailServer, channel: Smtp) -> None:
    channel.send(message(), Doubt())
    server.scripts["MAIL"] = ["421 4.3.2 no", "421 4.3.2 no", "421 4.3.2 no"]
    assert type(refused(channel)) is RelayUnreachable
    assert server.connections == 2


def test_connection_that_the_server_closed_meanwhile_is_replaced(server: MailServer, channel: Smtp) -> None:
    server.scripts["DOT"] = [then_drop(b"250 2.0.0 yes\r\n421 4.4.2 and goodbye\r\n")]
    channel.send(message(), Doubt())
    channel.send(message("ben@example.org"), Doubt())
    assert [one.rcpt for one in server.mails] == ["<ben@example.org>"]
    assert server.connections == 2


def test_reset_that_fails_replaces_the_connection(server: MailServer, channel: Smtp) -> None:
    server.scripts |= {"RCPT": ["550 5.1.1 no such user"], "RSET": [drop]}
    refused(channel)
    channel.send(message(), Doubt())
    assert (server.connections, len(server.mails)) == (2, 1)


def test_nothing_is_tried_again_once_the_dot_is_sent(server: MailServer, channel: Smtp) -> None:
    channel.send(message(), Doubt())
    server.scripts["DOT"] = [accept_and_drop]
    assert type(refused(channel, message("ben@example.org"))) is LostReply
    assert [one.rcpt for one in server.mails] == ["<ada@example.org>", "<ben@example.org>"]
    assert server.connections == 1


# --- in_doubt that fails ---


@pytest.mark.parametrize(
    "fault", [CancelledDelivery("delivery 7", "is not queued any more"), KeyboardInterrupt(), OSError()]
)
def test_what_in_doubt_raises_goes_on_and_nothing_is_accepted(
    server: MailServer, channel: Smtp, fault: BaseException
) -> None:
    def fail() -> None:
        raise fault

    with pytest.raises(type(fault)) as end:
        channel.send(message(), Doubt(fail))
    assert end.value is fault
    channel.close()
    channel.send(message("ben@example.org"), Doubt())
    channel.close()
    assert [one.rcpt for one in server.mails] == ["<ben@example.org>"]
    assert (server.connections, server.verbs.count("QUIT"), server.cut_off) == (2, 1, [CONTENT])


# --- what is offered ---


def test_bounces_are_asked_for_only_where_that_is_offered(smtp: Callable[..., Smtp]) -> None:
    with MailServer(offered=("DSN", "SIZE")) as server:
        smtp(plain(server)).send(message(), Doubt())
        assert server.mails[0].mail == f"<{SENDER}> SIZE={len(CONTENT)} RET=HDRS ENVID=42.7f3a@example.org"
        assert server.mails[0].rcpt == "<ada@example.org> NOTIFY=FAILURE"


@pytest.mark.parametrize(
    ("message_id", "envid"),
    [("<a+b=c@x>", "a+2Bb+3Dc@x"), (f"<{'x' * 101}>", "6a0c9c9a"), ("<é@x>", ""), ("<>", "e3b0c442")],
)
def test_envelope_id_is_xtext_of_a_hundred_characters_at_most(
    message_id: str, envid: str, smtp: Callable[..., Smtp]
) -> None:
    with MailServer(offered=("DSN",)) as server:
        smtp(plain(server)).send(replace(message(), delivery=delivery(message_id=message_id)), Doubt())
        said = server.mails[0].mail.partition("ENVID=")[2]
        assert said.isascii()
        assert len(said) <= 100
        assert "+" not in said or said == envid


def test_server_that_offers_nothing_is_asked_for_nothing(smtp: Callable[..., Smtp]) -> None:
    with MailServer(offered=()) as server:
        smtp(plain(server)).send(message(), Doubt())
        assert (server.mails[0].mail, server.mails[0].rcpt) == (f"<{SENDER}>", "<ada@example.org>")


def test_message_above_the_offered_size_is_refused_before_it_is_sent(smtp: Callable[..., Smtp]) -> None:
    with MailServer(offered=("SIZE 20",)) as server:
        channel = smtp(plain(server))
        error = refused(channel)
        assert type(error) is ContentRefused
        assert "20" in str(error)
        assert server.verbs == ["EHLO"]
        channel.send(message(content=b"small\r\n"), Doubt())
        assert (server.connections, len(server.mails)) == (1, 1)


@pytest.mark.parametrize("size", ["SIZE", "SIZE 0", "SIZE lots", f"SIZE {'9' * 30}", "SIZE ²"])
def test_size_without_a_limit_limits_nothing(size: str, smtp: Callable[..., Smtp]) -> None:
    with MailServer(offered=(size,)) as server:
        smtp(plain(server)).send(message(), Doubt())
        assert len(server.mails) == 1


def test_address_beyond_ascii_goes_where_it_is_offered(smtp: Callable[..., Smtp]) -> None:
    with MailServer(offered=("8BITMIME", "SMTPUTF8")) as server:
        smtp(plain(server)).send(message("zoë@example.org"), Doubt())
        assert (server.mails[0].mail, server.mails[0].rcpt) == (f"<{SENDER}> SMTPUTF8", "<zoë@example.org>")


@pytest.mark.parametrize("to", ["zoë@example.org", "ada@exämple.org"])
def test_address_beyond_ascii_is_refused_elsewhere_for_that_reader(server: MailServer, channel: Smtp, to: str) -> None:
    error = refused(channel, message(to))
    assert (type(error), error.subject) == (PermanentDelivery, to)
    channel.send(message(), Doubt())
    assert server.connections == 1
    assert server.verbs == ["EHLO", "MAIL", "RCPT", "DATA"]


@pytest.mark.parametrize(
    "to",
    [
        "",
        "ada",
        "@x",
        "a@",
        "a b@x",
        "a@x>\r\nDATA",
        "a\n@x",
        "<a@x>",
        "a\0@x",
        "a@x\udc80",
        "a" * 65 + "@x",
        "a@" + "x" * 260,
    ],
)
def test_what_is_no_address_never_reaches_a_server(server: MailServer, channel: Smtp, to: str) -> None:
    assert type(refused(channel, message(to))) is PermanentDelivery
    assert server.verbs == ["EHLO"]


@pytest.mark.parametrize("sender", ["zoë@example.org", "no address", "a@x>\r\nRCPT TO:<b@x>"])
def test_sender_that_cannot_be_said_is_our_fault(server: MailServer, sender: str, smtp: Callable[..., Smtp]) -> None:
    assert type(refused(smtp(plain(server), sender))) is RelayRefusal
    assert server.verbs == ["EHLO"]


def test_bytes_beyond_ascii_go_only_where_they_are_offered(smtp: Callable[..., Smtp]) -> None:
    eight = "Subject: x\r\n\r\nZoë\r\n".encode()
    with MailServer(offered=("8BITMIME",)) as server:
        smtp(plain(server)).send(message(content=eight), Doubt())
        assert server.mails[0].mail == f"<{SENDER}> BODY=8BITMIME"
        assert server.mails[0].content == eight
    with MailServer(offered=()) as server:
        assert type(refused(smtp(plain(server)), message(content=eight))) is ContentRefused


# --- no connection ---


def test_port_where_nobody_listens_is_told(smtp: Callable[..., Smtp]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    error = refused(smtp(Relay("127.0.0.1", port, "none")))
    assert type(error) is RelayUnreachable
    assert "refused" in str(error)


def test_host_without_an_address_is_told(smtp: Callable[..., Smtp]) -> None:
    error = refused(smtp(Relay("nowhere.invalid", 465)))
    assert type(error) is RelayUnreachable
    assert "looked up" in str(error)


@pytest.mark.parametrize("host", ["a..b", "x" * 64 + ".test", "..."])
def test_host_that_cannot_be_is_told(host: str, smtp: Callable[..., Smtp]) -> None:
    assert type(refused(smtp(Relay(host, 465)))) is RelayUnreachable


# --- settings ---


@pytest.mark.parametrize(
    ("relay", "word"),
    [
        ({"host": "smtp.example.org", "security": "none"}, "on this machine alone"),
        ({"host": "192.0.2.1", "security": "none"}, "on this machine alone"),
        ({"host": "localhost.example.org", "security": "none"}, "on this machine alone"),
        ({"host": "localhost", "security": "none", "user": "ada", "secret": str}, "never sent without TLS"),
        ({"host": "x.test", "user": "ada"}, "come together"),
        ({"host": "x.test", "secret": str}, "come together"),
        ({"host": "x.test", "mechanism": "xoauth2"}, "needs a user"),
        ({"host": "x.test", "user": "a\1auth=x", "secret": str}, "can't be in a name"),
        ({"host": ""}, "host must be"),
        ({"host": "x.test\r\n"}, "host must be"),
        ({"host": "x.test", "port": 0}, "port must be"),
        ({"host": "x.test", "timeout": 0}, "timeouts"),
        ({"host": "x.test", "name": "a b"}, "name must be"),
    ],
)
def test_relay_that_cannot_be_is_a_fault_of_the_configuration(relay: dict[str, object], word: str) -> None:
    with pytest.raises(ConfigError) as end:
        Relay(**relay)  # type: ignore[arg-type]  # tests name fields as they are
    assert word in str(end.value)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "127.0.0.1", "127.8.8.8", "::1"])
def test_plain_connection_to_this_machine_is_allowed(host: str) -> None:
    assert Relay(host, 25, "none").port == 25


# --- TLS and login ---


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate_for("localhost", tmp_path_factory.mktemp("tls"))


@pytest.fixture
def theirs(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, f"{certificate}.key")
    return context


@pytest.fixture(params=["tls", "starttls"])
def secured(request: pytest.FixtureRequest, theirs: ssl.SSLContext) -> Iterator[MailServer]:
    with MailServer(tls=theirs, starttls=request.param == "starttls", secrets={"ada": CANARY}) as one:
        yield one


@pytest.fixture
def relay(certificate: Path) -> Callable[..., Relay]:
    """A relay that trusts our certificate and logs in; tests change what they want of it."""

    def make(server: MailServer, **changed: object) -> Relay:
        given: dict[str, object] = {
            "host": "localhost",
            "port": server.port,
            "security": "starttls" if server.starttls else "tls",
            "user": "ada",
            "secret": lambda: CANARY,
            "timeout": LONG,
            "trust": lambda: ssl.create_default_context(cafile=str(certificate)),
        }
        return Relay(**(given | changed))  # type: ignore[arg-type]  # tests name fields as they are

    return make


@pytest.mark.parametrize("mechanism", ["PLAIN LOGIN", "LOGIN", "XOAUTH2 PLAIN", "XOAUTH2"])
def test_mail_goes_over_tls_after_a_login(
    secured: MailServer, relay: Callable[..., Relay], mechanism: str, smtp: Callable[..., Smtp]
) -> None:
    secured.mechanisms = mechanism
    channel = smtp(relay(secured, mechanism="xoauth2" if "XOAUTH2" in mechanism else "password"))
    channel.send(message(), Doubt())
    channel.send(message(content=HUGE), Doubt())
    channel.close()
    assert [one.content for one in secured.mails] == [CONTENT, HUGE]
    assert secured.verbs.count("EHLO") == (2 if secured.starttls else 1)
    assert [line.split()[1] for line in secured.heard if line.startswith("AUTH")] == [mechanism.split(maxsplit=1)[0]]


def test_secret_is_asked_for_at_each_login(
    secured: MailServer, relay: Callable[..., Relay], smtp: Callable[..., Smtp]
) -> None:
    tokens = iter(("old token", "new token"))
    secured.secrets = {"ada": "new token"}
    channel = smtp(relay(secured, secret=lambda: next(tokens), mechanism="xoauth2"))
    assert type(refused(channel)) is RelayRefusal
    channel.send(message(), Doubt())
    assert len(secured.mails) == 1


def test_refused_token_is_answered_with_nothing_to_hear_why(
    secured: MailServer, relay: Callable[..., Relay], smtp: Callable[..., Smtp]
) -> None:
    secured.secrets = {"ada": "another"}
    error = refused(smtp(relay(secured, mechanism="xoauth2")))
    assert type(error) is RelayRefusal
    assert "535 5.7.8" in str(error)
    assert secured.heard[-1] == ""


@pytest.mark.parametrize("offered", ["GSSAPI NTLM", "XOAUTH2", ""])
def test_login_that_is_not_offered_is_our_fault(
    secured: MailServer, relay: Callable[..., Relay], offered: str, smtp: Callable[..., Smtp]
) -> None:
    secured.mechanisms = offered
    error = refused(smtp(relay(secured)))
    assert type(error) is RelayRefusal
    assert "token_command" in str(error)
    assert "AUTH" not in secured.verbs


def test_server_that_wants_no_login_of_ours_is_our_fault(
    secured: MailServer, relay: Callable[..., Relay], smtp: Callable[..., Smtp]
) -> None:
    secured.secrets = {}
    assert "offers no login" in str(refused(smtp(relay(secured))))


def test_challenges_without_end_are_given_up(
    secured: MailServer, relay: Callable[..., Relay], smtp: Callable[..., Smtp]
) -> None:
    secured.scripts["AUTH"] = ["334 "]
    channel = smtp(relay(secured))
    secured.scripts["AUTH"] = lambda *_: then_drop(b"334 \r\n" * 9)
    assert isinstance(refused(channel), DeliveryError)


SECURE: dict[str, type[DeliveryError]] = {"later": RelayUnreachable, "never": RelayRefusal, "lost": RelayUnreachable}


@pytest.mark.parametrize("name", ["4xx", "421", "5xx", "drop", "hang", "drip", "no code", "megabyte of a line"])
@pytest.mark.parametrize("verb", ["CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL", "DOT"])
def test_fault_over_tls_is_the_same_verdict(
    theirs: ssl.SSLContext, relay: Callable[..., Relay], verb: str, name: str, smtp: Callable[..., Smtp]
) -> None:
    act, kind = ANSWERS[name]
    with MailServer({verb: [act]}, tls=theirs, starttls=verb == "STARTTLS", secrets={"ada": CANARY}) as server:
        wait = SHORT if name in SLOW else LONG
        channel = smtp(relay(server, timeout=wait, timeout_after_dot=wait))
        assert type(refused(channel)) is EXPECTED.get(verb, SECURE)[kind]
        channel.send(message(), Doubt())
        assert len(server.mails) == 1


def test_server_without_starttls_gets_nothing_in_clear(
    server: MailServer, relay: Callable[..., Relay], smtp: Callable[..., Smtp]
) -> None:
    error = refused(smtp(relay(server, security="starttls")))
    assert type(error) is RelayRefusal
    assert "STARTTLS" in str(error)
    assert server.verbs == ["EHLO"]


def test_words_in_clear_behind_starttls_are_not_believed(
    theirs: ssl.SSLContext, relay: Callable[..., Relay], smtp: Callable[..., Smtp]
) -> None:
    with MailServer(tls=theirs, starttls=True, secrets={"ada": CANARY}) as server:
        server.scripts["STARTTLS"] = [b"220 go ahead\r\n250-mx.test\r\n250 AUTH PLAIN\r\n"]
        error = refused(smtp(relay(server)))
        assert type(error) is RelayUnreachable
        assert "meddling" in str(error)
        assert "AUTH" not in server.verbs


def test_certificate_for_another_name_is_told_with_what_to_do(
    secured: MailServer, relay: Callable[..., Relay], smtp: Callable[..., Smtp]
) -> None:
    error = refused(smtp(relay(secured, host="127.0.0.1")))
    assert type(error) is RelayUnreachable
    assert "127.0.0.1" in str(error)
    assert "must be the name that the certificate is for" in str(error)
    assert "AUTH" not in secured.verbs


def test_certificate_of_nobody_we_trust_is_told(
    secured: MailServer, relay: Callable[..., Relay], smtp: Callable[..., Smtp]
) -> None:
    error = refused(smtp(relay(secured, trust=ssl.create_default_context)))
    assert type(error) is RelayUnreachable
    assert "self-signed" in str(error)


def test_tls_at_a_port_that_speaks_plain_is_told(
    server: MailServer, relay: Callable[..., Relay], smtp: Callable[..., Smtp]
) -> None:
    error = refused(smtp(relay(server)))
    assert type(error) is RelayUnreachable
    assert "check the port and `security`" in str(error)


def test_starttls_at_a_port_that_speaks_tls_is_told(
    theirs: ssl.SSLContext, relay: Callable[..., Relay], smtp: Callable[..., Smtp]
) -> None:
    with MailServer(tls=theirs) as server:
        error = refused(smtp(relay(server, security="starttls", timeout=SHORT)))
        assert type(error) is RelayUnreachable
        assert "check the port and `security`" in str(error)


# --- secrets ---


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "XOAUTH2"])
@pytest.mark.parametrize("verb", ["AUTH", "MAIL", "RCPT", "DOT"])
def test_secret_that_a_server_echoes_stands_in_no_error_repr_or_traceback(
    secured: MailServer, relay: Callable[..., Relay], mechanism: str, verb: str, smtp: Callable[..., Smtp]
) -> None:
    for code in ("535 5.7.8", "abc", "354"):
        secured.mechanisms = mechanism
        secured.scripts[verb] = [echo_of(secured, code)]
        channel = smtp(relay(secured, mechanism="xoauth2" if mechanism == "XOAUTH2" else "password"))
        error = refused(channel)
        assert any(CANARY in word for word in decoded_words(" ".join(secured.heard)))
        told = (str(error), repr(error), "".join(traceback.format_exception(error)), repr(channel), str(channel.relay))
        for text in told:
            assert CANARY not in text
            assert not any(CANARY in word for word in decoded_words(text))


def echo_of(server: MailServer, code: str) -> Act:
    """An answer with all that was heard, and the secret as such and in base64."""

    def act(conversation: Conversation) -> None:
        coded = b64encode(CANARY.encode()).decode()
        conversation.say(f"{code} you said {CANARY} {coded} {' '.join(server.heard)}")

    return act


def decoded_words(text: str) -> Iterator[str]:
    """What base64 hides in a text."""
    for word in re.findall(r"[A-Za-z0-9+/=]{8,}", text):
        with contextlib.suppress(Error, ValueError):
            yield b64decode(word, validate=True).decode("utf-8", "replace")


def test_secret_beyond_all_letters_is_refused_by_the_server_not_by_a_traceback(
    secured: MailServer, relay: Callable[..., Relay], smtp: Callable[..., Smtp]
) -> None:
    for secret in ("pässword", "\udc80", "", "a\0b\r\nQUIT"):
        assert type(refused(smtp(relay(secured, secret=lambda found=secret: found)))) is RelayRefusal


def test_fault_in_getting_the_secret_goes_on_and_leaves_no_connection(
    secured: MailServer, relay: Callable[..., Relay], smtp: Callable[..., Smtp]
) -> None:
    def fail() -> str:
        raise ConfigError("secret", ("SMTP_PASSWORD is not set",))

    with pytest.raises(ConfigError):
        smtp(relay(secured, secret=fail)).send(message(), Doubt())
    assert "MAIL" not in secured.verbs


# --- check ---


def test_check_tells_what_is_offered_and_sends_nothing(
    secured: MailServer, relay: Callable[..., Relay], smtp: Callable[..., Smtp]
) -> None:
    offer = smtp(relay(secured)).check()
    assert (offer.greeting, offer.user, offer.size) == ("mx.test ESMTP at your service", "ada", 10_000_000)
    assert offer.tls.startswith("TLSv1.")
    assert offer.words("AUTH") == ("PLAIN", "LOGIN", "XOAUTH2")
    assert (offer.has("8BITMIME"), offer.has("DSN")) == (True, False)
    assert secured.verbs[-2:] == ["NOOP", "QUIT"]
    assert secured.mails == []


@pytest.mark.parametrize(
    ("answer", "kind"), [(LATER, RelayUnreachable), (NEVER, RelayRefusal), (drop, RelayUnreachable)]
)
@pytest.mark.parametrize("verb", ["CONNECT", "EHLO", "NOOP"])
def test_check_raises_what_sending_would(
    server: MailServer, channel: Smtp, verb: str, answer: Act, kind: type[DeliveryError]
) -> None:
    server.scripts[verb] = [answer]
    with pytest.raises(DeliveryError) as end:
        channel.check()
    assert type(end.value) is kind
    assert end.value.subject == f"127.0.0.1:{server.port}"
