"""Every fetch here goes to a real server on loopback; where a name or a public address is needed, the resolver is ours."""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from digest import __version__
from digest.errors import Down, FetchError, Gone, RefusedFetch, TryLater, Waiting
from digest.sources.web import Answer, Hop, NotModified, Policy, Validators, Web
from digest.sources.wire import Reply, address
from tests.certificates import certificate_for
from tests.servers import Server, chunks, drip, reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NOW = datetime(2026, 11, 16, 7, tzinfo=UTC)
SOON, LONG = 0.3, 10.0  # seconds: where a deadline is to be met, and where it should never be
KIB, MIB = 2**10, 2**20
FEED = b"<feed>" + bytes(range(256)) * 40 + b"</feed>"
PADDED = gzip.compress(FEED[:9]) + b"\0\0" + gzip.compress(FEED[9:]) + b"\0" * 99  # two members
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"
CHUNKED_GZIP = HEAD + b"transfer-encoding: chunked\r\ncontent-encoding: gzip\r\n\r\n"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as one:
        yield one


def web(**policy: object) -> Web:
    """A web that may ask loopback and finds every name at 127.0.0.1."""
    chosen = {"allow_private": True, "deadline": LONG, "connect_timeout": LONG, "gap": 0.0, **policy}
    return Web(Policy(**chosen), resolve=at_home)  # type: ignore[arg-type]  # tests name fields as they are


def at_home(host: str) -> tuple[str, ...]:
    del host
    return ("127.0.0.1",)


def got(url: str, known: Validators = Validators(), **policy: object) -> Answer:  # noqa: B008 - it is frozen
    answer = web(**policy).get(url, NOW, known)
    assert isinstance(answer, Answer)
    return answer


def refused(url: str, kind: type[FetchError] = FetchError, by: Web | None = None, **policy: object) -> str:
    """The one line that a fetch ends with."""
    with pytest.raises(FetchError) as end:
        (by or web(**policy)).get(url, NOW)
    assert type(end.value) in ((FetchError, Down) if kind is FetchError else (kind,))
    assert "\n" not in str(end.value)
    return str(end.value)


# --- an answer ---


def test_body_comes_whole_with_its_type_and_validators(server: Server) -> None:
    server.scripts["/feed"] = reply(FEED, content_type="text/xml; charset=x", etag='W/"1"', last_modified="yesterday")
    url = server.url("/feed")
    assert got(url) == Answer(url, FEED, "text/xml; charset=x", Validators('W/"1"', "yesterday"))


@pytest.mark.parametrize(
    "raw",
    [
        reply(FEED),
        reply(FEED, "203 Not Mine"),
        b"HTTP/1.0 200 OK\r\n\r\n" + FEED,
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + chunks(FEED[:7], FEED[7:], b""),
        b"HTTP/1.1 100 Continue\r\n\r\n" + reply(FEED),
        reply(gzip.compress(FEED), content_encoding="gzip"),
        reply(gzip.compress(FEED), content_encoding="X-GZIP"),
        reply(PADDED, content_encoding="gzip"),
        CHUNKED_GZIP + chunks(*(bytes([byte]) for byte in PADDED), b""),
        reply(FEED, content_encoding="identity"),
    ],
)
def test_each_way_to_send_a_body_gives_the_same(server: Server, raw: bytes) -> None:
    server.scripts["/"] = raw
    assert got(server.url()).body == FEED


def test_empty_body_is_an_answer(server: Server) -> None:
    server.scripts["/"] = reply()
    assert got(server.url()).body == b""


def test_body_of_exactly_the_limit_is_taken(server: Server) -> None:
    server.scripts["/"] = reply(gzip.compress(bytes(5000)), content_encoding="gzip")
    assert len(got(server.url(), max_bytes=5000).body) == 5000
    assert "sends more than 4,999 bytes" in refused(server.url(), max_bytes=4999)


def test_request_says_who_asks_and_takes_only_gzip(server: Server) -> None:
    server.scripts["/a?b=1"] = reply(FEED)
    got(server.url("/a?b=1#part"), contact="Jürgen <me@example.org> (owner)\r\nX: y")
    headers = dict(server.requests[0].headers)
    assert headers.pop("accept").startswith("application/atom+xml")
    assert headers == {
        "host": f"127.0.0.1:{server.port}",
        "user-agent": f"Paperround/{__version__} (+Jrgen<me@example.org>ownerX:y)",
        "accept-encoding": "gzip",
        "connection": "close",
    }


