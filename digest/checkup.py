"""Is what a digest stands on in order? What was found, judged: each finding that is not `ok` says what to do.

`warn` is what does no harm yet, or mends itself; `fail` is what loses a run, a mail or more. Nothing here looks: it is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal

from digest.errors import DigestError, Down, TryLater, Waiting, in_utc
from digest.render.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = [
    "Finding",
    "Place",
    "clock",
    "configuration",
    "database",
    "fault",
    "file_system",
    "private",
    "rights",
    "sources",
    "space",
    "templates",
    "versions",
]

State = Literal["ok", "warn", "fail"]
Version = tuple[int, int, int]
STRICT_TABLES, RESET_MENDED = (
    (3, 37, 0),
    (3, 51, 3),
)  # https://www.sqlite.org/stricttables.html, https://www.sqlite.org/wal.html
NETWORK = (
    *("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "davfs"),
    *("fuse.sshfs", "fuse.glusterfs", "fuse.ceph-fuse", "fuse.s3fs", "fuse.rclone", "fuse.gcsfuse", "fuse.davfs2"),
)
FIRST_YEAR = 2026  # this program is no older
AHEAD = timedelta(minutes=5)  # by which clocks differ without harm
SCARCE, TOO_LITTLE = 2**30, 50_000_000  # bytes
OTHERS = 0o077  # the rights of everybody but the owner
COPIES = 3  # of the database: requeue tries on a copy, and a restore makes one beside the former
MIGRATES = "the next run brings it up to date; make a backup before"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what was found, and what to do about it."""

    check: str
    state: State
    what: str
    to_do: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder as it was found: what it is for, and whether what is needed of it is allowed."""

    what: str
    path: str
    exists: bool
    usable: bool
    writes: bool = True  # whether it is to be written, or read only


def fault(check: str, error: DigestError, state: State = "fail") -> Finding:
    """What an error says, as a finding."""
    return Finding(check, state, f"{error.subject}: {error.what}", error.remedy or "mend it")


def configuration(subject: str, faults: Sequence[str]) -> tuple[Finding, ...]:
    """All faults of config.toml."""
    if not faults:
        return (Finding("configuration", "ok", subject),)
    return tuple(Finding("configuration", "fail", f"{subject}: {one}", "mend it there") for one in faults)


def versions(paperround: str, python: Version, sqlite: Version) -> Iterator[Finding]:
    """Programs that are too old, and the bug of SQLite that is known and not met here."""
    yield Finding("versions", "ok", f"Paperround {paperround}, Python {dotted(python)}")
    if sqlite < STRICT_TABLES:
        what = f"SQLite {dotted(sqlite)} is older than {dotted(STRICT_TABLES)}"
        yield Finding("versions", "fail", what, "install a Python with a newer SQLite")
    else:
        bug = f"; its WAL-reset bug (mended in {dotted(RESET_MENDED)}) is not met, since no two programs write at once"
        yield Finding("versions", "ok", f"SQLite {dotted(sqlite)}{bug if sqlite < RESET_MENDED else ''}")


def dotted(version: Version) -> str:
    return ".".join(map(str, version))


def database(path: str, schema: int, current: int, *, faults: Sequence[str] | None, whole: bool) -> Finding:
    """Whether a database that could be opened is whole; `faults` None: there was not time enough to say."""
    if faults:
        return Finding(
            "database", "fail", f"{path} is damaged: {faults[0]}", '"digest restore FILE" puts a backup back'
        )
    if faults is None:
        what = f"{path} is too large to be checked in passing"
        return Finding("database", "warn", what, "digest doctor --deep takes its time")
    if schema < current:
        return Finding("database", "warn", f"{path} is of an older version ({schema} of {current})", MIGRATES)
    return Finding("database", "ok", f"{path} is whole{'' if whole else ', at a quick look'}")


def rights(places: Sequence[Place]) -> Iterator[Finding]:
    """Folders that are not there, or that can't be written or read."""
    for one in places:
        word = "written" if one.writes else "read"
        if not one.exists:
            yield Finding("folders", "fail", f"{one.what}: there is no folder {one.path}", f"mkdir -p {one.path}")
        elif not one.usable:
            what, to_do = f"{one.what}: {one.path} can't be {word}", "give the user who runs digest the right to it"
            yield Finding("folders", "fail", what, to_do)
    if all(one.exists and one.usable for one in places):
        yield Finding("folders", "ok", f"{counted(len(places), 'folder')} can be used")


