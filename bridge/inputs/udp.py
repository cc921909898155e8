"""Inputs that receive on one UDP port of this machine."""

import asyncio
import errno
import ipaddress
import socket
from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from bridge.config.network import plain_address
from bridge.emotion.mixer import Mailbox
from bridge.emotion.reading import ReadingSettings
from bridge.inputs.source import PLAIN, Source
from bridge.supervision.supervised import Unavailable

LOOPBACK = ("127.0.0.0/8", "::1/128")
_MOST_SENDERS = 256


class UdpSource(Source):
    """Receives datagrams from the networks that it allows."""

    def __init__(
        self,
        name: str,
        mailbox: Mailbox,
        host: str,
        port: int,
        allow: Sequence[str] = LOOPBACK,
        *,
        reading: ReadingSettings = PLAIN,
    ) -> None:
        """`allow`: the networks whose packets are read."""
        super().__init__(name, mailbox, reading)
        self._host, self._port = host, port
        self._allow = [ipaddress.ip_network(network, strict=False) for network in allow]
        self._known: dict[str, bool] = {}

    async def run(self, up: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        lost: asyncio.Future[None] = loop.create_future()
        try:
            transport, _ = await loop.create_datagram_endpoint(
                lambda: _Datagrams(self._receive, lost),
                local_addr=(self._host, self._port),
                family=socket.AF_INET6 if ":" in self._host else socket.AF_INET,
            )
        except OSError as problem:
            raise Unavailable(self._why_not(problem)) from problem
        up()
        try:
            await lost
        finally:
            transport.close()

    @abstractmethod
    def read_datagram(self, datagram: bytes, sender: str) -> None:
        """Read one packet from an allowed sender, whose host and port are `sender`."""

    def _receive(self, datagram: bytes, host: str, port: int) -> None:
        if self._allowed(host):
            self.read_datagram(datagram, f"{host}:{port}")
        else:
            self.complaints.drop(
                "not_allowed",
                lambda: (
                    f"ignoring packets from {host} and other addresses that are not in `allow` "
                    f"(logged once); to accept them, set `allow: [{host}]`"
                ),
            )

    def _allowed(self, host: str) -> bool:
        known = self._known.get(host)
        if known is None:
            if len(self._known) >= _MOST_SENDERS:
                self._known.clear()
            known = self._known[host] = any(
                plain_address(host) in network for network in self._allow
            )
        return known

    def _why_not(self, problem: OSError) -> str:
        if problem.errno == errno.EADDRINUSE:
            return f"UDP port {self._port} of {self._host} is already in use by another program"
        return f"cannot open UDP port {self._port} of {self._host}: {problem}"


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(
        self, receive: Callable[[bytes, str, int], None], lost: "asyncio.Future[None]"
    ) -> None:
        self._receive, self._lost = receive, lost

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        try:
            self._receive(data, addr[0], addr[1])
        except Exception as crash:  # ends this input, which is then restarted
            if not self._lost.done():
                self._lost.set_exception(crash)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._lost.done() and exc is not None:
            self._lost.set_exception(exc)
