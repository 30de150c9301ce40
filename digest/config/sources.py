"""What only shows between the settings of one source, each kind of which has its own, or between sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.config.rules import alike
from digest.models import NAMED_FILES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["FETCHED", "OF_NAMED_FILES", "own_faults", "shared_addresses"]

OF_FOLDERS = ("path", "after", "max_dump_bytes")
OF_ADDRESSES = ("url", "urls", "allow_private")
FETCHED = ("feed", "huggingface")
OF_NAMED_FILES = 'is the name under which files stand that were given to "digest ingest"'
EXAMPLE = 'url = "https://papers.example.org/feed"'


def own_faults(table: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """The faults of one `[[source]]`, as (key, sentence); the key is "" for the table itself."""
    kind = table.get("kind", "folder")
    if table.get("name") == NAMED_FILES:
        yield "name", f'"{NAMED_FILES}" {OF_NAMED_FILES}'
    if kind == "folder":
        yield from ((key, "a folder has no such setting") for key in OF_ADDRESSES if key in table)
    elif kind in FETCHED:
        yield from ((key, "only a folder has it") for key in OF_FOLDERS if key in table)
    if kind == "feed" and not (table.get("url") or table.get("urls")):
        yield "", f"a feed needs its address: {EXAMPLE}"
    if kind == "huggingface" and "urls" in table:
        yield "urls", "has one address only: url"


def shared_addresses(tables: Iterable[tuple[int, Mapping[str, object]]]) -> Iterator[tuple[tuple[int, str], str, int]]:
    """Each address that two sources ask: (source, key), the address, and the number of the first of them.

    What an own kind does with its addresses is its own.
    """
    first: dict[str, int] = {}
    for number, table in tables:
        for key in ("url", "urls") if table.get("kind") in FETCHED else ():
            value = table.get(key)
            for url in value if isinstance(value, tuple) else (value,):
                if isinstance(url, str) and (other := first.setdefault(alike(url), number)) != number:
                    yield (number, key), url, other
