"""How an older database becomes a current one.

`PRAGMA user_version` says which schema a database has, so that opening a current one needs one read; what is missing is
applied by sqlite-utils, all of it in one transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.errors import StoreError
from digest.store.database import RESTORE
from digest.store.resemblances import index_all
from digest.store.schema import FIFTH, FIRST, FOURTH, SEARCHING, SECOND, SIXTH, THIRD

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlite_utils import Database as Tables
    from sqlite_utils.migrations import Migrations

    from digest.store.database import Database

__all__ = ["VERSION", "migrate"]

SCRIPTS = {
    "first": FIRST,
    "second": SECOND,
    "third": THIRD,
    "fourth": FOURTH,
    "fifth": FIFTH,
    "sixth": SIXTH,
    "searching": SEARCHING,
}
VERSION = len(SCRIPTS)


def migrate(database: Database) -> None:
    """Bring the database to the newest schema; raises `StoreError` when a newer version wrote it.

    A current one costs one read: sqlite-utils is only imported where there is something to do.
    """
    version = int(database.value("PRAGMA user_version"))
    if version > VERSION:
        what = f"written by a newer Paperround (schema {version}, this one knows {VERSION})"
        raise StoreError(str(database.path), what, f"install the newer version; or {RESTORE}, one from before")
    if version == 0 and database.value("SELECT 1 FROM sqlite_master LIMIT 1"):
        raise StoreError(str(database.path), "is another program's database", "point `database` elsewhere")
    if version < VERSION:
        upgrade(database)


def upgrade(database: Database) -> None:
    """Apply what is missing, in one transaction.

    Tables that others refer to are made anew without those being looked at, and all are looked at before the end:
    https://www.sqlite.org/lang_altertable.html#otheralter
    """
    from sqlite_utils import Database as Tables  # noqa: PLC0415 - 70 ms that a current database need not pay

    database.write("PRAGMA foreign_keys = OFF", {})
    try:
        with database.transaction():
            migrations(database).apply(Tables(database.connection))
            if database.rows("PRAGMA foreign_key_check"):
                raise StoreError(str(database.path), "has rows that lead nowhere", RESTORE)
            database.write(f"PRAGMA user_version = {VERSION}", {})
    finally:
        database.write("PRAGMA foreign_keys = ON", {})


def migrations(database: Database) -> Migrations:
    """All steps, oldest first; sqlite-utils notes in the database which have run."""
    from sqlite_utils.migrations import Migrations  # noqa: PLC0415 - as above

    steps = Migrations("paperround")
    for name, script in SCRIPTS.items():
        steps(name=name)(step(database, script))
    return steps


def step(database: Database, script: str) -> Callable[[Tables], None]:
    """What makes one version's tables, and fills them with what is there already."""

    def apply(tables: Tables) -> None:
        for statement in statements(script):
            tables.execute(statement)
        if script is THIRD:
            index_all(database)

    return apply


def statements(script: str) -> list[str]:
    """The statements of a script, apart: `executescript` would commit the surrounding transaction."""
    bare = "\n".join(line.partition("--")[0].rstrip() for line in script.split("\n"))
    return [statement.strip() for statement in bare.split(";") if statement.strip()]
