"""The Hugging Face page family (first cut: pairs of lines with metadata between them)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from digest.dates import listing_day, read_day, resolve
from digest.models import Identifier, LineCounts, ListedPaper, Listing
from digest.parsers.encoding import decode, split_lines
from digest.text import clean_text

if TYPE_CHECKING:
    from digest.models import Dump

_HEADER = re.compile(
    r"new|#* ?(Daily|Trending) Papers|(Get trending papers.*|Subscribe|by ?AK and the research community)|- (Daily|Weekly|Monthly)"
    r"|\[(Subscribe|Trending Papers)\]\(.*|#+ by.*and the research community|[A-Z][a-z]{2} \d{1,2}"
)
_META = re.compile(r"[•-]? ?(\d+) authors?|·|([A-Z][a-z]{2} \d{1,2}(?:, \d{4})?)(?: ?\[?(\d+)(?:\]\(.*\))?)?|\[LINK: .*|\[(?:-|\d+)\]\(https.*")
_LINK = re.compile(r"\[(.*)\]\((https://huggingface.co/papers/([\d.]+))\)", re.DOTALL)


def parse(dump: Dump) -> Listing:
    """The listing of such a page."""
    cards: list[dict] = []
    head, day, heading = True, None, False
    counts = dict.fromkeys(("header", "paper", "metadata", "blank"), 0)
    text = re.sub(r"(?:\\+)\n", " ", decode(dump.body))
    text = re.sub(r"\n  (?=[a-z])", " ", text)
    for raw in split_lines(text):
        line = raw.strip()
        if not line:
            counts["blank"] += 1
            continue
        if head and _HEADER.fullmatch(line):
            counts["header"] += 1
            day = read_day(line) or day
            continue
        if head and line.startswith("Subscribe"):
            line = line[9:]
        head = False
        found = _META.fullmatch(line)
        if found and cards:
            counts["metadata"] += 1
            if found[1]:
                cards[-1]["author_count"] = int(found[1])
            if found[2]:
                cards[-1]["day"] = read_day(found[2])
                cards[-1]["comments"] = int(found[3]) if found[3] else None
            cards[-1]["done"] = True
            continue
        if found:
            counts["metadata"] += 1
            continue
        counts["paper"] += 1
        heading = heading or line.startswith("### ")
        link = _LINK.fullmatch(line.removeprefix("### "))
        if link and not line.startswith("#") and cards and "abstract" in cards[-1]:
            cards[-1].update(done=True)
            continue
        body = clean_text((link[1] if link else line.removeprefix("### ")).replace("\\\\", " "))
        if (line.startswith("###") if heading else (not cards or "abstract" in cards[-1] or cards[-1].get("done"))):
            cards.append({"title": body})
            if link:
                cards[-1].update(url=link[2], ids=(Identifier("arxiv", link[3]),))
        elif cards:
            cards[-1]["abstract"] = body
    days = [c["day"] for c in cards if c.get("day")]
    listed, why = listing_day(dump.name, dump.retrieved.date(), header=day, cards=days)
    papers = []
    for c in cards:
        c.pop("done", None)
        d = c.pop("day", None)
        papers.append(ListedPaper(**c, published=resolve(d, listed.year, limit=max(listed, dump.retrieved.date())) if d else None))
    return Listing("huggingface-page", listed, why, tuple(papers), lines=LineCounts(**counts))
