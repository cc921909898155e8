"""The HTTP server for `/healthz` and `/metrics`. Its limits protect the frames from clients."""

import asyncio
import ipaddress
import json
import time
from collections.abc import Callable
from http import HTTPStatus

from bridge.config.health import HealthSection
from bridge.config.network import plain_address
from bridge.health.http import LARGEST_REQUEST, Answer, HttpError, is_whole, read_request
from bridge.health.judgement import reasons
from bridge.health.metrics import CONTENT_TYPE, Metrics
from bridge.health.report import report
from bridge.health.vitals import LOOK_EVERY, RecentFrames, Vitals
from bridge.supervision.allowance import Allowance
from bridge.supervision.complaints import Complaints
from bridge.supervision.ports import why_no_port
from bridge.supervision.supervised import Unavailable

REQUEST_TIMEOUT = 5.0
"""Seconds that a connection may last."""
MOST_READS = 32
"""Reads in which a request must arrive. Most need one; one typed into telnet needs a few."""
MOST_VISITORS = 8
"""Connections at a time."""
MOST_VISITS = 30
"""Connections per second; more are closed unanswered, because the event loop also reads the
inputs. Prometheus connects once in 15 seconds."""

_THERE_IS = b"available: /healthz and /metrics\n"


class HealthServer:
    """Answers one request per connection, at one address and port."""

    def __init__(self, section: HealthSection, vitals: Vitals) -> None:
        self.name = section.name
        self._section = section
        self._address, self._grace, self._vitals = section.address, section.grace, vitals
        self._recent = RecentFrames(vitals.clock, vitals.frames)  # until `run` looks regularly
        self._metrics = Metrics(vitals, lambda: not self._reasons())

    async def run(self, up: Callable[[], None]) -> None:
        """Answer until cancelled, as `bridge.supervision.supervised.Part` says."""
        door = _Door(self.answer, self._section)
        try:
            server = await asyncio.get_running_loop().create_server(
                lambda: _Visit(door), self._address.host, self._address.port, backlog=MOST_VISITORS
            )
        except OSError as problem:
            address = self._address
            why = why_no_port(address.host, address.port, problem)
            raise Unavailable(why) from problem
        self._recent = RecentFrames(self._vitals.clock, self._vitals.frames)
        up()
        try:
            while door.crash is None:
                self._recent.look()
                await asyncio.sleep(LOOK_EVERY)
        finally:
            server.close()
            door.close()
        raise door.crash

    def answer(self, path: str) -> Answer:
        """The response for `path`."""
        match path:
            case "/healthz":
                return self._health()
            case "/metrics":
                return Answer(HTTPStatus.OK, self._metrics.exposition(), CONTENT_TYPE)
            case "/":
                return Answer(HTTPStatus.OK, _THERE_IS)
            case _:
                return Answer(HTTPStatus.NOT_FOUND, _THERE_IS)

    def _health(self) -> Answer:
        why = self._reasons()
        told = report(self._vitals, self._recent, why, time.perf_counter())
        body = json.dumps(told, ensure_ascii=False, indent=1, allow_nan=False)
        status = HTTPStatus.SERVICE_UNAVAILABLE if why else HTTPStatus.OK
        return Answer(status, f"{body}\n".encode("utf-8", "replace"), "application/json")

    def _reasons(self) -> list[str]:
        return reasons(self._vitals, self._recent, self._grace, time.perf_counter())


class _Door:
    """Limits who may connect, how many connections are open at a time, and how many are accepted
    per second."""

    def __init__(self, answer: Callable[[str], Answer], section: HealthSection) -> None:
        self.answer = answer
        self.hosts = section.hosts if section.open_to_others else None
        """The names by which other machines address this one; None if only this one connects."""
        self._allow = [ipaddress.ip_network(network, strict=False) for network in section.allow]
        self._complaints = Complaints(section.name)
        self.crash: Exception | None = None
        """The exception raised while an answer was made, if any."""
        self._visitors: set[asyncio.Transport] = set()
        self._allowance = Allowance(MOST_VISITS)

    def knows(self, host: str) -> bool:
        """Whether this peer may connect."""
        address = plain_address(host)
        if address.is_loopback or any(address in network for network in self._allow):
            return True
        self._complaints.drop(
            "not_allowed",
            lambda: (
                f"refused {host} and other addresses that are not in `allow` (logged once); to let "
                f"it connect, set `allow: [{host}]`"
            ),
        )
        return False

    def admits(self, visitor: asyncio.Transport) -> bool:
        if len(self._visitors) >= MOST_VISITORS or not self._allowance.take():
            return False
        self._visitors.add(visitor)
        return True

    def leaves(self, visitor: asyncio.Transport) -> None:
        self._visitors.discard(visitor)

    def close(self) -> None:
        for visitor in list(self._visitors):
            visitor.abort()


class _Visit(asyncio.BufferedProtocol):
    """One connection: one request in a buffer of fixed size, one answer, then it closes."""

    _transport: asyncio.Transport
    _ends: asyncio.TimerHandle

    def __init__(self, door: _Door) -> None:
        self._door = door
        self._received = bytearray()
        self._size = self._reads = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type checker
        self._transport = transport
        self._ends = asyncio.get_running_loop().call_later(REQUEST_TIMEOUT, transport.abort)
        if not self._door.admits(transport):
            transport.abort()
        elif self._door.knows(transport.get_extra_info("peername")[0]):
            self._received = bytearray(LARGEST_REQUEST)
        else:
            self._received = bytearray(_LEAST_READ)
            self._say(_NOT_ALLOWED.encode())

    def get_buffer(self, sizehint: int) -> memoryview:
        return memoryview(self._received)[self._size :]

    def buffer_updated(self, nbytes: int) -> None:
        known, self._size = self._size, self._size + nbytes
        self._reads += 1
        if is_whole(self._received, self._size, known):
            self._say(self._answer(bytes(self._received[: self._size])))
        elif self._size == LARGEST_REQUEST or self._reads == MOST_READS:
            self._say(_TOO_LARGE.encode())

    def connection_lost(self, exc: Exception | None) -> None:
        self._ends.cancel()
        self._door.leaves(self._transport)

    def _answer(self, received: bytes) -> bytes:
        try:
            request = read_request(received, self._door.hosts)
            return self._door.answer(request.path).encode(request.method)
        except HttpError as refused:
            return refused.answer.encode()
        except Exception as crash:  # `run` raises it, and the server is restarted
            self._door.crash = crash
            return _CRASHED.encode()

    def _say(self, answer: bytes) -> None:
        self._transport.write(answer)
        self._transport.close()


_LEAST_READ = 1  # bytes
_NOT_ALLOWED = Answer(HTTPStatus.FORBIDDEN, b"refused: this address is not in `allow`\n")
_TOO_LARGE = Answer(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, b"the request is too large\n")
_CRASHED = Answer(HTTPStatus.INTERNAL_SERVER_ERROR, b"internal error; see the log of the bridge\n")
