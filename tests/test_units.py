"""What others run us by, held against those who read it: systemd's own checks, strace, git, a shell."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digest.commands.itself import program
from digest.units import Order, quoted, shipped
from tests.commandline import drop

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from digest.units import Unit

ROOT = Path(__file__).resolve().parents[1]
CI = os.environ.get("CI") == "true"
EXPOSED = (
    1.5  # of 10, by `systemd-analyze security`; 1.2 by that of systemd 252: the network, and the files of the machine
)
systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None and not CI, reason="systemd-analyze is not installed"
)
strace = pytest.mark.skipif(shutil.which("strace") is None and not CI, reason="strace is not installed")
git = pytest.mark.skipif(shutil.which("git") is None and not CI, reason="git is not installed")


def analyze(*words: object, folder: Path) -> subprocess.CompletedProcess[str]:
    """`systemd-analyze` as it is without any systemd at work."""
    bare = {"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "LC_ALL": "C.UTF-8"}
    command = ["systemd-analyze", "--no-pager", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=bare)


def verified(units: Sequence[Unit], folder: Path, *who: str) -> tuple[int, str]:
    """Exit code and complaints of `systemd-analyze verify` about these units."""
    for unit in units:
        (folder / unit.name).write_text(unit.text)
    done = analyze("verify", "--man=no", *who, *(folder / unit.name for unit in units), folder=folder)
    return done.returncode, done.stderr


USER: dict[str, Callable[[Order], Sequence[Unit]]] = {
    "daemon": lambda order: [order.daemon("paperround")],
    "timer": lambda order: order.timer("paperround"),
}


def shut_in(order: Order) -> Unit:
    return order.system("paperround", "paperround", [order.config.parent])


# --- systemd ----------------------------------------------------------------------------------------------------


@systemd
@pytest.mark.parametrize("way", USER)
@pytest.mark.parametrize("name", ["plain", "my 100% own", "it's $HOME", 'a "b" \\ c', "%h", "naïve; ls"])
def test_units_are_right_whatever_the_folders_are_called(way: str, name: str, tmp_path: Path) -> None:
    own = tmp_path / "program" / name / "digest"
    own.parent.mkdir(parents=True)
    own.touch(mode=0o755)
    units = USER[way](Order(tmp_path / name / "config.toml", (str(own),)))
    assert verified(units, tmp_path, "--user") == (0, "")


@systemd
def test_check_of_units_finds_a_program_that_is_not_there(tmp_path: Path) -> None:
    code, said = verified(USER["daemon"](Order(tmp_path / "config.toml", ("/nowhere/digest",))), tmp_path, "--user")
    assert (code, "/nowhere/digest is not executable" in said) == (1, True)


@systemd
@pytest.mark.parametrize("name", ["plain", "my 100% own", "it $HOME"])
def test_unit_of_the_machine_is_right_and_little_exposed(name: str, tmp_path: Path) -> None:
    unit = shut_in(Order(tmp_path / name / "config.toml", program()))
    assert verified([unit], tmp_path) == (0, "")
    said = analyze("security", "--offline=true", tmp_path / unit.name, folder=tmp_path).stdout
    (exposure,) = re.findall(r"Overall exposure level for \S+: ([\d.]+)", said)
    assert float(exposure) <= EXPOSED, said


@systemd
@pytest.mark.parametrize("hourly", [True, False])
def test_times_of_the_timer_are_times(hourly: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a table
    _, timer = Order(tmp_path / "config.toml", program(), hourly=hourly).timer("paperround")
    (times,) = re.findall(r"^OnCalendar=(.*)$", timer.text, re.MULTILINE)
    done = analyze("calendar", "--base-time=2026-11-20 12:00:00 UTC", times, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert ("13:00:00" if hourly else "Mon 2026-11-23 07:00:00") in done.stdout


def allowed(group: str, lists: dict[str, list[str]]) -> set[str]:
    """The system calls of a group, with those of the groups in it."""
    return {call for one in lists[group] for call in (allowed(one, lists) if one[0] == "@" else {one})}


def groups(folder: Path) -> dict[str, list[str]]:
    lists: dict[str, list[str]] = {}
    for line in analyze("syscall-filter", folder=folder).stdout.splitlines():
        if line.startswith("@"):
            now = lists.setdefault(line.strip(), [])
        elif line.strip() and line.strip()[0] != "#":
            now.append(line.strip())
    return lists


@systemd
@strace
@pytest.mark.usefixtures("mine")
def test_daemon_makes_no_system_call_that_its_unit_forbids(tmp_path: Path) -> None:
    drop("a listing\n")
    record, lists = tmp_path / "calls", groups(tmp_path)
    traced = ["strace", "-f", "-qq", "-o", str(record), sys.executable, "-m", "digest", "daemon"]
    with subprocess.Popen(traced, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as started:
        try:
            assert started.stderr is not None
            assert "the daemon lives" in started.stderr.readline()
            while not (tmp_path / "public" / "index.html").exists():
                assert started.poll() is None
            os.kill(int((tmp_path / "digest.db-run.lock").read_text()), signal.SIGTERM)
            assert started.wait(60) == 0
        finally:
            started.kill()
    made = set(re.findall(r"^\d+ +(\w+)\(", record.read_text(errors="replace"), re.MULTILINE))
    filters = re.findall(r"^SystemCallFilter=(.*)$", shipped("paperround-system.service"), re.MULTILINE)
    assert filters == ["@system-service", "~@privileged"]
    own = {"fchown"} if os.geteuid() == 0 else set()  # SQLite's, who gives root's files to the database's owner
    assert "clone3" in made or "clone" in made
    assert made - (allowed("@system-service", lists) - allowed("@privileged", lists)) - own == set()


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("/opt/a-b/c.toml", "/opt/a-b/c.toml"),
        ("a b", '"a b"'),
        ("100%", "100%%"),
        ('say "\\"', '"say \\"\\\\\\""'),
        ("it's", '"it\'s"'),
        (";", '";"'),
        ("", '""'),
    ],
)
def test_word_stands_in_a_unit_so_that_it_is_read_back(word: str, written: str) -> None:
    assert quoted(word) == written


def test_description_says_whose_unit_it_is() -> None:
    unit = Order(Path("/my 100% own/config.toml"), ("/digest",)).daemon("paperround")
    assert "\nDescription=Paperround: /my 100%% own/config.toml\n" in unit.text


def test_dollar_is_doubled_in_words_and_not_in_the_programs_path() -> None:
    unit = Order(Path("/c/$d/config.toml"), ("/a/$b/digest",)).daemon("paperround")
    assert "\nExecStart=/a/$b/digest -c /c/$$d/config.toml daemon\n" in unit.text


# --- a container ------------------------------------------------------------------------------------------------


def instructions() -> list[list[str]]:
    text = re.sub(r"^#.*\n", "", shipped("Containerfile"), flags=re.MULTILINE).replace("\\\n", "")
    return [line.split(None, 1) for line in text.splitlines() if line.strip()]


def test_container_takes_in_only_what_there_is_and_runs_as_nobody_special() -> None:
    words = instructions()
    names = [name for name, _ in words]
    copied = [one for name, rest in words if name == "COPY" for one in rest.split()[:-1]]
    assert [one for one in copied if not (ROOT / one).exists()] == []
    assert {"pyproject.toml", "README.md", "LICENSE", "config.toml", "templates", "digest"} <= set(copied)
    assert names.index("USER") < names.index("ENTRYPOINT")
    assert [rest for name, rest in words if name in {"USER", "VOLUME", "CMD"}] == [
        "paperround",
        "/papers",
        '["daemon"]',
    ]
    assert any(name == "HEALTHCHECK" and rest.endswith('CMD ["digest", "status"]') for name, rest in words)


# --- GitHub Actions ---------------------------------------------------------------------------------------------


def step(name: str) -> str:
    """The script of a step of the workflow."""
    lines = shipped("paperround.yml").partition(f"      - name: {name}\n")[2].partition("      - ")[0]
    return textwrap.dedent(lines.partition("        run: |\n")[2])


@pytest.fixture
def checkout(initialised: Path, tmp_path: Path) -> Path:
    """A checkout of a repository with a digest in papers/, as the workflow begins with it."""
    place = tmp_path / "checkout"
    shutil.copytree(initialised, place / "papers", ignore=shutil.ignore_patterns("dumps"))
    bare = tmp_path / "origin.git"
    for words in (["init", "-q", "--bare", str(bare)], ["init", "-q", str(place)]):
        subprocess.run(["git", *words], check=True)
    subprocess.run(["git", "remote", "add", "origin", str(bare)], cwd=place, check=True)
    return place


def does(script: str, checkout: Path) -> subprocess.CompletedProcess[str]:
    """A step, as GitHub runs it: `bash -e`, with the program on the PATH and the job's variables."""
    env = {
        "PATH": f"{checkout.parent / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(checkout.parent),
        **dict(re.findall(r"(?m)^      (DIGEST_\w+): (.*)$", shipped("paperround.yml"))),
    }
    own = checkout.parent / "bin" / "digest"
    if not own.exists():
        own.parent.mkdir()
        own.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m digest "$@"\n')
        own.chmod(0o755)
    return subprocess.run(
        ["bash", "-e", "-c", script], cwd=checkout, env=env, capture_output=True, text=True, timeout=120, check=False
    )


