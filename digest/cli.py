"""The command `digest`: which command lives where, and how a fault becomes one line and an exit code.

Exit codes: 0 done (a quiet day too), 1 failed in part or whole, 2 usage, 75 try again, 78 configuration.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from digest import __version__
from digest.errors import FAILED, DigestError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

# name → module and the line that `digest --help` shows; listed so that help imports none of them
COMMANDS = {
    "init": ("setup", "Make a folder for a digest of your own."),
    "demo": ("demo", "Try it with the sample days; nothing is sent."),
    "run": ("work", "Read what is new, publish, deliver, build: all that is due, once."),
    "daemon": ("daemon", "Do all that is due whenever it is due, until stopped."),
    "serve": ("serve", "Serve the pages, with search, and subscriptions where they are on."),
    "install": ("install", "Write a unit for systemd, enable it and start it."),
    "ingest": ("work", "Take dumps in; publish nothing."),
    "preview": ("preview", "Show the next edition; record nothing."),
    "build": ("work", "Bring feeds and pages up to date."),
    "requeue": ("work", "Parse kept dumps again, after a fix."),
    "parse": ("look", "Show what is read in one dump; store nothing."),
    "papers": ("look", "List the papers that are known."),
    "search": ("searching", "Find papers by their words."),
    "explain": ("look", "Say why a text gets its topics."),
    "topics": ("look", "List the topics, or one with its terms."),
    "editions": ("state", "List the editions."),
    "outbox": ("outbox", "List what is owed to whom; retry, cancel or release it."),
    "bounces": ("bounces", "Read mails that came back; suspend addresses, let readers go."),
    "doctor": ("doctor", "Look at all that a digest stands on, and say what to do; try the mail server."),
    "backup": ("backup", "Copy the database to a file, checked, while anything else goes on."),
    "restore": ("backup", "Put a backup in the place of the database."),
    "sources": ("sources", "List the sources and how each fares; add, import or export some."),
    "subscriptions": ("subscriptions", "List who gets what; add, change, import, export or delete some."),
    "log": ("ledger", "List the runs: when, how long, and what each came to."),
    "status": ("state", "Say whether all is well, and what to do if not."),
}


class Commands(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which a newcomer meets them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, with its module imported."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"digest.commands.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the nearest name when there is no such command."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            near = nearest(args[0])
            ctx.fail(f"no command {args[0]!r}." + (f" Did you mean {near!r}?" if near else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table of commands, without importing any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


def nearest(name: str) -> str | None:
    """What was meant by a command that does not exist."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a typing error needs it

    words = {**dict.fromkeys(COMMANDS), "help": "--help", "version": "--version"}
    near = get_close_matches(name, words, n=1)
    return (words[near[0]] or near[0]) if near else None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-c", "--config", type=click.Path(path_type=Path), help="config.toml to use; else $DIGEST_CONFIG, ./config.toml, "
    "~/.config/paperround/config.toml."
)  # fmt: skip
@click.version_option(__version__, prog_name="digest", message="%(prog)s (Paperround) %(version)s")
@click.pass_context
def cli(ctx: click.Context, config: Path | None) -> None:
    """Paperround: the papers that are new since the last listing, by topic, each of them once.

    Start with "digest demo" to see it, or "digest init FOLDER" for a digest of your own.
    """
    ctx.obj = config


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and leave the process with its exit code; a traceback never reaches a user."""
    speakable()
    try:
        code = cli.main(arguments, prog_name="digest", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        code = tell("stopped; run it again to go on: nothing is lost", 130)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except DigestError as error:
        code = tell(str(error), error.exit_code)
    except BrokenPipeError:
        give_up_output()
        code = 0
    except OSError as error:
        give_up_output()
        code = tell(f"{error.filename or 'the system'}: {error.strerror or error}{help_for(error)}", FAILED)
    except Exception as error:
        if os.environ.get("DIGEST_TRACEBACK"):
            raise
        code = tell(f"{type(error).__name__}: {error} ({OURS})", FAILED)
    sys.exit(code or 0)


OURS = "a mistake of ours: please report what DIGEST_TRACEBACK=1 adds; nothing that was stored is lost"


def give_up_output() -> None:
    """What could not be written to stdout is gone: else Python tries once more when it ends, and complains."""
    with contextlib.suppress(OSError, ValueError):  # a stream of a test has no file
        sys.stdout.flush()
        return
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def speakable() -> None:
    """What the terminal's encoding does not have is escaped, instead of ending the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def tell(line: str, code: int) -> int:
    """One line on stderr; returns the exit code."""
    click.echo(f"digest: {line}", err=True)
    return code


def help_for(error: OSError) -> str:
    return " (free some space and run again: nothing is lost)" if error.errno == errno.ENOSPC else ""
