"""What the commands start from: the configuration, and the store that must exist already."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from digest import config as configuration
from digest.errors import Busy, ConfigError, StoreError

if TYPE_CHECKING:
    import click

    from digest.config import Config
    from digest.store import Store

__all__ = ["at_work", "configured", "existing", "located", "opened"]


def configured(ctx: click.Context, *, needed: bool = True) -> Config:
    """The configuration; where none is needed and there is none, the defaults in this folder."""
    return configuration.load(located(ctx) if needed else found(ctx))


def located(ctx: click.Context) -> Path:
    """Where the configuration stands."""
    path = found(ctx)
    if path is None:
        what = 'there is none here: "digest init ." makes one, "digest demo" shows what it does'
        raise ConfigError("config.toml", (what,))
    return path


def found(ctx: click.Context) -> Path | None:
    return configuration.find(ctx.find_root().obj, os.environ, Path.cwd())


def opened(config: Config) -> Store:
    """The store of this configuration, which must exist already: looking never creates one."""
    from digest.store import Store

    return Store(existing(config))


def existing(config: Config) -> Path:
    """Where the database is; raises `StoreError` when there is none yet."""
    if not config.database.exists():
        raise StoreError(str(config.database), "nothing was taken in yet", '"digest run" does it')
    return config.database


def at_work(database: Path) -> bool:
    """Whether the run that has not ended is still going on, or was killed."""
    from digest.store import run_lock

    try:
        with run_lock(database):
            return False
    except Busy:
        return True
