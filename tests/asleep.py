"""`python -m tests.asleep WORDS…`: the command, for libfaketime, by which `time.sleep` fails.

Python sleeps until an instant of the clock that nobody puts; libfaketime takes it for one of the clock that it fakes.
"""

from __future__ import annotations

import select
import sys
import time

if __name__ == "__main__":
    vars(time)["sleep"] = lambda seconds: select.select([], [], [], seconds)
    from digest import cli

    cli.main(sys.argv[1:])
