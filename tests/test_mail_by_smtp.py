"""From a listing to a mail server: what readers get when mails are sent, and what each of its answers does."""

from __future__ import annotations

import email
import email.policy
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.store import Store
from tests.fakes import Place, card, page
from tests.smtp_server import MailServer, by_recipient, greylist

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

READERS = tuple(f"r{n:02}@example.org" for n in range(8))
OWNER = "ada@example.net"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as one:
        yield one


@pytest.fixture
def place(tmp_path: Path, server: MailServer) -> Place:
    to = ", ".join(f'"{reader}"' for reader in READERS)
    place = Place(
        tmp_path,
        f'owner = "{OWNER}"\n[[digest]]\nname = "daily"\nto = [{to}]\nlists = ["group@example.org"]\n[mail]\n'
        f'host = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\nsender = "digest@example.net"\n'
        'bounces = "bounces@example.net"\nconnections = 3\npostal = "Example Lab, 1 Example Street"\n',
    )
    place.drop(page(card("Amber"), card("Birch")))
    return place


def read(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, email.message.EmailMessage)
    return message


def to(server: MailServer) -> Counter[str]:
    return Counter(str(read(mail.content)["To"]) for mail in server.mails)


def test_every_reader_gets_one_mail_over_a_few_connections(server: MailServer, place: Place) -> None:
    report = place.run()
    assert (report.verdict, report.errors) == ("new", ())
    assert to(server) == Counter((*READERS, "group@example.org"))
    assert server.connections <= 3
    place.now += timedelta(hours=5)
    place.run()
    assert len(server.mails) == len(READERS) + 1, "a second run sends nothing"


def test_envelope_and_link_of_each_prove_whose_mail_it_is(server: MailServer, place: Place) -> None:
    place.run()
    envelopes = {mail.mail.partition("> ")[0] for mail in server.mails}
    assert len(envelopes) == len(server.mails)
    assert all(one.startswith("<bounces+") for one in envelopes)
    links = {str(read(mail.content)["List-Unsubscribe"]) for mail in server.mails}
    assert len(links) == len(READERS) + 1
    with Store(place.config.database) as store:
        known = {one.address: one for one in store.subscriptions.all()}
        for mail in server.mails:
            message = read(mail.content)
            token = mail.mail.partition("+")[2].partition("@")[0]
            found = store.returns.about(token, None)
            assert found
            assert (found.subscription, found.address) == (known[message["To"]].id, message["To"])
    group = next(read(mail.content) for mail in server.mails if "group@" in mail.rcpt)
    assert group["List-Unsubscribe"] is None


def test_no_structured_header_holds_an_encoded_word(server: MailServer, place: Place) -> None:
    place.text = 'base_url = "https://' + "a" * 60 + ".example.org/" + "b" * 300 + '"\n' + place.text
    place.run()
    for mail in server.mails:
        head = mail.content.partition(b"\r\n\r\n")[0].decode("ascii")
        unfolded = head.replace("\r\n ", " ").split("\r\n")
        free = ("Subject:", "From:")
        assert not [line for line in unfolded if "=?" in line and not line.startswith(free)]
        assert max(map(len, head.split("\r\n"))) <= 998
        assert b"Example Lab, 1 Example Street" in mail.content


def test_greylisting_delays_and_loses_nobody(server: MailServer, place: Place) -> None:
    server.scripts["RCPT"] = greylist()
    assert place.run().deliveries.sent == 0
    place.now += timedelta(minutes=5)
    assert place.run().deliveries.sent == len(READERS) + 1
    assert set(to(server).values()) == {1}


def test_one_unknown_reader_is_dead_and_the_others_have_theirs(server: MailServer, place: Place) -> None:
    server.scripts["RCPT"] = by_recipient({READERS[2]: "550 5.1.1 no such user"})
    report = place.run()
    assert (report.deliveries.sent, report.deliveries.dead) == (len(READERS), 1)
    assert READERS[2] not in to(server)


def test_relay_that_refuses_us_stops_everything_and_is_told_once(server: MailServer, place: Place) -> None:
    server.scripts["MAIL"] = lambda _conversation, _words: "550 5.7.1 sender not allowed"
    report = place.run()
    assert (report.deliveries.queued, report.deliveries.dead, len(server.mails)) == (len(READERS) + 1, 0, 0)
    assert server.verbs.count("MAIL") <= 6
    server.scripts.clear()
    place.now += timedelta(minutes=6)
    assert place.run().deliveries.sent == len(READERS) + 1


def test_server_that_is_not_there_is_told_in_one_line_and_mails_wait(place: Place, server: MailServer) -> None:
    place.text = place.text.replace(f"port = {server.port}", "port = 9")
    report = place.run()
    assert report.deliveries.queued == len(READERS) + 1
    assert 1 <= len(report.errors) <= 3
    assert all("127.0.0.1:9" in str(fault) for fault in report.errors)


def test_reader_who_does_not_exist_is_suspended_and_breaks_nothing(server: MailServer, place: Place) -> None:
    server.scripts["RCPT"] = by_recipient({READERS[2]: "550 5.1.1 no such user"})
    report = place.run()
    assert (report.verdict, report.errors) == ("new", ())
    with Store(place.config.database) as store:
        (gone,) = store.subscriptions.find(READERS[2])
        assert (gone.state, "no such user" in (gone.reason or "")) == ("bounced", True)
        assert store.outbox.stuck() == ()
    place.drop(page(card("Cedar")), "next.txt")
    place.now += timedelta(days=1)
    assert place.run().deliveries.dead == 0, "nothing more is tried"


def test_refusal_that_names_no_missing_mailbox_suspends_nobody(server: MailServer, place: Place) -> None:
    server.scripts["RCPT"] = by_recipient({READERS[2]: "550 go away"})
    place.run()
    with Store(place.config.database) as store:
        assert [one.state for one in store.subscriptions.find(READERS[2])] == ["active"]
        assert len(store.outbox.stuck()) == 1


def test_run_while_the_queue_is_halted_says_so(server: MailServer, place: Place) -> None:
    server.scripts["MAIL"] = lambda _conversation, _words: "550 5.7.1 sender not allowed"
    place.run()
    place.now += timedelta(minutes=1)
    report = place.run()
    assert report.verdict == "partial"
    (fault,) = report.errors
    assert (fault.exit_code, "is halted" in fault.what) == (75, True)
