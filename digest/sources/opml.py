"""Lists of feeds as other programs write and read them: OPML 2.0 (http://opml.org/spec2.opml)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET
from xml.parsers import expat

from digest.errors import DigestError
from digest.text import clean_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Outline", "read_opml", "written_opml"]

LARGEST = 4 * 2**20  # bytes
DEEPEST, MOST = 100, 5_000  # outlines, nested and in all
LONGEST_TITLE = 120


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed of a list."""

    title: str
    url: str


def read_opml(body: bytes, subject: str) -> tuple[Outline, ...]:
    """The feeds of a list in their order, however deep they stand; their addresses are as they were written.

    Raises `DigestError` for what is no OPML, and for more of anything than a list of feeds has. Entities can't be declared.
    """
    if len(body) > LARGEST:
        raise DigestError(
            subject, f"is larger than {LARGEST // 2**20} MiB, as no list of feeds is", "name another file"
        )
    reading = Reading(subject)
    try:
        reading.parser.Parse(body, True)  # noqa: FBT003 - expat's own
    except (expat.ExpatError, ValueError, LookupError) as fault:
        raise DigestError(subject, f"its XML is broken: {fault}", "export the list again") from None
    return tuple(reading.found)


class Reading:
    """A list while it is read."""

    def __init__(self, subject: str) -> None:
        self.found: list[Outline] = []
        self.parser = expat.ParserCreate()
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self._subject, self._depth, self._count = subject, 0, 0

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        if self._depth == 0 and name.lower() != "opml":
            raise DigestError(self._subject, f"is no OPML: its first element is <{name[:60]}>", "name another file")
        self._depth, self._count = self._depth + 1, self._count + 1
        if self._depth > DEEPEST or self._count > MOST:
            raise DigestError(self._subject, "holds more than any list of feeds", f"{MOST:,} outlines at most")
        named = {key.lower(): value for key, value in attributes.items()}
        if name.lower() == "outline" and named.get("xmlurl", "").strip():
            title = clean_text(named.get("title") or named.get("text") or "")[:LONGEST_TITLE]
            self.found.append(Outline(title, named["xmlurl"].strip()))

    def _end(self, _: str) -> None:
        self._depth -= 1

    def _refuse(self, *_: object) -> None:
        raise DigestError(
            self._subject, "declares a document type, as no list of feeds needs to", "it is not read for safety"
        )


def written_opml(title: str, outlines: Iterable[Outline]) -> str:
    """A list of feeds, one outline each."""
    root = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(root, "head"), "title").text = title
    body = ET.SubElement(root, "body")
    for one in outlines:
        ET.SubElement(body, "outline", type="rss", text=one.title, title=one.title, xmlUrl=one.url)
    ET.indent(root, "")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'
