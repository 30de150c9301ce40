"""The bytes of one mail, read again by the standard library."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import PermanentDelivery
from digest.models import Audience, Site
from digest.render.mail import MailBody, compose, message, seal
from digest.render.mail.head import TOKEN_PLACE
from tests.mails import SENT, SITE, TEMPLATES, WEB, composed, delivery, many, morning, one, written

if TYPE_CHECKING:
    from email.message import EmailMessage, Message

BODY = MailBody(
    "A subject", "Preheader", "<p>H\u00e4llo</p>\n", "H\u00e4llo\n", None, "Morning Papers", "daily-42.html"
)
STRUCTURED = [
    "To",
    "Date",
    "Message-ID",
    "List-Id",
    "List-Unsubscribe",
    "List-Owner",
    "List-Post",
    "List-Archive",
    "Auto-Submitted",
    "Precedence",
    "Feedback-ID",
]
INJECTIONS = (
    "A =?UTF-8?Q?=0A?=Bcc: x@example.org",
    "A\r\nBcc: x@example.org",
    "A\nBcc: x@example.org",
    "A\rBcc: x@example.org",
    "A\r\n\r\n<script>body</script>",
    "A title that ends in a newline\n",
    "A\u2028Bcc: x@example.org",
    "A\u0085Bcc: x@example.org",
    "A\x0bBcc: x@example.org\x0c\x00",
    "A==??=?utf-8?B?QmNjOiB4?=",
    'A" <x@example.org>, "B',
    "A\\",
    "A <x@example.org>",
    "Ä" * 400 + "\r\nBcc: x@example.org",
    "\ud800",
    "A\t\tB",
    "=?utf-8?q?=0D=0ABcc:_x@example.org?=",
)

ROOT = Path(__file__).resolve().parents[1]


def content(part: object) -> str:
    """The text of a part with the line ends that it was composed with."""
    text: str = cast("EmailMessage", part).get_content()
    return text.replace("\r\n", "\n")


def read(raw: bytes) -> EmailMessage:
    """As a modern reader sees it."""
    return message_from_bytes(raw, policy=policy.default)


def raw_headers(raw: bytes) -> dict[str, str]:
    """The header lines as they are on the wire, unfolded."""
    head = raw.split(b"\r\n\r\n", 1)[0].decode("ascii")
    return dict(line.split(": ", 1) for line in re.sub(r"\r\n(?=[ \t])", "", head).split("\r\n"))


def built(body: MailBody = BODY, site: Site = SITE, **known: str) -> bytes:
    return message(body, delivery(**known), site, SENT)


# --- structure ----------------------------------------------------------------------------------------------------


def test_what_was_composed_is_what_is_read() -> None:
    body, mail = composed(morning()), read(written(morning()))
    plain, html = mail.iter_parts()
    assert mail.get_content_type() == "multipart/alternative"
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert content(plain) == body.text.replace(TOKEN_PLACE, "")
    assert content(html) == body.html.replace(TOKEN_PLACE, "")


def test_each_reader_gets_a_link_of_their_own_and_the_same_text_around_it() -> None:
    mails = [written(morning(), token=token) for token in ("0a" * 10, "f9" * 10)]
    first, second = map(read, mails)
    assert first["List-Unsubscribe"] != second["List-Unsubscribe"]
    for mail, token in ((first, "0a" * 10), (second, "f9" * 10)):
        assert token in mail["List-Unsubscribe"]
        assert [token in content(part) for part in mail.iter_parts()] == [True, True]
    same = unwrapped(mails[0]).replace(b"0a" * 10, b"f9" * 10)
    assert same == unwrapped(mails[1]), "but for the link"


def unwrapped(mail: bytes) -> bytes:
    """Without what quoted-printable adds at the ends of lines."""
    return mail.replace(b"=\r\n", b"")


def test_group_gets_no_personal_link() -> None:
    group = Audience(many=True)
    edition = morning()
    body = compose(edition, seal(edition, SITE, TEMPLATES), SITE, templates=TEMPLATES, audience=group)
    mail = read(message(body, delivery(audience=group), SITE, SENT))
    assert mail["List-Unsubscribe"] is None
    assert "unsubscribe" not in content(mail.get_body(("plain",))).lower()


def test_an_attached_page_stands_beside_the_two_texts() -> None:
    mail = read(built(replace(BODY, attachment="<p>all of it: \u00e4</p>\n")))
    texts, page = mail.iter_parts()
    assert (mail.get_content_type(), texts.get_content_type()) == ("multipart/mixed", "multipart/alternative")
    assert [part.get_content_type() for part in texts.iter_parts()] == ["text/plain", "text/html"]
    assert (page.get_filename(), page.get_content_disposition()) == ("daily-42.html", "attachment")
    assert content(page) == "<p>all of it: \u00e4</p>\n"


def test_a_heavy_edition_travels_whole() -> None:
    mail = read(written(many(303)))
    (page,) = mail.iter_attachments()
    assert "With Number 303<" in content(page)


@pytest.mark.parametrize("papers", [1, 303])
def test_lines_end_in_crlf_and_are_short_and_ascii(papers: int) -> None:
    raw = written(many(papers), WEB)
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 78


def test_every_text_says_how_it_is_encoded() -> None:
    mail = read(built(replace(BODY, attachment="<p>x</p>")))
    texts = [part for part in mail.walk() if not part.is_multipart()]
    assert len(texts) == 3
    for part in texts:
        assert part["Content-Transfer-Encoding"] == "quoted-printable"
        assert part.get_content_charset() == "utf-8"


def test_no_line_of_a_text_is_a_lone_dot_or_looks_like_a_boundary() -> None:
    raw = built(replace(BODY, text=".\n--=_x\n--\nFrom me\n-- \n"))
    assert b"\r\n.\r\n" not in raw
    assert content(next(read(raw).iter_parts())) == ".\n--=_x\n--\nFrom me\n-- \n"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_back_but_for_its_line_ends(text: str) -> None:
    raw = built(replace(BODY, text=text + "\n"))
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    part = next(read(raw).iter_parts())
    got = cast("bytes", part.get_payload(decode=True)).decode()
    assert got == re.sub(r"\r\n?|\n", "\r\n", text + "\n")


def test_the_same_delivery_gives_the_same_bytes_and_another_one_other_boundaries() -> None:
    assert written(morning()) == written(morning())
    assert read(written(morning())).get_boundary() != read(written(morning(), message_id="<x@y>")).get_boundary()


# --- headers ------------------------------------------------------------------------------------------------------


def test_the_headers_without_a_web() -> None:
    assert raw_headers(written(morning())) == {
        "From": "Morning Papers <digest@example.org>",
        "To": "ada@example.org",
        "Subject": "12 new papers, 20 Nov: Agents 4, Large language models 3",
        "Date": "Fri, 20 Nov 2026 06:00:05 +0000",
        "Message-ID": "<42.7f3a@example.org>",
        "List-Id": "Morning Papers <daily.example.org>",
        "List-Unsubscribe": "<mailto:ada@example.org?subject=unsubscribe%20daily>",
        "List-Owner": "<mailto:ada@example.org>",
        "List-Post": "NO",
        "Auto-Submitted": "auto-generated",
        "Precedence": "list",
        "Feedback-ID": "42:daily:digest:paperround",
        "MIME-Version": "1.0",
        "Content-Type": 'multipart/alternative; boundary="=_f43f034cf41d32d94340b501_a"',
    }


def test_with_a_web_the_archive_is_named_but_no_one_click_that_nobody_answers() -> None:
    headers = raw_headers(written(morning(), WEB))
    assert headers["List-Archive"] == "<https://papers.example.org/archive.html>"
    assert headers["List-Unsubscribe"] == "<mailto:ada@example.org?subject=unsubscribe%20daily>"
    assert "List-Unsubscribe-Post" not in headers


def test_the_date_is_that_of_sending_in_any_zone() -> None:
    berlin = timezone(timedelta(hours=1))
    raw = message(BODY, delivery(), SITE, datetime(2026, 11, 20, 7, 0, tzinfo=berlin))
    assert read(raw)["Date"].datetime == datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "title", ["Morgenblätter & Söhne", "朝の論文", 'Papers, "quoted" \\ (mine)', "Dr. Who's: papers"]
)
def test_the_display_name_is_read_as_it_was_written(title: str) -> None:
    sender = read(built(replace(BODY, title=title)))["From"].addresses
    assert [(one.display_name, one.addr_spec) for one in sender] == [(title, "digest@example.org")]


def test_without_a_title_of_its_own_a_mail_bears_the_sites() -> None:
    assert raw_headers(built(replace(BODY, title="")))["From"] == "Morning Papers <digest@example.org>"


def test_a_sender_without_any_name_is_a_bare_address() -> None:
    assert raw_headers(built(replace(BODY, title="\n"), replace(SITE, title="")))["From"] == "<digest@example.org>"


@pytest.mark.parametrize(
    "subject", ["Größe zählt: 25 new papers", "🙂" * 120, "a" * 200, "word " * 60 + "end", "中文" * 40]
)
def test_subjects_of_any_script_come_back(subject: str) -> None:
    raw = built(replace(BODY, subject=subject))
    assert read(raw)["Subject"] == subject
    head = raw.split(b"\r\n\r\n", 1)[0].split(b"\r\n")
    assert all(len(line) <= 78 for line in head if b"aaaa" not in line)


def test_an_encoded_word_is_never_longer_than_allowed_and_tears_no_character() -> None:
    raw = built(replace(BODY, subject="ä€🙂" * 60))
    words = re.findall(rb"=\?[^?]+\?B\?[^?]*\?=", raw)
    assert len(words) > 5
    assert max(map(len, words)) <= 75
    assert all(
        message_from_bytes(b"Subject: " + word, policy=policy.default)["Subject"].isprintable() for word in words
    )


# --- injection ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", INJECTIONS)
@pytest.mark.parametrize("policy_", [policy.default, policy.compat32], ids=["modern", "compat32"])
def test_no_text_adds_a_header_or_ends_the_header_block(text: str, policy_: policy.Policy[Message]) -> None:
    site = replace(SITE, title=text, schedule=text)
    raw = built(
        replace(BODY, subject=text, title=text, file_name=text, attachment="x"), site, digest=text, message_id=text
    )
    mail = message_from_bytes(raw, policy=policy_)
    assert mail.keys() == message_from_bytes(built(replace(BODY, attachment="x")), policy=policy_).keys()
    assert mail.get_all("Bcc") is None
    assert mail.get_content_type() == "multipart/mixed"
    assert mail.defects == []
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    headers = raw_headers(raw)
    assert not [name for name in STRUCTURED if "=?" in headers.get(name, "")]


@pytest.mark.parametrize("text", INJECTIONS)
def test_a_hostile_name_leaves_one_sender(text: str) -> None:
    addresses = read(built(replace(BODY, title=text)))["From"].addresses
    assert [address.addr_spec for address in addresses] == ["digest@example.org"]


def test_a_hostile_title_of_the_only_paper_is_only_a_subject() -> None:
    raw = written(one("A =?UTF-8?Q?=0A?=Bcc: x@example.org"))
    assert read(raw)["Subject"] == "A = ?UTF-8?Q?=0A?=Bcc: x@example.org"
    assert read(raw)["Bcc"] is None


@given(st.text(), st.text(), st.text())
def test_no_text_whatever_breaks_the_headers(subject: str, title: str, name: str) -> None:
    raw = built(replace(BODY, subject=subject, title=title), digest=name, message_id=name)
    assert list(raw_headers(raw)) == list(raw_headers(built()))
    assert not [header for header in STRUCTURED if "=?" in raw_headers(raw).get(header, "")]


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.org\r\nBcc: x@example.org",
        "ada@example.org, x@example.org",
        "Ada <ada@example.org>",
        "ada",
        "",
        "äda@example.org",
        "a" * 65 + "@example.org",
        "ada@example.org\n",
    ],
)
def test_an_address_that_can_not_stand_in_a_header_is_never_accepted(address: str) -> None:
    with pytest.raises(PermanentDelivery, match="can't stand in a mail's header"):
        built(to=address)


# --- List-Id ------------------------------------------------------------------------------------------------------

DOT_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)+"


@pytest.mark.parametrize(
    ("name", "host", "list_id"),
    [
        ("daily", "example.org", "daily.example.org"),
        ("daily", "localhost", "daily.localhost"),
        ("my-digest-2", "EXAMPLE.org", "my-digest-2.example.org"),
        ("daily", "..", "daily.localhost"),
    ],
)
def test_a_list_is_named_after_its_digest_and_host(name: str, host: str, list_id: str) -> None:
    site = Site("T", owner="ada@example.org", sender=f"digest@{host}")
    assert raw_headers(built(replace(BODY, title="T"), site, digest=name))["List-Id"] == f"T <{list_id}>"


def test_names_that_look_alike_stay_two_lists() -> None:
    names = ["daily", "Daily", "daily!", "däily", "dåily", "日刊", "日報", "", "-", "a" * 300, "a" * 301]
    ids = {raw_headers(built(digest=name))["List-Id"] for name in names}
    assert len(ids) == len(names)


@given(st.text())
def test_a_list_id_is_valid_whatever_the_digest_is_called(name: str) -> None:
    value = raw_headers(built(digest=name))["List-Id"]
    found = re.fullmatch(r"Morning Papers <(.*)>", value)
    assert found
    assert re.fullmatch(DOT_ATOM, found[1])
    assert len(found[1]) <= 255


def test_a_title_beyond_ascii_is_left_out_of_the_list_id() -> None:
    assert raw_headers(built(replace(BODY, title="朝の論文")))["List-Id"] == "<daily.example.org>"


def test_paper_can_name_no_place_where_a_readers_token_would_stand() -> None:
    """What is written in its stead is another word in each process: a paper that held it would lead the token away."""
    code = "from digest.render.mail.head import TOKEN_PLACE; print(TOKEN_PLACE)"
    said = {subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True) for _ in range(2)}
    assert len(said | {TOKEN_PLACE}) == 3
