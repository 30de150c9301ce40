"""Text as people read it: what is cleaned, what stays, which titles are the same, what an excerpt says."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.text import clean_text, excerpt, title_key

XML_TEXT = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
ANY_TEXT = st.text(st.characters(codec=None) | st.sampled_from("\\{}$%^=? \u202e\u2028\x85\x00'\""), max_size=200)
LONG_TITLE = "Lanterns Along the Quiet River: Counting Moths with Small Networks"


# --- cleaning ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("  two \t words\r\nand\x0bmore ", "two words and more"),
        ("moths \nand lamps\n", "moths and lamps"),
        ("next\x85line, line\u2028separator, no\xa0break", "next line, line separator, no break"),
        ("a\x00b\x07c\x1b[31md\x7f", "abc[31md"),
        ("high \ud800 lone \udfff low", "high lone low"),
        ("\u202egnihtyna\u202c and \u2066isolated\u2069", "gnihtyna and isolated"),
        ("\ufeffmark, \ufffe and \uffff", "mark, and"),
        ("cafe\u0301", "café"),
        ("=?utf-8?q?x?=", "= ?utf-8?q?x?="),
        ("=\u200b?utf-8?q?x?=", "= ?utf-8?q?x?="),
        ("", ""),
        ("\x00\u202e", ""),
    ],
)
def test_text_is_one_clean_line(dirty: str, clean: str) -> None:
    assert clean_text(dirty) == clean


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"45\% of R\&D in a\_b \#1", "45% of R&D in a_b #1"),
        (r"\emph{very} \textbf{bold \textit{both}} {\it old} {\bfseries style}", "very bold both old style"),
        (r"turned by 360^\circ or 90^{\circ}", "turned by 360° or 90°"),
        (r"\rho, $\Psi$ and \alpha{}-stable, a \times b", "ρ, Ψ and α-stable, a × b"),
        (r"Schr\"{o}dinger, G{\'e}rard, \v{C}ech", "Schrödinger, Gérard, Čech"),
        (r"costs \$5", "costs $5"),
    ],
)
def test_latex_with_one_reading_is_repaired(latex: str, text: str) -> None:
    assert clean_text(latex) == text


@pytest.mark.parametrize(
    "text",
    [
        "mathcal O_i(u) = sigmaleft( sum_j W_{ij} u )",
        "50% more for $5 and \\ alone, O($n$) and $x",
        r"\rhombus \emphatic \unknown{x} \frac{1}{2}",
        r"\emph{never closed",
        "braces } that { do not match",
        r"a line\\ end",
        "360^circ and 10^{-3}",
        "{plain braces} stay",
    ],
)
def test_text_that_merely_holds_such_signs_loses_nothing(text: str) -> None:
    assert clean_text(text) == text


@given(ANY_TEXT)
def test_any_text_becomes_one_valid_line(text: str) -> None:
    clean = clean_text(text)
    assert XML_TEXT.fullmatch(clean)
    assert clean == " ".join(clean.split())
    assert unicodedata.is_normalized("NFC", clean)
    assert "=?" not in clean
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", clean)


@given(ANY_TEXT)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), max_size=100))
def test_visible_characters_stay_but_for_latex(text: str) -> None:
    kept = text.replace("\\", "/").replace("=?", "")
    assert clean_text(kept).replace(" ", "") == unicodedata.normalize("NFC", kept).replace(" ", "")


def test_deeply_nested_latex_takes_no_time() -> None:
    assert len(clean_text(r"\emph{" * 20_000 + "x" + "}" * 20_000)) == 1
    assert clean_text("{" * 50_000) == "{" * 50_000


# --- title keys -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [
        LONG_TITLE.upper(),
        "Lanterns along the quiet river — counting moths with small networks",
        "  Lanterns Along\nthe Quiet\u2028River: Counting  Moths with Small Networks.",
        r"Lanterns Along the \emph{Quiet} River: Counting {\it Moths} with Small Networks",
        "Lanterns Alóng the Quiet River: Counting Moths with Small Networks",
        "Ｌanterns Along the Quiet River: Counting Moths with Small Networks",
    ],
)
def test_title_printed_differently_has_the_same_key(other: str) -> None:
    assert title_key(other, None) == title_key(LONG_TITLE, "An abstract, which does not count here.")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"Estimating $\mu$-Transfer under Width and Depth", "Estimating μ-Transfer under Width and Depth"),
        ("Estimating muTransfer under Width and Depth", "Estimating μTransfer under Width and Depth"),
        (r"Sorting in \mathcal{O}(n) Comparisons of Large Tables", "Sorting in O(n) Comparisons of Large Tables"),
        ("Die Straße zum kleinsten neuronalen Netz", "DIE STRASSE ZUM KLEINSTEN NEURONALEN NETZ"),
    ],
)
def test_letters_written_in_two_ways_have_the_same_key(one: str, other: str) -> None:
    assert title_key(one, None) == title_key(other, None)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (LONG_TITLE, LONG_TITLE + " II"),
        ("深度学习中的河流灯笼计数方法研究", "深度学习中的河流飞蛾计数方法研究"),
        ("गहरे नेटवर्क से नदी के दीपक गिनना", "गहरे नेटवर्क से नदी के दीपक गीनना"),
        ("ネットワークで川のランタンを数える方法", "ネットワークで川のランダンを数える方法"),
        ("Счёт фонарей на тихой реке малыми сетями", "Счёт мотыльков на тихой реке малыми сетями"),
    ],
)
def test_other_titles_have_other_keys_in_any_script(one: str, other: str) -> None:
    assert title_key(one, None) != title_key(other, None)


@pytest.mark.parametrize("title", ["Editorial", "Moth Networks", "C++", "Ranking", "∞", "计数"])
def test_short_title_counts_only_with_the_opening_of_its_abstract(title: str) -> None:
    assert title_key(title, "We count moths by lamp light.") != title_key(title, "We count lamps by moth light.")
    assert title_key(title, "We count moths by lamp light.") == title_key(title.lower(), "we count MOTHS by lamp light")
    assert title_key(title, None) != title_key(title, "We count moths by lamp light.")


def test_titles_of_signs_alone_differ() -> None:
    assert title_key("+++ --- +++", None) != title_key("*** === ***", None)


def test_title_without_spaces_in_its_script_needs_no_abstract() -> None:
    title = "深度学习中的河流灯笼计数方法研究"
    assert title_key(title, "甲") == title_key(title, "乙")


@given(ANY_TEXT, st.none() | ANY_TEXT)
def test_key_is_32_hex_digits_for_any_text(title: str, abstract: str | None) -> None:
    assert re.fullmatch("[0-9a-f]{32}", title_key(title, abstract))


# --- excerpts ---------------------------------------------------------------------------------------------------

BACKGROUND = (
    "Moths gather at lamps. Counting them by hand is slow, e.g. in rain, and cf. Fig. 3 of Ash et al. for errors."
)
CLAIM = "We propose a network that counts them at 3.5 frames per second."
RESULT = "It errs by 2 moths in 100."


def test_short_abstract_is_its_own_excerpt() -> None:
    assert excerpt(f"  {CLAIM}\n{RESULT} ", 200) == f"{CLAIM} {RESULT}"


@pytest.mark.parametrize(
    "claim",
    [
        CLAIM,
        "We introduce LampNet.",
        "The lamps that we propose suffice.",
        "This work studies lamps.",
        "Under rain we therefore present the first lamp.",
    ],
)
def test_excerpt_begins_with_what_is_claimed(claim: str) -> None:
    assert excerpt(f"{BACKGROUND} {BACKGROUND} {claim} {RESULT}", 120).startswith(claim)


def test_excerpt_without_a_claim_is_the_opening() -> None:
    assert excerpt(f"{BACKGROUND} {RESULT}", 40) == "Moths gather at lamps."


def test_excerpt_does_not_end_at_an_abbreviation() -> None:
    text = f"{BACKGROUND} {RESULT} {RESULT}"
    assert excerpt(text, len(BACKGROUND) + 10) == BACKGROUND


@pytest.mark.parametrize("stop", ["e.g.", "et al.", "Fig.", "i.e.", "vs.", "Dr.", "Eq.", "J."])
def test_no_sentence_ends_at(stop: str) -> None:
    text = f"Lamps were compared {stop} Moth is counted here with care and for a long time indeed."
    assert excerpt(text, 60).endswith("…")


def test_excerpt_cut_inside_a_sentence_ends_between_words_with_an_ellipsis() -> None:
    assert excerpt("Moths gather around lamps without any reason", 20) == "Moths gather around…"
    assert excerpt("Moths gather around lamps without any reason", 19) == "Moths gather…"


def test_word_longer_than_the_limit_is_cut() -> None:
    assert excerpt("x" * 50, 10) == "x" * 9 + "…"


def test_text_without_spaces_ends_at_its_own_stops() -> None:
    assert excerpt("飞蛾聚集在灯下。" * 9, 20) == "飞蛾聚集在灯下。飞蛾聚集在灯下。"


@given(ANY_TEXT, st.integers(0, 80))
def test_excerpt_is_never_longer_than_its_limit(text: str, limit: int) -> None:
    assert len(excerpt(text, limit)) <= limit


@given(st.lists(st.from_regex("[a-g][a-g,;.]{0,8}", fullmatch=True), min_size=1, max_size=40), st.integers(12, 80))
def test_excerpt_holds_whole_words_of_its_abstract(words: list[str], limit: int) -> None:
    text = " ".join(words)
    kept = excerpt(text, limit).removesuffix("…").split()
    assert {word.rstrip(",;") for word in kept} <= {word.rstrip(",;") for word in text.split()}
