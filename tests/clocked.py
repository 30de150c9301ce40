"""`python -m tests.clocked TIME WORDS…`: the command by another clock, and in earnest: with `--as-of` no mail leaves."""

from __future__ import annotations

import sys
from datetime import datetime

from digest import cli
from digest.commands import work

if __name__ == "__main__":
    moment = datetime.fromisoformat(sys.argv[1])
    vars(work)["clock"] = lambda *_: moment
    cli.main(sys.argv[2:])
