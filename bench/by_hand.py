"""The same documents written with f-strings: as fast as Python writes text, and what templates are measured against.

They say what ours say, from the same excerpts and bylines, so that only the writing differs.
"""

from __future__ import annotations

import textwrap
from html import escape
from typing import TYPE_CHECKING

from digest.render.words import byline
from digest.text import excerpt

if TYPE_CHECKING:
    from collections.abc import Iterable

    from digest.models import Edition, Item
    from digest.render.feeds.entries import Entry

__all__ = ["edition_html", "edition_page", "edition_text", "rss"]

CLAIM, COLUMNS = 320, 78
NAMESPACES = 'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'


def edition_html(edition: Edition) -> str:
    """One edition as HTML: headings, linked titles, claims, bylines, terms."""
    sections = (
        f"<h2>{escape(section.name)} <small>{len(section.items)} new</small></h2>{''.join(map(_item, section.items))}"
        for section in edition.sections
    )
    head = f"<!doctype html><html lang='en'><title>{escape(edition.title)}</title><h1>{escape(edition.title)}</h1>"
    return f"{head}{''.join(sections)}</html>"


def _item(item: Item) -> str:
    paper = item.paper
    link = f'<a href="{escape(paper.url)}">{escape(paper.title)}</a>' if paper.url else escape(paper.title)
    return (
        f'<table><tr><td valign="top">{item.number}</td><td><h3 dir="auto">{link}</h3>'
        f'<div dir="auto">{escape(excerpt(paper.abstract or "", CLAIM))}</div>'
        f"<div>{escape(byline(paper))}<br>{escape(', '.join(item.terms))}</div></td></tr></table>\n"
    )


def edition_page(edition: Edition) -> str:
    """The same with each abstract in full, folded away."""
    sections = (
        f"<h2>{escape(section.name)}</h2>{''.join(map(_page_item, section.items))}" for section in edition.sections
    )
    return f"<!doctype html><html lang='en'><title>{escape(edition.title)}</title>{''.join(sections)}</html>"


def _page_item(item: Item) -> str:
    abstract = escape(item.paper.abstract or "")
    return f'{_item(item)}<details><summary>Abstract</summary><p dir="auto">{abstract}</p></details>\n'


def edition_text(edition: Edition) -> str:
    """The same edition as plain text, wrapped, with addresses on lines of their own."""
    return "\n".join(
        f"{section.name}\n{'=' * COLUMNS}\n{''.join(map(_text_item, section.items))}" for section in edition.sections
    )


def _text_item(item: Item) -> str:
    paper, indent = item.paper, " " * 4
    title = textwrap.fill(f"{item.number:>2}  {paper.title}", COLUMNS, subsequent_indent=indent)
    claim = textwrap.fill(
        excerpt(paper.abstract or "", CLAIM), COLUMNS, initial_indent=indent, subsequent_indent=indent
    )
    return f"{title}\n{claim}\n{indent}{byline(paper)}\n{indent}{paper.url or ''}\n\n"


def rss(title: str, found: Iterable[Entry]) -> str:
    """RSS 2.0 from entries whose words are ready."""
    head = (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0" {NAMESPACES}><channel><title>{escape(title)}</title>'
    )
    return f"{head}{''.join(map(_rss_item, found))}</channel></rss>"


def _rss_item(entry: Entry) -> str:
    authors = "".join(f"<dc:creator>{name}</dc:creator>" for name in entry.rss_authors)
    topics = "".join(f'<category domain="topics">{term.plain}</category>' for term in entry.topics)
    return (
        f"<item><title>{entry.rss_title}</title><link>{escape(entry.link)}</link>"
        f'<guid isPermaLink="false">{entry.uid}</guid><pubDate>{entry.rss_published}</pubDate>{authors}{topics}'
        f"<description>{entry.rss_summary}</description>"
        f"<content:encoded>{escape(entry.content)}</content:encoded></item>\n"
    )
