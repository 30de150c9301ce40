"""Runs one command and prints what it took: exit code, wall and CPU seconds, peak memory in bytes, as JSON.

A script of its own, started without site packages: on Linux a child's `ru_maxrss` is never less than what its parent
had at the time, so the parent has to be smaller than anything that is measured.
"""

import os
import sys
import time

if __name__ == "__main__":
    began = time.perf_counter()
    pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
    _, status, used = os.wait4(pid, 0)
    wall = time.perf_counter() - began
    figures = [os.waitstatus_to_exitcode(status), wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024]
    sys.stdout.write("\n" + str(figures))
