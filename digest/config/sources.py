"""What only shows between the settings of one source: each kind has its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["own_faults"]

OF_FOLDERS = ("path", "after", "max_dump_bytes")
OF_ADDRESSES = ("url", "urls", "allow_private")
EXAMPLE = 'url = "https://papers.example.org/feed"'


def own_faults(table: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """The faults of one `[[source]]`, as (key, sentence); the key is "" for the table itself."""
    kind = table.get("kind", "folder")
    if kind == "folder":
        yield from ((key, "a folder has no such setting") for key in OF_ADDRESSES if key in table)
    elif kind in {"feed", "huggingface"}:
        yield from ((key, "only a folder has it") for key in OF_FOLDERS if key in table)
    if kind == "feed" and not (table.get("url") or table.get("urls")):
        yield "", f"a feed needs its address: {EXAMPLE}"
    if kind == "huggingface" and "urls" in table:
        yield "urls", "has one address only: url"
