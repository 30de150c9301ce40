"""The commands that change something: run, ingest, build; and requeue, which first tries on a copy."""

from __future__ import annotations

import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest import pipeline
from digest.commands.answers import as_json, dump_json, exit_code, run_json, tell_dumps, tell_faults, tell_run
from digest.commands.common import configured, opened
from digest.commands.itself import whole
from digest.commands.logs import logs
from digest.commands.options import as_of_option, clock, json_option, log_option
from digest.commands.progress import watching
from digest.commands.wiring import wired
from digest.errors import DigestError, one_line
from digest.ingest import Feeding
from digest.models import NAMED_FILES
from digest.parsers import parse
from digest.render.words import counted
from digest.sources.folder import Files
from digest.stopping import Stop
from digest.store import LONG, Rereading, Store, copied, run_lock
from digest.store.dumps import NOT_KEPT
from digest.telling import pinged

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from digest.config import Config
    from digest.desk import Desk

__all__ = ["build", "ingest", "requeue", "run"]


@click.command(
    epilog="\b\nEvery working day at seven, by cron, which wants the whole path of a program:\n"
    f"  0 7 * * 1-5 {whole()} -c ~/papers/config.toml run"
)
@click.option("--publish", is_flag=True, help="Every digest is due now, whatever its schedule says.")
@as_of_option
@log_option
@json_option
@click.pass_context
def run(ctx: click.Context, as_of: datetime | None, *, publish: bool, form: str | None, machine: bool) -> int:
    """Read what is new, publish, deliver, build: all that is due, once.

    A digest is due at its times, and one without a schedule whenever something is new. Safe to repeat at any time, also after a crash: nothing is lost, and
    nothing is announced twice.
    """
    config, stop = configured(ctx), Stop()
    with (
        logs(form, sys.stderr, config.zone),
        run_lock(config.database),
        Store(config.database, LONG) as store,
        stop.on_signals(),
        watching(alone=form is None) as watch,
    ):
        desk = replace(wired(config, store, replay=as_of is not None), all_due=publish, stop=stop, watch=watch)
        report = pipeline.run(desk, now := clock(as_of, config))
        unheard = pinged(store, desk.ping, report, now=now)
        empty = bool(config.places()) and not (report.errors or store.dumps.any())
    if machine:
        as_json(run_json(report))
    else:
        tell_run(report)
        if empty:
            click.echo(f"Nothing has come in yet: put a saved page into {' or '.join(config.places())}")
    tell_faults(unheard if form else (*report.errors, *unheard))
    return exit_code(report.dumps, report.errors)


@click.command(epilog="Example: digest ingest old/*.txt --baseline")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--baseline", is_flag=True, help="Their papers are known from now on, but are no news.")
@as_of_option
@log_option
@json_option
def ingest(files: tuple[Path, ...], *, baseline: bool, as_of: datetime | None, form: str | None, machine: bool) -> int:
    """Take dumps in: FILES, or what the sources have when none is named. Publishes nothing.

    The bytes are kept before anything is read in them, so that a better parser can read them again.
    """
    config = configured(click.get_current_context())
    now = clock(as_of, config)
    faults: list[DigestError] = []
    with logs(form, sys.stderr, config.zone), run_lock(config.database), Store(config.database) as store:
        desk = wired(config, store, replay=as_of is not None)
        pipeline.register(desk, now)
        named = (Feeding(NAMED_FILES, Files(files, config.max_dump_bytes)),) if files else desk.sources
        sources = [replace(feeding, baseline=baseline) for feeding in named]
        reports = pipeline.ingest(desk, sources, now, faults)
        store.search.refresh()
    if machine:
        as_json({"dumps": [dump_json(report) for report in reports]})
    else:
        tell_dumps(reports)
    tell_faults(() if form else faults)
    return exit_code(reports, faults)


@click.command()
@json_option
@click.pass_context
def build(ctx: click.Context, *, machine: bool) -> int:
    """Bring feeds and pages up to date with the database, writing only what changed."""
    config = configured(ctx)
    faults: list[DigestError] = []
    with run_lock(config.database), Store(config.database) as store:
        changed = pipeline.build(wired(config, store), faults)
    if machine:
        as_json({"changed": changed})
    else:
        written = f"{counted(len(changed), 'document')} written to {config.public}"
        click.echo(written if changed else "nothing has changed")
    tell_faults(faults)
    return exit_code((), faults)


# --- requeue ----------------------------------------------------------------------------------------------------


