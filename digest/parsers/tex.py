r"""TeX as arXiv's authors type it in titles, names and abstracts, as the characters that it stands for.

Only for text that is known to be TeX: `\'a` and `\o` mean nothing anywhere else. What has more than one reading stays as
it is, and so do `%`, `$` and `\` that begin no accent and no letter; `clean_text` repairs the rest.
"""

from __future__ import annotations

import re
import unicodedata

from digest.text import ACCENTS

__all__ = ["from_tex"]

_LETTERS = {
    "o": "ø",
    "O": "Ø",
    "l": "ł",
    "L": "Ł",
    "ss": "ß",
    "ae": "æ",
    "AE": "Æ",
    "oe": "œ",
    "OE": "Œ",
    "aa": "å",
    "AA": "Å",
    "dh": "ð",
    "DH": "Ð",
    "th": "þ",
    "TH": "Þ",
    "dj": "đ",
    "DJ": "Đ",
    "i": "ı",
    "j": "ȷ",
}
_ACCENTS = ACCENTS | {"r": "\u030a"}
_BEGIN = r"(?<![\\/:])\\"  # not escaped itself, no address such as "/\~ada", no path such as "C:\oe"
_NAMES = "|".join(sorted(_LETTERS, key=len, reverse=True))
_BASE = r"(?:\\[ij](?![A-Za-z]) ?|[A-Za-z])"
_ACCENT = re.compile(
    rf"""{_BEGIN}(?:(["'`^~=.])\s?(?:\{{\s?({_BASE})\s?\}}|({_BASE}))|([uvHcdbkr])(?:\{{\s?({_BASE})\s?\}}|\s({_BASE})))"""
)
_LETTER = re.compile(rf"{_BEGIN}({_NAMES})(?:\{{\}}|(?![A-Za-z])[ ]?)")
_BRACED = re.compile(r"\{([^\x00-\x7f])\}")  # what stood in braces for its command's sake


def from_tex(text: str) -> str:
    r"""The text with TeX's accents (`\'a`, `\"{\i}`, `\v{s}`, `\c c`) and letters (`{\o}`, `\ss`) as characters, in NFC."""
    if "\\" not in text:
        return text
    accented = _ACCENT.sub(_accented, text)
    lettered = _LETTER.sub(lambda found: _LETTERS[found[1]], accented)
    return _BRACED.sub(r"\1", lettered) if lettered != text else text


def _accented(found: re.Match[str]) -> str:
    accent = found[1] or found[4]
    base = (found[2] or found[3] or found[5] or found[6]).strip("\\ ")
    return unicodedata.normalize("NFC", base + _ACCENTS[accent])
