"""The command `digest daemon`: started once, it looks, publishes and sends by itself until it is asked to stop."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NoReturn

import click

from digest.commands.common import configured, located
from digest.commands.inforce import InForce
from digest.commands.logs import fitting, logs
from digest.commands.options import log_option
from digest.commands.wiring import wired
from digest.errors import DigestError, StoreError
from digest.logs import WARNING, say
from digest.stopping import Stop
from digest.store import LONG, Store, run_lock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from digest.config import Config
    from digest.daemon import Daemon
    from digest.deliver.pace import Pace
    from digest.desk import Desk

__all__ = ["daemon"]


@click.command()
@log_option
@click.pass_context
def daemon(ctx: click.Context, form: str | None) -> None:
    """Do all that is due whenever it is due, until stopped: look, publish, send, build.

    Only one may work on a database: a second one, or a run, ends with exit code 75 at once. Other commands go on working
    beside it. What happens is logged on stderr: as lines on a terminal, as JSON elsewhere. SIGTERM or Ctrl-C ends it; mails that may have been accepted may have their answer first, for a minute.
    """
    from digest.daemon import Daemon, systemd

    config, stop = configured(ctx), Stop()
    form = form or fitting(sys.stderr)
    inforce = InForce(config, located(ctx), tell, usable)
    with logs(form, sys.stderr, config.zone), run_lock(config.database), stop.on_signals():
        office = Office(inforce, stop)
        with office.desk():
            pass  # so that what is wrong with it is told before it says that it is ready
        say("daemon.begun", f"the daemon lives, on {config.database}")
        try:
            lives = Daemon(office.desk, stop, tell, notify=systemd(os.environ), plain=office.store)
            with served(inforce, lives):
                lives.live()
        except KeyboardInterrupt:
            leave(130, "stopped at once; nothing is lost")
        leave(0, "stopped")


@contextmanager
def served(inforce: InForce, lives: Daemon) -> Iterator[None]:
    """Serve the pages too, where config.toml has a [web] table when it begins; where that fails, the rest goes on."""
    if inforce.config.settings.web is None:
        yield
        return
    from digest.commands.serve import Window, opened_to_all

    with ExitStack() as stack:
        try:
            window = Window(inforce, lambda: lives.asked_for())  # noqa: PLW0108 - what that is its alarm sets later
            stack.enter_context(opened_to_all(window, inforce.config))
        except DigestError as fault:
            tell(f"{fault}; the rest goes on without the web")
        yield


def leave(code: int, line: str) -> NoReturn:
    """End the process now, with the run lock held to its end, so that nobody begins beside what is still under way.

    A look that is under way may be cut off; its thread would be waited for.
    """
    say("daemon.ended", line)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def tell(line: str) -> None:
    """What is wrong, or was put: a record, as the daemon's log has it."""
    say("daemon.told", line, level=WARNING)


@dataclass
class Office:
    """Opens the database and wires a desk, by the configuration that is in force.

    Once it was opened it is never made anew: an empty one would have everything announced a second time.
    """

    inforce: InForce
    stop: Stop
    known: bool = False
    wired: Config | None = None
    pace: Pace | None = None

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        """A desk for the thread that asks, on a connection of its own; all keep one pace, that of the same settings."""
        config = self.inforce.now()
        self._still_there(config.database)
        with Store(config.database, LONG) as store:
            self.known = True
            desk = wired(config, store)
            if self.pace is None or self.wired is not config:
                self.pace, self.wired = desk.pace, config
            yield replace(desk, stop=self.stop, pace=self.pace)

    def store(self) -> Store:
        """The database alone."""
        database = self.inforce.config.database
        self._still_there(database)
        return Store(database)

    def _still_there(self, database: Path) -> None:
        if self.known and not database.exists():
            remedy = (
                "put it back; or restart the daemon, which then begins anew, and announces all that is listed again"
            )
            raise StoreError(str(database), "is gone, though the daemon has worked on it", remedy)


def usable(new: Config) -> None:
    """Raises `DigestError` where no desk can be wired by it, or the database is gone."""
    if not new.database.exists():
        raise StoreError(str(new.database), "is gone", "put it back")
    with Store(new.database) as store:
        wired(new, store)
