"""What feeds of every kind share: from what one of them says about an item to a listed paper, or why there is none."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urljoin

from digest.models import Identifier, ListedPaper, Reject
from digest.parsers.feeds.html_text import html_text
from digest.parsers.identifiers import identifiers
from digest.parsers.names import split_names
from digest.parsers.tex import from_tex
from digest.text import clean_text, excerpt

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

__all__ = ["KEPT", "MOST_ITEMS", "Item", "is_rolling", "papers_of"]

KEPT = 2_000  # characters of a reject that are kept
MOST_ITEMS = 100_000  # twice what anybody lists; each may become a paper or a reject

_ONE_DAYS = 50  # papers without a day that may be those of one
_LONGEST_TITLE = 2_000  # characters
_LONGEST_TEXT = 65_536  # bytes of an abstract in UTF-8
_READ_OF_TEXT = 4 * _LONGEST_TEXT  # characters of HTML that are looked at for it
_LONGEST_NAMES, _DEEPEST_ASIDE = 200_000, 5  # characters of all authors in one text; brackets in brackets
_LONGEST_NAME, _LONGEST_ID, _LONGEST_URL = 300, 500, 2_000  # characters
_OPENING = 100  # characters of a text that stand in for its title
_INVISIBLE = re.compile("[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\\s]+")
_WEB = re.compile(r"https?://(?:[^/?#\\@]*@)?([^/?#\\@:\[\]]+)", re.IGNORECASE)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_URI = re.compile(r"(?:urn|tag|oai):|[A-Za-z][A-Za-z0-9+.-]*://")
_SUFFIX = re.compile(r"(?:Jr|Sr)\.?|I{2,3}|IV|Ph\.?D\.?|M\.?D\.?", re.IGNORECASE)
_INITIALS = re.compile(r"(?:[^\W\d_]\.?[ -]?){1,4}")
_ASIDE = re.compile(r"\([^()]*\)")
_ANNOUNCED = {"new": "new", "cross": "cross", "replace": "replace", "replace-cross": "replace"}
_ARXIV_HEAD = re.compile(r"\s*arXiv:\S{1,40}\s+Announce Type:\s*[a-z-]{1,20}\s+(?:Abstract:)?\s*")


class Item(NamedTuple):
    """What a feed says about one item: raw text, HTML and addresses; "" and () where it says nothing.

    `texts`: the best abstract first. `names`: one for each element that names authors. `named`: fields that may hold a DOI.
    """

    title: str = ""
    texts: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    link: str = ""
    guid: str = ""
    named: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    announce: str = ""
    published: date | None = None
    listed: date | None = None


def papers_of(items: Iterable[Item], base: str, retrieved: date) -> tuple[list[ListedPaper], list[Reject]]:
    """The papers in these items, and a reject for each that is none; `base` is the feed's own address, if it has one."""
    papers: list[ListedPaper] = []
    rejects: list[Reject] = []
    latest = retrieved + timedelta(days=1)
    for place, item in enumerate(items, 1):
        found = _paper(item, base, latest)
        if isinstance(found, str):
            rejects.append(Reject(place, _shown(item), found))
        else:
            papers.append(found)
    return _one_name_each(papers), rejects


def is_rolling(papers: Sequence[ListedPaper]) -> bool:
    """Whether a feed shows papers of many days: some say their day, or they are more than anybody lists in one."""
    return len(papers) > _ONE_DAYS or any(paper.day for paper in papers)


def _paper(item: Item, base: str, latest: date) -> ListedPaper | str:
    """The paper, or why there is none; what it was listed after the `latest` day is no day."""
    tex = bool(item.announce) or "arxiv.org" in item.guid[:_LONGEST_ID].lower()
    title = _title(item.title, tex=tex)
    if len(title) > _LONGEST_TITLE:
        return f"a title of {max(len(title), len(item.title)):,} characters is none"
    abstract = ""
    for text in item.texts:
        abstract = abstract or _abstract(text, tex=tex)
    title = title or excerpt(abstract, _OPENING)
    if not title:
        return "no title and no text"
    link, host = _link(item.link, base)
    ids = _ids(item, link) or _guid(item.guid or link, host)
    names = _names(item.names, tex=tex)
    return ListedPaper(
        title,
        abstract=abstract or None,
        authors=names,
        author_count=len(names) or None,
        published=item.published,
        url=_url(link, host, ids),
        ids=ids,
        categories=_tags(item.tags),
        announce=_ANNOUNCED.get(item.announce),
        day=item.listed if item.listed and item.listed <= latest else None,
    )


def _title(text: str, *, tex: bool) -> str:
    """Clean; one far beyond every limit only cut, to be refused for it."""
    if len(text) > _LONGEST_TEXT:
        return text[: _LONGEST_TITLE + 1]
    plain = html_text(text)
    return clean_text(from_tex(plain) if tex else plain)


def _abstract(text: str, *, tex: bool) -> str:
    """Clean, and cut between two words where it is longer than any abstract."""
    head = _ARXIV_HEAD.match(text, 0, 200) if tex else None
    plain = html_text(text[head.end() if head else 0 :][:_READ_OF_TEXT])
    return _cut(clean_text(_cut(from_tex(plain) if tex else plain)))


