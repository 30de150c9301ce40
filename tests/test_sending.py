"""Mails leave over one connection or several: what each answer does to a message, to its edition and to the queue."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.errors import (
    ContentRefused,
    LostReply,
    PermanentDelivery,
    RelayRefusal,
    RelayUnreachable,
    TemporaryDelivery,
)
from digest.models import Receipt
from digest.sending import is_nobody
from digest.stopping import Stop
from digest.store import Store
from tests.fakes import Place, card, page

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from digest.desk import Desk
    from digest.errors import DeliveryError
    from digest.models import Message, RunReport

READERS = 12
LANES = pytest.mark.parametrize("lanes", [1, 4])


@dataclass
class Relay:
    """A server for several connections: says to each recipient what it is told to, each time it comes."""

    answers: dict[str, list[DeliveryError | None]] = field(default_factory=dict)
    always: DeliveryError | None = None
    accepted: Counter[str] = field(default_factory=Counter)
    tried: Counter[str] = field(default_factory=Counter)
    after_dot: type[DeliveryError] | tuple[type[DeliveryError], ...] = (LostReply, ContentRefused)
    closed: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, message: Message, in_doubt: Callable[[], None]) -> Receipt:
        to = message.delivery.to
        with self.lock:
            self.tried[to] += 1
            said = self.answers.get(to, [])
            fault = said.pop(0) if said else self.always
        if fault and not isinstance(fault, self.after_dot):
            raise fault
        in_doubt()
        if fault:
            raise fault
        with self.lock:
            self.accepted[to] += 1
        return Receipt("250 ok")

    def close(self) -> None:
        with self.lock:
            self.closed += 1

    def abort(self) -> None:
        """Holds nothing open."""

    def on(self, lanes: int) -> Callable[[Desk], Desk]:
        return lambda desk: replace(desk, channels=(self,) * lanes)


def reader(number: int) -> str:
    return f"r{number:02}@example.org"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    to = ", ".join(f'"{reader(number)}"' for number in range(READERS))
    place = Place(tmp_path, f'alerts = false\n[[digest]]\nname = "daily"\nto = [{to}]\n')
    place.drop(page(card("Amber")))
    return place


def sent(place: Place, relay: Relay, lanes: int, hours: float = 0) -> RunReport:
    place.now += timedelta(hours=hours)
    return place.run(relay.on(lanes))


def states(place: Place) -> dict[str, str]:
    with Store(place.config.database) as store:
        return {one.to: one.state for one in store.outbox.all()}


@LANES
def test_every_reader_gets_it_once(lanes: int, place: Place) -> None:
    relay = Relay()
    report = sent(place, relay, lanes)
    assert relay.accepted == Counter(map(reader, range(READERS)))
    assert (report.verdict, report.deliveries.sent, report.errors) == ("new", READERS, ())
    assert relay.closed == lanes
    assert sent(place, relay, lanes, hours=5).deliveries.sent == 0


@LANES
def test_one_readers_refusal_harms_no_other(lanes: int, place: Place) -> None:
    relay = Relay({reader(3): [PermanentDelivery("server", "550 5.1.1 no such user")]})
    report = sent(place, relay, lanes)
    assert (report.deliveries.sent, report.deliveries.dead) == (READERS - 1, 1)
    assert states(place)[reader(3)] == "dead"


@pytest.mark.parametrize(
    ("reply", "nobody"),
    [
        ("550 5.1.1 no such user", True),
        ("552 5.2.2 mailbox full", False),
        ("550 5.7.1 not allowed", False),
        ("550 5.3.4 message too big", False),
        ("550 no", False),
    ],
)
def test_only_an_address_that_does_not_exist_is_suspended(place: Place, reply: str, *, nobody: bool) -> None:
    relay = Relay({reader(3): [PermanentDelivery("server", reply)]})
    report = sent(place, relay, 1)
    assert report.deliveries.dead == 1
    assert (not report.errors) is nobody
    with Store(place.config.database) as store:
        suspended = [one.address for one in store.subscriptions.all() if one.state != "active"]
    assert suspended == ([reader(3)] if nobody else [])


@LANES
def test_one_that_is_put_off_comes_later(lanes: int, place: Place) -> None:
    relay = Relay({reader(3): [TemporaryDelivery("server", "450 greylisted")]})
    assert sent(place, relay, lanes).deliveries.queued == 1
    assert sent(place, relay, lanes, hours=1).deliveries.sent == 1
    assert relay.accepted == Counter(map(reader, range(READERS)))


@LANES
def test_relay_that_refuses_us_after_the_dot_has_accepted_nothing_and_costs_no_attempt(
    lanes: int, place: Place
) -> None:
    relay = Relay(always=RelayRefusal("smtp.example.org", "550 daily limit"), after_dot=RelayRefusal)
    for _ in range(3):
        sent(place, relay, lanes, hours=5)
    with Store(place.config.database) as store:
        assert {(one.state, one.attempts, one.doubts) for one in store.outbox.all()} == {("queued", 0, 0)}
    relay.always = None
    assert sent(place, relay, lanes, hours=5).deliveries.sent == READERS
    assert set(relay.accepted.values()) == {1}


@LANES
@pytest.mark.parametrize("kind", [RelayRefusal, RelayUnreachable])
def test_fault_of_ours_stops_the_queue_and_kills_nothing(kind: type[DeliveryError], lanes: int, place: Place) -> None:
    relay = Relay(always=kind("smtp.example.org", "535 the password is wrong"))
    report = sent(place, relay, lanes)
    assert set(states(place).values()) == {"queued"}
    assert sum(relay.tried.values()) <= 2 * lanes, "it is not tried with each message"
    assert any("535" in str(fault) for fault in report.errors)
    assert ["is halted" in str(fault) for fault in sent(place, relay, lanes, hours=0.01).errors] == [True]
    assert sum(relay.tried.values()) <= 2 * lanes, "nor at once again"
    relay.always = None
    assert sent(place, relay, lanes, hours=1).deliveries.sent == READERS
    with Store(place.config.database) as store:
        assert store.halts.all() == ()


@LANES
def test_content_that_is_refused_three_times_in_a_row_halts_its_edition(lanes: int, place: Place) -> None:
    relay = Relay(always=ContentRefused("server", "554 looks like spam"))
    sent(place, relay, lanes)
    assert set(states(place).values()) == {"queued"}
    assert 3 <= sum(relay.tried.values()) <= 3 + 2 * lanes
    with Store(place.config.database) as store:
        (halt,) = store.halts.all()
    assert (halt.scope, halt.until, "looks like spam" in halt.why) == ("daily/1", None, True)
    relay.always = None
    place.drop(page(card("Birch")), "next.txt")
    sent(place, relay, lanes, hours=24)
    assert sum(relay.accepted.values()) == READERS, "the next edition is not halted"
    with Store(place.config.database) as store:
        store.halts.release("daily/1")
    sent(place, relay, lanes, hours=1)
    assert sum(relay.accepted.values()) == 2 * READERS


def test_content_that_one_readers_server_refuses_is_that_readers_matter(place: Place) -> None:
    relay = Relay({reader(5): [ContentRefused("server", "554 not for me")]})
    sent(place, relay, 1)
    assert Counter(states(place).values()) == {"sent": READERS - 1, "dead": 1}


@LANES
def test_lost_answer_is_tried_once_more_and_the_second_is_held(lanes: int, place: Place) -> None:
    lost = LostReply("server", "the connection was lost after the dot")
    relay = Relay({reader(1): [lost, None], reader(2): [lost, lost]})
    sent(place, relay, lanes)
    assert Counter(states(place).values()) == {"sent": READERS - 2, "queued": 2}
    sent(place, relay, lanes, hours=1)
    assert (states(place)[reader(1)], states(place)[reader(2)]) == ("sent", "held")


def test_lost_answer_is_held_at_once_where_that_is_wanted(place: Place) -> None:
    place.text += '[mail]\non_doubt = "hold"\n'
    relay = Relay({reader(1): [LostReply("server", "lost")]})
    sent(place, relay, 1)
    assert states(place)[reader(1)] == "held"


@LANES
def test_many_faults_are_told_in_few_lines(lanes: int, place: Place) -> None:
    refusals: dict[str, list[DeliveryError | None]] = {
        reader(n): [PermanentDelivery("server", f"550 no {n}")] for n in range(READERS)
    }
    report = sent(place, Relay(refusals), lanes)
    assert len(report.errors) == 11
    assert "2 more were not accepted" in str(report.errors[-1])


def test_interrupt_on_one_of_several_connections_ends_the_run(place: Place) -> None:
    @dataclass
    class Dying(Relay):
        def send(self, message: Message, in_doubt: Callable[[], None]) -> Receipt:
            if message.delivery.to == reader(4):
                raise KeyboardInterrupt
            return super().send(message, in_doubt)

    with pytest.raises(KeyboardInterrupt):
        sent(place, Dying(), 4)
    relay = Relay()
    sent(place, relay, 4, hours=1)
    assert set(states(place).values()) == {"sent"}
    assert relay.accepted[reader(4)] == 1


def test_reader_who_chose_topics_gets_a_mail_only_when_there_is_something_of_them(place: Place) -> None:
    place.publish()
    with Store(place.config.database) as store:
        ids: Sequence[int] = [one.id for one in store.subscriptions.all()]
        store.subscriptions.choose(ids[:3], ["health"])  # “Patient” in the title
        store.subscriptions.choose(ids[3:5], ["audio"])
    place.drop(page(card("Birch")), "next.txt")
    relay = Relay()
    place.now += timedelta(days=1)
    sent(place, relay, 2)
    assert relay.accepted == Counter({reader(n): 1 if n in {3, 4} else 2 for n in range(READERS)})


# --- a wish to stop ---------------------------------------------------------------------------------------------------


@dataclass
class Stopping(Relay):
    """A server in whose course a wish to stop comes: at one reader's mail, before or after the dot."""

    stop: Stop = field(default_factory=lambda: Stop(patience=5))
    at: str = ""
    before_dot: bool = False
    slow: float = 0.0
    aborted: threading.Event = field(default_factory=threading.Event)

    def send(self, message: Message, in_doubt: Callable[[], None]) -> Receipt:
        if message.delivery.to != self.at:
            return super().send(message, in_doubt)
        if self.before_dot:
            self.stop.ask()
            assert self.aborted.wait(5), "what waits before the dot is dropped"
            raise RelayUnreachable("server", "closed the connection")
        in_doubt()
        self.stop.ask()
        time.sleep(self.slow)
        with self.lock:
            self.accepted[self.at] += 1
        return Receipt("250 ok")

    def abort(self) -> None:
        self.aborted.set()

    def on(self, lanes: int) -> Callable[[Desk], Desk]:
        return lambda desk: replace(desk, channels=(self,) * lanes, stop=self.stop)


