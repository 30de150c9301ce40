"""Looking at sources: what a first look announces, who is asked when, what is told of those that fail."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from threading import Event, Timer
from typing import TYPE_CHECKING, ClassVar

import pytest

from digest.commands.wiring import wired
from digest.errors import Busy, DigestError, FetchError, TemporaryDelivery
from digest.ingest import Feeding
from digest.models import Fetched, ListedPaper, Listing, Unchanged
from digest.parsers import parse
from digest.pipeline import ingest
from digest.sources.together import SIDE_BY_SIDE, looked_at
from digest.store import Store
from tests.fakes import DAY, Place, Refusing, Scripted, card, page

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from digest.desk import Desk
    from digest.ingest import First
    from digest.models import Dump, RunReport

AMBER, BIRCH, CLOUD, DUNE = card("Amber"), card("Birch"), card("Cloud"), card("Dune")
ADDRESS = "https://papers.example.org/daily"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def dump(*cards: tuple[str, str], day: str = "2026-11-16") -> Fetched:
    return Fetched(f"{day}.txt", page(*cards).encode(), cursor=day)


def run(place: Place, source: Scripted, first: First = "all", parser: str | None = None) -> RunReport:
    return place.run(partial(source.on, first=first, parser=parser))


def announced(place: Place) -> set[str]:
    return {title for titles in place.titles().values() for title in titles}


# --- the first look ---------------------------------------------------------------------------------------------

THREE_DAYS = [
    dump(AMBER, day="2026-11-14"),
    dump(AMBER, CLOUD, day="2026-11-16"),
    dump(BIRCH, day="2026-11-15"),
]


@pytest.mark.parametrize(
    ("first", "titles"),
    [("all", {AMBER[0], BIRCH[0], CLOUD[0]}), ("latest day", {CLOUD[0]}), ("nothing", set())],
)
def test_first_look_announces_what_the_source_says(first: First, titles: set[str], place: Place) -> None:
    report = run(place, Scripted([THREE_DAYS]), first=first)
    assert [one.verdict in {"new", "quiet"} for one in report.dumps] == [True] * 3
    assert sum(one.new for one in report.dumps) == 3, "all of them are known from now on"
    assert announced(place) == titles


@pytest.mark.parametrize("first", ["latest day", "nothing"])
def test_later_looks_announce_all_that_is_new(first: First, place: Place) -> None:
    source = Scripted([THREE_DAYS, [dump(AMBER, DUNE, day="2026-11-13")]])
    run(place, source, first=first)
    before = announced(place)
    run(place, source, first=first)
    assert announced(place) - before == {DUNE[0]}


def test_papers_of_one_dump_may_be_listed_on_several_days(place: Place) -> None:
    report = run(
        place, Scripted([[Fetched("feed", b"..", cursor="1")]]), first="latest day", parser="tests.test_ingest:feed"
    )
    assert (report.dumps[0].new, report.dumps[0].withheld) == (3, 2)
    assert announced(place) == {CLOUD[0]}


def feed(dump: Dump) -> Listing:
    """A parser from outside: three papers that were put on the list on two days."""
    older, latest = date(2026, 11, 14), date(2026, 11, 16)
    papers = (ListedPaper(AMBER[0], day=older), ListedPaper(CLOUD[0], day=latest), ListedPaper(BIRCH[0], day=older))
    return Listing("feed", dump.retrieved.date(), "retrieved", papers)


def test_day_in_the_far_future_is_not_the_latest(place: Place) -> None:
    run(place, Scripted([[*THREE_DAYS, dump(DUNE, day="2099-01-01")]]), first="latest day")
    assert announced(place) == {CLOUD[0], DUNE[0]}


def test_first_look_that_died_is_still_the_first(place: Place) -> None:
    dying = Scripted([THREE_DAYS], dies=True)

    with pytest.raises(KeyboardInterrupt):
        run(place, dying, first="latest day")
    assert announced(place) == set()
    run(place, Scripted([THREE_DAYS[1:]]), first="latest day")
    assert announced(place) == {CLOUD[0]}


def test_dumps_of_a_first_look_are_settled_also_when_their_source_is_gone(place: Place) -> None:
    dying = Scripted([THREE_DAYS], dies=True)
    with pytest.raises(KeyboardInterrupt):
        run(place, dying, first="latest day")
    place.run()
    with Store(place.config.database) as store:
        assert store.dumps.unparsed() == ()


def test_unreadable_dump_of_a_first_look_is_quarantined(place: Place) -> None:
    report = run(place, Scripted([[Fetched("a.pdf", b"%PDF-1.7", cursor="1"), *THREE_DAYS]]), first="latest day")
    assert [one.verdict for one in report.dumps].count("quarantined") == 1
    assert announced(place) == {CLOUD[0]}


@pytest.mark.parametrize("first", ["all", "nothing"])
def test_first_look_that_died_is_settled_also_where_it_is_to_be_another_one_now(first: First, place: Place) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(place, Scripted([THREE_DAYS], dies=True), first="latest day")
    run(place, Scripted([[]]), first=first)
    with Store(place.config.database) as store:
        assert store.dumps.unparsed() == ()
        assert len(store.papers.all()) == 1


def test_dump_of_a_first_look_whose_reading_never_ends_is_quarantined_and_no_other(place: Place) -> None:
    look = [dump(AMBER), Fetched("bad.txt", HANGS, cursor="1"), dump(BIRCH, day="2026-11-15")]
    source = Scripted([look, [], [], []])
    parser = "tests.test_ingest:hanging"
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            run(place, source, first="latest day", parser=parser)
    report = run(place, source, first="latest day", parser=parser)
    assert {one.name: one.verdict for one in report.dumps} == {
        "2026-11-16.txt": "new",
        "bad.txt": "quarantined",
        "2026-11-15.txt": "quiet",
    }


HANGS = b"a page that hangs"


def hanging(dump: Dump) -> Listing:
    """A parser from outside that has to be killed over one dump."""
    if dump.body == HANGS:
        raise KeyboardInterrupt
    return parse(dump)


@pytest.mark.parametrize(("held", "times"), [(20_000, 3), (2, 4), (0, 6)])
def test_dumps_of_a_first_look_are_read_once_as_far_as_memory_goes(
    held: int, times: int, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.ingest.HELD", held)
    READ.clear()
    run(place, Scripted([THREE_DAYS]), first="latest day", parser="tests.test_ingest:counted")
    assert (len(READ), announced(place)) == (times, {CLOUD[0]})


READ: list[str] = []


def counted(dump: Dump) -> Listing:
    """A parser from outside that says what it was asked to read."""
    READ.append(dump.name)
    return parse(dump)


# --- unchanged, failing, gone -----------------------------------------------------------------------------------


def test_what_has_not_changed_costs_nothing_and_its_mark_is_kept(place: Place) -> None:
    source = Scripted([[dump(AMBER)], [Unchanged("2026-11-16.txt", "second")], [Unchanged("2026-11-16.txt", "third")]])
    assert run(place, source).verdict == "new"
    report = run(place, source)
    assert (report.verdict, report.dumps) == ("quiet", ())
    run(place, source)
    assert source.cursors == [{}, {"2026-11-16.txt": "2026-11-16"}, {"2026-11-16.txt": "second"}]


def test_source_that_fails_stops_no_other(place: Place) -> None:
    place.drop(page(AMBER))
    bad, good = Scripted([[FetchError(ADDRESS, "timed out")]]), Scripted([[dump(BIRCH)]])

    def both(desk: Desk) -> Desk:
        return replace(desk, sources=(Feeding("bad", bad), *desk.sources, Feeding("good", good)))

    report = place.run(both)
    assert announced(place) == {AMBER[0], BIRCH[0]}
    assert (report.verdict, [str(fault) for fault in report.errors]) == ("partial", [f"{ADDRESS}: timed out"])


def test_what_stops_a_look_is_told_after_what_came_before(place: Place) -> None:
    source = Scripted([[dump(AMBER), Busy("x", "is locked")]])
    report = run(place, source)
    assert (len(report.dumps), len(report.errors)) == (1, 1)
    assert source.put_away == ["2026-11-16.txt"]


def test_source_that_failed_is_left_alone_for_a_while_and_that_is_told(place: Place) -> None:
    fault: list[DigestError] = [FetchError(ADDRESS, "timed out")]
    source = Scripted([list(fault) for _ in range(3)] + [[dump(AMBER)]])
    waits = []
    for _ in range(3):
        asked = source.asked
        assert run(place, source).verdict == "failed"
        assert source.asked == asked + 1
        since = place.now
        report = run(place, source)
        assert source.asked == asked + 1, "not asked again at once"
        assert "in a row" in str(report.errors[0]) or "failed once" in str(report.errors[0])
        with Store(place.config.database) as store:
            until = store.looks.all()["scripted"].not_before
        assert until is not None
        waits.append((until - since) // timedelta(minutes=1))
        place.now = until
    assert waits == [15, 30, 60]
    assert run(place, source).verdict == "new"
    with Store(place.config.database) as store:
        assert store.looks.all()["scripted"].failures == 0


def test_wait_that_a_wrong_clock_left_is_not_believed(place: Place) -> None:
    source = Scripted([[FetchError(ADDRESS, "timed out")], [dump(AMBER)]])
    place.now += timedelta(days=400)
    run(place, source)
    place.now -= timedelta(days=400)
    assert run(place, source).verdict == "new"


def test_source_has_answered_when_any_of_its_addresses_has(place: Place) -> None:
    source = Scripted([[FetchError(ADDRESS, "timed out"), Unchanged("other", "1")]])
    assert run(place, source).verdict == "partial"
    with Store(place.config.database) as store:
        assert store.looks.all()["scripted"].failures == 0


def test_folder_that_fails_is_looked_at_again_at_once(place: Place) -> None:
    (place.folder / "dumps").rmdir()
    assert place.run().verdict == "failed"
    with Store(place.config.database) as store:
        look = store.looks.all()["dumps"]
    assert (look.failures, look.not_before) == (1, None), "nor is said that it waits"
    (place.folder / "dumps").mkdir()
    place.drop(page(AMBER))
    assert place.run().verdict == "new"


# --- what a parser or a crash may do ----------------------------------------------------------------------------


def test_dump_whose_reading_never_ends_is_quarantined_in_the_end(place: Place) -> None:
    place.text = '[[source]]\nname = "dumps"\nparser = "tests.fakes:endless"\n'
    place.drop(page(AMBER), "bad.txt")
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            place.run()
    report = place.run()
    assert [(one.name, one.verdict) for one in report.dumps] == [("bad.txt", "quarantined")]
    assert place.run().verdict == "quiet"


class CutOff(Store):
    """One that is killed whenever it has a listing to take in."""

    def take_in(self, sha256: str, listing: Listing, now: datetime) -> None:
        raise KeyboardInterrupt(sha256, listing, now)


def test_dump_that_was_read_is_not_blamed_for_kills_that_come_later(place: Place) -> None:
    place.drop(page(AMBER))
    for _ in range(5):
        with CutOff(place.config.database) as store, pytest.raises(KeyboardInterrupt):
            ingest(wired(place.config, store), wired(place.config, store).sources, place.now, [])
    assert place.run().verdict == "new"
    assert announced(place) == {AMBER[0]}


def test_parser_that_ends_the_program_only_ends_its_dump(place: Place) -> None:
    place.text = '[[source]]\nname = "dumps"\nparser = "tests.fakes:leaving"\n'
    place.drop(page(AMBER))
    (report,) = place.run().dumps
    assert (report.verdict, "SystemExit" in (report.note or "")) == ("quarantined", True)


def test_texts_of_a_parser_from_outside_are_cleaned(place: Place) -> None:
    place.text = '[[source]]\nname = "dumps"\nparser = "tests.fakes:dirty"\n'
    place.drop(page(AMBER))
    (report,) = place.run().dumps
    assert (report.listed, report.rejected) == (1, 1)
    with Store(place.config.database) as store:
        (paper,) = store.papers.all(limit=9)
    assert (paper.title, paper.abstract, paper.authors, paper.url) == (
        "A[31m title",
        "An abstract",
        ("Ada Example",),
        None,
    )


def test_dump_that_came_to_the_wrong_source_is_read_by_the_right_one(place: Place) -> None:
    place.text = """
