"""`digest sources`: how each source fares; feeds by address, from lists and as lists; all dumps of a source read again."""

from __future__ import annotations

import difflib
import json
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from digest import config
from digest.commands.adding import Wish
from digest.commands.sources import conditions, remembered
from digest.store import Store
from tests.commandline import GRAPHS, MAPLE, NUTMEG, drop, everything, on_a_terminal
from tests.fakes import page
from tests.servers import Server, reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.commandline import Run

TITLES = ("On Sunday Timetables and Their Graphs", "Maple Syrup in Large Language Models")


def rss(title: str = "The Tram Journal", *papers: str) -> bytes:
    items = "".join(
        f"<item><title>{one}</title><link>https://papers.example.org/{at}</link><guid>{at}</guid></item>"
        for at, one in enumerate(papers or TITLES)
    )
    return f'<rss version="2.0"><channel><title>{title}</title>{items}</channel></rss>'.encode()


def html(*links: str) -> bytes:
    return reply(f"<!DOCTYPE html><html><head>{''.join(links)}</head><body>…</body></html>".encode(), content_type=HTML)


def link(href: str, title: str = "", kind: str = "application/rss+xml") -> str:
    return f'<link rel="alternate" type="{kind}" title="{title}" href="{href}">'


HTML = "text/html; charset=utf-8"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server({"/feed": reply(rss(), content_type="application/rss+xml")}) as running:
        yield running


def add(run: Run, url: str, *words: str) -> Any:  # noqa: ANN401 - an Answer
    return run("sources", "add", url, "--allow-private", *words)


def written() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads(Path("config.toml").read_text())["source"]
    return found


# --- how they fare ------------------------------------------------------------------------------------------------


def test_source_that_was_not_looked_at_is_new(mine: Run) -> None:
    (row,) = mine("sources", "--json").json
    assert (row["name"], row["kind"], row["health"], row["last_look"]) == ("dumps", "folder", "new", None)
    assert mine("sources").out.startswith("source\tkind\tfares\t")


def test_source_tells_its_last_look_its_last_dump_and_its_news(mine: Run) -> None:
    drop(page(GRAPHS, MAPLE))
    mine("run", "--as-of", "2026-11-16")
    (row,) = mine("sources", "--json").json
    assert (row["last_look"], row["answered"]) == ("2026-11-16T12:00:00+00:00",) * 2
    assert (row["failures"], row["fault"], row["not_before"], row["last_news"]) == (0, None, None, "2026-11-16")
    assert row["tally"] == {"listed": 2, "new": 2, "known": 0, "repeated": 0}
    assert (row["last_dump"]["name"], row["last_dump"]["verdict"]) == ("2026-11-16.txt", "new")
    assert (row["health"], row["configured"]) == ("ok", True)
    mine("run", "--as-of", "2026-11-17")
    line = mine("sources").out.split("\n")[1]
    assert (
        line
        == "dumps\tfolder\tquiet\tTue 17 Nov 12:00\t2\t2\t0\t0\tMon 16 Nov\tit answered; nothing new since Mon 16 Nov"
    )


def test_times_are_those_of_the_configured_zone(mine: Run) -> None:
    Path("config.toml").write_text('time_zone = "Asia/Tokyo"\n')
    drop(page(GRAPHS))
    mine("run", "--as-of", "2026-11-16T20:00+00:00")
    assert "\tTue 17 Nov 05:00\t" in mine("sources").out


def test_sentences_stand_below_the_table_on_a_terminal(mine: Run, tmp_path: Path) -> None:
    drop(page(GRAPHS))
    mine("run", "--as-of", "2026-11-16")
    code, shown = on_a_terminal(["sources"], tmp_path)
    assert code == 0
    assert shown.split("\r\n")[2:] == ["", "dumps: its last look brought something new", ""]


def test_sources_of_old_are_told_apart(mine: Run) -> None:
    drop(page(GRAPHS))
    mine("run")
    named = Path("named.txt")
    named.write_text(page(MAPLE))
    mine("ingest", named)
    Path("config.toml").write_text('[[source]]\nname = "other"\npath = "others"\n')
    other, old = mine("sources", "--json").json
    assert (other["name"], other["health"]) == ("other", "new")
    assert (old["name"], old["configured"], old["kind"], old["health"]) == ("dumps", False, None, None)
    assert mine("sources").out.endswith("Not in config.toml any more: dumps\n")