@LANES
def test_wish_to_stop_after_the_dot_waits_for_the_answer(lanes: int, place: Place) -> None:
    relay = Stopping(at=reader(1), slow=0.2)
    report = sent(place, relay, lanes)
    assert states(place)[reader(1)] == "sent"
    assert sum(relay.accepted.values()) < READERS
    assert [fault.exit_code for fault in report.errors] == [75]
    assert f"stopped after {sum(relay.accepted.values())} of {READERS}" in str(report.errors[0])
    again = Relay()
    sent(place, again, lanes, hours=0.1)
    assert relay.accepted + again.accepted == Counter(map(reader, range(READERS)))


@LANES
def test_wish_to_stop_before_the_dot_drops_the_mail_and_it_stays_queued(lanes: int, place: Place) -> None:
    relay = Stopping(at=reader(5), before_dot=True)
    report = sent(place, relay, lanes)
    with Store(place.config.database) as store:
        (one,) = [one for one in store.outbox.all() if one.to == reader(5)]
        assert (one.state, one.attempts, one.last_reply) == ("queued", 0, None)
        assert store.halts.all() == (), "a connection that we dropped ourselves is no fault of the relay's"
    assert [type(fault).__name__ for fault in report.errors] == ["Stopped"]


def test_patience_has_an_end_and_what_had_no_answer_is_in_doubt(place: Place) -> None:
    relay = Stopping(at=reader(5), slow=1.0, stop=Stop(patience=0.1))
    sent(place, relay, 1)
    assert states(place)[reader(5)] == "in_doubt"
    sent(place, Relay(), 1, hours=0.1)
    assert states(place)[reader(5)] == "sent"


