"""A reader's own page, by the link of their mails: looked at, changed, left by one click, deleted."""

from __future__ import annotations

import email
import email.policy
import json
import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from digest import config
from digest.errors import ConfigError
from digest.store import Store
from tests.fakes import Place, card, page
from tests.visits import BASE, WEB, Visited, dump_of

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path

    from digest.models import Subscription

TWO = (
    WEB + '[[digest]]\nname = "daily"\nto = ["cy@example.net"]\nlists = ["group@example.org"]\n'
    '[[digest]]\nname = "weekly"\ntitle = "The Week in Graphs"\ntopics = ["graphs", "llm"]\nto = []\n'
)
ONE_CLICK = "List-Unsubscribe=One-Click"


@pytest.fixture
def here(tmp_path: Path) -> Visited:
    return Visited(Place(tmp_path, TWO))


def of(here: Visited, digest: str = "daily", address: str = "bo@example.org") -> Subscription:
    with Store(here.place.config.database) as store:
        (own,) = store.subscriptions.find(address, digest)
    return own


def mails(here: Visited, to: str) -> list[EmailMessage]:
    new = here.place.folder / "mail" / "new"
    found = [email.message_from_bytes(one.read_bytes(), policy=email.policy.default) for one in new.iterdir()]
    return [one for one in found if one["To"] == to]


def day(here: Visited, name: str) -> None:
    """The next day, with a paper on graphs, and a run."""
    here.place.day(page(card(name)))


# --- changes ------------------------------------------------------------------------------------------------------


def test_topics_are_chosen_and_none_ticked_means_all(here: Visited) -> None:
    own = here.subscribed()
    answer = here.post(f"{own}/topics", [("topic", "llm"), ("topic", "graphs"), ("topic", "gone")])
    assert (answer.status, of(here).topics) == (200, ("llm", "graphs"))
    assert "Your topics are changed" in answer.text
    assert re.findall(r'value="(\w+)" checked', here.get(own).text) == ["llm", "graphs"]
    here.post(f"{own}/topics")
    assert of(here).topics == ()


def test_topics_that_the_digest_does_not_show_are_no_choice(here: Visited) -> None:
    own = here.subscribed(digest="weekly", topics=("llm",))
    assert here.post(f"{own}/topics", {"topic": "agents"}).status == 400
    assert of(here, "weekly").topics == ("llm",)


def test_pause_with_catching_up_ends_on_its_day_with_one_mail_of_all(here: Visited) -> None:
    own = here.subscribed()
    answer = here.post(f"{own}/pause", {"until": "2026-11-19", "catch_up": "1"})
    assert "Paused until Thursday 19 November 2026. What appears meanwhile comes in one mail then." in answer.text
    for name in ("Amber", "Birch"):
        day(here, name)
    assert mails(here, "bo@example.org") == []
    day(here, "Cedar")
    subjects = sorted(str(mail["Subject"]) for mail in mails(here, "bo@example.org"))
    assert len(subjects) == 2
    assert subjects[0].startswith("2 papers you missed")


def test_pause_is_moved_and_ended_before_its_day(here: Visited) -> None:
    own = here.subscribed()
    here.post(f"{own}/pause", {"until": "2026-12-24"})
    here.post(f"{own}/pause", {"until": "2026-12-31"})
    assert (of(here).state, of(here).until, of(here).catch_up) == ("paused", date(2026, 12, 31), False)
    assert "It goes on." in here.post(f"{own}/resume").text
    assert (of(here).state, of(here).until) == ("active", None)


@pytest.mark.parametrize(
    "until", ["", "2026-11-16", "2020-01-01", "2027-11-18", "tomorrow", "2026-02-30", "9" * 400, "20261224\0"]
)
def test_pause_until_what_is_no_day_to_come_is_told(here: Visited, until: str) -> None:
    own = here.subscribed()
    assert here.post(f"{own}/pause", {"until": until}).status == 400
    assert of(here).state == "active"


def test_another_digest_is_taken_without_a_mail_and_has_a_link_of_its_own(here: Visited) -> None:
    own = here.subscribed()
    answer = here.post(f"{own}/digest", {"digest": "weekly"})
    other = of(here, "weekly")
    assert (other.state, other.origin, other.consent) == ("active", "reader", "own page, 2026-11-16 07:00 UTC")
    assert f'href="../../s/{other.token}"' in answer.text
    assert here.post(f"{own}/digest", {"digest": "gone"}).status == 400


