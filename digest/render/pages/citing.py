"""A paper for reference managers: as files to keep, and in the head of its page, where their browser buttons look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from digest.render.bibtex import bibtex
from digest.render.links import link_of
from digest.render.ris import ris

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.models import Paper

__all__ = ["Citation", "citations", "head"]


@dataclass(frozen=True, slots=True)
class Citation:
    """The text in one format. `file` is what it would be saved as, `href` the text itself as an address (RFC 2397)."""

    format: str
    text: str
    file: str
    href: str


def citations(paper: Paper) -> tuple[Citation, ...]:
    """BibTeX and RIS; none where there is nothing to cite."""
    forms = (("BibTeX", bibtex(paper), "bib", "application/x-bibtex"), ("RIS", ris(paper), "ris", RIS))
    return tuple(
        Citation(
            name, text, f"{paper.slug}.{ending}", f"data:{kind};charset=utf-8,{quote(text.encode(errors='replace'))}"
        )
        for name, text, ending, kind in forms
        if text
    )


RIS = "application/x-research-info-systems"


def head(paper: Paper) -> tuple[tuple[str, str], ...]:
    """Name and content of the `citation_…` tags that Google Scholar, Zotero and others read in a page's head."""
    return tuple((f"citation_{name}", " ".join(content.split())) for name, content in _tags(paper) if content)


def _tags(paper: Paper) -> Iterator[tuple[str, str]]:
    link = link_of(paper)
    yield "title", paper.title
    yield from (("author", name) for name in paper.authors)
    yield "publication_date", f"{paper.published:%Y/%m/%d}" if paper.published else ""
    yield "doi", paper.id_of("doi") or ""
    yield "arxiv_id", paper.id_of("arxiv") or ""
    yield "abstract_html_url", link.url if link else ""
