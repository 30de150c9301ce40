"""What a server may answer instead of a listing: told in one line, nothing lost, nothing run, and the other source read."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.store import Store
from tests.fakes import Place
from tests.servers import Server, reply

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from digest.models import Paper, RunReport

GOOD = b"<rss version='2.0'><channel><item><title>A Good Paper on Street Lamps</title></item></channel></rss>"


def item(inside: str) -> bytes:
    return f"<rss version='2.0'><channel><title>Lamps</title>{inside}</channel></rss>".encode()


def titled(*titles: str) -> bytes:
    return item("".join(f"<item><title>{title}</title></item>" for title in titles))


@pytest.fixture
def server() -> Iterator[Server]:
    with Server({"/good": reply(GOOD)}) as one:
        yield one


@pytest.fixture
def place(tmp_path: Path, server: Server) -> Place:
    """A bad source and a good one; under two names of one host, neither waits for the other's turn to be over."""
    hosts = {"bad": "127.0.0.1", "good": "127.1"}
    return Place(tmp_path, "".join(source(name, server.url(f"/{name}", host)) for name, host in hosts.items()))


def source(name: str, url: str) -> str:
    return f'[[source]]\nname = "{name}"\nkind = "feed"\nurl = "{url}"\nfirst = "all"\nallow_private = true\n'


def told(report: RunReport) -> str:
    return "\n".join([*map(str, report.errors), *(one.note or "" for one in report.dumps)])


def papers(place: Place) -> dict[str, Paper]:
    with Store(place.config.database) as store:
        return {paper.title: paper for paper in store.papers.all()}


BOMB = b'<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><rss><channel><item><title>&b;</title></item></channel></rss>'
OUTSIDE = b'<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss><channel><item><title>&a;</title></item></channel></rss>'


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (reply(BOMB), "its XML declares entities"),
        (reply(OUTSIDE), "its XML declares entities"),
        (
            reply(gzip.compress(bytes(2**27), 1), content_encoding="gzip"),
            "/bad: sends more than 8,388,608 bytes, unpacked",
        ),
        (
            reply(status="302 Found", location="file:///etc/passwd"),
            "/bad → file:///etc/passwd: is not an address of the web",
        ),
        (reply(status="302 Found", location="http://10.0.0.1/feed"), "leads to 10.0.0.1, which is not"),
        (
            reply(b"<!doctype html><html><body>Log in", content_type="text/html"),
            "no parser reads this: it is an HTML page",
        ),
        (reply(b'{"error": "Too many requests"}', content_type="application/json"), "no parser reads this: it is JSON"),
        (reply(b""), "the file is empty"),
        (reply(b"\x00\x01\x02" * 500), "no parser reads this: it is binary"),
        (reply(status="404 Not Found"), "/bad: answers 404 Not Found"),
        (reply(status="500 Oh No"), "/bad: answers 500 Oh No"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort", "(received 5 bytes, expected 100)"),
        (b"nonsense", "/bad: does not answer as HTTP demands: Server disconnected"),
    ],
    ids=[
        "entities",
        "external entity",
        "gzip bomb",
        "to a file",
        "to a private address",
        "HTML",
        "an error as JSON",
        "empty",
        "binary",
        "404",
        "500",
        "cut off",
        "no HTTP",
    ],
)
def test_answer_that_is_no_listing_is_told_and_stops_no_other(
    answer: bytes, says: str, server: Server, place: Place
) -> None:
    server.scripts["/bad"] = answer
    report = place.run()
    assert report.verdict == "partial"
    assert says in told(report)
    assert "\n" not in told(report).strip()
    assert set(papers(place)) == {"A Good Paper on Street Lamps"}


def test_items_without_much_are_papers_or_rejects(server: Server, place: Place) -> None:
    server.scripts["/bad"] = reply(
        item(
            "<item/><item><description>Only a text, which says what it is about.</description></item>"
            "<item><title>Dated in the Future</title><pubDate>Fri, 20 Nov 2399 00:00:00 GMT</pubDate></item>"
            "<item><title>Dated Nowhere at All</title><pubDate>yesterday</pubDate></item>"
        )
    )
    report = place.run()
    bad = next(one for one in report.dumps if one.name.endswith("/bad"))
    assert (bad.listed, bad.rejected) == (3, 1)
    found = papers(place)
    assert {"Dated in the Future", "Dated Nowhere at All"} <= set(found)
    assert found["Dated in the Future"].published is None