def test_source_that_fails_tells_what_was_said_and_until_when_it_waits(mine: Run, server: Server) -> None:
    feed(server.url("/nothing"))
    mine("run")
    (row,) = mine("sources", "--json").json
    assert (row["health"], row["failures"], row["answered"]) == ("waiting", 1, None)
    assert "answers 404" in row["fault"]
    assert datetime.fromisoformat(row["not_before"]) > datetime.now(UTC)
    assert "failed once" in row["why"]


def feed(*urls: str) -> None:
    Path("config.toml").write_text(
        f'[[source]]\nname = "trams"\nkind = "feed"\nallow_private = true\nurls = {json.dumps(urls)}\n'
    )


def fail(times: int) -> None:
    """So many looks that failed, the last of them now."""
    with Store(config.load(Path("config.toml"), {}).database) as store:
        for ago in range(times - 1, -1, -1):
            store.looks.failed("trams", "https://papers.example.org: answers 500", datetime.now(UTC) - timedelta(ago))


def test_status_is_broken_when_a_source_failed_three_times_in_a_row(mine: Run, server: Server) -> None:
    feed(server.url("/feed"))
    mine("run")
    fail(2)
    assert mine("status").out.split("\n")[1].startswith("OK")
    fail(1)
    code, out, _ = mine("status")
    assert (code, out.split("\n")[1].split()[0]) == (1, "BROKEN")
    assert "source trams failed 3 times in a row: https://papers.example.org: answers 500" in out
    assert '"digest sources" tells more' in out


def test_address_that_is_gone_is_told_to_be_taken_out(mine: Run, server: Server) -> None:
    server.scripts["/gone"] = reply(b"", "410 Gone")
    feed(server.url("/feed"), server.url("/gone"))
    mine("run")
    (row,) = mine("sources", "--json").json
    assert row["health"] == "gone"
    assert row["why"].startswith(f"{server.url('/gone')} is gone for good, says its server: take it out of config.toml")
    assert f"source trams: {server.url('/gone')} is gone" in mine("status").out


def test_address_that_came_back_is_asked_in_a_source_of_another_name(mine: Run, server: Server) -> None:
    server.scripts["/gone"] = reply(b"", "410 Gone")
    feed(server.url("/gone"))
    mine("run")
    server.scripts["/gone"] = reply(rss())
    mine("run")
    assert mine("sources", "--json").json[0]["health"] == "gone"
    Path("config.toml").write_text(Path("config.toml").read_text().replace('"trams"', '"trams-again"'))
    mine("run")
    assert mine("sources", "--json").json[0]["health"] == "ok"


def test_address_that_failed_three_times_in_a_row_breaks_its_source_though_another_answers(
    mine: Run, server: Server
) -> None:
    feed(server.url("/feed"), server.url("/nothing"))
    words = []
    for days_ago in (3, 2, 1):
        mine("run", "--as-of", (datetime.now(UTC) - timedelta(days_ago)).isoformat())
        words.append(mine("sources", "--json").json[0]["health"])
    assert words == ["waiting", "waiting", "failing"]
    code, out, _ = mine("status")
    assert (code, out.split("\n")[1].split()[0]) == (1, "BROKEN")
    assert f"source trams failed 3 times in a row: {server.url('/nothing')}: answers 404" in out
    server.scripts["/nothing"] = reply(rss("Back"))
    mine("run")
    assert mine("status").code == 0


@pytest.mark.faults  # it waits for the same server's turn again and again
def test_day_of_hugging_face_that_failed_three_times_in_a_row_breaks_it_until_it_is_not_asked_for_any_more(
    mine: Run, server: Server
) -> None:
    Path("config.toml").write_text(
        f'[[source]]\nname = "hf"\nkind = "huggingface"\nurl = "{server.url("/api")}"\nallow_private = true\n'
    )
    server.scripts |= {f"/api?date=2026-11-{day:02}&limit=100": reply(b"[]") for day in range(1, 31)}
    server.scripts["/api?date=2026-11-18&limit=100"] = reply(b"", "404 Not Found")
    for day in (19, 20, 21):
        mine("run", "--as-of", f"2026-11-{day}T12:00")
    config_ = config.load(Path("config.toml"), {})
    fares = conditions(config_.sources, remembered(config_), datetime(2026, 11, 21, 12, tzinfo=UTC))
    assert (fares["hf"].word, "2026-11-18.json: answers 404" in fares["hf"].why) == ("failing", True)
    fares = conditions(config_.sources, remembered(config_), datetime(2026, 12, 5, 12, tzinfo=UTC))
    assert fares["hf"].word == "quiet"


