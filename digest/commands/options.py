"""Options that several commands take, and the clock that one of them sets."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

import click

from digest.errors import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.config import Config

Given = TypeVar("Given")
Value = TypeVar("Value")
__all__ = ["as_of_option", "clock", "json_option", "log_option", "moment", "usable"]


def moment(value: str) -> datetime:
    """An ISO 8601 time as a datetime, naive when it names no offset; a day alone is its noon."""
    try:
        found = read_time(value)
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is not a time such as 2026-11-20 or 2026-11-20T07:00+01:00") from error
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise click.BadParameter(f"{value!r} is not a day of papers on the web")
    return found


def read_time(value: str) -> datetime:
    with suppress(ValueError):
        return datetime.combine(date.fromisoformat(value), NOON)
    return datetime.fromisoformat(value)


NOON = time(12)
FIRST_YEAR, LAST_YEAR = 1990, 2999  # far from the ends of the calendar, where sums of days fail
as_of_option = click.option(
    "--as-of",
    type=moment,
    metavar="TIME",
    help="Set the clock, to replay past days: 2026-11-20, 2026-11-20T07:00+01:00. Mails then go to the Maildir only.",
)
log_option = click.option(
    "--log",
    "form",
    type=click.Choice(("text", "json", "text:debug", "json:debug")),
    envvar="DIGEST_LOG",
    help='Write what happens to stderr, as lines for people or for programs; with ":debug", all of it. Also $DIGEST_LOG.',
)
json_option = click.option("--json", "machine", is_flag=True, help="Print JSON for other programs.")


def usable(rule: Callable[[Given], Value], value: Given, where: str) -> Value:
    """What a rule makes of a value; where it does not let it pass, a usage error with the rule's sentence."""
    try:
        return rule(value)
    except ValueError as fault:
        raise click.BadParameter(one_line(str(fault)), param_hint=f"'{where}'") from fault


def clock(as_of: datetime | None = None, config: Config | None = None) -> datetime:
    """The moment of this run: the one that was asked for, else the machine's.

    One without an offset is meant in the configured time zone, since days are counted there.
    """
    if as_of is None:
        return datetime.now(UTC)
    zone = ZoneInfo(config.site().time_zone) if config else UTC
    return (as_of if as_of.tzinfo else as_of.replace(tzinfo=zone)).astimezone(UTC)
