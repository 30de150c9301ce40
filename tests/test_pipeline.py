from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.errors import PermanentDelivery, TemporaryDelivery
from digest.store import Store
from tests.fakes import Place, Refusing, card, page

if TYPE_CHECKING:
    from pathlib import Path

    from digest.desk import Desk
    from digest.models import Match, Paper

AMBER, BIRCH, CEDAR, DELTA = (card(name) for name in ("Amber", "Birch", "Cedar", "Delta"))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_first_dump_becomes_one_edition_one_mail_feeds_and_pages(place: Place) -> None:
    place.drop(page(AMBER, BIRCH))
    report = place.run()
    assert (report.verdict, len(report.editions), report.deliveries.sent, report.errors) == ("new", 1, 1, ())
    assert len(place.mails()) == 1
    assert {"index.html", "feeds.opml"} <= {path.name for path in (place.folder / "public").iterdir()}


def test_second_run_is_quiet_and_changes_no_byte(place: Place) -> None:
    place.drop(page(AMBER, BIRCH))
    place.run()
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in place.folder.glob("public/**/*.*")}
    report = place.run()
    assert (report.verdict, report.dumps, report.editions) == ("quiet", (), ())
    assert before == {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in place.folder.glob("public/**/*.*")}


def test_paper_of_yesterday_is_known_and_only_the_new_one_is_announced(place: Place) -> None:
    place.day(page(AMBER, BIRCH))
    report = place.day(page(BIRCH, CEDAR, AMBER))
    (dump,) = report.dumps
    assert (dump.listed, dump.new, dump.known, dump.repeated) == (3, 1, 2, 0)
    assert place.titles()["daily/2"] == [CEDAR[0]]


def test_day_of_known_papers_is_quiet_and_named_in_the_next_mail(place: Place) -> None:
    place.day(page(AMBER))
    assert place.day(page(AMBER, day="Nov 18")).verdict == "quiet"
    place.day(page(BIRCH))
    with place.desk() as desk:
        edition = desk.store.editions.load("daily", 2)
    assert edition is not None
    assert [day.isoformat() for day in edition.quiet] == ["2026-11-18"]
    assert (edition.tally.listed, edition.tally.new, edition.tally.known) == (2, 1, 1)


def test_card_printed_twice_is_one_paper(place: Place) -> None:
    (dump,) = place.day(page(AMBER, AMBER, BIRCH)).dumps
    assert (dump.listed, dump.new, dump.repeated) == (3, 2, 1)


def test_same_bytes_under_another_name_are_a_duplicate(place: Place) -> None:
    place.drop(page(AMBER), "one.txt")
    place.run()
    place.drop(page(AMBER), "two.txt")
    report = place.run()
    assert [dump.verdict for dump in report.dumps] == ["duplicate"]
    assert report.verdict == "quiet"


def test_edited_dump_is_a_revision_and_no_news(place: Place) -> None:
    place.day(page(AMBER, BIRCH))
    place.drop(page((AMBER[0], AMBER[1].replace("a third", "a quarter")), BIRCH))
    report = place.run()
    assert (report.verdict, report.editions) == ("quiet", ())
    with place.desk() as desk:
        latest = {paper.title: paper for paper in desk.store.papers.all()}[AMBER[0]]
        edition = desk.store.editions.load("daily", 1)
    assert "a quarter" in (latest.abstract or "")
    assert edition is not None
    assert all("a quarter" not in (item.paper.abstract or "") for item in edition.items)
    assert "a quarter" in (place.folder / "public" / "papers" / f"{latest.slug}.html").read_text()


def test_paper_first_seen_by_title_takes_the_id_that_turns_up(place: Place) -> None:
    place.day(page(AMBER))
    (dump,) = place.day(page((*AMBER, "2611.00001"), BIRCH)).dumps
    assert (dump.new, dump.known) == (1, 1)
    with place.desk() as desk:
        paper = {one.title: one for one in desk.store.papers.all()}[AMBER[0]]
    assert paper.id_of("arxiv") == "2611.00001"


def test_unreadable_dump_is_kept_and_told_and_stops_nothing(place: Place) -> None:
    place.drop(b"\x00\x01\x02\xff" * 500, "2026-11-15.bin")
    place.drop(page(AMBER))
    report = place.run()
    assert report.verdict == "partial"
    assert sorted(dump.verdict for dump in report.dumps) == ["new", "quarantined"]
    assert len(report.editions) == 1
    assert place.run().dumps == ()


def test_digest_added_later_begins_with_what_comes_after(place: Place) -> None:
    place.day(page(AMBER))
    place.text = '[[digest]]\nname = "daily"\n[[digest]]\nname = "second"\nto = ["b@example.org"]\n'
    assert place.run().verdict == "quiet"
    place.day(page(BIRCH))
    assert place.titles() == {"daily/1": [AMBER[0]], "daily/2": [BIRCH[0]], "second/1": [BIRCH[0]]}


def test_digest_with_backfill_begins_with_everything(place: Place) -> None:
    place.day(page(AMBER))
    place.text = '[[digest]]\nname = "daily"\n[[digest]]\nname = "second"\nbackfill = true\nto = ["b@example.org"]\n'
    place.run()
    assert place.titles()["second/1"] == [AMBER[0]]


