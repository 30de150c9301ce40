"""The command that finds papers by their words: search."""

from __future__ import annotations

import os
import sys
from datetime import date
from typing import TYPE_CHECKING

import click

from digest.commands.answers import as_json
from digest.commands.common import configured, opened
from digest.commands.look import MANY, known_json
from digest.commands.options import json_option, usable
from digest.config.rules import nearest
from digest.errors import one_line
from digest.query import MARKS, bounded, in_topic, read
from digest.topics.rules import classifier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.config import Config
    from digest.query import Hit, Query

__all__ = ["search"]


@click.command(epilog="Example: digest search diffusion 'video*' -survey --since 2026-11-01")
@click.argument("query", nargs=-1, required=True)
@click.option("--topic", metavar="TOPIC", help="Only papers that editions put into this topic.")
@click.option("--since", metavar="DAY", default="", help="Only papers of this day or later ones.")
@click.option("--until", metavar="DAY", default="", help="Only papers of this day or earlier ones.")
@click.option("--newest", is_flag=True, help="The newest first, not the best.")
@click.option("--limit", type=MANY, metavar="N", default=20, show_default=True, help="How many.")
@json_option
@click.pass_context
def search(
    ctx: click.Context, /, query: tuple[str, ...], *, limit: int, newest: bool, machine: bool, **within: str
) -> int:
    """Find papers by their words, the best first; all of them must occur.

    "In quotes" means a phrase (keep the quotes from your shell: '"tool use"'), a trailing * any ending, a minus before it that
    a word must not occur, OR that one of two may. title:, author:, abstract: and topic: look there alone.
    Put -- before words that begin with a minus.
    """
    config = configured(ctx)
    wanted = looked_for(config, " ".join(query), **within)
    with opened(config) as store:
        store.search.refresh()
        hits, total = store.search.find(wanted, limit, newest=newest), store.search.count(wanted)
        by_id = {paper.id: paper for paper in store.papers.some(hit.paper for hit in hits)}
    for remark in wanted.remarks:
        click.echo(one_line(f"digest: {remark}"), err=True)
    if machine:
        classify = classifier(config.topics(), config.never()).classify
        rows = [known_json(by_id[hit.paper], classify(by_id[hit.paper])) for hit in hits]
        marks = [{"title_marked": marked(hit.title, "**"), "snippet": marked(hit.snippet, "**")} for hit in hits]
        as_json([row | mark for row, mark in zip(rows, marks, strict=True)])
    else:
        show_hits(hits, total)
    return 0


def looked_for(config: Config, words: str, topic: str | None, since: str, until: str) -> Query:
    """What the words and options ask for; raises a usage error for an option that is none."""
    ids = [one.id for one in config.topics()]
    if topic and topic not in ids:
        raise click.UsageError(f"no topic {topic!r}{nearest(topic, ids)}".replace("?;", "?"))
    wanted = bounded(read(words, ids), *(usable(day_of, day, "DAY") if day else "" for day in (since, until)))
    return in_topic(wanted, topic) if topic else wanted


def day_of(text: str) -> str:
    return date.fromisoformat(text).isoformat()


def show_hits(hits: Sequence[Hit], total: int) -> None:
    for hit in hits:
        words = hit.snippet if MARKS[0] in hit.snippet or not hit.names else hit.names
        click.echo(f"{hit.paper:>6}  {shown(folded(hit.title))}\n        {shown(folded(words))}\n")
    if len(hits) < total:
        click.echo(f"{len(hits):,} of {total:,} found; --limit N shows more")
    else:
        click.echo(f"{total:,} found" if hits else "nothing found")


def marked(text: str, mark: str) -> str:
    return text.replace(MARKS[0], mark).replace(MARKS[1], mark)


def folded(text: str) -> str:
    """As wide as a page or the narrower terminal, below a number."""
    from shutil import get_terminal_size
    from textwrap import wrap

    return f"\n{INDENT}".join(wrap(text, max(20, min(get_terminal_size().columns, COLUMNS) - len(INDENT))))


INDENT, COLUMNS = " " * 8, 80


def shown(text: str) -> str:
    """A hit for people: bold where the output can be, else between asterisks."""
    plain = "NO_COLOR" in os.environ or not sys.stdout.isatty()
    if plain:
        return marked(text, "*")
    return text.replace(MARKS[0], "\x1b[1m").replace(MARKS[1], "\x1b[22m")
