"""From a listing to the mailboxes of five hundred readers and back: a real Postfix, our command as people start it."""

from __future__ import annotations

import csv
import email
import email.policy
import os
import re
import smtplib
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import combinations, cycle, islice
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from digest.store import Store
from tests.certificates import certificate_for
from tests.commandline import process
from tests.fakes import DAY, LONG_AGO, card, page
from tests.postfix import Postfix, postfix_here

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from email.message import EmailMessage
    from pathlib import Path

    from tests.commandline import Answer


def about(name: str, topic: str) -> tuple[str, str]:
    """A title that says its topic, and an abstract."""
    return f"The {name} Method for {topic.title()}", card(name, topic)[1]


CARDS = {  # two papers of each topic, one of two topics, one of none
    about("Alder", "graph neural networks"): {"graphs"},
    about("Beech", "hypergraphs"): {"graphs"},
    about("Cedar", "vocoders"): {"audio"},
    about("Damson", "singing"): {"audio"},
    about("Elder", "multi-armed bandits"): {"rl"},
    about("Fir", "reward shaping"): {"rl"},
    about("Gorse", "quadruped locomotion"): {"robotics"},
    about("Hazel", "dexterous grasping"): {"robotics"},
    about("Ivy", "time series and singing"): {"tabular", "audio"},
    about("Juniper", "knitting patterns"): set[str](),
}
LATER = {  # something for everybody
    about("Larch", "hypergraphs"): {"graphs"},
    about("Maple", "singing"): {"audio"},
    about("Nutmeg", "bandits"): {"rl"},
    about("Olive", "quadrupeds"): {"robotics"},
    about("Pear", "time series"): {"tabular"},
    about("Quince", "patients"): {"health"},
    about("Rowan", "neurons"): {"neuro"},
}
ABSENT = ("health", "neuro")  # topics of which nothing appears on the first day
TOPICS = ("graphs", "audio", "rl", "robotics", "tabular", *ABSENT)
CHOICES = tuple(choice for size in range(4) for choice in combinations(TOPICS, size))
READERS = {f"r{n:03}@crowd.example": choice for n, choice in enumerate(islice(cycle(CHOICES), 497))}
GONE = {"g1@crowd.example": (), "g2@crowd.example": ("audio",), "g3@crowd.example": ("health", "graphs", "rl")}
FEW = ("ada", "bo", "cy")
DOMAINS = ("crowd.example", "strict.example", "leaving.example", "secure.example")


# --- the world ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate_for("localhost", tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def post(certificate: Path) -> Iterator[Postfix]:
    postfix_here()
    few = [f"{name}@{domain}" for domain in DOMAINS for name in (*FEW, "owner", "bounces")]
    with Postfix((*READERS, *few), strict=("strict.example",), certificate=certificate) as one:
        yield one


@dataclass
class Office:
    """A digest of one's own that sends by Postfix, with an owner and a mailbox for what comes back in a domain of its own."""

    folder: Path
    post: Postfix
    domain: str
    mail: str = 'host = "127.0.0.1"\nsecurity = "none"\n'
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.folder / "dumps").mkdir(parents=True)
        (self.folder / "config.toml").write_text(
            f'title = "Frühe Zeitung"\nowner = "owner@{self.domain}"\n[[digest]]\nname = "daily"\nto = []\n'
            f'[mail]\n{self.mail}port = {self.post.port}\nsender = "digest@{self.domain}"\n'
            f'bounces = "bounces@{self.domain}"\nconnections = 8\n',
            encoding="utf-8",
        )

    def do(self, *words: object) -> Answer:
        return process(words, self.folder, **self.environment)

    def subscribe(self, readers: Mapping[str, Collection[str]]) -> None:
        """By a list, as they come from elsewhere."""
        with (self.folder / "readers.csv").open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file)
            lines.writerows([("address", "topics"), *((one, " ".join(topics)) for one, topics in readers.items())])
        done = self.do("subscriptions", "import", "readers.csv", "--state", "active", "--consent", "a form, 12 Nov")
        assert (done.code, done.err) == (0, "")

    def publish(self, *cards: tuple[str, str], days: int = 0) -> Answer:
        """The dump of so many days later comes in, and a run; returns what it said when all mails have arrived."""
        when = DAY + timedelta(days=days)
        if cards:
            dump = self.folder / "dumps" / f"{when:%Y-%m-%d}.txt"
            dump.write_text(page(*cards), encoding="utf-8")
            os.utime(dump, (LONG_AGO + days, LONG_AGO + days))
        done = self.do("run")
        self.post.settle()
        return done

    def returned(self, mailbox: str = "bounces") -> list[Any]:
        """What `digest bounces` does with the mails of one of its mailboxes."""
        done = self.do("bounces", self.post.maildir(f"{mailbox}@{self.domain}"), "--json")
        assert (done.code, done.err) == (0, "")
        return list(done.json)

    def states(self) -> dict[str, tuple[str, str]]:
        """The state of each reader, and its reason."""
        return {one["address"]: (one["state"], one["reason"] or "") for one in self.do("subscriptions", "--json").json}

    def store(self) -> Store:
        return Store(self.folder / "digest.db")


