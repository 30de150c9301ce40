"""`[mail]`: what its settings need of each other, and the secret that is never told."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from digest.commands.wiring import channels
from digest.config import parse
from digest.config.mail import PASSWORD, secret
from digest.deliver.maildir import Maildir
from digest.deliver.smtp import Smtp
from digest.errors import ConfigError

CANARY = "correct horse battery staple"
HOST = '[mail]\nhost = "smtp.example.org"\nuser = "me@example.org"\n'


def faults_of(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        parse(text, Path("/papers"))
    return caught.value.faults


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[mail]\nport = 465\n", "line 2, [mail], port: needs a host"),
        ('[mail]\nuser = "me@example.org"\n', "line 2, [mail], user: needs a host"),
        ('[mail]\nhost = "smtp.example.org"\n', "[mail], sender: is needed"),
        ('[mail]\nhost = "smtp.example.org"\nsender = "a@example.org"\npassword_file = "x"\n', "needs a user"),
        (
            HOST + 'password_file = "x"\ntoken_command = ["y"]\n',
            "[mail], token_command: a password or tokens, not both",
        ),
        (HOST + "connections = 0\n", "[mail], connections"),
        (HOST + 'security = "ssl"\n', "[mail], security"),
        (HOST + 'password = "x"\n', "password"),
    ],
)
def test_settings_that_do_not_go_together_are_told_with_their_place(text: str, fault: str) -> None:
    (found,) = faults_of(text)
    assert fault in found


def test_without_a_host_mails_stay_in_the_folder(tmp_path: Path) -> None:
    assert channels(parse("", tmp_path)) == (Maildir(tmp_path / "mail"),)


def test_with_a_host_there_is_a_channel_for_each_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_MAIL__PASSWORD", CANARY)
    made = channels(parse(HOST + "connections = 3\n", tmp_path))
    assert len(made) == 3
    assert all(isinstance(one, Smtp) and one.sender == "me@example.org" for one in made)
    assert CANARY not in repr(made)


@pytest.mark.parametrize(("security", "port"), [("tls", 465), ("starttls", 587)])
def test_port_follows_from_the_security(
    security: str, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_MAIL__PASSWORD", CANARY)
    (one,) = channels(parse(HOST + f'security = "{security}"\n', tmp_path))
    assert isinstance(one, Smtp)
    assert one.relay.port == port


def given(tmp_path: Path, text: str = "", **environ: str) -> str | None:
    ask = secret(parse(HOST + text, tmp_path).settings.mail, tmp_path, environ)
    return ask() if ask else None


def test_password_comes_from_the_environment_then_from_systemd_then_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "mail-password").write_text("from systemd\n")
    (tmp_path / "own").write_text("from the file\n")
    text, where = 'password_file = "own"\n', {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    first = where | {PASSWORD: "from the environment"}
    assert given(tmp_path, text, **first) == "from the environment"
    assert given(tmp_path, text, **where) == "from systemd"
    assert given(tmp_path, text) == "from the file"


def test_password_with_spaces_stays_as_it_is_but_for_the_end_of_its_line(tmp_path: Path) -> None:
    (tmp_path / "own").write_text(" ab cd \n")
    assert given(tmp_path, 'password_file = "own"\n') == " ab cd "


def test_user_without_a_password_is_told_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="has no password") as caught:
        channels(parse(HOST, tmp_path))
    assert "DIGEST_MAIL__PASSWORD" in str(caught.value)


def test_password_file_that_cannot_be_read_is_told_when_it_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be read"):
        given(tmp_path, 'password_file = "nowhere"\n')


def test_empty_password_file_is_told_as_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "own").write_text("\n")
    with pytest.raises(ConfigError, match="is empty"):
        given(tmp_path, 'password_file = "own"\n')


def test_command_gives_a_fresh_token_each_time(tmp_path: Path) -> None:
    script = tmp_path / "token.py"
    script.write_text("import pathlib, uuid; print(uuid.uuid4())\n")
    mail = parse(HOST + f'token_command = ["{sys.executable}", "{script}"]\n', tmp_path).settings.mail
    ask = secret(mail, tmp_path, {})
    assert ask is not None
    assert ask() != ask()


@pytest.mark.parametrize(
    ("command", "why"),
    [(["false"], "exit code 1"), (["/no/such/command"], "can't be started")],
)
def test_command_that_fails_is_told_without_what_it_printed(command: list[str], why: str, tmp_path: Path) -> None:
    words = ", ".join(f'"{word}"' for word in command)
    with pytest.raises(ConfigError, match=why):
        given(tmp_path, f"token_command = [{words}]\n")


def test_what_a_command_printed_is_in_no_message(tmp_path: Path) -> None:
    script = tmp_path / "token.py"
    script.write_text(f"print({CANARY!r}); raise SystemExit(3)\n")
    with pytest.raises(ConfigError) as caught:
        given(tmp_path, f'token_command = ["{sys.executable}", "{script}"]\n')
    assert CANARY not in str(caught.value) + repr(caught.value)
