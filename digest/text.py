"""Text as people read it: cleaning, the key of a title, the excerpt of an abstract.

Pure functions of strings. Nothing here knows HTML: what comes out is text, and whoever prints it escapes it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from hashlib import blake2b

from digest.sentences import begin, claims, telling

__all__ = ["ACCENTS", "clean_text", "excerpt", "says_enough", "title_key"]

# What a string may not hold even though it is not white space: C0 and C1 controls, lone surrogates, noncharacters
# (XML 1.0 §2.2), bidi embeddings, overrides and isolates (they reorder what follows), the BOM and the zero-width space.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\u202a-\u202e\u2066-\u2069\ufeff\u200b]"
)

_GREEK = (
    "alpha=α beta=β gamma=γ delta=δ epsilon=ε varepsilon=ε zeta=ζ eta=η theta=θ iota=ι kappa=κ lambda=λ mu=μ nu=ν xi=ξ "
    "pi=π rho=ρ sigma=σ tau=τ upsilon=υ phi=φ varphi=φ chi=χ psi=ψ omega=ω Gamma=Γ Delta=Δ Theta=Θ Lambda=Λ Xi=Ξ Pi=Π "
    "Sigma=Σ Upsilon=Υ Phi=Φ Psi=Ψ Omega=Ω"
)
_LETTERS = dict(pair.split("=") for pair in _GREEK.split())
_SYMBOLS = _LETTERS | {
    "times": "×",
    "pm": "±",
    "leq": "≤",
    "geq": "≥",
    "approx": "≈",
    "infty": "∞",
    "rightarrow": "→",
    "ell": "ℓ",
}
_NAMES = str.maketrans({symbol: name.removeprefix("var") for name, symbol in _LETTERS.items()} | {"ς": "sigma"})
ACCENTS = {  # what TeX writes before a letter, as the combining character
    '"': "\u0308",
    "'": "\u0301",
    "`": "\u0300",
    "^": "\u0302",
    "~": "\u0303",
    "=": "\u0304",
    ".": "\u0307",
    "u": "\u0306",
    "v": "\u030c",
    "H": "\u030b",
    "c": "\u0327",
    "d": "\u0323",
    "b": "\u0331",
    "k": "\u0328",
}
# Each begins with the sign that it looks for: `re` then skips to it. `(?<!\\\\)`: the backslash is not itself escaped.
_SINGLE = r"\\(?<!\\\\)"
_DEGREE = re.compile(r"\^\s?(?:\{\\circ\}|\\circ(?![A-Za-z]))")
_SYMBOL_NAME = f"({'|'.join(_SYMBOLS)})" + r"(?![A-Za-z])(?:\{\})?"
_MATH_SYMBOL = re.compile(rf"\$(?<!\\\$)\\{_SYMBOL_NAME}\$")
_SYMBOL = re.compile(_SINGLE + _SYMBOL_NAME)
_ACCENT = re.compile(_SINGLE + r"""(["'`^~=.uvHcdbk])\{([A-Za-z])\}""")
_BRACED_ACCENT = re.compile(r"""\{\\(["'`^~=.])([A-Za-z])\}""")
_ESCAPED = re.compile(_SINGLE + r"([%&#_$])")
_REPAIRABLE = re.compile(r"\\[A-Za-z%&#_$\"'`^~=.]")
_BRACE = re.compile(r"[{}]")
_STYLE = re.compile(r"(?<!\\)\\(?:emph|text(?:bf|it|tt|sc|rm|sf|sl|up|md)?|underline|mbox)$")
_STYLE_LENGTH = 12
_SWITCH = re.compile(r"\\(?:it|bf|em|sc|tt|rm|sf|sl)(?:shape|series|family)?\s")
_MATH_STYLE = re.compile(r"\\(?:math(?:cal|bb|bf|rm|it|sf|tt|frak|scr)|operatorname|left|right|boldsymbol)(?![a-z])")
_PASSES = 4  # what one repair uncovers, the next may repair; nobody nests deeper

_HIGHEST = 30  # combining marks on one letter, as in the Stream-Safe Text Format (UAX #15 §13)
_MARK = r"[^\x00-\u02ff\w\s]"  # or another sign; which of them it is costs more to tell
_PERHAPS, _PILE = re.compile(_MARK + "{2}"), re.compile(rf"{_MARK}{{{_HIGHEST + 1},}}")
_HALF_WIDTH = str.maketrans("\uff9e\uff9f", "\u3099\u309a")  # NFKD makes marks of them


def clean_text(text: str) -> str:
    r"""One line of clean text: NFC, single spaces, no control characters, certain LaTeX repaired.

    The result is valid in XML 1.0 and holds no RFC 2047 encoded-word; it is not escaped for anything. A `%`, `$` or
    `\` that is not certainly LaTeX stays as it is. Cleaning twice changes nothing more.
    """
    plain = text.isprintable()
    if not plain:
        text, plain = _lined_up(text)
    if "\\" in text and _REPAIRABLE.search(text):
        text = _repair(text)
    if not text.isascii():
        text = _composed(text)
    if "=" in text and "=?" in text:  # one sign is found in no time
        text = text.replace("=?", "= ?")
    return text.strip() if plain and "  " not in text else " ".join(text.split())


def _lined_up(text: str) -> tuple[str, bool]:
    """Without what no text may hold, and whether no white space but spaces is left; most texts hold only broken lines."""
    line = text.replace("\n", " ")
    if not line.isprintable():
        return _UNWANTED.sub("", text), False
    return (text, False) if "\\" in text else (line, True)  # a command and a brace in the next line are none


def _composed(text: str) -> str:
    """In NFC. Of the marks on one letter thirty stay: to order them takes the square of their number."""
    text = _levelled(text)
    return text if unicodedata.is_normalized("NFC", text) else _levelled(unicodedata.normalize("NFC", text))


def _levelled(text: str) -> str:
    return _PILE.sub(_level, text) if _PERHAPS.search(text[:: _HIGHEST // 2]) else text


def _level(found: re.Match[str]) -> str:
    kept, height = [], 0
    for sign in found[0]:
        height = height + 1 if unicodedata.category(sign)[0] == "M" else 0
        if height <= _HIGHEST:
            kept.append(sign)
    return "".join(kept)


def _repair(text: str) -> str:
    """LaTeX that has only one reading, as the characters that it means. Anything else stays, backslash and all."""
    for _ in range(_PASSES):
        before = text
        if "{" in text:
            text = _BRACED_ACCENT.sub(_accented, _ACCENT.sub(_accented, _unstyled(text)))
        text = _MATH_SYMBOL.sub(_symbol, _DEGREE.sub("°", text))
        text = _ESCAPED.sub(r"\1", _SYMBOL.sub(_symbol, text))
        if text == before:
            break
    return text


def _unstyled(text: str) -> str:
    r"""Without `\emph{` and `{\it ` and the brace that closes each; a brace without its partner stays."""
    gone: list[tuple[int, int]] = []
    opened: list[tuple[int, int]] = []
    for brace in _BRACE.finditer(text):
        at = brace.start()
        if text[at] == "{":
            opened.append(_style_at(text, at))
        elif opened:
            begin, end = opened.pop()
            gone += ((begin, end), (at, at + 1)) if begin < end else ()
    gone.sort()
    begins = (0, *(end for _, end in gone))
    ends = (*(begin for begin, _ in gone), len(text))
    return "".join(text[begin:end] for begin, end in zip(begins, ends, strict=True))


def _style_at(text: str, brace: int) -> tuple[int, int]:
    """From where to where a style begins at this brace; an empty stretch when none does."""
    command = _STYLE.search(text, max(0, brace - _STYLE_LENGTH), brace)
    switch = _SWITCH.match(text, brace + 1)
    return (command.start(), brace + 1) if command else (brace, switch.end() if switch else brace)


def _accented(found: re.Match[str]) -> str:
    return unicodedata.normalize("NFC", found[2] + ACCENTS[found[1]])


def _symbol(found: re.Match[str]) -> str:
    return _SYMBOLS[found[1]]


# --- the title key ----------------------------------------------------------------------------------------------

_SPECIFIC_LETTERS, _SPECIFIC_WORDS = 20, 3  # under these a title says too little to be a name ("Editorial", "C++")
_OPENING = 80  # letters of the abstract that stand in for the rest of a short title
_KEPT_MARKS = frozenset((0, 7, 8, 9))  # vowel signs, nukta, voicing, virama: letters in their scripts, not accents


def title_key(title: str, abstract: str | None) -> str:
    """32 hex digits, equal for titles that differ only in case, accents, spacing, punctuation or LaTeX formatting.

    A short title is a key only together with the opening of its abstract, so two papers called "Editorial" stay two.
    Equal keys make two records candidates for being one paper; whether they are is for `identity` to say.
    """
    key = _fold(title) or clean_text(title).casefold()
    if _is_short(title, key):
        key += "\0" + _fold((abstract or "")[: 8 * _OPENING])[:_OPENING]
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def says_enough(title: str) -> bool:
    """Whether a title alone can be a paper's name."""
    return not _is_short(title, _fold(title))


def _is_short(title: str, key: str) -> bool:
    """A script without spaces says in one character what Latin says in about three letters, in two about a word."""
    dense = sum(1 for c in key if "\u3040" <= c <= "\u30ff" or "\u3400" <= c <= "\u9fff" or "\u0e00" <= c <= "\u0eff")
    return len(key) + 2 * dense < _SPECIFIC_LETTERS or len(title.split()) + dense // 2 < _SPECIFIC_WORDS


def _fold(text: str) -> str:
    """Letters and digits only, without case and accents; Greek letters by name, since listings print either."""
    text = clean_text(text)
    if "\\" in text:
        text = _MATH_STYLE.sub("", text)
    if text.isascii():
        return "".join(filter(str.isalnum, text.casefold()))
    text = _levelled(text.translate(_HALF_WIDTH))
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).translate(_NAMES)
    return "".join(c for c in text if c.isalnum() or _is_sign(c))


def _is_sign(char: str) -> bool:
    """A combining character that is a letter in its script; accents and emoji variants are not."""
    return unicodedata.category(char) in {"Mn", "Mc"} and (
        unicodedata.combining(char) in _KEPT_MARKS and not "\ufe00" <= char <= "\ufe0f"
    )


# --- the excerpt ------------------------------------------------------------------------------------------------

_SPACED_STOP = re.compile(r" +(?=[.,](?:\s|$))")
_ANNOUNCEMENT = 5 / 3  # titles; a longer sentence says more than its title
_LOOKED_AT = 20_000  # an abstract is rarely over 3,000; beyond this a text is opened, not read


def excerpt(abstract: str, limit: int, *, title: str = "") -> str:
    """What is new, in at most `limit` characters: from the first sentence that claims something, else the opening.

    It ends where a sentence ends if one does, otherwise between two words and with an ellipsis. Sentences that only
    hold links, or say the title again, are passed over; "" when there are no others.
    """
    kept, claim = _read(abstract[:_LOOKED_AT], title)
    whole = begin("".join(kept).strip())
    if len(whole) <= limit:
        return whole
    text = begin(kept[claim].lstrip())
    for sentence in kept[claim + 1 :]:
        if len(text) + len(sentence) > limit:
            break
        text += sentence
    return _cut(text, limit)


@lru_cache(maxsize=1024)
def _read(abstract: str, title: str) -> tuple[tuple[str, ...], int]:
    """The sentences that say something, and which of them is the first to claim something.

    Kept: mail, pages and feeds all ask about the same papers.
    """
    key = _fold(title)
    text = _SPACED_STOP.sub("", clean_text(abstract))
    kept = tuple(one for one in telling(text) if not _repeats(key, one))
    return kept, next((at for at, one in enumerate(kept) if claims(one)), 0)


def _repeats(key: str, sentence: str) -> bool:
    """Whether it is the title with this key, perhaps in a few words ("Excited to share our work …"), or a part of it."""
    if len(key) < _SPECIFIC_LETTERS or len(sentence) > 2 * _ANNOUNCEMENT * len(key):
        return False
    said = _fold(sentence)
    return len(said) <= _ANNOUNCEMENT * len(key) and (key in said or (len(said) >= _SPECIFIC_LETTERS and said in key))


def _cut(text: str, limit: int) -> str:
    """The words that fit before an ellipsis. A first word longer than all of it (or a script without spaces) is cut."""
    if len(text) <= limit:
        return text
    if limit < 1:
        return ""
    head = text[:limit]  # one character more than is kept: a space there means the word before it is whole
    words = head.rpartition(" ")[0].rstrip(" ,;:-–—(")
    return (words or head[: limit - 1]) + "…"
