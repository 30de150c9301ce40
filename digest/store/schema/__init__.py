"""The tables, annotated: one file for each version of them, with what it adds. Nothing here is ever edited."""

from __future__ import annotations

from digest.store.schema.fifth import FIFTH
from digest.store.schema.first import FIRST
from digest.store.schema.fourth import FOURTH
from digest.store.schema.searching import SEARCHING
from digest.store.schema.second import SECOND
from digest.store.schema.sixth import SIXTH
from digest.store.schema.third import THIRD

__all__ = ["FIFTH", "FIRST", "FOURTH", "SEARCHING", "SECOND", "SIXTH", "THIRD"]
