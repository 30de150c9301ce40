"""Sources in a word each, as `digest init` takes them: huggingface, arxiv:cs.CL, the address of a feed, folder."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from digest.config.editing import DEFAULT, free_name
from digest.config.rules import alike, nearest, single, single_pages, without_fragment
from digest.errors import ConfigError
from digest.models import NAMED_FILES
from digest.sources.arxiv import CATEGORIES, announced

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Table = Mapping[str, str]

__all__ = ["FORMS", "sources_of"]

FORMS = (
    ("huggingface", "Hugging Face's daily papers"),
    ("arxiv:cs.CL", "arXiv, by category; several at once: arxiv:cs.CL+cs.LG"),
    ("https://…", "a feed, by its address"),
    ("folder", "nothing is fetched: only the pages that you save in dumps/"),
)
WORDS = ("huggingface", "folder", *(f"arxiv:{category}" for category in CATEGORIES))
SHOWN = 60  # characters of a wrong word that are shown


def sources_of(words: str | None) -> tuple[Table, ...]:
    """The `[[source]]` tables of words with commas between, without that of dumps/, which is there anyway.

    A comma in an address is written %2C. Raises `ConfigError` with every word that is no source; whether anything is
    there is not asked.
    """
    given = [] if words is None else [word.strip() for word in words.split(",") if word.strip()]
    found: list[Table] = []
    faults: list[str] = []
    for word in given:
        try:
            found.append(meant(word))
        except ValueError as fault:
            faults.append(str(fault))
    if faults := faults or list(wrong_together(words, given, found)):
        raise ConfigError("config.toml", tuple(f"[[source]]: {what}" for what in faults))
    return tuple(named(one for one in found if one is not DEFAULT))


def wrong_together(words: str | None, given: Sequence[str], found: Sequence[Table]) -> Iterator[str]:
    """What is wrong with words each of which is right."""
    if words and not given:
        yield all_forms()
    try:
        single(tuple(given), lambda word: alike(word) if "://" in word else word.casefold())
        single_pages(tuple(one["url"] for one in found if "url" in one))
    except ValueError as fault:
        yield str(fault)


def meant(word: str) -> Table:
    """The source that a word means; its name may be taken. Raises ValueError with a sentence."""
    form, _, rest = word.partition(":")
    if word.casefold() == "folder":
        return DEFAULT
    if word.casefold() == "huggingface":
        return {"name": "huggingface", "kind": "huggingface"}
    if form.casefold() == "arxiv":
        return {"name": "arxiv", "kind": "feed", "url": announcements(rest)}
    if rest.startswith("//"):
        url = without_fragment(word)
        return {"name": urlsplit(url).hostname or "", "kind": "feed", "url": url}
    raise ValueError(f'unknown source "{word[:SHOWN]}"{nearest(word[:SHOWN], WORDS) or f"; {all_forms()}"}')


def announcements(categories: str) -> str:
    """The address of arXiv's feed of these categories; raises ValueError with a sentence."""
    if not categories.strip():
        raise ValueError('arXiv needs a category, such as "arxiv:cs.CL"')
    try:
        return announced(categories)
    except KeyError as fault:
        word = str(fault.args[0])[:SHOWN]
        raise ValueError(f'unknown arXiv category "{word}"{nearest(word, CATEGORIES)}') from fault


def all_forms() -> str:
    """What may be said, in one sentence: it ends a fault that no near word explains."""
    *others, last = (word for word, _ in FORMS)
    return f"name {', '.join(others)} or {last}"


def named(tables: Iterable[Table]) -> Iterator[Table]:
    """The same with a name for each that no other has."""
    taken = {DEFAULT["name"], NAMED_FILES}
    for table in tables:
        name = free_name(table["name"], taken)
        taken.add(name)
        yield {**table, "name": name}
