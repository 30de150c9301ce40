"""config.toml as text: read into tables, with its syntax errors in plain words; and the shipped one, filled in."""

from __future__ import annotations

import json
import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["enacted", "filled", "read_document", "shipped"]

SHOWN = 60  # characters of a faulty line that are shown
TABLE = re.compile(r"(?:# )?\[+(\w+)\]+")
SETTING = re.compile(r"(?:# )?(\w+)( *)= .*?(  +#.*)?")  # as the shipped file is written; a comment follows two spaces
EXAMPLE = re.compile(r"^# (\[\[source\]\])(.*\n(?:# .*\n)+)", re.MULTILINE)  # a whole source that is commented out
TWICE = SET_TWICE, TABLE_TWICE = "this is set twice", "this table is there twice"
PLAIN = (  # the beginning of what tomllib says, and what it means to the one who wrote the file
    ("Cannot overwrite", SET_TWICE),
    ("Cannot declare", TABLE_TWICE),
    ("Cannot mutate", SET_TWICE),
    ("Cannot redefine", SET_TWICE),
    ("Duplicate inline table key", SET_TWICE),
    ("Unescaped", "a backslash in double quotes must be doubled; or use single quotes"),
    ("Invalid hex value", "a backslash in double quotes must be doubled; or use single quotes"),
    ("Invalid value", "not a value; text must be in quotes"),
    ("Illegal character '\\n'", "the text has no closing quote"),
    ("Unterminated string", "the text has no closing quotes"),
    ("Expected '='", 'expected "=" and a value after the name'),
    ("Unclosed array", 'the list has no closing "]", or a comma is missing'),
)


def read_document(text: str) -> dict[str, object]:
    """The tables as written, with tuples for lists: the models are strict, and a list could be changed.

    Raises ValueError with one sentence and its line.
    """
    try:
        document = tomllib.loads(text)
        return {key: _frozen(value) for key, value in document.items()}
    except tomllib.TOMLDecodeError as error:
        raise ValueError(_sentence(str(error), text)) from error
    except RecursionError as error:
        raise ValueError("lists or tables are nested too deeply") from error
    except ValueError as error:  # CPython converts no more than 4,300 digits
        raise ValueError("a number has too many digits") from error


def _frozen(value: object) -> object:
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    if isinstance(value, dict):
        return {key: _frozen(inner) for key, inner in value.items()}
    return value


def _sentence(said: str, text: str) -> str:
    """`line 3: not a value; text must be in quotes, in: title = Papers`."""
    what, _, place = said.removesuffix(")").rpartition(" (at ")
    plain = next((meaning for start, meaning in PLAIN if what.startswith(start)), what[:1].lower() + what[1:])
    line = re.match(r"line (\d+)", place)
    lines = text.rstrip("\n").split("\n") if plain in TWICE else text.split("\n")
    if line is None and plain not in TWICE:
        return f"at the end of the file: {plain}"
    number = int(line[1]) if line else len(lines)
    first = _first_place(lines, number) if plain in TWICE else None
    there = f" (the other is line {first}: change that one)" if first else ""
    return f"line {number}: {plain}{there}, in: {lines[number - 1].strip()[:SHOWN]}"


def _first_place(lines: Sequence[str], number: int) -> int | None:
    """The line above that sets the same in the same table, or begins the same table; None where that is not plain."""
    own = _name_of(lines[number - 1])
    for above in range(number - 1, 0, -1):
        line = lines[above - 1].strip()
        if _name_of(line) == own:
            return above
        if line.startswith("[") and not own.startswith("["):
            break
    return None


def _name_of(line: str) -> str:
    """`[mail]` or `host`: what a line is about."""
    line = line.strip()
    return line.partition("#")[0].strip() if line.startswith("[") else line.partition("=")[0].strip()


def shipped() -> str:
    """The config.toml that teaches itself: inside the installed package, or beside it in a checkout."""
    inside = Path(str(files("digest"))) / "config.toml"
    return (inside if inside.is_file() else inside.parent.parent / "config.toml").read_text(encoding="utf-8")


def filled(text: str, answers: Mapping[tuple[str, str], str | tuple[str, ...]]) -> str:
    """The shipped text with the values of these (table, name)s replaced, whole lines at a time, comments kept.

    The table above the first header is "". A setting that is commented out is put in force. Values are only quoted,
    not checked. Raises KeyError for a setting that the text does not have.
    """
    wanted, table, lines = dict(answers), "", []
    for line in text.split("\n"):
        if header := TABLE.match(line):
            table = header[1]
        found = SETTING.fullmatch(line)
        value = wanted.pop((table, found[1]), None) if found else None
        lines.append(line if value is None or not found else _set(found, value))
    if wanted:
        raise KeyError(*wanted)
    return "\n".join(lines)


def enacted(text: str, source: Mapping[str, str]) -> str | None:
    """The shipped text with its example of a source of this kind put in force as this one; None: it has none (left).

    What of the example the source does not set stays behind its "#". Values are only quoted, not checked.
    """
    wanted = f"kind = {_toml(source['kind'])}"
    for example in EXAMPLE.finditer(text):
        if any(re.sub(" +", " ", line).startswith(f"# {wanted}") for line in example[0].split("\n")):
            block = filled(f"{example[1]}  {example[2]}", {("source", name): value for name, value in source.items()})
            return text[: example.start()] + block + text[example.end() :]
    return None


def _set(line: re.Match[str], value: str | tuple[str, ...]) -> str:
    """A setting's line with another value, in force, its comment where it stood, or after a longer value."""
    setting, comment = f"{line[1]}{line[2]}= {_toml(value)}", (line[3] or "").lstrip()
    return f"{setting}  ".ljust(line.end() - len(comment)) + comment if comment else setting


def _toml(value: str | tuple[str, ...]) -> str:
    """A TOML value: JSON's strings are TOML's, but for U+007F, which TOML wants escaped."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
