"""What `digest subscriptions` does to those who are named: subscribe, pause, resume, unsubscribe, delete."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo

import click

from digest.config.rules import address as bare_address
from digest.config.rules import nearest
from digest.errors import DigestError, one_line
from digest.render.words import counted
from digest.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from digest.config import Config
    from digest.models import Joining, Standing, Subscription

__all__ = [
    "PAUSE",
    "RESUME",
    "UNSUBSCRIBE",
    "Choices",
    "Move",
    "addressed",
    "day_of",
    "day_to_come",
    "move",
    "remove",
    "subscribe",
    "tell_listed",
    "who",
]

SHOWN = 60  # characters of a wrong word that are shown
ANEW: frozenset[Standing] = frozenset(("removed", "pending", "unsubscribed"))  # what begins anew by a reader's word


# --- words of the command line or of a list; ValueError with a sentence ------------------------------------------


def addressed(word: str) -> str:
    """A mail address, or a sentence that says which word is none, and why."""
    try:
        return bare_address(word)
    except ValueError as fault:
        raise ValueError(f'"{word[:SHOWN]}" {fault}') from fault


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be named: the topics that exist, and the digests of config.toml with those that each shows."""

    topics: tuple[str, ...]
    digests: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, config: Config) -> Self:
        """Those of a configuration."""
        topics = tuple(topic.id for topic in config.topics())
        return cls(topics, {rules.name: rules.topics or topics for rules in config.rules()})

    def digest(self, word: str | None) -> str:
        """A digest of this name; the first one where none is named."""
        if word is not None and word not in self.digests:
            near = nearest(word[:SHOWN], self.digests) or f"; there is {', '.join(self.digests)}"
            raise ValueError(f'no digest "{word[:SHOWN]}"{near}')
        return word or next(iter(self.digests))

    def chosen(self, digest: str, words: str) -> tuple[str, ...]:
        """Topics that a digest shows, by their ids, with commas or spaces between; none, or `all`: all of them."""
        ids = tuple(dict.fromkeys(words.replace(",", " ").split()))
        if ids in {(), ("all",)}:
            return ()
        for one in ids:
            if one not in self.topics:
                raise ValueError(f'no topic "{one[:SHOWN]}"{nearest(one[:SHOWN], self.topics)}')
            if one not in self.digests.get(digest, self.topics):
                shown = ", ".join(self.digests[digest])
                raise ValueError(f'the topic "{one}" is none that "{digest}" shows: it has {shown}')
        return ids


# --- subscribe ----------------------------------------------------------------------------------------------------


def subscribe(config: Config, addresses: Iterable[str], wish: Joining, now: datetime) -> int:
    """Subscribe these as `wish` says, by the owner's word, and say of each what came of it; returns the exit code.

    Where they said themselves that they want it, one that unsubscribed or never confirmed begins anew.
    """
    over = ANEW if wish.consent else wish.over
    joining = [replace(wish, address=one, over=over) for one in addresses]
    with Store(config.database) as store:
        said = store.subscriptions.add_many(joining, now)
        for one, word in zip(joining, said, strict=True):
            if word == "added":
                topics = f", of it: {', '.join(one.topics)}" if one.topics else ""
                click.echo(one_line(f"{one.address}: gets {one.digest} from its next edition on{topics}"))
            elif word == "suppressed":
                tell(one.address, DELETED)
            else:
                (there,) = store.subscriptions.find(one.address, one.digest)
                tell(there.address, f"{THERE[there.state]} {day_of(there, config)}{REMEDIES.get(there.state, '')}")
    return 0 if "added" in said else 1


DELETED = "was deleted on request, and is not written to any more"
THERE: dict[Standing, str] = {
    "active": "gets it already, since",
    "paused": "is there already, paused since",
    "bounced": "is there already, but its mails came back on",
    "pending": "is there already, and has not confirmed since",
    "unsubscribed": "unsubscribed on",
    "removed": "left config.toml on",
}
BY_THEIR_WORD = ': if they want it now, say where they said so: "digest subscriptions add ADDRESS --consent TEXT"'
REMEDIES: dict[Standing, str] = {
    "paused": ': "digest subscriptions resume" lets it go on',
    "bounced": ': "digest subscriptions resume" tries again',
    "pending": BY_THEIR_WORD,
    "unsubscribed": BY_THEIR_WORD,
    "removed": ': "digest subscriptions add" subscribes it by your word',
}


def day_of(one: Subscription, config: Config, form: str = "%Y-%m-%d") -> str:
    """Since when it is in its state, as the owner's zone counts."""
    return one.since.astimezone(ZoneInfo(config.site().time_zone)).strftime(form)


def tell(subject: str, what: str) -> None:
    click.echo(f"digest: {one_line(f'{subject}: {what}')}", err=True)


