"""Hugging Face's daily papers as its API gives them: a JSON list of `{"paper": {…}, "numComments": …}`.

`GET /api/daily_papers?date=YYYY-MM-DD`; its answers to searches are lists of the papers alone. The format is described at
https://huggingface.co/docs/hub/api. A paper's id there is its arXiv id, or the end of its address on the site.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from digest.dates import day_in_name, iso_day
from digest.errors import UnreadableDump
from digest.models import Identifier, ListedPaper, Listing, Reject
from digest.parsers.identifiers import ARXIV_ID
from digest.parsers.jsons import load, objects, text, whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from digest.models import DateFrom, Dump

__all__ = ["NAME", "parse", "recognise"]

NAME = "huggingface-api"

_PAPER = "https://huggingface.co/papers/"
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_LIST, _EMPTY = re.compile(r"\s*\[\s*\{"), re.compile(r"\s*\[\s*\]\s*$")
_SIGN = re.compile(r'"(?:paper|upvotes|numComments|submittedOnDailyAt)"\s*:')
_SHOWN = 500  # characters of a reject
_MOST_VALUES = 200_000  # commas in texts among them: a paper has 200, and an answer a hundred papers


def recognise(sample: str) -> str:
    """What in the beginning of a text shows that it is such an answer; "" when nothing does."""
    if _EMPTY.match(sample):
        return "it is an empty JSON list"
    sign = _SIGN.search(sample) if _LIST.match(sample) else None
    return f"it is a JSON list with {sign[0].partition(':')[0].strip()}" if sign else ""


def parse(dump: Dump) -> Listing:
    """The listing in an answer; an empty list is a day without papers. UnreadableDump for any other JSON."""
    values = sum(map(dump.body.count, (b",", b"[", b"{")))
    if values > _MOST_VALUES:
        raise UnreadableDump(
            dump.name, f"no list of papers has {values:,} values", f"at most {_MOST_VALUES:,} are read"
        )
    answer = load(dump.body, dump.name)
    if not isinstance(answer, list):
        said = f': it says "{text(answer.get("error"))}"' if isinstance(answer, dict) and "error" in answer else ""
        raise UnreadableDump(dump.name, f"its JSON is no list of papers{said}", "fetch it again")
    papers, rejects = [], []
    for place, item in enumerate(answer, 1):
        paper = _paper(item) if isinstance(item, dict) else None
        if paper:
            papers.append(paper)
        else:
            rejects.append(Reject(place, str(item)[:_SHOWN], "no paper: it has no title"))
    if rejects and not papers:
        raise UnreadableDump(dump.name, "its JSON lists no papers", "if it should, fetch it again")
    day, source = _listed_on(objects(answer), dump)
    return Listing(NAME, day, source, tuple(papers), tuple(rejects))


def _paper(item: Mapping[str, Any]) -> ListedPaper | None:
    paper = _part(item, "paper") or item
    title = text(paper.get("title")) or text(item.get("title"))
    if not title:
        return None
    name = text(paper.get("id"))
    names = tuple(filter(None, (text(author.get("name")) for author in objects(paper.get("authors")))))
    return ListedPaper(
        title,
        abstract=text(paper.get("summary")) or text(item.get("summary")) or None,
        authors=names,
        author_count=len(names) or None,
        organisation=_organisation(item) or _organisation(paper),
        published=_day(paper.get("publishedAt")) or _day(item.get("publishedAt")),
        comments=whole(item.get("numComments")),
        upvotes=whole(paper.get("upvotes")),
        url=_PAPER + name if _SLUG.fullmatch(name) else None,
        ids=_ids(name),
    )


def _part(item: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    part = item.get(name)
    return part if isinstance(part, dict) else None


def _organisation(item: Mapping[str, Any]) -> str | None:
    found = _part(item, "organization") or {}
    return text(found.get("fullname")) or text(found.get("name")) or None


def _ids(name: str) -> tuple[Identifier, ...]:
    if ARXIV_ID.fullmatch(name):
        return (Identifier("arxiv", name),)
    return (Identifier("huggingface", name),) if _SLUG.fullmatch(name) else ()


def _listed_on(items: Sequence[Mapping[str, Any]], dump: Dump) -> tuple[date, DateFrom]:
    """The day in the dump's name, else the latest on which one of its papers was put on the list."""
    named = day_in_name(dump.name)
    if named:
        return named, "file name"
    days = (_day((_part(item, "paper") or item).get("submittedOnDailyAt")) for item in items)
    latest = max((day for day in days if day and day <= dump.retrieved.date()), default=None)
    return (latest, "cards") if latest else (dump.retrieved.date(), "retrieved")


def _day(value: object) -> date | None:
    """The day, in UTC, of an instant such as "2026-11-20T00:00:00.000Z"."""
    return iso_day(value) if isinstance(value, str) else None
