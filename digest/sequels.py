"""What became of papers that earlier editions announced: they were revised, or they came back. Pure.

A sequel is told beside the news and never counted as news; there is no edition for its sake. Both kinds are off unless
the digest asks for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from digest.likeness import reworded
from digest.models import Sequel
from digest.revision import retitled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from digest.models import DigestRules, Paper, SequelKind

__all__ = ["Followed", "sequels"]

AWAY = timedelta(days=7)  # a listing that shows its papers for a week or two, over weekends too, brings nothing back


@dataclass(frozen=True, slots=True)
class Followed:
    """A paper that an edition of this digest announced, and that was listed again since the last one.

    `title` and `abstract` are what its readers were told last; `paper` has the latest text and counts. `day` and `number`
    are of the edition that announced it. `before` is the last day it was listed on until the last edition, `again` the
    first one since; `days` counts those since it was announced. `same_source`: both texts are one source's, so that what
    differs was changed; another source may only describe the paper in its own words.
    """

    paper: Paper
    title: str
    abstract: str | None
    number: int
    day: date
    before: date
    again: date
    days: int
    comments_then: int | None = None
    upvotes_then: int | None = None
    same_source: bool = True


def sequels(rules: DigestRules, followed: Sequence[Followed]) -> tuple[Sequel, ...]:
    """Those that the digest asks for: updated papers first, then those that came back, the most discussed first.

    Updated: the title is another one, or the abstract was reworded. Came back: it was listed again after a week or more
    away, and does not stand among the updated ones; of its text nothing is said then.
    """
    told = [sequel for one in followed for sequel in _sequel(rules, one)]
    return tuple(sorted(told, key=lambda sequel: (sequel.kind != "updated", *_order(sequel.paper))))


def _order(paper: Paper) -> tuple[int, int]:
    return -((paper.comments or 0) + (paper.upvotes or 0)), paper.id


def _sequel(rules: DigestRules, one: Followed) -> Iterator[Sequel]:
    rewritten = one.same_source and reworded(one.abstract, one.paper.abstract)
    changed = retitled(one.title, one.paper.title) or rewritten
    if rules.updated and changed:
        yield _told("updated", one)
    elif rules.came_back and one.again - max(one.before, one.day) >= AWAY:
        yield _told("came back", one)


def _told(kind: SequelKind, one: Followed) -> Sequel:
    return Sequel(
        kind,
        one.paper,
        number=one.number,
        day=one.day,
        former=one.title if kind == "updated" and retitled(one.title, one.paper.title) else None,
        days=one.days,
        comments_then=one.comments_then,
        upvotes_then=one.upvotes_then,
    )