def test_digest_that_was_left_is_taken_again_with_its_topics(here: Visited) -> None:
    own, other = here.subscribed(), here.subscribed(digest="weekly", topics=("llm",))
    here.post(f"{other}/unsubscribe")
    here.post(f"{own}/digest", {"digest": "weekly"})
    assert (of(here, "weekly").state, of(here, "weekly").topics, f"/s/{of(here, 'weekly').token}") == (
        "active",
        ("llm",),
        other,
    )


def test_mails_that_came_back_are_tried_again_at_the_readers_wish(here: Visited) -> None:
    own = here.subscribed(state="bounced", reason="550 no such user")
    assert "Our mails came back" in here.get(own).text
    here.post(f"{own}/again")
    assert (of(here).state, of(here).reason) == ("active", None)


def test_page_stands_below_the_path_of_the_site_whatever_a_proxy_leaves_of_it(here: Visited) -> None:
    own = here.subscribed()
    assert here.get(own).text == here.get(f"/digest{own}").text
    assert here.post(f"/digest{own}/unsubscribe").heading == "You are unsubscribed"


# --- leaving ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (ONE_CLICK, "application/x-www-form-urlencoded"),
        (
            '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
        ),
        ("", "application/x-www-form-urlencoded"),
        ("", "text/plain"),
    ],
)
def test_one_click_unsubscribes_and_says_so_without_redirect_or_cookie(here: Visited, body: str, kind: str) -> None:
    own = here.subscribed()
    answer = here.ask("POST", f"{own}/unsubscribe", body, kind=kind)
    assert (answer.status, answer.heading, of(here).state) == (200, "You are unsubscribed", "unsubscribed")
    assert not {"location", "set-cookie"} & set(answer.headers)
    assert here.ask("POST", f"{own}/unsubscribe", body, kind=kind) == answer, "a program may press twice"
    assert here.get(f"{own}/unsubscribe").heading == "You are unsubscribed"


def test_what_is_queued_for_who_left_is_not_sent(here: Visited) -> None:
    own = here.subscribed()
    here.place.drop(page(card("Amber")))
    here.place.publish()
    here.post(f"{own}/unsubscribe", {"List-Unsubscribe": "One-Click"})
    here.place.run()
    assert mails(here, "bo@example.org") == []
    assert len(mails(here, "cy@example.net")) == 1


def test_leaving_is_undone_by_the_same_link(here: Visited) -> None:
    own = here.subscribed(topics=("llm",))
    answer = here.post(f"{own}/unsubscribe")
    assert f'action="../..{own}/again"' in answer.text
    here.post(f"{own}/again")
    assert (of(here).state, of(here).topics, f"/s/{of(here).token}") == ("active", ("llm",), own)


def test_who_comes_back_stays_though_config_toml_no_longer_lists_them(here: Visited) -> None:
    here.place.run()
    own = f"/s/{of(here, address='cy@example.net').token}"
    here.post(f"{own}/unsubscribe")
    here.place.text = TWO.replace('to = ["cy@example.net"]', "to = []")
    here.place.run()
    here.post(f"{own}/again")
    here.place.run()
    assert here.state("cy@example.net") == {"daily": "active"}


def test_page_of_a_link_to_leave_has_a_button_and_changes_nothing(here: Visited) -> None:
    own = here.subscribed()
    answer = here.get(f"{own}/unsubscribe")
    assert f'method="post" action="../..{own}/unsubscribe"' in answer.text
    assert of(here).state == "active"


@pytest.mark.parametrize("state", ["active", "paused", "pending", "bounced", "removed"])
def test_every_state_can_be_left(here: Visited, state: str) -> None:
    own = here.subscribed(state=state)
    here.post(f"{own}/unsubscribe")
    assert of(here).state == "unsubscribed"


# --- what is stored, and its end ----------------------------------------------------------------------------------


def test_all_that_is_stored_is_shown_and_handed_out(here: Visited) -> None:
    own = here.subscribed(topics=("health",), consent="by mail, 12 Nov")
    here.subscribed(digest="weekly")
    here.place.drop(page(card("Amber")))
    here.place.run()
    shown = here.get(f"{own}/stored").text
    assert all(
        word in shown
        for word in ("bo@example.org", "health", "by mail, 12 Nov", "The Week in Graphs", "1 of the last 90")
    )
    found = json.loads(here.get(f"{own}/stored.json").body)
    assert [(one["digest"], one["topics"], len(one["mails"])) for one in found["subscriptions"]] == [
        ("daily", ["health"], 1),
        ("weekly", None, 1),
    ]
    assert "cy@example.net" not in json.dumps(found)


