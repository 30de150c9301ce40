"""Texts that once hung the program, or took the square of their length, end in time: each in a process of its own.

Read as it should be each takes under a second; as it once was, more than the minute after which it fails.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from digest.parsers import parse
from tests.fakes import card, page
from tests.listings import dump_of

if TYPE_CHECKING:
    from collections.abc import Callable

MINUTE = 60
HEAD = "Daily Papers\nbyAK and the research community\n\n"
CARD = page(card("Lighthouse"))


def abstracts(middle: str, count: int) -> str:
    """A page of cards whose abstracts hold this."""
    return page(
        *((card(f"Lighthouse Number {number}")[0], f"We propose {middle} {number}.") for number in range(count))
    )


def entry(title: str = "Letters from a Lighthouse", authors: str = "Ada Example") -> str:
    """An entry of arXiv's listings."""
    head = f"arXiv:2610.01234\nTitle: {title}\nAuthors: {authors}\n"
    return f"\\\\\n{head}\\\\\n  An abstract.\n\\\\ ( https://arxiv.org/abs/2610.01234 ,  9kb)\n"


READ = """
import sys
from datetime import UTC, datetime
from importlib import import_module
from digest.errors import UnreadableDump
from digest.models import Dump
from digest.text import excerpt, title_key
body = sys.stdin.buffer.read()
dump = Dump("0" * 64, "slow.txt", body, datetime(2026, 11, 21, tzinfo=UTC), source="tests")
try:
    papers = import_module(sys.argv[1]).parse(dump).papers
    assert all(len(excerpt(paper.abstract or "", 320)) <= 320 and title_key(paper.title, None) for paper in papers)
    print(len(papers))
except UnreadableDump as fault:
    print(fault.what)
"""
NAMESAKES = """
from datetime import date
from digest.identity import Key, recognise
from digest.models import Identifier, ListedPaper
paper = ListedPaper("Letters from a Lighthouse")
keys = [Key("the same", (Identifier("arxiv", f"2610.{number:05}"),)) for number in range(20_000)]
print(len(recognise([paper] * len(keys), keys, (), date(2026, 11, 21)).papers))
"""


PAGES: dict[str, tuple[Callable[[], str], str]] = {
    "comments": (lambda: "<!---->" * 40 + "x", "no papers are listed in it"),
    "empty lines after two backslashes": (lambda: "\\\\" + "\n" * 60_000 + "x\n" + CARD, "1"),
    "dots": (lambda: abstracts("." * 19_900 + "x", 40), "40"),
    "marks on one letter": (lambda: abstracts("e" + "\u0301\u0323" * 49_000, 12), "12"),
    "backslashes in a link": (lambda: CARD + "[\n" + "\\" * 1_000_000 + "x\nfoo](https://a.example/c)\n", "1"),
    "lines": (lambda: HEAD + "a\n" * 2_000_000, "2,000,003 lines are no listing"),
    "lines that CR ends": (lambda: HEAD + "a\r" * 2_000_000, "2,000,003 lines are no listing"),
    "marks on each line": (lambda: HEAD + "1·2·3·4·5·6·7·8\n" * 60_000, "lines and marks are no listing"),
    "lines of dots": (lambda: CARD + ("· " * 59 + "\n") * 20_000, "1"),
    "titles": (lambda: HEAD + "Letters from Lighthouses: Slow Networks\n" * 21_000, "titles are no listing"),
}
LISTINGS: dict[str, tuple[Callable[[], str], str]] = {
    "a field of very many lines": (lambda: entry(title="a" + f"\n  {'b' * 48}" * 190_000) + entry(), "1"),
    "brackets in brackets": (lambda: entry(authors="(" * 95_000 + ")" * 95_000 + " Ada Example"), "1"),
    "spaces in a name": (lambda: entry(authors="Ada" + " " * 190_000 + "Example"), "1"),
    "windows that never end": (lambda: "received from \n" * 150_000 + entry(), "1"),
    "a header of very many words": (
        lambda: f"From: a\nContent-Type: multipart/mixed; {'=?utf-8?q?a?= ' * 100_000}\n\n{entry()}",
        "1",
    ),
}


@pytest.mark.parametrize("kind", PAGES)
def test_page_ends_in_time(kind: str) -> None:
    text, said = PAGES[kind]
    assert said in read("digest.parsers", text())


@pytest.mark.parametrize("kind", LISTINGS)
def test_listing_of_arxiv_ends_in_time(kind: str) -> None:
    text, said = LISTINGS[kind]
    assert said in read("digest.parsers.arxiv_listing", text())


def test_list_of_very_many_values_is_refused() -> None:
    assert "no list of papers has" in read("digest.parsers.huggingface_api", "[" + "[]," * 3_000_000 + "[]]")


def test_papers_of_one_title_that_identifiers_keep_apart_are_told_apart_in_time() -> None:
    assert python(NAMESAKES, "", "") == "20000"


@pytest.mark.parametrize("number", ["9" * 23, "1" * 10, f"{'9' * 30}k"])
def test_number_too_large_to_count_anything_is_no_upvotes(number: str) -> None:
    (paper,) = parse(dump_of(f"{CARD}\nUpvote {number}\n")).papers
    assert paper.upvotes is None


def read(module: str, text: str) -> str:
    """What the parser in this module makes of a text: how many papers, or why it refuses it."""
    return python(READ, module, text)


def python(code: str, word: str, text: str) -> str:
    command = [sys.executable, "-c", code, word]
    done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=MINUTE, check=True)
    return done.stdout.decode().strip()
