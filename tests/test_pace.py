from __future__ import annotations

import pytest

from digest.deliver.pace import Pace, domain_of


@pytest.mark.parametrize(("per_minute", "waits"), [(60, [1.0, 2.0, 3.0]), (600, [0.1, 0.2, 0.3]), (None, [0, 0, 0])])
def test_turns_are_evenly_spaced(per_minute: int | None, waits: list[float]) -> None:
    pace = Pace(per_minute, clock=lambda: 100.0)
    waited = []
    for _ in range(3):
        pace.take("example.org")
        waited.append(pace.wait())
    assert waited == pytest.approx(waits)


def test_time_that_was_not_used_is_not_saved_up() -> None:
    now = [100.0]
    pace = Pace(60, clock=lambda: now[0])
    pace.take("example.org")
    now[0] = 200.0
    assert pace.wait() == 0
    pace.take("example.org")
    assert pace.wait() == pytest.approx(1.0)


def test_domain_that_had_enough_holds_up_no_other() -> None:
    pace = Pace(None, 30, clock=lambda: 100.0)
    pace.take("example.org")
    assert pace.wait("example.org") == pytest.approx(2.0)
    assert (pace.wait("example.net"), pace.wait()) == (0, 0)
    assert pace.free_at("example.org") == pytest.approx(102.0)


@pytest.mark.parametrize("address", ["a@example.org", "a@EXAMPLE.org", '"b@c"@example.org'])
def test_domain_is_what_stands_behind_the_last_at(address: str) -> None:
    assert domain_of(address) == "example.org"