def put_dump(checkout: Path) -> None:
    sample = ROOT / "digest" / "samples" / "2026-11-16.txt"
    place = checkout / "papers" / "dumps"
    place.mkdir(exist_ok=True)
    shutil.copy(sample, place)
    os.utime(place / sample.name, (1_700_000_000, 1_700_000_000))


@git
def test_workflow_keeps_what_it_knows_from_run_to_run_in_one_commit(checkout: Path) -> None:
    said = []
    for _ in range(3):
        shutil.rmtree(checkout / "state", ignore_errors=True)
        put_dump(checkout)
        for name in ("Fetch the state", "Run", "Keep the state"):
            done = does(step(name), checkout)
            assert done.returncode == 0, done.stderr
            said += [done.stdout.splitlines()[-1]] if name == "Run" else []
    assert [line.partition(":")[0] for line in said] == ["new", "quiet", "quiet"]
    listed = ["git", "--git-dir", str(checkout.parent / "origin.git")]
    commits = subprocess.run([*listed, "rev-list", "state"], capture_output=True, text=True, check=True).stdout.split()
    kept = subprocess.run([*listed, "ls-tree", "--name-only", "state"], capture_output=True, text=True, check=True)
    assert (len(commits), kept.stdout.split()) == (1, ["digest.db", "mail", "public"])