# --- those that are there ---------------------------------------------------------------------------------------


def who(store: Store, address: str, digest: str | None = None) -> tuple[Subscription, ...]:
    """The subscriptions of an address; raises `DigestError` where there is none."""
    found = store.subscriptions.find(address, digest)
    if found:
        return found
    if store.subscriptions.is_suppressed(address):
        raise DigestError(address, DELETED, "a keyed hash of it is all that is left")
    what = f'does not get "{digest}"' if digest else "gets no digest"
    raise DigestError(address, f"{what}, and never did", '"digest subscriptions" lists who does')


@dataclass(frozen=True, slots=True)
class Move:
    """From one of some states into another; `said`, until which day, and whether what is missed comes later."""

    to: Standing
    out_of: frozenset[Standing]
    said: str
    until: date | None = None
    catch_up: bool = False


PAUSE = Move("paused", frozenset(("active", "paused")), "paused")
RESUME = Move("active", frozenset(("paused", "bounced")), "gets it again")
UNSUBSCRIBE = Move("unsubscribed", frozenset(("active", "paused", "pending", "bounced", "removed")), "unsubscribed")


def move(config: Config, store: Store, found: Sequence[Subscription], change: Move, now: datetime) -> int:
    """Put these into another state, and say of each what came of it; returns the exit code."""
    able = [one for one in found if one.state in change.out_of]
    until = change.until.isoformat() if change.until else None
    store.subscriptions.put([one.id for one in able], change.to, now, until=until, catch_up=change.catch_up)
    for one in found:
        if one in able:
            what = f"{change.said}{f' until {until}' if until else ''}{then(one, change)}"
            click.echo(f"{one.address}, {one.digest}: {what}")
        else:
            tell(f"{one.address}, {one.digest}", f"{THERE[one.state]} {day_of(one, config)}{remedy(one, change)}")
    if change.to != "active":
        tell_waiting(store, able, catch_up=change.catch_up)
    return 0 if able else 1


def then(one: Subscription, change: Move) -> str:
    """What becomes of what is missed, or was."""
    if change.catch_up:
        return "; what appears meanwhile comes in one mail then"
    return "; what it missed comes in one mail" if one.catch_up and change.to == "active" else ""


def remedy(one: Subscription, change: Move) -> str:
    """What to do instead, where the state itself was not what was wanted."""
    return "" if change.to == one.state else REMEDIES.get(one.state, "")


def tell_waiting(store: Store, moved: Iterable[Subscription], *, catch_up: bool = False) -> None:
    """That what is queued for them does not go out, or not by itself."""
    waiting = sum(mail.state == "queued" for mail in store.outbox.to(one.id for one in moved))
    if waiting:
        then = "its papers come in that one mail, too" if catch_up else "it is cancelled, and not sent any more"
        click.echo(f"{counted(waiting, 'mail')} to it {'has' if waiting == 1 else 'have'} not left: {then}")


def tell_listed(config: Config, address: str, digest: str | None = None) -> None:
    """That config.toml lists the address, where it does."""
    names = [rules.name for rules in config.rules() if digest in (None, rules.name)]
    listing = [f'"{name}"' for name in names if address.lower() in map(str.lower, config.recipients(name))]
    if listing:
        click.echo(f"config.toml lists it under {', '.join(listing)}, which has no effect any more: take it out")


def day_to_come(today: date, word: str) -> date:
    """A day after today, or a sentence that says what is wrong with it."""
    try:
        found = date.fromisoformat(word)
    except ValueError as fault:
        raise ValueError(f'"{word[:SHOWN]}" is not a day such as 2026-12-24') from fault
    if not today < found <= LAST_DAY:
        raise ValueError(f"{found} is not a day to come")
    return found


LAST_DAY = date(2999, 12, 31)


# --- for ever ---------------------------------------------------------------------------------------------------


def remove(config: Config, store: Store, address: str, now: datetime, *, yes: bool) -> int:
    """Delete an address for ever, once somebody said yes to it; returns the exit code."""
    found = who(store, address)
    if not (yes or agreed(found)):
        click.echo("Nothing was deleted.")
        return 0
    store.subscriptions.delete(address, now)
    click.echo(f"{found[0].address}: deleted; a keyed hash of it stays, so that it is not written to again")
    tell_waiting(store, found)
    tell_listed(config, address)
    return 0


def agreed(found: Sequence[Subscription]) -> bool:
    """Whether the one at the terminal agrees; where nobody is, a usage error."""
    if not sys.stdin.isatty():
        raise click.UsageError("this deletes for ever, and nobody is here to be asked: --yes says that you mean it")
    digests = ", ".join(one.digest for one in found)
    return click.confirm(f"Delete {found[0].address} ({digests}) for ever, and never write to it again?")
