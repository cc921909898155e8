"""The NATS server that an input or output uses: connect, subscribe, explain failures."""

import asyncio
import contextlib
import logging
import re
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from bridge.config.address import Endpoint, host_and_port
from bridge.config.nats import NatsSettings
from bridge.secrets.passwords import Password
from bridge.secrets.tls import tls_context
from bridge.supervision.supervised import Unavailable

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from bridge.nats.connection import Connection

ANSWER_TIMEOUT = 5.0
"""Seconds to wait for a connection, and for each answer of the server."""

_MOST_WAITING = 4096
_MOST_WAITING_BYTES = 4 << 20
"""What may wait for one subscription. Reading is faster than the network, so little ever does."""
_MOST_REFUSALS = 1000

log = logging.getLogger(__name__)


class _Token(NamedTuple):
    """Where the token is, in the terms of `bridge.secrets.passwords.PasswordSettings`."""

    username: str | None
    password_env: str
    password_file: Path | None
    password_credential: str | None = None


class Server:
    """One NATS server, or the servers of one cluster in turn."""

    def __init__(self, settings: NatsSettings, endpoints: Sequence[Endpoint] | None = None) -> None:
        """`endpoints`: the servers to try, if not all that the settings name."""
        self.place = settings.address.place
        """The server that is used, as `host:port`."""
        self._settings = settings
        self._endpoints = settings.endpoints if endpoints is None else endpoints
        self._password = Password(settings)
        # The user name only says that a token is expected.
        named = "token" if settings.token_env else None
        token = _Token(named, settings.token_env or "", settings.token_file)
        self._token = Password(token, what="token")
        self._turn = 0
        self._refused: set[str] = set()

    @contextlib.asynccontextmanager
    async def connected(self) -> AsyncIterator["Connection"]:
        """Connect, and close the connection at the end of the block. Each server is tried once,
        beginning with the one that worked last.

        Raises:
            Unavailable: no server lets this client in, or the connection was lost. The message says
                why.
        """
        library = _library()
        connection: Connection = await self._connect(library)
        try:
            yield connection
        except library.FAILURES as problem:
            raise self._unavailable(problem) from problem
        finally:
            await connection.end()

    async def subscribe(
        self,
        connection: "Connection",
        subjects: Sequence[str],
        read: Callable[["Msg"], Awaitable[None]],
    ) -> None:
        """Subscribe, and return once the server has accepted it.

        Args:
            read: called with each message.

        Raises:
            Unavailable: the server refuses a subscription.
        """
        self._refused.clear()
        for subject in subjects:
            await connection.subscribe(
                subject,
                cb=read,
                pending_msgs_limit=_MOST_WAITING,
                pending_bytes_limit=_MOST_WAITING_BYTES,
            )
        await connection.settle(ANSWER_TIMEOUT)
        if refused := [each for each in self._refused if "subscription" in each.lower()]:
            raise Unavailable(
                f"the NATS server at {self.place} refused the subscription to "
                f"{', '.join(subjects)}: {refused[0]}",
                hopeless=True,
            )

    async def until_lost(self, connection: "Connection") -> None:
        """Wait for the end of the connection.

        Raises:
            Unavailable: it has ended. Any other exception comes from a reader of messages.
        """
        raise self._unavailable(await connection.lost())

    async def _connect(self, library: ModuleType) -> "Connection":
        endpoints = self._endpoints
        problems: list[Unavailable] = []
        for _ in endpoints:
            host, port = endpoints[self._turn % len(endpoints)]
            self.place = host_and_port(host, port)
            connection: Connection = library.Connection(
                secure=self._settings.secure, on_problem=self._note
            )
            try:
                login = await asyncio.to_thread(self._login)
                async with asyncio.timeout(2 * ANSWER_TIMEOUT):
                    await connection.open(self._url, **login)
            except library.FAILURES as problem:
                self._turn += 1
                problems.append(self._unavailable(problem))
            else:
                return connection
        hopeless = all(problem.hopeless for problem in problems)
        raise Unavailable("; ".join(dict.fromkeys(map(str, problems))), hopeless=hopeless)

    @property
    def _url(self) -> str:
        return f"{self._settings.address.scheme}://{self.place}"

    def _login(self) -> dict[str, Any]:
        """How to log in, as nats-py takes it. Reads files."""
        settings = self._settings
        login: dict[str, Any] = {
            "name": f"affect-bridge {socket.gethostname()}",
            "connect_timeout": ANSWER_TIMEOUT,
        }
        if settings.secure:
            login["tls"] = tls_context(settings)
        if settings.credentials_file is not None:
            _check_readable(settings.credentials_file)
            login["user_credentials"] = settings.credentials_file
        elif settings.username is not None:
            login |= {"user": settings.username, "password": self._password.read() or ""}
        elif (token := self._token.read()) is not None:
            login["token"] = token
        return login

    def _note(self, problem: Exception) -> None:
        """Log once what the server refuses while the connection stays."""
        said = _plain(problem)
        if "permissions violation" in said.lower() and len(self._refused) < _MOST_REFUSALS:
            if said not in self._refused and "publish" in said.lower():
                log.warning("the NATS server at %s refuses: %s", self.place, said)
            self._refused.add(said)

    def _unavailable(self, problem: Exception) -> Unavailable:
        said = _plain(problem)
        where = f"the NATS server at {self.place}"
        if isinstance(problem, ssl.SSLCertVerificationError):
            why = problem.verify_message.rstrip(".")
            return Unavailable(f"the certificate of {where} is not trusted: {why}", hopeless=True)
        if "authorization violation" in said.lower() or "authentication" in said.lower():
            return Unavailable(f"{where} refused {self._who()}", hopeless=True)
        if said == "it does not offer TLS":
            return Unavailable(
                f"{where} does not offer TLS; start the address with nats:// in a network that "
                "you trust",
                hopeless=True,
            )
        if "INFO" in said:
            return Unavailable(f"what listens at {self.place} is no NATS server", hopeless=True)
        return Unavailable(f"no connection to {where}: {said}")

    def _who(self) -> str:
        settings = self._settings
        if settings.credentials_file is not None:
            return f"the credentials in {settings.credentials_file}"
        if settings.username is not None:
            return f"the user name or password of {settings.username}{self._password.hint()}"
        if settings.token_file or settings.token_env:
            return f"the token{self._token.hint()}"
        return (
            f"a client without a user name; give one in the address "
            f"({settings.address.scheme}://USER@{self.place}/…) and its password in the "
            f"environment variable {settings.password_env}"
        )


def _library() -> ModuleType:
    """`bridge.nats.connection`, which needs the library.

    Raises:
        Unavailable: it is not installed.
    """
    try:
        from bridge.nats import connection  # noqa: PLC0415 - an extra
    except ImportError as problem:
        raise Unavailable(
            f"nats-py cannot be loaded ({problem}); install it with: pip install nats-py[nkeys]",
            hopeless=True,
        ) from None
    return connection


def _check_readable(path: Path) -> None:
    try:
        with path.open("rb"):
            pass
    except OSError as problem:
        raise Unavailable(
            f"credentials_file {path} cannot be read: {problem.strerror}", hopeless=True
        ) from problem


def _plain(problem: BaseException) -> str:
    """What a failure says, without the library's name and the system's number."""
    said = re.sub(r"^(nats: |\[Errno -?\d+\] )+", "", str(problem)).strip(" '\"")
    if not said or said == "timeout":
        said = "no answer" if isinstance(problem, TimeoutError) else type(problem).__name__
    return "connection lost" if said in ("unexpected EOF", "connection closed") else said
