"""`digest bounces`: what comes back changes a subscription only where it proves to be about it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digest.store import Store
from tests.bounce_mails import READER, arf, dsn, group, letter
from tests.bounce_mails import sent as header
from tests.commandline import GRAPHS, drop
from tests.fakes import page

if TYPE_CHECKING:
    from tests.commandline import Run


@pytest.fixture
def sent(mine: Run) -> Run:
    """One edition went to READER."""
    config = Path("config.toml")
    config.write_text(config.read_text().replace('"reader@localhost"', f'"{READER}"'))
    drop(page(GRAPHS))
    mine("run")
    return mine


def envelope(edition: int = 1) -> str:
    """Where the bounces of an edition's only delivery go."""
    with Store(Path("digest.db")) as store:
        (one,) = [one for one in store.outbox.all() if one.edition == edition]
        return f"bounces+{store.returns.token(one.id)}@example.net"


def again(run: Run, number: int) -> None:
    """Another edition."""
    drop(page((f"Paper {number} on Graph Neural Networks at Night", GRAPHS[1])), f"{number}.txt")
    run("run")


def state() -> tuple[str, int, str | None]:
    with Store(Path("digest.db")) as store:
        (one,) = store.subscriptions.all()
    return one.state, one.soft, one.reason


def message_id() -> str:
    with Store(Path("digest.db")) as store:
        return store.outbox.all()[0].message_id


def token() -> str:
    with Store(Path("digest.db")) as store:
        return store.subscriptions.all()[0].token


def given(run: Run, mail: bytes, *words: str) -> str:
    Path("mail.eml").write_bytes(mail)
    answer = run("bounces", "mail.eml", *words)
    assert answer.code == 0
    return answer.out


def test_address_that_does_not_exist_is_suspended_with_the_reason(sent: Run) -> None:
    out = given(sent, dsn(group(), to=envelope()))
    assert out.startswith(f"suspended        {READER}: 5.1.1")
    assert state()[0] == "bounced"
    assert "No such mailbox" in (state()[2] or "")


def test_full_mailbox_suspends_after_five_times_in_a_row(sent: Run) -> None:
    full = group(status="5.2.2", said="552 5.2.2 Mailbox full")
    for times in range(1, 5):
        given(sent, dsn(full, to=envelope(times)))
        given(sent, dsn(full, to=envelope(times)))
        assert state()[:2] == ("active", times), "the same one counts once"
        again(sent, times + 1)
    given(sent, dsn(full, to=envelope(5)))
    assert state()[0] == "bounced"


def test_message_id_that_only_its_reader_has_seen_is_a_proof_too(sent: Run) -> None:
    given(sent, dsn(group(), to="me@example.net", returned=header(sender="me@example.net", message_id=message_id())))
    assert state()[0] == "bounced"


@pytest.mark.parametrize("forged", ["bounces+1.0000000000000000@example.net", "bounces+2.abcdef0123456789@example.net"])
def test_forged_mail_changes_nothing_and_is_told(forged: str, sent: Run) -> None:
    out = given(sent, dsn(group(), to=forged))
    assert "does not prove" in out
    assert state() == ("active", 0, None)


def test_reader_who_asks_by_the_mails_own_link_is_let_go(sent: Run) -> None:
    out = given(sent, letter(f"unsubscribe daily {token()}"))
    assert out.startswith(f"let go           {READER}: unsubscribed by mail")
    assert state()[0] == "unsubscribed"
    drop(page(("Another Paper on Graph Neural Networks at Night", GRAPHS[1])), "next.txt")
    assert sent("run", "--json").json["deliveries"]["queued"] == 0
    assert len(list(Path("mail/new").iterdir())) == 1


def test_wish_without_the_link_is_the_owners_to_follow(sent: Run) -> None:
    out = given(sent, letter("Unsubscribe please"))
    assert f"{READER} wants to leave: digest subscriptions unsubscribe {READER}" in out
    assert state()[0] == "active"


def test_reader_who_calls_a_mail_unwanted_is_let_go(sent: Run) -> None:
    given(sent, arf(returned=header(sender=envelope(), message_id=message_id())))
    assert state()[0] == "unsubscribed"