def test_silent_source_is_named_and_breaks_nothing(mine: Run) -> None:
    last = datetime.now(UTC) - timedelta(days=9)
    for ago in range(5):
        day = (last - timedelta(days=ago)).date()
        drop(page(GRAPHS, (f"Paper Number {ago} of a Long Series of Papers", MAPLE[1])), f"{day}.txt")
    mine("run", "--as-of", last.isoformat())
    mine("run")
    (row,) = mine("sources", "--json").json
    assert row["health"] == "stale"
    status = mine("status")
    assert (status.code, status.out.split("\n")[1].split()[0]) == (0, "QUIET")
    told = "it has listed nothing new for 9 days; usually it lists something every day"
    assert f"        source dumps: {told}\n" in status.out


# --- by address ---------------------------------------------------------------------------------------------------


def test_feed_is_added_after_the_other_sources_and_nothing_else_is_touched(mine: Run, server: Server) -> None:
    before = Path("config.toml").read_text()
    answer = add(mine, server.url("/feed"), "--first", "nothing")
    assert (answer.code, answer.err) == (0, "")
    assert 'the-tram-journal: "The Tram Journal", which lists 2 papers now' in answer.out
    block = [
        "[[source]]",
        'name = "the-tram-journal"',
        'kind = "feed"',
        f'url = "{server.url("/feed")}"',
        'first = "nothing"',
        "allow_private = true",
        "",
    ]
    after = Path("config.toml").read_text()
    assert after.replace("\n".join(block) + "\n", "", 1) == before
    assert after.index("[[source]]\nname = ") > after.index('name = "dumps"')
    assert [request.path for request in server.requests] == ["/feed"]
    assert mine("run").code == 0
    assert [row["health"] for row in mine("sources", "--json").json] == ["quiet", "quiet"]


def test_json_feed_is_one_too(mine: Run, server: Server) -> None:
    body = {"version": "https://jsonfeed.org/version/1.1", "title": "Trams, as JSON", "items": []}
    server.scripts["/json"] = reply(json.dumps(body).encode())
    assert add(mine, server.url("/json")).code == 0
    assert written()[-1]["name"] == "trams-as-json"


def test_only_feed_of_a_page_is_added(mine: Run, server: Server) -> None:
    server.scripts["/"] = html(link("feed", "All papers"), '<link rel="stylesheet" href="a.css">')
    assert add(mine, server.url("/")).code == 0
    assert written()[-1]["url"] == server.url("/feed")
    assert [request.path for request in server.requests] == ["/", "/feed"]


def test_page_that_names_a_feed_is_no_place_that_has_moved(mine: Run, server: Server) -> None:
    server.scripts["/"] = html(link("feed"))
    told = add(mine, server.url("/")).out
    assert f"lists 2 papers now, at {server.url('/feed')}, which the page names\n" in told
    assert "moved" not in told


def test_page_may_name_a_feed_that_has_moved(mine: Run, server: Server) -> None:
    server.scripts |= {"/": html(link("old")), "/old": reply(b"", "301 Moved Permanently", location="/feed")}
    told = add(mine, server.url("/")).out
    names = f"at {server.url('/old')}, which the page names"
    assert f"{names}, from where it has moved to for good: {server.url('/feed')}\n" in told


@pytest.mark.parametrize(
    "href", ["http://127.0.0.1:99999/feed", "http://127.0.0.1:abc/feed", "http://a b/f", "http://me:secret@127.0.0.1/f"]
)
def test_feed_of_a_page_whose_address_can_not_be_is_left_out(href: str, mine: Run, server: Server) -> None:
    server.scripts["/"] = html(link(href))
    code, out, err = add(mine, server.url("/"))
    assert (code, out) == (1, "")
    assert f"names {href.replace('me:secret@', '')}, which can't be asked for" in err
    server.scripts["/"] = html(link(href), link("/feed"))
    assert add(mine, server.url("/")).code == 0
    assert written()[-1]["url"] == server.url("/feed")


def test_only_the_host_that_was_named_may_be_private(mine: Run, server: Server) -> None:
    assert Wish(server.url("/"), allow_private=True).table("x", server.url("/feed"))["allow_private"] is True
    assert "allow_private" not in Wish(server.url("/"), allow_private=True).table("x", "https://papers.example.org/")
    server.scripts["/"] = html(link(server.url("/feed", "localhost")))
    assert "not an address of the public internet" in add(mine, server.url("/")).err


