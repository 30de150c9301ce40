"""`digest subscriptions`: who gets what, one address after the other, by the owner's word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digest.store import Store
from tests.commandline import GRAPHS, MAPLE, drop, on_a_terminal
from tests.fakes import DAY, page

if TYPE_CHECKING:
    from typing import Any

    from tests.commandline import Answer, Run

TWO = '[[digest]]\nname = "daily"\nto = ["a@example.org"]\n[[digest]]\nname = "weekly"\ntopics = ["agents", "audio"]\nto = []\n'


@pytest.fixture
def two(mine: Run) -> Run:
    """Two digests, the first of which has one reader in config.toml, after a run."""
    Path("config.toml").write_text(TWO)
    drop(page(GRAPHS))
    assert mine("run").code == 0
    return mine


def states(run: Run) -> dict[str, str]:
    return {f"{one['address']} {one['digest']}": one["state"] for one in run("subscriptions", "--json").json}


def token(address: str = "a@example.org") -> str:
    with Store(Path("digest.db")) as store:
        return store.subscriptions.find(address)[0].token


def put(state: Any, address: str = "a@example.org", **said: str) -> None:  # noqa: ANN401 - a word
    with Store(Path("digest.db")) as store:
        store.subscriptions.put([one.id for one in store.subscriptions.find(address)], state, DAY, **said)


# --- list -------------------------------------------------------------------------------------------------------


def test_list_tells_who_gets_what_and_never_a_token(two: Run) -> None:
    two("subscriptions", "add", "b@example.org", "--digest", "weekly", "--topics", "audio,agents")
    told = two("subscriptions")
    head, first, second = told.out.rstrip("\n").split("\n")
    assert head.split("\t") == ["address", "digest", "state", "topics", "since", "reason"]
    assert first.split("\t")[:4] == ["a@example.org", "daily", "active", "all"]
    assert second.split("\t")[:4] == ["b@example.org", "weekly", "active", "audio agents"]
    assert two("subscriptions", "list").out == told.out
    as_json = two("subscriptions", "--json")
    assert [one["origin"] for one in as_json.json] == ["config", "owner"]
    assert token() not in told.out + as_json.out + two("subscriptions", "show", "a@example.org", "--json").out
    assert token() not in two("subscriptions", "show", "a@example.org").out + two("subscriptions", "export").out


def test_list_is_narrowed_to_a_digest_and_a_state(two: Run) -> None:
    two("subscriptions", "add", "b@example.org", "c@example.org", "--digest", "weekly")
    two("subscriptions", "pause", "c@example.org")
    found = two("subscriptions", "--digest", "weekly", "--state", "paused", "--json").json
    assert [one["address"] for one in found] == ["c@example.org"]
    assert two("subscriptions", "--state", "asleep").code == 2
    answer = two("subscriptions", "--digest", "weakly")
    assert (answer.code, 'no digest "weakly"; did you mean "weekly"?' in answer.err) == (2, True)


def test_reason_that_would_steer_the_terminal_is_escaped(two: Run) -> None:
    put("bounced", reason="550 \x1b[2J\x9b\r\nno")
    for words in (("subscriptions",), ("subscriptions", "show", "a@example.org"), ("subscriptions", "export")):
        out = two(*words).out.replace("\r\n", "\n")
        assert "550 \\x1b[2J\\x9b\\r\\nno" in out
        assert not set(out) & {"\x1b", "\x9b", "\r"}


def test_nothing_is_listed_before_anything_is_stored(mine: Run) -> None:
    answer = mine("subscriptions")
    assert (answer.code, "nothing was taken in yet" in answer.err) == (1, True)
    assert not Path("digest.db").exists()


# --- add --------------------------------------------------------------------------------------------------------


def test_reader_who_is_added_gets_the_next_edition(two: Run) -> None:
    answer = two("subscriptions", "add", "b@example.org")
    assert (answer.code, answer.out) == (0, "b@example.org: gets daily from its next edition on\n")
    drop(page(MAPLE), "2026-11-17.txt")
    two("run")
    assert [one["to"] for one in two("outbox", "--json").json] == ["a@example.org", "a@example.org", "b@example.org"]


def test_reader_can_be_added_before_the_first_run(mine: Run) -> None:
    assert mine("subscriptions", "add", "b@example.org").code == 0
    drop(page(GRAPHS))
    mine("run")
    assert {one["to"] for one in mine("outbox", "--json").json} == {"b@example.org", "reader@localhost"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("b@example.org", "Bob <bob@example.org>"), 'bob@example.org>" must be one bare address'),
        (("b@example.org", "b\x1b[2J@example.org"), r'"b\x1b[2J@example.org" has something before the "@"'),
        (("b@example.org", "--digest", "dialy"), 'no digest "dialy"; did you mean "daily"?'),
        (("b@example.org", "--digest", "xyzzy"), 'no digest "xyzzy"; there is daily, weekly'),
        (("b@example.org", "--topics", "agnets"), 'no topic "agnets"; did you mean "agents"?'),
        (("b@example.org", "--digest", "weekly", "--topics", "health"), '"health" is none that "weekly" shows'),
        (("b@example.org", "--consent", "by\nmail"), "must be one line without control characters"),
        ((), "Missing argument"),
    ],
)
def test_wrong_word_is_told_and_nobody_is_added(words: tuple[str, ...], says: str, two: Run) -> None:
    answer = two("subscriptions", "add", *words)
    assert (answer.code, says in answer.err, "\x1b" in answer.err) == (2, True, False)
    assert states(two) == {"a@example.org daily": "active"}


def test_reader_who_is_there_already_is_told(two: Run) -> None:
    again = two("subscriptions", "add", "A@Example.org")
    assert (again.code, "a@example.org: gets it already, since 20" in again.err) == (1, True)
    both = two("subscriptions", "add", "a@example.org", "b@example.org", "B@example.org")
    assert (both.code, len(both.problems)) == (0, 2)
    assert states(two) == {"a@example.org daily": "active", "b@example.org daily": "active"}


def test_who_unsubscribed_is_added_again_only_with_their_word_for_it(two: Run) -> None:
    two("subscriptions", "unsubscribe", "a@example.org")
    answer = two("subscriptions", "add", "a@example.org")
    assert (answer.code, "unsubscribed on" in answer.err, "--consent" in answer.err) == (1, True, True)
    assert two("subscriptions", "add", "a@example.org", "--consent", "asked by mail on 12 Nov").code == 0
    (one,) = two("subscriptions", "--json").json
    assert (one["state"], one["consent"]) == ("active", "asked by mail on 12 Nov")


def test_who_left_the_configuration_stays_when_the_owner_adds_them(two: Run) -> None:
    Path("config.toml").write_text(TWO.replace('["a@example.org"]', "[]"))
    two("run")
    assert states(two) == {"a@example.org daily": "removed"}
    assert two("subscriptions", "add", "a@example.org").code == 0
    two("run")
    assert states(two) == {"a@example.org daily": "active"}


# --- show -------------------------------------------------------------------------------------------------------


def test_show_tells_all_that_is_stored(two: Run) -> None:
    two("subscriptions", "add", "a@example.org", "--digest", "weekly", "--topics", "audio", "--consent", "a form")
    two("subscriptions", "pause", "a@example.org", "--until", "2999-01-31", "--digest", "weekly")
    daily, weekly = two("subscriptions", "show", "A@example.org", "--json").json
    assert (daily["digest"], daily["origin"], daily["deliveries"]) == ("daily", "config", {"sent": 1})
    assert [(mail["edition"], mail["state"]) for mail in daily["last"]] == [(1, "sent")]
    assert (weekly["topics"], weekly["consent"], weekly["until"]) == (["audio"], "a form", "2999-01-31")
    assert "token" not in daily
    out = two("subscriptions", "show", "a@example.org").out
    for said in (
        "a@example.org, daily\n",
        "1 sent",
        "No. 1 sent",
        "paused since",
        "2999-01-31",
        "a form",
        "config.toml",
    ):
        assert said in out


def test_token_is_shown_when_it_is_asked_for(two: Run) -> None:
    assert f"token   {token()}\n" in two("subscriptions", "show", "a@example.org", "--token").out
    assert two("subscriptions", "show", "a@example.org", "--token", "--json").json[0]["token"] == token()


@pytest.mark.parametrize("command", ["show", "topics", "pause", "resume", "unsubscribe", "remove"])
def test_address_that_nobody_has_is_told(command: str, two: Run) -> None:
    answer = two("subscriptions", command, "b\x1b@example.org", *(["--yes"] if command == "remove" else []))
    line = 'digest: b\\x1b@example.org: gets no digest, and never did ("digest subscriptions" lists who does)'
    assert (answer.code, answer.out, answer.problems) == (1, "", [line])


# --- change -----------------------------------------------------------------------------------------------------


def test_topics_are_shown_and_chosen(two: Run) -> None:
    assert two("subscriptions", "topics", "a@example.org").out == "a@example.org, daily: all\n"
    assert (
        two("subscriptions", "topics", "a@example.org", "audio, health").out == "a@example.org, daily: audio health\n"
    )
    wrong = two("subscriptions", "topics", "a@example.org", "audoi")
    assert (wrong.code, 'did you mean "audio"?' in wrong.err) == (2, True)
    assert two("subscriptions", "topics", "a@example.org").out == "a@example.org, daily: audio health\n"
    assert two("subscriptions", "topics", "a@example.org", "all").out == "a@example.org, daily: all\n"


def test_topics_that_one_of_the_digests_does_not_show_change_none(two: Run) -> None:
    two("subscriptions", "add", "a@example.org", "--digest", "weekly")
    answer = two("subscriptions", "topics", "a@example.org", "health")
    assert (answer.code, '"health" is none that "weekly" shows' in answer.err) == (2, True)
    assert {one["topics"] == [] for one in two("subscriptions", "--json").json} == {True}
    assert two("subscriptions", "topics", "a@example.org", "health", "--digest", "daily").code == 0


def test_paused_reader_gets_nothing_until_resumed(two: Run) -> None:
    assert two("subscriptions", "pause", "a@example.org").out == "a@example.org, daily: paused\n"
    drop(page(MAPLE), "2026-11-17.txt")
    two("run")
    assert len(two("outbox", "--json").json) == 1
    assert two("subscriptions", "resume", "a@example.org").code == 0
    assert states(two) == {"a@example.org daily": "active"}
    again = two("subscriptions", "resume", "a@example.org")
    assert (again.code, "gets it already" in again.err) == (1, True)


def test_pause_ends_on_its_day(two: Run) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date()
    answer = two("subscriptions", "pause", "a@example.org", "--until", tomorrow)
    assert answer.out == f"a@example.org, daily: paused until {tomorrow}\n"
    two("run")
    two("run", "--as-of", tomorrow)
    assert states(two) == {"a@example.org daily": "paused"}, "a replay ends no pause"
    with Store(Path("digest.db")) as store:
        store.pauses.wake(tomorrow, datetime.now(UTC) + timedelta(days=1))
    assert states(two) == {"a@example.org daily": "active"}


@pytest.mark.parametrize("day", ["today", "2020-01-01", "tomorrow", "9999-12-31", "\x1b[2J"])
def test_pause_needs_a_day_to_come(day: str, two: Run) -> None:
    word = datetime.now(UTC).date() if day == "today" else day
    answer = two("subscriptions", "pause", "a@example.org", "--until", word)
    assert (answer.code, "day" in answer.err, "\x1b" in answer.err) == (2, True, False)
    assert states(two) == {"a@example.org daily": "active"}


@pytest.mark.parametrize(
    ("state", "command", "says"),
    [
        ("unsubscribed", "pause", "unsubscribed on"),
        ("unsubscribed", "resume", "--consent"),
        ("pending", "resume", "--consent"),
        ("bounced", "pause", "resume"),
        ("unsubscribed", "unsubscribe", "unsubscribed on 2026-11-16"),
    ],
)
def test_state_that_the_wish_does_not_fit_stays(state: str, command: str, says: str, two: Run) -> None:
    put(state)
    answer = two("subscriptions", command, "a@example.org")
    assert (answer.code, says in answer.err) == (1, True), answer
    assert states(two) == {"a@example.org daily": state}


def test_address_whose_mails_came_back_is_tried_again_when_resumed(two: Run) -> None:
    put("bounced", reason="550 no such user")
    assert two("subscriptions", "resume", "a@example.org").code == 0
    (one,) = two("subscriptions", "--json").json
    assert (one["state"], one["reason"]) == ("active", None)


def test_who_unsubscribed_stays_so_whatever_the_configuration_lists(two: Run) -> None:
    answer = two("subscriptions", "unsubscribe", "a@example.org")
    assert answer.out.split("\n")[:2] == [
        "a@example.org, daily: unsubscribed",
        'config.toml lists it under "daily", which has no effect any more: take it out',
    ]
    for to in ('["a@example.org"]', "[]", '["a@example.org"]'):
        Path("config.toml").write_text(TWO.replace('["a@example.org"]', to))
        two("run")
        assert states(two) == {"a@example.org daily": "unsubscribed"}


def test_only_the_named_digest_changes(two: Run) -> None:
    two("subscriptions", "add", "a@example.org", "--digest", "weekly")
    two("subscriptions", "unsubscribe", "a@example.org", "--digest", "weekly")
    assert states(two) == {"a@example.org daily": "active", "a@example.org weekly": "unsubscribed"}
    none = two("subscriptions", "pause", "a@example.org", "--digest", "monthly")
    assert (none.code, 'does not get "monthly"' in none.err) == (1, True)


def test_mail_that_waits_for_who_leaves_is_cancelled_by_the_next_run(two: Run) -> None:
    with Store(Path("digest.db")) as store, store.database.transaction():
        store.database.write("UPDATE delivery SET state = 'queued'", {})
    answer = two("subscriptions", "unsubscribe", "a@example.org")
    assert "1 mail to it has not left: it is cancelled, and not sent any more" in answer.out
    two("run")
    assert [one["state"] for one in two("outbox", "--json").json] == ["cancelled"]


def test_what_is_missed_is_said_to_come_and_where_it_is_asked_for(two: Run) -> None:
    with Store(Path("digest.db")) as store, store.database.transaction():
        store.database.write("UPDATE delivery SET state = 'queued'", {})
    said = two("subscriptions", "pause", "a@example.org", "--catch-up").out
    assert "1 mail to it has not left: its papers come in that one mail, too" in said
    assert "missed  what appears meanwhile comes in one mail" in two("subscriptions", "show", "a@example.org").out
    assert two("subscriptions", "show", "a@example.org", "--json").json[0]["catch_up"] is True
    assert "what it missed comes in one mail" in two("subscriptions", "resume", "a@example.org").out
    two("run")
    assert "\n  missed " not in two("subscriptions", "show", "a@example.org").out


# --- remove -----------------------------------------------------------------------------------------------------


def kept() -> str:
    with Store(Path("digest.db")) as store:
        return "\n".join(store.database.connection.iterdump()).casefold()


def test_removed_address_is_gone_and_stays_away(two: Run) -> None:
    two("subscriptions", "add", "a@example.org", "--digest", "weekly", "--consent", "a form")
    answer = two("subscriptions", "remove", "A@example.org", "--yes")
    assert (answer.code, "deleted; a keyed hash of it stays" in answer.out) == (0, True)
    assert 'config.toml lists it under "daily", which has no effect any more' in answer.out
    two("run")
    assert (states(two), "a@example.org" in kept()) == ({}, False)
    for words in (("add", "a@example.org", "--consent", "x"), ("show", "a@example.org")):
        refused = two("subscriptions", *words)
        assert (refused.code, "was deleted on request" in refused.err) == (1, True)
    assert two("subscriptions", "export").out.count("\n") == 1, "nobody is left to be written down"


def test_remove_asks_nobody_where_nobody_is_there(two: Run) -> None:
    answer = two("subscriptions", "remove", "a@example.org")
    assert (answer.code, "--yes" in answer.err) == (2, True)
    assert states(two) == {"a@example.org daily": "active"}


@pytest.mark.parametrize(("typed", "left"), [("n\n", {"a@example.org daily": "active"}), ("y\n", {})])
def test_remove_asks_on_a_terminal(typed: str, left: dict[str, str], two: Run, tmp_path: Path) -> None:
    code, shown = on_a_terminal(["subscriptions", "remove", "a@example.org"], tmp_path, typed)
    assert (code, "for ever" in shown) == (0, True)
    assert states(two) == left


# --- status -----------------------------------------------------------------------------------------------------


def line(answer: Answer) -> str:
    return next(one.strip() for one in answer.out.split("\n") if "config.toml lists" in one)


def test_status_names_who_is_listed_in_vain(two: Run) -> None:
    assert "config.toml lists" not in two("status").out
    put("unsubscribed")
    answer = two("status")
    said = "config.toml lists a@example.org under “daily”, who unsubscribed on 16 Nov: take the address out"
    assert (answer.code, line(answer).replace(" 2026", "")) == (0, said)
    assert said in [one.replace(" 2026", "") for one in two("status", "--json").json["to_do"]]
    two("subscriptions", "remove", "a@example.org", "--yes")
    assert line(two("status")).endswith("a@example.org under “daily”, who was deleted on request: take the address out")
    Path("config.toml").write_text(TWO.replace('["a@example.org"]', "[]"))
    assert "config.toml lists" not in two("status").out
