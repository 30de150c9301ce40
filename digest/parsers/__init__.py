"""Which parser reads a dump: the mapping of parsers, and the look at a dump that chooses one of them.

A parser is a function from a dump to its listing. A built-in one is a module with that function, named `parse`, and
`recognise`, which says in words what in a text shows that it is for it (or ""); a parser from outside is named as
"package.module:object" and never chosen by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pkgutil import resolve_name
from typing import Protocol, cast

from digest.errors import UnreadableDump
from digest.models import Dump, Listing
from digest.parsers import arxiv_listing, huggingface_api, huggingface_page
from digest.parsers.clean import cleaned
from digest.parsers.encoding import decode, split_lines
from digest.parsers.feeds import feed, json_feed
from digest.parsers.foreign import is_binary, name_bytes, name_text

__all__ = ["PARSERS", "Parser", "decode", "parse", "sniff", "split_lines"]

Parser = Callable[[Dump], Listing]


class _BuiltIn(Protocol):
    def parse(self, dump: Dump, /) -> Listing: ...
    def recognise(self, sample: str, /) -> str: ...


_EXACT: Mapping[str, _BuiltIn] = {  # formats that say themselves what they are
    arxiv_listing.NAME: arxiv_listing,
    huggingface_api.NAME: huggingface_api,
    json_feed.NAME: json_feed,
    feed.NAME: feed,
}
_BUILT_IN: Mapping[str, _BuiltIn] = {**_EXACT, huggingface_page.NAME: huggingface_page}
PARSERS: Mapping[str, Parser] = {name: module.parse for name, module in _BUILT_IN.items()}

_SAMPLE = 65_536  # bytes: menus and a scraper's front matter are a tenth of it
_NAME_ONE = "if it is a listing, name its parser in the source"


def parse(dump: Dump, parser: str | None = None) -> Listing:
    """The listing in a dump; `parser` is a name in PARSERS or "package.module:object", without it the dump is sniffed.

    Raises nothing but UnreadableDump, which says why there is none: empty, no text, another format, no parser of that
    name, no paper in it, or a parser that failed. Texts from an outside parser are cleaned as ours are.
    """
    name = sniff(dump)[0] if parser is None else parser
    own = PARSERS.get(name)
    read = own or _from_outside(name, dump.name)
    try:
        return read(dump) if own else cleaned(read(dump))
    except UnreadableDump:
        raise
    except (Exception, SystemExit) as fault:  # one from outside may fail in any way; its dump must not be lost
        what = f"the parser failed: {type(fault).__name__}: {fault}"
        raise UnreadableDump(dump.name, what, "mend the parser, then digest requeue") from fault


def sniff(dump: Dump) -> tuple[str, str]:
    """The name of the parser that reads this dump, and why that one; UnreadableDump says why none does.

    Only the beginning is looked at, so that choosing costs nothing: a dump may still turn out to list no paper.
    """
    if not dump.body.strip(b"\0 \t\r\n\f\v\xef\xbb\xbf\xff\xfe"):
        raise UnreadableDump(dump.name, "the file is empty", "fetch it again")
    sample = decode(dump.body[:_SAMPLE])
    kind = name_bytes(dump.body)
    for name, module in _EXACT.items():
        why = "" if kind else module.recognise(sample)
        if why:
            return name, why
    kind = kind or name_text(sample)
    if kind:
        raise UnreadableDump(dump.name, f"no parser reads this: it is {kind}", _NAME_ONE)
    why = huggingface_page.recognise(sample)
    if not why and is_binary(sample):
        raise UnreadableDump(dump.name, "no parser reads this: it is binary, not text", _NAME_ONE)
    return huggingface_page.NAME, why or "text without any known sign"


def _from_outside(name: str, subject: str) -> Parser:
    try:
        found = resolve_name(name)
    except (ImportError, AttributeError, ValueError) as cause:
        known = ", ".join(PARSERS)
        raise UnreadableDump(subject, f'there is no parser "{name}"', f"{known}, or package.module:object") from cause
    if not callable(found):
        raise UnreadableDump(subject, f'"{name}" is no parser: it can\'t be called', "name a function of a dump")
    return cast("Parser", found)
