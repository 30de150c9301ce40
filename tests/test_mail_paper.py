"""What a mail says of one paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from digest.models import Edition, Item, Section
from digest.render.links import Link
from digest.render.mail.paper import Blurb, blurbs, linkless
from tests.mails import SITE, WEB, edition, morning, one, paper


def said(edition: Edition, section: int = 0, *, linked: bool = True) -> tuple[Blurb, ...]:
    return blurbs(edition, edition.sections[section], SITE, linked=linked)


def test_the_first_of_a_topic_is_in_full_and_the_others_are_compact() -> None:
    assert [blurb.full for blurb in said(morning())] == [True, False, False, False]


@pytest.mark.parametrize("section", [2, 3])
def test_a_section_of_several_topics_has_no_leading_paper(section: int) -> None:
    assert not any(blurb.full for blurb in said(morning(), section))


def test_a_section_that_is_the_whole_edition_has_one() -> None:
    assert [blurb.full for blurb in said(edition(morning().sections[2]))] == [True, False]


def test_a_full_paper_says_why_it_is_here_and_where_it_can_be_read() -> None:
    first = said(morning())[0]
    assert first.byline == "7\u00a0authors\u00a0· 14\u00a0Oct\u00a0· 41\u00a0upvotes\u00a0· 6\u00a0comments"
    assert first.why == "Here for “citation checker” in the title\u00a0· also in Large language models and Health"
    assert first.places == (
        Link("arXiv 2610.00001", "https://arxiv.org/abs/2610.00001"),
        Link("PDF", "https://arxiv.org/pdf/2610.00001"),
    )


def test_with_a_web_a_full_paper_offers_its_bibtex() -> None:
    web = morning()
    first = blurbs(web, web.sections[0], WEB, linked=True)[0]
    assert first.places[-1] == Link("BibTeX", f"{WEB.base_url}/papers/{web.items[0].paper.slug}.html#bibtex")


def test_a_compact_paper_names_its_place_in_a_word() -> None:
    asides = [blurb.aside for blurb in said(morning())]
    assert asides[1:] == [
        "University of Examples\u00a0· 2\u00a0Nov\u00a0· arXiv",
        "1\u00a0author\u00a0· arXiv",
        "3\u00a0authors",
    ]
    assert said(morning(), 1)[1].aside == "example.org"


def test_claims_are_short_in_compact_papers() -> None:
    long = "We show a thing. " * 60
    section = Section("agents", "Agents", (Item(1, paper("A", long), "agents"), Item(2, paper("B", long))))
    full, compact = said(edition(section))
    assert 200 < len(full.claim) <= 320
    assert 90 < len(compact.claim) <= 140


def test_a_paper_among_several_topics_carries_its_own_as_a_label() -> None:
    speech, health = said(morning(), 2)
    assert (speech.label, speech.byline) == ("Speech", "Speech\u00a0· 1\u00a0comment")
    assert (health.label, health.byline) == ("Health", "Health\u00a0· 1\u00a0upvote")


def test_a_title_leads_to_the_paper_or_to_its_page_here_or_nowhere() -> None:
    linked, unlinked = one(), one(ids=())
    page = f"{WEB.base_url}/papers/{unlinked.items[0].paper.slug}.html"
    assert said(linked)[0].href == "https://arxiv.org/abs/2610.00001"
    assert blurbs(unlinked, unlinked.sections[0], WEB, linked=True)[0].href == page
    assert said(unlinked)[0].href == ""


def test_one_paper_without_a_link_says_so_and_offers_a_search() -> None:
    lone = said(morning())[3]
    assert (lone.href, lone.line_href, lone.lookup[:25]) == ("", "", "https://arxiv.org/search/")


def test_where_no_paper_has_a_link_titles_lead_to_a_search_but_not_in_the_light_form() -> None:
    unlinked = one("A Title", ids=())
    (blurb,) = said(unlinked, linked=False)
    assert linkless(unlinked)
    assert not linkless(morning())
    assert (blurb.href[-7:], blurb.line_href, blurb.lookup) == ("A+Title", "", "")


def test_overlong_texts_are_cut() -> None:
    huge = one("title " * 11_000, "claim " * 11_000, organisation="name " * 13_000)
    terms = replace(huge.items[0], terms=("term " * 13_000,))
    (blurb,) = said(edition(Section("agents", "Agents", (terms,))))
    assert len(blurb.title) <= 300
    assert len(blurb.claim) <= 320
    assert len(blurb.byline) <= 160
    assert len(blurb.why) <= 80


def test_a_year_is_told_when_it_is_not_the_listings() -> None:
    assert said(one(published=date(2024, 2, 29)))[0].byline == "29\u00a0Feb 2024"