def test_request_of_the_last_days_is_stored_too_and_shown(here: Visited) -> None:
    here.post("/subscribe", {"email": "bo@example.org"})
    (link,) = here.answers()
    here.post(link)
    own = f"/s/{of(here).token}"
    (asked,) = json.loads(here.get(f"{own}/stored.json").body)["requests"]
    assert asked == {
        "digest": "daily",
        "asked": "2026-11-16T07:00:00+00:00",
        "confirmed": "2026-11-16T07:00:00+00:00",
        "kept_until": "2026-11-19T07:00:00+00:00",
    }
    assert "forgotten on 2026-11-19" in here.get(f"{own}/stored").text


def test_button_that_does_not_fit_the_state_changes_nothing_and_claims_nothing(here: Visited) -> None:
    own = here.subscribed(state="unsubscribed")
    before = dump_of(here.place)
    for what in ("pause", "resume"):
        answer = here.post(f"{own}/{what}", {"until": "2026-12-24"})
        assert (answer.status, 'role="status"' in answer.text) == (200, False)
    assert dump_of(here.place) == before


def test_deletion_asks_once_more_and_is_for_ever(here: Visited) -> None:
    own, other = here.subscribed(), here.subscribed(digest="weekly")
    assert "bo@example.org is deleted" in here.get(f"{own}/delete").text
    assert of(here).state == "active"
    assert here.post(f"{own}/delete").heading == "It is deleted"
    assert "bo@example.org" not in "".join(dump_of(here.place))
    for path in (own, other):
        assert (here.get(path).status, here.post(f"{path}/again").status, here.post(f"{path}/unsubscribe").status) == (
            404,
        ) * 3
    with Store(here.place.config.database) as store:
        assert store.subscriptions.is_suppressed("Bo@Example.org")


def test_deleted_address_that_config_toml_lists_gets_nothing(here: Visited) -> None:
    here.place.run()
    here.post(f"/s/{of(here, address='cy@example.net').token}/delete")
    day(here, "Amber")
    assert mails(here, "cy@example.net") == []


@pytest.mark.parametrize("what", ["topics", "pause", "resume", "again", "digest", "unsubscribe", "delete"])
def test_link_of_a_subscription_that_was_removed_meanwhile_is_told_clearly(here: Visited, what: str) -> None:
    own = here.subscribed()
    here.get(own)
    with Store(here.place.config.database) as store:
        store.subscriptions.delete("bo@example.org", here.place.now)
    before = dump_of(here.place)
    answer = here.post(f"{own}/{what}", {"until": "2026-12-24", "digest": "weekly"})
    assert (answer.status, answer.heading) == (404, "No such link")
    assert dump_of(here.place) == before


def test_link_of_an_address_that_reaches_many_is_nobodys(here: Visited) -> None:
    here.place.run()
    own = of(here, address="group@example.org")
    assert (here.get(f"/s/{own.token}").status, here.post(f"/s/{own.token}/delete").status) == (404, 404)


def test_digest_that_appears_no_more_can_still_be_left(here: Visited) -> None:
    own = here.subscribed(digest="weekly")
    here.place.text = TWO.replace('"weekly"', '"other"')
    assert "It does not appear any more" in here.get(own).text
    assert here.post(f"{own}/topics", {"topic": "llm"}).status == 200
    assert here.post(f"{own}/unsubscribe").status == 200
    assert (here.post(f"{own}/again").status, of(here, "weekly").state) == (200, "unsubscribed")


# --- the links in mails -------------------------------------------------------------------------------------------


def test_mail_leads_to_the_readers_own_page_near_its_top_and_at_its_foot(here: Visited) -> None:
    own = here.subscribed()
    day(here, "Amber")
    (mail,) = mails(here, "bo@example.org")
    html, text = (mail.get_body((kind,)) for kind in ("html", "plain"))
    assert html is not None
    assert text is not None
    assert html.get_content().count(f'href="{BASE}{own}#topics"') == 2
    assert html.get_content().count(f'href="{BASE}{own}#pause"') == 2
    assert html.get_content().count(f'href="{BASE}{own}/unsubscribe"') == 2
    assert text.get_content().count(f"\n{BASE}{own}\n") == 2
    assert f"\n{BASE}{own}/unsubscribe\n" in text.get_content()


