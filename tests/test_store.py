from __future__ import annotations

import fcntl
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.deliver.outcome import Outcome
from digest.errors import Busy, StoreError
from digest.models import Fetched, Identifier, Joining, ListedPaper, Listing, Scope, Tally, Withdrawn
from digest.query import MARKS, read
from digest.store import Store, copied, locks, run_lock
from digest.store.migrations import VERSION, statements
from digest.store.returns import About
from digest.store.schema import FIRST
from digest.store.search import expression
from tests.fakes import DAY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from digest.deliver.outcome import Kind
    from digest.models import Standing

TITLES = ("A Slow Method for Fast Rivers", "Seven Bridges and a Ferry", "What the Lighthouse Counts at Night")


def listing(*papers: ListedPaper | str, on: date = date(2026, 11, 16)) -> Listing:
    listed = tuple(ListedPaper(one, f"We describe {one}.") if isinstance(one, str) else one for one in papers)
    return Listing("made", on, "header", listed)


def take(store: Store, one: Listing, *, baseline: bool = False) -> str:
    """Own some bytes of their own and settle them with this listing."""
    body = repr(one).encode()
    sha256, _ = store.dumps.own(Fetched(f"{one.listed_on}.txt", body), "made", now=DAY, baseline=baseline)
    store.take_in(sha256, one, DAY)
    return sha256


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "digest.db") as opened:
        yield opened


# --- papers -----------------------------------------------------------------------------------------------------


def test_counts_of_a_dump_add_up(store: Store) -> None:
    take(store, listing(TITLES[0]))
    report = store.dumps.report(take(store, listing(*TITLES, TITLES[1])))
    assert (report.listed, report.new, report.known, report.repeated) == (4, 2, 1, 1)


def test_news_numbers_are_dense_and_in_the_order_of_announcement(store: Store) -> None:
    take(store, listing(TITLES[0], TITLES[1]))
    take(store, listing(TITLES[2], TITLES[0]))
    numbers = sorted((paper.news_no or 0, paper.title) for paper in store.papers.all())
    assert numbers == list(enumerate(TITLES, 1))


def test_settled_dump_is_not_settled_again(store: Store) -> None:
    sha256 = take(store, listing(TITLES[0]))
    store.take_in(sha256, listing(*TITLES), DAY)
    assert len(store.papers.all()) == 1


def test_replacement_seen_first_is_withheld_until_it_is_listed_as_new(store: Store) -> None:
    report = store.dumps.report(take(store, listing(ListedPaper(TITLES[0], announce="replace"))))
    assert (report.verdict, report.new, report.withheld) == ("quiet", 1, 1)
    assert store.papers.all()[0].news_no is None
    take(store, listing(ListedPaper(TITLES[0], announce="new")))
    assert store.papers.all()[0].news_no == 1


def test_paper_of_a_baseline_is_known_and_never_news(store: Store) -> None:
    report = store.dumps.report(take(store, listing(TITLES[0]), baseline=True))
    assert (report.new, report.withheld) == (1, 1)
    take(store, listing(TITLES[0], TITLES[1]))
    assert {paper.title: paper.news_no for paper in store.papers.all()} == {TITLES[0]: None, TITLES[1]: 1}


def test_merged_paper_is_found_by_all_its_names_and_announced_once(store: Store) -> None:
    arxiv, doi = Identifier("arxiv", "1"), Identifier("doi", "10.1/x")
    store.editions.register("daily")
    take(store, listing(ListedPaper(TITLES[0], ids=(arxiv,)), ListedPaper(TITLES[1], ids=(doi,))))
    take(store, listing(ListedPaper(TITLES[2], ids=(arxiv, doi))))
    (paper,) = store.papers.news("daily")
    assert {i.value for i in paper.ids} == {"1", "10.1/x"}
    assert store.dumps.report(take(store, listing(TITLES[1], on=date(2026, 11, 17)))).known == 1


