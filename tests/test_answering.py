"""The mails to those who asked on the web: owed with the request, never lost, and doubled in one case alone."""

from __future__ import annotations

import email
import email.policy
import os
import shutil
import socket
import sqlite3
import threading
import urllib.request
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Never

import pytest

from digest import config, pipeline
from digest.commands.daemon import served
from digest.commands.inforce import InForce
from digest.commands.serve import Window
from digest.daemon import Daemon
from digest.errors import DigestError, RelayUnreachable, TemporaryDelivery
from digest.models import Joining
from digest.stopping import Stop
from digest.store import Store
from tests.daemons import SOON
from tests.fakes import Place, Refusing, card, page
from tests.smtp_server import MailServer, accept_and_drop
from tests.test_death import GONE, dying
from tests.visits import WEB

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import EmailMessage

    from digest.desk import Desk

BO, CY = "bo@example.org", "cy@example.org"
QUIET = WEB + '[[digest]]\nname = "daily"\nto = []\nschedule = "weekdays at 07:00"\n'


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, QUIET)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as one:
        yield one


def by_smtp(place: Place, server: MailServer) -> None:
    place.text += f'[mail]\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\nsender = "d@example.net"\n'


def ask(place: Place, *addresses: str, **choice: Any) -> None:  # noqa: ANN401 - fields
    with Store(place.config.database) as store:
        for one in addresses or (BO,):
            store.requests.ask(Joining("daily", one, **choice), place.now)


def answered(place: Place, change: Callable[[Desk], Desk] = lambda desk: desk) -> list[str]:
    """One sending of what is due now; what went wrong with it."""
    faults: list[DigestError] = []
    with place.desk(change) as desk:
        pipeline.answer(desk, place.now, faults)
    return [str(fault) for fault in faults]


def mails(place: Place) -> list[EmailMessage]:
    new = place.folder / "mail" / "new"
    return [read(one.read_bytes()) for one in new.iterdir()] if new.is_dir() else []


def read(content: bytes) -> EmailMessage:
    return email.message_from_bytes(content, policy=email.policy.default)


def rows(place: Place) -> list[tuple[str, str, int]]:
    """Of each request its address, the state of its mail, and how often that was tried."""
    with Store(place.config.database) as store:
        found = store.database.rows("SELECT address, state, attempts FROM request ORDER BY id")
    return [(row["address"], row["state"], row["attempts"]) for row in found]


# --- as a mail ----------------------------------------------------------------------------------------------------


def test_mail_says_who_where_what_and_until_when_and_is_of_no_list(place: Place) -> None:
    ask(place, topics=("graphs", "llm"))
    assert answered(place) == []
    (mail,) = mails(place)
    assert sorted(mail.keys()) == [
        "Auto-Submitted",
        "Content-Type",
        "Date",
        "From",
        "MIME-Version",
        "Message-ID",
        "Subject",
        "To",
    ]
    assert (mail["To"], mail["Subject"]) == (BO, "Please confirm: Morning Papers")
    for kind in ("plain", "html"):
        part = mail.get_body((kind,))
        assert part is not None
        words = " ".join(part.get_content().split())
        assert "papers.example.org" in words
        assert "weekdays at 07:00 (UTC)" in words
        assert "Graph learning and Large language models" in words.replace("\u00a0", " ")
        assert "until Thu 19 Nov 07:00 (UTC)" in words


@pytest.mark.parametrize(
    "title", ["A\u2028B", "朝の論文", "A =?UTF-8?Q?=0A?=Bcc: x@example.org", "<b>A</b>", "Ä" * 200]
)
def test_no_title_breaks_the_mail(place: Place, title: str) -> None:
    place.text = QUIET.replace('title = "Morning Papers"', f'title = "{title}"')
    if "\u2028" in title:
        place.text = QUIET
    ask(place)
    assert answered(place) == []
    (mail,) = mails(place)
    assert (mail.defects, mail["Bcc"], mail["To"]) == ([], None, BO)
    html = mail.get_body(("html",))
    assert html is not None
    assert "<b>A" not in html.get_content()


