"""What the mails share that no edition owes: one row each, with the columns and the states of a delivery (`outbox`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from digest.store.database import stamp
from digest.store.outbox import CLAMP, DOUBTED, HOLD_SECOND_DOUBT, LONGEST_WAIT, REQUEUE_FIRST_DOUBT, SETTLING, settled

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from digest.deliver.outcome import Outcome
    from digest.store.database import Database

__all__ = ["Mailing"]


class Mailing:
    """The mails of one `table`. Each method is one transaction; a number is a row's in that table alone."""

    table: ClassVar[str]

    def __init__(self, database: Database) -> None:
        self._database = database

    def recover(self, now: datetime) -> None:
        """Put right what a crash or a wrong clock left: a first doubt is tried again, a second one is held."""
        latest = {"latest": stamp(now + LONGEST_WAIT)}
        if self._database.value(self._own(RECOVERABLE), latest):
            with self._database.transaction():
                self._database.write(self._own(HOLD_SECOND_DOUBT), {"most": 1})
                self._database.write(self._own(REQUEUE_FIRST_DOUBT), {"now": stamp(now)})
                self._database.write(self._own(CLAMP), latest)

    def settle(self, doubts: Sequence[int], outcomes: Sequence[Outcome], now: datetime) -> set[int]:
        """As `Outbox.note`: commit what came of attempts, and which mails may be accepted from now on."""
        with self._database.transaction():
            for outcome in outcomes:
                statement = SETTLING.get(outcome.kind)
                if statement:
                    self._database.write(self._own(statement), settled(outcome, now))
            return {one for one in doubts if self._database.write(self._own(DOUBTED), {"delivery": one})}

    def _own(self, statement: str) -> str:
        """A statement about deliveries, about this table's rows."""
        return statement.replace("UPDATE delivery", f"UPDATE {self.table}").replace(
            "FROM delivery", f"FROM {self.table}"
        )


RECOVERABLE = "SELECT 1 FROM delivery WHERE state = 'in_doubt' OR state = 'queued' AND next_at > :latest"