def test_page_that_fills_a_gap_makes_no_text_older_than_it_is(store: Store) -> None:
    take(store, listing(ListedPaper(TITLES[0], "As it was on the 20th."), on=date(2026, 11, 20)))
    take(store, listing(ListedPaper(TITLES[0], authors=("Ada Example",)), on=date(2026, 11, 1)))
    take(store, listing(ListedPaper(TITLES[0], "As it was on the 10th."), on=date(2026, 11, 10)))
    (paper,) = store.papers.all()
    assert (paper.abstract, paper.authors) == ("As it was on the 20th.", ("Ada Example",))


def test_dump_of_a_first_look_whose_latest_day_nobody_knows_announces_nothing(store: Store) -> None:
    sha256, _ = store.dumps.own(Fetched("feed", b"."), "made", now=DAY, latest=True)
    store.take_in(sha256, listing(TITLES[0]), DAY)
    assert store.dumps.report(sha256).withheld == 1


def test_uid_is_the_same_in_a_rebuilt_database(store: Store, tmp_path: Path) -> None:
    with Store(tmp_path / "other.db") as other:
        take(other, listing(TITLES[1], TITLES[0]))
        take(store, listing(TITLES[0], TITLES[1]))
        assert {p.title: p.uid for p in store.papers.all()} == {p.title: p.uid for p in other.papers.all()}


def test_more_than_a_fifth_rejected_is_suspect(store: Store) -> None:
    from digest.models import Reject  # noqa: PLC0415 - this test alone

    one = replace(listing(*TITLES), rejects=(Reject(9, "?", "no title"),))
    assert store.dumps.report(take(store, one)).verdict == "suspect"
    assert [reject.line for reject in store.dumps.rejects(take(store, one))] == [9]


# --- reading again ----------------------------------------------------------------------------------------------


def test_paper_that_was_none_is_retracted_and_one_found_anew_is_news(store: Store) -> None:
    sha256 = take(store, listing(TITLES[0], "Not a title at all but a torn line"))
    change = store.reread(sha256, listing(TITLES[0], TITLES[1]), now=DAY)
    assert (change.new, change.revised, change.vanished) == (1, 0, 1)
    assert {paper.title for paper in store.papers.all()} == {TITLES[0], TITLES[1]}


def test_retracted_paper_comes_back_when_it_is_listed(store: Store) -> None:
    sha256 = take(store, listing(TITLES[0], TITLES[1]))
    store.reread(sha256, listing(TITLES[0]), now=DAY)
    assert len(store.papers.all()) == 1
    take(store, listing(TITLES[1], on=date(2026, 11, 18)))
    assert {paper.title for paper in store.papers.all()} == {TITLES[0], TITLES[1]}


def test_changed_text_of_another_reading_is_a_revision(store: Store) -> None:
    sha256 = take(store, listing(TITLES[0]))
    change = store.reread(sha256, listing(ListedPaper(TITLES[0], "The whole abstract.")), now=DAY)
    assert (change.new, change.revised, change.vanished) == (0, 1, 0)
    assert store.papers.all()[0].abstract == "The whole abstract."


def test_papers_found_anew_can_be_kept_from_the_news(store: Store) -> None:
    sha256 = take(store, listing(TITLES[0]))
    store.reread(sha256, listing(TITLES[0], TITLES[1]), now=DAY, baseline=True)
    assert {paper.title: paper.news_no for paper in store.papers.all()}[TITLES[1]] is None


def test_what_was_announced_stays_announced_when_its_dump_is_read_again_as_a_baseline(store: Store) -> None:
    sha256 = take(store, listing(TITLES[0]))
    for _ in range(2):
        store.reread(sha256, listing(TITLES[0], TITLES[1]), now=DAY, baseline=True)
        report = store.dumps.report(sha256)
        assert (report.withheld, report.news, report.verdict) == (report.new - 1, 1, "new")
    assert [day.tally for day in store.publications.days()] == [Tally(2, 1, 1, 0)]


