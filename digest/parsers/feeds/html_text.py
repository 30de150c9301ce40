"""HTML as the text that it shows; for what feeds put into titles, summaries and contents.

One pass, linear in the length of the text whatever it holds. What comes out is text: whoever prints it escapes it.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache

__all__ = ["html_text"]

_TAG = re.compile(
    r"""<(/?)(?:[A-Za-z]++:)?([A-Za-z][A-Za-z0-9-]*+)((?:[\s/](?:[^<>"']++|"[^"]{0,500}"|'[^']{0,500}')*+)?+)>"""
)
_HIDING = re.compile(r"<(?:!--|script|style)", re.IGNORECASE)
_MARK = re.compile(r"<!--|-->|<(/?)(script|style)\b[^<>]*>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_BLOCKS = (  # words on their two sides stay two words
    "address article aside blockquote br caption center dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr "
    "li main nav ol p pre sec section table tbody td tfoot th thead title tr ul"
)
_INLINE = (
    "a abbr acronym audio b bdi bdo big body button cite code data del details dfn em embed font form head html i iframe img "
    "inline-formula input ins italic bold jats kbd label link list-item mark math menclose meta mfenced mfrac mi mn mo mover "
    "mpadded mphantom mroot mrow ms mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover object option "
    "param picture q s samp sc script select small source span strike strong style sub summary sup svg tex-math time tt u var "
    "video wbr"
)
_APART, _JOINED = frozenset(_BLOCKS.split()), frozenset(_INLINE.split())
_BARE = {f"<{end}{name}>": " " if name in _APART else "" for end in ("", "/") for name in sorted(_APART | _JOINED)}


def html_text(text: str) -> str:
    """The text that this HTML shows; spaces are left as they come.

    A `<` that begins no tag is text ("x<y and y>z"), and so is a `&` that begins no entity.
    """
    if "<" in text:
        text = _TAG.sub(_between, _shown(text) if _HIDING.search(text) else text)
    return _ENTITY.sub(_character, text) if "&" in text else text


def _character(found: re.Match[str]) -> str:
    return _unescaped(found[0])


_unescaped = lru_cache(maxsize=1024)(html.unescape)  # texts repeat a few of them


def _between(tag: re.Match[str]) -> str:
    """What stands between two texts instead of a tag; the tag itself where it is none.

    "a<b and c>d" is an inequality: it has a short name, and no attribute with a value.
    """
    bare = _BARE.get(tag[0])
    if bare is not None:
        return bare
    name, words = tag[2].lower(), tag[3]
    if name in _APART:
        return " "
    known = name in _JOINED and (len(name) > 1 or not words or words.isspace())
    return "" if known or tag[1] or "=" in words else tag[0]


def _shown(text: str) -> str:
    """Without comments, scripts and styles; one that does not end hides all that follows, as in browsers."""
    parts: list[str] = []
    until, at = "", 0
    for mark in _MARK.finditer(text):
        name = (mark[2] or mark[0]).lower()
        if not until:
            if not mark[1] and name != "-->":
                parts.append(text[at : mark.start()])
                until = "-->" if name == "<!--" else name
        elif name == until and (mark[1] or name == "-->"):
            until, at = "", mark.end()
    return "".join(parts) if until else "".join((*parts, text[at:]))
