from __future__ import annotations

import gzip
import os
import socket
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from digest.errors import RefusedDump, UnsettledDump
from digest.models import Fetched, Unchanged
from digest.sources.folder import ARCHIVE, Files, Folder, give_back, read_dump

if TYPE_CHECKING:
    from pathlib import Path

OLD = 1_700_000_000
NOW = datetime(2026, 11, 20, 7, tzinfo=UTC)


def settled(path: Path, body: bytes = b"text") -> Path:
    path.write_bytes(body)
    os.utime(path, (OLD, OLD))
    return path


def refusal(path: Path) -> str:
    with pytest.raises(RefusedDump) as fault:
        read_dump(path)
    return str(fault.value)


def test_files_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", ".hidden"):
        settled(tmp_path / name)
    assert [one.name for one in Folder(tmp_path).fetch({}, NOW) if isinstance(one, Fetched)] == ["a.txt", "b.txt"]


def test_version_that_was_handed_over_is_not_read_again(tmp_path: Path) -> None:
    settled(tmp_path / "a.txt")
    (one,) = Folder(tmp_path).fetch({}, NOW)
    assert isinstance(one, Fetched)
    cursor = {one.name: one.cursor or ""}
    assert list(Folder(tmp_path).fetch(cursor, NOW)) == []
    settled(tmp_path / "a.txt", b"other text")
    assert len(list(Folder(tmp_path).fetch(cursor, NOW))) == 1