def test_replacement_that_another_dump_announced_is_counted_there_when_its_own_is_read_again(store: Store) -> None:
    replacement = listing(ListedPaper(TITLES[0], announce="replace"))
    sha256 = take(store, replacement)
    other = take(store, listing(ListedPaper(TITLES[0], announce="new"), on=date(2026, 11, 17)))
    store.reread(sha256, replacement, now=DAY)
    assert [store.dumps.report(one).news for one in (sha256, other)] == [0, 1]


def test_replacement_that_a_better_parser_reads_as_new_is_counted_once(store: Store) -> None:
    sha256 = take(store, listing(ListedPaper(TITLES[0], announce="replace")))
    store.reread(sha256, listing(ListedPaper(TITLES[0], announce="new")), now=DAY)
    report = store.dumps.report(sha256)
    assert (report.new, report.withheld, report.announced, report.news) == (1, 0, 0, 1)
    assert store.papers.all()[0].news_no == 1


def test_day_of_a_text_follows_the_day_of_the_pages_that_it_is_from(store: Store) -> None:
    wrong, first = date(2027, 1, 1), date(2026, 11, 1)
    sha256 = take(store, listing(ListedPaper(TITLES[0], "As the page of a wrong day says."), on=wrong))
    take(store, listing(ListedPaper(TITLES[0], author_count=3), on=first))
    store.reread(sha256, listing(ListedPaper(TITLES[0], "As the page of a wrong day says.")), now=DAY)
    take(store, listing(ListedPaper(TITLES[0], "As a later page says."), on=date(2026, 11, 17)))
    assert (store.papers.all()[0].abstract, store.papers.all()[0].author_count) == ("As a later page says.", 3)


def test_dump_is_found_by_name_and_by_the_beginning_of_its_sha256(store: Store) -> None:
    sha256 = take(store, listing(TITLES[0]))
    assert store.dumps.find("2026-11-16.txt") == store.dumps.find(sha256[:8]) == (sha256,)
    assert store.dumps.find(sha256[:3]) == store.dumps.find("%%%%%%%%") == ()


# --- search -----------------------------------------------------------------------------------------------------


def found(store: Store, query: str) -> list[str]:
    store.search.refresh()
    hits = store.search.find(read(query), 9)
    return [hit.title.replace(MARKS[0], "").replace(MARKS[1], "") for hit in hits]


def test_search_finds_words_phrases_and_beginnings(store: Store) -> None:
    take(store, listing(*TITLES))
    assert found(store, "rivers slow") == [TITLES[0]]
    assert found(store, "river methods") == [TITLES[0]]
    assert found(store, '"seven bridges"') == [TITLES[1]]
    assert found(store, '"bridges seven"') == []
    assert found(store, "lighth*") == [TITLES[2]]
    assert found(store, "rivers lighthouse") == []


def test_match_in_a_title_is_marked(store: Store) -> None:
    take(store, listing(*TITLES))
    store.search.refresh()
    (hit,) = store.search.find(read("ferry"), 9)
    assert hit.title == f"Seven Bridges and a {MARKS[0]}Ferry{MARKS[1]}"


def test_search_follows_revisions_and_retractions(store: Store) -> None:
    sha256 = take(store, listing(TITLES[0], TITLES[1]))
    assert found(store, "ferry") == [TITLES[1]]
    store.reread(sha256, listing(ListedPaper(TITLES[0], "Now about ferries and otters.")), now=DAY)
    assert found(store, "otters") == [TITLES[0]]
    assert found(store, "bridges") == []


@given(st.text() | st.text('ab "-:*()OR topicauthor\u6269\u200b', min_size=1))
def test_any_string_is_a_query(query: str) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE VIRTUAL TABLE t USING fts5 (title, abstract, authors, topics)")
        asked = expression(read(query, ["opic"]))
        connection.execute("SELECT * FROM t WHERE t MATCH ?", (asked,)).fetchall()


# --- the outbox's clock -----------------------------------------------------------------------------------------


def queued(store: Store) -> int:
    """A delivery that waits, without the edition around it mattering."""
    from digest.models import Edition  # noqa: PLC0415 - this part alone

    store.editions.register("daily")
    store.subscriptions.sync("daily", {"a@example.org": False}, DAY)
    edition = Edition("daily", "T", number=1, day=DAY.date(), created=DAY, considered=0, sections=())
    store.editions.seal(edition, ())
    return store.outbox.all()[0].id


