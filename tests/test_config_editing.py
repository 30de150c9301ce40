"""Sources written into a config.toml that somebody wrote by hand."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.config.editing import free_name, replace_text, with_sources
from digest.errors import ConfigError, OutputError

if TYPE_CHECKING:
    from pathlib import Path

NEW = {"name": "new", "kind": "feed", "url": "https://papers.example.org/feed"}
BLOCK = '[[source]]\nname = "new"\nkind = "feed"\nurl = "https://papers.example.org/feed"\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('[[source]]\nname = "a"\n', f'[[source]]\nname = "a"\n\n{BLOCK}'),
        ('[[source]]\nname = "a"', f'[[source]]\nname = "a"\n\n{BLOCK}'),
        ('[[source]]\nname = "a"\n[mail]\n', f'[[source]]\nname = "a"\n\n{BLOCK}\n[mail]\n'),
        ('[[source]]\nname = "a"\n\n# b\n\n# c\n[mail]', f'[[source]]\nname = "a"\n\n# b\n\n{BLOCK}\n# c\n[mail]'),
        (
            '[[source]]\nname = "a"\n[[topic]]\n[[source]]\n[x]',
            f'[[source]]\nname = "a"\n[[topic]]\n[[source]]\n\n{BLOCK}\n[x]',
        ),
        ('[["source"]] # a\n[source.x]\ny = 1\n[mail]', f'[["source"]] # a\n[source.x]\ny = 1\n\n{BLOCK}\n[mail]'),
        (
            "a = 1\r\n[[source]]\r\n[mail]\r\n",
            f"a = 1\r\n[[source]]\r\n\r\n{BLOCK}\n[mail]\n".replace("\r", "").replace("\n", "\r\n"),
        ),
        ("[[source]]\n# \u2028[[source]]\n", f"[[source]]\n# \u2028[[source]]\n\n{BLOCK}"),
    ],
)
def test_new_source_stands_after_the_others(before: str, after: str) -> None:
    assert with_sources(before, [NEW]) == after


@pytest.mark.parametrize("text", ["source = []\n", "[source]\na = 1\n", '[[source]]\nname = """\n[x]\n"""\n[mail]\n'])
def test_what_can_not_be_done_is_refused_with_the_lines_to_write(text: str) -> None:
    with pytest.raises(ConfigError) as told:
        with_sources(text, [NEW])
    assert "\n".join(told.value.faults[1:]) == BLOCK.rstrip()


COMMENTS = st.sampled_from(["", "# note", "#[[source]]", '  # [mail] "', "\t"])
TABLES = st.sampled_from(["[[source]]", "[[ source ]]  # one", "[[digest]]", "[[topic]]", "[[source.part]]"])
SETTINGS = st.sampled_from(["a = 1", "b = 'x # y'", 'c = """\nz\n"""', "d = [\n  1,  # one\n]", 'e = "é\\n"'])
LINES = st.lists(COMMENTS | TABLES | SETTINGS, max_size=12)


@given(LINES, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_only_lines_are_added_or_nothing(lines: list[str], end: str, closed: bool) -> None:  # noqa: FBT001
    text = "\n".join(lines).replace("\n", end) + (end if closed else "")
    before = read(text)
    if before is None:
        return
    try:
        after = with_sources(text, [NEW, NEW])
    except ConfigError:
        assert '"""' in text or "[\n" in text or "[\r\n" in text or "source.part" in text
        return
    at = next((n for n, (a, b) in enumerate(zip(text, after, strict=False)) if a != b), len(text))
    assert any(after.endswith(text[n:]) and after.startswith(text[:n]) for n in range(at + 1))
    assert read(after) == before | {"source": [*before.get("source", [DUMPS]), NEW, NEW]}


DUMPS = {"name": "dumps", "kind": "folder", "path": "dumps"}


def read(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("cs.CL updates on arXiv.org", "cs-cl-updates-on-arxiv-org"),
        ("Éditions Über-Straße", "editions-uber-strae"),
        ("日本", "feed-2"),
        ("", "feed-2"),
        ("word " * 20, "word-word-word-word-word-word-word-word"),
        ("x" * 90, f"{'x' * 38}-2"),
    ],
)
def test_names_are_made_from_titles(words: str, name: str) -> None:
    assert free_name(words, {"feed", "x" * 40}) == name


def test_file_that_somebody_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("a = 2\n")
    with pytest.raises(OutputError, match="changed in this moment"):
        replace_text(file, "a = 1\n", "a = 3\n")
    assert file.read_text() == "a = 2\n"


def test_file_that_can_not_be_written_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    file = tmp_path / "config.toml"
    file.write_text("a = 1\n")
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OutputError, match="No space left on device"):
        replace_text(file, "a = 1\n", "a = 3\n")
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]
    assert file.read_text() == "a = 1\n"
