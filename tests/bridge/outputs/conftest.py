"""Receivers on real sockets."""

import asyncio
import logging
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest

from bridge.outputs.udp import UdpOutput

PATIENCE = 10.0


@pytest.fixture
def until() -> Callable[[Callable[[], object]], Awaitable[None]]:
    """Waits until a condition holds."""

    async def wait(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, "waited too long"
            await asyncio.sleep(0.005)

    return wait


class Receiver:
    """A UDP port on which something listens, or nothing for a while."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.port: int = self._socket.getsockname()[1]

    def received(self) -> list[tuple[bytes, tuple[str, int]]]:
        """Every datagram that waits, with its sender. On loopback, sent is arrived."""
        waiting = []
        while True:
            try:
                waiting.append(self._socket.recvfrom(65536))
            except BlockingIOError:
                return waiting

    def enlarge(self) -> None:
        """Have room for hundreds of datagrams, as receivers of many faces need it."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)

    def payloads(self) -> list[bytes]:
        return [datagram for datagram, _ in self.received()]

    def leave(self) -> None:
        self._socket.close()

    def come_back(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", self.port))
        self._socket.setblocking(False)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.leave()


@pytest.fixture
async def open_output(
    until: Callable[[Callable[[], object]], Awaitable[None]],
) -> AsyncIterator[Callable[[UdpOutput], Awaitable["asyncio.Task[None]"]]]:
    """Runs an output until the test ends; returns once it is up."""
    tasks: list[asyncio.Task[None]] = []

    async def begin(output: UdpOutput) -> "asyncio.Task[None]":
        up = asyncio.Event()
        task = asyncio.create_task(output.run(up.set))
        tasks.append(task)
        await until(lambda: up.is_set() or task.done())
        if task.done():
            task.result()
        return task

    yield begin
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
def lines_said(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    caplog.set_level(logging.INFO, "bridge")
    return lambda: [r.getMessage() for r in caplog.records if r.name.startswith("bridge.")]


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets the addresses of a name; without addresses the name is unknown."""
    real = socket.getaddrinfo
    known: dict[str, tuple[str, ...]] = {}

    def look_up(host: str, *args: Any, **options: Any) -> Any:
        if host not in known:
            return real(host, *args, **options)
        if not known[host]:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [entry for number in known[host] for entry in real(number, *args, **options)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)

    def set_addresses(name: str, *numbers: str) -> None:
        known[name] = numbers

    return set_addresses
