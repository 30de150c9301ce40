"""The command `digest serve`: the pages on the web, with what needs a program."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import TYPE_CHECKING

import click

from digest.commands.common import configured, located
from digest.commands.inforce import InForce
from digest.commands.logs import fitting, logs
from digest.commands.options import log_option
from digest.commands.state import looked
from digest.commands.wiring import classifying, templates_of
from digest.config.settings import WebSettings
from digest.logs import WARNING, say
from digest.stopping import Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from digest.config import Config
    from digest.web.reception import Reception
    from digest.web.serving import Place

__all__ = ["Window", "opened_to_all", "serve"]


def nothing() -> None:
    """Where nobody waits to be woken."""


@click.command(epilog="Example: digest serve")
@click.option("--port", type=click.IntRange(1, 65535), metavar="N", help="Listen there instead of the port of [web].")
@log_option
@click.pass_context
def serve(ctx: click.Context, port: int | None, form: str | None) -> int:
    """Serve the pages that "digest build" writes, with search, and subscriptions where [web] says so; until stopped.

    A daemon does this itself where config.toml has a [web] table. Never needs the run lock: it goes on beside run and daemon.
    """
    config, stop = configured(ctx), Stop()
    window, ended = Window(InForce(config, located(ctx), tell)), Event()
    with logs(form or fitting(sys.stderr), sys.stderr, config.zone), stop.on_signals(), stop.listening(ended.set):
        with opened_to_all(window, config, port):
            while not ended.wait(1):
                pass
        say("web.ended", "stopped")
    return 0


@contextmanager
def opened_to_all(window: Window, config: Config, port: int | None = None) -> Iterator[None]:
    """Serve the site, and where [web] names a port for them the owner's pages; raises `DigestError` where one can't be."""
    from digest.web.admin import admin
    from digest.web.application import application
    from digest.web.serving import Place, serving

    own = (config.settings.web or WebSettings()).admin
    with ExitStack() as stack:
        place = place_of(config, port)
        stack.enter_context(serving(application(window.reception), place))
        say("web.begun", f"served at {place}")
        if own:
            desk = Place("127.0.0.1", own)
            stack.enter_context(serving(admin(window.reception), desk))
            say("web.begun", f"the owner's pages are at {desk}admin")
        yield


def tell(line: str) -> None:
    say("web.told", line, level=WARNING)


def place_of(config: Config, port: int | None = None) -> Place:
    """Where it listens: what was asked for, else what [web] says."""
    from digest.web.serving import Place

    listen = (config.settings.web or WebSettings()).listen
    if port:
        return Place("127.0.0.1", port)
    if listen.startswith("unix:"):
        return Place(socket=config.folder / listen.removeprefix("unix:"))
    host, _, number = listen.rpartition(":")
    return Place(host.strip("[]"), int(number))


@dataclass
class Window:
    """Gives what answers work with, by the configuration that is in force."""

    inforce: InForce
    owed: Callable[[], None] = nothing
    made_for: Config | None = None
    made: Reception | None = None

    def reception(self) -> Reception:
        """The same as long as nothing has changed."""
        config = self.inforce.now()
        if self.made is None or self.made_for is not config:
            self.made, self.made_for = self._made(config), config
        return self.made

    def _made(self, config: Config) -> Reception:
        from digest.web.limits import Limits
        from digest.web.reception import Reception, Stores

        return Reception(
            site=config.site(),
            digests=config.rules(),
            topics=config.topics(),
            classify=classifying(config.topics(), config.never()),
            templates=templates_of(config),
            public=config.public,
            stores=self.made.stores if self.made else Stores(config.database),
            sources=tuple(source.name for source in config.sources),
            looked=partial(looked, config),
            owed=self.owed,
            limits=self.made.limits if self.made else Limits(),
        )