[[source]]
name = "wrong"
path = "wrong"
parser = "tests.fakes:broken"
[[source]]
name = "right"
path = "dumps"
parser = "huggingface-page"
"""
    (place.folder / "wrong").mkdir()
    moved = place.drop(page(AMBER))
    moved.rename(place.folder / "wrong" / moved.name)
    assert [one.verdict for one in place.run().dumps] == ["quarantined"]
    place.drop(page(AMBER))
    assert [one.verdict for one in place.run().dumps] == ["new"]
    assert announced(place) == {AMBER[0]}


def test_same_bytes_under_another_day_are_a_quiet_day(place: Place) -> None:
    place.day(page(AMBER))
    report = place.day(page(AMBER))
    assert [one.verdict for one in report.dumps] == ["duplicate"]
    with Store(place.config.database) as store:
        quiet, busy = store.publications.days()
    assert (quiet.day, quiet.tally.new, quiet.tally.known) == (place.now.date(), 0, 1)
    assert busy.tally.new == 1


def test_renamed_digest_announces_what_the_old_one_had_not(place: Place) -> None:
    place.day(page(AMBER))
    place.now += timedelta(days=1)
    place.drop(page(BIRCH))
    with place.desk() as desk:
        ingest(desk, desk.sources, place.now, [])
    place.text = '[[digest]]\nname = "morning"\n'
    place.run()
    assert place.titles() == {"daily/1": [AMBER[0]], "morning/1": [BIRCH[0]]}


def test_reader_whose_address_is_written_in_another_case_stays_the_same(place: Place) -> None:
    place.text = '[[digest]]\nname = "daily"\nto = ["Ada@example.org"]\n'
    place.drop(page(AMBER))
    place.run(Refusing(place.folder / "mail", [TemporaryDelivery("x", "is busy")]).on)
    place.text = place.text.replace("Ada", "ada")
    place.now += timedelta(hours=5)
    assert place.run().deliveries.sent == 1
    with Store(place.config.database) as store:
        assert [(one.to, one.state) for one in store.outbox.all()] == [("ada@example.org", "sent")]


# --- looks that give nothing that can be read -------------------------------------------------------------------

LOGIN = b"<!doctype html><html><body>Log in to read this</body></html>"
FIRSTS: tuple[First, ...] = ("latest day", "nothing")


@pytest.mark.parametrize("first", FIRSTS)
@pytest.mark.parametrize("nothing", [FetchError(ADDRESS, "answers 503"), Fetched("a", LOGIN, cursor="1")], ids=str)
def test_look_after_one_that_gave_nothing_readable_is_the_first(
    nothing: DigestError | Fetched, first: First, place: Place
) -> None:
    source = Scripted([[nothing], THREE_DAYS])
    run(place, source, first=first)
    place.now += timedelta(hours=1)
    run(place, source, first=first)
    assert announced(place) == ({CLOUD[0]} if first == "latest day" else set())


@pytest.mark.parametrize("first", FIRSTS)
def test_empty_folder_keeps_its_first_look(first: First, place: Place) -> None:
    place.text = f'[[source]]\nname = "dumps"\nfirst = "{first}"\n'
    place.run()
    for day in (14, 15, 16):
        place.drop(page(card(f"Day {day}")), f"2026-11-{day}.txt")
    place.now += timedelta(hours=1)
    place.run()
    assert announced(place) == ({card("Day 16")[0]} if first == "latest day" else set())


@pytest.mark.parametrize("first", FIRSTS)
def test_address_that_comes_later_has_a_first_look_of_its_own(first: First, place: Place) -> None:
    one, other = Fetched("a", page(AMBER).encode(), cursor="1"), Fetched("b", page(BIRCH, DUNE).encode(), cursor="1")
    source = Scripted([[one, FetchError(ADDRESS, "answers 503")], [Unchanged("a", "1"), other]], apart=True)
    run(place, source, first="nothing")
    place.now += timedelta(hours=1)
    run(place, source, first=first)
    assert announced(place) == ({BIRCH[0], DUNE[0]} if first == "latest day" else set())


def test_what_was_not_read_is_asked_for_again(place: Place) -> None:
    source = Scripted([[Fetched("a", LOGIN, cursor="1")], []])
    run(place, source)
    run(place, source)
    assert source.cursors == [{}, {"a": "again 1"}]


def test_bytes_that_were_not_read_are_not_read_when_they_come_again(place: Place) -> None:
    source = Scripted([[Fetched("a", LOGIN, cursor="1")], [Fetched("a", LOGIN, cursor="1")]])
    run(place, source)
    report = run(place, source)
    assert (report.verdict, [one.verdict for one in report.dumps]) == ("partial", ["quarantined"])
    assert (report.dumps[0].note or "").startswith("the same bytes as a: ")


def test_mistake_in_a_source_stops_no_other(place: Place) -> None:
    place.drop(page(AMBER))
    report = place.run(lambda desk: replace(desk, sources=(*desk.sources, Feeding("own", Mistaken([])))))
    assert announced(place) == {AMBER[0]}
    (fault,) = report.errors
    assert (fault.subject, fault.what) == (
        "source own",
        "failed by a mistake in the program: IndexError: pop from empty list",
    )


class Mistaken(Scripted):
    """A source of somebody else's."""


