"""`affect-bridge install-service`: a bridge that starts with the machine, under systemd."""

import argparse
import os
import shutil
import stat
import sys
from pathlib import Path

from bridge.cli import MISTAKE
from bridge.config.reading import ConfigError, read_settings
from bridge.service_unit import USUAL_CONFIG, quoted, unit

UNIT_NAME = "affect-bridge.service"
_SYSTEM = Path("/etc/systemd/system")
_HOMES = (Path("/home"), Path("/root"), Path("/run/user"))  # what ProtectHome hides


def describe(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Write a systemd unit that runs this affect-bridge with CONFIG, and say how to enable it. "
        "Nothing is started."
    )
    parser.epilog = """examples:
  sudo affect-bridge install-service /etc/affect-bridge/config.yaml
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
        "--user", action="store_true", help="for your own systemd, started when you log in"
    )
    parser.add_argument("--print", action="store_true", help="only show the unit")
    parser.set_defaults(perform=perform)


def perform(options: argparse.Namespace) -> int:
    config = (options.config or _usual_config(user=options.user)).absolute()
    command = _this_command()
    text = unit(tuple(map(quoted, command)), quoted(str(config)), user=options.user)
    if options.print:
        print(text, end="")
        return 0
    try:
        _refuse_what_cannot_run(config, command, user=options.user)
    except ValueError as mistake:
        print(mistake, file=sys.stderr)
        return MISTAKE
    place = (_user_units() if options.user else _SYSTEM) / UNIT_NAME
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    except OSError as problem:
        print(_why_not(place, problem, user=options.user), file=sys.stderr)
        return 1
    systemctl = "systemctl --user" if options.user else "systemctl"
    print(f"{place} is written. Now enable it:")
    print(f"  {systemctl} daemon-reload")
    print(f"  {systemctl} enable --now affect-bridge")
    return 0


def _usual_config(*, user: bool) -> Path:
    return _config_home() / "affect-bridge" / "config.yaml" if user else Path(USUAL_CONFIG)


def _config_home() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")


def _user_units() -> Path:
    return _config_home() / "systemd" / "user"


def _this_command() -> tuple[str, ...]:
    """The command that runs now, by its full path."""
    beside = shutil.which("affect-bridge", path=str(Path(sys.executable).parent))
    return (beside,) if beside else (sys.executable, "-m", "bridge")


def _refuse_what_cannot_run(config: Path, command: tuple[str, ...], *, user: bool) -> None:
    """Say now what systemd would only say later, in its own words.

    Raises:
        ValueError: this is no systemd's machine, or the service could not read its files.
    """
    if not sys.platform.startswith("linux"):
        raise ValueError(
            "systemd is part of Linux; docs/service.md says how to start at login elsewhere "
            "(--print shows the unit all the same)"
        )
    try:
        read_settings(config)
    except ConfigError as mistakes:
        raise ValueError(str(mistakes)) from mistakes
    if user:
        return
    for path in (Path(command[0]), Path(sys.executable).resolve(), config):
        if hidden := _hidden_by(path):
            raise ValueError(
                f"{path}: the service runs as a user of its own, for whom {hidden} is closed; "
                "move it (to /opt or /etc/affect-bridge, say), or install with --user"
            )


def _hidden_by(path: Path) -> Path | None:
    """What keeps a user of no group, who sees no home directories, from reading `path`."""
    for place in [*reversed(path.parents), path]:
        if place in _HOMES:
            return place
        mode = place.stat().st_mode
        needed = stat.S_IXOTH if place.is_dir() else stat.S_IROTH
        if not mode & needed:
            return place
    return None


def _why_not(place: Path, problem: OSError, *, user: bool) -> str:
    if isinstance(problem, PermissionError) and not user:
        return (
            f"{place} may be written by root only: run this with sudo, or with --user for "
            "yourself alone"
        )
    return f"{place} cannot be written: {problem.strerror}"
