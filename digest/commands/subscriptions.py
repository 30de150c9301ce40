"""The command `digest subscriptions`: who gets what, and the owner's word on it. A token is shown only when asked for."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args
from zoneinfo import ZoneInfo

import click

from digest.commands.common import configured, opened
from digest.commands.options import clock, json_option, usable
from digest.commands.readers.showing import chosen, show_address, show_list, topics_in
from digest.config.rules import header_line
from digest.models import Joining, Standing

if TYPE_CHECKING:
    from digest.commands.readers.changing import Move

__all__ = ["subscriptions"]

digest_option = click.option("--digest", "name", metavar="NAME", help="Only this digest.")
state_option = click.option("--state", type=click.Choice(get_args(Standing)), help="Only those in this state.")
consent_option = click.option("--consent", metavar="TEXT", help="Where and when it was asked for, kept with it.")


@click.group(invoke_without_command=True, epilog="Example: digest subscriptions --state bounced")
@digest_option
@state_option
@json_option
@click.pass_context
def subscriptions(ctx: click.Context, name: str | None, state: Standing | None, *, machine: bool) -> int:
    """List who gets which digest; add, change, import, export or delete subscriptions.

    The addresses of config.toml are among them. What a reader said outlives config.toml: who unsubscribed and stands in it gets nothing.
    """
    return show_list(configured(ctx), name, state, machine=machine) if ctx.invoked_subcommand is None else 0


@subscriptions.command("list", epilog="Example: digest subscriptions list --digest daily --state active")
@digest_option
@state_option
@json_option
@click.pass_context
def list_(ctx: click.Context, name: str | None, state: Standing | None, *, machine: bool) -> int:
    """List the subscriptions.

    Of each its address, digest, state, chosen topics, since when, and why, where that is nobody's wish.
    """
    return show_list(configured(ctx), name, state, machine=machine)


# --- one address ------------------------------------------------------------------------------------------------


@subscriptions.command(epilog="Example: digest subscriptions show reader@example.org --json")
@click.argument("address")
@click.option(
    "--token",
    "with_token",
    is_flag=True,
    help="Also the token in the links of its mails: whoever has it can change the subscription.",
)
@json_option
@click.pass_context
def show(ctx: click.Context, address: str, *, with_token: bool, machine: bool) -> int:
    """Show all that is stored about an address.

    In every digest, with its last mails.
    """
    return show_address(configured(ctx), address, with_token=with_token, machine=machine)


# --- the owner's word -------------------------------------------------------------------------------------------


@subscriptions.command(
    epilog='Example: digest subscriptions add a@example.org --topics agents,audio --consent "by mail, 12 Nov"'
)
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
@click.option("--digest", "name", metavar="NAME", help="Which digest; the first one when it is not given.")
@click.option("--topics", metavar="IDS", help="Only these of its topics, with commas between; else all.")
@consent_option
@click.pass_context
def add(
    ctx: click.Context, addresses: tuple[str, ...], *, name: str | None, topics: str | None, consent: str | None
) -> int:
    """Subscribe addresses, at once.

    You answer for it that they want it. Who unsubscribed is subscribed again only with --consent; who was deleted on request, never. Nothing is done where a word is wrong.
    """
    from digest.commands.readers import changing

    config = configured(ctx)
    choices = changing.Choices.of(config)
    which = usable(choices.digest, name, "--digest")
    given = [usable(changing.addressed, word, "ADDRESS") for word in addresses]
    ids = usable(partial(choices.chosen, which), topics or "", "--topics")
    said = usable(header_line, consent, "--consent") if consent is not None else None
    return changing.subscribe(config, given, Joining(which, "", topics=ids, consent=said), clock())


@subscriptions.command(epilog="Example: digest subscriptions topics a@example.org agents,audio")
@click.argument("address")
@click.argument("topics", metavar="[TOPICS|all]", required=False)
@digest_option
@click.pass_context
def topics(ctx: click.Context, address: str, topics: str | None, name: str | None) -> int:
    """Show which topics an address chose, or make it these.

    TOPICS are ids with commas between; all: whatever the digest shows. Mails that are due already stay as they are.
    """
    from digest.commands.readers import changing

    config = configured(ctx)
    with opened(config) as store:
        found = changing.who(store, address, name)
        if topics is not None:
            choices = changing.Choices.of(config)
            ids = [usable(partial(choices.chosen, one.digest), topics, "TOPICS") for one in found]
            for one, choice in zip(found, ids, strict=True):
                store.subscriptions.choose([one.id], choice)
        for one in changing.who(store, address, name):
            click.echo(f"{one.address}, {one.digest}: {topics_in(one)}")
    return 0


@subscriptions.command(epilog="Example: digest subscriptions pause a@example.org --until 2026-12-24")
@click.argument("address")
@click.option("--until", metavar="YYYY-MM-DD", help="The day on which it goes on by itself; else when you resume it.")
@click.option("--catch-up", is_flag=True, help="Then one mail tells of all that appeared meanwhile.")
@digest_option
@click.pass_context
def pause(ctx: click.Context, address: str, *, until: str | None, name: str | None, catch_up: bool) -> int:
    """Send an address nothing for a while.

    What appears meanwhile it does not get later either, unless with --catch-up: then in one mail, when it goes on.
    """
    from digest.commands.readers.changing import PAUSE, day_to_come

    today = clock().astimezone(ZoneInfo(configured(ctx).site().time_zone)).date()
    last = usable(partial(day_to_come, today), until, "--until") if until is not None else None
    return moved(ctx, address, name, replace(PAUSE, until=last, catch_up=catch_up))


@subscriptions.command(epilog="Example: digest subscriptions resume a@example.org")
@click.argument("address")
@digest_option
@click.pass_context
def resume(ctx: click.Context, address: str, name: str | None) -> int:
    """Let a paused address go on.

    Or one whose mails came back: it is tried again.
    """
    from digest.commands.readers.changing import RESUME

    return moved(ctx, address, name, RESUME)


@subscriptions.command(epilog="Example: digest subscriptions unsubscribe a@example.org")
@click.argument("address")
@digest_option
@click.pass_context
def unsubscribe(ctx: click.Context, address: str, name: str | None) -> int:
    """Note that a reader left.

    Config.toml can't bring them back: their address is kept for that. "remove" deletes it.
    """
    from digest.commands.readers.changing import UNSUBSCRIBE, tell_listed

    code = moved(ctx, address, name, UNSUBSCRIBE)
    tell_listed(configured(ctx), address, name)
    return code


def moved(ctx: click.Context, address: str, name: str | None, change: Move) -> int:
    from digest.commands.readers.changing import move, who

    config = configured(ctx)
    with opened(config) as store:
        return move(config, store, who(store, address, name), change, now=clock())


@subscriptions.command(epilog="Example: digest subscriptions remove a@example.org --yes")
@click.argument("address")
@click.option("--yes", is_flag=True, help="Delete without asking.")
@click.pass_context
def remove(ctx: click.Context, address: str, *, yes: bool) -> int:
    """Delete an address for ever, in all digests.

    Only a keyed hash of it stays, so that it is never written to again: neither a list nor config.toml brings it back.
    """
    from digest.commands.readers import changing

    config = configured(ctx)
    with opened(config) as store:
        return changing.remove(config, store, address, clock(), yes=yes)


# --- as a list --------------------------------------------------------------------------------------------------


@subscriptions.command(
    "import", epilog='Example: digest subscriptions import readers.csv --state active --consent "form of 12 Nov"'
)
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--digest", "name", metavar="NAME", help="For lines that name none; else the first digest.")
@click.option(
    "--state",
    type=click.Choice(("active", "pending")),
    help="pending, the default: nothing is sent until they confirm.",
)
@consent_option
@click.option("--suppress", is_flag=True, help="They are never to be written to: delete them all.")
@json_option
@click.pass_context
def import_(ctx: click.Context, /, file: Path, *, machine: bool, **words: Any) -> int:  # noqa: ANN401 - as declared above
    """Subscribe the addresses of a CSV list.

    FILE is it, or "-" for stdin. Its first line names its columns: address or email, and, where there are such, digest, topics, consent. Commas, semicolons or tabs part them.
    Lines that can't be used are told by their numbers, and the others taken. What "export" wrote comes back as it was.
    """
    from digest.commands.readers.importing import import_readers
    from digest.commands.readers.lines import Wish

    return import_readers(configured(ctx), file, Wish(**words), clock(), machine=machine)


@subscriptions.command(epilog="Example: digest subscriptions export readers.csv")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@digest_option
@state_option
@click.pass_context
def export(ctx: click.Context, file: Path | None, name: str | None, state: Standing | None) -> int:
    """Write the subscriptions as CSV.

    It goes to a new FILE that only you can read, or to stdout. Who was deleted on request is not in it, nor does it keep them away elsewhere: to move house, copy the database.
    """
    from digest.commands.readers.exporting import export_readers

    config = configured(ctx)
    with opened(config) as store:
        found = chosen(config, store, name, state)
    export_readers(found, file)
    return 0
