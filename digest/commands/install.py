"""The command `digest install`: systemd runs it from now on, by a unit that is written, enabled and started."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import click

import digest
from digest.commands.common import configured, located
from digest.commands.itself import crontab_line, program, typed
from digest.errors import OutputError, ServiceError, one_line
from digest.units import Order, Unit, is_of, names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from digest.config import Config

__all__ = ["install"]

HOMES = ("/home", "/root", "/run/user")  # what ProtectHome= hides
NO_VARIABLES = {"DIGEST_CONFIG", "DIGEST_TRACEBACK"}  # of ours that a service need not have


@dataclass(frozen=True, slots=True)
class Manager:
    """The systemd that is spoken to: its units stand in `folder`, and `words` begin what is said to it."""

    folder: Path
    words: tuple[str, ...]

    def say(self, *words: str) -> None:
        """Raises `ServiceError` with its last line where it does not answer, or refuses."""
        subject = " ".join((*self.words, *words[:2]))
        try:
            done = subprocess.run([*self.words, *words], capture_output=True, text=True, errors="replace", check=False)  # noqa: S603 - our own words
        except OSError as error:
            raise ServiceError(self.words[0], f"can't be started: {error.strerror}") from error
        if done.returncode:
            said = done.stderr.strip().rpartition("\n")[2] or f"it ended with {done.returncode}"
            raise ServiceError(subject, said)

    def texts(self, files: Iterable[str]) -> dict[Path, str]:
        """Those of these units that there are."""
        paths = [self.folder / file for file in files]
        return {path: path.read_text(encoding="utf-8", errors="replace") for path in paths if path.exists()}

    def typed(self, program: str = "systemctl") -> str:
        """How a program of systemd's is called about these units."""
        return " ".join((program, *self.words[1:]))


@click.command(epilog="Example: digest -c ~/papers/config.toml install")
@click.option("--system", is_flag=True, help="A service of the machine, shut in, as the owner of the config's folder.")
@click.option("--timer", is_flag=True, help="No daemon: a run each working day at seven, or hourly by its schedules.")
@click.option("--print", "show", is_flag=True, help="Print what would be written; change nothing.")
@click.option("--replace", is_flag=True, help="Write over a unit that was changed since.")
@click.option("--uninstall", is_flag=True, help="Stop it, and take its unit away; your papers stay.")
@click.pass_context
def install(ctx: click.Context, /, **asked: bool) -> int:
    """Write a unit for systemd, enable it and start it: from then on that keeps `digest daemon` alive.

    Without --system it is a unit of yours, in ~/.config/systemd/user/. Where there is no systemd nothing is written, and
    what to do instead is said.
    """
    for one, other in (("system", "timer"), ("show", "uninstall")):
        if asked[one] and asked[other]:
            raise click.UsageError(f"--{one} and --{other} exclude each other".replace("show", "print"))
    path, manager = whole_path(located(ctx)), spoken_to(system=asked["system"])
    if asked["uninstall"]:
        return uninstall(manager, path)
    config = configured(ctx)
    hourly = any(rules.schedule for rules in config.rules())
    units = ordered(manager, config, Order(path, program(), hourly=hourly), **asked)
    if asked["show"]:
        for unit in units:
            click.echo(f"# {manager.folder / unit.name}\n{unit.text}")
        return 0
    answering(manager, path, hourly=hourly)
    if asked["system"]:
        check_system(path, parts())
    put(manager, path, units, replace=asked["replace"])
    tell_next(manager, path, units[-1].name)
    return 0


def whole_path(path: Path) -> Path:
    """The path of config.toml from the root; a link stays a link."""
    whole = os.path.abspath(path)  # noqa: PTH100 - a link stays a link
    if not whole.isprintable() or whole.endswith("\\"):
        raise ServiceError(whole, "can't stand in a unit", "rename that folder")
    return Path(whole)


def spoken_to(*, system: bool) -> Manager:
    if system:
        return Manager(Path("/etc/systemd/system"), ("systemctl",))
    named = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    home = named if named.is_absolute() else Path.home() / ".config"
    return Manager(home / "systemd" / "user", ("systemctl", "--user"))


def answering(manager: Manager, config: Path, *, hourly: bool) -> None:
    """Raises `ServiceError` where no systemd is there to be told anything, after what works without one."""
    try:
        manager.say("show", "--property=Version")
    except ServiceError as fault:
        click.echo(f'Without systemd, by cron ("crontab -e"):\n  {crontab_line(config, hourly=hourly)}')
        click.echo(f"or as long as a terminal is open:\n  {typed()} -c {shlex.quote(str(config))} daemon")
        hint = "nothing was written; a service of the machine: --system"
        raise ServiceError(fault.subject, fault.what, hint) from fault


# --- which units ------------------------------------------------------------------------------------------------


def ordered(manager: Manager, config: Config, order: Order, **asked: bool) -> Sequence[Unit]:
    """The units that are asked for; the last one is that to enable."""
    name = own_name(manager, order.config)
    if asked["timer"]:
        return order.timer(name)
    if asked["system"]:
        return (order.system(name, owner(order.config.parent), written_places(config)),)
    return (order.daemon(name),)


