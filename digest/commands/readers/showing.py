"""What is shown of subscriptions: all of them in a table, or all that is stored about one address."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from digest.commands.answers import aligned, as_json, table
from digest.commands.common import opened
from digest.commands.readers.changing import day_of, who
from digest.config.rules import nearest
from digest.errors import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from digest.config import Config
    from digest.models import Delivery, Standing, Subscription
    from digest.store import Store

__all__ = ["chosen", "show_address", "show_list", "topics_in"]

LAST = 5  # deliveries that are named


def show_list(config: Config, name: str | None, state: Standing | None, *, machine: bool) -> int:
    """All of them, or those of a digest or in a state; without their tokens."""
    with opened(config) as store:
        found = chosen(config, store, name, state)
    if machine:
        as_json([subscription_json(one) for one in found])
        return 0
    rows = (
        (one.address, one.digest, one.state, topics_in(one), day_of(one, config), one.reason or "") for one in found
    )
    table(("address", "digest", "state", "topics", "since", "reason"), (tuple(map(one_line, row)) for row in rows))
    return 0


def chosen(config: Config, store: Store, name: str | None, state: Standing | None) -> tuple[Subscription, ...]:
    """Those of a digest or in a state; a digest that nobody gets any more is one too. Those that were deleted have no address."""
    every = tuple(one for one in store.subscriptions.all(name, state) if "@" in one.address)
    if name is not None and not every:
        names = dict.fromkeys(
            (*(rules.name for rules in config.rules()), *(one.digest for one in store.subscriptions.all()))
        )
        if name not in names:
            near = nearest(name, names) or f"; there is {', '.join(names)}"
            raise click.UsageError(one_line(f'no digest "{name}"{near}'))
    return every


def subscription_json(one: Subscription) -> dict[str, object]:
    return {
        "address": one.address,
        "digest": one.digest,
        "state": one.state,
        "topics": one.topics,
        "since": one.since,
        "origin": one.origin,
        "consent": one.consent,
        "reason": one.reason,
        "until": one.until,
        "catch_up": one.catch_up,
    }


def topics_in(one: Subscription) -> str:
    """Its choice, by ids."""
    return " ".join(one.topics) or "all"


# --- one address ------------------------------------------------------------------------------------------------


def show_address(config: Config, address: str, *, with_token: bool, machine: bool) -> int:
    """All that is stored about an address; raises `DigestError` where that is nothing."""
    with opened(config) as store:
        found = [(one, store.outbox.to([one.id])) for one in who(store, address)]
    if machine:
        as_json([whole_json(one, mails, with_token=with_token) for one, mails in found])
        return 0
    for one, mails in found:
        facts = whole(one, mails, config) | ({"token": one.token} if with_token else {})
        click.echo(f"{one.address}, {one.digest}")
        click.echo(aligned(("", "", ""), (("", key, one_line(value)) for key, value in facts.items())).lstrip("\n"))
    return 0


def whole(one: Subscription, mails: Sequence[Delivery], config: Config) -> dict[str, str]:
    """What stands below its address, line by line."""
    counts = ", ".join(f"{n} {state.replace('_', ' ')}" for state, n in Counter(mail.state for mail in mails).items())
    last = (f"No. {mail.edition} {mail.state}: {mail.last_reply or '-'}" for mail in reversed(mails[-LAST:]))
    facts = {
        "state": f"{one.state} since {day_of(one, config, '%Y-%m-%d %H:%M')}",
        "until": one.until.isoformat() if one.until else "",
        "missed": MISSED.get(one.state, "") if one.catch_up else "",
        "reason": one.reason or "",
        "bounces": f"{one.soft} in a row that may pass" if one.soft else "",
        "origin": ORIGINS[one.origin],
        "reaches": "many: no link in its mails is personal" if one.many else "",
        "topics": topics_in(one),
        "consent": one.consent or "",
        "mails": counts or "none yet",
        **{f"last {at}": said for at, said in enumerate(last, 1)},
    }
    return {key: value for key, value in facts.items() if value}


MISSED: Mapping[Standing, str] = {
    "paused": "what appears meanwhile comes in one mail, when it goes on",
    "active": "what it missed comes in one mail, with the next run",
}
ORIGINS = {"config": "config.toml", "owner": "your word", "reader": "the reader"}


def whole_json(one: Subscription, mails: Sequence[Delivery], *, with_token: bool) -> dict[str, object]:
    return (
        subscription_json(one)
        | {"many": one.many, "soft": one.soft, "deliveries": Counter(mail.state for mail in mails)}
        | {"last": [last_json(mail) for mail in reversed(mails[-LAST:])]}
        | ({"token": one.token} if with_token else {})
    )


def last_json(mail: Delivery) -> dict[str, object]:
    return {"edition": mail.edition, "state": mail.state, "message_id": mail.message_id, "last_reply": mail.last_reply}