def test_several_feeds_of_a_page_are_listed_where_nobody_can_be_asked(mine: Run, server: Server) -> None:
    server.scripts["/"] = html(
        link("/feed", "All"), link("/comments", "Comments", "application/atom+xml; charset=utf-8")
    )
    before = everything(Path())
    code, out, err = add(mine, server.url("/"))
    assert code == 1
    assert out == f"no.\tfeed\taddress\n1\tAll\t{server.url('/feed')}\n2\tComments\t{server.url('/comments')}\n"
    assert "names 2 feeds (add one of them" in err
    assert everything(Path()) == before


def test_several_feeds_of_a_page_are_asked_about_on_a_terminal(mine: Run, server: Server, tmp_path: Path) -> None:
    del mine
    server.scripts["/"] = html(link("/comments", "Comments"), link("/feed", "All"))
    code, shown = on_a_terminal(["sources", "add", server.url("/"), "--allow-private"], tmp_path, "7\n2\n")
    assert code == 0, shown
    assert "Which one?" in shown
    assert written()[-1]["url"] == server.url("/feed")


@pytest.mark.parametrize(
    ("script", "remedy"),
    [
        (reply(b"", "500 Oh No"), "answers 500 Oh No (try again later)"),
        (reply(b"", "429 Too Many", retry_after="3600"), "answers 429 Too Many (try again after 2"),
        (reply(b"", "410 Gone"), "answers 410 Gone (its server says that it will not come back: give another address)"),
        (reply(b"no", content_encoding="gzip"), "sends a damaged gzip (try again later)"),
    ],
    ids=str,
)
def test_address_that_fails_is_not_said_to_be_asked_again_by_itself(
    script: bytes, remedy: str, mine: Run, server: Server
) -> None:
    server.scripts["/"] = script
    code, _, err = add(mine, server.url("/"))
    assert (code, remedy in err, "it will be asked again" in err) == (75 if "after" in remedy else 1, True, False)


@pytest.mark.parametrize(
    ("script", "says"),
    [
        (html(), "is a page that names no feed"),
        (html(link("/", "itself")), "which is no feed"),
        (reply(b"%PDF-1.7 and so on"), "is no feed: no parser reads this: it is"),
        (reply(b""), "is no feed: the file is empty"),
        (reply(b'{"a": 1}', content_type="application/json"), "is no feed"),
        (reply(b'<!DOCTYPE rss [<!ENTITY a "b">]><rss/>'), "declares entities"),
        (reply(b"", "404 Not Found"), "answers 404"),
        (reply(b"", "302 Found", location="file:///etc/passwd"), "is not an address of the web"),
    ],
)
def test_what_is_no_feed_is_told_and_nothing_is_written(script: bytes, says: str, mine: Run, server: Server) -> None:
    server.scripts["/"] = script
    before = everything(Path())
    code, out, err = add(mine, server.url("/"))
    assert (code, out) == (1, "")
    assert says in err
    assert len(err.strip().split("\n")) == 1
    assert everything(Path()) == before


def test_private_address_is_refused_unless_it_is_allowed(mine: Run, server: Server) -> None:
    code, _, err = mine("sources", "add", server.url("/feed"))
    assert (code, server.requests) == (1, [])
    assert "private" in err or "public" in err


@pytest.mark.parametrize(
    "url", ["papers.example.org", "ftp://papers.example.org", "https://me:secret@example.org/", "http://[a#b", "#"]
)
def test_what_is_no_address_is_a_usage_error(url: str, mine: Run) -> None:
    code, _, err = mine("sources", "add", url)
    assert code == 2
    assert 'must be an address such as "https://' in err


def test_address_that_is_there_already_is_refused_however_it_is_spelt(mine: Run, server: Server) -> None:
    add(mine, server.url("/feed"))
    before = Path("config.toml").read_bytes()
    for again in (server.url("/feed"), server.url("/feed#top"), server.url("/feed").replace("http:", "HTTP:")):
        code, _, err = add(mine, again)
        assert (code, 'is there already: it is a part of the source "the-tram-journal"' in err) == (1, True)
    server.scripts["/"] = html(link("/feed"))
    assert add(mine, server.url("/")).code == 1
    assert Path("config.toml").read_bytes() == before


def test_address_in_other_capitals_is_another_one(mine: Run, server: Server) -> None:
    add(mine, server.url("/feed"))
    server.scripts["/FEED"] = reply(rss())
    assert add(mine, server.url("/FEED")).code == 0


