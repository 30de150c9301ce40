"""A backup in the place of the database, which is kept beside it.

The danger is in the journals: SQLite applies a `-wal` to whatever file has its name. So the old one is merged or moved away
before the new file comes, and nobody may have the database open meanwhile. At every instant there is a whole database.

What readers said outlives the backup: who left, paused or bounced since stays so, and who was deleted stays away. What was
published since is not known to the backup, and would be published again: hence its mails are held, unless one insists.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.errors import Busy, StoreError
from digest.store.backups import contents, copied_to, faults_in, synced, written
from digest.store.database import Database, explained, stamp
from digest.store.locks import write_lock
from digest.store.migrations import VERSION, migrate
from digest.store.subscriptions import Subscriptions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

__all__ = ["Restored", "put_back"]

JOURNALS = ("-wal", "-shm", "-journal")
KEPT = ".before-restore-"


@dataclass(frozen=True, slots=True)
class Restored:
    """Where the former database is (None: there was none), and how many readers' words were taken from it.

    `words` is None where the former one could not be read, or is of another version.
    """

    kept: Path | None
    words: int | None


def put_back(backup: Path, database: Path, now: datetime, *, hold: bool = True) -> Restored:
    """Put a backup, brought to the newest version, in the place of the database; whoever calls it holds the run lock.

    `hold`: no mail leaves until its owner releases the queue. Raises `StoreError` for what is no whole backup, `Busy`
    where another program has the database open; then nothing has changed.
    """
    if backup.resolve() == database.resolve():
        raise StoreError(str(backup), "is the database itself", "name a backup of it")
    with written(database), workshop(database) as folder:
        new = prepared(backup, folder / database.name, database)
        with write_lock(database):
            settled = alone(database)
            words = readied(new, database if settled else None, now, hold=hold)
            like(database, new)
            kept = database.with_name(f"{database.name}{KEPT}{now:%Y%m%dT%H%M%SZ}") if database.exists() else None
            swap(database, new, kept)
    return Restored(kept, words)


@contextmanager
def workshop(database: Path) -> Iterator[Path]:
    """A folder on the same disk, that is gone afterwards; what a killed restore left in it goes before."""
    folder = database.with_name(f".{database.name}.restoring")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def prepared(backup: Path, new: Path, database: Path) -> Path:
    """A copy of the backup, found whole, of the newest version, that is to be the `database`."""
    contents(backup)
    copied_to(backup, new, database)
    faults = faults_in(new)
    if faults:
        raise StoreError(str(backup), f"fails its integrity check: {faults[0]}", "name another backup")
    with closing(Database(new)) as fresh:
        migrate(fresh)
    return new


def alone(database: Path) -> bool:
    """Merge the database's journal into it; False where that is not possible, since it is damaged, or not there.

    SQLite allows it only to who is alone: raises `Busy` where others have it open.
    """
    if not database.exists():
        return False
    try:
        with closing(sqlite3.connect(database, timeout=1, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            return not any(os.path.lexists(beside(database, one)) for one in JOURNALS)
    except sqlite3.Error as error:
        if "locked" in str(error):
            raise Busy(str(database), "another program has it open", "end that first; nothing was changed") from error
        return False


def readied(new: Path, former: Path | None, now: datetime, *, hold: bool) -> int | None:
    """Make of a backup what may be worked with: pages made anew, mails held, readers' words brought over."""
    with closing(Database(new)) as fresh:
        with fresh.transaction():
            fresh.write("DELETE FROM built", {})
            if hold:
                fresh.write(HALT, {"now": stamp(now)})
                fresh.write(HOLD, {})
        words = None if former is None else brought_over(fresh, former, now)
        with explained(new):
            fresh.connection.execute("PRAGMA journal_mode = DELETE")  # all of it in one file, or an error
    synced(new)
    return words


