"""The running bridge, asked by HTTP."""

import http.client
import json
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from bridge.config.address import is_loopback
from bridge.config.web import USUAL_HOST, USUAL_PORT, TokenSettings
from bridge.secrets.passwords import Password
from bridge.supervision.supervised import Unavailable

USUAL_ADDRESS = f"http://{USUAL_HOST}:{USUAL_PORT}"
_TIMEOUT = 5.0
_LARGEST_ANSWER = 1 << 20
_REFUSED = 422
_PORTS = {"http": None, "https": 443}
"""By scheme, where the address has none."""


class NotDoneError(Exception):
    """The bridge did not do what was asked; the text says why and what to do."""


class Place(NamedTuple):
    """Where a bridge serves its HTTP interface."""

    scheme: str
    host: str
    port: int

    @property
    def place(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.place}"


def place(text: str) -> Place:
    """Read an address such as `http://127.0.0.1:8765`, also without the scheme, or a port alone.

    Raises:
        ValueError: what is wrong and what was expected.
    """
    if text.isdecimal():
        text = f"{USUAL_HOST}:{text}"
    try:
        found = urlsplit(text if "://" in text else f"http://{text}")
        usual = _PORTS[found.scheme]
        host, port = found.hostname or "", found.port or usual
    except (ValueError, KeyError):
        host, port = "", None
    more = (found.path.strip("/"), found.query, found.username) if host else ()
    if not port or not host or not host.isascii() or any(more):
        raise ValueError(f"{text!r}: expected http://host:port, as in {USUAL_ADDRESS}")
    return Place(found.scheme, host, port)


class RunningBridge:
    """A bridge that serves its HTTP interface. Each request is a connection of its own, so a bridge
    that was started again answers the next one."""

    def __init__(self, at: Place, token: TokenSettings) -> None:
        self._at = at
        self._settings = token
        self._token = Password(token, what="token")

    def update(self, stream: str, update: dict[str, Any]) -> dict[str, Any]:
        """Send an update. Returns what was understood. Blocks for some seconds at most.

        Raises:
            NotDoneError: why not.
        """
        told = self._ask("POST", f"/v1/streams/{_segment(stream)}", json.dumps(update))
        if "stream" not in told:
            raise self._is_something_else()
        return told

    def shown(self, stream: str | None) -> dict[str, Any]:
        """What a stream shows, or every stream. Blocks for some seconds at most.

        Raises:
            NotDoneError: why not.
        """
        return self._ask("GET", "/v1/streams" + (f"/{_segment(stream)}" if stream else ""))

    def _ask(self, method: str, path: str, body: str | None = None) -> dict[str, Any]:
        status, text = self._answer(method, path, body)
        try:
            told = json.loads(text)
        except (ValueError, RecursionError):
            told = None
        if not isinstance(told, dict) or (status != 200 and "error" not in told):
            raise self._is_something_else()
        if status == 401:
            raise NotDoneError(f"{told['error']}; {self._how_to_give_a_token()}")
        if status == _REFUSED:  # the reason says what would be right
            raise NotDoneError(told["error"])
        if status != 200:
            raise NotDoneError(f"{told['error']}; expected {told.get('expected', '')}")
        return told

    def _answer(self, method: str, path: str, body: str | None) -> tuple[int, str]:
        at = self._at
        kind = http.client.HTTPSConnection if at.scheme == "https" else http.client.HTTPConnection
        connection = kind(at.host, at.port, timeout=_TIMEOUT)
        try:
            connection.request(method, path, None if body is None else body.encode(), self._headers)
            answer = connection.getresponse()
            return answer.status, answer.read(_LARGEST_ANSWER).decode("utf-8", "replace")
        except ConnectionRefusedError:
            raise NotDoneError(f"no bridge answers at {at}; {self._how_to_start()}") from None
        except TimeoutError:
            raise NotDoneError(f"{at} did not answer within {_TIMEOUT:.0f} s") from None
        except OSError as problem:
            raise NotDoneError(f"cannot connect to {at}: {problem.strerror or problem}") from None
        except http.client.HTTPException:
            raise NotDoneError(f"the program at {at} does not speak HTTP") from None
        finally:
            connection.close()

    @property
    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        try:
            token = self._token.read()
        except Unavailable as problem:
            raise NotDoneError(str(problem)) from None
        if token:
            token = token.strip()
            if not token.isascii() or not token.isprintable():
                raise NotDoneError(
                    "the token contains characters that are not allowed; expected printable ASCII"
                )
            headers["Authorization"] = f"Bearer {token}"
        return headers

    def _is_something_else(self) -> NotDoneError:
        return NotDoneError(
            f"the program at {self._at} is not affect-bridge; {self._how_to_start()}"
        )

    def _how_to_start(self) -> str:
        if self._at == place(USUAL_ADDRESS):
            return "start it with: affect-bridge run --web"
        if is_loopback(self._at.host):
            return f"start it with: affect-bridge run --web {self._at.place}"
        return "turn on `web` in the configuration of that bridge"

    def _how_to_give_a_token(self) -> str:
        if self._settings.password_file is not None:
            return f"affect-bridge mcp read it from {self._settings.password_file}"
        return (
            f"set the environment variable {self._settings.password_env} for affect-bridge mcp, "
            "or give it --token-file"
        )


def _segment(stream: str) -> str:
    """A stream's name in a path."""
    return quote(stream, safe="")
