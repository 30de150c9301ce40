from __future__ import annotations

import pytest

from digest.deliver.pace import Pace


@pytest.mark.parametrize(("per_minute", "waits"), [(60, [1.0, 2.0, 3.0]), (600, [0.1, 0.2, 0.3]), (None, [])])
def test_turns_are_evenly_spaced(per_minute: int | None, waits: list[float]) -> None:
    slept: list[float] = []
    pace = Pace(per_minute, clock=lambda: 100.0, sleep=slept.append)
    for _ in range(4):
        pace.turn()
    assert slept == pytest.approx(waits)


def test_time_that_was_not_used_is_not_saved_up() -> None:
    now = [100.0]
    slept: list[float] = []
    pace = Pace(60, clock=lambda: now[0], sleep=slept.append)
    pace.turn()
    now[0] = 200.0
    pace.turn()
    pace.turn()
    assert slept == pytest.approx([1.0])