def private(path: str, mode: int) -> Iterator[Finding]:
    """Whether a file that holds a password is its owner's alone."""
    if mode & OTHERS:
        what = f"password_file: {path} can be read or changed by other users of this machine"
        yield Finding("password", "warn", what, f"chmod 600 {path}")


def file_system(mounts: str, path: str) -> Finding:
    """What the database lies on; `mounts` is /proc/self/mountinfo (proc_pid_mountinfo(5)), "" where there is none."""
    kind = kind_of(mounts, PurePosixPath(path))
    if kind in NETWORK:
        what = f"{path} is on a network ({kind}), where SQLite's journal can't be relied on"
        return Finding("file system", "warn", what, "put `database` on a disk of this machine; backups may go there")
    return Finding("file system", "ok", f"the database is on {kind or 'a file system of unknown kind'}")


def kind_of(mounts: str, path: PurePosixPath) -> str:
    """The type of the file system of the mount point that is nearest above a path; of several on one, the last."""
    found, depth = "", 0
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields, kind = before.split(" "), after.split(" ")[0]
        point = PurePosixPath(unescaped(fields[4])) if len(fields) > 4 else None  # noqa: PLR2004 - the fifth field
        if point and path.is_relative_to(point) and len(point.parts) >= depth:
            found, depth = kind, len(point.parts)
    return found


def unescaped(text: str) -> str:
    for octal, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(octal, char)
    return text


def clock(now: datetime, newest: datetime | None) -> Finding:
    """Whether the clock can be right: not before this program, nor before what the database noted last."""
    if now.year < FIRST_YEAR:
        return Finding("clock", "fail", f"it is {in_utc(now)}, says the clock", "set it, and let it be kept (NTP)")
    if newest and newest > now + AHEAD:
        what = f"it is {in_utc(now)}, says the clock, and the database noted something at {in_utc(newest)}"
        return Finding("clock", "fail", what, "set the clock; if it was wrong then, nothing need be done")
    return Finding("clock", "ok", in_utc(now))


def space(what: str, path: str, free: int, database_size: int) -> Finding:
    """Whether there is room for what is to come."""
    found = f"{free / 1e9:,.1f} GB are free for {what} ({path})"
    if free < TOO_LITTLE:
        return Finding("space", "fail", f"only {free / 1e6:,.0f} MB are free for {what} ({path})", "free some space")
    if free < max(SCARCE, COPIES * database_size):
        return Finding("space", "warn", found, "free some space, before it is short")
    return Finding("space", "ok", found)


def sources(answers: Sequence[tuple[str, DigestError | None]]) -> Iterator[Finding]:
    """Each address that was asked. One server in trouble is asked again by itself; where all are, it is this machine."""
    alone = all(isinstance(fault, Down) for _, fault in answers)
    for name, found in answers:
        if found is None:
            yield Finding("sources", "ok", f"{name} answers")
        elif isinstance(found, Down) and alone:
            yield Finding("sources", "fail", f"{name}: {found.subject}: {found.what}", "is this machine online?")
        else:
            passing = isinstance(found, Down | TryLater | Waiting)
            to_do = found.remedy or "check its address in config.toml"
            what = f"{name}: {found.subject}: {found.what}"
            yield Finding("sources", "warn" if passing else "fail", what, to_do)


def templates(faults: Sequence[DigestError], folder: str | None) -> tuple[Finding, ...]:
    """What keeps templates from being compiled or rendered."""
    own = f"those in {folder} and the built-in ones" if folder else "the built-in ones"
    return tuple(fault("templates", one) for one in faults) or (Finding("templates", "ok", f"{own} can be used"),)
