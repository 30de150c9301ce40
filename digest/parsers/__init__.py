"""Which parser reads this dump: the mapping of parsers, and the look at a dump that chooses one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pkgutil import resolve_name

from digest.errors import UnreadableDump
from digest.models import Dump, Listing
from digest.parsers import huggingface_page
from digest.parsers.encoding import decode, split_lines

__all__ = ["PARSERS", "Parser", "decode", "parse", "sniff", "split_lines"]

Parser = Callable[[Dump], Listing]

PARSERS: Mapping[str, Parser] = {"huggingface-page": huggingface_page.parse}


def parse(dump: Dump, parser: str | None = None) -> Listing:
    """The listing in a dump. `parser` is a name in PARSERS or "package.module:object"; without it the dump is sniffed."""
    name = parser or sniff(dump)[0]
    found = PARSERS.get(name) or resolve_name(name)
    return found(dump)


def sniff(dump: Dump) -> tuple[str, str]:
    """The name of the parser that reads this dump, and why; UnreadableDump says why none does."""
    if not dump.body.strip():
        raise UnreadableDump(dump.name, "the file is empty", "nothing to do: the next retrieval is read as usual")
    return "huggingface-page", "the only one"