def test_user_agent_without_a_contact_is_the_program_alone() -> None:
    assert Policy().user_agent == f"Paperround/{__version__}"
    assert Policy("me@example.org").user_agent == f"Paperround/{__version__} (+me@example.org)"


def test_cookies_are_not_kept(server: Server) -> None:
    server.scripts["/"] = reply(status="302 Found", location="/next", set_cookie="a=b; Path=/")
    server.scripts["/next"] = reply(FEED, set_cookie="c=d; Path=/")
    one = web()
    one.get(server.url(), NOW)
    one.get(server.url(), NOW)
    assert not [request for request in server.requests if "cookie" in request.headers]


def test_proxies_of_the_environment_are_not_used(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    server.scripts["/"] = reply(FEED)
    assert got(server.url()).body == FEED


# --- validators ---


def test_validators_are_sent_and_a_304_says_nothing_is_new(server: Server) -> None:
    server.scripts["/"] = reply(status="304 Not Modified")
    known = Validators('"1"', "Mon, 16 Nov 2026 07:00:00 GMT")
    assert web().get(server.url(), NOW, known) == NotModified(server.url(), known)
    headers = server.requests[0].headers
    assert (headers["if-none-match"], headers["if-modified-since"]) == (known.etag, known.modified)


def test_304_may_bring_a_new_validator(server: Server) -> None:
    server.scripts["/"] = reply(status="304 Not Modified", etag='"2"')
    same = web().get(server.url(), NOW, Validators('"1"', "long ago"))
    assert same == NotModified(server.url(), Validators('"2"', "long ago"))


def test_one_validator_alone_is_sent_alone(server: Server) -> None:
    server.scripts["/"] = reply(FEED)
    got(server.url(), Validators(modified="long ago"))
    assert "if-none-match" not in server.requests[0].headers


def test_304_to_a_question_without_validators_is_a_fault(server: Server) -> None:
    server.scripts["/"] = reply(status="304 Not Modified")
    assert "answers 304 Not Modified" in refused(server.url())


@pytest.mark.parametrize("etag", ["", '"' + "x" * 2000 + '"', '"é"'])
def test_validator_that_could_not_be_sent_again_is_dropped(server: Server, etag: str) -> None:
    server.scripts["/"] = reply(FEED, etag=etag)
    assert got(server.url()).validators == Validators()


def test_spoilt_validator_is_not_sent(server: Server) -> None:
    server.scripts["/"] = reply(FEED)
    got(server.url(), Validators('"1"\r\nX-Evil: 1', "é"))
    assert not {"if-none-match", "if-modified-since", "x-evil"} & set(server.requests[0].headers)


# --- redirects ---


@pytest.mark.parametrize(
    ("statuses", "moved"),
    [
        ((301,), "/1"),
        ((308,), "/1"),
        ((301, 308, 301), "/3"),
        ((302,), None),
        ((303,), None),
        ((307,), None),
        ((301, 302), "/1"),
        ((301, 307, 301), "/1"),
        ((302, 301), None),
        ((301, 301, 301, 301, 301), "/5"),
    ],
)
def test_only_an_unbroken_chain_of_permanent_redirects_moves(
    server: Server, statuses: tuple[int, ...], moved: str | None
) -> None:
    for place, status in enumerate(statuses):
        server.scripts[f"/{place}"] = reply(b"gone on", f"{status} Over There", location=f"/{place + 1}#x")
    server.scripts[f"/{len(statuses)}"] = reply(FEED)
    answer = got(server.url("/0"))
    assert (answer.url, answer.body) == (server.url(f"/{len(statuses)}"), FEED)
    assert answer.moved == (moved and server.url(moved))


def test_304_at_the_end_of_a_move_tells_of_it(server: Server) -> None:
    server.scripts["/"] = reply(status="301 Moved", location="/new")
    server.scripts["/new"] = reply(status="304 Not Modified")
    same = web().get(server.url(), NOW, Validators('"1"'))
    assert same == NotModified(server.url("/new"), Validators('"1"'), server.url("/new"))


def test_redirects_end(server: Server) -> None:
    server.scripts["/"] = reply(status="302 Found", location="/")
    assert "redirects more than 5 times" in refused(server.url())
    assert len(server.requests) == 6


def test_redirect_to_nowhere_is_a_fault(server: Server) -> None:
    server.scripts["/"] = reply(status="301 Moved")
    assert "answers 301 and does not say where to go" in refused(server.url())


@pytest.mark.parametrize(
    "target",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "gopher://127.0.0.1:70/_x",
        "javascript:alert(1)",
        "data:text/xml,<feed/>",
        "http://me:secret@127.0.0.1/",
        "//me@127.0.0.1/",
        "https:///etc/passwd",
        "http://[::1/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:x/",
        "http://999.1.1.1/",
        "http://a..b/",
        "http://.a/",
        "http://" + "a" * 64 + ".example/",
        "http://" + "a." * 200 + "example/",
        "http://xn--\xe9/",
        "/" + "a" * 70_000,
    ],
)
def test_redirect_to_what_is_no_address_of_the_web_is_refused(server: Server, target: str) -> None:
    server.scripts["/"] = reply(status="302 Found", location=target)
    line = refused(server.url(), RefusedFetch)
    assert line.startswith(server.url() + " → ")
    assert "secret" not in line
    assert len(line) < 500
    assert server.connections == 1


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1/",
        "http://127.0.0.1:{port}/inside",
        "//[::1]/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://2130706433:{port}/",
        "http://0x7f.1:{port}/",
        "http://127.1:{port}/",
        "http://0:{port}/",
        "http://169.254.169.254/latest/meta-data/",
        "http://localhost:{port}/",
        "http://１２７。0。0。1:{port}/",
    ],
)
def test_redirect_into_a_private_network_is_refused_even_where_the_address_itself_may_be_private(
    server: Server, target: str
) -> None:
    """`allow_private` is for the host that the owner named."""
    server.scripts["/"] = f"HTTP/1.1 301 Moved\r\nlocation: {target.format(port=server.port)}\r\n\r\n".encode()
    one = Web(web().policy, resolve=lambda host: ("127.0.0.1",) if host == "papers.test" else Web().resolve(host))
    refused(server.url(host="papers.test"), RefusedFetch, one)
    assert server.connections == 1


