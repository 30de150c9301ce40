"""Invented papers by the thousand: seeded, so that two runs measure the same bytes.

The words follow a Zipf-like distribution over function words, invented words and real terms of one theme per paper,
so that topics match some papers and not others, as in a real listing. Lengths are those of real ones: titles of
5 to 14 words, abstracts of 4 to 9 sentences and some 1,100 characters.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate, product
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5
from xml.sax.saxutils import escape

from bench.pages import SHAPES, link
from digest.models import Identifier, ListedPaper, Paper, Topic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

__all__ = ["DAY", "FEEDS", "dump_text", "listed_papers", "papers", "titles", "topics"]

DAY = date(2026, 11, 20)
MORNING = f"{DAY:%a, %d %b %Y} 00:00:00 -0500"
COMMON = "the of and to in a we for that is with on by this from as are it which at can our than an be or not these"
FUNCTION_WORDS = tuple(COMMON.split(" "))
THEMES = (
    ("graph neural network", "message passing", "node classification", "link prediction"),
    ("language model", "in-context learning", "long-context", "hallucination"),
    ("diffusion model", "text-to-image", "image generation", "inpainting"),
    ("reinforcement learning", "policy gradient", "reward model", "offline RL"),
    ("object detection", "semantic segmentation", "image classification", "tracking"),
    ("speech recognition", "acoustic model", "voice", "speaker"),
    ("neural operator", "differential equation", "surrogate model", "turbulence"),
    ("quantization", "pruning", "knowledge distillation", "edge device"),
    ("time series", "forecasting", "anomaly detection", "tabular"),
    ("robot", "grasping", "motion planning", "sim-to-real"),
    ("Gaussian process", "uncertainty", "calibration", "posterior"),
    ("federated", "differential privacy", "adversarial attack", "watermark"),
    ("protein", "clinical", "radiology", "patient"),
)
ORGANISATIONS = ("University of Examples", "Harbour Institute", "Lakeside Labs", "Northmoor Hospital School")
OPENINGS = ("We introduce", "We show", "This paper presents", "We propose", "We study", "Our method uses")
ONSETS, VOWELS, ENDS = (
    ("b", "d", "f", "g", "l", "m", "n", "r", "s", "t", "tr", "pl", "st"),
    "aeiou",
    ("l", "m", "n", "r", "t", "nd", "st"),
)
INVENTED = tuple("".join(parts) for parts in product(ONSETS, VOWELS, ENDS))
VOCABULARY = FUNCTION_WORDS + tuple(first + last for last in INVENTED[::29] for first in INVENTED[::3])
CUMULATIVE = tuple(accumulate(1 / (rank + 2) for rank in range(len(VOCABULARY))))


def listed_papers(count: int, *, seed: int = 1, identified: float = 1.0) -> tuple[ListedPaper, ...]:
    """Distinct papers as a page with all metadata prints them; a share of `identified` has an arXiv id and a link."""
    rng = random.Random(seed)
    return tuple(_listed(rng, number, identified) for number in range(seed * 10**7, seed * 10**7 + count))


def titles(count: int, *, seed: int = 1) -> Iterator[str]:
    """Distinct titles alone, for filling a large archive quickly."""
    rng = random.Random(seed)
    for number in range(seed * 10**7, seed * 10**7 + count):
        yield _title(rng, rng.choice(THEMES), number)


def papers(count: int, *, seed: int = 1) -> tuple[Paper, ...]:
    """The same papers as the store would hand them out, all of them announceable."""
    return tuple(_stored(number, listed) for number, listed in enumerate(listed_papers(count, seed=seed), start=1))


def topics(count: int, *, terms: int = 8, seed: int = 1) -> tuple[Topic, ...]:
    """Topics of equally many strong terms: words and pairs of words that do occur, and one theme's term each."""
    rng = random.Random(seed)
    return tuple(
        Topic(f"topic{n}", f"Topic {n}", strong=(rng.choice(rng.choice(THEMES)), *_terms(rng, terms - 1)))
        for n in range(count)
    )


def dump_text(shape: str, count: int, *, seed: int = 1) -> str:
    """A listing page of distinct papers in one of `bench.pages.SHAPES`."""
    return SHAPES[shape](listed_papers(count, seed=seed), DAY)


def _feed(items: Iterable[str]) -> str:
    channel = f"<title>cs.XX updates</title><link>https://rss.example.org</link><pubDate>{MORNING}</pubDate>"
    names = 'xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    start = f"<?xml version='1.0' encoding='UTF-8'?>\n<rss version='2.0' {names}><channel>{channel}"
    return f"{start}{''.join(items)}</channel></rss>\n"


