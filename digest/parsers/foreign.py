"""What a dump is when it is no text that a parser here reads: the kind of file, in words for its owner.

Known by its first bytes, as `file` does it. Nothing here decides that a text is a listing; only that it can't be one.
"""

from __future__ import annotations

import re

__all__ = ["is_binary", "name_bytes", "name_text"]

_MAGIC = (
    (b"\x1f\x8b", "compressed (gzip)"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"SQLite format 3\x00", "a SQLite database"),
    (b"\x7fELF", "a program"),
    (b"BZh", "compressed (bzip2)"),
    (b"\xfd7zXZ\x00", "compressed (xz)"),
    (b"\x28\xb5\x2f\xfd", "compressed (zstd)"),
)
_JUNK = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]")
_JUNK_SHARE = 0.1
_FORMS = (
    (
        re.compile(
            r"\s*+(?:<!--(?>.{0,2000}?-->)\s*+)*+<(?:!doctype html|html|head|body)\b", re.IGNORECASE | re.DOTALL
        ),
        "an HTML page, not its text: open it, select all, copy, and save that as .txt",
    ),
    (re.compile(r"\s*<(?:\?xml|rss|feed|rdf:RDF|!DOCTYPE)\b", re.IGNORECASE), "XML, but no feed"),
    (re.compile(r"\s*(?:\{\s*[\"}]|\[\s*(?:\{|\]|\"))"), "JSON that no parser here reads"),
)


def name_bytes(body: bytes) -> str | None:
    """The kind of a file that is no text at all; None when it may be text."""
    return next((kind for magic, kind in _MAGIC if body.startswith(magic)), None)


def name_text(sample: str) -> str | None:
    """The format of a text that is another one than lines for people; None when it may be a listing."""
    return next((kind for form, kind in _FORMS if form.match(sample)), None)


def is_binary(sample: str) -> bool:
    """Whether so much of it is no text that nobody could read it."""
    return len(_JUNK.findall(sample)) > _JUNK_SHARE * len(sample)
