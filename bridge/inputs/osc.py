"""Updates by OSC over UDP.

    /vad fff            valence, arousal, dominance
    /valence f          one axis; the others keep their last value
    /arousal f
    /dominance f
    /emotion s          a name or mixture
    /emotion sf         a name and an intensity
    /emotion/<name> f   the same, as a fader sends it
    /neutral

The name of a stream may stand before each of them (`/<stream>/vad`), or after (`/vad/<stream>`),
except with `/emotion/<name>`, where it can only stand before.
"""

import asyncio
import errno
import ipaddress
import socket
from collections.abc import Callable, Sequence
from typing import Any

from bridge.emotion.mixer import Mailbox
from bridge.emotion.points import NEUTRAL, Vad
from bridge.emotion.streams import MAIN_STREAM
from bridge.emotion.update import Update, UpdateError, named_update, point_update
from bridge.inputs.source import Source
from bridge.supervision.supervised import Unavailable
from protocols.face import DecodeError
from protocols.osc.packets import Message, decode

EXPECTED = (
    "/vad fff, /valence f, /arousal f, /dominance f, /emotion s or sf, /emotion/<name> f "
    "or /neutral, with or without /<stream> in front"
)

_AXES = ("valence", "arousal", "dominance")
_MOST_SENDERS = 256
_COMMANDS = frozenset({"vad", "emotion", "neutral", *_AXES})


class OscInput(Source):
    """Receives on one UDP port."""

    def __init__(
        self,
        name: str,
        mailbox: Mailbox,
        host: str,
        port: int,
        allow: Sequence[str] = ("127.0.0.0/8", "::1/128"),
    ) -> None:
        """`allow`: the networks whose packets are read."""
        super().__init__(name, mailbox)
        self._host, self._port = host, port
        self._allow = [ipaddress.ip_network(network, strict=False) for network in allow]
        self._known: dict[str, bool] = {}
        self._last: dict[str, Vad] = {}

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
        latest: dict[str, tuple[Update, Message]] = {}
        for message in messages:
            try:
                update = self.read_message(message, latest)
            except UpdateError as problem:
                text = " ".join(map(str, (message.address, *message.arguments)))
                self.complaints.refuse(problem, text, EXPECTED, sender=sender)
            else:
                latest[update.stream] = (update, message)
        for stream, (update, message) in latest.items():
            if self.post(update, message.address, sender=sender):
                self._last[stream] = update.target

    def read_message(
        self, message: Message, earlier: dict[str, tuple[Update, Message]] | None = None
    ) -> Update:
        """One message as an update. `earlier`: the updates of the same packet so far.

        Raises:
            UpdateError: the address or the arguments are unknown.
        """
        command, detail, stream = _split(message.address)
        arguments = message.arguments
        match command, detail, arguments:
            case "neutral", "", _:  # a button on a touch screen sends a 1
                return named_update("neutral", stream=stream)
            case "vad", "", (v, a, d):
                return point_update(_number(v), _number(a), _number(d), stream=stream)
            case "emotion", "", (str(name),):
                return named_update(name, stream=stream)
            case "emotion", "", (str(name), intensity):
                return named_update(name, _number(intensity), stream=stream)
            case "emotion", str(name), (intensity,) if name:
                return named_update(name, _number(intensity), stream=stream)
            case axis, "", (value,) if axis in _AXES:
                before = (earlier or {}).get(stream)
                point = before[0].target if before else self._last.get(stream, NEUTRAL)
                moved = point._replace(**{axis: _number(value)})
                return point_update(*moved, stream=stream)
        raise UpdateError("unknown address or arguments")

    def _why_not(self, problem: OSError) -> str:
        if problem.errno == errno.EADDRINUSE:
            return f"UDP port {self._port} of {self._host} is already in use by another program"
        return f"cannot open UDP port {self._port} of {self._host}: {problem}"


def _plain(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """A sender's address without its zone. IPv4 through an IPv6 socket is IPv4 all the same."""
    address = ipaddress.ip_address(host.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _split(address: str) -> tuple[str, str, str]:
    """An address as (command, detail, stream)."""
    words = address.strip("/").split("/")
    stream = MAIN_STREAM
    if words[0] not in _COMMANDS and len(words) > 1:
        stream, *words = words
    command, *rest = words
    if command == "emotion":
        return command, "/".join(rest), stream
    if len(rest) == 1 and stream == MAIN_STREAM:
        return command, "", rest[0]
    return command, "/".join(rest), stream


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UpdateError(f"expected a number, not {str(value)[:40]!r}")
    return float(value)


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
