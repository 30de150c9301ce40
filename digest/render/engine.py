"""Jinja, set up once: autoescape on, undefined names are mistakes. Imported when something is to be rendered, not before.

Any mistake in a template ends as one `TemplateError` that names the file and the line.
"""

from __future__ import annotations

from traceback import extract_tb
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

from digest.errors import TemplateError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["Engine"]

REMEDY = "mend the file, or remove it to use the built-in one"


class Engine:
    """The one environment: templates from the first of `folders` that has them, the `builtin` ones under that name too."""

    def __init__(self, folders: Sequence[Path], builtin: Path) -> None:
        self._environment = Environment(
            loader=ChoiceLoader([FileSystemLoader(folders), PrefixLoader({"builtin": FileSystemLoader(builtin)})]),
            autoescape=lambda name: name is None or not name.endswith((".txt.j2", ".md.j2")),  # noqa: S701 - text and Markdown only
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )

    def fault(self, name: str) -> TemplateError | None:
        """The mistake that keeps a template from being compiled; one that shows when it is rendered is not found."""
        try:
            self._environment.get_template(name)
        except TemplateSyntaxError as error:
            return TemplateError(place(error.filename or name, error.lineno), error.message or "", REMEDY)
        except Exception as error:  # noqa: BLE001 - a file may be no text at all
            return TemplateError(f"template {name}", f"{type(error).__name__}: {error}", REMEDY)
        return None

    def render(self, name: str, values: Mapping[str, object]) -> str:
        """One template with its values."""
        try:
            return self._environment.get_template(name).render(values)
        except TemplateSyntaxError as error:
            raise TemplateError(place(error.filename or name, error.lineno), error.message or "", REMEDY) from error
        except TemplateNotFound as error:
            raise TemplateError(f"template {name}", f"no template named {error.name}", REMEDY) from error
        except Exception as error:  # what a template calls may fail in any way
            what = str(error) if isinstance(error, UndefinedError) else f"{type(error).__name__}: {error}"
            raise TemplateError(running(error, name), what, REMEDY) from error


def running(error: Exception, name: str) -> str:
    """Where a template was when it failed: Jinja gives its own lines to the traceback."""
    lines = [frame for frame in extract_tb(error.__traceback__) if frame.filename.endswith((".j2", ".css"))]
    return place(lines[-1].filename, lines[-1].lineno) if lines else f"template {name}"


def place(file: str, line: int | None) -> str:
    return f"template {file}, line {line}"
