"""Faces over UDP on request, as a phone app sends them: only to receivers that request them, for as
long as they request.

Frames go to the address that the request came from and to no other. The sender of a UDP packet can
be forged, so an output that other machines can reach may be made to send faces to a machine that
did not request them. By default an output listens on 127.0.0.1 only.
"""

import asyncio
import errno
import logging
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bridge.outputs.output import CANNOT_SEND, NO_LISTENER, Output
from bridge.outputs.send_errors import NO_ROOM
from bridge.outputs.subscriber import Address, Subscriber, place
from bridge.supervision.allowance import Allowance
from bridge.supervision.complaints import Complaints
from bridge.supervision.supervised import Unavailable
from protocols.dialect import FaceRequest
from protocols.face import Datagram, DecodeError, Encoder, Face

log = logging.getLogger(__name__)

MOST_RECEIVERS = 32
"""At most so many receivers get faces; one request may name as many. When another one asks, the
receiver with the oldest request is dropped."""

MOST_REQUESTS = 200
"""A second, for one output. Receivers repeat a request about once a second. Each port that a
request names counts, because each needs a socket."""

NO_REQUESTS = "no requests"

_MOST_ENCODERS = 16

_GONE_AFTER = 10.0  # seconds of refusals; for receivers that requested faces without a time limit
_WATCH_EVERY = 0.25

_BOUND_BY_RECEIVERS = frozenset({21412, 49983})
"""Ports of phone apps that some avatar programs bind as well."""