def test_redirect_within_the_same_private_host_is_followed(server: Server) -> None:
    server.scripts["/"] = reply(status="301 Moved", location=f"//papers.test:{server.port}/new")
    server.scripts["/new"] = reply(FEED)
    assert got(server.url(host="papers.test")).url == server.url("/new", "papers.test")


def test_redirect_to_another_port_of_a_private_host_is_refused(server: Server) -> None:
    with Server({"/": reply(FEED)}) as inside:
        server.scripts["/"] = reply(status="302 Found", location=inside.url(host="papers.test"))
        refused(server.url(host="papers.test"), RefusedFetch)
        assert inside.connections == 0


@pytest.mark.parametrize(
    ("first", "target", "home"),
    [
        ("http://papers.test/", "https://papers.test/", True),
        ("http://papers.test:80/", "/new", True),
        ("http://papers.test:8080/", "https://papers.test/", False),
        ("http://papers.test/", "http://papers.test:22/", False),
        ("http://papers.test/", "http://other.test/", False),
    ],
)
def test_home_is_one_host_and_port_or_its_way_to_https(first: str, target: str, *, home: bool) -> None:
    assert redirected(first, target).at_home is home


def test_what_has_moved_is_allowed_no_more_than_a_redirect_there(server: Server) -> None:
    server.scripts["/"] = reply(FEED)
    there = server.url(host="other.test")
    with pytest.raises(RefusedFetch, match=r"→ http://other\.test.* leads to 127\.0\.0\.1"):
        web().get(server.url(host="papers.test"), NOW, moved=there)
    assert server.connections == 0


# --- who may be asked ---


@pytest.mark.parametrize("url", ["", "feed", "example.org/feed", "/etc/passwd", "file:///etc/passwd", "x\n"])
def test_what_is_no_address_of_the_web_is_never_asked(url: str) -> None:
    assert "is not an address of the web" in refused(url, RefusedFetch)