def came(store: Store, kind: Kind, reply: str = "", now: datetime = DAY, *, hold: bool = False) -> None:
    """Note what became of an attempt at the only delivery."""
    store.outbox.note((), [Outcome(store.outbox.all()[0], kind, reply)], now, hold=hold)


def test_answer_that_comes_after_its_owner_cancelled_it_changes_nothing(store: Store) -> None:
    delivery = queued(store)
    assert store.outbox.cancel([delivery]) == 1
    for kind in ("later", "dead", "sent", "unknown"):
        came(store, kind)
    assert store.outbox.note([delivery], (), DAY) == set()
    assert [(one.state, one.attempts) for one in store.outbox.all()] == [("cancelled", 0)]


def test_waits_double_up_to_four_hours(store: Store) -> None:
    queued(store)
    now, waits = DAY, []
    for _ in range(10):
        came(store, "later", "busy", now)
        due = store.outbox.all()[0].next_at
        assert due is not None
        waits.append((due - now) // timedelta(minutes=1))
        now = due
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 240, 240]


def test_message_is_given_up_after_five_days_of_trying(store: Store) -> None:
    queued(store)
    for hours in range(11):
        came(store, "later", "busy", DAY + timedelta(hours=hours))
    assert store.outbox.all()[0].state == "queued"
    came(store, "later", "busy", DAY + timedelta(days=5, seconds=1))
    assert store.outbox.all()[0].state == "queued", "nothing was tried meanwhile"
    came(store, "later", "busy", DAY + timedelta(days=5, hours=1))
    assert store.outbox.all()[0].state == "dead"


def test_what_is_said_of_us_kills_no_message(store: Store) -> None:
    queued(store)
    for hours in range(15):
        came(store, "ours", "relay access denied", DAY + timedelta(hours=hours * 10))
    assert store.outbox.all()[0].state == "held"


def test_halt_set_by_a_wrong_clock_is_cut_to_four_hours(store: Store) -> None:
    store.halts.halt("all", "421", DAY + timedelta(days=2000), again=True)
    store.outbox.recover(DAY)
    (halt,) = store.halts.all()
    assert halt.until == DAY + timedelta(hours=4)


def test_wait_set_by_a_wrong_clock_is_cut_to_four_hours(store: Store) -> None:
    queued(store)
    came(store, "later", "busy", DAY + timedelta(days=4))
    store.outbox.recover(DAY)
    assert store.outbox.all()[0].next_at == DAY + timedelta(hours=4)


def test_dead_message_is_retried_and_a_sent_one_is_not(store: Store) -> None:
    one = queued(store)
    came(store, "dead", "no")
    assert store.outbox.retry([one], DAY) == 1
    came(store, "sent", "ok")
    assert store.outbox.retry([one], DAY) == store.outbox.cancel([one]) == 0


@pytest.mark.parametrize(("doubts", "hold", "state"), [(1, False, "queued"), (2, False, "held"), (1, True, "held")])
def test_lost_answer_is_tried_once_more_then_held(doubts: int, hold: bool, state: str, store: Store) -> None:  # noqa: FBT001
    one = queued(store)
    for _ in range(doubts):
        assert store.outbox.note([one], (), DAY) == {one}
        came(store, "unknown", "the connection was lost", hold=hold)
    assert [(each.state, each.attempts) for each in store.outbox.all()] == [(state, doubts)]


@pytest.mark.parametrize(("hold", "state"), [(False, "queued"), (True, "held")])
def test_doubt_that_a_crash_left_is_tried_once_more_unless_its_owner_wants_it_held(
    hold: bool,  # noqa: FBT001 - a parameter of the test
    state: str,
    store: Store,
) -> None:
    store.outbox.note([queued(store)], (), DAY)
    store.outbox.recover(DAY, hold=hold)
    assert store.outbox.all()[0].state == state


