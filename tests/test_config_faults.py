"""A mistake is told where it is, in plain words, together with all the others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest import config
from digest.config.places import TABLES, line_of, where
from digest.errors import ConfigError


def faults(text: str, **environ: str) -> tuple[str, ...]:
    try:
        config.parse(text, Path("/papers"), environ=environ)
    except ConfigError as error:
        return error.faults
    return ()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("title = 3", "title: must be text in quotes, not a whole number"),
        ("title = true", "title: must be text in quotes, not true or false"),
        ("public = 1.5", "public: must be text in quotes, not a number with a point"),
        ("database = ['a']", "database: must be text in quotes, not a list"),
        ("mail = 'x'", "mail: must be a table, not text"),
        ("mail.folder = 2026-11-20", "[mail], folder: must be text in quotes, not a date or time"),
        ("mail.sender = {}", "[mail], sender: must be text in quotes, not a table"),
        ("source = 'dumps'", "source: must be a list in square brackets, not text"),
        ("topic = ['llm']", "[[topic]]: must be a table, not text"),
        ("[source]\nname = 'a'", "source: must be written [[source]], in double brackets: there may be several"),
        ("[[digest]]\nname = 'a'\nsections = '8'", "[[digest]], sections: must be a whole number, not text"),
        ("[[digest]]\nname = 'a'\nsections = true", "[[digest]], sections: must be a whole number, not true or false"),
        (
            "[[digest]]\nname = 'a'\nsections = nan",
            "[[digest]], sections: must be a whole number, not a number with a point",
        ),
        ("[[digest]]\nname = 'a'\nbackfill = 1", "[[digest]], backfill: must be true or false, not a whole number"),
        ("[[digest]]\nname = 'a'\nto = 'a@b.org'", "[[digest]], to: must be a list in square brackets, not text"),
        (
            "[[digest]]\nname = 'a'\nto = ['a@b.org', 7]",
            "[[digest]], to, 2nd: must be text in quotes, not a whole number",
        ),
        ("title = ' '", "title: must not be empty"),
        ("time_zone = 'Berlin'", 'time_zone: unknown time zone "Berlin"; did you mean "Europe/Berlin"?'),
        ("source = []", "source: must hold at least one; leave it out for the default"),
        ("digest = []", "digest: must hold at least one; leave it out for the default"),
        ("[[source]]\nname = 'a'\nmax_dump_bytes = 0", "[[source]], max_dump_bytes: must be at least 1, not 0"),
        (
            "[[source]]\nname = 'a'\nkind = 'feeds'",
            '[[source]], kind: must be one of folder, feed, huggingface, or an own one as "package.module:object"',
        ),
        (
            "[[source]]\nname = 'a'\nkind = 'feed'",
            '[[source]]: a feed needs its address: url = "https://papers.example.org/feed"',
        ),
        (
            "[[source]]\nname = 'a'\nkind = 'feed'\nurl = 'papers.example.org'",
            '[[source]], url: must be an address such as "https://papers.example.org/feed", without a user in it',
        ),
        ("[[source]]\nname = 'a'\nurl = 'https://x.example'", "[[source]], url: a folder has no such setting"),
        ("[[source]]\nname = 'a'\nkind = 'huggingface'\npath = 'x'", "[[source]], path: only a folder has it"),
        (
            "[[source]]\nname = 'a'\nkind = 'huggingface'\nurls = ['https://x.example']",
            "[[source]], urls: has one address only: url",
        ),
        (
            "[[source]]\nname = 'a'\nafter = 'archived'",
            '[[source]], after: must be "keep" or "archive", not "archived"; did you mean "archive"?',
        ),
        (
            "[[digest]]\nname = 'a'\nothers = false",
            '[[digest]], others: must be "titles", "count" or "none", not true or false',
        ),
        ("[[source]]\npath = 'a'", "[[source]], name: is missing"),
        ("[[digest]]\ntitle = 'a'", "[[digest]], name: is missing"),
        ("[[topic]]\nname = 'a'", "[[topic]], id: is missing"),
        ("tilte = 'x'", 'tilte: unknown setting; did you mean "title"?'),
        ("xyzzy = 1", "xyzzy: unknown setting"),
        ("[[sources]]\nname = 'a'", 'sources: unknown setting; did you mean "source"?'),
        (
            "[[digest]]\nname = 'a'\ntopic = []",
            "[[digest]], topic: unknown setting here; it belongs at the top, above the first [table]",
        ),
        (
            "[[digest]]\nname = 'a'\nowner = 'a@b.org'",
            "[[digest]], owner: unknown setting here; it belongs at the top, above the first [table]",
        ),
        ("sender = 'a@b.org'", "sender: unknown setting here; it belongs in [mail]"),
        ("[mail]\nsections = 3", "[mail], sections: unknown setting here; it belongs in [[digest]]"),
        ("[mail]\nfodler = 'x'", '[mail], fodler: unknown setting; did you mean "folder"?'),
        ("'a b' = 1", '"a b": unknown setting'),
        (
            "[[source]]\nname='a'\n[[source]]\nname='a'\npath='b'",
            '2nd [[source]], name: "a" is taken by 1st [[source]]',
        ),
        (
            "[[source]]\nname='a'\n[[source]]\nname='b'\npath='./dumps'",
            '2nd [[source]], path: "./dumps" is taken by 1st [[source]], path',
        ),
        ("[[digest]]\nname='a'\n[[digest]]\nname='a'", '2nd [[digest]], name: "a" is taken by 1st [[digest]]'),
        ("[[topic]]\nid='llm'\n[[topic]]\nid='llm'", '2nd [[topic]], id: "llm" is taken by 1st [[topic]]'),
        ("public = 'mail'", '[mail], folder: "mail" is taken by public'),
        ("database = 'dumps'", 'database: "dumps" is taken by [[source]], path'),
        ("[[digest]]\nname='a'\nto=['a@b.org','A@B.org']", '[[digest]], to: lists "A@B.org" twice'),
        (
            "[[source]]\nname='a'\nkind='feed'\nurls=['https://x.example/a','HTTPS://X.example:443/a#top']",
            '[[source]], urls: lists "HTTPS://X.example:443/a#top" twice',
        ),
        (
            "[[source]]\nname='a'\nkind='feed'\nurl='https://x.org/a'\n[[source]]\nname='b'\nkind='feed'\nurls=['https://X.org/a']",
            '2nd [[source]], urls: "https://X.org/a" is taken by 1st [[source]]',
        ),
        (
            "[[source]]\nname='file'",
            '[[source]], name: "file" is the name under which files stand that were given to "digest ingest"',
        ),
        (
            "[[source]]\nname='a'\nkind={}",
            "[[source]], kind: must be text in quotes, not a table",
        ),
        ("[[digest]]\nname='a'\ntopics=['llm','llm']", '[[digest]], topics: lists "llm" twice'),
        (
            "[[digest]]\nname='a'\ntopics=['llm','agent']",
            '[[digest]], topics, 2nd: unknown topic "agent"; did you mean "agents"?',
        ),
        ("[[digest]]\nname='a'\ntopics=['xyzzy']", '[[digest]], topics, 1st: unknown topic "xyzzy"'),
        (
            "[[source]]\nname='a'\nparser='huggingface-pages'",
            '[[source]], parser: unknown parser "huggingface-pages"; did you mean "huggingface-page"?',
        ),
        ("[[source]]\nname='a'\nparser='nope.x:f'", '[[source]], parser: there is no module "nope"'),
        ("templates = 'none'", "templates: there is no folder /papers/none"),
    ],
)
def test_one_mistake_is_one_line(text: str, fault: str) -> None:
    (told,) = faults(text)
    assert re.sub(r"^line \d+, ", "", told) == fault


def test_addresses_whose_paths_differ_in_capitals_are_two() -> None:
    urls = ("https://papers.example.org/A", "https://papers.example.org/a")
    text = f"[[source]]\nname='a'\nkind='feed'\nurls={list(urls)}"
    assert config.parse(text, Path("/papers")).sources[0].addresses == urls


def test_what_an_own_kind_does_with_an_address_is_its_own() -> None:
    text = "[[source]]\nname='{0}'\nkind='{1}'\nurl='https://papers.example.org/feed'\n"
    own = text.format("a", "feed") + text.format("b", "papers.of:mine")
    assert len(config.parse(own, Path("/papers")).sources) == 2


def test_what_topics_say_of_themselves_is_told_with_their_number() -> None:
    found = faults("[[topic]]\nid='llm'\nstrong=['+','mixture of experts']\n[[topic]]\nid='operators'\nstrong=['+']")
    assert all(", 2nd [[topic]]" in fault for fault in found)
    assert any(fault.startswith("line 4, 2nd [[topic]], name: is missing") for fault in found)


def test_all_mistakes_are_told_at_once() -> None:
    text = """
        title = 3
        xyzzy = 1
        [[digest]]
        name = "daily"
        topics = ["agent"]
        sections = 0
        [[digest]]
        name = "daily"
        [[topic]]
        id = "Operators"
        [[topic]]
        id = "operators"
        strong = ["x"]
        [mail]
        sender = "me"
    """
    places = [fault.partition(": ")[0] for fault in faults(text, DIGEST_OWNER="nobody", DIGEST_TITEL="x")]
    assert places == [
        "DIGEST_TITEL",
        "DIGEST_OWNER",
        "line 2, title",
        "line 3, xyzzy",
        "line 6, 1st [[digest]], topics, 1st",
        "line 7, 1st [[digest]], sections",
        "line 9, 2nd [[digest]], name",
        "line 11, 1st [[topic]], id",
        "line 12, 2nd [[topic]], name",
        "line 16, [mail], sender",
    ]


def test_table_that_is_wrong_in_form_is_told_of_all_its_terms() -> None:
    text = """
        [[topic]]
        id = "-"
        colour = "red"
        strong = ["*", "a*b", 3, "", "foo  bar!!"]
        weak = 7
    """
    assert [re.sub(r"^line \d, \[\[topic]], ", "", fault).partition(": ")[0] for fault in faults(text)] == [
        *("id", "colour", "strong, 3rd", "strong, 1st", "strong, 2nd", "strong, 4th", "weak"),
    ]


def test_a_mistake_can_not_steer_the_terminal() -> None:
    found = faults('"\\u001b[31m" = 1\ntime_zone = "\\u001b[2J\\u202e"\n[[digest]]\nname = "a"\nothers = "\\n\\u0007"')
    told = str(ConfigError("config.toml", found)).split("\n")
    assert len(told) == 4
    assert all(line.isprintable() for line in told)


def test_a_long_mistake_is_told_shortly() -> None:
    long = "x" * 100_000
    found = faults(f'{long} = 1\n[[digest]]\nname = "a"\nothers = "{long}"\ntopics = ["{long}"]')
    assert len(found) == 4  # the topic's id is too long, and unknown
    assert all(len(fault) < 300 for fault in found)


def test_places_are_said_as_people_count() -> None:
    two: dict[str, object] = {"digest": ({}, {}), "source": ({},)}
    assert where(("digest", 0, "topics", 1), two) == "1st [[digest]], topics, 2nd"
    assert where(("source", 0, "name"), two) == "[[source]], name"
    assert where(("mail", "sen der"), two) == '[mail], "sen der"'
    many: dict[str, object] = {"digest": ({},) * 30}
    ordinals = [where(("digest", n - 1), many).split()[0] for n in (1, 2, 3, 4, 11, 12, 13, 21, 22, 30)]
    assert ordinals == ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "30th"]


@pytest.mark.parametrize(
    ("text", "place", "line"),
    [
        ("a = 1\n\ntitle = 3", ("title",), 3),
        ("[mail]\r\nsender = 3\r\n", ("mail", "sender"), 2),
        ("[[digest]]\n[[digest]] # second\n  'name' = 3", ("digest", 1, "name"), 3),
        ("[[digest]]\nname = 'a'\nto = [\n 3,\n 4,\n]\n[mail]", ("digest", 0, "to", 1), 3),
        ("# [[digest]]\n[[digest]]\ntitle = 'a'", ("digest", 0, "name"), 2),
        ("[[topic]]\nid = 'x'", ("topic", 0), 1),
        # not certain
        ("mail.sender = 3", ("mail", "sender"), None),
        ("digest = [{to = 3}]", ("digest", 0, "to"), None),
        ("digest = [\n{to = 3}\n]", ("digest", 0, "to"), None),
        ('title = """\n[mail]\nsender = 3\n"""\n[mail]\nsender = 4', ("mail", "sender"), None),
        ("['mail']\nsender = 4", ("mail", "sender"), None),
        ("", ("mail", "folder"), None),
    ],
)
def test_line_is_told_where_it_is_certain(text: str, place: tuple[int | str, ...], line: int | None) -> None:
    assert line_of(place, text, config.text.read_document(text)) == line


SIMPLE = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates()
NAMES = st.sampled_from(sorted({*TABLES, *(name for model in TABLES.values() for name in model.model_fields)}))
VALUES = st.recursive(
    SIMPLE,
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple) | st.dictionaries(NAMES | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=8,
)


@settings(max_examples=200)
@given(st.dictionaries(NAMES | st.text(max_size=3), VALUES, max_size=5))
def test_whatever_is_written_ends_in_a_configuration_or_in_plain_words(
    document: dict[str, object],
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config, "read_document", lambda _: document)
        found = faults("")
    for fault in found:
        assert ": " in fault
        assert not any(word in fault for word in ("Input", "valid", "pydantic", "instance", "is not usable"))