def test_second_wish_to_stop_ends_it_at_once(place: Place) -> None:
    class Twice(Stopping):
        def abort(self) -> None:
            self.stop.ask()

    with pytest.raises(KeyboardInterrupt):
        sent(place, Twice(at=reader(5), slow=0.1), 2)


# --- the pace ----------------------------------------------------------------------------------------------------------


def test_domain_that_had_enough_waits_while_others_go_on(tmp_path: Path) -> None:
    to = [f"a{n}@slow.example" for n in range(3)] + [f"b{n}@fast{n}.example" for n in range(3)]
    listed = ", ".join(f'"{one}"' for one in to)
    place = Place(tmp_path, f'[[digest]]\nname = "daily"\nto = [{listed}]\n[mail]\nper_minute_per_domain = 600\n')
    place.drop(page(card("Amber")))
    order: list[str] = []

    class Ordered(Relay):
        def send(self, message: Message, in_doubt: Callable[[], None]) -> Receipt:
            order.append(message.delivery.to)
            return super().send(message, in_doubt)

    sent(place, Ordered(), 1)
    assert sorted(order) == sorted(to)
    assert order[:4] == ["a0@slow.example", *(f"b{n}@fast{n}.example" for n in range(3))]


def test_what_watches_is_told_how_far_it_got(place: Place) -> None:
    told: list[tuple[int, int]] = []
    place.run(lambda desk: replace(Relay().on(1)(desk), watch=lambda done, due: told.append((done, due))))
    assert {due for _, due in told} == {READERS}
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (READERS, READERS)


