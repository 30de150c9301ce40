"""The command `digest doctor`: whether what a digest stands on works, tried for real."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from digest.commands.answers import aligned, as_json
from digest.commands.common import configured
from digest.commands.options import clock, json_option
from digest.commands.rehearsal import sample
from digest.commands.wiring import wired
from digest.config.rules import address
from digest.errors import ConfigError, one_line
from digest.render.words import counted
from digest.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.checkup import Finding
    from digest.commands.checks import Depth
    from digest.deliver.session import Offer

__all__ = ["doctor"]


@click.group(invoke_without_command=True, epilog="Example, for a monitor: digest doctor --offline --json")
@click.option("--deep", is_flag=True, help="Read the whole database, however long it takes.")
@click.option("--offline", is_flag=True, help="Ask neither the sources nor the mail server.")
@json_option
@click.pass_context
def doctor(ctx: click.Context, *, deep: bool, offline: bool, machine: bool) -> int:
    """Look at all that a digest stands on, changing nothing, and say what to do about what is wrong.

    Configuration, versions, database, folders, file system, free space, clock, templates, mail server, sources. Exit code 1 where anything fails; 0 otherwise.
    """
    if ctx.invoked_subcommand:
        return 0
    from digest.commands.checks import Depth

    return shown(list(findings(ctx, Depth(deep, offline))), machine=machine)


def findings(ctx: click.Context, depth: Depth) -> Iterator[Finding]:
    """What was found, also without a configuration that can be used."""
    from digest import checkup
    from digest.commands.checks import examined, without_configuration

    try:
        config = configured(ctx)
    except ConfigError as fault:
        yield from without_configuration(fault, clock())
        return
    has = f"{counted(len(config.sources), 'source')}, {counted(len(config.rules()), 'digest')}"
    yield from checkup.configuration(f"{config.folder}: {has}", ())
    yield from examined(config, clock(), depth)


def shown(found: Sequence[Finding], *, machine: bool) -> int:
    """Print the findings; returns the exit code."""
    bad = [one for one in found if one.state == "fail"]
    if machine:
        as_json([asdict(one) for one in found])
        return 1 if bad else 0
    rows = ((one.state, one.check, f"{one.what} ({one.to_do})" if one.to_do else one.what) for one in found)
    click.echo(aligned(("", "looked at", "found"), ([one_line(cell) for cell in row] for row in rows)))
    warned = sum(one.state == "warn" for one in found)
    if bad or warned:
        click.echo(f"{counted(len(bad), 'failure')}, {counted(warned, 'warning')}")
    return 1 if bad else 0


@doctor.command(epilog="Example: digest doctor mail me@example.org")
@click.argument("to", required=False)
@json_option
@click.pass_context
def mail(ctx: click.Context, to: str | None, *, machine: bool) -> int:
    """Connect to the mail server, log in, and send one mail to the address TO, if it is given.

    What the server refuses is told with what to do. Where it takes the login, or mails are left in a folder, mails that were halted go on.
    """
    from digest.deliver.smtp import Smtp

    config = configured(ctx)
    if to is not None:
        checked(to)
    with Store(config.database) as store:
        desk = wired(config, store)
        (channel, *_) = desk.channels
        offer = channel.check() if isinstance(channel, Smtp) else None
        halted = any(halt.scope == "all" and halt.until for halt in store.halts.all())
        go_on = halted and store.halts.release("all")
        said = [] if machine else list(told(offer, str(channel.relay) if isinstance(channel, Smtp) else config.maildir))
        for line in (*said, *([GO_ON] if go_on and not machine else [])):
            click.echo(one_line(line))
        receipt = sample(desk, to) if to else None
    if machine:
        as_json({"offered": asdict(offer) if offer else None, "receipt": receipt.reply if receipt else None})
    elif receipt:
        click.echo(one_line(f"accepted for {to}: {receipt.reply}"))
    return 0


GO_ON = 'mails that were halted go on: the daemon or "digest run" sends them'


def told(offer: Offer | None, place: object) -> list[str]:
    """What was found, a line each."""
    if offer is None:
        return [f"no mail server in config.toml: mails are left in {place}"]
    login = f"takes the login of {offer.user}" if offer.user else "no login is configured"
    offers = ", ".join(" ".join(filter(None, pair)) for pair in offer.extensions if pair[0])
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
