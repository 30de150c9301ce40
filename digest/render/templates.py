"""The one Jinja environment: autoescape on, undefined names are mistakes, every built-in template overridable.

`templates = "dir"` in the configuration puts a folder before the built-in ones; a file there replaces the built-in
one of the same path and may start with `{% extends "builtin/mail/edition.html.j2" %}`. Configuration *text* is never
a template. A mistake ends as one `TemplateError` that names the file and the line.
"""

from __future__ import annotations

import hashlib
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
    UndefinedError,
)
from jinja2 import TemplateError as JinjaError

from digest.errors import TemplateError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Templates", "builtin_folder"]


def builtin_folder() -> Path:
    """Where the shipped templates are: inside the installed package, or beside it in a checkout."""
    inside = Path(str(files("digest"))) / "templates"
    return inside if inside.is_dir() else inside.parent.parent / "templates"


class Templates:
    """Renders `mail/…`, `feeds/…` and `pages/…` by name; compiled once, for the life of the process."""

    def __init__(self, override: Path | None = None, filters: Mapping[str, Callable[..., object]] | None = None) -> None:
        folders = [folder for folder in (override, builtin_folder()) if folder is not None]
        builtin = FileSystemLoader(builtin_folder())
        self._folders = tuple(folders)
        self._environment = Environment(
            loader=ChoiceLoader([FileSystemLoader(folders), PrefixLoader({"builtin": builtin})]),
            autoescape=lambda name: name is None or not name.endswith((".txt.j2", ".md.j2")),  # noqa: S701 - text and Markdown only
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._environment.filters.update(filters or {})

    def render(self, name: str, /, **values: object) -> str:
        """One template with its values; raises `TemplateError` with file and line for any mistake in it."""
        try:
            return self._environment.get_template(name).render(values)
        except TemplateSyntaxError as error:
            raise TemplateError(f"template {error.filename or name}, line {error.lineno}", error.message or "", REMEDY) from error
        except TemplateNotFound as error:
            raise TemplateError(f"template {name}", f"no template named {error.name}", REMEDY) from error
        except (JinjaError, UndefinedError, TypeError, ValueError, KeyError, AttributeError) as error:
            raise TemplateError(f"template {name}", str(error), REMEDY) from error

    def digest(self) -> str:
        """A hash of every template in force: when it changes, every document is rendered again."""
        seen = hashlib.blake2b(digest_size=16)
        for folder in self._folders:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    seen.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
        return seen.hexdigest()


REMEDY = "mend the file, or remove it to use the built-in one"