@pytest.mark.parametrize(
    "url", ["http://", "https:///etc/passwd", "http://:80/", "http://?a", "http://a..b/", "http:x"]
)
def test_address_without_a_host_is_never_asked(url: str) -> None:
    assert "names no host" in refused(url, RefusedFetch)


def test_password_in_an_address_is_refused_and_never_shown() -> None:
    line = refused("https://me:secret@example.org/feed?a=b@c", RefusedFetch)
    assert line.startswith("https://example.org/feed?…: holds a user name or a password")


@pytest.mark.parametrize(
    "places",
    [("127.0.0.1",), ("1.1.1.1", "127.0.0.1"), ("::1", "2606:4700::1111"), ("64:ff9b::a00:1",), ("fe80::1%lo",)],
)
def test_host_with_one_private_address_is_never_asked(server: Server, places: tuple[str, ...]) -> None:
    one = Web(Policy(gap=0), resolve=lambda _: places)
    assert "is not an address of the public internet" in refused(server.url(host="papers.test"), RefusedFetch, one)
    assert server.connections == 0


def test_name_is_looked_up_once_and_what_was_checked_is_connected_to(server: Server) -> None:
    server.scripts["/"] = reply(FEED)
    asked: list[str] = []

    def rebinding(host: str) -> tuple[str, ...]:
        asked.append(host)
        return ("127.0.0.1",) if len(asked) == 1 else ("127.0.0.9",)

    Web(web().policy, resolve=rebinding).get(server.url(host="papers.test"), NOW)
    assert asked == ["papers.test"]
    assert server.requests[0].headers["host"] == f"papers.test:{server.port}"


def test_each_hop_is_looked_up_for_itself(server: Server) -> None:
    server.scripts["/"] = reply(status="302 Found", location="/next")
    answers = iter([("127.0.0.1",), ("127.0.0.9",)])
    one = Web(web().policy, resolve=lambda _: next(answers))
    assert "→ " + server.url("/next", "papers.test") in refused(server.url(host="papers.test"), by=one)
    assert next(answers, None) is None


def test_name_beyond_ascii_is_asked_for_in_its_ascii_form(server: Server) -> None:
    server.scripts["/"] = reply(FEED)
    asked: list[str] = []

    def resolve(host: str) -> tuple[str, ...]:
        asked.append(host)
        return ("127.0.0.1",)

    Web(web().policy, resolve=resolve).get(server.url(host="bücher.straße"), NOW)
    assert asked == ["xn--bcher-kva.xn--strae-oqa"]
    assert server.requests[0].headers["host"] == f"xn--bcher-kva.xn--strae-oqa:{server.port}"


def test_next_address_of_a_host_is_tried(server: Server) -> None:
    server.scripts["/"] = reply(FEED)
    one = Web(web().policy, resolve=lambda _: ("127.0.0.9", "127.0.0.1"))
    assert one.get(server.url(host="papers.test"), NOW) == Answer(
        server.url(host="papers.test"), FEED, None, Validators()
    )


# --- statuses ---


@pytest.mark.parametrize(
    ("status", "line"),
    [
        ("404 Not Found", "answers 404 Not Found (check the address)"),
        ("403 \x1b]0;x", "answers "),
        ("400 " + "x" * 500, "answers 400 " + "x" * 60 + " (check"),
        ("500 Oh\tno", "answers 500 Oh\\tno (the server is in trouble"),
        ("503 Full", "answers 503 Full (the server is in trouble"),
        ("204 No Content", "answers 204 No Content"),
        ("206 Partial Content", "answers 206 Partial Content"),
        ("300 Choose", "answers 300 Choose"),
        ("999 ", "answers 999 (the server"),
        ("101 Switching Protocols", "answers 101 Switching Protocols"),
    ],
)
def test_status_that_brings_nothing_is_told(server: Server, status: str, line: str) -> None:
    server.scripts["/"] = reply(b"<html>", status)
    told = refused(server.url())
    assert line in told or "does not answer as HTTP demands" in told
    assert told.isprintable()


def test_gone_is_gone(server: Server) -> None:
    server.scripts["/"] = reply(status="410 Gone")
    assert "take it out" in refused(server.url(), Gone)