def test_one_name_for_two_papers_loses_none_and_twice_the_same_is_once(server: Server, place: Place) -> None:
    guid = "<guid>urn:lamp:1</guid>"
    server.scripts["/bad"] = reply(
        item(
            f"<item><title>Lamps of the Harbour Street</title>{guid}</item>"
            f"<item><title>Kettles of the Upper Valley</title>{guid}</item>"
            f"<item><title>Lamps of the Harbour Street</title>{guid}</item>"
        )
    )
    report = place.run()
    bad = next(one for one in report.dumps if one.name.endswith("/bad"))
    assert (bad.listed, bad.new, bad.repeated) == (3, 2, 1)


def test_link_that_would_run_is_none(server: Server, place: Place) -> None:
    server.scripts["/bad"] = reply(
        item("<item><title>A Link That Would Run Something</title><link>java&#10;script:alert(1)</link></item>")
    )
    place.run()
    assert papers(place)["A Link That Would Run Something"].url is None
    pages = "".join(path.read_text() for path in (place.folder / "public").rglob("*.*") if path.suffix != ".css")
    assert "script:alert" not in pages


def test_title_of_sixty_four_kilobytes_is_a_reject(server: Server, place: Place) -> None:
    server.scripts["/bad"] = reply(titled("x" * 2**16, *(f"Lamps of Street Number {n} by Night" for n in range(9))))
    report = place.run()
    bad = next(one for one in report.dumps if one.name.endswith("/bad"))
    assert (bad.listed, bad.rejected) == (9, 1)
    assert "65,536" in rejected(place)


def rejected(place: Place) -> str:
    with Store(place.config.database) as store:
        return " ".join(row["why"] for row in store.database.rows("SELECT why FROM reject", {}))


def test_unchanged_feed_is_not_parsed_again(server: Server, place: Place) -> None:
    server.scripts["/bad"] = server.scripts["/good"] = reply(GOOD, etag='"1"')
    place.run()
    server.scripts["/bad"] = server.scripts["/good"] = reply(status="304 Not Modified")
    server.requests.clear()
    report = place.run()
    assert (report.verdict, report.dumps) == ("quiet", ())
    assert len(server.requests) == 2


def test_source_that_has_nothing_new_has_answered_whatever_the_second_of_the_run(server: Server, place: Place) -> None:
    server.scripts["/bad"] = reply(status="503 Oh No")
    server.scripts["/good"] = reply(GOOD, etag='"1"')
    place.now = place.now.replace(microsecond=123_456)
    assert place.run().verdict == "partial"
    server.scripts["/good"] = reply(status="304 Not Modified")
    assert place.run().verdict == "partial", "one source answered: nothing of it was new"


def test_days_of_hugging_face_become_an_edition(server: Server, tmp_path: Path) -> None:
    place = Place(
        tmp_path,
        f'[[source]]\nname = "hf"\nkind = "huggingface"\nurl = "{server.url("/api")}"\nallow_private = true\n',
    )
    day = f"{place.now:%Y-%m-%d}"
    listed = [{"paper": {"id": f"2611.0000{n}", "title": f"Lamps of Street Number {n} by Night"}} for n in range(3)]
    server.scripts[f"/api?date={day}&limit=100"] = reply(json.dumps(listed).encode())
    report = place.run()
    assert (report.verdict, [one.name for one in report.dumps]) == ("new", [f"{day}.json"])
    assert len(place.titles()["daily/1"]) == 3


DATED = "<item><title>{0} Lamps by the River at Night</title><pubDate>Fri, {1} Nov 2026 06:00:00 +0000</pubDate></item>"
UNDATED = "<item><title>{0} Lamps Without a Day of Their Own</title></item>"


