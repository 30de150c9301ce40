"""The third line of a run: outbox → channel → receipt, over one connection or several.

Each message is in doubt before it can be accepted and settled after the answer. With several connections, each has a
thread of its own and knows no database: what they want noted waits until the one thread that has the store notes all of
it at once, in one transaction. So a commit costs what the disk costs, however many connections wait for it.

What stops here: the queue, where the channel takes nothing (an unreachable relay, a wrong password: no reader is harmed);
an edition whose content was refused three times in a row. Both are told, and go on as `store.halts` says.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TYPE_CHECKING

from digest.bounces.status import judged
from digest.deliver.outcome import Outcome, hand_over, worded
from digest.deliver.pace import Pace
from digest.errors import CancelledDelivery, DigestError, noting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from digest.deliver import Channel
    from digest.errors import Faults
    from digest.models import Delivery, Message
    from digest.store import Store

__all__ = ["Post", "Sending"]

ENHANCED = re.compile(r"\b5\.\d{1,3}\.\d{1,3}\b")  # RFC 3463
PAGE = 1_000  # deliveries that are read at once
IN_A_ROW = 3  # refusals of one edition's content that say that it is not its readers' fault
TOLD = 10  # faults of one run that are told each; of more, how many
TURN = 0.5  # seconds after which a thread that waits looks whether there is anybody to answer it
AHEAD = 2  # messages for each connection that are made before they are taken


@dataclass(frozen=True, slots=True)
class Post:
    """What sending needs: the store, a channel for each connection, and how a group's messages are made.

    `messages` gives the messages of deliveries of one edition and one audience; it may raise a `DigestError`, and then
    they stay queued. `hold`: what nobody can say of is held at once, never sent again. `pace` says when one more may leave.
    """

    store: Store
    channels: Sequence[Channel]
    messages: Callable[[Sequence[Delivery]], Iterator[Message]]
    hold: bool = False
    pace: Pace = field(default_factory=Pace)


@dataclass
class Sending:
    """One sending of all that is due."""

    post: Post
    now: datetime
    faults: Faults
    stopped: bool = False
    streaks: Counter[str] = field(default_factory=Counter)
    accepted: set[str] = field(default_factory=set)
    told: int = 0
    settled: int = 0

    def run(self) -> None:
        """Hand over everything that is due now, oldest first; no connection stays open."""
        try:
            self._run()
        finally:
            for channel in self.post.channels:
                channel.close()

    def _run(self) -> None:
        tried: set[int] = set()
        while not self.stopped:
            left = len(tried) - self.settled  # of an edition that could not be set
            due = [one for one in self.post.store.outbox.due(self.now, PAGE + left) if one.id not in tried]
            if not due:
                break
            tried.update(one.id for one in due)
            self._send(due)
        if self.told > TOLD:
            self.faults.append(DigestError("mail", f"{self.told - TOLD:,} more were not accepted", "see digest outbox"))

    def _send(self, due: Sequence[Delivery]) -> None:
        messages = self._messages(due)
        if len(self.post.channels) > 1 and len(due) > 1:
            Lanes(self.post, self._note).run(messages, lambda: self.stopped)
            return
        (channel, *_) = self.post.channels
        for message in messages:
            self.post.pace.turn()
            outcome = hand_over(channel, message, partial(self._doubt, message.delivery))
            self._note((), (outcome,))
            if self.stopped:
                return

    def _messages(self, due: Sequence[Delivery]) -> Iterator[Message]:
        """The messages of these, an audience at a time; an edition that can't be set stops no other."""
        for _, group in groupby(due, lambda one: (one.digest, one.edition, one.audience)):
            with noting(self.faults):
                for message in self.post.messages(list(group)):
                    if edition_of(message.delivery) not in self.halted:
                        yield message

    @property
    def halted(self) -> set[str]:
        """The editions whose content was refused too often."""
        return {edition for edition, refused in self.streaks.items() if refused >= IN_A_ROW}

    def _doubt(self, delivery: Delivery) -> None:
        if not self._note((delivery.id,), ()):
            raise CancelledDelivery(f"delivery {delivery.id}", "is not queued any more", "nothing was sent")

    def _note(self, doubts: Sequence[int], outcomes: Sequence[Outcome]) -> set[int]:
        """Commit what came of some attempts, and which messages may be accepted from now on; gives those that may."""
        known = [self._judged(one) for one in outcomes]
        self.settled += sum(one.kind != "untouched" for one in known)
        return self.post.store.outbox.note(doubts, known, self.now, hold=self.post.hold)

    def _judged(self, one: Outcome) -> Outcome:
        """The outcome in the light of the others: refused content is an edition's fault until one of it is accepted."""
        edition = edition_of(one.delivery)
        if one.fault and not (one.kind == "dead" and is_nobody(one.reply)):
            self._tell(one.fault)
        if one.kind == "sent":
            self._accepted(edition)
        elif one.kind == "dead" and is_nobody(one.reply):
            self._suspend(one)
        elif one.kind == "refused":
            self.streaks[edition] += 1
            if self.streaks[edition] == IN_A_ROW:
                self.post.store.halts.halt(edition, f"its content was refused: {one.reply}", self.now)
            lone = edition in self.accepted and self.streaks[edition] < IN_A_ROW
            return worded(one, "dead" if lone else "later")
        elif one.kind == "untouched" and one.fault and not self.stopped:
            self.stopped = True
            self.post.store.halts.halt("all", one.reply, self.now, again=True)
        return one

    def _suspend(self, one: Outcome) -> None:
        """Nobody is there: the address gets nothing more until its owner says otherwise; status names it."""
        found = self.post.store.returns.about(None, one.delivery.message_id)
        if found:
            self.post.store.subscriptions.bounced(found[0], one.reply, hard=True, now=self.now, most=1)

    def _accepted(self, edition: str) -> None:
        if not self.accepted:
            self.post.store.halts.release("all")
        self.accepted.add(edition)
        if self.streaks[edition] < IN_A_ROW:
            self.streaks[edition] = 0

    def _tell(self, fault: DigestError) -> None:
        """What several met alike is told once."""
        if str(fault) in map(str, self.faults):
            return
        self.told += 1
        if self.told <= TOLD:
            self.faults.append(fault)


