"""What stands before every answer: headers, bodies, prefixes, who asks, and how much at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from digest.models import Document
from digest.output import Output
from digest.web import bodies, guard
from digest.web.guard import HEADERS, Guard
from tests.asgi import DIRECT, PROXY, Asking, site_of
from tests.fakes import Place

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request
    from starlette.types import Message, Receive, Scope, Send

METHODS = ["GET", "POST", "HEAD"]


async def echo(request: Request) -> Response:
    """Who asks, where, and with what."""
    assert request.client is not None
    text = f"{request.client.host} {request.url.scheme} {request.url.path} {len(await request.body())}"
    return PlainTextResponse(text)


def guarded(prefix: str = "", client: tuple[str, int] | None = DIRECT) -> Asking:
    app = Starlette(routes=[Route("/{path:path}", echo, methods=METHODS)])
    return Asking(Guard(app, lambda: prefix), client)


@pytest.fixture
def get(tmp_path: Path) -> Asking:
    Output(tmp_path / "public").put([Document("index.html", "<p>front</p>"), Document("papers/a.html", "<p>a</p>")])
    return Asking(site_of(Place(tmp_path)))


@pytest.fixture(scope="module")
def nobody(tmp_path_factory: pytest.TempPathFactory) -> Asking:
    """A site of which nothing was built yet."""
    return Asking(site_of(Place(tmp_path_factory.mktemp("nobody"))))


# --- headers on every answer ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "method", "status"),
    [
        ("/", "GET", 200),
        ("/", "HEAD", 200),
        ("/nothing", "GET", 404),
        ("/a%2Fb", "GET", 404),
        ("/", "POST", 405),
        ("/", "OPTIONS", 405),
        ("/", "BREW", 405),
        ("/healthz", "GET", 503),
        ("/search?q=x", "GET", 503),
    ],
)
def test_each_answer_has_the_headers(target: str, method: str, status: int, get: Asking) -> None:
    one = get(target, method)
    assert one.status == status
    assert {name: one.headers[name] for name in HEADERS} == HEADERS
    if status >= 400:
        assert one.headers["cache-control"] == "no-store"


def test_method_that_is_not_allowed_is_told_which_are(get: Asking) -> None:
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get"):
        one = get("/", method)
        assert (one.status, set(one.headers["allow"].split(", "))) == (405, {"GET", "HEAD"})


def test_fault_of_ours_is_an_answer_with_the_headers_and_no_word_of_it() -> None:
    async def broken(request: Request) -> Response:
        raise RuntimeError("at " + request.url.path + " a secret")

    one = Asking(Guard(Starlette(routes=[Route("/", broken)]), str))("/")
    assert (one.status, "secret" in one.text) == (500, False)
    assert one.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]


def test_fault_in_the_midst_of_an_answer_goes_no_further() -> None:
    begun: list[str] = []

    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": False})
        begun.append("yes")
        raise RuntimeError

    assert Asking(Guard(broken, str))("/").text == "half"
    assert begun == ["yes"]


def test_header_that_an_answer_has_already_stays() -> None:
    async def own(request: Request) -> Response:
        del request
        return Response(headers={"Referrer-Policy": "same-origin"})

    one = Asking(Guard(Starlette(routes=[Route("/", own)]), str))("/")
    assert one.headers.getlist("referrer-policy") == ["same-origin"]


@settings(deadline=None, max_examples=200)
@given(
    target=st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=255), max_size=40),
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "OPTIONS", "X"]),
    headers=st.dictionaries(
        st.sampled_from(
            ["range", "if-none-match", "accept-encoding", "x-forwarded-for", "cookie", "host", "content-type", "accept"]
        ),
        st.text(alphabet=st.characters(max_codepoint=255), max_size=40),
    ),
)
def test_whatever_comes_has_an_answer_with_the_headers(
    nobody: Asking, target: str, method: str, headers: dict[str, str]
) -> None:
    one = nobody(f"/{target}".encode("latin-1"), method, **headers)  # type: ignore[arg-type]  # none is named so
    assert one.status in {200, 404, 405, 503}  # there is no database
    assert one.status != 503 or target.startswith(("healthz", "search"))
    assert {name: one.headers[name] for name in HEADERS} == HEADERS


# --- what comes with a request --------------------------------------------------------------------------------------


def test_body_of_a_form_is_read_before_anybody_looks() -> None:
    whole = [b"a=1", b"&b=", b"2"]
    assert guarded()("/x", "POST", body=whole, content_length="7").text.endswith(" 7")
    assert guarded()("/x", "POST", body=whole, transfer_encoding="chunked").text.endswith(" 7")


def test_body_of_exactly_the_limit_is_taken_and_one_byte_more_is_not() -> None:
    most = b"x" * bodies.LARGEST
    assert guarded()("/", "POST", body=[most], content_length=str(len(most))).status == 200
    over = guarded()("/", "POST", body=[most, b"x"], content_length=str(len(most) + 1))
    assert (over.status, over.headers["connection"]) == (413, "close")


@pytest.mark.parametrize("announced", [True, False])
def test_form_of_a_megabyte_is_refused_and_who_sent_it_hears_that(announced: bool) -> None:  # noqa: FBT001
    pieces = [b"x" * 65_536] * 16
    length = {"content_length": str(2**20)} if announced else {"transfer_encoding": "chunked"}
    assert guarded()("/", "POST", body=pieces, **length).status == 413


def test_body_beyond_all_bounds_is_not_waited_for() -> None:
    one = Asking(Guard(Starlette(), str))
    assert one("/", "POST", body=[60.0], content_length=str(bodies.UNREAD + 1)).status == 413
    assert one("/", "POST", body=[60.0], content_length=str(bodies.LARGEST + 1), expect="100-continue").status == 413
    assert one("/", "POST", body=[b"x" * 2**20] * 9, transfer_encoding="chunked").status == 413


def test_endless_body_is_not_read_to_its_end() -> None:
    pieces = iter(range(1000))

    async def receive() -> Message:
        next(pieces)
        return {"type": "http.request", "body": b"x" * 2**20, "more_body": True}

    assert asyncio.run(bodies.body(Headers({"transfer-encoding": "chunked"}), receive)) == 413
    assert next(pieces) == bodies.UNREAD // 2**20 + 1


def test_slow_body_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "SLOWEST", 0.05)
    slow = guarded()("/", "POST", body=[b"a", 30.0], content_length="9")
    assert (slow.status, slow.headers["connection"]) == (408, "close")
    drip = guarded()("/", "POST", body=[b"a", 0.02] * 40, transfer_encoding="chunked")
    assert drip.status == 408


def test_refusal_of_the_site_is_a_page(get: Asking) -> None:
    one = get("/search", "POST", body=[b"x" * 70_000], content_length="70000")
    assert one.status == 413
    assert "That is too much" in one.text


# --- the prefix -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "seen"),
    [
        ("/papers/a/b", "/a/b"),
        ("/papers/", "/"),
        ("/a/b", "/a/b"),
        ("/papersx/a", "/papersx/a"),
        ("/papers/papers/a", "/papers/a"),
        ("/papers%20x", "/papers x"),
        ("/pap%65rs/a", "/a"),
        ("http://example.org/papers/a", "/a"),
        ("HTTPS://example.org", "/"),
    ],
)
def test_prefix_may_have_been_taken_off_or_not(target: str, seen: str) -> None:
    assert guarded("/papers")(target).text == f"203.0.113.9 http {seen} 0"


def test_site_without_a_slash_leads_to_it_with_one() -> None:
    one = guarded("/papers")("/papers?q=a")
    assert (one.status, one.headers["location"]) == (308, "/papers/?q=a")


def test_document_is_found_also_where_its_folder_is_named_like_the_prefix(tmp_path: Path) -> None:
    Output(tmp_path / "public").put([Document("papers/a.html", "<p>a</p>"), Document("index.html", "<p>front</p>")])
    get = Asking(site_of(Place(tmp_path, 'base_url = "https://example.org/papers"\n')))
    assert get("/papers/papers/a.html").text == "<p>a</p>"  # as the browser asks
    assert get("/papers/a.html").text == "<p>a</p>"  # when a proxy took the prefix off
    assert get("/papers/").text == get("/papers/index.html").text == "<p>front</p>"
    assert get("/papers/config.toml").status == 404


# --- who asks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("client", "said", "host"),
    [
        (PROXY, "198.51.100.7", "198.51.100.7"),
        (PROXY, "6.6.6.6, 198.51.100.7", "198.51.100.7"),
        (PROXY, "198.51.100.7, 127.0.0.1", "198.51.100.7"),
        (PROXY, "198.51.100.7:4711", "198.51.100.7"),
        (PROXY, "2001:db8::7", "2001:db8::7"),
        (PROXY, "[2001:db8::7]:443", "2001:db8::7"),
        (PROXY, "::ffff:198.51.100.7", "198.51.100.7"),
        (PROXY, "6.6.6.6, unix:", "127.0.0.1"),
        (PROXY, "6.6.6.6, nonsense", "127.0.0.1"),
        (PROXY, "", "127.0.0.1"),
        (("::1", 1), "198.51.100.7", "198.51.100.7"),
        (("::ffff:127.0.0.1", 1), "198.51.100.7", "198.51.100.7"),
        (None, "198.51.100.7", "198.51.100.7"),
        (DIRECT, "6.6.6.6", "203.0.113.9"),
        (DIRECT, "127.0.0.1", "203.0.113.9"),
        (("::ffff:203.0.113.9", 1), "6.6.6.6", "203.0.113.9"),
        (("10.0.0.1", 1), "6.6.6.6", "10.0.0.1"),
    ],
)
def test_only_a_proxy_of_this_machine_says_for_whom_it_asks(
    client: tuple[str, int] | None, said: str, host: str
) -> None:
    one = guarded(client=client)("/", x_forwarded_for=said, x_forwarded_proto="https")
    assert one.text == f"{host} {'http' if client == DIRECT or host in {'203.0.113.9', '10.0.0.1'} else 'https'} / 0"


def test_who_asks_through_a_socket_without_a_word_is_of_this_machine() -> None:
    assert guarded(client=None)("/").text == "127.0.0.1 http / 0"


def test_header_that_comes_twice_counts_as_one_list() -> None:
    seen: list[object] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["client"])
        await PlainTextResponse("")(scope, receive, send)

    async def twice(scope: Scope, receive: Receive, send: Send) -> None:
        more = [(b"x-forwarded-for", b"6.6.6.6"), (b"x-forwarded-for", b"198.51.100.7")]
        await Guard(app, str)({**scope, "headers": more}, receive, send)

    Asking(twice, PROXY)("/")
    assert seen == [("198.51.100.7", PROXY[1])]


@given(st.text(alphabet=st.characters(max_codepoint=255), max_size=60))
@settings(deadline=None)
def test_client_from_elsewhere_is_itself_whatever_it_says(said: str) -> None:
    seen = guarded()("/", x_forwarded_for=said, forwarded=said, x_real_ip=said, x_forwarded_proto=said)
    assert seen.text == "203.0.113.9 http / 0"


# --- how much at once -----------------------------------------------------------------------------------------------


def test_more_than_can_be_worked_on_is_told_to_come_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "AT_ONCE", 3)

    async def all_at_once() -> list[int]:
        go_on, statuses = asyncio.Event(), list[int]()

        async def waits(scope: Scope, receive: Receive, send: Send) -> None:
            await go_on.wait()
            await PlainTextResponse("done")(scope, receive, send)

        app = Guard(waits, str)

        async def one() -> None:
            answer = await Asking(app)._ask("/", "GET", (), ())
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.status == 200 or answer.headers["retry-after"] == "10"
            statuses.append(answer.status)

        tasks = [asyncio.create_task(one()) for _ in range(5)]
        await asyncio.sleep(0.05)
        go_on.set()
        await asyncio.gather(*tasks)
        await one()
        assert app.under_way == 0
        return statuses

    assert asyncio.run(all_at_once()) == [503, 503, 200, 200, 200, 200]


def test_request_that_was_never_answered_takes_no_place_of_another() -> None:
    async def silent(scope: Scope, receive: Receive, send: Send) -> None:
        """As where whoever asked has gone."""

    app = Guard(silent, str)
    with pytest.raises(ValueError, match="not enough values"):
        Asking(app)("/")
    assert app.under_way == 0


def test_answer_that_is_read_slowly_takes_no_place_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "AT_ONCE", 1)

    async def both() -> int:
        read = asyncio.Event()

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            if scope["path"] == "/slow":
                await read.wait()
            await send({"type": "http.response.body", "body": b""})
            del receive

        one = Guard(app, str)
        slow = asyncio.create_task(Asking(one)._ask("/slow", "GET", (), ()))
        await asyncio.sleep(0.02)
        status = (await Asking(one)._ask("/", "GET", (), ())).status
        read.set()
        await slow
        return status

    assert asyncio.run(both()) == 200
