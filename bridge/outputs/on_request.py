"""Faces out by UDP as a phone sends them: only to who asks, for as long as was asked.

A request is answered to the address it came from and to no other. As the sender of a UDP packet can
be forged, an output that other machines can reach may still be made to send faces to one that did
not ask; so it waits on 127.0.0.1 unless it is told otherwise.
"""

import asyncio
import errno
import logging
import socket
import time
from collections.abc import Callable, Iterable
from typing import Any

from bridge.outputs.output import Output
from bridge.outputs.send_errors import NO_ROOM
from bridge.outputs.subscriber import Address, Subscriber, place
from bridge.supervision.complaints import Complaints
from bridge.supervision.supervised import Unavailable
from protocols.dialect import FaceRequest
from protocols.face import Datagram, DecodeError, Encoder, Face

log = logging.getLogger(__name__)

MOST_RECEIVERS = 32
"""One request may name as many. When more ask, those that asked longest ago are let go."""

_GONE_AFTER = 10.0  # seconds of refusals, of a receiver that asked for faces without an end
_WATCH_EVERY = 0.25

_BOUND_BY_RECEIVERS = frozenset({21412, 49983})
"""Ports of phones that some avatar programs bind as well."""


class OnRequestOutput(Output):
    """Sends one stream in one dialect to each receiver that asked."""

    def __init__(
        self,
        name: str,
        host: str,
        port: int,
        *,
        stream: str,
        every: int,
        read: Callable[[bytes], FaceRequest],
        encoder_for: Callable[..., Encoder],
    ) -> None:
        """Describe an output.

        Args:
            host: where it waits to be asked, as `port`.
            read: understands a request, or raises `DecodeError`.
            encoder_for: makes the encoder of one receiver from the settings that its request asks
                for, by keyword; raises ValueError where the dialect cannot say them.
        """
        super().__init__(name, stream=stream, every=every)
        self._host, self._port = host, port
        self._read, self._encoder_for = read, encoder_for
        self._local: Address = ()
        self._receivers: tuple[Subscriber, ...] = ()
        """Those that asked longest ago first. The event loop replaces it and never changes it."""
        self._leaving: list[Subscriber] = []
        self._complaints = Complaints(name)
        self._lines = _Lines()
        self._crowd_said = False

    async def run(self, up: Callable[[], None]) -> None:
        """Wait for requests until cancelled."""
        self._crash = None
        loop = asyncio.get_running_loop()
        try:
            transport, _ = await loop.create_datagram_endpoint(
                lambda: _Requests(self._take),
                local_addr=(self._host, self._port),
                family=socket.AF_INET6 if ":" in self._host else socket.AF_INET,
            )
        except (OSError, UnicodeError) as problem:
            raise Unavailable(self._why_not(problem)) from problem
        self._local = transport.get_extra_info("sockname")
        self._judge(time.perf_counter())
        self._wanted = True
        up()
        try:
            while self._crash is None:
                await asyncio.sleep(_WATCH_EVERY)
                self._look(time.perf_counter())
        finally:
            self._wanted = False
            transport.close()
            for receiver in (*self._leaving, *self._receivers):
                receiver.socket.close()
            self._leaving, self._receivers = [], ()
            self._complaints.summarise(at_the_end=True)
        raise self._crash

    def show(self, faces: Iterable[tuple[str, Face]], now: float) -> None:
        for _, face in faces:
            for receiver in self._receivers:
                if now < receiver.until:
                    for datagram in receiver.encoder.encode(face):
                        self._send_datagram(receiver, datagram, now)

    def hear(self, datagram: bytes, sender: Address, now: float) -> None:
        """Do what a datagram from `sender` asks for. `now` is in seconds of `time.perf_counter`."""
        try:
            request = self._read(datagram)
        except DecodeError as problem:
            self._complaints.refuse(problem, datagram, sender=place(sender))
            return
        served, our_own = 0, None
        for port in request.ports:
            try:
                self._serve((sender[0], port or sender[1], *sender[2:]), request, now)
                served += 1
            except _OurOwnPlace as problem:
                our_own = problem
            except _Refused as problem:
                self._complaints.refuse(problem, datagram, sender=place(sender))
        # A request may name two ports because programs differ, and on one machine one is ours.
        if our_own is not None and not served:
            self._complaints.refuse(our_own, datagram, sender=place(sender))

    def _serve(self, address: Address, request: FaceRequest, now: float) -> None:
        """Begin to send to `address`, go on or end, as the request wants it.

        Raises:
            _Refused: it cannot be done.
        """
        known = next((r for r in self._receivers if r.address == address), None)
        others = tuple(r for r in self._receivers if r is not known)
        if request.seconds <= 0:
            if known is not None:
                self._let_go(known, "it asked for no more", now)
            self._set_subscribers(others, now)
            return
        receiver = known or self._new_receiver(address, request)
        if receiver.settings != request.settings:
            receiver.encoder = self._encoder(request)
            receiver.settings = request.settings
        receiver.until = now + request.seconds
        if known is None:
            self._lines.say(now, "%s: asked by %s, sending there", self.name, receiver.place)
        if len(others) == MOST_RECEIVERS:
            self._make_room(others[0], now)
            others = others[1:]
        self._set_subscribers((*others, receiver), now)

    def _new_receiver(self, address: Address, request: FaceRequest) -> Subscriber:
        encoder = self._encoder(request)
        try:
            receiver = Subscriber(address, encoder, request.settings, self._local)
        except OSError as problem:
            raise _Refused(f"cannot send to {place(address)} ({problem})") from problem
        if address[1] == self._local[1] and address[0] == receiver.here[0]:
            receiver.socket.close()
            raise _OurOwnPlace(f"{place(address)} is where requests are awaited")
        return receiver

    def _encoder(self, request: FaceRequest) -> Encoder:
        try:
            return self._encoder_for(**request.settings)
        except ValueError as problem:
            raise _Refused(str(problem)) from problem

    def _make_room(self, oldest: Subscriber, now: float) -> None:
        if not self._crowd_said:
            self._crowd_said = True
            log.warning(
                "%s: more than %d receivers ask; those that asked longest ago are let go",
                self.name,
                MOST_RECEIVERS,
            )
        self._let_go(oldest, "too many others ask", now)

    def _let_go(self, receiver: Subscriber, why: str, now: float) -> None:
        self._leaving.append(receiver)
        if len(self._leaving) > MOST_RECEIVERS:  # a flood must not use up the system's sockets
            self._leaving.pop(0).socket.close()
        self._lines.say(now, "%s: no longer sending to %s: %s", self.name, receiver.place, why)

    def _look(self, now: float) -> None:
        """Let those go that have had what they asked for, or left."""
        # Not closed before the frame thread has surely done with them: the system would give the
        # socket's number to the next one at once.
        for receiver in self._leaving:
            receiver.socket.close()
        self._leaving = []
        staying = []
        for receiver in self._receivers:
            if receiver.until <= now:
                self._let_go(receiver, "it did not ask again", now)
            elif receiver.until == float("inf") and receiver.unheard_for(now) >= _GONE_AFTER:
                self._let_go(receiver, "nobody listens there any more", now)
            else:
                staying.append(receiver)
        self._set_subscribers(tuple(staying), now)
        self._complaints.summarise()

    def _set_subscribers(self, receivers: tuple[Subscriber, ...], now: float) -> None:
        self._receivers = receivers
        self._judge(now)

    def _judge(self, now: float) -> None:
        """Say in two words why nobody gets the frames."""
        if not self._receivers:
            self.trouble = "nobody asks"
        elif not all(receiver.ill(now) for receiver in self._receivers):
            self.trouble = ""
        elif any(receiver.unheard_for(now) for receiver in self._receivers):
            self.trouble = "unheard"
        else:
            self.trouble = "cannot send"

    def _send_datagram(self, receiver: Subscriber, datagram: Datagram, now: float) -> None:
        try:
            self.bytes += receiver.socket.send(datagram)
        except OSError as problem:
            if problem.errno == errno.EBADF:  # closed by `run` in between
                return
            self.errors += 1
            if problem.errno not in NO_ROOM:
                receiver.failed(problem, now)
        else:
            self.packets += 1
            receiver.sent()

    def _take(self, datagram: bytes, sender: Address) -> None:
        try:
            self.hear(datagram, sender, time.perf_counter())
        except Exception as crash:  # `run` raises it, and is started anew
            self._crash = crash

    def _why_not(self, problem: OSError | UnicodeError) -> str:
        cannot = f"cannot wait for requests on UDP port {self._port} of {self._host}"
        if not isinstance(problem, OSError):
            return f"{cannot}: {problem}"
        if problem.errno == errno.EADDRNOTAVAIL:
            return f"{cannot}: this machine does not have that address"
        if problem.errno != errno.EADDRINUSE:
            return f"{cannot}: {problem.strerror or problem}"
        taken = (
            f"UDP port {self._port} on {self._host}, where this output wants to be asked, "
            "is already taken by another program"
        )
        if self._port in _BOUND_BY_RECEIVERS:
            taken += (
                "; some avatar programs take this port themselves, and cannot ask a phone on "
                "their own machine"
            )
        return taken


class _Refused(Exception):
    """A request that is understood, but cannot be met."""


class _OurOwnPlace(_Refused):
    """Faces would go to where this output itself listens."""


class _Lines:
    """Log lines about receivers that come and go: only so many, as anybody can cause them."""

    _MOST = 40
    _IN = 10.0  # seconds

    def __init__(self) -> None:
        self._since = float("-inf")
        self._said = 0

    def say(self, now: float, line: str, name: str, *more: str) -> None:
        if now - self._since >= self._IN:
            self._since, self._said = now, 0
        self._said += 1
        if self._said < self._MOST:
            log.info(line, name, *more)
        elif self._said == self._MOST:
            log.warning("%s: receivers come and go too often to say each", name)


class _Requests(asyncio.DatagramProtocol):
    def __init__(self, take: Callable[[bytes, Address], None]) -> None:
        self._take = take

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        self._take(data, addr)
