"""A RIS record for a paper, as reference managers import it, from what its listing printed; the rest is left out.

`TY  - UNPB`, an unpublished work, because a listing does not say where a paper was published. Two letters, two spaces, a
hyphen and a space begin each line; a value is one line, since a line that looks like a tag would begin another field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.render.links import link_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.models import Paper

__all__ = ["ris"]

END = "ER  - \r\n"


def ris(paper: Paper) -> str:
    """One record, its lines ended by CRLF; "" where the title is all that is known, which cites nothing."""
    fields = [f"{tag}  - {' '.join(value.split())}\r\n" for tag, value in _fields(paper) if value.strip()]
    return f"TY  - UNPB\r\n{''.join(fields)}{END}" if fields[1:] else ""


def _fields(paper: Paper) -> Iterator[tuple[str, str]]:
    link = link_of(paper)
    yield "TI", paper.title
    yield from (("AU", name) for name in paper.authors or ((paper.organisation,) if paper.organisation else ()))
    yield "PY", f"{paper.published:%Y}" if paper.published else ""
    yield "DA", f"{paper.published:%Y/%m/%d}" if paper.published else ""
    yield "AB", paper.abstract or ""
    yield "DO", paper.id_of("doi") or ""
    yield "M1", f"arXiv:{arxiv}" if (arxiv := paper.id_of("arxiv")) else ""
    yield "UR", link.url if link else ""
