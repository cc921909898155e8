"""The password for a broker: in the environment, in a file, or handed over by systemd.

Read anew for each connection, so that a changed one needs no restart, and never repeated: no
message, and no exception that could end up in a log, has it in it.

A password file may be a symbolic link, unlike the files that this program writes itself
(`bridge.secrets.state_directory`): Kubernetes, agenix and sops-nix all hand secrets out as links,
and who can replace the link could as well write another path into the configuration.
"""

import logging
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from bridge.supervision.supervised import Unavailable

log = logging.getLogger(__name__)

LARGEST = 4096
"""Bytes."""

CREDENTIALS = "CREDENTIALS_DIRECTORY"
"""The environment variable with which systemd says where a service's credentials are."""

_MODES_KNOWN = os.name == "posix"


class PasswordSettings(Protocol):
    """Where one client's password is."""

    @property
    def username(self) -> str | None:
        """Whose password; None for a client without a user name, which needs none."""
        ...

    @property
    def password_env(self) -> str:
        """The environment variable that holds it, unless one of the others is given."""
        ...

    @property
    def password_file(self) -> Path | None:
        """The file that holds it."""
        ...

    @property
    def password_credential(self) -> str | None:
        """The name of systemd's credential that holds it."""
        ...


class Password:
    """One client's password."""

    def __init__(
        self, settings: PasswordSettings, environment: Mapping[str, str] = os.environ
    ) -> None:
        self._settings, self._environment = settings, environment
        self._warned = False

    def read(self) -> str | None:
        """The password now; None if the broker is to be asked without one.

        Raises:
            Unavailable: it is not where it should be, or is no password.
        """
        settings = self._settings
        if settings.password_credential is not None:
            return self._from_credential(settings.password_credential)
        if settings.password_file is not None:
            self._warn_once(settings.password_file)
            return _from_file(settings.password_file, f"the password file {settings.password_file}")
        if settings.username is None:
            return None
        password = self._environment.get(settings.password_env)
        if password is not None and not _is_text(password):
            raise Unavailable(
                f"the environment variable {settings.password_env} holds no UTF-8 text",
                hopeless=True,
            )
        return password

    def hint(self) -> str:
        """What to say when the broker refuses a client that has no password; empty if it has."""
        settings = self._settings
        elsewhere = settings.password_file or settings.password_credential
        if elsewhere or settings.password_env in self._environment:
            return ""
        return f" (the environment variable {settings.password_env} is not set)"

    def _from_credential(self, name: str) -> str:
        folder = self._environment.get(CREDENTIALS)
        if not folder:
            raise Unavailable(
                f"no credential {name!r}: the variable {CREDENTIALS} is not set, as it is in a "
                f"service of systemd with LoadCredential={name}:/path/of/the/password",
                hopeless=True,
            )
        path = Path(folder) / name
        if not path.exists():
            raise Unavailable(
                f"no credential {name!r} in {folder}: the service's unit needs "
                f"LoadCredential={name}:/path/of/the/password",
                hopeless=True,
            )
        return _from_file(path, f"the credential {name!r}")

    def _warn_once(self, path: Path) -> None:
        if self._warned or not _MODES_KNOWN:
            return
        self._warned = True
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
        except OSError:
            return  # which reading it will say
        if mode & stat.S_IROTH:
            log.warning(
                "everybody on this machine can read the password in %s (mode %04o); "
                "expected as after: chmod o= %s",
                path,
                mode,
                path,
            )


def _from_file(path: Path, what: str) -> str:
    """The text in a file without the end of its line.

    Raises:
        Unavailable: it cannot be read, or holds no password.
    """
    # Without O_NONBLOCK, opening a named pipe would wait for somebody to write into it.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        opened = os.open(path, flags)
        try:
            if not stat.S_ISREG(os.fstat(opened).st_mode):
                raise Unavailable(f"{what} is no file")
            content = os.read(opened, LARGEST + 1)
        finally:
            os.close(opened)
    except OSError as problem:
        raise Unavailable(f"{what} cannot be read: {problem.strerror}") from problem
    if len(content) > LARGEST:
        raise Unavailable(f"{what} is larger than {LARGEST} bytes")
    try:
        password = content.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        password = ""
    if not password:
        # Not raised where the other is caught: that one quotes the bytes.
        nothing = "is empty" if not content.strip() else "holds no UTF-8 text"
        raise Unavailable(f"{what} {nothing}")
    return password


def _is_text(password: str) -> bool:
    """Whether the environment's bytes were UTF-8; Python marks those that were not."""
    try:
        password.encode()
    except UnicodeEncodeError:
        return False
    return True
