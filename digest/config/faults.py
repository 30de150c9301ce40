"""Every fault of a configuration, in the words of the one who wrote it, each at its place.

Two kinds: what pydantic finds in one setting (`setting_faults`), and what only shows between settings
(`cross_faults`), which is looked for in the raw document so that both kinds are told at once.
"""

from __future__ import annotations

import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from digest.config.digests import schedule_faults
from digest.config.mail import mail_faults
from digest.config.places import SHOWN, TABLES, where
from digest.config.rules import PARSER, nearest
from digest.config.settings import TopicSettings
from digest.config.sources import own_faults, shared_addresses
from digest.topics import TopicChange, default_topics, faults
from digest.topics.changes import KEEP, TERMS, form_faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pydantic_core import ErrorDetails

    from digest.config.places import Place

__all__ = ["Fault", "cross_faults", "setting_faults"]

Fault = tuple["Place", str]  # where, and what is wrong

HOMES = {"": "at the top, above the first [table]", "mail": "in [mail]", "web": "in [web]"}
WANTED = {
    "string_type": "must be text in quotes",
    "is_instance_of": "must be text in quotes",  # a path
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "date_type": "must be a day such as 2026-12-24, without quotes",
    "time_delta_type": 'must be a time such as "1 hour"',
    "time_type": 'must be a time such as "10:00"',
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


# --- within one setting -----------------------------------------------------------------------------------------


def setting_faults(error: ValidationError) -> Iterator[Fault]:
    """One for each setting that breaks its own rule."""
    for detail in error.errors(include_url=False):
        yield detail["loc"], _sentence(detail)


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


# --- between settings -------------------------------------------------------------------------------------------


def cross_faults(document: Mapping[str, object]) -> Iterator[Fault]:
    """What is there twice, or refers to something that does not exist. What is of a wrong type is passed over."""
    yield from _taken(document, "source", "name")
    yield from _taken(document, "digest", "name")
    yield from _taken(document, "topic", "id")
    yield from _shared_paths(document)
    yield from _source_faults(document)
    yield from _schedule_faults(document)
    yield from _mail_faults(document)
    yield from _unknown_parsers(document)
    yield from _unknown_topics(document)
    yield from _topic_faults(document)


def _tables(document: Mapping[str, object], name: str) -> Iterator[tuple[int, dict[str, object]]]:
    tables = document.get(name)
    for number, table in enumerate(tables if isinstance(tables, tuple) else ()):
        if isinstance(table, dict):
            yield number, table


def _taken(document: Mapping[str, object], table_name: str, key: str) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for number, table in _tables(document, table_name):
        value = table.get(key)
        if isinstance(value, str) and (other := first.setdefault(value, number)) != number:
            yield (table_name, number, key), f'"{value[:SHOWN]}" is taken by {where((table_name, other), document)}'


def _shared_paths(document: Mapping[str, object]) -> Iterator[Fault]:
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
            yield place, f'"{path[:SHOWN]}" is taken by {where(other, document)}'


def _source_faults(document: Mapping[str, object]) -> Iterator[Fault]:
    for at, url, other in shared_addresses(_tables(document, "source")):
        yield ("source", *at), f'"{url[:SHOWN]}" is taken by {where(("source", other), document)}'
    for number, table in _tables(document, "source"):
        for key, fault in own_faults(table):
            yield ("source", number, key) if key else ("source", number), fault


def _schedule_faults(document: Mapping[str, object]) -> Iterator[Fault]:
    sources = [str(table.get("name")) for _, table in _tables(document, "source")] or ["dumps"]
    for number, table in _tables(document, "digest"):
        yield from ((("digest", number, key), what) for key, what in schedule_faults(table, sources))


def _mail_faults(document: Mapping[str, object]) -> Iterator[Fault]:
    mail = document.get("mail")
    yield from ((("mail", key), what) for key, what in (mail_faults(mail) if isinstance(mail, dict) else ()))


def _unknown_parsers(document: Mapping[str, object]) -> Iterator[Fault]:
    for number, table in _tables(document, "source"):
        parser = table.get("parser")
        if isinstance(parser, str) and PARSER.fullmatch(parser) and (what := _unknown_parser(parser)):
            yield ("source", number, "parser"), what


def _unknown_parser(parser: str) -> str:
    """Whether there is one is asked when a run begins: here no program of others is started."""
    module, outside, _ = parser.partition(":")
    if outside:
        package = module.partition(".")[0]
        return "" if package in sys.modules or find_spec(package) else f'there is no module "{package[:SHOWN]}"'
    from digest.parsers import PARSERS  # noqa: PLC0415  most configurations name none: spare them its import

    return "" if parser in PARSERS else f'unknown parser "{parser[:SHOWN]}"{nearest(parser, PARSERS)}'


def _unknown_topics(document: Mapping[str, object]) -> Iterator[Fault]:
    chosen = {("digest", number, "topics"): table.get("topics") for number, table in _tables(document, "digest")}
    if not any(chosen.values()):
        return  # and the built-in ones need not be read
    own = (str(table.get("id")) for _, table in _tables(document, "topic"))
    known = (*(topic.id for topic in default_topics()), *own)
    for place, topics in chosen.items():
        for n, topic in enumerate(topics if isinstance(topics, tuple) else ()):
            if isinstance(topic, str) and topic not in known:
                yield (*place, n), f'unknown topic "{topic[:SHOWN]}"{nearest(topic, known)}'


def _topic_faults(document: Mapping[str, object]) -> Iterator[Fault]:
    """What the topics themselves say of each table; of one that is wrong in form, what they say of its id and terms."""
    for number, table in _tables(document, "topic"):
        try:
            found: Iterable[Fault] = faults(default_topics(), (TopicSettings.model_validate(table).change(),))
        except ValidationError:
            found = ((("topic", 0, *place), what) for place, what in form_faults(_readable(table)))
        yield from ((("topic", number, *place[2:]), what) for place, what in found)


def _readable(table: Mapping[str, object]) -> TopicChange:
    """The id and the terms of a table, without what is no text; each stays at its place."""
    readable: dict[str, Any] = {"id": table["id"] if isinstance(table.get("id"), str) else "none"}
    for name in (*TERMS, "categories"):
        terms = table.get(name)
        if isinstance(terms, tuple):
            readable[name] = tuple(term if isinstance(term, str) else KEEP for term in terms)
    return TopicChange(**readable)
