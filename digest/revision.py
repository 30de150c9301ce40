"""What a listing changes in a paper's text. Pure.

A newer page replaces, an older one only fills gaps, and silence erases nothing. Feeds cut abstracts: one that is only the
opening of another gives way to it, whichever page is older. The address is the one that says most, whichever page came last: arXiv's
follows from the id anyway, so another place is kept beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from digest.likeness import in_common, reworded, shortened_from
from digest.text import says_enough, title_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from digest.models import ListedPaper

__all__ = ["Revision", "alike", "filled", "folded", "retitled", "revised", "same_words"]

OPENING = 12  # words of an abstract
RELATED = 0.3  # of the pairs of words: one abstract, rewritten; those of two papers have far fewer in common
TEXT = ("title", "abstract", "authors", "author_count", "organisation", "published", "url", "categories")
FIELDS = (*TEXT[1:], "comments", "upvotes", "ids")


@dataclass(frozen=True, slots=True)
class Revision:
    """A text that replaces a paper's latest one.

    `listed_on` is the day of the latest page that it holds words of: what an older page fills in makes it no older.
    `significant`: it has another title, another abstract or its first one; other spelling or further facts are not.
    """

    text: ListedPaper
    listed_on: date
    significant: bool


def revised(
    known: ListedPaper, listed: ListedPaper, *, known_on: date, listed_on: date, absorbed: Sequence[ListedPaper] = ()
) -> Revision | None:
    """What a listing changes in a known text; the days are those of the pages that they are from. None: nothing.

    `absorbed` are the texts of papers that turned out to be this one: what only they told is kept.
    """
    if not absorbed and all(said in (None, (), getattr(known, name)) for name, said in spoken(listed)):
        return None
    text = filled(known, listed) if listed_on < known_on else filled(listed, known)
    for lost in absorbed:
        text = filled(text, lost)
    every = [text, known, listed, *absorbed]
    text = replace(text, abstract=whole([one.abstract for one in every]), url=told_best([one.url for one in every]))
    text = replace(text, comments=known.comments, upvotes=known.upvotes, ids=(), announce=None, day=None)
    if text == replace(known, day=None):
        return None
    return Revision(text, max(known_on, listed_on), significant=is_significant(known, text))


def is_significant(before: ListedPaper, after: ListedPaper) -> bool:
    """Whether those who read the text before would want to read it again."""
    gained = after.abstract is not None and before.abstract is None
    return gained or retitled(before.title, after.title) or reworded(before.abstract, after.abstract)


def retitled(before: str, after: str) -> bool:
    """Whether a title is another one, not the same in another spelling."""
    return before != after and title_key(before, None) != title_key(after, None)


def folded(listed: Sequence[ListedPaper], news: frozenset[str | None]) -> ListedPaper:
    """One paper from all its cards on a page, in their order: the first one's words, with what only the others print.

    It is announced when any of them announces it, so that what it is called is one of `news`.
    """
    text, *others = listed
    for other in others:
        text = replace(filled(text, other), url=told_best([text.url, other.url]))
        if text.announce not in news:
            text = replace(text, announce=other.announce)
    return text


def filled(text: ListedPaper, other: ListedPaper) -> ListedPaper:
    """`text`, with the fields that it leaves open taken from `other`."""
    return replace(text, **{name: getattr(other, name) for name in FIELDS if getattr(text, name) in (None, ())})


def alike(text: ListedPaper, other: ListedPaper) -> bool:
    """Whether two texts of one name read like one paper's: half of the title's words, or how the abstract opens.

    Where both have an abstract, some of it must be the same too; "week 12" and "week 13" are not alike.
    """
    if text.abstract and other.abstract and opening(text) == opening(other):
        return True
    words, others = (set(one.title.casefold().split()) for one in (text, other))
    if 2 * len(words & others) < max(len(words), len(others)) or numbers(words) != numbers(others):
        return False
    return not (text.abstract and other.abstract) or in_common(text.abstract, other.abstract) >= RELATED


def numbers(words: Iterable[str]) -> set[str]:
    return {word for word in words if any(map(str.isdigit, word))}


def same_words(text: ListedPaper, other: ListedPaper) -> bool:
    """Whether more than the title says that two texts under one title are one paper's.

    A title that is the opening of its abstract is none of the paper's own: then all of the abstract must be the same.
    Where there is no abstract to compare, a title does that says enough to be a name.
    """
    if not text.abstract or not other.abstract:
        return says_enough(text.title)
    if is_opening(text) or is_opening(other):
        return not reworded(text.abstract, other.abstract)
    return in_common(text.abstract, other.abstract) >= RELATED


def is_opening(text: ListedPaper) -> bool:
    """Whether its title was made of its abstract."""
    return bool(text.abstract) and (text.abstract or "").startswith(text.title.rstrip("…"))


def opening(text: ListedPaper) -> str:
    return " ".join((text.abstract or "").casefold().split()[:OPENING])


def spoken(listed: ListedPaper) -> Iterator[tuple[str, object]]:
    """What a listing says of a paper's text, by field."""
    return ((name, getattr(listed, name)) for name in TEXT)


def whole(abstracts: Sequence[str | None]) -> str | None:
    """The first abstract, or the longest of the others that it is only the opening of."""
    first, *others = abstracts
    for other in others:
        if shortened_from(first, other):
            first = other
    return first


def told_best(urls: Sequence[str | None]) -> str | None:
    """The address that says most; the first of equals."""
    return max(urls, key=weight)


def weight(url: str | None) -> int:
    """How much an address says: nothing, what an identifier says too, where a paper is discussed, where it is."""
    if not url:
        return 0
    host = url.partition("://")[2].partition("/")[0].lower().removeprefix("www.")
    return {"arxiv.org": 1, "doi.org": 1, "huggingface.co": 2}.get(host, 3)
