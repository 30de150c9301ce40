"""Feeds into config.toml, by address or from a list, and out of it as a list."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from digest import config as configuration
from digest.commands.answers import table, tell_faults
from digest.commands.options import usable
from digest.config.editing import free_name, replace_text, with_sources
from digest.config.rules import alike, page_address, slug, without_fragment
from digest.config.sources import OF_NAMED_FILES
from digest.errors import ASKED_AGAIN, DigestError, FetchError, Gone, OutputError, TryLater, one_line
from digest.models import NAMED_FILES
from digest.render.words import counted
from digest.sources.discovery import Feed, at_address
from digest.sources.opml import Outline, read_opml, written_opml
from digest.sources.web import Policy, Web, shown
from digest.store import Store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from digest.config import Config
    from digest.models import First
    from digest.sources.discovery import Named

__all__ = ["Wish", "add_feed", "export_feeds", "import_feeds"]


@dataclass(frozen=True, slots=True)
class Wish:
    """A source that somebody wants: its address or a page's, and what else it is to be."""

    url: str
    name: str | None = None
    first: First | None = None
    allow_private: bool = False

    def table(self, name: str, url: str) -> dict[str, str | bool]:
        """What of it is written down; defaults are not, nor that a host may be private that nobody named."""
        own: dict[str, str | bool] = {"first": self.first} if self.first else {}
        private: dict[str, str | bool] = {"allow_private": True} if self.allow_private and self.at_home(url) else {}
        return {"name": name, "kind": "feed", "url": url} | own | private

    def at_home(self, url: str) -> bool:
        """Whether an address is on the host that was named: a page may not lead into a private network."""
        return urlsplit(url).hostname == urlsplit(self.url).hostname


# --- by address -------------------------------------------------------------------------------------------------


def add_feed(config: Config, file: Path, wish: Wish, now: datetime) -> None:
    """Fetch what is there, and write the feed that it is or names into config.toml."""
    url = usable(without_fragment, wish.url, "URL")
    if wish.name is not None:
        usable(slug, wish.name, "--name")
        refuse_name(config, wish.name)
    refuse_known(config, url)
    try:
        feed, asked = fetched(config, wish, url, now)
    except FetchError as fault:
        raise once(fault) from fault
    refuse_known(config, feed.url)
    name = wish.name or free_name(feed.title or urlsplit(feed.url).hostname or "", names(config))
    write(config, file, [wish.table(name, feed.url)])
    found = f", at {asked}, which the page names" if asked != url else ""
    moved = f", from where it has moved to for good: {feed.url}" if feed.url != asked else ""
    title, papers = feed.title or feed.url, counted(feed.papers, "paper")
    click.echo(one_line(f'{name}: "{title}", which lists {papers} now{found}{moved}'))
    click.echo(f'It stands in {file}; "digest run" reads it.')


def fetched(config: Config, wish: Wish, url: str, now: datetime) -> tuple[Feed, str]:
    """The feed at an address, or the one that its page names, with the address where it was asked for.

    Where a page names several, it is the one that is chosen.
    """
    private = Web(Policy(config.contact, allow_private=wish.allow_private))
    found = at_address(private, url, now)
    if isinstance(found, Feed):
        return found, url
    named = possible(found, url)
    chosen = named[0] if len(named) == 1 else choice(named, url)
    refuse_known(config, chosen.url)
    feed = at_address(private if wish.at_home(chosen.url) else Web(Policy(config.contact)), chosen.url, now)
    if not isinstance(feed, Feed):
        raise FetchError(url, f"names {chosen.url}, which is no feed", "look on it for another one")
    return (feed if feed.title else Feed(feed.url, chosen.title, feed.papers)), chosen.url


def once(fault: FetchError) -> FetchError:
    """The same fault, told to somebody who asks once: what would be asked again by itself is not, for it is no source."""
    if isinstance(fault, TryLater):
        return TryLater(fault.subject, fault.what, fault.not_before, remedy="try again")
    if isinstance(fault, Gone):
        return FetchError(fault.subject, fault.what, "its server says that it will not come back: give another address")
    if fault.remedy.endswith(ASKED_AGAIN):
        return FetchError(fault.subject, fault.what, "try again later")
    return fault


