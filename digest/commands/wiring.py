"""The parts of a run, put together from the configuration: the only place that knows which ones they are."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from digest.build import Builder
from digest.deliver.maildir import Maildir
from digest.output import Output
from digest.pipeline import Desk, Feeding
from digest.render.templates import Templates
from digest.sources.folder import Folder
from digest.topics.rules import Classifier

if TYPE_CHECKING:
    from digest.config import Config
    from digest.store import Store

__all__ = ["wired"]


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
        classify=Classifier(topics, config.never()).classify,
        site=site,
        zone=ZoneInfo(site.time_zone),
        templates=templates,
        channel=Maildir(config.maildir),
        builder=Builder(store, Output(config.public), site=site, topics=topics, templates=templates),
    )


def feedings(config: Config) -> tuple[Feeding, ...]:
    """The sources of the configuration, each under its name."""
    return tuple(
        Feeding(s.name, Folder(s.path, max_bytes=s.max_dump_bytes, archive=s.after == "archive"), parser=s.parser)
        for s in config.sources
    )
