"""Pages that are set for one request, in the frame of all others, and what is said of faults."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse

from digest.errors import TemplateError
from digest.logs import WARNING, say
from digest.render.pages.frame import Press
from digest.render.templates import Templates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from digest.render.links import Link
    from digest.render.pages.frame import FeedLink
    from digest.web.reception import Reception

__all__ = ["UNLISTED", "Leaf", "Words", "below", "forgiving", "page", "question", "trouble"]

PRIVATE = {"Cache-Control": "no-store"}  # what is said to one person
UNLISTED = {**PRIVATE, "X-Robots-Tag": "noindex"}


@dataclass(frozen=True, slots=True)
class Leaf:
    """A page to be set: `pages/TEMPLATE` with its values. `path`, below the site, is where its links are relative to.

    `feeds` are those that it offers beside the site's.
    `known`: that is its address for everybody, so that it may say so; others are one person's, or nobody's.
    """

    template: str
    path: str
    title: str
    values: Mapping[str, object] = field(default_factory=dict)
    status: int = 200
    feeds: tuple[FeedLink, ...] = ()
    known: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """A few sentences, perhaps with a button that does something at `action`, below the site, and with links."""

    says: Sequence[str]
    action: str = ""
    button: str = ""
    links: Sequence[Link] = ()
    aside: str = ""


def page(here: Reception, leaf: Leaf) -> Response:
    """The page for this request."""
    text = forgiving(here, lambda templates: pressed(here, templates, leaf))
    return HTMLResponse(text, leaf.status, headers=PRIVATE if leaf.known else UNLISTED)


def forgiving(here: Reception, render: Callable[[Templates], str]) -> str:
    """What is rendered. Where the owner's own template has a mistake, the built-in one does, and the owner is told."""
    try:
        return render(here.templates)
    except TemplateError as fault:
        say("web.template", f"{fault}; the built-in one is shown", level=WARNING)
        return render(BUILT_IN)


BUILT_IN = Templates()


def pressed(here: Reception, templates: Templates, leaf: Leaf) -> str:
    site = here.site if leaf.known else replace(here.site, base_url=None)
    press = Press(site, {topic.id: topic.name for topic in here.topics}, templates, leaf.feeds)
    return press.page(f"pages/{leaf.template}", leaf.path, title=leaf.title, values=leaf.values).text


def below(request: Request) -> str:
    """Where a request stands below the site: what the links of its answer are relative to."""
    path: str = request.scope["path"]
    return path.removeprefix("/")


def question(here: Reception, leaf: Leaf, words: Words) -> Response:
    """A page of a few words, perhaps with a button."""
    values = {name: getattr(words, name) for name in ("says", "action", "button", "links", "aside")}
    return page(here, replace(leaf, template="question.html.j2", values=values))


def trouble(here: Reception, status: int, *, depth: int = 0) -> Response:
    """What is said of a fault, in people's words; `depth`: how many folders below the site the path lies."""
    title, what = WORDS.get(status, ("Something went wrong", "It is not your fault. Please try again later."))
    return page(here, Leaf("trouble.html.j2", "x/" * depth, title, {"what": what}, status))


WORDS = {
    400: ("That was not understood", "What was asked for is no address of a page here."),
    404: ("No such page", "Nothing stands here. It may never have, or the address was cut off."),
    405: ("That can't be done here", "This page can be read, and nothing more."),
    408: ("That took too long", "What was sent did not arrive. Please try again."),
    413: ("That is too much", "A form of this size is not read."),
    429: ("That was often", "Please wait a while, and try again then."),
    431: ("That is too much", "What your browser says of itself is too long to be read. Its cookies may be to blame."),
    503: ("Not at the moment", "Please try again in a minute. What you read before is still there."),
}