def inbox(post: Postfix, addresses: Collection[str]) -> dict[str, list[EmailMessage]]:
    """The mails of each address that has some."""
    found = {address: post.mails(address) for address in addresses}
    return {address: [opened(mail) for mail in mails] for address, mails in found.items() if mails}


def opened(mail: bytes) -> EmailMessage:
    message = email.message_from_bytes(mail, policy=email.policy.default)
    assert isinstance(message, email.message.EmailMessage)
    return message


def titles_in(mail: EmailMessage, kind: str) -> set[str]:
    """The papers that a part of a mail names, `plain` or `html`."""
    part = mail.get_body((kind,))
    assert part is not None
    text = " ".join(part.get_content().split())
    return {title for title, _ in (*CARDS, *LATER) if title in text}


def chosen(topics: Collection[str], cards: Mapping[tuple[str, str], set[str]]) -> set[str]:
    """The titles that a reader of these topics is to get: all, where none was chosen."""
    return {title for (title, _), found in cards.items() if not topics or found & {*topics}}


# --- five hundred readers -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Story:
    """Three runs for five hundred readers, of whom three do not exist, and what lay in the mailboxes after each."""

    office: Office
    runs: tuple[Answer, Answer, Answer]
    first: Mapping[str, list[EmailMessage]]
    returned: list[Any]
    states: Mapping[str, tuple[str, str]]
    second: Mapping[str, list[EmailMessage]]
    third: Mapping[str, list[EmailMessage]]
    last: Mapping[str, tuple[str, str]]


