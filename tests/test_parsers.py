"""From bytes to the right parser: decoding, lines, sniffing, and what is refused with which words."""

from __future__ import annotations

from dataclasses import astuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest.errors import UnreadableDump
from digest.models import Dump, Listing
from digest.parsers import PARSERS, decode, parse, sniff, split_lines
from tests.listings import CARDS, RETRIEVED, Shape, dump_of, render

PAGE = render(CARDS)
TITLES = [card.title for card in CARDS]


# --- decoding ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_text_is_decoded_whatever_unicode_encoding_it_has(encoding: str) -> None:
    assert decode(PAGE.encode(encoding)) == PAGE


def test_big_endian_mark_is_understood() -> None:
    assert decode(b"\xfe\xff" + "Pâté".encode("utf-16-be")) == "Pâté"


def test_byte_that_fits_nowhere_costs_only_itself() -> None:
    assert decode(b"caf\xe9 and \xff tea") == "caf\ufffd and \ufffd tea"


def test_character_cut_in_two_at_the_end_costs_only_itself() -> None:
    assert decode("tea €".encode()[:-1]) == "tea \ufffd"


@given(st.binary(max_size=300))
@example(b"\xff\xfe\x00\xd8")
@example(b"\xff\xfe\x00\x00\x00\x00\x11\x00")
@example(b"\x00" * 50)
def test_any_bytes_have_a_text(body: bytes) -> None:
    decode(body).encode()


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("one", ["one"]),
        ("one\ntwo\n", ["one", "two"]),
        ("one\r\ntwo\rthree\n\nfive", ["one", "two", "three", "", "five"]),
        ("one\u2028still\x85one\x0b\x0c\x1d\u2029", ["one\u2028still\x85one\x0b\x0c\x1d\u2029"]),
        ("\n", [""]),
    ],
)
def test_lines_end_at_their_three_ends_and_nowhere_else(text: str, lines: list[str]) -> None:
    assert split_lines(text) == lines


# --- choosing ---------------------------------------------------------------------------------------------------


def test_page_is_known_by_what_it_says() -> None:
    name, why = sniff(dump_of(PAGE))
    assert name == "huggingface-page"
    assert "Get trending papers" in why


def test_page_without_a_header_is_known_by_its_marks() -> None:
    name, why = sniff(dump_of(render(CARDS, Shape(blanks="none", marks=True, header=False))))
    assert (name, why) == ("huggingface-page", "it says '• 3 authors'")


def test_text_without_any_sign_is_tried_all_the_same() -> None:
    bare = dump_of(render(CARDS, Shape(header=False)))
    assert sniff(bare) == ("huggingface-page", "text without any known sign")
    assert [paper.title for paper in parse(bare).papers] == TITLES


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "the file is empty"),
        (b"\n \r\n\t\n", "the file is empty"),
        (b"\xef\xbb\xbf\n", "the file is empty"),
        (b"\x00" * 4096, "the file is empty"),
        (b"\x1f\x8b\x08\x00rest", "compressed (gzip)"),
        (b"%PDF-1.7\n1 0 obj", "a PDF"),
        (b"PK\x03\x04rest", "a ZIP archive"),
        (b"SQLite format 3\x00rest", "a SQLite database"),
        (bytes(range(256)) * 20, "binary, not text"),
        (b"<!DOCTYPE html>\n<html><body>Get trending papers in your email inbox!</body>", "an HTML page"),
        (b"\n <!-- saved -->\n<html lang='en'>", "an HTML page"),
        (b"<?xml version='1.0'?><svg version='2.0'/>", "XML, but no feed"),
        (b'{"papers": []}', "JSON"),
        (b' [\n {"paper": {"id": "2605.10001"}}]', "JSON"),
        (b"Submissions to: Lamps\n\\\\\narXiv:2605.10001\nDate: Mon\n\\\\\n", "no entry of an arXiv listing"),
    ],
)
def test_what_no_parser_reads_is_refused_by_its_name(body: bytes, says: str) -> None:
    with pytest.raises(UnreadableDump, match=r"page\.txt") as refused:
        parse(dump_of(body))
    assert says in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "Dear Anna,\n\nthank you for your letter. We were at the sea, and it rained.\n\nLove, Bea\n",
        "The ferry was late again. Nobody minded. " * 30 + "\n\n" + "The harbour was empty when we came home. " * 30,
        "# lamps\n\nA program that counts.\n\n## Install\n\n    make run\n\n## Use\n\nSee [the docs](docs/use.md).\n",
        "def count(lamps):\n    return sum(1 for lamp in lamps if lamp.on)\n",
        "milk\nbread\ntea\n",
        " 1. https://huggingface.co/papers/2605.10001\n 2. https://huggingface.co/papers/2605.10002\n [3][4]\n",
        "\n".join(render(CARDS).split("\n")[:14]),  # a page of which only the header came
    ],
)
def test_text_that_lists_no_paper_is_refused(text: str) -> None:
    with pytest.raises(UnreadableDump, match="no papers are listed in it"):
        parse(dump_of(text))