def _announced(paper: Paper, number: int) -> str:
    """As arXiv's RSS has it, element by element: https://info.arxiv.org/help/rss_specifications.html."""
    name = f"2611.{number:05}"
    parts = {
        "title": paper.title,
        "link": f"https://arxiv.org/abs/{name}",
        "description": f"arXiv:{name}v1 Announce Type: new\nAbstract: {paper.abstract}",
        "guid": f"oai:arXiv.org:{name}v1",
        "category": "cs.XX",
        "pubDate": MORNING,
        "arxiv:announce_type": "new",
        "dc:rights": "http://creativecommons.org/licenses/by/4.0/",
        "dc:creator": "Ada Example, Bo Sample, Cy Specimen",
    }
    return _item(parts)


def _posted(paper: Paper, number: int) -> str:
    """As a blog has it: a sentence in a little HTML."""
    link = f"https://blog.example.org/{number}"
    opening = (paper.abstract or "").partition(". ")[0]
    parts = {
        "title": f"{paper.title} & more",
        "link": link,
        "guid": f"https://blog.example.org/?p={number}",
        "pubDate": MORNING,
        "description": f'<p>{opening} <a href="{link}">Read &amp; see</a> &#8230;</p>',
    }
    return _item(parts)


def _item(parts: Mapping[str, str]) -> str:
    return f"<item>{''.join(f'<{tag}>{escape(text)}</{tag}>' for tag, text in parts.items())}</item>\n"


FEEDS: Mapping[str, Callable[[int], str]] = {
    "arXiv's RSS": lambda count: _feed(map(_announced, papers(count), range(1, count + 1))),
    "short HTML items": lambda count: _feed(map(_posted, papers(count), range(1, count + 1))),
}


def _listed(rng: random.Random, number: int, identified: float) -> ListedPaper:
    theme = rng.choice(THEMES)
    organisation = rng.choice(ORGANISATIONS) if rng.random() < 0.2 else None
    paper = ListedPaper(
        title=_title(rng, theme, number),
        abstract=" ".join(_sentence(rng, theme, place) for place in range(rng.randint(4, 9))),
        author_count=rng.randint(1, 12) if organisation is None else None,
        organisation=organisation,
        published=DAY - timedelta(days=int(rng.expovariate(1 / 60))),
        comments=rng.choice((None, 1, 2, 3, 5, 8)),
        upvotes=rng.choice((None, 1, 4, 9, 27, 64)),
    )
    return _with_id(paper, number) if rng.random() < identified else paper


def _with_id(paper: ListedPaper, number: int) -> ListedPaper:
    month, rest = divmod(number, 10**5)
    value = f"{20 + month // 12 % 80:02d}{month % 12 + 1:02d}.{rest:05d}"
    identified = replace(paper, ids=(Identifier("arxiv", value),))
    return replace(identified, url=link(identified))


def _stored(number: int, listed: ListedPaper) -> Paper:
    return Paper(
        id=number,
        uid=uuid5(NAMESPACE_URL, listed.title).urn,
        revision=number,
        title=listed.title,
        first_seen=datetime(2026, 11, 20, 6, tzinfo=UTC),
        listed_on=DAY,
        abstract=listed.abstract,
        author_count=listed.author_count,
        organisation=listed.organisation,
        published=listed.published,
        url=listed.url,
        ids=listed.ids,
        news_no=number,
        position=number,
        comments=listed.comments,
        upvotes=listed.upvotes,
    )


def _words(rng: random.Random, count: int) -> list[str]:
    return rng.choices(VOCABULARY, cum_weights=CUMULATIVE, k=count)


def _title(rng: random.Random, theme: tuple[str, ...], number: int) -> str:
    return f"{rng.choice(theme)} {' '.join(_words(rng, rng.randint(3, 11)))} {_name(number)}".title()


def _name(number: int) -> str:
    """A word for a number, a different one for each: what makes a title distinct."""
    high, low = divmod(number, len(INVENTED))
    return (_name(high) if high else "") + INVENTED[low]


def _sentence(rng: random.Random, theme: tuple[str, ...], place: int) -> str:
    words = _words(rng, rng.randint(12, 30))
    if rng.random() < 0.5:
        words.insert(rng.randrange(len(words)), rng.choice(theme))
    opening = f"{rng.choice(OPENINGS)} " if place == 2 else ""
    figure = f", {rng.randint(2, 97)}% of {rng.randint(100, 9000)}" if rng.random() < 0.3 else ""
    text = f"{opening}{' '.join(words)}{figure}."
    return text[0].upper() + text[1:]


def _terms(rng: random.Random, count: int) -> tuple[str, ...]:
    content = VOCABULARY[len(FUNCTION_WORDS) :]
    return tuple(" ".join(rng.sample(content, rng.choice((1, 1, 2)))) for _ in range(count))
