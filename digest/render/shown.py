"""What of an edition is shown, and what is only counted: papers outside its topics, where their titles are not wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.edition import OTHERS

if TYPE_CHECKING:
    from digest.models import Edition, Section

__all__ = ["outside", "papers_shown", "shown_sections"]


def shown_sections(edition: Edition) -> tuple[Section, ...]:
    """The sections that a mail shows."""
    titles = edition.others == "titles"
    return tuple(section for section in edition.sections if section.items and (titles or section.key != OTHERS))


def papers_shown(edition: Edition) -> int:
    """The one number that says how large an edition is, wherever it is named."""
    return sum(len(section.items) for section in shown_sections(edition))


def outside(edition: Edition) -> int:
    """How many papers stand beside that number."""
    return len(edition.items) - papers_shown(edition)
