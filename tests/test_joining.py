"""Subscribing on the web: a form, a mail, a page with a button; and nobody learns from it who reads."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from digest.store import Store
from digest.store.locks import write_lock
from digest.web.limits import Limits, network_of
from tests.fakes import Place, card, page
from tests.visits import WEB, Page, Visited, dump_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BO = {"email": "bo@example.org"}
TWO = (
    WEB + '[[digest]]\nname = "daily"\nto = []\nlists = ["group@example.org"]\nschedule = "weekdays at 07:00"\n'
    '[[digest]]\nname = "weekly"\ntitle = "The Week in Graphs"\ntopics = ["graphs", "llm"]\nto = []\n'
)


@pytest.fixture
def here(tmp_path: Path) -> Visited:
    return Visited(Place(tmp_path, TWO))


def asked_for(here: Visited) -> list[tuple[str, str, str]]:
    """What each request is noted as: its errand, for whom, of which digest."""
    with Store(here.place.config.database) as store:
        rows = store.database.rows("SELECT kind, address, digest FROM request ORDER BY id")
    return [(row["kind"], row["address"], row["digest"]) for row in rows]


# --- the way in ---------------------------------------------------------------------------------------------------


def test_somebody_subscribes_by_a_form_a_mail_and_a_button(here: Visited) -> None:
    assert here.get("/subscribe").status == 200
    assert here.post("/subscribe", BO).heading == "Look into your mailbox"
    assert here.woken == 1, "the mail leaves at once"
    (link,) = here.answers()
    assert here.state() == {}
    assert "bo@example.org" in here.get(link).text
    assert here.state() == {}, "to look at a link changes nothing"
    assert here.post(link).heading == "You are subscribed"
    assert here.state() == {"daily": "active"}
    with Store(here.place.config.database) as store:
        (own,) = store.subscriptions.find("bo@example.org")
    assert (own.origin, own.consent, own.topics) == ("reader", "web form, 2026-11-16 07:00 UTC", ())
    here.place.drop(page(card("Amber")))
    here.place.run()
    assert here.links()[1:] == [f"/s/{own.token}"]


def test_choice_of_a_digest_and_its_topics_is_confirmed_and_kept(here: Visited) -> None:
    form = here.get("/subscribe?digest=weekly")
    assert re.findall(r'name="topic" value="(\w+)"', form.text) == ["graphs", "llm"]
    here.post("/subscribe", [("email", "bo@example.org"), ("digest", "weekly"), ("topic", "llm"), ("topic", "agents")])
    (link,) = here.answers()
    assert "The Week in Graphs" in here.get(link).text
    assert "Large language models" in here.get(link).text
    here.post(link)
    with Store(here.place.config.database) as store:
        (own,) = store.subscriptions.find("bo@example.org")
    assert (own.digest, own.topics) == ("weekly", ("llm",))


def test_every_topic_ticked_is_all_of_them_also_those_to_come(here: Visited) -> None:
    here.post("/subscribe", [*BO.items(), ("digest", "weekly"), ("topic", "llm"), ("topic", "graphs")])
    here.post(here.answers()[0])
    with Store(here.place.config.database) as store:
        assert store.subscriptions.find("bo@example.org")[0].topics == ()


def test_second_press_of_the_button_changes_nothing(here: Visited) -> None:
    here.post("/subscribe", BO)
    (link,) = here.answers()
    here.post(link)
    own = re.search(r'href="\.\.(/s/\w+)"', here.post(link).text)
    assert own
    here.post(f"{own[1]}/unsubscribe")
    before = dump_of(here.place)
    assert (here.post(link).heading, here.get(link).heading) == ("That was confirmed before",) * 2
    assert dump_of(here.place) == before, "who left meanwhile stays away"


@pytest.mark.parametrize("state", ["unsubscribed", "bounced", "pending", "removed"])
def test_who_left_or_bounced_comes_back_by_confirming(here: Visited, state: str) -> None:
    token = here.subscribed(topics=("graphs",), state=state, reason="x")
    here.post("/subscribe", BO)
    assert asked_for(here) == [("confirm", "bo@example.org", "daily")]
    here.post(here.answers()[0])
    assert here.state() == {"daily": "active"}
    assert here.get(token).status == 200, "the links in mails of before still work"
    with Store(here.place.config.database) as store:
        (own,) = store.subscriptions.find("bo@example.org")
    assert (own.topics, own.reason, own.origin) == ((), None, "reader")


@pytest.mark.parametrize("state", ["active", "paused"])
def test_who_gets_it_already_is_sent_their_own_link_and_nothing_changes(here: Visited, state: str) -> None:
    token = here.subscribed("Bo@example.org", state=state)
    assert here.post("/subscribe", BO).heading == "Look into your mailbox"
    assert here.answers() == [token]
    assert here.state() == {"daily": state}
    (mail,) = (here.place.folder / "mail" / "new").iterdir()
    assert b"To: bo@example.org\n" in mail.read_bytes().replace(b"\r\n", b"\n")


def test_reader_of_one_digest_who_asks_for_another_confirms_that_one(here: Visited) -> None:
    here.subscribed()
    here.post("/subscribe", BO | {"digest": "weekly"})
    here.post(here.answers()[-1])
    assert here.state() == {"daily": "active", "weekly": "active"}


# --- nobody learns who reads --------------------------------------------------------------------------------------


def known(here: Visited) -> None:
    here.subscribed()


def deleted(here: Visited) -> None:
    here.post(here.subscribed() + "/delete")


def bounced(here: Visited) -> None:
    here.subscribed(state="bounced", reason="550 no such user")


def asked_often(here: Visited) -> None:
    for _ in range(9):
        here.post("/subscribe", BO)


def nothing(here: Visited) -> None:
    del here


KINDS: tuple[Callable[[Visited], None], ...] = (nothing, known, deleted, bounced, asked_often)


@pytest.mark.parametrize("before", KINDS)
def test_answer_is_the_same_whatever_is_known_of_the_address(before: Callable[[Visited], None], tmp_path: Path) -> None:
    unknown, other = (Visited(Place(tmp_path / name, TWO)) for name in ("a", "b"))
    before(other)
    one, two = unknown.post("/subscribe", BO), other.post("/subscribe", BO)
    assert one == two
    assert one.status == 200
    assert one.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("before", KINDS[:-1])
def test_as_much_is_written_whatever_is_known_of_the_address(before: Callable[[Visited], None], here: Visited) -> None:
    """So that the time of the answer tells nothing either."""
    before(here)
    earlier = len(asked_for(here))
    here.post("/subscribe", BO)
    assert len(asked_for(here)) == earlier + 1


def test_deleted_address_is_never_written_to_and_stands_nowhere(here: Visited) -> None:
    deleted(here)
    here.post("/subscribe", BO)
    assert (here.answers(), asked_for(here)) == ([], [("nobody", "", "daily")])
    assert "bo@example.org" not in "".join(dump_of(here.place))


def test_request_under_way_is_forgotten_when_its_address_is_deleted(here: Visited) -> None:
    here.post("/subscribe", BO)
    (link,) = here.answers()
    deleted(here)
    assert (here.post(link).status, here.state()) == (404, {})
    assert "bo@example.org" not in "".join(dump_of(here.place))


def test_address_that_reaches_many_is_sent_nothing(here: Visited) -> None:
    here.place.run()
    here.post("/subscribe", {"email": "GROUP@example.org", "digest": "weekly"})
    assert (here.answers(), asked_for(here)) == ([], [("nobody", "", "weekly")])


def test_program_that_fills_in_each_field_gets_the_answer_and_no_mail(here: Visited) -> None:
    person, program = here.post("/subscribe", BO), here.post("/subscribe", BO | {"website": "https://spam.example.com"})
    assert person == program
    assert len(asked_for(here)) == 1


# --- how often ----------------------------------------------------------------------------------------------------


def test_address_gets_three_mails_an_hour_and_five_while_their_links_are_good(here: Visited) -> None:
    def sent(times: int) -> int:
        for _ in range(times):
            here.post("/subscribe", {"email": "Bo@Example.org"})
        return len(here.answers())

    assert sent(5) == 3
    here.ticks += 3600
    assert sent(5) == 5
    here.ticks += 3600
    assert sent(1) == 5, "a mailbox is not filled by somebody else"
    here.place.now += timedelta(days=3)
    here.ticks += 3600
    assert sent(1) == 6


def test_network_asks_thirty_times_an_hour(here: Visited) -> None:
    for number in range(40):
        here.post("/subscribe", {"email": f"r{number}@example.org"}, client=(f"198.51.100.{number}", 1))
    assert len(asked_for(here)) == 30
    here.post("/subscribe", BO, client=("198.51.101.1", 1))
    assert len(asked_for(here)) == 31, "another network"
    here.ticks += 3600
    here.post("/subscribe", {"email": "late@example.org"})
    assert len(asked_for(here)) == 32


def test_proxy_says_which_network_asks(here: Visited) -> None:
    for number in range(40):
        told = {"x-forwarded-for": f"192.0.2.1, 198.51.100.{number}"}
        here.post("/subscribe", {"email": f"r{number}@example.org"}, client=("127.0.0.1", 1), headers=told)
    assert len(asked_for(here)) == 30
    here.post("/subscribe", BO, client=None)
    assert len(asked_for(here)) == 31, "nobody said, through a socket"


def test_network_is_a_24_of_the_old_kind_and_a_64_of_the_new() -> None:
    def network(host: str | None) -> str | None:
        return network_of(Request({"type": "http", "client": (host, 1) if host is not None else None, "headers": []}))

    assert network("198.51.100.7") == "198.51.100.0/24"
    assert network("::ffff:198.51.100.7") == "198.51.100.0/24"
    assert network("2001:db8:1:2:3::4") == network("2001:db8:1:2::9") == "2001:db8:1:2::/64"
    assert network("fe80::1%eth0") == "fe80::/64"
    assert (network("127.0.0.1"), network("::1"), network(None), network("x")) == (None,) * 4


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.floats(0, 2000)), max_size=60))
def test_no_key_is_allowed_more_often_in_any_hour_and_few_are_remembered(events: list[tuple[str, float]]) -> None:
    now = 0.0
    limits, granted = Limits(lambda: now, keys=4), list[tuple[str, float]]()
    for key, wait in events:
        now += wait
        if limits.allows(key, 2):
            granted.append((key, now))
        assert len(limits) <= 4
    roomy, all_granted = Limits(lambda: clock), dict[str, list[float]]()
    clock = 0.0
    for key, wait in events:
        clock += wait
        if roomy.allows(key, 2):
            all_granted.setdefault(key, []).append(clock)
    assert all(
        later - first >= 3600 for times in all_granted.values() for first, later in zip(times, times[2:], strict=False)
    )


# --- what is no good ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "email",
    [
        "",
        "bo",
        "bo@localhost",
        "bo@example",
        "bo@example.org,cy@example.org",
        "bo@example.org\r\nBcc: cy@example.org",
        "Bo <bo@example.org>",
        "bö@example.org",
        "bo@example.org\0",
        "x" * 65 + "@example.org",
        "<script>@example.org",
    ],
)
def test_address_that_mail_can_not_reach_is_told_with_the_form(here: Visited, email: str) -> None:
    answer = here.post("/subscribe", {"email": email})
    assert (answer.status, asked_for(here)) == (400, [])
    assert 'role="alert"' in answer.text
    assert "<script>" not in answer.text


def test_form_that_was_wrong_keeps_what_was_ticked(here: Visited) -> None:
    answer = here.post("/subscribe", {"email": '"><b>bo', "digest": "weekly", "topic": "llm"})
    assert 'value="llm" checked' in answer.text
    assert "&#34;&gt;&lt;b&gt;bo" in answer.text


def test_digest_that_has_none_of_the_topics_says_so(here: Visited) -> None:
    answer = here.post("/subscribe", BO | {"digest": "weekly", "topic": "agents"})
    assert (answer.status, asked_for(here)) == (400, [])
    assert "The Week in Graphs has none of these topics" in answer.text


def test_digest_that_is_none_is_no_page(here: Visited) -> None:
    assert here.get("/subscribe?digest=gone").status == 404
    assert here.post("/subscribe", BO | {"digest": "gone"}).status == 404


@pytest.mark.parametrize("text", ["[web]\nsubscribe = false\n", "[web]\n"])
def test_nobody_subscribes_where_that_is_not_offered(tmp_path: Path, text: str) -> None:
    base = 'base_url = "https://papers.example.org"\n' if "false" in text else ""
    here = Visited(Place(tmp_path, base + text))
    assert (here.get("/subscribe").status, here.post("/subscribe", BO).status) == (404, 404)
    assert here.get(here.subscribed()).status == 200, "who reads already can still leave"


@pytest.mark.parametrize("token", ["0" * 20, "0" * 19, "0" * 21, "x", "%00", "A" * 20, "é", "0" * 5000, "a b", "'--"])
def test_link_that_is_none_is_told_clearly(here: Visited, token: str) -> None:
    for answer in (here.get(f"/confirm/{token}"), here.post(f"/confirm/{token}")):
        assert (answer.status, answer.heading) == (404, "No such link")


def test_token_that_was_cut_off_or_is_of_another_kind_opens_nothing(here: Visited) -> None:
    here.post("/subscribe", BO)
    (link,) = here.answers()
    token = link.rpartition("/")[2]
    own = here.subscribed("cy@example.org").rpartition("/")[2]
    twin = token[:12] + "".join("0" if one != "0" else "1" for one in token[12:])
    paths = (f"/confirm/{token[:-1]}", f"/confirm/{token}0", f"/confirm/{own}", f"/s/{token}", f"/confirm/{twin}")
    assert [here.post(path).status for path in paths if path.startswith("/confirm")] == [404] * 4
    assert [here.get(path).status for path in paths] == [404] * 5
    assert here.state() == {}


def test_link_is_good_for_three_days(here: Visited) -> None:
    here.post("/subscribe", BO)
    (link,) = here.answers()
    here.place.now += timedelta(days=3) - timedelta(seconds=1)
    assert here.get(link).status == 200
    here.place.now += timedelta(seconds=1)
    assert [(one.status, one.heading) for one in (here.get(link), here.post(link))] == [
        (410, "This link is too old")
    ] * 2
    assert here.state() == {}


def test_address_is_forgotten_with_its_link_and_the_link_after_a_month(here: Visited) -> None:
    here.post("/subscribe", BO)
    (link,) = here.answers()
    for days, status, there in ((2, 200, True), (1, 410, False), (26, 410, False), (1, 404, False)):
        here.place.now += timedelta(days=days)
        here.place.run()
        assert here.get(link).status == status
        assert ("bo@example.org" in "".join(dump_of(here.place))) == there


def test_digest_that_appears_no_more_is_not_confirmed(here: Visited) -> None:
    here.post("/subscribe", BO | {"digest": "weekly"})
    (link,) = here.answers()
    here.place.text = TWO.replace('"weekly"', '"other"')
    assert [(one.status, one.heading) for one in (here.get(link), here.post(link))] == [
        (410, "That does not appear any more")
    ] * 2
    assert here.state() == {}


# --- forms of any shape -------------------------------------------------------------------------------------------


def multipart(*fields: tuple[str, str], boundary: str = "b") -> str:
    parts = "".join(f'--{boundary}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields)
    return f"{parts}--{boundary}--\r\n"


def test_form_may_come_in_parts(here: Visited) -> None:
    body = multipart(("email", "bo@example.org"))
    assert here.ask("POST", "/subscribe", body, kind="multipart/form-data; boundary=b").status == 200
    assert len(asked_for(here)) == 1


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ("email=bo@example.org&x=" + "x" * 2**20, "application/x-www-form-urlencoded", 413),
        ("email=bo@example.org&" + "&".join(f"a{n}=1" for n in range(300)), "application/x-www-form-urlencoded", 400),
        (
            multipart(("email", "bo@example.org"), *((f"a{n}", "1") for n in range(300))),
            "multipart/form-data; boundary=b",
            400,
        ),
        (multipart(("email", "x" * 2**17)), "multipart/form-data; boundary=b", 413),
        ("no form at all", "multipart/form-data; boundary=b", 400),
        ("no form at all", "multipart/form-data", 400),
        (multipart(("email", "bo@example.org")), "multipart/form-data; boundary=other", 400),
        (multipart(("email", "bo@example.org"))[:-30], "multipart/form-data; boundary=b; charset=nonsense", 400),
        ('{"email": "bo@example.org"}', "application/json", 400),
        (b"email=\xff\xfe%00%ed%a0%80", "application/x-www-form-urlencoded", 400),
        (
            '--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nx\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
            400,
        ),
    ],
)
def test_form_that_is_none_is_refused_and_nothing_is_written(here: Visited, body: str, kind: str, status: int) -> None:
    assert (here.ask("POST", "/subscribe", body, kind=kind).status, asked_for(here)) == (status, [])


def test_form_that_breaks_off_is_refused_whatever_stood_in_it(here: Visited) -> None:
    assert here.ask("POST", "/subscribe", "email=bo@example.or", broken=True).status == 400
    assert asked_for(here) == []


@settings(deadline=None)
@given(
    body=st.binary(max_size=400),
    kind=st.sampled_from(["application/x-www-form-urlencoded", "multipart/form-data; boundary=b", ""]),
)
def test_no_bytes_make_a_form_an_error_of_ours(body: bytes, kind: str, shared: Visited) -> None:
    assert shared.ask("POST", "/subscribe", body, kind=kind).status in {200, 400}


@settings(deadline=None)
@given(
    token=st.text(max_size=30),
    path=st.sampled_from(["/confirm/{}", "/s/{}", "/s/{}/unsubscribe", "/s/{}/pause", "/s/{}/delete"]),
)
def test_no_token_is_an_error_of_ours(token: str, path: str, shared: Visited) -> None:
    plain = path.format(token.encode("utf-8", "replace").decode().replace("?", ""))
    assert {shared.get(plain).status, shared.post(plain).status} <= {404, 405}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Visited:
    return Visited(Place(tmp_path_factory.mktemp("shared"), TWO))


# --- others at work -----------------------------------------------------------------------------------------------


def test_locked_database_answers_503_and_nothing_is_half_done(here: Visited, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Store.__init__, "__defaults__", (0.05,))
    here.post("/subscribe", BO)
    (link,) = here.answers()
    own = here.subscribed("cy@example.org")
    before = dump_of(here.place)
    with write_lock(here.place.config.database):
        answers = [here.post(path, BO) for path in ("/subscribe", link, f"{own}/unsubscribe", f"{own}/delete")]
        seen = [here.get(path).status for path in ("/subscribe", link, own)]
    assert [(one.status, one.heading) for one in answers] == [(503, "Not at the moment")] * 4
    assert seen == [200] * 3, "reading goes on"
    assert dump_of(here.place) == before
    assert here.post(link).status == 200


def test_database_that_another_program_writes_to_answers_503(here: Visited, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Store.__init__, "__defaults__", (0.05,))
    here.get("/subscribe")
    with closing(sqlite3.connect(here.place.config.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert here.post("/subscribe", BO).status == 503
    assert here.post("/subscribe", BO).status == 200


def test_every_look_at_a_page_changes_no_row(here: Visited) -> None:
    here.post("/subscribe", BO)
    (link,) = here.answers()
    own = here.subscribed("cy@example.org")
    before = dump_of(here.place)
    paths = ["/subscribe", "/subscribe?digest=weekly", link, own]
    paths += [
        f"{own}/{what}"
        for what in ("unsubscribe", "stored", "stored.json", "delete", "topics", "pause", "resume", "again", "digest")
    ]
    for path in paths:
        for method in ("GET", "HEAD"):
            assert here.ask(method, path).status == 200, path
    assert dump_of(here.place) == before


def test_page_of_ones_own_names_no_address_that_others_should_find(here: Visited) -> None:
    own = here.subscribed()
    for path in (own, f"{own}/stored", f"{own}/delete", "/s/none", "/nowhere/at/all"):
        answer = here.get(path)
        assert ('rel="canonical"' in answer.text, answer.headers["x-robots-tag"]) == (False, "noindex")
    assert 'rel="canonical" href="https://papers.example.org/digest/subscribe"' in here.get("/subscribe").text


def test_other_methods_are_refused(here: Visited) -> None:
    own = here.subscribed()
    for method in ("PUT", "DELETE", "PATCH"):
        assert here.ask(method, f"{own}/delete").status == 405
    assert here.state() == {"daily": "active"}


def test_every_answer_has_the_headers_of_security_and_none_sets_a_cookie(here: Visited) -> None:
    own = here.subscribed()
    answers: list[Page] = [
        here.get(own),
        here.post(f"{own}/unsubscribe"),
        here.post("/subscribe", {}),
        here.get("/confirm/x"),
    ]
    answers.append(here.ask("POST", "/subscribe", "x" * 2**20))
    for one in answers:
        assert "default-src 'none'" in one.headers["content-security-policy"]
        assert (one.headers["referrer-policy"], one.headers["cache-control"]) == ("no-referrer", "no-store")
        assert "set-cookie" not in one.headers
    assert all("noindex" in one.headers["x-robots-tag"] for one in answers[:2])
