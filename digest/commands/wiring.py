"""The parts of a run, put together from the configuration: the only place that knows which ones they are."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from digest.build import Builder
from digest.deliver.maildir import Maildir
from digest.ingest import Feeding
from digest.output import Output
from digest.pipeline import Desk
from digest.render.templates import Templates
from digest.sources.folder import Folder
from digest.topics.rules import Classifier

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.config import Config
    from digest.models import Match, Paper, Topic
    from digest.store import Store

__all__ = ["classifying", "wired"]


def wired(config: Config, store: Store) -> Desk:
    """Everything that a run works with. Reads templates and topics; touches nothing else."""
    site, topics = config.site(), config.topics()
    templates = Templates(config.template_folder)
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
        channel=Maildir(config.maildir),
        builder=Builder(store, Output(config.public), site=site, topics=topics, templates=templates),
    )


def classifying(topics: tuple[Topic, ...], never: tuple[str, ...]) -> Callable[[Paper], tuple[Match, ...]]:
    """The classifier of these topics, made when the first paper asks: a quiet run has none, and it costs 20 ms."""
    made = cache(lambda: Classifier(topics, never))
    return lambda paper: made().classify(paper)


def feedings(config: Config) -> tuple[Feeding, ...]:
    """The sources of the configuration, each under its name."""
    return tuple(
        Feeding(s.name, Folder(s.path, max_bytes=s.max_dump_bytes, archive=s.after == "archive"), parser=s.parser)
        for s in config.sources
    )
