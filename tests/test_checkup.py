"""What the doctor makes of what it is told; each finding that is not well says what to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from digest import checkup
from digest.checkup import Place
from digest.errors import DigestError, Down, FetchError, Gone, RefusedFetch, TryLater, Waiting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from digest.checkup import Finding

NOW = datetime(2026, 11, 20, 7, tzinfo=UTC)
URL = "https://papers.example.org/feed"


def states(found: Iterable[Finding]) -> list[str]:
    """The words of these findings, of which each that is not well says what to do."""
    found = list(found)
    assert [one for one in found if (one.state == "ok") == bool(one.to_do)] == []
    return [one.state for one in found]


def test_every_fault_of_the_configuration_is_a_finding() -> None:
    assert states(checkup.configuration("config.toml", ("title: is empty", "digest: is missing"))) == ["fail", "fail"]
    assert states(checkup.configuration("config.toml", ())) == ["ok"]


@pytest.mark.parametrize(
    ("sqlite", "state", "says"),
    [
        ((3, 36, 0), "fail", "older than 3.37.0"),
        ((3, 37, 0), "ok", "WAL-reset"),
        ((3, 51, 2), "ok", "WAL-reset"),
        ((3, 51, 3), "ok", "SQLite 3.51.3"),
    ],
)
def test_version_of_sqlite_is_judged(sqlite: tuple[int, int, int], state: str, says: str) -> None:
    first, second = checkup.versions("0.1.0", (3, 11, 7), sqlite)
    assert (first.what, second.state, says in second.what) == ("Paperround 0.1.0, Python 3.11.7", state, True)
    assert ("WAL-reset" in second.what) == (says == "WAL-reset")


@pytest.mark.parametrize(
    ("schema", "faults", "state", "to_do"),
    [
        (6, (), "ok", ""),
        (5, (), "warn", "backup"),
        (6, None, "warn", "--deep"),
        (6, ("Page 7 is never used",), "fail", "digest restore FILE"),
        (5, ("Page 7 is never used",), "fail", "digest restore FILE"),
    ],
)
def test_database_is_judged(schema: int, faults: tuple[str, ...] | None, state: str, to_do: str) -> None:
    found = checkup.database("digest.db", schema, 6, faults=faults, whole=True)
    assert (states([found]), to_do in found.to_do) == ([state], True)


def test_folder_that_is_not_there_or_can_not_be_used_fails_and_says_which() -> None:
    good = Place("public", "/srv/public", exists=True, usable=True)
    gone = Place("source dumps", "/srv/dumps", exists=False, usable=False, writes=False)
    shut = Place("source old", "/srv/old", exists=True, usable=False, writes=False)
    assert states(checkup.rights([good, good])) == ["ok"]
    found = list(checkup.rights([good, gone, shut]))
    assert states(found) == ["fail", "fail"]
    assert "mkdir -p /srv/dumps" in found[0].to_do
    assert "/srv/old can't be read" in found[1].what


MOUNTS = """\
22 1 259:1 / / rw,relatime shared:1 - ext4 /dev/root rw
40 22 0:50 / /nfs rw shared:2 master:3 - nfs4 server:/home rw,vers=4.2
41 40 0:51 / /nfs/me/my\\040disk rw - xfs /dev/sdb1 rw
42 22 0:52 / /mnt/far rw - fuse.sshfs me@far: rw
43 22 0:53 / /mnt/over rw - cifs //nas/share rw
44 22 0:54 / /mnt/over rw - tmpfs tmpfs rw
broken line
"""


@pytest.mark.parametrize(
    ("path", "state", "kind"),
    [
        ("/srv/papers", "ok", "ext4"),
        ("/nfs/me/papers", "warn", "nfs4"),
        ("/nfs/me/my disk/papers", "ok", "xfs"),
        ("/nfswork", "ok", "ext4"),
        ("/mnt/far", "warn", "fuse.sshfs"),
        ("/mnt/over/papers", "ok", "tmpfs"),
    ],
)
def test_file_system_is_that_of_the_nearest_mount(path: str, state: str, kind: str) -> None:
    found = checkup.file_system(MOUNTS, path)
    assert (states([found]), kind in found.what) == ([state], True)


def test_file_system_is_unknown_where_mounts_are_not_told() -> None:
    assert states([checkup.file_system("", "/srv")]) == ["ok"]


@pytest.mark.parametrize(
    ("now", "newest", "state"),
    [
        (NOW, None, "ok"),
        (NOW, NOW - timedelta(days=400), "ok"),
        (NOW, NOW + timedelta(minutes=4), "ok"),
        (NOW, NOW + timedelta(minutes=6), "fail"),
        (datetime(1970, 1, 1, tzinfo=UTC), None, "fail"),
        (datetime(2025, 12, 31, 23, tzinfo=UTC), None, "fail"),
    ],
)
def test_clock_can_not_be_before_what_was_noted(now: datetime, newest: datetime | None, state: str) -> None:
    assert states([checkup.clock(now, newest)]) == [state]


@pytest.mark.parametrize(
    ("free", "size", "state"),
    [
        (2**30, 0, "ok"),
        (2**30 - 1, 0, "warn"),
        (3 * 2**30, 2**30, "ok"),
        (3 * 2**30 - 1, 2**30, "warn"),
        (50_000_000, 0, "warn"),
        (49_999_999, 0, "fail"),
    ],
)
def test_room_is_judged_by_what_the_database_takes(free: int, size: int, state: str) -> None:
    assert states([checkup.space("the database", "/srv", free, size)]) == [state]


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (None, "ok"),
        (Down(URL, "is not reached"), "warn"),
        (TryLater(URL, "answers 503", NOW), "warn"),
        (Waiting(URL, "is left alone"), "warn"),
        (Gone(URL, "answers 410"), "fail"),
        (RefusedFetch(URL, "is private"), "fail"),
        (FetchError(URL, "answers 404"), "fail"),
    ],
)
def test_source_that_mends_itself_is_a_warning_and_any_other_a_failure(fault: DigestError | None, state: str) -> None:
    found = list(checkup.sources([("far", None), ("near", fault)]))
    assert states(found) == ["ok", state]
    assert found[1].what.startswith("near")


def test_machine_that_reaches_no_source_at_all_fails() -> None:
    down = Down(URL, "is not reached")
    assert states(checkup.sources([("far", down), ("near", down)])) == ["fail", "fail"]
    assert states(checkup.sources([])) == []


def test_templates_that_fail_are_told_one_by_one() -> None:
    fault = DigestError("template edition.html.j2, line 3", "unexpected end", "mend the file")
    assert states(checkup.templates((fault, fault), "templates")) == ["fail", "fail"]
    assert states(checkup.templates((), None)) == ["ok"]


def test_fault_without_a_remedy_still_says_what_to_do() -> None:
    assert states([checkup.fault("mail", DigestError("relay", "refuses us"))]) == ["fail"]
