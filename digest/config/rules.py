"""The rules of single settings: each takes a value, and raises ValueError with a sentence for the one who wrote it."""

from __future__ import annotations

import re
import unicodedata
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from digest import schedule
from digest.topics.changes import SLUG, SLUG_RULE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Table = TypeVar("Table")
__all__ = [
    "DAYS",
    "KINDS",
    "PARSER",
    "address",
    "alike",
    "clock_time",
    "closest",
    "file_path",
    "header_line",
    "keeping",
    "kind_name",
    "language_tag",
    "listening",
    "nearest",
    "page_address",
    "parser_name",
    "schedule_words",
    "single",
    "single_pages",
    "slug",
    "some",
    "web_address",
    "without_fragment",
    "zone_name",
]

LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")  # RFC 5322 dot-atom
LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")  # RFC 1035 §2.3.1, RFC 1123 §2.1
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")  # the shape of RFC 5646, not its registry
WEB_ADDRESS = re.compile(r"[A-Za-z0-9._~:/@!$&'()*+,;=%\[\]-]+")  # RFC 3986 without "?" and "#"
FETCHED = re.compile(r"[!-~]+")  # visible ASCII: others are written as %-escapes, or xn-- in names
LONGEST_PAGE_ADDRESS = 2000
LONGEST_BASE = 500
PORTS = {"http": 80, "https": 443}
KINDS = ("folder", "feed", "huggingface")
LONGEST_LOCAL_PART, LONGEST_ADDRESS = 64, 254  # RFC 5321 §4.5.3.1
HIGHEST_PORT = 65535
DAYS = re.compile(r"([1-9][0-9]{0,4}) days?")
PARSER = re.compile(r"[a-z][a-z0-9_-]*|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")


def closest(word: str, names: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The name that is spelt most like the word, or None when none is near."""
    by_fold = {name.casefold(): name for name in names}
    found = get_close_matches(word.casefold(), by_fold, n=1, cutoff=cutoff)
    return by_fold[found[0]] if found else None


def nearest(word: str, names: Iterable[str]) -> str:
    """`; did you mean "…"?` with the closest name, or nothing."""
    found = closest(word, names)
    return f'; did you mean "{found}"?' if found else ""


def header_line(value: str) -> str:
    """Text that can stand in a mail's header: not empty, one line, no control characters."""
    if not value.strip():
        raise ValueError("must not be empty")
    if any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in value):
        raise ValueError("must be one line without control characters")
    return value.strip()


def slug(value: str) -> str:
    """A name that can stand in file names and addresses, for ever."""
    if not SLUG.fullmatch(value):
        raise ValueError(SLUG_RULE)
    return value


def address(value: str) -> str:
    """A bare mail address; one with a name before it, or a list of them, is refused."""
    local, at, domain = value.partition("@")
    if not at or "@" in domain or any(char.isspace() or char in ",;<>" for char in value):
        raise ValueError('must be one bare address such as "you@example.org"')
    if not value.isascii():
        raise ValueError("must be ASCII; an international domain is written in its xn-- form")
    if not LOCAL_PART.fullmatch(local) or len(local) > LONGEST_LOCAL_PART:
        raise ValueError('has something before the "@" that mail servers refuse')
    if not _is_domain(domain) or len(value) > LONGEST_ADDRESS:
        raise ValueError('has no usable domain after the "@"')
    return value


def _is_domain(domain: str) -> bool:
    labels = domain.split(".")
    public = len(labels) > 1 and not labels[-1].isdigit()
    return (public or domain == "localhost") and all(LABEL.fullmatch(label) for label in labels)


def _is_of_the_web(value: str) -> bool:
    """Whether it is http or https, with a host and without a user."""
    try:
        parts = urlsplit(value)
        return (
            parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
        )
    except ValueError:  # urlsplit's word for a bad port or bracket
        return False


def web_address(value: str) -> str:
    """Where `public/` is served, without its trailing slash."""
    if not _is_of_the_web(value) or not WEB_ADDRESS.fullmatch(value):
        raise ValueError('must be an address such as "https://papers.example.org", without user, "?" or "#"')
    if len(value) > LONGEST_BASE:  # it stands in headers of mails, whose lines have 998 characters (RFC 5322 §2.1.1)
        raise ValueError(f"must have at most {LONGEST_BASE} characters")
    return value.rstrip("/")


