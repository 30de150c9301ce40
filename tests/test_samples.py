"""The shipped sample days: what is in them, and that they read as real pages do."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from digest.models import Dump, Fetched
from digest.parsers import parse
from digest.samples import sample_days
from digest.store import Store
from digest.text import title_key
from digest.topics import Classifier, default_never, default_topics

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from digest.models import ListedPaper, Listing

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
# listed = new + known + repeated, when the days are taken in their order
TRUTH = {
    "2026-11-16.txt": (12, 12, 0, 0),
    "2026-11-17.txt": (15, 11, 4, 0),
    "2026-11-18.txt": (17, 12, 5, 0),
    "2026-11-19.txt": (14, 0, 14, 0),
    "2026-11-20.txt": (41, 25, 14, 2),
    "2026-11-21.txt": (18, 0, 9, 9),
}
WITH_METADATA = ("2026-11-16.txt", "2026-11-19.txt", "2026-11-20.txt")
NO_ABSTRACT_AT_FIRST = "Handwriting in the Margins: OCR for Annotated Books"


def read(name: str) -> Listing:
    path = next(path for path in sample_days() if path.name == name)
    return parse(Dump("0" * 64, name=name, body=path.read_bytes(), retrieved=NOW, source="samples"))


def card(name: str, title: str) -> ListedPaper:
    return next(paper for paper in read(name).papers if paper.title == title)


def sightings() -> Iterator[tuple[str, ListedPaper]]:
    return ((name, paper) for name in TRUTH for paper in read(name).papers)


def test_the_days_are_consecutive_and_in_order() -> None:
    assert [path.name for path in sample_days()] == list(TRUTH)


@pytest.mark.parametrize("name", TRUTH)
def test_a_day_is_read_whole(name: str) -> None:
    listing = read(name)
    assert listing.rejects == ()
    assert listing.listed_on == date.fromisoformat(name.removesuffix(".txt"))
    assert len(listing.papers) == TRUTH[name][0]


def test_counts_of_listed_new_known_and_repeated() -> None:
    seen: set[str] = set()
    counts = {}
    for name in TRUTH:
        keys = [title_key(paper.title, paper.abstract) for paper in read(name).papers]
        new, known = len(set(keys) - seen), len(set(keys) & seen)
        counts[name] = (len(keys), new, known, len(keys) - new - known)
        seen |= set(keys)
    assert counts == TRUTH
    assert len(seen) == 60


def test_the_store_counts_the_same_and_fills_in_what_later_days_print(tmp_path: Path) -> None:
    with Store(tmp_path / "digest.db") as store:
        for path in sample_days():
            sha256, again = store.dumps.own(Fetched(path.name, path.read_bytes()), "samples", now=NOW)
            store.take_in(sha256, read(path.name), NOW)
            assert not again
        reports = {r.name: (r.listed, r.new, r.known, r.repeated) for r in store.dumps.reports()}
        papers = store.papers.all()
    assert reports == TRUTH
    assert len(papers) == 60
    assert sum(bool(paper.ids) for paper in papers) == 39
    assert [paper.title for paper in papers if paper.abstract is None] == []


def test_the_samples_show_every_built_in_topic_and_friday_eight_sections() -> None:
    classifier = Classifier(default_topics(), default_never())
    best = {p.title: classifier.classify_text(p.title, p.abstract)[0].topic for _, p in sightings() if p.abstract}
    assert set(best.values()) == {topic.id for topic in default_topics()}
    before = {p.title for name in list(TRUTH)[:4] for p in read(name).papers}
    friday = Counter(topic for title, topic in best.items() if title not in before)
    assert sum(friday.values()) == 25
    assert sum(count >= 2 for count in friday.values()) == 8


def test_every_title_has_the_same_abstract_on_every_day() -> None:
    abstracts: dict[str, set[str | None]] = {}
    for _, paper in sightings():
        abstracts.setdefault(paper.title, set()).add(paper.abstract)
    several = {title: texts for title, texts in abstracts.items() if len(texts) > 1}
    assert list(several) == [NO_ABSTRACT_AT_FIRST]
    assert None in several[NO_ABSTRACT_AT_FIRST]


def test_every_abstract_says_something_in_whole_sentences() -> None:
    texts = {paper.abstract for _, paper in sightings()} - {None}
    assert [text for text in texts if not 400 < len(text or "") < 900] == []
    assert [text for text in texts if not (text or "").endswith(".")] == []


@pytest.mark.parametrize("name", WITH_METADATA)
def test_metadata_are_printed_on_every_card_of_these_days(name: str) -> None:
    for paper in read(name).papers:
        assert (paper.author_count is None) != (paper.organisation is None), paper.title
        assert paper.published is not None
        assert paper.published <= date.fromisoformat(name.removesuffix(".txt"))


def test_identifiers_come_with_the_page_of_friday_and_never_change() -> None:
    ids: dict[str, set[str]] = {}
    for name, paper in sightings():
        assert bool(paper.ids) == (name == "2026-11-20.txt")
        ids.setdefault(paper.title, set()).update(i.value for i in paper.ids)
    assert max(len(values) for values in ids.values()) == 1
    assert all(
        value[4:6] == ".9" for values in ids.values() for value in values
    )  # far beyond those that were given out


def test_organisations_are_names_and_nothing_else() -> None:
    found = {paper.organisation for _, paper in sightings()} - {None}
    assert found == {
        "Harbour Institute",
        "Lakeside Labs",
        "Northmoor Hospital School",
        "Saltmarsh Ocean Centre",
        "University of Examples",
    }


def test_the_quiet_thursday_repeats_cards_with_other_counts() -> None:
    title = "Gaussian Splatting for Things That Melt"
    wednesday, thursday, friday = (card(f"2026-11-{day}.txt", title) for day in (18, 19, 20))
    assert wednesday.comments is None
    assert thursday.comments
    assert friday.comments
    assert (thursday.comments, thursday.upvotes) != (friday.comments, friday.upvotes)


def test_letters_beyond_latin_and_formulas_stay_whole() -> None:
    assert card("2026-11-20.txt", "Μιλάμε ποντιακά: A Speech Corpus for an Endangered Greek Dialect").author_count == 12
    title = "Attention in O(n log n) by Sorting Once: Queries That Look Near Before They Look Far"
    assert "2^{-k}" in (card("2026-11-18.txt", title).abstract or "")


def test_a_title_broken_over_two_lines_is_one() -> None:
    title = "A Web Agent Walks Into a Town Hall: Filling in 600 Public Forms Without Inventing Answers"
    assert card("2026-11-20.txt", title).abstract == card("2026-11-21.txt", title).abstract