def test_halted_queue_or_edition_is_not_due_until_its_time_or_its_release(store: Store) -> None:
    queued(store)
    for scope in ("all", "daily/1"):
        store.halts.halt(scope, "the login was refused", DAY, again=True)
        assert store.outbox.due(Scope(DAY, ("daily",))) == ()
        assert len(store.outbox.due(Scope(DAY + timedelta(minutes=5), ("daily",)))) == 1
        store.halts.halt(scope, "the login was refused", DAY, again=True)
        assert store.outbox.due(Scope(DAY + timedelta(minutes=5), ("daily",))) == ()
        assert len(store.outbox.due(Scope(DAY + timedelta(minutes=10), ("daily",)))) == 1
        assert store.halts.release(scope)
        assert not store.halts.release(scope)
        assert len(store.outbox.due(Scope(DAY, ("daily",)))) == 1
    store.halts.halt("daily/2", "its content was refused", DAY)
    assert len(store.outbox.due(Scope(DAY, ("daily",)))) == 1


# --- subscriptions ----------------------------------------------------------------------------------------------


def states(store: Store) -> dict[str, str]:
    return {one.address: one.state for one in store.subscriptions.all()}


def test_addresses_follow_the_configuration(store: Store) -> None:
    store.subscriptions.sync("daily", {"a@example.org": False, "b@example.org": False}, DAY)
    store.subscriptions.sync("daily", {"b@example.org": False, "all@example.org": True}, DAY)
    assert states(store) == {"a@example.org": "removed", "b@example.org": "active", "all@example.org": "active"}
    store.subscriptions.sync("daily", {"a@example.org": False}, DAY)
    assert states(store) == {"a@example.org": "active", "b@example.org": "removed", "all@example.org": "removed"}


@pytest.mark.parametrize("state", ["unsubscribed", "bounced", "paused"])
def test_word_of_a_reader_outlives_the_configuration(state: Standing, store: Store) -> None:
    store.subscriptions.sync("daily", {"a@example.org": False}, DAY)
    (one,) = store.subscriptions.all()
    store.subscriptions.put([one.id], state, DAY, reason="asked to")
    store.subscriptions.sync("daily", {"a@example.org": False}, DAY)
    assert states(store) == {"a@example.org": state}


def test_deleted_address_leaves_a_hash_that_keeps_it_away_and_nothing_else(store: Store) -> None:
    store.subscriptions.sync("daily", {"A@Example.org": False}, DAY)
    assert store.subscriptions.delete("a@example.org", DAY) == 1
    for address in ("a@example.org", "A@EXAMPLE.ORG"):
        store.subscriptions.sync("daily", {address: False}, DAY)
        assert not store.subscriptions.add("daily", address, DAY)
    assert [one.state for one in store.subscriptions.all()] == ["unsubscribed"]
    kept = "\n".join(store.database.connection.iterdump()).casefold()
    assert "a@example.org" not in kept
    assert store.subscriptions.is_suppressed("a@EXAMPLE.org")


def test_many_join_at_once_and_each_is_told_what_came_of_it(store: Store) -> None:
    store.subscriptions.sync("daily", {"a@example.org": False, "b@example.org": False}, DAY)
    store.subscriptions.sync("daily", {"a@example.org": False}, DAY)
    store.subscriptions.delete("c@example.org", DAY)
    names = ("A@example.org", "b@example.org", "C@example.org", "d@example.org", "D@example.org")
    joining = [Joining("daily", name, topics=("audio",)) for name in names]
    said = ("already", "added", "suppressed", "added", "already")
    assert store.subscriptions.add_many(joining, DAY) == said
    found = {one.address: (one.state, one.origin, one.topics) for one in store.subscriptions.all()}
    assert found == {
        "a@example.org": ("active", "config", ()),
        "b@example.org": ("active", "owner", ("audio",)),
        "d@example.org": ("active", "owner", ("audio",)),
    }
    assert len({one.token for one in store.subscriptions.all()}) == 3


