"""What only shows between the settings of one digest, or between it and the sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.config.rules import nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

__all__ = ["schedule_faults"]

OF_SCHEDULES = ("time_zone", "not_on", "after", "until")
SHOWN = 40  # characters of a wrong word


def schedule_faults(table: Mapping[str, object], sources: Collection[str]) -> Iterator[tuple[str, str]]:
    """The faults of one `[[digest]]`, as (key, sentence), given the names of the sources."""
    if "schedule" not in table:
        example = 'schedule = "weekdays at 07:00"'
        yield from ((key, f"counts only with a schedule, such as {example}") for key in OF_SCHEDULES if key in table)
    after = table.get("after")
    if isinstance(after, str) and after not in sources:
        yield "after", f'no source "{after[:SHOWN]}"{nearest(after[:SHOWN], sources)}'
    if "until" in table and "after" not in table:
        yield "until", 'says how long it waits for a source: which one is said by after = "NAME"'
