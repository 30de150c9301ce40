"""What `digest status` says of addresses that config.toml lists in vain."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from digest.models import Withdrawn
from digest.withdrawn import withdrawals
from tests.fakes import DAY

LEFT = Withdrawn("daily", "a@example.org", "unsubscribed", DAY)
BACK = Withdrawn("daily", "b@example.org", "bounced", DAY - timedelta(days=400))
GONE = Withdrawn("weekly", "a@example.org", "deleted")


def test_each_digest_has_a_line() -> None:
    assert list(withdrawals((LEFT, BACK, GONE), DAY)) == [
        (
            "config.toml lists under “daily” who does not get it: a@example.org (unsubscribed on 16 Nov), "
            "b@example.org (bounced on 12 Oct 2025): take the addresses out"
        ),
        "config.toml lists a@example.org under “weekly”, who was deleted on request: take the address out",
    ]
    assert list(withdrawals((), DAY)) == []


def test_of_many_the_first_are_named() -> None:
    many = [replace(LEFT, address=f"{number}@example.org") for number in range(1007)]
    (line,) = withdrawals(many, DAY)
    assert "4@example.org (unsubscribed on 16 Nov) and 1,002 more: take the addresses out" in line
    assert "5@" not in line


def test_days_are_those_of_the_owner() -> None:
    late = replace(LEFT, since=DAY.replace(hour=23))
    (line,) = withdrawals([late], DAY.astimezone(ZoneInfo("Asia/Tokyo")))
    assert "unsubscribed on 17 Nov:" in line
