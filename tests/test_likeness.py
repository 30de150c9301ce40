from __future__ import annotations

import random

import pytest

from digest.likeness import abstract_keys, in_common, near_equal, reworded, shortened_from

STEMS = [
    "paper",
    "tide",
    "lantern",
    "mill",
    "bridge",
    "harbour",
    "stone",
    "quarry",
    "candle",
    "wheel",
    "river",
    "meadow",
    "orchard",
    "anvil",
    "barrel",
]
WORDS = [first + second for first in STEMS for second in STEMS]


def abstract(seed: int, sentences: int = 7) -> str:
    """Invented sentences of twelve words."""
    drawn = random.Random(seed)  # noqa: S311
    return " ".join(" ".join(drawn.choices(WORDS, k=12)).capitalize() + "." for _ in range(sentences))


WHOLE = abstract(1)


def edited(text: str, sentence: int) -> str:
    parts = text.split(". ")
    parts[sentence] = abstract(99, 1).rstrip(".")
    return ". ".join(parts)


@pytest.mark.parametrize("sentence", range(7))
def test_abstract_with_one_sentence_rewritten_is_found_and_near_equal(sentence: int) -> None:
    other = edited(WHOLE, sentence)
    assert set(abstract_keys(WHOLE)) & set(abstract_keys(other))
    assert near_equal(WHOLE, other)
    assert reworded(WHOLE, other)


def test_other_abstract_is_neither_found_nor_near() -> None:
    other = abstract(2)
    assert not set(abstract_keys(WHOLE)) & set(abstract_keys(other))
    assert not near_equal(WHOLE, other)
    assert reworded(WHOLE, other)


def test_case_spacing_and_punctuation_make_no_difference() -> None:
    other = WHOLE.upper().replace(" ", "  ").replace(".", "!")
    assert abstract_keys(other) == abstract_keys(WHOLE)
    assert near_equal(WHOLE, other)
    assert not reworded(WHOLE, other)


TYPEWRITTEN = (
    'We call it "the lantern\'s method", a state-of-the-art way - or so we think - of reading by night... '
    "On pages 10--12 its readers' eyes rest; <<nothing else>> does, and it costs $5 (5 %) per lamp -> per night. "
)
TYPESET = (
    "We call it “the lantern’s method”, a state‑of‑the‑art way — or so we think – of reading by night… "
    "On pages 10–12 its readers’ eyes rest; «nothing else» does, and it costs €5 (5 ％) per lamp → per night. "
)


def test_quotes_and_dashes_of_any_kind_are_no_words() -> None:
    assert in_common(TYPEWRITTEN, TYPESET) == 1.0
    assert abstract_keys(TYPEWRITTEN + WHOLE) == abstract_keys(TYPESET + WHOLE)
    assert len({*abstract_keys(2 * TYPEWRITTEN), *abstract_keys(2 * TYPESET)}) == 2, "of the two sentences"
    assert shortened_from(TYPESET[:80], TYPEWRITTEN)
    assert not reworded(TYPESET, TYPEWRITTEN)


@pytest.mark.parametrize("sign", "\"'.,-$^`~_|<«»‹›“”‘’‚„–—‐‑…·•†§¶、。！？「」（）€£±×÷≤→∑√°™©😀🜁")
def test_punctuation_and_symbols_of_every_script_count_for_nothing(sign: str) -> None:
    assert in_common(f"counts {sign} moths{sign} {sign}at night", "counts moths at night") == 1.0


def test_letters_and_digits_of_every_script_count() -> None:
    assert in_common("α мир 日本 हिन्दी ٣ 𝛼", "α мир 日本 हिन्दी ٣ 𝛽") < 1


@pytest.mark.parametrize(
    "text", [None, "", "Editorial.", "This article has been retracted at the request of its editors."]
)
def test_few_words_are_no_abstract(text: str | None) -> None:
    assert abstract_keys(text) == ()
    assert not near_equal(text, text)


def test_slip_that_is_corrected_is_no_rewording() -> None:
    assert not reworded(WHOLE, WHOLE.replace(WHOLE.split()[20], "corrected", 1))


@pytest.mark.parametrize("end", ["", "…", " ...", "..."])
def test_opening_is_a_shortened_abstract_and_no_rewording(end: str) -> None:
    cut = WHOLE[:120] + end
    assert shortened_from(cut, WHOLE)
    assert not shortened_from(WHOLE, cut)
    assert not reworded(WHOLE, cut)
    assert not reworded(cut, WHOLE)


def test_what_is_not_printed_is_no_rewording() -> None:
    assert not reworded(None, WHOLE)
    assert not reworded(WHOLE, None)


def test_abstract_of_a_megabyte_ends_in_time_and_keeps_few_keys() -> None:
    assert len(abstract_keys("word " * 200_000)) <= 3
    assert len(abstract_keys("a. " * 300_000)) <= 3