def possible(found: Sequence[Named], url: str) -> Sequence[Named]:
    """Those of the feeds that a page names whose addresses can stand in config.toml."""
    named = [one for one in found if is_possible(one.url)]
    if not named:
        raise FetchError(url, f"names {shown(found[0].url)}, which can't be asked for", "look on it for another one")
    return named


def is_possible(url: str) -> bool:
    try:
        return page_address(url) == url
    except ValueError:
        return False


def choice(found: Sequence[Named], url: str) -> Named:
    """The one that is meant, by its number; where nobody can be asked, they are listed."""
    table(("no.", "feed", "address"), ((no, one_line(f.title), one_line(f.url)) for no, f in enumerate(found, 1)))
    if not sys.stdin.isatty():
        raise FetchError(url, f"names {len(found)} feeds", 'add one of them: digest sources add "ADDRESS"')
    number: int = click.prompt("Which one?", type=click.IntRange(1, len(found)))
    return found[number - 1]


def refuse_name(config: Config, name: str) -> None:
    """One name is one source, for ever: another one would inherit what is remembered of it."""
    if name in {source.name for source in config.sources}:
        raise DigestError(f"source {name}", "is there already", "choose another --name")
    if name == NAMED_FILES:
        raise DigestError(f"source {name}", OF_NAMED_FILES, "choose another --name")
    if name in names(config):
        what = "was there before, and what is remembered of it would count for this one"
        raise DigestError(f"source {name}", what, "choose another --name")


def refuse_known(config: Config, url: str) -> None:
    """One address in two sources would be fetched twice."""
    for source in config.sources:
        if alike(url) in map(alike, source.addresses):
            raise DigestError(
                url, f'is there already: it is a part of the source "{source.name}"', "nothing was changed"
            )


def names(config: Config) -> set[str]:
    """The names of all sources; those of old too, or the new one would inherit what is remembered of them."""
    known = {NAMED_FILES, *(source.name for source in config.sources)}
    if config.database.exists():
        with Store(config.database) as store:
            known |= store.sources.histories().keys()
    return known


def write(config: Config, file: Path, tables: Sequence[dict[str, str | bool]]) -> None:
    """Add sources to config.toml, once it is certain that what comes out can be read."""
    before = read(file).decode()
    after = with_sources(before, tables, str(file))
    configuration.parse(after.removeprefix("\ufeff"), config.folder, subject=str(file))
    replace_text(file, before, after)


def read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise DigestError(str(file), f"can't be read: {error.strerror}", "nothing was changed") from error


# --- as a list --------------------------------------------------------------------------------------------------


def import_feeds(config: Config, file: Path, opml: Path) -> int:
    """Add the feeds of a list; returns the exit code. Those whose addresses can't be used are told, and left out."""
    found = read_opml(read(opml), str(opml))
    if not found:
        raise DigestError(str(opml), "lists no feed", "name another file")
    taken, known = names(config), {alike(url) for source in config.sources for url in source.addresses}
    tables, faults = [], list[DigestError]()
    for one in found:
        try:
            url = without_fragment(one.url)
        except ValueError as fault:
            faults.append(DigestError(one.url[:200], str(fault), "it was left out"))
            continue
        if alike(url) not in known:
            name = free_name(one.title or urlsplit(url).hostname or "", taken)
            tables.append(Wish(url).table(name, url))
            known.add(alike(url))
            taken.add(name)
    if tables:
        write(config, file, tables)
    click.echo("".join(f"{one['name']}: {one['url']}\n" for one in tables), nl=False)
    there = len(found) - len(tables) - len(faults)
    click.echo(f"{counted(len(tables), 'source')} added; {there} {'was' if there == 1 else 'were'} there already")
    tell_faults(faults)
    return 1 if faults else 0


def export_feeds(config: Config, file: Path | None) -> None:
    """Write the feeds as OPML to a new file, or print them."""
    feeds = (source for source in config.sources if source.kind == "feed")
    text = written_opml(config.site().title, (Outline(one.name, url) for one in feeds for url in one.addresses))
    if file is None:
        click.echo(text, nl=False)
        return
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError as error:
        raise OutputError(str(file), "is there already", "name another file, or take it away") from error
    except OSError as error:
        raise OutputError(str(file), f"can't be written: {error.strerror}", "name another file") from error
