"""What parsers share: TeX, names, identifiers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.models import Identifier
from digest.parsers.identifiers import identifiers
from digest.parsers.names import split_names
from digest.parsers.tex import from_tex
from digest.text import clean_text

# --- TeX --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"Hern\'andez", "Hernández"),
        (r"Hern\'{a}ndez", "Hernández"),
        (r"Hern{\'a}ndez", "Hernández"),
        (r"Mart\'{\i}nez", "Martínez"),
        (r"Mart\'\i nez", "Martínez"),
        (r"na\"\i ve", "naïve"),
        (r"Ha\v{s}ek, Ha\v sek", "Hašek, Hašek"),
        (r"Erd\H{o}s, Erd\H os", "Erdős, Erdős"),
        (r"Fran\c{c}ois, Fran\c cois", "François, François"),
        (r"S\o ren {\O}rsted, \L ukasz, {\ss}", "Søren Ørsted, Łukasz, ß"),
        (r"\AA ngstr\"om", "Ångström"),
        (r"Abrah\~ao", "Abrahão"),
    ],
)
def test_accents_and_letters_become_characters(tex: str, text: str) -> None:
    assert from_tex(tex) == text


@pytest.mark.parametrize(
    "text",
    [
        "100% of $x^2$",
        r"C:\oe\data",
        r"\\'a",
        "https://example.org/\\~ada",
        r"$\omega_{1}$",
        r"\cite{foo} H_{2}O",
        r"a \to b",
        "\\",
    ],
)
def test_text_that_merely_holds_such_signs_keeps_every_character(text: str) -> None:
    assert from_tex(text) == text


@given(st.text(alphabet="ab %$&#_^{}~'\"`=.,/:0\n", max_size=60))
def test_text_without_a_backslash_is_untouched(text: str) -> None:
    assert from_tex(text) == text


@given(st.text(alphabet="\\ovcHLi'{}\" a", max_size=40))
def test_reading_never_fails_and_never_grows(text: str) -> None:
    assert len(clean_text(from_tex(text))) <= len(text)


# --- names ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Ada Example", ("Ada Example",)),
        ("Ada Example and Bo Sample", ("Ada Example", "Bo Sample")),
        ("Ada Example, Bo Sample, and Cy Specimen", ("Ada Example", "Bo Sample", "Cy Specimen")),
        ("Ada Example (1 and 2), Bo Sample (2) ((1) Here, (2) There)", ("Ada Example", "Bo Sample")),
        ("Ada Example Jr., Bo Sample, III", ("Ada Example Jr.", "Bo Sample III")),
        ("LAMP Collaboration: A. Example, B. Sample", ("LAMP Collaboration", "A. Example", "B. Sample")),
        ("Anders Andersand", ("Anders Andersand",)),
        ("", ()),
        (" , ;", ()),
        ("(((", ("(((",)),
    ],
)
def test_names_in_a_line(line: str, names: tuple[str, ...]) -> None:
    assert split_names(line) == names


# --- identifiers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("http://arxiv.org/abs/2202.12139v1", ("arxiv", "2202.12139")),
        ("https://arxiv.org/pdf/2202.12139v12.pdf", ("arxiv", "2202.12139")),
        ("oai:arXiv.org:2611.00001v2", ("arxiv", "2611.00001")),
        ("arXiv:2611.00001", ("arxiv", "2611.00001")),
        ("https://arxiv.org/abs/math.GT/0309136v2", ("arxiv", "math/0309136")),
        ("https://arxiv.org/pdf/cond-mat/0309136", ("arxiv", "cond-mat/0309136")),
        ("https://huggingface.co/papers/2611.00001", ("arxiv", "2611.00001")),
        ("https://doi.org/10.48550/arXiv.2611.00001", ("arxiv", "2611.00001")),
        ("https://doi.org/10.5555/Moths.1", ("doi", "10.5555/moths.1")),
        ("doi:10.5555/moths", ("doi", "10.5555/moths")),
        ("10.5555/moths", ("doi", "10.5555/moths")),
        ("https://journal.example.org/doi/abs/10.5555/x.1?af=R", ("doi", "10.5555/x.1")),
        ("https://openreview.net/forum?id=AbC123xyz_", ("openreview", "AbC123xyz_")),
    ],
)
def test_identifier_in_an_address_or_an_id(text: str, found: tuple[str, str]) -> None:
    assert identifiers([text]) == (Identifier(*found),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://example.org/papers/",
        "https://example.org/papers/2611.00001",
        "arXiv:2099.00001",
        "https://openreview.net/forum?id=",
        "http://[",
        "doi:11.1/x",
        "about 10.5 things",
    ],
)
def test_nothing_is_found_where_nothing_is(text: str) -> None:
    assert identifiers([text]) == ()


def test_first_of_each_scheme_counts() -> None:
    texts = ["doi:10.5555/a", "https://arxiv.org/abs/2611.00001", "doi:10.5555/b", "https://arxiv.org/abs/2611.00002"]
    assert identifiers(texts) == (Identifier("arxiv", "2611.00001"), Identifier("doi", "10.5555/a"))