def test_template_of_the_owners_with_a_mistake_holds_up_nobody(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    (place.folder / "own" / "mail").mkdir(parents=True)
    (place.folder / "own" / "mail" / "confirm.txt.j2").write_text("{{ nothing.here }}")
    place.text = 'templates = "own"\n' + QUIET
    ask(place)
    with caplog.at_level("WARNING"):
        assert answered(place) == []
    assert len(mails(place)) == 1
    assert "confirm.txt.j2" in caplog.text


def test_links_of_the_mail_need_a_server(place: Place) -> None:
    ask(place)
    place.text = QUIET.replace("[web]\n", "[web]\nsubscribe = false\n")
    assert (answered(place), mails(place)) == ([], [])
    place.text = QUIET
    answered(place)
    assert len(mails(place)) == 1


# --- never lost ---------------------------------------------------------------------------------------------------


def test_run_sends_what_was_asked_for_before_all_else_with_alerts_or_without(place: Place) -> None:
    place.text = "alerts = false\n" + QUIET.replace("to = []", 'to = ["ada@example.net"]').replace(
        'schedule = "weekdays at 07:00"\n', ""
    )
    ask(place)
    place.drop(page(card("Amber")))
    place.run()
    new = sorted((place.folder / "mail" / "new").iterdir(), key=lambda one: one.stat().st_mtime_ns)
    assert [read(one.read_bytes())["To"] for one in new] == [BO, "ada@example.net"]


def test_every_attempt_bears_the_same_message_id_and_waits_longer(place: Place) -> None:
    ask(place)
    with Store(place.config.database) as store:
        (before,) = store.requests.due(place.now)
    channel, tried = Refusing(place.folder / "mail", [TemporaryDelivery("server", "busy")] * 2), []
    for minutes in (0, 1, 1, 1):
        place.now += timedelta(minutes=minutes)
        assert answered(place, channel.on) == [], "what is said of an address that anybody gave is no fault of the run"
        tried.append(channel.tried)
    assert tried == [1, 2, 2, 3]
    assert [mail["Message-ID"] for mail in mails(place)] == [before.message_id]
    assert rows(place) == [(BO, "sent", 3)]


def test_crash_in_doubt_is_tried_once_more_and_a_second_one_is_held(place: Place) -> None:
    ask(place)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            answered(place, Refusing(place.folder / "mail", [KeyboardInterrupt()], after_doubt=True).on)
    answered(place)
    assert (mails(place), rows(place)) == ([], [(BO, "held", 2)])


def test_lost_answer_doubles_the_mail_once(place: Place, server: MailServer) -> None:
    by_smtp(place, server)
    ask(place)
    server.scripts["DOT"] = [accept_and_drop] * 9
    for _ in range(6):
        answered(place)
        place.now += timedelta(hours=5)
    assert len(server.mails) == 2
    assert len({read(mail.content)["Message-ID"] for mail in server.mails}) == 1


def test_address_that_its_server_refuses_costs_nobody_anything(place: Place, server: MailServer) -> None:
    by_smtp(place, server)
    ask(place, "nobody@example.com", CY)
    server.scripts["RCPT"] = ["550 5.1.1 no such user"]
    report = place.run()
    assert (report.errors, rows(place)) == ((), [("nobody@example.com", "dead", 1), (CY, "sent", 1)])
    with Store(place.config.database) as store:
        assert store.halts.all() == ()


def test_relay_that_refuses_us_halts_the_queue_and_all_is_tried_again(place: Place, server: MailServer) -> None:
    by_smtp(place, server)
    ask(place, BO, CY)
    server.scripts["MAIL"] = lambda _conversation, _words: "550 5.7.1 sender not allowed"
    assert "sender not allowed" in answered(place)[0]
    tried = server.verbs.count("MAIL")
    server.scripts.clear()
    place.now += timedelta(minutes=4)
    answered(place)
    assert (server.verbs.count("MAIL"), server.mails) == (tried, [])
    place.now += timedelta(minutes=2)
    assert answered(place) == []
    assert [read(mail.content)["To"] for mail in server.mails] == [BO, CY]


def test_unreachable_relay_loses_nothing(place: Place) -> None:
    ask(place)
    assert len(answered(place, Refusing(place.folder / "mail", [RelayUnreachable("relay", "is not there")]).on)) == 1
    place.now += timedelta(hours=5)
    answered(place)
    assert len(mails(place)) == 1


def test_other_settings_of_mail_end_the_halt_for_who_waits(place: Place, server: MailServer) -> None:
    place.run()
    ask(place)
    answered(place, Refusing(place.folder / "mail", [RelayUnreachable("relay", "is not there")]).on)
    by_smtp(place, server)
    assert answered(place) == []
    assert len(server.mails) == 1


def test_restored_database_answers_nobody_until_its_owner_says_so(place: Place) -> None:
    ask(place)
    with Store(place.config.database) as store:
        store.halts.halt("all", "the database was restored", place.now)
    answered(place)
    assert mails(place) == []
    with Store(place.config.database) as store:
        store.halts.release("all")
    answered(place)
    assert len(mails(place)) == 1


def test_owner_who_is_told_something_does_not_end_a_halt_that_waits_for_the_owner(place: Place) -> None:
    place.drop(b"\x00\x01\x02" * 400)
    with Store(place.config.database) as store:
        store.halts.halt("all", "the database was restored", place.now)
    place.run()
    with Store(place.config.database) as store:
        assert [halt.scope for halt in store.halts.all()] == ["all"]
    assert len(mails(place)) == 1


# --- not for ever -------------------------------------------------------------------------------------------------


def test_mail_whose_link_is_good_no_more_is_not_sent(place: Place) -> None:
    ask(place)
    place.now += timedelta(days=3)
    answered(place)
    assert mails(place) == []


def test_replay_answers_nobody(place: Place) -> None:
    ask(place)
    place.run(lambda desk: replace(desk, replay=True))
    assert mails(place) == []


def test_deleted_while_it_waits_is_not_written_to(place: Place) -> None:
    ask(place, BO, CY)

    class Deleting(Refusing):
        def send(self, message: Any, in_doubt: Any) -> Any:  # noqa: ANN401 - a channel's
            if message.delivery.to == BO:
                with Store(place.config.database) as store:
                    store.subscriptions.delete(BO, place.now)
            return super().send(message, in_doubt)

    answered(place, Deleting(place.folder / "mail", ()).on)
    assert [mail["To"] for mail in mails(place)] == [CY]
    assert rows(place) == [(CY, "sent", 1)]


def test_wish_to_stop_leaves_the_rest_for_the_next_run(place: Place) -> None:
    ask(place, BO, CY)
    stop = Stop()
    stop.asked = True
    answered(place, lambda desk: replace(desk, stop=stop))
    assert mails(place) == []
    answered(place)
    assert len(mails(place)) == 2


# --- beside a daemon ----------------------------------------------------------------------------------------------


def test_request_wakes_the_daemons_own_turn_for_it() -> None:
    daemon = Daemon(Never, Stop())  # type: ignore[arg-type]  # nothing of it is at work
    alarm = daemon._alarm()
    alarm.start(paused=True)
    alarm.modify_job("answer", next_run_time=datetime.now(UTC) + timedelta(hours=1))
    window = Window(InForce(config.parse(QUIET, Path("/nowhere")), None, print), lambda: daemon.asked_for())  # noqa: PLW0108 - as the command has it
    window.reception().owed()
    assert alarm.get_job("answer").next_run_time <= datetime.now(UTC)
    alarm.shutdown()


def test_form_that_a_daemon_serves_wakes_it(place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    place.text = QUIET.replace("[web]\n", f'[web]\nlisten = "127.0.0.1:{port}"\n')
    place.run()
    daemon, woken = Daemon(Never, Stop()), list[bool]()  # type: ignore[arg-type]  # nothing of it is at work
    with served(InForce(place.config, None, print), daemon):
        daemon.asked_for = lambda: woken.append(True)  # as it is set when it begins to live, later than the web
        url = f"http://127.0.0.1:{port}/subscribe"
        with urllib.request.urlopen(url, b"email=bo@example.org", timeout=20) as answer:
            assert answer.status == 200
    assert (woken, rows(place)) == ([True], [(BO, "queued", 0)])


def test_mails_of_an_edition_that_take_for_ever_hold_up_no_answer(place: Place) -> None:
    place.text = QUIET.replace("to = []", 'to = ["ada@example.net"]').replace('schedule = "weekdays at 07:00"\n', "")
    place.drop(page(card("Amber")))
    place.publish()
    free = threading.Event()

    class Waiting(Refusing):
        def send(self, message: Any, in_doubt: Any) -> Any:  # noqa: ANN401 - a channel's
            if message.delivery.edition:
                assert free.wait(SOON)
            return super().send(message, in_doubt)

    daemon = Daemon(lambda: place.desk(Waiting(place.folder / "mail", ()).on), Stop(), clock=lambda: place.now)
    slow = threading.Thread(target=daemon.send)
    slow.start()
    ask(place)
    assert daemon.answer() == []
    assert [mail["To"] for mail in mails(place)] == [BO]
    free.set()
    slow.join(SOON)
    assert len(mails(place)) == 2


# --- death at every statement -------------------------------------------------------------------------------------


def dies_at(nth: int, what: Callable[[], object]) -> bool:
    """Do it in a child that is gone at its n-th statement; False when it was done before."""
    child = os.fork()
    if child == 0:
        connect, count = sqlite3.connect, dying(nth)

        def traced(*args: Any, **options: Any) -> sqlite3.Connection:  # noqa: ANN401 - as sqlite3 has it
            connection: sqlite3.Connection = connect(*args, **options)
            connection.set_trace_callback(count)
            return connection

        sqlite3.connect = traced  # type: ignore[assignment]
        try:
            what()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == GONE


def test_death_at_every_statement_of_a_request_leaves_all_of_it_or_nothing(disk: Path) -> None:
    made = Place(disk / "made", QUIET)
    made.run()
    nth, died = 1, True
    while died:
        place = replace(made, folder=disk / str(nth))
        shutil.copytree(made.folder, place.folder, dirs_exist_ok=True)
        died = dies_at(nth, lambda place=place: ask(place))  # type: ignore[misc]  # bound as it is now
        assert rows(place) in ([], [(BO, "queued", 0)])
        nth += 1
    assert rows(place) == [(BO, "queued", 0)]
    assert nth > 8


def test_death_at_every_statement_of_an_answer_loses_and_doubles_nothing(disk: Path) -> None:
    made = Place(disk / "made", QUIET)
    ask(made, BO, CY)
    nth, died = 1, True
    while died:
        place = replace(made, folder=disk / str(nth))
        shutil.copytree(made.folder, place.folder, dirs_exist_ok=True)
        died = dies_at(nth, lambda place=place: answered(place))  # type: ignore[misc]  # bound as it is now
        answered(place)
        assert sorted(str(mail["To"]) for mail in mails(place)) == [BO, CY], f"after death at statement {nth}"
        assert [state for _, state, _ in rows(place)] == ["sent"] * 2
        nth += 1
    assert nth > 12
