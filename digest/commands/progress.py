"""How far the sending of many mails got, and when it will be done: on a terminal only, and never for a few."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress, TaskID

    Watch = Callable[[int, int], None]

__all__ = ["watching"]

FEW = 50  # mails that are sent before anybody would look


@contextmanager
def watching(*, alone: bool = True) -> Iterator[Watch]:
    """In here, what it gives may be told how many of how many mails have their answer.

    Nothing is shown unless it is `alone` on the terminal: lines would tear the bar.
    """
    with ExitStack() as ends:
        yield Bar(ends) if alone and sys.stderr.isatty() else nothing


def nothing(done: int, due: int) -> None:
    """Where nobody looks."""


class Bar:
    """A bar with the time of day at which it will be full, by its own speed so far."""

    def __init__(self, ends: ExitStack) -> None:
        self._ends = ends
        self._shown: tuple[Progress, TaskID] | None = None
        self._began = time.monotonic()

    def __call__(self, done: int, due: int) -> None:
        """So many of so many."""
        if due < FEW:
            return
        progress, task = self._shown = self._shown or self._started(due)
        progress.update(task, completed=done, done_at=finish(done, due, time.monotonic() - self._began))

    def _started(self, due: int) -> tuple[Progress, TaskID]:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = (TextColumn("sending"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[done_at]}"))
        progress = self._ends.enter_context(Progress(*columns, console=Console(stderr=True), transient=True))
        return progress, progress.add_task("", total=due, done_at="")


def finish(done: int, due: int, seconds: float) -> str:
    """`done at 07:42`; nothing while nobody can say."""
    if not done:
        return ""
    return f"done at {datetime.now().astimezone() + timedelta(seconds=seconds / done * (due - done)):%H:%M}"
