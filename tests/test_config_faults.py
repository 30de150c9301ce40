"""A mistake is told where it is, in plain words, together with all the others."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest import config
from digest.config.faults import TABLES, printable, where
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
        # of the wrong kind
        ("title = 3", "title: must be text in quotes, not a whole number"),
        ("title = true", "title: must be text in quotes, not true or false"),
        ("public = 1.5", "public: must be text in quotes, not a number with a point"),
        ("database = ['a']", "database: must be text in quotes, not a list"),
        ("mail = 'x'", "mail: must be a table, not text"),
        ("mail.folder = 2026-11-20", "mail.folder: must be text in quotes, not a date or time"),
        ("mail.sender = {}", "mail.sender: must be text in quotes, not a table"),
        ("source = 'dumps'", "source: must be a list in square brackets, not text"),
        ("topic = ['llm']", "topic[0]: must be a table, not text"),
        ("[source]\nname = 'a'", "source: must be written [[source]], in double brackets: there may be several"),
        ("[[digest]]\nname = 'a'\nsections = '8'", "digest[0].sections: must be a whole number, not text"),
        ("[[digest]]\nname = 'a'\nsections = true", "digest[0].sections: must be a whole number, not true or false"),
        (
            "[[digest]]\nname = 'a'\nsections = nan",
            "digest[0].sections: must be a whole number, not a number with a point",
        ),
        ("[[digest]]\nname = 'a'\nbackfill = 1", "digest[0].backfill: must be true or false, not a whole number"),
        ("[[digest]]\nname = 'a'\nto = 'a@b.org'", "digest[0].to: must be a list in square brackets, not text"),
        ("[[digest]]\nname = 'a'\nto = ['a@b.org', 7]", "digest[0].to[1]: must be text in quotes, not a whole number"),
        # of the wrong value
        ("title = ' '", "title: must not be empty"),
        ("time_zone = 'Berlin'", 'time_zone: unknown time zone "Berlin"; did you mean "Europe/Berlin"?'),
        ("source = []", "source: must hold at least one; leave it out for the default"),
        ("digest = []", "digest: must hold at least one; leave it out for the default"),
        ("[[source]]\nname = 'a'\nmax_dump_bytes = 0", "source[0].max_dump_bytes: must be at least 1, not 0"),
        (
            "[[source]]\nname = 'a'\nkind = 'feeds'",
            'source[0].kind: must be one of folder, feed, huggingface, or an own one as "package.module:object"',
        ),
        (
            "[[source]]\nname = 'a'\nkind = 'feed'",
            'source[0]: a feed needs its address: url = "https://papers.example.org/feed"',
        ),
        (
            "[[source]]\nname = 'a'\nkind = 'feed'\nurl = 'papers.example.org'",
            'source[0].url: must be an address such as "https://papers.example.org/feed", without a user in it',
        ),
        ("[[source]]\nname = 'a'\nurl = 'https://x.example'", "source[0].url: a folder has no such setting"),
        ("[[source]]\nname = 'a'\nkind = 'huggingface'\npath = 'x'", "source[0].path: only a folder has it"),
        (
            "[[source]]\nname = 'a'\nkind = 'huggingface'\nurls = ['https://x.example']",
            "source[0].urls: has one address only: url",
        ),
        (
            "[[source]]\nname = 'a'\nafter = 'archived'",
            'source[0].after: must be "keep" or "archive", not "archived"; did you mean "archive"?',
        ),
        (
            "[[digest]]\nname = 'a'\nothers = false",
            'digest[0].others: must be "titles", "count" or "none", not true or false',
        ),
        # missing, unknown, misplaced
        ("[[source]]\npath = 'a'", "source[0].name: is missing"),
        ("[[digest]]\ntitle = 'a'", "digest[0].name: is missing"),
        ("[[topic]]\nname = 'a'", "topic[0].id: is missing"),
        ("tilte = 'x'", 'tilte: unknown setting; did you mean "title"?'),
        ("xyzzy = 1", "xyzzy: unknown setting"),
        ("[[sources]]\nname = 'a'", 'sources: unknown setting; did you mean "source"?'),
        (
            "[[digest]]\nname = 'a'\ntopic = []",
            "digest[0].topic: unknown setting here; it belongs at the top, above the first [table]",
        ),
        (
            "[[digest]]\nname = 'a'\nowner = 'a@b.org'",
            "digest[0].owner: unknown setting here; it belongs at the top, above the first [table]",
        ),
        ("sender = 'a@b.org'", "sender: unknown setting here; it belongs in [mail]"),
        ("[mail]\nsections = 3", "mail.sections: unknown setting here; it belongs in [[digest]]"),
        ("[mail]\nfodler = 'x'", 'mail.fodler: unknown setting; did you mean "folder"?'),
        ("'a b' = 1", '"a b": unknown setting'),
        # twice
        ("[[source]]\nname='a'\n[[source]]\nname='a'\npath='b'", 'source[1].name: "a" is taken by source[0]'),
        (
            "[[source]]\nname='a'\n[[source]]\nname='b'\npath='./dumps'",
            'source[1].path: "./dumps" is taken by source[0].path',
        ),
        ("[[digest]]\nname='a'\n[[digest]]\nname='a'", 'digest[1].name: "a" is taken by digest[0]'),
        ("[[topic]]\nid='llm'\n[[topic]]\nid='llm'", 'topic[1].id: "llm" is taken by topic[0]'),
        ("public = 'mail'", 'mail.folder: "mail" is taken by public'),
        ("database = 'dumps'", 'database: "dumps" is taken by source[0].path'),
        ("[[digest]]\nname='a'\nto=['a@b.org','A@B.org']", 'digest[0].to: lists "A@B.org" twice'),
        ("[[digest]]\nname='a'\ntopics=['llm','llm']", 'digest[0].topics: lists "llm" twice'),
        # nowhere
        (
            "[[digest]]\nname='a'\ntopics=['llm','agent']",
            'digest[0].topics[1]: unknown topic "agent"; did you mean "agents"?',
        ),
        ("[[digest]]\nname='a'\ntopics=['xyzzy']", 'digest[0].topics[0]: unknown topic "xyzzy"'),
        (
            "[[source]]\nname='a'\nparser='huggingface-pages'",
            'source[0].parser: unknown parser "huggingface-pages"; did you mean "huggingface-page"?',
        ),
        ("templates = 'none'", "templates: there is no folder /papers/none"),
    ],
)
def test_one_mistake_is_one_line(text: str, fault: str) -> None:
    assert faults(text) == (fault,)


def test_what_topics_say_of_themselves_is_told_with_their_number() -> None:
    found = faults("[[topic]]\nid='llm'\nstrong=['+','mixture of experts']\n[[topic]]\nid='operators'\nstrong=['+']")
    assert all(fault.startswith("topic[1]") for fault in found)
    assert any(fault.startswith("topic[1].name: missing") for fault in found)


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
    assert sorted(places) == [
        "DIGEST_OWNER",
        "DIGEST_TITEL",
        "digest[0].sections",
        "digest[0].topics[0]",
        "digest[1].name",
        "mail.sender",
        "title",
        "topic[0].id",
        "topic[1].name",
        "xyzzy",
    ]


def test_a_mistake_can_not_steer_the_terminal() -> None:
    found = faults('"\\u001b[31m" = 1\ntime_zone = "\\u001b[2J\\u202e"\n[[digest]]\nname = "a"\nothers = "\\n\\u0007"')
    assert len(found) == 3
    assert all(fault.isprintable() for fault in found)


def test_a_long_mistake_is_told_shortly() -> None:
    long = "x" * 100_000
    found = faults(f'{long} = 1\n[[digest]]\nname = "a"\nothers = "{long}"\ntopics = ["{long}"]')
    assert len(found) == 4  # the topic's id is too long, and unknown
    assert all(len(fault) < 300 for fault in found)


def test_places_are_written_as_in_the_file() -> None:
    assert where(("digest", 0, "topics", 1)) == "digest[0].topics[1]"
    assert where(("mail", "sen der")) == 'mail."sen der"'


def test_printable_text_is_left_alone() -> None:
    assert printable("Übersicht – 論文: “x” \\") == "Übersicht – 論文: “x” \\"


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
        assert fault.isprintable()
        assert ": " in fault
        assert not any(word in fault for word in ("Input", "valid", "pydantic", "instance", "is not usable"))
