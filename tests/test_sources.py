"""The sources over a network, against a server on loopback: what is asked, what is remembered, what is told."""

from __future__ import annotations

import json
import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from digest.errors import DigestError, Down, Gone, RefusedFetch, TryLater, Waiting
from digest.models import Fetched, Unchanged
from digest.sources.asking import Memory, failing, gone
from digest.sources.feed import Feed
from digest.sources.huggingface import HuggingFace
from digest.sources.web import Policy, Web
from tests.servers import Server, reply

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Mapping

    from digest.sources import Source

NOW = datetime(2026, 11, 20, 7, tzinfo=UTC)  # a Friday
BODY = b"<rss version='2.0'/>"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as one:
        yield one


def look(source: Source, cursor: dict[str, str], now: datetime = NOW) -> list[Fetched | Unchanged | DigestError]:
    """One look; the cursor is kept as the store keeps it."""
    found = list(source.fetch(cursor, now))
    cursor.update({one.name: one.cursor for one in found if not isinstance(one, DigestError) and one.cursor})
    return found


def bodies(found: list[Fetched | Unchanged | DigestError]) -> list[bytes]:
    return [one.body for one in found if isinstance(one, Fetched)]


def faults(found: list[Fetched | Unchanged | DigestError]) -> list[DigestError]:
    told = (one.fault if isinstance(one, Unchanged) else one for one in found)
    return [one for one in told if isinstance(one, DigestError)]


def names(found: list[Fetched | Unchanged | DigestError]) -> list[str]:
    return [one.name for one in found if not isinstance(one, DigestError)]


def web() -> Web:
    """One that has heard nothing yet of who wants to be left alone, as in another run."""
    return Web(Policy(allow_private=True, gap=0))


def asked(server: Server) -> list[str]:
    return [request.path for request in server.requests]


def headers(server: Server) -> Mapping[str, str]:
    return server.requests[-1].headers


# --- feeds ------------------------------------------------------------------------------------------------------


def test_unchanged_feed_costs_one_304(server: Server) -> None:
    server.scripts["/feed"] = reply(BODY, etag='"1"', last_modified="Thu, 19 Nov 2026 00:00:00 GMT")
    source, cursor = Feed((server.url("/feed"),), web()), dict[str, str]()
    assert bodies(look(source, cursor)) == [BODY]
    server.scripts["/feed"] = reply(status="304 Not Modified")
    assert bodies(look(source, cursor)) == []
    assert len(server.requests) == 2
    assert headers(server)["if-none-match"] == '"1"'
    assert headers(server)["if-modified-since"] == "Thu, 19 Nov 2026 00:00:00 GMT"


def test_permanent_redirect_is_remembered_and_a_temporary_one_is_not(server: Server) -> None:
    server.scripts |= {
        "/old": reply(status="308 Permanent Redirect", location="/new"),
        "/busy": reply(status="307 Temporary Redirect", location="/new"),
        "/new": reply(BODY, content_type="application/rss+xml"),
    }
    source, cursor = Feed((server.url("/old"), server.url("/busy")), web()), dict[str, str]()
    look(source, cursor)
    server.requests.clear()
    assert bodies(look(source, cursor)) == [BODY, BODY]
    assert asked(server) == ["/new", "/busy", "/new"]


def test_page_that_is_no_feed_is_no_place_to_have_moved_to(server: Server) -> None:
    server.scripts |= {
        "/feed": reply(status="301 Moved Permanently", location="/login"),
        "/login": reply(b"<!doctype html><html>Log in", content_type="text/html"),
    }
    source, cursor = Feed((server.url("/feed"),), web()), dict[str, str]()
    look(source, cursor)
    server.scripts["/feed"] = reply(BODY)
    assert bodies(look(source, cursor)) == [BODY]


def test_place_that_a_feed_moved_to_and_that_fails_is_forgotten(server: Server) -> None:
    server.scripts |= {"/old": reply(status="301 Moved Permanently", location="/new"), "/new": reply(BODY)}
    source, cursor = Feed((server.url("/old"),), web()), dict[str, str]()
    look(source, cursor)
    server.scripts["/new"] = reply(status="410 Gone")
    assert len(faults(look(source, cursor))) == 1
    server.scripts["/old"] = reply(b"back again")
    assert bodies(look(source, cursor)) == [b"back again"]


