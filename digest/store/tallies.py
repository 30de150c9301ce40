"""How the counts of dumps are summed, for an edition and for a day: listed = new + known + repeated, whatever came when.

A list that grows while its day lasts comes in as many dumps, and each of them lists most of its papers again. They are one
list: of the dumps of one source, name and day the latest says what is listed, while all of them say what was new. What was
new and is not in the latest any more still counts as listed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.models import Tally

if TYPE_CHECKING:
    import sqlite3

__all__ = ["LISTS", "NEWS", "SUMS", "tally_of"]


def tally_of(row: sqlite3.Row) -> Tally:
    """A row with `SUMS`."""
    return Tally(row["new"] + row["known"] + row["repeated"], row["new"], row["known"], row["repeated"])


# Papers of a dump that are news, in a statement about dumps.
NEWS = "new - withheld + announced"
# Each list once, from a table `listing` (id, source, name, listed_on, listed, new, repeated) that whoever asks defines.
LISTS = """
lists AS (
    SELECT listed_on, new, max(listed - new - repeated, 0) AS known, repeated FROM (
        SELECT listed_on, listed, repeated, sum(new) OVER (PARTITION BY source, name, listed_on) AS new,
               row_number() OVER (PARTITION BY source, name, listed_on ORDER BY id DESC) AS age
        FROM listing
    ) WHERE age = 1
)
"""
SUMS = "coalesce(sum(new), 0) AS new, coalesce(sum(known), 0) AS known, coalesce(sum(repeated), 0) AS repeated"
