"""config.toml as text: its syntax errors in plain words, and the shipped one, which teaches itself."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import config
from digest.config.places import TABLES
from digest.config.rules import header_line
from digest.config.settings import Settings
from digest.config.text import enacted, filled, read_document, shipped
from digest.errors import ConfigError

HEADER = re.compile(r"(?:# )?\[+(\w+)\]+")
SETTING = re.compile(r"(# )?(\w+) *= (.*)")


BLOCK = re.compile(r"# \[\[?\w+\]\]?.*\n(?:# .*\n)*")  # a table that is only an example
NEEDED = re.compile(r"^# (?=\[|(?:id|name|kind|url|strong) )", re.MULTILINE)


def explained() -> dict[tuple[str, str], str]:
    """Every setting of the shipped file with its line, those behind a "#" too."""
    table = ""
    found: dict[tuple[str, str], str] = {}
    for line in shipped().split("\n"):
        if header := HEADER.match(line):
            table = header[1]
        elif setting := SETTING.fullmatch(line):
            found.setdefault((table, setting[2]), line)
    return found


# --- syntax -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("title = Morning", "line 1: not a value; text must be in quotes, in: title = Morning"),
        ('\n\ntitle = "a\n', 'line 3: the text has no closing quote, in: title = "a'),
        ('title = """a', "at the end of the file: the text has no closing quotes"),
        ("a = [1, 2", 'at the end of the file: the list has no closing "]", or a comma is missing'),
        ("a = [1 2]", 'line 1: the list has no closing "]", or a comma is missing, in: a = [1 2]'),
        ('title "x"', 'line 1: expected "=" and a value after the name, in: title "x"'),
        ('a = 1\r\na = "b"\r\n', 'line 2: this is set twice (the other is line 1: change that one), in: a = "b"'),
        (
            "[b]\na = 1\n[c]\na = 1\nd = 3\n#a = 2\na = 2",
            "line 7: this is set twice (the other is line 4: change that one), in: a = 2",
        ),
        ("a = {b = 1, b = 2}", "line 1: this is set twice, in: a = {b = 1, b = 2}"),
        (
            "[mail]\na = 1\n[mail] # mine",
            "line 3: this table is there twice (the other is line 1: change that one), in: [mail] # mine",
        ),
        (
            r'path = "c:\dumps"',
            r'line 1: a backslash in double quotes must be doubled; or use single quotes, in: path = "c:\dumps"',
        ),
        ("= 3", "line 1: invalid statement, in: = 3"),
        ("a = " + "[" * 5000, "lists or tables are nested too deeply"),
        ("a = " + "9" * 5000, "a number has too many digits"),
    ],
)
def test_a_syntax_error_is_told_with_its_line(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence) + "$"):
        read_document(text)


def test_a_syntax_error_in_a_long_line_is_told_shortly() -> None:
    with pytest.raises(ValueError, match="not a value") as caught:
        read_document("title = " + "x" * 100_000)
    assert len(str(caught.value)) < 200


@given(st.text(alphabet=st.sampled_from("a=[]{}\"'#.,\n\r\\ 19-:é\0"), max_size=30))
def test_any_text_is_read_or_refused_in_one_sentence(text: str) -> None:
    try:
        expected = tomllib.loads(text)
    except ValueError:
        with pytest.raises(ValueError, match=r"\w") as caught:
            read_document(text)
        assert not isinstance(caught.value, tomllib.TOMLDecodeError)
    else:
        assert read_document(text).keys() == expected.keys()


# --- the shipped file -------------------------------------------------------------------------------------------


def test_the_shipped_file_says_what_is_the_case_without_it() -> None:
    assert config.parse(shipped(), Path("/papers")) == config.parse("", Path("/papers"))


def test_every_setting_is_explained_and_nothing_else() -> None:
    settings = {(table, name) for table, model in TABLES.items() for name in model.model_fields}
    assert set(explained()) == settings - {("", table) for table in TABLES}


