from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from digest.deliver.maildir import Maildir
from digest.errors import OutputError, TemporaryDelivery
from digest.models import Delivery, Document, Message
from digest.output import Output

if TYPE_CHECKING:
    from pathlib import Path

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
