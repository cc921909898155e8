"""The directory for data that must survive a restart, and how secrets are stored in it.

`$STATE_DIRECTORY` when systemd gives one, else `$XDG_STATE_HOME/affect-bridge` or
`~/.local/state/affect-bridge`; on Windows `%LOCALAPPDATA%\\affect-bridge`.
"""

import contextlib
import os
import stat
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

_NAME = "affect-bridge"
_LONGEST_SECRET = 4096  # bytes
_MODES_KNOWN = os.name == "posix"


class UnsafeSecret(Exception):
    """A file that must not hold a secret, for a reason that the user can change."""


def state_directory(
    environment: Mapping[str, str] = os.environ, *, windows: bool = sys.platform == "win32"
) -> Path:
    """The directory; it may not exist yet."""
    if given := environment.get("STATE_DIRECTORY"):
        return Path(given.split(":")[0] if not windows else given)
    if windows:
        local = environment.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / _NAME
    state = Path(environment.get("XDG_STATE_HOME", ""))
    if not state.is_absolute():  # the specification says to ignore a relative path
        state = Path.home() / ".local" / "state"
    return state / _NAME


def read_secret(path: Path) -> str | None:
    """The secret in `path`; None when there is no such file, or the file is empty.

    Raises:
        UnsafeSecret: it is a link, not a regular file, not this user's, or others may read it.
        OSError: it cannot be read.
    """
    if path.is_symlink():
        raise UnsafeSecret(f"{path} is a symbolic link; expected a regular file")
    # Without O_NONBLOCK, opening a named pipe would wait for a writer.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        opened = os.open(path, flags)
    except FileNotFoundError:
        return None
    try:
        _refuse_unsafe(path, os.fstat(opened))
        content = os.read(opened, _LONGEST_SECRET + 1)
    finally:
        os.close(opened)
    secret = content.decode("ascii", "replace").strip()
    if len(content) > _LONGEST_SECRET or not (secret.isascii() and secret.isprintable()):
        raise UnsafeSecret(f"{path} does not contain a secret; move it to another place")
    return secret or None


def write_secret(path: Path, secret: str) -> None:
    """Write a secret to `path`, readable by this user only. On a failure the old content stays. A
    missing directory is created for this user only.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # mkstemp creates the file with mode 0600.
    opened, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with open(opened, "w", encoding="ascii") as file:  # noqa: PTH123 - it is a descriptor
            file.write(secret + "\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def forget_secret(path: Path) -> None:
    """Remove a secret. A missing file is no error.

    Raises:
        OSError: it cannot be removed.
    """
    path.unlink(missing_ok=True)


def _refuse_unsafe(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise UnsafeSecret(f"{path} is not a regular file")
    if not _MODES_KNOWN:
        return
    if status.st_uid not in {0, os.getuid()}:
        raise UnsafeSecret(f"{path} belongs to another user")
    if status.st_mode & 0o077:
        raise UnsafeSecret(
            f"others may read or change {path} (mode {stat.S_IMODE(status.st_mode):04o}); "
            f"run: chmod 600 {path}"
        )
