"""Small charts of papers per week as inline SVG: no script, no style attribute, the colour of the text around them.

Each carries its numbers in words for those who can't see it; a page that shows the large one also prints them as a
table.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from markupsafe import Markup

from digest.render.words import counted, short_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["FEWEST_WEEKS", "Week", "columns", "describe", "spark", "together"]

Week = tuple[date, int]  # its Monday, its papers

STEP, BAR, HEIGHT = 7, 5, 18  # of a spark, in CSS pixels: a gap of 2 keeps neighbours apart on any screen
FEWEST_WEEKS = 3  # before that there is nothing to see
COLUMN, TALL, WIDEST = 10, 100, 24  # of columns, in units that are stretched; the widest in CSS pixels


def together(shelves: Iterable[Sequence[Week]], most: int | None = None) -> tuple[tuple[Week, ...], ...]:
    """Each of these over the same weeks, so that they can be compared, oldest first; at most the last `most`.

    They begin with the first paper of any: weeks that nobody watched are not empty weeks. They end with the latest
    week that is named, so that a topic that fell silent is seen to be silent. A week that is not named held nothing.
    """
    known = [dict(weeks) for weeks in shelves]
    begun = [monday for weeks in known for monday, count in weeks.items() if count]
    if not begun:
        return tuple(() for _ in known)
    last = max(monday for weeks in known for monday in weeks)
    length = (last - min(begun)).days // 7 + 1
    mondays = [last - timedelta(weeks=back) for back in range(min(length, most or length) - 1, -1, -1)]
    return tuple(tuple((monday, weeks.get(monday, 0)) for monday in mondays) for weeks in known)


def describe(weeks: Sequence[Week]) -> str:
    """The chart in one sentence."""
    if not weeks:
        return "No papers yet."
    counts = [count for _, count in weeks]
    since = short_day(weeks[0][0])
    return f"{counted(sum(counts), 'paper')} since {since}: at most {max(counts)} a week, {counts[-1]} in the latest."


def spark(weeks: Sequence[Week], top: int) -> Markup:
    """One bar per week, as tall as a line of text; `top` is the count that fills it, so that several can be compared."""
    bars = "".join(
        f"M{index * STEP} {HEIGHT}v-{_height(count, top, HEIGHT)}h{BAR}V{HEIGHT}z"
        for index, (_, count) in enumerate(weeks)
    )
    width = max(len(weeks) * STEP - (STEP - BAR), 1)
    return Markup(
        '<svg class="spark" role="img" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        '<title>{title}</title><path fill="currentColor" d="{bars}"/></svg>'
    ).format(width=width, height=HEIGHT, title=describe(weeks), bars=bars)


def columns(weeks: Sequence[Week]) -> Markup:
    """One column per week, at most 24 CSS pixels wide; the page's stylesheet gives the height and the greatest width."""
    top = max((count for _, count in weeks), default=0)
    bars = Markup("").join(_column(index, week, top) for index, week in enumerate(weeks))
    return Markup(
        '<svg class="columns" role="img" width="{shown}" height="80" viewBox="0 0 {width} {height}"'
        ' preserveAspectRatio="none"><title>{title}</title><g fill="currentColor">{bars}</g></svg>'
    ).format(shown=len(weeks) * WIDEST, width=len(weeks) * COLUMN, height=TALL, title=describe(weeks), bars=bars)


def _column(index: int, week: Week, top: int) -> Markup:
    height = _height(week[1], top, TALL)
    return Markup('<rect x="{x}" y="{y}" width="{width}" height="{height}"><title>{title}</title></rect>').format(
        x=index * COLUMN + 1,
        y=TALL - height,
        width=COLUMN - 2,
        height=height,
        title=f"Week of {short_day(week[0])}: {counted(week[1], 'paper')}",
    )


def _height(count: int, top: int, full: int) -> int:
    """At least 2 for one paper, and 1 for none: an empty week is a week, not a gap."""
    return max(2, round(full * min(count / top, 1))) if count > 0 and top > 0 else 1