@click.command(epilog="Example: digest requeue 2026-11-20.txt")
@click.argument("dumps", nargs=-1)
@click.option(
    "--all", "mode", flag_value="all", help="All dumps; else those named, or the quarantined and suspect ones."
)
@click.option("--source", metavar="NAME", help="All dumps of this source.")
@click.option("--baseline", is_flag=True, help="Papers that are found anew are no news.")
@click.option("--dismiss", "mode", flag_value="dismiss", help="Read nothing; status names them no more.")
@click.option("--yes", is_flag=True, help="Apply without asking.")
def requeue(dumps: tuple[str, ...], *, mode: str | None, source: str | None, baseline: bool, yes: bool) -> int:
    """Parse kept DUMPS (file names, or the beginning of a SHA-256) again, after a parser was mended.

    Prints what would change first, from a trial on a copy: changed text becomes a revision, papers found anew are
    news, papers that were none are retracted from pages and feeds.

    With --dismiss a quarantined dump is given up, and a suspect one accepted as it was read. Their bytes stay.
    """
    config = configured(click.get_current_context())
    if source and (dumps or mode):
        raise click.UsageError("--source stands alone: without DUMPS, --all and --dismiss")
    if mode == "dismiss":
        return dismissed(config, dumps)
    with run_lock(config.database):
        with copied(config.database) as trial:
            chosen = of_source(trial, source) if source else choice(trial, dumps, every=mode == "all")
            changes = list(read_again(wired(config, trial), chosen, baseline=baseline))
        tell_changes(changes)
        if not any(changed(change) for _, change in changes):
            return 0
        if not (yes or agreed()):
            click.echo("Nothing was applied; --yes applies it.")
            return 0
        with Store(config.database) as store:
            list(read_again(wired(config, store), chosen, baseline=baseline))
            click.echo('Applied; "digest run" publishes what is new.')
    return 0


def dismissed(config: Config, dumps: Sequence[str]) -> int:
    """Take dumps off the list of those that were not read, and say what became of each."""
    with opened(config) as store:
        chosen = choice(store, dumps, every=False)
        for sha256 in chosen:
            before, after = store.dumps.report(sha256), store.dumps.dismiss(sha256)
            click.echo(
                one_line(f"{after.name}: {DISMISSED.get(before.verdict, 'was read: there is nothing to dismiss')}")
            )
    if not chosen:
        click.echo(NONE)
    return 0


NONE = "No dump is quarantined or suspect."
DISMISSED = {
    "quarantined": "dismissed; its bytes are kept",
    "suspect": "accepted as it was read",
    "dismissed": "was dismissed before",
}


def agreed() -> bool:
    """Whether the one at the terminal agrees; nobody there does not."""
    return sys.stdin.isatty() and click.confirm("Apply this?")


def choice(store: Store, words: Sequence[str], *, every: bool) -> list[str]:
    """SHA-256 of the dumps that are meant; raises a usage error for a word that means none."""
    if not words:
        wanted = () if every else ("quarantined", "suspect")
        return [report.sha256 for report in store.dumps.reports(wanted)]
    found = {word: store.dumps.find(word) for word in words}
    for word, dumps in found.items():
        if not dumps:
            raise click.UsageError(f"no dump {word!r}: give a file name, or eight characters or more of a SHA-256")
    return list(dict.fromkeys(sha256 for dumps in found.values() for sha256 in dumps))


def of_source(store: Store, source: str) -> list[str]:
    """SHA-256 of all dumps of a source; raises a usage error for one that never gave any."""
    found = list(store.dumps.of(source))
    if not found:
        known = ", ".join(record.source for record in store.runs.sources()) or "none yet"
        raise click.UsageError(f"no dump of a source {source!r}; there are those of: {known}")
    return found


def read_again(desk: Desk, dumps: Iterable[str], *, baseline: bool) -> Iterable[tuple[str, Rereading | DigestError]]:
    """Each dump's name, with what its new reading changed, or why it still can't be read."""
    for sha256 in dumps:
        try:
            dump = desk.store.dumps.load(sha256)
        except DigestError as fault:
            yield fault.subject, fault
            continue
        try:
            listing = parse(dump, desk.parser_of(dump.source))
            change = desk.store.reread(sha256, listing, now=clock(), baseline=baseline)
        except DigestError as fault:
            yield dump.name, fault
        else:
            yield dump.name, change


def changed(change: Rereading | DigestError) -> bool:
    return isinstance(change, Rereading) and any(asdict(change).values())


def tell_changes(changes: Sequence[tuple[str, Rereading | DigestError]]) -> None:
    """A line for each dump."""
    for name, change in changes:
        if isinstance(change, DigestError):
            still = "" if change.what == NOT_KEPT else "still not readable: "
            click.echo(one_line(f"{name}: {still}{change.what}"))
        else:
            click.echo(one_line(f"{name}: {change.new} new, {change.revised} revised, {change.vanished} retracted"))
    if not changes:
        click.echo(NONE)
