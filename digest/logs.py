"""What happens, as records of the logger `digest`, each with what it is about.

    with about(source="arxiv"):
        say("look.answered", "look arxiv: 1 dump, 25 new", dumps=1, new=25)

A record has an event, a message of one line, and a mapping `known` with the run, source, dump and edition that it is about, if
any, and what else was said. Only the command line says where records go (`commands.logs`). Where nobody has imported
`logging`, nobody can listen: nothing is made, and it is not imported for that, since a quiet run needs it for nothing else.

No record tells a secret: addresses of the web are `masked`; passwords, tokens and personal links are never said. Above
debug there is no address of mail either: a delivery is named by its number.
"""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from digest import ledger
from digest.errors import DigestError, masked, one_line

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterator, Mapping

    from digest.errors import Faults
    from digest.models import LoggedRun

__all__ = [
    "DEBUG",
    "ERROR",
    "INFO",
    "KEYS",
    "WARNING",
    "about",
    "about_run",
    "hears",
    "noted",
    "noting",
    "say",
    "say_ended",
]

DEBUG, INFO, WARNING, ERROR = 10, 20, 30, 40  # as `logging` has them
KEYS = ("run", "source", "dump", "edition")  # of every record, None where it is about none
LONGEST = 1_000  # characters of a message or value: servers say novels
MAILBOX = re.compile(r"(?<![^\s<>\"'(),:;\[\]])[^\s<>\"'(),:;@\[\]]+@[^\s<>\"'(),:;@\[\]]+")
ABOUT: ContextVar[Mapping[str, object]] = ContextVar("about", default=MappingProxyType({}))


@contextmanager
def about(**known: object) -> Iterator[None]:
    """In here every record is about these too.

    A new thread knows nothing of it: start it with `contextvars.copy_context().run`. Not for the body of a generator, whose
    caller would be in it between two values.
    """
    before = ABOUT.set({**ABOUT.get(), **known})
    try:
        yield
    finally:
        ABOUT.reset(before)


@contextmanager
def about_run(number: int) -> Iterator[None]:
    """In here every record is about that run; what ends it before its end is said."""
    with about(run=number):
        try:
            yield
        except BaseException as end:
            why = str(end) if isinstance(end, DigestError) else f"{type(end).__name__}: {end}".rstrip(": ")
            say("run.broken", f"run {number} broke off: {why}", level=ERROR)
            raise


def hears(level: int) -> bool:
    """Whether anybody listens to records of a level: ask before what costs something is put into words."""
    return "logging" in sys.modules and logger().isEnabledFor(level)


def say(event: str, message: str, *, level: int = INFO, **known: object) -> None:
    """One record: what happened in one word (`look.failed`), in one line for people, and in values for programs."""
    if not hears(level):
        return
    values = {**dict.fromkeys(KEYS), **ABOUT.get(), **known}
    clean = {name: tidy(value, level) for name, value in values.items()}
    logger().log(level, "%s", tidy(message, level), extra={"event": event, "known": clean})


def noted(faults: Faults, fault: DigestError, event: str = "fault", **known: object) -> None:
    """Keep a fault for the end, and say it."""
    faults.append(fault)
    say(event, str(fault), level=WARNING, **known)


@contextmanager
def noting(faults: Faults, **known: object) -> Iterator[None]:
    """A fault in here is noted and said, and what comes after it goes on."""
    try:
        yield
    except DigestError as fault:
        noted(faults, fault, "fault", **known)


def say_ended(number: int, run: LoggedRun) -> None:
    """The record of a run that has ended, as loud as its verdict."""
    level = {"failed": ERROR, "partial": WARNING}.get(run.verdict or "", INFO)
    values = {name: getattr(run, name) for name in ENDED}
    say("run.ended", f"run {number} {ledger.in_words(run)}", level=level, **values)


ENDED = ("verdict", "dumps", "listed", "new", "known", "repeated", "rejected", "published", "sent", "seconds")


def tidy(value: object, level: int) -> object:
    """What may stand in a record of that level: text of one line, not too long, without secrets and, above debug, readers."""
    if isinstance(value, (tuple, list)):
        return [tidy(one, level) for one in value]
    if not isinstance(value, str):
        return value
    line = one_line(masked(value))
    line = line if level <= DEBUG else MAILBOX.sub("(address)", line)
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"


@cache
def logger() -> logging.Logger:
    """Ours; without a handler of somebody's it is silent, also about what is bad."""
    import logging  # noqa: PLC0415 - see above

    found = logging.getLogger("digest")
    found.addHandler(logging.NullHandler())
    return found
