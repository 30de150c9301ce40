from __future__ import annotations

import base64
import itertools
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import UnreadableDump
from digest.models import Dump, Identifier
from digest.parsers.arxiv_listing import parse, recognise
from digest.parsers.encoding import decode, split_lines

if TYPE_CHECKING:
    from pathlib import Path

    from digest.models import Listing

NOW = datetime(2026, 11, 20, 7, tzinfo=UTC)
HEADER = """\
Date: Fri, 20 Nov 26 00:31:14 GMT
Subject: cs.XX daily Subj-class mailing 2

------------------------------------------------------------------------------
 Submissions to:
Kettles and Lamps
 received from  Wed 18 Nov 26 19:00:00 GMT  to  Thu 19 Nov 26 19:00:00 GMT
------------------------------------------------------------------------------
"""
NEW = r"""\\
arXiv:2611.00001
Date: Wed, 18 Nov 2026 20:08:11 GMT   (243kb,D)

Title: Counting Moths at Night: A Small Network for Lamps That Never
  Sleep
Authors: Ada Example (1), Bo S\'ample and J\"org {\O}rsted Jr. ((1) Harbour
  Institute)
Categories: cs.CV eess.IV
Comments: 16 pages, 100% of them needed
DOI: 10.5555/Moths.1
\\
  Counting insects at street lamps is slow. We keep 61 % of {\em all} moths
for $5 a lamp.

  A second paragraph says so again.
\\ ( https://arxiv.org/abs/2611.00001 ,  243kb)
"""
CROSS = r"""\\
arXiv:math/0611002 (*cross-listing*)
Date: Thu, 19 Nov 2026 02:00:00 GMT   (9kb)

Title: Knots, Counted
Author: Cy Specimen
Categories: math.GT cs.XX
\\
  There are many.
\\ ( https://arxiv.org/abs/math/0611002 ,  9kb)
"""
REPLACED = r"""\\
arXiv:2601.00003
replaced with revised version Thu, 19 Nov 2026 11:00:00 GMT   (38kb)

Title: An Older Lamp
Authors: Di Pattern
Categories: cs.XX
\\ ( https://arxiv.org/abs/2601.00003 ,  38kb)
"""
CROSSES, REPLACEMENTS, END = "%-" * 39, "%%--" * 19 + "%%", "%%%---" * 13
RULE = "-" * 78
WHOLE = "\n".join(
    [HEADER + NEW.rstrip(), CROSSES, RULE, CROSS.rstrip(), REPLACEMENTS, RULE, REPLACED.rstrip(), END, ""]
)
IDS = ("2611.00001", "math/0611002", "2601.00003")


def read(text: str | bytes, name: str = "mail.txt") -> Listing:
    body = text if isinstance(text, bytes) else text.encode()
    listing = parse(Dump("0" * 64, name, body, NOW, source="dumps"))
    counts = listing.lines
    lines = split_lines(decode(body))
    if not body.startswith(b"MIME"):
        assert counts.header + counts.paper + counts.metadata + counts.blank + counts.rejected == len(lines)
        assert counts.blank == sum(not line.strip() for line in lines)
    return listing


def names(listing: Listing) -> tuple[str, ...]:
    return tuple(paper.ids[0].value for paper in listing.papers)


# --- what an entry says -----------------------------------------------------------------------------------------


def test_new_submission_says_everything() -> None:
    paper = read(WHOLE).papers[0]
    assert paper.title == "Counting Moths at Night: A Small Network for Lamps That Never Sleep"
    assert paper.authors == ("Ada Example", "Bo Sámple", "Jörg Ørsted Jr.")
    assert paper.author_count == 3
    assert paper.abstract == (
        "Counting insects at street lamps is slow. We keep 61 % of all moths for $5 a lamp. "
        "A second paragraph says so again."
    )
    assert paper.ids == (Identifier("arxiv", "2611.00001"), Identifier("doi", "10.5555/moths.1"))
    assert paper.url == "https://arxiv.org/abs/2611.00001"
    assert paper.published == date(2026, 11, 18)
    assert paper.categories == ("cs.CV", "eess.IV")


def test_new_cross_and_replacement_are_told_apart() -> None:
    listing = read(WHOLE)
    assert names(listing) == IDS
    assert [paper.announce for paper in listing.papers] == ["new", "cross", "replace"]
    assert listing.papers[2].abstract is None
    assert listing.papers[2].published is None
    assert listing.rejects == ()


def test_version_is_no_part_of_the_id() -> None:
    assert names(read(WHOLE.replace("arXiv:2611.00001", "arXiv:2611.00001v2"))) == IDS


def test_old_style_id_is_named_without_its_subject_class() -> None:
    assert names(read(WHOLE.replace("math/0611002", "math.GT/0611002"))) == IDS


def test_listings_of_the_nineties_say_paper() -> None:
    old = CROSS.replace("arXiv:math/0611002 (*cross-listing*)", "Paper (*cross-listing*): math/0611002")
    (paper,) = read(HEADER + old).papers
    assert (paper.announce, paper.title) == ("cross", "Knots, Counted")


# --- the day ----------------------------------------------------------------------------------------------------


def test_day_is_that_of_the_mail() -> None:
    listing = read(WHOLE)
    assert (listing.listed_on, listing.date_from) == (date(2026, 11, 20), "header")


def test_day_in_the_name_wins() -> None:
    listing = read(WHOLE, "cs-2026-11-19.txt")
    assert (listing.listed_on, listing.date_from) == (date(2026, 11, 19), "file name")