def test_what_would_be_done_can_be_looked_at_first(sent: Run) -> None:
    assert "suspended" in given(sent, dsn(group(), to=envelope()), "--look")
    assert state()[0] == "active"


def test_maildir_is_read_once_and_an_mbox_mail_by_mail(sent: Run, tmp_path: Path) -> None:
    new = tmp_path / "returns" / "new"
    new.mkdir(parents=True)
    (new / "1").write_bytes(dsn(group(status="5.2.2", said="full"), to=envelope()))
    (new / "2").write_bytes(letter("Lunch?"))
    assert len(sent("bounces", "returns", "--json").json) == 2
    assert sorted(path.name for path in (tmp_path / "returns" / "cur").iterdir()) == ["1:2,S", "2:2,S"]
    assert sent("bounces", "returns").out == "no mail\n"
    again(sent, 2)
    again(sent, 3)
    soft = [dsn(group(status="5.2.2", said="full"), to=envelope(edition)) for edition in (2, 3)]
    Path("box").write_bytes(b"".join(b"From MAILER-DAEMON Mon Nov 16 07:00:00 2026\n" + one + b"\n" for one in soft))
    assert len(sent("bounces", "box", "--json").json) == 2
    assert state()[:2] == ("active", 3)


def test_mail_that_is_too_large_holds_up_no_other(sent: Run, tmp_path: Path) -> None:
    new = tmp_path / "returns" / "new"
    new.mkdir(parents=True)
    with (new / "1").open("wb") as file:
        file.truncate(65 * 2**20)
    (new / "2").write_bytes(dsn(group(), to=envelope()))
    answer = sent("bounces", "returns")
    assert (answer.code, len(answer.problems)) == (0, 1)
    assert state()[0] == "bounced"


@pytest.mark.parametrize("place", ["nothing.eml", "."])
def test_place_that_is_none_is_told(place: str, sent: Run) -> None:
    answer = sent("bounces", place)
    assert (answer.code, len(answer.problems)) == (1, 1)


def test_alias_of_several_people_is_not_suspended_for_one_of_them(sent: Run) -> None:
    other = group(Final_Recipient="rfc822; cy@elsewhere.example")
    both = dsn(
        other, group(status="5.2.2", said="552 full", Final_Recipient="rfc822; bo@elsewhere.example"), to=envelope()
    )
    given(sent, both)
    assert state()[:2] == ("active", 1)


# --- who may not speak for whom ---------------------------------------------------------------------------------------


@pytest.fixture
def group_sent(mine: Run) -> Run:
    """One edition went to READER, who is a group."""
    config = Path("config.toml")
    config.write_text(config.read_text().replace('to       = ["reader@localhost"]', f'to = []\nlists = ["{READER}"]'))
    drop(page(GRAPHS))
    mine("run")
    return mine


def test_failure_of_one_of_many_suspends_not_all(group_sent: Run) -> None:
    out = given(group_sent, dsn(group(), to=envelope()))
    assert f"it is about one of those whom {READER} reaches" in out
    assert state()[0] == "active"


def test_complaint_of_one_of_many_unsubscribes_not_all(group_sent: Run) -> None:
    given(group_sent, arf(returned=header(sender=envelope(), message_id=message_id())))
    assert state()[0] == "active"


def test_token_of_an_envelope_lets_nobody_go(sent: Run) -> None:
    given(sent, letter(f"unsubscribe daily {envelope().partition('+')[2].partition('@')[0]}"))
    assert state()[0] == "active"


def test_false_token_beside_a_true_message_id_proves_nothing(sent: Run) -> None:
    forged = "bounces+1.0000000000000000@example.net"
    given(sent, dsn(group(), to=forged, returned=header(sender=forged, message_id=message_id())))
    assert state()[0] == "active"


def test_command_that_is_advised_can_be_pasted_whatever_somebody_is_called(sent: Run) -> None:
    mail = letter("Unsubscribe").replace(READER.encode(), b"x`touch${IFS}pwned`@evil.example")
    assert "unsubscribe 'x`touch${IFS}pwned`@evil.example'" in given(sent, mail)
