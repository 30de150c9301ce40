"""All that is remembered, in one SQLite database. Nothing outside this package knows which database it is.

dumps         bytes in, verdict out
settling      a dump gets its verdict: one transaction
intake        what a listing changes
resemblances  papers that read alike
sequels       what became of papers that were announced
rereading     what another reading of a kept dump changes
papers        who is known
editions      sealed numbers of a digest
slots         when each was due
subscriptions who gets what
readers       what they change themselves, by their link
requests      what somebody asked for on the web, and the mails about it
mailing       what the mails share that no edition owes
pauses        readers who go on, and what they missed
suppression   who was deleted on request
backups       copies of all of it
restoring     one of them put back
outbox        what is owed to whom
pruning       what is not kept for ever
halts         why what is due is not sent
alerts        what was wrong, and the mails that tell the owner
returns       whose mail came back
publications  what feeds and pages are made of
volumes       what archived feeds are bound from
tallies       how the counts of dumps are summed
overview      what the owner's pages count
search        full text; marking: what of a text a query found
runs          the ledger
daemons       whether one lives
sources       what all that says of each source
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self

from digest.store.alerts import Alerts
from digest.store.daemons import Daemons
from digest.store.database import Database, copy
from digest.store.dumps import Dumps
from digest.store.editions import Editions
from digest.store.halts import Halts
from digest.store.locks import LONG, PATIENCE, made, run_lock
from digest.store.looks import Looks
from digest.store.migrations import migrate
from digest.store.outbox import Outbox
from digest.store.overview import Overview
from digest.store.papers import Papers
from digest.store.pauses import Pauses
from digest.store.pruning import Pruning
from digest.store.publications import Publications
from digest.store.readers import Readers
from digest.store.requests import Requests
from digest.store.rereading import Rereading, reread
from digest.store.returns import Returns
from digest.store.runs import Runs
from digest.store.search import Search
from digest.store.settling import take_in
from digest.store.slots import Slots
from digest.store.sources import Sources
from digest.store.subscriptions import Subscriptions
from digest.store.volumes import Volumes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from types import TracebackType

    from digest.models import Listing

__all__ = ["LONG", "Rereading", "Store", "copied", "run_lock"]


class Store:
    """The database, opened and of the current schema; a context manager. Belongs to one thread."""

    def __init__(self, path: Path, patience: float = PATIENCE) -> None:
        """Open it, waiting so many seconds for other writers at each transaction."""
        made(path.parent)
        self.database = Database(path, patience)
        migrate(self.database)
        self.dumps = Dumps(self.database)
        self.papers = Papers(self.database)
        self.editions = Editions(self.database)
        self.slots = Slots(self.database)
        self.subscriptions = Subscriptions(self.database)
        self.readers = Readers(self.database)
        self.requests = Requests(self.database)
        self.pauses = Pauses(self.database)
        self.outbox = Outbox(self.database)
        self.pruning = Pruning(self.database)
        self.halts = Halts(self.database)
        self.alerts = Alerts(self.database)
        self.returns = Returns(self.database)
        self.publications = Publications(self.database, self.papers, self.dumps)
        self.volumes = Volumes(self.database)
        self.search = Search(self.database)
        self.runs = Runs(self.database)
        self.looks = Looks(self.database)
        self.sources = Sources(self.database)
        self.daemons = Daemons(self.database)
        self.overview = Overview(self.database)

    def take_in(self, sha256: str, listing: Listing, now: datetime) -> None:
        """Settle an owned dump with what its listing says: one transaction."""
        take_in(self.database, sha256, listing=listing, now=now)

    def reread(self, sha256: str, listing: Listing, *, now: datetime, baseline: bool = False) -> Rereading:
        """Settle a dump again with what a better parser read in it: one transaction."""
        return reread(self.database, sha256, listing=listing, now=now, baseline=baseline)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.database.close()


@contextmanager
def copied(path: Path) -> Iterator[Store]:
    """A throw-away copy of the store, to try on it what must not be recorded."""
    with TemporaryDirectory(prefix="digest-") as folder:
        target = Path(folder) / path.name
        copy(path, target)
        with Store(target) as store:
            yield store