def test_single_line_of_fifty_megabytes_is_refused_with_its_length() -> None:
    with pytest.raises(UnreadableDump, match="50,000,000 characters"):
        parse(dump_of(b"x" * 50_000_000))


def test_more_lines_than_any_listing_has_are_refused() -> None:
    with pytest.raises(UnreadableDump, match="1,000,001 lines"):
        parse(dump_of("Daily Papers\n" + "x\n" * 1_000_000))


# --- naming -----------------------------------------------------------------------------------------------------


def silent(dump: Dump) -> Listing:
    """A parser from outside: it reads nothing."""
    return Listing("silent", dump.retrieved.date(), "retrieved", ())


NOT_CALLABLE = "a text"


def test_named_parser_is_not_sniffed_for() -> None:
    assert parse(dump_of(PAGE), "huggingface-page") == PARSERS["huggingface-page"](dump_of(PAGE))


def test_parser_from_outside_is_named_by_package_and_object() -> None:
    assert parse(dump_of(b"\x00\xff"), "tests.test_parsers:silent").listed_on == RETRIEVED.date()


@pytest.mark.parametrize(
    "name",
    [
        "huggingface-pgae",
        "tests.test_parsers:nobody",
        "no.such.package:parser",
        "tests.test_parsers:NOT_CALLABLE",
        "",
        ":",
    ],
)
def test_parser_that_does_not_exist_is_named_in_the_refusal(name: str) -> None:
    with pytest.raises(UnreadableDump, match="parser") as refused:
        parse(dump_of(PAGE), name)
    assert f'"{name}"' in str(refused.value)


# --- any bytes --------------------------------------------------------------------------------------------------

PIECES = (
    *(line.encode() for line in PAGE.split("\n")),
    *(b"\n", b"\r", b"\r\n", b"\x00", b"\xff", b"\xe2\x80\xa8"),
    *(b"[", b"](", b"][3]", b"### ", b"# ", b"\\\\", b"- ", b"12"),
    *(b"Mar 14", b"3 authors", b"\xc2\xb7", b"Published on Oct 4, 2026", b"Submitted by"),
    *(b"Subscribe", b"Upvote", b"[-] 1", b"#community"),
    *(b"https://huggingface.co/papers/2605.10001", b" 31. https://huggingface.co/papers/2605.10002"),
)


def end_of(body: bytes) -> Listing | UnreadableDump:
    """How the reading of these bytes ends; whatever else it may raise is a fault."""
    try:
        return parse(dump_of(body))
    except UnreadableDump as refused:
        return refused


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=8), max_size=40).map(b"".join))
@example(b"Subscribe3 authors")
@example(b"#\n##\n### [\n][1]\n")
@example(b"by\nAK\nand the research community\n[\n")
@example(b"\xe2\x80\x8b\n\xc2\xa0x\n3 authors")
def test_any_bytes_end_as_a_listing_or_a_refusal(body: bytes) -> None:
    end = end_of(body)
    if isinstance(end, UnreadableDump):
        assert str(end).startswith("page.txt: ")
        return
    total = len(split_lines(decode(body)))
    assert sum(astuple(end.lines)) == total
    assert all(paper.title for paper in end.papers)
    assert all(1 <= reject.line <= total for reject in end.rejects)
