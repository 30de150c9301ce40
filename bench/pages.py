"""Writes papers down as listing pages, in every shape of the Hugging Face page family: the parser's counterpart.

What a shape does not print is lost on the page, so a test compares `as_printed` with what was parsed.
"""

from __future__ import annotations

import textwrap
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import date

    from digest.models import ListedPaper

    Shape = Callable[[Iterable[ListedPaper], date], str]

__all__ = [
    "SHAPES",
    "as_printed",
    "compact_page",
    "full_page",
    "link",
    "markdown_page",
    "plain_page",
    "printed_day",
    "trending_page",
]

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
CALLS = ("Get trending papers in your email inbox once a day!", "Get trending papers in your email inbox!")
BREAK, NEW_LINE = "\\\\  ", "\n  "  # how a long title is broken on the Markdown and on the trending page
WRAP_EVERY, WRAP_AT, TITLE_WRAP_AT = 3, 88, 80


def printed_day(day: date, listed_on: date) -> str:
    """A date as cards print it: the year only when it is not the listing's."""
    short = f"{MONTHS[day.month - 1]} {day.day}"
    return short if day.year == listed_on.year else f"{short}, {day.year}"


def link(paper: ListedPaper) -> str | None:
    """The address of the paper's page, for papers with an arXiv id."""
    return next((f"https://huggingface.co/papers/{i.value}" for i in paper.ids if i.scheme == "arxiv"), None)


def plain_page(papers: Iterable[ListedPaper], listed_on: date) -> str:
    """Titles and abstracts between blank lines, and no metadata."""
    return _blocks(_header(listed_on), _texts(papers))


def full_page(papers: Iterable[ListedPaper], listed_on: date) -> str:
    """Blank lines between all lines but those of a card's metadata; upvotes stand before the title."""
    cards = (block for paper in papers for block in _full_card(paper, listed_on))
    return _blocks((*_header(listed_on)[:-1], "Daily", "Weekly", "Monthly", _header(listed_on)[-1]), cards)


def compact_page(papers: Iterable[ListedPaper], _listed_on: date) -> str:
    """No blank lines, no date, and "Subscribe" glued to the first title."""
    return "\n".join((*CALLS, "Subscribe" + "\n".join(_texts(papers)))) + "\n"


def markdown_page(papers: Iterable[ListedPaper], listed_on: date) -> str:
    r"""A scrape that keeps links; every third abstract is wrapped with `\\` line ends. All papers need an arXiv id."""
    cards = (block for place, paper in enumerate(papers) for block in _markdown_card(paper, place, listed_on))
    return _blocks(_markdown_header(listed_on), cards)


def trending_page(papers: Iterable[ListedPaper], _listed_on: date) -> str:
    """The trending page: each card twice, without metadata but with a repository."""
    twice = (card for paper in papers for card in (_trending_card(paper),) * 2)
    return (
        "\n".join((*CALLS, "")) + "\n" + _blocks(("## Trending Papers", "## by AK and the research community"), twice)
    )


SHAPES: Mapping[str, Shape] = {
    "plain": plain_page,
    "full": full_page,
    "compact": compact_page,
    "markdown": markdown_page,
    "trending": trending_page,
}


def as_printed(paper: ListedPaper, shape: str) -> ListedPaper:
    """What a reader of the page can know of the paper: the fields that this shape prints."""
    if shape == "markdown":
        return replace(paper, url=link(paper))
    if shape == "full":
        return replace(paper, ids=(), url=None)
    return replace(
        paper,
        ids=(),
        url=None,
        author_count=None,
        organisation=None,
        published=None,
        comments=None,
        upvotes=None,
    )


def _blocks(header: Iterable[str], blocks: Iterable[str]) -> str:
    return "\n\n".join((*header, *blocks)) + "\n"


def _header(listed_on: date) -> tuple[str, ...]:
    day = printed_day(listed_on, listed_on)
    return ("new", *CALLS, "Subscribe", "Daily Papers", "byAK and the research community", day)


def _texts(papers: Iterable[ListedPaper]) -> Iterator[str]:
    for paper in papers:
        yield paper.title
        if paper.abstract is not None:
            yield paper.abstract


def _who(paper: ListedPaper, bullet: str) -> str | None:
    if paper.author_count is None:
        return paper.organisation
    return f"{bullet} {paper.author_count} author{'s' if paper.author_count > 1 else ''}"


def _full_card(paper: ListedPaper, listed_on: date) -> Iterator[str]:
    yield "-" if paper.upvotes is None else str(paper.upvotes)
    yield from _texts((paper,))
    who = _who(paper, "  •")
    if who is not None and paper.published is not None:
        comments = "" if paper.comments is None else f" {paper.comments}"
        yield f"{who}\n·\n{printed_day(paper.published, listed_on)}{comments}"


def _markdown_header(listed_on: date) -> tuple[str, ...]:
    return (
        "new",
        *CALLS,
        "[Subscribe](https://huggingface.co/login?next=%2Fpapers)",
        "# Daily Papers",
        "## by AK and the research community",
        "- Daily\n- Weekly\n- Monthly",
        "[Trending Papers](https://huggingface.co/papers/trending)",
        printed_day(listed_on, listed_on),
    )


def _markdown_card(paper: ListedPaper, place: int, listed_on: date) -> Iterator[str]:
    url = link(paper) or ""
    votes = "-" if paper.upvotes is None else paper.upvotes
    yield f"[{votes}](https://huggingface.co/login?next=%2Fpapers%2F{url.rsplit('/', 1)[-1]})"
    yield f"### [{_wrapped_title(paper.title, BREAK)}]({url})"
    if paper.abstract is not None:
        yield f"[{_wrapped(paper.abstract) if place % WRAP_EVERY == 0 else paper.abstract}]({url})"
    yield from _markdown_metadata(paper, url, listed_on)


def _markdown_metadata(paper: ListedPaper, url: str, listed_on: date) -> Iterator[str]:
    who = _who(paper, "-")
    if who is None or paper.published is None:
        return
    yield f"[{who}]({url})" if paper.author_count else _organisation(who)
    yield "·"
    comments = "" if paper.comments is None else f"[{paper.comments}]({url}#community)"
    yield f"{printed_day(paper.published, listed_on)}{comments}"


def _organisation(name: str) -> str:
    """Its picture and its name, both a link to its own page."""
    slug = name.casefold().replace(" ", "-")
    return f"[![{slug}](https://huggingface.co/front/assets/{slug}.png){name}](https://huggingface.co/{slug})"


def _wrapped_title(title: str, mark: str) -> str:
    return mark.join(textwrap.wrap(title, TITLE_WRAP_AT, break_long_words=False, break_on_hyphens=False))


def _wrapped(text: str) -> str:
    return "\\\\\n".join(textwrap.wrap(text, WRAP_AT, break_long_words=False, break_on_hyphens=False))


def _trending_card(paper: ListedPaper) -> str:
    name = "-".join("".join(filter(str.isalnum, word)) for word in paper.title.casefold().split()[:3])
    text = "" if paper.abstract is None else f"{paper.abstract}\n"
    repository = f"[LINK: GitHub {len(paper.title) * 7}](https://github.com/paperround-samples/{name})"
    return f"### {_wrapped_title(paper.title, NEW_LINE)}\n\n{text}{repository}"
