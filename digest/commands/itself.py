"""How this program is called: by people who stand somewhere, and by cron, which stands nowhere."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

__all__ = ["crontab_line", "program", "typed", "whole"]


def crontab_line(config: Path, *, hourly: bool = False) -> str:
    """A line for `crontab -e`: every working day at seven, or each hour; cron finds programs by their whole paths only."""
    words = f"{whole()} -c {shlex.quote(os.path.abspath(config))} run"  # noqa: PTH100 - a link stays a link
    return ("0 * * * * " if hourly else "0 7 * * 1-5 ") + words.replace("%", "\\%")


def whole() -> str:
    """The program's whole path, for a shell."""
    return shlex.join(program())


def program() -> tuple[str, ...]:
    """The words that start this program, wherever one stands."""
    script = Path(sys.executable).with_name("digest")
    return (str(script),) if script.exists() else (sys.executable, "-m", "digest")


def typed() -> str:
    """How this program is called from where its user stands."""
    script = Path(sys.executable).with_name("digest")
    if not script.exists():
        return f"{nearby(Path(sys.executable))} -m digest"
    on_path = shutil.which("digest")
    return "digest" if on_path and Path(on_path).samefile(script) else nearby(script)


def nearby(path: Path) -> str:
    """A path as one types it: relative where it lies below the current folder."""
    here = Path.cwd()
    return shlex.quote(str(path.relative_to(here) if path.is_relative_to(here) else path))
