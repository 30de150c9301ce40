"""The third line of a run: outbox → channel → receipt, over one connection or several.

    backlog   what is due, in the order in which it may leave
    lanes     a thread for each connection; none of them knows the database
    notices   what the owner is told, over one connection, by the same rules

Each message is in doubt before it can be accepted and settled after the answer. What the lanes want noted waits until the
one thread that has the store notes all of it at once, in one transaction. So a commit costs what the disk costs, however
many connections wait for it.

What stops here: the queue, where the channel takes nothing (an unreachable relay, a wrong password: no reader is harmed), also
when that is said only once readers are named, as soon as three of them have met it;
an edition whose content was refused three times in a row. Both are told, and go on as `store.halts` says.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from digest.bounces.status import judged
from digest.deliver.outcome import Outcome, worded
from digest.deliver.pace import Pace
from digest.errors import DigestError, Stopped
from digest.logs import WARNING, noted, say
from digest.models import Scope
from digest.sending.backlog import Backlog
from digest.sending.lanes import Lanes
from digest.sending.saying import say_outcome, say_sums, word_for
from digest.stopping import Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from digest.deliver import Channel
    from digest.errors import Faults
    from digest.models import Audience, Delivery, Message
    from digest.store import Store

__all__ = ["Post", "Scope", "Sending"]

ENHANCED = re.compile(r"\b5\.\d{1,3}\.\d{1,3}\b")  # RFC 3463
IN_A_ROW = 3  # refusals of one edition's content that say that it is not its readers' fault
TOLD = 10  # faults of one run that are told each; of more, how many


def nobody_looks(done: int, due: int) -> None:
    """What watches where nobody does."""


@dataclass(frozen=True, slots=True)
class Post:
    """What sending needs: the store, a channel for each connection, and how a delivery's message is made.

    `message` may raise a `DigestError`; then what else is of that edition and audience stays queued too. `hold`: what nobody
    can say of is held at once, never sent again. `pace` says when one more may leave; `watch(done, due)` is told how far it
    got.
    """

    store: Store
    channels: Sequence[Channel]
    message: Callable[[Delivery], Message]
    hold: bool = False
    pace: Pace = field(default_factory=Pace)
    stop: Stop = field(default_factory=Stop)
    watch: Callable[[int, int], None] = nobody_looks


@dataclass
class Sending:
    """One sending of all that is due."""

    post: Post
    scope: Scope
    faults: Faults
    stopped: bool = False
    streaks: Counter[str] = field(default_factory=Counter)
    accepted: set[str] = field(default_factory=set)
    ours: set[str] = field(default_factory=set)  # readers whose mail met a refusal of us, since one was accepted
    unset: set[tuple[str, Audience]] = field(default_factory=set)
    told: int = 0
    settled: int = 0
    due: int = 0
    words: Counter[str] = field(default_factory=Counter)

    def run(self) -> None:
        """Hand over everything that is due now, oldest first; no connection stays open."""
        self.due = self.post.store.outbox.count_due(self.scope)
        if self.due:
            self._run(Backlog(self.post.store.outbox, self.scope, self.post.pace))
            say_sums(self.words, self.due)
        if self.told > TOLD:
            more = f"{self.told - TOLD:,} more were not accepted"
            noted(self.faults, DigestError("mail", more, "see digest outbox"), "mail.failed")
        if self.post.stop.asked and self.settled < self.due:
            what = f"stopped after {self.settled:,} of {self.due:,}"
            noted(self.faults, Stopped("mail", what, "the next run goes on"), "mail.stopped")

    def _run(self, backlog: Backlog) -> None:
        lanes = Lanes(self.post.channels, self._note, lambda: self.stopped, self.post.stop)
        orderly = False
        try:
            lanes.run(lambda: self._next(backlog))
            orderly = not self.post.stop.asked
        finally:
            for channel in self.post.channels:  # a goodbye only where no lane may be in the midst of a message
                channel.close() if orderly else channel.abort()

    def _next(self, backlog: Backlog) -> Message | float | None:
        """The next message, or how long there is none; an edition that can't be set, or is halted, is passed over."""
        while True:
            one = backlog.next()
            if one is None or isinstance(one, float):
                return one
            edition = edition_of(one)
            if edition not in self.halted and (edition, one.audience) not in self.unset:
                try:
                    return self.post.message(one)
                except DigestError as fault:
                    self.unset.add((edition, one.audience))
                    noted(self.faults, fault, "mail.failed", edition=edition)

    @property
    def halted(self) -> set[str]:
        """The editions whose content was refused too often."""
        return {edition for edition, refused in self.streaks.items() if refused >= IN_A_ROW}

    def _note(self, doubts: Sequence[int], outcomes: Sequence[Outcome]) -> set[int]:
        """Commit what came of some attempts, and which messages may be accepted from now on; gives those that may."""
        known = [self._judged(one) for one in outcomes]
        self.settled += sum(one.kind != "untouched" for one in known)
        self.post.watch(self.settled, self.due)
        may = self.post.store.outbox.note(doubts, known, self.scope.now, hold=self.post.hold)
        for one in known:
            if word := word_for(one, hold=self.post.hold):
                self.words[word] += 1
                say_outcome(one, word)
        return may

    def _judged(self, one: Outcome) -> Outcome:
        """The outcome in the light of the others: refused content is an edition's fault until one of it is accepted."""
        edition = edition_of(one.delivery)
        if one.fault and not (one.kind == "dead" and is_nobody(one.reply)):
            self._tell(one.fault)
        if one.kind == "sent":
            self._accepted(edition)
        elif one.kind == "ours":
            return self._ours(one)
        elif one.kind == "dead" and is_nobody(one.reply):
            self._suspend(one)
        elif one.kind == "refused":
            self.streaks[edition] += 1
            if self.streaks[edition] == IN_A_ROW:
                self._halt(edition, f"its content was refused: {one.reply}")
            lone = edition in self.accepted and self.streaks[edition] < IN_A_ROW
            return worded(one, "dead" if lone else "later")
        elif one.kind == "untouched" and one.fault and not self.stopped:
            self.stopped = True
            self._halt("all", one.reply)
        return one

    def _halt(self, scope: str, why: str) -> None:
        """The whole queue is tried again by itself; an edition waits for its owner."""
        self.post.store.halts.halt(scope, why, self.scope.now, again=scope == "all")
        about = "the queue" if scope == "all" else scope
        say("halt.begun", f"halt of {about}: {why}", level=WARNING, edition=None if scope == "all" else scope)

    def _ours(self, one: Outcome) -> Outcome:
        """One reader's server may say of us what it likes; of several readers in a row, it is true."""
        self.ours.add(one.delivery.to)
        if len(self.ours) < IN_A_ROW:
            return one
        return self._judged(worded(one, "untouched"))

    def _suspend(self, one: Outcome) -> None:
        """Nobody is there: the address gets nothing more until its owner says otherwise; status names it."""
        found = self.post.store.returns.of(one.delivery.id)
        if found:
            self.post.store.returns.failed(found, one.reply, hard=True, now=self.scope.now)

    def _accepted(self, edition: str) -> None:
        if not self.accepted and self.post.store.halts.release("all"):
            say("halt.ended", "the queue goes on: a mail was accepted")
        self.accepted.add(edition)
        self.ours.clear()
        if self.streaks[edition] < IN_A_ROW:
            self.streaks[edition] = 0

    def _tell(self, fault: DigestError) -> None:
        """What several met alike is told once."""
        if str(fault) in map(str, self.faults):
            return
        self.told += 1
        if self.told <= TOLD:
            noted(self.faults, fault, "mail.failed")


def is_nobody(reply: str) -> bool:
    """Whether a refusal says that the address does not exist; any other may pass, or be about us."""
    said = reply.partition("“")[2] or reply  # not what the server is called
    code = ENHANCED.search(said)
    return code is not None and judged(code[0], said).hard


def edition_of(delivery: Delivery) -> str:
    """`daily/12`, as halts name it."""
    return f"{delivery.digest}/{delivery.edition}"
