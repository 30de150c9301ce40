"""A model of the whole: whatever comes in, in whatever order, and whatever dies, the promises hold.

Hypothesis drives ingest, edits, junk, repeated bytes, publishing, refused and doubtful deliveries, and death at a
random statement; after each clean run the store is compared with a model that is two sets and a counter.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from digest.errors import PermanentDelivery, TemporaryDelivery
from tests.fakes import Place, Refusing, card, page

NAMES = ("Alder", "Beech", "Chestnut", "Dogwood", "Elm", "Fig", "Gorse", "Holly")
CARDS = {name: card(name) for name in NAMES}
some_names = st.lists(st.sampled_from(NAMES), min_size=1, max_size=5)
TO = 'alerts = false\n[[digest]]\nname = "daily"\nto = ["a@example.org", "b@example.org"]\n'


class Digest(RuleBasedStateMachine):
    """The program beside its model: `listed` are the titles that dumps held, `dropped` counts dump files."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.place = Place(Path(self.folder.name), TO)
        self.listed: set[str] = set()
        self.dropped = 0

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.folder.cleanup()

    def drop(self, body: str | bytes) -> None:
        self.dropped += 1
        self.place.now += timedelta(hours=5)
        self.place.drop(body, f"{self.dropped:03}.txt")

    @rule(names=some_names, with_ids=st.booleans())
    def a_listing_comes(self, names: list[str], with_ids: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
        cards = [(*CARDS[n], f"2611.0000{NAMES.index(n)}") if with_ids else CARDS[n] for n in names]
        self.drop(page(*cards))
        self.listed |= {CARDS[name][0] for name in names}

    @rule(name=st.sampled_from(NAMES), edit=st.integers(1, 3))
    def an_edited_listing_comes(self, name: str, edit: int) -> None:
        title, abstract = CARDS[name]
        self.drop(page((title, f"{abstract} Edit number {edit} adds this sentence.")))
        self.listed.add(title)

    @rule(junk=st.binary(max_size=300))
    def junk_comes(self, junk: bytes) -> None:
        self.drop(b"\x00\xff\x00\xfe\x01" + junk + b"\x00\x00\x7f\x01")

    @rule()
    def the_same_bytes_come_again(self) -> None:
        last = self.place.folder / "dumps" / f"{self.dropped:03}.txt"
        if last.exists():
            self.drop(last.read_bytes())

    @rule()
    def a_run(self) -> None:
        self.place.now += timedelta(hours=5)
        self.place.run()

    @rule(kind=st.sampled_from([TemporaryDelivery, PermanentDelivery]), doubt=st.booleans())
    def a_run_whose_mails_are_refused(self, kind: type[TemporaryDelivery], doubt: bool) -> None:  # noqa: FBT001 - drawn
        refusing = Refusing(self.place.folder / "mail", [kind("server", "no")], after_doubt=doubt)
        self.place.run(refusing.on)

    @rule()
    def a_crash_while_a_mail_is_handed_over(self) -> None:
        dying = Refusing(self.place.folder / "mail", [KeyboardInterrupt()], after_doubt=True)
        try:
            self.place.run(dying.on)
        except KeyboardInterrupt:
            self.place.now += timedelta(hours=1)

    @rule(nth=st.integers(1, 150))
    def death_at_a_statement(self, nth: int) -> None:
        child = os.fork()
        if child == 0:
            die_at(nth)
            try:
                self.place.run()
            finally:
                os._exit(0)
        os.waitpid(child, 0)

    @invariant()
    def after_a_clean_run_the_promises_hold(self) -> None:
        if not hasattr(self, "place"):
            return
        self.place.now += timedelta(hours=5)
        self.place.run()
        with self.place.desk() as desk:
            papers, reports = desk.store.papers.all(), desk.store.dumps.reports()
            deliveries = desk.store.outbox.all()
            unconsidered = desk.store.papers.news("daily")
        announced = Counter(title for titles in self.place.titles().values() for title in titles)
        assert {paper.title for paper in papers} == self.listed
        assert announced == Counter(self.listed), "each paper is announced, and once"
        assert unconsidered == ()
        assert all(one.listed == one.new + one.known + one.repeated for one in reports)
        assert sum(one.new for one in reports) == len(papers)
        assert {one.state for one in deliveries} <= {"sent", "dead", "held"}
        assert len(deliveries) == 2 * len(self.place.titles())
        assert len(self.place.mails()) == sum(one.state == "sent" for one in deliveries)


def die_at(nth: int) -> None:
    """End this process at its n-th SQL statement."""
    connect = sqlite3.connect
    left = [nth]

    def count(_: str) -> None:
        left[0] -= 1
        if left[0] == 0:
            os._exit(9)

    def traced(*args: object, **options: object) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*args, **options)  # type: ignore[call-overload]
        connection.set_trace_callback(count)
        return connection

    sqlite3.connect = traced  # type: ignore[assignment]


QUICK = settings(max_examples=6, stateful_step_count=8, deadline=None, suppress_health_check=list(HealthCheck))
LONG = settings(QUICK, max_examples=40, stateful_step_count=20)


class TestDigest(Digest.TestCase):  # type: ignore[misc,valid-type]
    settings = QUICK


@pytest.mark.faults
class TestDigestForLong(Digest.TestCase):  # type: ignore[misc,valid-type]
    settings = LONG
