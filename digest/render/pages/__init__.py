"""The pages: front, archive, editions, topics, papers. No script; links between them are relative, so a disk will do.

Front, archive and topics are written each time, as they are functions of the whole; the pages of editions and papers
only for those that the publication hands over. What an edition says is sealed; only the links to the editions before
and after it come from the list of all.

frame      what every page has around it
front      the latest editions and the days before
archive    every day, by month
topics     the index of topics, and a topic's own page
paper      a paper's own page; citing: the same for reference managers
about      what the site is
trends     how the topics change
lists      papers in a list
chart      papers per week
markdown   an edition as Markdown
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from markupsafe import Markup

from digest.models import Document
from digest.render import paths
from digest.render.characters import legal
from digest.render.links import Link
from digest.render.pages.about import about
from digest.render.pages.archive import archive, month_pages
from digest.render.pages.frame import Press
from digest.render.pages.front import front
from digest.render.pages.lists import blocks, place_of
from digest.render.pages.markdown import edition_document
from digest.render.pages.paper import dossier
from digest.render.pages.topics import index, subjects
from digest.render.pages.trends import trends
from digest.render.sequels import sequel_groups
from digest.render.shown import outside, papers_shown, shown_sections
from digest.render.words import beside, counted, long_day, number_of, summary, unbroken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.models import Edition, PaperRecord, Publication, Site
    from digest.render.templates import Templates

__all__ = ["pages", "standalone"]


def pages(publication: Publication, templates: Templates) -> Iterator[Document]:
    """Every page that the publication asks for, with the stylesheet."""
    topics = {shelf.topic.id: shelf.topic.name for shelf in publication.shelves}
    press = Press(publication.site, topics, templates)
    yield Document(paths.STYLE, templates.render("pages/style.css"), "text/css")
    yield _front(publication, press)
    yield press.page("pages/archive.html.j2", paths.ARCHIVE, title="Archive", values={"archive": archive(publication)})
    for month in month_pages(publication):
        if publication.months is None or month.month.key in publication.months:
            path = paths.month_page(month.month.key)
            yield press.page("pages/month.html.j2", path, title=month.month.name, values={"page_of": month})
    yield press.page("pages/topics.html.j2", paths.TOPICS, title="Topics", values={"index": index(publication.shelves)})
    yield press.page("pages/about.html.j2", paths.ABOUT, title="About", values={"about": about(publication)})
    found = trends(publication, topics)
    yield press.page("pages/trends.html.j2", paths.TRENDS, title="Trends", values={"trends": found})
    for topic, view in subjects(publication.shelves, topics):
        path = paths.topic_page(topic.id)
        yield press.page("pages/topic.html.j2", path, title=topic.name, values={"subject": view}, topic=topic.id)
    for edition in publication.editions:
        yield _edition(edition, publication, press)
        yield edition_document(edition, templates)
    for record in publication.papers:
        yield _paper(record, press)


def standalone(edition: Edition, site: Site, templates: Templates) -> str:
    """The whole edition as one HTML file that needs nothing else: abstracts inside, links to other sites only.

    It belongs to a mail, and shows the sections that a mail shows.
    """
    html = templates.render(
        "pages/standalone.html.j2",
        site=site,
        style=Markup(templates.render("pages/style.css")),  # noqa: S704  a template of ours or the owner's, not a text
        **_shown(replace(edition, sections=shown_sections(edition)), None),
    )
    return legal(html)


def _front(publication: Publication, press: Press) -> Document:
    view = front(publication, press.topics)
    return press.page("pages/front.html.j2", paths.FRONT, title=press.site.title, values={"front": view})


def _edition(edition: Edition, publication: Publication, press: Press) -> Document:
    path = paths.edition_page(edition.digest, edition.number)
    values = _shown(edition, path) | {
        "before": _neighbour(edition, publication, -1),
        "after": _neighbour(edition, publication, +1),
        "markdown": f"{edition.number}.md",
    }
    title = f"{edition.title}, {long_day(edition.day)}"
    return press.page("pages/edition.html.j2", path, title=title, values=values)


def _neighbour(edition: Edition, publication: Publication, step: int) -> Link | None:
    """The edition before or after, in the same folder."""
    number = edition.number + step
    known = any(one.digest == edition.digest and one.number == number for one in publication.headlines)
    return Link(number_of(number), f"{number}.html") if known else None


def _shown(edition: Edition, page: str | None) -> dict[str, object]:
    """What both forms of an edition show."""
    return {
        "name": edition.title,
        "number": number_of(edition.number),
        "day": long_day(edition.day),
        "count": counted(papers_shown(edition), "new paper"),
        "outside": beside(outside(edition)),
        "summary": unbroken(summary(edition)),
        "blocks": blocks(edition, page),
        "sequels": sequel_groups(edition, lambda paper: place_of(paper, page)),
    }


def _paper(record: PaperRecord, press: Press) -> Document:
    path = paths.paper_page(record.announced.paper)
    view = dossier(record, press.topics, path)
    return press.page("pages/paper.html.j2", path, title=view.title, values={"paper": view})
