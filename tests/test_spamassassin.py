"""What a spam filter makes of our mails: SpamAssassin with the rules it is shipped with, asking nobody on the network.

It judges what a server would hand it: the bytes of the mail below one line of how they came, from this machine. That
line is worth a point in our favour, which is not counted here.
"""

from __future__ import annotations

import mailbox
import os
import re
import shutil
import subprocess
from collections import Counter
from contextlib import closing
from email.utils import format_datetime
from typing import TYPE_CHECKING, NamedTuple

import pytest

from digest.store import Store
from tests.commandline import PATIENCE
from tests.fakes import Place, card, page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from email.message import Message
    from pathlib import Path

NEUTRAL = {"HTML_MESSAGE"}  # says that there is HTML, for a thousandth of a point
OPTIONS = ("use_bayes 0", "add_header all Rules _TESTSSCORES(,)_")
HOSTILE = (
    "A =?UTF-8?Q?=0A?=Bcc: reader@example.net for Graph Neural Networks",
    "Graphs\x00 with a NUL, \u2028 a line, \x85 another and \x0b a third",
    "\u202eskrowteN larueN hparG\u202c backwards, and what is left of them",
    "<script>alert('graphs')</script> and Other Graph Neural Networks",
    '"><img src=x onerror=alert(1)> in Listings of Graph Networks',
    "[Graphs](javascript:alert(1)) and what they link",
    "GRAPH NEURAL NETWORKS SHOUTED IN CAPITALS FROM END TO END",
    "{{ 7 * 7 }} {% raw %} Templates That Templates Fill",
    "💸💸💸 Cheap Graphs! Act now! 💸💸💸",
    "קרא מימין לשמאל, then on from left to right again",
)
SPOILED = "A spoiled mail"
HTML = "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable"
READER = "ada@example.net"
PARTIAL = "bo@example.net"  # chose a topic


class Judged(NamedTuple):
    """A mail and what each rule that it meets is worth; from five points on it is called spam."""

    subject: str
    to: str
    rules: dict[str, float]

    @property
    def points(self) -> float:
        """Of the mail itself, wherever it comes from."""
        return sum(points for name, points in self.rules.items() if name != "ALL_TRUSTED")

    @property
    def against(self) -> set[str]:
        """The rules that speak against it."""
        return {name for name, points in self.rules.items() if points > 0} - NEUTRAL


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Judged, ...]:
    """The mails of four days to two readers: many papers, one, hostile titles, one of those; and one that we spoil."""
    if shutil.which("spamassassin") is None and os.environ.get("CI") != "true":
        pytest.skip("SpamAssassin is not on this machine")
    place = Place(
        tmp_path_factory.mktemp("papers"),
        f'title = "Morning Papers"\nowner = "owner@example.net"\n[[digest]]\nname = "daily"\nto = ["{READER}"]\n'
        '[mail]\nsender = "digest@example.net"\npostal = "Example Lab, 1 Example Street"\n',
    )
    with Store(place.config.database) as store:
        store.subscriptions.add("daily", PARTIAL, place.now, topics=("graphs",))
    mails = []
    for dump in (MANY, ONE, page(*((title, card(str(n))[1]) for n, title in enumerate(HOSTILE))), SUBJECT):
        known = {*place.mails()}
        place.day(dump)
        new = [(place.folder / "mail" / "new" / name).read_bytes() for name in place.mails() if name not in known]
        mails += [received(place, mail) for mail in new]
    return judge([*mails, spoiled(mails[0])], place.folder)


TOPICS = ("graph neural networks", "speech recognition", "multi-armed bandits", "robots", "time series")
MANY = page(*((f"Case {n} of {TOPICS[n % 5].title()}", card(f"No. {n}", TOPICS[n % 5])[1]) for n in range(25)))
ONE = page(card("Alone"))
SUBJECT = page(("A =?UTF-8?Q?=0A?=Bcc: reader@example.net <b>Alone</b>", card("Subject")[1]))  # a single one is it


def received(place: Place, mail: bytes) -> bytes:
    """As a server on this machine hands it on."""
    came = f"from localhost (localhost [127.0.0.1])\n\tby mx.example.net (Postfix) with ESMTP id 4F1C21A2B3\n\tfor <{READER}>"
    return f"Received: {came}; {format_datetime(place.now)}\n".encode() + mail


def spoiled(mail: bytes) -> bytes:
    """The same mail with an old date and as HTML alone: what must not happen to ours."""
    head, _, body = mail.decode().partition("\n\n")
    html = body[body.index("Content-Type: text/html") :].partition("\n\n")[2].rpartition("\n--=_")[0]
    kept = re.sub(r"^(Date|Subject|Content-Type|MIME-Version):.*(\n .*)*\n", "", f"{head}\n", flags=re.MULTILINE)
    ours = f"Date: Mon, 2 Nov 2026 06:00:00 +0000\nSubject: {SPOILED}\nMIME-Version: 1.0\n"
    return f"{kept}{ours}{HTML}\n\n{html}\n".encode()


def judge(mails: Sequence[bytes], folder: Path) -> tuple[Judged, ...]:
    """All of them in one call, since it takes a second to begin. As root it would make a folder in root's home."""
    asked = b"".join(b"From a@example.net Sat Nov 21 07:00:05 2026\n" + one + b"\n" for one in mails)
    words = ["spamassassin", "--local", "--nocreate-prefs", "--prefspath=/dev/null", "--mbox", "-"]
    words += [f"--cf={option}" for option in OPTIONS]
    user = None if os.geteuid() else "nobody"
    home = os.environ | {"HOME": str(folder)}
    done = subprocess.run(words, input=asked, capture_output=True, timeout=PATIENCE, check=True, env=home, user=user)
    answer = folder / "answered.mbox"
    answer.write_bytes(done.stdout)
    with closing(mailbox.mbox(answer, create=False)) as box:
        return tuple(verdict(mail) for mail in box)


def verdict(mail: Message) -> Judged:
    pairs = (one.partition("=") for one in "".join(str(mail["X-Spam-Rules"]).split()).split(","))
    rules = {name: float(points) for name, _, points in pairs}
    return Judged(str(mail["Subject"]), str(mail["To"]), rules)


def test_no_rule_speaks_against_any_mail_whatever_its_titles(judged: tuple[Judged, ...]) -> None:
    ours = [one for one in judged if one.subject != SPOILED]
    assert Counter(one.to for one in ours) == {READER: 4, PARTIAL: 2}
    assert [one for one in ours if one.against] == []
    assert {one.points < 0 for one in ours} == {True}


def test_filter_that_says_so_is_awake(judged: tuple[Judged, ...]) -> None:
    (spoiled,) = (one for one in judged if one.subject == SPOILED)
    assert spoiled.against >= {"DATE_IN_PAST_96_XX", "MIME_HTML_ONLY"}
    assert spoiled.points > 0
