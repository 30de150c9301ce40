"""What may stand in one setting, and what not."""

from __future__ import annotations

import zoneinfo
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import config
from digest.config import rules
from digest.config.rules import (
    address,
    file_path,
    header_line,
    keeping,
    language_tag,
    parser_name,
    schedule_words,
    slug,
    web_address,
    zone_name,
)


@pytest.mark.parametrize(
    "good",
    [
        "you@example.org",
        "reader@localhost",
        "first.last+papers@mail.example.co.uk",
        "o'brien@example.org",
        "x@xn--bcher-kva.example",
        "a" * 64 + "@example.org",
        "1@2.example",
    ],
)
def test_an_address_is_taken_as_it_is(good: str) -> None:
    assert address(good) == good


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("", "one bare address"),
        ("you", "one bare address"),
        ("you@", "no usable domain"),
        ("@example.org", "something before"),
        ("you@here@example.org", "one bare address"),
        ("You <you@example.org>", "one bare address"),
        ("a@example.org,b@example.org", "one bare address"),
        ("a@example.org;b@example.org", "one bare address"),
        ("you@example.org\nBcc: x@example.org", "one bare address"),
        ("you @example.org", "one bare address"),
        ("you@example.org\x00", "no usable domain"),
        ("y\x7fou@example.org", "something before"),
        (".you@example.org", "something before"),
        ("you..me@example.org", "something before"),
        ('"you"@example.org', "something before"),
        ("a" * 65 + "@example.org", "something before"),
        ("jürgen@example.org", "ASCII"),
        ("you@bücher.example", "xn--"),
        ("you@laptop", "no usable domain"),
        ("you@example..org", "no usable domain"),
        ("you@-example.org", "no usable domain"),
        ("you@example.org.", "no usable domain"),
        ("you@127.0.0.1", "no usable domain"),
        ("you@[127.0.0.1]", "no usable domain"),
        ("you@" + "a" * 64 + ".org", "no usable domain"),
        ("you@" + "a." * 130 + "org", "no usable domain"),
    ],
)
def test_an_address_that_mail_would_stumble_over_is_refused(bad: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        address(bad)


@given(st.text(max_size=40))
def test_no_address_can_break_a_header(text: str) -> None:
    try:
        taken = address(f"{text}@example.org")
    except ValueError:
        return
    assert taken.isascii()
    assert taken.isprintable()
    assert not set(taken) & set(' ,;<>"\\()[]:')


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("https://papers.example.org", "https://papers.example.org"),
        ("https://papers.example.org/", "https://papers.example.org"),
        ("http://localhost:8000/papers///", "http://localhost:8000/papers"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://example.org/~me/a%20b", "https://example.org/~me/a%20b"),
    ],
)
def test_a_web_address_loses_its_last_slash(written: str, kept: str) -> None:
    assert web_address(written) == kept


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "papers.example.org",
        "ftp://example.org",
        "javascript:alert(1)",
        "file:///srv/public",
        "https://",
        "https:///path",
        "https://user:secret@example.org",
        "https://example.org?x=1",
        "https://example.org/#top",
        "https://example.org:port",
        "https://example.org:99999",
        "https://example.org:0",
        "https://[::1",
        "https://example.org/a b",
        'https://example.org/"><script>',
        "https://example.org\r\nX: y",
        "https://bücher.example",
    ],
)
def test_what_is_no_web_address_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match=r"https://papers\.example\.org"):
        web_address(bad)


@pytest.mark.parametrize("good", ["daily", "3d", "a-b-c", "a" * 40])
def test_a_slug_is_taken_as_it_is(good: str) -> None:
    assert slug(good) == good


@pytest.mark.parametrize("bad", ["", "Daily", "a b", "-a", "a_b", "ä", "a" * 41, "a/b", "..", "a\n", "١"])
def test_a_name_that_could_not_stand_in_a_file_name_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="small letters"):
        slug(bad)


@pytest.mark.parametrize("bad", ["a\nb", "a\r", "\x00", "\x7f", "\x85", "a\u2028b", "a\u2029b", "\ud800"])
def test_a_title_that_could_break_a_header_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        header_line(f"x{bad}x")


@pytest.mark.parametrize("bad", ["", " ", "\t\n"])
def test_an_empty_title_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="empty"):
        header_line(bad)


