"""What the owner gets, from a run to the mailbox: each alert once, whatever a relay, a crash or a clock does."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest import pipeline
from digest.commands.wiring import wired
from digest.errors import Down, OutputError, TemporaryDelivery
from digest.models import Delivery, Notice, RunReport, Site, Space, Unchanged
from digest.render.mail import notice
from digest.rhythm import Condition
from digest.sources.ping import Ping
from digest.stopping import Stop
from digest.store import Store
from digest.telling import pinged, space
from tests.fakes import DAY, Place, Refusing, Scripted, card, page
from tests.servers import Server, reply
from tests.smtp_server import MailServer, accept_and_drop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

    from digest.desk import Desk
    from digest.errors import DigestError
    from tests.commandline import Run

OWNER = "ada@example.net"
DOWN = Down("https://papers.example.org", "answers 503", "asked again")
WELL = Unchanged("feed", "1")
JUNK = b"\x00\x01\x02" * 400


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, f'owner = "{OWNER}"\n')


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as one:
        yield one


def by_smtp(place: Place, server: MailServer) -> None:
    place.text += (
        f'[mail]\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\nsender = "digest@example.net"\n'
    )


def mails(place: Place) -> list[EmailMessage]:
    """What lies in the Maildir, the oldest first."""
    new = place.folder / "mail" / "new"
    files = sorted(new.iterdir(), key=lambda file: file.stat().st_mtime_ns) if new.is_dir() else []
    return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]


def subjects(place: Place) -> list[str]:
    return [str(mail["Subject"]) for mail in mails(place)]


def arrived(server: MailServer) -> list[EmailMessage]:
    return [email.message_from_bytes(mail.content, policy=email.policy.default) for mail in server.mails]


class Weather:
    """Says of a source, pass after pass, how it fares."""

    def __init__(self, *words: str) -> None:
        self.words = list(words)

    def __call__(self, known: object, now: object) -> dict[str, Condition]:
        del known, now
        return {"feed": Condition(self.words.pop(0), "failed 3 times in a row: 503")}  # type: ignore[arg-type]

    def on(self, desk: Desk) -> Desk:
        return replace(desk, fares=self)


def passes(place: Place, weather: Weather, *hours: float) -> list[str]:
    """A pass after so many hours each; the subjects of all mails that came of it."""
    for one in hours:
        place.now += timedelta(hours=one)
        place.run(weather.on)
    return subjects(place)


# --- once -------------------------------------------------------------------------------------------------------


def test_source_that_fails_three_times_is_told_once_and_once_that_it_answers_again(place: Place) -> None:
    source = Scripted([[WELL], *[[DOWN]] * 5, *[[WELL]] * 2])
    place.text += '[[source]]\nname = "scripted"\nkind = "feed"\nurl = "https://papers.example.org/"\n'
    told = []
    for _ in range(8):
        place.now += timedelta(days=1)
        place.run(source.on)
        told.append(len(mails(place)))
    assert told == [0, 0, 0, 1, 1, 1, 2, 2]
    assert "it answered last on Tue 17 Nov 07:00" in mails(place)[0].get_content()
    assert subjects(place) == ["source scripted is failing", "source scripted answers again"]


def test_dump_that_can_not_be_read_is_told_once_and_its_dismissal_is_not(place: Place) -> None:
    place.drop(JUNK)
    place.run()
    place.run()
    assert subjects(place) == ["source dumps gave what could not be read"]
    with Store(place.config.database) as store:
        for dump in store.dumps.reports(("quarantined",)):
            store.dumps.dismiss(dump.sha256)
    place.run()
    with Store(place.config.database) as store:
        assert store.alerts.open() == ()
    assert len(mails(place)) == 1


def test_source_that_flickers_is_told_of_once_a_day(place: Place) -> None:
    weather = Weather("failing", "ok", "failing", "ok", "failing", "failing", "failing")
    assert passes(place, weather, 1, 1, 1, 1, 1) == ["source feed is failing", "source feed answers again"]
    assert len(passes(place, weather, 19)) == 2
    assert passes(place, weather, 2)[2:] == ["source feed is failing"], "it lasts, and a day is over"


def test_what_a_failure_hides_is_neither_over_nor_told_again(place: Place) -> None:
    assert passes(place, Weather("stale", "waiting", "stale", "ok"), 1, 1, 30, 1) == [
        "source feed is silent for longer than usual",
        "source feed lists something new again",
    ]


def test_what_is_long_over_is_forgotten_with_the_mail_about_it(place: Place) -> None:
    passes(place, Weather("failing", "ok", "stale"), 1, 1, 24 * 91)
    with Store(place.config.database) as store:
        assert [row["key"] for row in store.database.rows("SELECT key FROM alert")] == ["source feed stale"]
        assert len(store.database.rows("SELECT id FROM notice")) == 2, "its own, and the latest when that was made"


def test_what_begins_in_one_pass_is_one_mail(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.telling.space", lambda _: Space(1, 2**30))
    place.drop(JUNK)
    place.run()
    assert subjects(place) == ["source dumps gave what could not be read (and 1 more)"]


def test_template_with_a_mistake_is_told_once_and_its_mending_is_not(place: Place) -> None:
    """No run needs this one, so that nobody else would say so."""
    own = place.folder / "own" / "pages"
    own.mkdir(parents=True)
    (own / "search.html.j2").write_text("{% if %}")
    place.text = f'templates = "own"\n{place.text}'
    place.run()
    place.run()
    (told,) = mails(place)
    assert str(told["Subject"]) == "a template of yours has a mistake"
    assert "own/pages/search.html.j2, line 1: " in str(told.get_content()).replace("\n    ", " ")
    (own / "search.html.j2").unlink()
    place.run()
    assert len(mails(place)) == 1
    with Store(place.config.database) as store:
        assert store.alerts.open() == ()


def test_how_full_the_disk_is_can_be_asked_of_any_folder(tmp_path: Path) -> None:
    found = space(tmp_path)
    assert found is not None
    assert 0 < found.free <= found.total
    assert space(tmp_path / "none") is None


def test_owner_who_said_no_is_told_nothing(place: Place) -> None:
    place.text = "alerts = false\n"
    place.drop(JUNK)
    place.run()
    assert mails(place) == []


def test_replay_tells_nobody(place: Place) -> None:
    place.text += 'ping = "https://hc.example.org/x"\n'
    with Store(place.config.database) as store:
        now, then = wired(place.config, store), wired(place.config, store, replay=True)
    assert (now.fares is None, now.ping is None, then.fares, then.ping) == (False, False, None, None)


def test_server_is_not_asked_to_reach_nobody(place: Place, server: MailServer) -> None:
    place.text = ""
    by_smtp(place, server)
    with place.desk() as desk:
        assert desk.fares is None
    place.text = f'owner = "{OWNER}"\n{place.text}'
    with place.desk() as desk:
        assert desk.fares is not None


# --- as a mail --------------------------------------------------------------------------------------------------


def test_mail_is_short_plain_and_of_no_list(place: Place, server: MailServer) -> None:
    by_smtp(place, server)
    place.drop(JUNK, "=?utf-8?q?x?=\r\nBcc: x@example.org.txt")
    place.run()
    (mail,) = arrived(server)
    assert sorted(mail.keys()) == [
        "Auto-Submitted",
        "Content-Transfer-Encoding",
        "Content-Type",
        "Date",
        "From",
        "MIME-Version",
        "Message-ID",
        "Subject",
        "To",
    ]
    assert (mail["To"], mail["Auto-Submitted"], mail.get_content_type()) == (OWNER, "auto-generated", "text/plain")
    assert mail["From"] == "Morning Papers <digest@example.net>"
    assert "digest requeue" in mail.get_content()


def test_every_attempt_bears_the_same_message_id_and_the_time_doubles(place: Place) -> None:
    place.drop(JUNK)
    channel = Refusing(place.folder / "mail", [TemporaryDelivery("server", "busy")] * 2)
    seen = []
    for minutes in (0, 1, 1, 1):
        place.now += timedelta(minutes=minutes)
        place.run(channel.on)
        with Store(place.config.database) as store:
            seen.append((channel.tried, [row["message_id"] for row in store.database.rows("SELECT * FROM notice")]))
    assert [tried for tried, _ in seen] == [1, 2, 2, 3]
    assert mails(place)[0]["Message-ID"] == seen[0][1][0] == seen[-1][1][0]
    assert len(mails(place)) == 1


def test_fault_of_the_mail_is_a_fault_of_the_run(place: Place) -> None:
    place.drop(JUNK)
    report = place.run(Refusing(place.folder / "mail", [TemporaryDelivery("server", "busy")]).on)
    assert "server: busy" in map(str, report.errors)


def test_lost_answer_is_tried_once_more_and_never_a_third_time(place: Place, server: MailServer) -> None:
    by_smtp(place, server)
    place.drop(JUNK)
    server.scripts["DOT"] = [accept_and_drop] * 9
    for _ in range(6):
        place.run()
        place.now += timedelta(hours=5)
    assert len({str(mail["Message-ID"]) for mail in arrived(server)}) == 1
    assert len(server.mails) == 2


def test_crash_in_doubt_is_tried_once_more(place: Place) -> None:
    place.drop(JUNK)
    with pytest.raises(KeyboardInterrupt):
        place.run(Refusing(place.folder / "mail", [KeyboardInterrupt()], after_doubt=True).on)
    assert mails(place) == []
    place.run()
    place.run()
    assert len(mails(place)) == 1


def test_second_crash_in_doubt_is_held(place: Place) -> None:
    place.drop(JUNK)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            place.run(Refusing(place.folder / "mail", [KeyboardInterrupt()], after_doubt=True).on)
    place.run()
    assert mails(place) == []
    with Store(place.config.database) as store:
        assert [row["state"] for row in store.database.rows("SELECT state FROM notice")] == ["held"]


@pytest.mark.parametrize("subject", ["A\r\nBcc: x@example.org", "A =?UTF-8?Q?=0A?=Bcc: x@example.org", "Ä" * 90])
def test_no_subject_injects_a_header(subject: str) -> None:
    told, delivery = (
        Notice(1, subject, "text\n", "<1@x>"),
        Delivery(1, "alerts", edition=1, to=OWNER, state="queued", message_id="<1@x>"),
    )
    content = notice(told, delivery, Site("Morning Papers", owner=OWNER, sender="digest@example.net"), DAY)
    read = email.message_from_bytes(content, policy=email.policy.default)
    assert (content.isascii(), read["Bcc"], read["To"], read.defects) == (True, None, OWNER, [])


# --- while nothing leaves ---------------------------------------------------------------------------------------


def test_alerts_wait_while_the_relay_refuses_us_and_then_tell_the_whole_story(place: Place, server: MailServer) -> None:
    by_smtp(place, server)
    server.scripts["MAIL"] = lambda _conversation, _words: "550 5.7.1 sender not allowed"
    place.drop(page(card("Amber")))
    place.drop(JUNK, "junk.txt")
    for hours in (0, 0.01, 2):
        place.now += timedelta(hours=hours)
        place.run()
    assert (server.verbs.count("MAIL"), server.mails) == (2, [])
    server.scripts.clear()
    place.now += timedelta(hours=5)
    place.run()
    place.run()
    _, mail = arrived(server)
    assert mail["Subject"] == "source dumps gave what could not be read (and 1 more)"
    text = mail.get_content()
    assert "mails leave again; from Mon 16 Nov 07:00 to Mon 16 Nov 14:00: no mail leaves" in " ".join(text.split())
    assert "sender not allowed" in text


def test_queue_that_stands_still_is_told_of_only_when_it_is_over(place: Place) -> None:
    """Also by a pass that tries no mail of its own, while the time of a halt is over."""
    place.drop(page(card("Amber")))
    place.publish()
    faults: list[DigestError] = []
    with place.desk() as desk:
        desk.store.halts.halt("all", "535 no", place.now, again=True)
        place.now += timedelta(hours=2)
        pipeline.tell(desk, place.now, faults)
        assert (len(desk.store.alerts.open()), mails(place)) == (1, [])
        desk.store.halts.release("all")
        pipeline.tell(desk, place.now, faults)
    assert (subjects(place), faults) == (["mails leave again"], [])


def test_relay_that_refuses_an_alert_halts_the_queue_and_is_asked_again_later(place: Place, server: MailServer) -> None:
    by_smtp(place, server)
    server.scripts["MAIL"] = ["550 5.7.1 sender not allowed"]
    place.drop(JUNK)
    place.run()
    place.now += timedelta(minutes=4)
    place.run()
    assert server.mails == []
    place.now += timedelta(minutes=2)
    place.run()
    with Store(place.config.database) as store:
        assert (len(server.mails), store.halts.all()) == (1, ())


def test_what_began_and_ended_while_nothing_left_is_told_as_over(place: Place, server: MailServer) -> None:
    by_smtp(place, server)
    with Store(place.config.database) as store:
        store.halts.halt("all", "535 no", place.now, again=True)
    weather = Weather("failing", "ok", "ok")
    for minutes in (1, 2, 5):
        place.now += timedelta(minutes=minutes)
        place.run(weather.on)
    (mail,) = arrived(server)
    assert mail["Subject"] == "source feed answers again"
    assert "503" in mail.get_content()


def test_pass_that_is_asked_to_stop_tells_nothing_any_more(place: Place) -> None:
    place.drop(JUNK)

    stop = Stop()
    stop.asked = True
    place.run(lambda desk: replace(desk, stop=stop))
    with Store(place.config.database) as store:
        assert store.alerts.open() == ()
    place.run()
    assert len(mails(place)) == 1


# --- the ping ---------------------------------------------------------------------------------------------------

SECRET = "1a2b3c4d-secret"  # noqa: S105 - of this test
GOOD = RunReport("quiet")


@pytest.fixture
def watcher() -> Iterator[Server]:
    with Server({f"/{SECRET}": reply(b"OK")}) as one:
        yield one


def knocked(place: Place, watcher: Server, report: RunReport = GOOD) -> list[str]:
    """What is said to a ping now."""
    with Store(place.config.database) as store:
        return [str(fault) for fault in pinged(store, Ping(watcher.url(f"/{SECRET}")), report, now=place.now)]


def test_good_run_is_told_to_who_watches_every_five_minutes_at_most(place: Place, watcher: Server) -> None:
    for minutes in (0, 4, 1, 6):
        place.now += timedelta(minutes=minutes)
        assert knocked(place, watcher) == []
    assert [one.path for one in watcher.requests] == [f"/{SECRET}"] * 3
    place.now -= timedelta(days=400)
    knocked(place, watcher)
    assert len(watcher.requests) == 4, "a clock that was wrong silences nothing"


@pytest.mark.parametrize(
    ("report", "asked"),
    [
        (RunReport("new"), 1),
        (RunReport("partial", errors=(DOWN,)), 1),
        (RunReport("partial", errors=(TemporaryDelivery("a@example.org", "greylisted"),)), 1),
        (RunReport("partial", errors=(OutputError("public", "disk full"),)), 0),
        (RunReport("failed", errors=(DOWN,)), 0),
    ],
)
def test_run_that_did_not_do_its_work_is_not_told(report: RunReport, asked: int, place: Place, watcher: Server) -> None:
    knocked(place, watcher, report)
    assert len(watcher.requests) == asked


def test_who_watches_hears_nothing_while_no_mail_leaves(place: Place, watcher: Server) -> None:
    with Store(place.config.database) as store:
        store.halts.halt("all", "535 no", place.now, again=True)
    knocked(place, watcher)
    assert watcher.requests == []
    place.now += timedelta(hours=1)
    knocked(place, watcher)
    assert len(watcher.requests) == 1, "its time is over, and nothing waits"


@pytest.mark.parametrize("status", ["200 OK", "202 Accepted", "204 No Content"])
def test_any_success_is_one(status: str, place: Place, watcher: Server) -> None:
    watcher.scripts[f"/{SECRET}"] = reply(status=status)
    assert knocked(place, watcher) == []


def test_watcher_that_is_in_trouble_is_told_by_its_host_alone(place: Place, watcher: Server) -> None:
    watcher.scripts[f"/{SECRET}"] = reply(status=f"404 Not /{SECRET} Found")
    (fault,) = knocked(place, watcher)
    assert fault == "ping of 127.0.0.1: could not be asked (who watches will think that runs have stopped)"
    assert knocked(place, watcher) == [], "and is asked again no sooner"


def test_watcher_is_led_to_no_private_network(place: Place, watcher: Server) -> None:
    with Server({"/x": reply(b"OK")}) as inside:
        watcher.scripts[f"/{SECRET}"] = reply(status="302 Found", location=inside.url("/x"))
        (fault,) = knocked(place, watcher)
        assert (inside.requests, SECRET in fault) == ([], False)


def test_secret_stands_in_no_repr(place: Place) -> None:
    place.text += f'ping = "https://hc.example.org/{SECRET}"\n'
    with place.desk() as desk:
        assert SECRET not in repr(place.config) + repr(desk.ping) + repr(desk)


def test_ping_that_fails_fails_no_run(mine: Run, tmp_path: Path, watcher: Server) -> None:
    del watcher.scripts[f"/{SECRET}"]
    config = tmp_path / "config.toml"
    config.write_text(f'ping = "{watcher.url(f"/{SECRET}")}"\n' + config.read_text())
    answer = mine("run")
    assert (answer.code, len(watcher.requests)) == (0, 1)
    assert answer.err == (
        "digest: ping of 127.0.0.1: answers 404 Not Found (who watches will think that runs have stopped)\n"
    )
    assert SECRET not in answer.out
