"""Updates by OSC over UDP. `osc_addresses` has the addresses."""

import asyncio
import errno
import ipaddress
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bridge.emotion.mixer import Mailbox
from bridge.emotion.osc_addresses import Addresses
from bridge.emotion.points import Vad
from bridge.emotion.reading import ReadingSettings
from bridge.emotion.streams import allowed_stream
from bridge.emotion.update import Update, UpdateError
from bridge.inputs.osc_messages import OscReader
from bridge.inputs.source import PLAIN, Source
from bridge.supervision.supervised import Unavailable
from protocols.face import DecodeError
from protocols.osc.packets import Message as OscMessage
from protocols.osc.packets import decode

EXPECTED = (
    "/vad fff or ff, /valence f, /arousal f, /dominance f, /emotion s or sf, /emotion/<name> f "
    "or /neutral, with or without /<stream> in front"
)

_MOST_SENDERS = 256


class OscInput(Source):
    """Receives on one UDP port."""

    def __init__(
        self,
        name: str,
        mailbox: Mailbox,
        host: str,
        port: int,
        allow: Sequence[str] = ("127.0.0.0/8", "::1/128"),
        *,
        addresses: Mapping[str, str | Sequence[str]] | None = None,
        reading: ReadingSettings = PLAIN,
    ) -> None:
        """Receive on a port of this machine.

        Args:
            allow: the networks whose packets are read.
            addresses: what the addresses of a controller mean; see `osc_addresses`.
        """
        super().__init__(name, mailbox, reading)
        self._host, self._port = host, port
        self._allow = [ipaddress.ip_network(network, strict=False) for network in allow]
        self._known: dict[str, bool] = {}
        self._messages = OscReader(Addresses(addresses))

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
            known = self._known[host] = any(_plain(host) in network for network in self._allow)
        return known

    def read_datagram(self, datagram: bytes, sender: str) -> None:
        """Read one packet. The messages of a bundle count together, as OSC requires."""
        self.admit(lambda: self._read_datagram(datagram, sender))

    def _read_datagram(self, datagram: bytes, sender: str) -> None:
        try:
            messages = decode(datagram)
        except DecodeError as problem:
            self.complaints.refuse(problem, datagram, "an OSC packet", sender=sender)
            return
        latest: dict[str, tuple[Update, OscMessage]] = {}
        for message in messages:
            try:
                update = self._update(message, sender, latest)
            except UpdateError as problem:
                text = " ".join(map(str, (message.address, *message.arguments)))
                self.complaints.refuse(problem, text, EXPECTED, sender=sender)
            else:
                if update is not None:
                    latest[update.stream] = (update, message)
        for update, message in latest.values():
            self.post(update, message.address, sender=sender)

    def _update(
        self, sent: OscMessage, sender: str, earlier: Mapping[str, tuple[Update, OscMessage]]
    ) -> Update | None:
        """The update of one message; None for one that is to be ignored. `earlier`: the updates of
        the same packet so far."""

        def last(stream: str) -> Vad:
            before = earlier.get(allowed_stream(stream))
            return before[0].target if before else self.last_point(stream)

        message = self._messages.read(sent, self._reader, last)
        if message is None:
            return None
        # Some senders use a new port for each message; the host stays the same.
        return self.update_of(message, sender.rpartition(":")[0])

    def _why_not(self, problem: OSError) -> str:
        if problem.errno == errno.EADDRINUSE:
            return f"UDP port {self._port} of {self._host} is already in use by another program"
        return f"cannot open UDP port {self._port} of {self._host}: {problem}"


def _plain(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """A sender's address without its zone. IPv4 through an IPv6 socket is IPv4 all the same."""
    address = ipaddress.ip_address(host.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


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
