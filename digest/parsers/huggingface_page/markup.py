"""From the lines of a page to its pieces: Markdown links, references and headings undone.

A scrape may wrap a title, a whole abstract, a count or the authors into one link, over as many lines as it takes:
`[Title](address)`, `[Title][31]` with a list of addresses at the end, or `[` and `][31]` on lines of their own. What
stands in one link is one piece. Brackets that are no link stay text, as citations such as "[1][2]" do.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from digest.parsers.huggingface_page.lines import Mark, Piece, read_marks, read_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["Page", "read_page"]

_FARTHEST = 400  # lines that one link may span; the longest seen was 35
_INLINE = 600  # characters of a line in which links are looked for: a link around more text is the whole line

_PREFIX = re.compile(r"#{1,6}(?:\s+|$)")
_BULLET = re.compile(r"[*+-]\s+(?=\[)")
_IMAGE = re.compile(r"!\[[^\[\]]*\]\([^()\s]*\)|\[(?:图片|Image)[^\[\]]*\](?!\()")
_LINK = re.compile(r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\](?:\(([^()\s]*)(?: \"[^\"]*\")?\)|\[([0-9]{1,5})\])")
_TARGET = re.compile(r"\](?:\(([^()\s]*)(?: \"[^\"]*\")?\)|\[([0-9]{1,5})\])$")
_TARGET_LENGTH = 1000
_REFERENCE = re.compile(r"\[?([0-9]{1,5})(?:\]:?|\.) +((?:https?://|/)\S+)")
_NUMBERED_HEADING = re.compile(r"#{1,6} .{1,400}\]\[[0-9]{1,5}\]\s*$")
_REFERENCES = frozenset(("references", "links", "links:", "visible links", "visible links:"))
_NAMED = re.compile(r"\[[^\[\]]{1,60}\] ?(\S.*)")
_BREAK = re.compile(r"\\\\\s+")
_CITED = re.compile(r"\[[0-9, ]*$|\[[0-9]")
_BRACKET = re.compile(r"[\[\]]")
_NAME = 80  # characters of an organisation's name
_TELLING = frozenset(("arxiv", "login"))  # addresses beside a mark that tell whose it is
_ESCAPE = re.compile(r"\\([-*_\[\]()#+`~>.!|])")


class Page(NamedTuple):
    """The pieces of a page in order, and how many of its lines are blank or hold its list of addresses."""

    pieces: list[Piece]
    blank: int
    references: int


class _Link(NamedTuple):
    content: str
    address: str


def read_page(lines: Sequence[str], *, marked: bool, most: int) -> Page:
    """All lines as pieces: each line that is neither blank nor in the list of addresses is in at least one of them.

    `marked`: somewhere in it a bracket closes before an address or a number; without that there are no links to undo.
    Of more than `most` pieces one more than those is made, and no further one.
    """
    blank = sum(1 for line in lines if not line or line.isspace())
    if not marked:
        return Page(list(islice(_plain(lines), most + 1)), blank, 0)
    addresses, end = _references(lines)
    if not addresses and _is_numbered(lines):
        addresses = {"": ""}  # the list itself was cut off: the numbers are links all the same
    pieces = islice(_marked(lines[:end], addresses), most + 1)
    return Page(list(pieces), blank, sum(1 for line in lines[end:] if line.strip()))


def _references(lines: Sequence[str]) -> tuple[dict[str, str], int]:
    """The list of addresses at the end, by number, and the line where it begins."""
    found: dict[str, str] = {}
    begin = at = len(lines)
    while at:
        line = lines[at - 1].strip()
        entry = _REFERENCE.fullmatch(line) if len(line) <= _TARGET_LENGTH else None
        if entry:
            found[entry[1]] = entry[2]
        elif line and not (found and line.casefold() in _REFERENCES):
            break
        at -= 1
        begin = at if line and found else begin
    return found, begin


def _is_numbered(lines: Sequence[str]) -> bool:
    """Whether a heading is one link that ends in a number, on its line or on a later one."""
    if any(_NUMBERED_HEADING.match(line) for line in lines):
        return True
    ends = (line.rstrip() for line in lines)
    return any(line.endswith("]") and _closes(line) for line in ends) and any(map(_opens, lines))


def _plain(lines: Sequence[str]) -> Iterator[Piece]:
    for at, line in enumerate(lines):
        text = line.strip()
        if text:
            yield from _pieces(text, at, at)


def _pieces(text: str, first: int, last: int) -> Iterator[Piece]:
    """One stripped line, or what a link held, as marks or as text."""
    marks = read_marks(text)
    for mark in marks:
        yield Piece(mark.kind, mark.value, first, last, mark.link)
    if not marks:
        bare, heading = _unprefixed(text)
        yield Piece("text" if bare else "rule", bare, first, last, "", heading)


def _unprefixed(text: str) -> tuple[str, bool]:
    """Without the signs of a heading, and whether there were any."""
    prefix = _PREFIX.match(text) if text[0] == "#" else None
    return (text[prefix.end() :], True) if prefix else (text, False)


# --- links ------------------------------------------------------------------------------------------------------


def _marked(lines: Sequence[str], addresses: Mapping[str, str]) -> Iterator[Piece]:
    closing = [at for at, line in enumerate(lines) if _closes(line.rstrip())]
    opening = [at for at, line in enumerate(lines) if _opens(line.strip())]
    at = 0
    while at < len(lines):
        text = lines[at].strip()
        last = at
        if text and _is_open(text):
            last = _end(at, opening, closing)
            text = (
                _joined(lines[at : last + 1]) if last > at else _unopened(text, cut_off=not closing or closing[-1] < at)
            )
        if text:
            yield from _linked(text, at, last, addresses)
        at = last + 1


def _is_open(text: str) -> bool:
    """Whether a link begins here that does not end on this line."""
    return _BULLET.sub("", _unprefixed(text)[0]).startswith("[") and text.count("[") > text.count("]")


def _opens(text: str) -> bool:
    """Whether this line certainly begins a new link, so that one from before it was never closed."""
    return text == "[" or (text.startswith("#") and _is_open(text))


def _closes(text: str) -> bool:
    return (
        text.endswith((")", "]")) and text.count("]") > text.count("[") and bool(_TARGET.search(text[-_TARGET_LENGTH:]))
    )


def _end(at: int, opening: Sequence[int], closing: Sequence[int]) -> int:
    """The line where the link that opens at `at` closes; `at` itself when it never does."""
    there = bisect_right(closing, at)
    if there == len(closing) or closing[there] - at > _FARTHEST:
        return at
    other = bisect_right(opening, at)
    return at if other < len(opening) and opening[other] < closing[there] else closing[there]


def _unopened(text: str, *, cut_off: bool) -> str:
    """A line whose link never closes. Where the page was cut off inside it the bracket is no part of the text."""
    return text.replace("[", "", 1).strip() if cut_off and not _CITED.match(text) else text


def _joined(lines: Sequence[str]) -> str:
    """The lines of one link as one; a heading's sign that a scraper repeated on each line stands only once."""
    first = lines[0].strip()
    parts = [first, *(_unprefixed(line.strip() or " ")[0] for line in lines[1:])] if first[0] == "#" else lines
    return " ".join(part.strip().rstrip("\\") for part in parts if part.strip())


