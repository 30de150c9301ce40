"""Finding all of many terms in one pass over the words of a text.

Letters and digits make words; spaces, hyphens and underscores only part them, so that a space equals a hyphen. Any
other sign is a word of its own: "C++" can be a term, and no term reaches across a full stop or a bracket. A word of
a term matches

- a whole word, whatever its case; a word written with a capital only as it is written;
- with a plural `s` or `es`, when it is the last of its term;
- with any ending, when it has a star: `simulat*`.

Scripts that do not part words are read sign by sign, so that a Chinese term is found within a sentence.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Finder", "parts", "places", "words"]

T = TypeVar("T")

_JOIN = r"\s_\-‐‑‒–−"  # whatever is printed for a space or a hyphen; an em dash ends a phrase
_SIGN = r"\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"  # Han and kana
_WORD = re.compile(rf"[^\W_{_SIGN}]+|[^{_JOIN}]")
_PART = re.compile(rf"[^\W_{_SIGN}]+\*?|[^{_JOIN}]")
_REMEMBERED = 50_000  # different words; several thousand papers have about as many


def words(text: str) -> list[str]:
    """The words of a text as they stand; signs count as words."""
    return _WORD.findall(text)


def places(text: str) -> list[tuple[int, int]]:
    """Where each of `words(text)` stands: start and end, as for a slice."""
    return [found.span() for found in _WORD.finditer(text)]


def parts(term: str) -> tuple[str, ...]:
    """The words of a term; one that may have any ending keeps its star."""
    return tuple(_PART.findall(term))


class _Branches(Generic[T]):
    """Where the next word of a term leads: whole words, and beginnings of words."""

    __slots__ = ("lengths", "stems", "words")

    def __init__(self) -> None:
        self.words: dict[str, _Node[T]] = {}
        self.stems: dict[str, _Node[T]] = {}
        self.lengths: tuple[int, ...] = ()

    def grow(self, part: str) -> _Node[T]:
        """The node that this part of a term leads to, made where there is none."""
        if len(part) == 1 or not part.endswith("*"):
            return self.words.setdefault(part, _Node())
        node = self.stems.setdefault(part[:-1], _Node())
        self.lengths = tuple(sorted({len(stem) for stem in self.stems}))
        return node

    def follow(self, word: str) -> Iterator[_Node[T]]:
        """Every node that a word of a text leads to: as a whole, and by each of its beginnings."""
        if word in self.words:
            yield self.words[word]
        for length in self.lengths:
            if length > len(word):
                return
            if word[:length] in self.stems:
                yield self.stems[word[:length]]


class _Node(Generic[T]):
    """One place in the tree of terms: the values of those that end here with their turn, and what leads on."""

    __slots__ = ("any_case", "as_written", "ends")

    def __init__(self) -> None:
        self.ends: list[tuple[int, T]] = []
        self.as_written: _Branches[T] = _Branches()
        self.any_case: _Branches[T] = _Branches()

    @property
    def leads_on(self) -> bool:
        """Whether some term goes on from here."""
        return any(branches.words or branches.stems for branches in (self.as_written, self.any_case))

    def grow(self, part: str) -> _Node[T]:
        """As for the branches: a capital letter decides which."""
        if any(letter.isupper() for letter in part):
            return self.as_written.grow(part)
        return self.any_case.grow(part.casefold())

    def follow(self, word: str) -> Iterator[_Node[T]]:
        """Every node that a word of a text leads to."""
        yield from self.as_written.follow(word)
        yield from self.any_case.follow(word.casefold())


class _Step(dict[str, "_Step[T] | None"], Generic[T]):
    """All nodes that the same words lead to; the next word leads to one step more, or to None.

    Each answer is worked out once and remembered, so that reading on costs one look-up, however many terms there are.
    """

    __slots__ = ("ends", "leads_on", "nodes")

    def __init__(self, nodes: tuple[_Node[T], ...]) -> None:
        super().__init__()
        self.nodes = nodes
        self.leads_on = any(node.leads_on for node in nodes)
        turns = sorted((end for node in nodes for end in node.ends), key=lambda end: end[0])
        self.ends = tuple(value for _, value in turns)

    def __missing__(self, word: str) -> _Step[T] | None:
        found = tuple(after for node in self.nodes for after in node.follow(word))
        if len(self) >= _REMEMBERED:
            self.clear()
        step = self[word] = _Step(found) if found else None
        return step


class Finder(Generic[T]):
    """Finds terms; what it gives back for one is the value that was handed in with it.

    Its answers depend on nothing but the terms and the text. It remembers the words that it met, to be fast; that
    memory is bounded.
    """

    def __init__(self, terms: Iterable[tuple[str, T]]) -> None:
        root: _Node[T] = _Node()
        for turn, (term, value) in enumerate(terms):
            _plant(root, parts(term), (turn, value))
        self._start = _Step((root,))

    def find(self, text: Sequence[str]) -> list[tuple[int, int, T]]:
        """Every occurrence as (first word, word after the last, value).

        By first word, then the longest first, then as the terms were handed in: what contains another comes before it.
        """
        found: list[tuple[int, int, T]] = []
        for first, step in enumerate(map(self._start.__getitem__, text)):
            if step is not None:
                found += _read_on(first, step, text) if step.leads_on else _ending(first, first + 1, step)
        return found


def _read_on(first: int, step: _Step[T] | None, text: Sequence[str]) -> list[tuple[int, int, T]]:
    """All terms that begin at one word, the longest first."""
    found: list[tuple[int, int, T]] = []
    after = first + 1
    while step is not None:
        if step.ends:
            found = _ending(first, after, step) + found
        step = step[text[after]] if step.leads_on and after < len(text) else None
        after += 1
    return found


def _ending(first: int, after: int, step: _Step[T]) -> list[tuple[int, int, T]]:
    return [(first, after, value) for value in step.ends]


def _plant(node: _Node[T], term: Sequence[str], end: tuple[int, T]) -> None:
    """Put one term into the tree; a term without words is never found."""
    for part in term[:-1]:
        node = node.grow(part)
    for form in _forms(*term[-1:]):
        node.grow(form).ends.append(end)


def _forms(part: str = "") -> tuple[str, ...]:
    """A last word and its plurals; a sign and a word with a star have none."""
    return (part, part + "s", part + "es") if part[-1:].isalnum() else (part,) if part else ()
