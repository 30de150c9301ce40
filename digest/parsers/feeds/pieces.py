"""A feed's XML looked over once by the fastest parser there is, and cut into pieces that a slow one can hold.

feedparser needs dozens of times a feed's size, and some of what it does takes time with the square of what it is given.
So it gets some hundred items at a time, inside the start tags that they stood in; and what would be too much is refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.parsers import expat

from digest.parsers.feeds.unread import is_unread, without_unread

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Survey", "TooMuch", "next_item", "opening_of", "pieces"]

DECLARATION = b"<?xml version='1.0' encoding='utf-8'?>"

_SEPARATOR = "\x01"  # stands in no name
_TAG = re.compile(rb"""<[^"'>]*(?:"[^"]*"[^"'>]*|'[^']*'[^"'>]*)*>""")
_CLOSING = re.compile(rb"</(?:[^\s>:]+:)?(?:item|entry)\s*>", re.IGNORECASE)
_OPENING = re.compile(rb"<(?:[^\s<>:/!?]+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_PIECE_ITEMS, _PIECE_BYTES, _PIECE_ELEMENTS = 200, 262_144, 10_000
_DEEPEST = 100
_MOST_ELEMENTS = 50_000  # in one item, or before the first
_MOST_IN_ALL = 1_000_000  # feedparser reads some fifty thousand a second
_MOST_NAMESPACES = _MOST_ATTRIBUTES = 100  # in all; of one element
_MOST_INSTRUCTIONS = 1_000
_MOST_WORK = 50_000_000  # steps, of which feedparser makes some ten million a second
_LONGEST_NAMES = 1_000_000  # characters in one element; three thousand authors take a tenth of it
_LONGEST_BASE = 2_000  # characters; it is joined anew with every element
_KINDS = {
    **dict.fromkeys(("item", "entry"), "item"),
    **dict.fromkeys(("author", "creator", "managingeditor", "webmaster", "publisher", "owner"), "person"),
    **dict.fromkeys(("category", "subject", "keywords", "tags"), "word"),
}
_MOST_NAMES = 1_000  # that are remembered
_BROKEN_OFF = frozenset(  # nothing comes after this
    (
        expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS],
        expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN],
        expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION],
        expat.errors.codes[expat.errors.XML_ERROR_PARTIAL_CHAR],
        expat.errors.codes[expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT],
    )
)


class TooMuch(Exception):
    """More of something than any feed has, in words."""


class _Kinds(dict[str, str]):
    """What an element's name makes it, "" for most; remembered, for this is asked twice an element.

    `unread`: there were elements that nobody reads.
    """

    unread = False

    def __missing__(self, name: str) -> str:
        kind = _KINDS.get(_local(name), "")
        self.unread = self.unread or is_unread(_qualified(name))
        if len(self) < _MOST_NAMES:
            self[name] = kind
        return kind


class _Bases(dict[str, bool]):
    """Whether an attribute of this name gives a base address; remembered likewise."""

    def __missing__(self, name: str) -> bool:
        is_base = _local(name) == "base"
        if len(self) < _MOST_NAMES:
            self[name] = is_base
        return is_base


class Survey:
    """What is where in a feed: where it can be cut, in which start tags its items stand, and where its XML goes wrong."""

    def __init__(self, xml: bytes, most_items: int) -> None:
        self.items = 0
        self.cuts: list[int] = []  # after an item, each some hundred items after the one before
        self.around: list[tuple[int, str]] = []  # where the elements around the items begin, and their names
        self.end = 0  # after the last whole item
        self.fault, self.at, self.broken_off = "", 0, False
        self._xml, self._most_items = xml, most_items
        self._depth = self._level = self._elements = self._tags = self._work = self._instructions = 0
        self._since = (0, 0, 0)  # the last cut: items, bytes, elements
        self._total = 0
        self._kinds, self._base_names = _Kinds(), _Bases()
        self._watched = 0
        self._text: list[str] = []
        self._bases: list[tuple[int, int]] = []
        self._namespaces: set[tuple[str | None, str]] = set()
        self._parser = self._made()
        try:
            self._run()
        finally:
            del self._parser, self._xml  # its handlers are ours: a circle

    @property
    def stands(self) -> bool:
        """Whether there was an item, so that it is known where they stand."""
        return self._level > 0

    @property
    def unread(self) -> bool:
        """Whether there is anything that nobody reads, so that looking for it pays."""
        return self._kinds.unread

    def _made(self) -> expat.XMLParserType:
        parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
        parser.namespace_prefixes = True
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartNamespaceDeclHandler = self._namespace
        parser.ProcessingInstructionHandler = self._instruction
        return parser

    def _run(self) -> None:
        try:
            self._parser.Parse(DECLARATION, False)  # noqa: FBT003 - its parameters have no names
            self._parser.Parse(self._xml, True)  # noqa: FBT003
        except expat.ExpatError as fault:
            self.fault = expat.ErrorString(fault.code)
            self.at = max(0, self._parser.ErrorByteIndex - len(DECLARATION))
            self.broken_off = fault.code in _BROKEN_OFF
        if self.items:
            self.end = self._after(self.end)

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        depth = self._depth = self._depth + 1
        elements = self._elements = self._elements + 1
        if depth > _DEEPEST or elements > _MOST_ELEMENTS:
            deep = f"elements nested more than {_DEEPEST} deep"
            raise TooMuch(deep if depth > _DEEPEST else f"more than {_MOST_ELEMENTS:,} elements in one item")
        if attributes:
            self._look_at(attributes)
        kind = self._kinds[name]
        if not self._level:
            self._before_items(name, kind)
        if kind:
            self._known_starts(kind)

    def _before_items(self, name: str, kind: str) -> None:
        del self.around[self._depth - 1 :]
        if kind == "item":
            self._level = self._depth
        else:
            self.around.append((self._here(), _qualified(name)))

    def _known_starts(self, kind: str) -> None:
        if kind != "item":
            self._watch(kind)
        elif self._depth == self._level:
            self._total, self._elements, self._tags = self._total + self._elements, 0, 0
            if self._total > _MOST_IN_ALL:
                raise TooMuch(f"more than {_MOST_IN_ALL:,} elements")

    def _end(self, name: str) -> None:
        kind = self._kinds[name]
        if kind:
            self._known_ends(kind)
        if self._bases and self._bases[-1][0] == self._depth:
            self._bases.pop()
        self._depth -= 1

    def _known_ends(self, kind: str) -> None:
        if kind != "item":
            self._unwatch(kind)
        elif self._depth == self._level:
            self._item_ends()

    def _item_ends(self) -> None:
        self.items += 1
        self.end = self._here()
        if self.items > self._most_items:
            raise TooMuch(f"more than {self._most_items:,} items")
        items, at, total = self._since
        if (
            self.items - items >= _PIECE_ITEMS
            or self.end - at >= _PIECE_BYTES
            or self._total + self._elements - total >= _PIECE_ELEMENTS
        ):
            cut = self._after(self.end)
            self.cuts.append(cut)
            self._since = (self.items, cut, self._total + self._elements)

    def _here(self) -> int:
        return self._parser.CurrentByteIndex - len(DECLARATION)

    def _after(self, at: int) -> int:
        """After an item whose end was met at `at`: of `<item/>` that is its end already."""
        closing = _CLOSING.match(self._xml, at)
        return closing.end() if closing else at

    # --- what would keep feedparser busy

    def _namespace(self, prefix: str | None, uri: str) -> None:
        self._namespaces.add((prefix, uri))
        if len(self._namespaces) > _MOST_NAMESPACES:
            raise TooMuch(f"more than {_MOST_NAMESPACES} namespaces")

    def _instruction(self, _target: str, _data: str) -> None:
        self._instructions += 1
        if self._instructions > _MOST_INSTRUCTIONS:
            raise TooMuch(f"more than {_MOST_INSTRUCTIONS:,} processing instructions")

    def _look_at(self, attributes: Mapping[str, str]) -> None:
        if len(attributes) > _MOST_ATTRIBUTES:
            raise TooMuch(f"more than {_MOST_ATTRIBUTES} attributes of one element")
        for name in attributes:
            if self._base_names[name]:
                self._bases.append((self._depth, len(attributes[name])))
                if sum(length for _, length in self._bases) > _LONGEST_BASE:
                    raise TooMuch(f"a base address of more than {_LONGEST_BASE:,} characters")

    def _watch(self, kind: str) -> None:
        if not self._watched:
            self._parser.CharacterDataHandler = self._text.append
        self._watched += 1
        if kind == "word":
            self._tags += 1
            self._spend(self._tags)

    def _unwatch(self, kind: str) -> None:
        text = self._text[0] if len(self._text) == 1 else "".join(self._text)
        if len(text) > _LONGEST_NAMES:
            self._spend(_MOST_WORK)
        elif kind == "person":
            self._spend(sum([len(word) ** 2 for word in text.split()]) // 10)
        elif "," in text:
            words = text.count(",")
            self._spend(words * (self._tags + words))
            self._tags += words
        self._watched -= 1
        if not self._watched:
            self._text.clear()
            self._parser.CharacterDataHandler = None

    def _spend(self, steps: int) -> None:
        self._work += steps
        if self._work >= _MOST_WORK:
            raise TooMuch("names or keywords of such length and number")


def pieces(xml: bytes, found: Survey) -> Iterator[bytes]:
    """The XML in pieces, each well-formed in itself: the first with all before its items, the last with all after.

    Of XML that goes wrong only the whole items; none when there are none.
    """
    opening = opening_of(xml, found)
    closing = b"".join(b"</%s>" % name.encode() for _, name in reversed(found.around))
    stop = found.end if found.fault else len(xml)
    cuts = [cut for cut in found.cuts if cut < stop]
    for number, (begin, end) in enumerate(zip((0, *cuts), (*cuts, stop), strict=True)):
        if end > begin:
            whole = end == len(xml) and not found.fault
            inside = without_unread(xml[begin:end]) if found.unread else xml[begin:end]
            yield b"".join((DECLARATION, opening if number else b"", inside, b"" if whole else closing))


def opening_of(xml: bytes, found: Survey) -> bytes:
    """The start tags in which the items stand."""
    return b"".join(_tag_at(xml, at) for at, _ in found.around)


def next_item(xml: bytes, found: Survey) -> int:
    """Where the first item after a fault begins; 0 when there is none, or no item before it shows where items stand."""
    begin = _OPENING.search(xml, found.at + 1) if found.stands and not found.broken_off else None
    return begin.start() if begin else 0


def _tag_at(xml: bytes, at: int) -> bytes:
    tag = _TAG.match(xml, at)
    return tag[0] if tag else b""


def _local(name: str) -> str:
    parts = name.split(_SEPARATOR)
    return (parts[1] if len(parts) > 1 else name).lower()


def _qualified(name: str) -> str:
    """As it stands in the text: with its prefix."""
    uri, *rest = name.split(_SEPARATOR)
    return f"{rest[1]}:{rest[0]}" if len(rest) > 1 else rest[0] if rest else uri
