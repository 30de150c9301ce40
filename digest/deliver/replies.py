"""What a server says, line by line (RFC 5321 §4.2), and the two ways in which a conversation can go wrong. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from digest.errors import one_line
from digest.render.words import shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LONGEST_REPLY", "Broken", "Refused", "Reply", "Step", "is_last", "read", "shown"]

LONGEST_REPLY = 65536  # bytes of one reply with all its lines; RFC 5321 §4.5.3.1.5 allows 512 a line
SHOWN = 240  # characters of a reply that stand in a line for people
GONE = 421  # "closing transmission channel", at any command (RFC 5321 §3.8, §4.2.3)
LINE = re.compile(r"([2-5][0-9]{2})(?:([ \t-])(.*))?", re.DOTALL)
STATUS = re.compile(r"\A([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:\s+|$)")


class Step(StrEnum):
    """Where a conversation stands, in the words that tell it to people."""

    CONNECT = "its greeting"
    EHLO = "EHLO"
    STARTTLS = "STARTTLS"
    AUTH = "our login"
    RSET = "RSET"
    NOOP = "NOOP"
    QUIT = "QUIT"
    MAIL = "MAIL FROM"
    RCPT = "RCPT TO"
    DATA = "DATA"
    BODY = "the message before its end"
    DOT = "the end of the message"


@dataclass(frozen=True, slots=True)
class Reply:
    """One whole reply: its code, and its lines without code, cleaned for people."""

    code: int
    lines: tuple[str, ...] = ()

    @property
    def status(self) -> str:
        """The enhanced status code (RFC 2034), such as `5.1.1`; empty where there is none."""
        found = STATUS.match(self.lines[0]) if self.lines else None
        return found[1] if found else ""

    @property
    def text(self) -> str:
        """All lines as one, the status code that servers repeat in each of them only once."""
        rest = (STATUS.sub("", line, count=1) for line in self.lines)
        return " ".join(filter(None, (self.status, *(line.strip() for line in rest))))

    def __str__(self) -> str:
        return shown(f"{self.code} {self.text}")


class Refused(Exception):
    """The server answered a step with 4xx or 5xx."""

    def __init__(self, step: Step, reply: Reply) -> None:
        self.step, self.reply = step, reply
        super().__init__(step, reply)

    @property
    def over(self) -> bool:
        """Whether the connection can't be used again: the server closes it, or waits for the rest of a message."""
        return self.reply.code == GONE or self.step is Step.BODY


class Broken(Exception):
    """There is no answer to a step, or none that can be understood; `remedy` where the fault is known.

    `ours` says that trying again can't help before somebody mends the settings.
    """

    def __init__(self, step: Step, what: str, remedy: str = "", *, ours: bool = False) -> None:
        self.step, self.what, self.remedy, self.ours = step, what, remedy, ours
        super().__init__(step, what)

    @property
    def over(self) -> bool:
        """Always: nobody knows what such a connection would say next."""
        return True


def read(lines: Sequence[str]) -> Reply | None:
    """The reply that these lines make, without their ends; None where they make none."""
    found = [LINE.fullmatch(line) for line in lines]
    codes = {match[1] if match else "" for match in found}
    if len(codes) != 1 or "" in codes:
        return None
    texts = (one_line((match[3] or "").strip()) for match in found if match)
    return Reply(int(codes.pop()), tuple(texts))


def is_last(line: str) -> bool:
    """Whether a reply ends with this line: only `250-` says that another one follows."""
    return line[3:4] != "-"


def shown(text: str) -> str:
    """What a server said, as it may stand in a line for people."""
    return shortened(one_line(" ".join(text.split())), SHOWN)
