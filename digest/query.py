"""What somebody looks for, read from the words that they typed. Whatever they typed means something, if perhaps nothing.

    tool use           both words, in either number         -survey            without that word
    "tool use"         next to each other                   title:agents       also author:, abstract:, topic:
    robot*             any ending                           image OR video     one of the two; joins its neighbours alone

What could not be understood is said in `remarks`, and the rest is looked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal

from digest.text import clean_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    Kind = Literal["words", "phrase", "beginning"]

__all__ = ["MARKS", "Hit", "Part", "Query", "bounded", "in_topic", "read"]

MARKS = ("\x02", "\x03")  # around a match; clean text holds neither
LONGEST = 1_000  # characters that are read
MOST = 32  # parts that are looked for
STARS = 8  # of them that are only how words begin
LEAST = 2  # letters before a star
NAMED = 60  # characters of what was typed, in a sentence about it
FIELDS = {"title": "title", "author": "authors", "authors": "authors", "abstract": "abstract", "topic": "topic"}
TOKEN = re.compile(r'(?P<sign>-)?(?:(?P<field>[A-Za-z]+):(?=\S))?(?:"(?P<phrase>[^"]*)(?P<end>"?)|(?P<word>[^\s"]+))')
QUOTES = str.maketrans("“”„«»＂", '""""""')


@dataclass(frozen=True, slots=True)
class Part:
    """Words that stand together, anywhere or in one `field` (a value of `FIELDS`; "topic": the paper is in that topic).

    "words" are found in either number, a "phrase" as it stands, a "beginning" with any ending.
    """

    words: str
    kind: Kind = "words"
    field: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for: of each group of `every` one part, and none of `without`, between two days.

    A paper's day is that of the edition that announced it, else of the listing that had it first. `announced`: only papers
    that an edition announced. `remarks` say what was not understood.
    """

    text: str = ""
    every: tuple[tuple[Part, ...], ...] = ()
    without: tuple[Part, ...] = ()
    since: date | None = None
    until: date | None = None
    announced: bool = False
    remarks: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing at all is asked for."""
        return not (self.every or self.without or self.since or self.until)


@dataclass(frozen=True, slots=True)
class Hit:
    """One paper that answers a query: its title, words of its abstract, its names, with `MARKS` around what matched.

    `snippet` is where its abstract matches best, else how that begins; `names` is "" where nothing in them matched.
    """

    paper: int
    title: str
    snippet: str
    names: str = ""


def read(text: str, topics: Collection[str] = ()) -> Query:
    """The query that these words are; `topics` are the ids that `topic:` may name."""
    cleaned = clean_text(text[:LONGEST].encode(errors="replace").decode().translate(QUOTES))
    reading = Reading(topics)
    if len(text) > LONGEST:
        reading.remark(f"Only the first {LONGEST:,} characters were read.")
    for token in TOKEN.finditer(cleaned):
        reading.take(token)
    return reading.query(cleaned)


def in_topic(query: Query, topic: str) -> Query:
    """The same, among the papers of one topic."""
    return replace(query, every=(*query.every, (Part(topic, "phrase", "topic"),)))


def bounded(query: Query, since: str, until: str) -> Query:
    """The same between these days, ISO 8601, each of which may be empty; a day that is none is passed over, and told."""
    remarks: list[str] = []
    first, last = day(since, remarks), day(until, remarks)
    if first and last and first > last:
        remarks.append("The first day is later than the last one: nothing lies between them.")
    return replace(query, since=first, until=last, remarks=(*query.remarks, *remarks))


def day(text: str, remarks: list[str]) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        remarks.append(f"{named(text)} is no day, such as 2026-11-20, and was passed over.")
        return None


def named(words: str) -> str:
    """What was typed, short enough for a sentence about it."""
    line = clean_text(words.encode(errors="replace").decode())
    return f"“{line if len(line) <= NAMED else line[:NAMED] + '…'}”"


@dataclass
class Reading:
    """A query that is being read, word for word. `joins`, `bars`: OR, or NOT, stands before the word that comes."""

    topics: Collection[str]
    every: list[list[Part]] = field(default_factory=list)
    without: list[Part] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    stars: int = 0
    joins: bool = False
    bars: bool = False
    open: bool = False  # the last word may be joined by OR

    def remark(self, sentence: str) -> None:
        if sentence not in self.remarks:
            self.remarks.append(sentence)

    def take(self, token: re.Match[str]) -> None:
        """The next word."""
        if token[0] in {"OR", "AND", "NOT"}:
            self.operator(token[0])
        elif sum(map(len, self.every)) + len(self.without) >= MOST:
            self.remark(f"Only the first {MOST} words were looked for.")
        else:
            if token["phrase"] is not None and not token["end"]:
                self.remark("A quotation mark is not closed: all behind it was taken as one phrase.")
            for part in self.parts(token):
                self.place(part, barred=bool(token["sign"]) or self.bars)
            self.bars = False

    def operator(self, word: str) -> None:
        """All words must occur anyway, so that AND says nothing."""
        if word == "OR":
            if not self.open:
                self.remark("OR stands between two words; one that does not was passed over.")
            self.joins = self.open
        self.bars = word == "NOT"

    def place(self, part: Part, *, barred: bool) -> None:
        if barred:
            if self.joins:
                self.remark("OR joins words that should occur; one before a minus was passed over.")
            self.without.append(part)
        elif self.joins:
            self.every[-1].append(part)
        else:
            self.every.append([part])
        self.joins, self.open = False, not barred

    def parts(self, token: re.Match[str]) -> Iterator[Part]:
        """What a word asks for; nothing where it holds nothing that could be found."""
        name, phrase, word = (token["field"] or "").lower(), token["phrase"], token["word"] or ""
        if name and name not in FIELDS:
            if not word.startswith("//"):  # an address, looked for as it stands
                self.remark(f"There is no field {named(name + ':')}: it was taken as words. {KNOWN}")
            word, name = f"{token['field']}:{phrase or word}", ""
        if name == "topic":
            yield from self.topic((phrase if phrase is not None else word).strip().lower())
        elif not (readable(phrase or "") or readable(word)):
            self.unreadable(token[0], phrase, word)
        elif phrase is not None and readable(phrase):
            yield Part(phrase, "phrase", FIELDS.get(name, ""))
        else:
            yield self.plain(word, FIELDS.get(name, ""))

    def plain(self, word: str, place: str) -> Part:
        """A word; with a star, how words begin."""
        bare = word.rstrip("*)")
        if "*" not in word[len(bare) :]:
            return Part(word, "words", place)
        self.stars += 1
        if self.stars > STARS:
            self.remark(f"Only the first {STARS} stars count.")
        elif sum(map(str.isalnum, bare)) < LEAST and bare.isascii():
            self.remark(f"{named(word)}: a star needs two letters before it, so that it was left out.")
        else:
            return Part(bare, "beginning", place)
        return Part(bare, "words", place)

    def topic(self, name: str) -> Iterator[Part]:
        if name in self.topics:
            yield Part(name, "phrase", "topic")
            return
        near = get_close_matches(name, self.topics, 1)
        hint = f" Did you mean “{near[0]}”?" if near else ""
        self.remark(f"There is no topic {named(name)}, so that it was passed over.{hint}")

    def unreadable(self, said: str, phrase: str | None, word: str) -> None:
        if word.rstrip(":").lower() in FIELDS:
            self.remark(f"Nothing stands behind {named(word)}.")
        elif phrase != "":
            self.remark(f"{named(said)} holds no letter and no digit, and was passed over.")

    def query(self, text: str) -> Query:
        """All that was read."""
        if self.joins:
            self.remark("OR stands between two words; one that does not was passed over.")
        return Query(text, tuple(map(tuple, self.every)), tuple(self.without), remarks=tuple(self.remarks))


KNOWN = "Fields are title:, author:, abstract: and topic:."


def readable(words: str) -> bool:
    """Whether it holds something that the index holds."""
    bare = words.rstrip(":")
    named_field = bare.lower() in FIELDS and bare != words
    return not named_field and any(map(str.isalnum, words))
