"""The sources over a network, against a server on loopback: what is asked, what is remembered, what is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from digest.errors import FetchError, Gone, TryLater
from digest.models import Fetched, Unchanged
from digest.sources.asking import Memory
from digest.sources.feed import Feed
from digest.sources.huggingface import HuggingFace
from digest.sources.web import Policy, Web
from tests.servers import Server, reply

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from digest.sources import Source

NOW = datetime(2026, 11, 20, 7, tzinfo=UTC)  # a Friday
WEB = Web(Policy(allow_private=True, gap=0))
BODY = b"<rss version='2.0'/>"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as one:
        yield one


def look(source: Source, cursor: dict[str, str], now: datetime = NOW) -> list[Fetched | Unchanged]:
    """One look; the cursor is kept as the store keeps it."""
    found = [one for one in source.fetch(cursor, now) if isinstance(one, Fetched | Unchanged)]
    cursor.update({one.name: one.cursor for one in found if one.cursor})
    return found


def bodies(found: list[Fetched | Unchanged]) -> list[bytes]:
    return [one.body for one in found if isinstance(one, Fetched)]


def faults(found: list[Fetched | Unchanged]) -> list[FetchError]:
    return [one.fault for one in found if isinstance(one, Unchanged) and isinstance(one.fault, FetchError)]


def asked(server: Server) -> list[str]:
    return [request.path for request in server.requests]


def headers(server: Server) -> Mapping[str, str]:
    return server.requests[-1].headers


# --- feeds ------------------------------------------------------------------------------------------------------


def test_unchanged_feed_costs_one_304(server: Server) -> None:
    server.scripts["/feed"] = reply(BODY, etag='"1"', last_modified="Thu, 19 Nov 2026 00:00:00 GMT")
    source, cursor = Feed((server.url("/feed"),), WEB), dict[str, str]()
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
    source, cursor = Feed((server.url("/old"), server.url("/busy")), WEB), dict[str, str]()
    look(source, cursor)
    server.requests.clear()
    assert bodies(look(source, cursor)) == [BODY, BODY]
    assert asked(server) == ["/new", "/busy", "/new"]


def test_page_that_is_no_feed_is_no_place_to_have_moved_to(server: Server) -> None:
    server.scripts |= {
        "/feed": reply(status="301 Moved Permanently", location="/login"),
        "/login": reply(b"<!doctype html><html>Log in", content_type="text/html"),
    }
    source, cursor = Feed((server.url("/feed"),), WEB), dict[str, str]()
    look(source, cursor)
    server.scripts["/feed"] = reply(BODY)
    assert bodies(look(source, cursor)) == [BODY]


def test_place_that_a_feed_moved_to_and_that_fails_is_forgotten(server: Server) -> None:
    server.scripts |= {"/old": reply(status="301 Moved Permanently", location="/new"), "/new": reply(BODY)}
    source, cursor = Feed((server.url("/old"),), WEB), dict[str, str]()
    look(source, cursor)
    server.scripts["/new"] = reply(status="410 Gone")
    assert len(faults(look(source, cursor))) == 1
    server.scripts["/old"] = reply(b"back again")
    assert bodies(look(source, cursor)) == [b"back again"]


def test_address_that_is_gone_is_told_once_and_never_asked_again(server: Server) -> None:
    server.scripts["/feed"] = reply(status="410 Gone")
    source, cursor = Feed((server.url("/feed"),), WEB), dict[str, str]()
    (fault,) = faults(look(source, cursor))
    assert isinstance(fault, Gone)
    assert look(source, cursor) == []
    assert len(server.requests) == 1


def test_server_that_wants_to_be_left_alone_is_and_that_is_told(server: Server) -> None:
    server.scripts["/feed"] = reply(status="429 Too Many Requests", retry_after="3600")
    source, cursor = Feed((server.url("/feed"),), WEB), dict[str, str]()
    (fault,) = faults(look(source, cursor))
    assert isinstance(fault, TryLater)
    (again,) = faults(look(source, cursor, NOW + timedelta(minutes=59)))
    assert "left alone" in str(again)
    assert len(server.requests) == 1
    server.scripts["/feed"] = reply(BODY)
    assert bodies(look(source, cursor, NOW + timedelta(minutes=61))) == [BODY]


def test_wait_that_a_wrong_clock_left_is_not_believed(server: Server) -> None:
    server.scripts["/feed"] = reply(BODY)
    cursor = {server.url("/feed"): Memory(not_before="2199-01-01T00:00:00+00:00").cursor}
    assert bodies(look(Feed((server.url("/feed"),), WEB), cursor)) == [BODY]


def test_one_address_that_fails_stops_no_other(server: Server) -> None:
    server.scripts["/good"] = reply(BODY)
    found = look(Feed((server.url("/bad"), server.url("/good")), WEB), {})
    assert (len(faults(found)), bodies(found)) == (1, [BODY])


@pytest.mark.parametrize("cursor", ["", "not JSON", "[]", '{"etag": ["x"], "future": 1}', "null"])
def test_cursor_that_can_not_be_read_remembers_nothing_bad(cursor: str, server: Server) -> None:
    server.scripts["/feed"] = reply(BODY)
    assert bodies(look(Feed((server.url("/feed"),), WEB), {server.url("/feed"): cursor})) == [BODY]


# --- Hugging Face -----------------------------------------------------------------------------------------------


def day(number: int, page: int = 0) -> str:
    return f"/api?date=2026-11-{number:02}&limit=100" + (f"&p={page}" if page else "")


def listing(*names: str) -> bytes:
    return reply(json.dumps([{"paper": {"id": name, "title": name}} for name in names]).encode())


def test_first_look_goes_back_to_the_latest_day_that_lists_anything(server: Server) -> None:
    server.scripts |= {day(20): listing(), day(19): listing(), day(18): listing("a"), day(17): listing("b")}
    source, cursor = HuggingFace(WEB, server.url("/api")), dict[str, str]()
    assert [one.name for one in look(source, cursor)] == [
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
    found = look(HuggingFace(WEB, server.url("/api"), whole=True), {})
    assert [one.name for one in found] == [f"2026-11-{number:02}.json" for number in range(7, 21)] + ["since"]


def test_days_that_were_missed_are_caught_up_on(server: Server) -> None:
    server.scripts |= {day(number): listing(str(number)) for number in range(1, 31)}
    source, cursor = HuggingFace(WEB, server.url("/api")), dict[str, str]()
    look(source, cursor)
    server.requests.clear()
    look(source, cursor, NOW + timedelta(days=4))
    assert asked(server) == [day(number) for number in range(20, 25)]
    server.requests.clear()
    look(source, cursor, NOW + timedelta(days=10))
    assert asked(server) == [day(number) for number in range(23, 31)], "the 23rd was not over by then"


def test_no_more_than_two_weeks_are_caught_up_on(server: Server) -> None:
    source, cursor = HuggingFace(WEB, server.url("/api")), {"since": "2026-01-01"}
    server.scripts |= {day(number): listing(str(number)) for number in range(1, 21)}
    assert len(bodies(look(source, cursor))) == 14


def test_complete_day_is_never_asked_for_again(server: Server) -> None:
    server.scripts |= {day(20): listing("a"), day(21): listing("b"), day(22): listing("c")}
    source, cursor = HuggingFace(WEB, server.url("/api")), {"since": "2026-11-20"}
    for hours in range(0, 72, 6):
        look(source, cursor, NOW + timedelta(hours=hours))
    count = asked(server).count(day(20))
    look(source, cursor, NOW + timedelta(hours=72))
    assert asked(server).count(day(20)) == count
    assert 1 < count < 9


def test_day_with_more_papers_than_an_answer_holds_is_read_whole(server: Server) -> None:
    many = [f"{number:03}" for number in range(130)]
    server.scripts |= {day(20): listing(*many[:100]), day(20, 1): listing(*many[100:])}
    found = look(HuggingFace(WEB, server.url("/api")), {"since": "2026-11-20"})
    assert [one.name for one in found] == ["2026-11-20.json", "2026-11-20 page 2.json"]


def test_day_that_fails_is_asked_for_again_and_stops_no_other(server: Server) -> None:
    server.scripts |= {day(19): reply(status="500 Oh No"), day(20): listing("a")}
    source, cursor = HuggingFace(WEB, server.url("/api")), {"since": "2026-11-19"}
    found = look(source, cursor, NOW + timedelta(days=0))
    assert (len(faults(found)), len(bodies(found))) == (1, 1)
    server.scripts[day(19)] = listing("b")
    assert len(bodies(look(source, cursor))) == 2


def test_first_look_that_fails_is_the_first_again(server: Server) -> None:
    cursor: dict[str, str] = {}
    source = HuggingFace(WEB, server.url("/api"))
    assert len(faults(look(source, cursor))) == 1
    assert "since" not in cursor
    server.scripts |= {day(20): listing(), day(19): listing("a")}
    look(source, cursor)
    assert cursor["since"] == "2026-11-19"


def test_answer_that_is_no_list_is_a_dump_all_the_same(server: Server) -> None:
    server.scripts[day(20)] = reply(b'{"error": "no"}')
    found = look(HuggingFace(WEB, server.url("/api")), {"since": "2026-11-20"})
    assert bodies(found) == [b'{"error": "no"}']
