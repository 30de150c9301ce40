"""Threads, one for each channel, which know no database: what they want noted waits for the one that has it.

That one thread, which calls `run`, feeds them and notes all that was said since in one transaction. It never waits for a
server, so that a wish to stop is heard at once: what is not in doubt is dropped, what is in doubt may have its answer.
"""

from __future__ import annotations

import time
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TYPE_CHECKING

from digest.deliver.outcome import Outcome, hand_over
from digest.errors import CancelledDelivery
from digest.logs import DEBUG, hears, say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from digest.deliver import Channel
    from digest.models import Message
    from digest.stopping import Stop

    Note = Callable[[Sequence[int], Sequence[Outcome]], set[int]]
    Feed = Callable[[], Message | float | None]

__all__ = ["Lanes"]

TURN = 0.5  # seconds after which a thread that waits looks whether there is anybody to answer it
AHEAD = 2  # messages for each connection that are made before they are taken


@dataclass(frozen=True, slots=True)
class Question:
    """A lane's wish to have a message in doubt, and the answer it waits for."""

    lane: int
    delivery: int
    answered: Event = field(default_factory=Event)
    yes: list[bool] = field(default_factory=list)

    def answer(self, *, yes: bool) -> None:
        self.yes.append(yes)
        self.answered.set()


@dataclass(frozen=True, slots=True)
class Said:
    """What became of the message that a lane had; or what ended the lane itself."""

    lane: int
    outcome: Outcome | BaseException


class Lanes:
    """`note(doubts, outcomes)` commits both and says which may be accepted. `halted()`: nothing new may begin."""

    def __init__(self, channels: Sequence[Channel], note: Note, halted: Callable[[], bool], stop: Stop) -> None:
        self._channels, self._note, self._halted, self._stop = channels, note, halted, stop
        self._todo: SimpleQueue[Message | None] = SimpleQueue()
        self._said: SimpleQueue[Question | Said | None] = SimpleQueue()
        self._over = Event()
        self._under_way = 0
        self._fault: BaseException | None = None
        self._doubtful: set[int] = set()  # lanes whose message may be accepted at this instant

    def run(self, feed: Feed) -> None:
        """Hand over what `feed` gives, until it gives None; a number from it is how many seconds there is nothing yet."""
        lanes = [partial(self._lane, *pair) for pair in enumerate(self._channels)]
        threads = [Thread(target=copy_context().run, args=(lane,), daemon=True) for lane in lanes]
        for thread in threads:
            thread.start()
        try:
            with self._stop.listening(lambda: self._said.put(None)):
                self._work(feed)
        finally:
            self._over.set()
            for _ in threads:
                self._todo.put(None)
        if not self._ending:
            for thread in threads:
                thread.join()

    def _work(self, feed: Feed) -> None:
        while not self._ending:
            wait = self._fed(feed)
            if wait is None and not self._under_way:
                return
            self._settle(wait)
        self._wind_down()
        if self._fault:
            raise self._fault

    @property
    def _ending(self) -> bool:
        """Whether nothing new may begin, since somebody wants it to stop or a lane has met what is no answer."""
        return self._stop.asked or self._fault is not None

    def _fed(self, feed: Feed) -> float | None:
        """Fill the lanes; how long to wait for what they say, at most. None: as long as it takes."""
        if self._halted():
            self._withdraw()
        while self._under_way < AHEAD * len(self._channels) and not self._halted():
            message = feed()
            if message is None or isinstance(message, float):
                return message
            self._todo.put(message)
            self._under_way += 1
        return None

    def _withdraw(self) -> None:
        """Take back what no lane has begun with."""
        with suppress(Empty):
            while self._todo.get_nowait():
                self._under_way -= 1

    def _wind_down(self) -> None:
        """Drop what can't have been accepted; wait for the answers to what may have been, as long as there is patience."""
        self._withdraw()
        for lane, channel in enumerate(self._channels):
            if lane not in self._doubtful:
                channel.abort()
        ends = time.monotonic() + self._stop.patience
        while self._doubtful and (left := ends - time.monotonic()) > 0:
            self._settle(left)
        for channel in self._channels:
            channel.abort()

    def _settle(self, seconds: float | None) -> None:
        """Note all that was said since, in one transaction. Who asks while it stops is told no, and counts for nothing."""
        said = self._heard(seconds)
        ends = [one for one in said if isinstance(one, Said)]
        questions = [one for one in said if isinstance(one, Question)]
        known = [one for one in ends if not self._ending or one.lane in self._doubtful]
        wanted = [] if self._halted() or self._ending else [one.delivery for one in questions]
        outcomes = [one.outcome for one in known if isinstance(one.outcome, Outcome)]
        granted = self._note(wanted, outcomes) if wanted or outcomes else set()
        self._under_way -= len(ends)
        self._doubtful -= {one.lane for one in ends}
        for question in questions:
            question.answer(yes=question.delivery in granted)
            if question.delivery in granted:
                self._doubtful.add(question.lane)
        self._fault = self._fault or next((one.outcome for one in ends if isinstance(one.outcome, BaseException)), None)

    def _heard(self, seconds: float | None) -> list[Question | Said | None]:
        said: list[Question | Said | None] = []
        with suppress(Empty):
            said.append(self._said.get(timeout=seconds))
            while True:
                said.append(self._said.get_nowait())
        return said

    # --- in a lane's own thread ------------------------------------------------------------------------------------

    def _lane(self, lane: int, channel: Channel) -> None:
        while (message := self._todo.get()) is not None:
            say_tried(lane, message)
            try:
                self._said.put(Said(lane, hand_over(channel, message, partial(self._ask, lane, message))))
            except BaseException as end:  # noqa: BLE001 - it is raised again by the thread that waits for it
                self._said.put(Said(lane, end))
                return

    def _ask(self, lane: int, message: Message) -> None:
        question = Question(lane, message.delivery.id)
        self._said.put(question)
        while not question.answered.wait(TURN) and not self._over.is_set():
            pass
        if question.yes != [True]:
            raise CancelledDelivery(f"delivery {message.delivery.id}", "is not to be sent any more", "nothing was sent")


def say_tried(lane: int, message: Message) -> None:
    """Who is written to stands in no record above this level."""
    if hears(DEBUG):
        one = message.delivery
        told = f"delivery {one.id} to {one.to}, over connection {lane + 1}"
        say("delivery.tried", told, level=DEBUG, edition=f"{one.digest}/{one.edition}", delivery=one.id, to=one.to)
