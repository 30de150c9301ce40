"""The characters that a document may hold: those of XML 1.0, which are also all that UTF-8 and HTML can carry.

Texts are cleaned when they are taken in; this is the last gate, since one U+0000 or lone surrogate makes a whole feed
unreadable, and autoescape lets both through.
"""

from __future__ import annotations

import re

__all__ = ["legal"]

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 §2.2, production 2


def legal(text: str) -> str:
    """The same text without what XML 1.0 forbids."""
    return NOT_XML.sub("", text)