def test_what_begins_anew_keeps_what_is_not_said_again(store: Store) -> None:
    store.subscriptions.add("daily", "a@example.org", DAY, topics=("audio",), consent="a form")
    (one,) = store.subscriptions.all()
    store.subscriptions.put([one.id], "unsubscribed", DAY, reason="asked to")
    again = Joining("daily", "a@example.org", over=frozenset(("unsubscribed",)))
    assert store.subscriptions.add_many([again], DAY + timedelta(days=1)) == ("added",)
    (now,) = store.subscriptions.all()
    assert now == replace(one, since=DAY + timedelta(days=1), token=now.token)
    assert now.token != one.token, "what was said by its old link does not count any more"


def test_many_are_deleted_at_once_known_or_not(store: Store) -> None:
    store.subscriptions.sync("daily", {"a@example.org": False, "b@example.org": False}, DAY)
    store.subscriptions.add("weekly", "a@example.org", DAY)
    assert store.subscriptions.delete_many(["A@example.org", "a@example.org", "x@example.org"], DAY) == (2, 2)
    assert store.subscriptions.delete_many(["a@example.org", "b@example.org"], DAY) == (1, 1)
    assert [name for name in "abxy" if not store.subscriptions.is_suppressed(f"{name}@example.org")] == ["y"]


def test_who_is_listed_in_vain_is_found(store: Store) -> None:
    store.subscriptions.sync("daily", dict.fromkeys(("a@example.org", "b@example.org", "c@example.org"), False), DAY)
    a, b, _ = store.subscriptions.all()
    store.subscriptions.put([a.id], "unsubscribed", DAY)
    store.subscriptions.put([b.id], "paused", DAY)
    store.subscriptions.delete("c@example.org", DAY)
    found = store.subscriptions.withdrawn("daily", ["A@example.org", "b@example.org", "C@example.org", "d@example.org"])
    assert found == (
        Withdrawn("daily", "a@example.org", "unsubscribed", DAY),
        Withdrawn("daily", "C@example.org", "deleted"),
    )
    assert store.subscriptions.withdrawn("weekly", ["a@example.org"]) == ()


def test_paused_one_goes_on_when_its_day_has_come(store: Store) -> None:
    store.subscriptions.sync("daily", {"a@example.org": False, "b@example.org": False}, DAY)
    for one, until in zip(store.subscriptions.all(), ("2026-12-01", None), strict=True):
        store.subscriptions.put([one.id], "paused", DAY, until=until)
    store.pauses.wake(date(2026, 11, 30), DAY)
    assert states(store) == {"a@example.org": "paused", "b@example.org": "paused"}
    store.pauses.wake(date(2026, 12, 1), DAY)
    assert states(store) == {"a@example.org": "active", "b@example.org": "paused"}


def test_hard_bounce_suspends_and_so_does_a_row_of_soft_ones(store: Store) -> None:
    store.subscriptions.sync("daily", {"a@example.org": False, "b@example.org": False}, DAY)
    hard, soft = store.subscriptions.all()
    store.returns.failed(About(hard.id, hard.address), "no such user", hard=True, now=DAY, most=3)
    for _ in range(2):
        store.returns.failed(About(soft.id, soft.address), "mailbox full", hard=False, now=DAY, most=3)
    assert states(store) == {"a@example.org": "bounced", "b@example.org": "active"}
    store.returns.failed(About(soft.id, soft.address), "mailbox full", hard=False, now=DAY, most=3)
    assert [(one.state, one.reason) for one in store.subscriptions.all()] == [
        ("bounced", "no such user"),
        ("bounced", "mailbox full"),
    ]


# --- the file ---------------------------------------------------------------------------------------------------


def test_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "digest.db"
    with Store(path) as store, closing(sqlite3.connect(path)) as connection:
        assert store.database.value("PRAGMA user_version") == VERSION
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(StoreError, match="newer"):
        Store(path)


def test_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "digest.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    with pytest.raises(StoreError, match="another program's database"):
        Store(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("recipes",)]