@pytest.mark.parametrize("remote", [True, False])
def test_answers_are_owned_as_they_come(remote: bool, place: Place) -> None:  # noqa: FBT001 - a parameter of the test
    source = Slowly([[AMBER, BIRCH, CLOUD, DUNE, *map(card, "EFGHIJ")]], place, remote=remote)
    run(place, source)
    assert max(source.ahead) <= 4
    assert len(announced(place)) == 10


class Slowly(Scripted):
    """A source of many answers that looks how far the taking of them is behind."""

    def __init__(self, looks: list[list[tuple[str, str]]], place: Place, *, remote: bool) -> None:
        super().__init__(
            [[Fetched(f"{n}.txt", page(one).encode(), cursor="1") for n, one in enumerate(looks[0])]], remote
        )
        self.place, self.ahead = place, [0]

    def fetch(self, cursor: Mapping[str, str], now: datetime) -> Iterator[Fetched | Unchanged | DigestError]:
        for given, one in enumerate(super().fetch(cursor, now), 1):
            yield one
            with Store(self.place.config.database) as store:
                self.ahead.append(given - int(store.database.value("SELECT count(*) FROM dump")))


def test_sources_that_were_not_begun_are_not_asked_once_somebody_stops_it() -> None:
    sources = [Stuck([[]]) for _ in range(3 * SIDE_BY_SIDE)]
    found = looked_at([(str(n), source, {}) for n, source in enumerate(sources)], DAY)
    next(found)
    Timer(0.2, Stuck.go_on.set).start()
    found.close()
    assert sum(source.asked for source in sources) <= SIDE_BY_SIDE


