"""Every fault of a configuration, in the words of the one who wrote it: `digest[0].sections: must be at least 1`.

Two kinds: what pydantic finds in one setting (`setting_faults`), and what only shows between settings
(`cross_faults`), which is looked for in the raw document so that both kinds are told at once.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from digest.config.settings import (
    PARSER,
    DigestSettings,
    MailSettings,
    Settings,
    SourceSettings,
    TopicSettings,
    nearest,
)
from digest.config.sources import own_faults
from digest.topics import default_topics, faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

__all__ = ["TABLES", "Place", "cross_faults", "printable", "setting_faults", "where"]

Place = tuple[int | str, ...]  # ("digest", 0, "topics", 1)

BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
SHOWN = 60  # characters of a wrong value that are shown
TABLES: dict[str, type[BaseModel]] = {
    "": Settings,
    "source": SourceSettings,
    "digest": DigestSettings,
    "topic": TopicSettings,
    "mail": MailSettings,
}
HOMES = {"": "at the top, above the first [table]", "mail": "in [mail]"}
WANTED = {
    "string_type": "must be text in quotes",
    "is_instance_of": "must be text in quotes",  # a path
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list in square brackets",
    "model_type": "must be a table",
}
KINDS: dict[type, str] = {
    bool: "true or false",
    str: "text",
    int: "a whole number",
    float: "a number with a point",
    tuple: "a list",
    dict: "a table",
}


def where(place: Place) -> str:
    """A place as users write it: `digest[0].topics[1]`, counted from 0."""
    text = ""
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else f".{_key(step)}"
    return text.removeprefix(".")


def printable(text: str) -> str:
    """The same line without anything that could steer a terminal or break the line."""
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in text)


# --- within one setting -----------------------------------------------------------------------------------------


def setting_faults(error: ValidationError, written: Mapping[Place, str]) -> Iterator[str]:
    """One line for each; `written` names the places that came from elsewhere, such as the environment."""
    for detail in error.errors(include_url=False):
        place = detail["loc"]
        yield f"{written.get(place) or where(place)}: {_sentence(detail)}"


def _sentence(detail: ErrorDetails) -> str:
    kind, place, value = detail["type"], detail["loc"], detail["input"]
    if kind in SENTENCES:
        return SENTENCES[kind](detail)
    if isinstance(value, dict) and place[-1] in TABLES:
        return f"must be written [[{place[-1]}]], in double brackets: there may be several"
    return f"{WANTED.get(kind, 'is not usable')}, not {_kind_of(value)}"


def _unknown_setting(detail: ErrorDetails) -> str:
    place = detail["loc"]
    table, name = (str(place[0]) if len(place) > 1 else ""), str(place[-1])
    homes = [other for other, model in TABLES.items() if name in model.model_fields]
    if len(homes) == 1:
        return f"unknown setting here; it belongs {HOMES.get(homes[0]) or f'in [[{homes[0]}]]'}"
    return "unknown setting" + nearest(name[:SHOWN], TABLES[table].model_fields)


def _not_one_of(detail: ErrorDetails) -> str:
    expected, value = str(detail["ctx"]["expected"]), detail["input"]
    sentence = "must be " + expected.replace("'", '"')
    if not isinstance(value, str):
        return f"{sentence}, not {_kind_of(value)}"
    return f'{sentence}, not "{value[:SHOWN]}"' + nearest(value[:SHOWN], re.findall(r"'([^']+)'", expected))


SENTENCES: dict[str, Callable[[ErrorDetails], str]] = {
    "value_error": lambda detail: str(detail["ctx"]["error"]),
    "missing": lambda _: "is missing",
    "extra_forbidden": _unknown_setting,
    "literal_error": _not_one_of,
    "greater_than_equal": lambda detail: f"must be at least {detail['ctx']['ge']}, not {detail['input']}",
}


def _kind_of(value: object) -> str:
    return KINDS.get(type(value), "a date or time")


def _key(name: str) -> str:
    name = name[:SHOWN]
    return name if BARE_KEY.fullmatch(name) else json.dumps(name, ensure_ascii=False)


# --- between settings -------------------------------------------------------------------------------------------


def cross_faults(document: Mapping[str, object]) -> Iterator[str]:
    """What is there twice, or refers to something that does not exist. What is of a wrong type is passed over."""
    yield from _taken(document, "source", "name")
    yield from _taken(document, "digest", "name")
    yield from _taken(document, "topic", "id")
    yield from _shared_paths(document)
    yield from _source_faults(document)
    yield from _unknown_parsers(document)
    yield from _unknown_topics(document)
    yield from _topic_faults(document)


def _tables(document: Mapping[str, object], name: str) -> Iterator[tuple[int, dict[str, object]]]:
    tables = document.get(name)
    for number, table in enumerate(tables if isinstance(tables, tuple) else ()):
        if isinstance(table, dict):
            yield number, table


def _taken(document: Mapping[str, object], table_name: str, key: str) -> Iterator[str]:
    first: dict[str, int] = {}
    for number, table in _tables(document, table_name):
        value = table.get(key)
        if isinstance(value, str) and (other := first.setdefault(value, number)) != number:
            yield f'{where((table_name, number, key))}: "{value[:SHOWN]}" is taken by {where((table_name, other))}'


def _shared_paths(document: Mapping[str, object]) -> Iterator[str]:
    """Two parts that write to the same place would destroy each other's work."""
    mail = document.get("mail", {})
    sources = _tables(document, "source") if "source" in document else [(0, {})]
    paths: dict[Place, object] = {
        **{
            ("source", number, "path"): table.get("path", "dumps")
            for number, table in sources
            if table.get("kind", "folder") == "folder"
        },
        ("database",): document.get("database", "digest.db"),
        ("public",): document.get("public", "public"),
        ("templates",): document.get("templates"),
        ("mail", "folder"): mail.get("folder", "mail") if isinstance(mail, dict) else None,
    }
    first: dict[Path, Place] = {}
    for place, path in paths.items():
        if isinstance(path, str) and (other := first.setdefault(Path(path), place)) != place:
            yield f'{where(place)}: "{path[:SHOWN]}" is taken by {where(other)}'