@pytest.mark.parametrize(("status", "kind"), [("301 Moved", Gone), ("302 Found", FetchError), ("307 Away", FetchError)])
def test_gone_counts_only_along_permanent_redirects(server: Server, status: str, kind: type[FetchError]) -> None:
    server.scripts |= {"/": reply(status=status, location="/there"), "/there": reply(status="410 Gone")}
    refused(server.url(), kind)


@pytest.mark.parametrize("status", ["500 Oh No", "502 Bad Gateway", "429 Too Many"])
def test_server_in_trouble_is_down(server: Server, status: str) -> None:
    server.scripts["/"] = reply(status=status)
    refused(server.url(), Down)


def test_server_that_wants_to_be_left_alone_is_asked_for_nothing_until_then(server: Server) -> None:
    server.scripts |= {
        "/": reply(status="429 Slow Down", retry_after="60"),
        "/other": reply(FEED),
        "/away": reply(status="302 Found", location="/other"),
    }
    one = web()
    refused(server.url(), TryLater, by=one)
    for path in ("/", "/other", "/away"):
        assert "is left alone: its server asked for that" in refused(server.url(path), Waiting, by=one)
    assert len(server.requests) == 1
    with Server({"/": reply(FEED)}) as other:
        assert one.get(other.url(), NOW)
    assert isinstance(one.get(server.url("/other"), NOW + timedelta(seconds=61)), Answer)


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ("120", 120),
        ("0", 0),
        (" 7 ", 7),
        ("9" * 5000, 86400),
        ("Mon, 16 Nov 2026 08:30:00 GMT", 5400),
        ("Mon, 16 Nov 2026 06:00:00 GMT", 0),
        ("Fri, 31 Dec 2027 23:59:59 GMT", 86400),
        ("Mon, 16 Nov 2026 09:30:00 +0200", 1800),
        ("Mon, 16 Nov 2026 07:01:00 -0000", 60),
        ("Fri, 31 Dec 9999 23:59:59 -2359", 86400),
        ("Mon, 01 Jan 0001 00:00:00 +2359", 0),
    ],
)
@pytest.mark.parametrize("status", ["429 Too Many", "503 Full"])
def test_retry_after_is_heeded_up_to_a_day(server: Server, status: str, said: str, wait: int) -> None:
    server.scripts["/"] = reply(status=status, retry_after=said)
    with pytest.raises(TryLater) as later:
        web().get(server.url(), NOW)
    then = NOW + timedelta(seconds=wait)
    assert (later.value.not_before, later.value.not_before.tzinfo) == (then, UTC)
    assert f"after {then:%Y-%m-%d %H:%M} UTC" in str(later.value)


@pytest.mark.parametrize("said", ["", "soon", "-5", "1.5", "²", "Mon, 99 Nov 2026 08:30:00 GMT"])
def test_retry_after_that_says_nothing_is_a_fault_like_any(server: Server, said: str) -> None:
    server.scripts["/"] = f"HTTP/1.1 503 Full\r\nretry-after: {said}\r\n\r\n".encode()
    assert "answers 503 Full" in refused(server.url())


# --- servers that are wrong ---


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n",
        b"HTTP/1.1",
        HEAD,
        HEAD + b"content-length: 10\r\n\r\n123456789",
        CHUNKED + chunks(b"123"),
        CHUNKED + b"a\r\n123",
        CHUNKED + b"3\r\n123456\r\n0\r\n\r\n",
        CHUNKED + b"-1\r\n1\r\n0\r\n\r\n",
        CHUNKED + b"zz\r\n1\r\n0\r\n\r\n",
        CHUNKED + b"f" * 40 + b"\r\n1",
        CHUNKED + b"1;" + b"x" * 200_000,
        b"220 mail.example.org ESMTP\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(99),
        bytes(range(256)) * 9,
        b"<html>an error page</html>",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
        HEAD + b"content-length: 5\r\ncontent-length: 6\r\n\r\n12345",
        HEAD + b"content-length: -5\r\n\r\n12345",
        HEAD + b"transfer-encoding: gzip\r\n\r\n12345",
        HEAD + b"a: b\x00c\r\n\r\n",
        HEAD + b"a: " + b"x" * 200_000 + b"\r\n\r\n",
        HEAD + b"a: b\r\n" * 50_000 + b"\r\n",
    ],
)
def test_what_is_not_a_whole_answer_in_http_is_a_fault(server: Server, raw: bytes) -> None:
    server.scripts["/"] = raw
    assert "does not answer as HTTP demands" in refused(server.url())


