"""What every test may use: the real dumps, where they are present."""

from __future__ import annotations

from pathlib import Path

import pytest

REAL_DUMPS = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture
def shared_data() -> Path:
    """The folder of real dumps beside the checkout; they are other people's texts, so the project ships none."""
    if not REAL_DUMPS.is_dir():
        pytest.skip("the real dumps (../shared/data) are not on this machine")
    return REAL_DUMPS