def _cut(text: str) -> str:
    if len(text) <= _LONGEST_TEXT // 4 or len(data := text.encode("utf-8", "replace")) <= _LONGEST_TEXT:
        return text
    kept = data[:_LONGEST_TEXT].decode("utf-8", "ignore")
    return kept.rpartition(" ")[0].rstrip() or kept


def _shown(item: Item) -> str:
    """What a reject keeps of an item."""
    said = (item.title, *item.texts, item.link, item.guid)
    return clean_text(next((text for text in said if text.strip()), "")[:KEPT])


# --- addresses and names ------------------------------------------------------------------------------------------


def _link(text: str, base: str) -> tuple[str, str]:
    """An address on the web and its host, or ("", ""); a relative one is taken from the feed's own."""
    link = text[: 4 * _LONGEST_URL]
    if not (link.isascii() and link.isprintable() and " " not in link):
        link = _INVISIBLE.sub("", link)
    if base and link and not _SCHEME.match(link):
        try:
            link = urljoin(base, link)
        except ValueError:
            return "", ""
    found = _WEB.match(link) if len(link) <= _LONGEST_URL else None
    return (link, found[1].lower()) if found else ("", "")


def _url(link: str, host: str, ids: Sequence[Identifier]) -> str | None:
    """The paper's address; on arXiv the one without a version, as all other formats give it."""
    if ids and ids[0].scheme == "arxiv" and (not link or host.endswith("arxiv.org")):
        return f"https://arxiv.org/abs/{ids[0].value}"
    return link or None


def _ids(item: Item, link: str) -> tuple[Identifier, ...]:
    return identifiers([name[:_LONGEST_URL] for name in (*item.named, item.guid, link) if name])


def _guid(text: str, host: str) -> tuple[Identifier, ...]:
    """The feed's own name of an item, where it can't be another feed's too; for one without, its address."""
    guid = clean_text(text) if len(text) <= _LONGEST_ID else ""
    if guid and not _URI.match(guid):
        guid = f"{host}:{guid}" if host else ""
    return (Identifier("guid", guid),) if guid else ()


def _one_name_each(papers: list[ListedPaper]) -> list[ListedPaper]:
    """A guid that stands under different titles names none of them."""
    titles: dict[str, set[str]] = {}
    for paper in papers:
        if paper.ids and paper.ids[0].scheme == "guid":
            titles.setdefault(paper.ids[0].value, set()).add(paper.title.casefold())
    shared = {guid for guid, under in titles.items() if len(under) > 1}
    if not shared:
        return papers
    return [replace(paper, ids=()) if paper.ids and paper.ids[0].value in shared else paper for paper in papers]


def _names(texts: Sequence[str], *, tex: bool) -> tuple[str, ...]:
    """The authors: all in one text, or each in one of their own, then perhaps with the family name first."""
    if not texts:
        return ()
    texts = [_without_asides(html_text(text[:_LONGEST_NAMES])) for text in texts if text.strip()]
    if len(texts) == 1 and ";" not in texts[0]:
        parts = split_names(from_tex(texts[0]) if tex else texts[0])
        names: Iterable[str] = parts if tex else _turned(parts)
    else:
        names = [clean_text(_turned_one(name)) for text in texts for name in text.split(";")]
    return tuple([name for name in map(_repaired, names) if name and len(name) <= _LONGEST_NAME])


def _without_asides(text: str) -> str:
    """Without affiliations in brackets; of brackets nested deeper than anyone's nothing stays but what is in them."""
    for _ in range(_DEEPEST_ASIDE):
        if "(" not in text:
            break
        text = _ASIDE.sub(" ", text)
    else:
        text = text.replace("(", " ").replace(")", " ")
    return " ".join(text.split())  # names are looked for between spaces, which takes the square of their number


def _turned(parts: Sequence[str]) -> Iterable[str]:
    """Names of one text; in "Example, A., Sample, B. C." and "Example, Ada" family names come first."""
    lasts, firsts = parts[::2], parts[1::2]
    one = len(parts) == 2 and " " not in parts[0]  # noqa: PLR2004 - a family name and what is given
    if one or (firsts and len(firsts) == len(lasts) and all(map(_INITIALS.fullmatch, firsts))):
        return [f"{first} {last}" for first, last in zip(firsts, lasts, strict=True)]
    return parts


def _turned_one(name: str) -> str:
    """The name in "Example, Ada" as people say it; "Ada Example, Jr." and what may be two names stay."""
    last, _, first = (part.strip() for part in name.partition(","))
    family = " " not in last or " " not in first or last[:1].islower()
    return f"{first} {last}" if first and family and "," not in first and not _SUFFIX.fullmatch(first) else name


def _repaired(name: str) -> str:
    """A name in UTF-8 that somebody took for Latin-1 and encoded again: arXiv's API has some."""
    try:
        return name if name.isascii() else name.encode("latin-1").decode()
    except UnicodeError:
        return name


def _tags(tags: Sequence[str]) -> tuple[str, ...]:
    if not tags:
        return ()
    return tuple(dict.fromkeys(filter(None, [_tag(tag) for tag in tags if len(tag) <= _LONGEST_NAME])))


@lru_cache(maxsize=1024)
def _tag(text: str) -> str:
    """Kept: the items of a feed share their few subjects."""
    return clean_text(html_text(text))
