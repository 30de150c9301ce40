"""`[mail]`: what only shows between its settings, and the secret that never stands in config.toml."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from digest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from digest.config.settings import MailSettings

__all__ = ["PASSWORD", "PORTS", "mail_faults", "secret"]

PASSWORD = "DIGEST_MAIL__PASSWORD"  # noqa: S105 - the variable that may hold it
CREDENTIAL = "mail-password"  # systemd's LoadCredential= puts a file of that name into $CREDENTIALS_DIRECTORY
PORTS = {"tls": 465, "starttls": 587, "none": 25}  # RFC 8314 §3.3, RFC 6409 §3.1, RFC 5321 §4.5.4.2
OF_HOST = ("port", "user", "password_file", "token_command", "per_minute", "bounces")
LONGEST_SECRET = 10_000  # characters; tokens are a few thousand
PATIENCE = 60  # seconds for the command that gives a token


def mail_faults(table: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """The faults between the settings of `[mail]`, as (key, sentence)."""
    if "host" not in table:
        yield from ((key, "needs a host: without one mails stay in the folder") for key in OF_HOST if key in table)
        return
    if "password_file" in table and "token_command" in table:
        yield "token_command", "a password or tokens, not both: take password_file out"
    for key in ("password_file", "token_command"):
        if key in table and "user" not in table:
            yield key, "needs a user"
    if "sender" not in table and "@" not in str(table.get("user", "")):
        yield "sender", 'is needed: the From address, such as "digest@example.org"'


def secret(mail: MailSettings, folder: Path, environ: Mapping[str, str]) -> Callable[[], str] | None:
    """What gives the password, or a fresh token, each time it is asked; None where no login is configured.

    A password comes from the environment, else from systemd, else from the file. Raises `ConfigError`, which never tells
    it, at once where there is none and later where it can't be had.
    """
    if mail.user is None:
        return None
    if mail.token_command:
        return lambda: said_by(mail.token_command)
    if environ.get(PASSWORD):
        return lambda: environ[PASSWORD]
    given = environ.get("CREDENTIALS_DIRECTORY")
    files = (Path(given) / CREDENTIAL if given else None, folder / mail.password_file if mail.password_file else None)
    found = next(
        (file for file in files if file and file.is_file()), mail.password_file and folder / mail.password_file
    )
    if found is None:
        what = f"[mail] user: has no password: name its file as password_file, or set {PASSWORD}"
        raise ConfigError("config.toml", (what,))
    return lambda: read(found)


def read(path: Path) -> str:
    """The password in a file: its only line."""
    try:
        found = path.read_text(encoding="utf-8")[:LONGEST_SECRET].strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise ConfigError("config.toml", (f"[mail] password_file: {path} can't be read: {why}",)) from error
    if not found.strip():
        raise ConfigError("config.toml", (f"[mail] password_file: {path} is empty",))
    return found


def said_by(command: tuple[str, ...]) -> str:
    """What the owner's command prints: an access token. What it says on stderr is for the owner to see."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, timeout=PATIENCE, check=True, text=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError) as error:
        why = type(error).__name__ if isinstance(error, UnicodeDecodeError) else failure(error)
        raise ConfigError("config.toml", (f"[mail] token_command: {why}",)) from None
    return done.stdout[:LONGEST_SECRET].strip()


def failure(error: OSError | subprocess.SubprocessError) -> str:
    """Why a command gave nothing, without what it printed."""
    if isinstance(error, subprocess.TimeoutExpired):
        return f"did not end within {PATIENCE} s"
    if isinstance(error, subprocess.CalledProcessError):
        return f"ended with exit code {error.returncode}"
    return f"can't be started: {error}"
