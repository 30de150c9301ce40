"""All that is remembered, in one SQLite database. Nothing outside this package knows which database it is.

    dumps         bytes in, verdict out
    intake        what a listing changes: one transaction per dump
    papers        who is known
    editions      sealed numbers of a digest
    outbox        what is owed to whom
    publications  what feeds and pages are made of
    search        full text
    runs          the ledger
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.errors import StoreError
from digest.store.database import Database
from digest.store.dumps import Dumps
from digest.store.editions import Editions
from digest.store.intake import take_in
from digest.store.locks import run_lock
from digest.store.outbox import Outbox
from digest.store.papers import Papers
from digest.store.publications import Publications
from digest.store.runs import Runs
from digest.store.schema import migrate
from digest.store.search import Search

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType

    from digest.models import Listing

__all__ = ["Store", "run_lock"]


class Store:
    """The database, opened and of the current schema; a context manager. Belongs to one thread."""

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(str(path.parent), f"can't be made: {error.strerror}", "check its rights") from error
        self.database = Database(path)
        migrate(self.database)
        self.dumps = Dumps(self.database)
        self.papers = Papers(self.database)
        self.editions = Editions(self.database)
        self.outbox = Outbox(self.database)
        self.publications = Publications(self.database, self.papers, self.dumps)
        self.search = Search(self.database)
        self.runs = Runs(self.database)

    def take_in(self, sha256: str, listing: Listing, now: datetime) -> None:
        """Settle an owned dump with what its listing says: one transaction."""
        take_in(self.database, sha256, listing=listing, now=now)

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.database.close()
