from __future__ import annotations

import gzip
import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digest.deliver.maildir import Maildir
from digest.errors import OutputError, TemporaryDelivery
from digest.models import Delivery, Document, Message
from digest.output import Output

if TYPE_CHECKING:
    from collections.abc import Callable

ONE = Document("a/one.html", "<p>one</p>")
MAIL = Message(
    Delivery(1, "daily", 1, to="a@example.org", state="queued", message_id="<x@y>"), b"Subject: one\r\n\r\ntext\r\n"
)


def nothing() -> None:
    """No doubt to note."""


def test_document_is_put_in_place_and_not_touched_again(tmp_path: Path) -> None:
    output = Output(tmp_path)
    assert output.put([ONE]) == ["a/one.html"]
    before = (tmp_path / "a/one.html").stat().st_mtime_ns
    assert output.put([ONE]) == []
    assert (tmp_path / "a/one.html").stat().st_mtime_ns == before


def test_no_half_document_is_left_behind(tmp_path: Path) -> None:
    Output(tmp_path).put([ONE])
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["one.html"]


def test_folder_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("in the way")
    with pytest.raises(OutputError, match="can't be written"):
        Output(tmp_path).put([ONE])


LARGE = Document("feeds/all.atom", "<p>A line that comes again.</p>\n" * 1_000)


def packed(folder: Path) -> Path:
    return folder / "feeds/all.atom.gz"


def test_large_document_has_its_gz_beside_it_with_the_same_time_and_the_same_bytes_each_time(tmp_path: Path) -> None:
    assert Output(tmp_path / "a").put([LARGE, ONE]) == ["feeds/all.atom", "a/one.html"]
    Output(tmp_path / "b").put([LARGE])
    assert gzip.decompress(packed(tmp_path / "a").read_bytes()) == LARGE.text.encode()
    assert packed(tmp_path / "a").read_bytes() == packed(tmp_path / "b").read_bytes()
    assert packed(tmp_path / "a").stat().st_mtime_ns == (tmp_path / "a" / LARGE.path).stat().st_mtime_ns
    assert sorted(path.name for path in tmp_path.rglob("*.gz")) == ["all.atom.gz"] * 2


def test_gz_goes_with_its_document_and_with_its_size(tmp_path: Path) -> None:
    output = Output(tmp_path)
    output.put([LARGE])
    output.put([replace(LARGE, text="small now")])
    assert not packed(tmp_path).exists()
    output.put([LARGE])
    output.remove([LARGE.path])
    assert list((tmp_path / "feeds").iterdir()) == []


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("at", range(1, 8))
def test_killed_at_any_step_no_gz_of_another_document_is_left_and_the_next_one_mends_it(
    at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output, new = Output(tmp_path), replace(LARGE, text=LARGE.text.upper())
    output.put([LARGE])
    left = iter(range(at))

    def dying(real: Callable[..., object]) -> Callable[..., object]:
        def step(*words: object, **options: object) -> object:
            if next(left, None) is None:
                raise Killed
            return real(*words, **options)

        return step

    with monkeypatch.context() as during, suppress(Killed):
        for owner, name in ((os, "fsync"), (os, "utime"), (Path, "unlink"), (Path, "replace")):
            during.setattr(owner, name, dying(getattr(owner, name)))
        output.put([new])
    text = (tmp_path / LARGE.path).read_text()
    assert text in {LARGE.text, new.text}
    if packed(tmp_path).exists():
        assert gzip.decompress(packed(tmp_path).read_bytes()) == text.encode()
    output.put([new])
    assert gzip.decompress(packed(tmp_path).read_bytes()) == new.text.encode()
    assert packed(tmp_path).stat().st_mtime_ns == (tmp_path / LARGE.path).stat().st_mtime_ns


def test_gz_that_was_lost_comes_back_though_its_document_is_not_touched(tmp_path: Path) -> None:
    output = Output(tmp_path)
    output.put([LARGE])
    packed(tmp_path).unlink()
    assert output.put([LARGE]) == []
    assert packed(tmp_path).exists()


def test_missing_documents_are_found_and_removed_ones_are_gone(tmp_path: Path) -> None:
    output = Output(tmp_path)
    output.put([ONE])
    assert output.missing(["a/one.html", "a/two.html", "b/three.html", "a/one.html/x"]) == {
        "a/two.html",
        "b/three.html",
        "a/one.html/x",
    }
    output.remove(["a/one.html", "a/one.html"])
    assert not (tmp_path / "a/one.html").exists()


def test_message_lands_in_new_with_the_line_ends_of_files(tmp_path: Path) -> None:
    Maildir(tmp_path).send(MAIL, nothing)
    (path,) = (tmp_path / "new").iterdir()
    assert path.read_bytes() == b"Subject: one\n\ntext\n"
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("place", ["new/{}", "new/{},U=12", "cur/{}:2,S", "cur/{},U=12:2,S"])
def test_message_that_lies_there_is_not_written_twice(place: str, tmp_path: Path) -> None:
    channel = Maildir(tmp_path)
    channel.send(MAIL, nothing)
    (path,) = (tmp_path / "new").iterdir()
    path.rename(tmp_path / place.format(path.name))
    again = replace(MAIL, delivery=replace(MAIL.delivery, attempts=1))
    channel.send(again, nothing)
    assert sum(1 for place in ("new", "cur") for _ in (tmp_path / place).iterdir()) == 1


def test_doubt_is_noted_before_the_message_can_be_seen(tmp_path: Path) -> None:
    def seen() -> None:
        assert list((tmp_path / "new").iterdir()) == []
        assert len(list((tmp_path / "tmp").iterdir())) == 1
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Maildir(tmp_path).send(MAIL, seen)
    assert list((tmp_path / "new").iterdir()) == []


def test_maildir_that_can_not_be_written_is_tried_later(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file")
    with pytest.raises(TemporaryDelivery, match="the mail waits"):
        Maildir(tmp_path / "mail").send(MAIL, nothing)
