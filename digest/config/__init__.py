"""Finding and reading config.toml: all its faults at once, or a `Config` that answers what the other parts ask.

    find(-c, environment, folder)  →  path, or None: nothing is configured, which works too
    load(path)                     →  Config, or ConfigError with a line for every fault
    written(title=…, to=…)         →  the text of a new config.toml, for `digest init`

Single settings can be overridden from the environment: `DIGEST_TITLE`, `DIGEST_MAIL__SENDER`; an empty one counts as
unset. That is done here in a few lines, since importing pydantic-settings costs 150 ms (measured on Python 3.11).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from digest.config.faults import cross_faults, setting_faults
from digest.config.mail import PASSWORD
from digest.config.places import TABLES, line_of, where
from digest.config.rules import DAYS, closest
from digest.config.settings import NOBODY, Settings
from digest.config.text import enacted, filled, read_document, shipped
from digest.errors import ConfigError
from digest.models import DigestRules, Site
from digest.schedule import words
from digest.topics import apply, default_never, default_topics

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from digest.config.faults import Fault
    from digest.config.places import Place
    from digest.config.settings import SourceSettings
    from digest.models import Topic

__all__ = ["Config", "find", "load", "parse", "written"]

FILE = "config.toml"


@dataclass(frozen=True, slots=True)
class Config:
    """What the owner asked for, with every default filled in and every path absolute.

    `folder` is where relative paths start: that of config.toml, or the current one when there is no such file.
    """

    settings: Settings
    folder: Path

    @property
    def sources(self) -> tuple[SourceSettings, ...]:
        """In the order of the file."""
        return tuple(s.model_copy(update={"path": self.folder / s.path}) for s in self.settings.source)

    @property
    def database(self) -> Path:
        """The one file that everything is kept in."""
        return self.folder / self.settings.database

    @property
    def public(self) -> Path:
        """Where feeds and pages are written."""
        return self.folder / self.settings.public

    @property
    def maildir(self) -> Path:
        """Where mails are left."""
        return self.folder / self.settings.mail.folder

    @property
    def contact(self) -> str:
        """Whom a server's owner can ask who asks: the `owner`, if one is named, never a reader."""
        return self.settings.owner or ""

    @property
    def max_dump_bytes(self) -> int:
        """The size of the largest dump that any source takes: it also holds for a file that is named."""
        return max(source.max_dump_bytes for source in self.settings.source)

    @property
    def dumps_kept(self) -> timedelta | None:
        """How long the bytes of a dump are kept after it came in; None: for ever."""
        days = DAYS.fullmatch(self.settings.keep_dumps)
        return timedelta(days=int(days[1])) if days else None

    @property
    def template_folder(self) -> Path | None:
        """Templates that replace built-in ones of the same name; None: there are none."""
        return self.folder / self.settings.templates if self.settings.templates else None

    def site(self) -> Site:
        """What pages and mails say of themselves. Without an `owner`, the first recipient is it."""
        own = self.settings
        recipients = (to for digest in own.digest for to, many in digest.readers.items() if not many)
        return Site(
            title=own.title,
            base_url=own.base_url,
            time_zone=own.time_zone,
            language=own.language,
            owner=own.owner or next(recipients, NOBODY),
            sender=own.mail.from_address,
            schedule=next((words(one.schedule, self.zone_of(one)) for one in self.rules() if one.schedule), None),
            postal=own.mail.postal,
            web=own.web is not None,
            joins=bool(own.web and own.web.subscribe and own.base_url),
        )

    @property
    def zone(self) -> ZoneInfo:
        """That of the owner's days and times."""
        return ZoneInfo(self.settings.time_zone)

    def zone_of(self, rules: DigestRules) -> ZoneInfo:
        """Where a digest's clock hangs."""
        return rules.zone or self.zone

    def rules(self) -> tuple[DigestRules, ...]:
        """The digests in the order of the file."""
        return tuple(
            DigestRules(
                d.name,
                d.title or self.settings.title,
                topics=d.topics,
                others=d.others,
                sections=d.sections,
                updated=d.updated,
                came_back=d.came_back,
                approve=d.approve,
                schedule=d.times,
                zone=ZoneInfo(d.time_zone) if d.time_zone else None,
                after=d.after,
                until=d.until,
            )
            for d in self.settings.digest
        )

    def recipients(self, digest: str) -> Mapping[str, bool]:
        """Who gets it, and whether that address reaches many; nobody for a digest that is not, or no longer, configured."""
        return next((d.readers for d in self.settings.digest if d.name == digest), {})

    def places(self) -> tuple[str, ...]:
        """The folders that dumps are put into, as paths."""
        return tuple(str(source.path) for source in self.sources if source.kind == "folder")

    def backfills(self) -> tuple[str, ...]:
        """The digests that, when they are new, also take the papers from before."""
        return tuple(d.name for d in self.settings.digest if d.backfill)

    def topics(self) -> tuple[Topic, ...]:
        """The built-in topics with the owner's changes, then the owner's own, in display order."""
        return apply(default_topics(), tuple(topic.change() for topic in self.settings.topic))

    def never(self) -> tuple[str, ...]:
        """Phrases that no topic sees."""
        return default_never()


