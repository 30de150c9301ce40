"""Which config.toml counts, and what the other parts are told of it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digest import config
from digest.errors import ConfigError
from digest.models import DigestRules, Site
from digest.topics import default_never, default_topics

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = Path("/papers")


def parsed(text: str, environ: Mapping[str, str] | None = None) -> config.Config:
    return config.parse(text, HERE, environ=environ)


def faults_of(text: str, environ: Mapping[str, str]) -> tuple[str, ...]:
    try:
        parsed(text, environ)
    except ConfigError as error:
        return error.faults
    return ()


# --- find -------------------------------------------------------------------------------------------------------


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Path]:
    """A config.toml in every place that is looked at, most important first."""
    files = {
        "explicit": tmp_path / "own.toml",
        "environment": tmp_path / "other" / "x.toml",
        "current folder": tmp_path / "cwd" / "config.toml",
        "user's": tmp_path / "xdg" / "paperround" / "config.toml",
        "home": tmp_path / "home" / ".config" / "paperround" / "config.toml",
    }
    for file in files.values():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return files


def found(places: dict[str, Path], without: int) -> Path | None:
    """What is found when the first so many places are missing."""
    root = places["explicit"].parent
    environ = {"DIGEST_CONFIG": "../other/x.toml", "XDG_CONFIG_HOME": str(root / "xdg"), "HOME": str(root / "home")}
    for file in list(places.values())[:without]:
        file.unlink()
    if without > 1:
        del environ["DIGEST_CONFIG"]
    if without > 3:
        del environ["XDG_CONFIG_HOME"]
    return config.find(places["explicit"] if without == 0 else None, environ, root / "cwd")


@pytest.mark.parametrize(
    ("without", "which"), [(0, "explicit"), (1, "environment"), (2, "current folder"), (3, "user's"), (4, "home")]
)
def test_the_nearest_file_counts(places: dict[str, Path], without: int, which: str) -> None:
    path = found(places, without)
    assert path is not None
    assert path.samefile(places[which])


def test_no_file_at_all_is_no_error(places: dict[str, Path]) -> None:
    assert found(places, 5) is None


def test_a_file_that_was_named_is_never_passed_over(places: dict[str, Path]) -> None:
    cwd = places["current folder"].parent
    assert config.find(Path("none.toml"), {"DIGEST_CONFIG": "x"}, cwd) == cwd / "none.toml"
    assert config.find(None, {"DIGEST_CONFIG": "none.toml"}, cwd) == cwd / "none.toml"


@pytest.mark.parametrize("environ", [{}, {"HOME": ""}, {"HOME": "home"}, {"XDG_CONFIG_HOME": "xdg"}])
def test_a_relative_home_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environ: dict[str, str]) -> None:
    for name in ("xdg", "home/.config", ".config"):
        (tmp_path / name / "paperround").mkdir(parents=True)
        (tmp_path / name / "paperround" / "config.toml").touch()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    assert config.find(None, environ, tmp_path / "empty") is None


def test_a_folder_of_that_name_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    assert config.find(None, {}, tmp_path) is None


def test_a_home_that_may_not_be_entered_is_passed_over(tmp_path: Path) -> None:
    assert config.find(None, {"HOME": "/" + "x" * 5000, "XDG_CONFIG_HOME": ""}, tmp_path) is None


# --- load -------------------------------------------------------------------------------------------------------


def test_nothing_configured_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    read = config.load(None, {})
    assert [(source.name, source.kind, source.path) for source in read.sources] == [
        ("dumps", "folder", tmp_path / "dumps")
    ]
    assert read.rules() == (DigestRules("daily", "Morning Papers"),)
    assert read.recipients("daily") == {"reader@localhost": False}
    assert read.site() == Site("Morning Papers")
    assert (read.database, read.public, read.maildir) == (
        tmp_path / "digest.db",
        tmp_path / "public",
        tmp_path / "mail",
    )
    assert read.template_folder is None
    assert read.topics() == default_topics()
    assert read.never() == default_never()
    assert read.backfills() == ()


def test_relative_paths_start_at_the_folder_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a" / "own").mkdir(parents=True)
    text = """
        database = "../x.db"
        public = "/srv/public"
        templates = "own"
        [[source]]
        name = "a"
        path = "in"
        [mail]
        folder = "out/mail"
    """
    (tmp_path / "a" / "c.toml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    read = config.load(Path("a/c.toml"), {})
    assert read.database == tmp_path / "a" / "../x.db"
    assert read.public == Path("/srv/public")
    assert read.sources[0].path == tmp_path / "a" / "in"
    assert read.maildir == tmp_path / "a" / "out" / "mail"
    assert read.template_folder == tmp_path / "a" / "own"


def test_the_process_environment_counts_unless_another_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.toml").write_text("", encoding="utf-8")
    monkeypatch.setenv("DIGEST_TITLE", "From outside")
    assert config.load(tmp_path / "config.toml").site().title == "From outside"
    assert config.load(tmp_path / "config.toml", {}).site().title == "Morning Papers"


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_a_byte_order_mark_and_windows_line_ends_are_no_fault(tmp_path: Path, start: bytes) -> None:
    (tmp_path / "config.toml").write_bytes(start + 'title = "Übersicht"\r\nlanguage = "de"\r\n'.encode())
    assert config.load(tmp_path / "config.toml", {}).site().title == "Übersicht"


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (None, "can't be read: No such file or directory"),
        (b'title = "a"\n\xff', "line 2: not UTF-8; save the file as UTF-8"),
        ('title = "a"'.encode("utf-16"), "line 1: not UTF-8; save the file as UTF-8"),
        (b"title = Morning\x1b", "line 1: not a value; text must be in quotes, in: title = Morning\x1b"),
    ],
)
def test_a_file_that_can_not_be_read_is_one_clear_line(tmp_path: Path, body: bytes | None, fault: str) -> None:
    path = tmp_path / "config.toml"
    if body is not None:
        path.write_bytes(body)
    with pytest.raises(ConfigError) as caught:
        config.load(path, {})
    assert caught.value.faults == (fault,)
    assert caught.value.subject == str(path)
    assert caught.value.exit_code == 78


def test_a_folder_instead_of_a_file_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Is a directory"):
        config.load(tmp_path, {})


# --- what the other parts ask -----------------------------------------------------------------------------------

TWO = """
    title = "Papers"
    [[digest]]
    name = "daily"
    topics = ["llm", "own"]
    others = "none"
    sections = 3
    to = ["a@example.org", "b@example.org"]
    [[digest]]
    name = "weekly"
    title = "The week"
    to = []
    backfill = true
    [[topic]]
    id = "own"
    name = "My own"
    strong = ["xyzzy"]
    [[topic]]
    id = "llm"
    weak = ["+", "plugh"]
