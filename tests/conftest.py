"""What every test may use: the real dumps, where they are present; the command line in a folder of its own."""

from __future__ import annotations

import gc
import io
import os
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from digest import cli
from tests.commandline import Answer, process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.commandline import Run

MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes a folder there that is its owner's alone
WAITING = ("test_daemon_process.py", "test_postfix.py", "test_fetched_badly.py", "test_year.py")
PLENTY = 2 * 2**30  # bytes
REAL_DUMPS = Path(__file__).resolve().parents[2] / "shared" / "data"

settings.register_profile("paperround", deadline=None)  # no test fails by the clock
settings.load_profile("paperround")


def pytest_configure() -> None:
    """Folders of tests lie in memory where there is plenty; what is about a disk asks for `disk`."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > PLENTY:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What mostly waits begins first, in one worker; the others are in random order, and other workers take them over."""
    items.sort(key=lambda item: not item.nodeid.partition("::")[0].endswith(WAITING))


def pytest_collection_finish() -> None:
    """What all tests share stays until the end: from now on no search for garbage goes through it."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def shared_data() -> Path:
    """The folder of real dumps beside the checkout; they are other people's texts, so the project ships none."""
    if not REAL_DUMPS.is_dir():
        pytest.skip("the real dumps (../shared/data) are not on this machine")
    return REAL_DUMPS


@pytest.fixture
def disk() -> Iterator[Path]:
    """A folder of its own that is never in memory only because tests are faster there: for what must last."""
    with TemporaryDirectory(prefix="paperround-") as folder:
        yield Path(folder)


@pytest.fixture
def digest(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run one command in a folder of its own; answers exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("DIGEST_") or name in {"XDG_CONFIG_HOME", "BROWSER"}]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setattr(sys, "stdin", io.StringIO())

    def run(*words: object) -> Answer:
        with pytest.raises(SystemExit) as end:
            cli.main([str(word) for word in words])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return Answer(int(end.value.code or 0), out, err)

    return run


@pytest.fixture(scope="session")
def initialised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that `digest init` made."""
    folder = tmp_path_factory.mktemp("initialised")
    assert process(["init", "."], folder, TZ="UTC").code == 0
    assert (folder / "config.toml").exists()
    return folder


@pytest.fixture
def mine(digest: Run, initialised: Path, tmp_path: Path) -> Run:
    """The same, in a copy of a folder that `digest init` made."""
    shutil.copytree(initialised, tmp_path, dirs_exist_ok=True)
    return digest
