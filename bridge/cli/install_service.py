"""`affect-bridge install-service`: a bridge that starts with the machine, under systemd."""

import argparse
import os
import re
import shutil
import sys
from pathlib import Path

from bridge.cli import MISTAKE
from bridge.config.reading import ConfigError, read_settings
from bridge.service.checks import CannotRun, check_access, check_settings
from bridge.service.unit import HEADER, USUAL_CONFIG, quoted, unit

_SYSTEM = Path("/etc/systemd/system")
_INSTANCE = re.compile(r"[A-Za-z0-9:_.-]+")


def describe(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Write a systemd unit that runs this affect-bridge with CONFIG, and say how to enable it. "
        "Nothing is started."
    )
    parser.epilog = """examples:
  sudo affect-bridge install-service /etc/affect-bridge/config.yaml
  sudo affect-bridge install-service --instances /etc/affect-bridge
  affect-bridge install-service --user ~/.config/affect-bridge/config.yaml
  affect-bridge install-service --print"""
    parser.add_argument(
        "config",
        nargs="?",
        type=Path,
        metavar="CONFIG",
        help=f"a YAML file (default: {USUAL_CONFIG}, or with --user the same in ~/.config)",
    )
    parser.add_argument(
        "--instances",
        action="store_true",
        help="CONFIG is a folder, and each NAME.yaml in it runs as affect-bridge@NAME",
    )
    parser.add_argument(
        "--user", action="store_true", help="for your own systemd, started when you log in"
    )
    parser.add_argument("--print", action="store_true", help="only show the unit")
    parser.set_defaults(perform=perform)


def perform(options: argparse.Namespace) -> int:
    config = _config(options)
    command = _this_command()
    # %i is an instance's name; a percent sign of the folder's own is another matter.
    written = quoted(f"{config}/\0.yaml" if options.instances else str(config)).replace("\0", "%i")
    text = unit(tuple(map(quoted, command)), written, user=options.user)
    if options.print:
        print(text, end="")
        return 0
    place = _units(user=options.user) / f"affect-bridge{'@' if options.instances else ''}.service"
    try:
        _check(place, config, command, options)
    except CannotRun as mistake:
        print(mistake, file=sys.stderr)
        return MISTAKE
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    except OSError as problem:
        print(_why_not(place, problem, user=options.user), file=sys.stderr)
        return 1
    systemctl = "systemctl --user" if options.user else "systemctl"
    print(f"{place} is written. Now enable it:")
    print(f"  {systemctl} daemon-reload")
    print(f"  {systemctl} enable --now {' '.join(_services(config, options))}")
    return 0


def _config(options: argparse.Namespace) -> Path:
    usual = _config_home() / "affect-bridge" / "config.yaml" if options.user else Path(USUAL_CONFIG)
    given: Path = options.config or (usual.parent if options.instances else usual)
    # The shell's view of a path, links and all, but without dots, which systemd refuses.
    return Path(os.path.normpath(given.absolute()))


def _config_home() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")


def _units(*, user: bool) -> Path:
    return _config_home() / "systemd" / "user" if user else _SYSTEM


def _this_command() -> tuple[str, ...]:
    """The command that runs now, by its full path."""
    beside = shutil.which("affect-bridge", path=str(Path(sys.executable).parent))
    return (beside,) if beside else (sys.executable, "-m", "bridge")


def _check(
    place: Path, config: Path, command: tuple[str, ...], options: argparse.Namespace
) -> None:
    """Refuse what could not run, or would take somebody else's place.

    Raises:
        CannotRun: says why.
    """
    if not sys.platform.startswith("linux"):
        raise CannotRun(
            "systemd is part of Linux; docs/service.md says how to start at login elsewhere "
            "(--print shows the unit all the same)"
        )
    if options.instances and not config.is_dir():
        raise CannotRun(f"{config} is no folder; expected one with a NAME.yaml for each instance")
    for file in _files(config, options):
        if options.instances and not _INSTANCE.fullmatch(file.stem):
            raise CannotRun(
                f"{file}: an instance's name has letters, digits and :-_. only; rename the file"
            )
        try:
            settings = read_settings(file)
        except ConfigError as mistakes:
            raise CannotRun(str(mistakes)) from mistakes
        check_settings(file, settings)
        if not options.user:
            check_access(file, settings, command)
    if place.exists() and not place.read_text(encoding="utf-8").startswith(HEADER):
        raise CannotRun(f"{place} was not written by this command; move it away first")


def _files(config: Path, options: argparse.Namespace) -> list[Path]:
    """The configurations to run."""
    if not options.instances:
        return [config]
    # What runs as affect-bridge.service already is no instance too.
    alone = _units(user=options.user) / "affect-bridge.service"
    taken = alone.read_text(encoding="utf-8") if alone.exists() else ""
    found = sorted(config.glob("*.yaml"))
    return [file for file in found if f" run {quoted(str(file))}\n" not in taken]


def _services(config: Path, options: argparse.Namespace) -> list[str]:
    """What to enable."""
    if not options.instances:
        return ["affect-bridge"]
    names = [file.stem for file in _files(config, options)] or ["NAME"]
    return [f"affect-bridge@{name}" for name in names]


def _why_not(place: Path, problem: OSError, *, user: bool) -> str:
    if isinstance(problem, PermissionError) and not user:
        return (
            f"{place} may be written by root only: run this with sudo, or with --user for "
            "yourself alone"
        )
    return f"{place} cannot be written: {problem.strerror}"
