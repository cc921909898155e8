"""What would keep a service from running, found before it is one: systemd would only say so later,
in its own words."""

import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import bridge
from bridge.config.inputs import StdinSection
from bridge.config.settings import Settings

_HOMES = (Path("/home"), Path("/root"), Path("/run/user"))  # what ProtectHome hides
_ELSEWHERE = (
    "install affect-bridge with the system's Python in /opt/affect-bridge/.venv, say, and run this "
    "from there"
)


class CannotRun(Exception):
    """Why a service could not run, and what to do about it."""


def check_settings(config: Path, settings: Settings) -> None:
    """Refuse settings that make sense at a terminal only.

    Raises:
        CannotRun: says which.
    """
    if all(isinstance(section, StdinSection) for section in settings.inputs):
        raise CannotRun(
            f"{config}: the only input is standard input, which a service does not have; "
            "give it another one (demo, osc, mqtt) under `inputs`"
        )
    for name, path in _paths(settings):
        if not path.expanduser().is_absolute():
            raise CannotRun(
                f"{config}: {name}: {path} is looked for in / by a service; write its whole path"
            )


def check_access(config: Path, settings: Settings, command: tuple[str, ...]) -> None:
    """Refuse what the system's service, which runs as a user of its own, could not read.

    Raises:
        CannotRun: says what, and why.
    """
    python = Path(sys.executable).resolve()
    for path, way in (
        (config, "move it to /etc/affect-bridge, say"),
        (Path(command[0]), _ELSEWHERE),
        (python, _ELSEWHERE),
        (Path(bridge.__file__), _ELSEWHERE),
    ):
        if hidden := hidden_by(path):
            raise CannotRun(
                f"{path}: the service runs as a user of its own, for whom {hidden} is closed; "
                f"{way}, or install with --user"
            )
    for name, path in _paths(settings):
        # Keys and passwords belong closed, so systemd, which may read all, hands them over.
        way = (
            "use password_credential and LoadCredential="
            if name == "password_file"
            else "move it, or install with --user"
        )
        if name != "token_file" and path.exists() and (hidden := hidden_by(path.resolve())):
            raise CannotRun(
                f"{config}: {name}: the service runs as a user of its own, for whom {hidden} is "
                f"closed; {way}"
            )


def hidden_by(path: Path) -> Path | None:
    """What keeps a user of no group, who sees no home directories, from reading `path`."""
    for place in [*reversed(path.parents), path]:
        if place in _HOMES:
            return place
        mode = place.stat().st_mode
        needed = stat.S_IXOTH if place.is_dir() else stat.S_IROTH
        if not mode & needed:
            return place
    return None


def _paths(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Every file that the settings name, by the name of its setting."""
    for section in (settings, *settings.inputs, *settings.outputs):
        for name, value in section:
            if isinstance(value, Path):
                yield name, value
