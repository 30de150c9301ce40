"""Certificates for servers of tests, made when they are needed: each vouches for itself alone."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["certificate_for"]


def certificate_for(name: str, folder: Path) -> Path:
    """A certificate for a host's name, in PEM; its key lies beside it, as `….pem.key`. Skips without openssl."""
    if shutil.which("openssl") is None and os.environ.get("CI") != "true":
        pytest.skip("openssl is not on this machine")
    file = folder / f"{name}.pem"
    words = f"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN={name}"
    names = [f"subjectAltName=DNS:{name}", "keyUsage=critical,digitalSignature,keyCertSign"]
    added = [word for one in names for word in ("-addext", one)]
    subprocess.run(
        ["openssl", *words.split(), *added, "-keyout", f"{file}.key", "-out", file], check=True, capture_output=True
    )
    return file