@git
def test_workflow_does_not_begin_anew_where_its_state_can_not_be_fetched(checkout: Path) -> None:
    (checkout.parent / "origin.git").rename(checkout.parent / "away.git")
    assert does(step("Fetch the state"), checkout).returncode not in {0, 2}


@git
def test_workflow_fails_with_its_run_but_not_because_another_is_to_follow(checkout: Path) -> None:
    put_dump(checkout)
    assert does(step("Fetch the state"), checkout).returncode == 0
    own = checkout.parent / "bin" / "digest"
    for code, seen in ((75, 0), (1, 1), (78, 78)):
        own.write_text(f"#!/bin/sh\nexit {code}\n")
        assert does(step("Run"), checkout).returncode == seen


def test_workflow_holds_no_secret_and_never_overlaps() -> None:
    text = shipped("paperround.yml")
    assert re.search(r"(?m)^concurrency:.*\n  group: paperround\n  cancel-in-progress: false$", text)
    assert re.findall(r"(?m)^permissions:\n((?:  .*\n)+)", text) == ["  contents: write\n"]
    assert text.count("secrets.") == 1
    assert "\t" not in text


# --- the page that tells of them ----------------------------------------------------------------------------------


def test_every_file_that_is_shipped_for_this_is_told_of() -> None:
    text = (ROOT / "docs" / "run.md").read_text()
    names = {path.name for path in (ROOT / "digest" / "units").iterdir() if path.suffix != ".py" and path.is_file()}
    assert len(names) == 6
    assert {name for name in names if name not in text} == set()