class Stuck(Scripted):
    """A source whose server does not answer for long."""

    go_on: ClassVar[Event] = Event()

    def fetch(self, cursor: Mapping[str, str], now: datetime) -> Iterator[Fetched | Unchanged | DigestError]:
        yield from super().fetch(cursor, now)
        self.go_on.wait(5)


def test_withheld_paper_that_is_listed_as_new_makes_its_dump_new(place: Place) -> None:
    kinds = iter(("replace", "new"))
    source = Scripted([[Fetched("a", b"..", cursor="1")], [Fetched("b", b"...", cursor="2")]])
    parser = "tests.test_ingest:announcing"
    KIND.clear()
    for kind in kinds:
        KIND.append(kind)
        place.now += timedelta(hours=1)
        report = run(place, source, parser=parser)
    (dump,) = report.dumps
    assert (dump.verdict, dump.new, dump.known, dump.announced, dump.news) == ("new", 0, 1, 1, 1)
    (edition,) = report.editions
    assert (edition.tally.listed, edition.tally.new, edition.tally.known) == (2, 1, 1)


KIND: list[str] = []


def announcing(dump: Dump) -> Listing:
    """A parser from outside: one paper, listed as what the test says."""
    paper = ListedPaper(AMBER[0], AMBER[1], announce=KIND[-1])
    return Listing("announcing", dump.retrieved.date(), "retrieved", (paper,))