def own_name(manager: Manager, config: Path) -> str:
    """What its units are called already, else the first name that none of another configuration has."""
    choice = list(names(config, sha256(os.fsencode(config)).hexdigest()[:8]))
    found = {name: manager.texts(files(name)).values() for name in choice}
    ours = (name for name in choice if any(is_of(config, text) for text in found[name]))
    free = (name for name in choice if not found[name])
    return next(ours, None) or next(free, choice[-1])


def files(name: str) -> tuple[str, str, str]:
    return f"{name}.service", f"{name}-run.service", f"{name}-run.timer"


def owner(folder: Path) -> str:
    """As whom a service of the machine runs: never as root."""
    try:
        found = folder.owner()
    except KeyError:
        return str(folder.stat().st_uid)
    return "paperround" if found == "root" else found


def written_places(config: Config) -> list[Path]:
    """The folder of config.toml, and those places outside it that it names to be written to."""
    named = [config.database.parent, config.public, config.maildir, *map(Path, config.places())]
    places = [config.folder, *(place for place in named if not place.is_relative_to(config.folder))]
    for place in places:
        if set(str(place)) & set("\"'\\"):
            raise ServiceError(str(place), "can't stand in a unit with --system", "rename that folder")
    return list(dict.fromkeys(places))


def check_system(config: Path, program: Sequence[Path]) -> None:
    """Raises `ServiceError` where a service that is shut in could not read its own program, or not write."""
    for path in (config, *program):
        if any(path.is_relative_to(home) for home in HOMES):
            what = "lies in a home, where a service of the machine may not look"
            raise ServiceError(str(path), what, "docs/run.md: the program in /opt, the digest in /var/lib")
    if config.parent.stat().st_uid == 0:
        make = "useradd --system --create-home --home-dir /var/lib/paperround paperround"
        raise ServiceError(
            str(config.parent), "is root's, and it must run as somebody else", f"{make}; see docs/run.md"
        )


def parts() -> tuple[Path, ...]:
    """What it takes to start this program: the command, the Python below its environment, and our own code."""
    return Path(program()[0]), Path(sys.base_prefix), Path(digest.__file__)


# --- putting them in place, and away ----------------------------------------------------------------------------


def put(manager: Manager, config: Path, units: Sequence[Unit], *, replace: bool) -> None:
    """Write, enable and start; one that stands there as it would be written is only enabled and started."""
    known = manager.texts(files(own_name(manager, config)))
    for path, text in known.items():
        if is_of(config, text) and path.name not in {unit.name for unit in units}:
            raise ServiceError(str(path), "runs this digest already", '"digest install --uninstall" first')
    changed = [unit for unit in units if known.get(manager.folder / unit.name) != unit.text]
    for unit in changed:
        check_place(manager, config, known.get(manager.folder / unit.name), unit, replace=replace)
    for unit in changed:
        write(manager.folder / unit.name, unit.text)
    last = units[-1].name
    manager.say("daemon-reload")
    if known and changed:
        manager.say("try-restart", last)
    manager.say("enable", "--now", last)


def check_place(manager: Manager, config: Path, there: str | None, unit: Unit, *, replace: bool) -> None:
    """Raises `ServiceError` where a unit of somebody else stands, or one of ours that is not as it would be now."""
    if there is None or (replace and is_of(config, there)):
        return
    path = str(manager.folder / unit.name)
    if not is_of(config, there):
        raise ServiceError(path, "is there, and not of this configuration", "rename it")
    edit = f'"{manager.typed()} edit {unit.name}" keeps changes of yours'
    raise ServiceError(path, "is not as it would be written now", f"--replace writes it anew; {edit}")


def write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(
            str(path), f"can't be written: {error.strerror}", "a service of the machine needs root"
        ) from error


def uninstall(manager: Manager, config: Path) -> int:
    """Stop and disable what was written for this configuration, and take it away."""
    found = [path for path, text in manager.texts(files(own_name(manager, config))).items() if is_of(config, text)]
    if not found:
        raise ServiceError(str(manager.folder), f"no unit there is of {config}", "for one of the machine: --system")
    manager.say("disable", "--now", *(path.name for path in found))
    for path in found:
        path.unlink()
        click.echo(one_line(f"{path} is stopped and taken away"))
    manager.say("daemon-reload")
    return 0


def tell_next(manager: Manager, config: Path, name: str) -> None:
    """What was done, how to look after it, and what it does not know."""
    click.echo(one_line(f"{manager.folder / name} is enabled and started."))
    stem = name.rpartition(".")[0]
    hints = (
        (f"{typed()} -c {shlex.quote(str(config))} status", "whether all is well"),
        (f"{manager.typed('journalctl')} -u {stem}", "what it says"),
        (f"{manager.typed()} restart {stem}", "after an update of this program"),
    )
    for line, use in hints[: 2 if name.endswith(".timer") else 3]:
        click.echo(f"  {line}\n      {use}")
    if "--user" in manager.words:
        click.echo('When you log out it stops, unless you type, once:\n  loginctl enable-linger "$USER"')
    for variable in sorted(one for one in os.environ if one.startswith("DIGEST_") and one not in NO_VARIABLES):
        click.echo(
            f"{variable} is set here, and the service will not have it: put it into config.toml, a password into a file"
        )
