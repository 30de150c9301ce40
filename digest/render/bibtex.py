"""A BibTeX entry for a paper, from what its listing printed; what that did not say is left out, never invented.

`@misc`, because a listing does not say where a paper was published. Every character that BibTeX or LaTeX would act
on is replaced: a brace counts for BibTeX even behind a backslash, so that one lone brace in a title would swallow the
entries after it. The rest stays as Unicode, which biber and BibTeX since 2010 read.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from digest.render.links import link_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.models import Paper

__all__ = ["bibtex"]

LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{sign: f"\\{sign}" for sign in "&%$#_"},
    }
)
SMALL_WORDS = re.compile(
    r"a|an|and|are|as|at|by|can|do|does|for|from|how|in|into|is|it|of|on|or|the|to|via|what|when|why|with"
)


def bibtex(paper: Paper) -> str:
    """One `@misc{…}` entry, ending in a newline; "" where the title is all that is known, which cites nothing."""
    fields = [f"  {name:<13} = {{{value}}},\n" for name, value in _fields(paper) if value]
    return f"@misc{{{_key(paper)},\n{''.join(fields)}}}\n" if fields[1:] else ""


def _fields(paper: Paper) -> Iterator[tuple[str, str]]:
    arxiv, doi, link = paper.id_of("arxiv"), paper.id_of("doi"), link_of(paper)
    yield "title", f"{{{_escaped(paper.title)}}}"  # inner braces keep its capitals
    yield "author", _authors(paper)
    yield "year", _year(paper)
    yield "eprint", _bare(arxiv or "")
    yield "archiveprefix", "arXiv" if arxiv else ""
    yield "doi", _bare(doi or "")
    yield "url", _bare(link.url if link else "")


def _escaped(words: str) -> str:
    return " ".join(words.split()).translate(LATEX)


def _bare(address: str) -> str:
    """For fields that are read verbatim (`url`, `doi`): no escapes, and nothing that ends the field."""
    return re.sub(r"[\s{}\\]", "", address)


def _authors(paper: Paper) -> str:
    """Names joined by `and`, `others` where the listing printed only some; else the organisation as one name."""
    if not paper.authors:
        return f"{{{_escaped(paper.organisation)}}}" if paper.organisation else ""
    missing = ("others",) if (paper.author_count or 0) > len(paper.authors) else ()
    return " and ".join((*map(_author, paper.authors), *missing))


def _author(name: str) -> str:
    """BibTeX cuts names at `and` and reads two commas as "Last, Jr, First": such a name is kept whole by braces."""
    whole = " and " in f" {name.lower()} " or name.count(",") > 1
    return f"{{{_escaped(name)}}}" if whole else _escaped(name)


def _year(paper: Paper) -> str:
    """The year it was published, else the one in its arXiv id (`YYMM.number`, since 2007), else nothing."""
    if paper.published:
        return str(paper.published.year)
    found = re.match(r"(\d\d)(?:0[1-9]|1[0-2])\.\d{4,5}$", paper.id_of("arxiv") or "")
    return f"20{found[1]}" if found else ""


def _key(paper: Paper) -> str:
    """`noether2026symmetry`: the first author's last name, the year, the first telling word of the title.

    Without authors or organisation it is `symmetry2026`. Only ASCII letters and digits, which every tool accepts; a
    paper that yields none of these is `paper` and the stem of its page.
    """
    last_name = paper.authors[0].split(",")[0].split()[-1:] if paper.authors else [paper.organisation or ""]
    words = (word for word in _plain(paper.title).split() if not SMALL_WORDS.fullmatch(word))
    name, word = _plain("".join(last_name)).replace(" ", ""), next(words, "")
    if not name and not word:
        return f"paper{paper.slug}"
    return f"{name}{_year(paper)}{word}" if name else f"{word}{_year(paper)}"


def _plain(words: str) -> str:
    """Lower-case ASCII words: accents dropped, everything else a space."""
    folded = unicodedata.normalize("NFKD", words.casefold())
    return re.sub(r"[^a-z0-9]+", " ", re.sub(r"[\u0300-\u036f]", "", folded)).strip()
