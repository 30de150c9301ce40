"""The parts of a run, put together from the configuration: the only place that knows which ones they are."""

from __future__ import annotations

import os
from functools import cache, partial
from pkgutil import resolve_name
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from digest.build import Builder
from digest.commands.sources import conditions
from digest.config.mail import PORTS, secret
from digest.config.settings import NOBODY
from digest.deliver.maildir import Maildir
from digest.deliver.pace import Pace
from digest.desk import Desk
from digest.errors import ConfigError, DigestError
from digest.ingest import Feeding
from digest.output import Output
from digest.render.templates import Templates
from digest.sources.feed import Feed
from digest.sources.folder import Folder
from digest.sources.huggingface import ADDRESS, HuggingFace
from digest.sources.ping import Ping
from digest.sources.web import Policy, Web
from digest.topics.rules import classifier

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from digest.config import Config
    from digest.config.settings import SourceSettings
    from digest.deliver import Channel
    from digest.models import Match, Paper, Topic
    from digest.sources import Source
    from digest.store import Store

__all__ = ["classifying", "wired"]


def wired(config: Config, store: Store, *, replay: bool = False) -> Desk:
    """Everything that a run works with. Reads templates and topics; touches nothing else.

    `replay`: the clock is set to another time, and no mail may leave this machine; what is wrong then is told nobody.
    """
    site, topics = config.site(), config.topics()
    templates = templates_of(config)
    return Desk(
        store=store,
        sources=feedings(config),
        digests=config.rules(),
        to={rules.name: config.recipients(rules.name) for rules in config.rules()},
        backfills=frozenset(config.backfills()),
        topics=topics,
        classify=classifying(topics, config.never()),
        site=site,
        zone=ZoneInfo(site.time_zone),
        templates=templates,
        channels=channels(config, replay=replay),
        way=config.settings.mail.way,
        replay=replay,
        bounces=config.settings.mail.bounces,
        pace=Pace(config.settings.mail.per_minute, config.settings.mail.per_minute_per_domain),
        keep_dumps=config.dumps_kept,
        hold=config.settings.mail.on_doubt == "hold",
        fares=partial(conditions, config.sources) if not replay and told(config) else None,
        ping=Ping(config.settings.ping) if config.settings.ping and not replay else None,
        builder=Builder(store, Output(config.public), site=site, topics=topics, templates=templates),
    )


def told(config: Config) -> bool:
    """Whether there is somebody to tell of what is wrong, and nobody said no. A mail server knows no nobody."""
    nowhere = config.settings.mail.host is not None and config.site().owner == NOBODY
    return config.settings.alerts and not nowhere


def templates_of(config: Config) -> Templates:
    """Those in force. A folder of one's own is looked at anew for each desk: a file may have come into it."""
    return Templates(config.template_folder) if config.template_folder else built_in()


@cache
def built_in() -> Templates:
    """The shipped ones, compiled once for all desks of this process: that takes longer than the rest of a small run."""
    return Templates()


def channels(config: Config, *, replay: bool = False) -> tuple[Channel, ...]:
    """A channel for each connection: to the mail server that is configured, else one Maildir, as in a replay.

    Raises `ConfigError` for a login without a password, before anything is read.
    """
    mail = config.settings.mail
    if mail.host is None or replay:
        return (Maildir(config.maildir),)
    from digest.deliver.smtp import Relay, Smtp

    relay = Relay(
        mail.host,
        mail.port or PORTS[mail.security],
        mail.security,
        user=mail.user or "",
        secret=secret(mail, config.folder, os.environ),
        mechanism="xoauth2" if mail.token_command else "password",
    )
    return tuple(Smtp(relay, mail.from_address) for _ in range(mail.connections))


def classifying(topics: tuple[Topic, ...], never: tuple[str, ...]) -> Callable[[Paper], tuple[Match, ...]]:
    """The classifier of these topics, made when the first paper asks: a quiet run has none, and it costs 20 ms."""
    made = cache(lambda: classifier(topics, never))  # the terms are compared once, not for each paper
    return lambda paper: made().classify(paper)


def feedings(config: Config) -> tuple[Feeding, ...]:
    """The sources of the configuration, each under its name; raises `ConfigError` for a parser that is none."""
    for source in config.sources:
        check_parser(source)
    webs = {private: Web(Policy(config.contact, allow_private=private)) for private in (False, True)}
    return tuple(
        Feeding(one.name, source_of(one, webs[one.allow_private]), one.parser, one.announces_first, every=one.interval)
        for one in config.sources
    )


def source_of(one: SourceSettings, web: Web) -> Source:
    """One source; a kind from outside is called with its settings and what it may fetch with."""
    if one.kind in KINDS:
        return KINDS[one.kind](one, web)
    try:
        made: Source = resolve_name(one.kind)(one, web)
    except Exception as fault:  # it may fail in any way, and that is its owner's to mend
        what = f'kind "{one.kind}" can\'t be used: {type(fault).__name__}: {fault}'
        raise DigestError(
            f"source {one.name}", what, "name a function of the settings that answers a source"
        ) from fault
    return made


def folder(one: SourceSettings, _: Web) -> Source:
    return Folder(one.path, max_bytes=one.max_dump_bytes, archive=one.after == "archive")


def feed(one: SourceSettings, web: Web) -> Source:
    return Feed(one.addresses, web)


def huggingface(one: SourceSettings, web: Web) -> Source:
    return HuggingFace(web, one.url or ADDRESS, whole=one.announces_first == "all")


KINDS: Mapping[str, Callable[[SourceSettings, Web], Source]] = {
    "folder": folder,
    "feed": feed,
    "huggingface": huggingface,
}


def check_parser(source: SourceSettings) -> None:
    """Import a parser from outside before anything is read, and raise `ConfigError` where that fails."""
    if source.parser and ":" in source.parser:
        place = f"[[source]] {source.name}, parser"
        try:
            found = resolve_name(source.parser)
        except Exception as error:
            what = f'"{source.parser}" can\'t be used: {type(error).__name__}: {error}'
            raise ConfigError("config.toml", (f"{place}: {what}",)) from error
        if not callable(found):
            raise ConfigError("config.toml", (f'{place}: "{source.parser}" can\'t be called',))
