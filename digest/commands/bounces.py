"""The command `digest bounces`: what came back, and what becomes of the subscriptions that it is about."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.bounces import mails_in, read_return
from digest.commands.answers import as_json
from digest.commands.common import configured, opened
from digest.commands.options import clock, json_option
from digest.errors import OutputError, one_line
from digest.models.returns import Unsubscribe
from digest.returning import Step, marks, step

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from digest.store import Store

__all__ = ["bounces"]

SOFT = 5  # failures in a row that may pass, after which an address is suspended
LARGEST = 64 * 2**20  # bytes of one file


@click.command(epilog="Example: digest bounces ~/Maildir/.bounces; digest bounces - < mail.eml")
@click.argument("places", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--look", is_flag=True, help="Only say what would be done.")
@json_option
@click.pass_context
def bounces(ctx: click.Context, places: tuple[Path, ...], *, look: bool, machine: bool) -> int:
    """Read mails that came back: failures suspend an address, wishes to leave end a subscription.

    PLACES are Maildirs (their new mails, which are then marked as read), single mails, mbox files, or "-" for one on
    standard input, as from a pipe of your mail server. Only what proves to be an answer to a mail of ours changes
    anything; of the rest you are told.
    """
    told: list[dict[str, object]] = []
    with opened(configured(ctx)) as store:
        for name, mail, done in mails_of(places):
            taken, address = take(store, mail, clock(), look=look)
            told.append({"mail": name, "verb": taken.verb, "address": address, "why": taken.why})
            if done and not look:
                mark_as_read(done)
    if machine:
        as_json(told)
    else:
        tell(told)
    return 0


def take(store: Store, mail: bytes, now: datetime, *, look: bool) -> tuple[Step, str | None]:
    """Do what one mail asks for; returns that, and the address that it is about."""
    returned = read_return(mail)
    token, message_id = marks(returned)
    wish = isinstance(returned, Unsubscribe)
    found = store.returns.of_link(token) if wish else store.returns.about(token, message_id)
    taken = step(returned, found.address if found else None, many=bool(found and found.many))
    if found and not look and taken.verb == "leave":
        store.subscriptions.put([found.subscription], "unsubscribed", now, reason=taken.why)
    elif found and not look and taken.verb in {"suspend", "count"}:
        store.returns.failed(found, taken.why, hard=taken.verb == "suspend", now=now, most=SOFT)
    return taken, found.address if found else None


def mails_of(places: Sequence[Path]) -> Iterator[tuple[str, bytes, Path | None]]:
    """Each mail with its name, and the file of a Maildir that it is in."""
    for place in places:
        if str(place) == "-":
            yield from (
                (f"mail {at}", mail, None) for at, mail in enumerate(mails_in(sys.stdin.buffer.read(LARGEST)), 1)
            )
        elif (place / "new").is_dir():
            for path in sorted((place / "new").iterdir()):
                try:
                    yield path.name, content(path), path
                except OutputError as fault:  # one that can't be read holds up no other
                    click.echo(f"digest: {fault}", err=True)
        else:
            yield from ((f"{place.name}, mail {at}", mail, None) for at, mail in enumerate(mails_in(content(place)), 1))


def content(path: Path) -> bytes:
    """The bytes of a regular file that is not too large."""
    try:
        if path.is_file() and path.stat().st_size <= LARGEST:
            return path.read_bytes()
    except OSError as error:
        raise OutputError(str(path), f"can't be read: {error.strerror}", "check its rights") from error
    if not path.exists():
        raise OutputError(str(path), "does not exist", "name a Maildir, a mail or an mbox")
    raise OutputError(str(path), "is no Maildir, no mail and no mbox of at most 64 MiB", "name another place")


def mark_as_read(path: Path) -> None:
    """Move a mail of a Maildir from new/ to cur/, seen."""
    target = path.parent.parent / "cur"
    target.mkdir(exist_ok=True)
    path.rename(target / f"{path.name.partition(':')[0]}:2,S")


VERBS = {
    "suspend": "suspended",
    "count": "failed once more",
    "leave": "let go",
    "nothing": "nothing to do",
    "look": "look",
}


def tell(told: Sequence[dict[str, object]]) -> None:
    """A line for each mail that did something or needs somebody, and how many there were of each kind."""
    for one in told:
        if one["verb"] != "nothing":
            who = f"{one['address']}: " if one["address"] else ""
            click.echo(one_line(f"{VERBS[str(one['verb'])]:<16} {who}{one['why']} ({one['mail']})"))
    counts = Counter(VERBS[str(one["verb"])] for one in told)
    click.echo(", ".join(f"{count} {verb}" for verb, count in counts.items()) or "no mail")