def test_names_are_free_ones(mine: Run, server: Server) -> None:
    server.scripts["/other"] = reply(rss())
    server.scripts["/third"] = reply(rss())
    add(mine, server.url("/feed"))
    mine("run")
    assert add(mine, server.url("/other")).code == 0
    assert add(mine, server.url("/third"), "--name", "third").code == 0
    assert [one["name"] for one in written()] == ["dumps", "the-tram-journal", "the-tram-journal-2", "third"]
    server.scripts["/fourth"] = reply(rss())
    assert add(mine, server.url("/fourth"), "--name", "third").code == 1
    assert add(mine, server.url("/fourth"), "--name", "Not A Name").code == 2
    assert "digest ingest" in add(mine, server.url("/fourth"), "--name", "file").err


def test_name_of_a_source_of_old_is_not_given_again(mine: Run, server: Server) -> None:
    """Or its first look would not count as the first, and a whole feed would be news."""
    before = Path("config.toml").read_text()
    add(mine, server.url("/feed"))
    mine("run")
    Path("config.toml").write_text(before)
    refused = add(mine, server.url("/feed"), "--name", "the-tram-journal")
    assert (refused.code, "was there before" in refused.err) == (1, True)
    add(mine, server.url("/feed"))
    assert written()[-1]["name"] == "the-tram-journal-2"


def test_where_a_feed_has_moved_to_for_good_is_written(mine: Run, server: Server) -> None:
    server.scripts["/old"] = reply(b"", "301 Moved Permanently", location="/feed")
    server.scripts["/away"] = reply(b"", "302 Found", location="/other")
    server.scripts["/other"] = reply(rss("Other"))
    assert "has moved to for good" in add(mine, server.url("/old")).out
    add(mine, server.url("/away"))
    assert [one.get("url") for one in written()] == [None, server.url("/feed"), server.url("/away")]


def test_folder_that_was_a_source_by_default_stays_one(mine: Run, server: Server) -> None:
    Path("config.toml").write_text('title = "Mine"')
    add(mine, server.url("/feed"))
    assert [one["name"] for one in written()] == ["dumps", "the-tram-journal"]
    assert Path("config.toml").read_text().startswith('title = "Mine"\n\n[[source]]\n')


def test_without_a_configuration_it_says_how_to_make_one(digest: Run, server: Server) -> None:
    for words in (("sources", "add", server.url("/feed")), ("-c", "none.toml", "sources", "add", server.url("/feed"))):
        code, _, err = digest(*words)
        assert (code, server.requests) == (78, [])
        assert 'digest init ."' in err or "none.toml: can't be read" in err


def test_symbolic_link_mode_and_line_ends_stay(mine: Run, server: Server) -> None:
    real = Path("real.toml")
    real.write_bytes(b'\xef\xbb\xbf[[source]]\r\nname = "dumps"\r\n\r\n# mails\r\n[mail]\r\nfolder = "mail"\r\n')
    real.chmod(0o640)
    Path("config.toml").unlink()
    Path("config.toml").symlink_to(real)
    assert add(mine, server.url("/feed")).code == 0
    body = real.read_bytes()
    assert Path("config.toml").is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert body.count(b"\n") == body.count(b"\r\n")
    assert body.startswith(b'\xef\xbb\xbf[[source]]\r\nname = "dumps"\r\n\r\n[[source]]\r\n')
    assert body.endswith(b'\r\n\r\n# mails\r\n[mail]\r\nfolder = "mail"\r\n')
    assert sorted(path.name for path in Path().iterdir()) == ["config.toml", "dumps", "real.toml"]


def test_configuration_that_lists_its_sources_in_one_line_is_left_alone(mine: Run, server: Server) -> None:
    text = 'source = [{name = "dumps"}]\n'
    Path("config.toml").write_text(text)
    code, _, err = add(mine, server.url("/feed"))
    assert (code, Path("config.toml").read_text()) == (78, text)
    assert 'write these lines into it yourself:\n  [[source]]\n  name = "the-tram-journal"\n' in err


# --- lists --------------------------------------------------------------------------------------------------------

OPML = """<?xml version="1.0"?>
<opml version="2.0"><head><title>Mine</title></head><body>
<outline text="Journals">
  <outline text="Deeper"><outline type="rss" text="Nature" xmlUrl="https://nature.example.org/feed"/></outline>
  <outline type="rss" text="x" title="Nature" xmlUrl="https://nature.example.org/other" htmlUrl="https://nature.example.org"/>
</outline>
<outline type="rss" text="" xmlurl="https://blog.example.org/feed?a=1&amp;b=2"/>
<outline type="rss" text="again" xmlUrl="https://NATURE.example.org:443/feed"/>
<outline text="a folder"/>
</body></opml>
"""


