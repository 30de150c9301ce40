"""Names in one line, as arXiv prints them: "Ada Example, Bo Sample (2) and Cy Specimen Jr. ((2) a long way off)"."""

from __future__ import annotations

import re

from digest.text import clean_text

__all__ = ["split_names"]

_BRACKET = re.compile(r"([()])")
_BETWEEN = re.compile(r"\s*[,;]\s*(?:and\s+)?|\s+and\s+|:\s+")  # a colon ends a collaboration's name
_SUFFIX = re.compile(r"(?:Jr|Sr)\.?|I{2,3}|IV")
_LONGEST, _LONGEST_SUFFIX = 200, 3  # characters of a name, and of what stands behind one


def split_names(text: str) -> tuple[str, ...]:
    """The names, clean and in their order, without affiliations; "Jr." belongs to the name before it."""
    names: list[str] = []
    for part in _parts(" ".join(_without_asides(text).split())):
        name = clean_text(part)
        if len(name) <= _LONGEST_SUFFIX and _SUFFIX.fullmatch(name) and names and len(names[-1]) < _LONGEST:
            names[-1] = f"{names[-1]} {name}"
        elif name:
            names.append(name)
    return tuple(names)


def _parts(text: str) -> list[str]:
    """What stands between commas and their like; where there are only commas no pattern is needed."""
    if ";" in text or ":" in text or "and " in text:
        return _BETWEEN.split(text)
    return [part.strip() for part in text.split(",")]


def _without_asides(text: str) -> str:
    """Affiliations and their numbers stand in round brackets, one in another; one without its partner stays."""
    if ")" not in text:
        return text
    kept: list[str] = []
    opened: list[int] = []
    for part in _BRACKET.split(text):
        if part == ")" and opened:
            kept[opened.pop() :] = [" "]
            continue
        if part == "(":
            opened.append(len(kept))
        kept.append(part)
    return "".join(kept)
