"""Where each document lives below the output folder, and how one page names another.

Paths are relative, with forward slashes, and never change once published: people keep them. `to` makes the link from
one page to another so that it works from a disk (`file://`) as well as from a server; `absolute` the address that
mails and feeds need, which exists only where there is a `base_url`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from digest.models import Paper, Resemblance, Site

__all__ = [
    "ABOUT",
    "ARCHIVE",
    "FEEDS",
    "FRONT",
    "OPML",
    "STYLE",
    "SUBSCRIBE",
    "TOPICS",
    "TRENDS",
    "absolute",
    "confirm_page",
    "edition_markdown",
    "edition_page",
    "feed",
    "is_volume",
    "leave_page",
    "manage_page",
    "month_page",
    "paper_page",
    "to",
    "topic_page",
    "volume",
]

FRONT, ARCHIVE, TOPICS = "index.html", "archive.html", "topics.html"
ABOUT, TRENDS = "about.html", "trends.html"
STYLE, OPML = "style.css", "feeds.opml"
SUBSCRIBE = "subscribe"  # this and the pages of a token are answered by a server, where there is one
ALL = "all"
VOLUME = re.compile(r"feeds/all-\d{4}-\d\d(-\d+)?\.(rss|atom)")
FEEDS = {"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}  # media types


def edition_page(digest: str, number: int) -> str:
    """The page of one edition; `#p7` on it is the paper with the number 7, `#t-agents` where a topic begins."""
    return f"editions/{digest}/{number}.html"


def edition_markdown(digest: str, number: int) -> str:
    """The same edition as Markdown."""
    return f"editions/{digest}/{number}.md"


def month_page(month: str) -> str:
    """The days and editions of one month, as `2026-11`."""
    return f"archive/{month}.html"


def paper_page(paper: Paper | Resemblance) -> str:
    """The page of one paper; `#bibtex` on it is its BibTeX entry."""
    return f"papers/{paper.slug}.html"


def topic_page(topic: str) -> str:
    """The page of one topic, by its id."""
    return f"topics/{topic}.html"


def feed(kind: str, topic: str | None = None) -> str:
    """The feed of one topic, by its id, or of all papers; `kind` is one of `FEEDS`."""
    return f"feeds/{topic or ALL}.{kind}"


def volume(kind: str, name: str) -> str:
    """The archived feed of one volume, `2026-10`; no topic may have such an id. `kind` is `rss` or `atom`."""
    return f"feeds/{ALL}-{name}.{kind}"


def is_volume(path: str) -> bool:
    """Whether an archived feed stands there: what is never written again may be kept for good."""
    return VOLUME.fullmatch(path) is not None


def confirm_page(token: str) -> str:
    """Where somebody confirms what they asked for."""
    return f"confirm/{token}"


def manage_page(token: str) -> str:
    """The page of one reader's subscription; `#topics` and `#pause` on it are where these are changed."""
    return f"s/{token}"


def leave_page(token: str) -> str:
    """Where one unsubscribes: by a button on it, or at once by a POST (RFC 8058)."""
    return f"s/{token}/unsubscribe"


def to(path: str, page: str) -> str:
    """The relative link to `path` (which may end in a #fragment) for use on `page`."""
    return "../" * page.count("/") + quote(path, safe="/#")


def absolute(site: Site, path: str) -> str | None:
    """The web address of `path`, or None where there is no web."""
    return None if site.base_url is None else f"{site.base_url}/{quote(path, safe='/#')}"
