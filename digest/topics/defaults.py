"""The built-in topics, from `default.toml` beside this file: the one place of the core that reads a file, once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from digest.models import Topic

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["default_never", "default_topics"]

_LISTS = ("strong", "weak", "title", "never", "categories")


@dataclass(frozen=True, slots=True)
class _Shipped:
    topics: tuple[Topic, ...]
    never: tuple[str, ...]


def default_topics() -> tuple[Topic, ...]:
    """The built-in topics in display order; their ids never change."""
    return _shipped().topics


def default_never() -> tuple[str, ...]:
    """The phrases that are blanked out for every topic."""
    return _shipped().never


@cache
def _shipped() -> _Shipped:
    text = files("digest.topics").joinpath("default.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text)
    return _Shipped(tuple(_topic(table) for table in tables["topic"]), tuple(tables["never"]))


def _topic(table: Mapping[str, Any]) -> Topic:
    """One table as it stands in the file; a misspelt key would be a TypeError, which a test rules out."""
    values: dict[str, Any] = {key: tuple(value) if key in _LISTS else value for key, value in table.items()}
    return Topic(**values)