def test_only_regular_files_are_read_and_nothing_waits_for_ever(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    settled(tmp_path / "real.txt")
    (tmp_path / "link").symlink_to(tmp_path / "real.txt")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        found = list(Folder(tmp_path).fetch({}, NOW))
    assert [one.name for one in found if isinstance(one, Fetched)] == ["real.txt"]
    told = " ".join(str(one) for one in found if not isinstance(one, Fetched))
    assert all(name in told for name in ("fifo", "folder", "link", "loop", "socket"))


@pytest.mark.parametrize(("kind", "says"), [("folder", "is a folder"), ("fifo", "is a fifo"), ("none", "no such file")])
def test_what_can_not_be_read_is_named(kind: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / kind
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    assert says in refusal(path)


def test_symbolic_link_is_refused(tmp_path: Path) -> None:
    settled(tmp_path / "real.txt")
    (tmp_path / "link").symlink_to(tmp_path / "real.txt")
    assert "is a symbolic link" in refusal(tmp_path / "link")


def test_sparse_file_of_ten_gibibytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.truncate(10 * 2**30)
    assert "max_dump_bytes" in refusal(path)


def test_gzip_is_unpacked_and_a_bomb_is_refused(tmp_path: Path) -> None:
    path = settled(tmp_path / "a.txt.gz", gzip.compress(b"listing"))
    assert read_dump(path).body == b"listing"
    bomb = settled(tmp_path / "bomb.gz", gzip.compress(bytes(300 * 2**20), 1))
    assert "unpacks to more" in refusal(bomb)


def test_gzip_that_was_cut_is_kept_as_it_came(tmp_path: Path) -> None:
    cut = gzip.compress(b"listing" * 99)[:-9]
    assert read_dump(settled(tmp_path / "cut.gz", cut)).body == cut


def test_young_file_is_waited_for_and_read_when_it_keeps_still(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"text")
    waits: list[float] = []
    (one,) = Folder(tmp_path, sleep=waits.append).fetch({}, NOW)
    assert isinstance(one, Fetched)
    assert len(waits) == 1
    assert 0 < waits[0] <= 2


def test_file_that_grows_meanwhile_is_left_for_the_next_look(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"half a ")

    def write_on(_: float) -> None:
        with path.open("ab") as file:
            file.write(b"listing")

    (one,) = Folder(tmp_path, sleep=write_on).fetch({}, NOW)
    assert isinstance(one, UnsettledDump)


def test_time_of_change_in_the_future_counts_as_settled_after_two_still_seconds(tmp_path: Path) -> None:
    path = settled(tmp_path / "a.txt")
    os.utime(path, (time.time() + 9999,) * 2)
    waits: list[float] = []
    (one,) = Folder(tmp_path, sleep=waits.append).fetch({}, NOW)
    assert isinstance(one, Fetched)
    assert waits == [2.0]


def test_file_taken_away_meanwhile_is_nothing_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"text")
    assert list(Folder(tmp_path, sleep=lambda _: path.unlink()).fetch({}, NOW)) == []


@pytest.mark.parametrize("name", ["line\nbreak.txt", "ünï.txt", "x" * 250, " ", "-rf"])
def test_odd_names_are_names(name: str, tmp_path: Path) -> None:
    settled(tmp_path / name)
    (one,) = Folder(tmp_path).fetch({}, NOW)
    assert isinstance(one, Fetched)
    assert one.name == name


def test_name_that_is_no_text_is_shown_and_archived_all_the_same(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/caf\xe9.txt"
    with open(raw, "wb") as file:  # noqa: PTH123 - pathlib takes no bytes
        file.write(b"text")
    os.utime(raw, (OLD, OLD))
    folder = Folder(tmp_path, archive=True)
    (one,) = folder.fetch({}, NOW)
    assert isinstance(one, Fetched)
    assert one.name == "caf\\xe9.txt"
    folder.owned(one)
    assert os.listdir(os.fsencode(tmp_path / ARCHIVE)) == [b"caf\xe9.txt"]  # noqa: PTH208 - as above


def test_folder_that_is_not_there_is_one_clear_fault(tmp_path: Path) -> None:
    with pytest.raises(RefusedDump, match="is `path` right"):
        list(Folder(tmp_path / "none").fetch({}, NOW))


def test_archived_file_never_replaces_another(tmp_path: Path) -> None:
    folder = Folder(tmp_path, archive=True)
    for body in (b"first", b"second"):
        settled(tmp_path / "a.txt", body)
        folder.owned(read_dump(tmp_path / "a.txt"))
    assert (tmp_path / ARCHIVE / "a.txt").read_bytes() == b"first"
    assert (tmp_path / "a.txt").read_bytes() == b"second"
    assert [one.name for one in folder.fetch({}, NOW) if isinstance(one, Fetched)] == ["a.txt"]


def test_archive_that_can_not_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / ARCHIVE).write_bytes(b"in the way")
    dump = read_dump(settled(tmp_path / "a.txt"))
    with pytest.raises(RefusedDump, match="can't be archived"):
        Folder(tmp_path, archive=True).owned(dump)


def test_version_written_after_it_was_read_is_not_archived_unread(tmp_path: Path) -> None:
    folder = Folder(tmp_path, archive=True)
    dump = read_dump(settled(tmp_path / "a.txt", b"first"))
    settled(tmp_path / "a.txt", b"a later version")
    folder.owned(dump)
    assert (tmp_path / "a.txt").read_bytes() == b"a later version"
    (later,) = folder.fetch({dump.name: dump.cursor or ""}, NOW)
    assert isinstance(later, Fetched)
    assert later.body == b"a later version"


def test_file_owned_before_a_crash_is_archived_by_the_next_look(tmp_path: Path) -> None:
    dump = read_dump(settled(tmp_path / "a.txt"))
    folder = Folder(tmp_path, archive=True)
    (again,) = folder.fetch({dump.name: dump.cursor or ""}, NOW)
    assert isinstance(again, Unchanged)
    assert (tmp_path / "a.txt").exists(), "to look changes nothing"
    folder.owned(again)
    assert (tmp_path / ARCHIVE / "a.txt").read_bytes() == b"text"


def test_named_files_are_read_at_once_and_again(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"text")
    files = Files((path, tmp_path / "none"))
    first, fault = files.fetch({"a.txt": "whatever"}, NOW)
    assert isinstance(first, Fetched)
    assert first.cursor is None
    assert isinstance(fault, RefusedDump)
    files.owned(first)
    assert path.exists()


def test_version_with_the_size_and_the_times_of_the_one_before_is_another(tmp_path: Path) -> None:
    path = settled(tmp_path / "a.txt", b"first")
    (one,) = Folder(tmp_path).fetch({}, NOW)
    assert isinstance(one, Fetched)
    path.write_bytes(b"other")
    os.utime(path, (OLD, OLD))
    (other,) = Folder(tmp_path).fetch({one.name: one.cursor or ""}, NOW)
    assert isinstance(other, Fetched)
    assert other.body == b"other"


@pytest.mark.parametrize("taken", [False, True])
def test_file_that_took_the_place_in_the_last_instant_is_given_back(*, taken: bool, tmp_path: Path) -> None:
    archived, path = settled(tmp_path / "archived", b"later"), tmp_path / "a.txt"
    if taken:
        path.write_bytes(b"the latest")
    give_back(archived, path)
    assert not archived.exists()
    found = sorted(one.read_bytes() for one in tmp_path.iterdir())
    assert found == ([b"later", b"the latest"] if taken else [b"later"])


@pytest.mark.parametrize("archive", [False, True])
def test_dump_may_be_called_archive_and_the_folder_is_never_one(*, archive: bool, tmp_path: Path) -> None:
    settled(tmp_path / ARCHIVE)
    (one,) = Folder(tmp_path, archive=archive).fetch({}, NOW)
    assert isinstance(one, Fetched)
    (tmp_path / ARCHIVE).unlink()
    (tmp_path / ARCHIVE).mkdir()
    assert list(Folder(tmp_path, archive=archive).fetch({}, NOW)) == []


@pytest.mark.parametrize("limit", [2**63 - 1, 2**63, 10**30])
def test_limit_beyond_all_memory_is_none(limit: int, tmp_path: Path) -> None:
    assert read_dump(settled(tmp_path / "a.txt"), limit).body == b"text"
    assert read_dump(settled(tmp_path / "a.gz", gzip.compress(b"text")), limit).body == b"text"