@pytest.mark.parametrize(
    ("body", "coding", "what"),
    [
        (b"x", "br", "comes packed as br, which was not asked for"),
        (b"x", "deflate", "comes packed as deflate"),
        (gzip.compress(gzip.compress(FEED)), "gzip, gzip", "comes packed as gzip, gzip"),
        (b"plain", "gzip", "sends a damaged gzip"),
        (b"", "gzip", "sends a damaged gzip"),
        (gzip.compress(FEED)[:-1], "gzip", "sends a damaged gzip"),
        (gzip.compress(FEED)[:-8] + bytes(8), "gzip", "sends a damaged gzip"),
        (gzip.compress(FEED) + b"more", "gzip", "sends a damaged gzip"),
        (gzip.compress(FEED) + gzip.compress(FEED)[:12], "gzip", "sends a damaged gzip"),
    ],
)
def test_body_that_cannot_be_unpacked_is_a_fault(server: Server, body: bytes, coding: str, what: str) -> None:
    server.scripts["/"] = reply(body, content_encoding=coding)
    assert what in refused(server.url())


def test_reset_is_a_fault(server: Server) -> None:
    def reset(_: Server, stream: socket.socket) -> None:
        stream.sendall(HEAD + b"content-length: 10\r\n\r\n1")
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    server.scripts["/"] = reset
    assert "breaks off: Connection reset by peer" in refused(server.url())


