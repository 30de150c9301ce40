"""The command `digest preview`: the next edition, composed on a copy, so that nothing is recorded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest import pipeline
from digest.commands.answers import exit_code, tell_faults
from digest.commands.common import configured
from digest.commands.options import as_of_option, clock
from digest.commands.wiring import wired
from digest.edition import has_papers
from digest.letters import site_of
from digest.store import copied

if TYPE_CHECKING:
    from datetime import datetime

    from digest.desk import Desk
    from digest.errors import DigestError
    from digest.render.mail import MailBody

__all__ = ["preview"]


@click.command(epilog="Example: digest preview --open")
@click.option("--digest", "name", metavar="NAME", help="Which digest; the first one when it is not given.")
@click.option("--html", is_flag=True, help="Print the HTML instead of the text.")
@click.option("--open", "show", is_flag=True, help="Show the HTML in a browser.")
@as_of_option
@click.pass_context
def preview(ctx: click.Context, name: str | None, *, html: bool, show: bool, as_of: datetime | None) -> int:
    """Show the next edition, with what the sources have now, and record nothing."""
    config = configured(ctx)
    now = clock(as_of, config)
    faults: list[DigestError] = []
    with copied(config.database) as store:
        desk = wired(config, store)
        pipeline.register(desk, now)
        pipeline.ingest(desk, [replace(feeding, look_only=True) for feeding in desk.sources], now, faults)
        body = next_body(desk, name, now)
    tell_faults(faults)
    if body is None:
        click.echo("Nothing new: there would be no edition.")
    else:
        show_body(body, html=html, show=show)
    return exit_code((), faults)


def next_body(desk: Desk, name: str | None, now: datetime) -> MailBody | None:
    """The mail of the edition that would be published now."""
    from digest.render import mail

    names = [rules.name for rules in desk.digests]
    if name is not None and name not in names:
        raise click.UsageError(f"no digest {name!r}; there is {', '.join(names)}")
    rules = desk.digests[names.index(name) if name else 0]
    edition = pipeline.next_edition(desk, rules, now)
    if edition is None or not has_papers(edition):
        return None
    fragments = mail.seal(edition, desk.site, desk.templates)
    return mail.compose(edition, fragments, site_of(desk, rules.name), templates=desk.templates).as_sample()


def show_body(body: MailBody, *, html: bool, show: bool) -> None:
    """Print the mail, or open it; the file for the browser stays, since the browser may be slow."""
    if show:
        import tempfile
        import webbrowser

        with tempfile.NamedTemporaryFile("w", suffix=".html", prefix="digest-", delete=False, encoding="utf-8") as file:
            file.write(body.html)
        shown = webbrowser.open(Path(file.name).as_uri())
        click.echo(f"Opened {file.name}" if shown else f"There is no browser here; the mail is in {file.name}")
    else:
        click.echo(body.html if html else f"Subject: {body.subject}\n\n{body.text}")
