"""An invented publication for the tests of feeds and pages: a week with three editions, twelve papers, two quiet days."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from digest.models import (
    Announced,
    Edition,
    Headline,
    Identifier,
    Item,
    ListedDay,
    PaperRecord,
    Publication,
    Section,
    Shelf,
    Sighting,
    Site,
    Tally,
    Topic,
)
from digest.render.templates import Templates
from tests.mails import paper

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.models import Document, Paper

BASE = "https://papers.example.org/digest"
SITE = Site("Morning Papers", owner="ada@example.org", schedule="weekdays at 07:00 Berlin")
WEB = replace(SITE, base_url=BASE)
TEMPLATES = Templates()
AGENTS = Topic(
    "agents", "Agents & tool use", strong=("tool use", "web agent*"), weak=("planning",), never=("travel agent",)
)
LLM = Topic(
    "llm", "Large language models", strong=("language model*", "LLM*"), title=("prompt*",), categories=("cs.CL",)
)
SPEECH = Topic("speech", "Speech, audio & music", strong=("speech",))
SILENT = Topic("silent", "Silent films")
TOPICS = (AGENTS, LLM, SPEECH, SILENT)
NAMES = tuple((topic.id, topic.name) for topic in TOPICS)

ABSTRACT = (
    "Readers of long listings tire early. We introduce {}, a method that reads the last page first and works backwards. "
    "It finds 91 % of what was asked on 400 invented listings, where reading forwards finds 63 %. "
    "A study with 62 volunteers shows that they tire of it as well, but later, and that they remember more of the end."
)
MONDAY, WEDNESDAY, FRIDAY = date(2026, 11, 16), date(2026, 11, 18), date(2026, 11, 20)
TUESDAY, THURSDAY = date(2026, 11, 17), date(2026, 11, 19)


def invented(number: int, title: str, **known: Any) -> Paper:  # noqa: ANN401  handed on as it is
    return paper(title, ABSTRACT.format(f"Method {number}"), number=number, **known)


MORNINGS: dict[date, tuple[tuple[str, tuple[Item, ...]], ...]] = {
    MONDAY: (
        ("agents", (
            Item(1, invented(1, "Tool Use Before Breakfast"), "agents", ("tool use",), ("llm",)),
            Item(2, invented(2, "Web Agents Read the Small Print", url="https://huggingface.co/papers/2610.00002"), "agents", ("web agent*",)),
        )),
        ("others", (
            Item(3, invented(3, "Knots, Counted", ids=())),
            Item(4, invented(4, "A Map of All Bridges", ids=(Identifier("doi", "10.5555/bridges"),))),
        )),
    ),
    WEDNESDAY: (
        ("llm", (
            Item(1, invented(5, "Language Models Lose Count", author_count=7, published=date(2026, 10, 14), upvotes=41, comments=6), "llm", ("language model*",)),
            Item(2, invented(6, "Prompts That Answer Themselves", authors=("Ada Example", "Bo Sample"), author_count=5), "llm", ("prompt*",), ("agents", "gone")),
        )),
        ("also", (
            Item(3, invented(7, "Whispered Vowels, Measured", organisation="University of Examples"), "speech", ("vowel",)),
            Item(4, invented(8, "Planning a Day Without Plans"), "agents", ("planning",)),
            Item(5, invented(9, "Planning, Again"), "agents", ("planning",)),
        )),
    ),
    FRIDAY: (
        ("speech", (
            Item(1, invented(10, "Speech at Three in the Morning"), "speech", ("speech",)),
            Item(2, invented(11, "Fewer Words, More Speech"), "speech", ("speech",)),
        )),
        ("gone", (
            Item(3, paper("A Title and Nothing Else", number=12), "gone", ("lost term",)),
        )),
    ),
}  # fmt: skip
SECTION_NAMES = dict(NAMES) | {"also": "Also new", "others": "Outside your topics", "gone": "A topic that is gone"}
LISTINGS = (
    ListedDay(FRIDAY, Tally(5, 3, 1, 1), ("daily", 42)),
    ListedDay(THURSDAY, Tally(4, 0, 4, 0)),
    ListedDay(WEDNESDAY, Tally(7, 5, 2, 0), ("daily", 41)),
    ListedDay(TUESDAY, Tally(4, 0, 3, 1)),
    ListedDay(MONDAY, Tally(4, 4, 0, 0), ("daily", 40)),
)
TALLIES = {listed.day: listed.tally for listed in LISTINGS}


def created(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 6, tzinfo=UTC)


def editions() -> tuple[Edition, ...]:
    """Newest first, as the store hands them out."""
    return tuple(
        Edition(
            "daily", "Morning Papers", number, day, created(day), considered=number,
            sections=tuple(Section(key, SECTION_NAMES[key], items) for key, items in MORNINGS[day]),
            tally=TALLIES[day], topic_names=(*NAMES, ("gone", "A topic that is gone")),
        )
        for number, day in ((42, FRIDAY), (41, WEDNESDAY), (40, MONDAY))
    )  # fmt: skip


def headline(edition: Edition) -> Headline:
    topics = [item.topic for item in edition.items if item.topic]
    firsts = {item.topic: item.paper.title for item in reversed(edition.items) if item.topic}
    return Headline(
        edition.digest,
        edition.title,
        number=edition.number,
        day=edition.day,
        created=edition.created,
        papers=len(edition.items),
        topics=tuple((topic, topics.count(topic)) for topic in dict.fromkeys(topics)),
        tally=edition.tally,
        leading=tuple(firsts.items()),
    )


def announced(edition: Edition) -> Iterator[Announced]:
    for item in edition.items:
        at = edition.created - timedelta(seconds=item.number)
        yield Announced(
            item.paper,
            edition.digest,
            edition.number,
            edition.day,
            item.number,
            at,
            at,
            item.topic,
            item.terms,
            item.also,
        )


def shelf(topic: Topic, papers: tuple[Announced, ...]) -> Shelf:
    mine = tuple(one for one in papers if topic.id == one.topic or topic.id in one.also)
    weeks = tuple((date(2026, 10, 26) + timedelta(weeks=n), count) for n, count in enumerate((0, 1, 3, len(mine))))
    return Shelf(topic, mine, weeks if mine else tuple((monday, 0) for monday, _ in weeks), len(mine) + 4 * bool(mine))


def publication(site: Site = SITE) -> Publication:
    """All of it, every page to be written."""
    every = editions()
    papers = tuple(one for edition in every for one in announced(edition))
    records = tuple(
        PaperRecord(
            one, (Sighting("dumps", "a.txt", one.day, one.number), Sighting("dumps", "b.txt", FRIDAY, 9, 2, 31))
        )
        for one in papers
    )
    return Publication(
        site,
        tuple(map(headline, every)),
        days=LISTINGS,
        recent=papers,
        shelves=tuple(shelf(topic, papers) for topic in TOPICS),
        editions=every,
        papers=records,
    )


def with_paper(one: Paper, site: Site = SITE, **known: Any) -> Publication:  # noqa: ANN401  handed on as it is
    """A publication of one edition with this one paper in it; `known` is of its item."""
    item = Item(1, one, **({"topic": "agents", "terms": ("tool use",)} | known))
    edition = replace(
        editions()[0], number=1, sections=(Section(item.topic or "others", "Agents & tool use", (item,)),)
    )
    (single,) = announced(edition)
    return Publication(
        site,
        (headline(edition),),
        days=LISTINGS[:1],
        recent=(single,),
        shelves=(shelf(AGENTS, (single,)), shelf(SILENT, ())),
        editions=(edition,),
        papers=(PaperRecord(single, (Sighting("dumps", "a.txt", FRIDAY, 1),)),),
    )


def by_path(documents: Iterator[Document]) -> dict[str, str]:
    """The texts of documents by their paths, none of them written twice."""
    found = list(documents)
    texts = {document.path: document.text for document in found}
    assert len(texts) == len(found)
    return texts


# Texts that mean something to HTML, XML, feeds, Markdown, BibTeX or a terminal; none of it may be acted upon.
HOSTILE = {
    "markup": "<img src=x onerror=alert(1)> & <b>bold</b> \"quoted\" 'twice' </title></textarea><script>alert(1)</script>",
    "cdata": "]]> <![CDATA[ &lt;p&gt; &#x26; &nope; <!-- --> <?php ?>",
    "markdown": "[a link](https://bad.example) ![x](y) **bold** `code` https://bad.example www.bad.example # head <https://bad.example>",
    "template": "{{ site.owner }} {% raw %} {# no #}",
    "right to left": "عنوان طويل يقرأ من اليمين إلى اليسار \u202e reversed",
    "emoji": "A Method 👩‍🔬🧪 for 𝕄athematical Titles",
    "controls": "A\x00Title\x07With\x1eControls\x0b\x85\u2028\ufffe\x7f In It",
    "surrogate": "A Lone \ud800 Surrogate",
    "braces": "A { Title } with \\ and {{unbalanced {",
    "long word": "A " + "very" * 60 + "long word",
    "nothing": " ",
}