def listening(value: str) -> str:
    """Where a server listens: an address and a port, or a socket of this machine."""
    host, _, port = value.rpartition(":")
    if re.fullmatch(r"unix:[^\0]{1,90}", value) or (host and port.isdecimal() and 0 < int(port[:6]) <= HIGHEST_PORT):
        return value
    raise ValueError('must be an address with a port, such as "127.0.0.1:8080", or a socket, such as "unix:web.sock"')


def page_address(value: str) -> str:
    """Where something is fetched: any address of the web, without a user in it."""
    if not _is_of_the_web(value) or len(value) > LONGEST_PAGE_ADDRESS or not FETCHED.fullmatch(value):
        raise ValueError('must be an address such as "https://papers.example.org/feed", without a user in it')
    return value


def without_fragment(value: str) -> str:
    """An address as somebody types it, as one that can be fetched: nothing around it, and no "#" with what follows."""
    return page_address(value.strip().partition("#")[0])


def alike(value: str) -> str:
    """An address as it is compared with others: scheme and host in small letters, no port that goes without saying."""
    try:
        parts = urlsplit(value.partition("#")[0])
        port = f":{parts.port}" if parts.port not in (None, PORTS.get(parts.scheme)) else ""
    except ValueError:
        return value
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path or '/'}{query}"


def kind_name(value: str) -> str:
    """A kind of source: one of ours, or an own one as "package.module:object"."""
    if value not in KINDS and not (":" in value and PARSER.fullmatch(value)):
        raise ValueError(f'must be one of {", ".join(KINDS)}, or an own one as "package.module:object"')
    return value


def language_tag(value: str) -> str:
    """A language tag as HTML, feeds and mails use it."""
    if not LANGUAGE.fullmatch(value):
        raise ValueError('must be a language tag such as "en" or "de-AT"')
    return value


def zone_name(value: str) -> str:
    """A zone of the IANA list, not an abbreviation: those are ambiguous and know no summer time."""
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):  # unknown; a path; a folder of zones such as "Europe"
        raise ValueError(_unknown_zone(value)) from None
    return value


def _unknown_zone(value: str) -> str:
    zones = available_timezones()
    if not zones:
        return "can't be checked: this machine has no time zones (install the package tzdata)"
    cities = {zone.rpartition("/")[2]: zone for zone in sorted(zones)}
    city = None if "/" in value else closest(value.replace(" ", "_"), cities)
    return f'unknown time zone "{value}"' + nearest(cities[city] if city else value, zones)


def schedule_words(value: str) -> str:
    """When a digest is due, in the words that `digest.schedule.read` reads, in their one spelling."""
    return str(schedule.read(value))


def clock_time(value: object) -> object:
    """A local time, in quotes or as TOML writes times."""
    return schedule.clock_time(value) if isinstance(value, str) else value


def keeping(value: str) -> str:
    """How long something is kept: "all" for ever, else so many days."""
    if value != "all" and not DAYS.fullmatch(value):
        raise ValueError('must be "all", or a number of days such as "365 days"')
    return value


def parser_name(value: str) -> str:
    """The shape of a parser's name; whether there is such a parser is asked when it is needed."""
    if not PARSER.fullmatch(value):
        raise ValueError('must be a built-in parser or an own one as "package.module:function"')
    return value


def file_path(value: object) -> object:
    """A path with `~` resolved; relative ones are put under the configuration's folder later. Not text: as it is."""
    if not isinstance(value, str):
        return value
    try:
        return Path(header_line(value)).expanduser()
    except RuntimeError:
        raise ValueError("begins with the home folder of an unknown user") from None


def single(values: tuple[str, ...], same: Callable[[str], str] = str.casefold) -> tuple[str, ...]:
    """Nothing twice, whatever its capitals: an address listed twice would get two mails.

    `same` gives what is the same for two values that are one.
    """
    folded = [same(value) for value in values]
    doubled = next((value for n, value in enumerate(values) if folded[n] in folded[:n]), None)
    if doubled is not None:
        raise ValueError(f'lists "{doubled}" twice')
    return values


def single_pages(values: tuple[str, ...]) -> tuple[str, ...]:
    """No address twice, however it is spelt; capitals in its path make another one."""
    return single(values, alike)


def some(values: tuple[Table, ...]) -> tuple[Table, ...]:
    """At least one: `source = []` would be a program that does nothing."""
    if not values:
        raise ValueError("must hold at least one; leave it out for the default")
    return values