def test_database_of_the_first_version_becomes_a_current_one(tmp_path: Path) -> None:
    path = tmp_path / "digest.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in (*statements(FIRST), *OLD_DATABASE):
            connection.execute(statement)
    with Store(path) as store:
        assert store.database.value("PRAGMA user_version") == VERSION
        assert store.looks.any_ended("dumps"), "a source that was read before is not looked at for the first time"
        assert store.dumps.any_read("dumps")
        assert store.dumps.load("0" * 64).name == "a.txt"
        assert [(one.to, one.state) for one in store.outbox.all()] == [("a@example.org", "queued")]
        assert store.database.rows("PRAGMA foreign_key_check") == []
        with pytest.raises(StoreError, match="FOREIGN KEY"), store.database.transaction():
            store.database.write("DELETE FROM subscription", {})


OLD_DATABASE = (
    """
    INSERT INTO dump (sha256, body, source, name, retrieved, baseline, verdict)
    VALUES (printf('%064d', 0), x'789c030000000001', 'dumps', 'a.txt', '2026-11-16T07:00:00+00:00', 0, 'quiet')
    """,
    "INSERT INTO retrieval (dump_id, source, name, at) VALUES (1, 'dumps', 'a.txt', '2026-11-16T07:00:00+00:00')",
    "INSERT INTO digest VALUES ('daily', 0, 0)",
    """
    INSERT INTO edition (id, digest, number, title, day, created, considered, others, listed, new, known, repeated, quiet,
                         topic_names)
    VALUES (1, 'daily', 1, 'T', '2026-11-16', '2026-11-16T07:00:00+00:00', 0, 'titles', 0, 0, 0, 0, '[]', '{}')
    """,
    "INSERT INTO subscription VALUES (5, 'daily', 'a@example.org', 'active', '2026-11-16T07:00:00+00:00')",
    """
    INSERT INTO delivery (edition_id, subscription_id, message_id, state, queued_at, next_at)
    VALUES (1, 5, '<1@x>', 'queued', '2026-11-16T07:00:00+00:00', '2026-11-16T07:00:00+00:00')
    """,
    "CREATE TABLE _sqlite_migrations (id INTEGER PRIMARY KEY, migration_set TEXT, name TEXT, applied_at TEXT)",
    "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('paperround', 'first', '2026-11-16')",
    "PRAGMA user_version = 1",
)


def test_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "digest.db"
    path.write_text("This is a letter to a friend, and long enough to be read as something else." * 99)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="point `database` elsewhere"):
        Store(path)
    assert path.read_bytes() == before


def test_copy_is_thrown_away_and_changes_nothing(store: Store) -> None:
    take(store, listing(TITLES[0]))
    with copied(store.database.path) as trial:
        take(trial, listing(*TITLES))
        assert len(trial.papers.all()) == 3
    assert len(store.papers.all()) == 1


def test_connection_is_durable_and_checks_references(store: Store) -> None:
    pragmas = [store.database.value(f"PRAGMA {name}") for name in ("journal_mode", "synchronous", "foreign_keys")]
    assert pragmas == ["wal", 2, 1]


HOLDER = """
import sys, pathlib
from digest.store import run_lock
with run_lock(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_second_process_is_told_who_runs(tmp_path: Path) -> None:
    path = tmp_path / "digest.db"
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        holder.stdout.readline()
        with pytest.raises(Busy, match=str(holder.pid)), run_lock(path):
            pass
        holder.stdin.close()
    with run_lock(path):
        pass


def test_writer_waits_for_another_and_then_gives_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "PATIENCE", 0.05)
    handle = os.open(f"{store.database.path}-write.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        with pytest.raises(Busy, match="has been writing"), store.database.transaction():
            pass
    finally:
        os.close(handle)
    with store.database.transaction():
        pass


def test_transaction_that_fails_leaves_nothing(store: Store) -> None:
    def fail() -> None:
        with store.database.transaction():
            store.database.write("INSERT INTO digest (name, considered, last_dump) VALUES ('x', 0, 0)", {})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert store.database.value("SELECT count(*) FROM digest") == 0