def test_address_that_is_gone_is_told_once_and_never_asked_again(server: Server) -> None:
    server.scripts["/feed"] = reply(status="410 Gone")
    source, cursor = Feed((server.url("/feed"),), web()), dict[str, str]()
    (fault,) = faults(look(source, cursor))
    assert isinstance(fault, Gone)
    assert look(source, cursor) == []
    assert len(server.requests) == 1


def test_server_that_wants_to_be_left_alone_is_and_that_is_told(server: Server) -> None:
    server.scripts["/feed"] = reply(status="429 Too Many Requests", retry_after="3600")
    source, cursor = Feed((server.url("/feed"),), web()), dict[str, str]()
    (fault,) = faults(look(source, cursor))
    assert isinstance(fault, TryLater)
    (again,) = faults(look(Feed(source.urls, web()), cursor, NOW + timedelta(minutes=59)))
    assert (type(again), "left alone" in str(again)) == (Waiting, True)
    assert len(server.requests) == 1
    server.scripts["/feed"] = reply(BODY)
    assert bodies(look(source, cursor, NOW + timedelta(minutes=61))) == [BODY]


def test_server_that_wants_to_be_left_alone_is_by_all_its_addresses_and_in_one_line(server: Server) -> None:
    urls = tuple(server.url(f"/{name}") for name in "abcd")
    server.scripts["/b"] = reply(status="429 Too Many Requests", retry_after="7200")
    server.scripts |= {"/a": reply(BODY), "/c": reply(BODY), "/d": reply(BODY)}
    cursor: dict[str, str] = {}
    busy, left = faults(look(Feed(urls, web()), cursor))
    assert (type(busy), type(left)) == (TryLater, Waiting)
    assert f"{server.url('/c')}: and 1 more address are left alone: their server asked for that" in str(left)
    assert asked(server) == ["/a", "/b"]
    (left,) = faults(look(Feed(urls, web()), cursor, NOW + timedelta(hours=1)))
    assert f"{server.url('/a')}: and 3 more addresses are left alone" in str(left)
    assert len(server.requests) == 2
    server.scripts["/b"] = reply(BODY)
    assert len(bodies(look(Feed(urls, web()), cursor, NOW + timedelta(hours=3)))) == 4


def test_another_server_is_asked_though_one_wants_to_be_left_alone(server: Server) -> None:
    server.scripts["/feed"] = reply(status="429 Too Many Requests", retry_after="7200")
    with Server({"/feed": reply(BODY)}) as other:
        assert bodies(look(Feed((server.url("/feed"), other.url("/feed")), web()), {})) == [BODY]


def test_wait_that_a_wrong_clock_left_is_not_believed(server: Server) -> None:
    server.scripts["/feed"] = reply(BODY)
    cursor = {server.url("/feed"): Memory(not_before="2199-01-01T00:00:00+00:00").cursor}
    assert bodies(look(Feed((server.url("/feed"),), web()), cursor)) == [BODY]


def test_one_address_that_fails_stops_no_other(server: Server) -> None:
    server.scripts["/good"] = reply(BODY)
    found = look(Feed((server.url("/bad"), server.url("/good")), web()), {})
    assert (len(faults(found)), bodies(found)) == (1, [BODY])


def test_address_that_fails_is_asked_again_ever_later_though_others_of_its_source_answer(server: Server) -> None:
    server.scripts |= {"/good": reply(BODY), "/bad": reply(status="404 Not Found")}
    source, cursor, when = Feed((server.url("/bad"), server.url("/good")), web()), dict[str, str](), list[float]()
    for quarter in range(200):
        before = asked(server).count("/bad")
        look(source, cursor, NOW + quarter * timedelta(minutes=15))
        if asked(server).count("/bad") > before:
            when.append(quarter / 4)
    assert when == [0, 0.25, 0.75, 1.75, 3.75, 7.75, 15.75, 27.75, 39.75]
    assert asked(server).count("/good") == 200


def test_address_that_waits_says_why_and_is_like_new_once_it_answers(server: Server) -> None:
    source, cursor = Feed((server.url("/feed"),), web()), dict[str, str]()
    look(source, cursor)
    (waits,) = faults(look(source, cursor, NOW + timedelta(minutes=14)))
    assert type(waits) is Waiting
    assert "failed once, and is not asked again before 2026-11-20 07:15 UTC: answers 404" in str(waits)
    assert [(one.address, one.times) for one in failing(source.urls, cursor)] == [(server.url("/feed"), 1)]
    server.scripts["/feed"] = reply(BODY)
    look(source, cursor, NOW + timedelta(minutes=15))
    assert failing(source.urls, cursor) == ()
    assert Memory.of(cursor[server.url("/feed")]) == Memory()


