"""The commands that only look: at a dump, at papers, at topics."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.commands.answers import as_json, table
from digest.commands.common import configured, opened
from digest.commands.options import as_of_option, clock, json_option
from digest.config.rules import nearest
from digest.errors import DigestError, one_line
from digest.identity import key_of, recognise
from digest.models import Dump
from digest.parsers import decode, sniff
from digest.parsers import parse as parse_dump
from digest.render.links import link_of
from digest.sources.folder import read_dump
from digest.topics.rules import classifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from digest.config import Config
    from digest.models import Fetched, ListedPaper, Listing, Match, Paper, Topic

__all__ = ["MANY", "explain", "known_json", "papers", "parse", "topics"]

MANY = click.IntRange(1, 1_000_000)


# --- parse ------------------------------------------------------------------------------------------------------


@click.command(epilog="Example: digest parse dumps/2026-11-20.txt --json | jq '.papers[].title'")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--parser", metavar="NAME", help="The parser to use; else the dump is looked at.")
@as_of_option
@json_option
def parse(file: Path, parser: str | None, *, as_of: datetime | None, machine: bool) -> int:
    """Show what is read in one dump: each paper once, the rejects, and what became of every line. Stores nothing."""
    fetched = read_dump(file)
    dump = Dump("", fetched.name, fetched.body, clock(as_of), source="file")
    name, why = (parser, "it was asked for") if parser else sniff(dump)
    listing = parse_dump(dump, name)
    seen = recognise(listing.papers, [key_of(paper) for paper in listing.papers], (), listing.listed_on)
    papers = [one.listed for one in seen.papers]
    if machine:
        as_json(listing_json(listing, papers) | {"why": why, "repeated": seen.repeated})
    else:
        click.echo(f"{fetched.name}: read by {name}, since {why}; listed on {listing.listed_on} ({listing.date_from})")
        table(("", "title", "authors", "published", "comments", "id"), map(listed_row, range(1, 10**9), papers))
        lines = ", ".join(f"{count} {kind}" for kind, count in asdict(listing.lines).items())
        click.echo(f"{len(papers)} papers, {seen.repeated} of them printed again; lines: {lines}")
    for reject in listing.rejects:
        click.echo(one_line(f"digest: {dump.name}, line {reject.line}: {reject.why}: {reject.text[:80]}"), err=True)
    return 0


def listed_row(number: int, paper: ListedPaper) -> tuple[object, ...]:
    who = paper.organisation or paper.author_count or ", ".join(paper.authors)
    return number, paper.title, who, paper.published, paper.comments, " ".join(i.value for i in paper.ids)


def listing_json(listing: Listing, papers: Iterable[ListedPaper]) -> dict[str, object]:
    return {
        "parser": listing.parser,
        "listed_on": listing.listed_on,
        "date_from": listing.date_from,
        "papers": [paper_json(paper) for paper in papers],
        "rejects": [asdict(reject) for reject in listing.rejects],
        "lines": asdict(listing.lines),
    }


def paper_json(paper: ListedPaper) -> dict[str, object]:
    return asdict(paper) | {"ids": {i.scheme: i.value for i in paper.ids}}


# --- papers ------------------------------------------------------------------------------------------------------


@click.command(epilog="Example: digest papers --limit 50")
@click.option("--limit", type=MANY, metavar="N", help="How many: 20, or with --json all, unless given.")
@json_option
@click.pass_context
def papers(ctx: click.Context, limit: int | None, *, machine: bool) -> int:
    """List the papers that are known, the latest first."""
    config = configured(ctx)
    with opened(config) as store:
        found = store.papers.all(limit=limit or (-1 if machine else 20))
    show_papers(found, classifier(config.topics(), config.never()).classify, machine=machine)
    return 0


def show_papers(
    found: Sequence[Paper],
    classify: Callable[[Paper], tuple[Match, ...]],
    *,
    machine: bool,
    marked: dict[int, str] | None = None,
) -> None:
    """Papers as JSON, or as a table."""
    if machine:
        as_json([known_json(paper, classify(paper)) for paper in found])
        return
    rows = [(p.id, (marked or {}).get(p.id, p.title), " ".join(named(classify(p))), p.listed_on) for p in found]
    table(("id", "title", "topics", "listed"), rows)


def named(matches: Iterable[Match]) -> list[str]:
    return [match.topic for match in matches if not match.fallback]


def known_json(paper: Paper, matches: Sequence[Match]) -> dict[str, object]:
    """A paper for other programs."""
    link = link_of(paper)
    return {
        "id": paper.id,
        "title": paper.title,
        "abstract": paper.abstract,
        "url": link.url if link else None,
        "ids": {i.scheme: i.value for i in paper.ids},
        "topics": named(matches),
        "first_seen": paper.first_seen,
        "listed_on": paper.listed_on,
        "sightings": paper.sightings,
        "possible_revision_of": [other.id for other in paper.earlier],
    }


# --- topics -----------------------------------------------------------------------------------------------------


@click.command(epilog="Examples: digest explain 7; digest explain Graph networks for traffic")
@click.argument("text", nargs=-1, required=True)
@json_option
@click.pass_context
def explain(ctx: click.Context, text: tuple[str, ...], *, machine: bool) -> int:
    """Say which topics TEXT gets, with the score and the terms that matched.

    TEXT is a paper's number, a file (its first line is the title), or the text itself; "-" reads it from stdin.
    """
    config = configured(ctx, needed=False)
    asked, words = classifier(config.topics(), config.never()), " ".join(text)
    if words.isdecimal() and config.database.exists():
        matches = asked.classify(paper_of(config, int(words)))
    else:
        matches = asked.classify_text(*text_of(words))
    if machine:
        as_json({"topics": [asdict(match) for match in matches]})
        return 0
    names = {topic.id: topic.name for topic in config.topics()}
    if matches:
        table(("topic", "name", "score", "because of"), (match_row(match, names) for match in matches))
    else:
        click.echo("No topic: nothing in it matches strongly enough.")
    return 0


def match_row(match: Match, names: dict[str, str]) -> tuple[object, ...]:
    because = ", ".join(match.terms) + (" (too few: a guess)" if match.fallback else "")
    return match.topic, names[match.topic], f"{match.score:g}", because


def paper_of(config: Config, number: int) -> Paper:
    """The paper of that number, as `digest papers` counts them."""
    with opened(config) as store:
        paper = store.papers.find(number) if number < 2**63 else None  # what SQLite takes for a number
    if paper is None:
        raise click.UsageError(f"no paper has the number {number}")
    return paper


def text_of(text: str) -> tuple[str, str | None]:
    """Title and abstract of what `explain` was given."""
    if text == "-":
        text = decode(sys.stdin.buffer.read())
    elif os.path.isfile(text):  # noqa: PTH113 - an abstract is no path, and pathlib raises at its length
        fetched = read_dump(Path(text))
        tell_listing(fetched, Path(text))
        text = decode(fetched.body)
    title, _, abstract = text.strip().partition("\n")
    return title, abstract.strip() or None


def tell_listing(fetched: Fetched, path: Path) -> None:
    """A whole listing is not what one explains: say so, where the file reads as one."""
    with suppress(DigestError):
        papers = len(parse_dump(Dump("", fetched.name, fetched.body, clock(), source="file")).papers)
        if papers > 1:
            listing = f"{fetched.name} reads as a listing of {papers} papers, and is explained as one text"
            click.echo(one_line(f'digest: {listing} ("digest parse {path}" lists them)'), err=True)


@click.command(epilog="Example: digest topics agents")
@click.argument("topic", required=False)
@json_option
@click.pass_context
def topics(ctx: click.Context, topic: str | None, *, machine: bool) -> int:
    """List the topics, or one TOPIC with its terms."""
    config = configured(ctx, needed=False)
    found = [one for one in config.topics() if topic in (None, one.id)]
    if not found:
        near = nearest(topic or "", [one.id for one in config.topics()])
        raise click.UsageError(f'no topic {topic!r}{near}; "digest topics" lists them'.replace("?;", "?"))
    if machine:
        as_json([asdict(one) for one in found])
    elif topic is None:
        table(("id", "name", "terms"), ((one.id, one.name, sum(map(len, terms(one).values()))) for one in found))
    else:
        show_topic(found[0])
    return 0


def terms(topic: Topic) -> dict[str, tuple[str, ...]]:
    return {
        "strong": topic.strong,
        "title": topic.title,
        "weak": topic.weak,
        "never": topic.never,
        "categories": topic.categories,
    }


def show_topic(topic: Topic) -> None:
    click.echo(f"{topic.name} ({topic.id})")
    for kind, words in terms(topic).items():
        if words:
            click.echo(f"  {kind:<10} {', '.join(words)}")
