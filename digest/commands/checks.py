"""What `digest doctor` looks at, each without changing anything; `digest.checkup` judges it."""

from __future__ import annotations

import os
import sqlite3
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from digest import __version__, checkup
from digest.checkup import Finding, Place
from digest.commands.wiring import channels, templates_of
from digest.config.sources import FETCHED
from digest.errors import ConfigError, DigestError, Gone
from digest.models import Unchanged
from digest.render.templates import Templates
from digest.sources.asking import ask
from digest.sources.folder import ARCHIVE
from digest.sources.huggingface import ADDRESS
from digest.sources.together import SIDE_BY_SIDE
from digest.sources.web import Policy, Web
from digest.store import Store
from digest.store.backups import contents, faults_in
from digest.store.migrations import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from digest.config import Config
    from digest.config.settings import SourceSettings
    from digest.store.backups import Contents

__all__ = ["Depth", "examined", "without_configuration"]

PATIENCE = 20.0  # seconds for the database, in passing
REACHED, ANSWERED = 5.0, 10.0  # seconds for an address
ANSWER = 15.0  # seconds for each answer of the mail server
MOUNTS = Path("/proc/self/mountinfo")


@dataclass(frozen=True, slots=True)
class Depth:
    """How much is looked at: the whole database or what can be had in passing; what is asked over a network, or not."""

    deep: bool = False
    offline: bool = False


def examined(config: Config, now: datetime, depth: Depth) -> Iterator[Finding]:
    """All that there is to look at, each by itself: what fails stops none of the others."""
    yield from here()
    found, findings = database(config, deep=depth.deep)
    yield from findings
    yield from checkup.rights(places(config))
    yield from password(config)
    yield checkup.file_system(mounts(), str(config.database.parent.resolve()))
    yield from spaces(config)
    yield checkup.clock(now, found.newest if found else None)
    current = found is not None and found.schema == VERSION
    yield from templates(config, rendered=current)
    if depth.offline:
        return
    yield from mail(config)
    yield from checkup.sources(answers(config, now, remembered(config) if current else {}))


def without_configuration(fault: ConfigError, now: datetime) -> Iterator[Finding]:
    """All faults of the configuration, and what can be looked at without one."""
    yield from checkup.configuration(fault.subject, fault.faults)
    yield from here()
    yield checkup.clock(now, None)
    yield from checkup.templates(Templates().faults(), None)


def here() -> Iterator[Finding]:
    """The programs that this one runs on."""
    yield from checkup.versions(__version__, sys.version_info[:3], sqlite3.sqlite_version_info)


# --- this machine -----------------------------------------------------------------------------------------------


def database(config: Config, *, deep: bool) -> tuple[Contents | None, tuple[Finding, ...]]:
    """What is in the database, where it can be opened, and how it is."""
    path = config.database
    if not path.exists():
        return None, (Finding("database", "ok", f"{path} is not there yet: the first run makes it"),)
    try:
        found = contents(path)
        faults = faults_in(path) if deep else faults_in(path, quick=True, seconds=PATIENCE)
    except DigestError as error:
        return None, (checkup.fault("database", error),)
    return found, (checkup.database(str(path), found.schema, VERSION, faults=faults, whole=deep),)


def places(config: Config) -> list[Place]:
    """The folders that a run works in; one that it makes itself is as usable as the one that it is made in."""
    made = [("database", config.database.parent), ("public", config.public)]
    if config.settings.mail.host is None:
        made += [("[mail] folder", config.maildir)]
    written = [Place(what, str(path), exists=True, usable=usable(nearest(path))) for what, path in made]
    return written + [read_from(one) for one in config.sources if one.kind == "folder"]


def read_from(source: SourceSettings) -> Place:
    """The folder that a source reads, which nobody makes for it."""
    archive = source.path / ARCHIVE if source.after == ARCHIVE else None
    readable = os.access(source.path, os.R_OK | os.X_OK)
    return Place(
        f"source {source.name}",
        str(source.path),
        exists=source.path.is_dir(),
        usable=readable and (archive is None or usable(nearest(archive))),
        writes=archive is not None,
    )


def password(config: Config) -> Iterator[Finding]:
    """The rights of the file that the password is in, where there is one; that it can't be read is told by `mail`."""
    file = config.folder / config.settings.mail.password_file if config.settings.mail.password_file else None
    if file and file.is_file():
        yield from checkup.private(str(file), file.stat().st_mode)


