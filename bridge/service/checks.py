"""Checks that a configuration can run as a service, before it is installed. systemd would report a
problem only at the start, and less clearly."""

import re
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import bridge
from bridge.config.login import LoginSettings
from bridge.config.settings import Settings
from bridge.config.standard_input import StandardInputSection

_HOMES = (Path("/home"), Path("/root"), Path("/run/user"))  # what ProtectHome hides
_ELSEWHERE = (
    "install affect-bridge with the system's Python, for example in /opt/affect-bridge/.venv, and "
    "run this command from there"
)


class CannotRun(Exception):
    """The service could not run. The message says why, and what to do."""


def check_settings(config: Path, settings: Settings) -> None:
    """Refuse settings that only work at a terminal.

    Raises:
        CannotRun: with the setting.
    """
    if all(isinstance(section, StandardInputSection) for section in settings.inputs):
        raise CannotRun(
            f"{config}: the only input is stdin, and a service has no standard input; "
            "add another input (demo, osc, mqtt) under `inputs`"
        )


def missing_passwords(config: Path, settings: Settings, drop_ins: str) -> Iterator[str]:
    """A warning for each password that is expected in an environment variable, because a service
    has no variables of a terminal.

    Args:
        config: the file that `settings` were read from.
        drop_ins: the text of the unit's drop-ins, which may set variables.
    """
    for kind, sections in (("inputs", settings.inputs), ("outputs", settings.outputs)):
        for number, section in enumerate(sections, start=1):
            if (
                isinstance(section, LoginSettings)
                and section.username is not None
                and not section.password_file
                and not section.password_credential
                and not _sets_variable(drop_ins, section.password_env)
            ):
                yield (
                    f"{config}: {kind}[{number}]: the service will not have the environment "
                    f"variable {section.password_env} with the password of {section.username}; "
                    "use password_credential, see docs/service.md#passwords"
                )


def _sets_variable(drop_ins: str, name: str) -> bool:
    """Whether drop-ins set a variable; a file of variables (EnvironmentFile=) may."""
    set_here = (
        rf"^[ \t]*(Pass)?Environment=.*(?<!\w){re.escape(name)}(?!\w)|^[ \t]*EnvironmentFile=."
    )
    return re.search(set_here, drop_ins, re.MULTILINE) is not None


def check_access(config: Path, settings: Settings, command: tuple[str, ...]) -> None:
    """Refuse files that the system's service could not read, because it runs as its own user.

    Raises:
        CannotRun: with the file, and why.
    """
    python = Path(sys.executable).resolve()
    for path, way in (
        (config, "move it, for example to /etc/affect-bridge"),
        (Path(command[0]), _ELSEWHERE),
        (python, _ELSEWHERE),
        (Path(bridge.__file__), _ELSEWHERE),
    ):
        if hidden := hidden_by(path):
            raise CannotRun(
                f"{path}: the service runs as its own user, which cannot read {hidden}; "
                f"{way}, or install with --user"
            )
    for name, path in _paths(settings):
        # Password files should stay private. systemd can read them and pass them on.
        way = (
            "use password_credential and LoadCredential="
            if name == "password_file"
            else "move it, or install with --user"
        )
        if name != "token_file" and path.exists() and (hidden := hidden_by(path.resolve())):
            raise CannotRun(
                f"{config}: {name}: the service runs as its own user, which cannot read {hidden}; "
                f"{way}"
            )


def hidden_by(path: Path) -> Path | None:
    """The folder or file that stops the service's user from reading `path`; None if it can."""
    for place in [*reversed(path.parents), path]:
        if place in _HOMES:
            return place
        mode = place.stat().st_mode
        needed = stat.S_IXOTH if place.is_dir() else stat.S_IROTH
        if not mode & needed:
            return place
    return None


def _paths(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Each file that the settings name, with the name of its setting."""
    for section in (settings, *settings.inputs, *settings.outputs):
        for name, value in section:
            if isinstance(value, Path):
                yield name, value