def _source_faults(document: Mapping[str, object]) -> Iterator[str]:
    for number, table in _tables(document, "source"):
        for key, fault in own_faults(table):
            yield f"{where(('source', number, key) if key else ('source', number))}: {fault}"


def _unknown_parsers(document: Mapping[str, object]) -> Iterator[str]:
    for number, table in _tables(document, "source"):
        parser = table.get("parser")
        if isinstance(parser, str) and PARSER.fullmatch(parser) and ":" not in parser:
            from digest.parsers import PARSERS  # noqa: PLC0415  most configurations name none: spare them its import

            if parser not in PARSERS:
                yield f'{where(("source", number, "parser"))}: unknown parser "{parser[:SHOWN]}"{nearest(parser, PARSERS)}'


def _unknown_topics(document: Mapping[str, object]) -> Iterator[str]:
    chosen = {("digest", number, "topics"): table.get("topics") for number, table in _tables(document, "digest")}
    if not any(chosen.values()):
        return  # and the built-in ones need not be read
    own = (str(table.get("id")) for _, table in _tables(document, "topic"))
    known = (*(topic.id for topic in default_topics()), *own)
    for place, topics in chosen.items():
        for n, topic in enumerate(topics if isinstance(topics, tuple) else ()):
            if isinstance(topic, str) and topic not in known:
                yield f'{where((*place, n))}: unknown topic "{topic[:SHOWN]}"{nearest(topic, known)}'


def _topic_faults(document: Mapping[str, object]) -> Iterator[str]:
    """What the topics themselves say of each table that is right in form."""
    for number, table in _tables(document, "topic"):
        try:
            change = TopicSettings.model_validate(table).change()
        except ValidationError:
            continue  # told as a fault of its settings
        for fault in faults(default_topics(), (change,)):
            yield where(("topic", number)) + fault.removeprefix("topic[0]")
