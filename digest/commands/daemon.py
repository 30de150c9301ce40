"""The command `digest daemon`: started once, it looks, publishes and sends by itself until it is asked to stop."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, NoReturn

import click

from digest import config as configuration
from digest.commands.common import configured
from digest.commands.logs import fitting, logs
from digest.commands.options import log_option
from digest.commands.wiring import wired
from digest.errors import DigestError
from digest.logs import WARNING, say
from digest.stopping import Stop
from digest.store import LONG, Store, run_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from digest.config import Config
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
    path = configuration.find(ctx.find_root().obj, os.environ, Path.cwd())
    with logs(form, sys.stderr, config.zone), run_lock(config.database), stop.on_signals():
        office = Office(config, path, stop, tell)
        with office.desk():
            pass  # so that what is wrong with it is told before it says that it is ready
        say("daemon.begun", f"the daemon lives, on {config.database}")
        try:
            Daemon(office.desk, stop, tell, notify=systemd(os.environ), plain=office.store).live()
        except KeyboardInterrupt:
            leave(130, "stopped at once; nothing is lost")
        leave(0, "stopped")


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

    A file that changed is read again; one that is faulty is told, once for each change, and the one before stays.
    """

    config: Config
    path: Path | None
    stop: Stop
    tell: Callable[[str], None]
    pace: Pace | None = None
    seen: object = field(init=False)
    reading: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.seen = version(self.path)

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        """A desk for the thread that asks, on a connection of its own; all keep one pace."""
        with self.reading:
            self._look_again()
            config = self.config
        with Store(config.database, LONG) as store:
            desk = wired(config, store)
            self.pace = self.pace or desk.pace
            yield replace(desk, stop=self.stop, pace=self.pace)

    def store(self) -> Store:
        """The database alone."""
        return Store(self.config.database)

    def _look_again(self) -> None:
        now = version(self.path)
        if now == self.seen:
            return
        self.seen = now
        try:
            new = self._tried(configuration.load(self.path))
        except DigestError as fault:
            self.tell(f"{fault}; the settings from before stay in force")
        else:
            self.config, self.pace = new, None
            self.tell(f"{self.path} has changed, and counts from now on")

    def _tried(self, new: Config) -> Config:
        """The same, if a desk can be wired by it; raises `DigestError` where not, or where it needs a restart."""
        if new.database != self.config.database:
            raise DigestError(str(self.path), "names another `database`", "restart the daemon")
        with Store(new.database) as store:
            wired(new, store)
        return new


def version(path: Path | None) -> object:
    """Something that is another thing when the file has changed; None where there is none."""
    try:
        found = path.stat() if path else None
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino) if found else None