def _linked(text: str, first: int, last: int, addresses: Mapping[str, str]) -> Iterator[Piece]:
    """A line, or the lines of one link, with whatever links are in it."""
    if text in {"[", "]"}:
        yield Piece("bracket", "", first, last)
        return
    bare, heading = _unprefixed(text)
    link = _whole_link(_BULLET.sub("", bare), addresses)
    if link:
        yield from (
            Piece(mark.kind, mark.value, first, last, mark.link, heading) for mark in _held(link, heading=heading)
        )
        return
    plain, targets = _without_links(bare, addresses)
    marks = read_marks(plain) if plain else (Mark("extra"),)
    if heading or not marks or not targets:
        yield from _pieces(f"# {plain}" if heading and plain else text, first, last)
        return
    told = (mark for target in targets for mark in read_url(target) if mark.kind in _TELLING)
    for mark in (*marks, *told):
        bullet = mark == ("number", "-", "")  # an image or a link without words went from behind it
        yield Piece("extra" if bullet else mark.kind, mark.value, first, last, mark.link)


def _whole_link(text: str, addresses: Mapping[str, str]) -> _Link | None:
    """The link that all of this text is, if it is one; not two links beside each other."""
    found = _TARGET.search(text, max(0, len(text) - _TARGET_LENGTH)) if text[:1] == "[" and text[-1] in ")]" else None
    if found is None or (found[1] is None and not addresses):
        return None
    content = text[1 : found.start()]
    if "]" in content and not _is_balanced(content):
        return None
    return _Link(" ".join(content.split()), addresses.get(found[2], "") if found[1] is None else found[1])


def _is_balanced(text: str) -> bool:
    depth = 0
    for bracket in _BRACKET.findall(text):
        depth += 1 if bracket == "[" else -1
        if depth < 0:
            return False
    return depth == 0


def _without_links(text: str, addresses: Mapping[str, str]) -> tuple[str, list[str]]:
    """The words of a short line, and where its links lead; images go."""
    targets: list[str] = []

    def words(found: re.Match[str]) -> str:
        if found[2] is None and not addresses:
            return found[0]
        targets.append(addresses.get(found[3], "") if found[2] is None else found[2])
        return f" {found[1]} "

    if len(text) > _INLINE:
        return text, targets
    plain = _LINK.sub(words, _IMAGE.sub("", text))
    if len(plain) < len(text) and not targets:
        targets.append("")
    return " ".join(plain.split()), targets


def _held(link: _Link, *, heading: bool) -> Iterator[Mark]:
    """What a link holds: marks with the paper that it leads to, a name, or text."""
    target = next(iter(read_url(link.address)), Mark("site" if link.address else ""))
    content = link.content.removeprefix("LINK: ")
    plain = " ".join(_IMAGE.sub("", content).split()) if len(content) <= _INLINE else content
    marks = read_marks(plain) if plain else ()
    if heading and plain:
        yield Mark("text", _text(plain), target.link)
    elif not plain:
        yield Mark("login" if target.kind == "paper" else "extra", "", target.link)
    elif marks:
        yield from _counted(marks, target)
    elif len(plain) <= _NAME and (target.kind == "site" or (not link.address and _NAMED.fullmatch(plain))):
        yield Mark("organisation", _NAMED.sub(r"\1", plain))
    else:
        yield Mark("text", _text(content), target.link)


def _counted(marks: Sequence[Mark], target: Mark) -> Iterator[Mark]:
    """Marks inside a link: one that asks to log in holds upvotes, one to the discussion comments."""
    for mark in marks:
        if mark.kind == "number" and target.kind == "community":
            yield Mark("comments", mark.value, target.link)
        else:
            yield mark._replace(link=mark.link or target.link)
    if target.kind == "login" and marks[0].kind == "number":
        yield target


def _text(content: str) -> str:
    """The text of a link without what Markdown puts before its own signs and at the ends of its lines."""
    return _ESCAPE.sub(r"\1", _BREAK.sub(" ", content)) if "\\" in content else content