def test_own_wait_that_a_wrong_clock_left_is_not_believed(server: Server) -> None:
    server.scripts["/feed"] = reply(BODY)
    cursor = {server.url("/feed"): Memory(again="2027-01-01T00:00:00+00:00", failures=1).cursor}
    assert bodies(look(Feed((server.url("/feed"),), web()), cursor)) == [BODY]


@pytest.mark.parametrize(
    "rubbish",
    [b'{"error": "unknown tenant"}', b"", b"\0\1\2" * 500, b"Too many requests\n", b"<!doctype html><html>Log in"],
    ids=["error", "empty", "binary", "text", "HTML"],
)
def test_rubbish_is_no_place_that_a_feed_has_moved_to(rubbish: bytes, server: Server) -> None:
    server.scripts |= {"/feed": reply(status="301 Moved Permanently", location="/dead"), "/dead": reply(rubbish)}
    source, cursor = Feed((server.url("/feed"),), web()), dict[str, str]()
    look(source, cursor)
    server.scripts["/feed"] = reply(BODY)
    assert bodies(look(source, cursor)) == [BODY]


@pytest.mark.parametrize("body", [BODY, b"[]", b'{"version": "https://jsonfeed.org/version/1.1", "items": []}'])
def test_place_that_later_gives_rubbish_is_forgotten(body: bytes, server: Server) -> None:
    server.scripts |= {"/old": reply(status="301 Moved Permanently", location="/new"), "/new": reply(body)}
    source, cursor = Feed((server.url("/old"),), web()), dict[str, str]()
    look(source, cursor)
    server.scripts |= {"/old": reply(body), "/new": reply(b'{"error": "unknown tenant"}')}
    server.requests.clear()
    look(source, cursor)
    assert bodies(look(source, cursor)) == [body]
    assert asked(server) == ["/new", "/old"]


def test_doubtful_dump_is_asked_for_again_whole_where_it_was_configured(server: Server) -> None:
    server.scripts |= {
        "/old": reply(status="301 Moved Permanently", location="/new"),
        "/new": reply(BODY, etag='"1"', last_modified="Thu, 19 Nov 2026 00:00:00 GMT"),
    }
    source, cursor = Feed((server.url("/old"),), web()), dict[str, str]()
    look(source, cursor)
    cursor = {name: source.doubted(known) for name, known in cursor.items()}
    server.requests.clear()
    look(source, cursor)
    assert asked(server) == ["/old", "/new"]
    assert not {"if-none-match", "if-modified-since"} & set(server.requests[0].headers)


def test_address_that_leads_for_now_to_one_that_is_gone_is_not_gone(server: Server) -> None:
    server.scripts |= {"/feed": reply(status="302 Found", location="/there"), "/there": reply(status="410 Gone")}
    source, cursor = Feed((server.url("/feed"),), web()), dict[str, str]()
    look(source, cursor)
    server.scripts["/feed"] = reply(BODY)
    assert bodies(look(source, cursor, NOW + timedelta(hours=1))) == [BODY]


def test_place_that_a_feed_moved_to_and_that_is_private_now_is_refused_and_forgotten(server: Server) -> None:
    server.scripts |= {"/feed": reply(BODY), "/inside": reply(b"<rss>secrets</rss>")}
    source = Feed((server.url("/feed"),), web())
    cursor = {server.url("/feed"): Memory(moved=server.url("/inside", "localhost")).cursor}
    (fault,) = faults(look(source, cursor))
    assert (type(fault), asked(server)) == (RefusedFetch, [])
    assert bodies(look(source, cursor)) == [BODY]


def test_feed_that_calls_itself_html_is_asked_with_what_it_said_last_time(server: Server) -> None:
    body = b"<?xml version='1.0'?><rss><channel><item><description><![CDATA[<html>]]></description></item>"
    server.scripts["/feed"] = reply(body, etag='"1"', content_type="text/html")
    source, cursor = Feed((server.url("/feed"),), web()), dict[str, str]()
    look(source, cursor)
    look(source, cursor)
    assert headers(server)["if-none-match"] == '"1"'