def test_every_setting_has_a_comment() -> None:
    obvious = {("source", "path"), ("source", "url"), ("topic", "name"), ("mail", "folder")}
    bare = {place for place, line in explained().items() if "  #" not in line.removeprefix("# ")}
    assert bare <= obvious


def test_what_is_in_force_is_the_default_and_what_is_not_has_none() -> None:
    examples = "".join(BLOCK.findall(shipped()))
    for (table, name), line in explained().items():
        field = TABLES[table].model_fields[name]
        if line.startswith("# ") and line not in examples:
            assert field.default in (None, ()), f"{name} has a default, so its line can be in force"


@pytest.mark.parametrize("place", explained(), ids=".".join)
def test_every_example_can_be_put_in_force(place: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    line = explained()[place]
    text = shipped()
    for block in BLOCK.findall(text):
        if line in block:
            text = text.replace(block, NEEDED.sub("", block), 1)
    if place[0] == "digest":
        text = re.sub(r"^# (?=(?:schedule|after) +=)", "", text, flags=re.MULTILINE).replace('"huggingface"', '"dumps"')
        line = line.replace('"huggingface"', '"dumps"')
    if place[0] == "mail":
        text = re.sub(r"^# (?=(?:host|user|sender) +=)", "", text, flags=re.MULTILINE)
    config.parse(text.replace(line, line.removeprefix("# "), 1), tmp_path)


def test_all_examples_can_be_put_in_force_at_once(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    text = re.sub(r"^# (?=\[|(?!token_command)\w+ *= )", "", shipped(), flags=re.MULTILINE)  # a password, or tokens
    read = config.parse(text, tmp_path)
    assert read.settings != Settings()
    assert read.topics()[-1].id == "operators"
    assert "mixture of experts" in next(topic for topic in read.topics() if topic.id == "llm").strong


# --- filled in --------------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(TEXT, st.lists(TEXT, max_size=3).map(tuple))
def test_any_text_comes_back_as_it_was_written(title: str, topics: tuple[str, ...]) -> None:
    text = filled(shipped(), {("", "title"): title, ("", "base_url"): title, ("digest", "topics"): topics})
    document = read_document(text)
    assert document == read_document(shipped()) | {
        "title": title,
        "base_url": title,
        "digest": ({**_digest(), "topics": topics},),
    }


def _digest() -> dict[str, object]:
    tables = read_document(shipped())["digest"]
    assert isinstance(tables, tuple)
    return dict(tables[0])


def test_only_the_lines_of_the_answers_change_and_keep_their_comments() -> None:
    before = shipped().split("\n")
    after = filled(shipped(), {("", "title"): "Papers", ("digest", "to"): ("a@b.org",)}).split("\n")
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert [new.split(" #")[0].strip() for _, new in changed] == ['title     = "Papers"', 'to       = ["a@b.org"]']
    assert all(old.partition(" #")[2] == new.partition(" #")[2] for old, new in changed)


@pytest.mark.parametrize("title", ["A", "Morning Papers", "Papers that are new since the last listing"])
def test_comment_stays_in_its_column_or_after_a_longer_value(title: str) -> None:
    line = next(line for line in filled(shipped(), {("", "title"): title}).split("\n") if line.startswith("title "))
    assert line.removesuffix("# on mails, feeds and pages").rstrip() == f'title     = "{title}"'
    assert line.index(" #") == max(41, len(f'title     = "{title}"') + 1)


def test_a_title_goes_to_the_table_that_was_meant() -> None:
    document = read_document(filled(shipped(), {("digest", "title"): "Weekly"}))
    assert document["title"] == "Morning Papers"
    assert _digest() | {"title": "Weekly"} == document["digest"][0]  # type: ignore[index]


def test_a_setting_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError, match="tilte"):
        filled(shipped(), {("", "tilte"): "x"})


# --- an example put in force ------------------------------------------------------------------------------------

DUMPS = {
    "name": "dumps",
    "kind": "folder",
    "path": "dumps",
    "after": "keep",
    "max_dump_bytes": 67108864,
}
HUGGING_FACE = {"name": "huggingface", "kind": "huggingface"}
FEED = {"name": "mine", "kind": "feed", "url": 'https://papers.example.org/feed?a="b"#c'}


@pytest.mark.parametrize("source", [HUGGING_FACE, FEED], ids=["huggingface", "feed"])
def test_example_of_a_source_is_put_in_force_and_only_its_lines_change(source: dict[str, str]) -> None:
    text = enacted(shipped(), source)
    assert text is not None
    assert read_document(text) == read_document(shipped()) | {"source": (DUMPS, source)}
    changed = [(a, b) for a, b in zip(shipped().split("\n"), text.split("\n"), strict=True) if a != b]
    assert [new.split("=")[0].strip() for _, new in changed[1:]] == [*source]
    for old, new in changed:
        assert old.partition("  #")[2] == new.partition("  #")[2], "the comment stays"
        assert old.startswith("# ")
        assert old.rfind("  #") == new.rfind("  #"), "and stays where it is"


def test_example_is_there_once_only() -> None:
    once = enacted(shipped(), HUGGING_FACE)
    assert once is not None
    assert enacted(once, HUGGING_FACE) is None
    assert enacted(shipped(), {"name": "mine", "kind": "papers.mine:source"}) is None


# --- written ----------------------------------------------------------------------------------------------------

HOSTILE = 'He said "x" # no comment \\ \\u0041 {{ 7*7 }} ${HOME} \'\'\' """ = [mail] Übersicht – 論文 🗞'


def test_what_init_writes_reads_back_as_the_answers(tmp_path: Path) -> None:
    text = config.written(
        title=HOSTILE,
        time_zone="Europe/Berlin",
        topics=("vision", "llm"),
        to=["a#b@example.org", "o'brien@example.org"],
    )
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    read = config.load(tmp_path / "config.toml", {})
    assert (read.site().title, read.site().time_zone) == (HOSTILE, "Europe/Berlin")
    assert read.rules()[0].topics == ("vision", "llm")
    assert tuple(read.recipients("daily")) == ("a#b@example.org", "o'brien@example.org")


MORE = [{"name": f"more-{n}", "kind": "feed", "url": f"https://papers.example.org/{n}"} for n in (1, 2)]


@pytest.mark.parametrize(
    "sources", [[], [HUGGING_FACE], MORE[:1], MORE, [HUGGING_FACE, *MORE]], ids=lambda sources: str(len(sources))
)
def test_sources_that_are_written_read_back_as_they_are_beside_the_folder(sources: list[dict[str, str]]) -> None:
    text = config.written(title="Mine", sources=sources)
    assert read_document(text) == read_document(shipped()) | {"title": "Mine", "source": (DUMPS, *sources)}
    comments = [line[line.index("#") :].removeprefix("# ") for line in shipped().split("\n") if "  #" in line]
    assert [comment for comment in comments if comment.rpartition("  #")[2] not in text] == []


def test_source_that_could_not_be_read_is_refused_before_it_is_written() -> None:
    with pytest.raises(ConfigError, match="must be an address"):
        config.written(sources=[FEED | {"url": "ftp://papers.example.org"}])


def test_without_answers_the_shipped_text_is_written() -> None:
    assert config.written() == shipped()


@given(st.text(max_size=20))
def test_a_title_that_init_takes_reads_back_the_same(title: str) -> None:
    try:
        text = config.written(title=title)
    except ConfigError:
        with pytest.raises(ValueError, match="must"):
            header_line(title)
    else:
        assert config.parse(text, Path("/")).site().title == title.strip()


def test_answers_that_would_be_refused_later_are_refused_now() -> None:
    with pytest.raises(ConfigError) as caught:
        config.written(title="a\nb", time_zone="Berlin", topics=["agent"], to=["you"])
    assert [fault.partition(":")[0] for fault in caught.value.faults] == [
        "title",
        "time_zone",
        "[[digest]], to, 1st",
        "[[digest]], topics, 1st",
    ]
