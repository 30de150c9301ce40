"""The outbox: that what waits is found without a look at what is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.store import Store
from digest.store.outbox import NEXT

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_due_is_found_by_the_index_of_what_waits(tmp_path: Path) -> None:
    with Store(tmp_path / "digest.db") as store:
        plan = store.database.rows(
            f"EXPLAIN QUERY PLAN {NEXT}", {"now": "", "most": 1, "after": 0, "since": 0, "digests": "[]"}
        )
    assert any("SEARCH delivery USING INDEX delivery_waiting" in row["detail"] for row in plan)
    assert not any("SCAN delivery" in row["detail"] or "TEMP B-TREE" in row["detail"] for row in plan)
