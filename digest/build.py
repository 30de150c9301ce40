"""The fourth line: feeds and pages from the database alone, and only what changed.

What shows everything (front page, archive, topics, feeds) is made again when anything it may show has changed; the
page of a paper or an edition only when its own inputs have; an archived feed once, before the feed that leads to it. What was made from what is noted after it stands on the
disk: a kill between the two costs a second writing of the same bytes, never a missing page. What renders is imported
when something is stale: on a quiet day nothing is.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from digest import __version__
from digest.models import Publication
from digest.render import paths
from digest.render.volumes import volumes
from digest.store.publications import Built

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from digest.models import Document, Edition, Site, Topic, Volume
    from digest.output import Output
    from digest.render.templates import Templates
    from digest.store import Store

__all__ = ["Builder"]

SITE = "site"  # the documents that show everything
MONTH = (
    "month/"  # what begins the names of months' pages: what they are made from is known when they are about to be made
)
VOLUME = "volume/"  # what begins the names of pages whose documents never change; only a new web address does that


class Builder:
    """Brings the output folder up to date with the store."""

    def __init__(
        self, store: Store, output: Output, *, site: Site, topics: tuple[Topic, ...], templates: Templates
    ) -> None:
        self._store = store
        self._output = output
        self._site = site
        self._topics = topics
        self._templates = templates

    def build(self) -> list[str]:
        """Render and write what is stale; returns the paths that changed. Writes nothing when nothing is."""
        bound = self._bound()
        built = self._store.publications.built()
        known = {one.page: one.inputs for one in built if one.page.startswith(MONTH)}
        wanted = {**self._wanted(bound), **known}
        stale = stale_pages(wanted, built, self._output.missing(one.path for one in built))
        if not stale:
            return []
        volumes = self._bind([volume for volume in bound if volume_page(volume) in stale], bound, wanted)
        return [*volumes, *self._site_and_pages(stale, wanted, built, bound[-1:])]

    def _site_and_pages(
        self, stale: set[str], wanted: Mapping[str, str], built: Sequence[Built], bound: Sequence[Volume]
    ) -> list[str]:
        from digest.render.feeds import feeds
        from digest.render.pages import pages

        publication = self._publication(stale, *bound)
        months = month_inputs(publication, self._look)
        changed_months = {page for page, inputs in months.items() if page in stale or wanted.get(page) != inputs}
        stale = stale | changed_months | {page for page in wanted if page.startswith(MONTH) and page not in months}
        wanted = {**{page: inputs for page, inputs in wanted.items() if not page.startswith(MONTH)}, **months}
        publication = replace(publication, months=frozenset(page.removeprefix(MONTH) for page in changed_months))
        owners = page_owners(publication)
        documents = [*pages(publication, self._templates), *checked(feeds(publication, self._templates))]
        changed = self._output.put(documents)
        made = [Built(d.path, page, wanted[page]) for d in documents for page in [owners.get(d.path, SITE)]]
        renewed = {page for page in stale | {SITE} if not (page in wanted and page.startswith(VOLUME))}
        gone = sorted({one.path for one in built if one.page in renewed} - {one.path for one in made})
        self._output.remove(gone)
        self._store.publications.note_built(made, gone)
        return [*changed, *gone]

    def _bound(self) -> tuple[Volume, ...]:
        """The archived feeds that there should be, oldest first: without a web address none could be found."""
        return volumes(self._store.volumes.editions()) if self._site.base_url else ()

    def _bind(self, missing: Sequence[Volume], bound: Sequence[Volume], wanted: Mapping[str, str]) -> list[str]:
        """Write these volumes, one after the other: each is noted before the next, and stands before a feed leads to it."""
        changed = []
        before = dict(zip(bound, (None, *bound), strict=False))
        for volume in missing:
            from digest.render.feeds import Binding, archived

            page = volume_page(volume)
            binding = Binding(volume, before[volume], self._store.volumes.papers(volume))
            documents = [*checked(archived(binding, self._site, self._topics, templates=self._templates))]
            changed += self._output.put(documents)
            self._store.publications.note_built([Built(one.path, page, wanted[page]) for one in documents])
        return changed

    def _wanted(self, bound: Sequence[Volume]) -> Mapping[str, str]:
        """What each page must have been made from."""
        look = self._look
        inputs = {page: f"{look}-{value}" for page, value in self._store.publications.page_inputs().items()}
        inputs |= {volume_page(volume): f"{self._site.base_url} {volume.first} {volume.last}" for volume in bound}
        return inputs | {SITE: f"{look}-{self._store.publications.state()}"}

    @cached_property
    def _look(self) -> str:
        """What all pages are made from: this program, its templates, the site and its topics."""
        return f"{__version__}-{self._templates.fingerprint()}-{mark((self._site, self._topics))}"

    def _publication(self, stale: Iterable[str], bound: Volume | None = None) -> Publication:
        read = self._store.publications
        headlines = read.headlines()
        newest = headlines[0].day if headlines else date.min.replace(year=2000)
        return Publication(
            self._site,
            headlines,
            days=read.days(),
            recent=read.recent(self._unbound(bound)),
            shelves=read.shelves(self._topics, newest),
            editions=tuple(self._editions(stale)),
            papers=read.records([int(page.partition("/")[2]) for page in stale if page.startswith("paper/")]),
            bound=bound,
            terms=read.terms(newest),
        )

    def _unbound(self, bound: Volume | None) -> int | None:
        """From which edition on all must be in the feed of all papers, as no volume holds them; None: the last ones will do."""
        return (bound.last + 1 if bound else 0) if self._site.base_url else None

    def _editions(self, stale: Iterable[str]) -> Iterator[Edition]:
        for page in sorted(stale):
            kind, _, key = page.partition("/")
            digest, _, number = key.rpartition("/")
            edition = self._store.editions.load(digest, int(number)) if kind == "edition" else None
            if edition is not None:
                yield edition


def mark(values: object) -> str:
    """A short name for these values, by all that they hold."""
    return hashlib.blake2b(repr(values).encode(), digest_size=8).hexdigest()


def month_inputs(publication: Publication, look: str) -> Mapping[str, str]:
    """What each month's page is to be made from: what it shows."""
    from digest.render.pages.archive import month_pages

    return {f"{MONTH}{one.month.key}": f"{look}-{mark(one)}" for one in month_pages(publication)}


def volume_page(volume: Volume) -> str:
    return f"{VOLUME}{volume.name}"


def stale_pages(wanted: Mapping[str, str], built: Sequence[Built], missing: Container[str]) -> set[str]:
    """The pages made from other inputs, never made, not on the disk any more, or not wanted any more."""
    current = {one.page for one in built if wanted.get(one.page) == one.inputs}
    lost = {one.page for one in built if one.path in missing or one.page not in wanted}
    return (set(wanted) - current) | lost


def page_owners(publication: Publication) -> Mapping[str, str]:
    """Which page each document belongs to; those that are not named belong to the site."""
    owners = {paths.paper_page(one.announced.paper): f"paper/{one.announced.paper.id}" for one in publication.papers}
    owners |= {paths.month_page(month): f"{MONTH}{month}" for month in publication.months or ()}
    for edition in publication.editions:
        page = f"edition/{edition.digest}/{edition.number}"
        owners[paths.edition_page(edition.digest, edition.number)] = page
        owners[paths.edition_markdown(edition.digest, edition.number)] = page
    return owners


def checked(documents: Iterable[Document]) -> Iterator[Document]:
    """The same documents; raises `OutputError` for one that a reader could not parse, before anything is replaced."""
    from digest.render.feeds import check

    for document in documents:
        check(document)
        yield document