# --- what happens meanwhile -------------------------------------------------------------------------------------------


@LANES
def test_who_unsubscribes_while_others_are_served_gets_no_mail_any_more(lanes: int, place: Place) -> None:
    late = reader(11)

    left = threading.Event()

    class Leaving(Relay):
        def send(self, message: Message, in_doubt: Callable[[], None]) -> Receipt:
            if message.delivery.to != reader(0):
                left.wait(5)
            else:
                with Store(place.config.database) as store:
                    ids = [one.id for one in store.subscriptions.find(late)]
                    store.subscriptions.put(ids, "unsubscribed", place.now)
                left.set()
            return super().send(message, in_doubt)

    relay = Leaving()
    sent(place, relay, lanes)
    assert relay.accepted == Counter(reader(n) for n in range(11))
    sent(place, relay, lanes, hours=1)
    assert states(place)[late] == "cancelled"


def test_answers_that_came_with_a_fault_are_noted_all_the_same(place: Place) -> None:
    """The thread with the store is busy while three are accepted and one connection ends the run."""
    accepted, go_on = threading.Barrier(3), threading.Event()

    @dataclass
    class Dying(Relay):
        def send(self, message: Message, in_doubt: Callable[[], None]) -> Receipt:
            if message.delivery.to == reader(3):
                go_on.wait(5)
                raise KeyboardInterrupt
            receipt = super().send(message, in_doubt)
            if message.delivery.to in {reader(0), reader(1), reader(2)}:
                accepted.wait(5)
                go_on.set()
            return receipt

    first = Dying()
    with pytest.raises(KeyboardInterrupt):
        sent(place, first, 4)
    second = Relay()
    sent(place, second, 4, hours=1)
    twice = first.accepted + second.accepted
    assert set(twice) == {reader(n) for n in range(READERS)}
    assert max(twice.values()) == 1, "what was accepted is not sent again"


def test_doubt_that_an_answer_ended_is_none_any_more_and_others_stay(place: Place) -> None:
    lost, later = LostReply("server", "lost"), TemporaryDelivery("server", "451 later")
    relay = Relay({reader(1): [lost, later, lost]})
    relay.after_dot = (LostReply, TemporaryDelivery)
    for _ in range(3):
        sent(place, relay, 1, hours=5)
    assert states(place)[reader(1)] == "held", "two doubts, whatever came between them"


# --- one reader against all -------------------------------------------------------------------------------------------


def named(kind: type[DeliveryError], words: str) -> DeliveryError:
    """A refusal of us that came once a reader was named."""
    error = kind("smtp.example.org", words)
    error.named = True
    return error


@LANES
def test_server_of_one_reader_that_speaks_ill_of_us_holds_up_nobody_else(lanes: int, place: Place) -> None:
    relay = Relay({reader(0): [named(RelayRefusal, "554 relay access denied") for _ in range(50)]})
    for day in range(6):
        place.drop(page(card(f"Paper{day}")), f"{day}.txt")
        sent(place, relay, lanes, hours=24)
    assert [relay.accepted[reader(n)] for n in range(1, READERS)] == [6] * (READERS - 1)
    with Store(place.config.database) as store:
        assert store.halts.all() == ()
        assert {one.state for one in store.outbox.all() if one.to == reader(0)} <= {"queued", "held"}


@LANES
def test_several_readers_that_meet_it_show_that_it_is_about_us(lanes: int, place: Place) -> None:
    relay = Relay(always=named(RelayRefusal, "554 sender not allowed"))
    sent(place, relay, lanes)
    assert set(states(place).values()) == {"queued"}
    assert 3 <= sum(relay.tried.values()) <= 3 + 2 * lanes
    with Store(place.config.database) as store:
        (halt,) = store.halts.all()
    assert halt.scope == "all"
    relay.always = None
    assert sent(place, relay, lanes, hours=5).deliveries.sent == READERS


@pytest.mark.parametrize(
    ("reply", "nobody"),
    [
        ("r: smtp.sender.net said “550 5.1.1 no such user” at RCPT", True),
        ("r: relay 10.5.1.1 said “550 no” at RCPT", False),
        ("r: antispam.corp said “550 5.7.1 go away” at RCPT", False),
    ],
)
def test_what_a_server_is_called_says_nothing_of_a_reader(reply: str, *, nobody: bool) -> None:
    assert is_nobody(reply) is nobody
