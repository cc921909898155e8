"""The password for a broker, from the environment, a file, or a systemd credential.

It is read again for each connection, so a changed password needs no restart. No message and no
exception contains it.

A password file may be a symbolic link, unlike the files that this program writes itself
(`bridge.secrets.state_directory`). Kubernetes, agenix and sops-nix provide secrets as links, and
anybody who can replace the link could also write another path into the configuration.
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
"""The environment variable with the folder of a service's credentials. systemd sets it."""

_MODES_KNOWN = os.name == "posix"


class PasswordSettings(Protocol):
    """The settings that say where the password of one client is."""

    @property
    def username(self) -> str | None:
        """The user name; None for a client that has none and needs no password."""
        ...

    @property
    def password_env(self) -> str:
        """The environment variable with the password, unless one of the others is set."""
        ...

    @property
    def password_file(self) -> Path | None:
        """The file with the password."""
        ...

    @property
    def password_credential(self) -> str | None:
        """The name of the systemd credential with the password."""
        ...


class Password:
    """One client's password."""

    def __init__(
        self,
        settings: PasswordSettings,
        environment: Mapping[str, str] = os.environ,
        *,
        what: str = "password",
    ) -> None:
        """`what`: what messages call it."""
        self._settings, self._environment, self._what = settings, environment, what
        self._warned = False

    def read(self) -> str | None:
        """The current password; None for a connection without a password.

        Raises:
            Unavailable: the password is missing or unusable.
        """
        settings = self._settings
        if settings.password_credential is not None:
            return self._from_credential(settings.password_credential)
        if settings.password_file is not None:
            self._warn_once(settings.password_file)
            return _from_file(
                settings.password_file, f"the {self._what} file {settings.password_file}"
            )
        if settings.username is None:
            return None
        password = self._environment.get(settings.password_env)
        if password is not None and not _is_text(password):
            raise Unavailable(
                f"the environment variable {settings.password_env} is not UTF-8 text",
                hopeless=True,
            )
        return password

    def hint(self) -> str:
        """What to add to the message when the broker refuses a client that has no password; empty
        if it has one."""
        settings = self._settings
        elsewhere = settings.password_file or settings.password_credential
        if elsewhere or settings.password_env in self._environment:
            return ""
        return f" (the environment variable {settings.password_env} is not set)"

    def _from_credential(self, name: str) -> str:
        folder = self._environment.get(CREDENTIALS)
        if not folder:
            raise Unavailable(
                f"no credential {name!r}: {CREDENTIALS} is not set; systemd sets it for a service "
                f"with LoadCredential={name}:/path/of/the/{self._what}",
                hopeless=True,
            )
        path = Path(folder) / name
        if not path.exists():
            raise Unavailable(
                f"no credential {name!r} in {folder}; add "
                f"LoadCredential={name}:/path/of/the/{self._what} to the unit of the service",
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
            return  # reading the file reports the problem
        if mode & stat.S_IROTH:
            log.warning(
                "everybody on this machine can read the %s in %s (mode %04o); run: chmod o= %s",
                self._what,
                path,
                mode,
                path,
            )


def _from_file(path: Path, what: str) -> str:
    """The text in a file without its line end.

    Raises:
        Unavailable: the file cannot be read, or contains no password.
    """
    # Without O_NONBLOCK, opening a named pipe would wait for a writer.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        opened = os.open(path, flags)
        try:
            if not stat.S_ISREG(os.fstat(opened).st_mode):
                raise Unavailable(f"{what} is not a regular file")
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
        # Not raised from the UnicodeDecodeError, because that one quotes the bytes.
        nothing = "is empty" if not content.strip() else "is not UTF-8 text"
        raise Unavailable(f"{what} {nothing}")
    return password


def _is_text(password: str) -> bool:
    """Whether the bytes of the variable were UTF-8. Python marks bytes that were not."""
    try:
        password.encode()
    except UnicodeEncodeError:
        return False
    return True
