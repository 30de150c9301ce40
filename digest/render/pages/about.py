"""What the site is, for who meets it for the first time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.render import paths
from digest.render.words import counted, long_day

if TYPE_CHECKING:
    from digest.models import Publication

__all__ = ["About", "about"]


@dataclass(frozen=True, slots=True)
class About:
    """`so_far` says what there is, `rhythm` when the next edition may come; `owner` is "" where nobody can write there."""

    so_far: str
    rhythm: str
    owner: str
    archive: str
    topics: str


def about(publication: Publication) -> About:
    """What the page says, of this site."""
    site, headlines = publication.site, publication.headlines
    papers = sum(listed.tally.new for listed in publication.days)
    parts = (counted(papers, "paper"), counted(len(headlines), "edition")) if headlines else ()
    schedule = f"It appears {site.schedule}" if site.schedule else "An edition appears when something new is listed"
    return About(
        so_far=f"{' in '.join(parts)} since {long_day(headlines[-1].day)}." if parts else "",
        rhythm=f"{schedule}; nothing is sent on a quiet day.",
        owner="" if site.owner.endswith("@localhost") else site.owner,
        archive=paths.to(paths.ARCHIVE, paths.ABOUT),
        topics=paths.to(paths.TOPICS, paths.ABOUT),
    )
