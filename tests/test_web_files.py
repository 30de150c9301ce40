"""What `build` wrote, over HTTP: validators, ranges, codings, and what is never to be seen."""

from __future__ import annotations

import gzip
import os
from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import Headers

from digest.models import Document
from digest.output import Output
from digest.web import files
from digest.web.conditions import accepts_gzip, part, unchanged
from tests.asgi import Asking, site_of
from tests.fakes import Place

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LARGE = "<p>A line that comes again and again.</p>\n" * 4_000
SMALL = "<p>small</p>\n"
FEED, PAGE, VOLUME = "feeds/all.atom", "about.html", "feeds/all-2026-10.atom"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """An output folder: a large feed, a small page, an archived feed, a front page."""
    public = tmp_path / "public"
    texts = {FEED: LARGE, PAGE: SMALL, VOLUME: LARGE, "index.html": "<p>front</p>"}
    Output(public).put([Document(path, text) for path, text in texts.items()])
    return public


@pytest.fixture
def get(site: Path, tmp_path: Path) -> Asking:
    assert site.is_dir()
    return Asking(site_of(Place(tmp_path)))


# --- what is sent ---------------------------------------------------------------------------------------------------


def test_document_comes_whole_with_its_validators_and_type(get: Asking, site: Path) -> None:
    one = get(f"/{PAGE}")
    assert (one.status, one.text) == (200, SMALL)
    assert one.headers["content-type"] == "text/html; charset=utf-8"
    assert one.headers["content-length"] == str(len(SMALL))
    assert one.headers["last-modified"] == formatdate((site / PAGE).stat().st_mtime, usegmt=True)
    assert one.headers["etag"].startswith('"')
    assert one.headers["vary"] == "Accept-Encoding"
    assert one.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("feeds/x.atom", "application/atom+xml; charset=utf-8"),
        ("feeds/x.rss", "application/rss+xml; charset=utf-8"),
        ("feeds/x.json", "application/feed+json"),
        ("feeds.opml", "text/x-opml; charset=utf-8"),
        ("style.css", "text/css; charset=utf-8"),
        ("editions/daily/1.md", "text/markdown; charset=utf-8"),
        ("thing", "application/octet-stream"),
    ],
)
def test_media_types_are_those_of_the_standards(path: str, kind: str, get: Asking, site: Path) -> None:
    Output(site).put([Document(path, SMALL)])
    assert get(f"/{path}").headers["content-type"] == kind


def test_front_page_stands_at_the_root(get: Asking) -> None:
    assert get("/").text == "<p>front</p>"
    assert get("/index.html").headers["etag"] == get("/").headers["etag"]


def test_large_document_comes_packed_to_whoever_takes_it_under_a_tag_of_its_own(get: Asking) -> None:
    packed, plain = get(f"/{FEED}", accept_encoding="gzip, br"), get(f"/{FEED}")
    assert packed.headers["content-encoding"] == "gzip"
    assert len(packed.body) == int(packed.headers["content-length"]) < len(plain.body) / 10
    assert gzip.decompress(packed.body) == plain.body == LARGE.encode()
    assert packed.headers["etag"] != plain.headers["etag"]
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-type"] == plain.headers["content-type"]


def test_small_document_has_nothing_packed(get: Asking, site: Path) -> None:
    assert "content-encoding" not in get(f"/{PAGE}", accept_encoding="gzip").headers
    assert not (site / f"{PAGE}.gz").exists()


def test_archived_feed_may_be_kept_for_good_and_nothing_else(get: Asking) -> None:
    assert get(f"/{VOLUME}").headers["cache-control"] == "public, max-age=31536000, immutable"
    assert get(f"/{FEED}").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", [FEED, PAGE])
@pytest.mark.parametrize("coding", ["gzip", "identity"])
def test_head_says_what_get_says_and_sends_nothing(path: str, coding: str, get: Asking) -> None:
    head, whole = get(f"/{path}", "HEAD", accept_encoding=coding), get(f"/{path}", accept_encoding=coding)
    assert (head.status, head.body) == (200, b"")
    assert head.headers == whole.headers


