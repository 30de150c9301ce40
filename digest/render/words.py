"""How days, counts and papers are put into words, the same in mails, feeds and pages.

Plain strings, never markup: templates escape them. What is not known is left out, never guessed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from digest.revision import retitled

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from digest.models import Edition, Paper, Resemblance, Tally

__all__ = [
    "beside",
    "byline",
    "counted",
    "day_span",
    "in_full",
    "long_day",
    "named_day",
    "named_time",
    "number_of",
    "other_paper",
    "people",
    "perhaps",
    "perhaps_of",
    "same_title",
    "short_day",
    "short_name",
    "shortened",
    "summary",
    "tally_words",
    "unbroken",
]

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
NAMED_AUTHORS = 3
LONGEST_TITLE = 120  # of another paper, in a line about this one


# --- days and counts ----------------------------------------------------------------------------------------------


def long_day(day: date) -> str:
    """`Friday 20 November 2026`: English whatever the locale, which `strftime` is not."""
    return f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


def short_day(day: date, today_year: int | None = None) -> str:
    """`20 Nov`, with the year only when it is not `today_year`."""
    words = f"{day.day} {MONTHS[day.month - 1][:3]}"
    return words if day.year == today_year else f"{words} {day.year}"


def day_span(first: date, last: date) -> str:
    """`3 to 20 Nov 2026`, `28 Oct to 3 Nov 2026`; one day alone as itself."""
    if first == last:
        return short_day(last)
    alike = (first.year, first.month) == (last.year, last.month)
    return f"{first.day if alike else short_day(first, last.year)} to {short_day(last)}"


def named_day(day: date, today_year: int | None = None) -> str:
    """`Fri 20 Nov`, with the year only when it is not `today_year`."""
    return f"{DAYS[day.weekday()][:3]} {short_day(day, today_year)}"


def named_time(moment: datetime, now: datetime) -> str:
    """`Fri 20 Nov 07:00` in the time zone of `now`, with the year where it is another one."""
    local = moment.astimezone(now.tzinfo)
    return f"{named_day(local, now.year)} {local:%H:%M}"


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """`1 paper`, `1,234 papers`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def beside(outside: int) -> str:
    """`373 outside the topics`, to stand beside the papers that are shown; nothing where all are."""
    return f"{outside:,} outside the topics" if outside else ""


def number_of(number: int) -> str:
    """`No. 42`, as an edition is called; unbroken."""
    return f"No.\u00a0{number}"


def in_full(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def unbroken(words: str) -> str:
    """The same words, for HTML, with a no-break space between a number and its unit, and before a `·`.

    So `14 Oct` never parts, and no line begins with the sign that parts two things.
    """
    return re.sub(r"(?<=\d) (?=[^\W\d])| (?=· )", "\u00a0", words)


def shortened(words: str, longest: int) -> str:
    """The words, or as many of them as leave room for `…`; a single overlong word is cut."""
    if len(words) <= longest:
        return words
    kept = words[:longest]
    return (kept.rpartition(" ")[0] or kept[:-1]).rstrip(" ,;:–-") + "…"


def short_name(topic: str) -> str:
    """A topic's name up to its first colon or comma: "Speech, audio & music" is "Speech"."""
    return re.split(r"[:,]", topic)[0].strip() or topic


def tally_words(tally: Tally) -> str:
    """`41 listed: 25 new, 14 known before, 2 printed twice`, `39 listed, all known before` or `nothing listed`."""
    if not tally.listed:
        return "nothing listed"
    kinds = ((tally.new, "new"), (tally.known, "known before"), (tally.repeated, "printed twice"))
    found = [(count, kind) for count, kind in kinds if count]
    if len(found) == 1:
        return f"{tally.listed:,} listed, all {found[0][1]}"
    return f"{tally.listed:,} listed: {', '.join(f'{count:,} {kind}' for count, kind in found)}"


def summary(edition: Edition) -> str:
    """`41 listed: 25 new, 14 known before, 2 printed twice. Thursday was quiet.`; empty when nothing is known of it.

    Papers that came by another way than the dumps counted here, as when an old dump was read again, leave no equation
    that would hold: it is left out.
    """
    told = edition.tally.listed and edition.tally.new >= len(edition.items)
    listed = f"{tally_words(edition.tally)}." if told else ""
    return " ".join(sentence for sentence in (listed, _quiet(edition)) if sentence)


def _quiet(edition: Edition) -> str:
    days = edition.quiet
    if not days:
        return ""
    if len(days) > 3:  # noqa: PLR2004  beyond three names a number reads better
        return f"{len(days)} days before it were quiet."
    names = [_weekday(day, edition.day) for day in days]
    return f"{in_full(names)} {'was' if len(days) == 1 else 'were'} quiet."


def _weekday(day: date, today: date) -> str:
    within_a_week = 0 <= (today - day).days < len(DAYS)
    return DAYS[day.weekday()] if within_a_week else short_day(day, today.year)


# --- a paper ------------------------------------------------------------------------------------------------------


def byline(paper: Paper) -> str:
    """`7 authors · 14 Oct · 41 upvotes · 6 comments`; of each only what the listing printed."""
    parts = (
        people(paper),
        short_day(paper.published, paper.listed_on.year) if paper.published else "",
        counted(paper.upvotes, "upvote") if paper.upvotes else "",
        counted(paper.comments, "comment") if paper.comments else "",
    )
    return " · ".join(part for part in parts if part)


def perhaps(paper: Paper) -> str:
    """`Perhaps a new version of “Old Title”, listed 12 Nov`, for a paper whose abstract reads like an earlier one's."""
    if not paper.earlier:
        return ""
    other = paper.earlier[0]
    return perhaps_of(*other_paper(other, paper.listed_on.year), same=same_title(paper, other))


def perhaps_of(title: str, day: str, *, same: bool) -> str:
    """The same from the other paper's title and day; `same`: both have that title, so that it says nothing."""
    what = "the same as another entry of this title" if same else f"a new version of “{title}”"
    return f"Perhaps {what}, listed {day}"


def same_title(paper: Paper, other: Resemblance) -> bool:
    """Whether another paper has this one's title, if in another spelling: two ids may stand for one work."""
    return not retitled(paper.title, other.title)


def other_paper(other: Resemblance, year: int) -> tuple[str, str]:
    """Its title, not too long for a line about another paper, and `12 Nov`, when it was listed."""
    return shortened(" ".join(other.title.split()), LONGEST_TITLE), short_day(other.listed_on, year)


def people(paper: Paper) -> str:
    """Who wrote it, in a few words: the organisation, else up to three names, else `7 authors`, else nothing."""
    if paper.organisation:
        return paper.organisation
    names, total = paper.authors, paper.author_count or len(paper.authors)
    if not names:
        return counted(total, "author") if total else ""
    if total <= NAMED_AUTHORS and len(names) == total:
        return in_full(names)
    return f"{names[0]} and {counted(total - 1, 'other')}" if total > 1 else names[0]
