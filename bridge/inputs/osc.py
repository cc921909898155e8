"""Feelings by OSC over UDP.

    /vad fff            valence, arousal, dominance
    /valence f          one axis; the others keep what this source said last
    /arousal f
    /dominance f
    /emotion s          a name or mixture
    /emotion sf         with an intensity
    /emotion/<name> f   the same, as a fader sends it
    /neutral

Any of them may carry a stream: before (`/<stream>/vad`), or after (`/vad/<stream>`), but for
`/emotion/<name>`, where only the place before is free.
"""

import asyncio
import errno
import ipaddress
import socket
from collections.abc import Callable, Sequence
from typing import Any

from bridge.emotion.mixer import Mailbox
from bridge.emotion.names import NEUTRAL, Vad
from bridge.emotion.streams import MAIN_STREAM
from bridge.emotion.update import Update, UpdateError, named_update, point_update
from bridge.inputs.source import Source
from bridge.supervision.supervised import Unavailable
from protocols.face import DecodeError
from protocols.osc.packets import Message, decode

EXPECTED = (
    "/vad fff, /valence f, /arousal f, /dominance f, /emotion s or sf, /emotion/<name> f "
    "or /neutral, with or without /<stream> before"
)

_AXES = ("valence", "arousal", "dominance")
_MOST_SENDERS = 256
_COMMANDS = frozenset({"vad", "emotion", "neutral", *_AXES})


class OscInput(Source):
    """Listens on one UDP port."""

    def __init__(
        self,
        name: str,
        mailbox: Mailbox,
        host: str,
        port: int,
        allow: Sequence[str] = ("127.0.0.0/8", "::1/128"),
    ) -> None:
        """`allow`: the networks whose packets are heard."""
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
                lambda: _Datagrams(self._hear_from, lost),
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

    def _hear_from(self, datagram: bytes, host: str, port: int) -> None:
        if self._allowed(host):
            self.hear_datagram(datagram, f"{host}:{port}")
        else:
            self.complaints.drop(
                "not_allowed",
                lambda: (
                    f"packets from {host} are not heard, nor others that `allow` does not name; "
                    f"`allow: [{host}]` would hear them"
                ),
            )

    def _allowed(self, host: str) -> bool:
        known = self._known.get(host)
        if known is None:
            if len(self._known) >= _MOST_SENDERS:
                self._known.clear()
            known = self._known[host] = any(_plain(host) in network for network in self._allow)
        return known

    def hear_datagram(self, datagram: bytes, sender: str) -> None:
        """Understand one packet. The messages of a bundle count together, as OSC demands."""
        if not self.admit(lambda: self.hear_datagram(datagram, sender)):
            return
        try:
            messages = decode(datagram)
        except DecodeError as problem:
            self.complaints.refuse(problem, datagram, "an OSC packet", sender=sender)
            return
        latest: dict[str, tuple[Update, Message]] = {}
        for message in messages:
            try:
                update = self.understand(message, latest)
            except UpdateError as problem:
                said = " ".join(map(str, (message.address, *message.arguments)))
                self.complaints.refuse(problem, said, EXPECTED, sender=sender)
            else:
                latest[update.stream] = (update, message)
        for stream, (update, message) in latest.items():
            if self.hear(update, message.address, sender=sender):
                self._last[stream] = update.target

    def understand(
        self, message: Message, earlier: dict[str, tuple[Update, Message]] | None = None
    ) -> Update:
        """One message as an update. `earlier`: what the same packet has said already.

        Raises:
            UpdateError: an address or arguments that mean nothing here.
        """
        command, detail, stream = _split(message.address)
        arguments = message.arguments
        match command, detail, arguments:
            case "neutral", "", _:  # a button on a touch screen sends its 1 along
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
                said = (earlier or {}).get(stream)
                point = said[0].target if said else self._last.get(stream, NEUTRAL)
                moved = point._replace(**{axis: _number(value)})
                return point_update(*moved, stream=stream)
        raise UpdateError("an address or arguments that mean nothing here")

    def _why_not(self, problem: OSError) -> str:
        if problem.errno == errno.EADDRINUSE:
            return (
                f"UDP port {self._port} on {self._host}, which this input wants, "
                "is already taken by another program"
            )
        return f"cannot listen on UDP port {self._port} of {self._host}: {problem}"


def _plain(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """A sender's address without its zone; one of IPv4 also where a socket of IPv6 heard it."""
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
        raise UpdateError(f"{str(value)[:40]!r} where a number is meant")
    return float(value)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(
        self, hear: Callable[[bytes, str, int], None], lost: "asyncio.Future[None]"
    ) -> None:
        self._hear, self._lost = hear, lost

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        try:
            self._hear(data, addr[0], addr[1])
        except Exception as crash:  # ends this input, which is then restarted
            if not self._lost.done():
                self._lost.set_exception(crash)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._lost.done() and exc is not None:
            self._lost.set_exception(exc)
