"""`affect-bridge install-service`: write a systemd unit that starts a bridge with the machine."""

import argparse
import os
import re
import shutil
import sys
from pathlib import Path

from bridge.cli import MISTAKE
from bridge.config.reading import ConfigError, read_settings
from bridge.service.checks import CannotRun, check_access, check_settings, missing_passwords
from bridge.service.unit import HEADER, USUAL_CONFIG, quoted, unit

_SYSTEM = Path("/etc/systemd/system")
_INSTANCE = re.compile(r"[A-Za-z0-9:_.-]+")


def describe(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Write a systemd unit that runs this affect-bridge with CONFIG, and print the commands "
        "that enable it. Nothing is started."
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
        help=f"a YAML file (default: {USUAL_CONFIG}; with --user "
        "~/.config/affect-bridge/config.yaml)",
    )
    parser.add_argument(
        "--instances",
        action="store_true",
        help="CONFIG is a folder, and each NAME.yaml in it runs as affect-bridge@NAME",
    )
    parser.add_argument(
        "--user", action="store_true", help="install for your user only; it starts when you log in"
    )
    parser.add_argument("--print", action="store_true", help="print the unit and install nothing")
    parser.set_defaults(perform=perform)


def perform(options: argparse.Namespace) -> int:
    config = _config(options)
    command = _this_command()
    # %i is the name of an instance; a percent sign in the folder's name must stay one.
    written = quoted(f"{config}/\0.yaml" if options.instances else str(config)).replace("\0", "%i")
    text = unit(tuple(map(quoted, command)), written, user=options.user)
    if options.print:
        print(text, end="")
        return 0
    place = _units(user=options.user) / f"affect-bridge{'@' if options.instances else ''}.service"
    try:
        warnings = _check(place, config, command, options)
    except CannotRun as mistake:
        print(mistake, file=sys.stderr)
        return MISTAKE
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    except OSError as problem:
        print(_why_not(place, problem, user=options.user), file=sys.stderr)
        return 1
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)
    systemctl = "systemctl --user" if options.user else "systemctl"
    print(f"wrote {place}; to enable it, run:")
    print(f"  {systemctl} daemon-reload")
    print(f"  {systemctl} enable --now {' '.join(_services(config, options))}")
    return 0


def _config(options: argparse.Namespace) -> Path:
    usual = _config_home() / "affect-bridge" / "config.yaml" if options.user else Path(USUAL_CONFIG)
    given: Path = options.config or (usual.parent if options.instances else usual)
    # Links stay as they are; dots are removed, because systemd refuses them.
    return Path(os.path.normpath(given.absolute()))


def _config_home() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")


def _units(*, user: bool) -> Path:
    return _config_home() / "systemd" / "user" if user else _SYSTEM


def _this_command() -> tuple[str, ...]:
    """The command that is running now, with its full path."""
    beside = shutil.which("affect-bridge", path=str(Path(sys.executable).parent))
    return (beside,) if beside else (sys.executable, "-m", "bridge")


def _check(
    place: Path, config: Path, command: tuple[str, ...], options: argparse.Namespace
) -> list[str]:
    """Refuse what could not run, and a unit that another program wrote. Returns warnings about
    what will run but may not work.

    Raises:
        CannotRun: with the reason.
    """
    if not sys.platform.startswith("linux"):
        raise CannotRun(
            "systemd needs Linux; for Windows and macOS see docs/service.md (--print works "
            "everywhere)"
        )
    if options.instances and not config.is_dir():
        raise CannotRun(
            f"{config} is not a folder; expected a folder with a NAME.yaml for each instance"
        )
    warnings: list[str] = []
    for file in _files(config, options):
        if options.instances and not _INSTANCE.fullmatch(file.stem):
            raise CannotRun(
                f"{file}: an instance's name may contain only letters, digits and :-_.; rename the "
                "file"
            )
        try:
            settings = read_settings(file)
        except ConfigError as mistakes:
            raise CannotRun(str(mistakes)) from mistakes
        check_settings(file, settings)
        if not options.user:
            check_access(file, settings, command)
        warnings += missing_passwords(file, settings, _drop_ins(place, file, options))
    if place.exists() and not place.read_text(encoding="utf-8").startswith(HEADER):
        raise CannotRun(f"{place} was not written by this command; move it to another place first")
    return warnings


def _drop_ins(place: Path, file: Path, options: argparse.Namespace) -> str:
    """The text of the drop-ins of the service that runs `file`."""
    names = {place.name, f"affect-bridge@{file.stem}.service" if options.instances else place.name}
    found = [path for name in sorted(names) for path in place.parent.glob(f"{name}.d/*.conf")]
    readable = [path for path in found if os.access(path, os.R_OK)]
    return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in readable)


def _files(config: Path, options: argparse.Namespace) -> list[Path]:
    """The configurations to run."""
    if not options.instances:
        return [config]
    # The configuration of affect-bridge.service is not an instance.
    alone = _units(user=options.user) / "affect-bridge.service"
    taken = alone.read_text(encoding="utf-8") if alone.exists() else ""
    found = sorted(config.glob("*.yaml"))
    return [file for file in found if f" run {quoted(str(file))}\n" not in taken]


def _services(config: Path, options: argparse.Namespace) -> list[str]:
    """The services to enable."""
    if not options.instances:
        return ["affect-bridge"]
    names = [file.stem for file in _files(config, options)] or ["NAME"]
    return [f"affect-bridge@{name}" for name in names]


def _why_not(place: Path, problem: OSError, *, user: bool) -> str:
    if isinstance(problem, PermissionError) and not user:
        return f"only root may write {place}: use sudo, or --user to install for your user only"
    return f"cannot write {place}: {problem.strerror}"
