"""`digest install`: which unit is written where, what systemd is told then, and what is never touched."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digest.commands import install
from digest.commands.itself import crontab_line, whole
from digest.errors import ServiceError
from tests.commandline import everything

if TYPE_CHECKING:
    from tests.commandline import Run

UNITS = Path(".config/systemd/user")


class Systemctl:
    """A `systemctl` that notes what it is told, and refuses what it is to refuse."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log = folder, folder / "log"
        folder.mkdir()
        (folder / "systemctl").write_text(
            f'#!/bin/sh\necho "$@" >> "{self.log}"\n[ -e "{folder}/$2" ] || exit 0\n'
            "echo Hint: none >&2\necho 'Failed to connect to bus: No medium found' >&2\nexit 1\n"
        )
        (folder / "systemctl").chmod(0o755)

    def refuse(self, word: str) -> None:
        (self.folder / word).touch()

    def told(self) -> list[str]:
        """What it was told since it was asked last."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return lines


@pytest.fixture
def systemctl(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Systemctl:
    fake = Systemctl(tmp_path_factory.mktemp("systemd") / "bin")
    monkeypatch.setenv("PATH", str(fake.folder), prepend=os.pathsep)
    return fake


def unit(name: str = "paperround.service") -> str:
    return (UNITS / name).read_text()


def other_digest(name: str) -> Path:
    """The configuration of a second digest, in a folder of this name."""
    folder = Path(name)
    (folder / "dumps").mkdir(parents=True)
    shutil.copy("config.toml", folder)
    return folder / "config.toml"


ENABLED = [
    "--user show --property=Version",
    "--user daemon-reload",
    "--user enable --now paperround.service",
]


# --- it is written, enabled and started -------------------------------------------------------------------------


def test_unit_is_written_enabled_and_started_and_the_way_on_is_told(
    mine: Run, systemctl: Systemctl, tmp_path: Path
) -> None:
    code, out, err = mine("install")
    assert (code, err, systemctl.told()) == (0, "", ENABLED)
    assert f"\nExecStart={whole()} -c {tmp_path}/config.toml daemon\n" in unit()
    assert f"{UNITS}/paperround.service is enabled and started" in out
    assert all(word in out for word in ("status", "journalctl --user -u paperround", 'loginctl enable-linger "$USER"'))
    assert "systemctl --user restart paperround\n" in out


def test_unit_lies_where_systemd_looks_for_it(
    mine: Run, systemctl: Systemctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "not/whole")
    assert mine("install").code == 0
    assert (tmp_path / UNITS / "paperround.service").exists()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    assert mine("install").code == 0
    assert (tmp_path / "xdg/systemd/user/paperround.service").exists()
    assert len(systemctl.told()) == 6


def test_second_time_changes_nothing_and_starts_it_again(mine: Run, systemctl: Systemctl, tmp_path: Path) -> None:
    mine("install")
    before = everything(tmp_path / UNITS)
    systemctl.told()
    assert (mine("install").code, systemctl.told()) == (0, ENABLED)
    assert everything(tmp_path / UNITS) == before


def test_timer_is_enabled_in_place_of_the_daemon(mine: Run, systemctl: Systemctl, tmp_path: Path) -> None:
    out = mine("install", "--timer").out
    assert systemctl.told()[-1] == "--user enable --now paperround-run.timer"
    assert sorted(path.name for path in UNITS.iterdir()) == ["paperround-run.service", "paperround-run.timer"]
    assert f"\nExecStart={whole()} -c {tmp_path}/config.toml run\n" in unit("paperround-run.service")
    assert "\nOnCalendar=Mon..Fri 07:00\n" in unit("paperround-run.timer")
    assert ("journalctl --user -u paperround-run\n" in out, "restart" in out) == (True, False)


def test_timer_runs_each_hour_where_a_digest_has_a_schedule(mine: Run, systemctl: Systemctl) -> None:
    config = Path("config.toml")
    config.write_text(config.read_text().replace("# schedule =", "schedule ="))
    assert "\nOnCalendar=hourly\n" in mine("install", "--timer", "--print").out
    systemctl.refuse("show")
    assert crontab_line(config, hourly=True) in mine("install").out
    assert crontab_line(config, hourly=True).startswith("0 * * * * /")


def test_settings_that_the_service_will_not_have_are_named(
    mine: Run, systemctl: Systemctl, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DIGEST_MAIL__PASSWORD", "secret-of-mine")
    monkeypatch.setenv("DIGEST_CONFIG", str(tmp_path / "config.toml"))
    out = mine("install").out
    assert "DIGEST_MAIL__PASSWORD is set here, and the service will not have it" in out
    assert ("secret-of-mine" in out + unit(), "DIGEST_CONFIG" in out) == (False, False)
    assert systemctl.told() == ENABLED


# --- two digests on one machine ---------------------------------------------------------------------------------


def test_second_digest_gets_a_unit_of_its_own(mine: Run, systemctl: Systemctl) -> None:
    second, third = other_digest("my 100% physics"), other_digest("deeper/my 100% physics")
    for config in (Path("config.toml"), second, third, second):
        assert mine("-c", config, "install").code == 0
    names = sorted(path.name for path in UNITS.iterdir())
    assert names[1:] == ["paperround-my-100-physics.service", "paperround.service"]
    assert names[0].startswith("paperround-my-100-physics-")
    assert '-c "' in unit(names[0])
    assert "enable --now paperround-my-100-physics.service" in systemctl.told()[-1]


def test_digest_keeps_its_name_when_a_better_one_is_free(mine: Run, systemctl: Systemctl) -> None:
    second = other_digest("physics")
    mine("install")
    mine("-c", second, "install")
    mine("install", "--uninstall")
    systemctl.told()
    mine("-c", second, "install")
    assert systemctl.told()[-1] == "--user enable --now paperround-physics.service"
    assert [path.name for path in UNITS.iterdir()] == ["paperround-physics.service"]


def test_digest_in_a_folder_called_run_is_not_taken_for_anothers_timer(mine: Run, systemctl: Systemctl) -> None:
    second = other_digest("run")
    assert mine("install", "--timer").code == 0
    before = everything(UNITS)
    assert mine("-c", second, "install").code == 0
    assert {path: unit(path.name).encode() for path in before} == before
    assert len(list(UNITS.iterdir())) == 3
    assert systemctl.told()[-1].startswith("--user enable --now paperround-run-")


# --- what is not ours, or was changed ---------------------------------------------------------------------------


def test_unit_of_somebody_else_is_left_alone(mine: Run, systemctl: Systemctl) -> None:
    UNITS.mkdir(parents=True)
    (UNITS / "paperround.service").write_text("[Service]\nExecStart=/bin/true\n")
    assert mine("-c", other_digest("physics"), "install", "--replace").code == 0
    assert unit() == "[Service]\nExecStart=/bin/true\n"
    assert systemctl.told()[-1] == "--user enable --now paperround-physics.service"


def test_unit_that_was_changed_is_written_anew_only_when_asked(mine: Run, systemctl: Systemctl) -> None:
    mine("install")
    written = unit()
    (UNITS / "paperround.service").write_text(written + "# mine\n")
    systemctl.told()
    code, out, err = mine("install")
    assert (code, out, systemctl.told()) == (1, "", ["--user show --property=Version"])
    assert "is not as it would be written now (--replace" in err
    assert '"systemctl --user edit paperround.service" keeps changes of yours' in err
    assert unit() == written + "# mine\n"
    assert mine("install", "--replace").code == 0
    assert unit() == written
    assert systemctl.told() == [*ENABLED[:2], "--user try-restart paperround.service", ENABLED[2]]


def test_unit_of_somebody_else_under_our_name_is_neither_written_nor_taken_away(
    mine: Run, systemctl: Systemctl
) -> None:
    mine("install")
    foreign = UNITS / "paperround-run.timer"
    foreign.write_text("[Timer]\nOnCalendar=daily\n")
    assert mine("install", "--replace").code == 0
    assert mine("install", "--uninstall").code == 0
    assert [path.name for path in UNITS.iterdir()] == [foreign.name]
    (UNITS / "paperround-run.service").write_text(f"# Written by digest install for {Path('config.toml').absolute()}\n")
    systemctl.told()
    answer = mine("install", "--timer", "--replace")
    assert (answer.code, "is there, and not of this configuration" in answer.err) == (1, True)
    assert (foreign.read_text(), systemctl.told()) == ("[Timer]\nOnCalendar=daily\n", ENABLED[:1])


@pytest.mark.parametrize(("first", "then"), [((), ("--timer",)), (("--timer",), ())])
def test_digest_runs_one_way_at_a_time(
    first: tuple[str, ...], then: tuple[str, ...], mine: Run, systemctl: Systemctl
) -> None:
    mine("install", *first)
    before, _ = everything(UNITS), systemctl.told()
    code, _, err = mine("install", *then, "--replace")
    assert (code, "runs this digest already" in err, "--uninstall" in err) == (1, True, True)
    assert (everything(UNITS), systemctl.told()) == (before, ENABLED[:1])


# --- nothing is written -----------------------------------------------------------------------------------------


def test_without_systemd_nothing_is_written_and_a_line_for_cron_is_told(
    mine: Run, systemctl: Systemctl, tmp_path: Path
) -> None:
    systemctl.refuse("show")
    before = everything(tmp_path)
    code, out, err = mine("install")
    assert (code, everything(tmp_path)) == (1, before)
    assert f"\n  0 7 * * 1-5 {whole()} -c {tmp_path}/config.toml run\n" in out
    assert f" -c {tmp_path}/config.toml daemon\n" in out
    assert err.count("\n") == 1
    assert "Failed to connect to bus: No medium found (nothing was written" in err


def test_machine_without_systemctl_is_told_the_same(mine: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    before = everything(tmp_path)
    code, out, err = mine("install")
    assert (code, "crontab -e" in out, "systemctl: can't be started" in err) == (1, True, True)
    assert everything(tmp_path) == before


def test_print_shows_the_unit_and_changes_nothing(mine: Run, systemctl: Systemctl, tmp_path: Path) -> None:
    before = everything(tmp_path)
    out = mine("install", "--print").out
    assert (everything(tmp_path), systemctl.told()) == (before, [])
    place, text = out.split("\n", 1)
    assert place == f"# {tmp_path / UNITS / 'paperround.service'}"
    mine("install")
    assert text == unit() + "\n"


@pytest.mark.parametrize("words", [(), ("--timer",), ("--system",), ("--print",)])
def test_faulty_configuration_is_told_and_nothing_is_written(
    words: tuple[str, ...], mine: Run, systemctl: Systemctl
) -> None:
    Path("config.toml").write_text("titel = 1\n")
    answer = mine("install", *words)
    assert (answer.code, "titel" in answer.err, UNITS.exists(), systemctl.told()) == (78, True, False, [])


def test_no_configuration_is_told(digest: Run, systemctl: Systemctl) -> None:
    for words in ((), ("--uninstall",)):
        assert digest("install", *words).code == 78
    assert systemctl.told() == []


@pytest.mark.parametrize("words", [("--system", "--timer"), ("--print", "--uninstall")])
def test_options_that_exclude_each_other_are_told(words: tuple[str, ...], mine: Run, systemctl: Systemctl) -> None:
    answer = mine("install", *words)
    assert (answer.code, f"{words[0]} and {words[1]} exclude each other" in answer.err) == (2, True)
    assert systemctl.told() == []


def test_path_that_no_unit_can_name_is_told(mine: Run, systemctl: Systemctl) -> None:
    for config in (other_digest("two\nlines"), other_digest("one").rename("one/config\\")):
        answer = mine("-c", config, "install")
        assert (answer.code, len(answer.problems), "can't stand in a unit" in answer.err) == (1, 1, True)
    assert systemctl.told() == []


def test_systemd_that_does_not_start_it_is_quoted(mine: Run, systemctl: Systemctl) -> None:
    systemctl.refuse("enable")
    code, out, err = mine("install")
    assert (code, out) == (1, "")
    assert "systemctl --user enable --now: Failed to connect to bus" in err


def test_folder_of_units_that_can_not_be_made_is_one_line(mine: Run, systemctl: Systemctl) -> None:
    Path(".config").write_text("in the way")
    answer = mine("install")
    assert (answer.code, len(answer.problems), "can't be written" in answer.err) == (1, 1, True)
    assert systemctl.told() == ENABLED[:1]


# --- away with it -----------------------------------------------------------------------------------------------


def test_uninstall_stops_it_and_takes_only_its_own_away(mine: Run, systemctl: Systemctl, tmp_path: Path) -> None:
    second = other_digest("physics")
    mine("install", "--timer")
    mine("-c", second, "install")
    systemctl.told()
    Path("config.toml").write_text("titel = 1\n")
    dear = everything(tmp_path / "dumps") | everything(second.parent)
    code, out, err = mine("install", "--uninstall")
    assert (code, err, out.count("stopped and taken away")) == (0, "", 2)
    assert systemctl.told() == [
        "--user disable --now paperround-run.service paperround-run.timer",
        "--user daemon-reload",
    ]
    assert [path.name for path in UNITS.iterdir()] == ["paperround-physics.service"]
    assert everything(tmp_path / "dumps") | everything(second.parent) == dear


def test_uninstall_of_what_is_not_installed_is_told(mine: Run, systemctl: Systemctl) -> None:
    code, _, err = mine("install", "--uninstall")
    assert (code, "no unit there is of" in err, systemctl.told()) == (1, True, [])


def test_uninstall_that_systemd_refuses_takes_nothing_away(mine: Run, systemctl: Systemctl) -> None:
    mine("install")
    systemctl.refuse("disable")
    assert mine("install", "--uninstall").code == 1
    assert (UNITS / "paperround.service").exists()


# --- of the machine ---------------------------------------------------------------------------------------------


def test_service_of_the_machine_may_write_where_its_configuration_says_and_nowhere_else(
    mine: Run, tmp_path: Path
) -> None:
    config = Path("config.toml")
    config.write_text(config.read_text().replace('"public"', '"/srv/my papers"', 1))
    out = mine("install", "--system", "--print").out
    assert out.startswith("# /etc/systemd/system/paperround")
    assert f'\nReadWritePaths=-{tmp_path} "-/srv/my papers"\n' in out


def test_service_of_the_machine_runs_as_the_owner_of_its_folder_and_never_as_root(tmp_path: Path) -> None:
    assert install.owner(Path("/")) == "paperround"
    with pytest.raises(ServiceError, match="is root's, and it must run as somebody else"):
        install.check_system(Path("/config.toml"), ())
    own = install.owner(tmp_path)
    assert own == (tmp_path.owner() if os.geteuid() else "paperround")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_owner_without_a_name_is_a_number(tmp_path: Path) -> None:
    os.chown(tmp_path, 54321, -1)
    assert install.owner(tmp_path) == "54321"
    install.check_system(tmp_path / "config.toml", [Path("/opt/paperround/bin/digest")])


@pytest.mark.parametrize("home", ["/home", "/root", "/run/user"])
def test_service_of_the_machine_may_not_live_in_a_home(home: str) -> None:
    there, elsewhere = Path(home, "papers"), Path("/srv/papers")
    for folder, part in ((there, elsewhere), (elsewhere, there)):
        with pytest.raises(ServiceError, match="lies in a home"):
            install.check_system(folder / "config.toml", [part])


def test_python_below_an_environment_is_a_part_of_the_program() -> None:
    found = install.parts()
    assert all(part.exists() for part in found)
    assert Path(sys.base_prefix) in found


def test_service_of_the_machine_says_what_systemd_can_not_read(mine: Run) -> None:
    config = Path("config.toml")
    config.write_text(config.read_text().replace('"public"', '"/srv/it\'s"', 1))
    code, out, err = mine("install", "--system", "--print")
    assert (code, out, "/srv/it's: can't stand in a unit" in err) == (1, "", True)