def test_feeds_of_a_list_are_added_but_for_those_that_are_there(mine: Run) -> None:
    before = Path("config.toml").read_text()
    Path("feeds.opml").write_text(OPML)
    answer = mine("sources", "import", "feeds.opml")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.endswith("3 sources added; 1 was there already\n")
    assert [(one["name"], one["url"]) for one in written()[1:]] == [
        ("nature", "https://nature.example.org/feed"),
        ("nature-2", "https://nature.example.org/other"),
        ("blog-example-org", "https://blog.example.org/feed?a=1&b=2"),
    ]
    after = Path("config.toml").read_text()
    assert not [line for line in difflib.ndiff(before.split("\n"), after.split("\n")) if line.startswith("-")]
    assert mine("sources", "import", "feeds.opml").out == "0 sources added; 4 were there already\n"
    assert Path("config.toml").read_text() == after


def test_unusable_addresses_of_a_list_are_told_and_left_out(mine: Run) -> None:
    Path("feeds.opml").write_text(OPML.replace("https://blog.example.org", "javascript:alert(1)//"))
    code, out, err = mine("sources", "import", "feeds.opml")
    assert (code, len(written())) == (1, 3)
    assert "2 sources added; 1 was there already" in out
    assert "it was left out" in err


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<opml><body/></opml>", "lists no feed"),
        ("<rss/>", "is no OPML: its first element is <rss>"),
        ("<opml><body>", "its XML is broken"),
        ("", "its XML is broken"),
        ('<!DOCTYPE opml [<!ENTITY a "b">]><opml/>', "declares a document type"),
        ('<!DOCTYPE opml SYSTEM "file:///etc/passwd"><opml/>', "declares a document type"),
        ("<opml>" + "<outline>" * 200, "holds more than any list of feeds"),
        ("<opml>" + "<outline/>" * 6000, "holds more than any list of feeds"),
        ("<opml/>" + " " * 5_000_000, "is larger than 4 MiB"),
        ('<?xml version="1.0" encoding="klingon"?><opml/>', "its XML is broken"),
    ],
)
def test_what_is_no_list_is_told_and_nothing_is_written(text: str, says: str, mine: Run) -> None:
    Path("feeds.opml").write_text(text)
    before = everything(Path())
    code, _, err = mine("sources", "import", "feeds.opml")
    assert (code, says in err) == (1, True), err
    assert everything(Path()) == before


def test_list_that_is_written_can_be_read_again(mine: Run) -> None:
    Path("config.toml").write_text('title = "Trams & <Timetables>"\n')
    Path("feeds.opml").write_text(OPML)
    mine("sources", "import", "feeds.opml")
    text = mine("sources", "export").out
    root = ET.fromstring(text)  # noqa: S314 - our own
    assert (root.attrib["version"], root.findtext("head/title")) == ("2.0", "Trams & <Timetables>")
    assert [one.attrib["xmlUrl"] for one in root.iter("outline")] == [one["url"] for one in written()[1:]]
    assert mine("sources", "export", "out.opml").code == 0
    assert Path("out.opml").read_text() == text
    code, _, err = mine("sources", "export", "out.opml")
    assert (code, "is there already" in err) == (1, True)
    named = [one["name"] for one in written()]
    Path("config.toml").write_text("")
    mine("sources", "import", "out.opml")
    assert [one["name"] for one in written()] == named


# --- requeue ------------------------------------------------------------------------------------------------------


def test_all_dumps_of_a_source_are_read_again(mine: Run) -> None:
    drop(page(GRAPHS, MAPLE))
    mine("run")
    named = Path("named.txt")
    named.write_text(page(NUTMEG))
    mine("ingest", named)
    answer = mine("requeue", "--source", "dumps", "--yes")
    assert (answer.code, answer.out) == (0, "2026-11-16.txt: 0 new, 0 revised, 0 retracted\n")
    assert mine("requeue", "--source", "file").out.startswith("named.txt: ")


def test_source_without_dumps_is_a_usage_error_that_names_the_others(mine: Run) -> None:
    drop(page(GRAPHS))
    mine("run")
    code, _, err = mine("requeue", "--source", "none")
    assert (code, "no dump of a source 'none'; there are those of: dumps" in err) == (2, True)
    assert mine("requeue", "--source", "dumps", "--all").code == 2
    assert mine("requeue", "--source", "dumps", "2026-11-16.txt").code == 2