# --- what has not changed -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["{}", "W/{}", '"x", {}', '"a,b",W/{} , "y"', "*"])
def test_tag_that_is_known_costs_a_304_and_no_body(form: str, get: Asking) -> None:
    known = get(f"/{FEED}", accept_encoding="gzip").headers
    again = get(f"/{FEED}", accept_encoding="gzip", if_none_match=form.format(known["etag"]))
    assert (again.status, again.body) == (304, b"")
    kept = ("etag", "last-modified", "vary", "cache-control")
    assert [again.headers[name] for name in kept] == [known[name] for name in kept]
    assert "content-length" not in again.headers


@pytest.mark.parametrize("form", ['"x"', "", "{}x", "nonsense", "W/*"])
def test_tag_that_is_not_known_is_answered_whole_whatever_the_time(form: str, get: Asking) -> None:
    known = get(f"/{PAGE}").headers
    tag = form.format(known["etag"].strip('"'))
    assert get(f"/{PAGE}", if_none_match=tag, if_modified_since=known["last-modified"]).status == 200


def test_tag_of_the_packed_one_is_not_that_of_the_plain_one(get: Asking) -> None:
    packed = get(f"/{FEED}", accept_encoding="gzip").headers["etag"]
    assert get(f"/{FEED}", if_none_match=packed).status == 200


@pytest.mark.parametrize(
    ("since", "status"),
    [
        (0, 304),
        (60, 304),
        (-60, 200),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 200),
        ("Fri Nov  6 08:49:37 2099", 304),
        ("yesterday", 200),
        ("", 200),
        ("Mon, 99 Foo 2026 99:99:99 GMT", 200),
    ],
)
def test_time_counts_where_no_tag_is_given(since: int | str, status: int, get: Asking, site: Path) -> None:
    changed = (site / PAGE).stat().st_mtime
    header = since if isinstance(since, str) else formatdate(changed + since, usegmt=True)
    assert get(f"/{PAGE}", if_modified_since=header).status == status


def test_changed_document_has_another_tag_also_when_it_is_as_long_and_as_old(get: Asking, site: Path) -> None:
    before, then = get(f"/{PAGE}").headers["etag"], (site / PAGE).stat().st_mtime_ns
    Output(site).put([Document(PAGE, SMALL.replace("small", "SMALL"))])
    os.utime(site / PAGE, ns=(then, then))
    assert get(f"/{PAGE}", if_none_match=before).status == 200


def test_time_of_change_that_lies_ahead_is_not_told(get: Asking, site: Path) -> None:
    os.utime(site / PAGE, (4_000_000_000, 4_000_000_000))
    assert "2096" not in get(f"/{PAGE}").headers["last-modified"]