def is_nobody(reply: str) -> bool:
    """Whether a refusal says that the address does not exist; any other may pass, or be about us."""
    code = ENHANCED.search(reply)
    return code is not None and judged(code[0], reply).hard


def edition_of(delivery: Delivery) -> str:
    """`daily/12`, as halts name it."""
    return f"{delivery.digest}/{delivery.edition}"


# --- several connections ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Question:
    """A thread's wish to have a message in doubt, and the answer it waits for."""

    delivery: int
    answered: Event = field(default_factory=Event)
    yes: list[bool] = field(default_factory=list)

    def answer(self, *, yes: bool) -> None:
        self.yes.append(yes)
        self.answered.set()


class Lanes:
    """Threads, one for each channel; only the one that calls `run` notes anything."""

    def __init__(self, post: Post, note: Callable[[Sequence[int], Sequence[Outcome]], set[int]]) -> None:
        self._post, self._note = post, note
        self._todo: SimpleQueue[Message | None] = SimpleQueue()
        self._said: SimpleQueue[Question | Outcome | BaseException] = SimpleQueue()
        self._over = Event()

    def run(self, messages: Iterable[Message], stopped: Callable[[], bool]) -> None:
        """Hand all of them over; returns when each has its outcome. No new one is begun once `stopped()`."""
        threads = [Thread(target=self._lane, args=(channel,), daemon=True) for channel in self._post.channels]
        for thread in threads:
            thread.start()
        under_way, source = 0, iter(messages)
        try:
            while True:
                while under_way < AHEAD * len(threads) and not stopped() and (message := next(source, None)):
                    self._todo.put(message)
                    under_way += 1
                if not under_way:
                    break
                under_way -= self._settle(stopping=stopped())
        finally:
            self._over.set()
            for _ in threads:
                self._todo.put(None)
        for thread in threads:
            thread.join()

    def _settle(self, *, stopping: bool) -> int:
        """Note all that was said since, in one transaction; returns how many messages have their outcome."""
        said = [self._said.get()]
        while True:
            try:
                said.append(self._said.get_nowait())
            except Empty:
                break
        for one in said:
            if isinstance(one, BaseException):
                raise one
        questions = [one for one in said if isinstance(one, Question)]
        outcomes = [one for one in said if isinstance(one, Outcome)]
        wanted = [] if stopping else [one.delivery for one in questions]
        granted = self._note(wanted, outcomes)
        for one in questions:
            one.answer(yes=one.delivery in granted)
        return len(outcomes)

    def _lane(self, channel: Channel) -> None:
        while (message := self._todo.get()) is not None:
            try:
                self._post.pace.turn()
                self._said.put(hand_over(channel, message, partial(self._ask, message)))
            except BaseException as end:  # noqa: BLE001 - it is raised again by the thread that waits for it
                self._said.put(end)
                return

    def _ask(self, message: Message) -> None:
        question = Question(message.delivery.id)
        self._said.put(question)
        while not question.answered.wait(TURN) and not self._over.is_set():
            pass
        if question.yes != [True]:
            raise CancelledDelivery(f"delivery {message.delivery.id}", "is not to be sent any more", "nothing was sent")