def brought_over(fresh: Database, former: Path, now: datetime) -> int | None:
    """Who left, paused, bounced or was deleted since, says the former database; None where it can't be read."""
    try:
        fresh.connection.execute("ATTACH :former AS former", {"former": str(former)})
        if fresh.value("PRAGMA former.user_version") != VERSION:
            return None
        with fresh.transaction():
            words = fresh.write(CHANGED, {}) + fresh.write(UNKNOWN, {})
            fresh.write(SUPPRESSED, {})
    except (sqlite3.Error, StoreError):
        return None
    finally:
        with suppress(sqlite3.Error):
            fresh.connection.execute("DETACH former")
    return words + deleted(Subscriptions(fresh), now)


def deleted(subscriptions: Subscriptions, now: datetime) -> int:
    """Delete those that the backup still names and that were deleted since; returns how many subscriptions."""
    named = {one.address for one in subscriptions.all()}
    gone = [address for address in named if subscriptions.is_suppressed(address)]
    return subscriptions.delete_many(gone, now)[1]


# --- files ------------------------------------------------------------------------------------------------------


def like(database: Path, new: Path) -> None:
    """Rights and owner as the present database has them: whoever restores may be another than who runs."""
    if database.exists():
        old = database.stat()
        new.chmod(old.st_mode & 0o7777)
        with suppress(PermissionError):
            os.chown(new, old.st_uid, old.st_gid)


def swap(database: Path, new: Path, kept: Path | None) -> None:
    """Give the former database another name, with its journals, then `new` its name."""
    if kept:
        try:
            os.link(database, kept)
        except FileExistsError:
            raise
        except OSError:  # a file system without such links
            shutil.copy2(database, kept)
            synced(kept)
    for one in JOURNALS:
        if os.path.lexists(beside(database, one)):
            beside(database, one).replace(beside(kept or database.with_name(database.name + ".stale"), one))
    synced(database.parent)
    new.replace(database)
    synced(database.parent)


def beside(database: Path, ending: str) -> Path:
    return database.with_name(database.name + ending)


# --- SQL --------------------------------------------------------------------------------------------------------

HALT = """
INSERT INTO halt (scope, why, since) VALUES ('all', 'the database was restored from a backup, which does not know what was sent since', :now)
ON CONFLICT (scope) DO UPDATE SET why = excluded.why, since = excluded.since, until = NULL
"""
HOLD = """
UPDATE delivery SET state = 'held', last_reply = 'the database was restored: it may have been sent since the backup'
WHERE state IN ('queued', 'in_doubt')
"""
NO = "('paused', 'unsubscribed', 'bounced')"
CHANGED = f"""
UPDATE subscription SET state = late.state, since = late.since, until = late.until, reason = late.reason,
    before = late.before, missed_from = min(late.missed_from, (SELECT coalesce(max(id), 0) + 1 FROM edition))
FROM former.subscription AS late
WHERE late.digest = subscription.digest AND lower(late.address) = lower(subscription.address)
    AND late.state IN {NO} AND late.state != subscription.state
"""
UNKNOWN = f"""
INSERT INTO subscription (digest, address, state, origin, token, topics, many, since, until, consent, soft, reason,
                          before, missed_from)
SELECT digest, address, state, origin, token, topics, many, since, until, consent, soft, reason, before,
       min(missed_from, (SELECT coalesce(max(id), 0) + 1 FROM edition))
FROM former.subscription AS late
WHERE late.state IN {NO} AND late.address LIKE '%@%' AND NOT EXISTS (
    SELECT 1 FROM subscription AS known WHERE known.digest = late.digest AND lower(known.address) = lower(late.address))
ON CONFLICT DO NOTHING
"""
SUPPRESSED = """
INSERT INTO suppression (hash, at) SELECT hash, at FROM former.suppression
WHERE (SELECT value FROM secret WHERE name = 'addresses')
    = (SELECT value FROM former.secret WHERE name = 'addresses')
ON CONFLICT DO NOTHING
"""
