r"""arXiv's announcement mails and listing files: new submissions, cross-lists and replacements of a day.

    \\
    arXiv:2610.01234 (*cross-listing*)
    Date: Thu, 12 Feb 2026 16:18:55 GMT   (77kb)         or: replaced with revised version <date>

    Title: … over one or more lines, further ones indented
    Authors: …
    \\
      The abstract; a replacement has none.
    \\ ( https://arxiv.org/abs/2610.01234 ,  77kb)

Each line says itself what it is, so nothing is weighed; an entry that was cut off ends where the next begins. Older
files say "Paper: hep-th/9901001". Format: https://info.arxiv.org/help/subscribe.html
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, timedelta
from email import message_from_string, policy
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from digest.dates import day_in_name
from digest.errors import UnreadableDump
from digest.models import Identifier, LineCounts, ListedPaper, Listing, Reject
from digest.parsers.encoding import decode, line_ends, split_lines
from digest.parsers.identifiers import ARXIV_ID, arxiv_name
from digest.parsers.names import split_names
from digest.parsers.tex import from_tex
from digest.text import clean_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.models import DateFrom, Dump

__all__ = ["NAME", "parse", "recognise"]

NAME = "arxiv-listing"

_HEAD = re.compile(
    rf"(?:arXiv:|Paper(?: \(\*cross-listing\*\))?: )({ARXIV_ID.pattern})(?:v[0-9]+)?\s*(\(\*cross-listing\*\))?\s*$"
)
_RULE = re.compile(r"-{20,}$|(?:%-){10,}%?$|(?:%%--){8,}%*$|(?:%%%---){6,}%*$")
_LAST = re.compile(r"(?:%%%---){6,}")
_MARK, _CROSS = "\\\\", "(*cross-listing*)"
_CLOSE = re.compile(r"\\\\ \(\s*(?:https?://|\S+ ,|\S+\s*,)")
_FIELD = re.compile(r"([A-Z][A-Za-z-]+)(?: \(\*cross-listing\*\))?:(?:\s+(.*))?$")
_REPLACED = re.compile(r"replaced with (?:revised version|published version)\b")
_SIGN = re.compile(rf"^\\\\[ \t]*\r?\n(?:[ \t]*\r?\n)*{_HEAD.pattern.removesuffix('$')}\r?$", re.MULTILINE)
_WINDOW = re.compile(r"received from\s.{1,60}?\sto\s+(\w{3},? +[0-9]{1,2} \w{3} [0-9]{2,4} [0-9:]{8} \w+)")
_MAIL = re.compile(r"(?:[A-Za-z][A-Za-z0-9-]*+:.*\n(?:[ \t].*\n)*+){2,}+\n")
_ENCODED = re.compile(
    r"^Content-(?:Transfer-Encoding: *(?:base64|quoted-printable)|Type: *multipart/)", re.IGNORECASE | re.MULTILINE
)
_ENDLESS = re.compile(r"^Content-[a-z-]{1,30}:(?:[^\n]|\n[ \t]){300}", re.IGNORECASE | re.MULTILINE)
_SHOWN = frozenset(("Title", "Author", "Authors", "Categories", "Date", "DOI"))
_KEPT = 2_000  # characters of a reject
_MOST_LINES = 200_000  # the largest archive's busiest days have 2,000 entries of 40 lines
_LONGEST_MAIL = 2_000_000  # characters: what is longer is read as it stands
_LONGEST_ENTRY = 200_000  # characters: three thousand authors are a quarter of it
_FRIDAY = 4


class _Entry:
    """One paper while its lines come in; `fates` counts them by what they are."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.arxiv = ""
        self.announce = "new"
        self.fields: dict[str, list[str]] = {}
        self.last = ""  # the field that an indented line belongs to
        self.abstract: list[str] = []
        self.text: list[str] = []
        self.fates: Counter[str] = Counter()

    def said(self, name: str) -> str:
        """What stands in one of its fields, on one line."""
        return " ".join(self.fields.get(name, ()))


class _Reader:
    """Takes a file line by line: outside of entries, in the head of one, or in its abstract."""

    def __init__(self) -> None:
        self.papers: list[ListedPaper] = []
        self.header: list[str] = []
        self.rejects: list[Reject] = []
        self.counts: Counter[str] = Counter()
        self._entry: _Entry | None = None
        self._in_abstract = self._began = self._over = False

    def take(self, number: int, line: str) -> None:
        """One line; `number` counts from 1."""
        if not line.strip():
            self.counts["blank"] += 1
        elif _RULE.match(line):
            self._over = _LAST.match(line) is not None
            self._close("metadata")
        elif _CLOSE.match(line):
            self._close("metadata")
        elif _HEAD.match(line):
            self._head(number, line)
        elif line == _MARK:
            self._mark(number)
        elif self._entry is None:
            self._outside(number, line)
        elif self._in_abstract:
            self._keep(self._entry, line, "paper")
            self._entry.abstract.append(line)
        else:
            self._keep(self._entry, line, _read_head(self._entry, line))

    def end(self) -> None:
        """The end of the file ends an entry that was cut off."""
        self._close(None)

    def _outside(self, number: int, line: str) -> None:
        if self._began and not self._over:
            self.rejects.append(Reject(number, line[:_KEPT], "a line that belongs to no entry"))
            self.counts["rejected"] += 1
        else:
            self.header.append(line)
            self.counts["header"] += 1

    def _mark(self, number: int) -> None:
        """Two backslashes alone open an entry, or end its head; in an abstract they are a line break or a lost end."""
        if self._entry is None:
            self._open(number)
        self._in_abstract = bool(self._entry and self._entry.text)
        self._count("metadata")

    def _head(self, number: int, line: str) -> None:
        """The line that names a paper opens an entry by itself if need be: its marks may be lost."""
        if self._entry is None or self._entry.text:
            self._close(None)
            self._open(number)
        found = _HEAD.match(line)
        if self._entry is not None and found is not None:
            self._entry.arxiv = arxiv_name(found[1])
            self._entry.announce = "cross" if _CROSS in line else "new"
            self._keep(self._entry, line, "paper")

    def _open(self, number: int) -> None:
        self._entry, self._began, self._over = _Entry(number), True, False
        self._in_abstract = False

    def _keep(self, entry: _Entry, line: str, fate: str) -> None:
        entry.text.append(line)
        entry.fates[fate] += 1

    def _count(self, fate: str) -> None:
        (self.counts if self._entry is None else self._entry.fates)[fate] += 1

    def _close(self, fate: str | None) -> None:
        """What was read becomes a paper, or a reject where it has no title; the closing line's own fate is counted."""
        if fate:
            self._count(fate)
        entry, self._entry, self._in_abstract = self._entry, None, False
        if entry is None:
            return
        long = sum(map(len, entry.text)) > _LONGEST_ENTRY
        paper = None if long else _paper(entry)
        if paper or not entry.text:
            self.counts += entry.fates
            self.papers += [paper] if paper else []
        else:
            self.counts["rejected"] += entry.fates.total()
            why = "longer than any entry" if long else "an entry without a title"
            self.rejects.append(Reject(entry.line, "\n".join(entry.text)[:_KEPT], why))


