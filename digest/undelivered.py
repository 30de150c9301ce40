"""Mails that have not left: why, until when, and the commands that end it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.models.delivery import APPROVAL
from digest.render.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from digest.models import Delivery, Halt, OutboxCounts

    InWords = Callable[[datetime], str]

__all__ = ["halted", "halted_line", "halts_at", "stuck", "stuck_line", "waiting"]

SHOWN = 5  # mails of which each gets a line


def halts_at(halts: Sequence[Halt], now: datetime) -> list[Halt]:
    """What is halted now; the whole queue first."""
    lasting = [halt for halt in halts if halt.until is None or halt.until > now]
    return sorted(lasting, key=lambda halt: halt.scope != "all")


def halted_line(halt: Halt, at: InWords) -> str:
    """Since when what does not leave, and why; `at` puts a time into words."""
    what = "no mail leaves" if halt.scope == "all" else f"the mails of {halt.scope} wait"
    return f"{what} since {at(halt.since)}: {halt.why}"


def halted(halts: Sequence[Halt], at: InWords) -> Iterator[str]:
    """When each halt ends, and the commands that end it."""
    for halt in halts:
        release = f'"digest outbox release {halt.scope}" and "digest run" send them'
        if halt.why == APPROVAL:
            look = f'"digest outbox rehearse {halt.scope}" sends you one'
            yield f"the mails of {halt.scope} wait for your word: {look}, {release} all"
        elif halt.until:
            yield f'mails are tried again by themselves after {at(halt.until)}; "digest doctor mail" tries the way now, and lets them go'
        elif halt.scope == "all":
            yield f"{halted_line(halt, at)}; {release}"
        else:
            yield f'{halted_line(halt, at)}; {release}; "digest outbox cancel {halt.scope}" gives them up for good'


def waiting(outbox: OutboxCounts, *, halted: bool = False, daemon: bool = False) -> Iterator[str]:
    """How many wait, and what takes them; where nothing is `halted`, nobody need do anything."""
    mails, who = outbox.queued + outbox.in_doubt, "the daemon" if daemon else "the next run"
    if not mails:
        return
    wait = f"{counted(mails, 'mail')} {'waits' if mails == 1 else 'wait'}"
    if halted:
        yield wait
    elif outbox.postponed:
        yield f"{wait}, {outbox.postponed:,} of them put off by a server; {who} tries again by itself"
    else:
        yield f"{wait} to leave: {who} sends {'it' if mails == 1 else 'them'}"


def stuck_line(mails: Sequence[Delivery]) -> str:
    """How many wait for their owner."""
    return f"{counted(len(mails), 'mail')} can't be delivered without you"


def stuck(mails: Sequence[Delivery]) -> tuple[str, ...]:
    """Why, and the commands that end it."""
    if not mails:
        return ()
    ids = " ".join(str(mail.id) for mail in mails)
    more = len(mails) - SHOWN
    return (
        *(f"mail {mail.id} to {mail.to} is {mail.state}: {mail.last_reply}" for mail in mails[-SHOWN:]),
        *([f"and {counted(more, 'earlier mail')}"] if more > 0 else []),
        f'"digest outbox retry {ids}" and "digest run" try again; "digest outbox cancel {ids}" gives up for good',
    )