def test_nothing_of_my_topics_makes_no_edition_and_never_floods(place: Place) -> None:
    place.text = '[[digest]]\nname = "daily"\ntopics = ["audio"]\nothers = "none"\n'
    assert place.day(page(AMBER, BIRCH)).editions == ()
    place.text = '[[digest]]\nname = "daily"\ntopics = ["audio", "graphs"]\nothers = "none"\n'
    title = "Graph Neural Networks That Rest on Sundays"
    place.day(page((title, CEDAR[1]), DELTA))
    assert place.titles() == {"daily/1": sorted([DELTA[0], title])}


def test_message_refused_for_now_waits_and_is_delivered_once(place: Place) -> None:
    place.drop(page(AMBER))
    channel = Refusing(place.folder / "mail", [TemporaryDelivery("server", "busy")])
    report = place.run(channel.on)
    assert (report.verdict, report.deliveries.queued, report.deliveries.sent) == ("partial", 1, 0)
    assert place.run().deliveries.sent == 0
    place.now += timedelta(minutes=2)
    assert place.run().deliveries.sent == 1
    assert len(place.mails()) == 1


def test_message_refused_for_ever_is_dead_and_says_why(place: Place) -> None:
    place.drop(page(AMBER))
    channel = Refusing(place.folder / "mail", [PermanentDelivery("server", "no such reader")])
    assert place.run(channel.on).deliveries.dead == 1
    with place.desk() as desk:
        (delivery,) = desk.store.outbox.all()
    assert (delivery.state, "no such reader" in (delivery.last_reply or "")) == ("dead", True)


def test_message_in_doubt_after_a_crash_is_tried_once_more_and_lands_once(place: Place) -> None:
    place.drop(page(AMBER))
    with pytest.raises(KeyboardInterrupt):
        place.run(Refusing(place.folder / "mail", [KeyboardInterrupt()], after_doubt=True).on)
    report = place.run()
    assert (report.deliveries.sent, len(place.mails())) == (1, 1)


def test_second_doubt_is_held_for_the_owner(place: Place) -> None:
    place.text = "alerts = false\n"
    place.drop(page(AMBER))
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            place.run(Refusing(place.folder / "mail", [KeyboardInterrupt()], after_doubt=True).on)
    assert place.run().deliveries.held == 1
    assert place.mails() == []


def test_every_attempt_bears_the_same_message_id(place: Place) -> None:
    place.drop(page(AMBER))
    place.run(Refusing(place.folder / "mail", [TemporaryDelivery("server", "busy")]).on)
    with place.desk() as desk:
        (queued,) = desk.store.outbox.all()
    place.now += timedelta(hours=1)
    place.run()
    (mail,) = (place.folder / "mail" / "new").iterdir()
    message = email.message_from_bytes(mail.read_bytes(), policy=email.policy.default)
    assert message["Message-ID"] == queued.message_id


def test_address_that_was_removed_gets_nothing_that_still_waits(place: Place) -> None:
    place.text = '[[digest]]\nname = "daily"\nto = ["a@example.org", "b@example.org"]\n'
    place.drop(page(AMBER))
    busy = TemporaryDelivery("server", "busy")
    place.run(Refusing(place.folder / "mail", [busy, busy]).on)
    place.text = '[[digest]]\nname = "daily"\nto = ["b@example.org"]\n'
    place.now += timedelta(hours=1)
    report = place.run()
    assert (report.deliveries.sent, report.deliveries.cancelled) == (1, 1)


def test_parser_that_fails_in_any_way_quarantines_its_dump(place: Place) -> None:
    place.text = '[[source]]\nname = "dumps"\nparser = "tests.fakes:broken"\n'
    place.drop(page(AMBER))
    (dump,) = place.run().dumps
    assert (dump.verdict, "ZeroDivisionError" in (dump.note or "")) == ("quarantined", True)


def test_template_with_a_mistake_loses_nothing(place: Place) -> None:
    templates = place.folder / "own" / "mail"
    templates.mkdir(parents=True)
    bad = templates / "edition.html.j2"
    bad.write_text("{{ nothing.of.the.kind }}")
    place.text = 'templates = "own"\n'
    place.drop(page(AMBER))
    report = place.run()
    assert report.verdict == "partial"
    assert any("edition.html.j2" in str(fault) for fault in report.errors)
    bad.unlink()
    assert place.run().deliveries.sent == 1
    assert place.titles() == {"daily/1": [AMBER[0]]}


def test_pages_that_were_removed_come_back(place: Place) -> None:
    place.drop(page(AMBER))
    place.run()
    (gone,) = (place.folder / "public" / "papers").iterdir()
    gone.unlink()
    place.run()
    assert gone.exists()


def test_run_that_was_killed_stays_in_the_ledger_without_an_end(place: Place) -> None:
    def die(_: Paper) -> tuple[Match, ...]:
        raise KeyboardInterrupt

    def deadly(desk: Desk) -> Desk:
        return replace(desk, classify=die)

    place.drop(page(AMBER))
    with pytest.raises(KeyboardInterrupt):
        place.run(deadly)
    place.run()
    with Store(place.config.database) as store:
        last, first = store.runs.last(2)
    assert (first.ended, last.verdict) == (None, "new")
    assert place.titles() == {"daily/1": [AMBER[0]]}