@pytest.mark.parametrize("coding", ["gzip", "identity"])
def test_304_opens_no_document(coding: str, get: Asking, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tag = get(f"/{FEED}", accept_encoding=coding).headers["etag"]
    opened: list[str] = []
    real = os.open

    def spied(path: str | Path, *words: int, **options: int) -> int:
        opened.append(str(path))
        return real(path, *words, **options)

    monkeypatch.setattr(os, "open", spied)
    assert get(f"/{FEED}", accept_encoding=coding, if_none_match=tag).status == 304
    assert get(f"/{FEED}", "HEAD", accept_encoding=coding).status == 200
    assert [path for path in opened if path.startswith(str(site))] == []
    assert get(f"/{FEED}", accept_encoding=coding).status == 200
    assert len([path for path in opened if path.startswith(str(site))]) == 1


# --- parts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("coding", ["gzip", "identity"])
@pytest.mark.parametrize(
    ("wanted", "piece"),
    [
        ("bytes=0-9", slice(0, 10)),
        ("bytes=100-", slice(100, None)),
        ("bytes=-7", slice(-7, None)),
        ("BYTES=5-5", slice(5, 6)),
        ("bytes=10-99999999", slice(10, None)),
        ("bytes=-99999999", slice(0, None)),
    ],
)
def test_part_is_of_what_would_have_been_sent(wanted: str, piece: slice, coding: str, get: Asking) -> None:
    whole = get(f"/{FEED}", accept_encoding=coding)
    some = get(f"/{FEED}", accept_encoding=coding, range=wanted, if_range=whole.headers["etag"])
    assert (some.status, some.body) == (206, whole.body[piece])
    first, _, _ = piece.indices(len(whole.body))
    assert some.headers["content-range"] == f"bytes {first}-{first + len(some.body) - 1}/{len(whole.body)}"
    assert some.headers["content-length"] == str(len(some.body))
    assert some.headers["etag"] == whole.headers["etag"]


@pytest.mark.parametrize("wanted", ["bytes=0-1,5-6", "bytes=9-2", "bytes=", "bytes=-", "lines=1-2", "bytes=a-b", ""])
def test_part_that_can_not_be_understood_is_all_of_it(wanted: str, get: Asking) -> None:
    assert get(f"/{PAGE}", range=wanted).text == SMALL


@pytest.mark.parametrize("wanted", ["bytes=13-", "bytes=99999-99999", "bytes=-0"])
def test_part_that_is_not_there_is_refused(wanted: str, get: Asking) -> None:
    one = get(f"/{PAGE}", range=wanted)
    assert (one.status, one.headers["content-range"]) == (416, "bytes */13")


def test_part_of_another_document_is_all_of_this_one(get: Asking) -> None:
    known = get(f"/{PAGE}").headers
    for mark in ('"other"', f"W/{known['etag']}", known["last-modified"]):
        assert get(f"/{PAGE}", range="bytes=0-3", if_range=mark).text == SMALL


def test_part_counts_for_get_alone(get: Asking) -> None:
    assert get(f"/{PAGE}", "HEAD", range="bytes=0-3").headers["content-length"] == str(len(SMALL))


# --- while it is replaced -------------------------------------------------------------------------------------------


def between(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Something happens after a document was looked at and before it is opened."""
    real = files.held

    def late(one: files.Found) -> object:
        monkeypatch.setattr(files, "held", real)
        act()
        return real(one)

    monkeypatch.setattr(files, "held", late)


def tag_of(path: Path) -> str:
    return files.Found(path, "", path.stat()).tag


def test_headers_and_bytes_are_of_one_document(get: Asking, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    between(monkeypatch, lambda: Output(site).put([Document(FEED, LARGE.upper())]))
    one = get(f"/{FEED}")
    assert (one.text, one.headers["etag"]) == (LARGE.upper(), tag_of(site / FEED))
    assert one.headers["content-length"] == str(len(LARGE))


def test_packed_one_that_goes_meanwhile_is_answered_plain(
    get: Asking, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    between(monkeypatch, (site / f"{FEED}.gz").unlink)
    one = get(f"/{FEED}", accept_encoding="gzip")
    assert (one.status, one.text) == (200, LARGE)
    assert "content-encoding" not in one.headers


def test_packed_one_that_is_replaced_meanwhile_is_looked_at_again(
    get: Asking, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    between(monkeypatch, lambda: Output(site).put([Document(FEED, LARGE.upper())]))
    one = get(f"/{FEED}", accept_encoding="gzip")
    body = gzip.decompress(one.body) if "content-encoding" in one.headers else one.body
    assert body == LARGE.upper().encode()


def test_document_that_goes_meanwhile_is_not_there(get: Asking, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    between(monkeypatch, (site / PAGE).unlink)
    assert get(f"/{PAGE}").status == 404


def test_packed_one_of_another_time_is_never_sent(get: Asking, site: Path) -> None:
    old = (site / f"{FEED}.gz").read_bytes()
    Output(site).put([Document(FEED, LARGE.upper())])
    (site / f"{FEED}.gz").write_bytes(old)
    assert get(f"/{FEED}", accept_encoding="gzip").text == LARGE.upper()


# --- what is never to be seen ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    [
        "/../config.toml",
        "/%2e%2e/config.toml",
        "/feeds/../../config.toml",
        "/feeds/..%2f..%2fconfig.toml",
        "/feeds%2fall.atom",
        "/feeds%5call.atom",
        "/feeds\\all.atom",
        "//index.html",
        "/./index.html",
        "/index.html/",
        "/index.html/x",
        "/feeds",
        "/feeds/",
        "/feeds//all.atom",
        "/about.html%00",
        "/about.html%0a",
        "/%ff%fe",
        "/%c0%ae%c0%ae/config.toml",
        "/feeds/all.atom.gz",
        "/.about.html.part",
        "/feeds/.hidden",
        "/out.html",
        "/out/config.toml",
        "/loop.html",
        "/pipe.html",
        f"/{'x' * 300}.html",
        f"/{'x/' * 5_000}",
        "/~root",
        "/%2525",
        "about.html",
        "",
        "*",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_path_trick_finds_nothing(target: str, method: str, get: Asking, site: Path) -> None:
    (site.parent / "config.toml").write_text("a secret")
    (site / "feeds/.hidden").write_text("a secret")
    (site / ".about.html.part").write_text("a secret")
    (site / "out.html").symlink_to(site.parent / "config.toml")
    (site / "out").symlink_to(site.parent)
    (site / "loop.html").symlink_to("loop.html")
    os.mkfifo(site / "pipe.html")
    one = get(target, method)
    assert one.status == 404
    assert "a secret" not in one.text
    assert len(one.body) < 10_000


@pytest.fixture(scope="module")
def unbuilt(tmp_path_factory: pytest.TempPathFactory) -> Asking:
    return Asking(site_of(Place(tmp_path_factory.mktemp("unbuilt"))))


@settings(deadline=None, max_examples=150)
@given(raw=st.binary(max_size=60), likely=st.text(alphabet="./%\\2ef5cabout.html", max_size=30))
def test_no_path_at_all_is_a_fault_of_ours(unbuilt: Asking, raw: bytes, likely: str) -> None:
    for target in (b"/" + raw.translate(None, b"?\r\n "), f"/{likely}".encode()):
        assert unbuilt(target).status < 500


def test_link_within_the_folder_is_followed(get: Asking, site: Path) -> None:
    (site / "latest.html").symlink_to(PAGE)
    assert get("/latest.html").text == SMALL


def test_folder_may_be_a_link_itself(site: Path, tmp_path: Path) -> None:
    site.rename(tmp_path / "elsewhere")
    site.symlink_to(tmp_path / "elsewhere")
    assert Asking(site_of(Place(tmp_path)))(f"/{PAGE}").text == SMALL


# --- what a request says --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "welcome"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("*", True),
        ("*;q=0, gzip", True),
        ("x-gzip", True),
        ("", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip ; q=0.000", False),
        ("*, gzip;q=0", False),
        ("gzip;q=much", False),
        ("identity", False),
    ],
)
def test_gzip_is_sent_to_whoever_takes_it(header: str, welcome: bool) -> None:  # noqa: FBT001
    assert accepts_gzip(header) is welcome


HEADER = st.text(alphabet=st.characters(max_codepoint=255), max_size=40)


@given(HEADER, HEADER, HEADER)
def test_no_header_is_too_absurd(one: str, two: str, three: str) -> None:
    headers = Headers({"if-none-match": one, "if-modified-since": two, "range": three, "if-range": one})
    assert unchanged(headers, '"t"', 0.0) in {True, False}
    assert unchanged(Headers({"if-modified-since": two}), '"t"', 0.0) in {True, False}
    assert accepts_gzip(three) in {True, False}
    first, end = part(headers, '"t"', 10) or (0, 10)
    assert 0 <= first <= 10
    assert 0 <= end <= 10


@given(st.integers(0, 10**19), st.integers(0, 10**19), st.integers(0, 100))
def test_part_lies_within_the_document(first: int, last: int, size: int) -> None:
    for text in (f"bytes={first}-{last}", f"bytes={first}-", f"bytes=-{last}"):
        found = part(Headers({"range": text}), '"t"', size)
        assert found is None or 0 <= found[0] <= found[1] <= size or found[0] >= found[1]