def find(explicit: Path | None, environ: Mapping[str, str], cwd: Path) -> Path | None:
    """Which config.toml counts: -c, then $DIGEST_CONFIG, then the current folder's, then the user's; else None.

    One that was named is returned even when it does not exist, so that `load` says so instead of passing over it.
    """
    named = explicit or environ.get("DIGEST_CONFIG")
    if named:
        return cwd / named
    home = Path(environ.get("HOME", ""), ".config")
    users = Path(environ.get("XDG_CONFIG_HOME", ""))  # a relative one must be ignored: XDG Base Directory, "Basics"
    places = (cwd, (users if users.is_absolute() else home) / "paperround")
    files = (place / FILE for place in places if place.is_absolute())
    return next((file for file in files if os.path.isfile(file)), None)  # noqa: PTH113  never raises


def load(path: Path | None, environ: Mapping[str, str] | None = None) -> Config:
    """The configuration in that file, or the defaults in the current folder for None.

    `environ` is the process's environment unless given. Raises `ConfigError` with every fault; nothing is written,
    and no folder needs to exist.
    """
    text = _read(path) if path else ""
    folder = path.absolute().parent if path else Path.cwd()
    return parse(text, folder, subject=str(path or FILE), environ=os.environ if environ is None else environ)


def parse(
    text: str, folder: Path, *, subject: str = FILE, environ: Mapping[str, str] | None = None, lines: bool = True
) -> Config:
    """The same from text, as if it stood in `folder`; without `environ` the environment plays no part.

    `lines`: whether faults name the lines of the text.
    """
    try:
        document = read_document(text)
    except ValueError as error:
        raise ConfigError(subject, (str(error),)) from error
    faults, names = list(_stray_variables(environ or {})), _override(document, environ or {})
    found: list[Fault] = []
    try:
        settings = Settings.model_validate(document)
    except ValidationError as error:
        settings, found = Settings(), [*setting_faults(error)]
    found += cross_faults(document)
    if settings.templates and not os.path.isdir(folder / settings.templates):  # noqa: PTH112  never raises
        found.append((("templates",), f"there is no folder {folder / settings.templates}"))
    at = {place: line_of(place, text, document) if lines and place not in names else None for place, _ in found}
    for place, what in sorted(found, key=lambda fault: at[fault[0]] or 0):
        faults.append(f"{names.get(place) or _located(place, at[place], document)}: {what}")
    if faults:
        raise ConfigError(subject, tuple(faults))
    return Config(settings, folder)


def written(
    *,
    title: str | None = None,
    time_zone: str | None = None,
    sources: Iterable[Mapping[str, str]] = (),
    topics: Iterable[str] | None = None,
    to: Iterable[str] | None = None,
) -> str:
    """The shipped config.toml with these answers in it and all its comments; None leaves a setting as shipped.

    Each of `sources` is a `[[source]]` with its settings, beside the shipped one: an example of its kind is put in force
    as it, or it stands after the others.

    `load` reads exactly the answers back from it. Raises `ConfigError` for answers that it would refuse.
    """
    answers: dict[tuple[str, str], str | tuple[str, ...] | None] = {
        ("", "title"): title,
        ("", "time_zone"): time_zone,
        ("digest", "topics"): None if topics is None else tuple(topics),
        ("digest", "to"): None if to is None else tuple(to),
    }
    text = filled(shipped(), {place: value for place, value in answers.items() if value is not None})
    for source in sources:
        text = enacted(text, source) or _appended(text, source)
    parse(text, Path(), lines=False)
    return text


def _appended(text: str, source: Mapping[str, str]) -> str:
    from digest.config.editing import with_sources  # noqa: PLC0415  only `init` needs it, and seldom

    return with_sources(text, [source])


def _located(place: Place, line: int | None, document: Mapping[str, object]) -> str:
    return f"line {line}, {where(place, document)}" if line else where(place, document)


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(str(path), (f"can't be read: {error.strerror}",)) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(str(path), (f"line {line}: not UTF-8; save the file as UTF-8",)) from error


# --- environment ------------------------------------------------------------------------------------------------


PREFIX = "DIGEST_"
TEXT = ("folder", "sender", "host", "security", "user", "password_file", "bounces", "postal", "on_doubt")  # of [mail]
SINGLE: dict[str, Place] = {
    **{PREFIX + name.upper(): (name,) for name in Settings.model_fields if name not in (*TABLES, "alerts")},
    **{f"{PREFIX}MAIL__{name.upper()}": ("mail", name) for name in TEXT},
}


def _override(document: dict[str, object], environ: Mapping[str, str]) -> dict[Place, str]:
    """Put the variables over what was written; gives the variable's name for each place that has one."""
    names: dict[Place, str] = {}
    for variable, place in SINGLE.items():
        table = document if len(place) == 1 else document.setdefault(str(place[0]), {})
        if (value := environ.get(variable)) and isinstance(table, dict):
            table[place[-1]] = value
            names[place] = variable
    return names


def _stray_variables(environ: Mapping[str, str]) -> Iterator[str]:
    """Misspelt ones. Others that merely begin like ours are somebody else's, and left alone."""
    ours = [name.removeprefix(PREFIX) for name in SINGLE]
    for variable in sorted(environ.keys() - SINGLE.keys() - {"DIGEST_CONFIG", PASSWORD}):
        name = variable.removeprefix(PREFIX)
        near = closest(name, ours, cutoff=0.8) if variable.startswith(PREFIX) else None
        if near:
            yield f'{variable}: unknown setting; did you mean "{PREFIX}{near}"?'
        elif variable.startswith(PREFIX + "MAIL__"):
            yield f"{variable}: unknown setting"