def recognise(sample: str) -> str:
    """What in the beginning of a text shows that it is such a listing; "" when nothing does."""
    found = _SIGN.search(sample)
    return f"it has entries that begin {' '.join(found[0].split()[1:2])!r}" if found else ""


def parse(dump: Dump) -> Listing:
    """The listing of a day; UnreadableDump when no entry is in it."""
    text = _text(dump)
    ends = line_ends(text)
    if ends > _MOST_LINES:
        raise UnreadableDump(dump.name, f"{ends:,} lines are no arXiv listing", f"at most {_MOST_LINES:,} are read")
    reader = _Reader()
    for number, line in enumerate(split_lines(text), 1):
        reader.take(number, line.rstrip())
    reader.end()
    if not reader.papers:
        raise UnreadableDump(dump.name, "no entry of an arXiv listing is in it", "if there is, name its parser")
    day, source = _listed_on(reader.header, dump)
    counts = LineCounts(**reader.counts)
    return Listing(NAME, day, source, tuple(reader.papers), tuple(reader.rejects), counts)


def _text(dump: Dump) -> str:
    """The lines of the file; of a mail whose text is encoded (base64, quoted-printable), the text."""
    text = decode(dump.body)
    if len(text) > _LONGEST_MAIL:
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    found = _MAIL.match(text)
    if found is None or not _ENCODED.search(found[0]) or _ENDLESS.search(text):
        return text
    mail = message_from_string(text, policy=policy.default)
    part = mail.get_body(("plain",))
    return found[0] + str(part.get_content()) if part is not None else text


def _read_head(entry: _Entry, line: str) -> str:
    """Take one line of an entry's head; answers its fate."""
    field = _FIELD.match(line)
    if _REPLACED.match(line):
        entry.announce, entry.last = "replace", ""
    elif field:
        entry.last = field[1]
        entry.fields.setdefault(entry.last, [field[2] or ""])
    elif entry.last:
        entry.fields[entry.last].append(line.strip())
    return "paper" if entry.last in _SHOWN else "metadata"


def _paper(entry: _Entry) -> ListedPaper | None:
    title = clean_text(from_tex(entry.said("Title")))
    if not title:
        return None
    authors = split_names(from_tex(entry.said("Authors") or entry.said("Author")))
    return ListedPaper(
        title,
        abstract=clean_text(from_tex(" ".join(entry.abstract))) or None,
        authors=authors,
        author_count=len(authors) or None,
        published=None if entry.announce == "replace" else _day(entry.said("Date")),
        url=f"https://arxiv.org/abs/{entry.arxiv}" if entry.arxiv else None,
        ids=tuple(_ids(entry)),
        categories=tuple(entry.said("Categories").split()),
        announce=entry.announce,
    )


def _ids(entry: _Entry) -> Iterator[Identifier]:
    if entry.arxiv:
        yield Identifier("arxiv", entry.arxiv)
    doi = entry.said("DOI").split()
    if doi and doi[0].startswith("10."):
        yield Identifier("doi", doi[0].lower())


def _listed_on(header: Sequence[str], dump: Dump) -> tuple[date, DateFrom]:
    """The day of the announcement: the mail's, or the working day after the last submission."""
    named = day_in_name(dump.name)
    if named:
        return named, "file name"
    for line in header:
        sent = _day(line.removeprefix("Date:")) if line.startswith("Date:") else None
        if sent:
            return sent, "header"
    window = _WINDOW.search(" ".join(header))
    last = _day(window[1]) if window else None
    return (_working_day_after(last), "header") if last else (dump.retrieved.date(), "retrieved")


def _working_day_after(day: date) -> date:
    """Submissions until 14:00 in New York are announced at 20:00, which is the next day in UTC; Friday's on Sunday."""
    return day + timedelta(days=3 if day.weekday() == _FRIDAY else 1)


def _day(text: str) -> date | None:
    """The day of a mail's date, in UTC; None for what is none."""
    try:
        found = parsedate_to_datetime(text)
        return (found.astimezone(UTC) if found.tzinfo else found).date()
    except (ValueError, OverflowError):
        return None