def test_address_that_is_configured_no_more_is_forgotten_once_another_answers(server: Server) -> None:
    server.scripts |= {"/good": reply(BODY), "/bad": reply(status="410 Gone")}
    good, bad = server.url("/good"), server.url("/bad")
    cursor: dict[str, str] = {}
    look(Feed((good, bad), web()), cursor)
    assert gone((bad,), cursor) == (bad,)
    server.scripts["/good"] = reply(status="500 Oh No")
    assert names(look(Feed((good,), web()), cursor)) == [good]
    server.scripts |= {"/good": reply(BODY), "/bad": reply(BODY)}
    later = NOW + timedelta(hours=1)
    assert names(look(Feed((good,), web()), cursor, later)) == [good, bad]
    assert names(look(Feed((good,), web()), cursor, later)) == [good]
    assert bodies(look(Feed((good, bad), web()), cursor, later)) == [BODY, BODY]


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "not JSON",
        "[]",
        '{"etag": ["x"], "failures": "x", "future": 1}',
        "null",
        '{"again": "x", "not_before": "soon", "complete": "yes", "fault": "1"}',
        '{"again": "2026-11-20T08:00:00", "failures": -1}',
        pytest.param("[" * 100_000, id="nested deeply"),
    ],
)
def test_cursor_that_can_not_be_read_remembers_nothing_bad(cursor: str, server: Server) -> None:
    server.scripts["/feed"] = reply(BODY)
    assert bodies(look(Feed((server.url("/feed"),), web()), {server.url("/feed"): cursor})) == [BODY]


def test_time_that_is_none_is_not_remembered() -> None:
    known = '{"again": "x", "not_before": "soon", "complete": "2026-11-20", "moved": "elsewhere"}'
    assert Memory.of(known) == Memory(moved="elsewhere")


# --- Hugging Face -----------------------------------------------------------------------------------------------


def day(number: int, page: int = 0) -> str:
    return f"/api?date=2026-11-{number:02}&limit=100" + (f"&p={page}" if page else "")


def listing(*names: str) -> bytes:
    return reply(json.dumps([{"paper": {"id": name, "title": name}} for name in names]).encode())


def test_first_look_goes_back_to_the_latest_day_that_lists_anything(server: Server) -> None:
    server.scripts |= {day(20): listing(), day(19): listing(), day(18): listing("a"), day(17): listing("b")}
    source, cursor = HuggingFace(web(), server.url("/api")), dict[str, str]()
    assert names(look(source, cursor)) == [
        "2026-11-20.json",
        "2026-11-19.json",
        "2026-11-18.json",
        "since",
    ]
    server.requests.clear()
    look(source, cursor)
    assert asked(server) == [day(19), day(20)], "the 18th is complete, and what came before it was never missed"


def test_whole_first_look_goes_back_two_weeks(server: Server) -> None:
    server.scripts |= {day(number): listing(str(number)) for number in range(1, 21)}
    found = look(HuggingFace(web(), server.url("/api"), whole=True), {})
    assert names(found) == [f"2026-11-{number:02}.json" for number in range(7, 21)] + ["since"]


def test_days_that_were_missed_are_caught_up_on(server: Server) -> None:
    server.scripts |= {day(number): listing(str(number)) for number in range(1, 31)}
    source, cursor = HuggingFace(web(), server.url("/api")), dict[str, str]()
    look(source, cursor)
    server.requests.clear()
    look(source, cursor, NOW + timedelta(days=4))
    assert asked(server) == [day(number) for number in range(20, 25)]
    server.requests.clear()
    look(source, cursor, NOW + timedelta(days=10))
    assert asked(server) == [day(number) for number in range(23, 31)], "the 23rd was not over by then"


def test_no_more_than_two_weeks_are_caught_up_on(server: Server) -> None:
    source, cursor = HuggingFace(web(), server.url("/api")), {"since": "2026-01-01"}
    server.scripts |= {day(number): listing(str(number)) for number in range(1, 21)}
    assert len(bodies(look(source, cursor))) == 14


def test_complete_day_is_never_asked_for_again(server: Server) -> None:
    server.scripts |= {day(20): listing("a"), day(21): listing("b"), day(22): listing("c")}
    source, cursor = HuggingFace(web(), server.url("/api")), {"since": "2026-11-20"}
    for hours in range(0, 72, 6):
        look(source, cursor, NOW + timedelta(hours=hours))
    count = asked(server).count(day(20))
    look(source, cursor, NOW + timedelta(hours=72))
    assert asked(server).count(day(20)) == count
    assert 1 < count < 9


