"""From pieces with their roles to listed papers: which marks belong to which card, and what they say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from digest.dates import Day, listing_day, read_day, resolve
from digest.models import Identifier, ListedPaper
from digest.parsers.huggingface_page.lines import LINE_END, without_line_end
from digest.parsers.huggingface_page.wrapping import join_lines
from digest.parsers.identifiers import own_arxiv
from digest.text import clean_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from digest.models import DateFrom
    from digest.parsers.huggingface_page.lines import Piece
    from digest.parsers.huggingface_page.segment import Role

__all__ = ["Card", "Dated", "collect", "date_papers"]

_PAPERS = "https://huggingface.co/papers/"
_ARXIV = "https://arxiv.org/abs/"
_AUTOMATED = "This is an automated message from the Librarian Bot"  # followed by titles of other papers
_NO_COUNT = 10**9  # and a database holds no number beyond 64 bits


@dataclass(slots=True)
class Card:
    """One printed card while it is read; `listed` makes the value of it."""

    title: list[str]
    link: str = ""
    abstract: list[str] = field(default_factory=list)
    arxiv: str = ""
    author_count: int | None = None
    organisation: str | None = None
    day: Day | None = None
    own_year: bool = True  # its day bears a year only when that is not the listing's
    comments: int | None = None
    upvotes: int | None = None

    def listed(self, published: date | None, *, listed_on: date) -> ListedPaper:
        """The card as a value, its text cleaned. An address that its abstract gives as the paper's own is its address."""
        abstract = self._said()
        found = self.link or self.arxiv or own_arxiv(abstract or "", published or listed_on)
        return ListedPaper(
            title=clean_text(join_lines(self.title)),
            abstract=abstract,
            author_count=self.author_count,
            organisation=self.organisation,
            published=published,
            comments=self.comments,
            upvotes=self.upvotes,
            url=(_PAPERS if self.link else _ARXIV) + found if found else None,
            ids=(Identifier("arxiv", found),) if found else (),
        )

    def _said(self) -> str | None:
        """Its abstract; what a robot commented in the place of one says nothing of the paper."""
        text = clean_text(join_lines(self.abstract)) if self.abstract else ""
        return None if text.startswith(_AUTOMATED) else text or None


class Dated(NamedTuple):
    """The papers of a page with the day that it bears and what that day rests on."""

    day: date
    source: DateFrom
    papers: tuple[ListedPaper, ...]


def collect(pieces: Iterable[Piece], roles: Iterable[Role]) -> list[Card]:
    """The cards in printed order. `roles` has one entry for each piece of text."""
    cards: list[Card] = []
    ahead = Card([])
    text_roles = iter(roles)
    for piece in pieces:
        if piece.kind == "text":
            role = next(text_roles)
            if role == "title":
                ahead.title, ahead.link = [_line(piece)], piece.link or ahead.link
                cards.append(ahead)
                ahead = Card([])
            elif role != "orphan" and cards:
                _add_text(cards[-1], piece, role)
        else:
            _add_mark(cards[-1] if cards else None, ahead, piece)
    return cards


def _add_text(card: Card, piece: Piece, role: Role) -> None:
    (card.title if role == "more title" else card.abstract).append(_line(piece))
    card.link = card.link or piece.link


def _line(piece: Piece) -> str:
    return without_line_end(piece.text) if piece.text.endswith(LINE_END) else piece.text


def _add_mark(card: Card | None, ahead: Card, piece: Piece) -> None:
    """To the card above or, for what stands before a title, to the one ahead."""
    if piece.kind == "vote":
        ahead.upvotes = _number(piece.text)
    elif piece.kind == "login":
        ahead.link = piece.link or ahead.link
    elif card:
        _close(card, piece)


def _close(card: Card, piece: Piece) -> None:
    """What stands after the text of a card. A mark that was printed twice is read once."""
    if piece.kind == "authors" and card.author_count is None:
        card.author_count = int(piece.text)
    elif piece.kind == "organisation" and card.organisation is None:
        card.organisation = clean_text(piece.text) or None
    elif piece.kind in {"day", "published"} and card.day is None:
        card.day, card.own_year = read_day(piece.text), piece.kind == "day"
    elif piece.kind == "comments" and card.comments is None:
        card.comments = _number(piece.text)
    elif piece.kind == "upvotes" and card.upvotes is None:
        card.upvotes = _number(piece.text)
    if piece.kind == "arxiv":
        card.arxiv = card.arxiv or piece.link
    else:
        card.link = card.link or piece.link


def _number(text: str) -> int | None:
    """12 of "12", 3290 of "3.29k", None of "-" and of what is no count: what is not printed is not 0."""
    try:
        count = round(float(text[:-1]) * 1000) if text[-1:] in {"k", "K"} else int(text)
    except ValueError:
        return None
    return count if count < _NO_COUNT else None


def date_papers(cards: Sequence[Card], name: str, retrieved: date, *, header: Day | None) -> Dated:
    """All cards as values; a day without a year is in the listing's own year."""
    days = {card.day for card in cards if card.day}
    telling = {card.day for card in cards if card.day and card.own_year} if header else days
    listed_on, source = listing_day(name, retrieved, header=header, cards=telling)
    limit = max(listed_on, retrieved)
    known = {day: resolve(day, listed_on.year, limit=limit) for day in days}
    published = ((card, known[card.day] if card.day else None) for card in cards)
    return Dated(listed_on, source, tuple(card.listed(day, listed_on=listed_on) for card, day in published))
