"""What an excerpt opens with: what a paper claims, neither links nor "Therefore,", nor its title once more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sentences import begin, claims, telling
from digest.text import excerpt

COUNTS = "We count moths with a lamp."
MANY = 300  # characters: all of it


@pytest.mark.parametrize(
    "links",
    [
        "Paper: https://arxiv.org/abs/2611.01234 Code: https://github.com/moths/lamp",
        "Project page: https://moths.example.io/lamp.",
        "🏠 Page: moths.github.io/ 📄 Paper: arxiv.org/abs/2611.01234 💻 Code: github.com/moths/lamp",
        "Code for counting and for drawing: https://github.com/moths/lamp",
        "github: https://github.com/moths/lamp",
        "[Project page](https://moths.example.io)",
        "Code is available at https://github.com/moths/lamp.",
        "Our code and a step-by-step guide to counting, drawing and naming are available on GitHub.",
        "The dataset will be made publicly available.",
        "Our lamps and data can be found on our project page.",
        "Please visit https://moths.example.io/lamp for more.",
        "More details at: https://moths.example.io",
        "https://github.com/moths/lamp",
    ],
)
def test_links_and_their_labels_are_no_claim(links: str) -> None:
    assert excerpt(links, MANY) == ""
    assert excerpt(f"{links} {COUNTS}", MANY) == COUNTS
    assert excerpt(f"{COUNTS} {links}", MANY) == COUNTS


@pytest.mark.parametrize(
    "sentence",
    [
        "The lamp ( https://github.com/moths/lamp ) draws moths from ten villages.",
        "Large datasets are available in English, but none of moths.",
        "We draw moths from a website and count them.",
        "We study how developers on GitHub answer each other.",
        "A lamp that is found in no shop draws most moths.",
        "Moths.",
        "See how moths turn.",
        "Moths gather around lamps",
        "🔥 Hot lamps draw moths.",
    ],
)
def test_other_sentences_stay_as_they_are(sentence: str) -> None:
    assert excerpt(sentence, MANY) == sentence
    assert excerpt(f"{sentence} {COUNTS}", MANY) == f"{sentence} {COUNTS}"


def test_row_of_labels_without_links_is_no_claim() -> None:
    assert excerpt(f"{COUNTS} 📄 Paper | 💻 Code | 🤗 Models", MANY) == COUNTS
    assert excerpt("Project Page | Paper | Code", MANY) == ""


def test_heading_before_a_link_goes_with_it() -> None:
    text = f"{COUNTS} TL;DR 🔥 Hot lamps draw moths. Lamp repository 💻 Code: https://github.com/moths/lamp"
    assert excerpt(text, MANY) == f"{COUNTS} 🔥 Hot lamps draw moths."


@pytest.mark.parametrize(
    ("sentence", "opening"),
    [
        ("In this paper, we count moths.", "We count moths."),
        ("In this short paper we count moths.", "We count moths."),
        ("In this work, the moths are counted.", "The moths are counted."),
        ("To address this, we count moths.", "We count moths."),
        ("To overcome these two old limitations, this paper counts moths.", "This paper counts moths."),
        ("To fill the gap, our lamp counts.", "Our lamp counts."),
        ("To this end, we count moths.", "We count moths."),
        ("Therefore, in this paper, we count moths.", "We count moths."),
        ("However, we show that moths count.", "We show that moths count."),
        ("Motivated by this observation, we count.", "We count."),
        ("Here we count moths.", "We count moths."),
    ],
)
def test_what_only_points_back_is_cut_from_the_opening(sentence: str, opening: str) -> None:
    assert begin(sentence) == opening
    assert excerpt(sentence, MANY) == opening


@pytest.mark.parametrize(
    "sentence",
    [
        "To address the lack of lamps in rain, we count moths.",  # says why
        "In this paper, inspired by owls, we count moths.",
        "However, mothNet counts.",  # a name keeps its small letter, and so what stands before it
        "To be counted, we hide.",
        "Here and there we count moths.",
        "Instead of lamps, we use candles.",
        "Building on the success of lamps, we count moths.",
    ],
)
def test_what_says_more_stays(sentence: str) -> None:
    assert begin(sentence) == sentence


def test_only_the_opening_loses_it() -> None:
    text = "We count moths. However, we find few. In this paper, we say why."
    assert excerpt(text, MANY) == text


TITLE = "Lamps and Moths: Counting Wings in the Dark of the Night"


@pytest.mark.parametrize(
    "again",
    [
        f"{TITLE}.",
        f"Excited to share our new paper “{TITLE}”!",
        "Counting wings in the dark of the night.",
    ],
)
def test_title_is_not_said_again(again: str) -> None:
    assert excerpt(f"{again} {COUNTS}", MANY, title=TITLE) == COUNTS
    assert excerpt(f"{again} {COUNTS}", MANY) == f"{again} {COUNTS}"


def test_sentence_that_says_more_than_the_title_stays() -> None:
    text = f"{TITLE} is a study of 40 nights in which owls and bats were counted as well, and named. {COUNTS}"
    assert excerpt(text, MANY, title=TITLE) == text
    assert excerpt("Moths and lamps agree.", MANY, title="Moths") == "Moths and lamps agree."


def test_space_before_a_stop_is_closed() -> None:
    assert (
        excerpt("We propose LampNet , which counts . It errs by .5 …", MANY)
        == "We propose LampNet, which counts. It errs by .5 …"
    )


def test_claim_is_what_a_paper_does() -> None:
    assert claims("In this paper, we present a lamp.")
    assert not claims("Moths gather at lamps.")


@given(st.text("ab .!?:/[](🔥📄\n", max_size=80))
def test_telling_sentences_are_the_text_with_some_left_out(text: str) -> None:
    rest = text
    for sentence in telling(text):
        assert sentence
        _, found, rest = rest.partition(sentence)
        assert found == sentence
