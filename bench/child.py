"""What a process of its own does while its peak memory is taken: reads the dump that it is told, or nothing at all."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from digest.models import Dump
from digest.parsers import parse

if __name__ == "__main__":
    path = Path(sys.argv[1])
    body = path.read_bytes()
    if len(sys.argv) > 2:
        parse(Dump("0" * 64, path.name, body, datetime(2026, 11, 21, tzinfo=UTC), source="bench"))