class OnRequestOutput(Output):
    """Sends one stream in one dialect to each receiver that requested it."""

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
            host, port: where it listens for requests.
            read: decodes a request, or raises `DecodeError`.
            encoder_for: makes the encoder of one receiver; the settings in its request are keyword
                arguments. Raises ValueError for settings that the dialect does not have.
        """
        super().__init__(name, stream=stream, every=every)
        self._host, self._port = host, port
        self._read, self._encoder_for = read, encoder_for
        self._local: Address = ()
        self._receivers: tuple[Subscriber, ...] = ()
        """The oldest request first. The event loop replaces the tuple and never changes it."""
        self._leaving: list[Subscriber] = []
        self._encoders: dict[tuple[Any, ...], Encoder] = {}
        """By the settings in requests. Receivers with the same settings share one."""
        self._allowance = Allowance(MOST_REQUESTS)
        self._complaints = Complaints(name)
        self._lines = _Lines()
        self._crowd_logged = False

    async def run(self, up: Callable[[], None]) -> None:
        """Listen for requests until cancelled."""
        self._crash = None
        self._encoders = {}
        loop = asyncio.get_running_loop()
        try:
            transport, _ = await loop.create_datagram_endpoint(
                lambda: _Requests(self._received),
                local_addr=(self._host, self._port),
                family=socket.AF_INET6 if ":" in self._host else socket.AF_INET,
            )
        except (OSError, UnicodeError) as problem:
            raise Unavailable(self._bind_error(problem)) from problem
        self._local = transport.get_extra_info("sockname")
        self._set_trouble(time.perf_counter())
        self._wanted = True
        up()
        try:
            while self._crash is None:
                await asyncio.sleep(_WATCH_EVERY)
                self._check(time.perf_counter())
        finally:
            self._wanted = False
            transport.close()
            for receiver in (*self._leaving, *self._receivers):
                receiver.socket.close()
            self._leaving, self._receivers = [], ()
            self._complaints.summarise(at_the_end=True)
        raise self._crash

    def show(self, faces: Mapping[str, Face], now: float) -> None:
        self.frames += any(now < receiver.until for receiver in self._receivers)
        for face in faces.values():
            encoded: dict[Encoder, Sequence[Datagram]] = {}
            for receiver in self._receivers:
                if now < receiver.until:
                    encoder = receiver.encoder
                    if encoder not in encoded:
                        encoded[encoder] = encoder.encode(face)
                    for datagram in encoded[encoder]:
                        self._send_datagram(receiver, datagram, now)

    def receive(self, datagram: bytes, sender: Address, now: float) -> None:
        """Serve the request in a datagram from `sender`. `now`: seconds of `time.perf_counter`."""
        if not self._is_allowed():
            return
        try:
            request = self._read(datagram)
        except DecodeError as problem:
            self._complaints.refuse(problem, datagram, sender=place(sender))
            return
        served, own_port = 0, None
        for number, port in enumerate(request.ports):
            if number > 0 and not self._is_allowed():
                break
            try:
                self._serve((sender[0], port or sender[1], *sender[2:]), request, now)
                served += 1
            except _OwnPort as problem:
                own_port = problem
            except _Refused as problem:
                self._complaints.refuse(problem, datagram, sender=place(sender))
        # A request may name two ports, one of which is our own if both are on one machine.
        if own_port is not None and not served:
            self._complaints.refuse(own_port, datagram, sender=place(sender))

    def _is_allowed(self) -> bool:
        """Whether one more request may be read, or one more of its ports be served."""
        if self._allowance.take():
            return True
        self._complaints.drop(
            "too_many",
            lambda: (
                f"more than {MOST_REQUESTS} requests a second; the rest are dropped (logged once)"
            ),
        )
        return False

    def _serve(self, address: Address, request: FaceRequest, now: float) -> None:
        """Start, continue or stop sending to `address`, as the request says.

        Raises:
            _Refused: that is not possible.
        """
        known = next((r for r in self._receivers if r.address == address), None)
        others = tuple(r for r in self._receivers if r is not known)
        if request.seconds <= 0:
            if known is not None:
                self._drop(known, "it requested the end", now)
            self._set_subscribers(others, now)
            return
        receiver = known or self._new_receiver(address, request)
        if receiver.settings != request.settings:
            receiver.encoder = self._encoder(request)
            receiver.settings = request.settings
        receiver.until = now + request.seconds
        if known is None:
            self._lines.log(now, "%s: sending to %s, as requested", self.name, receiver.place)
        if len(others) == MOST_RECEIVERS:
            self._drop_oldest(others[0], now)
            others = others[1:]
        self._set_subscribers((*others, receiver), now)

    def _new_receiver(self, address: Address, request: FaceRequest) -> Subscriber:
        encoder = self._encoder(request)
        try:
            receiver = Subscriber(address, encoder, request.settings, self._local)
        except OSError as problem:
            raise _Refused(f"cannot send to {place(address)}: {problem}") from problem
        if address[1] == self._local[1] and address[0] == receiver.here[0]:
            receiver.socket.close()
            raise _OwnPort(f"{place(address)} is where this output listens for requests")
        return receiver

    def _encoder(self, request: FaceRequest) -> Encoder:
        settings = tuple(sorted(request.settings.items()))
        if settings not in self._encoders:
            if len(self._encoders) >= _MOST_ENCODERS:
                self._encoders = {}
            try:
                self._encoders[settings] = self._encoder_for(**request.settings)
            except ValueError as problem:
                raise _Refused(str(problem)) from problem
        return self._encoders[settings]

    def _drop_oldest(self, oldest: Subscriber, now: float) -> None:
        if not self._crowd_logged:
            self._crowd_logged = True
            log.warning(
                "%s: more than %d receivers request faces; the oldest requests are dropped "
                "(logged once)",
                self.name,
                MOST_RECEIVERS,
            )
        self._drop(oldest, "too many receivers", now)

    def _drop(self, receiver: Subscriber, why: str, now: float) -> None:
        self._leaving.append(receiver)
        if len(self._leaving) > MOST_RECEIVERS:  # a flood of requests must not use up the sockets
            self._leaving.pop(0).socket.close()
        self._lines.log(now, "%s: stopped sending to %s: %s", self.name, receiver.place, why)

    def _check(self, now: float) -> None:
        """Drop receivers whose time is over, and those that are gone."""
        # Closed one look later, when the frame thread no longer uses them: the system reuses the
        # number of a closed socket at once.
        for receiver in self._leaving:
            receiver.socket.close()
        self._leaving = []
        staying = []
        for receiver in self._receivers:
            if receiver.until <= now:
                self._drop(receiver, "its request expired", now)
            elif receiver.until == float("inf") and receiver.unreachable_for(now) >= _GONE_AFTER:
                self._drop(receiver, "nothing is listening", now)
            else:
                staying.append(receiver)
        self._set_subscribers(tuple(staying), now)
        self._complaints.summarise()

    def _set_subscribers(self, receivers: tuple[Subscriber, ...], now: float) -> None:
        self._receivers = receivers
        self._set_trouble(now)

    def _set_trouble(self, now: float) -> None:
        """Set `trouble` to why no receiver gets the frames."""
        if not self._receivers:
            self.trouble = NO_REQUESTS
        elif not all(receiver.failing(now) for receiver in self._receivers):
            self.trouble = ""
        elif any(receiver.unreachable_for(now) for receiver in self._receivers):
            self.trouble = NO_LISTENER
        else:
            self.trouble = CANNOT_SEND

    def _send_datagram(self, receiver: Subscriber, datagram: Datagram, now: float) -> None:
        try:
            self.bytes += receiver.socket.send(datagram)
        except OSError as problem:
            if problem.errno == errno.EBADF:  # `run` closed it meanwhile
                return
            self.errors += 1
            if problem.errno not in NO_ROOM:
                receiver.failed(problem, now)
        else:
            self.packets += 1
            receiver.sent()

    def _received(self, datagram: bytes, sender: Address) -> None:
        try:
            self.receive(datagram, sender, time.perf_counter())
        except Exception as crash:  # `run` raises it; the output is restarted
            self._crash = crash

    def _bind_error(self, problem: OSError | UnicodeError) -> str:
        cannot = f"cannot listen for requests on UDP port {self._port} of {self._host}"
        if not isinstance(problem, OSError):
            return f"{cannot}: {problem}"
        if problem.errno == errno.EADDRNOTAVAIL:
            return f"{cannot}: this machine does not have that address"
        if problem.errno != errno.EADDRINUSE:
            return f"{cannot}: {problem.strerror or problem}"
        taken = (
            f"UDP port {self._port} on {self._host}, where this output listens for requests, "
            "is already in use by another program"
        )
        if self._port in _BOUND_BY_RECEIVERS:
            taken += (
                "; some avatar programs use this port themselves and cannot request faces from a "
                "phone app on the same machine"
            )
        return taken


class _Refused(Exception):
    """A valid request that cannot be served."""


class _OwnPort(_Refused):
    """The faces would go to the port on which this output listens."""


class _Lines:
    """Log lines about receivers that come and go. Their number is limited, as any sender can cause
    them."""

    _MOST = 40
    _IN = 10.0  # seconds

    def __init__(self) -> None:
        self._since = float("-inf")
        self._said = 0

    def log(self, now: float, line: str, name: str, *more: str) -> None:
        if now - self._since >= self._IN:
            self._since, self._said = now, 0
        self._said += 1
        if self._said < self._MOST:
            log.info(line, name, *more)
        elif self._said == self._MOST:
            log.warning("%s: receivers come and go too often to log each", name)


class _Requests(asyncio.DatagramProtocol):
    def __init__(self, take: Callable[[bytes, Address], None]) -> None:
        self._take = take

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        self._take(data, addr)