def test_white_space_around_a_title_goes() -> None:
    assert header_line(" Übersicht – 論文 ") == "Übersicht – 論文"


@pytest.mark.parametrize("good", ["en", "de-AT", "zh-Hant-TW", "mn-Cyrl"])
def test_a_language_tag_is_taken_as_it_is(good: str) -> None:
    assert language_tag(good) == good


@pytest.mark.parametrize("bad", ["", "e", "English language", "de_AT", "en-", '"'])
def test_what_is_no_language_tag_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="language tag"):
        language_tag(bad)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Weekdays  at 7:00", "weekdays at 07:00"),
        ("weekly on friday at 16:30", "fri at 16:30"),
        ("monthly on the 31st at 08:00", "monthly on last at 08:00"),
        ("hourly", "every hour"),
    ],
)
def test_a_schedule_is_kept_in_one_spelling(written: str, kept: str) -> None:
    assert schedule_words(written) == kept
    assert schedule_words(kept) == kept


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("mondey at 07:00", 'did you mean "monday"'),
        ("daily at 7 am", '"7 am" is no time'),
        ("0 7 * * *", "is no schedule such as"),
        ("", "is no schedule such as"),
    ],
)
def test_what_is_no_schedule_is_refused_beside_what_would_be(bad: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        schedule_words(bad)


@pytest.mark.parametrize("good", ["UTC", "Europe/Berlin", "America/Argentina/Ushuaia"])
def test_a_time_zone_is_taken_as_it_is(good: str) -> None:
    assert zone_name(good) == good


@pytest.mark.parametrize(
    ("bad", "near"),
    [
        ("Berlin", "Europe/Berlin"),
        ("berln", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("Europe/Brelin", "Europe/Berlin"),
        ("Europe/Belin", "Europe/Berlin"),
        ("europe/london ", "Europe/London"),
    ],
)
def test_a_misspelt_time_zone_is_answered_with_the_nearest(bad: str, near: str) -> None:
    with pytest.raises(ValueError, match=f'unknown time zone "{bad}"; did you mean "{near}"'):
        zone_name(bad)


@pytest.mark.parametrize("bad", ["Europe", "../etc/passwd", "/etc/localtime", "x" * 5000, "a\0b", "", "."])
def test_a_time_zone_that_is_no_name_at_all_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="unknown time zone"):
        zone_name(bad)


def test_a_machine_without_time_zones_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_key: str) -> None:
        raise zoneinfo.ZoneInfoNotFoundError

    monkeypatch.setattr(rules, "ZoneInfo", none)
    monkeypatch.setattr(rules, "available_timezones", set[str])
    with pytest.raises(ValueError, match="tzdata"):
        zone_name("UTC")


@pytest.mark.parametrize(("written", "days"), [("all", None), ("1 day", 1), ("365 days", 365), ("99999 days", 99999)])
def test_dumps_are_kept_for_ever_or_for_days(written: str, days: int | None) -> None:
    read = config.parse(f'keep_dumps = "{written}"', Path("/"))
    assert read.dumps_kept == (timedelta(days) if days else None)


@pytest.mark.parametrize("bad", ["", "none", "0 days", "-1 days", "365", "1 year", "100000 days", "1.5 days", "٣ days"])
def test_what_is_no_number_of_days_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match=r'must be "all", or a number of days'):
        keeping(bad)


@pytest.mark.parametrize("good", ["huggingface-page", "my_parsers:read", "pkg.sub.module:Class.method"])
def test_a_parser_is_built_in_or_has_a_module(good: str) -> None:
    assert parser_name(good) == good


@pytest.mark.parametrize("bad", ["", "pkg.module", ":read", "pkg:", "pkg:a b", "os;system", "../x:y", "pkg:a:b"])
def test_what_is_no_parser_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="built-in parser"):
        parser_name(bad)


def test_a_path_may_begin_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/srv/reader")
    assert file_path("~/dumps") == Path("/srv/reader/dumps")
    assert file_path("dumps") == Path("dumps")


@pytest.mark.parametrize("bad", ["", "a\0b", "a\nb", "~nobody-has-this-name/dumps"])
def test_what_is_no_path_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match=r"must|unknown user"):
        file_path(bad)
