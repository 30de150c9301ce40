"""Everything that can go wrong in the world; faults in data are kept values (`models.Reject`), never exceptions.

DigestError                        exit 1   says what, where and what to do; a run with several exits 75 if all of them do
├── ConfigError                    exit 78  every fault of config.toml at once
├── TemplateError                  exit 1   a template with a mistake: its file and line
├── DumpError                      exit 1   one dump; the run goes on with the others
│   ├── RefusedDump                         not a regular file, too large: never read
│   ├── UnsettledDump              exit 75  still being written: the next run takes it
│   └── UnreadableDump                      no parser fits, or the one that does found nothing: quarantined
├── FetchError                     exit 1   one address; the run goes on with the others
│   ├── RefusedFetch                        it may not be asked: its scheme, a password in it, a private network
│   ├── Gone                                gone for good, says its server: to be asked no more
│   ├── Down                                its server, whatever the address: not reached, too slow, in trouble
│   ├── TryLater                   exit 75  its server names the time before which it will not answer
│   └── Waiting                    exit 75  it failed lately or wants to be left alone, and was not asked
├── StoreError                     exit 1   the database: damaged, from a newer version, disk full
├── OutputError                    exit 1   a folder that can't be written
├── ServiceError                   exit 1   systemd does not answer or refuses, or a unit is somebody else's
├── DeliveryError                  exit 1
│   ├── HaltedQueue                exit 75  no mail leaves for now: it is tried again by itself
│   ├── CancelledDelivery                   cancelled a moment ago: nothing was handed over
│   ├── TemporaryDelivery                   try the same message again later
│   │   └── RelayUnreachable                no message at all can be handed over for now: stop trying
│   ├── PermanentDelivery                   this message will never be accepted
│   │   └── ContentRefused                  for what it holds, whoever it is for
│   ├── RelayRefusal                        our own fault: the whole queue waits, and no reader is harmed
│   └── LostReply                           nobody can say whether it was accepted
├── Stopped                        exit 75  it was asked to stop, and did in order
└── Busy                           exit 75  another run holds the lock
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

__all__ = [
    "ASKED_AGAIN",
    "Busy",
    "CancelledDelivery",
    "ConfigError",
    "ContentRefused",
    "DeliveryError",
    "DigestError",
    "Down",
    "DumpError",
    "Faults",
    "FetchError",
    "Gone",
    "HaltedQueue",
    "LostReply",
    "OutputError",
    "PermanentDelivery",
    "RefusedDump",
    "RefusedFetch",
    "RelayRefusal",
    "RelayUnreachable",
    "ServiceError",
    "Stopped",
    "StoreError",
    "TemplateError",
    "TemporaryDelivery",
    "TryLater",
    "UnreadableDump",
    "UnsettledDump",
    "Waiting",
    "in_utc",
    "masked",
    "one_line",
]

ASKED_AGAIN = "it will be asked again"  # as a remedy: by itself, at a later look
FAILED, TRY_AGAIN, CONFIGURATION = 1, 75, 78  # sysexits.h: EX_TEMPFAIL, EX_CONFIG


def one_line(text: str) -> str:
    """Text from outside, such as a file's name, as it may stand in a line for people.

    What could steer a terminal or break the line is escaped.
    """
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


def masked(text: str) -> str:
    """Text with the addresses of the web in it less what may be a secret: user and password, and all behind a `?` or `#`.

    What is cut off is gone for the reader too: of two addresses that only differ there nobody can say which is meant.
    """
    return ADDRESS.sub(lambda found: f"://{found[1]}{'?…' if found[2] else ''}", text)


ADDRESS = re.compile(r"://(?:[^\s/?#\"<>]*@)?([^\s?#\"<>]*)([?#](?:[^\s\"<>]*[^\s\"<>:,.;)])?)?")


def in_utc(moment: datetime) -> str:
    """`2026-11-20 07:00 UTC`: an instant as faults tell it, which know no other time zone."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


