"""A reader who pauses gets nothing meanwhile, and in one mail what was missed, if that was asked for."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.errors import RelayUnreachable
from digest.store import Store
from tests.fakes import Place, card, page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from digest.models import Message, Receipt

ADA, BEN = "ada@example.org", "ben@example.org"
DAYS = ("Amber", "Birch", "Cedar", "Daphne", "Elder")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, f'alerts = false\n[[digest]]\nname = "daily"\nto = ["{ADA}", "{BEN}"]\n')


def listed(place: Place, *names: str) -> None:
    """A day on which these papers are listed, and a run."""
    place.day(page(*(card(name) for name in names), day=f"{place.now + timedelta(days=1):%b %d}"))


def pause(place: Place, address: str = ADA, state: str = "paused", *, catch_up: bool = True) -> None:
    with Store(place.config.database) as store:
        (found,) = store.subscriptions.find(address)
        store.subscriptions.put([found.id], state, place.now, catch_up=catch_up)  # type: ignore[arg-type]


def resume(place: Place, address: str = ADA) -> None:
    pause(place, address, "active", catch_up=False)


def mails_to(place: Place, address: str = ADA) -> list[email.message.EmailMessage]:
    """In the order in which they were sent."""
    folder = place.folder / "mail" / "new"
    read = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in folder.glob("*")]
    mine = [one for one in read if one["To"] == address]
    return sorted(mine, key=lambda one: one["Date"].datetime)


def text_of(mail: email.message.EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def papers_in(mail: email.message.EmailMessage) -> list[str]:
    return [name for name in DAYS if f"The {name} Method" in text_of(mail)]


def test_who_goes_on_gets_one_mail_about_all_that_was_missed_then_editions_again(place: Place) -> None:
    listed(place, "Amber")
    pause(place)
    listed(place, "Birch")
    listed(place, "Cedar")
    resume(place)
    place.now += timedelta(hours=1)
    place.run()
    listed(place, "Daphne")
    listed(place, "Elder")
    assert [papers_in(mail) for mail in mails_to(place)] == [["Amber"], ["Birch", "Cedar"], ["Daphne"], ["Elder"]]
    assert [papers_in(mail) for mail in mails_to(place, BEN)] == [[name] for name in DAYS]
    missed = mails_to(place)[1]
    assert missed["Subject"].startswith("2 papers you missed, 18 to 19 Nov")
    assert "as you asked for" in text_of(missed)


def test_who_did_not_ask_gets_nothing_of_what_was_missed(place: Place) -> None:
    listed(place, "Amber")
    pause(place, catch_up=False)
    listed(place, "Birch")
    resume(place)
    listed(place, "Cedar")
    assert [papers_in(mail) for mail in mails_to(place)] == [["Amber"], ["Cedar"]]


def test_day_of_the_pauses_end_brings_the_mail(place: Place) -> None:
    listed(place, "Amber")
    with Store(place.config.database) as store:
        (found,) = store.subscriptions.find(ADA)
        store.subscriptions.put([found.id], "paused", place.now, until="2026-11-19", catch_up=True)
    listed(place, "Birch")
    assert len(mails_to(place)) == 1
    place.now += timedelta(days=1)
    place.run()
    assert [papers_in(mail) for mail in mails_to(place)] == [["Amber"], ["Birch"]]


def test_mail_that_was_queued_when_the_pause_began_is_missed_too(place: Place) -> None:
    place.drop(page(card("Amber")))
    place.publish()
    pause(place)
    place.now += timedelta(days=1)
    place.run()
    assert mails_to(place) == []
    resume(place)
    place.run()
    assert [papers_in(mail) for mail in mails_to(place)] == [["Amber"]]


def test_catching_up_happens_once_and_a_pause_without_news_brings_no_mail(place: Place) -> None:
    listed(place, "Amber")
    pause(place)
    resume(place)
    place.run()
    listed(place, "Birch")
    for _ in range(3):
        pause(place)
        resume(place)
        place.now += timedelta(hours=1)
        place.run()
    assert [papers_in(mail) for mail in mails_to(place)] == [["Amber"], ["Birch"]]


def test_reader_with_topics_catches_up_on_those(place: Place) -> None:
    listed(place, "Amber")
    with Store(place.config.database) as store:
        (found,) = store.subscriptions.find(ADA)
        store.subscriptions.choose([found.id], ["audio"])
    pause(place)
    listed(place, "Birch")
    audio = ("Speech Recognition for Whispered Vowels", "We recognise whispered speech from audio alone.")
    place.day(page(audio, card("Cedar"), day="Nov 19"))
    resume(place)
    place.run()
    mail = mails_to(place)[-1]
    assert audio[0] in mail["Subject"]
    assert papers_in(mail) == []


def test_edition_that_waits_for_its_owner_is_not_told_of_before(place: Place) -> None:
    listed(place, "Amber")
    pause(place)
    place.text += "approve = true\n"
    listed(place, "Birch")
    resume(place)
    place.run()
    assert len(mails_to(place)) == 1
    with Store(place.config.database) as store:
        store.halts.release("daily/2")
    place.run()
    assert [papers_in(mail) for mail in mails_to(place)] == [["Amber"], ["Birch"]]


def test_edition_that_its_owner_gave_up_was_missed_by_nobody(place: Place) -> None:
    listed(place, "Amber")
    pause(place)
    place.text += "approve = true\n"
    listed(place, "Birch")
    with Store(place.config.database) as store:
        store.outbox.give_up("daily", 2)
    resume(place)
    place.run()
    assert [papers_in(mail) for mail in mails_to(place)] == [["Amber"]]


def test_who_leaves_after_a_pause_gets_nothing_more(place: Place) -> None:
    listed(place, "Amber")
    pause(place)
    listed(place, "Birch")
    pause(place, state="unsubscribed")
    place.run()
    with Store(place.config.database) as store:
        (found,) = store.subscriptions.find(ADA)
        store.subscriptions.put([found.id], "active", place.now)
    place.run()
    assert len(mails_to(place)) == 1


# --- in every order -----------------------------------------------------------------------------------------------------


class Unreachable:
    """A channel that takes nothing."""

    def send(self, message: Message, in_doubt: Callable[[], None]) -> Receipt:
        del message, in_doubt
        raise RelayUnreachable("server", "421 later")

    def close(self) -> None:
        """Nothing is open."""

    def abort(self) -> None:
        """Nothing is open."""


def without_relay(place: Place) -> None:
    place.now += timedelta(hours=5)
    place.run(lambda desk: replace(desk, channels=(Unreachable(),)))


def listed_in_vain(place: Place, name: str) -> None:
    """A day on which a paper is listed and no mail leaves."""
    place.now += timedelta(days=1)
    place.drop(page(card(name), day=f"{place.now:%b %d}"))
    place.run(lambda desk: replace(desk, channels=(Unreachable(),)))


def later(place: Place, days: int = 0) -> None:
    place.now += timedelta(days=days, hours=5)
    place.run()


def test_pause_of_another_takes_no_paper_away(place: Place) -> None:
    listed(place, "Amber")
    pause(place)
    listed_in_vain(place, "Birch")
    pause(place, BEN)
    later(place)
    resume(place)
    later(place)
    assert [papers_in(mail) for mail in mails_to(place)] == [["Amber"], ["Birch"]]


def test_pausing_again_before_the_mail_left_loses_none_of_it(place: Place) -> None:
    listed(place, "Amber")
    pause(place)
    listed(place, "Birch")
    listed(place, "Cedar")
    resume(place)
    without_relay(place)
    pause(place)
    later(place)
    resume(place)
    later(place)
    assert [papers_in(mail) for mail in mails_to(place)] == [["Amber"], ["Birch", "Cedar"]]


def test_mail_that_was_in_doubt_when_the_pause_began_is_missed_under_a_name_of_its_own(place: Place) -> None:
    listed_in_vain(place, "Amber")
    with Store(place.config.database) as store:
        (mine,) = [one for one in store.outbox.all() if one.to == ADA]
        store.halts.release("all")
        store.outbox.note([mine.id], [], place.now)
    pause(place)
    later(place)
    resume(place)
    later(place)
    assert [papers_in(mail) for mail in mails_to(place)] == [["Amber"]]
    with Store(place.config.database) as store:
        (now,) = [one for one in store.outbox.all() if one.to == ADA]
    assert now.message_id != mine.message_id, "it is another mail than the one in doubt"


def test_what_was_sent_long_ago_is_not_missed_after_a_long_pause(place: Place) -> None:
    listed(place, "Amber")
    listed_in_vain(place, "Birch")
    pause(place)
    with Store(place.config.database) as store:
        assert store.pruning.deliveries(place.now + timedelta(days=95)) == 1, "that to Ben"
    later(place, days=95)
    resume(place)
    later(place)
    assert [papers_in(mail) for mail in mails_to(place)] == [["Amber"], ["Birch"]]


def test_mail_that_its_owner_cancelled_for_good_does_not_come_back(place: Place) -> None:
    listed_in_vain(place, "Amber")
    listed_in_vain(place, "Birch")
    with Store(place.config.database) as store:
        store.outbox.cancel([one.id for one in store.outbox.all() if one.to == ADA and one.edition == 2])
        store.halts.release("all")
    pause(place)
    later(place)
    resume(place)
    later(place)
    assert [papers_in(mail) for mail in mails_to(place)] == [["Amber"]]


def test_pause_under_a_clock_that_was_wrong_loses_nothing(place: Place) -> None:
    listed(place, "Amber")
    right = place.now
    place.now += timedelta(days=2000)
    pause(place)
    place.now = right
    listed(place, "Birch")
    resume(place)
    later(place)
    assert [papers_in(mail) for mail in mails_to(place)] == [["Amber"], ["Birch"]]


def test_config_that_drops_and_lists_an_address_again_ends_no_pause(place: Place) -> None:
    listed(place, "Amber")
    pause(place)
    whole = place.text
    place.text = whole.replace(f'"{ADA}", ', "")
    later(place)
    place.text = whole
    listed(place, "Birch")
    with Store(place.config.database) as store:
        assert [one.state for one in store.subscriptions.find(ADA)] == ["paused"]
    resume(place)
    later(place)
    assert [papers_in(mail) for mail in mails_to(place)] == [["Amber"], ["Birch"]]


def test_who_subscribed_by_their_own_word_is_not_taken_over_by_config(place: Place) -> None:
    with Store(place.config.database) as store:
        store.subscriptions.add("daily", "bob@example.org", place.now, consent="a form")
    whole = place.text
    place.text = whole.replace(f'"{ADA}"', '"Bob@example.org"')
    later(place)
    place.text = whole
    later(place)
    with Store(place.config.database) as store:
        assert [(one.address, one.state) for one in store.subscriptions.find("bob@example.org")] == [
            ("bob@example.org", "active")
        ]


def test_digest_that_is_taken_out_is_sent_to_nobody_until_it_is_back(place: Place) -> None:
    with Store(place.config.database) as store:
        store.subscriptions.add("daily", "bob@example.org", place.now, consent="a form")
    listed_in_vain(place, "Amber")
    with Store(place.config.database) as store:
        store.halts.release("all")
    whole = place.text
    place.text = whole.replace('"daily"', '"other"')
    later(place)
    assert mails_to(place, "bob@example.org") == []
    place.text = whole
    later(place)
    assert [papers_in(mail) for mail in mails_to(place, "bob@example.org")] == [["Amber"]]


def test_replay_hands_over_nothing_that_was_owed_before(place: Place) -> None:
    listed_in_vain(place, "Amber")
    with Store(place.config.database) as store:
        store.halts.release("all")
    place.now += timedelta(hours=5)
    place.run(lambda desk: replace(desk, replay=True))
    assert mails_to(place) == []
    later(place)
    assert [papers_in(mail) for mail in mails_to(place)] == [["Amber"]]
