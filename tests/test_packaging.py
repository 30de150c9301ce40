"""What is handed out is complete, holds nothing else, and says nothing of the machine that it was made on."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from digest import __version__

if TYPE_CHECKING:
    from email.message import Message

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("requirements.txt", "requirements-build.txt", "requirements-dev.txt")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
OF_THE_MACHINE = re.compile(r"/(?:home|Users)/\w|/root/\w|[A-Z]:\\Users\\\w")


# --- wheel and sdist --------------------------------------------------------------------------------------------


def build(folder: Path, *, into: Path) -> None:
    """Offline and without isolation: the backend is the one of this environment."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", into], cwd=folder, check=True, capture_output=True
    )


def wheel_names(folder: Path) -> set[str]:
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def sdist_names(folder: Path) -> set[str]:
    (sdist,) = folder.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


def metadata(folder: Path) -> Message:
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


def files_under(folder: str) -> set[str]:
    paths = (path.relative_to(ROOT) for path in (ROOT / folder).rglob("*") if path.is_file())
    return {path.as_posix() for path in paths if "__pycache__" not in path.parts and not path.name.startswith(".")}


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build(ROOT, into=folder)
    return folder


def test_the_wheel_holds_the_package_with_templates_and_configuration_and_nothing_else(built: Path) -> None:
    expected = {"digest/config.toml", *files_under("digest"), *(f"digest/{name}" for name in files_under("templates"))}
    assert {name for name in wheel_names(built) if ".dist-info/" not in name} == expected


@pytest.mark.parametrize(
    "name",
    [
        "digest/templates/mail/edition.html.j2",
        "digest/templates/mail/edition.txt.j2",
        "digest/templates/feeds/atom.xml.j2",
        "digest/config.toml",
        "digest/topics/default.toml",
        "digest/py.typed",
        "digest/samples/2026-11-20.txt",
        "digest/units/paperround.service",
        "digest/units/paperround-system.service",
        "digest/units/paperround-run.service",
        "digest/units/paperround-run.timer",
        "digest/units/Containerfile",
        "digest/units/paperround.yml",
    ],
)
def test_the_wheel_holds_what_is_no_code_but_needed(built: Path, name: str) -> None:
    assert name in wheel_names(built)


def test_the_wheel_says_what_it_needs(built: Path) -> None:
    needs = metadata(built).get_all("Requires-Dist", [])
    assert sorted(map(str, map(Requirement, needs))) == sorted(map(str, runtime()))
    assert metadata(built)["License-Expression"] == "MIT"
    assert metadata(built)["Version"] == __version__
    assert any(name.endswith("/licenses/LICENSE") for name in wheel_names(built))


def test_the_sdist_holds_all_that_tests_and_builds_need(built: Path) -> None:
    folders = ("bench", "digest", "docs", "templates", "tests")
    single = {"README.md", "CHANGELOG.md", "LICENSE", "Makefile", "config.toml", "pyproject.toml", ".ci/run", *LOCKS}
    assert sdist_names(built) >= single.union(*map(files_under, folders))


def test_the_sdist_holds_nothing_that_is_made(built: Path) -> None:
    made = {"__pycache__", ".venv", ".git", "build", "dist", "demo", ".hypothesis", ".mypy_cache"}
    assert not [name for name in sdist_names(built) if made & set(name.split("/"))]


def test_the_wheel_built_from_the_sdist_is_the_same(built: Path, tmp_path: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    subprocess.run(["tar", "-xf", sdist, "-C", tmp_path], check=True)
    (unpacked,) = tmp_path.iterdir()
    build(unpacked, into=tmp_path / "dist")
    assert wheel_names(tmp_path / "dist") == wheel_names(built)


# --- locks ------------------------------------------------------------------------------------------------------


def runtime() -> list[Requirement]:
    return [Requirement(line) for line in PROJECT["project"]["dependencies"]]


def group(name: str) -> list[Requirement]:
    found = []
    for entry in PROJECT["dependency-groups"][name]:
        found += [Requirement(entry)] if isinstance(entry, str) else group(entry["include-group"])
    return found


def locked(name: str) -> dict[str, Requirement]:
    """The pins of a lock by name; every line of it is a pin or a hash."""
    text = (ROOT / name).read_text(encoding="utf-8").replace(" \\\n", "\n")
    pins = [Requirement(line) for line in text.splitlines() if not line.startswith("    ")]
    return {canonicalize_name(pin.name): pin for pin in pins}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_pins_with_hashes_and_names_no_index(name: str) -> None:
    pin = r"[a-z0-9-]+==[^\s/]+(?: ; [^/\\]+)? \\"
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    strange = [line for line in lines if not re.fullmatch(rf"{pin}|    --hash=sha256:[0-9a-f]{{64}}(?: \\)?", line)]
    assert lines
    assert not strange


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("requirements.txt", runtime()),
        ("requirements-build.txt", group("build")),
        ("requirements-dev.txt", [*runtime(), *group("dev")]),
    ],
    ids=LOCKS,
)
def test_a_lock_holds_what_the_project_asks_for(name: str, wanted: list[Requirement]) -> None:
    pins = locked(name)
    for requirement in wanted:
        (pin,) = pins[canonicalize_name(requirement.name)].specifier
        assert requirement.specifier.contains(pin.version), f"{requirement}, but locked is {pin}: make lock"


def test_the_locks_agree() -> None:
    everything = locked("requirements-dev.txt")
    for name in ("requirements.txt", "requirements-build.txt"):
        for package, pin in locked(name).items():
            assert everything[package].specifier == pin.specifier


def test_what_only_developers_need_is_not_in_the_run_time_lock() -> None:
    pins = locked("requirements.txt").keys()
    assert not pins & {"pytest", "mypy", "ruff", "hypothesis", "hatchling", "coverage", "syrupy"}


# --- files ------------------------------------------------------------------------------------------------------


def tracked() -> list[Path]:
    """The files that git knows; skipped without git, as in an unpacked sdist."""
    inside = (ROOT / ".git").exists()
    if not inside or shutil.which("git") is None:
        assert os.environ.get("CI") != "true", "git and a checkout must be there in CI"
        pytest.skip("no git, or no checkout")
    listing = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"]
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def test_no_file_names_a_place_of_the_machine_that_it_was_made_on() -> None:
    telling = []
    for path in tracked():
        text = path.read_bytes().decode("utf-8", "replace")
        if OF_THE_MACHINE.search(text) or (len(ROOT.parts) > 2 and f"{ROOT}/" in text):
            telling.append(path.name)
    assert not telling


def test_no_index_is_named_where_packages_are_fetched() -> None:
    for name in ("Makefile", ".ci/run", "pyproject.toml", *LOCKS):
        text = re.sub(r"--no-emit-[a-z-]+", "", (ROOT / name).read_text(encoding="utf-8"))
        assert not re.search(r"index[-]url|find[-]links|trusted[-]host|py[p]i\.|https?://", text), name


def test_every_target_says_what_it_does() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    explained = re.findall(r"^([a-z-]+):.*## \S", text, re.MULTILINE)
    assert sorted(explained) == sorted(phony.split())


def test_the_changelog_has_this_version() -> None:
    assert __version__ in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