@pytest.fixture(scope="module")
def story(post: Postfix, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """A day, the same day again after `digest bounces`, and the day after."""
    office = Office(tmp_path_factory.mktemp("crowd") / "papers", post, "crowd.example")
    office.subscribe(READERS | GONE)
    everybody = (*READERS, *GONE, "owner@crowd.example")
    one, first = office.publish(*CARDS), inbox(post, everybody)
    returned, states = office.returned(), office.states()
    two, second = office.publish(days=1), inbox(post, everybody)
    three, third = office.publish(*LATER, days=2), inbox(post, everybody)
    return Story(office, (one, two, three), first, returned, states, second, third, office.states())


def test_every_paper_stands_where_the_readers_of_its_topics_look(story: Story) -> None:
    """What the other tests expect of the mails: the topics of the edition are those of the cards."""
    with story.office.store() as store:
        edition = store.editions.load("daily", 1)
    assert edition is not None
    found = {item.paper.title: {item.topic, *item.also} - {None} for item in edition.items}
    assert found == {title: topics for (title, _), topics in CARDS.items()}


def test_five_hundred_readers_get_exactly_what_they_chose(story: Story) -> None:
    assert [(run.code, run.err) for run in story.runs] == [(0, "")] * 3
    wanted = {reader: [papers] for reader, topics in READERS.items() if (papers := chosen(topics, CARDS))}
    assert 400 < len(wanted) < len(READERS)
    for kind in ("plain", "html"):
        assert {reader: [titles_in(mail, kind) for mail in mails] for reader, mails in story.first.items()} == wanted


def test_every_mail_is_for_one_reader_and_proves_whose_it_is(story: Story) -> None:
    mails = [(reader, mail) for reader, [mail] in story.first.items()]
    assert len({mail["Message-ID"] for _, mail in mails}) == len(mails)
    with story.office.store() as store:
        for reader, mail in mails:
            assert mail.get_all("To") == mail.get_all("Delivered-To") == [reader]
            known = store.subscriptions.by_token(leave(mail)[1].rpartition(" ")[2])
            assert known is not None
            token = str(mail["Return-Path"]).partition("+")[2].partition("@")[0]
            found = store.returns.about(token, None)
            assert found
            assert (known.address, found.subscription, found.address) == (reader, known.id, reader)


def test_no_header_is_encoded_where_it_must_not_be_and_no_line_is_too_long(story: Story) -> None:
    for reader in story.first:
        for mail in story.office.post.mails(reader):
            head = mail.partition(b"\n\n")[0].decode("ascii")
            fields = [line.partition(":") for line in re.sub(r"\n[ \t]", " ", head).split("\n")]
            assert {name for name, _, value in fields if "=?" in value} == {"From"}
            assert max(map(len, mail.split(b"\n"))) <= 996, "998 with the line's end as it was sent"


def test_those_who_do_not_exist_are_accepted_come_back_and_are_suspended(story: Story) -> None:
    assert Counter(one["verb"] for one in story.returned) == {"suspend": 3}
    assert {one["address"] for one in story.returned} == {*GONE}
    suspended = {address: why for address, (state, why) in story.states.items() if state != "active"}
    assert {*suspended} == {*GONE}
    for address, why in suspended.items():
        assert why.startswith("5.1.1 ")
        assert address in why, "bounce(8) says who is unknown"


def test_another_run_sends_nobody_anything(story: Story) -> None:
    assert {reader: len(mails) for reader, mails in story.second.items()} == dict.fromkeys(story.first, 1)


def test_later_edition_reaches_all_the_others_alone_and_nothing_comes_back(story: Story) -> None:
    new = {reader: mails[len(story.first.get(reader, ())) :] for reader, mails in story.third.items()}
    got = {reader: [titles_in(mail, "plain") for mail in mails] for reader, mails in new.items()}
    assert got == {reader: [chosen(topics, LATER)] for reader, topics in READERS.items()}
    assert story.office.post.mails("bounces@crowd.example") == [], "the three that came back were read"
    assert story.last == story.states


# --- a few --------------------------------------------------------------------------------------------------------


def test_address_that_is_refused_at_once_is_suspended_at_once_and_the_others_have_theirs(
    post: Postfix, tmp_path: Path
) -> None:
    office = Office(tmp_path / "papers", post, "strict.example")
    nobody = "nobody@strict.example"
    readers = [f"{name}@strict.example" for name in FEW]
    office.subscribe(dict.fromkeys([readers[0], nobody, *readers[1:]], ()))
    assert office.publish(*CARDS).code == 0
    assert {reader: len(mails) for reader, mails in inbox(post, readers).items()} == dict.fromkeys(readers, 1)
    assert post.mails("bounces@strict.example") == []
    state, why = office.states()[nobody]
    assert (state, "5.1.1" in why, "User unknown" in why) == ("bounced", True, True)
    assert Counter(state for state, _ in office.states().values()) == {"active": 3, "bounced": 1}


def test_mail_that_the_link_to_leave_opens_lets_its_reader_go_and_nobody_else(post: Postfix, tmp_path: Path) -> None:
    office = Office(tmp_path / "papers", post, "leaving.example")
    readers = [f"{name}@leaving.example" for name in FEW]
    office.subscribe(dict.fromkeys(readers, ()))
    office.publish(*CARDS)
    leaving = readers[1]
    to, subject = leave(inbox(post, readers)[leaving][0])
    assert to == "owner@leaving.example"
    with smtplib.SMTP("127.0.0.1", post.port) as smtp:
        smtp.sendmail(leaving, to, f"From: {leaving}\r\nTo: {to}\r\nSubject: {subject}\r\n\r\n")
    post.settle()
    assert [(one["verb"], one["address"]) for one in office.returned("owner")] == [("leave", leaving)]
    states = {reader: state for reader, (state, _) in office.states().items()}
    assert states == dict.fromkeys(readers, "active") | {leaving: "unsubscribed"}
    assert office.returned("owner") == [], "it was read"


def test_mails_go_over_starttls_to_the_name_on_the_certificate_alone(
    post: Postfix, certificate: Path, tmp_path: Path
) -> None:
    reader = "ada@secure.example"
    trusting = {"SSL_CERT_FILE": str(certificate)}
    other = Office(tmp_path / "other", post, "secure.example", STARTTLS.format("127.0.0.1"), trusting)
    other.subscribe({reader: ()})
    refused = other.publish(*CARDS)
    assert (refused.code, post.mails(reader)) == (1, [])
    assert "the name that the certificate is for" in refused.err
    office = Office(tmp_path / "papers", post, "secure.example", STARTTLS.format("localhost"), trusting)
    office.subscribe({reader: ()})
    assert office.publish(*CARDS).code == 0
    (mail,) = post.mails(reader)
    assert b"with ESMTPS id" in mail


STARTTLS = 'host = "{}"\nsecurity = "starttls"\n'


def leave(mail: EmailMessage) -> tuple[str, str]:
    """Whom to write to, to get it no more, and with which subject."""
    link = urlsplit(str(mail["List-Unsubscribe"]).strip("<>"))
    assert link.scheme == "mailto"
    return unquote(link.path), parse_qs(link.query)["subject"][0]