def test_every_personal_link_of_a_mail_opens(here: Visited) -> None:
    own = here.subscribed()
    day(here, "Amber")
    before = dump_of(here.place)
    (mail,) = mails(here, "bo@example.org")
    html = mail.get_body(("html",))
    assert html is not None
    links = {link for link in re.findall(r'href="([^"]+)"', html.get_content()) if link.startswith(f"{BASE}/s/")}
    assert len(links) == 3
    assert [here.get(link.removeprefix(BASE).partition("#")[0]).status for link in links] == [200] * 3
    assert here.get(own).text.count('id="topics"') == here.get(own).text.count('id="pause"') == 1
    assert dump_of(here.place) == before


def test_one_click_headers_lead_to_the_page_and_to_the_owner(here: Visited) -> None:
    own = here.subscribed()
    day(here, "Amber")
    (mail,) = mails(here, "bo@example.org")
    token = own.rpartition("/")[2]
    web, by_mail = str(mail["List-Unsubscribe"]).split(", ")
    assert web == f"<{BASE}{own}/unsubscribe>"
    assert by_mail == f"<mailto:ada@example.net?subject=unsubscribe%20daily%20{token}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert here.ask("POST", f"{own}/unsubscribe", ONE_CLICK).status == 200


def test_mail_to_a_group_has_no_personal_link(here: Visited) -> None:
    day(here, "Amber")
    (mail,) = mails(here, "group@example.org")
    assert (mail["List-Unsubscribe"], mail["List-Unsubscribe-Post"]) == (None, None)
    assert "/s/" not in str(mail.get_body(("plain",)))


def test_address_of_the_site_fits_into_a_line_of_a_header(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="base_url: must have at most 500 characters"):
        config.parse(f'base_url = "https://papers.example.org/{"x" * 500}"', tmp_path)


@pytest.mark.parametrize(
    "url", ["https://papers.example.org/" + "long/" * 80 + "x", "https://" + ".".join(["a" * 60] * 4) + "/d"]
)
def test_no_length_of_the_address_makes_an_encoded_word(tmp_path: Path, url: str) -> None:
    here = Visited(Place(tmp_path, TWO.replace(BASE, url)))
    own = here.subscribed()
    day(here, "Amber")
    raw = next(one.read_bytes() for one in (tmp_path / "mail" / "new").iterdir() if b"To: bo@" in one.read_bytes())
    head = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0].decode()
    assert f"<{url}{own}/unsubscribe>" in head
    assert "=?" not in head
    assert max(map(len, head.split("\n"))) < 998


def test_address_without_tls_has_the_link_and_no_one_click(tmp_path: Path) -> None:
    """RFC 8058 §3.1 wants https."""
    here = Visited(Place(tmp_path, TWO.replace("https://", "http://")))
    here.subscribed()
    day(here, "Amber")
    (mail,) = mails(here, "bo@example.org")
    assert str(mail["List-Unsubscribe"]).startswith("<http://papers.example.org/")
    assert mail["List-Unsubscribe-Post"] is None


@pytest.mark.parametrize("text", [TWO.replace("[web]\n", ""), TWO.replace("[web]\n", "[web]\nsubscribe = false\n")])
def test_without_a_server_or_subscriptions_all_stays_as_it_was(tmp_path: Path, text: str) -> None:
    here = Visited(Place(tmp_path, text))
    here.subscribed()
    day(here, "Amber")
    (mail,) = mails(here, "bo@example.org")
    assert str(mail["List-Unsubscribe"]).startswith("<mailto:ada@example.net?")
    assert mail["List-Unsubscribe-Post"] is None
    assert "/s/" not in mail.as_string()


# --- secrets ------------------------------------------------------------------------------------------------------


def test_no_log_holds_a_readers_token(
    here: Visited, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = here.subscribed()
    monkeypatch.setattr("digest.web.managing.shown", lambda *_: 1 / 0)
    with caplog.at_level(0):
        assert here.get(own).status == 500
    assert "/s/…" in caplog.text
    assert own.rpartition("/")[2] not in caplog.text


def test_clock_of_a_page_is_the_sites(tmp_path: Path) -> None:
    here = Visited(Place(tmp_path, 'time_zone = "Pacific/Auckland"\n' + TWO))
    here.place.now += timedelta(hours=6)  # it is the 17th there
    own = here.subscribed()
    assert here.post(f"{own}/pause", {"until": "2026-11-17"}).status == 400
    assert 'min="2026-11-18"' in here.get(own).text