@pytest.mark.parametrize(
    ("items", "announced"),
    [
        ([UNDATED.format(n) for n in range(300)], 0),
        ([UNDATED.format(n) for n in range(20)], 20),
        ([UNDATED.format(0), *(DATED.format(n, 13) for n in range(10))], 10),
        ([DATED.format(0, 12), *(DATED.format(n, 13) for n in range(1, 4))], 3),
    ],
    ids=["none of many is dated", "none of few is dated", "one that stays on top is not", "all are"],
)
def test_first_look_that_asks_for_the_latest_day_announces_what_is_known_to_be_of_it(
    items: list[str], announced: int, server: Server, tmp_path: Path
) -> None:
    place = Place(tmp_path, source("feed", server.url("/feed")).replace('"all"', '"latest day"'))
    server.scripts["/feed"] = reply(item("".join(items)))
    place.publish()
    assert sum(map(len, place.titles().values())) == announced
    server.scripts["/feed"] = reply(item("".join([UNDATED.format("New"), *items])))
    place.publish()
    assert sum(map(len, place.titles().values())) == announced + 1


def test_feed_that_breaks_off_is_doubtful_and_asked_for_again_whole(server: Server, place: Place) -> None:
    whole = titled(*(f"Lamps of Street Number {n} by Night" for n in range(20)))
    server.scripts["/bad"] = reply(whole[: len(whole) * 3 // 4], etag='"1"')
    report = place.run()
    assert [one.verdict for one in report.dumps] == ["suspect", "new"]
    assert report.verdict == "partial"
    server.scripts["/bad"] = reply(whole, etag='"1"')
    server.requests.clear()
    place.run()
    assert "if-none-match" not in next(one for one in server.requests if one.path == "/bad").headers
    assert len(papers(place)) == 21


def test_address_with_half_a_character_is_no_address(server: Server, place: Place) -> None:
    answer = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "x",
        "items": [{"id": "1", "title": "Lamps of Half a Character", "url": "https://papers.example.org/\ud800a"}],
    }
    server.scripts["/bad"] = reply(json.dumps(answer).encode(), content_type="application/feed+json")
    place.run()
    assert "Lamps of Half a Character" in papers(place)


def test_two_items_of_one_short_title_at_two_addresses_are_two_papers(server: Server, place: Place) -> None:
    items = (f"<item><title>Editorial</title><link>https://papers.example.org/{n}</link></item>" for n in range(2))
    server.scripts["/bad"] = reply(item("".join(items)))
    report = place.run()
    assert [(one.new, one.repeated) for one in report.dumps] == [(2, 0), (1, 0)]


def hugging_face(tmp_path: Path, server: Server, good: bytes = b"") -> Place:
    """A digest of Hugging Face's days, which are all the same; with `good`, also of a feed."""
    url = f'url = "{server.url("/api")}"\nallow_private = true\nfirst = "latest day"\n'
    other = source("good", server.url("/good")) if good else ""
    return Place(tmp_path, f'[[source]]\nname = "hf"\nkind = "huggingface"\n{url}' + other)


def listing(day: int) -> bytes:
    return reply(json.dumps([{"paper": {"id": f"2611.{day:05}", "title": f"Lamps of Street Number {day}"}}]).encode())


def test_papers_of_days_for_which_a_server_in_maintenance_gave_a_page_come_later(
    server: Server, tmp_path: Path
) -> None:
    place = hugging_face(tmp_path, server)
    days = {f"/api?date=2026-11-{day}&limit=100": listing(day) for day in range(16, 25)}
    server.scripts |= days
    place.run()
    server.scripts |= dict.fromkeys(days, reply(b"<html>We are down for maintenance</html>", content_type="text/html"))
    place.now += timedelta(days=7)
    place.run()
    server.scripts |= days
    place.now += timedelta(hours=1)
    place.run()
    assert set(papers(place)) == {f"Lamps of Street Number {day}" for day in range(16, 24)}


def test_list_too_deep_to_be_read_stops_no_other_source(server: Server, tmp_path: Path) -> None:
    place = hugging_face(tmp_path, server, GOOD)
    server.scripts[f"/api?date={place.now:%Y-%m-%d}&limit=100"] = reply(b"[" * 100_000)
    assert place.run().verdict == "partial"
    assert set(papers(place)) == {"A Good Paper on Street Lamps"}
