"""Other people's CSV, line by line (RFC 4180, with ; or tabs too): a line that is wrong costs that line alone."""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.errors import DigestError
from digest.render.words import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

__all__ = ["MARKS", "BadLine", "Row", "Sheet", "read_sheet"]

DELIMITERS = (",", ";", "\t")
LONGEST = 20  # lines that one record may fill: a quotation mark gone astray must not swallow the rest
SHOWN = 60  # characters of a column's name that are shown
WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
AS_UTF8 = "save it as CSV in UTF-8"


@dataclass(frozen=True, slots=True)
class Row:
    """A record that could be read: the line on which it begins, and its fields by their columns' names."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that can't be used, and why."""

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file whose header was understood. `columns` are those that are wanted, "" for others."""

    lines: Sequence[str]
    begins: int
    delimiter: str
    columns: Sequence[str]

    def rows(self) -> Iterator[Row | BadLine]:
        """Each record below the header; empty ones are passed over."""
        at = self.begins
        row: Row | BadLine | None
        while at < len(self.lines):
            try:
                fields, used = record(self.lines, at, self.delimiter)
            except csv.Error as fault:
                row, used = BadLine(at + 1, in_words(fault)), 1
            else:
                row = self.row(at + 1, fields) if any(fields) else None
            if row is not None:
                yield row
            at += 1 if isinstance(row, BadLine) else used

    def row(self, line: int, fields: Sequence[str]) -> Row | BadLine:
        """The fields under their names. Too few may be a file that was cut off: an address may be, too."""
        if len(fields) != len(self.columns):
            return BadLine(line, f"has {counted(len(fields), 'field')}, and the header {len(self.columns)}")
        cells = {name: field for name, field in zip(self.columns, fields, strict=True) if name}
        if any("\n" in cell or "\r" in cell for cell in cells.values()):
            return BadLine(line, MARKS)
        return Row(line, cells)


def read_sheet(body: bytes, subject: str, wanted: Mapping[str, str], needed: str) -> Sheet:
    """The sheet in these bytes. `wanted` says for the names of columns, in small letters, what they are called here.

    Raises `DigestError` where it is no text, or its header lacks the `needed` column or names one twice.
    """
    lines = list(io.StringIO(decoded(body, subject), newline=""))
    begins = next((at for at, line in enumerate(lines) if line.strip()), None)
    if begins is None:
        raise DigestError(subject, "is empty", f"its first line names its columns, {needed} among them")
    for delimiter in DELIMITERS:
        fields, used = header(lines, begins, delimiter)
        columns = [wanted.get(field.casefold(), "") for field in fields]
        if needed in columns:
            refuse_doubled(columns, f"{subject}, line {begins + 1}")
            return Sheet(lines, begins + used, delimiter, columns)
    named = [name for name, its in wanted.items() if its == needed]
    raise no_header(lines[begins], f"{subject}, line {begins + 1}", named)


def decoded(body: bytes, subject: str) -> str:
    if body.startswith(WIDE):
        raise DigestError(subject, "is UTF-16", AS_UTF8)
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = fault.object.count(b"\n", 0, fault.start) + 1
        raise DigestError(f"{subject}, line {line}", "is not UTF-8, but Windows-1252 or the like", AS_UTF8) from fault


def record(lines: Sequence[str], at: int, delimiter: str) -> tuple[list[str], int]:
    """The fields of the record that begins on a line, and how many lines it fills; raises `csv.Error`."""
    reader = csv.reader(lines[at : at + LONGEST], delimiter=delimiter, strict=True, skipinitialspace=True)
    fields = next(reader, [])
    return [field.strip() for field in fields], reader.line_num


def header(lines: Sequence[str], at: int, delimiter: str) -> tuple[list[str], int]:
    try:
        return record(lines, at, delimiter)
    except csv.Error:
        return [], 1


def refuse_doubled(columns: Sequence[str], subject: str) -> None:
    doubled = next((name for name in columns if name and columns.count(name) > 1), None)
    if doubled:
        raise DigestError(subject, f'has two columns for "{doubled}"', "take one of them out")


def no_header(line: str, subject: str, names: Collection[str]) -> DigestError:
    """What is said of a first line that has none of the names."""
    wanted = " or ".join(names)
    if "@" in line:
        return DigestError(subject, "is no header", f"put a line above it that names the columns: {wanted}")
    return DigestError(
        subject, f'names no column {wanted}: "{line.strip()[:SHOWN]}"', "name the one with the addresses so"
    )


def in_words(fault: csv.Error) -> str:
    return MARKS if any(sign in str(fault) for sign in ("unexpected end", "expected after")) else str(fault)


MARKS = "its quotation marks do not fit: one is not closed, or stands within a field"
