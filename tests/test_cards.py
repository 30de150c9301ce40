"""What a card says of its paper when its abstract is no abstract, or holds the paper's address."""

from __future__ import annotations

from datetime import date

import pytest

from digest.models import Identifier
from digest.parsers.huggingface_page.cards import Card
from digest.parsers.identifiers import own_arxiv

NOVEMBER = date(2026, 11, 20)
OWN = "2611.01234"


@pytest.mark.parametrize(
    "text",
    [
        f"Paper: https://arxiv.org/abs/{OWN} Code: https://github.com/moths/lamp",
        f"We count moths. 📄 Paper: arxiv.org/abs/{OWN}",
        f"Page: https://moths.example.io/ arxiv: https://arxiv.org/pdf/{OWN}v2",
        f"We count moths Paper 📄: https://www.arxiv.org/abs/{OWN} and name them.",
        f"Full paper: https://arxiv.org/html/{OWN}",
        f"Paper link : https://arxiv.org/abs/{OWN}",
        f"Paper (arXiv): https://arxiv.org/abs/{OWN}",
        f"Paper: arXiv:{OWN} Code: GitHub",
        f"🌐 arXiv: {OWN} 🔥 Hot lamps",
        f"Preprint: https://arxiv.org/abs/{OWN}",
        f"Paper: https://arxiv.org/abs/{OWN} arXiv: {OWN}",
    ],
)
def test_labelled_address_is_that_of_the_paper(text: str) -> None:
    assert own_arxiv(text, NOVEMBER) == OWN
    listed = Card(["Lamps"], abstract=[text]).listed(NOVEMBER, listed_on=NOVEMBER)
    assert listed.ids == (Identifier("arxiv", OWN),)
    assert listed.url == f"https://arxiv.org/abs/{OWN}"


@pytest.mark.parametrize(
    "text",
    [
        f"It builds on lamps ( https://arxiv.org/abs/{OWN} ) that turn.",
        f"As was shown before (arXiv:{OWN}), moths turn.",
        f"Moths turn, see arXiv: {OWN}",
        f"Read our previous paper: https://arxiv.org/abs/{OWN}",
        f"Related Paper: https://arxiv.org/abs/{OWN}",
        f"Newspaper: https://arxiv.org/abs/{OWN}",
        f"Code: https://arxiv.org/abs/{OWN}",
        f"Paper: https://arxiv.org/abs/{OWN} Paper: https://arxiv.org/abs/2611.05678",  # of two
        "Paper: https://arxiv.org/abs/2503.01234",  # of another year
        "Paper: https://arxiv.org/abs/2608.01234",
        f"Paper: https://arxiv.org/abs/{OWN}56",
        "Paper: https://example.org/abs/2611.01234",
    ],
)
def test_other_addresses_are_not(text: str) -> None:
    assert own_arxiv(text, NOVEMBER) == ""
    assert Card(["Lamps"], abstract=[text]).listed(NOVEMBER, listed_on=NOVEMBER).ids == ()


@pytest.mark.parametrize("published", [date(2026, 10, 31), date(2026, 12, 1)])
def test_paper_may_be_listed_in_the_month_before_or_after(published: date) -> None:
    assert own_arxiv(f"Paper: arxiv.org/abs/{OWN}", published) == OWN
    assert own_arxiv("Paper: arxiv.org/abs/2612.01234", date(2027, 1, 3)) == "2612.01234"


def test_address_of_the_card_itself_counts_before_one_in_its_abstract() -> None:
    card = Card(["Lamps"], link="2611.05678", abstract=[f"Paper: https://arxiv.org/abs/{OWN}"])
    assert card.listed(NOVEMBER, listed_on=NOVEMBER).ids == (Identifier("arxiv", "2611.05678"),)


def test_without_a_day_of_its_own_the_listing_s_day_counts() -> None:
    card = Card(["Lamps"], abstract=[f"Paper: https://arxiv.org/abs/{OWN}"])
    assert card.listed(None, listed_on=NOVEMBER).ids == (Identifier("arxiv", OWN),)
    assert card.listed(None, listed_on=date(2027, 11, 20)).ids == ()
    assert card.listed(date(2025, 11, 20), listed_on=NOVEMBER).ids == ()


def test_comment_of_a_robot_is_no_abstract() -> None:
    said = ["This is an automated message from the Librarian Bot . I found papers that are like this one. Lamps (2025)"]
    assert Card(["Lamps"], abstract=said).listed(NOVEMBER, listed_on=NOVEMBER).abstract is None
    assert (
        Card(["Lamps"], abstract=["This is an automated lamp."]).listed(NOVEMBER, listed_on=NOVEMBER).abstract
        == "This is an automated lamp."
    )
