"""Topics: named rules over papers. `Classifier` applies them, `default_topics` are the built-in ones, `apply` changes them.

`Classify` is all that the other stages know of it: whatever says which topics a paper belongs to, best first.
"""

from __future__ import annotations

from collections.abc import Callable

from digest.models import Match, Paper
from digest.topics.changes import TopicChange, apply, faults
from digest.topics.defaults import default_never, default_topics
from digest.topics.rules import Classifier, Span, classifier

__all__ = [
    "Classifier",
    "Classify",
    "Span",
    "TopicChange",
    "apply",
    "classifier",
    "default_never",
    "default_topics",
    "faults",
]

Classify = Callable[[Paper], tuple[Match, ...]]