@pytest.mark.parametrize(
    ("last", "day"),
    [
        ("Thu 19 Nov 26", date(2026, 11, 20)),
        ("Fri 20 Nov 26", date(2026, 11, 23)),  # announced on Sunday evening in New York, Monday in UTC
        ("Mon 23 Nov 26", date(2026, 11, 24)),
    ],
)
def test_without_a_mail_the_day_follows_from_the_last_submission(last: str, day: date) -> None:
    body = WHOLE.split("\n", 2)[2].replace("Thu 19 Nov 26", last)
    assert (read(body).listed_on, read(body).date_from) == (day, "header")


def test_day_of_a_mail_is_counted_in_utc() -> None:
    late = WHOLE.replace("Fri, 20 Nov 26 00:31:14 GMT", "Thu, 19 Nov 2026 20:31:14 -0400")
    assert read(late).listed_on == date(2026, 11, 20)


@pytest.mark.parametrize("bad", ["", "Date: yesterday", "Date: Fri, 99 Nov 26 00:31:14 GMT"])
def test_without_any_day_that_of_the_retrieval_counts(bad: str) -> None:
    assert (read(f"{bad}\n\n{NEW}").listed_on, read(f"{bad}\n\n{NEW}").date_from) == (NOW.date(), "retrieved")


# --- damage -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_any_line_ends_do(ending: str) -> None:
    assert read(WHOLE.replace("\n", ending)).papers == read(WHOLE).papers


def test_mail_with_encoded_text_is_read() -> None:
    head = "From: no-reply@example.org\nDate: Fri, 20 Nov 2026 00:31:14 +0000\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n"
    listing = read(b"MIME-Version: 1.0\n" + head.encode() + base64.encodebytes(WHOLE.encode()))
    assert listing.papers == read(WHOLE).papers
    assert listing.listed_on == date(2026, 11, 20)


@pytest.mark.parametrize("lost", [line for line in (NEW + CROSS).split("\n") if line.startswith(("\\\\", "arXiv"))])
def test_lost_mark_costs_no_other_paper(lost: str) -> None:
    whole = HEADER + NEW + RULE + "\n" + CROSS + RULE + "\n" + REPLACED
    for place in range(whole.count(f"\n{lost}\n")):
        parts = whole.split(f"\n{lost}\n")
        damaged = f"\n{lost}\n".join(parts[: place + 1]) + "\n" + f"\n{lost}\n".join(parts[place + 1 :])
        titles = {paper.title for paper in read(damaged).papers}
        assert len(titles & {paper.title for paper in read(whole).papers}) >= 2
        assert len(titles) + len(read(damaged).rejects) >= 3


def test_cut_anywhere_keeps_every_entry_before_the_cut() -> None:
    full = read(WHOLE).papers
    for cut in range(WHOLE.index("arXiv:2611") + 60, len(WHOLE), 7):
        papers = read(WHOLE[:cut]).papers if "Title: C" in WHOLE[:cut] else ()
        done = sum(WHOLE[:cut].count(f"{name} ,") for name in IDS)
        assert papers[:done] == full[:done]


def test_entry_without_a_title_is_a_reject() -> None:
    listing = read(WHOLE.replace("Title: Knots, Counted\n", ""))
    assert names(listing) == ("2611.00001", "2601.00003")
    (reject,) = listing.rejects
    assert "0611002" in reject.text
    assert reject.why == "an entry without a title"
    assert listing.lines.rejected == 8


def test_line_between_entries_is_a_reject() -> None:
    listing = read(WHOLE.replace(CROSSES, f"{CROSSES}\nWhat is this?"))
    assert [(reject.text, reject.why) for reject in listing.rejects] == [
        ("What is this?", "a line that belongs to no entry")
    ]


def test_words_after_the_end_are_a_footer() -> None:
    assert read(WHOLE + "\n-- \nsent by a list\n").rejects == ()


@pytest.mark.parametrize("text", ["", "Title: No entry\n", HEADER, "\\\\\n\\\\\n"])
def test_text_without_an_entry_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableDump, match="no entry of an arXiv listing"):
        read(text)


@given(st.lists(st.sampled_from([*WHOLE.split("\n"), "", "\\\\", "Title: X", RULE]), max_size=60))
def test_lines_in_any_order_are_all_accounted_for(lines: list[str]) -> None:
    try:
        listing = read("\n".join(lines))
    except UnreadableDump:
        return
    assert all(paper.title for paper in listing.papers)


# --- choosing, real listings ------------------------------------------------------------------------------------


def test_listing_is_known_by_its_entries() -> None:
    assert "arXiv:2611.00001" in recognise(WHOLE)
    assert recognise(HEADER) == ""
    assert recognise("We cite arXiv:2611.00001\n") == ""


@pytest.mark.parametrize(
    ("name", "announced"),
    [
        ("q-fin-new.txt", {"new": 13, "replace": 3}),
        ("math-OA-new.txt", {"cross": 1, "replace": 2}),
        ("email.txt", {"cross": 1, "replace": 1}),
    ],
)
def test_real_listings_are_read_whole(name: str, announced: dict[str, int], shared_data: Path) -> None:
    listing = read((shared_data / "arxiv" / name).read_bytes(), name)
    kinds = sorted(paper.announce or "" for paper in listing.papers)
    assert {kind: len(list(group)) for kind, group in itertools.groupby(kinds)} == announced
    assert listing.rejects == ()
    assert all(paper.authors and paper.categories and paper.ids and paper.url for paper in listing.papers)
    assert all(paper.abstract for paper in listing.papers if paper.announce != "replace")
    assert not any("\\" in author for paper in listing.papers for author in paper.authors)