def test_day_with_more_papers_than_an_answer_holds_is_read_whole(server: Server) -> None:
    many = [f"{number:03}" for number in range(130)]
    server.scripts |= {day(20): listing(*many[:100]), day(20, 1): listing(*many[100:])}
    found = look(HuggingFace(web(), server.url("/api")), {"since": "2026-11-20"})
    assert names(found) == ["2026-11-20.json", "2026-11-20 page 2.json"]


def test_day_that_fails_is_asked_for_again_and_stops_no_other(server: Server) -> None:
    server.scripts |= {day(19): reply(status="404 Not Found"), day(20): listing("a")}
    source, cursor = HuggingFace(web(), server.url("/api")), {"since": "2026-11-19"}
    found = look(source, cursor)
    assert (len(faults(found)), len(bodies(found))) == (1, 1)
    server.scripts[day(19)] = listing("b")
    assert len(bodies(look(source, cursor, NOW + timedelta(minutes=15)))) == 2


@pytest.mark.parametrize(
    "trouble",
    [reply(status="500 Oh No"), reply(status="429 Too Many Requests"), b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n"],
    ids=["500", "429", "too slow"],
)
def test_server_in_trouble_is_asked_for_no_further_day_and_that_is_one_line(trouble: bytes, server: Server) -> None:
    def silent(here: Server, stream: socket.socket) -> None:
        stream.sendall(trouble)
        here.over.wait(0.5)

    server.scripts |= {day(number): silent for number in range(1, 21)}
    source, cursor = (
        HuggingFace(Web(Policy(allow_private=True, gap=0, deadline=0.3)), server.url("/api")),
        dict[str, str](),
    )
    cursor["since"] = "2026-11-01"
    (fault,) = faults(look(source, cursor))
    assert (type(fault), asked(server)) == (Down, [day(7)])
    server.scripts |= {day(number): listing(str(number)) for number in range(1, 21)}
    server.requests.clear()
    assert len(bodies(look(source, cursor, NOW + timedelta(minutes=15)))) == 14
    assert asked(server) == [day(number) for number in (*range(8, 21), 7)], "the one that failed is the last"


def test_server_that_refuses_connections_is_asked_for_no_further_day() -> None:
    with Server() as closed:
        url = closed.url("/api")
    (fault,) = faults(look(HuggingFace(web(), url), {"since": "2026-11-01"}))
    assert type(fault) is Down


def test_day_for_which_the_server_always_fails_keeps_it_from_no_other(server: Server) -> None:
    server.scripts |= {day(number): listing(str(number)) for number in range(18, 23)}
    server.scripts[day(18)] = reply(status="500 Oh No")
    cursor = {"since": "2026-11-18"}
    for later in range(3):
        look(HuggingFace(web(), server.url("/api")), cursor, NOW + timedelta(days=later))
    assert {day(number) for number in range(19, 23)} <= set(asked(server))


def test_days_are_left_alone_in_one_line_where_the_server_asks_for_that(server: Server) -> None:
    server.scripts |= {day(number): listing(str(number)) for number in range(7, 21)}
    server.scripts[day(9)] = reply(status="429 Too Many Requests", retry_after="7200")
    cursor = {"since": "2026-11-01"}
    busy, left = faults(look(HuggingFace(web(), server.url("/api")), cursor))
    assert (type(busy), type(left)) == (TryLater, Waiting)
    assert "11 more days not asked for: its server wants to be left alone" in str(left)
    assert asked(server) == [day(7), day(8), day(9)]
    (left,) = faults(look(HuggingFace(web(), server.url("/api")), cursor, NOW + timedelta(minutes=90)))
    assert "left alone" in str(left)
    assert len(server.requests) == 3, "nor does another run ask"
    server.scripts[day(9)] = listing("9")
    assert len(bodies(look(HuggingFace(web(), server.url("/api")), cursor, NOW + timedelta(hours=2)))) == 12


NO_LIST = (
    reply(b"<html>We are down for maintenance</html>", content_type="text/html", etag='"x"'),
    reply(b'{"error": "Internal"}', etag='"x"'),
    reply(b'[{"error": "rate limited", "upvotes": 0}]', etag='"x"'),
    reply(b"", etag='"x"'),
)


@pytest.mark.parametrize("answer", NO_LIST, ids=["HTML", "an error", "a list of no papers", "empty"])
def test_only_a_list_of_papers_completes_a_day(answer: bytes, server: Server) -> None:
    server.scripts |= {day(number): answer for number in range(17, 21)}
    cursor = {"since": "2026-11-17"}
    assert len(bodies(look(HuggingFace(web(), server.url("/api")), cursor))) == 4
    server.scripts |= {day(number): listing(str(number)) for number in range(17, 21)}
    server.requests.clear()
    assert len(bodies(look(HuggingFace(web(), server.url("/api")), cursor, NOW + timedelta(hours=1)))) == 4
    assert not any("if-none-match" in request.headers for request in server.requests)
    server.requests.clear()
    look(HuggingFace(web(), server.url("/api")), cursor, NOW + timedelta(hours=2))
    assert asked(server) == [day(19), day(20)]


def test_list_that_has_not_changed_since_completes_its_day(server: Server) -> None:
    server.scripts[day(20)] = reply(b"[]", etag='"1"')
    cursor = {"since": "2026-11-20"}
    look(HuggingFace(web(), server.url("/api")), cursor)
    server.scripts |= {day(20): reply(status="304 Not Modified"), day(21): listing("b"), day(22): listing("c")}
    look(HuggingFace(web(), server.url("/api")), cursor, NOW + timedelta(days=2))
    server.requests.clear()
    look(HuggingFace(web(), server.url("/api")), cursor, NOW + timedelta(days=2, hours=1))
    assert asked(server) == [day(21), day(22)]


def test_doubtful_day_is_asked_for_again_whole(server: Server) -> None:
    server.scripts |= {day(17): reply(b"[]", etag='"1"'), day(20): listing("a")}
    cursor = {"since": "2026-11-17", **{f"2026-11-{number}.json": Memory(complete=True).cursor for number in (18, 19)}}
    source = HuggingFace(web(), server.url("/api"))
    look(source, cursor)
    cursor["2026-11-17.json"] = source.doubted(cursor["2026-11-17.json"])
    server.requests.clear()
    look(source, cursor)
    assert asked(server) == [day(17), day(20)]
    assert "if-none-match" not in server.requests[0].headers


@pytest.mark.parametrize(
    "body",
    [b"[" * 100_000, b'{"a":' * 100_000, b"[" + b"{}," * 2_790_000 + b"{}]", b"[" + b"9" * 10_000 + b"]", b"\xff\xfe["],
    ids=["deep list", "deep object", "millions of values", "a long number", "half a character"],
)
def test_list_that_can_not_be_read_is_a_dump_and_costs_little(body: bytes, server: Server) -> None:
    server.scripts[day(20)] = reply(body)
    tracemalloc.start()
    found = look(HuggingFace(web(), server.url("/api")), {"since": "2026-11-20"})
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [len(one) for one in bodies(found)] == [len(body)]
    assert most < 6 * len(body) + 2**24


def test_pages_end_where_a_server_gives_the_same_one_again(server: Server) -> None:
    many = [f"{number:03}" for number in range(100)]
    server.scripts |= {day(17, page): listing(*many) for page in range(10)}
    server.scripts |= {day(number): listing("a") for number in range(18, 21)}
    cursor = {"since": "2026-11-17"}
    look(HuggingFace(web(), server.url("/api")), cursor)
    assert [path for path in asked(server) if "11-17" in path] == [day(17), day(17, 1)]
    server.requests.clear()
    look(HuggingFace(web(), server.url("/api")), cursor)
    assert asked(server) == [day(19), day(20)], "and the day is complete"


def test_page_that_failed_is_asked_for_again_though_the_one_before_is_complete(server: Server) -> None:
    server.scripts |= {day(17): listing(*map(str, range(100))), day(17, 1): reply(status="404 Not Found")}
    server.scripts |= {day(number): listing("a") for number in range(18, 21)}
    cursor = {"since": "2026-11-17"}
    look(HuggingFace(web(), server.url("/api")), cursor)
    server.scripts[day(17, 1)] = listing("b")
    server.requests.clear()
    look(HuggingFace(web(), server.url("/api")), cursor, NOW + timedelta(hours=1))
    assert asked(server) == [day(19), day(20), day(17, 1)]


# --- its first look, and wrong clocks ---------------------------------------------------------------------------


def test_first_look_that_fails_is_the_first_again(server: Server) -> None:
    cursor: dict[str, str] = {}
    source = HuggingFace(web(), server.url("/api"))
    assert len(faults(look(source, cursor))) == 4, "a long weekend may fail, not more"
    assert "since" not in cursor
    server.scripts |= {day(20): listing(), day(19): listing("a")}
    look(source, cursor, NOW + timedelta(minutes=15))
    assert cursor["since"] == "2026-11-19"


def test_first_look_ends_where_the_server_is_in_trouble(server: Server) -> None:
    cursor: dict[str, str] = {}
    server.scripts |= {day(20): listing(), day(19): reply(status="503 Oh No"), day(18): listing("a")}
    assert len(faults(look(HuggingFace(web(), server.url("/api")), cursor))) == 1
    assert (asked(server), "since" in cursor) == ([day(20), day(19)], False)


@pytest.mark.parametrize("wait", [timedelta(minutes=1), timedelta(hours=1)])
def test_first_look_goes_on_past_a_day_that_fails_and_an_empty_one_that_has_not_changed(
    wait: timedelta, server: Server
) -> None:
    server.scripts |= {day(20): reply(b"[]", etag='"1"'), day(19): reply(status="404 Not Found")}
    server.scripts[day(18)] = reply(status="503 Oh No")
    cursor: dict[str, str] = {}
    look(HuggingFace(web(), server.url("/api")), cursor)
    server.scripts |= {day(20): reply(status="304 Not Modified"), day(18): listing(), day(17): listing("a")}
    look(HuggingFace(web(), server.url("/api")), cursor, NOW + timedelta(minutes=15) + wait)
    assert cursor["since"] == "2026-11-17"
    server.requests.clear()
    look(HuggingFace(web(), server.url("/api")), cursor, NOW + timedelta(hours=12))
    assert set(asked(server)) == {day(19), day(20)}, "the one that failed is asked for again"


def test_first_look_at_a_fortnight_without_papers_is_one(server: Server) -> None:
    server.scripts |= {day(number): listing() for number in range(7, 21)}
    cursor: dict[str, str] = {}
    look(HuggingFace(web(), server.url("/api")), cursor)
    assert cursor["since"] == "2026-11-07"
    server.requests.clear()
    look(HuggingFace(web(), server.url("/api")), cursor)
    assert asked(server) == [day(19), day(20)]


@pytest.mark.parametrize("since", ["2027-01-01", "2026-11-21", "no day"])
def test_first_day_that_is_still_to_come_was_noted_by_a_wrong_clock(since: str, server: Server) -> None:
    server.scripts |= {day(number): listing(str(number)) for number in range(1, 21)}
    cursor = {"since": since}
    assert len(bodies(look(HuggingFace(web(), server.url("/api")), cursor))) == 14
    assert cursor["since"] == "2026-11-07"


def test_day_that_was_complete_by_a_clock_ahead_is_asked_for_again(server: Server) -> None:
    server.scripts |= {day(20): listing("a"), day(21): listing(), day(22): listing(), day(23): listing()}
    cursor = {"since": "2026-11-20"}
    look(HuggingFace(web(), server.url("/api")), cursor, NOW + timedelta(days=3))
    server.scripts[day(20)] = listing("a", "b")
    assert len(bodies(look(HuggingFace(web(), server.url("/api")), cursor, NOW + timedelta(hours=8)))) == 1
    server.requests.clear()
    look(HuggingFace(web(), server.url("/api")), cursor, NOW + timedelta(days=4))
    assert day(20) in asked(server), "what was asked for before its end does not complete it"
    server.requests.clear()
    look(HuggingFace(web(), server.url("/api")), cursor, NOW + timedelta(days=5))
    assert day(20) not in asked(server)


def test_day_that_an_older_version_called_complete_stays_so(server: Server) -> None:
    server.scripts[day(20)] = listing("a")
    cursor = {"since": "2026-11-19", "2026-11-19.json": '{"complete": true}'}
    look(HuggingFace(web(), server.url("/api")), cursor)
    assert asked(server) == [day(20)]


def test_answer_that_is_no_list_is_a_dump_all_the_same(server: Server) -> None:
    server.scripts[day(20)] = reply(b'{"error": "no"}')
    found = look(HuggingFace(web(), server.url("/api")), {"since": "2026-11-20"})
    assert bodies(found) == [b'{"error": "no"}']
