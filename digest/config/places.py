"""Where something stands in config.toml, as people say it: `line 47, 2nd [[digest]], topics, 2nd`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from digest.config.settings import DigestSettings, MailSettings, Settings, SourceSettings, TopicSettings, WebSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

__all__ = ["SHOWN", "TABLES", "Place", "line_of", "where"]

Place = tuple[int | str, ...]  # ("digest", 0, "topics", 1)

SHOWN = 60  # characters of a wrong name or value that are shown
TABLES: dict[str, type[BaseModel]] = {
    "": Settings,
    "source": SourceSettings,
    "digest": DigestSettings,
    "topic": TopicSettings,
    "mail": MailSettings,
    "web": WebSettings,
}
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_-]+)\s*\]\]?\s*(?:#.*)?")
MANY_LINES = ('"""', "'''")  # texts in which a line may look like anything


def where(place: Place, document: Mapping[str, object]) -> str:
    """`2nd [[digest]], topics, 2nd`; the only table of its kind has no number."""
    table, *rest = place
    if rest and isinstance(rest[0], int):
        number, *rest = rest
        head = f"{_step(number)} [[{table}]]" if len(_list(document, table)) > 1 else f"[[{table}]]"
    else:
        head = f"[{table}]" if rest else _step(table)
    return ", ".join((head, *map(_step, rest)))


def line_of(place: Place, text: str, document: Mapping[str, object]) -> int | None:
    """The line of that setting, or of the table that lacks it; None where the text leaves any doubt."""
    if any(quotes in text for quotes in MANY_LINES):
        return None
    table, number, key = _parts(place)
    lines = text.split("\n")
    heads = [(at, found) for at, line in enumerate(lines) if (found := HEADER.fullmatch(line.rstrip("\r")))]
    mine = [at for at, found in heads if table and found[2] == table]
    if table and len(mine) != (len(_list(document, table)) or 1):
        return None
    start = mine[number] if table else -1
    end = next((at for at, _ in heads if at > start), len(lines))
    if key is None:
        return start + 1
    setting = re.compile(rf"\s*(?:{re.escape(key)}|\"{re.escape(key)}\"|'{re.escape(key)}')\s*=.*")
    settings = [at for at in range(start + 1, end) if setting.match(lines[at])]
    if len(settings) == 1:
        return settings[0] + 1
    return start + 1 if table and not settings else None


def _parts(place: Place) -> tuple[str, int, str | None]:
    """The table of a place ("": the top), its number, and the setting in it."""
    table, *rest = place
    if rest and isinstance(rest[0], int):
        return str(table), rest[0], str(rest[1]) if len(rest) > 1 else None
    return (str(table), 0, str(rest[0])) if rest else ("", 0, str(table))


def _list(document: Mapping[str, object], table: int | str) -> tuple[object, ...]:
    found = document.get(str(table))
    return found if isinstance(found, tuple) else ()


def _step(step: int | str) -> str:
    if isinstance(step, int):
        return _ordinal(step)
    name = step[:SHOWN]
    return name if BARE_KEY.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _ordinal(number: int) -> str:
    """`1st` for 0."""
    count = number + 1
    teens = count % 100 in range(11, 14)
    return f"{count}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(count % 10, 'th')}"
