"""What a line of a list asks for: a subscription, or a sentence that names the field that can't be used."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Literal, ParamSpec, Self, TypeVar, cast, get_args

import click

from digest.commands.options import usable
from digest.commands.readers.changing import Choices, addressed
from digest.commands.readers.exporting import COLUMNS, bare
from digest.config.rules import header_line, nearest
from digest.errors import one_line
from digest.models import Joining, Origin, Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from digest.commands.readers.tabular import Row
    from digest.config import Config

Given = ParamSpec("Given")
Value = TypeVar("Value")
__all__ = ["NAMES", "Reading", "Wish"]

SHOWN = 60  # characters of a wrong word that are shown
NAMES = {**{name: name for name in COLUMNS}, "email": "address"}
EXPORTED = frozenset(("state", "since", "origin"))  # all of them: in a list from elsewhere a state may be Ohio
NOT_UNASKED = "who gets mail unasked calls it spam; say where and when they asked for it"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the words of the command say of every line."""

    name: str | None = None
    state: Literal["active", "pending"] | None = None
    consent: str | None = None
    suppress: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """How the lines of a list are read. One that was `exported` says of each line what it was: that counts."""

    choices: Choices
    wish: Wish
    exported: bool

    @classmethod
    def of(cls, config: Config, wish: Wish, columns: Collection[str]) -> Self:
        """For a list with these columns; a usage error where the words are wrong, or do not go with them."""
        choices = Choices.of(config)
        exported = EXPORTED.issubset(columns)
        if wish.suppress and (wish.name or wish.state or wish.consent):
            raise click.UsageError("--suppress stands alone: it deletes, in all digests")
        if exported and wish.state:
            raise click.UsageError("this list says the state of each line itself: leave --state out")
        if wish.state == "active" and not (wish.consent or "consent" in columns):
            raise click.UsageError(f"--state active needs --consent TEXT or a column consent: {NOT_UNASKED}")
        consent = usable(header_line, wish.consent, "--consent") if wish.consent is not None else None
        name = usable(choices.digest, wish.name, "--digest")
        return cls(choices, replace(wish, name=name, consent=consent), exported)

    @property
    def pending(self) -> bool:
        """Whether those that are added have to confirm."""
        return not self.exported and self.wish.state != "active"

    def joining(self, row: Row) -> Joining:
        """The subscription that a line asks for; raises ValueError with a sentence that names the field."""
        cells = {name: bare(value) for name, value in row.cells.items()}
        address = within("address", addressed, cells["address"])
        if self.wish.suppress:
            return Joining("", address)
        digest = within("digest", self.choices.digest, cells.get("digest") or self.wish.name)
        topics = within("topics", self.choices.chosen, digest, cells.get("topics", ""))
        consent = within("consent", header_line, cells["consent"]) if cells.get("consent") else self.wish.consent
        one = Joining(digest, address, self.wish.state or "pending", topics, consent)
        return restored(one, cells) if self.exported else agreed(one)


def agreed(one: Joining) -> Joining:
    """One that begins at once, where its reader asked for it; then nobody waits any more for them to confirm."""
    if one.state != "active":
        return one
    if not one.consent:
        raise ValueError("consent is empty, and --state active needs one")
    return replace(one, over=frozenset(("removed", "pending")))


def restored(one: Joining, cells: Mapping[str, str]) -> Joining:
    """One as it was when it was exported."""
    return replace(
        one,
        state=cast("Standing", within("state", one_of, cells["state"], get_args(Standing))),
        origin=cast("Origin", within("origin", one_of, cells["origin"], get_args(Origin))),
        since=within("since", moment, cells["since"]),
        until=within("until", day, cells["until"]) if cells.get("until") else None,
        reason=one_line(cells.get("reason", "")) or None,
    )


def within(name: str, rule: Callable[Given, Value], *words: Given.args, **more: Given.kwargs) -> Value:
    """What a rule makes of a field; its fault is said to be one of this field."""
    try:
        return rule(*words, **more)
    except ValueError as fault:
        raise ValueError(f"{name}: {fault}") from fault


def one_of(word: str, words: Sequence[str]) -> str:
    if word not in words:
        raise ValueError(f'"{word[:SHOWN]}" is none of {", ".join(words)}{nearest(word[:SHOWN], words)}')
    return word


FIRST_YEAR, LAST_YEAR = 1990, 2999  # far from the ends of the calendar, where no time zone can be reckoned with


def moment(word: str) -> datetime:
    try:
        found = datetime.fromisoformat(word)
        found = found.replace(year=found.year if FIRST_YEAR <= found.year <= LAST_YEAR else 0)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as fault:
        raise ValueError(f'"{word[:SHOWN]}" is not a time such as 2026-11-12T07:00:00+00:00') from fault


def day(word: str) -> date:
    try:
        return date.fromisoformat(word)
    except ValueError as fault:
        raise ValueError(f'"{word[:SHOWN]}" is not a day such as 2026-12-24') from fault
