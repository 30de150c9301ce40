"""The templates in force: every built-in one overridable; `engine.py` renders them.

`templates = "dir"` in the configuration puts a folder before the built-in ones; a file there replaces the built-in
one of the same path and may start with `{% extends "builtin/mail/edition.html.j2" %}`. Configuration *text* is never
a template. A mistake ends as one `TemplateError` that names the file and the line.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from digest.errors import TemplateError
    from digest.render.engine import Engine

__all__ = ["SEPARATOR", "Templates", "builtin_folder"]

SEPARATOR = "\x1e"  # ends each of many texts rendered in one go; XML forbids it, so no cleaned text holds it


def builtin_folder() -> Path:
    """Where the shipped templates are: inside the installed package, or beside it in a checkout."""
    inside = Path(str(files("digest"))) / "templates"
    return inside if inside.is_dir() else inside.parent.parent / "templates"


class Templates:
    """Renders `mail/…`, `feeds/…` and `pages/…` by name; compiled once, for the life of the process."""

    def __init__(self, override: Path | None = None) -> None:
        self._folders = tuple(folder for folder in (override, builtin_folder()) if folder is not None)

    @cached_property
    def _engine(self) -> Engine:
        from digest.render.engine import Engine  # noqa: PLC0415 - Jinja costs 15 ms, and a quiet run renders nothing

        return Engine(self._folders, builtin_folder())

    def render(self, name: str, /, **values: object) -> str:
        """One template with its values; raises `TemplateError` with file and line for any mistake in it."""
        return self._engine.render(name, values)

    def pieces(self, name: str, /, **values: object) -> list[str]:
        """What a template of many texts wrote, each up to its `{{ separator }}`; to render them singly costs far more."""
        return self.render(name, separator=SEPARATOR, **values).split(SEPARATOR)[:-1]

    def faults(self) -> tuple[TemplateError, ...]:
        """What keeps any template in force from being compiled, one for each."""
        return self._faults(self._folders)

    def own_faults(self) -> tuple[TemplateError, ...]:
        """The same of those that replace built-in ones."""
        return self._faults(self._folders[:-1])

    def _faults(self, folders: Iterable[Path]) -> tuple[TemplateError, ...]:
        found = {path.relative_to(folder).as_posix() for folder in folders for path in folder.rglob("*.j2")}
        return tuple(fault for name in sorted(found) if (fault := self._engine.fault(name)))

    def fingerprint(self) -> str:
        """A hash of every template in force: when it changes, every document is rendered again."""
        seen = hashlib.blake2b(digest_size=16)
        for folder in self._folders:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    seen.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
        return seen.hexdigest()
