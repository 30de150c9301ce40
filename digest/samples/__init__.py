"""The days that `digest demo` reads: listing pages of invented papers, one file a day, written for this project.

The six days overlap as real ones do: cards come back with other counts, one is printed twice, one has no abstract
at first, most have no identifier before the page of 20 November. 19 and 21 November hold nothing new.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

__all__ = ["sample_days"]


def sample_days() -> tuple[Path, ...]:
    """The files in the order of their days; each name is the ISO date of the listing and `.txt`."""
    return tuple(sorted(Path(str(files("digest.samples"))).glob("????-??-??.txt")))
