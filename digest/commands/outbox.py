"""The command `digest outbox`: what is owed to whom and how far it got; and those that let it go on or give it up."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, get_args

import click

from digest.commands.answers import as_json, table
from digest.commands.common import configured, opened
from digest.commands.options import clock, json_option
from digest.errors import one_line
from digest.models import State
from digest.render.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from digest.models import Delivery, Halt
    from digest.store import Store

__all__ = ["outbox"]


@click.group(invoke_without_command=True, epilog="Example: digest outbox --state dead; digest outbox retry 12")
@click.option("--state", type=click.Choice(get_args(State)), help="Only deliveries in this state.")
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", help="The latest N; 50, unless given, or with --json all."
)
@json_option
@click.pass_context
def outbox(ctx: click.Context, state: State | None, limit: int | None, *, machine: bool) -> int:
    """List what is owed to whom and how far it got; retry, cancel or release it."""
    if ctx.invoked_subcommand is not None:
        return 0
    latest = limit or (-1 if machine else SHOWN)
    with opened(configured(ctx)) as store:
        found, halts = store.outbox.all(state, latest), store.halts.all()
        counts = asdict(store.outbox.counts())
    if machine:
        as_json([delivery_json(delivery) for delivery in found])
        return 0
    rows = ((d.id, f"{d.digest} {d.edition}", d.to, d.state, d.attempts, d.last_reply) for d in found)
    table(("id", "edition", "to", "state", "attempts", "last reply"), rows)
    earlier = (counts[state] if state else sum(counts.values())) - len(found)
    if len(found) == latest and earlier > 0:
        click.echo(f"digest: and {earlier:,} earlier; --limit N shows more", err=True)
    for halt in halts:
        click.echo(one_line(halt_line(halt)), err=True)
    return 0


SHOWN = 50  # deliveries, unless more are asked for


def halt_line(halt: Halt) -> str:
    until = f", until {halt.until:%Y-%m-%d %H:%M} UTC" if halt.until else ""
    return f"digest: {'everything' if halt.scope == 'all' else halt.scope} is halted{until}: {halt.why}"


def delivery_json(delivery: Delivery) -> dict[str, object]:
    return {
        "id": delivery.id,
        "digest": delivery.digest,
        "edition": delivery.edition,
        "to": delivery.to,
        "state": delivery.state,
        "topics": delivery.audience.topics,
        "attempts": delivery.attempts,
        "message_id": delivery.message_id,
        "next_at": delivery.next_at,
        "last_reply": delivery.last_reply,
    }


@outbox.command()
@click.argument("which", nargs=-1, required=True)
@click.pass_context
def retry(ctx: click.Context, which: tuple[str, ...]) -> int:
    """Queue held, dead or waiting deliveries again.

    WHICH are the numbers that "digest outbox" shows, or an edition, as daily/12. "digest run" then sends them.
    """
    with opened(configured(ctx)) as store:
        ids = meant(store, which)
        before = store.outbox.some(ids)
        count = store.outbox.retry(ids, clock())
    tell_settled(ids, before)
    click.echo(f"{counted(count, 'delivery', 'deliveries')} queued")
    return 0 if count == len(set(ids)) else 1


@outbox.command()
@click.argument("which", nargs=-1, required=True)
@click.pass_context
def cancel(ctx: click.Context, which: tuple[str, ...]) -> int:
    """Give up deliveries that are not sent yet, for good: no retry brings them back.

    WHICH are the numbers that "digest outbox" shows, or an edition, as daily/12.
    """
    with opened(configured(ctx)) as store:
        ids = meant(store, which)
        before = store.outbox.some(ids)
        whole = sum(store.outbox.give_up(*edition_in(word)) for word in which if not word.isdecimal())
        count = whole + store.outbox.cancel([int(word) for word in which if word.isdecimal()])
    tell_settled(ids, before)
    click.echo(f"{counted(count, 'delivery', 'deliveries')} cancelled for good")
    return 0 if count == len(set(ids)) else 1


@outbox.command()
@click.argument("scope", default="all")
@click.pass_context
def release(ctx: click.Context, scope: str) -> int:
    """Let what is halted go on: SCOPE is "all" (the whole queue), or an edition, as daily/12. "digest run" then sends.

    The queue halts when no mail at all can be handed over (a wrong password), an edition when its content is refused.
    """
    with opened(configured(ctx)) as store:
        done = store.halts.release(scope)
        others = ", ".join(halt.scope for halt in store.halts.all()) or "nothing"
    click.echo(one_line(f"{scope} goes on" if done else f"{scope} was not halted; halted is: {others}"))
    return 0 if done else 1


@outbox.command()
@click.argument("edition")
@click.option("--to", help="Whom it goes to; the owner, unless given.")
@click.pass_context
def rehearse(ctx: click.Context, edition: str, to: str | None) -> int:
    """Send the mail of one EDITION, as daily/12, to yourself, as its readers will get it. Nothing is noted."""
    from digest.commands.rehearsal import rehearse as sent
    from digest.commands.wiring import wired

    config = configured(ctx)
    digest, _, number = edition.rpartition("/")
    with opened(config) as store:
        if not number.isdecimal() or not store.editions.load(digest, int(number[:18])):
            raise click.UsageError(f'there is no edition {edition!r}; "digest editions" lists them')
        receipt = sent(wired(config, store), digest, int(number), to or config.site().owner)
    click.echo(one_line(f"accepted for {to or config.site().owner}: {receipt.reply}"))
    return 0


def meant(store: Store, which: Sequence[str]) -> list[int]:
    """The deliveries that these words mean; raises a usage error for a word that means none."""
    found: list[int] = []
    for word in which:
        digest, slash, number = word.rpartition("/")
        if word.isdecimal():
            found.append(int(word))
        elif slash and number.isdecimal() and len(number) < 19:  # noqa: PLR2004 - what SQLite takes for a number
            found += store.outbox.of_edition(digest, int(number))
        else:
            raise click.UsageError(f"{word!r} is neither a delivery's number nor an edition such as daily/12")
    return found


def edition_in(word: str) -> tuple[str, int]:
    """The digest and the number in `daily/12`."""
    digest, _, number = word.rpartition("/")
    return digest, int(number)


def tell_settled(ids: Iterable[int], before: Iterable[Delivery]) -> None:
    """Why some of these deliveries stayed what they were."""
    states = {delivery.id: delivery.state for delivery in before}
    for number in dict.fromkeys(ids):
        why = SETTLED.get(states.get(number))
        if why:
            click.echo(f"digest: delivery {number}: {why}", err=True)


SETTLED: dict[str | None, str] = {
    None: 'there is none of this number ("digest outbox" lists them)',
    "sent": "is sent already",
    "cancelled": "was cancelled, and that is for good",
    "in_doubt": 'may be sent already: the next "digest run" settles it',
}