class DigestError(Exception):
    """Told to the user as one line: `subject: what (remedy)`. Never tells a secret: addresses are `masked`."""

    exit_code = FAILED

    def __init__(self, subject: str, what: str, remedy: str = "") -> None:
        self.subject, self.what, self.remedy = subject, what, remedy
        super().__init__(subject, what, remedy)

    def __str__(self) -> str:
        line = f"{self.subject}: {self.what}"
        return one_line(masked(f"{line} ({self.remedy})" if self.remedy else line))


class ConfigError(DigestError):
    """All faults of a configuration; `faults` holds one `path: what` line each."""

    exit_code = CONFIGURATION

    def __init__(self, subject: str, faults: tuple[str, ...]) -> None:
        self.faults = faults
        super().__init__(subject, "\n  ".join(("not usable:", *faults)))

    def __str__(self) -> str:
        head, *rest = self.faults if len(self.faults) == 1 else ("not usable:", *self.faults)
        return "\n  ".join(one_line(masked(line)) for line in (f"{self.subject}: {head}", *rest))


class TemplateError(DigestError):
    """A template that does not compile or render; nothing was sent or replaced."""


class DumpError(DigestError):
    """One dump can't be taken; the others are."""


class RefusedDump(DumpError):
    """Not read at all: not a regular file, or larger than allowed. The file stays where it is."""


class UnsettledDump(DumpError):
    """Still being written; the file stays, and the next look takes it."""

    exit_code = TRY_AGAIN


class UnreadableDump(DumpError):
    """The bytes are kept, but no listing could be read in them."""


class FetchError(DigestError):
    """An address gave nothing that can be used this time; what it gave before stays."""


class RefusedFetch(FetchError):
    """Never asked: not http or https, a password in it, or it leads to an address that is not public."""


class Gone(FetchError):
    """The server says that nothing will ever be there again (410)."""


class Down(FetchError):
    """The server is not reached, does not answer in time, or is in trouble: its other addresses would fare no better."""


class TryLater(FetchError):
    """The server will not answer before `not_before` (UTC), which is at most a day away."""

    exit_code = TRY_AGAIN

    def __init__(self, subject: str, what: str, not_before: datetime, *, remedy: str = ASKED_AGAIN) -> None:
        self.not_before = not_before
        super().__init__(subject, what, f"{remedy} after {in_utc(not_before)}")


class Waiting(FetchError):
    """What failed lately, or whose server wants to be left alone, was not asked: it is, when its time has come."""

    exit_code = TRY_AGAIN


class StoreError(DigestError):
    """The database can't be used; what was committed before stays."""


class OutputError(DigestError):
    """A file or folder can't be written; the database is right, so the next run repairs it."""


class ServiceError(DigestError):
    """systemd does not answer here, or refuses; or a unit of that name is not ours to write."""


class DeliveryError(DigestError):
    """A message was not accepted. `named`: it was said after a reader had been named, so that it may be about that one alone."""

    named = False


class CancelledDelivery(DeliveryError):
    """Its owner cancelled it a moment ago: nothing was handed over."""


class HaltedQueue(DeliveryError):
    """The queue is halted, and nothing was tried: it is, when its time has come, or its owner lets it."""

    exit_code = TRY_AGAIN


class TemporaryDelivery(DeliveryError):
    """Not accepted now: stays queued, later again."""


class RelayUnreachable(TemporaryDelivery):
    """The relay can't be reached or takes nothing for now: what else is due would fare the same."""


class PermanentDelivery(DeliveryError):
    """Never accepted: dead, with the reply kept."""


class ContentRefused(PermanentDelivery):
    """Refused for what the message holds; several in a row say that the edition is at fault, not its readers."""


class RelayRefusal(DeliveryError):
    """The relay refuses us (our login, our sender, our settings), not a reader: certainly not accepted.

    Until it is mended every message fares the same, so the whole queue waits and nothing in it may become dead.
    """


class LostReply(DeliveryError):
    """The connection was lost when the message may have been accepted: it stays in doubt. Raised after `in_doubt()`."""


class Busy(DigestError):
    """Another process holds the lock; nothing was done."""

    exit_code = TRY_AGAIN


class Stopped(DigestError):
    """It was asked to stop; what is left to do is done by the next run."""

    exit_code = TRY_AGAIN


Faults = list[DigestError]