def test_port_where_nobody_listens_is_a_fault(server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as shut:
        port = shut.getsockname()[1]
    assert "can't be reached: Connection refused" in refused(f"http://127.0.0.1:{port}/")
    assert server.connections == 0


def test_name_that_nobody_knows_is_a_fault() -> None:
    def unknown(_: str) -> tuple[str, ...]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    one = Web(web().policy, resolve=unknown)
    assert "can't be reached: Name or service not known" in refused("https://papers.test/", by=one)


# --- servers that never end ---


def pour(head: bytes, drop: bytes) -> Callable[[Server, socket.socket], None]:
    """As fast as the client takes it."""
    return drip(head, drop * (64 * KIB // len(drop)), pause=0)


@pytest.mark.parametrize(
    "script",
    [
        drip(b"", b""),
        drip(b"HTTP/1.1 200 ", b"x"),
        drip(HEAD, b"a: b\r\n"),
        drip(HEAD + b"content-length: 1000\r\n\r\n", b"x"),
        drip(HEAD + b"\r\n", b"x"),
        drip(CHUNKED, chunks(b"x")),
        drip(CHUNKED + chunks(b"x") + b"0\r\n", b"a: b\r\n"),
        drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        drip(HEAD + b"content-encoding: gzip\r\n\r\n" + gzip.compress(FEED)[:20], b""),
        drip(b"HTTP/1.1 302 Found\r\nlocation: /\r\n", b""),
    ],
)
def test_slow_answer_ends_at_the_deadline(server: Server, script: Callable[[Server, socket.socket], None]) -> None:
    server.scripts["/"] = script
    began = time.monotonic()
    assert "has not answered in full within 0.3 s" in refused(server.url(), deadline=SOON)
    assert SOON < time.monotonic() - began < LONG / 2


def test_nobody_is_asked_when_no_time_is_left(server: Server) -> None:
    assert "has not answered in full" in refused(server.url(), deadline=1e-9)
    assert server.connections == 0


def test_redirects_share_one_deadline(server: Server) -> None:
    def slow(server: Server, stream: socket.socket) -> None:
        server.over.wait(0.25)
        stream.sendall(reply(status="302 Found", location="/"))

    server.scripts["/"] = slow
    assert "has not answered in full within 0.6 s" in refused(server.url(), deadline=0.6)
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    "script",
    [
        pour(HEAD + b"\r\n", b"x"),
        pour(CHUNKED, chunks(b"x" * 1000)),
        pour(CHUNKED, chunks(b"x")),
        pour(CHUNKED + chunks(b"x") + b"0\r\n", b"a: b\r\n"),
        pour(HEAD, b"a: b\r\n"),
        pour(HEAD + b"a: ", b"x"),
        pour(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        pour(HEAD + b"content-encoding: gzip\r\n\r\n", gzip.compress(b"")),
        pour(HEAD + b"content-encoding: gzip\r\n\r\n", gzip.compress(b"x" * 999)),
        reply(b"", content_length=str(10**30)),
    ],
)
def test_endless_answer_ends_at_the_limit(
    server: Server, script: bytes | Callable[[Server, socket.socket], None]
) -> None:
    server.scripts["/"] = script
    line = refused(server.url(), max_bytes=10 * KIB, deadline=2 * LONG)
    assert "sends more than 10,240 bytes" in line or "does not answer as HTTP demands" in line


def test_body_announced_beyond_the_limit_is_not_waited_for(server: Server) -> None:
    server.scripts["/"] = drip(HEAD + b"content-length: 8388609\r\n\r\n", b"")
    assert "sends more than 8,388,608 bytes" in refused(server.url())


def bomb(size: int = 1024 * MIB, piece: int = 16 * MIB) -> bytes:
    """Zeros, packed as one member of gzip. Its end is wrong, for nobody should come to it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    head = packer.compress(b"") + packer.compress(bytes(piece)) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(bytes(piece)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + again * (size // piece - 1) + packer.flush()


MEASURE = '''
import sys
from datetime import UTC, datetime
from digest.errors import FetchError
from digest.sources.web import Policy, Web

web, now = Web(Policy(allow_private=True, gap=0)), datetime.now(UTC)

def peak():
    """In KiB, of this process alone: what `getrusage` says begins with the peak of the one that started it."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))

web.get(sys.argv[1] + "small", now)
before = peak()
try:
    web.get(sys.argv[1] + "bomb", now)
except FetchError as error:
    print(peak() - before, error)
'''


@pytest.mark.skipif(sys.platform != "linux", reason="peaks of memory are read as Linux tells them")
@pytest.mark.parametrize("packed", [bomb(), gzip.compress(bytes(16 * MIB)) * 64], ids=["one member", "64 members"])
def test_bomb_of_a_gibibyte_ends_at_eight_mebibytes(server: Server, packed: bytes) -> None:
    server.scripts["/small"] = reply(FEED)
    server.scripts["/bomb"] = reply(packed, content_encoding="gzip")
    began = time.monotonic()
    run = [sys.executable, "-c", MEASURE, server.url()]
    out = subprocess.run(run, capture_output=True, text=True, timeout=60, check=True).stdout
    grown, line = out.split(" ", 1)
    assert "sends more than 8,388,608 bytes, unpacked" in line
    assert 4 * KIB < int(grown) < 64 * KIB  # in KiB; less would mean that nothing was measured
    assert time.monotonic() - began < 10


def test_host_that_does_not_take_connections_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)  # noqa: FBT003 - as the library has it
            one.connect_ex(full.getsockname())
        began = time.monotonic()
        line = refused(f"http://127.0.0.1:{full.getsockname()[1]}/", connect_timeout=SOON)
        for one in waiting:
            one.close()
    assert "can't be reached within 0.3 s" in line
    assert time.monotonic() - began < LONG / 2


def test_name_server_that_says_nothing_is_given_up() -> None:
    over = threading.Event()
    silent = Web(web(connect_timeout=SOON).policy, resolve=lambda _: ("127.0.0.1",) if over.wait(20) else ())
    began = time.monotonic()
    assert "can't be reached within 0.3 s" in refused("http://papers.test/", by=silent)
    assert time.monotonic() - began < LONG / 2
    over.set()


# --- TLS ---


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate_for("papers.test", tmp_path_factory.mktemp("tls"))


@pytest.fixture
def secure(certificate: Path) -> Iterator[Server]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, f"{certificate}.key")
    with Server({"/": reply(FEED)}, tls=context) as one:
        yield one


def test_certificate_of_a_known_authority_is_accepted(
    secure: Server, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert got(secure.url(host="papers.test")).body == FEED


def redirected(first: str, target: str) -> Hop:
    """The next step of a fetch whose first answer says 301."""
    asked = address(first, first)
    return web()._next(Hop(asked, asked, LONG), Reply(301, "Moved", httpx.Headers({"location": target}), None))


def test_move_from_https_to_http_is_followed_and_not_kept() -> None:
    hop = redirected("https://papers.test/", "http://papers.test/")
    assert (str(hop.url), hop.permanent, hop.moved) == ("http://papers.test/", False, None)


def test_certificate_for_another_host_is_not(
    secure: Server, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    line = refused(secure.url(host="other.test"))
    assert "its certificate is not to be trusted" in line
    assert "other.test" in line
    assert secure.requests == []


def test_certificate_of_an_unknown_authority_is_not(secure: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    assert "its certificate is not to be trusted: self-signed" in refused(secure.url(host="papers.test"))
    assert secure.requests == []


def test_list_of_authorities_that_is_not_there_is_told(secure: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/at-all.pem")
    assert "authorities for TLS can't be read: No such file" in refused(secure.url(host="papers.test"))


def test_server_without_tls_at_an_https_address_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as plain, ThreadPoolExecutor(1) as pool:
        line = pool.submit(refused, f"https://127.0.0.1:{plain.getsockname()[1]}/")
        with plain.accept()[0] as stream:
            stream.sendall(reply(status="400 Speak plain"))
            assert "TLS fails: wrong version number" in line.result()


def test_server_with_tls_at_an_http_address_is_told(secure: Server) -> None:
    refused(secure.url(host="papers.test").replace("https:", "http:"))


def test_handshake_that_never_comes_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        line = refused(f"https://127.0.0.1:{silent.getsockname()[1]}/", connect_timeout=SOON)
    assert "can't be reached within 0.3 s" in line
    assert time.monotonic() - began < LONG / 2


def test_slow_answer_over_tls_ends_at_the_deadline(
    secure: Server, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    secure.scripts["/"] = drip(HEAD + b"\r\n", b"x")
    began = time.monotonic()
    assert "has not answered in full" in refused(secure.url(host="papers.test"), deadline=SOON)
    assert time.monotonic() - began < LONG / 2


# --- turns ---


def test_second_request_to_a_host_waits_for_the_gap(server: Server) -> None:
    server.scripts["/"] = reply(FEED)
    slept: list[float] = []
    polite = Web(Policy(allow_private=True, gap=100.0), sleep=slept.append, resolve=at_home)
    polite.get(server.url(host="a.test"), NOW)
    polite.get(server.url(host="b.test"), NOW)
    assert slept == []
    polite.get(server.url(host="A.test"), NOW)
    assert [round(seconds) for seconds in slept] == [100]


def test_gap_counts_after_a_failure_and_between_redirects_too(server: Server) -> None:
    server.scripts["/"] = reply(status="302 Found", location="/missing")
    slept: list[float] = []
    polite = Web(Policy(allow_private=True, gap=100.0), sleep=slept.append, resolve=at_home)
    refused(server.url(), by=polite)
    refused(server.url(), by=polite)
    assert [round(seconds) for seconds in slept] == [100, 100, 100]


def test_waiting_for_a_turn_costs_nothing_of_the_deadline(server: Server) -> None:
    server.scripts["/"] = reply(status="302 Found", location="/next")
    server.scripts["/next"] = reply(FEED)
    policy = Policy(allow_private=True, gap=0.5, deadline=0.45)
    assert isinstance(Web(policy).get(server.url(), NOW), Answer)


@pytest.mark.parametrize(("hosts", "at_once"), [(("a.test",), 1), (("a.test", "b.test", "c.test"), 3)])
def test_one_host_is_asked_one_thing_at_a_time_and_several_side_by_side(
    server: Server, hosts: tuple[str, ...], at_once: int
) -> None:
    together, lock = threading.Barrier(at_once), threading.Lock()
    here, most = 0, 0

    def meet(_: Server, stream: socket.socket) -> None:
        nonlocal here, most
        with lock:
            here += 1
            most = max(most, here)
        together.wait(5)
        time.sleep(0.02)
        with lock:
            here -= 1
        stream.sendall(reply(FEED))

    server.scripts["/"] = meet
    one = web()
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda number: one.get(server.url(host=hosts[number % len(hosts)]), NOW), range(6)))
    assert (len(answers), most) == (6, at_once)


# --- cost ---


def test_nothing_of_the_network_is_imported_before_something_is_fetched() -> None:
    code = "import sys, digest.sources.web; print(*{'httpx', 'httpcore', 'ssl'} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True).stdout
    assert out.split() == []
