"""The whole on real days: what is listed, new and known is what is true of them. Reads the real dumps where they are."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from digest.models import Fetched
from digest.parsers import parse
from digest.store import Store
from tests.fakes import Place

if TYPE_CHECKING:
    from pathlib import Path


def rows(store: Store, folder: Path, files: list[str]) -> list[dict[str, Any]]:
    """Each dump taken in at the noon of its day, as truth.json has it."""
    found = []
    for name in files:
        day = name.removesuffix(".txt") if name[:2] == "20" else "2026-11-20"
        now = datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)
        sha256, _ = store.dumps.own(Fetched(name, (folder / name).read_bytes()), "real", now=now)
        store.take_in(sha256, parse(store.dumps.load(sha256)), now)
        report = store.dumps.report(sha256)
        assert (report.rejected, report.repeated) == (0, 0)
        listed_on = report.listed_on.isoformat() if report.listed_on else None
        found.append(
            {"file": name, "listed_on": listed_on, "listed": report.listed, "new": report.new, "known": report.known}
        )
    return found


def test_every_real_day_of_one_listing_is_counted_as_it_is(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "hf-daily"
    truth = json.loads((folder / "truth.json").read_text())
    with Store(tmp_path / "digest.db") as store:
        assert rows(store, folder, [one["file"] for one in truth["dumps"]]) == truth["dumps"]
        assert len(store.papers.all()) == truth["distinct"]


@pytest.mark.parametrize("order", [1, -1])
def test_seeds_hold_the_same_papers_in_any_order(order: int, shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "seeds"
    truth = json.loads((folder / "truth.json").read_text())
    with Store(tmp_path / "digest.db") as store:
        found = rows(store, folder, [one["file"] for one in truth["dumps"]][::order])
        assert sum(one["listed"] for one in found) == truth["listed"]
        assert len(store.papers.all()) == sum(one["new"] for one in found) == truth["distinct"]


def test_first_real_days_become_editions_and_quiet_days(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "hf-daily"
    truth = json.loads((folder / "truth.json").read_text())["dumps"][:8]
    place = Place(tmp_path)
    for day in truth:
        place.now = datetime.fromisoformat(day["listed_on"]).replace(hour=7, tzinfo=UTC)
        place.drop((folder / day["file"]).read_bytes(), day["file"])
        report = place.run()
        assert (report.verdict, report.errors) == ("new" if day["new"] else "quiet", ())
        assert [len(edition.items) for edition in report.editions] == ([day["new"]] if day["new"] else [])
    assert len(place.mails()) == sum(day["new"] > 0 for day in truth)
