"""The command `digest doctor`: whether what a digest stands on works, tried for real."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from digest.commands.answers import as_json
from digest.commands.common import configured
from digest.commands.options import json_option
from digest.commands.rehearsal import sample
from digest.commands.wiring import wired
from digest.config.rules import address
from digest.errors import one_line
from digest.store import Store

if TYPE_CHECKING:
    from digest.deliver.session import Offer

__all__ = ["doctor"]


@click.group()
def doctor() -> None:
    """Try what a digest stands on."""


@doctor.command(epilog="Example: digest doctor mail me@example.org")
@click.argument("to", required=False)
@json_option
@click.pass_context
def mail(ctx: click.Context, to: str | None, *, machine: bool) -> int:
    """Connect to the mail server, log in, and send one mail to the address TO, if it is given.

    What the server refuses is told with what to do. Where it takes the login, mails that were halted go on.
    """
    from digest.deliver.smtp import Smtp

    config = configured(ctx)
    if to is not None:
        checked(to)
    with Store(config.database) as store:
        desk = wired(config, store)
        (channel, *_) = desk.channels
        offer = channel.check() if isinstance(channel, Smtp) else None
        if offer:
            store.halts.release("all")
        said = [] if machine else list(told(offer, str(channel.relay) if isinstance(channel, Smtp) else config.maildir))
        for line in said:
            click.echo(one_line(line))
        receipt = sample(desk, to) if to else None
    if machine:
        as_json({"offered": asdict(offer) if offer else None, "receipt": receipt.reply if receipt else None})
    elif receipt:
        click.echo(one_line(f"accepted for {to}: {receipt.reply}"))
    return 0


def told(offer: Offer | None, place: object) -> list[str]:
    """What was found, a line each."""
    if offer is None:
        return [f"no mail server in config.toml: mails are left in {place}"]
    login = f"takes the login of {offer.user}" if offer.user else "no login is configured"
    offers = ", ".join(" ".join(pair).strip() for pair in offer.extensions)
    return [
        f"{place} answers{f' over {offer.tls}' if offer.tls else ''}; {login}",
        f"it offers {offers or 'no extension'}",
    ]


def checked(to: str) -> None:
    """Raise a usage error for what is no address."""
    try:
        address(to)
    except ValueError as fault:
        raise click.UsageError(f"{to!r} {fault}") from fault