def nearest(path: Path) -> Path:
    """The folder itself, or the one in which it, or what it stands in, would be made."""
    return next(one for one in (path, *path.parents) if one.exists())


def usable(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.R_OK | os.W_OK | os.X_OK)


def mounts() -> str:
    try:
        return MOUNTS.read_text(errors="replace")
    except OSError:  # only Linux has it
        return ""


def spaces(config: Config) -> Iterator[Finding]:
    """How much is free where it is written; once where both are on one disk."""
    size = config.database.stat().st_size if config.database.exists() else 0
    first, second = nearest(config.database.parent), nearest(config.public)
    yield checkup.space("the database", str(first), free(first), size)
    if first.stat().st_dev != second.stat().st_dev:
        yield checkup.space("public", str(second), free(second), 0)


def free(folder: Path) -> int:
    """Bytes that somebody who is not root may still write."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def templates(config: Config, *, rendered: bool) -> tuple[Finding, ...]:
    """Whether all compile, and, where they do and there is an edition, whether its mail can be rendered."""
    own = str(config.template_folder) if config.template_folder else None
    faults: tuple[DigestError, ...] = templates_of(config).faults()
    try:
        if rendered and not faults:
            render_latest(config)
    except DigestError as fault:
        faults = (fault,)
    return checkup.templates(faults, own)


def render_latest(config: Config) -> None:
    """The latest edition's mail, made anew from its papers; raises what is wrong with the templates."""
    from digest.render import mail

    with Store(config.database) as store:
        latest = next(iter(store.publications.headlines()), None)
        edition = store.editions.load(latest.digest, latest.number) if latest else None
        if edition:
            site, own = config.site(), templates_of(config)
            mail.compose(edition, mail.seal(edition, site, own), site, templates=own)


# --- over the network -------------------------------------------------------------------------------------------


def mail(config: Config) -> Iterator[Finding]:
    """Whether the mail server takes us; nothing is sent, and nothing that is halted goes on."""
    from digest.deliver.smtp import Smtp

    try:
        (channel, *_) = channels(config)
        if not isinstance(channel, Smtp):
            yield Finding("mail", "ok", f"no server is configured: mails are left in {config.maildir}")
            return
        offer = Smtp(replace(channel.relay, timeout=ANSWER), channel.sender).check()
    except DigestError as error:
        yield checkup.fault("mail", error)
        return
    login = f"takes the login of {offer.user}" if offer.user else "no login is configured"
    yield Finding("mail", "ok", f"{channel.relay} answers{f' over {offer.tls}' if offer.tls else ''}; {login}")


def remembered(config: Config) -> dict[str, str]:
    """The cursors of all addresses, so that a server is asked as a run would ask it."""
    with Store(config.database) as store:
        return {url: cursor for source in config.sources for url, cursor in store.dumps.cursor(source.name).items()}


def answers(config: Config, now: datetime, known: dict[str, str]) -> list[tuple[str, DigestError | None]]:
    """What each address of our own kinds of sources says, asked once, side by side; one left alone is not asked."""
    from concurrent.futures import ThreadPoolExecutor

    policy = Policy(config.contact, connect_timeout=REACHED, deadline=ANSWERED)
    webs = {private: Web(replace(policy, allow_private=private)) for private in (False, True)}
    asked = [(one.name, url, webs[one.allow_private]) for one in config.sources for url in addresses(one)]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        said = pool.map(lambda one: answer(one[2], one[1], known.get(one[1]), now), asked)
        return [(name, fault) for (name, _, _), fault in zip(asked, said, strict=True)]


def addresses(source: SourceSettings) -> Iterable[str]:
    """Where a source is asked; what a kind from outside does with its addresses is its own."""
    if source.kind not in FETCHED:
        return ()
    return source.addresses or (ADDRESS,)


def answer(web: Web, url: str, cursor: str | None, now: datetime) -> DigestError | None:
    """What is wrong with an address; None: it answers."""
    found = next(iter(ask(web, url, cursor, now)), None)
    if found is None:
        return Gone(url, "is gone for good, says its server", "take it out of config.toml")
    return found.fault if isinstance(found, Unchanged) else None
