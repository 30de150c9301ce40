"""How days, counts and papers are put into words, the same in mails, feeds and pages.

Plain strings, never markup: templates escape them. What is not known is left out, never guessed. `FILTERS` hands all
of it to templates: `Templates(override, words.FILTERS)`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from digest.models import Edition, Paper, Tally

__all__ = [
    "FILTERS",
    "Link",
    "byline",
    "counted",
    "in_full",
    "link_of",
    "links_of",
    "long_day",
    "lookup_url",
    "people",
    "safe_url",
    "short_day",
    "short_name",
    "shortened",
    "summary",
    "unbroken",
]

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
LONGEST_URL = 2048  # what browsers and mail gateways agree to carry
NAMED_AUTHORS = 3
PLACES = {"arxiv.org": "arXiv", "huggingface.co": "Hugging Face", "doi.org": "DOI", "openreview.net": "OpenReview"}


@dataclass(frozen=True, slots=True)
class Link:
    """A place on the web with the words for it; `url` is http or https and free of spaces and controls."""

    label: str
    url: str


# --- days and counts ----------------------------------------------------------------------------------------------


def long_day(day: date) -> str:
    """`Friday 20 November 2026`: English whatever the locale, which `strftime` is not."""
    return f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


def short_day(day: date, today_year: int | None = None) -> str:
    """`20 Nov`, with the year only when it is not `today_year`."""
    words = f"{day.day} {MONTHS[day.month - 1][:3]}"
    return words if day.year == today_year else f"{words} {day.year}"


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """`1 paper`, `1,234 papers`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def in_full(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def unbroken(words: str) -> str:
    """The same words with a no-break space between a number and its unit, for HTML; `14 Oct` never parts."""
    return re.sub(r"(?<=\d) (?=[^\W\d])", "\u00a0", words)


def shortened(words: str, longest: int) -> str:
    """The words, or as many of them as leave room for `…`; a single overlong word is cut."""
    if len(words) <= longest:
        return words
    kept = words[:longest]
    return (kept.rpartition(" ")[0] or kept[:-1]).rstrip(" ,;:–-") + "…"


def short_name(topic: str) -> str:
    """A topic's name up to its first colon or comma: "Speech, audio & music" is "Speech"."""
    return re.split(r"[:,]", topic)[0].strip() or topic


def summary(edition: Edition) -> str:
    """`41 listed: 25 new, 14 you have had, 2 printed twice. Thursday was quiet.`; empty when nothing is known of it."""
    return " ".join(sentence for sentence in (_tally(edition.tally), _quiet(edition)) if sentence)


def _tally(tally: Tally) -> str:
    if not tally.listed:
        return ""
    if tally.new == tally.listed:
        return f"{tally.listed:,} listed, all new."
    kinds = ((tally.new, "new"), (tally.known, "you have had"), (tally.repeated, "printed twice"))
    return f"{tally.listed:,} listed: {', '.join(f'{count:,} {kind}' for count, kind in kinds if count)}."


def _quiet(edition: Edition) -> str:
    days = edition.quiet
    if not days:
        return ""
    if len(days) > 3:  # noqa: PLR2004  beyond three names a number reads better
        return f"{len(days)} days before it were quiet."
    names = [_weekday(day, edition.day) for day in days]
    return f"{in_full(names)} {'was' if len(days) == 1 else 'were'} quiet."


def _weekday(day: date, today: date) -> str:
    within_a_week = 0 <= (today - day).days < len(DAYS)
    return DAYS[day.weekday()] if within_a_week else short_day(day, today.year)


# --- a paper ------------------------------------------------------------------------------------------------------


def byline(paper: Paper) -> str:
    """`7 authors · 14 Oct · 41 upvotes · 6 comments`; of each only what the listing printed."""
    parts = (
        people(paper),
        short_day(paper.published, paper.listed_on.year) if paper.published else "",
        counted(paper.upvotes, "upvote") if paper.upvotes else "",
        counted(paper.comments, "comment") if paper.comments else "",
    )
    return " · ".join(part for part in parts if part)


def people(paper: Paper) -> str:
    """Who wrote it, in a few words: the organisation, else up to three names, else `7 authors`, else nothing."""
    if paper.organisation:
        return paper.organisation
    names, total = paper.authors, paper.author_count or len(paper.authors)
    if not names:
        return counted(total, "author") if total else ""
    if total <= NAMED_AUTHORS and len(names) == total:
        return in_full(names)
    return f"{names[0]} and {counted(total - 1, 'other')}" if total > 1 else names[0]


def link_of(paper: Paper) -> Link | None:
    """Where to read it: its own address, else the one that its arXiv id or DOI makes; None when nothing is known."""
    return next(iter(links_of(paper)), None)


def links_of(paper: Paper) -> tuple[Link, ...]:
    """Every place where the paper is known to be, best first, each once. Addresses other than http(s) are dropped."""
    found = (*_own(paper), *_arxiv(paper.id_of("arxiv")), *_doi(paper.id_of("doi")))
    kept: dict[str, Link] = {}
    for link in found:
        if link.label not in kept and all(link.url != other.url for other in kept.values()):
            kept[link.label] = link
    return tuple(kept.values())


def lookup_url(paper: Paper) -> str:
    """A search for its title, for a paper without any link.

    At arXiv, because the listings that print no links list papers that are there. Of a title no more than 300
    characters: no real one has so many, and an address must not grow without end.
    """
    return f"https://arxiv.org/search/?searchtype=title&query={quote_plus(paper.title[:300], errors='replace')}"


def safe_url(url: str | None) -> str | None:
    """The address with anything but ASCII escaped, or None when it should not be offered as a link.

    Only http and https with a host; no user name before the host, which serves to disguise it; no spaces or
    controls, which browsers remove (`java&#10;script:`).
    """
    if not url or len(url) > LONGEST_URL or re.search(r"[\x00-\x20\x7f-\xa0\\<>\"\u2028\u2029\ud800-\udfff]", url):
        return None
    try:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
            return None
        host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
    except ValueError:  # a bad bracket; a name that no domain can have
        return None
    return quote(parts._replace(netloc=host).geturl(), safe="/:?#[]@!$&'()*+,;=%~")


def _own(paper: Paper) -> tuple[Link, ...]:
    url = safe_url(paper.url)
    return (Link(_label(url), url),) if url else ()


def _label(url: str) -> str:
    """What a reader knows the place by: `arXiv 2610.01234`, `Hugging Face`, else its host."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    if host == "arxiv.org" and (found := re.search(r"/(abs|pdf)/(.+?)(?:v\d+)?$", url)):
        return "PDF" if found[1] == "pdf" else f"arXiv {found[2]}"
    return PLACES.get(host, host)


def _arxiv(name: str | None) -> tuple[Link, ...]:
    if name is None:
        return ()
    path = quote(name, errors="replace")
    return Link(f"arXiv {path}", f"https://arxiv.org/abs/{path}"), Link("PDF", f"https://arxiv.org/pdf/{path}")


def _doi(name: str | None) -> tuple[Link, ...]:
    arxiv_copy = name is None or name.lower().startswith("10.48550/arxiv.")
    return () if name is None or arxiv_copy else (Link("DOI", f"https://doi.org/{quote(name, errors='replace')}"),)


FILTERS: Mapping[str, Callable[..., object]] = {
    "byline": byline,
    "counted": counted,
    "in_full": in_full,
    "link_of": link_of,
    "links_of": links_of,
    "long_day": long_day,
    "lookup_url": lookup_url,
    "people": people,
    "safe_url": safe_url,
    "short_day": short_day,
    "short_name": short_name,
    "shortened": shortened,
    "summary": summary,
    "unbroken": unbroken,
}