"""


def test_rules_are_what_was_asked_for() -> None:
    assert parsed(TWO).rules() == (
        DigestRules("daily", "Papers", topics=("llm", "own"), others="none", sections=3),
        DigestRules("weekly", "The week"),
    )
    assert parsed(TWO).backfills() == ("weekly",)


def test_recipients_are_those_of_their_digest() -> None:
    assert tuple(parsed(TWO).recipients("daily")) == ("a@example.org", "b@example.org")
    assert parsed(TWO).recipients("weekly") == {}
    assert parsed(TWO).recipients("removed") == {}


def test_addresses_that_reach_many_are_told_from_readers() -> None:
    both = parsed('[[digest]]\nname = "daily"\nto = ["a@example.org"]\nlists = ["all@example.org"]')
    assert both.recipients("daily") == {"a@example.org": False, "all@example.org": True}
    lists = parsed('[[digest]]\nname = "daily"\nlists = ["all@example.org"]')
    assert lists.recipients("daily") == {"all@example.org": True}, "nobody else gets it"
    assert lists.site().owner == "reader@localhost"


def test_topics_are_the_built_in_ones_with_the_changes() -> None:
    read = {topic.id: topic for topic in parsed(TWO).topics()}
    before = {topic.id: topic for topic in default_topics()}
    assert read.pop("own").strong == ("xyzzy",)
    assert read == before | {"llm": replace(before["llm"], weak=(*before["llm"].weak, "plugh"))}


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("", "reader@localhost"),
        (TWO, "a@example.org"),
        ("[[digest]]\nname='a'\nto=[]\n[[digest]]\nname='b'\nto=['c@example.org']", "c@example.org"),
        ("[[digest]]\nname='a'\nto=[]", "reader@localhost"),
        ("owner='me@example.org'\n" + TWO, "me@example.org"),
    ],
)
def test_the_first_recipient_is_the_owner_unless_one_is_named(text: str, owner: str) -> None:
    assert parsed(text).site().owner == owner


def test_sources_keep_what_was_said_of_them() -> None:
    source = parsed("[[source]]\nname='a'\nparser='tests.fakes:page'\nafter='archive'\nmax_dump_bytes=5").sources[0]
    assert (source.parser, source.after, source.max_dump_bytes) == ("tests.fakes:page", "archive", 5)


# --- environment ------------------------------------------------------------------------------------------------


def test_single_settings_come_from_the_environment() -> None:
    environ = {
        "DIGEST_TITLE": 'Outside "x"',
        "DIGEST_BASE_URL": "https://papers.example.org/",
        "DIGEST_DATABASE": "/var/lib/x.db",
        "DIGEST_MAIL__SENDER": "papers@example.org",
        "DIGEST_MAIL__FOLDER": "outbox",
        "DIGEST_LANGUAGE": "",
        "DIGEST_CONFIG": "elsewhere.toml",
        "PATH": "/bin",
    }
    read = parsed('title = "Inside"\nlanguage = "de"\n[mail]\nsender = "x@localhost"', environ)
    assert read.site() == Site(
        'Outside "x"',
        base_url="https://papers.example.org",
        language="de",
        sender="papers@example.org",
    )
    assert read.database == Path("/var/lib/x.db")
    assert read.maildir == HERE / "outbox"


@pytest.mark.parametrize(
    ("variable", "faults"),
    [
        ("DIGEST_TIMEZONE", ('DIGEST_TIMEZONE: unknown setting; did you mean "DIGEST_TIME_ZONE"?',)),
        ("DIGEST_MAIL__SENDR", ('DIGEST_MAIL__SENDR: unknown setting; did you mean "DIGEST_MAIL__SENDER"?',)),
        ("DIGEST_MAIL__QUEUE", ("DIGEST_MAIL__QUEUE: unknown setting",)),
        ("DIGEST_OWNER", ('DIGEST_OWNER: must be one bare address such as "you@example.org"',)),
        ("DIGEST_IMAGE", ()),
        ("XDIGEST_TITEL", ()),
        ("TIMEZONE", ()),
    ],
)
def test_a_misspelt_variable_is_told_and_another_programs_left_alone(variable: str, faults: tuple[str, ...]) -> None:
    assert faults_of("", {variable: "x"}) == faults


def test_a_variable_does_not_hide_that_its_table_is_wrong() -> None:
    faults = faults_of("mail = 3", {"DIGEST_MAIL__SENDER": "papers@example.org"})
    assert faults == ("line 1, mail: must be a table, not a whole number",)


# --- cost -------------------------------------------------------------------------------------------------------


def test_importing_it_does_not_bring_in_what_only_others_need() -> None:
    code = "import sys, digest.config; print(*sys.modules)"
    environ = {**os.environ, "PYTHONPATH": str(Path(config.__file__).parents[1])}
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environ).stdout
    assert not {"pydantic_settings", "jinja2", "sqlite_utils", "rich", "asyncio", "digest.parsers"} & set(out.split())
